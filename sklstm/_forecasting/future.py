"""Validate the arguments of forecast and predict."""

from numbers import Real

import numpy as np

from .._validation.time_index import index_of
from ..core.checks import check_integer
from ..core.messages import cut, shorten
from .arrays import DATE
from .exog_future import read_without_exog
from .forms import describe
from .panel import Panel, read_future_exog, rows_by_id


def read_forecast_arguments(estimator, steps, X, series_id):
    """Validate the arguments of `forecast`; return the number of steps, and X as a Panel or None.

    Without `steps` it is the number of rows of X, or else the horizon of a direct forecast.
    """
    if hasattr(steps, "__len__") and not isinstance(steps, str):
        call = f"forecast({len(steps)}, X)" if np.ndim(steps) > 1 else f"forecast({len(steps)})"
        raise TypeError(
            f"steps is {describe(steps)}; expected the number of steps, an integer, as the first "
            f"argument, and exogenous variables as the second one: {call}. predict(X) forecasts a "
            "step for each row of X."
        )
    if _are_numbers(X):
        raise TypeError(
            f"X is {shorten(X)}; expected exogenous variables, a row for each step, such as "
            "[[0.5], [1.2]] for one variable and two steps. Pass other arguments by name, such as "
            f"coverage={shorten(X)}, quantiles or n_paths."
        )
    if steps is None and X is None:
        steps = _horizon(estimator)
    if steps is not None:
        check_integer(steps, "steps", 1, _how_to_count(steps))
    if X is None:
        panel = read_without_exog(estimator, steps)
        return steps, panel if series_id is None else _selected(estimator, panel, series_id, steps)
    panel = read_future_exog(estimator, X, series_id)
    steps = max(panel.lengths) if steps is None else steps
    if set(panel.lengths) != {steps}:
        has = f"X has {panel.lengths[0]} row(s)"
        if len(panel.lengths) > 1:
            i = next(i for i, length in enumerate(panel.lengths) if length != steps)
            has = f"X has {panel.lengths[i]} row(s) of {panel.names[i]}"
        raise ValueError(
            f"{has}, but steps={steps}; expected the exogenous variables at each of these steps, "
            "and no others."
        )
    return steps, panel


def _selected(estimator, panel, series_id, steps):
    """The next steps of the series with the given ids; `panel` are those of all, or None."""
    if estimator._form["form"] != "long":
        raise ValueError(
            "series_id selects series by the ids that were passed to fit, but this forecaster was "
            "fitted without series_id; leave it out."
        )
    if np.ndim(series_id) != 1:
        raise TypeError(
            f"series_id is {shorten(series_id)}; expected a list of the ids of the series to "
            "forecast."
        )
    ids, _ = rows_by_id(series_id, len(series_id))
    known = {each: i for i, each in enumerate(estimator._summaries_of_times())}
    if unknown := [each for each in ids if each not in known]:
        raise ValueError(
            f"series_id has {shorten(unknown[0])}, which was not in fit; expected ids of series "
            f"that were, such as {shorten(next(iter(known)))}."
        )
    n = len(ids)
    exog, past = [np.empty((steps, 0))] * n, None
    if panel is not None:
        exog, past = ([rows[known[each]] for each in ids] for rows in (panel.exog, panel.past))
    return Panel("long", ids, None, exog, past, None, [None] * n, None, None)


def _how_to_count(steps):
    """Advice for a time up to which to forecast, in place of steps."""
    is_time = isinstance(steps, np.datetime64) or hasattr(steps, "year")
    if not is_time and not (isinstance(steps, str) and DATE.match(steps)):
        return ""
    return (
        ", the number of steps after the last row. Count them up to a time, for daily data with "
        f"len(pd.date_range(y.index[-1], {cut(str(steps), 40)!r}, freq='D')) - 1"
    )


def _are_numbers(X):
    """Whether X is a number, or a list of numbers such as quantiles."""
    items = X if isinstance(X, (list, tuple)) and len(X) else [X]
    return all(isinstance(item, Real) for item in items)


def _horizon(estimator):
    horizon = getattr(estimator, "horizon_", 1)
    if horizon == 1:
        raise TypeError(
            "forecast needs the number of steps, as in forecast(12), or X with a row for each. "
            "Only with strategy='direct' it is known, the horizon."
        )
    return horizon


def read_predict_arguments(estimator, X, series_id):
    """Validate the arguments of `predict`; return X as a Panel."""
    if X is None or isinstance(X, Real):
        raise TypeError(
            f"predict forecasts a step for each row of X, but X is {shorten(X)}: use "
            "forecast(steps)."
        )
    return read_future_exog(estimator, X, series_id)


def exog_or_times(panel, X, y):
    """X, or for X=None rows without columns that have the times of y."""
    if X is not None:
        return X
    if panel.form == "list":
        return [_empty_rows(*each) for each in zip(panel.indexes, panel.lengths, strict=True)]
    return _empty_rows(index_of(y), sum(panel.lengths))


def _empty_rows(index, n_rows):
    if index is None:
        return np.empty((n_rows, 0))
    import pandas as pd

    return pd.DataFrame(index=index)
