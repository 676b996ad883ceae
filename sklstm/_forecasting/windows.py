"""Windows of series' components, and what a regressor learns of each: its inputs and targets."""

import numpy as np

from ..preprocessing import sliding_windows
from ..preprocessing._windows import cut
from .decomposition import window_units
from .scaling import standardise
from .smoothing import trend_path

LARGEST = 30.0  # units from the level, of what windows and targets hold


def examples(series, components, decomposition, known, plan, origins):
    """Windows and targets of all series, as the regressor gets them.

    Parameters
    ----------
    series : list of N arrays (n_i, S)
        The changes.
    components : list of N Components
        What these consist of; of no use where the level is a constant.
    decomposition : Decomposition
        How they were smoothed.
    known : list of N arrays (n_i, K)
        What is known at each time, standardised.
    plan : Plan
        The lengths.
    origins : list of N pairs of ints
        The first and the last number of rows that are known where a window ends; none for a
        series whose last is less than its first.

    Returns
    -------
    X : ndarray of shape (n, window) or (n, window, S + K)
    y : ndarray of shape (n,) or (n, horizon * S)
    """
    one = _standardised_views if plan.level is None else _relative_windows
    pairs = [
        one(*rows, decomposition, i, plan)
        for i, rows in enumerate(zip(series, components, known, origins, strict=True))
        if rows[-1][0] <= rows[-1][1]
    ]
    if len(pairs) == 1:
        return pairs[0]
    return tuple(np.concatenate(arrays) for arrays in zip(*pairs, strict=True))


def first_origin(n_rows, seasonal, plan):
    """Rows known at the first window: its whole length, or of a short series what is fair.

    Half of the rows that can be an origin are none, so that a window has a past to show.
    """
    if plan.level is None:
        return plan.window
    first = max(4, min(plan.window, (n_rows - plan.horizon) // 2))
    first = max(1, min(first, n_rows - plan.horizon))
    # Before a whole season has passed, smoothing hardly knows it.
    return max(first, plan.season_length) if np.any(seasonal) else first


def _standardised_views(changes, components, known, origins, decomposition, i, plan):
    """Windows of one series with a constant level; views of one array."""
    values = standardise(changes, decomposition.level[i], decomposition.unit[i])
    values, known = (rows.astype(plan.dtype, copy=False) for rows in (values, known))
    values = values[:, 0] if values.shape[1] == 1 else values
    exog = known if known.shape[1] else None
    X, y = sliding_windows(values, plan.window, plan.horizon, exog=exog)
    rows = slice(origins[0] - plan.window, origins[1] - plan.window + 1)
    return X[rows], y[rows]


def _relative_windows(changes, parts, known, origins, decomposition, i, plan):
    """Windows of one series relative to the level at their ends."""
    h, m = plan.horizon, plan.season_length
    origins = np.arange(origins[0], origins[1] + 1)
    level, drift = parts.level[origins - 1], parts.drift[origins - 1]
    before = np.full((1, changes.shape[1]), np.nan)
    windows = _cut_before(parts.adjusted, plan.window, before)[origins]
    unit = window_units(windows, decomposition.unit[i], plan)
    X = relative(windows, level, unit, plan)
    if known.shape[1]:
        ahead = _cut_before(np.roll(known, -h, axis=0), plan.window, known[:1])[origins]
        X = np.concatenate([X, ahead.astype(plan.dtype)], axis=2)
    steps = np.arange(h)
    path = trend_path(drift, h, decomposition.of_series([i]))
    baseline = level[:, np.newaxis] + path.transpose(1, 0, 2)
    if m > 1:
        seasons = np.concatenate([decomposition.season[:, i], parts.season])
        baseline = baseline + seasons[origins[:, np.newaxis] + steps % m]
    y = cut(changes, h)[origins] - baseline
    y = _clipped(standardise(y, 0, unit[:, np.newaxis]), plan).reshape(len(y), -1)
    return X[..., 0] if X.shape[2] == 1 else X, y[:, 0] if h == y.shape[1] == 1 else y


def _cut_before(rows, length, before):
    """The `length` rows before each row and before what would follow, (n + 1, length, ...).

    `before` (1, ...) is repeated where there are not so many.
    """
    return cut(np.concatenate([np.repeat(before, length, axis=0), rows]), length)


def relative(windows, level, unit, plan):
    """Windows (B, T, S) relative to their levels (B, S); 0 before a series' beginning."""
    windows = windows - level[:, np.newaxis]
    windows /= np.where(unit == 0, 1, unit)[:, np.newaxis]
    windows[np.isnan(windows)] = 0
    return _clipped(windows, plan)


def _clipped(array, plan):
    """Without outliers that would drown all else, unless the levels are taken as they are."""
    if plan.level is not None and plan.scale is not False:
        array = np.clip(array, -LARGEST, LARGEST)
    return array.astype(plan.dtype, copy=False)
