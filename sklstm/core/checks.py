"""Validation of parameters: numbers, integers, booleans, names.

Each function returns the value, or raises an error with the value and what was expected.
"""

import difflib
import math
from functools import lru_cache
from numbers import Integral, Real

import numpy as np

from .messages import shorten

_LONGEST_NAME = 100  # comparing texts takes quadratic time
# What other packages call it, and our names or scikit-learn's, of which one may be valid.
_SYNONYMS = {
    **dict.fromkeys(("mse", "l2"), ("squared_error", "neg_mean_squared_error")),
    **dict.fromkeys(("mae", "l1"), ("absolute_error", "neg_mean_absolute_error")),
    "rmse": ("neg_root_mean_squared_error", "squared_error"),
    "mape": ("neg_mean_absolute_percentage_error",),
    "smooth_l1": ("huber",),
    "pinball": ("quantile",),
    "normal": ("gaussian",),
    **dict.fromkeys(
        ("cross_entropy", "crossentropy", "binary_crossentropy", "categorical_crossentropy", "bce"),
        ("log_loss", "neg_log_loss"),
    ),
    "acc": ("accuracy",),
    "auc": ("roc_auc",),
    "r2_score": ("r2",),
}
_FEW = 16  # with more numbers NumPy finds out sooner whether all are finite


@lru_cache
def _ends(interval):
    """The ends of an interval in mathematical notation."""
    low, high = interval[1:-1].split(",")
    return float(low), float(high)


def check_number(value, name, interval):
    """Check that a hyper-parameter is a number in an interval, and return it as a Python float.

    Unlike a NumPy scalar, a Python float never promotes float32 arrays to float64.

    Parameters
    ----------
    value : real number
        Value passed by the user.
    name : str
        Name of the hyper-parameter, for the error message.
    interval : str
        The interval in mathematical notation, such as ``"[0, 1)"`` or ``"(0, inf)"``.

    Returns
    -------
    number : float
        The value.

    Raises
    ------
    TypeError
        If `value` is not a real number, or is a bool.
    ValueError
        If `value` is NaN or outside the interval.

    Examples
    --------
    >>> from sklstm.core.checks import check_number
    >>> check_number(1, "delta", "(0, inf)")
    1.0
    >>> check_number(1, "momentum", "[0, 1)")
    Traceback (most recent call last):
    ...
    ValueError: momentum must be in [0, 1); got 1.
    """
    is_number = type(value) is float or (isinstance(value, Real) and not _is_other(value))
    if not is_number:
        kind = type(value).__name__
        raise TypeError(f"{name} must be a number in {interval}; got {shorten(value)} ({kind}).")
    low, high = _ends(interval)
    is_end = (value == low and interval[0] == "[") or (value == high and interval[-1] == "]")
    if not (low < value < high or is_end):
        raise ValueError(f"{name} must be in {interval}; got {shorten(value)}.")
    return float(value)


def _is_other(value):
    """Whether this is a bool or a duration, both of which are registered as integers."""
    return isinstance(value, bool | np.timedelta64)


def check_integer(value, name, minimum, otherwise=""):
    """Check that a parameter is an integer of at least `minimum`, and return it as a Python int.

    Parameters
    ----------
    value : int
        Value passed by the user.
    name : str
        Name of the parameter, for the error message.
    minimum : int
        Minimum value.
    otherwise : str, default=""
        Other valid values, for the error message, such as ``" or None"``.

    Returns
    -------
    integer : int
        The value.

    Raises
    ------
    ValueError
        If `value` is not an integer, is a bool, or is too small.

    Examples
    --------
    >>> from sklstm.core.checks import check_integer
    >>> check_integer(0, "window", minimum=1)
    Traceback (most recent call last):
    ...
    ValueError: window=0 is not valid; expected an integer >= 1.
    """
    if not isinstance(value, Integral) or _is_other(value) or value < minimum:
        expected = f"an integer >= {minimum}{otherwise}"
        raise ValueError(f"{name}={shorten(value)} is not valid; expected {expected}.")
    return int(value)


def check_flag(value, name):
    """Check that a parameter is True or False, and return it.

    Parameters
    ----------
    value : bool
        Value passed by the user.
    name : str
        Name of the parameter, for the error message.

    Returns
    -------
    flag : bool
        The value.

    Raises
    ------
    ValueError
        If `value` is anything else, including 0 and 1.

    Examples
    --------
    >>> from sklstm.core.checks import check_flag
    >>> check_flag("yes", "shuffle")
    Traceback (most recent call last):
    ...
    ValueError: shuffle='yes' is not valid; expected True or False.
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name}={shorten(value)} is not valid; expected True or False.")
    return bool(value)


def check_option(value, name, valid):
    """Check that a parameter is one of several values of any type, and return it.

    Parameters
    ----------
    value : object
        Value passed by the user.
    name : str
        Name of the parameter, for the error message.
    valid : sequence
        The valid values. Types are compared as well: 1 does not match True, nor 1.0 match 1.

    Returns
    -------
    option : object
        The value.

    Raises
    ------
    ValueError
        If `value` is not valid; the message lists the valid values.

    Examples
    --------
    >>> from sklstm.core.checks import check_option
    >>> check_option(1, "scale", ("auto", True, False))
    Traceback (most recent call last):
    ...
    ValueError: scale=1 is not valid; expected one of ['auto', True, False].
    """
    if not any(value is v or (type(value) is type(v) and value == v) for v in valid):
        raise ValueError(
            f"{name}={shorten(value)} is not valid; expected one of {list(valid)}."
            f"{did_you_mean(value, valid, ' Did')}"
        )
    return value


def check_choice(value, name, valid):
    """Check that a hyper-parameter is one of the valid names, and return it.

    Parameters
    ----------
    value : str
        Value passed by the user.
    name : str
        Name of the hyper-parameter, for the error message.
    valid : iterable of str
        The valid names.

    Returns
    -------
    choice : str
        The value.

    Raises
    ------
    TypeError
        If `value` is not a string.
    ValueError
        If `value` is not a valid name; the message lists the valid names and the closest match.

    Examples
    --------
    >>> from sklstm.core.checks import check_choice
    >>> check_choice("tahn", "activation", ["relu", "tanh"])
    Traceback (most recent call last):
    ...
    ValueError: 'tahn' is not a valid activation; did you mean 'tanh'? Valid: 'relu', 'tanh'.
    """
    if not isinstance(value, str):
        kind = type(value).__name__
        raise TypeError(f"{name} must be one of {listed(valid)}; got {shorten(value)} ({kind}).")
    if value not in valid:
        raise ValueError(unknown_name(name, value, valid))
    return value


def listed(names):
    """Return the names in quotes, in alphabetical order, as one string."""
    return ", ".join(repr(name) for name in sorted(names))


def unknown_name(what, name, valid):
    """Return the error message for an unknown name, with the valid names and the closest match."""
    hint = did_you_mean(name, valid, "; did") or "."
    return f"{shorten(name)} is not a valid {what}{hint} Valid: {listed(valid) or 'none'}."


def did_you_mean(value, valid, begin):
    """Return a question for the valid name that is closest to a value; "" if none is close.

    Parameters
    ----------
    value : object
    valid : iterable
        Valid values; only strings are compared.
    begin : str
        The first word of the question, such as ``" Did"``.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklstm.core.checks import did_you_mean
    >>> did_you_mean("lsat", ["auto", "last", None], "Did")
    "Did you mean 'last'?"
    """
    nearest = closest_name(value, valid)
    return "" if nearest is None else f"{begin} you mean {nearest!r}?"


def closest_name(value, valid):
    """Return the valid name that is closest to a value, or means the same; None if none is close.

    Parameters
    ----------
    value : object
    valid : iterable
        Valid values; only strings are compared.

    Returns
    -------
    str or None

    Examples
    --------
    >>> from sklstm.core.checks import closest_name
    >>> closest_name("MSE", ["absolute_error", "squared_error"])
    'squared_error'
    """
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        return None
    by_lower_case = {choice.lower(): choice for choice in valid if isinstance(choice, str)}
    same = [name for name in _SYNONYMS.get(value.lower(), ()) if name in by_lower_case]
    nearest = same or difflib.get_close_matches(value.lower(), by_lower_case, n=1)
    return by_lower_case[nearest[0]] if nearest else None


def check_n_jobs(n_jobs):
    """Raise unless `n_jobs` is valid for joblib.

    Parameters
    ----------
    n_jobs : int or None

    Raises
    ------
    ValueError
        If it is anything else, or 0.
    """
    if n_jobs is None:
        return
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, (int, np.integer)) or n_jobs == 0:
        raise ValueError(
            f"n_jobs={shorten(n_jobs)} is not valid; expected an integer other than 0, where "
            "-1 is all "
            "processors, or None for 1."
        )


def has_finite_sum(array):
    """Whether the sum of an array is finite: then all numbers are, and no mask was needed.

    Parameters
    ----------
    array : ndarray of float

    Returns
    -------
    bool
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(np.add.reduce(array, axis=None))


def all_finite(array):
    """Whether all numbers of an array are finite.

    Parameters
    ----------
    array : ndarray of float

    Returns
    -------
    bool
    """
    if array.size <= _FEW:
        return all(map(math.isfinite, array.ravel().tolist()))
    return has_finite_sum(array) or bool(np.isfinite(array).all())
