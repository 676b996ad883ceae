"""Sliding windows of a time series."""

import numpy as np

from .._typing import Array, ArrayLike
from .._validation.containers import refuse_containers
from .._validation.numbers import as_numbers, refuse_not_finite
from .._validation.time_index import refuse_backwards
from ..core.checks import check_integer
from ..core.windows import windows_of

_EXPECTED = "one series (n_times,), or several at the same times, (n_times, S)"


def sliding_windows(
    series: ArrayLike,
    window: int,
    horizon: int = 1,
    *,
    stride: int = 1,
    exog: ArrayLike | None = None,
) -> tuple[Array, Array]:
    """Split a time series into windows and the values that follow each window.

    Sample i starts at s = i * stride. X[i] is the window series[s : s + window], and y[i] contains
    the next `horizon` values, series[s + window : s + window + horizon]. There are
    n = (n_times - window - horizon) // stride + 1 samples, in chronological order.

    `exog` contains variables that are known in the future, such as calendar features. They are
    shifted by `horizon` steps: step t of a window contains series[s + t] and, as extra channels,
    exog[s + t + horizon]. The last `horizon` steps of a window thus contain `exog` at the times of
    y. (If horizon > window, the window contains `exog` at the last `window` of these times.) Put
    variables that are only known after they are measured in `series`; in `exog`, they would leak
    future information.

    Parameters
    ----------
    series : array-like of shape (n_times,) or (n_times, S)
        A time series, or S series observed at the same times, in chronological order. float32 is
        kept (if `exog` is float32, too), other types become float64.
    window : int
        Number of steps in a window, T.
    horizon : int, default=1
        Number of steps to predict.
    stride : int, default=1
        Number of steps between the starts of consecutive windows.
    exog : array-like of shape (n_times,) or (n_times, k), default=None
        Exogenous variables, known in the future, at the times of `series`.

    Returns
    -------
    X : ndarray of shape (n, window), or (n, window, S + k) if `series` is 2-D or `exog` is given
        The windows, as a read-only view. Copy it before modifying it.
    y : ndarray of shape (n,), (n, horizon) or (n, horizon * S)
        The targets, as a read-only view if possible: (n,) for a 1-D series and horizon 1,
        (n, horizon) for a 1-D series and a longer horizon, and (n, horizon * S) for a 2-D series.
        In the latter case, y.reshape(n, horizon, S)[i, j] contains the S values j + 1 steps after
        window i.

    Raises
    ------
    TypeError
        If `series` or `exog` is sparse.
    ValueError
        If `window`, `horizon` or `stride` is not an integer >= 1, if `series` is shorter than
        window + horizon, if `exog` has another length than `series`, if the dates of a pandas
        index run backwards, or if a value is not a finite real number.

    Examples
    --------
    >>> from sklstm.preprocessing import sliding_windows
    >>> X, y = sliding_windows([1, 2, 3, 4, 5], window=3)
    >>> X.tolist(), y.tolist()
    ([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], [4.0, 5.0])

    The holiday at time 4 is in the last step of the window that predicts the value at time 4:

    >>> X, y = sliding_windows([1, 2, 3, 4, 5], window=3, exog=[0, 0, 0, 0, 1])
    >>> X[1].tolist(), float(y[1])
    ([[2.0, 0.0], [3.0, 0.0], [4.0, 1.0]], 5.0)
    """
    check_integer(window, "window", 1)
    check_integer(horizon, "horizon", 1)
    check_integer(stride, "stride", 1)
    series = _read(series, "series")
    if len(series) < window + horizon:
        raise ValueError(
            f"series has {len(series)} time point(s), but window={window} and horizon={horizon}"
            f" need at least {window + horizon}."
        )
    past = series[:-horizon]
    if exog is not None:
        exog = _read(exog, "exog")
        if len(exog) != len(series):
            raise ValueError(
                f"exog has {len(exog)} time point(s), but series has {len(series)}; expected one"
                " row of exog for each time point of series."
            )
        past = np.column_stack([past, exog[horizon:]])
    X = windows_of(past, window, stride)
    y = windows_of(series[window:], horizon, stride)
    if series.ndim == 2:
        return X, y.reshape(len(y), -1)
    return X, y[:, 0] if horizon == 1 else y


def _read(array, name):
    """Convert an array-like of shape (n_times,) or (n_times, n_channels) to floats."""
    refuse_containers(array, name, _EXPECTED, each="series")
    refuse_backwards(array, name)
    values = as_numbers(array, name)
    if values.ndim not in (1, 2) or 0 in values.shape:
        raise ValueError(f"{name} has shape {values.shape}; expected {_EXPECTED}.")
    refuse_not_finite(values, name, advice="Fill missing values, or cut the series there.")
    return values
