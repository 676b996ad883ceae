"""Validation of targets, and the form of predictions.

Targets are converted to arrays of M rows: one per sequence, or with `per_step` one for each step of
all sequences, in order.
"""

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from ..core.messages import shorten_list
from ..core.packing import RaggedSequences
from .containers import refuse_containers
from .labels import are_missing, as_labels
from .nested import unpack
from .numbers import as_numbers, refuse_masked, refuse_not_finite
from .pairs import check_same_number
from .sequences import is_ragged

_ONE_EACH = "one target per sequence, (n,) or (n, n_outputs)"
_STEPS = "one target per step, an array (n, T) or a list of (T_i,)"
_ADVICE = {"text": "To predict class labels use LSTMClassifier."}
_HEADROOM = 1e4  # factor by which sums and predictions may be larger than targets


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
        values = _steps_in_order(y, sequences, weights, _as_targets, max_ndim=2)
    else:
        refuse_containers(y, "y", _ONE_EACH, each="targets")
        refuse_steps(y)
        values = _as_targets(y, "y")
        refuse_not_finite(values, "y")
        check_same_number(sequences, values)
        if values.ndim > 2:
            raise ValueError(
                f"y has shape {values.shape}; expected (n,) or (n, n_outputs). For a target at "
                "every step, set return_sequences=True."
            )
    if 0 in values.shape:
        raise ValueError(
            f"y is empty: 0 feature(s) (shape={values.shape}) while a minimum of 1 is required."
        )
    # Over other strides, as those of a table of pandas, sums may be rounded differently.
    values = np.ascontiguousarray(values, np.float64)
    largest = np.abs(values).max()
    if largest > np.finfo(sequences.dtype).max / _HEADROOM:
        advice = "scale y" if sequences.dtype == np.float64 else "pass X as float64, or scale y"
        raise ValueError(
            f"y has values of up to {largest:g}, too large for dtype {sequences.dtype}, the dtype "
            f"of X and hence of the predictions; {advice}."
        )
    return values.reshape(len(values), -1), values.ndim == 1


def _as_targets(y, name):
    return as_numbers(y, name, advice=_ADVICE)


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
        labels = as_labels(_steps_in_order(y, sequences, weights, as_labels, max_ndim=1), "y")
    else:
        refuse_containers(y, "y", "one label per sequence, (n,)", each="labels")
        refuse_steps(y)
        check_same_number(sequences, y)
        y = as_labels(y, "y")
        if type_of_target(y, input_name="y") == "multilabel-indicator":
            _refuse_other_indicators(y)
            return y.astype(np.float64), True
        if y.ndim > 2 or (y.ndim == 2 and y.shape[1] != 1):
            raise ValueError(
                f"y has shape {y.shape}, but is not an indicator matrix of 0 and 1; expected "
                "labels of shape (n,). For a label at every step, set return_sequences=True."
            )
        labels = column_or_1d(y, warn=True)
    check_classification_targets(labels)
    return labels, False


def _refuse_other_indicators(y):
    """Raise a ValueError if indicators, to scikit-learn any two integers, are not 0 and 1."""
    values = np.unique(y)
    if not np.isin(values, (0, 1)).all():
        raise ValueError(
            f"y has shape {y.shape} and the values {shorten_list(values)}; expected an indicator "
            f"matrix of 0 and 1, such as y == {values[-1]}, or labels of shape (n,). For a label "
            "at every step, set return_sequences=True."
        )


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


def _steps_in_order(y, sequences, weights, read, max_ndim):
    """Return targets with a row per step, from an array (n, T, ...) or a list of (T_i, ...).

    `read` is `_as_targets` or `as_labels`.
    """
    refuse_containers(y, "y", _STEPS, each="targets")
    refuse_masked(y, "y")
    y, _ = unpack(y, "y")
    if weights is not None and not weights.all():
        y = _with_targets_only(y, sequences, weights)
    check_same_number(sequences, y)
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
    return _concatenate(rows)


def _with_targets_only(y, sequences, weights):
    """Return y with a valid target at the steps of weight 0.

    A step of weight 0 has no target. Its y may be missing, invalid, or a label that is no class:
    none of this may have an effect, and 0 * NaN is NaN. It is replaced by the first target of its
    sequence, or if there is none of another sequence. A y of a wrong form is returned unchanged.
    """
    has_target = np.split(weights > 0, sequences.offsets[1:-1])
    ragged = is_ragged(y)
    rows = [_as_array(row) for row in y] if ragged else list(_as_array(y))
    if [np.shape(row)[:1] for row in rows] != [flags.shape for flags in has_target]:
        return y
    other = next(i for i, flags in enumerate(has_target) if flags.any())
    filled = []
    for row, flags in zip(rows, has_target, strict=True):
        steps = np.where(flags, np.arange(len(flags)), flags.argmax())
        if not flags.any():
            row, steps = rows[other], np.full(len(flags), has_target[other].argmax())
        filled.append(row[steps])
    return filled if ragged else np.stack(filled)


def _as_array(values):
    """An array of any values. Of a list those of objects, since NumPy makes NaN the text "nan"."""
    return np.asarray(values, dtype=object if isinstance(values, (list, tuple)) else None)


def _concatenate(rows):
    """Concatenate targets. Numbers do not become strings if other rows are strings."""
    kinds = {row.dtype.kind for row in rows}
    return np.concatenate(rows, dtype=None if len(kinds) == 1 or kinds <= set("biuf") else object)


def _read_row(row, name, read):
    try:
        values = read(row, name)
        if read is _as_targets:
            refuse_not_finite(values, name)
    except ValueError as error:
        if not are_missing(_as_array(row)).any():
            raise
        raise ValueError(
            f"{error} For steps without a target, pass a sample_weight with one weight per step, "
            "and give these steps the weight 0."
        ) from error
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
