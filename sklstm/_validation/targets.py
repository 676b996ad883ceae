"""Validation of targets and sample weights, and the form of predictions.

Targets are converted to arrays of M rows: one per sequence, or with `per_step` one for each step of
all sequences, in order.
"""

from numbers import Real

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_consistent_length, column_or_1d

from ..core.messages import shorten_list
from ..core.packing import RaggedSequences
from .containers import refuse_containers
from .labels import as_labels
from .nested import unpack
from .numbers import as_numbers, refuse_masked, refuse_not_finite
from .sequences import is_ragged

_ONE_EACH = "one target per sequence, (n,) or (n, n_outputs)"
_HEADROOM = 1e6  # factor by which losses may be larger than 1, or weights smaller than their mean
_STEPS = "one target per step, an array (n, T) or a list of (T_i,)"


def read_regression_targets(y, sequences, per_step):
    """Validate regression targets.

    Parameters
    ----------
    y : array-like
        (n,) or (n, O); with `per_step` (n, T), (n, T, O), or a list of (T_i,) or (T_i, O).
    sequences : Sequences
        The sequences that y belongs to.
    per_step : bool
        Whether y has a target for every step.

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
        values = _steps_in_order(y, sequences, as_numbers, max_ndim=2)
    else:
        refuse_containers(y, "y", _ONE_EACH, each="targets")
        refuse_steps(y)
        values = as_numbers(y, "y")
        refuse_not_finite(values, "y")
        check_consistent_length(sequences, values)
        if values.ndim > 2:
            raise ValueError(
                f"y has shape {values.shape}; expected (n,) or (n, n_outputs). For a target at "
                "every step, set return_sequences=True."
            )
    if 0 in values.shape:
        raise ValueError(
            f"y is empty: 0 feature(s) (shape={values.shape}) while a minimum of 1 is required."
        )
    values = values.astype(np.float64, copy=False)
    largest = np.abs(values).max()
    if largest > np.finfo(sequences.dtype).max:
        raise ValueError(
            f"y has values of up to {largest:g}, too large for dtype {sequences.dtype}, the dtype "
            "of X and hence of the predictions; pass X as float64, or scale y."
        )
    return values.reshape(len(values), -1), values.ndim == 1


def read_class_labels(y, sequences, per_step):
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
        labels = _steps_in_order(y, sequences, as_labels, max_ndim=1)
    else:
        refuse_containers(y, "y", "one label per sequence, (n,)", each="labels")
        refuse_steps(y)
        check_consistent_length(sequences, y)
        y = as_labels(y, "y")
        if type_of_target(y, input_name="y") == "multilabel-indicator":
            return y.astype(np.float64), True
        if y.ndim > 2 or (y.ndim == 2 and y.shape[1] != 1):
            raise ValueError(
                f"y has shape {y.shape}, but is not an indicator matrix of 0 and 1; expected "
                "labels of shape (n,). For a label at every step, set return_sequences=True."
            )
        labels = column_or_1d(y, warn=True)
    check_classification_targets(labels)
    return labels, False


def refuse_steps(y):
    """Raise a ValueError if y is masked or a ragged list, where one target each is expected."""
    refuse_masked(y, "y")
    try:
        np.shape(y if isinstance(y, (list, tuple)) else ())
    except ValueError as error:
        raise ValueError(
            "y is a list of different lengths; expected one target per sequence, (n,) or (n, "
            "n_outputs). For a target at every step, set return_sequences=True."
        ) from error


def _steps_in_order(y, sequences, read, max_ndim):
    """Return targets with a row per step, from an array (n, T, ...) or a list of (T_i, ...).

    `read` is `as_numbers` or `as_labels`.
    """
    refuse_containers(y, "y", _STEPS, each="targets")
    refuse_masked(y, "y")
    y, _ = unpack(y, "y")
    check_consistent_length(sequences, y)
    if is_ragged(y):
        rows = [_read_row(row, f"y[{i}]", read) for i, row in enumerate(y)]
    else:
        rows = list(_read_row(y, "y", read))
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
    return np.concatenate(rows)


def _read_row(row, name, read):
    values = read(row, name)
    if read is as_numbers:
        refuse_not_finite(values, name)
    return values


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
            f"y contains the labels {shorten_list(unknown)}, which are not among the classes "
            f"{shorten_list(classes)}."
        )
    return np.searchsorted(classes, labels)


def read_weights(sample_weight, sequences, per_step):
    """Validate sample weights, one per sequence.

    Parameters
    ----------
    sample_weight : array-like of shape (n,), float, or None
    sequences : Sequences
        The sequences that the weights belong to.
    per_step : bool
        Whether to repeat the weight of a sequence for each of its steps.

    Returns
    -------
    ndarray of shape (M,), or None

    Raises
    ------
    ValueError
        If a weight is negative, NaN or infinite, if all weights are zero, or if their number is
        not n.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):
        sample_weight = np.full(len(sequences), sample_weight)
    refuse_containers(sample_weight, "sample_weight", "one weight per sequence", each="weights")
    weights = as_numbers(sample_weight, "sample_weight")
    refuse_not_finite(weights, "sample_weight")
    if weights.shape != (len(sequences),):
        raise ValueError(
            f"sample_weight has shape {weights.shape}; expected ({len(sequences)},), one weight "
            "per sequence."
        )
    check_weights(weights, "sample_weight", sequences.dtype)
    weights = weights.astype(sequences.dtype)
    return np.repeat(weights, sequences.lengths) if per_step else weights


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
