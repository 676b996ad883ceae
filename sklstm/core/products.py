"""Products that add to what is there, by BLAS; NumPy has none.

BLAS counts in columns: the transposes of C-ordered arrays are what it takes uncopied.
"""

import numpy as np
from scipy.linalg.blas import dgemm, sgemm


def add_product(weights, s, out):
    """Add ``weights @ s`` to `out`, in place: to be called like ``np.matmul(weights, s, out)``.

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
    for s, dz in zip(inputs, d_gates, strict=False):
        gemm(1.0, dz.T, s.T, beta=1.0, c=gradient.T, trans_a=True, overwrite_c=True)
