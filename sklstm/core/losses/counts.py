"""Likelihoods of counts. Notation and equation (1): see the package docstring."""

import numpy as np
from scipy import stats
from scipy.special import digamma, gammaincinv, gammaln, ndtri, xlogy

from ..messages import shorten
from ..types import Array
from .functions import finite_log, weighted_mean
from .likelihood import Likelihood

# The lowest dispersion, at which counts are those of Poisson, and the logarithm of the highest.
MIN_DISPERSION, MAX_LOG_DISPERSION = 1e-6, 9.2
# Up to here every whole number is a float64; far beyond, the loss is all rounding errors.
_MAX_WHOLE = 2.0**53
# Larger counts than 9.2e18 are not integers that can be drawn.
_MAX_MEAN_OF_DRAWS = 1e18
# Means from which on quantiles are computed from continuous distributions, within one count or in
# three digits; SciPy's are slow there, or NaN.
_MANY, _MANY_OF_POISSON = 1e7, 1e4
# Above it, quotients of gamma functions are computed by Stirling's series, without cancellation.
_LARGE = 100.0


class _Counts(Likelihood):
    """A distribution of counts, whose mean is exp of the first raw output."""

    def point(self, raw: Array) -> Array:
        return np.exp(self._safe(raw.reshape(-1, self.n_parameters, raw.shape[1])[:, 0]))

    def check_targets(self, y: Array) -> None:
        super().check_targets(y)
        largest = self._largest_target(y.dtype)
        if np.max(y) > largest:
            raise ValueError(
                f"The loss {shorten(self)} expects y of at most {largest:.2g} "
                f"in dtype {y.dtype}, that of X; got values up to {np.max(y):.3g}. Divide y by a "
                "constant, or use a loss for any numbers, such as 'squared_error'."
            )

    @classmethod
    def _largest_target(cls, dtype):
        return np.exp(cls._safe(np.full(1, np.inf, dtype)))[0]

    @staticmethod
    def _safe(raw):
        # Means are at most the square root of the largest float, so products do not overflow.
        return np.minimum(raw, np.log(np.finfo(raw.dtype).max) / 2)


class Poisson(_Counts):
    """Poisson loss ``exp(raw) - y * raw``. Estimates a positive rate, ``exp(raw)``, from counts.

    This is the negative log-likelihood of a Poisson variable y, up to a term that does not depend
    on the prediction. Above a raw output of 44 in float32, 354 in float64, the exponential is
    continued linearly by its tangent, so that the loss and its derivative stay finite.

    References
    ----------
    P. McCullagh and J. A. Nelder, "Generalized linear models", 2nd edition, 1989, chapter 6.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import Poisson
    >>> Poisson().predict(np.zeros((1, 1))).tolist()
    [[1.0]]
    """

    valid_targets = "non-negative numbers"

    def accepts(self, y: Array) -> Array:
        return y >= 0

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        rate = self.point(raw)
        return rate * (1 + (raw - self._safe(raw))) - y * raw, rate - y

    def best_constant(self, y: Array, weight: Array) -> Array:
        return finite_log(weighted_mean(y, weight))

    def lowest(self, y: Array) -> Array:
        return y - xlogy(y, y)

    def std(self, raw: Array) -> Array:
        return np.sqrt(self.point(raw))

    def quantiles(self, raw: Array, levels: Array) -> Array:
        rate = self.point(raw).astype(np.float64)[:, np.newaxis]
        levels = levels[:, np.newaxis]
        values = stats.poisson.ppf(levels, np.minimum(rate, _MANY_OF_POISSON))
        z = ndtri(levels)
        far = np.round(rate + np.sqrt(rate) * z + (z * z - 1) / 6)  # Cornish and Fisher
        return np.where(rate < _MANY_OF_POISSON, values, far).astype(raw.dtype)

    def draw(self, raw: Array, rng: np.random.RandomState) -> Array:
        rate = np.minimum(self.point(raw).astype(np.float64), _MAX_MEAN_OF_DRAWS)
        return rng.poisson(rate).astype(raw.dtype)


class NegativeBinomial(_Counts):
    """Negative log-likelihood of counts whose variance exceeds their mean.

    With two raw outputs, ``mean = exp(raw_0)`` and ``dispersion = 1e-6 + exp(raw_1)``, the
    variance is ``mean + dispersion * mean**2``. As in `Poisson`, means above ``exp(44)`` in
    float32, ``exp(354)`` in float64, are continued linearly.

    References
    ----------
    A. C. Cameron, P. K. Trivedi, "Regression analysis of count data", 2nd edition, 2013, equation
    3.26.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import NegativeBinomial
    >>> raw = np.log([[4.0], [0.5]])
    >>> NegativeBinomial().std(raw).round(3).tolist()
    [[3.464]]
    """

    n_parameters: int = 2
    valid_targets = "counts, the whole numbers from 0 on"

    def accepts(self, y: Array) -> Array:
        return (y >= 0) & (y == np.floor(y))

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        log_mean, raw_dispersion = self._parameters(raw)
        safe = np.minimum(log_mean, np.log(np.finfo(raw.dtype).max) / 2)
        mean = np.exp(safe)
        r, d_r = self._size(raw_dispersion)
        d_mean = r * (mean - y) / (r + mean)
        value = self._loss(y, safe, mean, r) + (log_mean - safe) * d_mean
        log_share = -np.log1p(mean / r)
        slope = digamma(r) - digamma(y + r) - log_share + (y - mean) / (r + mean)
        return value, self._as_rows([d_mean, d_r * slope], raw)

    def lowest(self, y: Array) -> Array:
        y = np.asarray(y, np.float64)
        return self._loss(y, finite_log(y), y, 1.0 / MIN_DISPERSION)

    def std(self, raw: Array) -> Array:
        mean = self.point(raw).astype(np.float64)
        r, _ = self._size(self._parameters(raw)[1])
        return (np.sqrt(mean) * np.sqrt(1.0 + mean / r)).astype(raw.dtype)

    def quantiles(self, raw: Array, levels: Array) -> Array:
        mean = self.point(raw).astype(np.float64)[:, np.newaxis]
        r, _ = self._size(self._parameters(raw)[1][:, np.newaxis])
        levels = levels[:, np.newaxis]
        few, many = np.minimum(mean, _MANY), np.maximum(mean, _MANY)
        values = stats.nbinom.ppf(levels, r, r / (r + few))
        shape = 1.0 / (1.0 / many + 1.0 / r)  # of the gamma distribution with these moments
        far = np.round(gammaincinv(shape, levels) * (many / shape))
        return np.where(mean < _MANY, values, far).astype(raw.dtype)

    def draw(self, raw: Array, rng: np.random.RandomState) -> Array:
        r, _ = self._size(self._parameters(raw)[1])
        rate = rng.gamma(r, self.point(raw).astype(np.float64) / r)
        return rng.poisson(np.minimum(rate, _MAX_MEAN_OF_DRAWS)).astype(raw.dtype)

    def _rough_constant(self, y, weight):
        mean = weighted_mean(y, weight)[0]
        variance = weighted_mean((y - mean) ** 2, weight)[0]
        dispersion = max((variance - mean) / max(mean, 1e-6) ** 2, 1e-3)
        return np.array([finite_log(mean), np.log(dispersion)])

    @classmethod
    def _largest_target(cls, dtype):
        return _MAX_WHOLE

    @staticmethod
    def _loss(y, log_mean, mean, r):
        """Minus the logarithm of the probability of y, with r = 1 / dispersion."""
        log_terms = gammaln(y + 1) - y * log_mean
        return log_terms + (r + y) * np.log1p(mean / r) - _log_rising(r, y)

    @staticmethod
    def _size(raw):
        """r, the inverse of the dispersion, and its derivative with respect to the raw output."""
        above = np.exp(np.minimum(raw, MAX_LOG_DISPERSION))
        r = 1.0 / (MIN_DISPERSION + above)
        return r, np.where(raw < MAX_LOG_DISPERSION, -r * r * above, 0.0)


def _log_rising(r, y):
    """Return the logarithm of ``gamma(r + y) / gamma(r) / r**y``."""
    n = r + y
    small = gammaln(n) - gammaln(r) - y * np.log(r)
    series = (n - 0.5) * np.log1p(y / r) - y + _stirling(n) - _stirling(r)
    return np.where(r < _LARGE, small, series)


def _stirling(x):
    """The first terms of Stirling's series; the next one is below 1e-13 from 100 on."""
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / (x * x)) / (x * x)) / x
