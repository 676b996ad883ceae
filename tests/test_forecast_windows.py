"""Windows and targets of the regressor relative to the level, and the units of forecasts."""

import numpy as np
import pytest
from automatic_forecasters import (
    AIRLINE,
    NOISE,
    RANDOM_WALK,
    SEASON,
    FlatLinear,
    forecaster,
    quick,
    slow_smoothing,
)
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, RegressorMixin

from sklstm._forecasting.first_states import first_season


class Constant(RegressorMixin, BaseEstimator):
    """Predict one number, and keep what was given."""

    def __init__(self, value=0.0):
        self.value = value

    def fit(self, X, y):
        self.X_, self.y_, self.shape_ = np.array(X), np.array(y), y.shape[1:]
        return self

    def predict(self, X):
        self.last_X_ = np.array(X)
        return np.full((len(X), *self.shape_), self.value)


@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_are_relative_to_the_last_value(horizon):
    x = RANDOM_WALK[:40]
    params = {"level": "last", "season_length": None, "scale": False, "transformer": None}
    model = forecaster(Constant(), window=5, strategy="direct", horizon=horizon, **params)
    spy = model.fit(None, x).regressor_
    drift = (x - x[0]) / (2 * np.maximum(np.arange(40), 8))
    steps = np.arange(1, horizon + 1)
    for row, n in enumerate(range(5, 41 - horizon)):
        assert_allclose(spy.X_[row], x[n - 5 : n] - x[n - 1], atol=1e-12)
        expected = x[n : n + horizon] - x[n - 1] - steps * drift[n - 1]
        assert_allclose(np.ravel(spy.y_[row]), expected, atol=1e-12)
    assert len(spy.X_) == 36 - horizon


def test_windows_divided_by_their_own_deviation():
    x = RANDOM_WALK[:40]
    params = {"level": "last", "season_length": None, "transformer": None, "window": 6}
    model = forecaster(Constant(), scale="window", **params).fit(None, x)
    unit = model.smoothing_["unit"][0, 0]
    window = x[:6] - x[5]
    expected = window / np.sqrt(window.var() + (unit / 2) ** 2)
    assert_allclose(model.regressor_.X_[0], expected, rtol=1e-12)
    # The last window, and the forecast, which is a prediction of 2 in its unit.
    window = x[34:] - x[39]
    deviation = np.sqrt(window.var() + (unit / 2) ** 2)
    forecast = model.forecast(1)
    assert_allclose(model.regressor_.last_X_[0], window / deviation, rtol=1e-12)
    model.regressor_.value = 2.0
    assert_allclose(model.forecast(1) - forecast, 2 * deviation, rtol=1e-9)


def test_a_short_series_has_windows_that_begin_before_it():
    long, short = RANDOM_WALK[:60], np.array([1.0, 3.0, 2.0, 5.0, 4.0, 6.0])
    params = {"level": "last", "season_length": None, "scale": False, "transformer": None}
    spy = forecaster(Constant(), window=10, **params).fit(None, [long, short]).regressor_
    assert_allclose(spy.X_[-2], [0] * 6 + [-4, -2, -3, 0], atol=1e-12)
    assert_allclose(spy.X_[-1], [0] * 5 + [-3, -1, -2, 1, 0], atol=1e-12)


def test_without_a_correction_the_forecast_is_that_of_smoothing():
    x = 10 + np.resize(SEASON, 80) + NOISE[:80]
    model = forecaster(Constant(), season_length=4, transformer=None).fit(None, x[:70])
    alpha, gamma = (model.smoothing_[key][0, 0] for key in ("alpha", "gamma"))
    levels, seasons, drifts = slow_smoothing(x, alpha, gamma, first_season(x[:70], 4))
    for n in (70, 75):
        expected = levels[n - 1] + np.arange(1, 4) * drifts[n - 1] + seasons[n - 4 : n - 1]
        model.update(x[70:75]) if n == 75 else None
        direct = forecaster(
            Constant(), season_length=4, transformer=None, strategy="direct", horizon=3
        ).fit(None, x[:70])
        direct = direct.update(x[70:75]) if n == 75 else direct
        assert_allclose(direct.forecast(3), expected, rtol=1e-10)
        assert_allclose(model.forecast(1), expected[:1], rtol=1e-10)


@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "horizon": 5}])
@pytest.mark.parametrize("scale", ["common", "series", "window"])
@pytest.mark.parametrize("level", ["smoothed", "last"])
def test_units_of_a_series_are_those_of_its_forecasts(level, scale, params):
    series = [AIRLINE[:90], 200 + RANDOM_WALK[:70]]
    model = quick(level=level, scale=scale, transformer=None, **params)
    expected = model.fit(None, series).forecast(8)
    forecasts = model.fit(None, [1e6 * series[0], series[1]]).forecast(8)
    assert_allclose(forecasts[0], 1e6 * expected[0], rtol=1e-6)
    assert_allclose(forecasts[1], expected[1], rtol=1e-6)


@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "horizon": 5}])
@pytest.mark.parametrize("n_series", [None, 2])
def test_exogenous_variables_reach_the_step_that_they_are_of(params, n_series):
    event = np.zeros(120)
    event[10::17] = 1
    y = 50 + 20 * event + 0.1 * NOISE[:120]
    y = y if n_series is None else np.column_stack([y, 2 * y])
    model = forecaster(FlatLinear(), season_length=None, level="last", transformer=None, **params)
    model.fit(event[:100, np.newaxis], y[:100])
    if params:  # a block of five sees the last event of it alone in a window's last step
        assert model.forecast(20, event[100:, np.newaxis]).shape == y[100:].shape
    else:
        assert_allclose(model.forecast(20, event[100:, np.newaxis]), y[100:], atol=6)
    updated = model.update(y[100:110], event[100:110, np.newaxis])
    assert updated.forecast(3, event[110:113, np.newaxis]).shape == y[110:113].shape


@pytest.mark.parametrize(("scale", "largest"), [("common", 30), ("series", 30), (False, 1e6)])
def test_windows_and_targets_are_clipped_unless_they_are_not_scaled(scale, largest):
    x = RANDOM_WALK[:60] + np.where(np.arange(60) == 30, 1e6, 0)
    params = {"level": "last", "season_length": None, "transformer": None, "window": 6}
    spy = forecaster(Constant(), scale=scale, **params).fit(None, x).regressor_
    for array in (spy.X_, spy.y_):
        assert_allclose(np.abs(array).max(), largest, rtol=0.05)


@pytest.mark.parametrize("params", [{}, {"level": "last"}])
def test_a_constant_series_beside_others_is_forecast_without_errors(params):
    y = [RANDOM_WALK[:60], np.full(60, 7.0)]
    model = forecaster(Constant(1.0), scale="common", transformer=None, **params).fit(None, y)
    one, other = model.forecast(3)
    assert_allclose(other, 7.0, rtol=1e-12)
    assert (one != y[0][-1]).all()
