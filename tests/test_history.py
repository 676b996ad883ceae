"""What is kept of every epoch: learning rate, norm of the gradient, seconds."""

import time

import numpy as np
import pytest
from sklearn.base import clone

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm._estimators import resuming
from sklstm.core.optimizers import SGD, global_norm
from sklstm.core.schedules import Constant, ExponentialDecay
from sklstm.training.state import CURVES

X = np.random.default_rng(0).standard_normal((12, 5))
Y, LABELS = X[:, 0], np.resize(["up", "down"], 12)
TEXTS = ["she sells sea shells", "the cat sat on the mat"] * 3
CASES = {
    "regressor": (LSTMRegressor, (X, Y)),
    "classifier": (LSTMClassifier, (X, LABELS)),
    "language model": (LSTMLanguageModel, (TEXTS,)),
}
every_network = pytest.mark.parametrize("name", CASES)
HISTORY = [f"{name}_" for name in CURVES if "validation" not in name]


def small(name="regressor", **params):
    make, data = CASES[name]
    return make(**{"hidden_size": 2, "max_iter": 5, "random_state": 0, **params}), data


@every_network
def test_a_value_for_each_epoch(name):
    model, data = small(name)
    began = time.perf_counter()
    model.fit(*data)
    elapsed = time.perf_counter() - began
    for curve in HISTORY:
        values = getattr(model, curve)
        assert len(values) == model.n_iter_ == 5
        assert all(type(value) is float for value in values), curve
        assert np.isfinite(values).all()
    assert min(model.duration_curve_) > 0
    assert sum(model.duration_curve_) < elapsed
    assert min(model.gradient_norm_curve_) > 0


@every_network
def test_all_but_the_seconds_are_the_same_for_the_same_seed(name):
    model, data = small(name)
    model.fit(*data)
    other = clone(model).fit(*data)
    for curve in set(HISTORY) - {"duration_curve_"}:
        assert getattr(model, curve) == getattr(other, curve)


def test_the_learning_rate_is_that_of_the_last_update():
    model = small(learning_rate=ExponentialDecay(0.1, 0.5), batch_size=3)[0].fit(X, Y)
    rates = [0.1 * 0.5 ** (k + 0.75) for k in range(5)]  # four updates in an epoch
    np.testing.assert_allclose(model.learning_rate_curve_, rates)
    model = small(learning_rate=Constant(0.02))[0].fit(X, Y)
    assert model.learning_rate_curve_ == [0.02] * 5


@pytest.mark.parametrize("max_grad_norm", [None, 1e-3, 1e3])
def test_the_norm_is_that_before_clipping(max_grad_norm):
    """With plain SGD and one update, it is the change of the weights that are not clipped."""
    params = {"optimizer": SGD(momentum=0.0), "learning_rate": Constant(1e-3), "batch_size": 12}
    params["max_iter"] = 1
    before = small(**params | {"learning_rate": Constant(1e-30)})[0].fit(X, Y)
    free = small(**params, max_grad_norm=None)[0].fit(X, Y)
    norm = global_norm((before._params - free._params) / 1e-3)
    model = small(**params, max_grad_norm=max_grad_norm)[0].fit(X, Y)
    assert model.gradient_norm_curve_ == pytest.approx([norm], rel=1e-6)
    change = global_norm((before._params - model._params) / 1e-3)
    assert change == pytest.approx(min(norm, max_grad_norm or np.inf), rel=1e-3)


def test_the_norm_is_the_mean_of_all_updates():
    """With a learning rate that changes nothing, it is that of the batches."""
    params = {"learning_rate": Constant(1e-30), "shuffle": False, "optimizer": "sgd", "alpha": 0.0}
    model = small(**params, batch_size=6, max_iter=1)[0].fit(X, Y)
    found = []
    for rows in (slice(0, 6), slice(6, 12)):
        one = clone(model).set_params(max_iter=1, warm_start=True)
        one.__dict__.update(vars(model))
        one.warm_start = True
        found.append(one.fit(X[rows], Y[rows]).gradient_norm_curve_[-1])
    assert model.gradient_norm_curve_ == pytest.approx([np.mean(found)], rel=1e-9)


@every_network
def test_curves_go_on_when_training_is_resumed(name):
    model, data = small(name, warm_start=True)
    model.fit(*data)
    first = {curve: list(getattr(model, curve)) for curve in HISTORY}
    model.fit(*data).partial_fit(*data)
    for curve in HISTORY:
        assert len(getattr(model, curve)) == 11
        assert getattr(model, curve)[:5] == first[curve]


def test_a_new_fit_begins_anew():
    model = small()[0].fit(X, Y).fit(X, Y)
    assert {len(getattr(model, curve)) for curve in HISTORY} == {5}


def test_only_the_last_ones_are_kept_when_training_is_resumed(monkeypatch):
    monkeypatch.setattr(resuming, "MAX_HISTORY", 3)
    model = small()[0].fit(X, Y).partial_fit(X, Y)
    assert {len(getattr(model, curve)) for curve in HISTORY} == {4}
    assert model.n_iter_ == 6


def test_early_stopping_keeps_all_epochs():
    stopping = {"early_stopping": True, "tol": 1.0, "n_iter_no_change": 3, "max_iter": 50}
    model = small(**stopping)[0].fit(X, Y)
    assert {len(getattr(model, f"{name}_")) for name in CURVES} == {model.n_iter_}


def test_an_interrupted_epoch_has_no_value():
    class Interrupting:
        def setup(self, estimator, context):
            pass

        teardown = on_fit_task_end = setup

        def on_fit_task_begin(self, estimator, context):
            if context.task_name == "epoch" and context.task_id == 2:
                raise KeyboardInterrupt

    model = small()[0].set_callbacks(Interrupting())
    with pytest.raises(KeyboardInterrupt), pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, Y)
    assert {len(getattr(model, curve)) for curve in HISTORY} == {2}


@pytest.mark.filterwarnings("ignore:Training learned nothing")
def test_a_forecaster_that_begins_from_another_one():
    series = np.sin(np.arange(60.0))
    forecaster = SequenceForecaster(small()[0], window=5, calibration_fraction=None)
    first = forecaster.fit(None, series)
    second = clone(forecaster).fit(None, series, init_model=first)
    assert {len(getattr(second.regressor_, curve)) for curve in HISTORY} == {5}
