"""Base class of the losses. Notation and equation (1): see the package docstring."""

import numpy as np

from ..configurable import Configurable


class Loss(Configurable):
    """Base class of the losses.

    A subclass implements `_pointwise` and `_best_constant`. It overrides `n_raw` and `predict` if
    a prediction is not the raw output itself, and `_expected` and `_accepts` if some finite numbers
    are not valid targets.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import SquaredError
    >>> loss, y = SquaredError(), np.array([[1.0, 3.0]])
    >>> loss.initial_raw(y).tolist()
    [2.0]
    >>> value, d_raw = loss.value_and_gradient(np.array([[2.0, 2.5]]), y)
    >>> value, d_raw.tolist()
    (1.25, [[2.0, -1.0]])
    """

    _expected = "finite numbers"

    # Whether targets are class codes rather than values.
    of_classes = False
    # Whether estimators standardise y before training and transform predictions back. If True,
    # parameters in the units of y, such as Huber's delta, are in standard deviations. False for
    # losses that restrict y, such as those of counts.
    equivariant = False

    def n_raw(self, n_outputs):
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

    def check_targets(self, y):
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
        if not np.all(self._accepts(y)):
            raise ValueError(
                f"The loss {self!r} expects y to hold {self._expected}; "
                f"got values from {np.min(y):g} to {np.max(y):g}."
            )

    def initial_raw(self, y, weight=None):
        """Return the raw outputs of the best constant prediction.

        Parameters
        ----------
        y : ndarray of shape (O, N), float or int
            Targets, N > 0.
        weight : ndarray of shape (N,), float, or None
            Sample weights; a weight of k is equivalent to k equal columns. None means ones.

        Returns
        -------
        raw : ndarray of shape (R,), dtype of y if that is a float, else float64
            Always finite.
        """
        y64 = np.asarray(y, dtype=np.float64)
        weight = np.ones(y64.shape[1]) if weight is None else np.asarray(weight, dtype=np.float64)
        if not weight.any():  # all zero: use equal weights instead
            weight = np.ones_like(weight)
        raw = self._best_constant(y64, weight)
        return raw.astype(y.dtype) if y.dtype.kind == "f" else raw

    def value_and_gradient(self, raw, y, weight=None):
        """Return the total loss, equation (1), and its derivative with respect to the raw outputs.

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
            Sum over columns, not the mean.
        d_raw : ndarray of shape (R, N), dtype of `raw`
            Derivative of `value` with respect to `raw`; a new array.
        """
        value, d_raw = self._pointwise(raw, np.asarray(y, dtype=raw.dtype))
        n_rows = len(value)
        if n_rows > 1:
            d_raw /= n_rows
        if weight is None:
            return float(value.sum(dtype=np.float64)) / n_rows, d_raw
        d_raw *= np.asarray(weight, dtype=raw.dtype)
        return float(value.sum(axis=0, dtype=np.float64) @ weight) / n_rows, d_raw

    def predict(self, raw):
        """Turn raw outputs into predictions.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.

        Returns
        -------
        prediction : ndarray of shape (R, N), dtype of `raw`
            Values, probabilities of the K classes, or for `Quantile` the q-th quantile of output o
            in row ``o * Q + q``. This is `raw` itself, not a copy, if the link is the identity.
        """
        return raw

    def lowest(self, y):
        """Return the minimum of the loss over all predictions, for each target.

        Parameters
        ----------
        y : ndarray of shape (O, N), float or int
            Targets.

        Returns
        -------
        ndarray of shape (O, N)
            Zeros, unless a subclass overrides the method.
        """
        return np.zeros(y.shape)

    def _accepts(self, y):
        """Return a mask of the valid targets in y."""
        return np.isfinite(y)

    def _pointwise(self, raw, y):
        """Return l of equation (1) (rows, N), and d (sum of l) / d raw (R, N)."""
        raise NotImplementedError

    def _best_constant(self, y, weight):
        """Return the constant raw outputs (R,) that minimise (1)."""
        raise NotImplementedError
