"""Validation of targets, and the form of predictions.

Targets are converted to arrays of M rows: one per sequence, or with `per_step` one for each step of
all sequences, in order.
"""

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array, check_consistent_length, column_or_1d

from ..core.packing import RaggedSequences
from .sequences import is_ragged, require_numbers


def read_regression_targets(y, sequences, per_step, weights=None):
    """Validate regression targets.

    Parameters
    ----------
    y : array-like
        (n,) or (n, O); with `per_step` (n, T), (n, T, O), or a list of (T_i,) or (T_i, O).
    sequences : Sequences
        The sequences that y belongs to.
    per_step : bool
        Whether y has a target for every step.
    weights : ndarray of shape (M,) or None
        With `per_step`, the targets of weight 0 may be anything, see `_with_targets_only`.

    Returns
    -------
    values : ndarray of shape (M, O), float64
    single : bool
        Whether y has no axis for outputs.

    Raises
    ------
    ValueError
        If y is not finite and numeric, or does not match the sequences.
    """
    if per_step:
        steps = _steps_in_order(y, sequences, weights, max_ndim=2)
        values = check_array(steps, dtype=np.float64, ensure_2d=False, input_name="y")
    else:
        refuse_steps(y)
        require_numbers(y, "y")
        values = check_array(y, dtype=np.float64, ensure_2d=False, allow_nd=True, input_name="y")
        check_consistent_length(sequences, values)
        if values.ndim > 2:
            raise ValueError(
                f"y has shape {values.shape}; expected (n,) or (n, n_outputs). For a target at "
                "every step, set return_sequences=True."
            )
    largest = np.abs(values).max()
    if largest > np.finfo(sequences.dtype).max:
        raise ValueError(
            f"y has values of up to {largest:g}, too large for dtype {sequences.dtype}, the dtype "
            "of X and hence of the predictions; pass X as float64, or scale y."
        )
    return values.reshape(len(values), -1), values.ndim == 1


def read_class_labels(y, sequences, per_step, weights=None):
    """Validate class labels.

    Parameters
    ----------
    y : array-like
        (n,) labels, or an indicator matrix (n, K) for multilabel classification; with `per_step`
        (n, T) labels or a list of (T_i,).
    sequences : Sequences
        The sequences that y belongs to.
    per_step : bool
        Whether y has a label for every step.
    weights : ndarray of shape (M,) or None
        With `per_step`, the labels of weight 0 may be anything, see `_with_targets_only`.

    Returns
    -------
    labels : ndarray of shape (M,), or (M, K) for an indicator matrix
    multilabel : bool
        Whether y is an indicator matrix.

    Raises
    ------
    ValueError
        If y is not a classification target, or does not match the sequences.
    """
    if per_step:
        labels = _steps_in_order(y, sequences, weights, max_ndim=1)
    else:
        refuse_steps(y)
        check_consistent_length(sequences, y)
        # Before type_of_target, which casts NaN to int.
        check_array(y, dtype=None, ensure_2d=False, allow_nd=True, input_name="y")
        if type_of_target(y, input_name="y") == "multilabel-indicator":
            return check_array(y, dtype=np.float64, input_name="y"), True
        shape = np.asarray(y).shape
        if len(shape) == 2 and shape[1] != 1:
            raise ValueError(
                f"y has shape {shape}, but is not an indicator matrix of 0 and 1; expected labels "
                "of shape (n,). For a label at every step, set return_sequences=True."
            )
        labels = column_or_1d(y, warn=True)
    check_array(labels.reshape(-1, 1), dtype=None, ensure_all_finite=True, input_name="y")
    check_classification_targets(labels)
    return labels, False


def refuse_steps(y):
    """Raise a ValueError if y is a ragged list, where one target per sequence is expected."""
    try:
        np.shape(y if isinstance(y, (list, tuple)) else ())
    except ValueError as error:
        raise ValueError(
            "y is a list of different lengths; expected one target per sequence, (n,) or (n, "
            "n_outputs). For a target at every step, set return_sequences=True."
        ) from error


def _steps_in_order(y, sequences, weights, max_ndim):
    """Return targets with a row per step, from an array (n, T, ...) or a list of (T_i, ...).

    None of them is missing.
    """
    check_consistent_length(sequences, y)
    rows = [np.asarray(row) for row in y] if is_ragged(y) else list(np.asarray(y))
    for i, (row, length) in enumerate(zip(rows, sequences.lengths, strict=True)):
        if not 1 <= row.ndim <= max_ndim:
            form = "(T_i,)" if max_ndim == 1 else "(T_i,) or (T_i, n_outputs)"
            raise ValueError(
                f"y[{i}] has shape {row.shape}; return_sequences=True needs one target per step, "
                f"{form}. For one target per sequence, set return_sequences=False."
            )
        if len(row) != length:
            raise ValueError(
                f"y[{i}] has {len(row)} steps, but X[{i}] has {length}; return_sequences=True "
                "needs one target per step."
            )
        if row.shape[1:] != rows[0].shape[1:]:
            raise ValueError(
                f"y[{i}] has shape {row.shape}, but y[0] has {rows[0].shape}; all sequences need "
                "the same number of outputs."
            )
    if weights is None or weights.all():
        targets = _concatenate(rows)
    else:
        targets = _with_targets_only(rows, sequences, weights)
    _refuse_missing(targets, sequences)
    return targets


def _with_targets_only(rows, sequences, weights):
    """Concatenate targets, with a valid one at the steps of weight 0.

    A step of weight 0 has no target. Its y may be missing, invalid, or a label that is no class:
    none of this may have an effect, and 0 * NaN is NaN. It is replaced by the target of the first
    step that has one.
    """
    has_target = weights > 0
    masks = np.split(has_target, sequences.offsets[1:-1])
    kept = [row[mask] for row, mask in zip(rows, masks, strict=True) if mask.any()]
    targets = _without_object_dtype(_concatenate(kept))
    filled = np.repeat(targets[:1], len(weights), axis=0)
    filled[has_target] = targets
    return filled


def _concatenate(rows):
    """Concatenate targets. Numbers do not become strings if other rows are strings."""
    kinds = {row.dtype.kind for row in rows}
    return np.concatenate(rows, dtype=None if len(kinds) == 1 or kinds <= set("biuf") else object)


def _without_object_dtype(targets):
    """Convert numbers that were in an array of objects because of missing ones among them."""
    if targets.dtype != object:
        return targets
    numbers = np.asarray(targets.tolist())
    return numbers if numbers.dtype.kind in "biuf" else targets


def _refuse_missing(targets, sequences):
    """Raise a ValueError if the target of a step is NaN, None or pandas.NA."""
    missing = np.flatnonzero(_is_missing(targets))
    if len(missing):
        value, row = targets.flat[missing[0]], missing[0] // (targets.size // len(targets))
        i = np.searchsorted(sequences.offsets, row, side="right") - 1
        raise ValueError(
            f"Input y contains {'NaN' if isinstance(value, float) else value} at step "
            f"{row - sequences.offsets[i]} of y[{i}]. For steps without a target, pass a "
            "sample_weight with one weight per step, and give these steps the weight 0."
        )


def _is_missing(targets):
    """Return a mask of the values that are NaN, None or pandas.NA."""
    if targets.dtype.kind == "f":
        return np.isnan(targets)
    if targets.dtype.kind not in "OT":  # objects, and NumPy's strings of variable width
        return np.zeros(targets.shape, dtype=bool)
    values = targets.astype(object).ravel()
    return np.array([_is_missing_object(value) for value in values]).reshape(targets.shape)


def _is_missing_object(value):
    if value is None:
        return True
    try:
        return bool(value != value)  # NaN
    except TypeError:  # the comparisons of pandas.NA are neither true nor false
        return True


def encode_labels(labels, classes):
    """Encode labels as integers 0, ..., K - 1.

    Parameters
    ----------
    labels : ndarray of shape (M,)
    classes : ndarray of shape (K,)
        In ascending order.

    Returns
    -------
    ndarray of int, shape (M,)
        Index of each label in `classes`.

    Raises
    ------
    ValueError
        If a label is not in `classes`.
    """
    unknown = np.setdiff1d(labels, classes)
    if len(unknown):
        raise ValueError(
            f"y contains the labels {unknown.tolist()}, which are not among the classes "
            f"{classes.tolist()}."
        )
    return np.searchsorted(classes, labels)


def to_form_of_y(rows, sequences, per_step):
    """Convert predictions with M rows to the form of y.

    Parameters
    ----------
    rows : ndarray of shape (M, ...)
    sequences : Sequences
        The sequences that the predictions belong to.
    per_step : bool
        Whether there is a row for every step.

    Returns
    -------
    ndarray of shape (n, ...) or (n, T, ...), or list of ndarrays of shape (T_i, ...)
    """
    if not per_step:
        return rows
    if isinstance(sequences, RaggedSequences):
        return np.split(rows, sequences.offsets[1:-1])
    return rows.reshape(len(sequences), -1, *rows.shape[1:])
