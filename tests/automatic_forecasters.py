"""Series, forecasters with automatic choices, and a manual version of smoothing."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.datasets import load_airline

AIRLINE = load_airline().passengers.astype(float)
MONTHS = pd.period_range("1949-01", periods=144, freq="M")
SEASON = np.array([3.0, -1.0, 0.0, -2.0])
NOISE = np.random.default_rng(0).standard_normal(2000)
RANDOM_WALK = NOISE[:200].cumsum()


def forecaster(regressor=None, **params):
    return SequenceForecaster(regressor, **({"calibration_fraction": None} | params))


def quick(**params):
    """The default but for a small network and no calibration."""
    lstm = LSTMRegressor(4, max_iter=3, random_state=0)
    return forecaster(**({"regressor": lstm, "combine": True} | params))


def slow_smoothing(x, alpha, gamma, seasons, beta=0.0, phi=1.0, share=0.5, linear=False):
    """The equations of smoothing.py, a number at a time."""
    level = first = x[0] - seasons[0]
    trend, seasons, levels, trends = 0.0, list(seasons), [], []
    m = len(seasons)
    for t, value in enumerate(x):
        step = phi * trend if beta else 0.0
        level += step
        error = value - level - seasons[t]
        level += alpha * error
        seasons.append(seasons[t] + gamma * (1 - alpha) * error)
        growth = 1 - np.exp(first - level) if linear and level > first else level - first
        trend = step + alpha * beta * error if beta else share * growth / max(t, 8)
        levels.append(level)
        trends.append(trend)
    return np.array(levels), np.array(seasons[m:]), np.array(trends)


class FlatLinear(LinearRegression):
    """Linear regression of windows with channels."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X.reshape(len(X), -1), y, sample_weight)

    def predict(self, X):
        return super().predict(X.reshape(len(X), -1))
