"""The blocks of one forecast: each is predicted from the rows and the blocks before it."""

import numpy as np

from .decomposition import window_units
from .missing import fill_past
from .regressor_checks import checked_predictions
from .scaling import as_divisor, safe_unit
from .smoothing import Smoother
from .windows import relative_to_level, without_flags


class Blocks:
    """Blocks of `plan.horizon` steps of B paths side by side.

    A forecast may have thousands of blocks of one step. What is the same for all of them is
    computed once, and the components have room for all of them from the beginning.

    Parameters
    ----------
    model : Model
        The regressor, what its predictions are combined with, and the plan.
    decomposition : Decomposition of shape (B, S)
        How the series of each path is smoothed.
    components : Components of shape (plan.n_component_rows + e, B, S)
        The last components before the forecast.
    covariates : ndarray of shape (B, window + e + m, K)
        Standardised covariates of the last rows and of the next m steps.
    steps : int
        Number of steps to forecast.
    names : list of B str
        Names of the series in error messages.
    reading : Reading
        What is read from the regressor.

    Attributes
    ----------
    shape : tuple of 4 ints
        The shape (B, horizon, S, Q) of a block.
    """

    def __init__(self, model, decomposition, components, covariates, steps, names, reading):
        plan = model.plan
        n_paths, n_values = decomposition.unit.shape
        self.shape = n_paths, plan.horizon, n_values, reading.n_values
        self._n_outputs = plan.horizon * n_values * reading.n_values
        self._model, self._names, self._predict = model, names, reading.predict
        # Components
        self._smoother = Smoother(decomposition, plan.season_length)
        self._n_rows = len(components.level)
        self._components = components.with_room(steps, plan.season_length)
        self._flags = self._fill_missing(plan)
        # Windows
        self._unit, self._divisor = decomposition.unit, as_divisor(decomposition.unit)
        self._size = decomposition.size
        self._factor = safe_unit(decomposition.unit) if plan.scale == "window" else None
        self._covariates = covariates if covariates.shape[2] else None
        self._first_covariates = self._n_rows - plan.n_component_rows + plan.horizon

    def _fill_missing(self, plan):
        """Fill missing values before the forecast; return their flags (rows, B, F), or None."""
        past, flags = self._components.adjusted[: self._n_rows], None
        missing = np.isnan(past)
        if plan.flagged_values:
            shape = *self._components.adjusted.shape[:2], len(plan.flagged_values)
            flags = np.zeros(shape, plan.dtype)  # later rows are forecasts
            flags[: self._n_rows] = missing[..., list(plan.flagged_values)]
        if missing.any():
            past[...] = fill_past(past, plan.holds_last_value)
        return flags

    def forecast(self, start):
        """The block (B, h, S, Q) after the first `start` steps; of changes, with all quantiles."""
        model, n_rows = self._model, self._n_rows + start
        X, unit = self._windows(n_rows, start)
        predictions = checked_predictions(
            model.regressor, X, self._n_outputs, model.plan, self._names, self._predict
        )
        if model.combination is not None:
            X = without_flags(X, model.plan)
            predictions = model.combination.combine(predictions, X)
        predictions = predictions.reshape(self.shape)
        if model.plan.domain is not None:
            return predictions * self._size[:, np.newaxis, :, np.newaxis]
        outputs = predictions * unit[:, np.newaxis, :, np.newaxis]
        path = self._smoother.forecast(self._components, n_rows, model.plan.horizon)
        return outputs + path.transpose(1, 0, 2)[..., np.newaxis]

    def _windows(self, n_rows, start):
        """The regressor's windows (B, window[, S + K + F]), and their units (B, S)."""
        plan, components = self._model.plan, self._components
        window = components.adjusted[n_rows - plan.window : n_rows].transpose(1, 0, 2)
        unit, divisor = self._unit, self._divisor
        if plan.scale == "window":
            unit = window_units(window, unit, plan, self._factor)
            divisor = as_divisor(unit)
        X = relative_to_level(window, components.level[n_rows - 1], divisor, plan)
        if self._covariates is not None:
            first = self._first_covariates + start
            X = np.concatenate([X, self._covariates[:, first : first + plan.window]], axis=2)
        if self._flags is not None:
            flags = self._flags[n_rows - plan.window : n_rows].transpose(1, 0, 2)
            X = np.concatenate([X, flags], axis=2)
        return X[:, :, 0] if X.shape[2] == 1 else X, unit

    def append(self, start, changes):
        """Append the point forecasts (B, n, S) of the steps from `start` on."""
        self._smoother.fill(self._components, self._n_rows + start, changes.transpose(1, 0, 2))
