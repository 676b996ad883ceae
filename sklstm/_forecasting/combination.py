"""The median of what the regressor, a linear model and smoothing alone forecast."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge

MIN_WINDOWS, WINDOWS_PER_WEIGHT = 8, 2  # that a line can learn anything from
LONG = 20  # windows per weight of the line, from which on smoothing alone is not asked
PENALTY = 10.0  # of the linear model, on windows in units of their root mean square


@dataclass(frozen=True)
class Companions:
    """What a regressor's predictions are combined with.

    Attributes
    ----------
    linear : Ridge
        A linear model, fitted on the same windows, flattened.
    bounds : ndarray of shape (2, horizon * S)
        The smallest and the largest targets of training. No prediction goes beyond them: what has
        never been is not to be expected of a straight line either.
    smoothing : bool
        Whether smoothing's own forecast is the third. In long series the other two know better.
    """

    linear: Ridge
    bounds: np.ndarray
    smoothing: bool

    @classmethod
    def fitted(cls, X, y, n_series):
        """Fit on the windows of `n_series` series."""
        X, y = X.reshape(len(X), -1), y.reshape(len(y), -1)
        scale = float(np.square(X, dtype=np.float64).mean()) or 1.0
        linear = Ridge(alpha=PENALTY * scale).fit(X, y)
        is_long = len(X) >= LONG * X.shape[1] * n_series
        return cls(linear, np.stack([y.min(axis=0), y.max(axis=0)]), not is_long)

    def combine(self, predict, X):
        """The median of all predictions; that of smoothing is 0, as windows are relative to it."""
        outputs = predict(X), self.linear.predict(X.reshape(len(X), -1))
        outputs = [np.clip(np.reshape(each, (len(X), -1)), *self.bounds) for each in outputs]
        if self.smoothing:
            outputs.append(np.zeros_like(outputs[0]))
        return np.median(outputs, axis=0)


def are_enough(n_windows, n_weights):
    """Tell whether there are enough windows to fit a linear model with `n_weights` weights."""
    return n_windows >= max(MIN_WINDOWS, WINDOWS_PER_WEIGHT * n_weights)


class SmoothingAlone(RegressorMixin, BaseEstimator):
    """A regressor that always predicts 0, so that the forecasts are those of smoothing."""

    def fit(self, X, y):
        """Learn nothing but the shape of the targets."""
        self.target_shape_ = y.shape[1:]
        return self

    def predict(self, X):
        """Zeros."""
        return np.zeros((len(X), *self.target_shape_))
