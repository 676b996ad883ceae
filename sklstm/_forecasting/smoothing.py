r"""Exponential smoothing: level, season and drift of series, row by row.

The error-correction form of exponential smoothing with an additive season of m steps, without a
trend [1]_, for a series x, where s is the season of the same step of the cycle:

.. math::
    e_t &= x_t - l_{t-1} - s_{t-m}                              && (1)\\
    l_t &= l_{t-1} + \alpha e_t                                 && (2)\\
    s_t &= s_{t-m} + \gamma (1 - \alpha) e_t                    && (3)

At time t, smoothing's forecast j steps ahead is :math:`l_t + j d_t` + the last season of that step.
The drift :math:`d_t` is a share of the mean change of the level so far, as in the Theta method:
half of it [2]_, without influence on the choice of alpha and gamma, or half or all of it, whichever
has the smaller error [4]_:

.. math::
    d_t &= \text{share} \cdot (l_t - l_0) / \max(t, 8)          && (4)

Or the forecast has a damped trend [1]_ :math:`b_t`, which adds
:math:`(\phi + \dots + \phi^j) b_t`:

.. math::
    e_t &= x_t - l_{t-1} - \phi b_{t-1} - s_{t-m}               && (1')\\
    l_t &= l_{t-1} + \phi b_{t-1} + \alpha e_t                  && (2')\\
    b_t &= \phi b_{t-1} + \alpha \beta e_t                      && (4')

If a series grows by the same amount at each step, rather than by the same percentage, the growth of
its logarithms decreases: with *linear* growth,
:math:`d_t = \text{share} \cdot (1 - \exp(l_0 - l_t)) / \max(t, 8)` is relative to the level, and j
steps add :math:`\log(1 + j d_t)`. A decline is extrapolated in percentages, so
that it never reaches 0.

Errors much larger than usual, such as those of outliers, are clipped to a limit [3]_. With
alpha = 1 and gamma = 0 the level is the last value minus a fixed season; with alpha = gamma = 0 it
is a constant. Where a value is missing (NaN), the error is 0: level and season stay as they are.
All arrays have time first.

References
----------
.. [1] R.J. Hyndman et al. "Forecasting with exponential smoothing: the state space approach."
   Springer, 2008, section 3.1.
.. [2] R.J. Hyndman, B. Billah. "Unmasking the Theta method." International Journal of
   Forecasting 19, 2003, equation 9.
.. [3] S. Gelper, R. Fried, C. Croux. "Robust forecasting with exponential and Holt-Winters
   smoothing." Journal of Forecasting 29, 2010, equation 9.
.. [4] J.A. Fiorucci et al. "Models for optimising the theta method and their relationship to state
   space models." International Journal of Forecasting 32, 2016, section 3.
"""

from dataclasses import dataclass, replace

import numpy as np

from .first_states import first_levels
from .missing import first_known, held, last_known_rows

ALPHAS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.65, 0.8, 0.9, 1.0)
GAMMAS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
HALF = 0.5  # share of the mean change, unless it is chosen
TRENDS = {  # candidates of (beta, phi, share)
    "drift": ((0.0, 1.0, 0.0),),
    "theta": ((0.0, 1.0, HALF), (0.0, 1.0, 1.0)),
    "damped": ((0.0, 1.0, 0.0), (0.1, 0.9, 0.0), (0.3, 0.9, 0.0), (0.1, 0.97, 0.0)),
}
N_STEPS = 4  # parameters are chosen by the errors of 1 to N_STEPS steps ahead
LIMIT = 10.0  # errors are clipped to this multiple of the ninth decile of the changes
N_DRIFT = 8  # with fewer steps than this the drift is reduced
MAX_ELEMENTS = 500_000  # of the array of some rows of some columns with all candidates
ROW_FIELDS = ("adjusted", "season", "level", "drift")  # fields of Components with rows


@dataclass
class SmoothingParameters:
    """Parameters of smoothing; arrays of one shape.

    Attributes
    ----------
    alpha, gamma, beta : ndarray
        Gains of level, season and trend.
    phi : ndarray
        Damping of the trend per step.
    share : ndarray
        Share of the mean change that is the drift.
    linear : ndarray of bool
        Whether logarithms are extrapolated with linear growth of the series.
    limit : ndarray
        Errors are clipped to this value.
    """

    alpha: np.ndarray
    gamma: np.ndarray
    beta: np.ndarray
    phi: np.ndarray
    share: np.ndarray
    linear: np.ndarray
    limit: np.ndarray


@dataclass
class Components:
    """Components of series, row by row; arrays of shape (rows, ...).

    Attributes
    ----------
    adjusted : ndarray
        The series minus its season; NaN before its first row, and where a value is missing.
    season, level, drift : ndarray
        The components after each row; the drift is d of equation 4 or b of 4'.
    first_level : ndarray of shape (...)
        The level before the first row, l_0.
    n_observed : ndarray of shape (...)
        Number of rows since the first known value up to the last row set, including those that are
        not kept.
    """

    adjusted: np.ndarray
    season: np.ndarray
    level: np.ndarray
    drift: np.ndarray
    first_level: np.ndarray
    n_observed: np.ndarray

    def select(self, i, n_rows):
        """The first `n_rows` rows of series `i`."""
        rows = {name: vars(self)[name][:n_rows, i] for name in ROW_FIELDS}
        n_observed = self.n_observed[i] - (len(self.level) - n_rows)
        return Components(**rows, first_level=self.first_level[i], n_observed=n_observed)

    def of_series(self, positions):
        """The rows (rows, B, S) of the series at these positions."""
        rows = {name: vars(self)[name][:, positions] for name in ROW_FIELDS}
        first_level, n_observed = self.first_level[positions], self.n_observed[positions]
        return Components(**rows, first_level=first_level, n_observed=n_observed)

    def last_rows(self, n_rows):
        """The last `n_rows` rows, of at least as many; as views."""
        first = len(self.level) - n_rows
        return replace(self, **{name: vars(self)[name][first:] for name in ROW_FIELDS})

    def rows_before(self, row, n_rows):
        """The `n_rows` rows before `row`, copied; padded at the front if there are fewer.

        If the last value is missing, the level is that of the last known one, as the value after
        it, by which the level was interpolated, is not known yet.
        """
        missing = max(0, n_rows - row)

        def tail(rows, padding):
            kept = np.empty((n_rows, *rows.shape[1:]))
            kept[:missing] = padding
            kept[missing:] = rows[row - n_rows + missing : row]
            return kept

        level, drift = tail(self.level, self.first_level), tail(self.drift, 0.0)
        if row < len(self.level) and np.isnan(self.adjusted[row - 1]).any():
            last = last_known_rows(self.adjusted, np.array([row]))[0]
            for j, n in enumerate(np.minimum(row - 1 - last, n_rows)):
                level[n_rows - n :, j] = self.level[last[j], j]
                drift[n_rows - n :, j] = self.drift[last[j], j]
        return Components(
            adjusted=tail(self.adjusted, np.nan),
            season=tail(self.season, 0.0),
            level=level,
            drift=drift,
            first_level=self.first_level,
            n_observed=self.n_observed - (len(self.level) - row),
        )

    def at(self, origins):
        """Level and drift (k, S) at the last known values before some origins (k,)."""
        if not np.isnan(self.adjusted).any():
            return self.level[origins - 1], self.drift[origins - 1]
        last = last_known_rows(self.adjusted, origins)
        return tuple(np.take_along_axis(rows, last, axis=0) for rows in (self.level, self.drift))

    def with_room(self, n, m):
        """A copy with n more rows, which `Smoother.fill` sets.

        Until then they are the last row, and the season of m steps is repeated, as a fixed one is.
        """
        n_past = len(self.level)

        def longer(rows):
            room = np.empty((n_past + n, *rows.shape[1:]))
            room[:n_past], room[n_past:] = rows, rows[-1]
            return room

        rows = {name: longer(vars(self)[name]) for name in ROW_FIELDS}
        if m > 1:
            rows["season"][n_past:] = self.season[n_past - m + np.arange(n) % m]
        return replace(self, **rows)


def stack_components(components):
    """Components (rows, S) of B series -> components (rows, B, S)."""

    def stacked(name):
        parts = [vars(part)[name][..., np.newaxis, :] for part in components]
        return np.concatenate(parts, axis=-2)

    return Components(**{name: stacked(name) for name in vars(components[0])})


def before_first_row(values, season, level):
    """The components before the first of some values; see `Smoother.smooth`."""
    return Components(
        adjusted=season,
        season=season,
        level=np.broadcast_to(level, season.shape),
        drift=np.zeros(season.shape),
        first_level=level,
        n_observed=np.zeros(level.shape) - first_known(values),
    )


class Smoother:
    """Equations 1 to 4 with given parameters.

    What depends on the parameters alone is computed once, since forecasts append row after row.

    Parameters
    ----------
    parameters : SmoothingParameters
        Arrays that broadcast to (...), the shape of a row.
    m : int
        Number of steps of the season; 1 for none.
    """

    def __init__(self, parameters, m):
        alpha, damped = parameters.alpha, parameters.beta > 0
        share = np.where(alpha > 0, parameters.share, 0.0)
        linear = parameters.linear
        self._m, self._alpha, self._phi = m, alpha, parameters.phi
        self._season_gain = parameters.gamma * (1 - alpha)
        self._trend_gain = alpha * parameters.beta
        self._limits = -parameters.limit, parameters.limit
        # Steps that change nothing for any of the series are left out.
        self._damped = damped if damped.any() else None
        self._share = share if share.any() else None
        self._linear = linear if linear.any() else None
        self._has_fixed_season = not parameters.gamma.any()
        are_last_values = self._has_fixed_season and ((alpha == 0) | (alpha == 1)).all()
        self._is_row_by_row = self._damped is not None or not are_last_values
        self._are_all_constant = are_last_values and not alpha.any()
        self._sums = np.empty((0,))

    # Components

    def smooth(self, values, season, level):
        """Components of series, from their first rows on.

        Parameters
        ----------
        values : ndarray of shape (n, ...)
            The series; NaN where values are missing, and after the last row of shorter ones.
        season : ndarray of shape (m, ...)
            The season before the first row; zeros without a season.
        level : ndarray of shape (...)
            The level before the first row.

        Returns
        -------
        Components
            The components of the n rows.
        """
        components = self.extended(before_first_row(values, season, level), values)
        rows = {name: vars(components)[name][len(season) :] for name in ROW_FIELDS}
        return replace(components, **rows)

    def extended(self, components, values):
        """These components and those of the next `values`."""
        longer = components.with_room(len(values), self._m)
        self.fill(longer, len(components.level), values, missing=bool(np.isnan(values).any()))
        return longer

    def fill(self, components, start, values, missing=False):
        """Set the rows from `start` on, of components that have room for them, by `values`.

        `missing` tells whether some of them may be missing.
        """
        level, season, drift = components.level, components.season, components.drift
        rows = slice(start, start + len(values))
        if self._is_row_by_row:
            self._smooth(components, start, values)
        elif not self._are_all_constant:
            level[rows] = np.where(self._alpha == 1, values - season[rows], level[start - 1])
            if missing:
                level[start - 1 : rows.stop] = held(level[start - 1 : rows.stop])
        components.adjusted[rows] = values - season[rows]
        if self._share is not None:
            change = self._change_of_level(level[rows] - components.first_level)
            row_numbers = np.arange(len(values)).reshape(-1, *[1] * (values.ndim - 1))
            n_before = np.maximum(components.n_observed + row_numbers, N_DRIFT)
            mean_change = self._share * change / n_before  # (4)
            if self._damped is not None:
                mean_change = np.where(self._damped, drift[rows], mean_change)
            drift[rows] = mean_change
        components.n_observed = components.n_observed + len(values)

    def _smooth(self, components, start, values):
        """Set level and season, and the drift of series with a damped trend."""
        levels, seasons, drifts = components.level, components.season, components.drift
        level, (low, high) = levels[start - 1], self._limits
        if self._damped is not None:
            trend = np.where(self._damped, drifts[start - 1], 0.0)
        for t, value in enumerate(values, start):
            season = seasons[t - self._m]
            if self._damped is not None:
                trend = self._phi * trend
                level = level + trend
            error = value - season - level  # (1), (1')
            error[np.isnan(error)] = 0
            error = np.minimum(np.maximum(error, low), high)
            level = level + self._alpha * error  # (2), (2')
            levels[t] = level
            if not self._has_fixed_season:
                seasons[t] = season + self._season_gain * error  # (3)
            if self._damped is not None:
                trend = trend + self._trend_gain * error  # (4')
                drifts[t] = trend

    def _change_of_level(self, change):
        """A change of the level, in linear growth relative to the level."""
        if self._linear is None:
            return change
        growth = -np.expm1(-np.maximum(change, 0))
        return np.where(self._linear & (change > 0), growth, change)

    # Forecasts

    def forecast(self, components, n_rows, steps):
        """Forecasts (steps, ...) after the first `n_rows` rows of the components."""
        path = components.level[n_rows - 1] + self.trend_path(components.drift[n_rows - 1], steps)
        if self._m > 1:
            first = n_rows - self._m
            season = components.season[first:n_rows]
            path += season[:steps] if steps <= self._m else season[np.arange(steps) % self._m]
        return path

    def trend_path(self, drift, steps):
        """Extrapolation (steps, ...) of a drift (...), to be added to the level."""
        return self._as_growth(self._damping_sums(steps) * drift)

    def trend_after(self, drift, steps):
        """The last step of `trend_path`, (...)."""
        return self._as_growth(self._damping_sums(steps)[-1] * drift)

    def _damping_sums(self, steps):
        """The sums phi + ... + phi^j for j = 1 to `steps`, (steps, ...)."""
        if len(self._sums) < steps:
            exponents = np.arange(1, steps + 1).reshape(-1, *[1] * self._phi.ndim)
            self._sums = np.cumsum(self._phi**exponents, axis=0)
        return self._sums[:steps]

    def _as_growth(self, trend):
        """A trend over several steps as growth of the level: log(1 + trend) in linear growth."""
        if self._linear is None:
            return trend
        return np.where(self._linear & (trend > 0), np.log1p(np.maximum(trend, 0)), trend)


def error_limits(values, season):
    """The limit of errors for each column (P,), see `LIMIT`; infinity in place of 0."""
    changes = np.abs(np.diff(values - np.resize(season, values.shape), axis=0))
    changes.sort(axis=0)  # NaN last
    n_known = (~np.isnan(changes)).sum(axis=0)
    limit = np.full(values.shape[1], np.inf)
    for n in np.unique(n_known[n_known > 0]):
        limit[n_known == n] = LIMIT * np.quantile(changes[:n, n_known == n], 0.9, axis=0)
    return np.where(limit > 0, limit, np.inf)


def choose_parameters(values, season, seasonal, candidates, begin=0, linear=None):
    """Choose the candidate with the smallest mean absolute error, for each column.

    Parameters
    ----------
    values : ndarray of shape (n, P)
        The columns; NaN where values are missing, and after their last rows.
    season : ndarray of shape (m, P)
        Their first seasons.
    seasonal : ndarray of shape (P,)
        Whether a column has a season; gamma is 0 for one without.
    candidates : list of (alpha, gamma, beta, phi, share)
        The candidates.
    begin : int, default=0
        First row whose error is counted; errors of the first season never are. Rows before the
        first known value are not counted.
    linear : ndarray of shape (P,) of bool, default=None
        See `SmoothingParameters`; None is False for all columns.

    Returns
    -------
    parameters : SmoothingParameters of shape (P,)
        The chosen parameters.
    error : ndarray of shape (P,)
        Their mean absolute error one to four steps ahead, clipped to the limit; NaN for a column
        that is too short.
    """
    n_rows, n_columns = values.shape
    linear = np.zeros(n_columns, dtype=bool) if linear is None else linear
    best, best_error = np.zeros((5, n_columns)), np.full(n_columns, np.inf)
    limit = error_limits(values, season)
    firsts = np.maximum(begin, first_known(values) + np.where(seasonal, len(season), 1))
    tried = np.array(candidates).T  # (5, G)
    at_once = max(1, MAX_ELEMENTS // max(1, n_rows * len(candidates)))
    for start in range(0, n_columns, at_once):
        some = slice(start, start + at_once)
        shape = len(limit[some]), len(candidates)
        parameters = SmoothingParameters(
            *(np.broadcast_to(part, shape) for part in tried),
            linear[some, np.newaxis],
            limit[some, np.newaxis],
        )
        parameters.gamma = np.where(seasonal[some, np.newaxis], parameters.gamma, 0.0)
        errors = _mean_errors(values[:, some], parameters, season[:, some], firsts[some])
        winner = errors.argmin(axis=1)
        best[:, some], best_error[some] = tried[:, winner], errors.min(axis=1)
    unknown = np.isinf(best_error)  # too short for an error: the level is the last value
    best[:, unknown] = np.array([[1.0], [0.0], [0.0], [1.0], [0.0]])
    best_error[unknown] = np.nan
    alpha, gamma, beta, phi, share = best
    gamma = np.where(seasonal, gamma, 0.0)
    return SmoothingParameters(alpha, gamma, beta, phi, share, linear, limit), best_error


def _mean_errors(values, parameters, season, firsts):
    """Mean absolute errors (P, G) 1 to N_STEPS steps ahead, from the first rows (P,) on.

    The rows are smoothed in blocks, so that the components of a long series are never in memory.
    """
    n, m, shape = len(values), len(season), parameters.alpha.shape
    values, season = values[..., np.newaxis], season[..., np.newaxis]
    level = np.broadcast_to(first_levels(values, season), shape)
    smoother = Smoother(parameters, m)
    n_steps = min(N_STEPS, m if m > 1 else n - 1)
    n_kept = max(m, n_steps)  # rows of the block before
    n_at_once = max(4 * n_kept, MAX_ELEMENTS // parameters.alpha.size)
    total, number = np.zeros(shape), np.zeros(shape)
    kept = before_first_row(values, np.broadcast_to(season, (m, *shape)), level)
    for start in range(0, n, n_at_once):
        block = values[start : start + n_at_once]
        rows = smoother.extended(kept, np.broadcast_to(block, (len(block), *shape)))
        n_before = len(rows.level) - len(block)
        adjusted = block - rows.season[n_before - m : len(rows.season) - m]  # by the season before
        row_numbers = np.arange(start, start + len(block))[:, np.newaxis, np.newaxis]
        for steps in range(1, n_steps + 1):
            first = max(0, steps - start)  # in the block, of the rows with an origin
            origins = slice(n_before + first - steps, len(rows.level) - steps)
            trend = smoother.trend_after(rows.drift[origins], steps)
            errors = np.abs(adjusted[first:] - (rows.level[origins] + trend))
            measured = ~np.isnan(errors) & (row_numbers[first:] >= firsts[:, np.newaxis])
            total += np.where(measured, np.minimum(errors, parameters.limit), 0).sum(axis=0)
            number += measured.sum(axis=0)
        kept = rows.last_rows(n_kept) if start + n_at_once < n else None
    return np.where(number > 0, total / np.maximum(number, 1), np.inf)
