"""Validation of sample weights and class weights.

Weights are converted to arrays of M rows: one per sequence, or with `per_step` one for each step of
all sequences, in order.
"""

from numbers import Real

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from ..core.messages import cut, shorten, shorten_list
from .containers import refuse_containers
from .nested import unpack
from .numbers import as_numbers, refuse_masked, refuse_not_finite
from .sequences import is_ragged

_HEADROOM = 1e6  # factor by which losses may be larger than 1, or weights smaller than their mean


def read_weights(sample_weight, sequences, per_step):
    """Validate sample weights, one per sequence or one per step.

    Parameters
    ----------
    sample_weight : array-like, float, or None
        (n,); with `per_step` also (n, T), or a list of (T_i,).
    sequences : Sequences
        The sequences that the weights belong to.
    per_step : bool
        Whether there is a target for every step. The weight of a sequence is then that of each of
        its steps.

    Returns
    -------
    ndarray of shape (M,), or None

    Raises
    ------
    ValueError
        If a weight is negative, NaN or infinite, if all weights are zero, or if they do not match
        the sequences or the steps.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(len(sequences), sample_weight)
    refuse_containers(sample_weight, "sample_weight", "one weight per sequence", each="weights")
    refuse_masked(sample_weight, "sample_weight")
    sample_weight, _ = unpack(sample_weight, "sample_weight")
    if is_ragged(sample_weight):
        weights = _steps_in_order(sample_weight, sequences, per_step)
    else:
        weights = _one_per_row(_as_finite(sample_weight, "sample_weight"), sequences, per_step)
    return check_weights(weights, "sample_weight", sequences.dtype).astype(sequences.dtype)


def _as_finite(values, name):
    weights = as_numbers(values, name)
    refuse_not_finite(weights, name)
    return weights


def _one_per_row(weights, sequences, per_step):
    """Convert weights (n,) or (n, T) to rows."""
    n, lengths = len(sequences), sequences.lengths
    if weights.shape == (n,):
        return np.repeat(weights, lengths) if per_step else weights
    of_steps = weights.ndim == 2 and len(weights) == n and np.all(lengths == weights.shape[1])
    if not (per_step and of_steps):
        raise ValueError(
            f"sample_weight has shape {weights.shape}; expected {_expected(sequences, per_step)}"
        )
    return weights.ravel()


def _steps_in_order(sample_weight, sequences, per_step):
    """Concatenate a list of weights (T_i,), one for each step."""
    if not per_step or len(sample_weight) != len(sequences):
        raise ValueError(
            f"sample_weight is a list of {len(sample_weight)} sequences of weights; expected "
            f"{_expected(sequences, per_step)}"
        )
    rows = []
    for i, (row, length) in enumerate(zip(sample_weight, sequences.lengths, strict=True)):
        rows.append(_as_finite(row, f"sample_weight[{i}]"))
        if rows[i].shape != (length,):
            raise ValueError(
                f"sample_weight[{i}] has shape {rows[i].shape}, but X[{i}] has {length} step(s); "
                f"expected ({length},), one weight per step."
            )
    return np.concatenate(rows)


def _expected(sequences, per_step):
    """Description of the valid forms."""
    n, lengths = len(sequences), sequences.lengths
    if not per_step:
        return f"({n},), one weight per sequence. For weights per step, set return_sequences=True."
    if np.all(lengths == lengths[0]):
        return f"({n},), one weight per sequence, or ({n}, {lengths[0]}), one per step."
    return f"({n},), one weight per sequence, or a list of {n} arrays (T_i,), one weight per step."


def check_weights(weights, name, dtype=np.float64):
    """Check that weights are finite, non-negative, not all zero and not extreme, and return them.

    Parameters
    ----------
    weights : ndarray
    name : str
        Name of the weights in error messages.
    dtype : dtype, default=float64
        That of the network, in which the weighted losses are added.

    Returns
    -------
    ndarray
        The weights.

    Raises
    ------
    ValueError
        If they are not.
    """
    if not np.isfinite(weights).all():
        value = "NaN" if np.isnan(weights).any() else "infinity"
        raise ValueError(f"{name} contains {value}; expected finite weights.")
    if (weights < 0).any():
        raise ValueError(f"Negative values in {name}: the lowest weight is {weights.min()}.")
    if not weights.any():
        raise ValueError(f"All values in {name} are zero: no sample has any weight.")
    _refuse_extreme_weights(weights, name, dtype)
    return weights


def _refuse_extreme_weights(weights, name, dtype):
    """Raise a ValueError if sums of weighted losses overflow, or all weights vanish.

    A weight that vanishes beside a larger one has no effect, and is not an error.
    """
    info, largest = np.finfo(dtype), weights.max()
    with np.errstate(over="ignore"):
        total = weights.sum(dtype=np.float64)
    too_large = not total < info.max / _HEADROOM
    if too_large or largest < info.tiny * _HEADROOM:
        raise ValueError(
            f"{name} has values of up to {largest:g}, too {'large' if too_large else 'small'} for "
            f"sums in dtype {np.dtype(dtype)}, the dtype of X. Divide all weights by a constant, "
            f"such as {largest:g}."
        )


def read_class_weights(class_weight, classes, codes, weights):
    """Validate class weights, or compute the "balanced" ones.

    Parameters
    ----------
    class_weight : dict or "balanced"
        "balanced" counts each label with its sample weight, as `LogisticRegression` does. A label
        of weight 0 does not count.
    classes : ndarray of shape (K,)
    codes : ndarray of int, shape (M,)
        Labels, as indices of `classes`.
    weights : ndarray of shape (M,) or None
        Sample weights.

    Returns
    -------
    ndarray of shape (K,)

    Raises
    ------
    ValueError
        If a weight is negative, NaN or infinite, if all are zero, or if a class is missing that
        "balanced" needs.
    """
    if not (isinstance(class_weight, str) and class_weight == "balanced"):
        return check_weights(_by_class(class_weight, classes, classes[codes]), "class_weight")
    counts = np.bincount(codes, weights, minlength=len(classes))
    if not counts.all():
        raise ValueError(
            "class_weight='balanced' needs every class in y, with a weight above 0, but it lacks "
            f"{shorten_list(classes[counts == 0])}; pass a dict, or sample_weight."
        )
    return counts.sum() / (len(classes) * counts)


def _by_class(class_weight, classes, labels):
    if not isinstance(class_weight, dict):
        raise ValueError(
            f"class_weight={shorten(class_weight)} is not valid; expected a dict, 'balanced' or "
            "None."
        )
    as_numbers(list(class_weight.values()), "class_weight")
    try:
        return compute_class_weight(class_weight, classes=classes, y=labels)
    except (TypeError, ValueError) as error:  # which may list all classes
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(
            f"class_weight={shorten(class_weight)} is not valid: {cut(str(error))}"
        ) from error


def rows_with_weight(weights, *rows):
    """Return the rows of positive weight, and their weights.

    Parameters
    ----------
    weights : ndarray of shape (M,) or None
    *rows : ndarrays of shape (M, ...)

    Returns
    -------
    list of ndarrays
        These rows of each of the arrays, and of the weights, or None.
    """
    if weights is None:
        return [*rows, None]
    kept = weights > 0
    return [array[kept] for array in (*rows, weights)]
