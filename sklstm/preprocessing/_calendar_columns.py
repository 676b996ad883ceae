"""The columns of `CalendarFeatures`, from dates on the clocks of their zone."""

import datetime
from collections.abc import Mapping

import numpy as np

from ..core.messages import cut, shorten

# Of each feature the number of values, and the first of them; None for a number
CYCLES = {
    "hour": (24, 0),
    "weekday": (7, 0),
    "day": (31, 1),
    "day_of_year": (366, 1),
    "week": (53, 1),
    "month": (12, 1),
    "quarter": (4, 1),
    "year": None,
}
_DAY = np.timedelta64(1, "D") / np.timedelta64(1, "ns")
_YEAR = 365.25  # days
# Days between times up to which a feature is chosen by "auto", and days of its cycle
_OF_DAY_AND_WEEK = {"hour": (0.999, 1), "weekday": (1.001, 7)}
_OF_YEAR = {
    "cyclic": {"day_of_year": 1.001, "week": 7.001, "month": 31, "quarter": 92},
    "onehot": {"month": 31, "quarter": 92},
}


def automatic_features(dates, encoding):
    """Names of the features that the step of the dates resolves and that they cover once."""
    unique = dates.unique().sort_values()
    if len(unique) < 2:
        return []
    days = unique.as_unit("ns").asi8 / _DAY
    step = float(np.median(np.diff(days)))
    span = days[-1] - days[0] + step
    found = [n for n, (most, cycle) in _OF_DAY_AND_WEEK.items() if step <= most and span >= cycle]
    if span >= _YEAR - 1:  # one feature tells the time of the year
        found += [name for name, most in _OF_YEAR[encoding].items() if step <= most][:1]
    return found


def values_of(name, dates):
    """Integer values of a feature."""
    if name == "week":
        return dates.isocalendar()["week"].to_numpy(dtype=np.int64)
    attribute = "day_of_week" if name == "weekday" else name
    return np.asarray(getattr(dates, attribute), dtype=np.int64)


def positions_of(name, dates):
    """The position of dates in the cycle of a feature, in [0, 1)."""
    values = values_of(name, dates)
    if name == "hour":  # with minutes and seconds
        seconds = (dates.minute * 60 + dates.second).to_numpy()
        return (values + seconds / 3600) / 24
    n_values, first = CYCLES[name]
    lengths = {
        "day": lambda: dates.days_in_month.to_numpy(),
        "day_of_year": lambda: 365 + dates.is_leap_year.astype(int),
        "week": lambda: _YEAR / 7,
    }
    return (values - first) / lengths.get(name, lambda: n_values)()


def names_of_columns(name, encoding):
    """Names of the columns of a feature."""
    if CYCLES[name] is None:
        return [name]
    if encoding == "cyclic":
        return [f"{name}_sin", f"{name}_cos"]
    n_values, first = CYCLES[name]
    return [f"{name}_{value}" for value in range(first, first + n_values)]


def columns_of_feature(name, dates, encoding, first_year):
    """The columns (n, m) of a feature."""
    if CYCLES[name] is None:
        return (values_of(name, dates) - first_year)[:, np.newaxis].astype(np.float64)
    if encoding == "cyclic":
        angle = 2 * np.pi * positions_of(name, dates)
        return np.column_stack([np.sin(angle), np.cos(angle)])
    n_values, first = CYCLES[name]
    values = np.arange(first, first + n_values)
    return (values_of(name, dates)[:, np.newaxis] == values).astype(np.float64)


# Holidays


def days_and_rows(dates):
    """The different days of dates, as `datetime.date`, and the number of the day of each date."""
    days, rows = np.unique(dates.to_numpy().astype("datetime64[D]"), return_inverse=True)
    return days.tolist(), rows


def listed_days(holidays):
    """The days of a list of dates, as a set of `datetime.date`; None for a callable or a dict."""
    if callable(holidays) or isinstance(holidays, Mapping):
        return None
    if isinstance(holidays, (str, bytes)) or not hasattr(holidays, "__iter__"):
        raise TypeError(
            f"holidays={shorten(holidays)} is not valid; expected a list of dates, a function of a "
            "date that returns whether it is a holiday or its name, or None."
        )
    import pandas as pd

    days = set()
    for i, day in enumerate(holidays):
        try:
            if isinstance(day, (int, float)):
                raise TypeError("a number")
            time = day if isinstance(day, datetime.date) else pd.Timestamp(day)
            days.add(datetime.date(time.year, time.month, time.day))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"holidays[{i}] is {shorten(day)}; expected a date, such as those of "
                f"pd.to_datetime(['2024-12-25']): {cut(str(error), 100)}."
            ) from error
    return days


def names_of_holidays(days, holidays, listed):
    """For each day the name of the holiday, True for one without a name, or None."""
    if listed is not None:
        return [day in listed or None for day in days]
    function = holidays.get if isinstance(holidays, Mapping) else holidays
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
