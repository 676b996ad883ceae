"""Exponential smoothing: the level, the season and the drift of series, as known at each time.

In the error-correction form of exponential smoothing with an additive season of m steps, without a
trend [1]_, for a series x and with s the season of the same step of the cycle::

    e_t = x_t - l_{t-1} - s_{t-m}                   (1)
    l_t = l_{t-1} + alpha e_t                       (2)
    s_t = s_{t-m} + gamma (1 - alpha) e_t           (3)

From time t, j steps ahead, smoothing forecasts l_t + j d_t + the last season known of that step,
where the drift d_t is a share of the mean change of the level so far, as in the Theta method: the
half [2]_, which alpha and gamma are chosen without, or what errs less, the half or all of it [4]_::

    d_t = share (l_t - l_0) / max(t, 8)             (4)

or with a damped trend [1]_ b_t, which j steps ahead adds (phi + ... + phi^j) b_t::

    e_t = x_t - l_{t-1} - phi b_{t-1} - s_{t-m}     (1')
    l_t = l_{t-1} + phi b_{t-1} + alpha e_t         (2')
    b_t = phi b_{t-1} + alpha beta e_t              (4')

If a series grows by the same amount at each step, not by the same percentage, its logarithms grow
less and less: with *linear* growth, d_t = share (1 - exp(l_0 - l_t)) / max(t, 8) is relative to the
level, and j steps add log(1 + j d_t). A decline goes on by percentages, so that it never crosses 0.

An error much larger than usual, such as that of an outlier, is cut to a limit [3]_. With alpha = 1
and gamma = 0 the level is the last value without a season that never changes; with
alpha = gamma = 0 it is a constant. All arrays have time first.

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

from dataclasses import dataclass

import numpy as np

ALPHAS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.65, 0.8, 0.9, 1.0)
GAMMAS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
HALF = 0.5  # share of the mean change that goes on, unless it is chosen
TRENDS = {  # what is chosen from: beta and phi of a damped trend, and the share
    "drift": ((0.0, 1.0, 0.0),),
    "theta": ((0.0, 1.0, HALF), (0.0, 1.0, 1.0)),
    "damped": ((0.0, 1.0, 0.0), (0.1, 0.9, 0.0), (0.3, 0.9, 0.0), (0.1, 0.97, 0.0)),
}
N_STEPS = 4  # errors of one to so many steps ahead decide between them
N_FIRST_SEASONS = 4  # the first season is estimated from
LIMIT = 10.0  # times the ninth decile of the changes: errors beyond it are cut
N_DRIFT = 8  # steps below which the drift is damped: few changes tell little
MAX_ELEMENTS = 4_000_000  # of an array of candidates
ROWS = ("adjusted", "season", "level", "drift")  # what components have a row each of


@dataclass
class Rates:
    """How fast smoothing follows a series; arrays of one shape.

    Attributes
    ----------
    alpha, gamma, beta : ndarray
        The gains of level, season and trend.
    phi : ndarray
        How much of a trend is left after a step.
    share : ndarray
        Of the mean change so far, how much goes on.
    linear : ndarray of bool
        Whether logarithms go on as their series would along a straight line.
    limit : ndarray
        The largest error that counts.
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
    """What series consist of, row by row; all arrays have shape (rows, ...).

    Attributes
    ----------
    adjusted : ndarray
        The series without its season; NaN before its beginning.
    season, level, drift : ndarray
        The components as known after each row; the drift is d of equation 4 or b of 4'.
    first : ndarray of shape (...)
        The level at the beginning, l_0.
    count : ndarray of shape (...)
        Number of rows since the beginning, those that are not kept included.
    """

    adjusted: np.ndarray
    season: np.ndarray
    level: np.ndarray
    drift: np.ndarray
    first: np.ndarray
    count: np.ndarray

    def ahead(self, rows, steps, m, rates):
        """Smoothing's own forecasts (steps, ...) after the first `rows` rows."""
        season = self.season[rows - m + (np.arange(steps) % m)] if m > 1 else 0.0
        return self.level[rows - 1] + trend_path(self.drift[rows - 1], steps, rates) + season

    def of(self, i, n_rows):
        """The first rows of one of several series."""
        rows = {name: vars(self)[name][:n_rows, i] for name in ROWS}
        return Components(**rows, first=self.first[i], count=self.count[i])

    def until(self, row, n_rows):
        """The `n_rows` rows before `row`, copied; filled up at the front where there are fewer."""
        missing = max(0, n_rows - row)

        def tail(rows, fill):
            front = np.full((missing, *rows.shape[1:]), fill)
            return np.concatenate([front, rows[row - n_rows + missing : row]])

        return Components(
            adjusted=tail(self.adjusted, np.nan),
            season=tail(self.season, 0.0),
            level=tail(self.level, np.nan),
            drift=tail(self.drift, 0.0),
            first=self.first,
            count=self.count - (len(self.level) - row),
        )

    def continued(self, values, rates, m):
        """With the rows of `values` after those that are here."""
        new = smooth(
            values,
            rates,
            season=self.season[len(self.season) - m :],
            level=self.level[-1],
            trend=self.drift[-1],
            first=self.first,
            count=self.count,
        )
        joined = {name: np.concatenate([vars(self)[name], vars(new)[name]]) for name in ROWS}
        return Components(**joined, first=self.first, count=new.count)


def stack(parts):
    """Components (rows, S) of several series with as many rows each, side by side."""
    return Components(
        **{
            name: np.stack([vars(part)[name] for part in parts], axis=int(name in ROWS))
            for name in vars(parts[0])
        }
    )


def trend_path(drift, steps, rates):
    """What a drift (...) adds to the level 1 to `steps` steps ahead, (steps, ...)."""
    return _grown(_damped_steps(steps, rates.phi) * drift, rates.linear)


def _damped_steps(steps, phi):
    """How many times its last step a damped trend goes on in 1 to `steps` steps, (steps, ...)."""
    phi = np.asarray(phi, dtype=float)
    return np.cumsum(phi ** np.arange(1, steps + 1).reshape(-1, *[1] * phi.ndim), axis=0)


def _grown(trend, linear):
    """A trend that was summed up, or for logarithms that go on linearly, what it adds to these."""
    if not np.any(linear):
        return trend
    return np.where(linear & (trend > 0), np.log1p(np.maximum(trend, 0)), trend)


def smooth(values, rates, *, season, level, first, count, trend=0.0):
    """Run equations 1 to 4 over the rows of `values`.

    Parameters
    ----------
    values : ndarray of shape (n, ...)
        The series; NaN after the end of one that is shorter than others.
    rates : Rates, broadcast to (...)
        How fast to follow them.
    season : ndarray of shape (m, ...)
        The last season, beginning with that of the first row; zeros without one.
    level, first, count : ndarray of shape (...)
        The level before the first row, that of the beginning, and the rows since then.
    trend : ndarray of shape (...), default=0
        The trend before the first row.

    Returns
    -------
    Components
        Of the n rows.
    """
    n, m = len(values), len(season)
    alpha, damped = rates.alpha, rates.beta > 0
    seasons = np.concatenate([season, np.zeros_like(values)])
    levels, trends = np.empty_like(values), np.zeros_like(values)
    if not np.any(rates.gamma) and not damped.any() and np.all((alpha == 0) | (alpha == 1)):
        seasons[m:] = np.resize(season, values.shape)
        levels[:] = np.where(alpha == 1, values - seasons[m:], level)
    else:
        season_gain, trend_gain = rates.gamma * (1 - alpha), alpha * rates.beta
        trend = np.where(damped, trend, 0.0)
        for t in range(n):
            trend = rates.phi * trend
            level = level + trend
            error = values[t] - seasons[t] - level  # (1), (1')
            error = np.clip(np.where(np.isnan(error), 0, error), -rates.limit, rates.limit)
            level = level + alpha * error  # (2), (2')
            seasons[t + m] = seasons[t] + season_gain * error  # (3)
            trend = trend + trend_gain * error  # (4')
            levels[t], trends[t] = level, trend
    counts = count + np.cumsum(~np.isnan(values), axis=0)
    drift = rates.share * _change(levels - first, rates.linear) / np.maximum(counts - 1, N_DRIFT)
    drift = np.where(damped, trends, np.where(alpha > 0, drift, 0.0))  # (4)
    return Components(values - seasons[m:], seasons[m:], levels, drift, first, counts[-1])


def _change(change, linear):
    """A change of the level; of logarithms that grow linearly, relative to the level now."""
    if not np.any(linear):
        return change
    return np.where(linear & (change > 0), -np.expm1(-np.maximum(change, 0)), change)


def first_season(values, m):
    """The mean deviation of each step of the cycle from a centred moving average, (m,).

    Of the first four seasons alone: what came later is followed by smoothing.
    """
    values = values[: N_FIRST_SEASONS * m]
    weights = np.full(m + 1 - m % 2, 1 / m)
    if m % 2 == 0:
        weights[[0, -1]] /= 2
    deviations = np.full(len(values), np.nan)
    half = len(weights) // 2
    deviations[half : len(values) - half] = values[half : len(values) - half] - np.convolve(
        values, weights, "valid"
    )
    cycles = np.full((-(-len(values) // m), m), np.nan)
    cycles.ravel()[: len(values)] = deviations
    n_known = np.isfinite(cycles).sum(axis=0)
    season = np.where(n_known > 0, np.nansum(cycles, axis=0) / np.maximum(n_known, 1), 0.0)
    return season - season.mean()


def first_seasons(values, m, seasonal):
    """The first seasons (m, P) of columns (n, P), NaN after their ends; 0 for one without."""
    season = np.zeros((m, values.shape[1]))
    for p in np.flatnonzero(seasonal):
        column = values[:, p]
        season[:, p] = first_season(column[~np.isnan(column)], m)
    return season


def error_limits(values, season):
    """The largest error that counts for each column (P,): see `LIMIT`; infinity if it were 0."""
    changes = np.abs(np.diff(values - np.resize(season, values.shape), axis=0))
    limit = np.full(values.shape[1], np.inf)
    known = ~np.isnan(changes).all(axis=0)
    if known.any():
        limit[known] = LIMIT * np.nanquantile(changes[:, known], 0.9, axis=0)
    return np.where(limit > 0, limit, np.inf)


def choose(values, season, seasonal, candidates, begin=0, linear=None):
    """The candidate with the smallest mean absolute error, for each column.

    Parameters
    ----------
    values : ndarray of shape (n, P)
        The columns; NaN after their ends.
    season : ndarray of shape (m, P)
        Their first seasons.
    seasonal : ndarray of shape (P,)
        Whether a column has a season; gamma is 0 for one without.
    candidates : list of (alpha, gamma, beta, phi)
        What to choose from.
    begin : int, default=0
        Rows before which errors do not count; those of the first season never do.

    Returns
    -------
    rates : Rates of shape (P,)
        The choice.
    error : ndarray of shape (P,)
        Its mean absolute error of one to four steps ahead, up to the limit; NaN for a column too
        short to have one.
    """
    n_columns = values.shape[1]
    linear = np.zeros(n_columns, dtype=bool) if linear is None else linear
    best, best_error = np.zeros((5, n_columns)), np.full(n_columns, np.inf)
    limit = error_limits(values, season)[:, np.newaxis]
    at_once = max(1, MAX_ELEMENTS // max(1, values.size))
    for i in range(0, len(candidates), at_once):
        tried = np.array(candidates[i : i + at_once]).T  # (4, G)
        tried_rates = (np.broadcast_to(part, (n_columns, len(part))) for part in tried)
        rates = Rates(*tried_rates, linear[:, np.newaxis], limit)
        rates.gamma = np.where(seasonal[:, np.newaxis], rates.gamma, 0.0)
        firsts = np.maximum(begin, np.where(seasonal, len(season), 1))
        errors = _mean_errors(values[..., np.newaxis], rates, season[..., np.newaxis], firsts)
        winner = errors.argmin(axis=1)
        error = errors[np.arange(n_columns), winner]
        best = np.where(error < best_error, tried[:, winner], best)
        best_error = np.minimum(error, best_error)
    unknown = np.isinf(best_error)  # nothing to measure an error on: the level is the last value
    best[:, unknown] = np.array([[1.0], [0.0], [0.0], [1.0], [0.0]])
    best_error[unknown] = np.nan
    alpha, gamma, beta, phi, share = best
    gamma = np.where(seasonal, gamma, 0.0)
    return Rates(alpha, gamma, beta, phi, share, linear, limit[:, 0]), best_error


def _mean_errors(values, rates, season, firsts):
    """Mean absolute errors (P, G) of one to N_STEPS steps ahead, from the first rows (P,) on."""
    n, m, shape = len(values), len(season), rates.alpha.shape
    values, season = (np.broadcast_to(a, (len(a), *shape)) for a in (values, season))
    level = values[0] - season[0]
    parts = smooth(values, rates, season=season, level=level, first=level, count=np.zeros(shape))
    known = np.concatenate([season, parts.season])[:n]  # the season of a row, known m steps before
    expected = values - known
    n_steps = min(N_STEPS, m if m > 1 else n - 1)
    n_trends = _damped_steps(n_steps, rates.phi)
    rows = np.arange(n)[:, np.newaxis, np.newaxis]
    total, number = np.zeros(shape), np.zeros(shape)
    for steps in range(1, n_steps + 1):
        trend = _grown(n_trends[steps - 1] * parts.drift[:-steps], rates.linear)
        forecast = parts.level[:-steps] + trend
        errors = np.abs(expected[steps:] - forecast)
        measured = ~np.isnan(errors) & (rows[steps:] >= firsts[:, np.newaxis])
        total += np.where(measured, np.minimum(errors, rates.limit), 0).sum(axis=0)
        number += measured.sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.inf)
