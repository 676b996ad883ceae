"""While an estimator is trained, it is what it was before: for other threads, and after errors."""

from concurrent.futures import ThreadPoolExecutor
from copy import copy

import numpy as np
import pytest
from helpers import peak_of
from sklearn.exceptions import NotFittedError

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, language_model
from sklstm._estimators import network_estimator, sequence_estimator

RNG = np.random.default_rng(0)
SMALL = {"max_iter": 4, "random_state": 0, "learning_rate": 0.1}
CUBES = [RNG.standard_normal((12, 5, n_channels)) for n_channels in (2, 3)]
TABLES = [RNG.standard_normal((12, 5)), 2 * RNG.standard_normal((12, 5))]
VALUES = [RNG.standard_normal(12), 1000 + RNG.standard_normal((12, 2))]
LABELS = [np.resize(["a", "b"], 12), np.resize(["x", "y", "z"], 12)]
TEXTS = [["abc cba", "aabbcc"], ["xyz zyx", "yyxxzz"]]
NUMBERS = [(LSTMRegressor, VALUES), (LSTMClassifier, LABELS)]

# Attributes of scikit-learn during fit.
CALLBACKS = {"_callback_fit_ctx", "_skl_callbacks_to_teardown"}


def results(model, X):
    """The results of all methods that predict, for an X of the last fit."""
    if isinstance(model, LSTMLanguageModel):
        sample = model.sample(5, random_state=0)
        return [model.score(X), model.predict_proba(["", X[0]]), sample, model.vocabulary_]
    names = ("predict", "hidden_states", "predict_proba", "decision_function")
    out = [getattr(model, name)(X) for name in names if hasattr(model, name)]
    stream = model.stream()
    return [*out, model.gates(X)["input"], *(stream.push(x) for x in X[0])]


def assert_same(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def during_fit(monkeypatch):
    """A list: whatever function is in it is called in another thread after each epoch of `fit`."""
    functions = []

    def watched(kind):
        class Watched(kind):
            def epoch_done(self):
                with ThreadPoolExecutor(1) as pool:
                    for function in functions:
                        pool.submit(function).result(timeout=60)
                return super().epoch_done()

        return Watched

    for module, name in [(sequence_estimator, "FitTask"), (language_model, "FitTaskByUpdates")]:
        monkeypatch.setattr(module, name, watched(getattr(module, name)))
    return functions


@pytest.mark.parametrize("warm_start", [False, True])
@pytest.mark.parametrize(("make", "targets"), NUMBERS)
def test_another_thread_predicts_with_the_old_model(make, targets, warm_start, during_fit):
    model = make(3, **SMALL).fit(CUBES[0], targets[0])
    expected, attributes, calls = results(model, CUBES[0]), vars(model).copy(), []

    def predict():
        assert_same(results(model, CUBES[0]), expected)
        assert vars(model).keys() - CALLBACKS == attributes.keys()
        assert model.n_features_in_ == 2
        calls.append(model.n_outputs_)

    during_fit.append(predict)
    if warm_start:
        model.set_params(warm_start=True).fit(CUBES[0], targets[0])
    else:
        model.fit(CUBES[1], targets[1])
        during_fit.clear()
        new = make(3, **SMALL).fit(CUBES[1], targets[1])
        assert_same(results(model, CUBES[1]), results(new, CUBES[1]))
    assert calls == [1] * 4


def test_another_thread_samples_texts_of_the_old_model(during_fit):
    model = LSTMLanguageModel(3, max_iter=3, random_state=0).fit(TEXTS[0])
    expected, calls = results(model, TEXTS[0]), []

    def predict():
        assert_same(results(model, TEXTS[0]), expected)
        calls.append(None)

    during_fit.append(predict)
    model.fit(TEXTS[1])
    assert len(calls) == 3
    assert model.vocabulary_ == [" ", "x", "y", "z"]


def test_a_first_fit_is_not_fitted_before_its_end(during_fit):
    model = LSTMRegressor(3, **SMALL)
    during_fit.append(lambda: pytest.raises(NotFittedError, model.predict, CUBES[0]))
    during_fit.append(lambda: seen.append(hasattr(model, "n_features_in_")))
    seen = []
    model.fit(CUBES[0], VALUES[0])
    assert seen == [False] * 4


def test_parameters_that_are_set_meanwhile_are_kept(during_fit):
    model = LSTMRegressor(3, **SMALL)
    during_fit.append(lambda: model.set_params(max_iter=7))
    during_fit.append(lambda: setattr(model, "note", "kept"))
    model.fit(CUBES[0], VALUES[0])
    assert (model.n_iter_, model.max_iter, model.note) == (4, 7, "kept")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize(("make", "targets"), NUMBERS)
def test_after_an_error_at_the_end_it_is_what_it_was(make, targets, error, monkeypatch):
    model = make(3, **SMALL).fit(CUBES[0], targets[0])
    expected, attributes = results(model, CUBES[0]), vars(model).copy()

    def fail(*args):
        raise error

    monkeypatch.setattr(network_estimator, "warn_if_nothing_was_learned", fail)
    with pytest.raises(error):
        model.fit(CUBES[1], targets[1])
    assert vars(model).keys() == attributes.keys()
    assert all(vars(model)[name] is value for name, value in attributes.items())
    assert_same(results(model, CUBES[0]), expected)


@pytest.mark.parametrize(("make", "targets"), NUMBERS)
def test_threads_see_one_fit_or_the_other(make, targets):
    """Fits of two problems in turn, while threads predict: never a mixture."""
    model, params = make(3, **SMALL), {"max_iter": 1}
    model.set_params(**params)
    expected = [
        [model.fit(X, y).predict(Z) for Z in TABLES] for X, y in zip(TABLES, targets, strict=True)
    ]
    running, wrong, n_calls = [True], [], [0]

    def predict(k):
        while running:
            found = model.predict(TABLES[k])
            n_calls[0] += 1
            if not any(np.array_equal(found, one[k]) for one in expected):
                wrong.append(found)

    with ThreadPoolExecutor(3) as pool:
        futures = [pool.submit(predict, k % 2) for k in range(3)]
        try:
            for k in range(60):
                model.fit(TABLES[k % 2], targets[k % 2])
                if k % 3 == 0:
                    model.weights_ = model.weights_
        finally:
            running.clear()
        for future in futures:
            future.result()
    assert n_calls[0] > 20
    assert not wrong


@pytest.mark.parametrize("n_former", [0, 10**6])
@pytest.mark.parametrize("warm_start", [False, True])
def test_resuming_costs_the_same_after_a_million_epochs(n_former, warm_start):
    model = LSTMRegressor(2, max_iter=1, warm_start=warm_start).fit(TABLES[0], VALUES[0])
    model.loss_curve_ = [0.5] * n_former + model.loss_curve_
    model.validation_loss_curve_ = model.validation_score_curve_ = [0.5] * n_former
    model.n_iter_ += n_former
    train = model.fit if warm_start else model.partial_fit
    train(TABLES[0], VALUES[0])
    peak = peak_of(lambda: [train(TABLES[0], VALUES[0]) for _ in range(10)])
    assert peak < 2**22  # a copy of the losses has 8e6 bytes
    assert type(model.loss_curve_) is list
    assert len(model.loss_curve_) == min(n_former, 10_000) + (12 if n_former == 0 else 1)
    assert model.n_iter_ == n_former + 12
    assert model.loss_curve_[-1] == model.loss_


def test_the_history_of_one_estimator_is_not_that_of_a_copy():
    model = LSTMRegressor(2, max_iter=2).fit(TABLES[0], VALUES[0])
    other, curve = copy(model), model.loss_curve_
    model.partial_fit(TABLES[0], VALUES[0])
    assert len(other.loss_curve_) == len(curve) == 2
    assert len(model.loss_curve_) == 3
