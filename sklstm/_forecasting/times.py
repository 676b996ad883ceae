"""Times of rows, from a pandas index.

Times are integers, dates or periods; other indexes are ignored. A fitted forecaster keeps a
*summary* of the times of each series, a dict of plain values: their kind, their number, the last
time, the step (None if it varies) and the frequency of periods.
"""

import numbers

from ..core.messages import shorten
from ..core.user_warnings import warn_user


def index_of(data):
    """The pandas index of data, or None."""
    index = getattr(data, "index", None)
    return index if hasattr(index, "is_monotonic_increasing") else None


def times_of(X, y, series_id, name):
    """The times of the rows of X and y; an index of dates has precedence over one of integers."""
    indexes = [i for i in map(index_of, (X, y)) if i is not None]
    if any(index.nlevels > 1 for index in indexes):
        if series_id is None:
            raise ValueError(
                f"{name} has an index of several levels. For rows of several series "
                "pass the level that tells them apart as series_id, as in series_id="
                "y.index.get_level_values(0); the last level is then the time."
            )
        indexes = [index.get_level_values(-1) for index in indexes]
    elif series_id is not None:
        # Row numbers over several series are not times.
        indexes = [i for i in indexes if kind_of(i) != "integer" or not i.is_unique]
    if len(indexes) == 2 and kind_of(indexes[0]) == kind_of(indexes[1]) is not None:
        _check_same(*indexes)
    return min(indexes, key=_preference) if indexes else None


def _preference(index):
    return {"datetime": 0, "period": 0, "integer": 1, None: 2}[kind_of(index)]


def _check_same(index_X, index_y):
    if len(index_X) == len(index_y) and not index_X.equals(index_y):
        row = int((index_X != index_y).argmax())
        raise ValueError(
            f"X and y have different times: in row {row}, X has {index_X[row]} and y has "
            f"{index_y[row]}. Align them, for instance X = X.loc[y.index]; or if an index is "
            "not time, pass arrays."
        )


def check_times(index, name, *, has_ids=False):
    """Raise unless the times increase from row to row."""
    if index is None:
        return
    if not index.is_monotonic_increasing:
        raise ValueError(
            f"The index of {name} is not sorted; rows are times, the oldest first: sort_index()."
            + ("" if has_ids else " (For rows of several series pass series_id.)")
        )
    if not index.is_unique:
        raise ValueError(
            f"The index of {name} has the same time more than once; aggregate these rows."
            + ("" if has_ids else " (For rows of several series pass series_id.)")
        )


def kind_of(index):
    """The kind of times: "integer", "datetime", "period", or None for other indexes."""
    if index is None or not len(index):
        return None
    if isinstance(index[-1], numbers.Integral):
        return "integer"
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex):
        return "datetime"
    return "period" if isinstance(index, pd.PeriodIndex) else None


def summarize_times(index):
    """Summary of the times of a series; None without times."""
    kind = kind_of(index)
    if kind is None:
        return None
    step = _step(index, kind)
    if step is None and len(index) >= 3:
        warn_user(
            "The times are not regular: each row is taken as one step, and a gap after the last "
            "one will not be detected. To fill holes in a series use asfreq and interpolate.",
        )
    unit = index.freqstr if kind == "period" else None
    return {"kind": kind, "n": len(index), "last": _as_plain(index[-1]), "step": step, "unit": unit}


def _as_plain(time):
    return int(time) if isinstance(time, numbers.Integral) else str(time)


def _step(index, kind):
    """The step between times, a number or its name in pandas; None if they are not regular."""
    import pandas as pd

    if kind == "integer":
        step = int(index[1] - index[0]) if len(index) > 1 else 1
    elif kind == "datetime" and index.freq is None and len(index) >= 3:
        step = pd.DatetimeIndex(index, freq="infer").freqstr
    else:
        step = index.freqstr
    return step if step is not None and is_regular(index, kind, step) else None


def is_regular(index, kind, step):
    """Whether no time is missing."""
    return _n_steps(index[0], index[-1], kind, step) == len(index) - 1


def _n_steps(start, stop, kind, step):
    """Number of steps between two times; None if it is not an integer."""
    if kind == "integer":
        steps, rest = divmod(int(stop) - int(start), step)
        return None if rest else steps
    if kind == "period":
        return (stop - start).n // start.freq.n if start.freq == stop.freq else None
    import pandas as pd

    between = pd.date_range(start, stop, freq=step)
    return len(between) - 1 if len(between) and between[-1] == stop else None


def _last_time(summary):
    """The last time, as an int or a pandas object."""
    if summary["kind"] == "integer":
        return summary["last"]
    import pandas as pd

    if summary["kind"] == "period":
        return pd.Period(summary["last"], freq=summary["unit"])
    return pd.Timestamp(summary["last"])


def n_steps_to(summary, index, name):
    """Number of steps from the last time observed to the first one of an index.

    1 if it is the next time, and 0 if it is not later. None if it is not known, as there are no
    times or their steps vary.
    """
    kind = kind_of(index)
    if summary is None or kind is None:
        return None
    if kind != summary["kind"] and "integer" in (kind, summary["kind"]):
        return None  # row numbers in one call, dates in another
    first, last = index[0], None
    if kind == summary["kind"] and (kind != "period" or index.freqstr == summary["unit"]):
        last = _last_time(summary)
    if last is None or (kind == "datetime" and (last.tz is None) != (first.tz is None)):
        raise ValueError(
            f"The times of {name} are of another kind than those known: {shorten(first)}, but "
            "the last "
            f"one was {summary['last']} (step {summary['step']}). Use the same kind of index, "
            "step and time zone."
        )
    if first <= last:
        return 0
    if summary["step"] is None:
        return None
    if kind == "datetime" and first.tz is not None:
        last = last.tz_convert(first.tz)
    n_steps = _n_steps(last, first, kind, summary["step"])
    if n_steps is None or not is_regular(index, kind, summary["step"]):
        raise ValueError(
            f"The times of {name}, {index[0]} to {index[-1]} in {len(index)} row(s), do not "
            f"follow {summary['last']} in steps of {summary['step']}, as those known do. Give a "
            "row for every step; if the index is not time, pass an array."
        )
    return n_steps


def are_all_times(summary, index):
    """Whether an index has all the times observed, from the first to the last."""
    if summary is None or index is None or len(index) != summary["n"]:
        return False
    return _as_plain(index[-1]) == summary["last"]


def advance_times(summary, n_rows, index):
    """The summary after `n_rows` more rows; `index` is theirs or None."""
    if summary is None:
        return None
    last = summary["last"]
    if kind_of(index) == summary["kind"]:
        last = _as_plain(index[-1])
    elif summary["kind"] == "integer" and summary["step"] is not None:
        last += n_rows * summary["step"]
    elif summary["step"] is not None:
        last = str(_shift(_last_time(summary), n_rows, summary))
    return summary | {"n": summary["n"] + n_rows, "last": last}


def _shift(time, n_rows, summary):
    import pandas as pd

    if summary["kind"] == "period":
        return time + n_rows * time.freq.n
    return time + n_rows * pd.tseries.frequencies.to_offset(summary["step"])
