"""Metrics of prediction intervals."""

from typing import Literal, overload

import numpy as np

from .._forecasting.coverages import check_probability
from .._typing import Array, ArrayLike, MeanOf
from ._arguments import average, read_scored


@overload
def interval_coverage(
    y_true: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    sample_weight: ArrayLike | None = ...,
    multioutput: MeanOf = ...,
) -> float: ...


@overload
def interval_coverage(
    y_true: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    sample_weight: ArrayLike | None = ...,
    multioutput: Literal["raw_values"],
) -> Array: ...


def interval_coverage(
    y_true: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
) -> float | Array:
    """Fraction of the values that are within their intervals, bounds included.

    Parameters
    ----------
    y_true : array-like of shape (n_times,) or (n_times, S), or list of such
        Observed values: one series, S series observed together, or a list of series.
    lower, upper : array-like of shape (n_times,) or (n_times, S), or list of such
        Bounds of the intervals, in the form of `y_true`, as returned by `predict_interval`. If
        they have a pandas index, it must be that of `y_true`.
    sample_weight : array-like of shape (n_times,), or list of such, default=None
        Weights of the rows.
    multioutput : {"raw_values", "uniform_average"} or array-like, default="uniform_average"
        Whether to return the values of all series, or their mean. Or the weights of the series in
        the mean, in the shape of "raw_values".

    Returns
    -------
    float or ndarray of shape (S,), (N,) or (N, S)
        The mean over the series, or a value for each column, and for each series of a list. It is
        best if it is the coverage that the intervals were made for.

    Raises
    ------
    ValueError, TypeError
        If an argument is not valid, for example if it contains NaN, a lower bound is above the
        upper one, or the shapes or indexes are not the same.

    See Also
    --------
    interval_score : Coverage and width in one number.

    Examples
    --------
    >>> from sklstm.metrics import interval_coverage
    >>> interval_coverage([1, 2, 3, 4], [0, 0, 0, 0], [2, 2, 2, 4])
    0.75
    """
    scored = _read_intervals(y_true, lower, upper, sample_weight)
    return average(scored.mean_over_rows(_within), multioutput)


@overload
def interval_score(
    y_true: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    coverage: float,
    sample_weight: ArrayLike | None = ...,
    multioutput: MeanOf = ...,
) -> float: ...


@overload
def interval_score(
    y_true: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    coverage: float,
    sample_weight: ArrayLike | None = ...,
    multioutput: Literal["raw_values"],
) -> Array: ...


def interval_score(
    y_true: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    *,
    coverage: float,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
) -> float | Array:
    """Mean interval score: the width of an interval, and a penalty for values outside of it.

    Parameters
    ----------
    y_true : array-like of shape (n_times,) or (n_times, S), or list of such
        Observed values: one series, S series observed together, or a list of series.
    lower, upper : array-like of shape (n_times,) or (n_times, S), or list of such
        Bounds of the intervals, in the form of `y_true`, as returned by `predict_interval`. If
        they have a pandas index, it must be that of `y_true`.
    coverage : float in (0, 1)
        The coverage that the intervals were made for.
    sample_weight : array-like of shape (n_times,), or list of such, default=None
        Weights of the rows.
    multioutput : {"raw_values", "uniform_average"} or array-like, default="uniform_average"
        Whether to return the values of all series, or their mean. Or the weights of the series in
        the mean, in the shape of "raw_values".

    Returns
    -------
    float or ndarray of shape (S,), (N,) or (N, S)
        The mean over the series, or a value for each column, and for each series of a list. Lower
        is better; it has the unit of y.

    Raises
    ------
    ValueError, TypeError
        If an argument is not valid, for example if it contains NaN, a lower bound is above the
        upper one, or the shapes or indexes are not the same.

    See Also
    --------
    interval_coverage : The fraction of values within their intervals.
    continuous_ranked_probability_score : A score of whole distributions.

    Notes
    -----
    With alpha = 1 - `coverage`, the score of the interval [l, u] for the value x is
    (u - l) + 2 / alpha (l - x) if x < l, (u - l) + 2 / alpha (x - u) if x > u, else u - l
    ([1]_, eq. 43). Its expectation is lowest for the quantiles alpha / 2 and 1 - alpha / 2. It is
    the sum of the pinball losses of these quantiles, times 2 / alpha.

    References
    ----------
    .. [1] T. Gneiting, A.E. Raftery. "Strictly proper scoring rules, prediction, and estimation."
       JASA 102, 2007.

    Examples
    --------
    >>> from sklstm.metrics import interval_score
    >>> interval_score([1, 5], [0, 0], [2, 4], coverage=0.8)
    8.0

    A scorer of the intervals of a forecaster, for a search:

    >>> def scorer(forecaster, X, y):
    ...     lower, upper = forecaster.predict_interval(len(y), coverage=0.8)
    ...     return -interval_score(y, lower, upper, coverage=0.8)
    """
    outside = (1 - check_probability(coverage, "coverage")) / 2
    scored = _read_intervals(y_true, lower, upper, sample_weight)
    return average(scored.mean_over_rows(_scores, [outside] * len(scored.series)), multioutput)


def _read_intervals(y_true, lower, upper, sample_weight):
    scored = read_scored({"y_true": y_true, "lower": lower, "upper": upper}, sample_weight)
    for name, series in zip(scored.names, scored.series, strict=True):
        _, low, high = series.arrays
        crossed = low > high
        if crossed.any():
            row, column = np.argwhere(crossed)[0]
            suffix = name.removeprefix("y_true")
            at = f"row {row}" + (f", column {column}" if crossed.shape[1] > 1 else "")
            raise ValueError(
                f"lower{suffix} is above upper{suffix} at {at}: {low[row, column]:g} and "
                f"{high[row, column]:g}. Pass the lower bounds first."
            )
    return scored


def _within(true, lower, upper):
    return (lower <= true) & (true <= upper)


def _scores(true, lower, upper, outside):
    distance = np.maximum(lower - true, 0) + np.maximum(true - upper, 0)
    return (upper - lower) + distance / outside
