"""Arrays with a block of rows for each gate."""


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
    return array.reshape(n_steps, rows // n_rows, n_rows, width).transpose(1, 0, 2, 3)
