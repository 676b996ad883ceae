"""Prediction intervals of a VotingForecaster, from its errors on the calibration rows."""

import numpy as np

from ..core.messages import shorten
from .intervals import half_widths
from .members import average_forecast, update_member
from .missing import mean_of_known, n_known
from .scaling import standardise

MAX_ORIGINS, MAX_STEPS = 50, 100
MIN_TRAINING_ROWS = 8  # rows before the calibration rows


def vote_calibration_errors(panel, fraction, fit_members, average, static):
    """Errors of combined forecasts on the calibration rows, by members fitted on the others.

    Parameters
    ----------
    panel : Panel
        The training data.
    fraction : float or None
        The parameter `calibration_fraction`.
    fit_members : callable
        Function of (X, y, data) that returns fitted clones of the members by name.
    average : callable
        Average of forecasts along axis 0.
    static : ndarray of shape (N, m)
        Static features.

    Returns
    -------
    errors : ndarray of shape (steps, m, S) or None
        Absolute errors of m forecasts, divided by the unit; NaN after the last row.
    unit : dict of ndarray of shape (S,)
        Mean absolute change of each series, by id.
    """
    unit = {
        series_id: (mean_of_known(np.abs(np.diff(rows, axis=0))) if len(rows) > 1 else np.zeros(1))
        for series_id, rows in zip(panel.ids, panel.values, strict=True)
    }
    lengths = np.array(panel.lengths)
    n_calibration = np.zeros(len(lengths), dtype=int)
    if fraction is not None:
        n_calibration = np.round(fraction * lengths).astype(int)
        n_calibration[lengths - n_calibration < MIN_TRAINING_ROWS] = 0
    for i, (rows, n) in enumerate(zip(panel.values, n_calibration, strict=True)):
        if n and n_known(rows[: len(rows) - n]).min() < MIN_TRAINING_ROWS:
            n_calibration[i] = 0
    if not n_calibration.any():
        return None, unit
    data = _rows_between(panel, np.zeros_like(lengths), lengths - n_calibration)
    data["static"] = static if static.shape[1] else None
    members = fit_members(data.pop("X"), data.pop("y"), data)
    return _errors(members, average, panel, n_calibration, unit), unit


def _rows_between(panel, starts, stops):
    """Rows of all series in the long form, as arguments of fit and update."""
    slices = [(i, slice(a, b)) for i, (a, b) in enumerate(zip(starts, stops, strict=True)) if a < b]
    values = np.concatenate([panel.values[i][rows] for i, rows in slices])
    exog = np.concatenate([panel.exog[i][rows] for i, rows in slices])
    y = values[:, 0] if panel.flat else values
    if len({getattr(index, "dtype", None) for index in panel.indexes} | {None}) == 2 and all(
        index is not None for index in panel.indexes
    ):
        import pandas as pd

        index = panel.indexes[slices[0][0]][slices[0][1]]
        for i, rows in slices[1:]:
            index = index.append(panel.indexes[i][rows])
        y = pd.Series(y, index) if panel.flat else pd.DataFrame(y, index)
        exog = pd.DataFrame(exog, index)
    ids = None
    if panel.form != "one":
        ids = np.repeat([i for i, _ in slices], [rows.stop - rows.start for _, rows in slices])
    return {"X": exog if exog.shape[1] else None, "y": y, "series_id": ids}


def _errors(members, average, panel, n_calibration, unit):
    """Absolute errors (steps, m, S) from origins spread over the calibration rows."""
    lengths, longest = np.array(panel.lengths), int(n_calibration.max())
    n_steps = min(longest, MAX_STEPS)
    origins = np.linspace(0, longest - 1, min(longest, MAX_ORIGINS)).round().astype(int)
    starts, errors = lengths - n_calibration, []
    n_known = starts
    for origin in origins:
        n_now = np.minimum(starts + origin, lengths)
        if (n_now > n_known).any():
            new = _rows_between(panel, n_known, n_now)
            for name, member in members.items():
                update_member(name, member, **new)
        n_known = n_now
        forecast_errors = _forecast_errors(members, average, panel, n_known, n_steps)
        for i, (error, series_id) in enumerate(zip(forecast_errors, panel.ids, strict=True)):
            if origin < n_calibration[i]:
                errors.append(standardise(error, 0, unit[series_id]))
    return np.stack(errors, axis=1)


def _forecast_errors(members, average, panel, n_known, n_steps):
    """Yield the errors (steps, S) of each series from one origin; NaN after its last row."""
    n_left = np.array(panel.lengths) - n_known
    ids, steps, X, series_id = range(len(n_left)), n_steps, None, None
    if panel.exog[0].shape[1] > 0:  # only steps whose exogenous variables are known
        ids, steps = np.flatnonzero(n_left > 0).tolist(), min(n_steps, n_left[n_left > 0].min())
        ahead = _rows_between(panel, n_known, n_known + np.where(n_left > 0, steps, 0))
        X, series_id = ahead["X"], ahead["series_id"]
    shape = (steps,) if panel.flat else (steps, panel.values[0].shape[1])
    one = panel.form == "one"
    shapes = shape if one else dict.fromkeys(ids, shape)
    forecasts = average_forecast(
        members, average, "forecast", steps, X, shapes=shapes, series_id=series_id
    )
    forecasts = {0: forecasts} if one else forecasts
    for i, values in enumerate(panel.values):
        error = np.full((n_steps, values.shape[1]), np.nan)
        if n_left[i] > 0:
            n = min(steps, n_left[i])
            forecast = np.reshape(forecasts[i], (steps, -1))[:n]
            error[:n] = np.abs(values[n_known[i] : n_known[i] + n] - forecast)
        yield error


def interval_bounds(forecast, errors, unit, coverage, fraction):
    """Lower and upper bounds of a forecast in any of its forms."""

    def bounds(forecast, unit):
        width = half_widths(errors, len(forecast), coverage, fraction) * unit
        width = width.reshape(forecast.shape).astype(forecast.dtype, copy=False)
        return forecast - width, forecast + width

    if isinstance(forecast, dict):
        new = [series_id for series_id in forecast if series_id not in unit]
        if new:
            raise ValueError(
                f"series {shorten(new[0])} was not in fit, so that there are no calibration "
                "errors for "
                "it; fit again with it for an interval."
            )
        pairs = {key: bounds(rows, unit[key]) for key, rows in forecast.items()}
        return tuple({key: pair[k] for key, pair in pairs.items()} for k in (0, 1))
    if isinstance(forecast, list):
        pairs = [bounds(rows, each) for rows, each in zip(forecast, unit.values(), strict=True)]
        return tuple(list(each) for each in zip(*pairs, strict=True))
    return bounds(forecast, next(iter(unit.values())))


def within_limits(bounds, members, ids):
    """The bounds, clipped to the widest limits of the members, see `SequenceForecaster._limits`."""
    if not all(hasattr(member, "_limits") for member in members):
        return bounds
    limits = [member._limits() for member in members]

    def clipped(rows, series_id):
        low = np.min([each[series_id][0] for each in limits], axis=0)
        high = np.max([each[series_id][1] for each in limits], axis=0)
        low, high = (limit.astype(rows.dtype) for limit in (low, high))
        return np.clip(rows.reshape(len(rows), -1), low, high).reshape(rows.shape)

    def in_form(bound):
        if isinstance(bound, dict):
            return {series_id: clipped(rows, series_id) for series_id, rows in bound.items()}
        if isinstance(bound, list):
            return [clipped(rows, series_id) for series_id, rows in zip(ids, bound, strict=True)]
        return clipped(bound, ids[0])

    return tuple(map(in_form, bounds))
