"""How each series of a panel is smoothed: chosen in fit, and applied to all rows from then on."""

from dataclasses import dataclass, replace

import numpy as np

from .scaling import mean_and_std
from .season import shows
from .smoothing import ALPHAS, GAMMAS, HALF, TRENDS, Rates, choose, first_seasons, smooth

RELATIVE_FLOOR = 0.5  # of a series' unit: the least that a nearly constant window is divided by


@dataclass
class Decomposition(Rates):
    """Smoothing of N series with S columns, in arrays of shape (N, S) unless it says otherwise.

    It has the rates of smoothing of each column, see `Rates`, and what it begins from.

    Attributes
    ----------
    seasonal : ndarray of bool
        Whether a series has a season.
    season : ndarray of shape (m, N, S)
        The season before the first row.
    level : ndarray
        The level before the first row.
    unit : ndarray
        What windows are divided by; 0 for a constant series, which is forecast as its level.
    size : ndarray
        What units are relative to where all series share one: 1 for logarithms, else the mean
        size of the values.
    """

    seasonal: np.ndarray
    season: np.ndarray
    level: np.ndarray
    unit: np.ndarray
    size: np.ndarray

    def components(self, series):
        """Components of all rows of each series, a list of arrays (n_i, S), side by side."""
        n_columns = self.alpha.shape[1]
        values = padded([rows[:, j] for rows in series for j in range(n_columns)])
        parts = smooth(
            values.reshape(len(values), -1, n_columns),
            self,
            season=self.season,
            level=self.level,
            first=self.level,
            count=np.zeros(self.level.shape),
        )
        return [parts.of(i, len(rows)) for i, rows in enumerate(series)]

    def in_units_of(self, factor):
        """The same with all units multiplied by `factor`, if it is not 0."""
        return replace(self, unit=self.unit * (factor or 1.0))

    def of_series(self, members):
        """Of some of the series, or without the first axis of one of them."""
        return Decomposition(
            **{
                name: rows[:, members] if name == "season" else rows[members]
                for name, rows in vars(self).items()
            }
        )

    def joined(self, other, plan):
        """With the series of another decomposition after these."""
        if plan.level is not None and plan.scale == "common":
            shared = np.max(self.unit / self.size)
            other = replace(other, unit=np.where(other.unit > 0, shared * other.size, 0.0))
        return Decomposition(
            **{
                name: np.concatenate(
                    [getattr(self, name), getattr(other, name)], axis=int(name == "season")
                )
                for name in vars(self)
            }
        )


def decompose(series, plan, seasonal, size, log):
    """Choose how to smooth each series, on all of its rows.

    Parameters
    ----------
    series : list of N arrays (n_i, S)
        The changes.
    plan : Plan
        `level`, `trend`, `season_length` and `scale` count.
    seasonal : ndarray of shape (N, S) of bool
        Which of them have a season.
    size : ndarray of shape (N, S)
        See `Decomposition`.
    log : ndarray of shape (N, S) of bool
        Which of them are logarithms.
    """
    if plan.level is None:
        return _constant_levels(series, size, plan)
    n_series, n_columns = len(series), series[0].shape[1]
    m, shape = plan.season_length, (n_series, n_columns)
    columns = padded([x[:, j] for x in series for j in range(n_columns)])
    flags = np.ravel(seasonal)
    season = first_seasons(columns, m, flags)
    candidates = [(1.0, 0.0, *TRENDS[plan.trend][0])]
    if plan.level == "smoothed":
        gammas = GAMMAS if flags.any() else GAMMAS[:1]
        candidates = [(a, g, *t) for t in TRENDS[plan.trend] for a in ALPHAS for g in gammas]
    linear = np.ravel(log & (plan.trend == "theta" and not plan.lags))
    rates, error = choose(columns, season, flags, candidates, linear=linear)
    if plan.trend != "theta":
        rates.share = np.where(rates.beta > 0, 0.0, HALF)
    unit = _units(error.reshape(shape), columns, size, plan)
    return Decomposition(
        **{name: part.reshape(shape) for name, part in vars(rates).items()},
        seasonal=flags.reshape(shape),
        season=season.reshape(m, *shape),
        level=(columns[0] - season[0]).reshape(shape),
        unit=unit,
        size=size,
    )


def decompose_another(changes, levels, log, plan):
    """The decomposition of a series that was not in fit."""
    m = plan.season_length
    flags = np.array([[shows(column, m) for column in changes.T]])
    return decompose([changes], plan, flags, sizes([levels], log), np.atleast_2d(log))


def sizes(levels, log):
    """What the units of series are relative to, (N, S): see `Decomposition`."""
    size = np.array([np.abs(rows).mean(axis=0) for rows in levels])
    return np.where(log | (size == 0), 1.0, size)


def padded(columns):
    """Columns of different lengths side by side, NaN below the shorter ones."""
    array = np.full((max(map(len, columns)), len(columns)), np.nan)
    for p, column in enumerate(columns):
        array[: len(column), p] = column
    return array


def _units(error, columns, size, plan):
    """The unit of each series: its error of smoothing, or one for all that are comparable."""
    if plan.scale is False:
        return np.ones_like(error)
    largest = np.nanmax(np.abs(columns), axis=0).reshape(error.shape)
    unit = np.where(error <= 1e-12 * largest, 0.0, error)
    known = unit > 0  # a series too short for an error borrows that of the others
    shared = (unit / size)[known].mean() if known.any() else 1.0
    unit = np.where(np.isnan(unit), shared * size, unit)
    return np.where(unit > 0, shared * size, 0.0) if plan.scale == "common" else unit


def _constant_levels(series, size, plan):
    """Without smoothing: the level is the mean, the unit the standard deviation."""
    shape = len(series), series[0].shape[1]
    mean, std = np.zeros(shape), np.ones(shape)
    if plan.scale:
        for i, rows in enumerate(series):
            mean[i], std[i] = mean_and_std(rows)
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


def window_units(windows, unit, plan):
    """What windows (..., T, S) are divided by, (..., S): `unit`, or their own deviation.

    Of its own deviation alone, a window that happens to be flat would be blown up to noise.
    """
    if plan.scale != "window":
        return np.broadcast_to(unit, (*windows.shape[:-2], windows.shape[-1]))
    known = np.isfinite(windows)
    n = np.maximum(known.sum(axis=-2), 1)
    filled = np.where(known, windows, 0)
    mean = filled.sum(axis=-2) / n
    squares = (np.where(known, windows - mean[..., np.newaxis, :], 0) ** 2).sum(axis=-2) / n
    return np.where(unit > 0, np.sqrt(squares + (RELATIVE_FLOOR * unit) ** 2), 0.0)
