"""Validate array-likes of numbers as float arrays."""

import numpy as np

from .._validation.containers import refuse_containers
from .._validation.numbers import as_numbers
from .._validation.time_index import index_of
from ..core.messages import shorten

MAX_VALUE = np.float64(1e304)  # sums of larger values overflow
_ADVICE = "Turn categories into numbers, for instance by OneHotEncoder. Put dates in the index."


def read_floats(data, name, expected, *, series_id=None):
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

    Returns
    -------
    ndarray
        The array, of at least one dimension; it may have no rows.
    """
    refuse_containers(data, name, expected, each="series")
    array = as_numbers(data, name, advice=_ADVICE)
    if array.size and array.ndim <= 2:
        _check_finite(array.reshape(len(array), -1), name, data, series_id)
    return array


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
        at += f", series {shorten(np.asarray(series_id).tolist()[row], 60)}"
    if values.shape[1] > 1:
        columns = getattr(original, "columns", range(values.shape[1]))
        at += f", column {shorten(columns[column], 60)}"
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
