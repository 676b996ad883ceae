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
    units : list of ndarrays of shape (O,), float64
        Mean and deviation. The deviation of an output that is constant is given as 1.
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
    return [middle + reach * center, reach * deviation]


def standardise(targets, units, dtype):
    """Turn targets (M, O) into standardised ones.

    Parameters
    ----------
    targets : ndarray of shape (M, O), float64
    units : list of ndarrays of shape (O,)
        As `learn_units` returns them.
    dtype : dtype
        Of the result.

    Returns
    -------
    ndarray of shape (M, O)
    """
    center, deviation = units
    return (np.round((targets - center) / deviation / _GRID) * _GRID).astype(dtype)


def restore_units(predictions, units):
    """Turn standardised predictions into those in the targets' own units.

    Parameters
    ----------
    predictions : ndarray of shape (M, O, Q)
        Q predictions for each output.
    units : list of ndarrays of shape (O,)

    Returns
    -------
    ndarray of shape (M, O, Q)
        In the dtype of `predictions`.
    """
    center, deviation = (values[:, np.newaxis] for values in units)
    restored = predictions.astype(np.float64) * deviation + center
    return restored.astype(predictions.dtype)
