"""The times of rows that follow those of a fitted forecaster."""

import warnings
from bisect import bisect_left

from .._validation.time_index import variable
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


def last_time(summary):
    """The last time known, for messages."""
    return time_of(summary["last"], summary)


def n_steps_to(summary, index, name):
    """Number of steps from the last time observed to the first one of an index.

    1 if it is the next time, and 0 if it is not later. None if it is not known, as there are no
    times or their steps vary.
    """
    if not _are_comparable(summary, index, name):
        return None
    if not _is_later(summary, index):
        return 0
    first, _, steps = positions(index, summary)
    gap = first - summary["last"]
    if not is_regular_axis(summary):
        _check_length_of_gap(summary, index, max([gap, *_max(steps)]), name)
        return None
    n_steps = steps_after_last(summary, index)
    if n_steps is None or not follows_in_steps(index, summary):
        raise ValueError(
            f"The times of {name}, {index[0]} to {index[-1]} in {len(index)} row(s), do not "
            f"follow {last_time(summary)} in steps of {_step_name(summary)}, as those known do: "
            f"{_first_wrong(summary, index, n_steps)}. Give a row for every step. If the rows "
            "follow all the same, pass arrays." + advice_on_gaps(summary)
        )
    return n_steps


def _first_wrong(summary, index, n_steps):
    """The first row of an index that is not at the next step; `n_steps` is that of its first."""
    row, before = 0, last_time(summary)
    if n_steps is not None:
        row = bisect_left(
            range(2, len(index) + 1), True, key=lambda n: not follows_in_steps(index[:n], summary)
        )
        row, before = row + 1, index[row]
    known = advance_times(summary, row, index[:row]) if row else summary
    expected = time_of(time_after_last(known, 1), summary)
    return f"{expected} is expected after {before}, but row {row} has {index[row]}"


def _are_comparable(summary, index, name):
    """Whether both are times; raise if they are of different kinds."""
    kind = kind_of(index)
    if summary is None or kind is None:
        return False
    if kind != summary["kind"] and "number" in (kind, summary["kind"]):
        return False  # row numbers in one call, dates in another
    _check_kind(summary, index, kind, name)
    return True


def _is_later(summary, index):
    """Whether the first time of an index is later than the last one observed."""
    first, _, _ = positions(index[:1], summary)
    return first - summary["last"] > summary["slack"] * (summary["step"] or 0)


def n_times_known(summary, index, name):
    """Number of times of an ascending index up to the last one observed; None if not comparable."""
    if not _are_comparable(summary, index, name):
        return None
    return bisect_left(range(len(index)), True, key=lambda i: _is_later(summary, index[i : i + 1]))


def check_follows(summary, index, name):
    """Raise unless the first time of an index is the next one, as far as it is known."""
    n_steps = n_steps_to(summary, index, "y")
    if n_steps is None or n_steps == 1:
        return
    reason = "it is not after it"
    if n_steps > 1:
        reason = (
            f"{n_steps - 1} row(s) are missing in between; with missing='mask' they may be "
            "rows of NaN"
        )
    raise ValueError(
        f"{name} begins at {index[0]}, but the last time known is {last_time(summary)}: {reason}. "
        "Give the observations that follow, none twice and none left out." + advice_on_gaps(summary)
    )


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
