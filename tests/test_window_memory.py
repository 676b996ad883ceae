"""Windows are views of their series, and are not copied before training."""

import tracemalloc

import numpy as np
import pytest
from helpers import peak_of
from sklearn.base import BaseEstimator, RegressorMixin

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import sliding_windows


class Last(RegressorMixin, BaseEstimator):
    """Predicts a window's last value, and needs no memory for it."""

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict(self, X):
        return X[:, -1]


PLAIN = {"strategy": "recursive", "level": None, "transformer": None}  # nothing automatic


@pytest.fixture(scope="module")
def windows():
    return sliding_windows(np.sin(0.1 * np.arange(20_000)), 200)


def test_partial_fit_copies_no_more_than_a_batch_of_windows(windows):
    X, y = windows
    model = LSTMRegressor(1, cell="rnn", batch_size=200, random_state=0)
    assert peak_of(lambda: model.partial_fit(X, y)) < 0.3 * X.size * X.itemsize


def test_predict_copies_no_more_than_a_batch_of_windows(windows):
    X, y = windows
    model = LSTMRegressor(1, cell="rnn", max_iter=1, random_state=0).fit(X[:200], y[:200])
    # What comes out is 1/200 of X; a mask of what is finite would be 1/8 of it.
    assert peak_of(lambda: model.predict(X)) < 0.1 * X.size * X.itemsize


@pytest.mark.parametrize("differences", [0, (12, 1)])
def test_fitting_a_forecaster_takes_a_few_copies_of_the_series_and_not_of_its_windows(differences):
    series = np.sin(0.1 * np.arange(500_000))
    model = SequenceForecaster(Last(), window=100, differences=differences, **PLAIN)
    assert peak_of(lambda: model.fit(None, series)) < 5 * series.nbytes


def test_update_keeps_only_what_a_forecast_begins_from():
    series = np.sin(0.1 * np.arange(100_000))
    model = SequenceForecaster(Last(), window=10, calibration_fraction=None, **PLAIN)
    model.fit(None, series[:100])
    tracemalloc.start()
    try:
        model.update(series[100:])
        assert tracemalloc.get_traced_memory()[0] < 0.1 * series.nbytes
    finally:
        tracemalloc.stop()
