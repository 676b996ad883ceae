"""Validate series and exogenous variables in any of their forms, and convert them to a Panel."""

from dataclasses import dataclass

import numpy as np

from .._validation.nested import unpack
from .._validation.numbers import refuse_masked
from ..core.messages import shorten_list
from .arrays import read_floats
from .exog import n_rows_of, read_exog, take_rows
from .exog_encoding import following_times
from .forms import check_form_of_fit, describe, form_of, is_list, series_names, store_form
from .results import names_in
from .times import check_times, times_of

_SERIES = "a series, an array-like of shape (n_times,) or (n_times, S)"
_USAGE = {
    "fit": "the series is the second argument, fit(None, y)",
    "update": "update(y) takes the values that follow",
    "calibrate": "calibrate(y) takes the values that follow",
    "score": "score(X, y) compares forecasts with it",
}


@dataclass(frozen=True)
class Panel:
    """N series and their exogenous variables, or only the latter for future times.

    Attributes
    ----------
    form : {"one", "list", "long"}
        The form of the data: one series, a list of series, or rows of all series with ids.
    ids : list of N ids
        0 to N - 1, or in the long form the ids in sorted order.
    values : list of N arrays (n_i, S), or None
        The series; None for future times.
    exog : list of N arrays (n_i, k)
        The exogenous variables that are known ahead, as numbers; for a VotingForecaster those of X
        as the user passed them.
    past : list of N arrays (n_i, p), or None
        The exogenous variables of the past; None for a VotingForecaster.
    row_numbers : list of N integer arrays (n_i,), or None
        The rows of each series in the long form.
    indexes : list of N pandas indexes or None
        The times of the rows.
    flat : bool or None
        Whether y was one-dimensional; None without `values`.
    columns : list of S names or None
        The columns of y, if it was a DataFrame.
    """

    form: str
    ids: list
    values: list[np.ndarray] | None
    exog: list[np.ndarray]
    past: list[np.ndarray] | None
    row_numbers: list[np.ndarray] | None
    indexes: list
    flat: bool | None
    columns: list | None

    @property
    def lengths(self):
        """Number of rows of each series."""
        return [len(exog) for exog in self.exog]

    @property
    def names(self):
        """Names of the series in error messages."""
        return series_names(self.form, self.ids)

    def in_form(self, arrays):
        """A list of N arrays (n_i, ...) -> the form of the data."""
        if self.form == "one":
            return arrays[0]
        if self.form == "list":
            return arrays
        rows = np.empty((sum(self.lengths), *arrays[0].shape[1:]), arrays[0].dtype)
        for row_numbers, array in zip(self.row_numbers, arrays, strict=True):
            rows[row_numbers] = array
        return rows


def read_training_data(estimator, X, y, series_id):
    """Validate the arguments of `fit`, and store the form of the series on the estimator."""
    _check_y_is_given(estimator, y, "fit")
    panel = _read_panel(estimator, X, y, series_id, reset=True)
    first = _unpack(y, "y")[0] if panel.form == "list" else y
    store_form(estimator, panel, names_in(first, series_id, panel.indexes[0]))
    return panel


def read_new_data(estimator, X, y, series_id, method):
    """Validate the arguments of `update` or `score`; their form must be that of fit."""
    _check_y_is_given(estimator, y, method)
    known_only = method == "score"
    panel = _read_panel(estimator, X, y, series_id, reset=False, known_only=known_only)
    check_form_of_fit(estimator, panel.flat, panel.values[0].shape[1], panel.columns)
    return panel


def read_future_exog(estimator, X, series_id):
    """Validate exogenous variables at the times to forecast; their form must be that of fit."""
    return _read_panel(estimator, X, None, series_id, reset=False, known_only=True)


def _check_y_is_given(estimator, y, method):
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target y is None: "
            f"{_USAGE[method]}."
        )


def _read_panel(estimator, X, y, series_id, reset, known_only=False):
    """Validate series, or X only if y is None; `reset` as in scikit-learn's `validate_data`."""
    X, y = _unpack(X, "X"), _unpack(y, "y")
    form = form_of(estimator, X, y, series_id, reset)
    if form == "list":
        return _read_list(estimator, X, y, reset, known_only)
    return _read_rows(estimator, X, y, series_id, form, reset, known_only)


def _unpack(data, name):
    if data is None:
        return None
    refuse_masked(data, name)
    return unpack(data, name)[0]


def _read_rows(estimator, X, y, series_id, form, reset, known_only):
    """Validate one series, or the rows of several with ids."""
    values, flat = (None, None) if y is None else _read_values(estimator, y, "y", series_id)
    n_rows = n_rows_of(X, "X") if values is None else len(values)
    index, name = times_of({"X": X, "y": y}, series_id)
    ids, row_numbers = ([0], None) if form == "one" else rows_by_id(series_id, n_rows)
    lengths = [n_rows] if row_numbers is None else list(map(len, row_numbers))

    def times(_, n_rows):
        if reset:
            return index
        return following_times(estimator._summaries_of_times(), ids, row_numbers, lengths, index)

    exog, past = read_exog(
        estimator,
        [X],
        [None if values is None else n_rows],
        ["X"],
        times,
        reset=reset,
        known_only=known_only,
        series_id=series_id,
    )
    columns = column_names(y)
    if form == "one":
        check_times(index, name)
        values = None if values is None else [values]
        return Panel(form, ids, values, exog, past, None, [index], flat, columns)
    indexes = [None if index is None else index[rows] for rows in row_numbers]
    for name, each in zip(series_names(form, ids), indexes, strict=True):
        check_times(each, name, has_ids=True)
    values = None if values is None else [values[rows] for rows in row_numbers]
    exog, past = (
        None if tables is None else [take_rows(tables[0], rows) for rows in row_numbers]
        for tables in (exog, past)
    )
    return Panel(form, ids, values, exog, past, row_numbers, indexes, flat, columns)


def _read_list(estimator, X, y, reset, known_only):
    """Validate a list of series."""
    n_series = len(X if y is None else y)
    if y is not None and X is not None and not (is_list(X) and len(X) == n_series):
        raise ValueError(
            f"y is a list of {n_series} series, so X must be a list of {n_series} arrays "
            f"(n_times, k); it is {describe(X)}."
        )
    has_y = y is not None
    X, y = ([None] * n_series if data is None else list(data) for data in (X, y))
    series, indexes, names = [], [], [f"X[{i}]" for i in range(n_series)]
    for i, (name, rows, each) in enumerate(zip(names, X, y, strict=True)):
        if has_y:
            series.append(_read_values(estimator, each, f"y[{i}]"))
        index, name = times_of({name: rows, f"y[{i}]": each}, None)
        check_times(index, name)
        indexes.append(index)

    def times(i, n_rows):
        if reset:
            return indexes[i]
        return following_times(estimator._summaries_of_times(), [i], None, [n_rows], indexes[i])

    lengths = [len(values) for values, _ in series] or [None] * n_series
    exog, past = read_exog(estimator, X, lengths, names, times, reset=reset, known_only=known_only)
    if not has_y:
        ids = list(range(n_series))
        return Panel("list", ids, None, exog, past, None, indexes, None, None)
    _check_same_form(series, list(map(column_names, y)))
    values, flat = [values for values, _ in series], series[0][1]
    ids, columns = list(range(n_series)), column_names(y[0])
    return Panel("list", ids, values, exog, past, None, indexes, flat, columns)


def _check_same_form(series, columns):
    """Raise unless the series of a list have the same form, width and names of columns."""
    shapes = {(values.shape[1], flat) for values, flat in series}
    if len(shapes) > 1:
        widths = sorted({width for width, _ in shapes})
        raise ValueError(
            f"The series in y have {shorten_list(widths)} values at a time, some as (n,), some "
            "as (n, S); "
            "all need the same form and width."
        )
    for i, names in enumerate(columns):
        if None not in (names, columns[0]) and names != columns[0]:
            raise ValueError(
                f"y[{i}] has the columns {shorten_list(names)}, but y[0] has "
                f"{shorten_list(columns[0])}; all series need the "
                "same, in the same order."
            )


def _read_values(estimator, y, name, series_id=None):
    """Validate a series as floats (n, S); also return whether it was one-dimensional."""
    values = read_floats(y, name, _SERIES, series_id=series_id, missing=estimator._missing)
    if values.ndim not in (1, 2) or 0 in values.shape[1:]:
        several = f" For several series pass a list of arrays, list({name})."
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


def column_names(y):
    """The columns of a DataFrame; None for other data."""
    columns = getattr(y, "columns", None)
    return None if columns is None else list(columns)


def rows_by_id(series_id, n_rows):
    """The sorted ids, and the row numbers of each."""
    refuse_masked(series_id, "series_id")
    raw = series_id.tolist() if hasattr(series_id, "tolist") else list(series_id)
    labels = np.asarray(series_id)
    if labels.shape != (n_rows,):
        raise ValueError(
            f"series_id has shape {labels.shape}; expected one id for each of the {n_rows} rows."
        )
    kinds = {type(label).__name__ for label in raw}
    if len(kinds) > 1 or labels.dtype.kind in "mM" or (labels != labels).any():
        raise ValueError(
            "series_id has missing ids, dates, or ids of several types "
            f"({shorten_list(sorted(kinds))}); "
            "expected one type, such as all strings or all integers: "
            "pd.Series(series_id).astype(str)."
        )
    unique, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    row_numbers = np.split(np.argsort(codes, kind="stable"), np.cumsum(counts)[:-1])
    return unique.tolist(), row_numbers
