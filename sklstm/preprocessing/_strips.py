"""Split one long series into parallel strips."""

import numpy as np

from .._typing import Array, ArrayLike
from .._validation.containers import refuse_containers
from .._validation.numbers import refuse_masked
from ..core.checks import check_integer


def parallel_strips(series: ArrayLike, n_strips: int) -> list[Array]:
    """Split one long series into contiguous strips, for training in parallel.

    A single long series gives batches of one sequence, which is slow. The strips form a batch of
    sequences whose lengths differ by at most one step. With ``bptt_steps``, the state is carried
    over along each strip from one update to the next. The state at the start of each strip is
    zero, so that the first few steps have no history.

    Parameters
    ----------
    series : array-like of shape (n_times,) or (n_times, C)
        Values or targets, in chronological order.
    n_strips : int
        Number of strips, at most n_times.

    Returns
    -------
    list of n_strips ndarrays of shape (T_i,) or (T_i, C)
        Views of the series, in chronological order.

    Raises
    ------
    ValueError
        If `n_strips` is not an integer from 1 to n_times, or values are masked.

    References
    ----------
    R. J. Williams, J. Peng. "An efficient gradient-based algorithm for on-line training of
    recurrent network trajectories." Neural Computation 2(4), 1990, for the truncated gradients.

    Examples
    --------
    Predict the next value at every step, with 4 strips of 250 steps and an update every 50 steps:

    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.preprocessing import parallel_strips
    >>> series = np.sin(0.2 * np.arange(1001))
    >>> X, y = parallel_strips(series[:-1], 4), parallel_strips(series[1:], 4)
    >>> [len(strip) for strip in X]
    [250, 250, 250, 250]
    >>> model = LSTMRegressor(8, return_sequences=True, bptt_steps=50, max_iter=30, random_state=0)
    >>> bool(model.fit(X, y).score(X, y) > 0.9)
    True
    """
    refuse_containers(series, "series", "one series, (n_times,) or (n_times, C)", each="series")
    refuse_masked(series, "series")
    series = np.asarray(series)
    if series.ndim not in (1, 2):
        raise ValueError(
            f"series has shape {series.shape}; expected (n_times,) or (n_times, C): one series."
        )
    check_integer(n_strips, "n_strips", 1)
    if n_strips > len(series):
        raise ValueError(f"n_strips={n_strips} is more than the {len(series)} steps of the series.")
    return np.array_split(series, n_strips)
