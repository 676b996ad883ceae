"""Sample weights and class weights."""

import numpy as np
import pytest
from estimator_cases import (
    FORMS,
    LABELS,
    ROUNDED,
    TABLE,
    N,
    both,
    every_form,
    forget_form,
    small,
    target,
)

from sklstm import LSTMClassifier, LSTMRegressor

REPEATS = np.array([0, 3, 1, 0, 2, 1, 1, 2, 0, 1, 4, 1])


@both
@every_form
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("repeats", [REPEATS, np.minimum(REPEATS, 1)], ids=["repeat", "remove"])
def test_weights_are_repetitions(make, form, per_step, repeats):
    X, y = FORMS[form], target(make, form, per_step)
    params = {"return_sequences": per_step, "alpha": 0.01, "max_iter": 5}
    if not per_step:
        params["pooling"] = "mean"
    weighted = small(make, **params).fit(X, y, repeats)
    index = np.repeat(np.arange(N), repeats)
    X_repeated, y_repeated = ([v[i] for i in index] for v in (X, y))
    if form != "ragged":
        X_repeated, y_repeated = np.array(X_repeated), np.array(y_repeated)
    repeated = small(make, **params).fit(X_repeated, y_repeated)
    method = "predict" if make is LSTMRegressor else "predict_proba"
    actual, expected = (forget_form(getattr(e, method)(X)) for e in (weighted, repeated))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-12)
    unweighted = small(make, **params).fit(X, y)
    assert np.abs(forget_form(getattr(unweighted, method)(X)) - expected).max() > 1e-4


@every_form
@pytest.mark.parametrize("batch_size", ["auto", 5])
@pytest.mark.parametrize("per_step", [False, True])
def test_the_loss_is_a_weighted_mean(form, batch_size, per_step):
    """A step of nearly 0 keeps the weights; a sequence's weight is that of each of its steps."""
    X, y, weights = FORMS[form], target(LSTMRegressor, form, per_step), np.arange(1.0, N + 1)
    still = {"learning_rate": 1e-300, "max_iter": 1, "batch_size": batch_size}
    validation = {"X_val": X, "y_val": y, "sample_weight_val": weights}
    estimator = small(LSTMRegressor, return_sequences=per_step, **still)
    estimator.fit(X, y, weights, **validation)
    errors = [np.square(p - t) for p, t in zip(estimator.predict(X), y, strict=True)]
    total = sum(w * np.sum(e) for w, e in zip(weights, errors, strict=True))
    expected = total / sum(w * np.size(e) for w, e in zip(weights, errors, strict=True))
    expected /= estimator.target_scale_[0] ** 2
    assert estimator.validation_loss_curve_[0] == pytest.approx(expected, rel=ROUNDED)
    assert estimator.loss_ == pytest.approx(expected, rel=ROUNDED)


@both
def test_the_scale_of_weights_makes_no_difference(make):
    weights = np.arange(1.0, N + 1)
    a, b = (small(make).fit(TABLE, target(make), w) for w in (weights, weights * 1e-3))
    np.testing.assert_allclose(a._params, b._params, rtol=0, atol=1e-12)


@both
def test_validation_weights_are_repetitions(make):
    y = target(make)
    index = np.repeat(np.arange(N), REPEATS)
    validation = {"X_val": TABLE, "y_val": y, "sample_weight_val": REPEATS}
    weighted = small(make).fit(TABLE, y, **validation)
    repeated = small(make).fit(TABLE, y, X_val=TABLE[index], y_val=y[index])
    for name in ("validation_loss_curve_", "validation_score_curve_"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-12)


@every_form
@pytest.mark.parametrize("per_step", [False, True])
def test_class_weights_are_sample_weights(form, per_step):
    X, y = FORMS[form], target(LSTMClassifier, form, per_step)
    by_class = {"up": 1.0, "down": 3.0, "flat": 0.5}
    params = {"return_sequences": per_step}
    estimator = small(LSTMClassifier, class_weight=by_class, **params).fit(X, y)
    plain = small(LSTMClassifier, **params).fit(X, y)
    assert not np.allclose(estimator._params, plain._params, atol=1e-4)
    if not per_step:
        weights = np.array([by_class[label] for label in y])
        expected = small(LSTMClassifier).fit(X, y, weights)
        np.testing.assert_allclose(estimator._params, expected._params, rtol=0, atol=1e-12)


def test_balanced_class_weights():
    y = np.array([0] * 8 + [1] * 3 + [2])
    estimator = small(LSTMClassifier, class_weight="balanced").fit(TABLE, y)
    expected = small(LSTMClassifier).fit(TABLE, y, N / (3 * np.bincount(y)[y]))
    np.testing.assert_allclose(estimator._params, expected._params, rtol=0, atol=1e-12)


def test_class_weights_keep_float32():
    X = TABLE.astype(np.float32)
    estimator = small(LSTMClassifier, class_weight="balanced").fit(X, LABELS, np.arange(1, N + 1))
    assert estimator.predict_proba(X).dtype == np.float32


def test_balanced_class_weights_do_not_need_all_classes_in_validation_data():
    estimator = small(LSTMClassifier, class_weight="balanced")
    estimator.fit(TABLE, LABELS, X_val=TABLE[:2], y_val=LABELS[:2])
