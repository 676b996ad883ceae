"""The checked parameters of a forecaster, with no "auto" left."""

from dataclasses import dataclass
from functools import cache

import numpy as np


@dataclass(frozen=True)
class Plan:
    """How series become windows.

    Attributes
    ----------
    window, horizon : int
        Number of steps that the regressor reads, and that it predicts at once.
    lags : tuple of int
        Lags of the differences, applied one after the other.
    level : {"smoothed", "last"} or None
        The level that is subtracted from windows; None for a constant one.
    trend : {"drift", "damped", "theta"}
        How smoothing extrapolates the level.
    season_length : int
        Number of steps of a season; 1 for none.
    scale : bool, "common" or "window"
        The unit by which windows are divided.
    combine : bool
        Whether to forecast the median of the regressor, a linear model and smoothing.
    n_exog : int
        Number of exogenous variables that are known ahead.
    n_past : int
        Number of exogenous variables that are known only up to the last observation.
    quantiles : tuple of float
        The quantiles that the regressor predicts; (0.5,) if it predicts a single value.
    domain : tuple of two floats, or None
        Lowest and highest target of a loss that does not accept all numbers. Targets are then the
        values divided by the size of their series; otherwise, with None, they are relative to the
        level.
    dtype : str
        Type of the regressor's inputs and targets.
    flagged_values, flagged_exog, flagged_past : tuple of int
        Columns of the series, and of the exogenous variables that are known ahead or of the past,
        whose missing values are flagged by another channel of the windows.
    """

    window: int
    horizon: int
    lags: tuple[int, ...]
    level: str | None
    trend: str
    season_length: int
    scale: bool | str
    combine: bool
    n_exog: int
    n_past: int
    quantiles: tuple[float, ...]
    domain: tuple[float, float] | None
    dtype: str
    flagged_values: tuple[int, ...] = ()
    flagged_exog: tuple[int, ...] = ()
    flagged_past: tuple[int, ...] = ()

    @property
    def total_lag(self):
        """Number of rows that differencing removes."""
        return sum(self.lags)

    @property
    def n_component_rows(self):
        """Number of rows of components needed to forecast."""
        return max(self.window, self.season_length)

    @property
    def n_tail_rows(self):
        """Number of rows before a forecast that give its levels, covariates and constant level."""
        return self.total_lag + self.window

    @property
    def min_length(self):
        """Minimum length of a series for training."""
        past = self.window if self.level is None else 2
        return self.total_lag + past + self.horizon

    @property
    def n_beyond(self):
        """Number of rows of covariates after the last row of a series, see `join_covariates`."""
        return self.horizon if self.n_past and not self.n_exog else 0

    def n_steps_known(self, steps):
        """Number of steps after the origin whose covariates are known, to forecast `steps`.

        Raises a ValueError if columns of the past would be needed in the future.
        """
        if self.n_past and steps > self.horizon:
            raise ValueError(
                f"{steps} step(s) after the last observation were asked for, but with past_columns "
                f"at most horizon={self.horizon} can be forecast, as later ones would need these "
                f"columns in the future. Ask for fewer steps, or fit with horizon={steps}."
            )
        if self.n_exog:
            return steps
        return self.horizon if self.n_past else self.whole_blocks(steps)

    def whole_blocks(self, steps):
        """`steps` rounded up to a multiple of `horizon`."""
        return -(-steps // self.horizon) * self.horizon

    @property
    def holds_last_value(self):
        """Whether the last known value is expected next, and not the level."""
        return self.level is None and not self.lags

    def central(self, paths):
        """The point forecasts among the quantiles, (..., Q) -> (...).

        The quantile nearest to the median, or the mean of two equally near ones.
        """
        if paths.shape[-1] == 1:
            return paths[..., 0]
        return paths[..., _are_central(self.quantiles)].mean(axis=-1)


@cache
def _are_central(quantiles):
    """Whether each of the quantiles is a nearest one to the median."""
    distance = np.abs(np.array(quantiles) - 0.5)
    return np.isclose(distance, distance.min())
