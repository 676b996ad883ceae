"""Exogenous variables: X as the user passes it -> the variables known ahead and those of the past.

Which columns are known ahead is decided here; `exog_encoding` turns them into numbers.
"""

import numpy as np
from sklearn.utils.validation import validate_data

from .._validation.containers import refuse_containers
from ..core.messages import shorten, shorten_list
from .arrays import read_floats
from .exog_encoding import (
    category_columns,
    check_categories,
    encode,
    fit_encoder,
    takes_no_columns,
)
from .forms import describe, is_array, shape_of_lists

EXPECTED = "an array-like of shape (n_times, k), a column for each exogenous variable"
_PAST = (
    "If a column is known only up to the last observation, name it in past_columns, with "
    "strategy='direct'."
)


def read_exog(estimator, tables, lengths, names, times, *, reset, known_only, series_id=None):
    """Validate exogenous variables and encode those that are known ahead.

    Parameters
    ----------
    estimator : BaseForecaster
        Its attributes about X are set with `reset`, and checked without.
    tables : list of N array-likes (n_i, k), or of None
        X, or its entries.
    lengths : list of N ints or None
        Number of rows of y; None if there is no y.
    names : list of N str
        Names of the tables in messages.
    times : callable
        Function of the number of a table and its number of rows that returns the times of the rows.
    reset : bool
        Whether this is `fit`.
    known_only : bool
        Whether these are the times to forecast, at which columns of the past are not read.
    series_id : array-like, default=None
        The series of each row, for messages.

    Returns
    -------
    exog : list of N arrays (n_i, K)
        The variables known ahead. Tables as they were passed, if `estimator` encodes none.
    past : list of N arrays (n_i, P)
        The variables of the past; P = 0 for times to forecast.
    """
    tables = [
        _check_table(estimator, *each, reset=reset and i == 0, known_only=known_only)
        for i, each in enumerate(zip(tables, lengths, names, strict=True))
    ]
    if not estimator._encodes_exog:
        if not estimator._members_encode_exog:
            tables = [
                _numbers(estimator, *each, series_id) for each in zip(tables, names, strict=True)
            ]
        return tables, None
    if reset:
        estimator._past_positions = past_positions(estimator, tables[0])
    past = [
        np.empty((len(table), 0)) if known_only else _past(estimator, table, name, series_id)
        for table, name in zip(tables, names, strict=True)
    ]
    known = [_known(estimator, table) for table in tables]
    if reset:
        fit_encoder(estimator, known, names, times)
    hint = _PAST if known_only else ""
    exog = encode(estimator, known, names, times, series_id, hint)
    if not reset:
        _check_n_encoded(estimator, exog[0].shape[1])
    return exog, past


def check_no_exog(estimator, name, *, is_future):
    """Raise if X is None, but needed: that of a fitted forecaster."""
    needed = estimator.n_features_in_ - (len(estimator._past_positions) if is_future else 0)
    if not needed:
        return
    which = ""
    if hasattr(estimator, "feature_names_in_"):
        columns = np.delete(
            estimator.feature_names_in_, estimator._past_positions if is_future else []
        )
        which = f", {shorten_list(columns)}"
    raise ValueError(
        f"{name} is None, but {type(estimator).__name__} was fitted with "
        f"{needed} exogenous variable(s){which}: give their values at all of these times."
        + (f" {_PAST}" if is_future else "")
    )


def past_positions(estimator, X):
    """The positions of the columns of the past in X."""
    columns = estimator.past_columns
    if columns is None:
        return []
    k = estimator.n_features_in_
    if not k:
        raise ValueError(
            f"past_columns={shorten(columns)} names columns of X, but X "
            "has none: pass fit(X, y), with X a table that has these columns."
        )
    names = list(getattr(estimator, "feature_names_in_", []))
    positions = []
    for column in columns:
        if isinstance(column, str):
            if column not in names:
                have = f"the columns {shorten_list(names)}" if names else "no names of columns"
                raise ValueError(
                    f"past_columns has {shorten(column)}, but X has {have}; expected names of "
                    "columns of X, or their positions."
                )
            positions.append(names.index(column))
        elif not -k <= column < k:
            raise ValueError(
                f"past_columns has the position {column}, but X has {k} column(s); expected "
                f"integers from 0 to {k - 1}."
            )
        else:
            positions.append(int(column) % k)
    if len(set(positions)) < len(positions):
        raise ValueError(f"past_columns={shorten(columns)} names a column twice.")
    return sorted(positions)


def _check_table(estimator, X, n_rows, name, *, reset, known_only):
    """Check the form of X, and its columns; return a table, or rows without columns for None."""
    if X is None:
        if reset:
            estimator.n_features_in_ = 0
            vars(estimator).pop("feature_names_in_", None)
        elif not (estimator._members_encode_exog and known_only):
            check_no_exog(estimator, name, is_future=known_only)
        return np.empty((n_rows, 0))
    if isinstance(X, (list, tuple)) and (any(map(is_array, X)) or len(shape_of_lists(X)) >= 3):
        raise ValueError(
            f"{name} is {describe(X)} arrays, but y is one series; expected {EXPECTED}."
        )
    refuse_containers(X, name, EXPECTED, each="series")
    if not hasattr(X, "shape"):
        X = _as_array(X, name)
    _check_shape(X.shape, name, n_rows, is_future=known_only and not reset)
    if known_only and not reset:
        if estimator._members_encode_exog:
            return X  # they check its columns
        X = _with_columns_known(estimator, X, name)
        if len(estimator._past_positions):
            return X
    _check_n_columns(estimator, X.shape[1], name, reset)
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    return X


def _as_array(X, name):
    """A list of lists, or another array-like, as an array; text among numbers stays objects."""
    try:
        array = np.asarray(X)
        return np.array(X, dtype=object) if array.dtype.kind in "US" else array
    except ValueError:  # not regular: the error says so
        return read_floats(X, name, EXPECTED)


def _check_shape(shape, name, n_rows, *, is_future):
    if len(shape) != 2:
        one = " Reshape your data: X.reshape(-1, 1), or X.to_frame(), is one variable."
        if not is_future:
            one += (
                " If this is the series: it is the second argument of fit(X, y) and score(X, y), "
                "with X=None if there are no exogenous variables, and the first one of "
                "update(y, X)."
            )
        raise ValueError(
            f"{name} has shape {shape}; expected {EXPECTED}." + (one if len(shape) == 1 else "")
        )
    if not shape[0]:
        raise ValueError(f"{name} is empty: it has shape {shape}, expected at least one row.")
    if n_rows not in (None, shape[0]):
        raise ValueError(
            f"{name} has {shape[0]} row(s), but y has {n_rows}; expected the exogenous variables "
            "at each time of y."
        )


def _check_n_columns(estimator, n_columns, name, reset):
    if not reset and n_columns != estimator.n_features_in_:
        advice = "" if estimator.n_features_in_ else " fit had no X, so leave it out."
        if len(estimator._past_positions):
            advice = " Those of past_columns are needed at the times of y."
        raise ValueError(
            f"{name} has {n_columns} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input.{advice}"
        )


def _check_n_encoded(estimator, n_columns):
    """Raise unless the transformer made as many columns as in fit."""
    n_fitted = estimator._plan["n_exog"]
    if n_columns != n_fitted:
        raise ValueError(
            f"exog_transformer={shorten(estimator.exog_transformer, 100)} made {n_columns} "
            f"column(s), but {n_fitted} in fit; expected the same columns for any rows. One-hot "
            "columns that depend on the rows given are made by OneHotEncoder(handle_unknown="
            "'ignore') instead."
        )


def _with_columns_known(estimator, X, name):
    """The rows to forecast without columns of the past, of which X may have any."""
    past = estimator._past_positions
    fitted = list(getattr(estimator, "feature_names_in_", []))
    if fitted and hasattr(X, "columns") and all(isinstance(c, str) for c in X.columns):
        expected = [column for j, column in enumerate(fitted) if j not in past]
        have = list(X.columns)
        if missing := [column for column in expected if column not in have]:
            raise ValueError(
                f"{name} lacks {shorten_list(missing)} at the times to forecast, which "
                f"{type(estimator).__name__} was fitted with. Give their values at these times. If "
                "they are known only up to the last observation: "
                f"past_columns={shorten(missing)}, with strategy='direct'."
            )
        if extra := [column for column in have if column not in fitted]:
            raise ValueError(
                f"{name} has {shorten_list(extra)} at the times to forecast, which were not in "
                f"fit; expected the columns {shorten_list(expected)}."
            )
        if not past:
            return X  # an order or names that differ are errors of scikit-learn
        known = [j for j, column in enumerate(have) if column not in np.take(fitted, past)]
        if [have[j] for j in known] != expected:
            raise ValueError(
                f"{name} has the columns {shorten_list([have[j] for j in known])} beside those of "
                f"the past; expected {shorten_list(expected)}, in this order, as in fit."
            )
        return select_columns(X, known)
    n_known = estimator.n_features_in_ - len(past)
    if X.shape[1] == n_known or not past:
        return X
    if X.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"{name} has {X.shape[1]} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_}, or {n_known} without those of past_columns."
        )
    return select_columns(X, [j for j in range(X.shape[1]) if j not in past])


def _known(estimator, table):
    """The columns of a table that are known ahead."""
    past = estimator._past_positions
    if not past or table.shape[1] != estimator.n_features_in_:
        return table
    return select_columns(table, [j for j in range(table.shape[1]) if j not in past])


def _past(estimator, table, name, series_id):
    """The columns of a table that are known only up to the last observation, as floats."""
    positions = estimator._past_positions
    if not positions:
        return np.empty((len(table), 0))
    columns = select_columns(table, positions)
    return read_floats(
        columns,
        f"{name} (past_columns)",
        EXPECTED,
        series_id=series_id,
        missing=estimator._missing,
    )


def n_rows_of(X, name):
    """Number of rows of X, which must be a container that has rows."""
    refuse_containers(X, name, EXPECTED, each="series")
    return len(X) if hasattr(X, "__len__") else len(np.asarray(X))


def select_columns(table, positions):
    """Some columns of a data frame or an array, by their positions."""
    return table.iloc[:, positions] if hasattr(table, "iloc") else table[:, positions]


def take_rows(table, rows):
    """Some rows of a data frame or an array."""
    return table.iloc[rows] if hasattr(table, "iloc") else table[rows]


def _numbers(estimator, table, name, series_id):
    """A table of floats, which has the names of its columns; one with categories as it is."""
    if takes_no_columns(table):
        return np.empty(table.shape)
    if columns := category_columns(table):
        check_categories([table], [name], columns, series_id, estimator._missing)
        return table
    floats = read_floats(table, name, EXPECTED, series_id=series_id, missing=estimator._missing)
    if not hasattr(table, "iloc"):
        return floats
    import pandas as pd

    return pd.DataFrame(floats, table.index, table.columns)
