"""Sliding windows over the first axis of an array."""

from numpy.lib.stride_tricks import sliding_window_view


def windows_of(array, length, stride=1):
    """All windows of `length` rows, as a read-only view.

    Parameters
    ----------
    array : ndarray of shape (n_rows,) or (n_rows, n_channels)
    length : int
    stride : int, default=1
        Number of rows between the starts of consecutive windows.

    Returns
    -------
    ndarray of shape (n, length) or (n, length, n_channels)

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.windows import windows_of
    >>> windows_of(np.arange(4), 3).tolist()
    [[0, 1, 2], [1, 2, 3]]
    """
    view = sliding_window_view(array, length, axis=0)[::stride]
    return view if array.ndim == 1 else view.transpose(0, 2, 1)
