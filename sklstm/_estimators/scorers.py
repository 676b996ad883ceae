"""Scorers of scikit-learn, also for a target at every step."""

from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from .._validation.scoring import read_scorer
from .._validation.sequences import is_ragged

_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


def over_steps(scoring: Any) -> Any:
    """Make a scorer for estimators with a target at every step.

    scikit-learn's scorers expect one target per sample. They cannot read lists of sequences of
    different lengths, and read (n, T) targets as T outputs. The scorer made here passes them all
    steps of all sequences, one after the other.

    Parameters
    ----------
    scoring : str, scorer, dict or list
        A name of scikit-learn's, such as "accuracy" or "neg_log_loss", a scorer made by
        `sklearn.metrics.make_scorer`, or any other ``scorer(estimator, X, y)``. Several are a dict
        of them by any names, or a list of names.

    Returns
    -------
    callable or dict of str to callable
        A ``scorer(estimator, X, y, sample_weight=None)`` that `cross_val_score` and searches accept
        as `scoring`; for several a dict of them. Its y is (n, T), (n, T, O), or a list of (T_i,) or
        (T_i, O); sample weights are one per sequence or one per step. Steps with a weight of zero
        are left out. It has the method `set_score_request` for metadata routing.

    Raises
    ------
    ValueError
        If a name is not that of a scorer. When called: if y has no axis for steps, or the
        predictions have another number of steps.
    TypeError
        If `scoring` is of another type.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklstm import LSTMClassifier
    >>> from sklstm.metrics import over_steps
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.standard_normal((n, 1)) for n in rng.integers(3, 9, 40)]
    >>> y = [np.where(x[:, 0] > 0, "up", "down") for x in X]  # a label at every step
    >>> model = LSTMClassifier(8, return_sequences=True, random_state=0)
    >>> scores = cross_val_score(model, X, y, scoring=over_steps("accuracy"), cv=2)
    >>> bool(scores.min() > 0.9)
    True
    """
    if isinstance(scoring, dict):
        return {name: over_steps(each) for name, each in scoring.items()}
    if isinstance(scoring, (list, tuple, set)):
        return {name: over_steps(name) for name in scoring}
    return ScorerOverSteps(read_scorer(scoring))


def is_metric(scoring):
    """Whether `scoring` compares y with predictions: a name, or made by `make_scorer`."""
    return isinstance(scoring, str) or hasattr(scoring, "set_score_request")


def score_with_weights(scorer, estimator, X, y, sample_weight):
    """The score, with sample weights if they are given and the scorer accepts them.

    The signature of one made by `make_scorer` does not tell whether its metric does.
    """
    if sample_weight is not None:
        try:
            return scorer(estimator, X, y, sample_weight=sample_weight)
        except TypeError as error:
            if "unexpected keyword argument 'sample_weight'" not in str(error):
                raise
    return scorer(estimator, X, y)


class ScorerOverSteps:
    """The scorer that `over_steps` returns.

    Parameters
    ----------
    scorer : callable
        A ``scorer(estimator, X, y)`` for one target per sample.
    """

    def __init__(self, scorer):
        self._scorer = scorer

    def __repr__(self) -> str:
        return f"over_steps({self._scorer!r})"

    def __call__(self, estimator, X, y, sample_weight=None, **kwargs):
        lengths, targets = _flattened(y, "y")
        scored = np.ones(len(targets), dtype=bool)
        if sample_weight is not None:
            weights = _weights_of_steps(sample_weight, lengths)
            scored = weights != 0
            if (weights[scored] != 1).any():  # a mask is for metrics without weights, too
                kwargs["sample_weight"] = weights[scored]
        targets = targets[scored]
        if targets.dtype == object:  # without None and the like, which had no weight
            targets = np.array(targets.tolist())
        view = EstimatorOverSteps(estimator, X, scored, lengths)
        return self._scorer(view, X, targets, **kwargs)

    # Metadata routing

    def set_score_request(self, **kwargs):
        """Request metadata, as for any scorer of scikit-learn."""
        self._scorer.set_score_request(**kwargs)
        return self

    def get_metadata_routing(self):
        """The requests of the scorer."""
        return self._scorer.get_metadata_routing()

    def _accept_sample_weight(self):
        """Asked by the searches of scikit-learn 1.9, which then pass the weights of `fit`."""
        if hasattr(self._scorer, "get_metadata_routing"):
            return "sample_weight" in self._scorer.get_metadata_routing().score.requests
        return "sample_weight" in signature(self._scorer).parameters


class EstimatorOverSteps:
    """An estimator whose predictions have a row per step.

    Parameters
    ----------
    estimator : estimator
        Its other public attributes are passed through.
    X : array-like
        The sequences that are scored.
    scored : ndarray of bool, shape (M,)
        The steps of X that are scored. Predictions for X have these rows only.
    lengths : list of int
        Number of steps of each sequence of y.
    """

    def __init__(self, estimator, X, scored, lengths):
        self._estimator, self._X, self._scored, self._lengths = estimator, X, scored, lengths

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        value = getattr(self._estimator, name)
        return self._over_steps(value) if name in _METHODS else value

    def __sklearn_tags__(self) -> Any:
        return self._estimator.__sklearn_tags__()

    def _over_steps(self, method):
        @wraps(method)
        def predict(X, **kwargs):
            lengths, rows = _flattened(method(X, **kwargs), "The prediction")
            if X is not self._X:
                return rows
            if lengths != self._lengths:
                raise ValueError(_other_lengths(lengths, self._lengths))
            return rows[self._scored]

        return predict


def _other_lengths(lengths, expected):
    """The message that predictions have other numbers of steps than y."""
    if len(lengths) != len(expected):
        return f"y has {len(expected)} sequences, but the predictions have {len(lengths)}."
    i = next(i for i, (n, m) in enumerate(zip(lengths, expected, strict=True)) if n != m)
    return f"y[{i}] has {expected[i]} steps, but the prediction for X[{i}] has {lengths[i]}."


def _flattened(values, name):
    """The length of each sequence, and an array with a row per step of all sequences."""
    rows = [np.asarray(row) for row in values] if is_ragged(values) else np.asarray(values)
    if np.ndim(rows[0]) < 1:
        raise ValueError(
            f"{name} has shape {np.shape(values)}, one target per sequence; over_steps is for a "
            "target at every step, (n, T) or a list of (T_i,). Use the scorer without it."
        )
    return [len(row) for row in rows], np.concatenate(rows)


def _weights_of_steps(sample_weight, lengths):
    """Weights (M,), from one per sequence or one per step."""
    if np.ndim(sample_weight[0] if is_ragged(sample_weight) else np.asarray(sample_weight)[0]):
        lengths_of_weights, weights = _flattened(sample_weight, "sample_weight")
        if lengths_of_weights == lengths:
            return weights
    elif len(sample_weight) == len(lengths):
        return np.repeat(np.asarray(sample_weight), lengths)
    raise ValueError(
        "sample_weight does not match y; expected one weight per sequence, (n,), or one per step, "
        "(n, T) or a list of (T_i,)."
    )
