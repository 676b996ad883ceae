"""The times after the last one of a fitted forecaster, as an index of pandas."""

import numpy as np

from .offsets import offset_from_plain
from .time_axis import is_regular_axis, time_after_last

_LARGEST = 2**63 - 1  # nanoseconds since 1970


def future_index(summary, steps):
    """The next times on the axis of a series.

    Parameters
    ----------
    summary : dict or None
        Summary of the times observed, see `summarize_times`.
    steps : int
        Number of times.

    Returns
    -------
    pandas.Index or None
        Of the kind of the times observed; None if there are none, or if they are irregular.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm._forecasting.future_times import future_index
    >>> from sklstm._forecasting.time_axis import summarize_times
    >>> summary = summarize_times(pd.date_range("2024-01-31", periods=3, freq="ME"), "y")
    >>> future_index(summary, 2).strftime("%d %B").tolist()
    ['30 April', '31 May']
    """
    if summary is None or not is_regular_axis(summary):
        return None
    return {"number": _numbers, "period": _periods, "timedelta": _durations, "datetime": _dates}[
        summary["kind"]
    ](summary, steps)


def step_index(steps):
    """Numbers of steps ahead, for times that are not known."""
    import pandas as pd

    return pd.RangeIndex(1, steps + 1, name="step")


def _numbers(summary, steps):
    import pandas as pd

    first, step = time_after_last(summary, 1), summary["step"]
    if isinstance(step, int) and isinstance(first, int):
        return pd.RangeIndex(first, first + steps * step, step)
    return pd.Index(first + step * np.arange(steps))


def _periods(summary, steps):
    import pandas as pd

    ordinals = time_after_last(summary, 1) + summary["step"] * np.arange(steps)
    return pd.PeriodIndex.from_ordinals(ordinals, freq=summary["unit"])


def _durations(summary, steps):
    import pandas as pd

    nanoseconds = time_after_last(summary, 1) + summary["step"] * np.arange(steps)
    times = pd.TimedeltaIndex(nanoseconds.astype("timedelta64[ns]"))
    return _with_freq(times.as_unit(summary["unit"]), "infer" if steps > 2 else None)


def _dates(summary, steps):
    """Dates of the offset, or at a constant step; on the clocks of their zone if they have one."""
    import pandas as pd

    first, zone = time_after_last(summary, 1), summary["zone"]
    if summary["offset"] is not None:
        start, freq = _microseconds([first])[0], offset_from_plain(summary["offset"])
        dates = pd.DatetimeIndex(
            pd.date_range(start, periods=steps, freq=freq, unit="us"), freq=None
        )
    else:
        freq = summary["label"]
        dates = _microseconds([first + k * summary["step"] for k in range(steps)])
        if summary["unit"] == "ns" and first + steps * summary["step"] <= _LARGEST:
            nanoseconds = first + summary["step"] * np.arange(steps)
            dates = pd.DatetimeIndex(nanoseconds.astype("datetime64[ns]"))
    if zone is not None and summary["on_wall"]:
        dates = dates.tz_localize(zone, ambiguous=False, nonexistent="shift_forward")
    elif zone is not None:
        dates = dates.tz_localize("UTC").tz_convert(zone)
    return _with_freq(dates.as_unit(summary["unit"]), freq)


def _microseconds(nanoseconds):
    """Dates without a zone, which may be far off."""
    import pandas as pd

    return pd.DatetimeIndex(np.array([n // 1000 for n in nanoseconds], dtype="datetime64[us]"))


def _with_freq(times, freq):
    """The times with the frequency of those observed, if pandas accepts it."""
    try:
        return type(times)(times, freq=freq)
    except (ValueError, TypeError):
        return times
