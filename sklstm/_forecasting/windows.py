"""Windows and targets of the regressor, from the components of series."""

import numpy as np

from ..core.windows import windows_of
from ..preprocessing import sliding_windows
from .decomposition import window_units
from .missing import filled_before, held, interpolated, nearest_known, windows_with_targets
from .scaling import as_divisor, standardise
from .smoothing import Smoother

MAX_UNITS = 30.0  # windows and targets are clipped to this distance from the level
SQUARES_AT_ONCE = 2**22  # values whose squares are in memory


def make_examples(series, components, decomposition, covariates, plan, origins):
    """Windows and targets of all series.

    Parameters
    ----------
    series : list of N arrays (n_i, S)
        The changes; NaN where they are missing.
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
    X : ndarray of shape (n, window) or (n, window, S + K + F)
        F channels are flags of missing values, see `Plan`.
    y : ndarray of shape (n,) or (n, horizon * S)

    Notes
    -----
    Windows whose targets are all missing are left out. If only some of them are, these are
    interpolated between known values. What is missing in a window is interpolated, too, and after
    the last known value it is what smoothing expects, the level plus the season.
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
    values = _concatenated(windows).ravel()
    parts = (values[k : k + SQUARES_AT_ONCE] for k in range(0, values.size, SQUARES_AT_ONCE))
    return np.sqrt(sum(np.square(part, dtype=float).sum() for part in parts) / values.size)


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


def _origins_with_targets(changes, origins, horizon):
    """The origins from the first to the last one, but for those whose targets are all missing."""
    kept = windows_with_targets(changes, origins, horizon)
    first, last = origins
    origins = np.arange(first, last + 1)
    return origins if kept is None else origins[kept]


def _standardised_examples(changes, components, covariates, origins, decomposition, i, plan):
    """Windows and targets of series `i` with a constant level; views of one array."""
    values = standardise(changes, decomposition.level[i], decomposition.unit[i])
    values, covariates = (rows.astype(plan.dtype, copy=False) for rows in (values, covariates))
    if plan.flagged_values or np.isnan(values).any():
        targets = values if plan.domain is None else changes / decomposition.size[i]
        return _standardised_with_missing(values, targets, covariates, origins, plan)
    values = values[:, 0] if values.shape[1] == 1 else values
    exog = covariates[: len(values)] if covariates.shape[1] else None
    X, y = sliding_windows(values, plan.window, plan.horizon, exog=exog)
    if plan.domain is not None:
        targets = (changes / decomposition.size[i]).astype(plan.dtype, copy=False)
        targets = targets[:, 0] if targets.shape[1] == 1 else targets
        y = sliding_windows(targets, plan.window, plan.horizon)[1]
    rows = slice(origins[0] - plan.window, origins[1] - plan.window + 1)
    return X[rows], y[rows]


def _standardised_with_missing(values, targets, covariates, origins, plan):
    """The same for values (n, S) and targets (n, S) of which some are missing."""
    h, origins = plan.horizon, _origins_with_targets(values, origins, plan.horizon)
    X = _filled_windows(values, origins, plan, hold=plan.holds_last_value)
    X[np.isnan(X)] = 0
    ahead = windows_of(covariates[h:], plan.window)[origins - plan.window]
    flags = flags_of_windows(values, origins, plan)
    X = np.concatenate([X, ahead, flags], axis=2)
    if plan.domain is None:
        targets = interpolated(targets)
        targets = held(targets) if plan.holds_last_value else targets
        targets = np.where(np.isnan(targets), 0, targets)
    else:  # values between those that are known need not be valid
        targets = nearest_known(targets)
    y = windows_of(targets.astype(plan.dtype, copy=False), h)[origins]
    y = y.reshape(len(X), h * values.shape[1])
    return X[..., 0] if X.shape[2] == 1 else X, y[:, 0] if y.shape[1] == 1 else y


def _relative_examples(changes, components, covariates, origins, decomposition, i, plan):
    """Windows and targets of series `i` relative to the level at each origin."""
    h, m = plan.horizon, plan.season_length
    origins = _origins_with_targets(changes, origins, h)
    X, unit = _relative_windows(components, origins, decomposition, i, plan)
    if covariates.shape[1]:
        X = np.atleast_3d(X)
        ahead = np.roll(covariates, -h, axis=0)
        ahead = _windows_before(ahead, plan.window, covariates[:1])[origins]
        X = np.concatenate([X, ahead.astype(plan.dtype)], axis=2)
    if plan.flagged_values:
        flags = flags_of_windows(components.adjusted, origins, plan)
        X = np.concatenate([np.atleast_3d(X), flags], axis=2)
    level, drift = components.at(origins)
    steps = np.arange(h)
    path = Smoother(decomposition.select([i]), m).trend_path(drift, h)
    forecast = level[:, np.newaxis] + path.transpose(1, 0, 2)
    if m > 1:
        seasons = np.concatenate([decomposition.season[:, i], components.season])
        forecast = forecast + seasons[origins[:, np.newaxis] + steps % m]
    targets = changes
    if np.isnan(changes).any():
        expected = interpolated(components.adjusted)
        expected = expected + components.season if m > 1 else expected
        targets = np.where(np.isnan(changes), expected, changes)
    y = windows_of(targets, h)[origins] - forecast
    if targets is not changes:
        y[np.isnan(y)] = 0  # the forecast of smoothing
    y = _clipped(standardise(y, 0, unit[..., np.newaxis, :]), plan).reshape(len(y), h * y.shape[2])
    return X, y[:, 0] if h == y.shape[1] == 1 else y


def _relative_windows(components, origins, decomposition, i, plan):
    """Windows (n, window) or (n, window, S) of series `i` that end at the origins, and their units.

    They are relative to the level at their ends.
    """
    windows = _filled_windows(components.adjusted, origins, plan, hold=False)
    unit = window_units(windows, decomposition.unit[i], plan)
    X = relative_to_level(windows, components.at(origins)[0], as_divisor(unit), plan)
    return X[..., 0] if X.shape[2] == 1 else X, unit


def _filled_windows(rows, origins, plan, hold):
    """The windows (n, window, S) of rows before the origins, see `filled_before`.

    NaN before the first row, and where nothing is known.
    """
    padding = np.full((1, rows.shape[1]), np.nan, rows.dtype)
    if not np.isnan(rows).any():
        return _windows_before(rows, plan.window, padding)[origins]
    windows = _windows_before(interpolated(rows), plan.window, padding)[origins]
    filled_before(rows, origins, windows, hold)
    return windows


def flags_of_windows(rows, origins, plan):
    """Flags (n, window, F) of missing values, and of steps before the first row."""
    flags = np.isnan(rows[:, list(plan.flagged_values)]).astype(plan.dtype)
    return _windows_before(flags, plan.window, np.ones_like(flags[:1]))[origins]


def without_flags(X, plan):
    """Windows without the flags of missing values, for a model that has no use for them."""
    n_flags = len(plan.flagged_values)
    return X[..., :-n_flags] if n_flags else X


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
