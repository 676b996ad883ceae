"""Times from a pandas index: read as dates, periods, durations or numbers, or refused.

Only data that has an index of pandas gets here, so that pandas is never imported for other data.
"""

import re
import warnings

from ..core.messages import cut, shorten

_ISO = re.compile(r"\d{4}-\d\d(-\d\d([T ]\d\d.*)?)?$")  # text that has one meaning only
# What other text has to contain to be taken for a time: a digit, or the name of a month.
_LIKE_TIME = re.compile(
    r"\d|\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b", re.IGNORECASE
)


ROWS_TO_FORECAST = "the rows to forecast"  # those of X, or of y in score
_METHODS_OF_TIMES = ("strftime", "isoformat", "total_seconds")
_ARGUMENTS_TO_TRY = [
    {},
    {"dayfirst": True},
    {"utc": True},
    {"format": "mixed"},
    {"format": "mixed", "dayfirst": True},
    {"format": "mixed", "utc": True},
]
_N_TRIED = 1000  # labels that are read to find the line that converts them


def index_of(data):
    """The pandas index of some data.

    Parameters
    ----------
    data : object

    Returns
    -------
    pandas.Index or None

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm._validation.time_index import index_of
    >>> index_of(pd.Series([1.0, 2.0])), index_of([1.0, 2.0])
    (RangeIndex(start=0, stop=2, step=1), None)
    """
    index = getattr(data, "index", None)
    return index if hasattr(index, "is_monotonic_increasing") else None


def variable(name):
    """The variable to write in advice for data of this name in messages, y if it has none.

    Parameters
    ----------
    name : str

    Returns
    -------
    str

    Examples
    --------
    >>> from sklstm._validation.time_index import variable
    >>> variable("y[3]"), variable("series 'north'")
    ('y[3]', 'y')
    """
    if name == ROWS_TO_FORECAST:
        return "X"
    return name if re.fullmatch(r"\w+(\[\d+\])?", name) else "y"


def read_times(index, name, source):
    """Convert an index of one level to one of the kinds of times that pandas computes with.

    Parameters
    ----------
    index : pandas.Index
    name : str
        Name of the data in error messages.
    source : str
        The code of the index in error messages, such as "y.index".

    Returns
    -------
    DatetimeIndex, PeriodIndex, TimedeltaIndex, Index of int or float, or None
        None if the index consists of labels that do not look like times.

    Raises
    ------
    ValueError
        If the index looks like times and cannot be used, such as text, or has missing ones.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm._validation.time_index import read_times
    >>> read_times(pd.Index([pd.Timestamp("2024-01-01").date()]), "y", "y.index")[0]
    Timestamp('2024-01-01 00:00:00')
    >>> read_times(pd.Index(["Jan 2 2024"]), "y", "y.index")
    Traceback (most recent call last):
    ...
    ValueError: The index of y is text, such as 'Jan 2 2024'; expected times. Convert it: y.index \
= pd.to_datetime(y.index). If the index is not time, pass the values without it: y.to_numpy().
    """
    import pandas as pd

    if isinstance(index, pd.CategoricalIndex):
        index = index.astype(index.categories.dtype)
    if isinstance(index, pd.IntervalIndex):
        raise ValueError(
            f"The index of {name} consists of intervals, such as {index[0]}; expected times. Use "
            f"one end of each: {variable(name)}.index = {source}.left."
        )
    if not len(index):
        return None
    times = _converted(index, name, source)
    if times is not None and times.hasnans:
        row, y = int(times.isna().argmax()), variable(name)
        raise ValueError(
            f"The index of {name} has no time in row {row}: {index[row]}. Leave such rows out, "
            f"{y} = {y}[{y}.index.notna()], or fill in their times."
        )
    return times


def _converted(index, name, source):
    """The times of an index; None if it does not look like times."""
    import pandas as pd

    if isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex, pd.TimedeltaIndex, pd.RangeIndex)):
        return index
    kind = pd.api.types.infer_dtype(index, skipna=True)
    if kind in ("integer", "floating", "mixed-integer-float", "decimal"):
        return _as_number_index(index, kind)
    to_index = {
        **dict.fromkeys(["date", "datetime", "datetime64"], pd.DatetimeIndex),
        **dict.fromkeys(["timedelta", "timedelta64"], pd.TimedeltaIndex),
        "period": pd.PeriodIndex,
        **({"string": _from_iso} if kind == "string" and _ISO.match(index[0]) else {}),
    }.get(kind)
    if to_index is None:
        _refuse_like_time(index, kind, name, source)
        return None
    try:
        return to_index(index)
    except (ValueError, TypeError, OverflowError) as error:
        _refuse_times(index, kind, name, source, error)


def _from_iso(index):
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 2, for several offsets
        times = pd.to_datetime(index.astype(object), format="ISO8601")
    return pd.DatetimeIndex(times)


def _as_number_index(index, kind):
    import pandas as pd

    if kind == "integer" and not index.hasnans:
        return pd.Index(index.to_numpy(dtype="int64"))
    return pd.Index(index.to_numpy(dtype="float64", na_value=float("nan")))


def _refuse_times(index, kind, name, source, error):
    """Raise for times that pandas cannot compute with."""
    y = variable(name)
    if kind == "string":
        what, line = (
            "text that cannot all be read as times",
            "pd.to_datetime({}, format='mixed', utc=True)",
        )
    elif kind == "period":
        what, line = "periods of several frequencies", "pd.PeriodIndex({}.astype(str), freq='M')"
    elif kind in ("datetime", "datetime64"):
        what = "times of several zones"
        line = "pd.to_datetime({}, utc=True).tz_convert('Europe/Berlin')"
    else:
        what, line = "times out of bounds", "pd.PeriodIndex({}.astype(str), freq='D')"
    line = line.format(source)
    raise ValueError(
        f"The index of {name} has {what}, such as {shorten(index[0], 60)}: "
        f"{cut(str(error), 100)}. Convert it, for example {y}.index = {line}. Expected an index "
        "like those of pd.to_datetime(...)."
    ) from error


def _refuse_like_time(index, kind, name, source):
    """Raise if labels look like times."""
    first = next((label for label in index if label == label and label is not None), None)
    if isinstance(first, (str, bytes)):
        text = first.decode(errors="replace") if isinstance(first, bytes) else first
        what, looks_like_time = "text", _LIKE_TIME.search(text)
    else:
        looks_like_time = any(
            hasattr(label, method) for label in (first, index[-1]) for method in _METHODS_OF_TIMES
        )
        what = "of mixed types"
        if kind == "time":
            what = "times of a day without the day"
    if not looks_like_time:
        return
    y = variable(name)
    line = {
        "string": _line_for_text(index, source) if kind == "string" else None,
        "bytes": f"pd.to_datetime([time.decode() for time in {source}])",
        "time": f"pd.to_datetime([f'2024-01-01 {{time}}' for time in {source}]), with your day",
    }.get(kind, f"pd.to_datetime([str(time) for time in {source}], format='mixed')")
    raise ValueError(
        f"The index of {name} is {what}, such as {shorten(first, 60)}; expected times. Convert it: "
        f"{y}.index = {line}. If the index is not time, pass the values without it: {y}.to_numpy()."
    )


def _line_for_text(index, argument):
    """The code that converts text to times: the first that keeps the rows in order."""
    import pandas as pd

    text = index[:_N_TRIED].astype(object)
    if all(str(label).strip().isdecimal() and len(str(label).strip()) < 6 for label in text):
        return f"{argument}.astype(int), or for dates pd.to_datetime({argument}, format=...)"
    if "q" in str(text[0]).lower() and _parsed(pd.PeriodIndex, text, freq="Q") is not None:
        return f"pd.PeriodIndex({argument}, freq='Q').to_timestamp()"
    tries = [(_parsed(pd.to_datetime, text, **each), each) for each in _ARGUMENTS_TO_TRY]
    valid = [pair for pair in tries if isinstance(pair[0], pd.DatetimeIndex)]
    ordered = [pair for pair in valid if pair[0].is_monotonic_increasing]
    times, arguments = (ordered or valid or [(None, {"format": ...})])[0]
    given = "".join(f", {key}={value!r}" for key, value in arguments.items())
    line = f"pd.to_datetime({argument}{given})".replace("Ellipsis", "...")
    if any("dayfirst" in each and not times.equals(other) for other, each in ordered):
        line += ", with dayfirst=True if the day comes first"
    return line


def _parsed(read, text, **arguments):
    """The times of text, or None if it cannot be read, or not without a warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            times = read(text, **arguments)
        except (ValueError, TypeError, OverflowError):
            return None
    return None if caught else times


def refuse_backwards(data, name):
    """Raise if the rows of some data have times that run backwards.

    Row numbers may descend, as they do in a table that was sorted by its dates.

    Parameters
    ----------
    data : object
        Value passed by the user.
    name : str
        Name of the argument.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm._validation.time_index import refuse_backwards
    >>> refuse_backwards(pd.Series([2.0, 1.0], pd.to_datetime(["2024-01-02", "2024-01-01"])), "X")
    Traceback (most recent call last):
    ...
    ValueError: The times of X run backwards: 2024-01-01 00:00:00 in row 1 comes after 2024-01-02 \
00:00:00. Steps must be in the order of time, the oldest first: X = X.sort_index().
    """
    index = index_of(data)
    if index is None or index.is_monotonic_increasing or index.nlevels > 1:
        return
    times = _dates_of(index)
    if times is None or times.is_monotonic_increasing:
        return
    rows = (times[1:] < times[:-1]).nonzero()[0]
    y, row = variable(name), int(rows[0]) + 1 if len(rows) else 1
    line = f"{y} = {y}.sort_index()"
    if not isinstance(index, type(times)):
        line = f"{y}.index = pd.to_datetime({y}.index), and then {line}"
    raise ValueError(
        f"The times of {name} run backwards: {index[row]} in row {row} comes after "
        f"{index[row - 1]}. Steps must be in the order of time, the oldest first: {line}."
    )


def _dates_of(index):
    """The dates, periods or durations of an index without missing ones; None for other labels."""
    import pandas as pd

    index = index[index.notna()]
    try:
        times = read_times(index, "X", "X.index")
    except ValueError:  # text, perhaps of dates
        if all(str(label).strip().isdecimal() for label in index[:2]):  # perhaps row numbers
            return None
        times = _parsed(pd.DatetimeIndex, index)
    return None if times is None or pd.api.types.is_numeric_dtype(times.dtype) else times
