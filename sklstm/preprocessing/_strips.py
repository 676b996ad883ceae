"""Cut one long series into strips that run side by side."""

import numpy as np

from ..core.checks import check_integer


def parallel_strips(series, n_strips):
    """Cut one long series into contiguous pieces, to train on side by side.

    One long series is a single sequence: every step of it would be a product with one column. Cut
    into strips it is a batch of sequences, each as long as the others, or one step longer. With
    ``bptt_steps`` the state is carried along each strip from one update to the next; each strip
    starts without one, which costs the first few of its steps their memory.

    Parameters
    ----------
    series : array-like of shape (n_times,) or (n_times, C)
        The values, or the targets, oldest first.
    n_strips : int
        How many pieces, at most n_times.

    Returns
    -------
    list of n_strips ndarrays of shape (T_i,) or (T_i, C)
        Views; one after the other they are the series.

    Raises
    ------
    ValueError
        If `n_strips` is not an integer from 1 to n_times.

    References
    ----------
    R. J. Williams, J. Peng. "An efficient gradient-based algorithm for on-line training of
    recurrent network trajectories." Neural Computation 2(4), 1990: the truncation of gradients.

    Examples
    --------
    Learn at every step what comes next, with 4 strips of 250 steps and updates every 50:

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
    series = np.asarray(series)
    if series.ndim not in (1, 2):
        raise ValueError(
            f"series has shape {series.shape}; expected (n_times,) or (n_times, C): one series."
        )
    check_integer(n_strips, "n_strips", 1)
    if n_strips > len(series):
        raise ValueError(f"n_strips={n_strips} is more than the {len(series)} steps of the series.")
    return np.array_split(series, n_strips)
