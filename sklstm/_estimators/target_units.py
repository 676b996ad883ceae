"""Targets in their own units <-> the standardised ones that a network learns.

A network trained on y and one trained on a + b * y then go through the same steps, and `alpha`,
`tol`, the learning rate and the loss mean the same whatever the units of y.
"""

import numpy as np

# Training magnifies rounding errors, and (y - mean) / deviation is not the same to the last bit in
# other units. Rounded to this grid, which is as fine as float32 is at 1, it nearly always is.
_GRID = 2.0**-24


def learn_units(targets, weights):
    """Mean and standard deviation of each output.

    Parameters
    ----------
    targets : ndarray of shape (M, O), float64
    weights : ndarray of shape (M,) or None
        A weight of k counts as k equal rows.

    Returns
    -------
    mean, scale : ndarrays of shape (O,), float64
        The standard deviation of an output that is constant is given as 1.
    """
    weights = np.ones(len(targets)) if weights is None else weights.astype(np.float64)
    targets, weights = targets[weights > 0], weights[weights > 0]
    low, high = targets.min(axis=0), targets.max(axis=0)
    # The largest value is divided out first, so that squares of 1e200 do not overflow.
    middle = low / 2 + high / 2
    reach = np.maximum(high - middle, middle - low)
    reach[reach == 0] = 1.0
    relative = (targets - middle) / reach
    center = np.average(relative, axis=0, weights=weights)
    deviation = np.sqrt(np.average((relative - center) ** 2, axis=0, weights=weights))
    deviation[low == high] = 1.0
    return middle + reach * center, reach * deviation


def to_standard(targets, mean, scale):
    """Standardise targets (M, O)."""
    return (targets - mean) / scale


def on_grid(standardised):
    """Round standardised targets so that those from other units are equal to the last bit."""
    return np.round(standardised / _GRID) * _GRID


def to_own(predictions, mean, scale):
    """Turn standardised predictions (M, O, Q), Q for each output, into the targets' own units."""
    own = predictions.astype(np.float64) * scale[:, np.newaxis] + mean[:, np.newaxis]
    return own.astype(predictions.dtype)
