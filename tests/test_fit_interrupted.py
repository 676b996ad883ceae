"""Ctrl-C at any line of fit: the estimator is what it was, or fitted."""

import warnings
from copy import deepcopy

import numpy as np
import pytest
from interrupts import interrupt

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm._estimators import blas_threads

X = np.random.default_rng(0).standard_normal((2, 12, 5, 2))
TARGETS = {
    LSTMRegressor: (X[0, :, 0, 0], 100 + X[1, :, 0]),
    LSTMClassifier: (np.resize(["a", "b"], 12), np.resize(["x", "y", "z"], 12)),
}
# Every so many of the lines, of which there are thousands.
STEPS = {"fit": 211, "partial_fit": 211, "weights_": 17, "predict": 7}
# Of the loop, which may end with the epochs that are done; seconds; and of scikit-learn during fit.
OTHERS = ("best_loss_", "duration_curve_", "_predictor", "_callback_fit_ctx")


def state(model):
    attributes = vars(model).items()
    return {n: repr(v) for n, v in attributes if n not in OTHERS}


@pytest.mark.parametrize("method", STEPS)
@pytest.mark.parametrize("make", TARGETS)
def test_an_interrupted_call_changes_all_or_nothing(make, method, monkeypatch):
    monkeypatch.setattr(blas_threads, "_PATIENCE", 0.01)
    old, new = TARGETS[make]
    model = make(2, max_iter=1, random_state=0).fit(X[0], old)
    weights = {name: 2 * array for name, array in model.weights_.items()}

    def call(model):
        if method == "fit":
            model.fit(X[1], new)
        elif method == "partial_fit":
            model.partial_fit(X[1], old)
        elif method == "weights_":
            model.weights_ = weights
        else:
            model.predict(X[1])

    done = deepcopy(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        call(done)
        before, after, n_interrupts = state(model), state(done), 0
        expected = [one.predict(X[0]).tolist() for one in (model, done)]
        for at_line in range(1, 100_000, STEPS[method]):
            other = deepcopy(model)
            if not interrupt(lambda other=other: call(other), at_line):
                break
            n_interrupts += 1
            found = state(other)
            assert found in (before, after)
            assert other.predict(X[0]).tolist() == expected[found != before]
    assert n_interrupts > 20
