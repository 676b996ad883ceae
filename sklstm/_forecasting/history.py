"""All rows of the series of a backtest: those known at a time, and those that follow."""

import datetime
from dataclasses import dataclass

import numpy as np

from .._validation.containers import refuse_containers
from .._validation.numbers import as_numbers
from ..core.messages import cut, shorten, shorten_list
from .forms import check_form_of_fit, form_of, series_names
from .panel import column_names, rows_by_id
from .results import container_of
from .time_axis import kind_of
from .times import check_times, times_of

_SERIES = "a series, an array-like of shape (n_times,) or (n_times, S)"


@dataclass(frozen=True)
class History:
    """The rows of N series, as passed by the user, on a common axis of times.

    A list of series is one container with the rows of all, with the ids 0, 1, ...

    Attributes
    ----------
    form : {"one", "list", "long"}
        The form in which the forecaster gets rows. It is fitted to a list as to rows with ids, as
        then a series may have no new rows; only one that was fitted before may need lists.
    y : array-like of shape (n, S)
    X, static : array-like or None
    series_id : ndarray of shape (n,), or None for one series
        The series of each row.
    ids : list of N ids
    names : list of N str
        Names of the series in messages.
    row_numbers : list of N arrays (n_i,)
        The rows of each series.
    positions : list of N arrays (n_i,)
        The position of these rows on the axis, in ascending order.
    axis : sequence
        All times, an index of pandas, or the numbers of the rows in their series.
    values : ndarray of shape (n, S) of float
        The numbers in y.
    labels : list of S labels, or None
        Of the columns of y; None if it is one-dimensional.
    """

    form: str
    y: object
    X: object
    static: object
    series_id: np.ndarray | None
    ids: list
    names: list
    row_numbers: list
    positions: list
    axis: object
    values: np.ndarray
    labels: list | None

    def rows_between(self, start, stop):
        """The numbers of the rows with positions from `start` to `stop`, without the latter."""
        rows = [
            numbers[slice(*np.searchsorted(positions, [start, stop]))]
            for numbers, positions in zip(self.row_numbers, self.positions, strict=True)
        ]
        return np.sort(np.concatenate(rows))

    def given(self, rows):
        """X, y and series_id of these rows in the form of the forecaster."""
        if self.form == "list":
            each = [rows[self.series_id[rows] == i] for i in self.ids]
            X = None if self.X is None else [take(self.X, numbers) for numbers in each]
            return X, [take(self.y, numbers) for numbers in each], None
        if self.form == "one" and len(rows):
            rows = slice(rows[0], rows[-1] + 1)
        return take(self.X, rows), take(self.y, rows), take(self.series_id, rows)

    def next_rows(self, position, horizon):
        """The `horizon` rows from a position on, by the index of each series that has so many."""
        found = {}
        for i, positions in enumerate(self.positions):
            n_known = np.searchsorted(positions, position)
            if n_known + horizon <= len(positions):
                found[i] = self.row_numbers[i][n_known : n_known + horizon]
        return found

    def n_times_until(self, time):
        """The number of times up to `initial` of a backtest; text may be a whole month."""
        expected = (
            "expected an integer >= 1, a float in (0, 1), 'fitted' or a time that the index of y "
            "can look up. The number of rows up to a time is len(y[:time])."
        )
        if isinstance(self.axis, range) or kind_of(self.axis) == "number":
            raise ValueError(
                f"initial={shorten(time)} is not valid, as the index of y has no dates; {expected}"
            )
        check_times(self.axis, self.names[0], has_ids=len(self.ids) > 1)
        try:
            n_times = self.axis.slice_indexer(None, _label(time, self.axis)).stop
        except (TypeError, ValueError, KeyError) as error:
            first, last = shorten(self.axis[0], 60), shorten(self.axis[-1], 60)
            raise ValueError(
                f"initial={shorten(time)} is not valid for an index from {first} to {last}: "
                f"{cut(str(error), 200)}; {expected}"
            ) from error
        if not n_times:
            raise ValueError(
                f"initial={shorten(time)} is before the first time of y, {self.axis[0]}; expected "
                "a time from it on."
            )
        return n_times


def _label(time, axis):
    """The time as the axis looks it up; the end of a period."""
    import pandas as pd

    if hasattr(time, "end_time"):
        time = time.end_time
        return time.tz_localize(axis.tz) if hasattr(axis, "tz") else time
    return pd.Timestamp(time) if isinstance(time, datetime.date | np.datetime64) else time


def take(data, rows):
    """Rows of an array-like; a slice of a pandas object keeps the frequency of its index."""
    if data is None:
        return None
    return data.iloc[rows] if hasattr(data, "iloc") else data[rows]


def read_history(X, y, series_id, static, fitted=None, *, with_times=False):
    """Read the arguments of a backtest; values are validated by the forecaster.

    Their form must be that of `fitted`, if it is a forecaster that was fitted before. Without X,
    but `with_times`, X has no columns and the times of y, if these are known.
    """
    known = fitted if hasattr(fitted, "_form") else None
    form = form_of(known, X, y, series_id, reset=known is None)
    columns = column_names(y[0] if form == "list" else y)
    if form == "list":
        y, X, series_id, static = _joined(y, X, static)
    else:
        y, X = _container(y, "y"), None if X is None else _container(X, "X")
    n_rows = len(y)
    if not n_rows:
        raise ValueError("y is empty; expected at least one time point.")
    for name, data in [("X", X), ("series_id", series_id)]:
        if data is not None and len(data) != n_rows:
            raise ValueError(
                f"{name} has {len(data)} row(s), but y has {n_rows}; expected a row for each row "
                "of y."
            )
    if X is not None and len(X.shape) < 2:
        raise ValueError(
            f"X has shape {np.shape(X)}; expected rows of exogenous variables, (n_times, k). If "
            "this is the series, it is the second argument: backtest(forecaster, y, X, ...). One "
            "variable is a column: X.reshape(-1, 1), or X.to_frame()."
        )
    times, name = times_of({"X": X, "y": y}, series_id)
    if form == "one":
        ids, row_numbers = [0], [np.arange(n_rows)]
    else:
        ids, row_numbers = rows_by_id(series_id, n_rows)
        series_id = np.asarray(series_id)
    names = [name] if form == "one" else series_names(form, ids)
    axis, positions = _axis(times, row_numbers, names)
    if with_times and X is None and times is not None:
        import pandas as pd

        X = pd.DataFrame(index=times)
    values = as_numbers(y, "y")
    labels = None if values.ndim == 1 else columns or list(range(values.shape[1]))
    flat, values = values.ndim == 1, values.reshape(n_rows, -1)
    if known is not None:
        check_form_of_fit(known, flat, values.shape[1], columns)
    form = "long" if form == "list" and fitted is None else form
    return History(
        form, y, X, static, series_id, ids, names, row_numbers, positions, axis, values, labels
    )


def _container(data, name):
    """The data if rows of it can be taken: pandas objects, arrays, and data frames of polars."""
    refuse_containers(
        data, name, _SERIES if name == "y" else "an array-like of rows", each="series"
    )
    if container_of(data) is None or (name == "y" and container_of(data) == "polars"):
        return np.asarray(data)
    return data


def _joined(y, X, static):
    """The rows of a list of series in one container, and their ids."""
    if X is not None and (not isinstance(X, (list, tuple)) or len(X) != len(y)):
        what = f"a list of {len(X)}" if isinstance(X, (list, tuple)) else f"a {type(X).__name__}"
        raise ValueError(
            f"y is a list of {len(y)} series, so X must be a list of {len(y)} arrays (n_times, k); "
            f"it is {what}."
        )
    lengths = [len(rows) for rows in y]
    if X is not None:
        for i, rows in enumerate(X):
            if len(rows) != lengths[i]:
                raise ValueError(
                    f"X[{i}] has {len(rows)} row(s), but y[{i}] has {lengths[i]}; expected the "
                    "exogenous variables at each time of y."
                )
    if static is not None and hasattr(static, "set_axis"):
        static = static.set_axis(range(len(static)), axis=0)
    ids = np.repeat(np.arange(len(y)), lengths)
    return _concatenated(y, "y"), None if X is None else _concatenated(X, "X"), ids, static


def _concatenated(tables, name):
    """The rows of several containers; those of pandas remain such if all are."""
    if not all(container_of(each) == "pandas" for each in tables):
        arrays = [np.asarray(each) for each in tables]
        shapes = {each.shape[1:] for each in arrays}
        if len(shapes) > 1:
            raise ValueError(
                f"The entries of {name} have rows of the shapes {shorten_list(sorted(shapes))}; "
                "expected the same form and width of all."
            )
        return np.concatenate(arrays)
    import pandas as pd

    columns = [column_names(each) for each in tables]
    for i, each in enumerate(columns):
        if each != columns[0]:
            raise ValueError(
                f"{name}[{i}] has the columns {shorten(each)}, but {name}[0] has "
                f"{shorten(columns[0])}; all series need the same, in the same order."
            )
    return pd.concat(tables)


def _axis(times, row_numbers, names):
    """The common times, and the positions of the rows of each series on it."""
    if times is None:
        positions = [np.arange(len(rows)) for rows in row_numbers]
        return range(max(map(len, positions))), positions
    several = len(row_numbers) > 1
    for rows, name in zip(row_numbers, names, strict=True):
        check_times(times[rows], name, has_ids=several)
    if not several:
        return times, [np.arange(len(times))]
    axis = times.unique().sort_values()
    return axis, [axis.get_indexer(times[rows]) for rows in row_numbers]
