"""The fitted model: forecasts paths of levels from the forecast origin."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from ..regressor import LSTMRegressor
from .blocks import Blocks
from .combination import Combination, SmoothingOnly
from .decomposition import Decomposition
from .plan import Plan
from .readings import points
from .scaling import integrate, standardise
from .smoothing import Smoother
from .target_domain import is_distribution, losses_of

# The levels of predicted distributions that are calibrated; others are interpolated.
LEVELS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995)


@dataclass(frozen=True)
class Model:
    """A fitted regressor and the preprocessing around it.

    Attributes
    ----------
    regressor : estimator
        The fitted regressor.
    combination : Combination or None
        The models that its predictions are combined with.
    decomposition : Decomposition
        How series are smoothed.
    covariate_scaling : tuple of two ndarrays of shape (K,)
        Mean and standard deviation of the covariates.
    plan : Plan
        The parameters.
    """

    regressor: BaseEstimator
    combination: Combination | None
    decomposition: Decomposition
    covariate_scaling: tuple[np.ndarray, np.ndarray]
    plan: Plan

    @property
    def is_smoothing_only(self):
        """Whether the forecasts are those of smoothing."""
        return isinstance(self.regressor, SmoothingOnly)

    @property
    def has_distribution(self):
        """Whether the predicted distributions of the regressor are those of the next levels.

        They are not if its predictions are combined with others, or if counts were scaled.
        """
        if self.combination is not None or not isinstance(self.regressor, LSTMRegressor):
            return False
        unscaled = self.plan.domain is None or (self.decomposition.size == 1).all()
        return bool(unscaled) and all(map(is_distribution, losses_of(self.regressor)))

    @property
    def levels(self):
        """Levels of the quantiles that are predicted for all steps of a block; () for none."""
        if self.plan.lags:  # the quantiles of changes are not those of their sums
            return ()
        if len(self.plan.quantiles) > 1:
            return self.plan.quantiles
        return LEVELS if self.plan.horizon > 1 and self.has_distribution else ()

    def forecast_paths(
        self, levels, components, covariates, steps, series_indices, names, reading=None
    ):
        """Forecast B paths side by side.

        Parameters
        ----------
        levels : ndarray of shape (B, >= plan.total_lag, S)
            The last levels.
        components : Components of shape (plan.n_component_rows + e, B, S)
            The last components of their changes.
        covariates : ndarray of shape (B, window + e + m, K)
            Covariates of the last rows and of the next m >= steps; e + m >= plan.horizon.
        steps : int
            Number of steps to forecast.
        series_indices : list of B ints
            The series of each path.
        names : list of B str
            Names of the series in error messages.
        reading : Reading or None
            What is read from the regressor; None for `points`. Quantiles must not be read for more
            steps than a block has.

        Returns
        -------
        ndarray of shape (B, steps, S, Q)
            Levels for each of the Q values read. Later steps read the central ones of earlier ones.
        """
        plan = self.plan
        reading = points(self) if reading is None else reading
        covariates = standardise(covariates, *self.covariate_scaling)
        covariates = covariates.astype(plan.dtype, copy=False)
        changes = self._forecast_changes(
            components, covariates, steps, series_indices, names, reading
        )
        if not plan.lags:
            return changes
        path = integrate(plan.central(changes), levels, plan.lags)
        return path[..., np.newaxis]

    def _forecast_changes(self, components, covariates, steps, series_indices, names, reading):
        """Forecast changes block by block; each block reads the forecasts before it.

        A block that would end after the last covariates begins earlier, if need be before the
        origin. It then predicts some steps a second time, and these predictions are not used.
        """
        plan, decomposition = self.plan, self.decomposition.select(series_indices)
        n_past = len(components.level)
        if self.is_smoothing_only:
            smoother = Smoother(decomposition, plan.season_length)
            paths = smoother.forecast(components, n_past, steps)
            return paths.transpose(1, 0, 2)[..., np.newaxis]
        blocks = Blocks(self, decomposition, components, covariates, steps, names, reading)
        n_extra = n_past - plan.n_component_rows
        n_ahead = covariates.shape[1] - plan.window - n_extra
        outputs = np.empty((len(names), steps, *blocks.shape[2:]))
        done = 0
        while done < steps:
            start = min(done, n_ahead - plan.horizon)
            block = blocks.forecast(start)[:, done - start :]
            stop = min(done + block.shape[1], steps)
            outputs[:, done:stop] = block[:, : stop - done]
            if stop < steps:
                blocks.append(done, plan.central(outputs[:, done:stop]))
            done = stop
        return outputs
