"""Forecasters of forecasting.py that are no networks: naive, ETS, ARIMA, gradient boosting.

Each is a function of (train, period, seed) that fits once and returns forecast(past, steps), where
`past` is the whole series up to an origin: states are brought up to date, parameters are not.
"""

import itertools
import warnings

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from skforecast.recursive import ForecasterRecursive
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import STL
from statsmodels.tsa.statespace.sarimax import SARIMAX
from statsmodels.tsa.stattools import kpss

LONGEST_SEASON = 24  # beyond it the season is taken out by STL, as forecast() does in R


def seasonal_naive(train, period, seed):
    """The last season again."""
    return lambda past, steps: np.resize(past[-period:], steps)


def without_long_season(fit):
    """Let `fit` see what STL leaves of a series with a long period; the last season goes on."""

    def fit_adjusted(train, period, seed):
        if period <= LONGEST_SEASON:
            return fit(train, period, seed)

        def season(past):
            return STL(past, period=period, seasonal=11).fit().seasonal

        adjusted_forecast = fit(train - season(train), 1, seed)

        def forecast(past, steps):
            seasonal = season(past)
            rest = adjusted_forecast(past - seasonal, steps)
            return rest + np.resize(seasonal[-period:], steps)

        return forecast

    return fit_adjusted


@without_long_season
def exponential_smoothing(train, period, seed):
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
def arima(train, period, seed):
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


def boosting(train, period, seed, lags=24, differentiation=None):
    """skforecast's recursive forecaster on lags of the series, with scikit-learn's trees."""
    forecaster = ForecasterRecursive(
        HistGradientBoostingRegressor(random_state=seed), lags=lags, differentiation=differentiation
    )
    forecaster.fit(pd.Series(train))
    return lambda past, steps: forecaster.predict(steps, last_window=pd.Series(past)).to_numpy()
