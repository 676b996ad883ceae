"""The columns of `CalendarFeatures`, from dates on the clocks of their zone."""

import numpy as np

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
# Days between times from which on a feature is the same at every step, or has no meaning
_TOO_LONG = {"hour": 1, "weekday": 7, "day": 28, "quarter": 365}
_TOO_LONG |= dict.fromkeys(["day_of_year", "week", "month"], 365)
_MONTH = 28  # days of the shortest one


def automatic_features(dates, encoding):
    """Names of the features that the step of the dates resolves and that they cover once."""
    days = _sorted_days(dates)
    if len(days) < 2:
        return []
    step = float(np.median(np.diff(days)))
    span = days[-1] - days[0] + step
    found = [n for n, (most, cycle) in _OF_DAY_AND_WEEK.items() if step <= most and span >= cycle]
    if span >= _YEAR - 1:  # one feature tells the time of the year
        found += [name for name, most in _OF_YEAR[encoding].items() if step <= most][:1]
    return found


def unresolved_features(names, dates):
    """Those of the features that are finer than the step between the dates, and this step in days.

    Regular steps decide, not the values: the weekday of hours is the same in a fold of one day. A
    step of ten days resolves the weekday, since it changes, but in months it has no meaning.
    """
    days = _sorted_days(dates)
    if len(days) < 3:
        return [], None
    step = float(np.median(np.diff(days)))
    finer = [name for name in names if step > 0.999 * _TOO_LONG.get(name, np.inf)]
    if step < _MONTH:
        finer = [name for name in finer if np.ptp(values_of(name, dates)) == 0]
    return finer, step


def advised_feature(dates):
    """The name of a feature that the step between the dates resolves."""
    days = _sorted_days(dates)
    step = float(np.median(np.diff(days))) if len(days) > 1 else _MONTH
    coarsest = {"hour": 0.999, "weekday": 6.999, "month": 31, "quarter": 92}
    return next((name for name, most in coarsest.items() if step <= most), "year")


def _sorted_days(dates):
    """The different dates in order, as numbers of days."""
    return dates.unique().sort_values().as_unit("ns").asi8 / _DAY


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
