"""The times of the rows of X and y, and of rows that follow those of a fitted forecaster."""

import warnings

import numpy as np

from .._validation.time_index import index_of, read_times, variable
from .time_axis import (
    follows_in_steps,
    is_regular_axis,
    kind_of,
    positions,
    steps_after_last,
    summarize_times,
    time_after_last,
    time_of,
)

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


def last_time(summary):
    """The last time known, for messages."""
    return time_of(summary["last"], summary)


def n_steps_to(summary, index, name):
    """Number of steps from the last time observed to the first one of an index.

    1 if it is the next time, and 0 if it is not later. None if it is not known, as there are no
    times or their steps vary.
    """
    kind = kind_of(index)
    if summary is None or kind is None:
        return None
    if kind != summary["kind"] and "number" in (kind, summary["kind"]):
        return None  # row numbers in one call, dates in another
    _check_kind(summary, index, kind, name)
    first, _, steps = positions(index, summary)
    gap = first - summary["last"]
    if gap <= summary["slack"] * (summary["step"] or 0):
        return 0
    if not is_regular_axis(summary):
        _check_length_of_gap(summary, index, max([gap, *_max(steps)]), name)
        return None
    n_steps = steps_after_last(summary, index)
    if n_steps is None or not follows_in_steps(index, summary):
        raise ValueError(
            f"The times of {name}, {index[0]} to {index[-1]} in {len(index)} row(s), do not "
            f"follow {last_time(summary)} in steps of {_step_name(summary)}, as those known do; "
            f"the next one is {time_of(time_after_last(summary, 1), summary)}. Give a row for "
            "every step. If the rows follow all the same, pass arrays." + advice_on_gaps(summary)
        )
    return n_steps


def advice_on_gaps(summary):
    """Advice for row numbers, and for rows that are missing on business days; else empty."""
    if summary["kind"] == "number":
        return " If the index is not time, pass an array."
    if summary["label"] in ("B", "C"):
        return " For holidays fit on y.asfreq(pd.offsets.CustomBusinessDay(holidays=...))."
    return ""


def _max(steps):
    return [steps.max().item()] if len(steps) else []


def _step_name(summary):
    if summary["label"] is not None:
        return summary["label"]
    step = summary["step"]
    return time_of(step, summary) if summary["kind"] == "timedelta" else step


def _check_length_of_gap(summary, index, gap, name):
    """Raise for a gap that is far longer than the steps of an irregular axis."""
    longest = summary["longest"]
    if longest is None or gap <= 2 * longest * (1 + summary["unseen"]):
        return
    raise ValueError(
        f"The times of {name}, {index[0]} to {index[-1]} in {len(index)} row(s), have a gap after "
        f"the last time known, {last_time(summary)}, or between them, that is "
        f"{gap / longest:.1f} times as long as the longest step known: rows seem to be missing, "
        "and as the times are irregular, their number is not known. Fill the holes in y before "
        "fit, as in y.asfreq(...), with missing='mask'; or if no row is missing, pass the values "
        "without the index: to_numpy()."
    )


def _check_kind(summary, index, kind, name):
    """Raise unless the times are comparable with those of fit."""
    unit, zone = summary["unit"], summary["zone"]
    if kind != summary["kind"]:
        line = {
            ("datetime", "period"): f".index = {{}}.index.to_period('{unit}')",
            ("period", "datetime"): ".index = {}.index.to_timestamp()",
        }.get((kind, summary["kind"]), "")
    elif kind == "period" and index.freqstr != unit:
        line = ""
    elif kind == "datetime" and index.tz is None and zone is not None:
        line = f".index = {{}}.index.tz_localize('{zone}')"
    elif kind == "datetime" and index.tz is not None and zone is None:
        line = ".index = {}.index.tz_localize(None)"
    else:
        return
    y = variable(name)
    line = f" {y}{line.format(y)}" if line else ""
    raise ValueError(
        f"The times of {name} are of another kind than those known: {index[0]!r}, but the last one "
        f"was {last_time(summary)!r} (step {_step_name(summary)}). Use the same kind of index, "
        f"step and time zone.{line}"
    )


def are_all_times(summary, index):
    """Whether an index has all the times observed, from the first to the last."""
    kind = kind_of(index)
    if summary is None or kind != summary["kind"] or len(index) != summary["n"]:
        return False
    if kind == "period" and index.freqstr != summary["unit"]:
        return False
    if kind == "datetime" and (index.tz is None) != (summary["zone"] is None):
        return False
    return positions(index[-1:], summary)[0] == summary["last"]


def advance_times(summary, n_rows, index):
    """The summary after `n_rows` more rows; `index` is theirs or None."""
    if summary is None:
        return None
    summary = summary | {"n": summary["n"] + n_rows}
    if kind_of(index) == summary["kind"]:
        return summary | {"last": positions(index, summary)[1], "unseen": 0}
    if is_regular_axis(summary):
        return summary | {"last": time_after_last(summary, n_rows)}
    return summary | {"unseen": summary["unseen"] + n_rows}


def times_after(summaries, panel):
    """The summaries of the times of a panel's series, by id, after all of its rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of irregular times: the members of a vote warn
        return {
            key: advance_times(summaries[key], len(rows), index)
            if key in summaries
            else summarize_times(index, name)
            for key, name, rows, index in zip(
                panel.ids, panel.names, panel.values, panel.indexes, strict=True
            )
        }
