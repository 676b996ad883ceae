"""Holidays of `CalendarFeatures`, from a list, a dict or a function."""

import datetime
import re
import warnings
from collections.abc import Mapping

import numpy as np

from ..core.messages import shorten

_ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)([T ]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?)?")


def days_and_rows(dates):
    """The different days of dates, as `datetime.date`, and the number of the day of each date."""
    days, rows = np.unique(dates.to_numpy().astype("datetime64[D]"), return_inverse=True)
    return days.tolist(), rows


def read_holidays(holidays):
    """The function of a `datetime.date` that names holidays, and the set of the days that it knows.

    The set is None if days are computed: by a function, or by the dicts of the package holidays,
    which add a year when it is asked for.
    """
    if callable(holidays):
        return holidays, None
    if isinstance(holidays, Mapping):
        if type(holidays) is not dict and all(type(day) is datetime.date for day in holidays):
            return holidays.get, None
        names = _by_day(holidays)
        return names.get, set(names)
    if isinstance(holidays, (str, bytes)) or not hasattr(holidays, "__iter__"):
        raise TypeError(
            f"holidays={shorten(holidays)} is not valid; expected a list of dates, a dict of names "
            "by date, a function of a date that returns whether it is a holiday or its name, or "
            f"None.{_country(holidays)}"
        )
    days = {_as_day(day, f"holidays[{i}]") for i, day in enumerate(holidays)}
    return days.__contains__, days


def _country(code):
    """Advice if text may be a country, which is a dict of dates in the package holidays."""
    if not isinstance(code, str) or not code.isalpha():
        return ""
    code = code.upper() if len(code) in (2, 3) else "DE"
    return f" For those of a country pass holidays.country_holidays({code!r}) of that package."


def _by_day(holidays):
    """A dict of holidays whose keys are `datetime.date`."""
    names = {}
    for key, name in holidays.items():
        day = _as_day(key, "A key of holidays")
        if names.setdefault(day, name) != name:
            raise ValueError(
                f"holidays has two names for {day}, {shorten(names[day])} and {shorten(name)}: "
                "write one key for each day."
            )
    return names


def _as_day(day, source):
    """An entry of `holidays` as `datetime.date`."""
    import pandas as pd

    if isinstance(day, str):
        return _day_of_text(str(day), source)
    time = pd.Timestamp(day) if isinstance(day, np.datetime64) else day
    if not isinstance(time, datetime.date) or time is pd.NaT:  # NaT passes as a date
        raise ValueError(
            f"{source} is {shorten(day)}; expected a date, such as '2024-12-25' or those of "
            "pd.to_datetime(['2024-12-25'])."
        )
    return datetime.date(time.year, time.month, time.day)


def _day_of_text(text, source):
    """The day of text in ISO 8601: other text would be read by guesses, each entry by its own."""
    if match := _ISO_DAY.fullmatch(text):
        try:
            return datetime.date.fromisoformat(match[1])
        except ValueError as error:
            raise ValueError(f"{source} is {text!r}, which is no date: {error}.") from error
    day_first, month_first = (_guessed_day(text, dayfirst=first) for first in (True, False))
    if day_first and month_first and day_first != month_first:
        problem = f"{shorten(text)} is ambiguous"
    else:
        problem = f"{shorten(text)} is not a date as YYYY-MM-DD"
    guess = day_first or month_first
    given = ", dayfirst=True" if day_first and day_first != month_first else ""
    advice = (
        f"write '{guess}' or pass pd.to_datetime([...]{given})"
        if guess
        else "write one such as '2024-12-25', or pass dates"
    )
    raise ValueError(f"{source}: {problem}; {advice}.{_country(text)}")


def _guessed_day(text, dayfirst):
    """What pandas takes text for; None if it cannot read it, or reads it the other way round."""
    import pandas as pd

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            time = pd.to_datetime(text, dayfirst=dayfirst)
        except (ValueError, TypeError, OverflowError):
            return None
    return None if caught or time is pd.NaT else time.date()


def names_of_holidays(days, function):
    """For each day the name of the holiday, True for one without a name, or None."""
    return [_checked_name(function(day), day) for day in days]


def _checked_name(name, day):
    if name is None or isinstance(name, (bool, np.bool_, str)):
        return str(name) if isinstance(name, str) and name else (bool(name) or None)
    raise TypeError(
        f"holidays returned {shorten(name)} for {day}; expected True or False, the name of the "
        "holiday, or None."
    )


def holiday_columns(days, rows, found, names):
    """Columns (n, 1 + m): whether it is a holiday, and whether it is each of the m names."""
    flags = np.zeros((len(days), 1 + len(names)))
    for row, name in zip(flags, found, strict=True):
        row[0] = name is not None
        row[1:] = [name == other for other in names]
    return flags[rows]
