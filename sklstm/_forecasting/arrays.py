"""Validate array-likes of numbers as float arrays."""

import re

import numpy as np

from .._validation.containers import refuse_containers
from .._validation.labels import are_missing
from .._validation.numbers import as_numbers
from .._validation.time_index import index_of
from ..core.messages import shorten, shorten_list

MAX_VALUE = np.float64(1e304)  # sums of larger values overflow
_DATES = "Put dates in the index"
_CATEGORIES = "Turn categories into numbers, for instance by OneHotEncoder."
_NO_VALUES = "Pass ids of series as series_id, and other variables than the series as X."
_Y = re.compile(r"y(\[\d+\])?")
_X = re.compile(r"X(\[\d+\])?")
DATE = re.compile(r"\d{4}-\d|\d+[/.]\d+[/.]\d")


def read_floats(data, name, expected, *, series_id=None, missing=None, hint=""):
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
    missing : {"error", "mask"} or None, default=None
        With "mask", NaN, None and pd.NA are missing values, NaN in the array. "error" suggests it
        in the error message.
    hint : str, default=""
        Sentence that is added to the error of values that are not finite.

    Returns
    -------
    ndarray
        The array, of at least one dimension; it may have no rows. It is in C order, as a table of
        pandas is not: with other strides a regressor may round differently.
    """
    refuse_containers(data, name, expected, each="series")
    numbers = data if missing is None else _with_nan(data)
    array = as_numbers(numbers, name, advice=_advice(data, name))
    if array.size and array.ndim <= 2:
        _check_finite(array.reshape(len(array), -1), name, numbers, data, series_id, missing, hint)
    return np.ascontiguousarray(array)


def _with_nan(data):
    """Objects with NaN in place of None and pd.NA; other data as they are."""
    dtypes = [data.dtype] if hasattr(data, "dtype") else getattr(data, "dtypes", [None])
    if isinstance(data, (list, tuple)):
        try:
            objects = np.asarray(data, dtype=object)
        except ValueError:  # of arrays that do not fit together: an error of `as_numbers`
            return data
    elif any(getattr(dtype, "kind", "") == "O" for dtype in dtypes) and hasattr(data, "__array__"):
        objects = np.asarray(data, dtype=object)
    else:
        return data
    kinds = {kind.__name__ for kind in set(map(type, objects.flat))}
    if kinds.isdisjoint(("NoneType", "NAType")):
        return data
    return np.where(are_missing(objects), np.nan, objects)


def _advice(data, name):
    """Advice for data that are not numbers, with the line to write for dates or text."""
    on_text = _CATEGORIES if name.startswith(("X", "static", "The output")) else ""
    on_text = _NO_VALUES if _Y.fullmatch(name) else on_text
    columns = list(getattr(data, "columns", []))
    if not columns or not len(data) or index_of(data) is None:
        return {"text": f"{on_text} {_DATES}.".lstrip(), "times": f"{_DATES}."}
    dates = [column for column in columns if _are_dates(data[column])]
    text = [each for each in columns if each not in dates and not _are_numbers(data[each])]
    advice = f"{_DATES}."
    if dates:
        advice = f"{_DATES}{_lines_for_dates(data, name, dates[0], text)}."
        if not text or columns.index(dates[0]) < columns.index(text[0]):
            return advice
    elif on_columns := _advice_on_text(data, name, columns):
        return {"text": on_columns, "times": advice}
    return {"text": f"{on_text} {advice}".lstrip(), "times": advice}


def _lines_for_dates(data, name, date, text):
    """The lines to write for a column of dates, and in y for the first one of text."""
    lines = f": {name} = {name}.set_index({date!r})"
    if data[date].dtype.kind != "M":
        lines += f", after {name}[{date!r}] = pd.to_datetime({name}[{date!r}])"
    if text and name == "y":
        lines += f". If {text[0]!r} has the ids of the series: series_id={name}.pop({text[0]!r})"
    return lines


def _are_numbers(column):
    """Whether a column of a data frame has numbers."""
    return getattr(column, "ndim", 0) != 1 or column.dtype.kind in "biuf"


def _advice_on_text(data, name, columns):
    """Both ways to pass columns of text in X; empty for other data."""
    if not _X.fullmatch(name):
        return ""
    text = [c for c in columns if data[c].dtype.kind in "OTU" and data[c].dtype.name != "category"]
    if not text:
        return ""
    return (
        f"For categories write {name}[{text[0]!r}] = {name}[{text[0]!r}].astype('category'), which "
        "are then encoded, or pass a transformer: exog_transformer=make_column_transformer(("
        f"OneHotEncoder(handle_unknown='warn'), {shorten_list(text)}), remainder='passthrough')."
    )


def _are_dates(column):
    """Whether a column of a data frame has dates, also as text."""
    if getattr(column, "ndim", 0) != 1:  # a name that two columns have
        return False
    first = column.iloc[0]
    return column.dtype.kind == "M" or hasattr(first, "year") or bool(DATE.match(str(first)))


def _check_finite(values, name, data, original, series_id, missing, hint):
    """Raise unless all values are finite and not too large, with the position of the first.

    `data` are the user's `original`, or have NaN in place of other missing values.
    """
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(values) <= MAX_VALUE)
    if missing == "mask" and bad.any():
        bad &= ~np.isnan(values)
    if not bad.any():
        return
    row, column = np.argwhere(bad)[0]
    index = index_of(original)
    at = f"row {row}" if index is None else f"row {row} ({index[row]})"
    if np.shape(series_id) == (len(values),):
        at += f", series {shorten(np.asarray(series_id).tolist()[row], 60)}"
    if values.shape[1] > 1 or hasattr(original, "columns"):
        columns = getattr(original, "columns", range(values.shape[1]))
        at += f", column {shorten(columns[column], 60)}"
    value = values[row, column]
    if np.isfinite(value):
        raise ValueError(
            f"{name} contains {value:g} at {at}; expected values of at most {MAX_VALUE:g}, as sums "
            "of larger ones overflow. Divide it by a constant."
        )
    what, advice = "infinity", "Replace them, or leave these rows out."
    if np.isnan(value):
        what = "NaN" if original is data else "None or NA, a missing value,"
        advice = "Fill them before, for instance by interpolation, or cut the series there."
        if missing == "error":
            advice = f"SequenceForecaster(missing='mask') accepts missing values. {advice}"
    advice = f"{advice} {hint}" if hint else advice
    raise ValueError(f"{name} contains {what} at {at} ({bad.sum()} such value(s) in all). {advice}")
