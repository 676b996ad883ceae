"""Processes and workers compute the same, to the bit, however they are started."""

import multiprocessing

import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from saving_cases import CASES, TABLE, VALUES, fitted, result
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMRegressor

BACKENDS = ["sequential", "threading", "loky", "multiprocessing"]
# Of all kinds; the networks of a vote without members have no random_state.
NAMES = [n for n in CASES if n != "vote" and not n.startswith(("loss", "optimizer", "schedule"))]
# All but a fork import everything again, for seconds.
METHODS = [
    name if name == "fork" else pytest.param(name, marks=pytest.mark.slow)
    for name in multiprocessing.get_all_start_methods()
]

# From Python 3.12 on, a fork warns when there are threads: those that other tests left waiting.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture(scope="module")
def models():
    """Fitted estimators of all kinds, by name."""
    return {name: fitted(name) for name in NAMES}


def fit_and_predict(name):
    return result(fitted(name), name)


def predict(name, model):
    return result(model, name)


def assert_same(found, models):
    for (name, model), array in zip(models.items(), found, strict=True):
        np.testing.assert_array_equal(array, result(model, name), err_msg=name, strict=True)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_of_joblib_fits_and_predicts_the_same(backend, models):
    with parallel_config(backend=backend, n_jobs=2):
        assert_same(Parallel()(delayed(fit_and_predict)(name) for name in NAMES), models)
        assert_same(Parallel()(delayed(predict)(*item) for item in models.items()), models)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_search_finds_the_same_with_every_backend(backend):
    search = GridSearchCV(LSTMRegressor(max_iter=2, random_state=0), {"hidden_size": [2, 3]}, cv=2)
    expected = search.fit(TABLE, VALUES).cv_results_["mean_test_score"]
    with parallel_config(backend=backend, n_jobs=2):
        found = search.fit(TABLE, VALUES).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("method", METHODS)
def test_however_a_process_is_started_it_fits_and_predicts_the_same(method, models):
    """Also when threads of this process have worked before, which a fork does not have."""
    threaded = LSTMRegressor(8, max_iter=1, random_state=0).fit(TABLE, VALUES).set_params(n_jobs=2)
    expected = threaded.predict(TABLE)
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert_same(pool.map(fit_and_predict, NAMES), models)
        assert_same(pool.starmap(predict, models.items()), models)
        (found,) = pool.map(threaded.predict, [TABLE])
    np.testing.assert_array_equal(found, expected)
