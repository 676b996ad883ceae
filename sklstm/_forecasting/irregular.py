"""Irregular times: what to do about the holes in a calendar."""

import numpy as np

from .._validation.time_index import variable
from .offsets import code_of, offset_of

_N_ROWS = 10  # consecutive rows that show the frequency
_N_TRIES = 8


def describe_holes(index, kind, name):
    """A warning about irregular times, with the line that fills the holes."""
    y, freq = variable(name), None
    if kind == "datetime":
        freq = frequency_with_holes(index)
        line = f"{y}.asfreq({freq or '...'})"
    elif kind == "period":
        line = f"{y}.reindex(pd.period_range({y}.index[0], {y}.index[-1]))"
    else:
        line = _fill_numbers(index, y)
    calendar = ""
    if freq in ("'B'", "'D'"):
        calendar = (
            f" give the calendar, {y} = {y}.asfreq(pd.offsets.CustomBusinessDay(holidays=...)), or"
        )
    return (
        f"The times are not regular ({name}). Each row is taken as one step, and a gap after the "
        "last one is only detected if it is more than twice as long as the longest step so far. To "
        f"fill holes: {y} = {line}, and SequenceForecaster(missing='mask'), or "
        f"{y} = {y}.interpolate(). If no row is missing, as on business days "
        f"without holidays,{calendar} pass the values without the index: {y}.to_numpy()."
    )


def _fill_numbers(index, y):
    import pandas as pd

    first, last, step = index[0], index[-1], np.diff(index).min()
    if isinstance(index, pd.TimedeltaIndex):
        freq = pd.tseries.frequencies.to_offset(pd.Timedelta(step)).freqstr
        return f"{y}.reindex(pd.timedelta_range({y}.index[0], {y}.index[-1], freq={freq!r}))"
    if index.dtype.kind == "f":
        grid = f"np.arange({first:.10g}, {last + step / 2:.10g}, {step:.10g})"
        return f"{y}.reindex({grid}, method='nearest', tolerance={step / 2:.3g})"
    return f"{y}.reindex(range({first}, {last + 1}, {step}))"


def frequency_with_holes(dates):
    """The code of the frequency of which all these dates are a part; None if none is found."""
    import pandas as pd

    dates = dates if dates.tz is None else dates.tz_localize(None)
    n_rows = min(_N_ROWS, max(3, len(dates) // 2))
    starts = np.linspace(0, len(dates) - n_rows, _N_TRIES).astype(int)
    for start in dict.fromkeys(starts.tolist()):
        freq = offset_of(dates[start : start + n_rows])
        if freq is None:
            continue
        grid = pd.date_range(dates[0], dates[-1], freq=freq)
        if len(grid) <= 100 * len(dates) and dates.isin(grid).all():
            return code_of(freq)
    return None
