"""Remove the padding of sequences."""

from numbers import Real

import numpy as np

from .._typing import Array, ArrayLike
from .._validation.containers import refuse_containers
from .._validation.nested import unpack
from .._validation.numbers import as_numbers, refuse_masked
from .._validation.sequences import is_ragged
from ..core.checks import check_choice
from ..core.messages import shorten

_SIDES = ("both", "start", "end")


def strip_padding(X: ArrayLike, value: float = np.nan, *, side: str = "both") -> list[Array]:
    """Convert padded sequences of equal length to a list of sequences without their padding.

    The estimators accept lists of sequences of different lengths, and need neither padding nor
    masks. Steps at the start and end of a sequence are padding if all of their channels are equal
    to `value`. Other steps are kept, also if they contain it.

    Targets per step that were padded with the same value are converted in the same way.

    Parameters
    ----------
    X : array-like of shape (n, T) or (n, T, C), or list of n array-likes (T_i,) or (T_i, C)
        Padded sequences. float32 is kept, other types become float64.
    value : float, default=np.nan
        Value of the padding.
    side : {"both", "start", "end"}, default="both"
        Where padding is removed. If `value` occurs in the data, such as 0, use the side that was
        padded.

    Returns
    -------
    list of n ndarrays of shape (T_i,) or (T_i, C)
        The sequences, as views of X if possible.

    Raises
    ------
    TypeError, ValueError
        If X is not an array or list of sequences of numbers, an argument is not valid, or a
        sequence contains nothing but padding.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.preprocessing import strip_padding
    >>> X = np.array([[1.0, 2.0, np.nan, np.nan], [3.0, 4.0, 5.0, np.nan]])
    >>> [sequence.tolist() for sequence in strip_padding(X)]
    [[1.0, 2.0], [3.0, 4.0, 5.0]]
    """
    refuse_containers(X, "X", "an array (n, T) or (n, T, C), or a list of sequences")
    if not isinstance(value, Real):
        raise TypeError(f"value must be a number; got {shorten(value)} ({type(value).__name__}).")
    check_choice(side, "side", _SIDES)
    refuse_masked(X, "X")
    X, _ = unpack(X, "X")
    if is_ragged(X):
        return [_strip(as_numbers(x, f"X[{i}]"), f"X[{i}]", value, side) for i, x in enumerate(X)]
    X = as_numbers(X, "X")
    if X.ndim not in (2, 3):
        raise ValueError(
            f"X has shape {X.shape}; expected (n, T), (n, T, C), or a list of sequences."
        )
    return [_strip(x, f"X[{i}]", value, side) for i, x in enumerate(X)]


def _strip(sequence, name, value, side):
    """One sequence (T,) or (T, C) without its padding."""
    is_padding = np.isnan(sequence) if np.isnan(value) else sequence == value
    kept = np.flatnonzero(~is_padding.reshape(len(sequence), -1).all(axis=1))
    if not len(kept):
        raise ValueError(
            f"{name} contains nothing but padding, {value}; leave this sequence and its target out."
        )
    start = 0 if side == "end" else kept[0]
    stop = len(sequence) if side == "start" else kept[-1] + 1
    return sequence[start:stop]
