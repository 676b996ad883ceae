"""Rows of a table for tokens, and the gradient of the table, with NumPy and SciPy.

A token is the number of a symbol. To look up its row is the product of its one-hot vector with the
table.
"""

import numpy as np
from scipy.sparse import csr_array

__all__ = ["look_up", "scatter_add"]


def look_up(table, tokens, out=None):
    """Rows of a table, as columns.

    Parameters
    ----------
    table : ndarray of shape (V, G)
    tokens : ndarray of int, shape (L, b)
    out : ndarray of shape (L, G, b) or None, default=None
        Receives them; None makes a new array.

    Returns
    -------
    ndarray of shape (L, G, b)
    """
    found = table[tokens].transpose(0, 2, 1)
    if out is None:
        return np.ascontiguousarray(found)
    out[...] = found
    return out


def scatter_add(gradient, tokens, d_out):
    """Add the derivatives by the rows that `look_up` returned to the gradient of the table.

    Parameters
    ----------
    gradient : ndarray of shape (V, G)
        Added to in place.
    tokens : ndarray of int, shape (L, b)
    d_out : ndarray of shape (L, G, b)
    """
    rows = d_out.transpose(0, 2, 1).reshape(tokens.size, -1)
    # A product with a sparse matrix with a single 1 per token: SciPy adds row by row.
    ones = np.ones(tokens.size, gradient.dtype)
    one_hot = csr_array(
        (ones, tokens.ravel(), np.arange(tokens.size + 1)), shape=(tokens.size, len(gradient))
    )
    gradient += one_hot.T @ rows
