"""Losses for labels; the notation and equation (1) are those of the package."""

import numpy as np
from scipy.special import expit

from .base import Loss
from .functions import finite_log, log_softmax, softplus, weighted_mean


class LogLoss(Loss):
    """Minus the logarithm of the probability that softmax gives to the right class.

    Parameters
    ----------
    n_classes : int, default=2
        Number of classes K; each has a raw output of its own, also when K = 2. Targets are one
        row of class codes 0, ..., K - 1.

    References
    ----------
    C. M. Bishop, "Pattern recognition and machine learning", 2006, equations 4.104 and 4.108.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.losses import LogLoss
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
        right = y[0].astype(np.intp), np.arange(raw.shape[1])
        log_p = log_softmax(raw)
        d_raw = np.exp(log_p)
        d_raw[right] -= 1
        return -log_p[right][None], d_raw

    def _best_constant(self, y, weight):
        counts = np.bincount(y[0].astype(np.intp), weight, minlength=self.n_classes)
        return finite_log(counts / counts.sum())


class MultiLabelLogLoss(Loss):
    """Minus the log-probability of K labels, each of which applies or not: a sigmoid per row.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.losses import MultiLabelLogLoss
    >>> MultiLabelLogLoss().predict(np.zeros((2, 1))).tolist()
    [[0.5], [0.5]]
    """

    _expected = "labels 0 and 1"

    def predict(self, raw):
        return expit(raw)

    def _accepts(self, y):
        return (y == 0) | (y == 1)

    def _pointwise(self, raw, y):
        # Written in the margin, because 1 - expit(raw) loses its digits for large raw outputs.
        sign = 1 - 2 * y
        margin = sign * raw
        return softplus(margin), sign * expit(margin)

    def _best_constant(self, y, weight):
        p = weighted_mean(y, weight)
        return finite_log(p) - finite_log(1 - p)
