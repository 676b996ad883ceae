"""Losses for regression. Notation and equation (1): see the package docstring."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from ..checks import check_number
from ..messages import shorten, shorten_list
from ..types import Array
from .base import Loss
from .functions import softplus, weighted_mean, weighted_quantiles

# Minimum initial distance between adjacent quantiles, relative to the distance between the
# outermost ones: softplus is zero only at -inf.
_MIN_GAP = 1e-4
# Number of bisections; enough to exhaust the precision of float64 at any scale.
_N_BISECTIONS = 100


class SquaredError(Loss):
    """Squared error ``(p - y)**2`` of a prediction p. Estimates the mean.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import SquaredError
    >>> SquaredError().value_and_gradient(np.array([[3.0]]), np.array([[1.0]]))[0]
    4.0
    """

    equivariant: bool = True
    minimum: float = 0.0

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        residual = raw - y
        return residual * residual, residual + residual

    def best_constant(self, y: Array, weight: Array) -> Array:
        return weighted_mean(y, weight)


class AbsoluteError(Loss):
    """Absolute error ``|p - y|`` of a prediction p. Estimates the median.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import AbsoluteError
    >>> AbsoluteError().value_and_gradient(np.array([[3.0]]), np.array([[1.0]]))[0]
    2.0
    """

    equivariant: bool = True
    minimum: float = 0.0

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        residual = raw - y
        return np.abs(residual), np.sign(residual)

    def best_constant(self, y: Array, weight: Array) -> Array:
        return weighted_quantiles(y, weight, [0.5])[:, 0]


class Huber(Loss):
    """Huber loss: quadratic for small residuals, linear for large ones.

    With the residual ``d = p - y``, the loss is ``d**2 / 2`` if ``|d| <= delta``, else
    ``delta * (|d| - delta / 2)``.

    Parameters
    ----------
    delta : float, default=1.0
        Residual at which the loss changes from quadratic to linear. In an estimator it is in units
        of the standard deviation of y, since targets are standardised before training.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical
    Statistics 35 (1964), pages 73-101.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import Huber
    >>> Huber(delta=0.5).value_and_gradient(np.array([[3.0]]), np.array([[1.0]]))[0]
    0.875
    """

    equivariant: bool = True
    minimum: float = 0.0

    def __init__(self, delta: float = 1.0) -> None:
        self.delta = delta

    def _checked(self):
        return check_number(self.delta, "delta", "(0, inf)")

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        delta, residual = self._checked(), raw - y
        slope = np.clip(residual, -delta, delta)
        return slope * (residual - slope / 2), slope

    def best_constant(self, y: Array, weight: Array) -> Array:
        # The derivative increases with the constant and has its root within delta of the median.
        delta, median = self._checked(), weighted_quantiles(y, weight, [0.5])[:, 0]
        low, high = median - delta, median + delta
        for _ in range(_N_BISECTIONS):
            middle = (low + high) / 2
            decreasing = np.clip(middle[:, None] - y, -delta, delta) @ weight < 0
            low, high = np.where(decreasing, middle, low), np.where(decreasing, high, middle)
        return (low + high) / 2


class Quantile(Loss):
    """Pinball loss. Estimates one or several quantiles, which never cross.

    The loss of quantile u is ``max((1 - u) * d, -u * d)`` with the residual ``d = p - y``. Several
    quantiles of an output are parametrised by the lowest one and the positive gaps above it,
    ``p_0 = raw_0`` and ``p_q = p_(q-1) + log(1 + exp(raw_q))``, so that they are in order for any
    raw outputs.

    Parameters
    ----------
    quantile : float or list of float, default=0.5
        Quantile or quantiles to estimate, in (0, 1) and strictly increasing.

    References
    ----------
    R. Koenker and G. Bassett, "Regression quantiles", Econometrica 46 (1978), equation 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import Quantile
    >>> loss = Quantile([0.1, 0.5, 0.9])
    >>> raw = loss.initial_raw(np.arange(11.0)[None])
    >>> loss.predict(raw[:, None]).round(6).tolist()
    [[1.0], [5.0], [9.0]]
    """

    equivariant: bool = True
    minimum: float = 0.0

    def __init__(self, quantile: float | Sequence[float] | Array = 0.5) -> None:
        self.quantile = quantile

    def _checked(self):
        quantiles = [check_number(q, "quantile", "(0, 1)") for q in np.ravel(self.quantile)]
        if not quantiles or np.any(np.diff(quantiles) <= 0):
            raise ValueError(
                f"quantile must be a number, or a list of numbers in strictly increasing order; "
                f"got {shorten(self.quantile)}."
            )
        return np.array(quantiles)

    @property
    def levels(self) -> tuple[float, ...]:  # type: ignore[override]
        """The quantiles in the rows of `predict`, output by output."""
        return tuple(self._checked().tolist())

    def n_raw(self, n_outputs: int) -> int:
        return n_outputs * len(self._checked())

    def point(self, raw: Array) -> Array:
        nearest = np.argmin(np.abs(self._checked() - 0.5))  # to the median
        return self._ordered(raw)[:, nearest]

    def predict(self, raw: Array) -> Array:
        return self._ordered(raw).reshape(raw.shape)

    def quantiles(self, raw: Array, levels: Array) -> Array:
        learned = self._checked()
        found = np.isclose(levels[:, np.newaxis], learned, rtol=0, atol=1e-9)
        if not found.any(axis=1).all():
            missing = levels[~found.any(axis=1)].tolist()
            raise ValueError(
                f"The loss {shorten(self)} has learned the quantiles {shorten_list(learned)}, "
                f"but not {shorten_list(missing)}. Ask for those, fit with all that you need, or "
                "fit with the loss of a distribution such as loss='gaussian', which has every one."
            )
        return self._ordered(raw)[:, found.argmax(axis=1)]

    def _by_output(self, raw):
        """View raw outputs as (O, Q, N)."""
        return raw.reshape(-1, np.size(self.quantile), raw.shape[1])

    def _ordered(self, raw):
        steps = self._by_output(raw).copy()
        steps[:, 1:] = softplus(steps[:, 1:])
        return np.cumsum(steps, axis=1, out=steps)

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        quantiles = self._checked().astype(raw.dtype)[:, None]
        residual = self._ordered(raw) - y[:, None]
        slope = (residual > 0) - quantiles
        # A step shifts its quantile and all quantiles above it.
        d_steps = np.cumsum(slope[:, ::-1], axis=1)[:, ::-1]
        d_steps[:, 1:] *= expit(self._by_output(raw)[:, 1:])
        return (slope * residual).reshape(raw.shape), d_steps.reshape(raw.shape)

    def best_constant(self, y: Array, weight: Array) -> Array:
        raw = weighted_quantiles(y, weight, self._checked())
        spread = raw[:, -1:] - raw[:, :1]
        gaps = np.maximum(np.diff(raw), _MIN_GAP * np.where(spread > 0, spread, 1.0))
        raw[:, 1:] = gaps + np.log(-np.expm1(-gaps))  # the inverse of softplus
        return raw.ravel()
