"""Probabilities agree with each other; the score is scikit-learn's metric."""

import numpy as np
import pytest
from estimator_cases import CUBE, FORMS, RAGGED, TABLE, N, every_form, forget_form, small, target
from sklearn.metrics import accuracy_score, r2_score

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.losses import Quantile

# Probabilities ------------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_agree_with_each_other(form, per_step, n_classes):
    X, labels = FORMS[form], np.arange(N) % n_classes * 10
    y = [np.roll(labels, i)[: len(x)] for i, x in enumerate(X)] if per_step else labels
    y = np.array(y) if per_step and form != "ragged" else y
    estimator = small(LSTMClassifier, return_sequences=per_step, max_iter=40).fit(X, y)
    names = ("predict_proba", "predict_log_proba", "decision_function", "predict")
    proba, log_proba, raw, predicted = (forget_form(getattr(estimator, name)(X)) for name in names)
    np.testing.assert_allclose(proba.sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(log_proba), proba, rtol=1e-12)
    if n_classes == 2:
        np.testing.assert_allclose(1 / (1 + np.exp(-raw)), proba[..., 1], rtol=1e-12)
        np.testing.assert_array_equal(predicted, np.where(raw > 0, 10, 0))
    else:
        odds = np.exp(raw)
        np.testing.assert_allclose(odds / odds.sum(axis=-1, keepdims=True), proba, rtol=1e-12)
    np.testing.assert_array_equal(predicted, estimator.classes_[proba.argmax(axis=-1)])


def test_probabilities_of_several_labels_are_independent():
    y = (np.random.default_rng(1).random((N, 3)) < 0.5).astype(int)
    estimator = small(LSTMClassifier, max_iter=40).fit(CUBE, y)
    raw = estimator.decision_function(CUBE)
    np.testing.assert_allclose(estimator.predict_proba(CUBE), 1 / (1 + np.exp(-raw)), rtol=1e-12)
    np.testing.assert_allclose(
        estimator.predict_log_proba(CUBE), np.log(estimator.predict_proba(CUBE)), rtol=1e-12
    )
    np.testing.assert_array_equal(estimator.predict(CUBE), raw > 0)


def test_log_probability_of_the_impossible_is_minus_infinity():
    estimator = small(LSTMClassifier, learning_rate=1e4, max_grad_norm=None, max_iter=30)
    estimator.fit(TABLE, TABLE[:, -1] > 0)
    assert np.isneginf(estimator.predict_log_proba(TABLE)).any()


# Score --------------------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("weights", [None, np.arange(1.0, N + 1)])
def test_score_counts_every_step_once(form, weights):
    X = FORMS[form]
    spread = None if weights is None else np.repeat(weights, [len(x) for x in X])
    for make, metric in ((LSTMRegressor, r2_score), (LSTMClassifier, accuracy_score)):
        y = target(make, form, per_step=True)
        estimator = small(make, return_sequences=True, max_iter=20).fit(X, y)
        flat = [np.concatenate(list(rows)) for rows in (y, estimator.predict(X))]
        expected = metric(*flat, sample_weight=spread)
        assert estimator.score(X, y, weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weights", [None, np.arange(1.0, N + 1)])
def test_score_counts_every_sequence_once(weights):
    for make, metric in ((LSTMRegressor, r2_score), (LSTMClassifier, accuracy_score)):
        estimator = small(make, max_iter=20).fit(RAGGED, target(make))
        expected = metric(target(make), estimator.predict(RAGGED), sample_weight=weights)
        assert estimator.score(RAGGED, target(make), weights) == pytest.approx(expected, abs=1e-12)


def test_score_of_quantiles_is_that_of_the_one_nearest_to_the_median():
    y = TABLE[:, :2]
    estimator = small(LSTMRegressor, loss=Quantile([0.1, 0.4, 0.9]), max_iter=20).fit(CUBE, y)
    expected = r2_score(y, estimator.predict(CUBE)[..., 1])
    assert estimator.score(CUBE, y) == pytest.approx(expected, abs=1e-12)
