"""From the forms in which series come to one, and every error message about their rows."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import validate_data

from .arrays import read_floats
from .forms import (
    check_same,
    described,
    form_of,
    is_array,
    is_list,
    remember,
    series_names,
    shape_of_lists,
)
from .times import check_times, times_of

_SERIES = "a series, an array-like of shape (n_times,) or (n_times, S)"
_USAGE = {
    "fit": "the series is the second argument, fit(None, y)",
    "update": "update(y) takes the values that follow",
    "score": "score(X, y) compares forecasts with it",
}
_EXOG = "an array-like of shape (n_times, k), a column for each exogenous variable"


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

    @property
    def names(self):
        """What error messages call each series."""
        return series_names(self.form, self.ids)

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


def read_panel(estimator, X, y, series_id, *, reset):
    """Read series and their exogenous rows; y=None reads the rows of the future alone.

    With `reset` the estimator remembers the form of the series; without, it must be the same.
    """
    form = form_of(estimator, X, y, series_id, reset)
    if form == "list":
        panel = _read_list(estimator, X, y, reset)
    else:
        panel = _read_rows(estimator, X, y, series_id, form, reset)
    if y is not None:
        remember(estimator, panel) if reset else check_same(estimator, panel)
    return panel


def read_series(estimator, X, y, series_id, method):
    """Read the arguments of fit, update or score, in which there must be a y."""
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None: "
            f"{_USAGE[method]}."
        )
    return read_panel(estimator, X, y, series_id, reset=method == "fit")


def _read_rows(estimator, X, y, series_id, form, reset):
    """Read one series, or the rows of several with an id each."""
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


def _read_list(estimator, X, y, reset):
    n_series = len(X if y is None else y)
    if y is not None and X is not None and not (is_list(X) and len(X) == n_series):
        raise ValueError(
            f"y is a list of {n_series} series, so X must be a list of as many arrays "
            f"(n_times, k); it is {described(X)}."
        )
    X, y = (None if data is None else list(data) for data in (X, y))
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
        _check_alike(series, list(map(column_names, y)))
    values = None if y is None else [values for values, _ in series]
    flat = None if y is None else series[0][1]
    columns = None if y is None else column_names(y[0])
    return Panel("list", list(range(n_series)), values, exog, None, indexes, flat, columns)


def _check_alike(series, columns):
    """Raise unless the series of a list have the same form, width and names of columns."""
    shapes = {(values.shape[1], flat) for values, flat in series}
    if len(shapes) > 1:
        widths = sorted({width for width, _ in shapes})
        raise ValueError(
            f"The series in y have {widths} values at a time, some as (n,), some as (n, S); "
            "all need the same form and width."
        )
    for i, names in enumerate(columns):
        if None not in (names, columns[0]) and names != columns[0]:
            raise ValueError(
                f"y[{i}] has the columns {names}, but y[0] has {columns[0]}; all series need the "
                "same, in the same order."
            )


def read_values(y, name, series_id=None):
    """Read a series as floats (n, S), and whether it came as (n,)."""
    values = read_floats(y, name, _SERIES, series_id=series_id)
    if values.ndim not in (1, 2) or 0 in values.shape[1:]:
        several = f" For several series pass a list of such, list({name})."
        raise ValueError(
            f"{name} has shape {values.shape}; expected (n_times,) or (n_times, n_series)."
            + (several if values.ndim == 3 else "")
        )
    if not len(values):
        raise ValueError(
            f"{name} is empty: it has shape {values.shape}, expected at least one time point. "
            "Leave an empty series out of a list; with series_id, a series may have no new rows."
        )
    return values.reshape(len(values), -1), values.ndim == 1


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
    if isinstance(X, (list, tuple)) and (any(map(is_array, X)) or len(shape_of_lists(X)) >= 3):
        raise ValueError(f"{name} is {described(X)} arrays, but y is one series; expected {_EXOG}.")
    exog = read_floats(X, name, _EXOG, series_id=series_id)
    _check_exog_shape(estimator, exog.shape, name, n_rows, reset)
    validate_data(estimator, X, reset=reset, skip_check_array=True)
    return exog


def _check_exog_shape(estimator, shape, name, n_rows, reset):
    if len(shape) != 2:
        one = " Reshape your data: X.reshape(-1, 1), or X.to_frame(), is one variable."
        raise ValueError(
            f"{name} has shape {shape}; expected {_EXOG}." + (one if len(shape) == 1 else "")
        )
    if not shape[0]:
        raise ValueError(f"{name} is empty: it has shape {shape}, expected at least one row.")
    if not reset and shape[1] != estimator.n_features_in_:
        advice = "" if estimator.n_features_in_ else " fit had no X, so leave it out."
        raise ValueError(
            f"{name} has {shape[1]} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input.{advice}"
        )
    if n_rows not in (None, shape[0]):
        raise ValueError(
            f"{name} has {shape[0]} row(s), but y has {n_rows}; expected the exogenous variables "
            "at each time of y."
        )


def column_names(y):
    """The names of a DataFrame's columns, or None."""
    columns = getattr(y, "columns", None)
    return None if columns is None else list(columns)


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
