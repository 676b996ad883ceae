"""The times after, and up to, the last one of a fitted forecaster, as an index of pandas."""

from contextlib import suppress

import numpy as np

from .offsets import offset_from_plain
from .time_axis import is_regular_axis, time_after_last, time_before_last

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
    return _KINDS[summary["kind"]](summary, steps, time_after_last(summary, 1))


def past_index(summary, n_rows):
    """The last times observed.

    Parameters
    ----------
    summary : dict or None
        See `future_index`.
    n_rows : int
        Number of times.

    Returns
    -------
    pandas.Index or None
        See `future_index`.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm._forecasting.future_times import past_index
    >>> from sklstm._forecasting.time_axis import summarize_times
    >>> summary = summarize_times(pd.date_range("2024-01-31", periods=3, freq="ME"), "y")
    >>> past_index(summary, 2).strftime("%d %B").tolist()
    ['29 February', '31 March']
    """
    if summary is None or not is_regular_axis(summary):
        return None
    return _KINDS[summary["kind"]](summary, n_rows, time_before_last(summary, n_rows - 1))


def step_index(steps):
    """Numbers of steps ahead, for times that are not known."""
    import pandas as pd

    return pd.RangeIndex(1, steps + 1, name="step")


# Each of these makes `steps` times from the number `first` on the axis.


def _numbers(summary, steps, first):
    import pandas as pd

    step = summary["step"]
    if isinstance(step, int) and isinstance(first, int):
        return pd.RangeIndex(first, first + steps * step, step)
    return pd.Index(first + step * np.arange(steps))


def _periods(summary, steps, first):
    import pandas as pd

    ordinals = first + summary["step"] * np.arange(steps)
    return pd.PeriodIndex.from_ordinals(ordinals, freq=summary["unit"])


def _durations(summary, steps, first):
    import pandas as pd

    nanoseconds = first + summary["step"] * np.arange(steps)
    times = pd.TimedeltaIndex(nanoseconds.astype("timedelta64[ns]"))
    return _with_freq(times.as_unit(summary["unit"]), "infer" if steps > 2 else None)


def _dates(summary, steps, first):
    """Dates of the offset, or at a constant step; on the clocks of their zone if they have one."""
    import pandas as pd

    zone = summary["zone"]
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
    # Nanoseconds end in the year 2262; later dates remain microseconds.
    with suppress(pd.errors.OutOfBoundsDatetime):
        dates = dates.as_unit(summary["unit"])
    return _with_freq(dates, freq)


_KINDS = {"number": _numbers, "period": _periods, "timedelta": _durations, "datetime": _dates}


def _microseconds(nanoseconds):
    """Dates without a zone, which may be far off."""
    import pandas as pd

    return pd.DatetimeIndex(np.array([n // 1000 for n in nanoseconds], dtype="datetime64[us]"))


def _with_freq(times, freq):
    """The times with the frequency of those observed, if pandas accepts it."""
    try:
        return type(times)(times, freq=freq)
    except Exception:  # before pandas 3 also errors of pytz, for times that a zone skips
        return times
