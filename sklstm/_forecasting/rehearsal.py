"""How far off a combined forecast was: its members forecast the last rows without knowing them."""

import numpy as np

from .intervals import half_widths
from .members import update_member, vote
from .scaling import standardise

MAX_ORIGINS, MAX_STEPS = 50, 100
SHORTEST_HEAD = 8  # rows before the tail that members need to learn anything


def rehearse(panel, fraction, fit_members, average, static):
    """Errors of combined forecasts, in units of each series' mean absolute change.

    Parameters
    ----------
    panel : Panel
        The data of fit.
    fraction : float or None
        The parameter `calibration_fraction`.
    fit_members : callable
        Fits clones of the members on (X, y, data), and returns them by name.
    average : callable
        What combines their forecasts.
    static : ndarray of shape (N, m)
        As in fit; m = 0 for none.

    Returns
    -------
    errors : ndarray of shape (steps, m, S) or None
        Absolute errors of m forecasts; NaN beyond the data.
    unit : dict of ndarray of shape (S,)
        What they were divided by, by series.
    """
    unit = {
        label: np.abs(np.diff(rows, axis=0)).mean(axis=0) if len(rows) > 1 else np.zeros(1)
        for label, rows in zip(panel.ids, panel.values, strict=True)
    }
    lengths = np.array(panel.lengths)
    tails = np.zeros(len(lengths), dtype=int)
    if fraction is not None:
        tails = np.round(fraction * lengths).astype(int)
        tails[lengths - tails < SHORTEST_HEAD] = 0
    if not tails.any():
        return None, unit
    data = _rows(panel, np.zeros_like(tails), lengths - tails)
    data["static"] = static if static.shape[1] else None
    members = fit_members(data.pop("X"), data.pop("y"), data)
    return _errors(members, average, panel, tails, unit), unit


def _rows(panel, starts, stops):
    """Rows of all series one below the other, as arguments of fit and update."""
    parts = [(i, slice(a, b)) for i, (a, b) in enumerate(zip(starts, stops, strict=True)) if a < b]
    values = np.concatenate([panel.values[i][rows] for i, rows in parts])
    exog = np.concatenate([panel.exog[i][rows] for i, rows in parts])
    y = values[:, 0] if panel.flat else values
    if all(index is not None for index in panel.indexes):
        import pandas as pd

        index = panel.indexes[parts[0][0]][parts[0][1]]
        for i, rows in parts[1:]:
            index = index.append(panel.indexes[i][rows])
        y = pd.Series(y, index) if panel.flat else pd.DataFrame(y, index)
        exog = pd.DataFrame(exog, index)
    ids = None
    if panel.form != "one":
        ids = np.repeat([i for i, _ in parts], [b.stop - b.start for _, b in parts])
    return {"X": exog if exog.shape[1] else None, "y": y, "series_id": ids}


def _errors(members, average, panel, tails, unit):
    """Absolute errors (steps, m, S) from origins spread over the tails."""
    lengths, longest = np.array(panel.lengths), int(tails.max())
    n_steps = min(longest, MAX_STEPS)
    origins = np.linspace(0, longest - 1, min(longest, MAX_ORIGINS)).round().astype(int)
    known, errors = lengths - tails, []
    for origin in origins:
        now = np.minimum(lengths - tails + origin, lengths)
        if (now > known).any():
            new = _rows(panel, known, now)
            for name, member in members.items():
                update_member(name, member, **new)
        known = now
        for i, (error, label) in enumerate(
            zip(_forecast_errors(members, average, panel, known, n_steps), panel.ids, strict=True)
        ):
            if origin < tails[i]:
                errors.append(standardise(error, 0, unit[label]))
    return np.stack(errors, axis=1)


def _forecast_errors(members, average, panel, known, n_steps):
    """The errors (steps, S) of each series from one origin; NaN beyond its rows."""
    left = np.array(panel.lengths) - known
    ids, steps, X, series_id = range(len(left)), n_steps, None, None
    if panel.exog[0].shape[1] > 0:  # as many as are known for all that have any
        ids, steps = np.flatnonzero(left > 0).tolist(), min(n_steps, left[left > 0].min())
        ahead = _rows(panel, known, known + np.where(left > 0, steps, 0))
        X, series_id = ahead["X"], ahead["series_id"]
    shape = (steps,) if panel.flat else (steps, panel.values[0].shape[1])
    one = panel.form == "one"
    shapes = shape if one else dict.fromkeys(ids, shape)
    forecasts = vote(members, average, "forecast", steps, X, shapes=shapes, series_id=series_id)
    forecasts = {0: forecasts} if one else forecasts
    for i, values in enumerate(panel.values):
        error = np.full((n_steps, values.shape[1]), np.nan)
        if left[i] > 0:
            n = min(steps, left[i])
            forecast = np.reshape(forecasts[i], (steps, -1))[:n]
            error[:n] = np.abs(values[known[i] : known[i] + n] - forecast)
        yield error


def bounds(forecast, errors, unit, coverage):
    """Lower and upper bounds around a forecast in any of its forms."""
    if isinstance(forecast, dict):
        new = [label for label in forecast if label not in unit]
        if new:
            raise ValueError(
                f"series {new[0]!r} was not in fit, so that its errors are not known; fit again "
                "with it for an interval."
            )
        pairs = {key: _bounds(rows, errors, unit[key], coverage) for key, rows in forecast.items()}
        return tuple({key: pair[k] for key, pair in pairs.items()} for k in (0, 1))
    if isinstance(forecast, list):
        pairs = [
            _bounds(rows, errors, each, coverage)
            for rows, each in zip(forecast, unit.values(), strict=True)
        ]
        return tuple(list(each) for each in zip(*pairs, strict=True))
    return _bounds(forecast, errors, next(iter(unit.values())), coverage)


def _bounds(forecast, errors, unit, coverage):
    width = half_widths(errors, len(forecast), coverage) * unit
    width = width.reshape(forecast.shape).astype(forecast.dtype, copy=False)
    return forecast - width, forecast + width
