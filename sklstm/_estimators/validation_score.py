"""The parameter `scoring`: the score of the validation set after every epoch."""

import math
from copy import copy
from numbers import Real

import numpy as np

from .._validation.scoring import read_scorer
from ..core.messages import shorten
from ..core.packing import steps_of
from ..core.user_warnings import warn_user
from ..training.loop import Validation
from .scorers import ScorerOverSteps, is_metric, score_with_weights


def scored_validation(estimator, problem, examples, data):
    """The validation set with its score, as the training loop uses it.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
    problem : Problem
        The problem that is trained.
    examples : Examples
        The validation set.
    data : tuple of X, y and sample_weight
        What the validation set is, or is a part of, as passed by the user.

    Returns
    -------
    Validation
    """
    if estimator.scoring is not None:
        score = ValidationScorer(estimator, problem, examples, *data)
    else:

        def score(raw):
            return estimator._score_raw(raw, examples)

    return Validation(
        examples,
        score,
        stops=bool(estimator.early_stopping),
        monitors_score=estimator.scoring is not None,
    )


def warn_if_nothing_is_scored(estimator):
    """Warn if there is a scorer, but no validation set.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier

    Warns
    -----
    UserWarning
    """
    if estimator.scoring is not None:
        warn_user(
            f"scoring={shorten(estimator.scoring)} has no effect without a validation set; set "
            "early_stopping=True, or pass X_val and y_val to fit.",
        )


class ValidationScorer:
    """Scores the validation set, as if it was passed to a scorer with the fitted estimator.

    Parameters
    ----------
    estimator, problem, examples
        See `scored_validation`.
    X, y, sample_weight : array-like
        What the validation set is, or is a part of, as passed by the user.
    """

    def __init__(self, estimator, problem, examples, X, y, sample_weight):
        self._estimator, self._problem = estimator, problem
        self._scorer = _scorer(estimator.scoring, examples.per_step)
        self._sequences, self._rows = examples.sequences, slice(None)
        data = X, y, None if isinstance(sample_weight, Real) else sample_weight
        if examples.example_of_row is not None:
            # Rows that were merged into one example are all scored.
            index = np.flatnonzero(examples.example_of_row >= 0)
            data = [None if each is None else _take_rows(each, index) for each in data]
            example = examples.example_of_row[index]
            self._sequences = examples.sequences.take(example)
            self._rows = steps_of(example, examples.sequences.offsets)
            self._rows = self._rows if examples.per_step else example
        self._X, self._y, self._weights = data

    def __call__(self, raw):
        """Return the score.

        Parameters
        ----------
        raw : ndarray of shape (M, n_raw)
            Raw outputs of the validation set.

        Returns
        -------
        float

        Raises
        ------
        ValueError
            If the scorer does not return a finite number.
        """
        estimator = self._fitted_estimator(raw)
        try:
            score = score_with_weights(self._scorer, estimator, self._X, self._y, self._weights)
        except Exception as error:
            error.add_note(f"Raised by {self._name}, called {self._when}.")
            raise
        score = score.item() if hasattr(score, "item") and np.ndim(score) == 0 else score
        if not isinstance(score, Real) or not math.isfinite(score):
            kind = "" if isinstance(score, Real) else f" ({type(score).__name__})"
            raise ValueError(
                f"{self._name} returned {shorten(score)}{kind} {self._when}; expected a finite "
                "number. Use another score, or a validation set for which it is defined."
            )
        return float(score)

    def _fitted_estimator(self, raw):
        """A copy of the estimator with the present weights, which knows its raw outputs."""
        estimator = copy(self._estimator)
        fitted = self._problem.fitted_attributes(loss=math.nan)
        vars(estimator).update(fitted, _params=fitted["_params"].copy())
        estimator._fitted_predictor().known = (self._X, self._sequences, raw[self._rows])
        return estimator

    @property
    def _name(self):
        return f"scoring={shorten(self._estimator.scoring)}"

    @property
    def _when(self):
        return f"on the validation set after epoch {self._problem.state.n_epochs + 1}"


def _scorer(scoring, per_step):
    """The scorer; one that compares y with predictions does so over all steps."""
    scorer = read_scorer(scoring)
    if per_step and is_metric(scoring) and not isinstance(scorer, ScorerOverSteps):
        return ScorerOverSteps(scorer)
    return scorer


def _take_rows(data, index):
    """Some rows of an array-like in the same form."""
    if hasattr(data, "iloc"):
        return data.iloc[index]
    if isinstance(data, (list, tuple)):
        return [data[i] for i in index]
    return np.asarray(data)[index]
