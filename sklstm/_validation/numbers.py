"""Numbers: the one door through which X, y, weights, series and pushed steps become floats.

What is not a real number is refused, in any container and at any depth: masked values, dates, text
(also that of numbers), complex numbers, None, pd.NA and nested objects. NumPy converts some of
these without an error: it ignores masks, reads dates as nanoseconds, and None as NaN.
"""

import datetime
from decimal import Decimal
from numbers import Real

import numpy as np

from ..core.checks import all_finite
from ..core.messages import cut, shorten
from .containers import columns_of, dtypes_of, is_nested, is_plain, refuse_unreadable

_TIMES = (
    *(datetime.date, datetime.time, datetime.timedelta),  # and those of pandas, which derive from
    *(np.datetime64, np.timedelta64),
)
_PANDAS_TIMES = ("Period", "Interval", "NaTType", "DateOffset")
# What np.ma returns for a masked entry is a MaskedArray, too.
_HOLDERS = (list, tuple, np.ndarray)
_NUMBERS = {float, int, bool, np.float64}  # quickly


def as_numbers(values, name, *, advice=""):
    """Convert an array-like of real numbers to an array of floats.

    Parameters
    ----------
    values : array-like
        Value passed by the user. Missing values of pandas' numeric dtypes, of polars and pyarrow
        become NaN.
    name : str
        Name of the argument.
    advice : str or dict of str, default=""
        Sentence that is added to errors of dates and text; or one of each, "times" and "text".

    Returns
    -------
    ndarray of float32 or float64
        float32 if the values are, else float64. `values` itself if it is such an array. It may
        contain NaN and infinity: see `refuse_not_finite`.

    Raises
    ------
    TypeError, ValueError
        If the values are not real numbers, or not a regular array.

    Examples
    --------
    >>> from sklstm._validation.numbers import as_numbers
    >>> as_numbers([1, 2], "y")
    array([1., 2.])
    >>> as_numbers(["1", "2"], "y")
    Traceback (most recent call last):
    ...
    ValueError: y has dtype <U1: it holds strings, such as '1', expected numbers. Convert text of \
numbers by astype(float).
    """
    refuse_masked(values, name)
    return unmasked_as_numbers(values, name, advice=advice)


def unmasked_as_numbers(values, name, *, advice=""):
    """`as_numbers` for values that `refuse_masked` has accepted, such as an entry of a list.

    Parameters
    ----------
    values, name, advice
        See `as_numbers`.

    Returns
    -------
    ndarray of float32 or float64

    Examples
    --------
    >>> from sklstm._validation.numbers import unmasked_as_numbers
    >>> unmasked_as_numbers([1, 2], "y")
    array([1., 2.])
    """
    if type(values) is np.ndarray and values.dtype.char in "fd" and values.dtype.isnative:
        return values
    refuse_unreadable(values, name)
    dtypes = dtypes_of(values)
    if dtypes is not None and all(map(is_plain, dtypes)):
        array = np.asarray(values)
    else:
        _check_columns(values, dtypes, name, advice)
        array = _as_array(values, dtypes, name)
        _check_kind(array, getattr(values, "dtype", array.dtype), name, advice)
    if array.dtype.newbyteorder("=") == np.float32:
        return array.astype(np.float32, copy=False)
    return _to_float64(array, name)


def refuse_masked(values, name):
    """Raise a ValueError if values are masked, at any depth. Masks without effect are accepted.

    Parameters
    ----------
    values : object
        Value passed by the user.
    name : str
        Name of the argument.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._validation.numbers import refuse_masked
    >>> refuse_masked([np.ma.array([1.0, 2.0], mask=[False, True])], "X")
    Traceback (most recent call last):
    ...
    ValueError: X[0] has masked values; impute them, or leave these rows or steps out.
    """
    if _is_masked(values):
        if isinstance(values, (list, tuple)):
            name = f"{name}[{next(i for i, value in enumerate(values) if _is_masked(value))}]"
        raise ValueError(
            f"{name} has masked values; impute them, or leave these rows or steps out."
        )


def _is_masked(values):
    if type(values) is np.ndarray and values.dtype.kind != "O":
        return False
    if isinstance(values, np.ma.MaskedArray):
        if np.ma.is_masked(values):
            return True
        values = values.data
    if isinstance(values, np.ndarray):
        if values.dtype.kind != "O":
            return False
        values = values.ravel()
    elif not isinstance(values, (list, tuple)):
        if getattr(getattr(values, "dtype", None), "kind", None) != "O":
            return False
        values = np.asarray(values).ravel()  # a Series of arrays
    kinds = set(map(type, values))
    if kinds <= _NUMBERS or not any(issubclass(kind, _HOLDERS) for kind in kinds):
        return False
    return any(_is_masked(value) for value in values if isinstance(value, _HOLDERS))


def _check_columns(values, dtypes, name, advice):
    """Check each column of a data frame that is not of numbers: NumPy may convert them together."""
    columns = columns_of(values)
    if columns is None:
        return
    dtypes = [None] * len(columns) if dtypes is None else list(dtypes)
    for (label, column), dtype in zip(columns, dtypes, strict=True):
        if not is_plain(dtype):
            where = f"{name} (column {shorten(label, 60)})"
            array = _as_array(column(), None, where)
            _check_kind(array, dtype or array.dtype, where, advice)


def _as_array(values, dtypes, name):
    """The values as an array of any dtype; those of pandas' nullable numbers as floats."""
    if dtypes is None:
        dtypes = [getattr(values, "dtype", None)]
    if hasattr(values, "to_numpy") and any(map(_is_nullable, dtypes)):
        try:
            return values.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            pass  # other columns are not numbers
    try:
        return np.asarray(values)
    except np.exceptions.DTypePromotionError:
        return np.asarray(values, dtype=object)
    except ValueError as error:
        raise ValueError(f"{name} is not a regular array of numbers: {cut(str(error))}") from error


def _is_nullable(dtype):
    """Whether this is a dtype of pandas for numbers that may be missing."""
    return not isinstance(dtype, np.dtype) and getattr(dtype, "kind", "O") in "fiub"


def _check_kind(array, dtype, name, advice):
    """Raise unless an array holds real numbers; `dtype` is that of the user's container."""
    kind, has_dtype = array.dtype.kind, f"{name} has dtype {cut(str(dtype), 60)}"
    if kind == "O":
        _check_objects(array, name, has_dtype, advice)
    elif kind == "c":
        raise ValueError(
            f"Complex data not supported: {has_dtype}; expected real numbers, for instance "
            f"{name}.real."
        )
    elif kind in "UST":
        _refuse_text(has_dtype, array, advice)
    elif kind in "mM":
        _refuse_times(has_dtype, next(iter(array.flat), ""), advice)
    elif kind not in "fiub":
        raise ValueError(f"{has_dtype}; expected an array of real numbers.")


def _refuse_text(what, texts, advice):
    """Raise an error with the first text that is no number, or of numbers the first one."""
    value = next((text for text in texts.flat if not _is_number(text)), next(iter(texts.flat), ""))
    convert = "Convert text of numbers by astype(float)."
    if "," in str(value) and _is_number(str(value).replace(",", "").replace(".", "")):
        convert = (
            "Numbers with commas are converted by pandas.read_csv, which has decimal=',' and "
            "thousands=',', or by str.replace."
        )
    raise ValueError(
        f"{what}: it holds strings, such as {shorten(str(value), 30)}, expected numbers. "
        f"{convert}{_sentence(advice, 'text')}"
    )


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _refuse_times(what, value, advice):
    raise ValueError(
        f"{what}: it holds times, such as {cut(str(value), 40)}, expected numbers."
        f"{_sentence(advice, 'times')}"
    )


def _sentence(advice, kind=""):
    if isinstance(advice, dict):
        advice = advice.get(kind)
    return f" {advice}" if advice else ""


def _check_objects(array, name, has_dtype, advice):
    """Check an array of objects: one object of each type."""
    one_of_each = {}
    for i, value in enumerate(array.flat):
        one_of_each.setdefault(type(value), (i, value))
    for kind, (i, value) in one_of_each.items():
        if issubclass(kind, (float, int, np.floating, np.bool_)):
            continue
        index = ", ".join(map(str, np.unravel_index(i, array.shape)))
        if issubclass(kind, (str, bytes)):
            texts = [text for text in array.flat if isinstance(text, (str, bytes))]
            _refuse_text(has_dtype, np.array(texts, object), advice)
        _check_object(value, f"{name}[{index}]" if index else name, has_dtype, advice)


def _check_object(value, where, has_dtype, advice):
    kind = type(value).__name__
    if isinstance(value, _TIMES) or kind in _PANDAS_TIMES:
        _refuse_times(has_dtype, value, advice)
    if isinstance(value, (complex, np.complexfloating)):
        raise ValueError(f"Complex data not supported: {where} is {value}; expected real numbers.")
    if value is None or kind == "NAType":
        raise ValueError(
            f"{where} is {value}, a missing value; expected numbers. Impute missing values, or "
            "leave these rows or steps out."
        )
    if is_nested(value):
        raise ValueError(
            f"{where} is a {kind} ({shorten(value, 60)}), expected a number. Sequences of several "
            "values are passed as a list of arrays, one for each sequence."
        )
    if not isinstance(value, (Real, Decimal)):
        _try_float(value, where, advice)


def _try_float(value, where, advice):
    try:
        float(value)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"{where} cannot be read as numbers: {cut(str(error))}.{_sentence(advice)}"
        ) from error


def _to_float64(array, name):
    """Convert an array of numbers; those too large for float64 become infinity."""
    with np.errstate(over="ignore"):
        try:
            return array.astype(np.float64, copy=False)
        except OverflowError as error:
            raise ValueError(
                f"{name} cannot be read as numbers: {cut(str(error))}. Scale it."
            ) from error


def refuse_not_finite(array, name, *, allow_nan=False, advice=""):
    """Raise a ValueError if an array contains infinity or, unless allowed, NaN.

    Parameters
    ----------
    array : ndarray of float
    name : str
        Name of the argument.
    allow_nan : bool, default=False
        Whether to allow NaN.
    advice : str, default=""
        Sentence that is added to the error of NaN.

    Raises
    ------
    ValueError
        With the position of the first of them.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._validation.numbers import refuse_not_finite
    >>> refuse_not_finite(np.array([[1.0, np.nan]]), "y")
    Traceback (most recent call last):
    ...
    ValueError: Input y contains NaN, first at y[0, 1]: 1 of 2 value(s).
    """
    if all_finite(array):
        return
    for what, mask in (
        (f"infinity or a value too large for {array.dtype!r}", np.isinf(array)),
        ("NaN", np.isnan(array)),
    ):
        if mask.any() and not (allow_nan and what == "NaN"):
            index = ", ".join(map(str, np.unravel_index(mask.argmax(), mask.shape)))
            raise ValueError(
                f"Input {name} contains {what}, first at {name}[{index}]: {mask.sum()} of "
                f"{mask.size} value(s).{_sentence(advice if what == 'NaN' else '')}"
            )
