"""Threads: the results do not depend on their number, and it is the one that was asked for."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from joblib import Parallel, cpu_count, delayed, parallel_config
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor
from sklstm._estimators import threads as estimator_threads
from sklstm._estimators.threads import n_threads
from sklstm.cells import GRU, LSTM
from sklstm.core import inference, kernels
from sklstm.core.cells import tape
from sklstm.core.threads import SINGLE, Threads, shares

needs_compiled = pytest.mark.skipif(
    kernels.kernel_in_use().calls_blas, reason="one thread trains with NumPy's kernel"
)
rng = np.random.default_rng(0)
X = rng.standard_normal((150, 6, 2))
Y = X[:, -1, 0] + X[:, 0, 1]
RAGGED = [rng.standard_normal((n, 2)) for n in rng.integers(1, 12, 150)]


@pytest.fixture
def any_work_is_enough(monkeypatch):
    """So that several threads share the work on a small mini-batch, and get few sequences each."""
    monkeypatch.setattr(tape, "_MIN_PRODUCTS", 1)
    monkeypatch.setattr(tape, "_MIN_COLUMNS", 1)
    monkeypatch.setattr(inference, "_MAX_SEQUENCES", 16)
    monkeypatch.setattr(estimator_threads, "cpu_count", lambda: 8)


# The class ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 20])
@pytest.mark.parametrize("n_items", [0, 1, 2, 7])
def test_every_item_is_one_call(n, n_items):
    done = []
    Threads(n).run(done.append, range(n_items))
    assert sorted(done) == list(range(n_items))


def test_as_many_threads_as_asked_for_work_at_once():
    barrier, names = threading.Barrier(3), set()

    def work(_):
        barrier.wait(timeout=30)
        names.add(threading.current_thread().name)

    Threads(3).run(work, range(3))
    assert len(names) == 3


def test_a_thread_that_is_done_takes_the_next_item():
    slow = threading.Event()
    done = []

    def work(item):
        if item == 0:
            assert slow.wait(timeout=30)
        done.append(item)
        if item == 9:
            slow.set()

    Threads(2).run(work, range(10))
    assert done == [*range(1, 10), 0]


@pytest.mark.parametrize("n", [1, 2])
@pytest.mark.parametrize("where", [0, 3, 5])
def test_the_error_of_a_call_is_raised_and_the_threads_can_be_used_again(n, where):
    threads, done = Threads(n), []

    def work(item):
        if item == where:
            raise KeyError(item)
        done.append(item)

    with pytest.raises(KeyError, match=str(where)):
        threads.run(work, range(6))
    done.clear()
    threads.run(done.append, range(4))
    assert sorted(done) == list(range(4))


def test_the_threads_end_with_the_object():
    threads, found = Threads(4), set()

    def work(_):
        time.sleep(0.01)
        found.add(threading.current_thread())

    threads.run(work, range(8))
    others = found - {threading.current_thread()}
    assert others
    del threads
    for thread in others:
        thread.join(timeout=30)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ((64, 2, 32), [(0, 32), (32, 64)]),
        ((65, 2, 32), [(0, 32), (32, 65)]),
        ((150, 2, 32), [(0, 64), (64, 150)]),
        ((31, 2, 32), [(0, 31)]),
        ((0, 2, 32), [(0, 0)]),
        ((96, 8, 32), [(0, 32), (32, 64), (64, 96)]),
        ((10, 1, 32), [(0, 10)]),
    ],
)
def test_shares(arguments, expected):
    assert [(part.start, part.stop) for part in shares(*arguments)] == expected


def test_at_the_end_of_the_interpreter_the_calling_thread_does_all():
    code = (
        "import atexit, numpy as np\n"
        "from sklstm import LSTMRegressor\n"
        "X = np.random.default_rng(0).standard_normal((300, 5))\n"
        "model = LSTMRegressor(2, max_iter=1, n_jobs=2).fit(X, X[:, 0])\n"
        "atexit.register(lambda: print(model.predict(X).shape))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True
    )
    assert done.stdout == "(300,)\n", done.stderr


# Their number ------------------------------------------------------------------------------------


def test_number_of_threads(monkeypatch):
    monkeypatch.setattr(estimator_threads, "cpu_count", lambda: 4)
    assert [n_threads(n) for n in (None, 1, 2, 3, 100)] == [1, 1, 2, 3, 4]
    assert n_threads(-1) == min(cpu_count(), 4)
    with parallel_config(backend="threading", n_jobs=3):
        assert n_threads(None) == 3
        assert n_threads(2) == 2


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_in_a_worker_there_is_one_thread_unless_more_are_asked_for(backend):
    with parallel_config(backend=backend):
        found = Parallel(n_jobs=2)(delayed(n_threads)(n) for n in (None, -1, None, -1))
    assert found == [1, 1, 1, 1]


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier, LSTMLanguageModel])
@pytest.mark.parametrize("n_jobs", [0, 1.5, "2", True])
def test_a_bad_number_is_an_error(make, n_jobs):
    data = (["abab"],) if make is LSTMLanguageModel else (X, Y > 0)
    with pytest.raises(ValueError, match=rf"n_jobs={n_jobs!r} is not valid"):
        make(2, max_iter=1, n_jobs=n_jobs).fit(*data)


@pytest.mark.parametrize("cell", ["rnn", "peephole", "lstm"])
def test_no_effect_on_training_is_a_warning(cell, monkeypatch):
    monkeypatch.setattr(estimator_threads, "cpu_count", lambda: 8)
    if cell == "lstm":
        monkeypatch.setattr(kernels, "kernel_in_use", lambda: kernels.KERNELS["numpy"])
        monkeypatch.setattr(estimator_threads, "kernel_in_use", kernels.kernel_in_use)
    model = LSTMRegressor(2, cell=cell, max_iter=2, n_jobs=2, random_state=0)
    with pytest.warns(UserWarning, match="n_jobs=2 has no effect on training"):
        model.fit(X, Y)
    expected = model.predict(X)
    with parallel_config(backend="threading", n_jobs=2):  # no warning
        model.set_params(n_jobs=None).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), expected)


# Results -----------------------------------------------------------------------------------------

NETWORKS = {
    "lstm": {},
    "gru": {"cell": "gru"},
    "gru with the reset before": {"cell": GRU(reset_after=False)},
    "two layers, both directions": {"num_layers": 2, "bidirectional": True},
    "dropout": {"dropout": 0.3, "recurrent_dropout": 0.3, "num_layers": 2},
    "mean": {"pooling": "mean", "patch_length": 2},
    "truncated": {"bptt_steps": 2},
}


@needs_compiled
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("form", ["equal", "ragged"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_training_and_predictions_are_the_same_to_the_bit(name, form, dtype, any_work_is_enough):
    data = X.astype(dtype) if form == "equal" else [x.astype(dtype) for x in RAGGED]
    models = [
        LSTMRegressor(
            35, max_iter=2, batch_size=100, random_state=0, n_jobs=n_jobs, **NETWORKS[name]
        ).fit(data, Y)
        for n_jobs in (None, 2, 3)
    ]
    for model in models[1:]:
        np.testing.assert_array_equal(model._params, models[0]._params)
        np.testing.assert_array_equal(model.predict(data), models[0].predict(data))


@needs_compiled
@pytest.mark.parametrize("n", [1, 3])
def test_sums_of_columns_that_run(any_work_is_enough, n):
    shape = tape.TapeShape(3, 40, 2, 50, np.dtype(float))
    used, widths = LSTM().tape(shape), np.array([50, 35, 4])
    used.threads = Threads(n)
    used.widths = widths
    used.inputs[:, :-1] = np.random.default_rng(0).standard_normal((4, 42, 50))
    used.gates[...] = np.random.default_rng(1).standard_normal((3, 8, 50))
    expected = sum(
        s[:, :w] @ dz[:, :w].T for s, dz, w in zip(used.inputs, used.gates, widths, strict=False)
    )
    for dz, w in zip(used.gates, widths, strict=True):
        dz[:, w:] = np.nan
    found = np.zeros((43, 8))
    used.add_outer_products(found, used.inputs, used.gates)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@needs_compiled
def test_threads_did_share_the_work(any_work_is_enough, monkeypatch):
    names = set()
    run = Threads.run

    def spy(self, function, items):
        def noted(item):
            names.add(threading.current_thread().name)
            time.sleep(0.001)
            function(item)

        run(self, noted, items)

    monkeypatch.setattr(Threads, "run", spy)
    LSTMRegressor(35, max_iter=1, batch_size=100, n_jobs=3, random_state=0).fit(X, Y)
    assert len(names) == 3


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("kernel", kernels.KERNELS)
def test_predictions_are_the_same_with_every_kernel(
    cell, per_step, kernel, any_work_is_enough, monkeypatch
):
    monkeypatch.setattr(kernels, "kernel_in_use", lambda: kernels.KERNELS[kernel])
    y = X[..., 0] if per_step else Y
    model = LSTMRegressor(3, cell=cell, max_iter=2, return_sequences=per_step, random_state=0)
    expected = model.fit(X, y).predict(X)
    for n_jobs in (2, 3, -1):
        np.testing.assert_array_equal(model.set_params(n_jobs=n_jobs).predict(X), expected)


def test_classifier_and_language_model(any_work_is_enough):
    classifier = LSTMClassifier(3, max_iter=2, random_state=0).fit(X, Y > 0)
    expected = classifier.predict_proba(X)
    np.testing.assert_array_equal(classifier.set_params(n_jobs=2).predict_proba(X), expected)
    texts = ["abcab" * n for n in range(1, 40)]
    model = LSTMLanguageModel(3, max_iter=2, random_state=0).fit(texts)
    expected = model.predict_proba(texts)
    np.testing.assert_array_equal(model.set_params(n_jobs=2).predict_proba(texts), expected)


@needs_compiled
def test_a_search_in_processes_and_threads_finds_the_same():
    grid = {"hidden_size": [2, 3]}
    searches = [
        GridSearchCV(LSTMRegressor(max_iter=2, random_state=0, n_jobs=inner), grid, n_jobs=outer)
        for inner, outer in [(None, None), (None, 2), (2, 2)]
    ]
    found = [search.fit(X, Y).cv_results_["mean_test_score"] for search in searches]
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


def test_a_single_thread_starts_none():
    found = set()
    SINGLE.run(lambda _: found.add(threading.current_thread()), range(3))
    assert found == {threading.current_thread()}


# Threads of the user ------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_eight_threads_predict_from_one_estimator(cell):
    model = LSTMRegressor(9, cell=cell, max_iter=1, random_state=0).fit(X, Y)
    parts = [X[k : k + 40] for k in range(0, 80, 10)]
    expected = [model.predict(part) for part in parts] * 3
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(model.predict, parts * 3))
    for rows, same in zip(found, expected, strict=True):
        np.testing.assert_array_equal(rows, same)


def test_fits_at_once():
    """Of estimators, and of a language model, whose kernels are those of tokens, too."""

    def fit(seed):
        if seed % 4 == 3:
            texts = ["abcab" * n for n in range(1, 10)]
            return LSTMLanguageModel(5, max_iter=2, random_state=seed).fit(texts)._params
        cell = ("lstm", "gru", GRU(reset_after=False))[seed % 4]
        return LSTMRegressor(9, cell=cell, max_iter=2, random_state=seed).fit(X, Y)._params

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fit, range(8)))
    for seed, params in enumerate(found):
        np.testing.assert_array_equal(params, fit(seed))
