"""Validation of sequences: arrays, and lists of sequences of different lengths.

Notation: n sequences, T_i steps of sequence i, C channels (features per step).
"""

from numbers import Number

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import validate_data

from ..core.checks import all_finite, has_finite_sum
from ..core.messages import shorten_list
from ..core.user_warnings import warn_user
from .containers import has_steps, is_nested, refuse_containers
from .nested import channel_names, unpack
from .numbers import as_numbers, refuse_masked, refuse_not_finite, unmasked_as_numbers
from .time_index import refuse_backwards
from .xarrays import refuse_other_dimensions

_FORMS = "a table (n, T), an array (n, T, C), or a list of sequences"
_IMPUTE = (
    "Impute missing values (scikit-learn's SimpleImputer in a pipeline for a table, "
    "sklstm.preprocessing.TimeDistributed(SimpleImputer()) for sequences), or leave these steps "
    "out: in a list, sequences may have different lengths."
)
_CHANNELS_FIRST = (
    " Each has {} step(s): if these are the channels, transpose them: [np.transpose(x) for x in X]."
)
_PADDED = (
    "X seems to be padded with NaN. Sequences of different lengths need no padding: pass a list of "
    "arrays. sklstm.preprocessing.strip_padding(X) converts X to one."
)


def is_ragged(X):
    """Return whether X is a list of sequences, which may have different lengths.

    Only the form is checked, not the values: X may still be invalid.

    Parameters
    ----------
    X : object
        Value passed by the user.

    Returns
    -------
    bool
        True for a non-empty list, tuple, 1-D object array or object Series, if it contains

        - arrays, DataFrames, Series or sparse matrices of at least one dimension, or
        - nested lists that NumPy cannot convert to a regular array. For object arrays and Series,
          nested lists may be regular.

        False otherwise: numeric arrays, DataFrames, sparse matrices, regular nested lists of
        numbers (such as ``X.tolist()`` of an array), flat lists of numbers, empty lists.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._validation.sequences import is_ragged
    >>> is_ragged([np.zeros(3), np.zeros(3)])
    True
    >>> is_ragged([[1.0, 2.0], [3.0]])
    True
    >>> is_ragged([[1.0, 2.0], [3.0, 4.0]])
    False
    """
    if isinstance(X, (list, tuple)):
        items = X
    elif getattr(X, "ndim", None) == 1 and getattr(X.dtype, "kind", None) == "O":
        items = list(X)
    else:
        return False
    if any(has_steps(item) for item in items):
        return True
    try:
        np.shape(items)
    except ValueError:
        return True  # nested lists of different lengths
    # An object array of lists is always ragged, even if all lists have the same length: a batch of
    # one sequence must not be interpreted as a table.
    return items is not X and any(isinstance(item, (list, tuple)) for item in items)


def as_sequences(X, *, name="X", channels_first=False, allow_nan=False):
    """Convert X, for which `is_ragged` is true, to a list of (T_i, C) float arrays.

    Parameters
    ----------
    X : list, tuple or 1-D object array of n array-likes of shape (T_i,) or (T_i, C)
        The sequences. 1-D sequences have one channel.
    name : str, default="X"
        Name of X in error messages.
    channels_first : bool, default=False
        Whether 2-D sequences have shape (C, T_i).
    allow_nan : bool, default=False
        Whether to allow NaN. Infinity is never allowed.

    Returns
    -------
    list of n ndarrays of shape (T_i, C)
        Views if no conversion is needed. float32 if all sequences are float32, else float64.

    Raises
    ------
    TypeError
        If a sequence is sparse.
    ValueError
        If a sequence has no steps or no channels, more than two dimensions, values that are not
        finite real numbers, or dates in a pandas index that run backwards; or if the sequences
        differ in their number of channels.

    Examples
    --------
    >>> from sklstm._validation.sequences import as_sequences
    >>> [s.shape for s in as_sequences([[1.0, 2.0, 3.0], [4.0]])]
    [(3, 1), (1, 1)]
    """
    if not channels_first and _are_clearly_valid(X):
        return list(X)
    sequences = [
        _as_steps(item, f"{name}[{i}]", channels_first, allow_nan) for i, item in enumerate(X)
    ]
    n_channels = sequences[0].shape[1]
    for i, sequence in enumerate(sequences):
        if sequence.shape[1] != n_channels:
            raise ValueError(
                f"{name}[{i}] has {sequence.shape[1]} channel(s) per step, but {name}[0] has"
                f" {n_channels}. All sequences need the same channels."
                + _CHANNELS_FIRST.format(len(sequence))
                * (len(set(map(len, sequences))) == 1)
            )
    dtype = np.result_type(*{sequence.dtype for sequence in sequences})
    return [sequence.astype(dtype, copy=False) for sequence in sequences]


def read_sequences(X, *, name="X", channels_first=False, allow_nan=False):
    """Validate sequences in any form, and convert them to floats.

    Parameters
    ----------
    X : (n, T) or (n, T, C) array-like, or list of n array-likes of shape (T_i,) or (T_i, C)
        The sequences.
    name : str, default="X"
        Name of X in error messages.
    channels_first : bool, default=False
        Whether 3-D arrays have shape (n, C, T), and 2-D sequences in a list (C, T_i).
    allow_nan : bool, default=False
        Whether to allow NaN. Infinity is never allowed.

    Returns
    -------
    ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
        float32 if all of X is float32, else float64. Views if no conversion is needed.

    Raises
    ------
    TypeError
        If X is sparse.
    ValueError
        If X is empty, has another form, or contains values that are not finite real numbers.

    Examples
    --------
    >>> from sklstm._validation.sequences import read_sequences
    >>> read_sequences([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    refuse_containers(X, name, _FORMS)
    refuse_masked(X, name)
    X, _ = unpack(X, name)
    return _read_unpacked(X, name, channels_first, allow_nan)


def _read_unpacked(X, name, channels_first, allow_nan):
    if is_ragged(X):
        return as_sequences(X, name=name, channels_first=channels_first, allow_nan=allow_nan)
    refuse_other_dimensions(X, name, channels_first=channels_first)
    X = unmasked_as_numbers(X, name)
    _check_shape(X.shape, name, channels_first)
    if not all_finite(X):
        advice = _PADDED.replace("X", name) if _is_padded(X) else _IMPUTE
        refuse_not_finite(X, name, allow_nan=allow_nan, advice=advice)
    return X.transpose(0, 2, 1) if channels_first and X.ndim == 3 else X


def _check_shape(shape, name, channels_first):
    """Raise a ValueError unless this is the shape of a table or a 3-D array that is not empty."""
    if shape == (0,):
        raise ValueError(f"{name} is empty; expected {_FORMS}.")
    if len(shape) == 1:
        raise ValueError(
            f"{name} has shape {shape}, one dimension; expected {_FORMS}. Reshape your data: "
            f"{name}.reshape(1, -1) is one sequence of {shape[0]} steps as a table, "
            f"{name}.reshape(1, -1, 1) as a 3-D array, and {name}.reshape(-1, 1) is {shape[0]} "
            "sequences of one step."
        )
    if len(shape) not in (2, 3):
        axes = "(n, C, T)" if channels_first else "(n, T, C)"
        raise ValueError(
            f"{name} has shape {shape}; expected a table (n, T), a 3-D array {axes}, or a list of "
            "sequences."
        )
    if shape[0] == 0 or (len(shape) == 2 and shape[1] == 0):
        what = "feature(s)" if shape[0] else "sample(s)"
        raise ValueError(
            f"{name} is empty: 0 {what} (shape={shape}) while a minimum of 1 is required."
        )
    if 0 in shape:
        raise ValueError(
            f"{name} is empty: it has shape {shape}, expected at least one step of one channel."
        )


def _is_padded(X):
    """Whether all NaN of X are in steps at the beginning or end that contain nothing else.

    A single one is more likely to be a missing value.
    """
    missing = np.isnan(X) if X.ndim == 2 else np.isnan(X).all(axis=2)
    if missing.sum() < 2 or np.isnan(X).sum() != missing.sum() * (X.size // missing.size):
        return False
    steps = ~missing
    inside = np.logical_or.accumulate(steps, axis=1)
    inside &= np.logical_or.accumulate(steps[:, ::-1], axis=1)[:, ::-1]
    return not (inside & missing).any()


def check_sequences(estimator, X, *, reset, channels_first=False, allow_nan=False):
    """Validate X for an estimator. Store its form and width if `reset` is true, else compare them.

    Sets `n_features_in_`, `feature_names_in_` and `x_ndim_` on the estimator if `reset` is true.

    Parameters
    ----------
    estimator : estimator
        The estimator to which X was passed.
    X : (n, T) or (n, T, C) array-like, or list of n array-likes of shape (T_i,) or (T_i, C)
        The sequences.
    reset : bool
        True in fit, False afterwards.
    channels_first, allow_nan : bool, default=False
        As in `read_sequences`.

    Returns
    -------
    ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
        See `read_sequences`.

    Raises
    ------
    TypeError, ValueError
        See `read_sequences`. Also raised if form, width or column names differ from those in fit.

    Examples
    --------
    >>> from sklearn.base import BaseEstimator
    >>> from sklstm._validation.sequences import check_sequences
    >>> estimator = BaseEstimator()
    >>> check_sequences(estimator, [[[1.0, 2.0]]], reset=True).shape, estimator.n_features_in_
    ((1, 1, 2), 2)
    """
    if not reset and not channels_first and _is_clearly_valid(estimator, X):
        return X
    refuse_containers(X, "X", _FORMS)
    refuse_masked(X, "X")
    unpacked, names = unpack(X, "X")
    if names is None and is_ragged(unpacked) and not channels_first:
        names = channel_names(unpacked)
    values = _read_unpacked(unpacked, "X", channels_first, allow_nan)
    is_table = not isinstance(values, list) and values.ndim == 2
    if is_table and not reset and _are_sequences_of_lists(estimator, X):
        values, is_table = list(values[:, :, np.newaxis]), False
    if not reset and is_table != (estimator.x_ndim_ == 2):
        _raise_of_other_form(estimator, is_table)
    if is_table:
        validate_data(
            estimator, X if hasattr(X, "columns") else values, reset=reset, skip_check_array=True
        )
        if reset:
            estimator.x_ndim_ = 2
    elif reset:
        _remember_channels(estimator, values[0].shape[1], names)
    else:
        _compare_channels(estimator, values[0].shape[1], names)
    return values


def _are_sequences_of_lists(estimator, X):
    """Whether X is lists of numbers, which are sequences if those of fit were.

    Their lengths may be equal by chance, as in a fold of a cross-validation.
    """
    is_of_sequences = estimator.x_ndim_ == 3 and estimator.n_features_in_ == 1
    return is_of_sequences and isinstance(X, list) and all(isinstance(x, list) for x in X)


def _raise_of_other_form(estimator, is_table):
    passed, fitted = ("a table (2-D)", "sequences (3-D or a list)")[:: 1 if is_table else -1]
    raise ValueError(
        f"X is {passed}, but {type(estimator).__name__} was fitted on {fitted}; pass the same"
        " form to both. X[:, :, np.newaxis] makes n sequences of one channel from a table, and"
        " [X] is one sequence, of a single (T, C) array or data frame."
    )


def _is_clearly_valid(estimator, X):
    """Return whether X is a plain array of finite floats, with the form and width seen in fit.

    This fast check is for recursive forecasts, which predict one row at a time: the full check of
    a row costs more than its prediction. If it fails, the full check is made.
    """
    if not (
        type(X) is np.ndarray
        and X.dtype.char in "fd"
        and X.dtype.isnative
        and X.ndim == estimator.x_ndim_
        and X.shape[-1] == estimator.n_features_in_
        and X.size > 0
        and not hasattr(estimator, "feature_names_in_")
    ):
        return False
    return has_finite_sum(X)


def _are_clearly_valid(X):
    """Return whether all sequences are plain arrays (T_i, C) of finite floats of the same dtype.

    This fast check is for many short sequences. If it fails, the full check is made.
    """
    first = X[0]
    if not (type(first) is np.ndarray and first.dtype.char in "fd" and first.dtype.isnative):
        return False
    dtype, n_channels = first.dtype, first.shape[-1] if first.ndim else 0
    return (
        n_channels > 0
        and all(
            type(x) is np.ndarray
            and x.dtype is dtype
            and x.ndim == 2
            and x.shape[1] == n_channels
            and len(x) > 0
            for x in X
        )
        and has_finite_sum(np.concatenate(X))
    )


def as_floats(X, dtype, name="X"):
    """Convert a validated X to the dtype of the network.

    Parameters
    ----------
    X : ndarray of float
    dtype : dtype or None
        None keeps that of X.
    name : str, default="X"
        Name of X in error messages.

    Returns
    -------
    ndarray
        X itself if it has the dtype and is aligned in memory, as the compiled kernels need it.

    Raises
    ------
    ValueError
        If values are too large for the dtype.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._validation.sequences import as_floats
    >>> as_floats(np.ones(2), np.float32).dtype
    dtype('float32')
    """
    if dtype is None or X.dtype == dtype:
        return X if X.flags.aligned else X.copy()
    with np.errstate(over="ignore"):
        floats = X.astype(dtype)
    if not all_finite(floats):
        raise ValueError(
            f"{name} has values of up to {np.abs(X).max():g}, too large for dtype {floats.dtype}, "
            f"the dtype of the X that the estimator was fitted on. Scale {name}, or fit on float64."
        )
    return floats


def read_step(x, dtype):
    """Validate the values of one step of one or several sequences; not their shape.

    Parameters
    ----------
    x : array-like of numbers
        Value passed to `Stream.push`.
    dtype : dtype
        That of the network.

    Returns
    -------
    ndarray
        Finite values, aligned in memory.

    Raises
    ------
    TypeError, ValueError
        If x contains anything but finite real numbers, or a number too large for the dtype.

    Examples
    --------
    >>> from sklstm._validation.sequences import read_step
    >>> read_step([1, 2], "float32")
    array([1., 2.], dtype=float32)
    """
    if type(x) is not np.ndarray and not _is_single(x):
        refuse_containers(x, "x", "the numbers of one step, an array", each="streams")
    values = np.asarray(x) if type(x) is float else as_numbers(x, "x")
    refuse_not_finite(values, "x")
    return as_floats(values, dtype, "x")


def _is_single(x):
    return isinstance(x, (Number, str, bytes)) or x is None or getattr(x, "shape", None) == ()


def _remember_channels(estimator, n_channels, names):
    """Set the attributes that scikit-learn's `validate_data` sets in fit."""
    estimator.x_ndim_ = 3
    estimator.n_features_in_ = n_channels
    if names is not None:
        estimator.feature_names_in_ = names
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_  # from an earlier fit


def _compare_channels(estimator, n_channels, names):
    """Compare channels and names with the attributes set by `_remember_channels`."""
    fitted = getattr(estimator, "feature_names_in_", None)
    if names is not None and fitted is not None and list(names) != list(fitted):
        missing = [name for name in fitted if name not in set(names)]
        raise ValueError(
            f"The DataFrames in X have the columns {shorten_list(names)}, but "
            f"{type(estimator).__name__} was fitted with {shorten_list(fitted)}; pass the same "
            "columns in the same order"
            + (
                f". Missing are {shorten_list(missing)}."
                if missing
                else ": x[columns] of each DataFrame x, with the columns of fit."
            )
        )
    if n_channels != estimator.n_features_in_:
        raise ValueError(
            f"X has {n_channels} channel(s) per step, but {type(estimator).__name__} was fitted"
            f" with {estimator.n_features_in_}; pass the same channels, in the same order."
        )
    if (names is None) != (fitted is None):
        name = type(estimator).__name__
        warn_user(
            f"X has feature names, but {name} was fitted without feature names"
            if fitted is None
            else f"X does not have valid feature names, but {name} was fitted with feature names",
        )


def _as_steps(item, name, channels_first, allow_nan):
    """Convert one sequence, (T,), (T, C) or (C, T), to a (T, C) float array."""
    if issparse(item):
        raise TypeError(f"{name} is sparse; sequences must be dense. Convert it with .toarray().")
    refuse_other_dimensions(item, name, channels_first=channels_first)
    refuse_backwards(item, name)
    sequence = unmasked_as_numbers(_stack_steps(item), name)
    if sequence.ndim not in (1, 2):
        raise ValueError(
            f"{name} has shape {sequence.shape}; a sequence is (T,) for one channel, or"
            f" {'(C, T)' if channels_first else '(T, C)'}."
        )
    if sequence.ndim == 1:
        sequence = sequence[:, np.newaxis]
    elif channels_first:
        sequence = sequence.T
    if 0 in sequence.shape:
        n_steps, n_channels = sequence.shape
        raise ValueError(
            f"{name} is empty: {n_steps} step(s) of {n_channels} channel(s). Every sequence needs"
            " at least one step of one channel; drop empty sequences."
        )
    bad = np.isinf(sequence) if allow_nan else ~np.isfinite(sequence)
    if bad.any():
        step = int(np.argmax(bad.any(axis=1)))
        value = "infinity" if np.isinf(sequence[step]).any() else "NaN"
        padded = " sklstm.preprocessing.strip_padding(X) removes padding."
        raise ValueError(
            f"{name} contains {value} at step {step}; impute it, or cut the sequence there."
            + padded * _is_padded(sequence[np.newaxis])
        )
    return sequence


def _stack_steps(item):
    """The steps of a sequence as one array, if they are an array of arrays, as those of polars."""
    if getattr(getattr(item, "dtype", None), "kind", None) != "O" or np.ndim(item) != 1:
        return item
    steps = list(item)
    return steps if steps and all(map(is_nested, steps)) else item
