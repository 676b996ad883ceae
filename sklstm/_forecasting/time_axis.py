"""The time axis of a series: how far a time is from the last one observed.

A fitted forecaster keeps a *summary* of the times of each series, a dict of plain values. Times are
numbers on it: integers or floats themselves, ordinals of periods, nanoseconds of durations and
dates. Dates with a zone are those of its clocks (`on_wall`) if days or longer steps are counted, or
those of UTC otherwise, so that a change of the clock moves neither midnight nor the next hour.

The numbers are a constant `step` apart, or are dates with an `offset` of pandas, such as business
days. If neither is known the times are irregular: each row is taken as one step, and the `longest`
step so far is kept.
"""

import numpy as np

from .._validation.time_zones import zone_to_plain
from ..core.user_warnings import warn_user
from .irregular import describe_holes
from .offsets import (
    DAY,
    describe_offset,
    fixed_length,
    offset_from_plain,
    offset_of,
    offset_to_plain,
)

_NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 1000, "ns": 1}
# Tolerance of a step: decimals of years, and days that begin at 1:00 as a clock skips midnight.
SLACK = 0.1


def kind_of(index):
    """The kind of times: "number", "datetime", "period", "timedelta", or None without times."""
    if index is None or not len(index):
        return None
    import pandas as pd

    kinds = {pd.DatetimeIndex: "datetime", pd.PeriodIndex: "period", pd.TimedeltaIndex: "timedelta"}
    return next((name for kind, name in kinds.items() if isinstance(index, kind)), "number")


def summarize_times(index, name):
    """Summary of the times of a series; None without times."""
    kind = kind_of(index)
    if kind is None:
        return None
    summary = {
        **{"kind": kind, "n": len(index), "unit": None, "zone": None, "on_wall": False},
        **{"step": None, "offset": None, "slack": 0.0, "label": None},
    }
    summary |= _step_of_dates(index, summary) if kind == "datetime" else _step(index, summary)
    _, last, steps = positions(index, summary)
    longest = steps.max().item() if len(steps) else None
    summary |= {"last": last, "longest": longest, "unseen": 0}
    if not is_regular_axis(summary) and len(index) >= 3:
        warn_user(describe_holes(index, kind, name))
    return summary


def is_regular_axis(summary):
    """Whether the times have a constant step or an offset."""
    return summary["step"] is not None or summary["offset"] is not None


def _step(index, summary):
    """The step of numbers, periods or durations."""
    _, _, steps = positions(index, summary)
    slack, unit, label = 0.0, None, None
    if summary["kind"] == "period":
        unit, default = index.freqstr, index.freq.n
    elif summary["kind"] == "timedelta":
        unit, default = index.unit, None if index.freq is None else fixed_length(index.freq)
    else:
        default = getattr(index, "step", 1)
        slack = SLACK if index.dtype.kind == "f" else 0.0
    step = default
    if len(steps):
        step = steps.mean().item() if slack else steps[0].item()
        step = step if _all_equal(steps, step, slack) else None
    if step is not None:
        label = {"period": unit if step == default else f"{step} ({unit})"}.get(summary["kind"])
    return {"step": step, "slack": slack, "unit": unit, "label": label}


def _step_of_dates(index, summary):
    """The step or the offset of dates, and the clock on which they are counted."""
    offset, zone = offset_of(index), zone_to_plain(index.tz)
    found = {"zone": zone, "unit": index.unit}
    found["label"] = None if offset is None else describe_offset(offset)
    step = None if offset is None else fixed_length(offset)
    if offset is not None and step is None:
        return found | {"offset": offset_to_plain(offset), "on_wall": True}
    # As if on the clock first, which skips an hour or repeats it.
    clocks = [(True, 0.0), (False, 0.0), (True, SLACK)] if zone else [(False, 0.0)]
    for on_wall, slack in clocks:
        _, _, steps = positions(index, summary | {"zone": zone, "on_wall": on_wall})
        length = step
        if step is None:
            if len(steps) < 2 or not slack:
                continue
            length = int(np.median(steps))
        if on_wall and length % DAY:
            continue
        if _all_equal(steps, length, slack):
            slack = SLACK if on_wall else 0.0
            return found | {"step": length, "on_wall": on_wall, "slack": slack}
    return found | {"label": None}


def _all_equal(steps, step, slack):
    if step <= 0:
        return False
    equal = np.abs(steps - step) <= slack * step if slack else steps == step
    return bool(equal.all())


def positions(index, summary):
    """The first and the last time as numbers on the axis, and the array of steps between all."""
    import pandas as pd

    if isinstance(index, pd.RangeIndex):  # without an array of all numbers
        steps = np.full(min(1, len(index) - 1), index.step)
        return int(index[0]), int(index[-1]), steps
    if summary["kind"] == "number":
        numbers, factor = index.to_numpy(), 1
    else:
        dates = _without_zone(index, summary) if summary["kind"] == "datetime" else index
        numbers = dates.asi8
        factor = 1 if summary["kind"] == "period" else _NANOSECONDS[dates.unit]
    steps = np.diff(numbers)
    steps *= factor
    return numbers[0].item() * factor, numbers[-1].item() * factor, steps


def _without_zone(index, summary):
    """Dates of the clocks of a zone or of UTC, without the zone."""
    if index.tz is None:
        return index
    return index.tz_convert(summary["zone"] if summary["on_wall"] else "UTC").tz_localize(None)


def follows_in_steps(index, summary):
    """Whether there is a row for every step from the first time of an index to its last."""
    _, _, steps = positions(index, summary)
    if summary["step"] is not None:
        return _all_equal(steps, summary["step"], summary["slack"])
    if len(index) == 1:
        return True
    dates = _without_zone(index, summary)
    expected = _dates(summary, dates[0], periods=len(dates))
    return len(expected) == len(dates) and bool((expected == dates).all())


def steps_after_last(summary, index):
    """Number of steps from the last time to the first one of an index; None if not an integer."""
    first, _, _ = positions(index[:1], summary)
    distance = first - summary["last"]
    step = summary["step"]
    if step is not None:
        n_steps = round(distance / step)
        return n_steps if abs(distance - n_steps * step) <= summary["slack"] * step else None
    start, stop = _date(summary["last"]), _date(first)
    between = _dates(summary, start, end=stop)
    return len(between) - 1 if len(between) and between[-1] == stop else None


def time_after_last(summary, n_steps):
    """The time `n_steps` after the last one, as a number on the axis."""
    if n_steps == 0:
        return summary["last"]
    if summary["step"] is not None:
        return summary["last"] + n_steps * summary["step"]
    return _nanoseconds(_dates(summary, start=_date(summary["last"]), periods=n_steps + 1)[-1:])


def time_before_last(summary, n_steps):
    """The time `n_steps` before the last one, as a number on the axis."""
    if n_steps == 0:
        return summary["last"]
    if summary["step"] is not None:
        return summary["last"] - n_steps * summary["step"]
    return _nanoseconds(_dates(summary, end=_date(summary["last"]), periods=n_steps + 1)[:1])


def _nanoseconds(dates):
    """The first of these dates, as a number on the axis."""
    return dates[0].value if dates.unit == "ns" else dates.asi8[0].item() * 1000


def time_of(number, summary):
    """The time of a number on the axis, as a number or an object of pandas."""
    if summary["kind"] == "number":
        return number
    import pandas as pd

    if summary["kind"] == "period":
        return pd.Period(ordinal=number, freq=summary["unit"])
    if summary["kind"] == "timedelta":
        return pd.Timedelta(number, "ns")
    date = _date(number)
    if summary["zone"] is None:
        return date
    if summary["on_wall"]:
        return date.tz_localize(summary["zone"], ambiguous=False, nonexistent="shift_forward")
    return date.tz_localize("UTC").tz_convert(summary["zone"])


def _date(nanoseconds):
    """The date of nanoseconds since 1970, without a zone; to microseconds if it is far off."""
    import pandas as pd

    if abs(nanoseconds) < 2**63:
        return pd.Timestamp(nanoseconds)
    return pd.Timestamp(np.datetime64(nanoseconds // 1000, "us"))


def _dates(summary, start=None, **limit):
    """Dates from `start`, or up to `end`, with the offset of the axis."""
    import pandas as pd

    freq, start = offset_from_plain(summary["offset"]), start and start.as_unit("us")
    return pd.date_range(start, freq=freq, unit="us", **limit)
