"""Matrix products that are added to an existing array, by BLAS; NumPy has none.

BLAS is column-major: the transposes of C-ordered arrays are passed to it without a copy.
"""

import numpy as np
from scipy.linalg.blas import dgemm, sgemm

# With fewer columns, a step's product costs less than reading and writing its result once.
_FEW = 4


def add_product(weights, s, out):
    """Add ``weights @ s`` to `out`, in place; called like ``np.matmul(weights, s, out)``.

    Parameters
    ----------
    weights : F-ordered ndarray of shape (G, K)
    s : C-ordered ndarray of shape (K, b)
    out : C-ordered ndarray of shape (G, b)
    """
    gemm = sgemm if out.dtype == np.float32 else dgemm
    gemm(1.0, s.T, weights, beta=1.0, c=out.T, trans_b=True, overwrite_c=True)


def add_outer_products(gradient, inputs, d_gates):
    """Add the sum over all steps of s_t z̄_tᵀ to `gradient`, in place.

    Parameters
    ----------
    gradient : C-ordered ndarray of shape (K, G)
    inputs : ndarray of shape (at least L, K, b)
    d_gates : ndarray of shape (L, G, b)
    """
    gemm = sgemm if gradient.dtype == np.float32 else dgemm
    if inputs.shape[2] < _FEW:
        inputs, d_gates = _side_by_side(inputs[: len(d_gates)]), _side_by_side(d_gates)
    for s, dz in zip(inputs, d_gates, strict=False):
        gemm(1.0, dz.T, s.T, beta=1.0, c=gradient.T, trans_a=True, overwrite_c=True)


def _side_by_side(steps):
    """The columns of all steps as one step: (L, K, b) becomes (1, K, L * b)."""
    return np.ascontiguousarray(steps.transpose(1, 0, 2)).reshape(1, steps.shape[1], -1)
