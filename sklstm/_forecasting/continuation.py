"""The rows of a backtest that follow those of a forecaster that was fitted before."""

from dataclasses import replace

import numpy as np

from ..core.messages import shorten_list
from .later_times import check_follows, last_time, n_times_known


def after_last_times(history, forecaster):
    """The history after the last time of the forecaster, which is the first one on its axis.

    Rows that a series has up to that time, after its own last one, are at this time, too. Without
    times all rows follow, and the first time is -1.
    """
    summaries = {}
    if hasattr(forecaster, "_summaries_of_times"):
        summaries = forecaster._summaries_of_times()
        _check_ids(history, summaries)
    axis = history.axis
    if isinstance(axis, range):
        positions = [each + 1 for each in history.positions]
        return replace(history, positions=positions, axis=range(-1, len(axis)))
    import pandas as pd

    row_numbers, positions = [], []
    for i, key in enumerate(history.ids):
        index, summary = axis[history.positions[i]], summaries.get(key)
        n_known = n_times_known(summary, index, history.names[i])
        if n_known is None:
            raise ValueError(
                f"{history.names[i]} has times, such as {index[0]}, but the last one of the "
                "forecaster is not known or of another kind. Pass the rows that follow as arrays: "
                "to_numpy()."
            )
        check_follows(summary, index[n_known : n_known + 1], history.names[i])
        row_numbers.append(history.row_numbers[i][n_known:])
        positions.append(history.positions[i][n_known:])
    last = max((each for each in summaries.values() if each is not None), key=last_time)
    n_before = n_times_known(last, axis, "y")
    first = pd.Index([last_time(last)]).astype(axis.dtype)
    return replace(
        history,
        row_numbers=row_numbers,
        positions=[np.maximum(each - n_before + 1, 0) for each in positions],
        axis=first.append(axis[n_before:]),
    )


def _check_ids(history, summaries):
    """Raise for a series that the forecaster does not know."""
    unknown = [
        name for name, key in zip(history.names, history.ids, strict=True) if key not in summaries
    ]
    if unknown:
        raise ValueError(
            f"The forecaster does not know {shorten_list(unknown)}; expected series that were in "
            "fit. Leave them out, or update the forecaster with their first rows before."
        )
