"""Arrays with a block of rows for each gate."""

import numpy as np


def blocks(array, n_rows):
    """Views of the blocks of `n_rows` rows.

    Parameters
    ----------
    array : C-ordered ndarray of shape (L, n_blocks * n_rows, b)
    n_rows : int

    Returns
    -------
    ndarray of shape (n_blocks, L, n_rows, b)
    """
    n_steps, rows, width = array.shape
    return np.moveaxis(array.reshape(n_steps, rows // n_rows, n_rows, width), 1, 0)
