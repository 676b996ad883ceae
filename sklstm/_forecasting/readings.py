"""What a forecast reads from the regressor: point forecasts, quantiles or draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Reading:
    """A function of windows that returns `n_values` values for each target.

    Attributes
    ----------
    predict : callable
        From windows (B, ...) to B * horizon * S * n_values numbers.
    n_values : int
        Number of values for each target, Q.
    """

    predict: Callable[[np.ndarray], np.ndarray]
    n_values: int


def points(model):
    """The point forecasts, or all quantiles of a loss that predicts several."""
    return Reading(model.regressor.predict, len(model.plan.quantiles))


def quantiles(model, levels):
    """Quantiles of the predicted distribution of each step."""
    return Reading(lambda X: model.regressor.predict_quantiles(X, levels), len(levels))


def draws(model, random):
    """A draw from the predicted distribution of each step, by a RandomState."""
    return Reading(lambda X: model.regressor.sample_y(X, random_state=random), 1)
