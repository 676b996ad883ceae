"""Errors relative to the size of the values."""

from typing import Literal, overload

import numpy as np

from .._typing import Array, ArrayLike, MeanOf
from ._arguments import average, read_scored


@overload
def symmetric_mean_absolute_percentage_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = ...,
    multioutput: MeanOf = ...,
) -> float: ...


@overload
def symmetric_mean_absolute_percentage_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = ...,
    multioutput: Literal["raw_values"],
) -> Array: ...


def symmetric_mean_absolute_percentage_error(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    multioutput: str | ArrayLike = "uniform_average",
) -> float | Array:
    """Symmetric mean absolute percentage error, sMAPE, from 0 to 200.

    Parameters
    ----------
    y_true : array-like of shape (n_times,) or (n_times, S), or list of such
        Observed values: one series, S series observed together, or a list of series.
    y_pred : array-like of shape (n_times,) or (n_times, S), or list of such
        Forecasts, in the form of `y_true`. If both have a pandas index, these must be equal.
    sample_weight : array-like of shape (n_times,), or list of such, default=None
        Weights of the rows.
    multioutput : {"raw_values", "uniform_average"} or array-like, default="uniform_average"
        Whether to return the values of all series, or their mean. Or the weights of the series in
        the mean, in the shape of "raw_values".

    Returns
    -------
    float or ndarray of shape (S,), (N,) or (N, S)
        The mean over the series, or a value for each column, and for each series of a list. 0 is
        best.

    Raises
    ------
    ValueError, TypeError
        If an argument is not valid, for example if it contains NaN, or the shapes or indexes are
        not the same.

    See Also
    --------
    mean_absolute_scaled_error : An error relative to the changes of a series.
    sklearn.metrics.mean_absolute_percentage_error : Relative to `y_true`, as a fraction.

    Notes
    -----
    The mean of ``200 |y - f| / (|y| + |f|)`` over the forecasts f of the values y, in percent, as
    in the M3 competition [1]_ (with absolute values in the denominator, so that it is valid for
    negative numbers). If both are 0, the forecast is exact and the error 0. If only one of them is
    0 the error is 200, whatever the other one: use another metric for series with many zeros.

    References
    ----------
    .. [1] S. Makridakis, M. Hibon. "The M3-Competition: results, conclusions and implications."
       International Journal of Forecasting 16, 2000.

    Examples
    --------
    >>> from sklstm.metrics import symmetric_mean_absolute_percentage_error
    >>> symmetric_mean_absolute_percentage_error([100, 300], [300, 300])
    50.0
    """
    scored = read_scored({"y_true": y_true, "y_pred": y_pred}, sample_weight)
    return average(scored.mean_over_rows(_percentages), multioutput)


def _percentages(true, pred):
    size = np.abs(true) + np.abs(pred)
    return 200 * (np.abs(true - pred) / np.where(size > 0, size, 1))
