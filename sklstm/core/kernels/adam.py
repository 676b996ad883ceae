r"""The update of Adam, with NumPy.

With the gradient g, the parameters p, and t steps so far:

.. math::
    m &= \beta_1 m + (1 - \beta_1) g                           && (1)\\
    s &= \beta_2 s + (1 - \beta_2) g^2                         && (2)\\
    p &\mathrel{-}= \rho \, m / (\sqrt s / \sqrt{1 - \beta_2^t} + \epsilon),
        \quad \rho = r / (1 - \beta_1^t)                       && (3)

Every operation is rounded to the dtype of the arrays, in the order of PyTorch's operations: all
kernels give the same bits.
"""

import numpy as np

__all__ = ["update", "update_average"]


def update(params, gradient, mean, square, scratch, beta_1, beta_2, eps, rate, root):
    """Run equations (1) to (3).

    Parameters
    ----------
    params, mean, square : ndarrays of shape (n,), float32 or float64
        p, m and s; changed in place.
    gradient : ndarray of shape (n,)
    scratch : ndarray of shape (n,)
        Overwritten.
    beta_1, beta_2, eps : float
    rate, root : float
        The factors of (3) that depend on t: rho, and the root of 1 - beta_2^t.
    """
    np.copyto(scratch, gradient)
    update_average(mean, scratch, beta_1)  # (1)
    np.multiply(gradient, gradient, out=scratch)
    update_average(square, scratch, beta_2)  # (2)
    np.sqrt(square, out=scratch)  # (3)
    scratch /= root
    scratch += eps
    np.divide(mean, scratch, out=scratch)
    scratch *= rate
    params -= scratch


def update_average(average, term, decay):
    """Update a moving average in place, ``decay * average + (1 - decay) * term``.

    Parameters
    ----------
    average : ndarray
    term : ndarray
        Overwritten.
    decay : float
    """
    average *= decay
    term *= 1.0 - decay
    average += term
