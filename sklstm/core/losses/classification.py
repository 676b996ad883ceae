"""Losses for class labels. Notation and equation (1): see the package docstring."""

import numpy as np
from scipy.special import expit

from .base import Loss
from .functions import finite_log, log_softmax, softmax_cross_entropy, softplus, weighted_mean


class LogLoss(Loss):
    """Log loss (cross-entropy) of softmax probabilities.

    Parameters
    ----------
    n_classes : int, default=2
        Number of classes K. There is one raw output per class, also if K = 2. Targets are one row
        of class codes 0, ..., K - 1.

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

    of_classes = True

    def __init__(self, n_classes=2):
        self.n_classes = n_classes

    @property
    def _expected(self):
        return f"class codes, whole numbers from 0 to {self.n_classes - 1}"

    def n_raw(self, n_outputs):
        return n_outputs * self.n_classes

    def predict(self, raw):
        return np.exp(log_softmax(raw))

    def _accepts(self, y):
        return (y >= 0) & (y < self.n_classes) & (y == np.floor(y))

    def _pointwise(self, raw, y):
        value, d_raw = softmax_cross_entropy(raw, y[0].astype(np.intp))
        return value[np.newaxis], d_raw

    def _best_constant(self, y, weight):
        counts = np.bincount(y[0].astype(np.intp), weight, minlength=self.n_classes)
        return finite_log(counts / counts.sum())


class MultiLabelLogLoss(Loss):
    """Log loss of K independent binary labels, with one sigmoid per label.

    Targets are 0 or 1, one row per label. The loss is the mean over labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.losses import MultiLabelLogLoss
    >>> MultiLabelLogLoss().predict(np.zeros((2, 1))).tolist()
    [[0.5], [0.5]]
    """

    _expected = "labels 0 and 1"

    def predict(self, raw):
        return expit(raw)

    def _accepts(self, y):
        return (y == 0) | (y == 1)

    def _pointwise(self, raw, y):
        # In terms of the margin, because 1 - expit(raw) loses precision for large raw outputs.
        sign = 1 - 2 * y
        margin = sign * raw
        return softplus(margin), sign * expit(margin)

    def _best_constant(self, y, weight):
        p = weighted_mean(y, weight)
        return finite_log(p) - finite_log(1 - p)
