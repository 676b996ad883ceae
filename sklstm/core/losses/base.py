"""Base class of the losses. Notation and equation (1): see the package docstring."""

import numpy as np

from ..configurable import Configurable
from ..messages import shorten
from ..types import Array


class Loss(Configurable):
    """Base class of the losses.

    A loss gives meaning to the raw outputs of a network: which targets it is defined for, how many
    raw outputs a target needs, what they predict, and what a prediction costs. Estimators know
    losses by these methods and attributes only.

    To write a loss, derive a class from this one, or from `ClassificationLoss` for class labels.
    Store all arguments of the constructor unchanged. Define `pointwise` and `best_constant`, and
    what differs from the defaults:

    - `n_raw`, if an output needs several raw outputs, and `point` and `predict`, if predictions are
      not the raw outputs themselves;
    - `accepts` and `valid_targets`, if some finite numbers are not valid targets;
    - `equivariant`, if the loss has no units of its own: estimators then standardise y for it;
    - `minimum`, if there is one: training ends when the loss cannot fall any more;
    - `std`, `quantiles` and `draw`, if the raw outputs describe a distribution.

    `sklstm.gradcheck.check_gradients` compares the gradient of `pointwise` with a numeric one, and
    `fit` refuses a method that returns an array of the wrong shape.

    Attributes
    ----------
    valid_targets : str
        What `accepts` accepts, for the error message.
    equivariant : bool
        Whether estimators standardise y before training and transform predictions back. If True,
        parameters in the units of y, such as Huber's delta, are in standard deviations. False for
        losses that restrict y, such as those of counts.
    robust_units : bool
        Whether y is standardised by its median and quartiles instead of its mean and standard
        deviation, for a loss that is meant for targets of which some are far off.
    minimum : float
        The minimum of the loss over all predictions; ``-inf`` if there is none, or if it differs
        between targets, see `lowest`.
    levels : tuple of float
        The quantiles in the rows of `predict`, output by output; empty if these are not quantiles.

    Examples
    --------
    A squared error that is three times as large if the prediction is too low:

    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.gradcheck import check_gradients
    >>> from sklstm.losses import Loss
    >>> class Asymmetric(Loss):
    ...     equivariant = True
    ...     def __init__(self, factor=3.0):
    ...         self.factor = factor
    ...     def pointwise(self, raw, y):
    ...         residual = raw - y
    ...         slope = np.where(residual < 0, self.factor, 1.0) * residual
    ...         return slope * residual, 2 * slope
    ...     def best_constant(self, y, weight):
    ...         return np.average(y, axis=1, weights=weight)  # nearly: a start for training
    >>> X = np.random.default_rng(0).standard_normal((100, 8))
    >>> model = LSTMRegressor(4, loss=Asymmetric(), random_state=0)
    >>> max(check_gradients(model, X, X[:, -1]).values()) < 1e-7
    True
    >>> bool(model.fit(X, X[:, -1]).score(X, X[:, -1]) > 0.9)
    True
    """

    valid_targets: str = "finite numbers"
    equivariant: bool = False
    robust_units: bool = False
    minimum: float = -np.inf
    levels: tuple[float, ...] = ()

    # What targets a loss needs

    def n_raw(self, n_outputs: int) -> int:
        """Return the number of raw outputs of the network.

        Parameters
        ----------
        n_outputs : int
            Number of rows of y, O.

        Returns
        -------
        n_raw : int
            Number of rows of the raw outputs, R.
        """
        return n_outputs

    def accepts(self, y: Array) -> Array:
        """Return which targets are valid.

        Parameters
        ----------
        y : ndarray of shape (O, N), float or int
            Targets.

        Returns
        -------
        ndarray of bool, shape (O, N)
        """
        return np.isfinite(y)

    def check_targets(self, y: Array) -> None:
        """Check that the loss is defined for all targets.

        Parameters
        ----------
        y : ndarray of shape (O, N), float or int
            Targets, already checked to be finite.

        Raises
        ------
        ValueError
            If a target is invalid; the message names the valid values.
        """
        if not np.all(self.accepts(y)):
            raise ValueError(
                f"The loss {shorten(self)} expects y to hold {self.valid_targets}; "
                f"got values from {np.min(y):g} to {np.max(y):g}."
            )

    # What a prediction costs

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        """Return the loss of each prediction, and its derivative.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs; not to be changed.
        y : ndarray of shape (O, N), dtype of `raw`
            Targets; not to be changed.

        Returns
        -------
        value : ndarray of shape (rows, N)
            The loss of each prediction. That of a column is the mean over these rows, usually one
            for each output.
        d_raw : ndarray of shape (R, N)
            Derivative of the sum of `value` with respect to `raw`; a new array. It is converted to
            the dtype of `raw`.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define pointwise.")

    def best_constant(self, y: Array, weight: Array) -> Array:
        """Return the raw outputs of the best constant prediction, with which training begins.

        Parameters
        ----------
        y : ndarray of shape (O, N), float64
            Targets, N > 0.
        weight : ndarray of shape (N,), float64
            Sample weights, not all zero. A weight of k is equivalent to k equal columns.

        Returns
        -------
        raw : ndarray of shape (R,), float64
            The raw outputs that, equal for all columns, minimise the total loss. Always finite.
            Nearly so is enough: training begins there, and a fitted network whose loss is not lower
            than this one is reported to have learned nothing.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define best_constant.")

    def lowest(self, y: Array) -> Array:
        """Return the minimum of the loss over all predictions, for each target.

        Parameters
        ----------
        y : ndarray of shape (O, N), float or int
            Targets.

        Returns
        -------
        ndarray of shape (O, N)
            By default `minimum`.
        """
        return np.full(y.shape, self.minimum)

    def initial_raw(self, y: Array, weight: Array | None = None) -> Array:
        """Return `best_constant` for any targets and weights.

        Parameters
        ----------
        y : ndarray of shape (O, N), float or int
            Targets, N > 0.
        weight : ndarray of shape (N,), float, or None
            Sample weights; None means ones.

        Returns
        -------
        raw : ndarray of shape (R,), dtype of y if that is a float, else float64
            Always finite.
        """
        y64 = np.asarray(y, dtype=np.float64)
        weight = np.ones(y64.shape[1]) if weight is None else np.asarray(weight, dtype=np.float64)
        if not weight.any():  # all zero: use equal weights instead
            weight = np.ones_like(weight)
        raw = self.best_constant(y64, weight)
        return raw.astype(y.dtype) if y.dtype.kind == "f" else raw

    def value_and_gradient(
        self, raw: Array, y: Array, weight: Array | None = None
    ) -> tuple[float, Array]:
        """Return the total loss and its derivative with respect to the raw outputs.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.
        y : ndarray of shape (O, N), float or int
            Targets.
        weight : ndarray of shape (N,), float, or None
            Sample weights; None means ones.

        Returns
        -------
        value : float
            Equation (1) of the page on losses in "Mathematics": the sum over columns, not the mean.
        d_raw : ndarray of shape (R, N), dtype of `raw`
            Derivative of `value` with respect to `raw`; a new array.
        """
        value, d_raw = self.pointwise(raw, np.asarray(y, dtype=raw.dtype))
        d_raw = np.asarray(d_raw, dtype=raw.dtype)
        n_rows = len(value)
        if n_rows > 1:
            d_raw /= n_rows
        if weight is None:
            return float(value.sum(dtype=np.float64)) / n_rows, d_raw
        d_raw *= np.asarray(weight, dtype=raw.dtype)
        return float(value.sum(axis=0, dtype=np.float64) @ weight) / n_rows, d_raw

    # What raw outputs predict

    def point(self, raw: Array) -> Array:
        """Return the point prediction: one value for each output.

        It is what `score` compares with y.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.

        Returns
        -------
        ndarray of shape (O, N), dtype of `raw`
            By default `raw` itself, not a copy.
        """
        return raw

    def predict(self, raw: Array) -> Array:
        """Return what the method `predict` of an estimator returns.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.

        Returns
        -------
        ndarray of shape (O * Q, N), dtype of `raw`
            By default `point`, Q = 1. A loss of several quantiles, whose `levels` are not empty,
            returns the q-th quantile of output o in row ``o * Q + q``.
        """
        return self.point(raw)

    def std(self, raw: Array) -> Array:
        """Return the standard deviation of the predicted distribution.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.

        Returns
        -------
        ndarray of shape (O, N), dtype of `raw`

        Raises
        ------
        ValueError
            If the loss has none, as by default.
        """
        raise ValueError(self._without("a standard deviation", "std"))

    def quantiles(self, raw: Array, levels: Array) -> Array:
        """Return quantiles of the predicted distribution.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.
        levels : ndarray of shape (Q,), float64
            The quantiles to return, in (0, 1).

        Returns
        -------
        ndarray of shape (O, Q, N), dtype of `raw`

        Raises
        ------
        ValueError
            If the loss has none, as by default, or not these.
        """
        raise ValueError(self._without("quantiles", "quantiles"))

    def draw(self, raw: Array, rng: np.random.RandomState) -> Array:
        """Draw targets from the predicted distribution.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.
        rng : numpy.random.RandomState
            Random numbers.

        Returns
        -------
        ndarray of shape (O, N), dtype of `raw`
            One draw for each output and column.

        Raises
        ------
        ValueError
            If the loss has no distribution, as by default.
        """
        raise ValueError(self._without("a distribution to draw from", "draw"))

    def _without(self, what, method):
        return (
            f"The loss {shorten(self)} predicts values, without {what}. Fit with that of a "
            "distribution: loss='gaussian', 'student_t', 'poisson' or 'negative_binomial'. A loss "
            f"of your own needs the method {method}."
        )
