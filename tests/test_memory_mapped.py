"""X in a file mapped to memory: the same results, without a copy of X in memory."""

import numpy as np
import pytest
from helpers import peak_of
from sklearn.pipeline import make_pipeline

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.preprocessing import ToSequences, sliding_windows

pytestmark = pytest.mark.filterwarnings("ignore:X has")
N, T, C = 20_000, 50, 10
SIZE = N * T * C * 4
PARAMS = {"hidden_size": 2, "max_iter": 1, "batch_size": 200, "random_state": 0}
Y = np.random.default_rng(1).standard_normal(N)
HALF = slice(N // 2), slice(N // 2, None)


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    """An array of 38 MB in a file."""
    path = tmp_path_factory.mktemp("mapped") / "X.npy"
    array = np.lib.format.open_memmap(path, "w+", np.float32, (N, T, C))
    for start in range(0, N, 1000):
        rng = np.random.default_rng(start)
        array[start : start + 1000] = rng.standard_normal((1000, T, C))
    array.flush()
    return np.load(path, mmap_mode="r")


def fit(X, y, **params):
    make = LSTMClassifier if y.dtype == bool else LSTMRegressor
    return make(**PARAMS, **params).fit(X, y)


def with_validation_data(X, y):
    model = LSTMRegressor(early_stopping=True, **PARAMS)
    train, validation = HALF
    return model.fit(X[train], y[train], X_val=X[validation], y_val=y[validation])


JOBS = {
    "regressor": fit,
    "classifier": lambda X, y: fit(X, y > 0),
    "table": lambda X, y: fit(X.reshape(N, -1), y),
    "layers": lambda X, y: fit(X, y, num_layers=2, bidirectional=True),
    "early stopping": lambda X, y: fit(X, y, early_stopping=True),
    "early stopping by score": lambda X, y: fit(X, y, early_stopping=True, scoring="r2"),
    "of classes": lambda X, y: fit(X, y > 0, early_stopping=True),
    "validation data": with_validation_data,
    "weights": lambda X, y: LSTMRegressor(**PARAMS).fit(X, y, sample_weight=y > 0),
    "partial_fit": lambda X, y: LSTMRegressor(**PARAMS).partial_fit(X, y),
    "pipeline": lambda X, y: make_pipeline(
        ToSequences(layout="NCT", n_channels=T), LSTMRegressor(**PARAMS)
    ).fit(X, y),
    "windows": lambda X, y: fit(sliding_windows(X[:, 0, 0], 40)[0], Y[:-40]),
}


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_fit_and_predict(job, mapped):
    models = []
    assert peak_of(lambda: models.append(job(mapped, Y))) < SIZE / 2
    few = mapped[:50]
    if models[0].n_features_in_ == 40:
        few, _ = sliding_windows(mapped[:100, 0, 0], 40)
    elif models[0].n_features_in_ == T * C:
        few = mapped[:50].reshape(50, -1)
    expected = job(np.array(mapped), Y).predict(np.array(few))
    np.testing.assert_array_equal(models[0].predict(few), expected)


def test_predictions(mapped):
    regressor, classifier = fit(mapped[:1000], Y[:1000]), fit(mapped[:1000], Y[:1000] > 0)
    for method in (regressor.predict, classifier.predict, classifier.predict_proba):
        assert peak_of(lambda method=method: method(mapped)) < SIZE / 2
    assert peak_of(lambda: regressor.score(mapped, Y)) < SIZE / 2


def test_a_copy_is_noticed(mapped):
    assert peak_of(lambda: fit(np.array(mapped), Y)) > SIZE
