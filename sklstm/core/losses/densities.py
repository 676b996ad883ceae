"""Likelihoods of real numbers. Notation and equation (1): see the package docstring."""

import numpy as np
from scipy.special import digamma, gammaln, ndtri, stdtrit

from ..types import Array
from .functions import weighted_mean, weighted_quantiles
from .likelihood import Likelihood

# Floors, so that no density is infinite at a target: of the scale, in standard deviations of y, as
# targets are standardised; and of the degrees of freedom, above 2 so that the variance is finite.
MIN_SCALE, MIN_DF = 1e-4, 2.1
# Logarithms above which scale and degrees of freedom stay the same: exp stays finite in float32,
# and differences of gamma functions stay exact; and the lowest that a best constant has.
MAX_LOG_SCALE, MAX_LOG_DF, _MIN_LOG_SCALE = 69.0, 9.2, -30.0
# Residuals, in scales, whose squares are finite.
_MAX_RESIDUAL = 1e150


class _LocationScale(Likelihood):
    """A density of ``z = (y - location) / scale``, which needs no units of y."""

    equivariant: bool = True

    def point(self, raw: Array) -> Array:
        return raw.reshape(-1, self.n_parameters, raw.shape[1])[:, 0]

    @staticmethod
    def _scale(raw):
        """The scale, and its derivative with respect to its raw output."""
        slope = np.exp(np.minimum(raw, MAX_LOG_SCALE))
        return MIN_SCALE + slope, slope

    @staticmethod
    def _residual(location, scale, y):
        with np.errstate(over="ignore"):
            return np.clip((y - location) / scale, -_MAX_RESIDUAL, _MAX_RESIDUAL)


class Gaussian(_LocationScale):
    """Negative log-likelihood of a normal distribution, whose mean and scale are predicted.

    With two raw outputs, ``mean = raw_0``, ``scale = 1e-4 + exp(raw_1)`` and
    ``z = (y - mean) / scale``, the loss is ``z**2 / 2 + log(scale) + log(2 * pi) / 2``. Estimators
    standardise y: there, the floor of the scale is in standard deviations.

    References
    ----------
    D. A. Nix, A. S. Weigend, "Estimating the mean and variance of the target probability
    distribution", IEEE International Conference on Neural Networks 1994, equation 3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import Gaussian
    >>> loss = Gaussian()
    >>> raw = loss.initial_raw(np.array([[1.0, 3.0]]))
    >>> loss.point(raw[:, None]).round(6).tolist(), loss.std(raw[:, None]).round(6).tolist()
    ([[2.0]], [[1.0]])
    """

    n_parameters: int = 2

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        mean, raw_scale = self._parameters(raw)
        scale, slope = self._scale(raw_scale)
        z = self._residual(mean, scale, y)
        above = np.maximum(raw_scale - MAX_LOG_SCALE, 0.0)  # continued by the tangent
        value = 0.5 * z * z + np.log(scale) + above + 0.5 * np.log(2 * np.pi)
        d_scale = np.where(above > 0, 1.0, slope / scale * (1.0 - z * z))
        return value, self._as_rows([-z / scale, d_scale], raw)

    def best_constant(self, y: Array, weight: Array) -> Array:
        mean = weighted_mean(y, weight)
        scale = np.sqrt(weighted_mean((y - mean[:, np.newaxis]) ** 2, weight))
        with np.errstate(divide="ignore"):
            raw_scale = np.log(np.maximum(scale - MIN_SCALE, 0.0))
        return np.column_stack([mean, np.maximum(raw_scale, _MIN_LOG_SCALE)]).ravel()

    def std(self, raw: Array) -> Array:
        return self._scale(self._parameters(raw)[1])[0].astype(raw.dtype)

    def quantiles(self, raw: Array, levels: Array) -> Array:
        mean, raw_scale = self._parameters(raw)[:, :, np.newaxis]
        values = mean + self._scale(raw_scale)[0] * ndtri(levels)[:, np.newaxis]
        return values.astype(raw.dtype)

    def draw(self, raw: Array, rng: np.random.RandomState) -> Array:
        mean, raw_scale = self._parameters(raw)
        values = mean + self._scale(raw_scale)[0] * rng.standard_normal(mean.shape)
        return values.astype(raw.dtype)


class StudentT(_LocationScale):
    """Negative log-likelihood of Student's t distribution: location, scale, degrees of freedom.

    Its tails are heavier than those of the normal distribution, so that single large errors move
    the predictions less. With three raw outputs, ``location = raw_0``, ``scale = 1e-4 +
    exp(raw_1)``, ``df = 2.1 + exp(raw_2)`` and ``z = (y - location) / scale``, the loss is minus
    the logarithm of the density of z, plus ``log(scale)``. The variance is always finite.

    References
    ----------
    K. L. Lange, R. J. A. Little, J. M. G. Taylor, "Robust statistical modeling using the t
    distribution", Journal of the American Statistical Association 84 (1989), equation 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import StudentT
    >>> raw = np.array([[1.0], [0.0], [-30.0]])
    >>> StudentT().quantiles(raw, np.array([0.05, 0.5, 0.95])).round(2).tolist()
    [[[-1.83], [1.0], [3.83]]]
    """

    n_parameters: int = 3
    robust_units: bool = True

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        location, raw_scale, raw_df = self._parameters(raw)
        scale, slope = self._scale(raw_scale)
        df, d_df = self._df(raw_df)
        z = self._residual(location, scale, y)
        square = z * z
        above = np.maximum(raw_scale - MAX_LOG_SCALE, 0.0)  # continued by the tangent
        log_tail = np.log1p(square / df)
        value = (
            gammaln(df / 2)
            - gammaln((df + 1) / 2)
            + 0.5 * np.log(df * np.pi)
            + (df + 1) / 2 * log_tail
            + np.log(scale)
            + above
        )
        pull = (df + 1) / (df + square)
        d_scale = np.where(above > 0, 1.0, slope / scale * (1.0 - pull * square))
        psi = digamma(df / 2) - digamma((df + 1) / 2) + 1.0 / df
        d_df = d_df * 0.5 * (psi + log_tail - pull * square / df)
        return value, self._as_rows([-pull * z / scale, d_scale, d_df], raw)

    def std(self, raw: Array) -> Array:
        _, raw_scale, raw_df = self._parameters(raw)
        df = self._df(raw_df)[0]
        return (self._scale(raw_scale)[0] * np.sqrt(df / (df - 2))).astype(raw.dtype)

    def quantiles(self, raw: Array, levels: Array) -> Array:
        location, raw_scale, raw_df = self._parameters(raw)[:, :, np.newaxis]
        t = stdtrit(self._df(raw_df)[0], levels[:, np.newaxis])
        return (location + self._scale(raw_scale)[0] * t).astype(raw.dtype)

    def draw(self, raw: Array, rng: np.random.RandomState) -> Array:
        location, raw_scale, raw_df = self._parameters(raw)
        t = rng.standard_t(self._df(raw_df)[0])
        return (location + self._scale(raw_scale)[0] * t).astype(raw.dtype)

    def _fit(self, y, weight):
        # In units of the targets' own spread, in which the search has no scale to find first.
        low, location, high = weighted_quantiles(y, weight, [0.25, 0.5, 0.75])[0]
        unit = high - low or np.sqrt(weighted_mean((y - location) ** 2, weight))[0] or 1.0
        own = super()._fit((y - location) / unit, weight)
        scale = self._scale(own[1])[0] * unit - MIN_SCALE
        raw_scale = np.log(scale) if scale > 0 else _MIN_LOG_SCALE
        return np.array([location + unit * own[0], max(raw_scale, _MIN_LOG_SCALE), own[2]])

    def _rough_constant(self, y, weight):
        return np.array([0.0, -0.5, 1.0])

    @staticmethod
    def _df(raw):
        """The degrees of freedom, and their derivative with respect to their raw output."""
        above_2 = np.exp(np.minimum(raw, MAX_LOG_DF))
        return MIN_DF + above_2, np.where(raw < MAX_LOG_DF, above_2, 0.0)
