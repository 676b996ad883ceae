"""Prediction intervals of a VotingForecaster, from its errors on the calibration rows."""

import numpy as np

from ..core.messages import shorten
from .exog import take_rows
from .exog_encoding import concatenated
from .intervals import check_enough_rows, half_widths
from .members import average_forecast, update_member
from .missing import mean_of_known, n_known
from .row_weights import first_rows
from .scaling import standardise

MAX_ORIGINS, MAX_STEPS = 50, 100
MIN_TRAINING_ROWS = 8  # rows before the calibration rows


def vote_calibration_errors(panel, fraction, fit_members, average, static, weights):
    """Errors of combined forecasts on the calibration rows, by members fitted on the others.

    Parameters
    ----------
    panel : Panel
        The training data.
    fraction : float or None
        The parameter `calibration_fraction`.
    fit_members : callable
        Function of (X, y, data, logarithms) that returns fitted clones of the members by name. If
        `logarithms` is False, they do not choose them.
    average : callable
        Average of forecasts along axis 0.
    static : ndarray of shape (N, m)
        Static features.
    weights : list of N arrays (n_i,), or None
        Sample weights of the rows.

    Returns
    -------
    errors : ndarray of shape (steps, m, S) or None
        Errors y - forecast of m forecasts, divided by the unit; NaN after the last row.
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
    ids = range(len(lengths))
    series = _Rows(panel, ids, ids, as_list=False)
    data = series.between(np.zeros_like(lengths), lengths - n_calibration)
    data["static"] = static if static.shape[1] else None
    if weights is not None:
        data["sample_weight"] = np.concatenate(first_rows(weights, n_calibration))
    logarithms = not _loses_its_sign(panel.values, n_calibration)
    members = fit_members(data.pop("X"), data.pop("y"), data, logarithms)
    return _errors(members, average, series, n_calibration, unit), unit


def _loses_its_sign(values, n_calibration):
    """Whether a series is positive before its calibration rows, but not in them.

    Its logarithms, chosen on the rows before, would not exist in all calibration rows.
    """
    for rows, n in zip(values, n_calibration, strict=True):
        is_low = rows <= 0
        stop = len(rows) - n
        if (is_low[stop:].any(axis=0) & ~is_low[:stop].any(axis=0)).any():
            return True
    return False


def later_errors(members, average, panel, unit, known):
    """Errors (steps, m, S) of combined forecasts of the rows of a panel, which are appended.

    `members` are the fitted members, `average` and `unit` as in `vote_calibration_errors`, and
    `known` are the ids of all series that they know.
    """
    check_known(panel.ids, unit)
    lengths = np.array(panel.lengths)
    if panel.form == "list" and len(set(panel.lengths)) > 1:
        raise ValueError(
            f"calibrate got series of {lengths.min()} to {lengths.max()} rows in a list; expected "
            "as many rows for each of them. Pass the rows that all of them have, and the others to "
            "update."
        )
    series = _Rows(panel, panel.ids, known, as_list=panel.form == "list")
    errors = _errors(members, average, series, lengths, unit)
    check_enough_rows(errors, lengths.max())
    return errors


class _Rows:
    """The rows of a panel as arguments of the methods of members.

    Parameters
    ----------
    panel : Panel
    ids : sequence
        The ids by which members know its series.
    known : sequence
        The ids of all series that they know.
    as_list : bool
        Whether the members know the series as a list, instead of one series or rows with ids.
    """

    def __init__(self, panel, ids, known, *, as_list):
        self.panel, self.as_list = panel, as_list
        self.ids, self.known = list(ids), list(known)

    def between(self, starts, stops):
        """The rows from `starts` to `stops` of each series."""
        panel = self.panel
        pairs = zip(starts, stops, strict=True)
        slices = [(i, slice(a, b)) for i, (a, b) in enumerate(pairs) if a < b]
        if self.as_list:
            rows = [self._joined([each]) for each in slices]
            exog = [x for x, _ in rows] if panel.exog[0].shape[1] else None
            return {"X": exog, "y": [y for _, y in rows], "series_id": None}
        exog, y = self._joined(slices)
        ids = None
        if panel.form != "one":
            ids = np.repeat(
                [self.ids[i] for i, _ in slices], [rows.stop - rows.start for _, rows in slices]
            )
        return {"X": exog if exog.shape[1] else None, "y": y, "series_id": ids}

    def _joined(self, slices):
        """Exogenous variables and values of some rows, with their times if they have any."""
        panel = self.panel
        values = np.concatenate([panel.values[i][rows] for i, rows in slices])
        exog = concatenated([take_rows(panel.exog[i], rows) for i, rows in slices])
        y = values[:, 0] if panel.flat else values
        if len({getattr(index, "dtype", None) for index in panel.indexes} | {None}) == 2 and all(
            index is not None for index in panel.indexes
        ):
            import pandas as pd

            index = panel.indexes[slices[0][0]][slices[0][1]]
            for i, rows in slices[1:]:
                index = index.append(panel.indexes[i][rows])
            y = pd.Series(y, index) if panel.flat else pd.DataFrame(y, index, panel.columns)
            is_frame = hasattr(exog, "iloc")
            exog = exog.set_axis(index, axis=0) if is_frame else pd.DataFrame(exog, index)
        return exog, y


def _errors(members, average, series, n_calibration, unit):
    """Errors (steps, m, S) from origins spread over the calibration rows.

    All rows are appended to the members.
    """
    panel = series.panel
    lengths, longest = np.array(panel.lengths), int(n_calibration.max())
    n_steps = min(longest, MAX_STEPS, *map(_most_steps, members.values()))
    origins = np.linspace(0, longest - 1, min(longest, MAX_ORIGINS)).round().astype(int)
    starts, errors = lengths - n_calibration, []
    n_known = starts

    def append(n_now):
        if (n_now > n_known).any():
            new = series.between(n_known, n_now)
            for name, member in members.items():
                update_member(name, member, **new)
        return n_now

    for origin in origins:
        n_known = append(np.minimum(starts + origin, lengths))
        forecast_errors = _forecast_errors(members, average, series, n_known, n_steps)
        for i, (error, series_id) in enumerate(zip(forecast_errors, panel.ids, strict=True)):
            if origin < n_calibration[i]:
                errors.append(standardise(error, 0, unit[series_id]))
    append(lengths)
    return np.stack(errors, axis=1)


def _most_steps(member):
    """Maximum number of steps that a member forecasts: its horizon, with columns of the past."""
    has_past = getattr(member, "past_columns", None) is not None
    return getattr(member, "horizon_", MAX_STEPS) if has_past else MAX_STEPS


def _forecast_errors(members, average, series, n_known, n_steps):
    """Yield the errors (steps, S) of each series from one origin; NaN after its last row."""
    panel = series.panel
    n_left = np.array(panel.lengths) - n_known
    ids, steps, X, series_id = series.known, n_steps, None, None
    if panel.exog[0].shape[1] > 0:  # only steps whose exogenous variables are known
        ids = [key for key, n in zip(series.ids, n_left, strict=True) if n > 0]
        steps = min(n_steps, n_left[n_left > 0].min())
        ahead = series.between(n_known, n_known + np.where(n_left > 0, steps, 0))
        X, series_id = ahead["X"], ahead["series_id"]
    shape = (steps,) if panel.flat else (steps, panel.values[0].shape[1])
    shapes = shape if panel.form == "one" else dict.fromkeys(ids, shape)
    shapes = [shape] * len(ids) if series.as_list else shapes
    forecasts = average_forecast(
        members, average, "forecast", steps, X, shapes=shapes, series_id=series_id
    )
    if series.as_list or panel.form == "one":
        forecasts = dict(zip(ids, forecasts if series.as_list else [forecasts], strict=True))
    for i, values in enumerate(panel.values):
        error = np.full((n_steps, values.shape[1]), np.nan)
        if n_left[i] > 0:
            n = min(steps, n_left[i])
            forecast = np.reshape(forecasts[series.ids[i]], (steps, -1))[:n]
            error[:n] = values[n_known[i] : n_known[i] + n] - forecast
        yield error


def interval_bounds(forecast, errors, unit, coverage, fraction):
    """Lower and upper bounds of forecasts (steps, S) by id, two dicts."""
    check_known(forecast, unit)
    bounds = {}, {}
    for key, rows in forecast.items():
        width = half_widths(np.abs(errors), len(rows), coverage, fraction) * unit[key]
        width = width.astype(rows.dtype, copy=False)
        bounds[0][key], bounds[1][key] = rows - width, rows + width
    return bounds


def check_known(forecast, unit):
    """Raise if a series has no calibration errors, as it was not in fit."""
    if new := [series_id for series_id in forecast if series_id not in unit]:
        raise ValueError(
            f"series {shorten(new[0])} was not in fit, so that there are no calibration errors for "
            "it; fit again with it for an interval."
        )


def within_limits(bounds, members):
    """The bounds, clipped to the widest limits of the members, see `SequenceForecaster._limits`."""
    if not all(hasattr(member, "_limits") for member in members):
        return bounds
    limits = [member._limits() for member in members]

    def clipped(rows, series_id):
        low = np.min([each[series_id][0] for each in limits], axis=0)
        high = np.max([each[series_id][1] for each in limits], axis=0)
        return np.clip(rows, *(limit.astype(rows.dtype) for limit in (low, high)))

    return [{key: clipped(rows, key) for key, rows in bound.items()} for bound in bounds]
