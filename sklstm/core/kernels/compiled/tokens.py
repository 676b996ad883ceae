"""Rows of a table for tokens, compiled. Arguments: ``core/kernels/tokens.py``."""

import numpy as np

from . import extension, from_outside

__all__ = ["look_up", "scatter_add"]


def look_up(table, tokens, out=None):
    """Rows of a table, as columns."""
    if out is None:
        n_steps, width = tokens.shape
        out = np.empty((n_steps, table.shape[1], width), table.dtype)
    extension.look_up(table, np.asarray(tokens, np.int64), out)
    return out


def scatter_add(gradient, tokens, d_out):
    """Add the derivatives by the rows that `look_up` returned to the gradient of the table."""
    tokens = np.asarray(tokens, np.int64)
    extension.scatter_add(gradient, tokens, from_outside(d_out, gradient))
