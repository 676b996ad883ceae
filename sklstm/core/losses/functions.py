"""Small pieces that several losses are made of."""

import numpy as np

# Stands in for a rate or probability of zero, whose logarithm would be infinite.
_NEARLY_ZERO = 1e-6


def softplus(x):
    """``log(1 + exp(x))``, of any shape and for any x; its derivative is `scipy.special.expit`."""
    return np.logaddexp(0, x)


def log_softmax(raw):
    """Log-probabilities (K, N) of the classes, from raw outputs (K, N) of any size."""
    shifted = raw - raw.max(axis=0)
    return shifted - np.log(np.exp(shifted).sum(axis=0))


def finite_log(x):
    """The logarithm of rates or probabilities, with a small number in the place of zero."""
    return np.log(np.where(x > 0, x, _NEARLY_ZERO))


def weighted_mean(y, weight):
    """The mean (O,) over the columns of y (O, N)."""
    return y @ weight / weight.sum()


def weighted_quantiles(y, weight, levels):
    """Quantiles (O, Q): the smallest target with enough of the weight (N,) at or below it.

    Unlike definitions that interpolate, this one treats weights exactly as repeated columns.
    """
    order = np.argsort(y, axis=1, kind="stable")
    result = np.empty((len(y), len(levels)))
    for row, values, indices in zip(result, y, order, strict=True):
        below = np.cumsum(weight[indices])
        row[:] = values[indices[np.searchsorted(below, np.multiply(levels, below[-1]))]]
    return result
