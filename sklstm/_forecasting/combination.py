"""The median of three: what the regressor, a linear model and smoothing alone forecast."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge

MIN_WINDOWS, WINDOWS_PER_WEIGHT = 8, 2  # that a line can learn anything from
PENALTY = 10.0  # of the linear model, on windows in units of their root mean square


class Combination:
    """A fitted regressor and a linear model beside it, as one that predicts.

    Parameters
    ----------
    predict : callable
        The fitted regressor's `predict`.
    linear : Ridge
        The linear model, fitted on the same windows, flattened.
    bounds : ndarray of shape (2, horizon * S)
        The smallest and the largest targets of training. No prediction goes beyond them: what has
        never been is not to be expected of a straight line either.
    """

    def __init__(self, predict, linear, bounds):
        self.predict_regressor = predict
        self.linear = linear
        self.bounds = bounds

    def predict(self, X):
        """The median of both predictions and 0, which is smoothing's own forecast."""
        first = np.reshape(self.predict_regressor(X), (len(X), -1))
        second = np.reshape(self.linear.predict(X.reshape(len(X), -1)), (len(X), -1))
        first, second = (np.clip(each, *self.bounds) for each in (first, second))
        return np.median([first, second, np.zeros_like(first)], axis=0)


def fit_linear(X, y):
    """The linear model, and the bounds of what may be predicted."""
    X, y = X.reshape(len(X), -1), y.reshape(len(y), -1)
    scale = float(np.square(X, dtype=np.float64).mean()) or 1.0
    linear = Ridge(alpha=PENALTY * scale).fit(X, y)
    return linear, np.stack([y.min(axis=0), y.max(axis=0)])


def are_enough(n_windows, n_weights):
    """Tell whether a line with so many weights learns more from these windows than it invents."""
    return n_windows >= max(MIN_WINDOWS, WINDOWS_PER_WEIGHT * n_weights)


class SmoothingAlone(RegressorMixin, BaseEstimator):
    """Predicts that smoothing will not err, so that its own forecasts are what is left."""

    def fit(self, X, y):
        """Learn nothing but the shape of the targets."""
        self.target_shape_ = y.shape[1:]
        return self

    def predict(self, X):
        """Zeros."""
        return np.zeros((len(X), *self.target_shape_))
