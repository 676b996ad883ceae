"""The arguments of the metrics as arrays, row by row, and the averages over rows and series."""

from dataclasses import dataclass

import numpy as np

from .._forecasting.arrays import read_floats
from .._validation.sequences import is_ragged
from .._validation.time_index import index_of
from .._validation.weights import check_weights
from ..core.messages import shorten, shorten_list

SERIES = "an array-like of shape (n_times,) or (n_times, S), or a list of such"
_OF_A_BACKTEST = (
    'Rows of a backtest whose y is missing can be left out: table = table.dropna(subset=["y"]).'
)


@dataclass(frozen=True)
class Series:
    """What a metric compares, for one series.

    Attributes
    ----------
    arrays : list of arrays (n, S)
        y_true first. Draws or quantiles are (n, S, M).
    row_shape : tuple
        The shape of the rows of y_true, () or (S,).
    columns : list or None
        The columns of y_true, if it is a DataFrame.
    """

    arrays: list
    row_shape: tuple
    columns: list | None


@dataclass(frozen=True)
class Scored:
    """What a metric compares, for N series.

    Attributes
    ----------
    series : list of N Series
    weights : list of N arrays (n_i,) or None
        Weights of the rows.
    names : list of N str
        Names of the series in messages: "y_true", or "y_true[3]" in a list.
    """

    series: list
    weights: list
    names: list

    @property
    def several(self):
        """Whether y_true is a list of series."""
        return self.names[0] != "y_true"

    def mean_over_rows(self, loss, parameters=None):
        """Weighted mean over the rows, (S,), or (N,) or (N, S) for a list of series.

        `loss` gets the arrays of a series, and its entry of `parameters`.
        """
        more = [()] * len(self.series) if parameters is None else [(each,) for each in parameters]
        means = [
            np.average(loss(*series.arrays, *each), axis=0, weights=weights)
            for series, each, weights in zip(self.series, more, self.weights, strict=True)
        ]
        if not self.several:
            return means[0]
        return np.stack(means).reshape(len(means), *self.series[0].row_shape)


def read_scored(data, sample_weight, draws=None):
    """Validate the arguments of a metric.

    Parameters
    ----------
    data : dict of array-like or list
        The arguments by name, y_true first.
    sample_weight : array-like, list or None
        Weights of the rows.
    draws : str or None
        The name of the argument that has a last axis of draws or quantiles.
    """
    first = next(iter(data))
    if not is_ragged(data[first]):
        series = [_read_series(data, "", draws)]
        return Scored(series, [_read_weights(sample_weight, "sample_weight", series[0])], [first])
    n_series = len(data[first])
    for name, values in {**data, "sample_weight": sample_weight}.items():
        check_list(values, name, n_series, first)
    series, weights = [], []
    for i in range(n_series):
        each = {name: values[i] for name, values in data.items()}
        series.append(_read_series(each, f"[{i}]", draws))
        weight = None if sample_weight is None else sample_weight[i]
        weights.append(_read_weights(weight, f"sample_weight[{i}]", series[i]))
    shapes = {each.row_shape for each in series}
    if len(shapes) > 1:
        raise ValueError(
            f"The series in {first} have rows of different shapes, {shorten_list(sorted(shapes))}; "
            "expected the same number of values in all of them."
        )
    return Scored(series, weights, [f"{first}[{i}]" for i in range(n_series)])


def check_list(values, name, n_series, first="y_true"):
    """Raise unless these are a list with an entry for each series; None is valid."""
    if values is None:
        return
    is_list = is_ragged(values) or isinstance(values, (list, tuple))
    if not is_list or len(values) != n_series:
        what = f"a list of {len(values)}" if is_list else f"a {type(values).__name__}"
        raise ValueError(
            f"{first} is a list of {n_series} series, but {name} is {what}; expected a list with "
            "an entry for each series."
        )


def _read_series(data, suffix, draws):
    """Validate the arguments for one series."""
    first, arrays = next(iter(data)), []
    for name, values in data.items():
        hint = _OF_A_BACKTEST if name == "y_true" else ""
        array = read_values(values, name + suffix, has_draws=name == draws, hint=hint)
        if arrays:
            _check_shapes(arrays[0], array, f"{first}{suffix}", name + suffix, name == draws)
            check_labels(data[first], values, f"{first}{suffix}", name + suffix)
        arrays.append(array)
    row_shape = arrays[0].shape[1:]
    shape = len(arrays[0]), int(np.prod(row_shape))
    for i, name in enumerate(data):
        last = arrays[i].shape[-1:] if name == draws else ()
        arrays[i] = arrays[i].reshape(*shape, *last).astype(np.float64)
    return Series(arrays, row_shape, columns_of(data[first]))


def read_values(values, name, *, has_draws=False, missing=None, hint=""):
    """Validate one argument as an array of floats (n, ...); the rest is for `read_floats`."""
    expected = SERIES
    if has_draws:
        expected = "an array-like of shape (n_times, M) or (n_times, S, M), or a list of such"
    array = read_floats(values, name, expected, missing=missing, hint=hint)
    if array.ndim - has_draws not in (1, 2) or 0 in array.shape:
        raise ValueError(f"{name} has shape {array.shape}; expected {expected}.")
    if array.ndim == 3 and not np.isfinite(array).all():
        position = np.argwhere(~np.isfinite(array))[0].tolist()
        raise ValueError(
            f"{name} contains {array[tuple(position)]} at {position}; expected finite numbers."
        )
    return array


def _check_shapes(true, other, first, name, has_draws):
    """Raise unless an array has the rows and values of y_true; (n,) and (n, 1) are the same."""
    if _fits(true, other.shape[:-1] if has_draws else other.shape):
        return
    axis, advice = "as it has", ""
    if has_draws:
        axis = "and a last axis of draws or quantiles"
        if _fits(true, other.shape[1:]):
            last = f"{name}.T" if other.ndim == 2 else f"np.moveaxis({name}, 0, -1)"
            advice = f" If its first axis has them, as in sample_paths, pass {last}."
    raise ValueError(
        f"{name} has shape {other.shape}, but {first} has shape {true.shape}; expected a value "
        f"for each of its values, {axis}.{advice}"
    )


def _fits(true, shape):
    """Whether a shape is the one of y_true; (n,) and (n, 1) are the same."""
    return shape == true.shape or (
        shape[0] == len(true) and np.prod(shape) == true.size == len(true)
    )


def check_labels(true, other, first, name):
    """Raise unless the rows and columns of two pandas objects have the same labels."""
    index, other_index = index_of(true), index_of(other)
    if index is not None and other_index is not None and not index.equals(other_index):
        pairs = zip(index, other_index, strict=True)
        row, (a, b) = next(
            ((i, pair) for i, pair in enumerate(pairs) if pair[0] != pair[1]),
            (0, (index[0], other_index[0])),
        )
        raise ValueError(
            f"{first} and {name} have different indexes: in row {row}, {first} has "
            f"{shorten(a, 60)} and {name} has {shorten(b, 60)}. Align them, as in "
            f"{name}.loc[{first}.index], or pass {name}.to_numpy() if the rows belong together."
        )
    check_columns(columns_of(true), columns_of(other), first, name)


def check_columns(columns, others, first, name):
    """Raise unless two data frames have the same columns in the same order."""
    if None not in (columns, others) and len(columns) > 1 and columns != others:
        raise ValueError(
            f"{first} has the columns {shorten_list(columns)}, but {name} has "
            f"{shorten_list(others)}; expected the same, in the same order: "
            f"{name}[{first}.columns]."
        )


def columns_of(values):
    """The columns of a data frame of one level, None for others."""
    columns = getattr(values, "columns", None)
    return None if columns is None else list(columns)


def _read_weights(weights, name, series):
    """Weights (n,) of the rows, or None."""
    if weights is None:
        return None
    n_rows = len(series.arrays[0])
    expected = f"one weight for each of the {n_rows} row(s) of y_true"
    weights = read_floats(weights, name, expected)
    if weights.shape != (n_rows,):
        raise ValueError(f"{name} has shape {weights.shape}; expected ({n_rows},), {expected}.")
    return check_weights(weights.astype(np.float64, copy=False), name)


def average(values, multioutput):
    """The values of the outputs (S,), (N,) or (N, S), or their mean as `multioutput` says."""
    if isinstance(multioutput, str):
        if multioutput == "raw_values":
            return values
        if multioutput == "uniform_average":
            return float(values.mean())
    elif np.ndim(multioutput) > 0:
        weights = read_floats(multioutput, "multioutput", "a weight for each output")
        if weights.shape == values.shape:
            return float(np.average(values, weights=check_weights(weights, "multioutput")))
        raise ValueError(
            f"multioutput has shape {weights.shape}; expected a weight for each output, of shape "
            f"{values.shape}."
        )
    raise ValueError(
        f"multioutput={shorten(multioutput)} is not valid; expected 'uniform_average', "
        "'raw_values' or a weight for each output."
    )
