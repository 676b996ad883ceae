"""The forecasts of a backtest: fit or update at each cutoff, and forecast the rows that follow."""

import time
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from ..core.messages import shorten
from ..training.progress_output import print_line
from .history import History
from .members import by_id, given, positional

METHODS = ("fit", "update", "forecast")


def fitted_at(forecaster, history, cutoff, verbose):
    """A clone of the forecaster, fitted on the rows before a position."""
    start = time.perf_counter()
    forecaster = clone(forecaster, safe=False)
    rows = history.rows_between(0, cutoff)
    X, y, series_id = history.given(rows)
    with _cutoff_in_errors(history, cutoff, "fit"):
        forecaster.fit(X, y, **given({"series_id": series_id, "static": history.static}))
    if verbose:
        _report(f"fit on {cutoff} time(s)", start)
    return forecaster


def updated_to(forecaster, history, cutoff):
    """A copy of a fitted forecaster, which knows all rows before a position."""
    forecaster = deepcopy(forecaster)
    _update(forecaster, history, 0, cutoff)
    return forecaster


@dataclass(frozen=True)
class Evaluation:
    """What all forecasts of a backtest have in common.

    Attributes
    ----------
    history : History
    cutoffs : list of int
        The number of times known at each cutoff.
    horizon : int
    coverages : list of K floats
    verbose : bool
    """

    history: History
    cutoffs: list
    horizon: int
    coverages: list
    verbose: bool


def evaluate(common, forecaster, fitted, first, start, stop):
    """Forecasts at the cutoffs of the numbers `start` to `stop`.

    Parameters
    ----------
    common : Evaluation
    forecaster : forecaster
        It is cloned and fitted at the cutoff number `first`, or else
    fitted : forecaster or None
        is the one fitted there, which is copied.
    first, start, stop : int
        At each cutoff after the first one the forecaster is updated with the rows since the one
        before, so that its forecasts are the same wherever `start` is.

    Returns
    -------
    list of tuple
        The cutoff, the rows (horizon,) and the forecasts (horizon, S, 1 + 2 K) of each series.
    """
    history, cutoffs = common.history, common.cutoffs
    if fitted is None:
        model = fitted_at(forecaster, history, cutoffs[first], common.verbose)
    else:
        model = deepcopy(fitted)
    forecasts = []
    for i in range(first, stop):
        cutoff, begin = cutoffs[i], time.perf_counter()
        if i > first:
            _update(model, history, cutoffs[i - 1], cutoff)
        if i < start:
            continue
        rows = history.next_rows(cutoff, common.horizon)
        if rows:
            with _cutoff_in_errors(history, cutoff, "forecast"):
                arrays = _forecast(model, common, rows)
            forecasts += [(cutoff, rows[j], array) for j, array in arrays.items()]
        if common.verbose:
            _report(f"cutoff {i + 1} of {len(cutoffs)}, {history.axis[cutoff - 1]}", begin)
    return forecasts


def _report(what, start):
    print_line(f"[backtest] {what}: {time.perf_counter() - start:.1f} s")


def _update(model, history, start, stop):
    """Append the rows of these positions, if there are any."""
    rows = history.rows_between(start, stop)
    if not len(rows):
        return
    X, y, series_id = history.given(rows)
    with _cutoff_in_errors(history, stop, "update"):
        model.update(*positional(y, X), **given({"series_id": series_id}))


def _forecast(model, common, rows):
    """Forecasts (horizon, S, 1 + 2 K) by the number of the series."""
    history, future = common.history, ()
    options = {"coverage": common.coverages} if common.coverages else {}
    if history.X is not None:
        X, _, series_id = history.given(np.sort(np.concatenate(list(rows.values()))))
        future = (X,)
        options |= given({"series_id": series_id})
    forecast = model.forecast(common.horizon, *future, **options)
    shape = (common.horizon, history.values.shape[1], 1 + 2 * len(common.coverages))
    if history.series_id is None:
        return {0: _as_array(forecast, shape)}
    forecasts = by_id(forecast)
    return {i: _as_array(forecasts[history.ids[i]], shape) for i in rows}


def _as_array(forecast, shape):
    """The forecast of a series as an array of this shape; raise if its numbers do not fit."""
    array = np.asarray(forecast)
    if (
        array.shape[:1] != shape[:1]
        or array.size != np.prod(shape)
        or array.dtype.kind not in "fiub"
    ):
        raise ValueError(
            f"The forecast has shape {array.shape} and dtype {array.dtype}; expected numbers, "
            f"{shape[0]} steps of {shape[1]} value(s)."
        )
    return array.reshape(shape)


@contextmanager
def _cutoff_in_errors(history, cutoff, method):
    """Add a note to errors: the method, and the cutoff."""
    try:
        yield
    except Exception as error:
        error.add_note(
            f"This happened in {method}, in a backtest with the cutoff "
            f"{shorten(history.axis[cutoff - 1], 60)}."
        )
        raise
