"""Short, constant, tiny and huge series, and series with outliers; no leak from the future."""

import pickle

import numpy as np
import pytest
from automatic_forecasters import AIRLINE, NOISE, RANDOM_WALK, SEASON, forecaster, quick
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from sklstm import LSTMRegressor

T = np.arange(60.0)
KINDS = {
    "noise": NOISE[:60],
    "trend": 5 + 2 * T,
    "constant": np.full(60, 7.0),
    "zeros": np.zeros(60),
    "counts": np.random.default_rng(1).poisson(0.5, 60).astype(float),
    "season": 10 + np.resize(SEASON, 60),
    "growth": np.exp(0.2 * T),
    "tiny": 1e-12 * (1 + NOISE[:60] ** 2),
    "huge": 1e12 * (1 + NOISE[:60] ** 2),
    "outlier": np.where(T == 6, 1e6, NOISE[:60]),
    "negative": -100 + RANDOM_WALK[:60],
}


@pytest.mark.parametrize("n", [3, 4, 5, 7, 9, 13, 20, 40])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("strategy", ["recursive", "direct"])
def test_short_series_of_every_kind_are_forecast(strategy, kind, n):
    y = KINDS[kind][:n]
    for series in (y, np.column_stack([y, y[::-1]]), y.astype(np.float32)):
        forecast = quick(strategy=strategy).fit(None, series).forecast(10)
        assert np.isfinite(forecast).all()
        # Not much further away than the series has ever gone in as many steps.
        reach = 10 * np.abs(np.diff(series, axis=0)).max() + 1e-12 * np.abs(series).max()
        if kind != "growth":
            assert np.abs(forecast - series[-1]).max() <= max(reach, 2 * np.ptp(series))
    if kind in ("constant", "zeros"):
        assert_array_equal(forecast, y[0])


def test_two_points_are_not_enough_and_a_global_model_needs_one_longer_series():
    for n in (1, 2):
        with pytest.raises(ValueError, match=f"y has {n} time point.*needs at least 3"):
            quick().fit(None, np.arange(float(n)))
    forecasts = quick().fit(None, [np.array([4.0]), RANDOM_WALK[:30], np.arange(2.0)]).forecast(3)
    assert all(np.isfinite(rows).all() for rows in forecasts)
    assert_allclose(forecasts[0], 4, atol=2 * np.abs(np.diff(RANDOM_WALK[:30])).max())


@pytest.mark.parametrize("n", [1, 2, 5, 12, 13, 20])
@pytest.mark.parametrize("level", ["smoothed", "last"])
def test_the_forecast_of_a_short_series_begins_at_its_end(n, level):
    """Beside a long one with a season of twelve."""
    short = AIRLINE[0] + 10.0 * np.arange(n)
    model = quick(level=level, season_length=12).fit(None, [AIRLINE, short])
    assert abs(model.forecast(2)[1][0] - short[-1]) < 40
    begun = quick(level=level, season_length=12).fit(None, AIRLINE, series_id=["a"] * 144)
    begun.update(short[:1], series_id=["b"])
    if n > 1:
        begun.update(short[1:], series_id=["b"] * (n - 1))
    assert abs(begun.forecast(2)["b"][0] - short[-1]) < 40


def test_many_differences_are_an_error_and_so_are_none_left():
    for differences in (3, 12):
        with pytest.raises(ValueError, match=rf"use differences=\({differences},\)"):
            quick(differences=differences, combine=False).fit(None, AIRLINE)
    with pytest.raises(ValueError, match="y has 144 time point.*leave none; need at least 201"):
        quick(differences=(200,), combine=False).fit(None, AIRLINE)


def test_a_network_that_learned_nothing_is_said_in_the_forecaster_s_words():
    with pytest.warns(ConvergenceWarning, match="nothing that smoothing and a linear model"):
        forecaster(random_state=0).fit(None, 5 + 0.001 * np.arange(60))
    heavy = LSTMRegressor(4, alpha=10.0, max_iter=30)
    with pytest.warns(ConvergenceWarning, match="nothing that level and season do not") as found:
        forecaster(heavy, random_state=0).fit(None, NOISE[:60])
    assert not any("scaling X" in str(each.message) for each in found)  # the forecaster scales it


@pytest.mark.parametrize("size", [1e-300, 1e150, 1e300])
def test_sizes_at_the_ends_of_what_numbers_can_be(size):
    forecast = quick().fit(None, size * AIRLINE).forecast(5)
    assert_allclose(forecast, size * quick().fit(None, AIRLINE).forecast(5), rtol=0.05)


def test_rare_dips_are_not_invented():
    flow = 100 + 0.1 * RANDOM_WALK
    dips = [20, 55, 80, 130]
    flow[dips] = 1.0
    model = forecaster(random_state=0).fit(None, flow[:150])
    errors = np.abs(model.forecast(20) - flow[150:170])
    assert errors.max() < 3 * np.abs(flow[150:170] - flow[149]).max() + 1


@pytest.mark.parametrize("strategy", ["recursive", "direct"])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"level": "last"},
        {"scale": "window"},
        {"trend": "damped"},
        {"trend": "theta"},
        {"regressor": "smoothing", "combine": "auto"},
    ],
)
def test_poison_after_the_rows_of_fit_changes_nothing(strategy, params):
    poisoned = AIRLINE.copy()
    poisoned[110:] = 1e9
    clean, other = (
        quick(strategy=strategy, calibration_fraction=0.2, **params).fit(None, y[:110])
        for y in (AIRLINE, poisoned)
    )
    for each in (clean, other):
        each.regressor_.duration_curve_ = []  # seconds, which differ in any case
    assert pickle.dumps(vars(clean)) == pickle.dumps(vars(other))
    # What was chosen in fit stays, whatever comes later.
    chosen = pickle.dumps((clean.smoothing_, clean.choices_, clean.calibration_errors_))
    clean.update(AIRLINE[110:])
    assert pickle.dumps((clean.smoothing_, clean.choices_, clean.calibration_errors_)) == chosen


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"trend": "theta"},
        {"trend": "damped", "strategy": "direct"},
        {"regressor": "smoothing", "combine": "auto", "trend": "theta"},
    ],
)
def test_calibration_sees_nothing_after_its_origins(params):
    """An error is of a forecast from what was known: a jump in the last row is in one error."""
    jump = AIRLINE.copy()
    jump[-1] = 3000
    errors, others = (
        quick(calibration_fraction=0.1, transformer=None, season_length=12, scale=False, **params)
        .fit(None, y)
        .calibration_errors_
        for y in (AIRLINE, jump)
    )
    assert_array_equal(errors[0, :-1], others[0, :-1])
    assert errors[0, -1] != others[0, -1]


def test_intervals_of_logarithms_are_wider_above():
    model = quick(calibration_fraction=0.3, transformer="log").fit(None, AIRLINE)
    lower, upper = model.predict_interval(5, coverage=0.8)
    forecast = model.forecast(5)
    assert (lower < forecast).all()
    assert (upper - forecast > forecast - lower).all()


def test_a_series_that_begins_later_is_smoothed_by_itself():
    series = np.concatenate([AIRLINE[:100], 0.5 * AIRLINE[:80]])
    ids = np.repeat(["a", "b"], [100, 80])
    model = quick().fit(None, series, series_id=ids)
    model.update(2 * AIRLINE[:90], series_id=["c"] * 90)
    forecasts = model.forecast(12)
    assert model.smoothing_["unit"].shape == (3, 1)
    error = np.abs(forecasts["c"] - 2 * AIRLINE[90:102]).mean()
    assert error < 2 * np.abs(forecasts["b"] - 0.5 * AIRLINE[80:92]).mean() * 4
