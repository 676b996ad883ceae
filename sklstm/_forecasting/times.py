"""The times of rows, where data comes with a pandas index."""

import numbers


def index_of(data):
    """The pandas index of data, or None."""
    index = getattr(data, "index", None)
    return index if hasattr(index, "is_monotonic_increasing") else None


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


def clock(index):
    """How many times there were, the last one, and the step between them, as text or numbers.

    None if there are no times, or no regular ones.
    """
    if index is None or len(index) < 3:
        return None
    step = frequency(index)
    return None if step is None else {"n": len(index), "last": _plain(index[-1]), "step": step}


def _plain(time):
    return int(time) if isinstance(time, numbers.Integral) else str(time)


def frequency(index):
    """The step between times, a number or its name in pandas; None if they are not regular."""
    import pandas as pd

    if isinstance(index[-1], numbers.Integral):
        step = int(index[1] - index[0])
        return step if index[-1] - index[0] == step * (len(index) - 1) else None
    if not isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex)):
        return None
    if isinstance(index, pd.DatetimeIndex) and index.freq is None:
        index = pd.DatetimeIndex(index, freq="infer")
    return index.freqstr


def rows_until(kept, index):
    """How many rows after the last one known the first of these is: 1 if it is the next.

    None where the times do not tell; they may be of other kinds, or off the grid.
    """
    if kept is None or index is None or not len(index):
        return None
    first, step = index[0], kept["step"]
    if isinstance(step, int):
        if not isinstance(first, numbers.Integral):
            return None
        rows, rest = divmod(int(first) - kept["last"], step)
        return None if rest else rows
    import pandas as pd

    if isinstance(index, pd.PeriodIndex):
        last = pd.Period(kept["last"], freq=step)
        return (first - last).n // last.freq.n if first.freq == last.freq else None
    if not isinstance(index, pd.DatetimeIndex):
        return None
    last = pd.Timestamp(kept["last"])
    if (last.tz is None) != (first.tz is None):
        return None
    if first <= last:
        return 0
    last = last.tz_convert(first.tz) if first.tz is not None else last
    between = pd.date_range(last, first, freq=step)
    return len(between) - 1 if len(between) and between[-1] == first else None


def is_all_of(kept, index):
    """Tell whether these are all the times that were there before, from the first to the last."""
    if kept is None or index is None or len(index) != kept["n"]:
        return False
    return _plain(index[-1]) == kept["last"]


def advanced(kept, n_rows, index):
    """The clock after n_rows more."""
    if kept is None:
        return None
    if index is not None:
        last = _plain(index[-1])
    elif isinstance(kept["step"], int):
        last = kept["last"] + n_rows * kept["step"]
    else:
        return None
    return kept | {"n": kept["n"] + n_rows, "last": last}
