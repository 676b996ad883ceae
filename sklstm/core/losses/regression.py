"""Losses for numbers; the notation and equation (1) are those of the package."""

import numpy as np
from scipy.special import expit, xlogy

from ..checks import check_number
from .base import Loss
from .functions import finite_log, softplus, weighted_mean, weighted_quantiles

# Smallest distance between two quantiles at the start, relative to that between the outermost
# ones: softplus reaches zero only at -inf.
_SMALLEST_GAP = 1e-4
# Halvings of an interval after which nothing is left of it in float64, whatever the scale.
_N_HALVINGS = 100


class SquaredError(Loss):
    """``(p - y)**2`` for a prediction p: estimates the mean.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.losses import SquaredError
    >>> SquaredError().value_and_gradient(np.array([[3.0]]), np.array([[1.0]]))[0]
    4.0
    """

    equivariant = True

    def _pointwise(self, raw, y):
        residual = raw - y
        return residual * residual, 2 * residual

    def _best_constant(self, y, weight):
        return weighted_mean(y, weight)


class AbsoluteError(Loss):
    """``|p - y|`` for a prediction p: estimates the median.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.losses import AbsoluteError
    >>> AbsoluteError().value_and_gradient(np.array([[3.0]]), np.array([[1.0]]))[0]
    2.0
    """

    equivariant = True

    def _pointwise(self, raw, y):
        residual = raw - y
        return np.abs(residual), np.sign(residual)

    def _best_constant(self, y, weight):
        return weighted_quantiles(y, weight, [0.5])[:, 0]


class Huber(Loss):
    """Half the squared error near the target, the absolute error away from it.

    With ``d = p - y`` the loss is ``d**2 / 2`` where ``|d| <= delta``, and beyond that the
    straight line ``delta * (|d| - delta / 2)``.

    Parameters
    ----------
    delta : float, default=1.0
        Where the parabola ends. In an estimator, in standard deviations of y: targets are
        standardised before training.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical
    Statistics 35 (1964), pages 73-101.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.losses import Huber
    >>> Huber(delta=0.5).value_and_gradient(np.array([[3.0]]), np.array([[1.0]]))[0]
    0.875
    """

    equivariant = True

    def __init__(self, delta=1.0):
        self.delta = delta

    def _checked(self):
        return check_number(self.delta, "delta", "(0, inf)")

    def _pointwise(self, raw, y):
        delta, residual = self._checked(), raw - y
        slope = np.clip(residual, -delta, delta)
        return slope * (residual - slope / 2), slope

    def _best_constant(self, y, weight):
        # The total slope grows with the constant, and changes sign within delta of the median.
        delta, median = self._checked(), weighted_quantiles(y, weight, [0.5])[:, 0]
        low, high = median - delta, median + delta
        for _ in range(_N_HALVINGS):
            middle = (low + high) / 2
            falling = np.clip(middle[:, None] - y, -delta, delta) @ weight < 0
            low, high = np.where(falling, middle, low), np.where(falling, high, middle)
        return (low + high) / 2


class Quantile(Loss):
    """The pinball loss: estimates quantiles, which never cross.

    A quantile u costs ``max((1 - u) * d, -u * d)`` with ``d = p - y``. Several quantiles of an
    output are the lowest one and the positive gaps above it,
    ``p_0 = raw_0`` and ``p_q = p_(q-1) + log(1 + exp(raw_q))``, so they are in order for any raw
    outputs.

    Parameters
    ----------
    quantile : float or list of float, default=0.5
        One or several quantiles in (0, 1), strictly increasing.

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46 (1978), equation 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.losses import Quantile
    >>> loss = Quantile([0.1, 0.5, 0.9])
    >>> raw = loss.initial_raw(np.arange(11.0)[None])
    >>> loss.predict(raw[:, None]).round(6).tolist()
    [[1.0], [5.0], [9.0]]
    """

    equivariant = True

    def __init__(self, quantile=0.5):
        self.quantile = quantile

    def _checked(self):
        quantiles = [check_number(q, "quantile", "(0, 1)") for q in np.ravel(self.quantile)]
        if not quantiles or np.any(np.diff(quantiles) <= 0):
            raise ValueError(
                f"quantile must be a number, or numbers in strictly increasing order; "
                f"got {self.quantile!r}."
            )
        return np.array(quantiles)

    def n_raw(self, n_outputs):
        return n_outputs * len(self._checked())

    def predict(self, raw):
        return self._ordered(raw).reshape(raw.shape)

    def _by_output(self, raw):
        """View raw outputs as (O, Q, N)."""
        return raw.reshape(-1, np.size(self.quantile), raw.shape[1])

    def _ordered(self, raw):
        steps = self._by_output(raw).copy()
        steps[:, 1:] = softplus(steps[:, 1:])
        return np.cumsum(steps, axis=1, out=steps)

    def _pointwise(self, raw, y):
        quantiles = self._checked().astype(raw.dtype)[:, None]
        residual = self._ordered(raw) - y[:, None]
        slope = (residual > 0) - quantiles
        # A step moves its own quantile and all those above it.
        d_steps = np.cumsum(slope[:, ::-1], axis=1)[:, ::-1]
        d_steps[:, 1:] *= expit(self._by_output(raw)[:, 1:])
        return (slope * residual).reshape(raw.shape), d_steps.reshape(raw.shape)

    def _best_constant(self, y, weight):
        raw = weighted_quantiles(y, weight, self._checked())
        spread = raw[:, -1:] - raw[:, :1]
        gaps = np.maximum(np.diff(raw), _SMALLEST_GAP * np.where(spread > 0, spread, 1.0))
        raw[:, 1:] = gaps + np.log(-np.expm1(-gaps))  # the inverse of softplus
        return raw.ravel()


class Poisson(Loss):
    """``exp(raw) - y * raw``: estimates a positive rate, ``exp(raw)``, from counts.

    The negative log-likelihood of a Poisson variable y, up to a term without raw. Beyond the
    largest raw output whose exponential is safe in the dtype (44 in float32, 354 in float64), the
    exponential goes on as its tangent, so that the loss and its derivative stay finite.

    References
    ----------
    P. McCullagh and J. A. Nelder, "Generalized linear models", 2nd edition, 1989, chapter 6.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.losses import Poisson
    >>> Poisson().predict(np.zeros((1, 1))).tolist()
    [[1.0]]
    """

    _expected = "non-negative numbers"

    def predict(self, raw):
        return np.exp(self._safe(raw))

    def lowest(self, y):
        return y - xlogy(y, y)

    def _safe(self, raw):
        # The square root of the largest number: a rate can still be multiplied with others.
        return np.minimum(raw, np.log(np.finfo(raw.dtype).max) / 2)

    def _accepts(self, y):
        return y >= 0

    def _pointwise(self, raw, y):
        rate = self.predict(raw)
        return rate * (1 + (raw - self._safe(raw))) - y * raw, rate - y

    def _best_constant(self, y, weight):
        return finite_log(weighted_mean(y, weight))
