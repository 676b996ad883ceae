"""Irregular times: what to do about the holes in a calendar."""

import numpy as np

from .._validation.time_index import variable
from .offsets import infer_offset

_N_ROWS = 10  # consecutive rows that show the frequency
_N_TRIES = 8


def describe_holes(index, kind, name):
    """A warning about irregular times, with the line that fills the holes."""
    y = variable(name)
    line = {"datetime": _fill_dates, "period": _fill_periods}.get(kind, _fill_numbers)(index, y)
    return (
        f"The times are not regular ({name}). Each row is taken as one step, and a gap after the "
        "last one is only detected if it is more than twice as long as the longest step so far. To "
        f"fill holes: {line}. If no row is missing, as on business days without holidays, give the "
        f"calendar, {y} = {y}.asfreq(pd.offsets.CustomBusinessDay(holidays=...)), or pass the "
        f"values without the index: {y}.to_numpy()."
    )


def _fill_dates(dates, y):
    freq = frequency_with_holes(dates)
    return f"{y} = {y}.asfreq({'...' if freq is None else repr(freq)}).interpolate()"


def _fill_periods(periods, y):
    times = f"pd.period_range({y}.index[0], {y}.index[-1])"
    return f"{y} = {y}.reindex({times}).interpolate()"


def _fill_numbers(numbers, y):
    steps = np.diff(numbers[: 100 * _N_ROWS].to_numpy())
    step = min(steps)
    if isinstance(step, np.timedelta64):
        times = f"pd.timedelta_range({y}.index[0], {y}.index[-1], freq=...)"
    elif isinstance(step, np.floating):
        times = f"np.arange({numbers[0]}, {numbers[-1]} + 1, ...)"
    else:
        times = f"range({numbers[0]}, {numbers[-1] + 1}{f', {step}' if step > 1 else ''})"
    return f"{y} = {y}.reindex({times}).interpolate()"


def frequency_with_holes(dates):
    """The frequency of which all these dates are a part; None if none is found."""
    import pandas as pd

    dates = dates if dates.tz is None else dates.tz_localize(None)
    n_rows = min(_N_ROWS, max(3, len(dates) // 2))
    starts = np.linspace(0, len(dates) - n_rows, _N_TRIES).astype(int)
    for start in dict.fromkeys(starts.tolist()):
        freq = infer_offset(dates[start : start + n_rows])
        if freq is None:
            continue
        grid = pd.date_range(dates[0], dates[-1], freq=freq)
        if len(grid) <= 100 * len(dates) and dates.isin(grid).all():
            return freq.freqstr
    return None
