"""Methods of forecasting.py other than networks: naive, ETS, ARIMA, gradient boosting.

Each is a function of (train, period, horizon, seed) that fits once and returns a function
forecast(past, steps), where `past` is the whole series up to an origin. The states are updated with
`past`, the parameters are not.
"""

import itertools
import warnings

import numpy as np
import pandas as pd
from skforecast.recursive import ForecasterRecursive
from sklearn.ensemble import HistGradientBoostingRegressor
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss

LONGEST_SEASON = 24  # beyond it the season is taken out by STL, as forecast() does in R


def seasonal_naive(train, period, horizon, seed):
    """Repeat the last season."""
    return lambda past, steps: np.resize(past[-period:], steps)


def without_long_season(fit):
    """Remove a long season by STL before `fit`, and repeat the last season in forecasts."""

    def fit_adjusted(train, period, horizon, seed):
        if period <= LONGEST_SEASON:
            return fit(train, period, horizon, seed)

        def season(past):
            return STL(past, period=period, seasonal=11).fit().seasonal

        adjusted_forecast = fit(train - season(train), 1, horizon, seed)

        def forecast(past, steps):
            seasonal = season(past)
            rest = adjusted_forecast(past - seasonal, steps)
            return rest + np.resize(seasonal[-period:], steps)

        return forecast

    return fit_adjusted


@without_long_season
def exponential_smoothing(train, period, horizon, seed):
    """ETS by AICc over error, trend and season; multiplicative ones for positive series only."""
    pairs = [("add", None), ("add", "add")]
    if train.min() > 0:
        pairs += [("mul", None), ("mul", "add"), ("mul", "mul")]
    candidates = [
        {"error": error, "seasonal": seasonal, "trend": trend, "damped_trend": damped}
        for error, seasonal in pairs
        for trend, damped in [(None, False), ("add", False), ("add", True)]
        if seasonal is None or period > 1
    ]

    def model(values, options):
        return ETSModel(values, seasonal_periods=period if options["seasonal"] else None, **options)

    fits = [(model(train, options).fit(disp=False), options) for options in candidates]
    best, options = min(fits, key=lambda pair: pair[0].aicc)
    return lambda past, steps: model(past, options).smooth(best.params).forecast(steps)


@without_long_season
def arima(train, period, horizon, seed):
    """ARIMA by AICc over ten orders; differences by seasonal strength and KPSS, as auto.arima."""
    seasonal = period > 1
    seasonal_difference = int(seasonal and seasonal_strength(train, period) > 0.64)
    rest = train[period:] - train[:-period] if seasonal_difference else train
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the p-value is off its table
        difference = int(kpss(rest, regression="c", nlags="auto")[1] < 0.05)
    orders = [(1, 0), (0, 1), (1, 1), (2, 0), (2, 2)]
    seasonal_orders = [(0, 1), (1, 1)] if seasonal else [(0, 0)]
    fits = [
        SARIMAX(
            train,
            order=(p, difference, q),
            seasonal_order=(P, seasonal_difference, Q, period if seasonal else 0),
            trend=None if difference + seasonal_difference else "c",
        ).fit(disp=False)
        for (p, q), (P, Q) in itertools.product(orders, seasonal_orders)
    ]
    best = min(fits, key=lambda fit: fit.aicc)
    return lambda past, steps: best.apply(past).forecast(steps)


def seasonal_strength(values, period):
    """1 - var(rest) / var(season + rest) (Wang, Smith & Hyndman 2006)."""
    parts = STL(values, period=period).fit()
    return max(0.0, 1 - np.var(parts.resid) / np.var(parts.seasonal + parts.resid))


def window_length(period):
    """Return two periods, but at least 24 and at most 48 steps."""
    return min(max(24, 2 * period), 48)


class Changes:
    """Transform a series to standardised differences of logarithms, and back."""

    def __init__(self, train, period):
        self.period = period
        self.positive = train.min() > 0
        changes = self._changes(train)
        self.mean, self.std = changes.mean(), changes.std()

    def _changes(self, values):
        levels = np.log(values) if self.positive else values
        return levels[self.period :] - levels[: -self.period]

    def transform(self, values):
        return (self._changes(values) - self.mean) / self.std

    def continue_from(self, past, path):
        """Return the values after `past`, from a forecast of standardised differences."""
        levels = list(np.log(past) if self.positive else past)
        for change in path * self.std + self.mean:
            levels.append(levels[-self.period] + change)
        new = np.array(levels[len(past) :])
        return np.exp(new) if self.positive else new


BOOSTING_CANDIDATES = [{"prepared": False}, {"prepared": True}]


def boosting(train, period, horizon, seed, prepared=True):
    """Gradient boosting of trees on lags of the series, in skforecast's recursive forecaster.

    If `prepared`, use the same differences and window as for networks, else differences over one
    step and two periods of lags.
    """
    forecaster = ForecasterRecursive(
        HistGradientBoostingRegressor(random_state=seed),
        lags=window_length(period) if prepared else max(24, 2 * period),
        differentiation=None if prepared else 1,
    )
    changes = Changes(train, period)
    forecaster.fit(pd.Series(changes.transform(train) if prepared else train))

    def forecast(past, steps):
        window = pd.Series(changes.transform(past) if prepared else past)
        path = forecaster.predict(steps, last_window=window).to_numpy()
        return changes.continue_from(past, path) if prepared else path

    return forecast
