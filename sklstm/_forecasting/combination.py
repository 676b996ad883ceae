"""The median of the forecasts of the regressor, a linear model and smoothing."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge

MIN_WINDOWS, MIN_WINDOWS_PER_WEIGHT = 8, 2  # to fit the linear model
MANY_WINDOWS_PER_WEIGHT = 20  # from here on smoothing's forecast is left out
PENALTY = 10.0  # alpha of the linear model, times the mean square of the windows


@dataclass(frozen=True)
class Combination:
    """The models that a regressor's predictions are combined with.

    Attributes
    ----------
    linear : Ridge
        A linear model, fitted on the same windows, flattened.
    bounds : ndarray of shape (2, horizon * S)
        Minimum and maximum of the training targets; predictions are clipped to them.
    smoothing : bool
        Whether smoothing's forecast is included.
    """

    linear: Ridge
    bounds: np.ndarray
    smoothing: bool

    @classmethod
    def from_windows(cls, X, y, n_series, sample_weight=None):
        """Fit on the windows of `n_series` series, with weights (n,) of mean 1 or None."""
        X, y = X.reshape(len(X), -1), y.reshape(len(y), -1)
        scale = float(np.square(X, dtype=np.float64).mean()) or 1.0
        linear = Ridge(alpha=PENALTY * scale).fit(X, y, sample_weight)
        is_long = len(X) >= MANY_WINDOWS_PER_WEIGHT * X.shape[1] * n_series
        return cls(linear, np.stack([y.min(axis=0), y.max(axis=0)]), not is_long)

    def combine(self, predictions, X):
        """The median of all predictions; smoothing's is 0, as windows are relative to it."""
        shape = len(X), -1
        # Ridge.predict checks X, which takes longer than the predictions of the network.
        linear = X.reshape(shape) @ self.linear.coef_.T + self.linear.intercept_
        low, high = self.bounds
        first, second = (
            np.minimum(np.maximum(each.reshape(shape), low), high) for each in (predictions, linear)
        )
        if not self.smoothing:
            return (first + second) / 2
        smaller, larger = np.minimum(first, second), np.maximum(first, second)
        return np.maximum(smaller, np.minimum(larger, 0))


def has_enough_windows(n_windows, n_weights):
    """Whether a linear model with `n_weights` weights can be fitted on `n_windows` windows."""
    return n_windows >= max(MIN_WINDOWS, MIN_WINDOWS_PER_WEIGHT * n_weights)


class SmoothingOnly(RegressorMixin, BaseEstimator):
    """Regressor that predicts 0, so that the forecasts are those of smoothing."""

    def fit(self, X, y):
        """Store the shape of the targets."""
        self.target_shape_ = y.shape[1:]
        return self

    def predict(self, X):
        """Predict zeros."""
        return np.zeros((len(X), *self.target_shape_))
