"""How each series is smoothed: chosen in fit, and applied to later observations."""

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from .first_states import first_levels, first_seasons
from .missing import interpolated, mean_of_known, trimmed
from .scaling import as_divisor, mean_and_std, safe_unit
from .season import has_season_or_in_changes
from .smoothing import (
    ALPHAS,
    GAMMAS,
    HALF,
    TRENDS,
    Smoother,
    SmoothingParameters,
    choose_parameters,
)

MIN_UNIT = 0.5  # minimum unit of a window with scale="window", relative to the series' unit


@dataclass
class Decomposition(SmoothingParameters):
    """Smoothing parameters and initial states of N series with S columns.

    All arrays have shape (N, S), except for `season`. The parameters are those of
    `SmoothingParameters`.

    Attributes
    ----------
    seasonal : ndarray of bool
        Whether a series has a season.
    season : ndarray of shape (m, N, S)
        The season before the first row.
    level : ndarray
        The level before the first row.
    unit : ndarray
        Windows are divided by it; 0 for a constant series, whose forecast is its level.
    size : ndarray
        Units are relative to it if all series share one: 1 for logarithms, else the mean absolute
        value.
    """

    seasonal: np.ndarray
    season: np.ndarray
    level: np.ndarray
    unit: np.ndarray
    size: np.ndarray

    def components(self, series):
        """Components of each series, from a list of N arrays (n_i, S).

        What is missing between two known values is smoothed as if it were interpolated.
        """
        found = [None] * len(series)
        for positions, group in groups_by_length(series):
            components = self.select(positions)._components_together(group)
            for k, i in enumerate(positions):
                found[i] = components.select(k, len(series[i]))
        return found

    def _components_together(self, series):
        """The same as one object, of the longest of the series."""
        n_columns = self.alpha.shape[1]
        values = padded([rows[:, j] for rows in series for j in range(n_columns)])
        values = values.reshape(len(values), -1, n_columns)
        smoother = Smoother(self, len(self.season))
        components = smoother.smooth(values, self.season, self.level)
        if any(np.isnan(rows).any() for rows in series):
            missing = np.isnan(values)
            values = filled_by(components, values)
            components = smoother.smooth(values, self.season, self.level)
            components.adjusted[missing] = np.nan
        return components

    def with_units_times(self, factor):
        """A copy with all units multiplied by `factor`, unless it is 0."""
        return replace(self, unit=self.unit * (factor or 1.0))

    def select(self, indices):
        """The decomposition of some series; an integer index drops the axis of series."""
        indices = np.asarray(indices)  # once, instead of for each array
        return Decomposition(
            **{
                name: rows[:, indices] if name == "season" else rows[indices]
                for name, rows in vars(self).items()
            }
        )

    def sharing(self, new, plan):
        """The decomposition of new series, with what all series have in common of this one."""
        if plan.domain is not None:
            size = np.ones_like(new.size) if (self.size == 1).all() else new.size
            level, unit = (rows[0] / self.size[0] for rows in (self.level, self.unit))
            return replace(new, level=level * size, unit=unit * size, size=size)
        if plan.level is not None and plan.scale == "common":
            shared = np.max(self.unit / self.size)
            return replace(new, unit=np.where(new.unit > 0, shared * new.size, 0.0))
        return new

    def concatenated(self, other):
        """A decomposition of these series and those of another one."""
        return Decomposition(
            **{
                name: np.concatenate(
                    [getattr(self, name), getattr(other, name)], axis=int(name == "season")
                )
                for name in vars(self)
            }
        )


def decompose(series, plan, seasonal, size, log):
    """Choose how each series is smoothed.

    Parameters
    ----------
    series : list of N arrays (n_i, S)
        The changes; NaN where they are missing.
    plan : Plan
        Of which `level`, `trend`, `season_length`, `scale` and `lags` are used.
    seasonal : ndarray of shape (N, S) of bool
        Whether a series has a season.
    size : ndarray of shape (N, S)
        See `Decomposition`.
    log : ndarray of shape (N, S) of bool
        Whether a series is a logarithm.
    """
    if plan.level is None:
        return _constant_levels(series, size, plan)
    candidates = [(1.0, 0.0, *TRENDS[plan.trend][0])]
    if plan.level == "smoothed":
        gammas = GAMMAS if seasonal.any() else GAMMAS[:1]
        candidates = [(a, g, *t) for t in TRENDS[plan.trend] for a in ALPHAS for g in gammas]
    linear = log & (plan.trend == "theta" and not plan.lags)
    order, parts = [], []
    for i, group in groups_by_length(series):
        order.extend(i)
        parts.append(_chosen(group, seasonal[i], size[i], linear[i], candidates, plan))
    chosen = reduce(Decomposition.concatenated, parts).select(np.argsort(order))
    return replace(chosen, unit=_units(chosen.unit, size, plan))


def _chosen(series, seasonal, size, linear, candidates, plan):
    """`decompose` for series of similar lengths; the units are those of each series alone."""
    m, shape, flags = plan.season_length, seasonal.shape, seasonal.ravel()
    columns = padded([rows[:, j] for rows in series for j in range(shape[1])])
    season = first_seasons(columns, m, flags)
    parameters, error = choose_parameters(columns, season, flags, candidates, linear=linear.ravel())
    if plan.trend != "theta":
        parameters.share = np.where(parameters.beta > 0, 0.0, HALF)
    largest = np.nanmax(np.abs(columns), axis=0)
    unit = np.where(error <= 1e-12 * largest, 0.0, error)
    return Decomposition(
        **{name: array.reshape(shape) for name, array in vars(parameters).items()},
        seasonal=seasonal,
        season=season.reshape(m, *shape),
        level=first_levels(columns, season).reshape(shape),
        unit=unit.reshape(shape),
        size=size,
    )


def filled_by(components, values):
    """Values (n, ...) with the interpolated level plus the season between known ones."""
    expected = interpolated(components.adjusted) + components.season
    return np.where(np.isnan(values), expected, values)


def decompose_new_series(changes, levels, log, plan):
    """Choose how a series that was not in fit is smoothed; see `Decomposition.sharing`."""
    m = plan.season_length
    flags = np.array([[has_season_or_in_changes(trimmed(x), m) for x in changes.T]])
    return decompose([changes], plan, flags, sizes([levels], log), np.atleast_2d(log))


def sizes(levels, log):
    """The `size` (N, S) of a `Decomposition`."""
    size = np.array([mean_of_known(np.abs(rows)) for rows in levels])
    return np.where(log | (size == 0), 1.0, size)


def groups_by_length(series):
    """Groups of series, in which none is more than twice as long as another.

    The series of a group are padded to one array. With a few long ones among many short ones, it
    would be many times as large as the series.

    Returns
    -------
    list of (ndarray of int, list)
        The positions of the series of each group, in ascending order, and these series.
    """
    lengths = np.array([len(rows) for rows in series])
    order, groups = np.argsort(lengths, kind="stable"), []
    while len(order):
        n = np.searchsorted(lengths[order], 2 * lengths[order[0]], side="right")
        positions, order = np.sort(order[:n]), order[n:]
        groups.append((positions, [series[i] for i in positions]))
    return groups


def padded(columns):
    """Columns of different lengths as an array (n, P), padded by NaN."""
    array = np.full((max(map(len, columns)), len(columns)), np.nan)
    for p, column in enumerate(columns):
        array[: len(column), p] = column
    return array


def _units(unit, size, plan):
    """The unit of each series: its smoothing error, or the mean of all relative to their size."""
    if plan.scale is False:
        return np.ones_like(unit)
    known = unit > 0  # NaN for a series too short for an error, which gets the mean of the others
    shared = (unit / size)[known].mean() if known.any() else 1.0
    unit = np.where(np.isnan(unit), shared * size, unit)
    return np.where(unit > 0, shared * size, 0.0) if plan.scale == "common" else unit


def _constant_levels(series, size, plan):
    """Decomposition without smoothing: the level is the mean, the unit the standard deviation."""
    shape = len(series), series[0].shape[1]
    mean, std = np.zeros(shape), np.ones(shape)
    if plan.scale and plan.domain is None:
        for i, rows in enumerate(series):
            mean[i], std[i] = mean_and_std(rows)
    if plan.scale and plan.domain is not None:
        # The same for all series relative to their sizes, in which targets are.
        rows = np.concatenate([rows / s for rows, s in zip(series, size, strict=True)])
        mean, std = mean_and_std(rows)
        # The forecast of a constant is learned, too: its errors need a unit that is not 0.
        mean, std = size * mean, size * as_divisor(std)
    return Decomposition(
        alpha=np.zeros(shape),
        gamma=np.zeros(shape),
        beta=np.zeros(shape),
        phi=np.ones(shape),
        share=np.zeros(shape),
        linear=np.zeros(shape, dtype=bool),
        limit=np.full(shape, np.inf),
        seasonal=np.zeros(shape, dtype=bool),
        season=np.zeros((1, *shape)),
        level=mean,
        unit=std,
        size=size,
    )


def window_units(windows, unit, plan, factor=None):
    """The units (..., S) of windows (..., T, S).

    They are `unit` (..., S), which may lack the first axes; or with scale="window" the standard
    deviation of each window, plus a share of `unit` so that noise in a nearly constant window is
    not magnified. `factor` is `safe_unit` of the unit, if it is known.
    """
    if plan.scale != "window":
        return unit
    factor = safe_unit(unit) if factor is None else factor
    windows = windows / factor[..., np.newaxis, :]
    known = np.isfinite(windows)
    n = np.maximum(known.sum(axis=-2), 1)
    filled = np.where(known, windows, 0)
    mean = filled.sum(axis=-2) / n
    squares = (np.where(known, windows - mean[..., np.newaxis, :], 0) ** 2).sum(axis=-2) / n
    squares += (MIN_UNIT * (unit / factor)) ** 2
    return np.where(unit > 0, factor * np.sqrt(squares), 0.0)
