"""From the forms in which series come to one, and every error message about their rows."""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from .._sequences import is_ragged, require_numbers
from .times import check_times, index_of, times_of

_FLOATS = [np.float64, np.float32]


@dataclass(frozen=True)
class Panel:
    """N series, or what is known of their future, in one of three forms.

    Attributes
    ----------
    form : {"one", "list", "long"}
        One series; a list of them; or rows of all of them with an id each.
    ids : list of N labels
        0 to N - 1, or in the long form the ids in sorted order.
    values : list of N arrays (n_i, S), or None
        The series, where y was given.
    exog : list of N arrays (n_i, k)
        The exogenous rows.
    places : list of N integer arrays (n_i,), or None
        In the long form: which rows are whose.
    indexes : list of N pandas indexes, or None where the data has none
        The rows' times.
    flat : bool, or None without `values`
        Whether a time of a series is a number, instead of a row of S.
    columns : list of S labels, or None
        The names of a DataFrame's columns, where the series came as one.
    """

    form: str
    ids: list
    values: list | None
    exog: list
    places: list | None
    indexes: list
    flat: bool | None
    columns: list | None

    @property
    def lengths(self):
        """Rows of each series."""
        return [len(exog) for exog in self.exog]

    def in_form(self, arrays):
        """Arrays of rows, one per series -> what the user gets: of the form that came."""
        if self.form == "one":
            return arrays[0]
        if self.form == "list":
            return arrays
        rows = np.empty((sum(self.lengths), *arrays[0].shape[1:]), arrays[0].dtype)
        for places, array in zip(self.places, arrays, strict=True):
            rows[places] = array
        return rows


def form_of(data, series_id):
    """Tell one series from a list of them and from rows with ids.

    A list of numbers, or of equally long lists of numbers, is one array; a list of arrays, or of
    lists of different lengths, is several series.
    """
    several = is_ragged(data) or (isinstance(data, (list, tuple)) and any(map(_is_array, data)))
    if several and series_id is not None:
        raise ValueError(
            "series_id was given with a list of series; it is for the rows of all of them in one "
            "array. Leave it out, or concatenate the series."
        )
    return "long" if series_id is not None else "list" if several else "one"


def _is_array(item):
    return len(getattr(item, "shape", ())) >= 1


def read_panel(estimator, X, y, series_id, *, reset):
    """Read series and their exogenous rows; y=None reads the rows of the future alone."""
    given = X if y is None else y
    form = form_of(given, series_id)
    if not reset:
        _check_form(estimator, form, given)
    if form == "list":
        return _read_list(estimator, X, y, reset)
    values, flat = (None, None) if y is None else read_values(y, "y", series_id)
    exog = read_exog(
        estimator, X, None if y is None else len(values), reset=reset, series_id=series_id
    )
    name = "X" if y is None else "y"
    index = times_of(X, y, series_id, name)
    columns = column_names(y)
    if form == "one":
        check_times(index, name)
        values = None if values is None else [values]
        return Panel(form, [0], values, [exog], None, [index], flat, columns)
    ids, places = _groups(series_id, len(exog))
    indexes = [None if index is None else index[rows] for rows in places]
    for label, each in zip(ids, indexes, strict=True):
        check_times(each, f"series {label!r}", has_ids=True)
    values = None if values is None else [values[rows] for rows in places]
    exog = [exog[rows] for rows in places]
    return Panel(form, ids, values, exog, places, indexes, flat, columns)


def check_columns(estimator, panel):
    """Raise unless the series are those of fit, as far as their names tell."""
    fitted = estimator._columns
    if panel.columns is not None and fitted is not None and panel.columns != fitted:
        raise ValueError(
            f"y has the columns {panel.columns}, but {type(estimator).__name__} was fitted on "
            f"{fitted}; the same are needed, in the same order."
        )


def _check_form(estimator, form, given):
    if form != estimator._form:
        raise ValueError(
            f"The data is {_NAMES[form]}, but {type(estimator).__name__} was fitted on "
            f"{_NAMES[estimator._form]}; pass the same form."
        )
    n_series = len(estimator._ends["ids"])
    if form == "list" and len(given) != n_series:
        raise ValueError(
            f"The list has {len(given)} series, but {type(estimator).__name__} was fitted with "
            f"{n_series}; expected one entry for each, in the same order."
        )


_NAMES = {"one": "one series", "list": "a list of series", "long": "rows with a series_id"}


def _read_list(estimator, X, y, reset):
    n_series = len(X if y is None else y)
    if X is not None and (form_of(X, None) != "list" or len(X) != n_series):
        raise ValueError(
            f"y is a list of {n_series} series, so X must be a list of as many arrays (n_times, k)."
        )
    series, exog, indexes = [], [], []
    for i in range(n_series):
        name = f"y[{i}]" if y is not None else f"X[{i}]"
        if y is not None:
            series.append(read_values(y[i], name))
        n_rows = None if y is None else len(series[i][0])
        rows = None if X is None else X[i]
        exog.append(read_exog(estimator, rows, n_rows, f"X[{i}]", reset=reset and i == 0))
        indexes.append(times_of(rows, None if y is None else y[i], None, name))
        check_times(indexes[i], name)
    if y is not None:
        shapes = {(values.shape[1], flat) for values, flat in series}
        if len(shapes) > 1:
            widths = sorted({width for width, _ in shapes})
            raise ValueError(
                f"The series in y have {widths} values at a time, some as (n,), some as (n, S); "
                "all need the same form and width."
            )
    values = None if y is None else [values for values, _ in series]
    flat = None if y is None else series[0][1]
    columns = None if y is None else column_names(y[0])
    return Panel("list", list(range(n_series)), values, exog, None, indexes, flat, columns)


def read_values(y, name, series_id=None):
    """Read a series as floats (n, S), and whether it came as (n,)."""
    if issparse(y):
        raise TypeError(f"{name} is sparse; a series must be dense. Convert it with .toarray().")
    require_numbers(y, name)
    if isinstance(y, dict):
        raise TypeError(
            f"{name} is a dict; for several series pass a list, list({name}.values()), or the rows "
            "of all of them with series_id."
        )
    with numbers_expected(name):
        values = check_array(
            y,
            dtype=_FLOATS,
            ensure_2d=False,
            allow_nd=True,
            ensure_all_finite=False,
            input_name=name,
            estimator="SequenceForecaster",
        )
    if values.ndim not in (1, 2) or 0 in values.shape:
        raise ValueError(
            f"{name} has shape {values.shape}; expected (n_times,) or (n_times, n_series)."
        )
    flat = values.ndim == 1
    values = values.reshape(len(values), -1)
    check_finite(values, name, y, series_id)
    return values, flat


def read_exog(estimator, X, n_rows, name="X", *, reset, series_id=None):
    """Read exogenous rows as (n_rows, k); k = 0 for None. Any number of rows, if that is None."""
    if X is None:
        if reset:
            estimator.n_features_in_ = 0
            vars(estimator).pop("feature_names_in_", None)
        elif estimator.n_features_in_:
            raise ValueError(
                f"{name} is None, but {type(estimator).__name__} was fitted with "
                f"{estimator.n_features_in_} exogenous variable(s): give their values at all of "
                "these times."
            )
        return np.empty((n_rows, 0))
    if getattr(X, "shape", ())[1:] == (0,):
        X = np.empty((len(X), 0))  # a DataFrame without columns has no type of values
    require_numbers(X, name)
    with numbers_expected(name):
        exog = validate_data(
            estimator,
            X,
            reset=reset,
            dtype=_FLOATS,
            ensure_min_features=0,
            ensure_all_finite=False,
        )
    if n_rows not in (None, len(exog)):
        raise ValueError(
            f"{name} has {len(exog)} row(s), but y has {n_rows}; expected the exogenous variables "
            "at each time of y."
        )
    check_finite(exog, name, X, series_id)
    return exog


@contextmanager
def numbers_expected(name):
    """Say whose values they are that cannot be read as numbers."""
    try:
        yield
    except np.exceptions.DTypePromotionError as error:
        raise TypeError(
            f"{name} cannot be read as numbers: {error}. Dates belong into the index."
        ) from error
    except ValueError as error:
        if "could not convert string" not in str(error):
            raise
        raise ValueError(
            f"{name} cannot be read as numbers: {error}. Turn categories into numbers, for "
            "instance by OneHotEncoder; dates belong into the index."
        ) from error


def column_names(y):
    """The names of a DataFrame's columns, or None."""
    columns = getattr(y, "columns", None)
    return None if columns is None else list(columns)


def check_finite(values, name, original, series_id=None):
    """Raise unless all values are finite; the error says where the first one is that is not."""
    bad = ~np.isfinite(values)
    if not bad.any():
        return
    row, column = np.argwhere(bad)[0]
    index = index_of(original)
    at = f"row {row}" if index is None else f"row {row} ({index[row]})"
    if np.shape(series_id) == (len(values),):
        at += f", series {np.asarray(series_id).tolist()[row]!r}"
    if values.shape[1] > 1:
        columns = getattr(original, "columns", range(values.shape[1]))
        at += f", column {columns[column]!r}"
    what = "NaN" if np.isnan(values[row, column]) else "infinity"
    raise ValueError(
        f"{name} contains {what} at {at} ({bad.sum()} such value(s) in all). Fill it in before, "
        "for instance by interpolation, or cut the series there."
    )


def _groups(series_id, n_rows):
    """The ids, sorted, and the rows of each: the same series by series and time by time."""
    raw = series_id.tolist() if hasattr(series_id, "tolist") else list(series_id)
    labels = np.asarray(series_id)
    if labels.shape != (n_rows,):
        raise ValueError(
            f"series_id has shape {labels.shape}; expected one id for each of the {n_rows} rows."
        )
    kinds = {type(label).__name__ for label in raw}
    if len(kinds) > 1 or labels.dtype.kind in "mM" or (labels != labels).any():
        raise ValueError(
            f"series_id has missing ids, dates, or ids of several types ({sorted(kinds)}); "
            "expected one type, such as all strings or all integers: "
            "pd.Series(series_id).astype(str)."
        )
    unique, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    places = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    return unique.tolist(), places
