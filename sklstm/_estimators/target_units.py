"""Standardisation of targets.

Training on y and on a + b * y (b > 0) is then the same, and the meaning of `alpha`, `tol`, the
learning rate and the loss does not depend on the units of y.
"""

import numpy as np
from sklearn.metrics import r2_score

from ..core.losses.functions import weighted_quantiles
from ..core.user_warnings import warn_user

# Training amplifies rounding errors, and in other units (y - mean) / scale differs in the last
# bits. It is nearly always the same after rounding to this grid, the precision of float32 at 1.
_GRID = 2.0**-24
# Upper quartile of a standard normal distribution.
_QUARTILE = 0.6744897501960817
# Distance of neighbouring floats, in standard deviations of y, that is worth a warning.
_COARSE = 0.01


def mean_and_scale(targets, weights):
    """Return mean and standard deviation of each output.

    Parameters
    ----------
    targets : ndarray of shape (M, O), float64
    weights : ndarray of shape (M,) or None
        A weight of k is equivalent to k equal rows. None means ones.

    Returns
    -------
    mean, scale : ndarrays of shape (O,), float64
        The scale of a constant output is its size, at most 1, and 1 if it is zero.
    """
    if weights is not None:
        weights = weights.astype(np.float64)
        targets, weights = targets[weights > 0], weights[weights > 0]
    low, high = targets.min(axis=0), targets.max(axis=0)
    # Scaled by the largest deviation first, so that squares of large values do not overflow.
    middle = low / 2 + high / 2
    reach = np.maximum(high - middle, middle - low)
    # For a constant: predictions differ from it by a small part of the scale.
    reach[reach == 0] = np.where(middle == 0, 1.0, np.minimum(np.abs(middle), 1.0))[reach == 0]
    # In place: with millions of windows, targets take more memory than the series.
    relative = targets - middle
    relative /= reach
    center = np.average(relative, axis=0, weights=weights)
    relative -= center
    relative *= relative
    deviation = np.sqrt(np.average(relative, axis=0, weights=weights))
    deviation[low == high] = 1.0
    return middle + reach * center, reach * deviation


def median_and_spread(targets, weights):
    """Return median and spread of each output, on which single targets have little influence.

    Parameters
    ----------
    targets, weights
        See `mean_and_scale`.

    Returns
    -------
    median, spread : ndarrays of shape (O,), float64
        The spread is the standard deviation of a normal distribution with the same quartiles, or
        that of the targets if the quartiles are equal.
    """
    ones = np.ones(len(targets))
    low, median, high = weighted_quantiles(
        targets.T, ones if weights is None else weights.astype(np.float64), [0.25, 0.5, 0.75]
    ).T
    spread = (high / 2 - low / 2) / _QUARTILE
    return median, np.where(spread > 0, spread, mean_and_scale(targets, weights)[1])


def warn_of_resolution(targets, mean, scale, dtype):
    """Warn if predictions in this dtype cannot follow the targets.

    Parameters
    ----------
    targets : ndarray of shape (M, O)
    mean, scale : ndarrays of shape (O,), float64
        See `mean_and_scale`.
    dtype : dtype
        Of X, and hence of the predictions.

    Warns
    -----
    UserWarning
    """
    spacing = np.spacing(np.abs(mean).astype(dtype)).astype(np.float64)
    # Targets that are themselves of this dtype lose nothing.
    are_finer = (targets.astype(dtype) != targets).any(axis=0)
    coarse = np.flatnonzero(are_finer & (spacing > _COARSE * scale))
    if len(coarse):
        o = coarse[0]
        warn_user(
            f"y has mean {mean[o]:.6g} and standard deviation {scale[o]:.3g}, but predictions of "
            f"dtype {dtype}, that of X, are {spacing[o]:.2g} apart there. Pass X as "
            "float64, or subtract a constant from y.",
        )


def to_standard(targets, mean, scale):
    """Standardise targets (M, O)."""
    standardised = targets - mean
    standardised /= scale
    return standardised


def round_to_grid(standardised):
    """Round standardised targets in place, so that they are bit-for-bit the same in any units."""
    standardised /= _GRID
    np.round(standardised, out=standardised)
    standardised *= _GRID
    return standardised


def to_original_units(predictions, mean, scale):
    """Convert standardised predictions to the units of the targets, all (O, ...)."""
    own = predictions * scale  # in float64, as the units are
    own += mean
    return own.astype(predictions.dtype, copy=False)


def r_squared(targets, mean, scale, point, weights):
    """Coefficient of determination, which has no units: none in which squares overflow are used.

    Parameters
    ----------
    targets : ndarray of shape (M, O)
    mean, scale : ndarrays of shape (O,), or float
        See `mean_and_scale`.
    point : ndarray of shape (M, O)
        Standardised predictions.
    weights : ndarray of shape (M,) or None

    Returns
    -------
    float
    """
    sizes = np.maximum(np.abs(targets).max(axis=0), np.abs(mean))
    _, exponents = np.frexp([sizes, np.broadcast_to(scale, sizes.shape), np.abs(point).max(axis=0)])
    largest = np.maximum(exponents[0] - exponents[1], exponents[2])
    # Powers of two, so that no other result changes.
    shift = np.minimum(0, np.finfo(np.result_type(targets, point)).maxexp // 3 - largest)
    targets = to_standard(np.ldexp(targets, shift), np.ldexp(mean, shift), scale)
    if weights is not None:
        weights = np.ldexp(weights, -np.frexp(weights.max())[1])
    return r2_score(targets, np.ldexp(point, shift), sample_weight=weights)
