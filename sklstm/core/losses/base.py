"""What all losses have in common; the notation and equation (1) are those of the package."""

import numpy as np

from ..configurable import Configurable


class Loss(Configurable):
    """Base of the losses.

    A subclass implements `_pointwise` and `_best_constant`, and overrides `n_raw`, `predict`,
    `_expected` and `_accepts` unless any number is a target, and a raw output its prediction.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.losses import SquaredError
    >>> loss, y = SquaredError(), np.array([[1.0, 3.0]])
    >>> loss.initial_raw(y).tolist()
    [2.0]
    >>> value, d_raw = loss.value_and_gradient(np.array([[2.0, 2.5]]), y)
    >>> value, d_raw.tolist()
    (1.25, [[2.0, -1.0]])
    """

    _expected = "finite numbers"

    # Whether targets are classes, not values.
    of_classes = False
    # Whether estimators standardise the targets before training, and undo it in predictions: right
    # for a loss that can be used in any units.
    equivariant = False

    def n_raw(self, n_outputs):
        """Return how many raw outputs the network must produce.

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
        """Refuse targets that the loss is not defined for.

        Parameters
        ----------
        y : ndarray of shape (O, N), float or int
            Targets, already known to be finite.

        Raises
        ------
        ValueError
            If there are such targets; the message says what is expected.
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
            Sample weights; a weight of k counts as k equal columns, None as ones.

        Returns
        -------
        raw : ndarray of shape (R,), dtype of y if that is a float, else float64
            Always finite.
        """
        y64 = np.asarray(y, dtype=np.float64)
        weight = np.ones(y64.shape[1]) if weight is None else np.asarray(weight, dtype=np.float64)
        if not weight.any():  # says nothing about any column
            weight = np.ones_like(weight)
        raw = self._best_constant(y64, weight)
        return raw.astype(y.dtype) if y.dtype.kind == "f" else raw

    def value_and_gradient(self, raw, y, weight=None):
        """Return the total loss, equation (1), and its derivative by the raw outputs.

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
            A sum over columns, not a mean.
        d_raw : ndarray of shape (R, N), dtype of `raw`
            Derivative of `value` by `raw`; a new array.
        """
        value, d_raw = self._pointwise(raw, np.asarray(y, dtype=raw.dtype))
        d_raw /= len(value)
        columns = value.mean(axis=0, dtype=np.float64)
        if weight is None:
            return float(columns.sum()), d_raw
        d_raw *= np.asarray(weight, dtype=raw.dtype)
        return float(columns @ weight), d_raw

    def predict(self, raw):
        """Turn raw outputs into predictions.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.

        Returns
        -------
        prediction : ndarray of shape (R, N), dtype of `raw`
            Values, probabilities of the K classes, or for `Quantile` in row ``o * Q + q`` the
            q-th quantile of output o. It is `raw` itself where a raw output is its prediction.
        """
        return raw

    def lowest(self, y):
        """Return the lowest loss that any prediction can have, for each target.

        Parameters
        ----------
        y : ndarray of shape (O, N), float or int
            Targets.

        Returns
        -------
        ndarray of shape (O, N)
            Zeros, unless a subclass knows better.
        """
        return np.zeros(y.shape)

    def _accepts(self, y):
        """Which elements of y are possible targets."""
        return np.isfinite(y)

    def _pointwise(self, raw, y):
        """Values (rows, N), over whose rows (1) takes the mean, and d their sum / d raw (R, N)."""
        raise NotImplementedError

    def _best_constant(self, y, weight):
        """The raw outputs (R,) that minimise (1) if they are the same for all columns."""
        raise NotImplementedError
