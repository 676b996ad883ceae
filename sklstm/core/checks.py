"""Checks of parameters: numbers, integers, flags, names. Each says what came and what is valid.

A check returns the value, so that it can be used where it is checked.
"""

import difflib
from numbers import Integral, Real

import numpy as np


def check_number(value, name, interval):
    """Return a hyper-parameter as a Python float, if it lies in an interval.

    A Python float is what arithmetic needs: unlike a NumPy scalar it never turns float32 arrays
    into float64.

    Parameters
    ----------
    value : real number
        What the user passed.
    name : str
        Name of the hyper-parameter, for the error message.
    interval : str
        The interval as one writes it, such as ``"[0, 1)"`` or ``"(0, inf)"``.

    Returns
    -------
    number : float
        The value.

    Raises
    ------
    TypeError
        If `value` is not a real number (a bool is not).
    ValueError
        If `value` is nan or outside of the interval.

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
    if not isinstance(value, Real) or isinstance(value, bool):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a number in {interval}; got {value!r} ({kind}).")
    low, high = (float(end) for end in interval[1:-1].split(","))
    inside = low < value < high
    inside |= interval[0] == "[" and value == low
    inside |= interval[-1] == "]" and value == high
    if not inside:
        raise ValueError(f"{name} must be in {interval}; got {value!r}.")
    return float(value)


def check_integer(value, name, minimum, otherwise=""):
    """Return a parameter as a Python int, if it is an integer of at least `minimum`.

    Parameters
    ----------
    value : int
        What the user passed.
    name : str
        Name of the parameter, for the error message.
    minimum : int
    otherwise : str, default=""
        What else would be valid, for the error message, such as ``" or None"``.

    Returns
    -------
    integer : int
        The value.

    Raises
    ------
    ValueError
        If `value` is not an integer (a bool is not), or is too small.

    Examples
    --------
    >>> from sklstm.core.checks import check_integer
    >>> check_integer(0, "window", minimum=1)
    Traceback (most recent call last):
    ...
    ValueError: window=0 is not valid; expected an integer >= 1.
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        expected = f"an integer >= {minimum}{otherwise}"
        raise ValueError(f"{name}={value!r} is not valid; expected {expected}.")
    return int(value)


def check_flag(value, name):
    """Return a parameter, if it is True or False.

    Parameters
    ----------
    value : bool
        What the user passed.
    name : str
        Name of the parameter, for the error message.

    Returns
    -------
    flag : bool
        The value.

    Raises
    ------
    ValueError
        If `value` is anything else, 0 and 1 included.

    Examples
    --------
    >>> from sklstm.core.checks import check_flag
    >>> check_flag("yes", "shuffle")
    Traceback (most recent call last):
    ...
    ValueError: shuffle='yes' is not valid; expected True or False.
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name}={value!r} is not valid; expected True or False.")
    return bool(value)


def check_option(value, name, valid):
    """Return a parameter, if it is one of some values of any kind.

    Parameters
    ----------
    value : object
        What the user passed.
    name : str
        Name of the parameter, for the error message.
    valid : sequence
        The valid values, strings among them or not. 1 is not valid for True, nor 1.0 for 1.

    Returns
    -------
    option : object
        The value.

    Raises
    ------
    ValueError
        If `value` is none of them; the message lists them.

    Examples
    --------
    >>> from sklstm.core.checks import check_option
    >>> check_option(1, "scale", ("auto", True, False))
    Traceback (most recent call last):
    ...
    ValueError: scale=1 is not valid; expected one of ['auto', True, False].
    """
    if not any(value is v or (type(value) is type(v) and value == v) for v in valid):
        raise ValueError(f"{name}={value!r} is not valid; expected one of {list(valid)}.")
    return value


def check_choice(value, name, valid):
    """Return a hyper-parameter, if it is one of the valid names.

    Parameters
    ----------
    value : str
        What the user passed.
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
        If `value` is not a valid name; the message lists those, and the nearest one.

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
        raise TypeError(f"{name} must be one of {listed(valid)}; got {value!r} ({kind}).")
    if value not in valid:
        raise ValueError(unknown_name(name, value, valid))
    return value


def listed(names):
    """Names in quotes, in alphabetical order."""
    return ", ".join(repr(name) for name in sorted(names))


def unknown_name(what, name, valid):
    """Say that a name is unknown, which names are known, and which of them is the nearest."""
    by_lower_case = {choice.lower(): choice for choice in valid}
    nearest = difflib.get_close_matches(name.lower(), by_lower_case, n=1)
    hint = f"; did you mean {by_lower_case[nearest[0]]!r}?" if nearest else "."
    return f"{name!r} is not a valid {what}{hint} Valid: {listed(valid) or 'none'}."
