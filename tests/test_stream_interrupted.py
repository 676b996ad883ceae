"""A stream that is interrupted is as before or after the call: Ctrl-C at every line of it."""

from copy import deepcopy

import numpy as np
import pytest
from interrupts import interrupt

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm._estimators import blas_threads
from sklstm.core import kernels

X = np.random.default_rng(0).standard_normal((12, 8, 2))
Y, LABELS = X[:, :, 0].sum(axis=1), np.resize(["a", "b"], 12)
CELLS = ["lstm", "gru", "diagonal", "rnn"]
FORMS = {
    "stacked": ({"num_layers": 2}, None),
    "patches": ({"patch_length": 3}, None),
    "several": ({}, 3),
    "several, patches, mean": ({"pooling": "mean", "patch_length": 2}, 3),
    "attention": ({"pooling": "attention", "num_layers": 2}, None),
    "max": ({"pooling": "max"}, 2),
}


def rest(stream, step, n_streams):
    """What a stream predicts at this step and the following ones, as it is asked."""
    values = X[0] if n_streams is None else X[:n_streams].transpose(1, 0, 2)
    return [stream.push(x) for x in values[step:]]


def all_interrupts(stream, call):
    """Copies of a stream of which `call` was interrupted, one at each line."""
    for at_line in range(1, 10_000):
        other = deepcopy(stream)
        if not interrupt(lambda other=other: call(other), at_line):
            return
        yield other


@pytest.mark.parametrize("kernel", kernels.KERNELS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_push_is_taken_or_not(cell, form, kernel, monkeypatch):
    monkeypatch.setattr(blas_threads, "_PATIENCE", 0.01)
    monkeypatch.setattr(kernels, "_IN_USE", kernel)
    params, n_streams = FORMS[form]
    model = LSTMRegressor(3, max_iter=2, cell=cell, random_state=0, **params).fit(X, Y)
    stream = model.stream(n_streams)
    expected = rest(deepcopy(stream), 0, n_streams)
    x = X[0] if n_streams is None else X[:n_streams].transpose(1, 0, 2)
    for t in range(4):
        stream.push(x[t])
    n_before = n_after = 0
    for other in all_interrupts(stream, lambda s: s.push(x[4])):
        n_steps = other.n_steps
        assert n_steps in (4, 5)
        n_before += n_steps == 4
        n_after += n_steps == 5
        np.testing.assert_array_equal(rest(other, n_steps, n_streams), expected[n_steps:])
    assert n_before > 10
    assert n_after > 0


@pytest.mark.parametrize("streams", [None, [1], [True, False, True]], ids=str)
@pytest.mark.parametrize("form", ["several", "several, patches, mean"])
def test_a_reset_is_done_or_not(form, streams):
    params, n_streams = FORMS[form]
    model = LSTMRegressor(3, max_iter=2, random_state=0, **params).fit(X, Y)
    stream = model.stream(n_streams)
    steps = X[:n_streams].transpose(1, 0, 2)
    for x in steps[:4]:
        stream.push(x)
    before, after = (
        [(s.n_steps, s.push(steps[5]), s.push(steps[6])) for s in (deepcopy(stream), done)][-1]
        for done in (deepcopy(stream), deepcopy(stream).reset(streams))
    )
    assert not np.array_equal(before[1], after[1])
    found = [0, 0]
    for other in all_interrupts(stream, lambda s: s.reset(streams)):
        got = other.n_steps, other.push(steps[5]), other.push(steps[6])
        same = [all(map(np.array_equal, got, wanted)) for wanted in (before, after)]
        assert any(same)
        found[same.index(True)] += 1
    assert min(found) > 0


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_methods_of_a_classifier(method):
    model = LSTMClassifier(3, max_iter=2, random_state=0).fit(X, LABELS)
    stream = model.stream(method=method)
    expected = rest(deepcopy(stream), 0, None)
    for other in all_interrupts(stream, lambda s: s.push(X[0, 0])):
        n_steps = other.n_steps
        for a, b in zip(rest(other, n_steps, None), expected[n_steps:], strict=True):
            np.testing.assert_array_equal(a, b)


def test_results_are_not_overwritten_by_the_next_push():
    model = LSTMClassifier(3, max_iter=2, random_state=0).fit(X, np.resize([0, 1, 2], 12))
    for n_streams in (None, 1, 3):
        stream = model.stream(n_streams, method="decision_function")
        x = X[0] if n_streams is None else X[:n_streams].transpose(1, 0, 2)
        first = stream.push(x[0])
        kept = np.copy(first)
        stream.push(x[1])
        np.testing.assert_array_equal(first, kept)
