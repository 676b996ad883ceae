"""The fitted model: forecasts paths of levels from the forecast origin."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from .combination import Combination, SmoothingOnly
from .decomposition import Decomposition, window_units
from .plan import Plan
from .regressor_checks import checked_predictions
from .scaling import integrate, standardise
from .windows import relative_to_level


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

    def forecast_paths(self, levels, components, covariates, steps, series_indices, names):
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

        Returns
        -------
        ndarray of shape (B, steps, S, Q)
            Levels for each of the quantiles. Later steps read the point forecasts of earlier ones.
        """
        plan = self.plan
        covariates = standardise(covariates, *self.covariate_scaling)
        covariates = covariates.astype(plan.dtype, copy=False)
        changes = self._forecast_changes(components, covariates, steps, series_indices, names)
        if not plan.lags:
            return changes
        path = integrate(plan.central(changes), levels, plan.lags)
        return path[..., np.newaxis]

    def _forecast_changes(self, components, covariates, steps, series_indices, names):
        """Forecast changes block by block; each block reads the forecasts before it.

        A block that would end after the last covariates begins earlier, if need be before the
        origin. It then predicts some steps a second time, and these predictions are not used.
        """
        plan, decomposition = self.plan, self.decomposition.select(series_indices)
        n_past = len(components.level)
        if self.is_smoothing_only:
            return self._forecast_smoothing(components, n_past, steps, decomposition)
        n_paths, n_values = components.first_level.shape
        n_extra = n_past - plan.n_component_rows
        n_ahead = covariates.shape[1] - plan.window - n_extra
        outputs = np.empty((n_paths, steps, n_values, len(plan.quantiles)))
        done = 0
        while done < steps:
            start = min(done, n_ahead - plan.horizon)
            rows = n_past + start, n_extra + start
            block = self._forecast_block(components, covariates, *rows, decomposition, names)
            block = block[:, done - start :]
            stop = min(done + block.shape[1], steps)
            outputs[:, done:stop] = block[:, : stop - done]
            if stop < steps:
                new = plan.central(outputs[:, done:stop]).transpose(1, 0, 2)
                components = components.extended(new, decomposition, plan.season_length)
            done = stop
        return outputs

    def _forecast_block(
        self, components, covariates, n_rows, n_covariate_rows, decomposition, names
    ):
        """Forecast (B, h, S, Q) after the first `n_rows` rows of the components."""
        plan = self.plan
        window = components.adjusted[n_rows - plan.window : n_rows].transpose(1, 0, 2)
        unit = window_units(window, decomposition.unit, plan)
        X = relative_to_level(window, components.level[n_rows - 1], unit, plan)
        if covariates.shape[2]:
            begin = n_covariate_rows + plan.horizon
            X = np.concatenate([X, covariates[:, begin : begin + plan.window]], axis=2)
        X = X[:, :, 0] if X.shape[2] == 1 else X
        shape = (len(X), plan.horizon, unit.shape[1], len(plan.quantiles))
        predictions = checked_predictions(self.regressor, X, np.prod(shape[1:]), plan, names)
        if self.combination is not None:
            predictions = self.combination.combine(predictions, X)
        outputs = np.reshape(predictions, shape) * unit[:, np.newaxis, :, np.newaxis]
        return outputs + self._forecast_smoothing(components, n_rows, plan.horizon, decomposition)

    def _forecast_smoothing(self, components, n_rows, steps, decomposition):
        """Smoothing's forecasts (B, steps, S, 1) after the first `n_rows` rows of components."""
        forecast = components.forecast(n_rows, steps, self.plan.season_length, decomposition)
        return forecast.transpose(1, 0, 2)[..., np.newaxis]
