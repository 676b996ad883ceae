"""Functions shared by the losses."""

import numpy as np

# Replaces a rate or probability of zero, whose logarithm would be infinite.
_NEARLY_ZERO = 1e-6


def softplus(x):
    """Return ``log(1 + exp(x))`` without overflow; its derivative is `scipy.special.expit`."""
    return np.logaddexp(0, x)


def log_softmax(raw):
    """Return the log-probabilities (K, N) of the classes for raw outputs (K, N)."""
    shifted = raw - raw.max(axis=0)
    return shifted - np.log(np.exp(shifted).sum(axis=0))


def softmax_cross_entropy(raw, codes):
    """Return minus the log-probability of the true classes, and its derivatives.

    Exponentials and logarithms are computed once, and in place.

    Parameters
    ----------
    raw : ndarray of shape (K, N)
    codes : ndarray of int, shape (N,)
        The true class of each column.

    Returns
    -------
    value : ndarray of shape (N,)
    d_raw : ndarray of shape (K, N)
        A new array.
    """
    p = np.subtract(raw, raw.max(axis=0), order="C")
    n = len(codes)
    flat, true_class = p.reshape(-1), codes * n + np.arange(n)
    true_raw = flat[true_class]
    np.exp(p, out=p)
    total = p.sum(axis=0)
    p /= total
    flat[true_class] -= 1
    return np.log(total) - true_raw, p


def finite_log(x):
    """Return the logarithm of rates or probabilities, with zeros replaced by a small number."""
    return np.log(np.where(x > 0, x, _NEARLY_ZERO))


def weighted_mean(y, weight):
    """Return the weighted mean (O,) over the columns of y (O, N)."""
    return y @ weight / weight.sum()


def weighted_quantiles(y, weight, levels):
    """Return weighted quantiles (O, Q) of y (O, N), without interpolation.

    A quantile is the smallest target for which the targets at or below it have at least that share
    of the total weight. With this definition, weights are exactly equivalent to repeated columns.
    """
    order = np.argsort(y, axis=1, kind="stable")
    result = np.empty((len(y), len(levels)))
    for row, values, indices in zip(result, y, order, strict=True):
        below = np.cumsum(weight[indices])
        row[:] = values[indices[np.searchsorted(below, np.multiply(levels, below[-1]))]]
    return result
