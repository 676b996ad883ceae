"""Windows and targets of the regressor, from the components of series."""

import numpy as np

from ..core.windows import windows_of
from ..preprocessing import sliding_windows
from .decomposition import window_units
from .scaling import as_divisor, standardise
from .smoothing import Smoother

MAX_UNITS = 30.0  # windows and targets are clipped to this distance from the level


def make_examples(series, components, decomposition, covariates, plan, origins):
    """Windows and targets of all series.

    Parameters
    ----------
    series : list of N arrays (n_i, S)
        The changes.
    components : list of N Components, or of N None
        Their components; not used with a constant level.
    decomposition : Decomposition
        How they were smoothed.
    covariates : list of N arrays (n_i, K)
        The standardised covariates.
    plan : Plan
        The parameters.
    origins : list of N pairs of ints
        First and last number of rows before a target; a series whose last is less than its first
        has no windows.

    Returns
    -------
    X : ndarray of shape (n, window) or (n, window, S + K)
    y : ndarray of shape (n,) or (n, horizon * S)
    """
    examples_of = _standardised_examples if plan.level is None else _relative_examples
    pairs = [
        examples_of(*rows, decomposition, i, plan)
        for i, rows in enumerate(zip(series, components, covariates, origins, strict=True))
        if rows[-1][0] <= rows[-1][1]
    ]
    X, y = map(_concatenated, zip(*pairs, strict=True))
    return X, y


def root_mean_square(components, decomposition, plan, origins):
    """Root mean square of all windows, without covariates."""
    windows = [
        _relative_windows(rows, np.arange(first, last + 1), decomposition, i, plan)[0]
        for i, (rows, (first, last)) in enumerate(zip(components, origins, strict=True))
        if first <= last
    ]
    return np.sqrt(np.square(_concatenated(windows), dtype=float).mean())


def _concatenated(arrays):
    """All rows in one array; a single array is not copied, as windows may be a view."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def first_origin(n_rows, seasonal, plan):
    """Number of rows before the first target.

    It is `window`, but at most half of the possible origins are skipped, so that short series have
    windows, too.
    """
    if plan.level is None:
        return plan.window
    first = max(4, min(plan.window, (n_rows - plan.horizon) // 2))
    first = max(1, min(first, n_rows - plan.horizon))
    # The estimated season is poor before the first season has passed.
    return max(first, plan.season_length) if np.any(seasonal) else first


def _standardised_examples(changes, components, covariates, origins, decomposition, i, plan):
    """Windows and targets of series `i` with a constant level; views of one array."""
    values = standardise(changes, decomposition.level[i], decomposition.unit[i])
    values, covariates = (rows.astype(plan.dtype, copy=False) for rows in (values, covariates))
    values = values[:, 0] if values.shape[1] == 1 else values
    exog = covariates[: len(values)] if covariates.shape[1] else None
    X, y = sliding_windows(values, plan.window, plan.horizon, exog=exog)
    if plan.domain is not None:
        targets = (changes / decomposition.size[i]).astype(plan.dtype, copy=False)
        targets = targets[:, 0] if targets.shape[1] == 1 else targets
        y = sliding_windows(targets, plan.window, plan.horizon)[1]
    rows = slice(origins[0] - plan.window, origins[1] - plan.window + 1)
    return X[rows], y[rows]


def _relative_examples(changes, components, covariates, origins, decomposition, i, plan):
    """Windows and targets of series `i` relative to the level at each origin."""
    h, m = plan.horizon, plan.season_length
    origins = np.arange(origins[0], origins[1] + 1)
    X, unit = _relative_windows(components, origins, decomposition, i, plan)
    if covariates.shape[1]:
        X = X.reshape(*X.shape[:2], -1)
        ahead = np.roll(covariates, -h, axis=0)
        ahead = _windows_before(ahead, plan.window, covariates[:1])[origins]
        X = np.concatenate([X, ahead.astype(plan.dtype)], axis=2)
    level, drift = components.level[origins - 1], components.drift[origins - 1]
    steps = np.arange(h)
    path = Smoother(decomposition.select([i]), m).trend_path(drift, h)
    forecast = level[:, np.newaxis] + path.transpose(1, 0, 2)
    if m > 1:
        seasons = np.concatenate([decomposition.season[:, i], components.season])
        forecast = forecast + seasons[origins[:, np.newaxis] + steps % m]
    y = windows_of(changes, h)[origins] - forecast
    y = _clipped(standardise(y, 0, unit[..., np.newaxis, :]), plan).reshape(len(y), -1)
    return X, y[:, 0] if h == y.shape[1] == 1 else y


def _relative_windows(components, origins, decomposition, i, plan):
    """Windows (n, window) or (n, window, S) of series `i` that end at the origins, and their units.

    They are relative to the level at their ends.
    """
    n_values = components.adjusted.shape[1]
    windows = _windows_before(components.adjusted, plan.window, np.full((1, n_values), np.nan))
    windows = windows[origins]
    unit = window_units(windows, decomposition.unit[i], plan)
    X = relative_to_level(windows, components.level[origins - 1], as_divisor(unit), plan)
    return X[..., 0] if X.shape[2] == 1 else X, unit


def _windows_before(rows, length, padding):
    """The `length` rows before each row and after the last one, (n + 1, length, ...).

    `padding` (1, ...) is repeated before the first row.
    """
    return windows_of(np.concatenate([np.repeat(padding, length, axis=0), rows]), length)


def relative_to_level(windows, level, divisor, plan):
    """Windows (B, T, S) minus levels (B, S), divided by the divisors (..., S) of each.

    They are 0 before the first row.
    """
    windows = windows - level[:, np.newaxis]
    windows /= divisor[..., np.newaxis, :]
    windows[np.isnan(windows)] = 0
    return _clipped(windows, plan)


def _clipped(array, plan):
    """Clip outliers in place, unless nothing is scaled; in the type of the regressor."""
    if plan.level is not None and plan.scale is not False:
        np.maximum(array, -MAX_UNITS, out=array)
        np.minimum(array, MAX_UNITS, out=array)
    return array.astype(plan.dtype, copy=False)
