"""Season lengths: candidates from the times or from the data, and tests of significance."""

import numpy as np

from .missing import without_gaps
from .offsets import DAY, fixed_length, offset_of

WEEK = 7 * DAY
# Candidates for data without dates: quarters, days of a week, months, hours, half hours, weeks,
# quarters of an hour, ten minutes, hours of a week, five minutes, half hours of a week, days of a
# year.
COMMON = (4, 7, 12, 24, 48, 52, 96, 144, 168, 288, 336, 365)
CRITICAL = 1.645  # for a season suggested by the times: level of 0.1, two-sided
CRITICAL_SEARCH = 2.5  # for one of many candidates
MIN_SHARE = 0.1  # minimum share of series with a significant season
MAX_SERIES = 200  # number of series that are tested


def lengths_from_index(index):
    """Season lengths suggested by a pandas index, shortest first; None if it has no dates."""
    import pandas as pd

    if isinstance(index, pd.PeriodIndex):
        freq = index.freq
    elif isinstance(index, pd.DatetimeIndex):
        freq = offset_of(index)
    else:
        return None
    if freq is None:
        return None
    step = fixed_length(freq)
    if step is not None:
        return _lengths_of_steps(step)
    if type(freq) is pd.DateOffset:
        return _lengths_of_months(freq)
    if isinstance(freq, pd.offsets.CustomBusinessDay):
        return (int(freq.calendar.weekmask.sum()),) if freq.n == 1 else ()
    if isinstance(freq, pd.offsets.Easter):
        return ()
    unit, n = freq.rule_code.split("-")[0], freq.n
    calendar = {"Y": 1, "A": 1, "Q": 4, "M": 12, "B": 5}
    for name, length in calendar.items():
        if unit.rstrip("ES") == name or unit == name:
            return (length // n,) if length % n == 0 and length > n else ()
    return None


def _lengths_of_steps(step):
    """Season lengths for a step in nanoseconds: days and weeks; for days and weeks, years."""
    if step % WEEK == 0:
        weeks = step // WEEK
        return (52 // weeks,) if 52 % weeks == 0 and weeks < 52 else ()
    if step == DAY:
        return 7, 365
    return tuple(cycle // step for cycle in (DAY, WEEK) if cycle % step == 0)


def _lengths_of_months(freq):
    """Season lengths for a `DateOffset`: a year of months."""
    months = freq.n * (12 * freq.kwds.get("years", 0) + freq.kwds.get("months", 0))
    if not months:
        return None
    return (12 // months,) if 12 % months == 0 and months < 12 else ()


def has_season(x, m, critical=CRITICAL):
    """Whether the autocorrelation of x at lag m is significant.

    Bartlett's standard error, as in the M4 competition's Naive 2: Makridakis, Spiliotis &
    Assimakopoulos, International Journal of Forecasting 36, 2020, appendix A.
    """
    n = len(x)
    if m < 2 or n <= 2 * m:
        return False
    r = autocorrelations(x, m)
    return bool(r[m] > critical * np.sqrt((1 + 2 * (r[1:m] ** 2).sum()) / n))


def has_season_or_in_changes(x, m):
    """Whether a series has a season, or its changes have one, in which a trend cannot hide it."""
    x = without_gaps(x)
    return has_season(x, m) or has_season(np.diff(x), m, CRITICAL_SEARCH)


def correlation_of_changes(x, m):
    """Autocorrelation of the changes at lag m."""
    return autocorrelations(np.diff(without_gaps(x)), m)[m]


def autocorrelations(x, max_lag):
    """Autocorrelations at the lags 0 to max_lag; zeros for a constant."""
    n = len(x)
    x = x / (np.abs(x).max() or 1.0)  # squares of huge numbers overflow
    x = x - x.mean()
    spectrum = np.fft.rfft(x, 2 * n)
    r = np.fft.irfft(np.abs(spectrum) ** 2)[: max_lag + 1]
    return r / r[0] if r[0] > 1e-20 * n else np.zeros(max_lag + 1)


def candidates(columns, suggested):
    """Season lengths that are significant in enough of the series, and a text about them.

    Parameters
    ----------
    columns : list of ndarray
        One series each.
    suggested : tuple of int, or None
        Season lengths suggested by the times; None to test common ones.
    """
    columns = columns[:: -(-len(columns) // MAX_SERIES)]
    if suggested is None:
        lengths, source, test = COMMON, "common season lengths", _has_season_in_changes
    else:
        lengths, source, test = suggested, "the index", has_season_or_in_changes
    found = []
    for m in lengths:
        significant = [test(x, m) for x in columns if len(x) > 2 * m]
        if significant and np.mean(significant) >= MIN_SHARE:
            found.append(m)
    return found, f"of {list(lengths)} from {source}, {found or 'none'} showed in the data"


def _has_season_in_changes(x, m):
    """A stricter test, for a season that is not suggested by the times."""
    return len(x) >= 3 * m and has_season(np.diff(without_gaps(x)), m, CRITICAL_SEARCH)
