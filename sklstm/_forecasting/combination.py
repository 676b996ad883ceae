"""The median of the forecasts of the regressor, a linear model and smoothing."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge

MIN_WINDOWS, MIN_WINDOWS_PER_WEIGHT = 8, 2  # to fit the linear model
MANY_WINDOWS_PER_WEIGHT = 20  # from here on smoothing's forecast is left out
PENALTY = 10.0  # alpha of the linear model, times the mean square of the windows
# alpha of the effects of flags: that of a flag with k events is k / (k + 1) of its mean
PENALTY_OF_EFFECTS = 1.0


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
    effects : tuple of ndarrays of shape (C, S) and (S,), or None
        What a 1 in each channel of the windows adds to smoothing's forecast of that step (0 for all
        channels but flags that are known ahead), and what is added to all steps. None without such
        flags.

    Notes
    -----
    The linear model is shrunk, and a flag that is rare has a small mean square: without `effects`,
    which it is relative to, it would have a part of its effect only, and smoothing none.
    """

    linear: Ridge
    bounds: np.ndarray
    smoothing: bool
    effects: tuple[np.ndarray, np.ndarray] | None

    @classmethod
    def from_windows(cls, X, y, n_series, sample_weight, *, horizon, n_exog, initial=None):
        """Fit on the windows of `n_series` series, with weights (n,) of mean 1 or None.

        The channels of windows with `n_exog` > 0 are the S series, the exogenous variables that are
        known ahead, and others. `initial` is None, or a combination that is fitted already: its
        linear model and its effects are kept.
        """
        windows, X, y = X, X.reshape(len(X), -1), y.reshape(len(y), -1)
        bounds = np.stack([y.min(axis=0), y.max(axis=0)])
        if initial is None:
            effects = effects_of_flags(windows, y, horizon, n_exog, sample_weight)
            remainder = y if effects is None else y - _added(*effects, windows, y.shape[1])
            scale = float(np.square(X, dtype=np.float64).mean()) or 1.0
            linear = Ridge(alpha=PENALTY * scale).fit(X, remainder, sample_weight)
        else:
            linear, effects = initial.linear, initial.effects
        is_long = len(X) >= MANY_WINDOWS_PER_WEIGHT * X.shape[1] * n_series
        return cls(linear, bounds, not is_long, effects)

    def combine(self, predictions, X):
        """The median of all predictions.

        Smoothing's is 0, as windows are relative to it, plus the effects of flags.
        """
        shape, smoothing = (len(X), -1), 0
        # Ridge.predict checks X, which takes longer than the predictions of the network.
        linear = X.reshape(shape) @ self.linear.coef_.T + self.linear.intercept_
        low, high = self.bounds
        if self.effects is not None:
            smoothing = _added(*self.effects, X, len(low))
            linear = linear.reshape(shape) + smoothing
        first, second = (
            np.minimum(np.maximum(each.reshape(shape), low), high) for each in (predictions, linear)
        )
        if not self.smoothing:
            return (first + second) / 2
        smaller, larger = np.minimum(first, second), np.maximum(first, second)
        return np.maximum(smaller, np.minimum(larger, smoothing))


def effects_of_flags(X, y, horizon, n_exog, sample_weight=None):
    """The `effects` of a `Combination` by ridge regression, each step of a target being a row.

    Parameters
    ----------
    X : ndarray of shape (n, T, C), or (n, T) without exogenous variables
        Windows, whose last steps have the exogenous variables of the steps of the targets.
    y : ndarray of shape (n, horizon * S)
        Targets.
    horizon, n_exog : int
        Number of steps of a target, and of exogenous variables that are known ahead.
    sample_weight : ndarray of shape (n,) or None
        Weights of the windows.

    Returns
    -------
    tuple of ndarrays of shape (C, S) and (S,), or None without flags
    """
    if not n_exog:
        return None
    n_values, n_steps = y.shape[1] // horizon, min(horizon, X.shape[1])
    steps = X[:, -n_steps:].reshape(-1, X.shape[2])
    targets = y.reshape(len(y), horizon, n_values)[:, -n_steps:].reshape(-1, n_values)
    flags = ((steps == 0) | (steps == 1)).all(axis=0) & (np.ptp(steps, axis=0) > 0)
    flags[:n_values], flags[n_values + n_exog :] = False, False
    if not flags.any():
        return None
    weights = None if sample_weight is None else np.repeat(sample_weight, n_steps)
    ridge = Ridge(alpha=PENALTY_OF_EFFECTS * n_steps).fit(steps[:, flags], targets, weights)
    effects = np.zeros((X.shape[2], n_values), y.dtype)
    effects[flags] = np.atleast_2d(ridge.coef_).T  # scikit-learn's is flat for a single target
    return effects, np.atleast_1d(ridge.intercept_).astype(y.dtype)


def _added(effects, intercept, X, n_outputs):
    """What the flags of windows (n, T, C) add to smoothing's forecasts, (n, n_outputs)."""
    horizon = n_outputs // len(intercept)
    added = np.empty((len(X), horizon, len(intercept)), effects.dtype)
    added[:] = intercept
    n_steps = min(horizon, X.shape[1])
    added[:, horizon - n_steps :] += X[:, -n_steps:] @ effects
    return added.reshape(len(X), n_outputs)


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
