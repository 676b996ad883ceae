"""Saliency: gradients of a prediction by the input."""

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import Bunch

from .._estimators.response_gradients import response_gradients
from .._typing import Array, Predictions
from ..core.checks import check_choice, check_integer
from ..core.messages import shorten, shorten_list
from ._unwrap import channel_names, final_estimator

if TYPE_CHECKING:

    class Saliency(Bunch):
        """What `saliency` returns."""

        gradients: Predictions
        predictions: Array
        X: Predictions
        targets: Array | Any  # or None
        feature_names: list[str] | Any  # or None


_METHODS = ("auto", "decision_function", "predict_proba")


def saliency(
    estimator: Any,
    X: Any,
    *,
    target: Any = None,
    response_method: str = "auto",
    step: int = -1,
) -> "Saliency":
    """Gradient of a prediction by each number in a sequence.

    It tells how much the prediction changes with a small change of this number [1]_.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
        Fitted; alone, or at the end of a pipeline or search. Its other steps are applied to X, and
        the gradient is by what they return: by standardised values, if they are scalers.
    X : array-like of shape (n, T) or (n, T, C), or list of n array-likes (T_i,) or (T_i, C)
        Sequences, in a form accepted by `fit`.
    target : label, int or tuple of int, default=None
        Which prediction. For a classifier a label; None is the one predicted for each sequence. For
        a regressor the number of the output, of the quantile, or of both; None if there is only
        one.
    response_method : {"auto", "decision_function", "predict_proba"}, default="auto"
        What a classifier predicts: "auto" is "decision_function", the log-odds of two classes, or
        the logits of more. A regressor predicts the values of `predict`, in the units of y.
    step : int, default=-1
        Of which step the prediction is, for an estimator with `return_sequences`; -1 is the last
        one.

    Returns
    -------
    Bunch
        A dict with attributes:

        gradients : ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
            Derivatives of the prediction for a sequence by its values.
        predictions : ndarray of shape (n,)
            The predictions.
        X : ndarray or list of ndarrays
            The sequences as the network estimator reads them, in the form of the gradients.
        targets : ndarray of shape (n,), or None
            The labels of a classifier.
        feature_names : list of str or None
            Names of the channels, if they are known.

    Raises
    ------
    NotFittedError, ValueError, TypeError
        If the estimator is not fitted or reads tokens, X is not valid, or there is no such
        prediction.

    See Also
    --------
    permutation_importance : Decrease of a score without a channel or step.
    SaliencyDisplay : The result as a picture.

    Notes
    -----
    A gradient is local: where gates are saturated it is nearly zero, also for inputs on which the
    prediction depends. Those of single sequences are noisy; the mean of their absolute values over
    many sequences is less so.

    References
    ----------
    .. [1] K. Simonyan, A. Vedaldi, A. Zisserman. "Deep inside convolutional networks: visualising
       image classification models and saliency maps." ICLR workshop, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.inspection import saliency
    >>> X = np.random.default_rng(0).standard_normal((200, 6, 3))
    >>> y = X[:, -1, 1]  # the second channel of the last step
    >>> model = LSTMRegressor(8, max_iter=40, random_state=0).fit(X, y)
    >>> result = saliency(model, X)
    >>> size = np.abs(result.gradients).mean(axis=0)
    >>> size.shape, divmod(int(size.argmax()), 3)
    ((6, 3), (5, 1))
    """
    network, X = final_estimator(estimator, X, "saliency")
    check_choice(response_method, "response_method", _METHODS)
    check_integer(step, "step", -(10**9))
    if is_classifier(network):
        method = "decision_function" if response_method == "auto" else response_method
        choice = _OfClass(network, target)
    else:
        if response_method != "auto":
            raise ValueError(
                f"response_method={response_method!r} is for classifiers; {shorten(network)} "
                "predicts values. Leave it out."
            )
        method, choice = "predict", _OfOutput(target)
    per_step = network._architecture["return_sequences"]
    if not per_step and step != -1:
        raise ValueError(
            f"step={step} is for estimators with return_sequences=True; this one predicts once for "
            "each sequence. Leave it out."
        )

    def choose(results, lengths):
        rows = _rows(lengths, step) if per_step else np.arange(len(results))
        return rows, choice.of(results[rows])

    X, values, gradients = response_gradients(network, X, method, choose)
    return Bunch(
        gradients=gradients,
        predictions=values,
        X=X,
        targets=choice.labels,
        feature_names=channel_names(estimator),
    )


def _rows(lengths, step):
    """The row of a step of each sequence, among the steps of all."""
    short = np.flatnonzero((lengths <= step) | (lengths < -step))
    if len(short):
        raise ValueError(
            f"step={step}, but X[{short[0]}] has {lengths[short[0]]} step(s). Use another one, or "
            "leave short sequences out."
        )
    ends = np.cumsum(lengths)
    return ends + step if step < 0 else ends - lengths + step


class _OfOutput:
    """The choice of an output of a regressor."""

    labels = None

    def __init__(self, target):
        self._target = target

    def of(self, values):
        shape = values.shape[1:]
        index = () if self._target is None else self._target
        index = index if isinstance(index, tuple) else (index,)
        valid = len(index) == len(shape) and all(
            isinstance(k, int | np.integer) and not isinstance(k, bool) and -size <= k < size
            for k, size in zip(index, shape, strict=True)
        )
        if not valid:
            raise ValueError(
                f"target={shorten(self._target)} does not choose one number of a prediction of "
                f"shape {shape}; expected " + _EXPECTED[len(shape)].format(*shape)
            )
        return lambda values: values[(slice(None), *index)]


_EXPECTED = (
    "None, as there is only one.",
    "an integer from 0 to {0} - 1.",
    "a tuple of two integers, the output from 0 to {0} - 1 and the quantile from 0 to {1} - 1.",
)


class _OfClass:
    """The choice of a class of a classifier."""

    def __init__(self, classifier, target):
        self._classes = classifier.classes_
        self._is_multilabel = classifier._multilabel
        self._target = target
        self.labels = None

    def of(self, results):
        codes = self._codes(results)
        self.labels = self._classes[codes]
        if results.ndim == 1:  # log-odds of the second of two classes
            sign = np.where(codes == 1, 1.0, -1.0)
            return lambda results: sign * results
        return lambda results: np.take_along_axis(results, codes[:, np.newaxis], axis=1)[:, 0]

    def _codes(self, results):
        if self._target is not None:
            found = np.flatnonzero(self._classes == self._target)
            if len(found) != 1:
                raise ValueError(
                    f"target={shorten(self._target)} is not one of the classes, which are "
                    f"{shorten_list(self._classes.tolist())}."
                )
            return np.full(len(results), found[0])
        if self._is_multilabel:
            raise ValueError(
                "target is None, but there may be several labels for a sequence; expected one of "
                f"{shorten_list(self._classes.tolist())}."
            )
        if results.ndim == 1:
            return (results > 0).astype(int)
        return results.argmax(axis=1)
