"""Resuming training by warm_start and partial_fit, bit for bit."""

import pickle

import numpy as np
import pytest
from estimator_cases import CUBE, FORMS, LABELS, TABLE, N, Y, both, small, target, weights_equal

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.schedules import Constant, ReduceOnPlateau, WarmUp

LASTING = {
    "learning_rate": Constant(0.01),
    "batch_size": 5,
    "dropout": 0.2,
    "recurrent_dropout": 0.2,
}


@both
@pytest.mark.parametrize("form", ["table", "ragged"])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_warm_start_resumes_bit_for_bit(make, optimizer, form):
    X, y, params = FORMS[form], target(make), LASTING | {"optimizer": optimizer}
    expected = small(make, max_iter=7, **params).fit(X, y)
    estimator = small(make, max_iter=3, warm_start=True, **params).fit(X, y)
    estimator = pickle.loads(pickle.dumps(estimator)).set_params(max_iter=4).fit(X, y)
    assert weights_equal(estimator, expected)
    assert estimator.n_iter_ == 7
    assert estimator.loss_curve_ == expected.loss_curve_


@both
@pytest.mark.parametrize("form", ["table", "ragged"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_partial_fit_is_one_epoch(make, optimizer, form):
    X, y, params = FORMS[form], target(make), LASTING | {"optimizer": optimizer}
    expected = small(make, max_iter=4, tol=0.0, **params).fit(X, y)
    estimator = small(make, **params)
    for epoch in range(4):
        first = {"classes": np.unique(y)} if make is LSTMClassifier and epoch == 0 else {}
        assert estimator.partial_fit(X, y, **first) is estimator
        assert estimator.n_iter_ == epoch + 1
    assert weights_equal(estimator, expected)
    assert estimator.loss_curve_ == expected.loss_curve_


CUTS_EVERY_EPOCH = ReduceOnPlateau(patience=0, tol=1e6)


STEADY_WARM_UP = WarmUp(Constant(0.01))


@pytest.mark.parametrize("rate", ["exponential", STEADY_WARM_UP, "plateau", CUTS_EVERY_EPOCH])
def test_schedules_resume(rate):
    params = LASTING | {"learning_rate": rate}
    expected = small(LSTMRegressor, max_iter=7, **params).fit(TABLE, Y)
    estimator = small(LSTMRegressor, max_iter=3, warm_start=True, **params).fit(TABLE, Y)
    estimator.set_params(max_iter=4).fit(TABLE, Y)
    assert weights_equal(estimator, expected)


def test_partial_fit_with_a_schedule_that_knows_its_end():
    params = LASTING | {"learning_rate": "cosine"}
    expected = small(LSTMRegressor, max_iter=3, **params).fit(TABLE, Y)
    estimator = small(LSTMRegressor, max_iter=3, **params)
    for _ in range(3):
        estimator.partial_fit(TABLE, Y)
    assert weights_equal(estimator, expected)


def test_warm_start_with_a_schedule_that_knows_its_end():
    estimator = small(LSTMRegressor, warm_start=True, learning_rate="cosine").fit(TABLE, Y)
    before = estimator.weights_["head_weight"]
    assert not np.array_equal(estimator.fit(TABLE, Y).weights_["head_weight"], before)


@both
def test_partial_fit_with_early_stopping_is_an_error(make):
    estimator = small(make, early_stopping=True)
    classes = (np.unique(LABELS),) if make is LSTMClassifier else ()
    for _ in range(2):
        with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
            estimator.partial_fit(TABLE, target(make), *classes)
        assert not hasattr(estimator, "partial_fit")
        estimator.fit(TABLE, target(make))
    estimator.set_params(early_stopping=False).partial_fit(TABLE, target(make))
    assert callable(make.partial_fit)


def test_partial_fit_announces_classes():
    estimator = small(LSTMClassifier).partial_fit(TABLE[:1], ["up"], classes=["up", "down", "no"])
    assert estimator.classes_.tolist() == ["down", "no", "up"]
    assert estimator.predict_proba(TABLE).shape == (N, 3)
    estimator.partial_fit(TABLE[1:2], ["down"]).partial_fit(TABLE, ["no"] * N)
    assert estimator.n_iter_ == 3


def test_partial_fit_of_several_labels():
    y = (TABLE[:, :3] > 0).astype(int)
    estimator = small(LSTMClassifier).partial_fit(TABLE, y).partial_fit(TABLE, y)
    assert estimator.predict(TABLE).shape == (N, 3)
    announced = small(LSTMClassifier)
    for _ in range(2):
        announced.partial_fit(TABLE, y, classes=range(3))
    assert weights_equal(announced, estimator)
    np.testing.assert_array_equal(announced.classes_, estimator.classes_)


@both
def test_fit_starts_anew_without_warm_start(make):
    estimator = small(make).fit(CUBE, target(make)).fit(TABLE, target(make))
    assert estimator.n_iter_ == 3
    assert weights_equal(estimator, small(make).fit(TABLE, target(make)))


def test_resuming_with_another_optimizer_keeps_the_weights():
    estimator = small(LSTMRegressor, warm_start=True).fit(TABLE, Y)
    before = estimator._params.copy()
    estimator.set_params(optimizer="sgd", learning_rate=1e-300, max_iter=1).fit(TABLE, Y)
    np.testing.assert_array_equal(estimator._params, before)
    assert estimator.n_iter_ == 4
