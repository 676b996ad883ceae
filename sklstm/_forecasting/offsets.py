"""Offsets between dates: found, and stored as plain values.

A fitted forecaster must be readable without pandas' classes. The name of an offset in pandas does
not tell the holidays of a business day, the hours of a business hour or the months of a
`DateOffset`; its class and arguments do.
"""

import datetime

import numpy as np

DAY = 86_400 * 10**9  # nanoseconds
_FIXED = {"weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds"}


def offset_of(dates):
    """The offset between the dates of a sorted index; None if it is not known."""
    if dates.freq is not None and _is_rebuilt(dates.freq):
        return dates.freq
    if len(dates) < 3:
        return None
    wall = dates if dates.tz is None else dates.tz_localize(None)
    offset = _inferred(wall)
    if offset is None and dates.tz is not None:
        offset = _inferred(dates.tz_convert("UTC"))
    return _months(wall) if offset is None else offset


def _is_rebuilt(offset):
    """Whether an offset can be stored."""
    plain = offset_to_plain(offset)
    rebuilt = offset_from_plain(plain)
    return rebuilt is not None and offset_to_plain(rebuilt) == plain


def _inferred(dates):
    """The offset that pandas infers from dates without a zone; None if there is none."""
    import pandas as pd

    if not (dates.is_unique and dates.is_monotonic_increasing):  # a clock was set back
        return None
    return pd.DatetimeIndex(pd.DatetimeIndex(dates, freq=None), freq="infer").freq


def _months(dates):
    """The offset of dates on the same day of each month, or on its last day if that is earlier."""
    import pandas as pd

    months = np.asarray(12 * dates.year + dates.month)
    step, day = int(months[1] - months[0]), int(dates.day.max())
    if step < 1 or (np.diff(months) != step).any():
        return None
    if (dates.day != np.minimum(day, dates.days_in_month)).any():
        return None
    hours = dates - dates.normalize()
    return pd.DateOffset(months=step, day=day) if (hours == hours[0]).all() else None


def fixed_length(offset):
    """Nanoseconds of an offset that is always as long, by the clock of its zone; else None."""
    import pandas as pd

    if isinstance(offset, pd.offsets.Day):
        return offset.n * DAY
    if isinstance(offset, pd.offsets.Week):
        return offset.n * 7 * DAY
    if isinstance(offset, pd.offsets.Tick):
        return offset.nanos
    if type(offset) is pd.DateOffset and set(offset.kwds) <= _FIXED and not offset.normalize:
        return offset.n * pd.Timedelta(**(offset.kwds or {"days": 1})).value
    return None


def describe_offset(offset):
    """The name of an offset in messages."""
    return offset.freqstr.strip("<>")  # of DateOffset and Easter it is their repr


def code_of(offset):
    """The code of an offset, for advice."""
    if not offset.freqstr.startswith("<"):
        return repr(offset.freqstr)
    arguments = ", ".join(f"{key}={value}" for key, value in sorted(offset.kwds.items()))
    return f"pd.offsets.{type(offset).__name__}({arguments})"


def offset_to_plain(offset):
    """An offset of pandas as a dict of text and numbers; None if that is not possible."""
    import pandas as pd

    name = type(offset).__name__
    if getattr(pd.offsets, name, None) is not type(offset):
        return None
    arguments = dict(offset.kwds)
    calendar = arguments.pop("calendar", None)
    if isinstance(calendar, np.busdaycalendar):
        days = zip("Mon Tue Wed Thu Fri Sat Sun".split(), calendar.weekmask, strict=True)
        arguments["weekmask"] = " ".join(day for day, is_workday in days if is_workday)
        arguments["holidays"] = tuple(calendar.holidays)
    try:
        arguments = {key: _to_plain(value) for key, value in arguments.items()}
    except (TypeError, ValueError):
        return None
    return {"class": name, "n": offset.n, "normalize": offset.normalize, "arguments": arguments}


def offset_from_plain(plain):
    """The offset of a dict from `offset_to_plain`; None if it is None or cannot be rebuilt."""
    if plain is None:
        return None
    import pandas as pd

    arguments = {key: _from_plain(value) for key, value in plain["arguments"].items()}
    kind = getattr(pd.offsets, plain["class"])
    try:
        return kind(n=plain["n"], normalize=plain["normalize"], **arguments)
    except (TypeError, ValueError):
        return None


def _to_plain(value):
    if isinstance(value, (tuple, list)):
        return [_to_plain(item) for item in value]
    if isinstance(value, np.datetime64):
        return {"date": str(value.astype("datetime64[D]"))}
    if isinstance(value, datetime.time):
        return {"time": value.isoformat()}
    if isinstance(value, datetime.timedelta):
        return {"seconds": value.total_seconds()}
    return value if isinstance(value, (str, bool, type(None))) else int(value)


def _from_plain(value):
    if isinstance(value, list):
        return tuple(_from_plain(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "date" in value:
        return np.datetime64(value["date"])
    if "time" in value:
        return datetime.time.fromisoformat(value["time"])
    return datetime.timedelta(seconds=value["seconds"])
