"""Losses for class labels. Notation and equation (1): see the package docstring."""

from copy import copy
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy.special import expit

from ..messages import shorten
from ..types import Array
from .base import Loss
from .functions import finite_log, log_softmax, softmax_cross_entropy, softplus, weighted_mean


class ClassificationLoss(Loss):
    """Base class of the losses for class labels.

    By default there is one raw output for each class, probabilities are their softmax, and targets
    are one row of class codes 0, ..., K - 1. A subclass for labels of this kind has a parameter
    `n_classes`, and defines `pointwise`. Others define the methods below, too.

    Examples
    --------
    The focal loss of Lin et al. (2017), ``-(1 - p)**gamma * log(p)`` with the probability p of the
    true class. It gives less weight to sequences that are classified well, and hence more to rare
    classes:

    >>> import numpy as np
    >>> from sklstm import LSTMClassifier
    >>> from sklstm.losses import ClassificationLoss
    >>> class FocalLoss(ClassificationLoss):
    ...     def __init__(self, gamma=2.0, n_classes=2):
    ...         self.gamma = gamma
    ...         self.n_classes = n_classes
    ...     def pointwise(self, raw, y):
    ...         true_class = y[0].astype(int), np.arange(raw.shape[1])
    ...         probabilities = self.predict(raw)
    ...         p = np.maximum(probabilities[true_class], np.finfo(raw.dtype).tiny)
    ...         q = np.maximum(1 - p, np.finfo(raw.dtype).eps)
    ...         slope = self.gamma * q ** (self.gamma - 1) * p * np.log(p) - q**self.gamma
    ...         d_raw = -slope * probabilities
    ...         d_raw[true_class] += slope
    ...         return -(q**self.gamma * np.log(p))[None], d_raw
    >>> X = np.random.default_rng(0).standard_normal((100, 8))
    >>> y = np.where(X[:, -1] > 1, "rare", "common")
    >>> model = LSTMClassifier(8, loss=FocalLoss(gamma=1.5), random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.9)
    True
    """

    minimum: float = 0.0
    n_classes: int

    if TYPE_CHECKING:  # in a subclass it may be a text, as in `Loss`
        valid_targets: str
    else:

        @property
        def valid_targets(self):
            """What `accepts` accepts, for the error message."""
            return f"class codes, whole numbers from 0 to {self.n_classes - 1}"

    def for_classes(self, n_classes: int) -> Self:
        """Return this loss for one label of K, where a target is a class code.

        Parameters
        ----------
        n_classes : int
            K.

        Returns
        -------
        loss : Loss
            By default a copy whose parameter `n_classes` is K.

        Raises
        ------
        ValueError
            If there is no such form of the loss.
        """
        if "n_classes" not in self.get_params(deep=False):
            raise ValueError(
                f"The loss {shorten(self)} has no parameter n_classes, and so no form for one of "
                f"{n_classes} labels. It is for an indicator matrix y, several labels at once."
            )
        loss = copy(self)
        loss.n_classes = n_classes
        return loss

    def for_indicators(self) -> Loss:
        """Return this loss for several labels at once, where targets are rows of 0 and 1.

        Returns
        -------
        loss : Loss

        Raises
        ------
        ValueError
            If there is no such form of the loss, as by default.
        """
        raise ValueError(
            f"The loss {shorten(self)} has no form for several labels at once, an indicator matrix "
            "y; pass one label per sequence, or use loss='log_loss'."
        )

    def n_raw(self, n_outputs: int) -> int:
        return n_outputs * self.n_classes

    def accepts(self, y: Array) -> Array:
        return (y >= 0) & (y < self.n_classes) & (y == np.floor(y))

    def best_constant(self, y: Array, weight: Array) -> Array:
        counts = np.bincount(y[0].astype(np.intp), weight, minlength=self.n_classes)
        return finite_log(counts / counts.sum())

    def predict(self, raw: Array) -> Array:
        """Return the probabilities.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.

        Returns
        -------
        ndarray of shape (K, N), dtype of `raw`
            The probabilities of the K classes, or of each of K labels.
        """
        return np.exp(log_softmax(raw))

    def decision(self, raw: Array) -> Array:
        """Return what the classes or labels are chosen by.

        Parameters
        ----------
        raw : ndarray of shape (R, N), float32 or float64
            Raw outputs.

        Returns
        -------
        ndarray of shape (K, N), dtype of `raw`
            The class with the highest value is predicted; of several labels at once, those above 0.
            By default `raw` itself.
        """
        return raw


class LogLoss(ClassificationLoss):
    """Log loss (cross-entropy) of softmax probabilities.

    Parameters
    ----------
    n_classes : int, default=2
        Number of classes K; a classifier replaces it by that of its y. There is one raw output per
        class, also if K = 2.

    References
    ----------
    C. M. Bishop, "Pattern recognition and machine learning", 2006, equations 4.104 and 4.108.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import LogLoss
    >>> LogLoss(n_classes=4).predict(np.zeros((4, 1))).ravel().tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    def __init__(self, n_classes: int = 2) -> None:
        self.n_classes = n_classes

    def for_indicators(self) -> Loss:
        return MultiLabelLogLoss()

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        value, d_raw = softmax_cross_entropy(raw, y[0].astype(np.intp))
        return value[np.newaxis], d_raw


class MultiLabelLogLoss(ClassificationLoss):
    """Log loss of K independent binary labels, with one sigmoid per label.

    Targets are 0 or 1, one row per label. The loss is the mean over labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import MultiLabelLogLoss
    >>> MultiLabelLogLoss().predict(np.zeros((2, 1))).tolist()
    [[0.5], [0.5]]
    """

    valid_targets = "labels 0 and 1"

    def for_indicators(self) -> Loss:
        return self

    def n_raw(self, n_outputs: int) -> int:
        return n_outputs

    def accepts(self, y: Array) -> Array:
        return (y == 0) | (y == 1)

    def predict(self, raw: Array) -> Array:
        return expit(raw)

    def pointwise(self, raw: Array, y: Array) -> tuple[Array, Array]:
        # In terms of the margin, because 1 - expit(raw) loses precision for large raw outputs.
        sign = 1 - 2 * y
        margin = sign * raw
        return softplus(margin), sign * expit(margin)

    def best_constant(self, y: Array, weight: Array) -> Array:
        p = weighted_mean(y, weight)
        return finite_log(p) - finite_log(1 - p)
