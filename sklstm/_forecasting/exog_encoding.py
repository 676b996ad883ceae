"""Exogenous variables that are known ahead, as numbers: transformers, categories, calendars."""

from contextlib import contextmanager

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder

from ..core.messages import cut, shorten, shorten_list
from ..core.user_warnings import warn_user
from ..preprocessing import CalendarFeatures
from .arrays import read_floats
from .future_times import future_index
from .time_axis import kind_of

_CATEGORIES = "categories"  # name of the encoder of categories in the ColumnTransformer
_EXPECTED = "an array of shape (n_times, K) of numbers"


def takes_no_columns(table):
    """Whether a table is rows without columns, such as those that scikit-learn requires."""
    return table.shape[1] == 0


def fit_encoder(estimator, tables, names, times):
    """Set `exog_transformer_`: the transformer fitted on all tables, or one for categories."""
    transformer, columns = estimator.exog_transformer, []
    estimator.exog_transformer_ = None
    if transformer is None:
        columns = category_columns(tables[0])
    estimator._encoded_categories = columns
    if transformer is None:
        if not columns:
            return
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        transformer = ColumnTransformer([(_CATEGORIES, encoder, columns)], remainder="passthrough")
        check_categories(tables, names, columns, None, estimator._missing)
        estimator.exog_transformer_ = transformer.fit(concatenated(tables))
        return
    rows = concatenated(_with_times(tables, names, times, transformer))
    with _named_in_errors(transformer, "be fitted on", rows):
        estimator.exog_transformer_ = clone(transformer).fit(rows)


def encode(estimator, tables, names, times, series_id=None, hint=""):
    """The tables as arrays of floats (n_i, K); arguments as in `read_exog`."""
    fitted = estimator.exog_transformer_
    if fitted is None:
        return [
            read_floats(
                table, name, _EXPECTED, series_id=series_id, missing=estimator._missing, hint=hint
            )
            for table, name in zip(tables, names, strict=True)
        ]
    if columns := estimator._encoded_categories:
        check_categories(tables, names, columns, series_id, estimator._missing, hint)
        rows = concatenated(tables)
        _warn_of_new_categories(fitted, rows, columns, names[0])
    else:
        rows = concatenated(_with_times(tables, names, times, fitted))
    lengths = list(map(len, tables))
    with _named_in_errors(fitted, "transform", rows):
        encoded = fitted.transform(rows)
    encoded = _as_floats(encoded, sum(lengths), fitted, estimator._missing)
    return np.split(encoded, np.cumsum(lengths)[:-1])


def concatenated(tables):
    """All rows in one table."""
    if len(tables) == 1:
        return tables[0]
    if all(hasattr(table, "iloc") for table in tables):
        import pandas as pd

        return pd.concat(tables)
    return np.concatenate([np.asarray(table) for table in tables])


@contextmanager
def _named_in_errors(transformer, action, rows):
    """Add the transformer and the shape of its input to its errors."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        about_columns = "column" in str(error) or not _reads_times(transformer)
        hint = " It has no columns, only times, as there is no X."
        hint = "" if rows.shape[1] or not about_columns else hint
        raise kind(
            f"exog_transformer={shorten(transformer, 100)} could not {action} a "
            f"{type(rows).__name__} of shape {rows.shape}: {cut(str(error), 500)}{hint}"
        ) from error


def _reads_times(transformer):
    """Whether this is a CalendarFeatures, which needs no columns, or has one as a part."""
    parts = [transformer, *getattr(transformer, "get_params", dict)().values()]
    return any(isinstance(part, CalendarFeatures) for part in parts)


def _as_floats(encoded, n_rows, transformer, missing):
    """The output of a transformer as finite floats (n, K)."""
    name = f"The output of exog_transformer={shorten(transformer, 100)}"
    encoded = encoded.toarray() if issparse(encoded) else encoded
    if len(getattr(encoded, "shape", ())) != 2:
        what = getattr(encoded, "shape", type(encoded).__name__)
        raise ValueError(f"{name} is {what}; expected {_EXPECTED}.")
    if len(encoded) != n_rows:
        raise ValueError(
            f"{name} has {len(encoded)} row(s) for {n_rows} row(s) of X; expected one for each. "
            "Leave rows out of X and y, not in a transformer."
        )
    if not encoded.shape[1]:
        return np.empty((n_rows, 0))
    return read_floats(encoded, name, _EXPECTED, missing=missing)


# Times


def _with_times(tables, names, times, transformer):
    """Data frames whose index has the times of the rows; arrays as they are."""
    pairs = zip(tables, names, strict=True)
    return [_with_index(i, *pair, times, transformer) for i, pair in enumerate(pairs)]


def _with_index(i, table, name, times, transformer):
    if not hasattr(table, "iloc") and not takes_no_columns(table):
        return table
    index = times(i, len(table))
    if hasattr(table, "iloc"):
        return table if index is None else table.set_axis(index, axis=0)
    if index is None:
        raise ValueError(
            f"{name} has no columns, and the times of its rows are not known, so that "
            f"exog_transformer={shorten(transformer, 100)} has nothing to transform. Give y an "
            "index of times at regular steps, such as one with a freq. Irregular times do not tell "
            "the next ones: pass those as X = pd.DataFrame(index=times)."
        )
    import pandas as pd

    return pd.DataFrame(index=index)


def following_times(summaries, ids, row_numbers, lengths, index):
    """The times of rows: of their index, or those that follow the last ones observed.

    Parameters
    ----------
    summaries : dict
        Summaries of the times observed, by id.
    ids : list
        The series of the rows.
    row_numbers : list of integer arrays, or None
        The rows of each series; None for one series.
    lengths : list of int
        Number of rows of each series.
    index : pandas.Index or None
        The index of the rows. One of numbers is not used if the times observed are dates.
    """
    summaries = [summaries.get(series_id) for series_id in ids]
    if None in summaries or (index is not None and kind_of(index) == summaries[0]["kind"]):
        return index
    if index is not None and kind_of(index) != "number":
        return index
    parts = [future_index(*each) for each in zip(summaries, lengths, strict=True)]
    if any(part is None for part in parts):
        return index
    joined = parts[0].append(parts[1:]) if len(parts) > 1 else parts[0]
    return joined if row_numbers is None else joined[np.argsort(np.concatenate(row_numbers))]


# Categories


def category_columns(table):
    """The positions of the columns of pandas' dtype for categories."""
    if not hasattr(table, "iloc"):
        return []
    return [j for j, dtype in enumerate(table.dtypes) if getattr(dtype, "name", "") == "category"]


def check_categories(tables, names, columns, series_id, missing, hint=""):
    """Raise if a category is missing, or another column does not consist of numbers."""
    for table, name in zip(tables, names, strict=True):
        if not hasattr(table, "iloc"):
            raise TypeError(
                f"{name} is a {type(table).__name__}, but the X of fit was a DataFrame with "
                "columns of categories; expected a DataFrame with the same columns."
            )
        for j in columns:
            unknown = table.iloc[:, j].isna().to_numpy()
            if unknown.any():
                column, row = table.columns[j], int(unknown.argmax())
                raise ValueError(
                    f"{name} has no category in row {row} ({table.index[row]}), column "
                    f"{shorten(column, 60)} ({unknown.sum()} such value(s) in all). Make it one: "
                    f"{name}[{shorten(column, 60)}].cat.add_categories('missing')"
                    ".fillna('missing')."
                )
        others = [j for j in range(table.shape[1]) if j not in columns]
        if others:
            numbers = table.iloc[:, others]
            read_floats(numbers, name, _EXPECTED, series_id=series_id, missing=missing, hint=hint)


def _warn_of_new_categories(fitted, rows, columns, name):
    """Warn of categories that were not in fit."""
    for j, known in zip(columns, fitted.transformers_[0][1].categories_, strict=True):
        new = rows.iloc[:, j].unique()
        new = sorted({str(each) for each in new.tolist() if each not in set(known.tolist())})
        if new:
            warn_user(
                f"Column {shorten(rows.columns[j], 60)} of {name} has categories that were not in "
                f"fit, {shorten_list(new)}: they are encoded as zeros."
            )
