"""Series, regressors and members that are quickly fitted, and messages that must contain words."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge

from sklstm import SequenceForecaster, VotingForecaster

N = 60
rng = np.random.default_rng(0)
Y = 50 + np.arange(N) + 5 * np.sin(np.arange(N) * np.pi / 6) + rng.normal(size=N)
X, AHEAD = rng.normal(size=(N, 2)), rng.normal(size=(5, 2))
DATES = pd.date_range("2020-01-01", periods=N, freq="MS")
DATED = pd.Series(Y, DATES)
TOGETHER = np.column_stack([Y, Y[::-1]])
IDS = np.repeat(["a", "b"], N // 2)
WALK = np.cumsum(np.random.default_rng(0).normal(size=40))


class Flat(Ridge):
    """Ridge regression of windows with channels."""

    def fit(self, X, y):
        return super().fit(X.reshape(len(X), -1), y)

    def predict(self, X):
        return super().predict(X.reshape(len(X), -1))


class Predicting(Flat):
    """Predicts whatever `how` makes of windows."""

    def __init__(self, how=None):
        super().__init__()
        self.how = how

    def predict(self, X):
        return self.how(X)


class Naive(BaseEstimator):
    """A member that knows neither X nor series_id, and forecasts the last value."""

    def fit(self, X, y):
        self.last_ = float(np.asarray(y)[-1])
        return self

    def update(self, y):
        self.last_ = float(np.asarray(y)[-1])

    def forecast(self, steps):
        return np.full(steps, self.last_)

    def predict(self, X):
        return self.forecast(len(X))


class Saying(BaseEstimator):
    """A member that takes everything, and forecasts what `what` makes of the number of steps."""

    def __init__(self, what=None):
        self.what = what

    def fit(self, X, y, series_id=None, static=None):
        self.fitted_ = True
        return self

    def update(self, y, X=None, series_id=None, static=None):
        return self

    def forecast(self, steps, X=None, series_id=None):
        return self.what(steps)

    def predict(self, X, series_id=None):
        return self.what(len(X))


def one(regressor=None, **params):
    regressor = Flat() if regressor is None else regressor
    return SequenceForecaster(regressor, **({"calibration_fraction": None, "window": 6} | params))


def vote(*members, **params):
    pairs = [(f"m{i}", member) for i, member in enumerate(members or [one()])]
    return VotingForecaster(pairs, **({"calibration_fraction": None} | params))


both = pytest.mark.parametrize("make", [one, vote])


def check_message(raised, words):
    missing = [word for word in words if word not in str(raised)]
    assert not missing, f"{missing} not in: {raised}"
