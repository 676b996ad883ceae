"""From the raw outputs of a fitted network to the results of an estimator's methods.

Both classes have a method for each method of their estimator that predicts from X alone, which
turns raw outputs (M, n_raw) into results with M rows. They are what a stream keeps of an estimator.
"""

from numbers import Real

import numpy as np
from sklearn.utils import check_random_state

from .._validation.random_state import check_seed
from ..core.checks import check_integer, check_number
from ..core.losses.contract import returned
from .target_units import to_original_units


class ValueOutputs:
    """Results of a regressor, in the form and the units of y.

    Parameters
    ----------
    loss : Loss
    mean, scale : ndarrays of shape (O,), float64
        The targets that the network learned are ``(y - mean) / scale``.
    single : bool
        Whether y has no axis for outputs.
    """

    methods = ("predict", "predict_quantiles", "sample_y")

    def __init__(self, loss, mean, scale, single):
        self._loss = loss
        self._n_outputs = len(mean)
        self._mean = mean[:, np.newaxis, np.newaxis]
        self._scale = scale[:, np.newaxis, np.newaxis]
        self._single = single

    def point(self, raw):
        """The point predictions (M, O), in the units that the network learned."""
        return np.ascontiguousarray(self._loss.point(_as_columns(raw)).T)

    def predict(self, raw, return_std=False):
        """Predictions, and if asked their standard deviations, as in the estimator."""
        values = self._loss.predict(_as_columns(raw)).reshape(self._n_outputs, -1, len(raw))
        values = self._in_form_of_y(values, self._mean, many=values.shape[1] > 1)
        if not return_std:
            return values
        std = self._loss.std(_as_columns(raw))
        std = returned(self._loss, "std", std, (self._n_outputs, len(raw)))
        return values, self._in_form_of_y(std[:, np.newaxis], 0.0, many=False)

    def predict_quantiles(self, raw, quantiles):
        """Quantiles of y, a last axis; without one if `quantiles` is a number."""
        if np.ndim(quantiles) > 1:
            raise ValueError(
                f"quantiles has shape {np.shape(quantiles)}; expected a number or a list of them."
            )
        levels = np.array([check_number(q, "quantiles", "(0, 1)") for q in np.ravel(quantiles)])
        values = self._loss.quantiles(_as_columns(raw), levels)
        shape = self._n_outputs, len(levels), len(raw)
        values = returned(self._loss, "quantiles", values, shape)
        return self._in_form_of_y(values, self._mean, many=not isinstance(quantiles, Real))

    def sample_y(self, raw, n_samples=1, random_state=0):
        """Draws of y, a last axis."""
        check_integer(n_samples, "n_samples", 1)
        check_seed(random_state)
        rng, columns = check_random_state(random_state), _as_columns(raw)
        shape = self._n_outputs, len(raw)
        values = [
            returned(self._loss, "draw", self._loss.draw(columns, rng), shape)
            for _ in range(n_samples)
        ]
        return self._in_form_of_y(np.stack(values, axis=1), self._mean, many=True)

    def _in_form_of_y(self, values, mean, many):
        """From (O, Q, M) in the units that the network learned to (M, ...) as the user sees it."""
        own = to_original_units(values, mean, self._scale)
        if self._single and not many:  # as it is, for the sake of single rows
            return own[0, 0]
        own = np.ascontiguousarray(own.transpose(2, 0, 1))
        own = own[:, 0] if self._single else own
        return own if many else own[..., 0]


class LabelOutputs:
    """Results of a classifier.

    Parameters
    ----------
    loss : ClassificationLoss
        For the classes or labels of y.
    classes : ndarray of shape (K,)
    multilabel : bool
        Whether y is an indicator matrix.
    """

    methods = ("predict", "predict_proba", "predict_log_proba", "decision_function")

    def __init__(self, loss, classes, multilabel):
        self._loss = loss
        self._classes = classes
        self._multilabel = multilabel

    def predict(self, raw):
        """Labels (M,), or (M, K) of 0 and 1."""
        codes = self.codes(raw)
        return codes if self._multilabel else self._classes[codes]

    def codes(self, raw):
        """Labels as targets: class codes (M,), or (M, K) of 0 and 1."""
        decision = self._decision(raw)
        if self._multilabel:
            return (decision > 0).astype(np.int64)  # the sigmoid of 0 is 1/2
        return decision.argmax(axis=1)

    def predict_proba(self, raw):
        """Probabilities (M, K)."""
        return np.ascontiguousarray(self._loss.predict(_as_columns(raw)).T)

    def predict_log_proba(self, raw):
        """Logarithms of the probabilities (M, K)."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(raw))

    def decision_function(self, raw):
        """Log-odds (M,), or logits (M, K)."""
        decision = self._decision(raw)
        if not self._multilabel and len(self._classes) == 2:
            return decision[:, 1] - decision[:, 0]
        return decision

    def _decision(self, raw):
        return np.ascontiguousarray(self._loss.decision(_as_columns(raw)).T)


def _as_columns(raw):
    """Raw outputs as losses take them: from (M, n_raw) to (n_raw, M)."""
    return np.ascontiguousarray(raw.T)
