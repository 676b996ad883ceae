"""Matrix products that add to an existing array, by BLAS. NumPy has no such function.

BLAS expects column-major arrays. Transposes of C-ordered arrays are passed, to avoid copies.
"""

import numpy as np
from scipy.linalg.blas import dgemm, sgemm

# With fewer columns, one product over all steps is faster than one product for each step.
_MIN_COLUMNS = 4


def add_product(weights, s, out):
    """Add ``weights @ s`` to `out`, in place. Same signature as ``np.matmul(weights, s, out)``.

    Parameters
    ----------
    weights : F-ordered ndarray of shape (G, K)
    s : C-ordered ndarray of shape (K, b)
    out : C-ordered ndarray of shape (G, b)
    """
    gemm = sgemm if out.dtype == np.float32 else dgemm
    gemm(1.0, s.T, weights, beta=1.0, c=out.T, trans_b=True, overwrite_c=True)


def add_outer_products(gradient, inputs, d_gates):
    """Add the sum of s_t z̄_tᵀ over all steps to `gradient`, in place.

    Parameters
    ----------
    gradient : C-ordered ndarray of shape (K, G)
    inputs : ndarray of shape (at least L, K, b)
    d_gates : ndarray of shape (L, G, b)
    """
    gemm = sgemm if gradient.dtype == np.float32 else dgemm
    if inputs.shape[2] < _MIN_COLUMNS:
        inputs, d_gates = _side_by_side(inputs[: len(d_gates)]), _side_by_side(d_gates)
    for s, dz in zip(inputs, d_gates, strict=False):
        gemm(1.0, dz.T, s.T, beta=1.0, c=gradient.T, trans_a=True, overwrite_c=True)


def _side_by_side(steps):
    """Concatenate the columns of all steps: (L, K, b) to (1, K, L * b)."""
    return np.ascontiguousarray(steps.transpose(1, 0, 2)).reshape(1, steps.shape[1], -1)
