"""Warnings point at the line of the user's code that caused them."""

import inspect
import warnings
from threading import Thread

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm.core.user_warnings import warn_user

RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 5))
SERIES = np.sin(np.arange(40)) + 0.1 * RNG.standard_normal(40)

# Each warns, from another depth of the library.
CAUSES = {
    "batch_size": lambda: LSTMRegressor(2, max_iter=1, batch_size=100).fit(X, X[:, 0]),
    "partial_fit": lambda: LSTMRegressor(2, batch_size=100).partial_fit(X, X[:, 0]),
    "scale": lambda: LSTMRegressor(2, max_iter=1).fit(1e4 + X, X[:, 0]),
    "nothing learned": lambda: LSTMClassifier(
        2, max_iter=1, learning_rate=1e-9, random_state=0
    ).fit(X, X[:, 0] < X[:, 1]),
    "pipeline": lambda: make_pipeline(
        FunctionTransformer(), LSTMRegressor(2, max_iter=1, batch_size=100)
    ).fit(X, X[:, 0]),
    "search": lambda: GridSearchCV(
        LSTMRegressor(max_iter=1, batch_size=100), {"hidden_size": [2]}, cv=2
    ).fit(X, X[:, 0]),
    "tokens": lambda: LSTMLanguageModel(2, max_iter=1, early_stopping=True, shuffle=False).fit(
        ["ab" * 20, "xy" * 20]
    ),
    "warm start": lambda: SequenceForecaster(
        LSTMRegressor(2, max_iter=1, random_state=0, warm_start=True), window=4
    ).fit(None, SERIES),
    "exogenous": lambda: SequenceForecaster("smoothing").fit(SERIES[:, None], SERIES),
}


@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize("cause", CAUSES)
def test_warnings_point_at_the_users_line(cause):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        CAUSES[cause]()
    assert caught
    assert {warning.filename for warning in caught} == {__file__}


def test_a_worker_has_no_line_of_the_users():
    with pytest.warns(UserWarning, match="batch_size") as caught:
        thread = Thread(target=LSTMRegressor(2, max_iter=1, batch_size=100).fit, args=(X, X[:, 0]))
        thread.start()
        thread.join()
    assert all("sklstm" in warning.filename for warning in caught)


def test_pooling_without_effect():
    model = LSTMRegressor(2, max_iter=1, pooling="attention", return_sequences=True)
    with pytest.warns(UserWarning, match="pooling='attention' has no effect"):
        model.fit(X, X)


def test_the_line_is_that_of_the_call():
    with pytest.warns(UserWarning, match="careful") as caught:
        line = inspect.currentframe().f_lineno + 1
        warn_user("careful")
    assert caught[0].lineno == line
