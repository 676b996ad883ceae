"""Metrics of forecasts, and scorers for estimators with a target at every step."""

from .._estimators.scorers import over_steps
from ._distributions import continuous_ranked_probability_score
from ._intervals import interval_coverage, interval_score
from ._percentage import symmetric_mean_absolute_percentage_error
from ._scaled import mean_absolute_scaled_error, root_mean_squared_scaled_error

__all__ = [
    "continuous_ranked_probability_score",
    "interval_coverage",
    "interval_score",
    "mean_absolute_scaled_error",
    "over_steps",
    "root_mean_squared_scaled_error",
    "symmetric_mean_absolute_percentage_error",
]
