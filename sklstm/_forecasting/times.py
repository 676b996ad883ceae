"""The times of the rows of X and y."""

import numpy as np

from .._validation.time_index import index_of, read_times, variable
from .._validation.xarrays import refuse_times
from .time_axis import kind_of

_FOR_IDS = " (For rows of several series pass series_id.)"


def times_of(data, series_id):
    """The times of the rows of X and y, and the name of the one that has them; None without.

    An index of dates has precedence over one of numbers.

    Parameters
    ----------
    data : dict
        X and y by name; None for one that is not given.
    series_id : array-like of shape (n,) or None
        The series of each row.
    """
    for name, rows in data.items():
        refuse_times(rows, name)
    indexes = {name: index_of(rows) for name, rows in data.items()}
    times = {}
    for name, index in indexes.items():
        if index is None:
            continue
        level = _time_level(index, name, series_id)
        code = "" if level is None else f".get_level_values({level})"
        index = index if level is None else index.get_level_values(level)
        if series_id is not None and _are_equal(index, series_id):
            continue
        read = read_times(index, name, f"{variable(name)}.index{code}")
        # Row numbers over several series are not times.
        if read is not None and not (
            series_id is not None and kind_of(read) == "number" and read.is_unique
        ):
            times[name] = read
    if len(times) == 2:
        _check_same(*times.items())
    names = sorted(times, key=lambda name: kind_of(times[name]) == "number")
    return (times[names[0]], names[0]) if names else (None, next(reversed(data)))


def _time_level(index, name, series_id):
    """The number of the level that has the times, None for an index of one level."""
    if index.nlevels == 1:
        return None
    levels = [index.get_level_values(k) for k in range(index.nlevels)]
    dated = [k for k, level in enumerate(levels) if _has_dates(level)]
    if series_id is None:
        time = dated[-1] if dated else index.nlevels - 1
        label = next(k for k in range(index.nlevels) if k != time)
        label = label if index.names[label] is None else repr(index.names[label])
        y = variable(name)
        if "[" in name:
            raise ValueError(
                f"{name} has an index of several levels; expected the times of one series: "
                f"{name[0]} = [rows.droplevel({label}) for rows in {name[0]}]."
            )
        raise ValueError(
            f"{name} has an index of several levels. For rows of several series pass the level "
            f"that tells them apart as series_id, series_id={y}.index.get_level_values({label}); "
            f"the other level is then the time. If there is one series only: {y} = "
            f"{y}.droplevel({label})."
        )
    others = [k for k, level in enumerate(levels) if not _are_equal(level, series_id)]
    return (dated or others or [index.nlevels - 1])[-1]


def _has_dates(level):
    try:
        return kind_of(read_times(level, "y", "")) not in (None, "number")
    except ValueError:  # text that looks like a time
        return False


def _are_equal(index, series_id):
    import pandas as pd

    return len(index) == len(series_id) and index.equals(pd.Index(np.asarray(series_id)))


def _check_same(*named):
    (name_X, X), (name_y, y) = named
    kinds = {kind_of(X), kind_of(y)}
    if len(kinds) == 2 and "number" not in kinds:
        raise ValueError(
            f"{name_X} and {name_y} have different kinds of times, such as {X[0]!r} and {y[0]!r}. "
            f"Give them the same index: {variable(name_X)}.index = {variable(name_y)}.index."
        )
    if len(kinds) == 2 or len(X) != len(y):
        return
    if kinds == {"datetime"} and None not in (X.tz, y.tz):
        X = X.tz_convert(y.tz)
    different = np.asarray(X != y)
    if different.any():
        row = int(different.argmax())
        raise ValueError(
            f"{name_X} and {name_y} have different times: in row {row}, {name_X} has {X[row]} and "
            f"{name_y} has {y[row]}. Align them, for instance {variable(name_X)} = "
            f"{variable(name_X)}.loc[{variable(name_y)}.index]; or if an index is not time, pass "
            "arrays."
        )


def check_times(index, name, *, has_ids=False):
    """Raise unless the times increase from row to row."""
    if index is None:
        return
    y, ids = variable(name), "" if has_ids else _FOR_IDS
    if not index.is_monotonic_increasing:
        row = int(np.argmax(index[1:] < index[:-1])) + 1
        # Sorting row numbers undoes a sort by dates.
        advice = f"{y} = {y}.sort_index()."
        if kind_of(index) == "number":
            advice = (
                f"if they are in this order, and the numbers are not times, pass {y}.reset_index("
                f"drop=True), or {y}.to_numpy(). If the numbers are times, sort the rows by them."
            )
        raise ValueError(
            f"The index of {name} is not sorted: {index[row]} in row {row} comes after "
            f"{index[row - 1]}. Rows are times, the oldest first: {advice}{ids}"
        )
    if not index.is_unique:
        row = int(index.duplicated().argmax())
        line = f"{y}.groupby(level={'-1' if has_ids else '0'}).mean()"
        advice = "aggregate these rows" + (" in each series." if has_ids else f", {line}.")
        is_local = kind_of(index) == "datetime" and index.tz is None and index[row].hour
        if is_local and not has_ids:
            advice += (
                " If a clock was set back, give the times their zone: "
                f"{y}.tz_localize('Europe/Berlin', ambiguous='infer')."
            )
        raise ValueError(
            f"The index of {name} has the same time more than once: {index[row]}; {advice}{ids}"
        )
    _refuse_dates_as_numbers(index, y)


def _refuse_dates_as_numbers(index, y):
    """Raise for numbers like 20240131 or 202401 that are dates, as their steps vary."""
    if kind_of(index) != "number" or len(index) < 3 or hasattr(index, "step"):
        return
    numbers = index.to_numpy()
    steps = np.diff(numbers)
    if (steps == steps[0]).all():
        return
    days = numbers % 100 if numbers[0] > 10**7 else np.ones(len(numbers))
    months = numbers // 100 if numbers[0] > 10**7 else numbers
    years, months = months // 100, months % 100
    likely = (years >= 1800) & (years <= 2200) & (months >= 1) & (months <= 12)
    if (likely & (days >= 1) & (days <= 31)).all():
        form = "%Y%m%d" if numbers[0] > 10**7 else "%Y%m"
        raise ValueError(
            f"The index has dates that are written as numbers, such as {numbers[0]}; expected "
            f"times. Convert it: {y}.index = pd.to_datetime({y}.index.astype(int).astype(str), "
            f"format='{form}')."
        )
