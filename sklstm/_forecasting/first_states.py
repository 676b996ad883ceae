"""Level and season before the first row, from which smoothing begins."""

import numpy as np

from .missing import first_known, interpolated, nearest_known

N_FIRST_SEASONS = 4  # number of seasons that the first season is estimated from


def first_season(values, m):
    """The mean deviation of each step of the cycle from a centred moving average, (m,).

    Only the first four seasons with known values are used; smoothing follows later changes.
    """
    if np.isnan(values).any():
        return _first_season_of_known(values[first_known(values) // m * m :], m)
    return _centred(_mean_cycle(_deviations(values[: N_FIRST_SEASONS * m], m), m))


def _first_season_of_known(values, m):
    """The same with missing values, which are filled first without a season and then with one."""
    values, season = values[: N_FIRST_SEASONS * m], np.zeros(m)
    missing = np.isnan(values)
    for _ in range(2):
        seasons = np.resize(season, len(values))
        filled = nearest_known(interpolated(values - seasons)) + seasons
        deviations = np.where(missing, np.nan, _deviations(filled, m))
        season = _centred(_mean_cycle(deviations, m))
    unknown = np.array([np.isnan(deviations[step::m]).all() for step in range(m)])
    if unknown.any() and not unknown.all():
        steps = np.arange(m)
        season = _centred(np.interp(steps, steps[~unknown], season[~unknown], period=m))
    return season


def _deviations(values, m):
    """The deviation of each value from a centred moving average; NaN where there is none."""
    weights = np.full(m + 1 - m % 2, 1 / m)
    if m % 2 == 0:
        weights[[0, -1]] /= 2
    deviations = np.full(len(values), np.nan)
    half = len(weights) // 2
    deviations[half : len(values) - half] = values[half : len(values) - half] - np.convolve(
        values, weights, "valid"
    )
    return deviations


def _mean_cycle(values, m):
    """The mean of each step of the cycle, (m,); 0 without known values."""
    cycles = np.full((-(-len(values) // m), m), np.nan)
    cycles.ravel()[: len(values)] = values
    n_known = np.isfinite(cycles).sum(axis=0)
    return np.where(n_known > 0, np.nansum(cycles, axis=0) / np.maximum(n_known, 1), 0.0)


def _centred(season):
    return season - season.mean()


def first_seasons(values, m, seasonal):
    """The first seasons (m, P) of columns (n, P), NaN after their last rows; 0 without a season."""
    season = np.zeros((m, values.shape[1]))
    for p in np.flatnonzero(seasonal):
        rows = np.flatnonzero(~np.isnan(values[:, p]))
        season[:, p] = first_season(values[: rows[-1] + 1, p], m)
    return season


def first_levels(values, season):
    """The level before the first row of columns (n, ...): the first known value, minus season."""
    level = values[0] - season[0]
    if not np.isnan(level).any():
        return level
    row = first_known(values)[np.newaxis]
    first = np.take_along_axis(values, row, axis=0)
    return (first - np.take_along_axis(season, row % len(season), axis=0))[0]
