"""Small data in every form, with something wrong in it, and what a refusal must leave alone."""

import pickle
from contextlib import contextmanager

import numpy as np
import pytest

from sklstm import LSTMClassifier, LSTMRegressor

N, T, C = 10, 6, 2
rng = np.random.default_rng(0)
TABLE = rng.standard_normal((N, T))
CUBE = rng.standard_normal((N, T, C))
RAGGED = [rng.standard_normal((2 + i % 4, C)) for i in range(N)]
Y = rng.standard_normal(N)
LABELS = np.array(["a", "b"] * (N // 2))
STEP_Y = rng.standard_normal((N, T))
RAGGED_Y = [rng.standard_normal(len(x)) for x in RAGGED]
RAGGED_LABELS = [np.where(y > 0, "a", "b") for y in RAGGED_Y]

SEQUENCES = {"return_sequences": True}
STOPPING = {"early_stopping": True}

both = pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
fitted_or_not = pytest.mark.parametrize("fitted", [False, True], ids=["unfitted", "fitted"])


def small(make, **params):
    return make(**{"hidden_size": 2, "max_iter": 2, "random_state": 0} | params)


def target(make):
    return LABELS if make is LSTMClassifier else Y


def with_value(X, value):
    """A copy of an array, or of a list of arrays, with one bad value in it."""
    X = [np.array(x) for x in X] if isinstance(X, list) else X.copy()
    X[3][1, ...] = value
    return X


def replaced(X, i, x):
    return [*X[:i], x, *X[i + 1 :]]


@contextmanager
def unchanged(estimator):
    """Nothing is bound anew, nothing is changed in place."""
    before, content = dict(vars(estimator)), pickle.dumps(estimator)
    yield
    assert list(vars(estimator)) == list(before)
    assert all(value is before[name] for name, value in vars(estimator).items())
    assert pickle.dumps(estimator) == content


def refuses(estimator, fitted, message, X, y, *args, error=ValueError, **kwargs):
    """Fit raises with this message, and leaves an estimator that was fitted (or not) alone."""
    if fitted:
        params = estimator.get_params(deep=False)
        estimator = small(type(estimator)).fit(TABLE, target(type(estimator))).set_params(**params)
    with unchanged(estimator), pytest.raises(error, match=message):
        estimator.fit(X, y, *args, **kwargs)
