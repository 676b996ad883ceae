"""The last rows that a fitted forecaster keeps beyond those that a forecast needs."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from quick_forecasters import Flat
from sklearn.linear_model import Ridge

from sklstm import SequenceForecaster
from sklstm._forecasting import origin

RNG = np.random.default_rng(0)
Y = np.cumsum(RNG.normal(size=900)) + 5 * np.sin(np.arange(900) * np.pi / 6)
X = RNG.normal(size=(900, 2))

SETTINGS = {
    "smoothed": {"season_length": 12},
    "differences": {"differences": (12, 1)},
    "constant level": {"level": None, "transformer": None},
    "direct": {"strategy": "direct", "horizon": 5},
}
settings = pytest.mark.parametrize("params", SETTINGS.values(), ids=SETTINGS)


def fitted(n, params, *, exog=False):
    model = SequenceForecaster(Flat(), window=12, **({"calibration_fraction": None} | params))
    return model.fit(X[:n] if exog else None, Y[:n])


@settings
@pytest.mark.parametrize("exog", [False, True])
@pytest.mark.parametrize("n", [100, 600])
def test_rows_after_updates_are_those_after_fit(params, exog, n):
    """With the same smoothing: one by one or at once, and however many were kept before."""
    at_once, one_by_one = (fitted(n, params, exog=exog) for _ in range(2))
    rows = slice(n, n + 290)
    at_once.update(Y[rows], X[rows] if exog else None)
    for t in range(n, n + 290):
        one_by_one.update(Y[t : t + 1], X[t : t + 1] if exog else None)
    first, second = at_once._origin, one_by_one._origin
    assert first["n_new"] == second["n_new"] == [290]
    for name in ("levels", "covariates"):
        assert_array_equal(first[name][0], second[name][0])
    for name, array in first["components"][0].items():
        np.testing.assert_allclose(second["components"][0][name], array, rtol=1e-9, atol=1e-9)
    k = len(first["levels"][0])
    assert_array_equal(first["levels"][0][:, 0], Y[n + 290 - k : n + 290])
    assert len(first["components"][0]["level"]) >= min(n + 250, origin.MAX_RECENT)


@settings
def test_a_forecast_reads_none_of_the_rows_before_those_it_needs(params):
    model = fitted(600, params, exog=True)
    before = model.forecast(7, X[:7])
    other = pickle.loads(pickle.dumps(model))
    for name in ("levels", "covariates"):
        other._origin[name][0][: origin.MAX_RECENT] = np.nan
    for name in ("adjusted", "season", "level", "drift"):
        other._origin["components"][0][name][: origin.MAX_RECENT] = np.nan
    assert_array_equal(other.forecast(7, X[:7]), before)


@pytest.mark.parametrize(
    ("n_series", "n_columns", "n_kept"),
    [(1, 1, 400), (10, 1, 400), (1_000, 1, 40), (100_000, 1, 4), (1, 1_000, 40), (10, 1_000, 4)],
)
def test_the_number_of_rows_is_limited_for_all_series_together(n_series, n_columns, n_kept):
    assert origin.n_recent_rows(n_series, n_columns) == n_kept


def test_a_long_series_is_not_kept():
    y = np.resize(Y, 100_000)
    model = SequenceForecaster(Ridge(), window=12, level=None, calibration_fraction=None)
    assert len(pickle.dumps(model.fit(None, y))) < 50_000
    model.update(y)
    assert len(pickle.dumps(model)) < 50_000


def test_new_series_have_their_rows_too():
    model = SequenceForecaster(Ridge(), window=6, calibration_fraction=None)
    model.fit(None, Y[:80], series_id=np.repeat(["a", "b"], 40))
    model.update(Y[100:150], series_id=np.repeat(["c", "a"], 25))
    assert [len(rows) for rows in model._origin["levels"]] == [65, 40, 25]
    assert model._origin["n_new"] == [25, 0, 0]
    assert list(model.forecast(3)) == ["a", "b", "c"]
