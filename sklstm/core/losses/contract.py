"""Checks of what the methods of a loss return, which may be a user's own."""

import numpy as np

from ..messages import shorten
from .classification import ClassificationLoss

# Number of columns with which a loss is tried.
_FEW = 8


def try_loss(loss, y):
    """Try all that training and predicting need from a loss.

    Parameters
    ----------
    loss : Loss
    y : ndarray of shape (O, N), float or int
        Targets, of which the first few are used.

    Raises
    ------
    ValueError
        If a method returns something else than it should; the message names the method.
    """
    y = np.ascontiguousarray(y[:, :_FEW])
    n_outputs, n = y.shape
    n_raw = loss.n_raw(n_outputs)
    if not isinstance(n_raw, int | np.integer) or n_raw < 1:
        raise ValueError(_wrong(loss, "n_raw", "a whole number above 0", repr(n_raw)))
    returned(loss, "accepts", loss.accepts(y), (n_outputs, n))
    constant = loss.best_constant(np.asarray(y, dtype=np.float64), np.ones(n))
    returned(loss, "best_constant", constant, (n_raw,))
    if np.isnan(constant).any():
        raise ValueError(_wrong(loss, "best_constant", "finite numbers", "NaN"))
    raw = np.repeat(loss.initial_raw(y)[:, np.newaxis], n, axis=1)
    y = y.astype(raw.dtype)
    for array in (raw, y):  # a method that changes them fails here, not in training
        array.flags.writeable = False
    result = loss.pointwise(raw, y)
    if not isinstance(result, tuple) or len(result) != 2:
        raise ValueError(_wrong(loss, "pointwise", "a pair (value, d_raw)", type(result).__name__))
    returned(loss, "pointwise (value)", result[0], (None, n))
    returned(loss, "pointwise (d_raw)", result[1], (n_raw, n))
    returned(loss, "lowest", loss.lowest(y), (n_outputs, n))
    if isinstance(loss, ClassificationLoss):
        probabilities = returned(loss, "predict", loss.predict(raw), (None, n))
        returned(loss, "decision", loss.decision(raw), probabilities.shape)
    else:
        returned(loss, "point", loss.point(raw), (n_outputs, n))
        returned(loss, "predict", loss.predict(raw), (None, n))


def returned(loss, method, array, shape):
    """Return what a method of a loss returned, if that has the right shape.

    Parameters
    ----------
    loss : Loss
    method : str
        Name of the method, for the error message.
    array : ndarray
        What it returned.
    shape : tuple of int or None
        The right shape; None for any size.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If it is not an array of numbers of that shape.
    """
    expected = str(shape).replace("None", "any")
    if not isinstance(array, np.ndarray):
        got = f"{shorten(array, 60)} ({type(array).__name__})"
        raise ValueError(_wrong(loss, method, f"an array of shape {expected}", got))
    same = len(shape) == array.ndim
    if not same or any(n not in (None, m) for n, m in zip(shape, array.shape, strict=True)):
        raise ValueError(_wrong(loss, method, f"shape {expected}", f"shape {array.shape}"))
    return array


def _wrong(loss, method, expected, got):
    name = type(loss).__name__
    return f"The method {method} of the loss {name} must return {expected}; got {got}."
