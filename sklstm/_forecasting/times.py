"""The times of rows, where data comes with a pandas index.

Times are integers, dates or periods; any other index is as good as none. What is kept of them, a
*clock*, is a dict of plain values: their kind, how many there were, the last one, the step from one
to the next, or None where the steps differ, and for periods what they are periods of.
"""

import numbers

from ..core.user_warnings import warn_user


def index_of(data):
    """The pandas index of data, or None."""
    index = getattr(data, "index", None)
    return index if hasattr(index, "is_monotonic_increasing") else None


def times_of(X, y, series_id, name):
    """The times of rows that X and y share; an index of dates goes before one of integers."""
    indexes = [i for i in map(index_of, (X, y)) if i is not None]
    if any(index.nlevels > 1 for index in indexes):
        if series_id is None:
            raise ValueError(
                f"{name} has an index of several levels. For several series one below the other "
                "pass the level that tells them apart as series_id, as in series_id="
                "y.index.get_level_values(0); the last level is then the time."
            )
        indexes = [index.get_level_values(-1) for index in indexes]
    elif series_id is not None:
        # Rows of several series that are simply numbered have no times.
        indexes = [i for i in indexes if kind_of(i) != "integer" or not i.is_unique]
    if len(indexes) == 2 and kind_of(indexes[0]) == kind_of(indexes[1]) is not None:
        _check_same(*indexes)
    return min(indexes, key=_preference) if indexes else None


def _preference(index):
    return {"datetime": 0, "period": 0, "integer": 1, None: 2}[kind_of(index)]


def _check_same(of_X, of_y):
    if len(of_X) == len(of_y) and not of_X.equals(of_y):
        row = int((of_X != of_y).argmax())
        raise ValueError(
            f"X and y have different times: in row {row}, X has {of_X[row]} and y has "
            f"{of_y[row]}. Align them, for instance X = X.loc[y.index]; or if an index is no time, "
            "pass arrays."
        )


def check_times(index, name, *, has_ids=False):
    """Raise unless the times increase from row to row."""
    if index is None:
        return
    if not index.is_monotonic_increasing:
        raise ValueError(
            f"The index of {name} is not sorted; rows are times, the oldest first: sort_index()."
            + ("" if has_ids else " (For several series one below the other, pass series_id.)")
        )
    if not index.is_unique:
        raise ValueError(
            f"The index of {name} has the same time more than once; aggregate these rows."
            + ("" if has_ids else " (For several series one below the other, pass series_id.)")
        )


def kind_of(index):
    """Tell integers, dates and periods apart: "integer", "datetime", "period", None for others."""
    if index is None or not len(index):
        return None
    if isinstance(index[-1], numbers.Integral):
        return "integer"
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex):
        return "datetime"
    return "period" if isinstance(index, pd.PeriodIndex) else None


def clock(index):
    """What to keep of the times of a series; None if there are none."""
    kind = kind_of(index)
    if kind is None:
        return None
    step = _step(index, kind)
    if step is None and len(index) >= 3:
        warn_user(
            "The times are not regular: rows are taken as one step after the other, and a gap "
            "after them will not be seen. A series with holes is made regular by asfreq and "
            "interpolate.",
        )
    unit = index.freqstr if kind == "period" else None
    return {"kind": kind, "n": len(index), "last": _plain(index[-1]), "step": step, "unit": unit}


def _plain(time):
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
    """Tell whether these times leave none out."""
    return _steps(index[0], index[-1], kind, step) == len(index) - 1


def _steps(start, stop, kind, step):
    """How many steps there are between two times; None if it is no whole number."""
    if kind == "integer":
        steps, rest = divmod(int(stop) - int(start), step)
        return None if rest else steps
    if kind == "period":
        return (stop - start).n // start.freq.n if start.freq == stop.freq else None
    import pandas as pd

    between = pd.date_range(start, stop, freq=step)
    return len(between) - 1 if len(between) and between[-1] == stop else None


def _last(kept):
    """The last time, as an object that can be compared."""
    if kept["kind"] == "integer":
        return kept["last"]
    import pandas as pd

    if kept["kind"] == "period":
        return pd.Period(kept["last"], freq=kept["unit"])
    return pd.Timestamp(kept["last"])


def rows_until(kept, index, name):
    """How many rows after the last one known the first of these is: 1 if it is the next.

    0 or less if it is not later. None where the times do not tell, because there are none, or the
    steps between those before differed.
    """
    kind = kind_of(index)
    if kept is None or kind is None:
        return None
    if kind != kept["kind"] and "integer" in (kind, kept["kind"]):
        return None  # numbered rows beside dated ones
    first, last = index[0], None
    if kind == kept["kind"] and (kind != "period" or index.freqstr == kept["unit"]):
        last = _last(kept)
    if last is None or (kind == "datetime" and (last.tz is None) != (first.tz is None)):
        raise ValueError(
            f"The times of {name} are of another kind than those known: {first!r}, but the last "
            f"one was {kept['last']} (step {kept['step']}). Use the same kind of index, step and "
            "time zone."
        )
    if first <= last:
        return 0
    if kept["step"] is None:
        return None
    if kind == "datetime" and first.tz is not None:
        last = last.tz_convert(first.tz)
    rows = _steps(last, first, kind, kept["step"])
    if rows is None or not is_regular(index, kind, kept["step"]):
        raise ValueError(
            f"The times of {name}, {index[0]} to {index[-1]} in {len(index)} row(s), do not "
            f"follow {kept['last']} in steps of {kept['step']}, as those known do. Give a row for "
            "every step; if the index is no time, pass an array."
        )
    return rows


def is_all_of(kept, index):
    """Tell whether these are all the times that were there before, from the first to the last."""
    if kept is None or index is None or len(index) != kept["n"]:
        return False
    return _plain(index[-1]) == kept["last"]


def advanced(kept, n_rows, index):
    """The clock after n_rows more."""
    if kept is None:
        return None
    last = kept["last"]
    if kind_of(index) == kept["kind"]:
        last = _plain(index[-1])
    elif kept["kind"] == "integer" and kept["step"] is not None:
        last += n_rows * kept["step"]
    elif kept["step"] is not None:
        last = str(_later(_last(kept), n_rows, kept))
    return kept | {"n": kept["n"] + n_rows, "last": last}


def _later(time, n_rows, kept):
    import pandas as pd

    if kept["kind"] == "period":
        return time + n_rows * time.freq.n
    return time + n_rows * pd.tseries.frequencies.to_offset(kept["step"])
