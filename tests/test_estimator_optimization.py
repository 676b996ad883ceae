"""Penalty, gradient clipping, learning rates and optimizers of the estimators."""

import numpy as np
import pytest
from estimator_cases import FORMS, TABLE, N, Y, both, small, target

from sklstm import LSTMRegressor
from sklstm.cells import LSTM
from sklstm.core.optimizers import SGD
from sklstm.core.schedules import ExponentialDecay, ReduceOnPlateau


@pytest.mark.parametrize("form", ["table", "ragged"])
def test_alpha_shrinks_weights_not_biases(form):
    rate = ExponentialDecay(0.05, 0.98)
    params = {"alpha": 10.0, "max_iter": 300, "learning_rate": rate, "batch_size": N}
    params["cell"] = LSTM(forget_bias=1.0)
    estimator = small(LSTMRegressor, **params).fit(FORMS[form], Y + 5)
    free = small(LSTMRegressor, **params | {"alpha": 0.0}).fit(FORMS[form], Y + 5)
    weights = estimator.weights_
    for name in ("weight_ih_l0", "weight_hh_l0", "head_weight"):
        assert np.abs(weights[name]).max() < 0.05
        assert np.abs(free.weights_[name]).max() > 0.5
    assert weights["head_bias"][0] == pytest.approx(0.0, abs=0.1)
    np.testing.assert_allclose(estimator.predict(FORMS[form]), np.mean(Y + 5), atol=0.2)
    assert weights["bias_l0"][3:6].min() > 0.5  # the forget gate's bias begins at 1, and stays


@both
def test_alpha_is_part_of_the_training_loss_alone(make):
    still = {"learning_rate": 1e-300, "max_iter": 1}
    validation = {"X_val": TABLE, "y_val": target(make)}
    without, with_penalty = (
        small(make, alpha=alpha, **still).fit(TABLE, target(make), **validation)
        for alpha in (0.0, 0.5)
    )
    weights = [w for name, w in without.weights_.items() if "bias" not in name]
    penalty = 0.25 * sum((w**2).sum() for w in weights)
    difference = with_penalty.loss_curve_[0] - without.loss_curve_[0]
    assert difference == pytest.approx(penalty, rel=1e-12)
    assert with_penalty.validation_loss_curve_ == without.validation_loss_curve_


PLAIN = {"optimizer": SGD(momentum=0.0), "max_iter": 1, "batch_size": N}


def lengths_of_steps(n_epochs, **params):
    """How far the weights move in each of the epochs; one update an epoch."""
    still = small(LSTMRegressor, **PLAIN | {"learning_rate": 1e-300}).fit(TABLE, Y)
    places = [still._params]
    for k in range(1, n_epochs + 1):
        places.append(
            small(LSTMRegressor, **PLAIN | params | {"max_iter": k}).fit(TABLE, Y)._params
        )
    return np.linalg.norm(np.diff(places, axis=0), axis=1)


def test_the_gradient_is_clipped():
    for limit in (1e-3, 1e-2):
        steps = lengths_of_steps(3, learning_rate=0.1, max_grad_norm=limit)
        np.testing.assert_allclose(steps, 0.1 * limit, rtol=1e-3)
    loose, off = (
        lengths_of_steps(3, learning_rate=0.1, max_grad_norm=limit) for limit in (1e6, None)
    )
    np.testing.assert_array_equal(loose, off)
    assert loose.min() > 0.1 * 1e-2


def test_the_learning_rate_follows_its_schedule():
    def rates(schedule, n_epochs=4):
        limit = 1e-3
        return lengths_of_steps(n_epochs, learning_rate=schedule, max_grad_norm=limit) / limit

    np.testing.assert_allclose(rates(0.5), 0.5, rtol=1e-3)
    np.testing.assert_allclose(
        rates(ExponentialDecay(0.5, 0.5)), [0.5, 0.25, 0.125, 0.0625], rtol=1e-3
    )
    never_good_enough = ReduceOnPlateau(0.5, patience=0, tol=1e6)
    np.testing.assert_allclose(rates(never_good_enough), [0.5, 0.5, 0.25, 0.125], rtol=1e-3)
    np.testing.assert_allclose(rates("exponential", 2), [0.01, 0.009], rtol=1e-3)
    np.testing.assert_allclose(rates("warmup", 2), [0.001, 0.0028], rtol=1e-3)


def test_the_plateau_monitors_the_validation_loss():
    schedule = ReduceOnPlateau(0.1, patience=0, tol=0.0)
    params = {"learning_rate": schedule, "early_stopping": True, "max_iter": 30}
    X_val, y_val = TABLE[::-1].copy(), np.roll(Y, 1)
    estimator = small(LSTMRegressor, **params).fit(TABLE, Y, X_val=X_val, y_val=y_val)
    assert estimator._schedule_state["best"] == min(estimator.validation_loss_curve_)
    assert estimator._schedule_state["rate"] < 0.1


@both
@pytest.mark.parametrize("rate", ["constant", "exponential", "cosine", "warmup", "plateau", 0.02])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_every_optimizer_learns_at_every_rate(make, rate, optimizer):
    params = {"learning_rate": rate, "optimizer": optimizer, "max_iter": 10}
    estimator = small(make, **params).fit(TABLE, target(make))
    assert estimator.loss_ < estimator.loss_curve_[0]
