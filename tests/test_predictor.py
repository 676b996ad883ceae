"""A fitted estimator keeps its built network: predictions are faster, and it is never saved."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest
from sklearn.base import clone

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor
from sklstm._estimators import predictor
from sklstm.cells import LSTM
from sklstm.core.inference import predict_raw
from sklstm.core.network import Network
from sklstm.core.streaming import Stepper

X = np.random.default_rng(0).standard_normal((40, 6))
TARGETS = {LSTMRegressor: X[:, 0], LSTMClassifier: X[:, 0] > 0}
every_estimator = pytest.mark.parametrize("make", TARGETS)


def fitted(make, **params):
    return make(3, max_iter=2, random_state=0, **params).fit(X, TARGETS[make])


@pytest.fixture
def networks_built(monkeypatch):
    """Counts how often a network is built."""
    built, init = [], Network.__init__

    def counted(self, *args, **kwargs):
        built.append(self)
        init(self, *args, **kwargs)

    monkeypatch.setattr(Network, "__init__", counted)
    return built


@every_estimator
def test_the_network_is_built_once(make, networks_built):
    estimator = fitted(make)
    networks_built.clear()
    for _ in range(3):
        estimator.predict(X)
        estimator.score(X, TARGETS[make])
        estimator.hidden_states(X[:1])
        estimator.gates(X[:1])
        estimator.stream()
        assert estimator.weights_
    assert len(networks_built) == 1


@every_estimator
def test_a_subclass_gains_too(make, networks_built):
    class Mine(make):
        pass

    estimator = Mine(3, max_iter=2).fit(X, TARGETS[make])
    networks_built.clear()
    estimator.predict(X)
    estimator.predict(X[:1])
    assert len(networks_built) == 1


def test_language_models_build_one_for_each_kind_of_output(networks_built):
    model = LSTMLanguageModel(3, max_iter=1).fit(["abab"])
    networks_built.clear()
    for _ in range(2):
        model.score(["ab"])
        model.predict_proba("a")
        model.sample(2, random_state=0)
    assert len(networks_built) == 2


@every_estimator
def test_it_is_dropped_by_every_new_fit(make):
    estimator = fitted(make)
    before = estimator.predict(X)
    estimator.set_params(hidden_size=5, cell="gru", random_state=1).fit(X, TARGETS[make])
    assert estimator.hidden_states(X).shape[-1] == 5
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict(X), estimator.predict(X))
    estimator.partial_fit(X, TARGETS[make])
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict(X), estimator.predict(X))
    np.testing.assert_array_equal(fitted(make).predict(X), before)


@every_estimator
def test_a_fit_that_fails_keeps_it(make):
    estimator = fitted(make)
    before = estimator.predict(X)
    with pytest.raises(ValueError):
        estimator.fit(X, TARGETS[make][:-1])
    np.testing.assert_array_equal(estimator.predict(X), before)


@every_estimator
def test_parameters_set_later_do_not_reach_it(make):
    estimator = fitted(make, cell=LSTM())
    before = estimator.predict(X)
    estimator.set_params(cell__peepholes=True)
    np.testing.assert_array_equal(estimator.predict(X), before)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(estimator)).predict(X), before)


@every_estimator
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_it_is_neither_pickled_nor_copied(make, how):
    estimator = fitted(make)
    size = len(pickle.dumps(estimator))
    estimator.predict(X)
    assert len(pickle.dumps(estimator)) == size
    other = how(estimator)
    assert other._fitted_predictor() is not estimator._fitted_predictor()
    np.testing.assert_array_equal(other.predict(X), estimator.predict(X))
    assert not hasattr(clone(estimator), "_predictor")


@every_estimator
def test_threads_predict_the_same(make):
    estimator = fitted(make, num_layers=2)
    pieces = [X[:n] for n in (1, 2, 7, 40)] * 25
    expected = [estimator.predict(piece) for piece in pieces]
    with ThreadPoolExecutor(8) as pool:
        for got, wanted in zip(pool.map(estimator.predict, pieces), expected, strict=True):
            np.testing.assert_array_equal(got, wanted)


@every_estimator
@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_no_two_threads_use_one_workspace_or_stepper(make, cell, monkeypatch):
    estimator = fitted(make, cell=cell)
    estimator.predict(X)  # leaves one behind
    both_are_in, used = Barrier(2), []

    def at_once(network, params, sequences, borrow, threads):
        with borrow() as workspace:
            used.append(workspace)
            both_are_in.wait(timeout=30)
        return predict_raw(network, params, sequences, borrow, threads)

    def run_at_once(stepper, values):
        used.append(stepper)
        both_are_in.wait(timeout=30)
        return run(stepper, values)

    run = Stepper.run
    monkeypatch.setattr(predictor, "predict_raw", at_once)
    monkeypatch.setattr(Stepper, "run", run_at_once)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(estimator.predict, [X, X]))
    assert len(used) == 2
    assert used[0] is not used[1]


def test_workspaces_that_are_kept_are_few_and_small():
    lengths = np.random.default_rng(0).integers(20, 300, 256)
    ragged = [np.ones((length, 1)) for length in lengths]
    options = {"cell": "rnn", "max_iter": 1, "patch_length": 1}
    model = LSTMRegressor(2, **options).fit(ragged[:20], np.arange(20.0))
    model.predict(ragged)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(model.predict, [[x] for x in ragged]))
    kept = model._fitted_predictor()._workspaces
    assert 1 <= len(kept) <= predictor._MAX_KEPT
    assert all(0 < workspace.size <= predictor._MAX_SIZE for workspace in kept)
    big = LSTMRegressor(64, **options).fit(ragged[:20], np.arange(20.0))
    big.predict(ragged)
    kept = big._fitted_predictor()._workspaces  # not that of the first, larger batch
    assert all(0 < workspace.size <= predictor._MAX_SIZE for workspace in kept)


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("patch_length", [1, 2])
def test_a_list_of_one_sequence_is_predicted_as_an_array(per_step, patch_length):
    ragged = [X[i, : 2 + i % 4, np.newaxis] for i in range(40)]
    y = [x[:, 0] for x in ragged] if per_step else TARGETS[LSTMRegressor]
    options = {"return_sequences": per_step, "patch_length": 1 if per_step else patch_length}
    model = LSTMRegressor(3, max_iter=2, random_state=0, **options).fit(ragged, y)
    together = model.predict(ragged)
    for i in range(4):
        [alone] = model.predict([ragged[i]])
        assert np.shape(alone) == np.shape(together[i])
        np.testing.assert_allclose(alone, together[i], rtol=0, atol=1e-14)
    assert list(model._fitted_predictor()._steppers) == ([] if per_step else [1])


def test_steppers_that_are_kept_are_few():
    model = fitted(LSTMRegressor)
    expected = model.predict(X)
    for n in range(1, 10):
        np.testing.assert_allclose(model.predict(X[:n]), expected[:n], rtol=1e-12)
    kept = model._fitted_predictor()._steppers
    assert list(kept) == [6, 7, 8, 9]
    same = kept[9]
    model.predict(X[:9])
    assert kept[9] is same


def test_a_subclass_that_pickles_all_attributes():
    class Careless(LSTMRegressor):
        def __getstate__(self):
            return vars(self).copy()

    model = Careless(2, max_iter=1).fit(X, X[:, 0])
    copied = copy.deepcopy(model)
    np.testing.assert_array_equal(copied.predict(X), model.predict(X))
