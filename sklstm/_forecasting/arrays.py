"""Validate array-likes of numbers as float arrays."""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from numbers import Number

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

from .._validation.sequences import require_numbers
from .times import index_of

MAX_VALUE = np.float64(1e304)  # sums of larger values overflow
_FLOATS = [np.float64, np.float32]
# Names of dtypes in pandas and polars
_TIMES = ("datetime", "timedelta", "period", "date", "duration", "time")
_IN_INDEX = "Put dates in the index."
_AS_NUMBERS = f"Turn categories into numbers, for instance by OneHotEncoder. {_IN_INDEX}"


def read_floats(data, name, expected, *, series_id=None, dtype=_FLOATS):
    """Validate an array-like as an array of finite floats.

    Parameters
    ----------
    data : array-like
        The data.
    name : str
        Its name in error messages.
    expected : str
        Its expected form in error messages.
    series_id : array-like of shape (n,), default=None
        The series of each row, for error messages.
    dtype : list of dtypes or dtype
        As in `check_array`.

    Returns
    -------
    ndarray
        The array, of at least one dimension; it may have no rows.
    """
    if _is_float_array(data, dtype):
        array = data
    else:
        _check_container(data, name, expected)
        _check_kind(data, name)
        with numbers_expected(name):
            array = check_array(
                data,
                dtype=dtype,
                ensure_2d=False,
                allow_nd=True,
                ensure_all_finite=False,
                ensure_min_samples=0,
                ensure_min_features=0,
                input_name=name,
            )
    if array.size and array.ndim <= 2:
        _check_finite(array.reshape(len(array), -1), name, data, series_id)
    return array


def _is_float_array(data, dtype):
    """Whether this is a plain array as `check_array` returns it, which takes longer than a step."""
    is_array = type(data) is np.ndarray and data.ndim > 0
    return is_array and dtype is _FLOATS and data.dtype in _FLOATS


def _check_container(data, name, expected):
    """Raise a TypeError unless this is an array-like with rows."""
    if issparse(data):
        raise TypeError(f"{name} is sparse; expected dense data. Convert it with .toarray().")
    single = data is None or isinstance(data, (Number, str, bytes))
    if single or getattr(data, "shape", None) == ():
        what = repr(data) if single else f"a single value, {data!r}"
        raise TypeError(f"{name} is {what}; expected {expected}.")
    if isinstance(data, (dict, Set, Iterator)):
        kind = type(data).__name__
        raise TypeError(
            f"{name} is a {kind}; expected {expected}, or for several series pass a list, "
            + (f"list({name}.values())." if isinstance(data, dict) else f"list({name}).")
        )


def _check_kind(data, name):
    """Raise a ValueError if the values are times, text, complex or masked."""
    if hasattr(data, "columns") and hasattr(data, "dtypes"):
        for column, dtype in zip(data.columns, data.dtypes, strict=True):
            if _are_times(dtype):
                raise ValueError(
                    f"{name} holds times in column {column!r} ({dtype}); expected numbers. "
                    f"{_IN_INDEX}"
                )
    elif _are_times(getattr(data, "dtype", "")):
        raise ValueError(
            f"{name} has dtype {data.dtype}: it holds times, expected numbers. {_IN_INDEX}"
        )
    try:
        array = data if isinstance(data, np.ndarray) else np.asarray(data)
    except np.exceptions.DTypePromotionError:
        return  # a mixed table: read as objects
    except ValueError as error:
        raise ValueError(f"{name} is not a regular array: its rows differ in length.") from error
    if array.dtype.kind == "c":
        raise ValueError(
            f"Complex data not supported: {name} has dtype {array.dtype}; expected real numbers, "
            f"for instance {name}.real."
        )
    if array.dtype.kind in "OSU":
        text = next((value for value in array.flat if isinstance(value, (str, bytes))), None)
        if text is not None:
            raise ValueError(
                f"{name} has dtype {array.dtype}: it holds strings, such as {str(text)!r}; "
                f"expected numbers. Convert text of numbers by astype(float). {_AS_NUMBERS}"
            )
    require_numbers(array, name)


def _are_times(dtype):
    return str(dtype).lower().startswith(_TIMES)


@contextmanager
def numbers_expected(name):
    """Add the name of the data to errors of values that cannot be converted to numbers."""
    try:
        yield
    except TypeError as error:
        raise TypeError(f"{name} cannot be read as numbers: {error}. {_AS_NUMBERS}") from error
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{name} cannot be read as numbers: {error}") from error


def _check_finite(values, name, original, series_id):
    """Raise unless all values are finite and not too large, with the position of the first."""
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(values) <= MAX_VALUE)
    if not bad.any():
        return
    row, column = np.argwhere(bad)[0]
    index = index_of(original)
    at = f"row {row}" if index is None else f"row {row} ({index[row]})"
    if np.shape(series_id) == (len(values),):
        at += f", series {np.asarray(series_id).tolist()[row]!r}"
    if values.shape[1] > 1:
        columns = getattr(original, "columns", range(values.shape[1]))
        at += f", column {columns[column]!r}"
    value = values[row, column]
    if np.isfinite(value):
        raise ValueError(
            f"{name} contains {value:g} at {at}; expected values of at most {MAX_VALUE:g}, as sums "
            "of larger ones overflow. Divide it by a constant."
        )
    what = "NaN" if np.isnan(value) else "infinity"
    raise ValueError(
        f"{name} contains {what} at {at} ({bad.sum()} such value(s) in all). Fill them before, "
        "for instance by interpolation, or cut the series there."
    )
