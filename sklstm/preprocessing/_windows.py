"""Cut a time series into windows."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from sklearn.utils import check_array

from ..core.checks import check_integer


def sliding_windows(series, window, horizon=1, *, stride=1, exog=None):
    """Cut a series into windows and the values that follow each of them.

    Sample i starts at s = i * stride. X[i] holds the `window` values series[s : s + window], oldest
    first; y[i] holds the `horizon` values after them, series[s + window : s + window + horizon].
    There are n = (n_times - window - horizon) // stride + 1 samples, in the order of time.

    `exog` must be known in the future, as calendar features are: it enters `horizon` steps ahead.
    Step t of a window holds series[s + t] and, as extra channels, exog[s + t + horizon]. So the
    window's last `horizon` steps carry exog of exactly the times in y (with horizon > window, of
    the last `window` of them), and one value per step arrives with the series. A variable that is
    only measured later belongs into `series` instead; as `exog` it would tell the model the future.

    Parameters
    ----------
    series : array-like of shape (n_times,) or (n_times, S)
        One time series or S that are observed together, oldest first. float32 stays float32 (if
        `exog` is float32 too), all else becomes float64.
    window : int
        Steps per sample, T.
    horizon : int, default=1
        Steps to predict.
    stride : int, default=1
        Steps from the start of one sample to the start of the next.
    exog : array-like of shape (n_times,) or (n_times, k), default=None
        Variables that are known in the future, row by row at the times of `series`.

    Returns
    -------
    X : ndarray of shape (n, window), or (n, window, S + k) if `series` is 2-D or `exog` is given
        The windows. A read-only view: of `series`, or of one array that holds series and exog side
        by side. Copy it before you write into it.
    y : ndarray of shape (n,), (n, horizon) or (n, horizon * S)
        The targets: (n,) for a 1-D series and horizon 1, (n, horizon) for a 1-D series and a longer
        horizon. For a 2-D series always 2-D, step by step with the series inside a step, so that
        y.reshape(n, horizon, S)[i, j] are the S values j + 1 steps after window i. A read-only
        view, too.

    Raises
    ------
    TypeError
        If `series` or `exog` is sparse.
    ValueError
        If `window`, `horizon` or `stride` is not an integer >= 1, if `series` is shorter than
        window + horizon, if `exog` has another length than `series`, or if a value is not a finite
        real number.

    Examples
    --------
    >>> from sklstm.preprocessing import sliding_windows
    >>> X, y = sliding_windows([1, 2, 3, 4, 5], window=3)
    >>> X.tolist(), y.tolist()
    ([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]], [4.0, 5.0])

    The holiday at time 4 is seen by the window that predicts it, next to the series' last value:

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
                f"exog has {len(exog)} time point(s), but series has {len(series)}; give one row of"
                " exog for each time point of series, and no more."
            )
        past = np.column_stack([past, exog[horizon:]])
    X = cut(past, window, stride)
    y = cut(series[window:], horizon, stride)
    if series.ndim == 2:
        return X, y.reshape(len(y), -1)
    return X, y[:, 0] if horizon == 1 else y


def _read(array, name):
    """Read (n_times,) or (n_times, n_channels) as floats."""
    return check_array(
        array,
        dtype=[np.float64, np.float32],
        ensure_2d=False,
        input_name=name,
        estimator="sliding_windows",
    )


def cut(array, length, stride=1):
    """Return all windows as a read-only view, (n, length) or (n, length, n_channels)."""
    view = sliding_window_view(array, length, axis=0)[::stride]
    return view if array.ndim == 1 else view.transpose(0, 2, 1)
