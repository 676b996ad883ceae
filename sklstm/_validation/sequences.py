"""Recognise and read lists of sequences of different lengths.

Small functions without a dependency on the rest of the library. n is the number of sequences, T_i
the number of steps of sequence i, C the number of channels (features per step).
"""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from ..core.user_warnings import warn_user

_FLOATS = [np.float64, np.float32]  # check_array converts anything else to the first one


def is_ragged(X):
    """Tell whether X is a list of sequences, each an array-like with a length of its own.

    Only the form is looked at, never the values: True does not mean that X is valid.

    Parameters
    ----------
    X : object
        Anything a user may pass as X.

    Returns
    -------
    bool
        True for a non-empty list, tuple or 1-D object array (or object Series) that holds an array,
        DataFrame, Series or sparse matrix of at least one dimension, whatever the lengths, and for
        one made of nested Python lists that NumPy cannot read as one regular array. False for
        everything else: numeric arrays of any dimension, DataFrames, sparse matrices, regular
        nested lists of numbers (``X.tolist()`` of a 2-D array is a table, of a 3-D array a 3-D
        array), flat lists of numbers, empty lists.

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
    if any(getattr(item, "ndim", 0) >= 1 or hasattr(item, "columns") for item in items):
        return True
    try:
        np.shape(items)
    except ValueError:
        return True  # nested lists of different lengths
    # An object array of lists is ragged by its form, even if all lists happen to have one length:
    # a batch of one sequence must not be read as a table.
    return items is not X and any(isinstance(item, (list, tuple)) for item in items)


def as_sequences(X, *, name="X", channels_first=False, allow_nan=False):
    """Read a list for which `is_ragged` is true as a list of (T_i, C) float arrays.

    Parameters
    ----------
    X : list, tuple or 1-D object array of n array-likes of shape (T_i,) or (T_i, C)
        The sequences. One-dimensional ones have one channel.
    name : str, default="X"
        What the error messages call X.
    channels_first : bool, default=False
        Whether two-dimensional sequences are (C, T_i) instead.
    allow_nan : bool, default=False
        Whether NaN is let through. Infinity never is.

    Returns
    -------
    list of n ndarrays of shape (T_i, C)
        Views where no conversion is needed. All float32 if every sequence is float32, else all
        float64.

    Raises
    ------
    TypeError
        If a sequence is sparse.
    ValueError
        If a sequence has no step or no channel, more than two dimensions, values that are not
        finite real numbers, or a number of channels (or DataFrame columns) other than the first
        one's.

    Examples
    --------
    >>> from sklstm._validation.sequences import as_sequences
    >>> [s.shape for s in as_sequences([[1.0, 2.0, 3.0], [4.0]])]
    [(3, 1), (1, 1)]
    """
    sequences = [
        _as_steps(item, f"{name}[{i}]", channels_first, allow_nan) for i, item in enumerate(X)
    ]
    n_channels = sequences[0].shape[1]
    for i, sequence in enumerate(sequences):
        if sequence.shape[1] != n_channels:
            raise ValueError(
                f"{name}[{i}] has {sequence.shape[1]} channel(s) per step, but {name}[0] has"
                f" {n_channels}. All sequences need the same channels."
            )
    dtype = np.result_type(*{sequence.dtype for sequence in sequences})
    return [sequence.astype(dtype, copy=False) for sequence in sequences]


def channel_names(X, *, name="X"):
    """Return the column names that all DataFrames in a list of sequences share.

    Parameters
    ----------
    X : list, tuple or 1-D object array of n array-likes
        The sequences.
    name : str, default="X"
        What the error messages call X.

    Returns
    -------
    ndarray of C str objects, or None
        None unless every sequence is a DataFrame with strings as column names.

    Raises
    ------
    ValueError
        If two DataFrames have different columns or the same ones in another order.

    Examples
    --------
    >>> from sklstm._validation.sequences import channel_names
    >>> channel_names([[1.0, 2.0], [3.0]]) is None
    True
    """
    if not all(hasattr(item, "columns") for item in X):
        return None
    first, *others = [list(item.columns) for item in X]
    for i, columns in enumerate(others, start=1):
        if columns != first:
            raise ValueError(
                f"{name}[{i}] has the columns {columns}, but {name}[0] has {first}."
                " All sequences need the same columns in the same order."
            )
    return np.array(first, dtype=object) if all(isinstance(c, str) for c in first) else None


def read_sequences(X, *, name="X", channels_first=False, allow_nan=False):
    """Read X in any of its forms, as floats, with all values checked.

    Parameters
    ----------
    X : (n, T) or (n, T, C) array-like, or list of n array-likes of shape (T_i,) or (T_i, C)
        The sequences.
    name : str, default="X"
        What the error messages call X.
    channels_first : bool, default=False
        Whether 3-D arrays are (n, C, T) and two-dimensional sequences in lists (C, T_i).
    allow_nan : bool, default=False
        Whether NaN is let through. Infinity never is.

    Returns
    -------
    ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
        float32 if all of X is float32, else float64. Views where no conversion is needed.

    Raises
    ------
    TypeError
        If X is sparse.
    ValueError
        If X is empty, has another form, or values that are not finite real numbers.

    Examples
    --------
    >>> from sklstm._validation.sequences import read_sequences
    >>> read_sequences([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    if is_ragged(X):
        return as_sequences(X, name=name, channels_first=channels_first, allow_nan=allow_nan)
    finite = "allow-nan" if allow_nan else True
    X = check_array(
        X,
        dtype=_FLOATS,
        ensure_2d=False,  # the message below knows the forms of sequences
        allow_nd=True,
        ensure_all_finite=finite,
        input_name=name,
    )
    if X.ndim not in (2, 3):
        raise ValueError(
            f"{name} has shape {X.shape}; expected a table (n, T), a 3-D array"
            f" {'(n, C, T)' if channels_first else '(n, T, C)'}, or a list of sequences."
        )
    if 0 in X.shape:
        raise ValueError(
            f"{name} is empty: it has shape {X.shape}, expected at least one step of one channel."
        )
    return X.transpose(0, 2, 1) if channels_first and X.ndim == 3 else X


def check_sequences(estimator, X, *, reset, channels_first=False, allow_nan=False):
    """Read X for an estimator, and remember its form and width in fit or compare them later.

    Sets `n_features_in_`, `feature_names_in_` and `x_ndim_` on the estimator if reset is true.

    Parameters
    ----------
    estimator : object
        The scikit-learn estimator that X was given to.
    X : (n, T) or (n, T, C) array-like, or list of n array-likes of shape (T_i,) or (T_i, C)
        The sequences.
    reset : bool
        True in fit, False afterwards.
    channels_first, allow_nan : bool, default=False
        As in `read_sequences`.

    Returns
    -------
    ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
        As from `read_sequences`.

    Raises
    ------
    TypeError, ValueError
        As from `read_sequences`, and if form, width or column names are not those of fit.

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
    if isinstance(X, (dict, Iterator)) and not issparse(X):
        kind = type(X).__name__
        raise TypeError(f"X is a {kind}; expected an array, or a list of sequences: list(X)?")
    ragged = is_ragged(X)
    # np.ndim would go through __array_function__, which not all array-likes have.
    is_table = not ragged and (X if hasattr(X, "ndim") else np.asarray(X)).ndim < 3
    if not reset and is_table != (estimator.x_ndim_ == 2):
        came, fitted = ("a table (2-D)", "sequences (3-D or a list)")[:: 1 if is_table else -1]
        raise ValueError(
            f"X is {came}, but {type(estimator).__name__} was fitted on {fitted}; pass one form to"
            " both. X[:, :, np.newaxis] makes n sequences of one channel of a table, and"
            " X[np.newaxis] makes one sequence of a single (T, C) array."
        )
    if is_table:
        require_numbers(X, "X")
        finite = "allow-nan" if allow_nan else True
        X = validate_data(estimator, X, reset=reset, dtype=_FLOATS, ensure_all_finite=finite)
        if reset:
            estimator.x_ndim_ = 2
        return X
    names = channel_names(X) if ragged and not channels_first else None
    X = read_sequences(X, channels_first=channels_first, allow_nan=allow_nan)
    if reset:
        _remember_channels(estimator, X[0].shape[1], names)
    else:
        _compare_channels(estimator, X[0].shape[1], names)
    return X


def _is_clearly_valid(estimator, X):
    """Tell whether X is a plain array of the form and width of fit, with finite floats.

    Forecasters predict one row at a time, and the full check of a row costs more than its
    prediction. What is not clearly valid goes through the full check, and gets its messages there.
    """
    if not (
        type(X) is np.ndarray
        and X.dtype in _FLOATS
        and X.ndim == estimator.x_ndim_
        and X.shape[-1] == estimator.n_features_in_
        and X.size > 0
        and not hasattr(estimator, "feature_names_in_")
    ):
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(X.sum()))  # windows are views, and a mask of all would be none


def require_numbers(values, name):
    """Raise an error that names the argument if values are strings, times or masked.

    scikit-learn's own message would not say of which argument; it reads times as nanoseconds, and
    what is under a mask as if there were none.

    Parameters
    ----------
    values : array-like
        What came.
    name : str
        The name of the argument.

    Raises
    ------
    ValueError
        If values are strings or times, or some are masked.

    Examples
    --------
    >>> from sklstm._validation.sequences import require_numbers
    >>> require_numbers([1.0, 2.0], "y")
    """
    array = values if isinstance(getattr(values, "dtype", None), np.dtype) else np.asarray(values)
    if array.dtype.kind in "US":
        raise ValueError(f"{name} has dtype {array.dtype}: it holds strings, expected numbers.")
    if array.dtype.kind in "mM":
        raise ValueError(f"{name} has dtype {array.dtype}: it holds times, expected numbers.")
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked values; impute them, or leave these rows out.")


def _remember_channels(estimator, n_channels, names):
    """Set what scikit-learn's validate_data sets in fit, for sequences."""
    estimator.x_ndim_ = 3
    estimator.n_features_in_ = n_channels
    if names is not None:
        estimator.feature_names_in_ = names
    elif hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_  # of an earlier fit


def _compare_channels(estimator, n_channels, names):
    """Compare what _remember_channels has set in fit."""
    if n_channels != estimator.n_features_in_:
        raise ValueError(
            f"X has {n_channels} channel(s) per step, but {type(estimator).__name__} was fitted"
            f" with {estimator.n_features_in_}."
        )
    fitted = getattr(estimator, "feature_names_in_", None)
    if (names is None) != (fitted is None):
        name = type(estimator).__name__
        warn_user(
            f"X has feature names, but {name} was fitted without feature names"
            if fitted is None
            else f"X does not have valid feature names, but {name} was fitted with feature names",
        )
    if names is not None and fitted is not None and list(names) != list(fitted):
        raise ValueError(
            f"The DataFrames in X have the columns {list(names)}, but {type(estimator).__name__}"
            f" was fitted with {list(fitted)}; the same columns are needed, in the same order."
        )


def _as_steps(item, name, channels_first, allow_nan):
    """Read one sequence, (T,) or (T, C) (or (C, T)), as a (T, C) float array."""
    if issparse(item):
        raise TypeError(f"{name} is sparse; sequences must be dense. Convert it with .toarray().")
    sequence = _as_float(item, name)
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
            " at least one step of one channel; drop the empty ones."
        )
    bad = np.isinf(sequence) if allow_nan else ~np.isfinite(sequence)
    if bad.any():
        step = int(np.argmax(bad.any(axis=1)))
        value = "infinity" if np.isinf(sequence[step]).any() else "NaN"
        raise ValueError(
            f"{name} contains {value} at step {step}; impute it, or cut the sequence there."
        )
    return sequence


def _as_float(item, name):
    """Read an array-like of real numbers, float32 as float32 and all else as float64."""
    try:
        array = np.asarray(item)
    except ValueError as error:
        raise ValueError(f"{name} is not a regular array of numbers: {error}") from error
    if array.dtype in (np.float32, np.float64):
        return array
    if array.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: {name} has dtype {array.dtype}.")
    if array.dtype.kind not in "biufO":
        raise ValueError(f"{name} has dtype {array.dtype}; sequences must be real numbers.")
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} cannot be read as numbers: {error}") from error
