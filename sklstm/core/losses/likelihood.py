"""Base class of negative log-likelihoods. Notation and equation (1): see the package docstring."""

import numpy as np
from scipy.optimize import minimize

from ..types import Array
from .base import Loss
from .functions import weighted_quantiles

# A best constant is searched for among so many targets at most, by raw outputs up to this size.
_MAX_TARGETS, _MAX_RAW = 10_000, 30.0


class Likelihood(Loss):
    """Base class of the losses that are negative log-likelihoods of a distribution.

    Each output has P raw outputs, the parameters of its distribution, in the rows ``o * P + p``.
    The point prediction is the mean, which minimises the expected squared error. A subclass sets
    `n_parameters`, P, and defines `pointwise`, `_rough_constant` or `best_constant`, `point`,
    `std`, `quantiles` and `draw`.
    """

    n_parameters: int = 1

    def n_raw(self, n_outputs: int) -> int:
        return n_outputs * self.n_parameters

    def best_constant(self, y: Array, weight: Array) -> Array:
        return np.concatenate([self._fit(row[np.newaxis], weight) for row in y])

    def _fit(self, y, weight):
        """The raw outputs (P,) of the best constant prediction of one output, y (1, N)."""
        # Equal targets as one, so that weights and repetitions give the same bits.
        values, which = np.unique(y[0, weight > 0], return_inverse=True)
        y, weight = values[np.newaxis], np.bincount(which, weight[weight > 0])
        if y.shape[1] > _MAX_TARGETS:
            levels = (np.arange(_MAX_TARGETS) + 0.5) / _MAX_TARGETS
            y, weight = weighted_quantiles(y, weight, levels), np.ones(_MAX_TARGETS)

        def mean_loss(raw):
            columns = np.repeat(raw[:, np.newaxis], y.shape[1], axis=1)
            value, d_raw = self.value_and_gradient(columns, y, weight)
            return value / weight.sum(), d_raw.sum(axis=1) / weight.sum()

        start = self._rough_constant(y, weight)
        bounds = [(None, None)] + [(-_MAX_RAW, _MAX_RAW)] * (len(start) - 1)
        options = {"maxiter": 200, "ftol": 1e-15, "gtol": 1e-11}
        return minimize(mean_loss, start, jac=True, bounds=bounds, options=options).x

    def _rough_constant(self, y, weight):
        """Raw outputs (P,) near the best ones, of y (1, N)."""
        raise NotImplementedError

    def _parameters(self, raw):
        """The raw outputs by parameter, (P, O, N), in float64."""
        by_output = raw.reshape(-1, self.n_parameters, raw.shape[1])
        return by_output.swapaxes(0, 1).astype(np.float64)

    @staticmethod
    def _as_rows(derivatives, raw):
        """Derivatives by parameter, P arrays (O, N), as rows of the shape and dtype of `raw`."""
        return np.stack(derivatives, axis=1).reshape(raw.shape).astype(raw.dtype, copy=False)
