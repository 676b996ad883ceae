"""How the forecaster prepares series by itself: season, logarithms, level, windows, the median."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.utils.estimator_checks import check_estimator

from sklstm import LSTMRegressor, SequenceForecaster, losses
from sklstm._forecasting import season
from sklstm._forecasting.automatic import logarithms, season_length
from sklstm._forecasting.combination import Combination
from sklstm._forecasting.smoothing import (
    SmoothingParameters,
    choose_parameters,
    first_season,
    smooth,
)
from sklstm.datasets import load_airline

AIRLINE = load_airline().passengers.astype(float)
MONTHS = pd.period_range("1949-01", periods=144, freq="M")
SEASON = np.array([3.0, -1.0, 0.0, -2.0])
NOISE = np.random.default_rng(0).standard_normal(2000)
RANDOM_WALK = NOISE[:200].cumsum()


class Constant(RegressorMixin, BaseEstimator):
    """Predict one number, and keep what was given."""

    def __init__(self, value=0.0):
        self.value = value

    def fit(self, X, y):
        self.X_, self.y_, self.shape_ = np.array(X), np.array(y), y.shape[1:]
        return self

    def predict(self, X):
        return np.full((len(X), *self.shape_), self.value)


def forecaster(regressor=None, **params):
    return SequenceForecaster(regressor, **({"calibration_fraction": None} | params))


def quick(**params):
    """The default but for a small network and no calibration."""
    lstm = LSTMRegressor(4, max_iter=3, random_state=0)
    return forecaster(**({"regressor": lstm, "combine": True} | params))


# Smoothing ----------------------------------------------------------------------------------


def rates(alpha, gamma, n=1, beta=0.0, phi=1.0, share=0.5, linear=False):
    numbers = alpha, gamma, beta, phi, share, linear, np.inf
    return SmoothingParameters(*(np.full(n, number) for number in numbers))


def slow_smoothing(x, alpha, gamma, seasons, beta=0.0, phi=1.0, share=0.5, linear=False):
    """The equations of smoothing.py, a number at a time."""
    level = first = x[0] - seasons[0]
    trend, seasons, levels, trends = 0.0, list(seasons), [], []
    m = len(seasons)
    for t, value in enumerate(x):
        step = phi * trend if beta else 0.0
        level += step
        error = value - level - seasons[t]
        level += alpha * error
        seasons.append(seasons[t] + gamma * (1 - alpha) * error)
        growth = 1 - np.exp(first - level) if linear and level > first else level - first
        trend = step + alpha * beta * error if beta else share * growth / max(t, 8)
        levels.append(level)
        trends.append(trend)
    return np.array(levels), np.array(seasons[m:]), np.array(trends)


TREND_KINDS = {  # of trends
    "half": {},
    "all": {"share": 1.0},
    "none": {"share": 0.0},
    "damped": {"beta": 0.2, "phi": 0.9},
    "not damped": {"beta": 0.2},
    "linear": {"share": 1.0, "linear": True},
}


@pytest.mark.parametrize("kind", TREND_KINDS)
@pytest.mark.parametrize("alpha", [0.3, 1.0])
@pytest.mark.parametrize("gamma", [0.0, 0.2])
@pytest.mark.parametrize("first", [np.zeros(1), SEASON / 10])
@pytest.mark.parametrize("sign", [1, -1])
def test_smoothing_is_its_equations(alpha, gamma, first, kind, sign):
    gamma = gamma if len(first) > 1 else 0.0
    x = sign * (0.05 * np.arange(50) + 0.1 * RANDOM_WALK[:50]) + np.resize(first, 50)
    y = np.where(np.arange(50) < 30, x[::-1], np.nan)  # a shorter one beside it
    levels, seasons, trends = slow_smoothing(x, alpha, gamma, first, **TREND_KINDS[kind])
    values, start = np.column_stack([x, y]), np.column_stack([first, first])
    level, both = values[0] - start[0], rates(alpha, gamma, 2, **TREND_KINDS[kind])
    parts = smooth(
        values, both, season=start, level=level, first_level=level, n_observed=np.zeros(2)
    )
    assert_allclose(parts.level[:, 0], levels, rtol=1e-12, atol=1e-12)
    assert_allclose(parts.season[:, 0], seasons, rtol=1e-12, atol=1e-15)
    assert_allclose(parts.drift[:, 0], trends, rtol=1e-12, atol=1e-14)
    assert_allclose(parts.adjusted[:, 0], x - seasons, rtol=1e-12, atol=1e-12)
    levels, _, trends = slow_smoothing(y[:30], alpha, gamma, first, **TREND_KINDS[kind])
    assert_allclose(parts.level[29, 1], levels[-1], rtol=1e-12)
    assert_allclose(parts.drift[29, 1], trends[-1], rtol=1e-12)
    assert parts.n_observed.tolist() == [50, 30]


@pytest.mark.parametrize("kind", TREND_KINDS)
@pytest.mark.parametrize("sign", [1, -1])
def test_smoothing_forecasts_along_its_trend_and_the_last_season(kind, sign):
    x = sign * (0.1 * np.arange(40) + 0.1 * RANDOM_WALK[:40]) + np.resize(SEASON, 40)
    options = TREND_KINDS[kind]
    levels, seasons, trends = slow_smoothing(x, 0.4, 0.3, SEASON, **options)
    steps = np.cumsum(options.get("phi", 1.0) ** np.arange(1, 7)) * trends[-1]
    if options.get("linear") and sign > 0:
        steps = np.log(1 + steps)
    one = rates(0.4, 0.3, **options)
    first = x[:1] - SEASON[0]
    parts = smooth(
        x[:, np.newaxis],
        one,
        season=SEASON[:, np.newaxis],
        level=first,
        first_level=first,
        n_observed=np.zeros(1),
    )
    ahead = parts.forecast(40, 6, 4, one)
    assert_allclose(ahead[:, 0], levels[-1] + steps + np.resize(seasons[-4:], 6), rtol=1e-12)


@pytest.mark.parametrize("strategy", ["direct", "recursive"])
def test_smoothing_alone_is_its_equations(strategy):
    x = 10 + 0.1 * np.arange(60) + 0.1 * RANDOM_WALK[:60]
    model = forecaster(
        "smoothing", strategy=strategy, season_length=None, trend="theta", transformer=None
    )
    forecast = model.fit(None, x).forecast(4)
    share, alpha = (model._decomposition[name].item() for name in ("share", "alpha"))
    levels, _, trends = slow_smoothing(x, alpha, 0.0, [0.0], share=share)
    assert_allclose(forecast, levels[-1] + trends[-1] * np.arange(1, 5))
    assert share in (0.5, 1.0) and model.combine_ is False


def test_logarithms_go_on_linearly_with_theta_and_only_there():
    x = 100 + 5.0 * np.arange(60)
    for trend, rises in [("theta", False), ("drift", True)]:
        model = forecaster("smoothing", trend=trend, transformer="log")
        steps = np.diff(model.fit(None, x).forecast(30))
        assert (np.diff(steps) > 1e-9).all() == rises
        assert steps[0] > 0


def test_smoothing_alone_in_every_form():
    x = np.column_stack([AIRLINE, AIRLINE[::-1]])
    of_both = forecaster("smoothing").fit(None, x).forecast(5)
    listed = forecaster("smoothing").fit(None, [AIRLINE, AIRLINE[::-1]]).forecast(5)
    assert_allclose(of_both, np.column_stack(listed))
    with pytest.warns(UserWarning, match="X has no effect"):
        forecaster("smoothing").fit(np.ones((144, 1)), AIRLINE)
    with pytest.raises(ValueError, match="level='smoothed'"):
        forecaster("smoothing", level=None).fit(None, AIRLINE)
    with pytest.raises(ValueError, match="'smoothing'"):
        forecaster("smooth").fit(None, AIRLINE)


@pytest.mark.parametrize("row", [30, 39])
def test_an_outlier_counts_up_to_a_limit(row):
    x = np.where(np.arange(40) == row, 1e6, NOISE[:40])
    assert np.abs(forecaster(random_state=0).fit(None, x).forecast(5)).max() < 5


def test_smoothing_in_two_parts_is_smoothing_at_once():
    x = (RANDOM_WALK[:60] + np.resize(SEASON, 60))[:, np.newaxis]
    start = {
        "season": SEASON[:, np.newaxis],
        "level": x[0],
        "first_level": x[0],
        "n_observed": np.zeros(1),
    }
    whole = smooth(x, rates(0.4, 0.3), **start)
    head = smooth(x[:41], rates(0.4, 0.3), **start).rows_before(41, 10)
    both = head.extended(x[41:], rates(0.4, 0.3), 4)
    for name in ("adjusted", "season", "level", "drift"):
        assert_array_equal(vars(both)[name][10:], vars(whole)[name][41:])
    again = both.forecast(29, 9, 4, rates(0.4, 0.3))
    assert_array_equal(again, whole.forecast(60, 9, 4, rates(0.4, 0.3)))


def test_the_choice_is_the_smallest_error_up_to_four_steps_ahead():
    x = RANDOM_WALK[:80]
    candidates = [(a, 0.0, 0.0, 1.0, share) for a in (0.1, 0.5, 1.0) for share in (0.0, 0.5, 1.0)]
    errors = []
    for alpha, _, _, _, share in candidates:
        levels, _, trends = slow_smoothing(x, alpha, 0.0, np.zeros(1), share=share)
        ahead = [np.abs(x[j:] - levels[:-j] - j * trends[:-j]) for j in (1, 2, 3, 4)]
        errors.append(np.concatenate(ahead).mean())
    chosen, error = choose_parameters(
        x[:, np.newaxis], np.zeros((1, 1)), np.zeros(1, bool), candidates
    )
    assert_allclose(error, min(errors))
    best = candidates[int(np.argmin(errors))]
    assert (chosen.alpha, chosen.share) == (best[0], best[4])


@pytest.mark.parametrize("m", [4, 5])
def test_the_first_season_is_that_of_the_first_cycles_without_their_trend(m):
    pattern = np.arange(m) - (m - 1) / 2
    x = 0.7 * np.arange(8 * m) + np.resize(pattern, 8 * m)
    x[5 * m :] += 100  # later rows do not count
    assert_allclose(first_season(x, m), pattern, atol=1e-12)


# Season -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freq", "lengths"),
    [
        ("YE", ()),
        ("QE", (4,)),
        ("QS-OCT", (4,)),
        ("ME", (12,)),
        ("MS", (12,)),
        ("2ME", (6,)),
        ("W", (52,)),
        ("B", (5,)),
        ("D", (7, 365)),
        ("h", (24, 168)),
        ("30min", (48, 336)),
        ("2h", (12, 84)),
    ],
)
def test_dates_suggest_seasons(freq, lengths):
    index = pd.date_range("2020-01-01", periods=30, freq=freq)
    assert season.lengths_from_index(index) == lengths
    assert season.lengths_from_index(pd.DatetimeIndex(index.to_numpy())) == lengths  # inferred


def test_periods_suggest_seasons_and_numbers_none():
    assert season.lengths_from_index(MONTHS) == (12,)
    assert season.lengths_from_index(pd.RangeIndex(10)) is None
    assert (
        season.lengths_from_index(pd.DatetimeIndex(["2020-01-01", "2020-01-05", "2020-02-01"]))
        is None
    )


@pytest.mark.parametrize("m", [4, 7, 12, 24])
@pytest.mark.parametrize("trend", [0.0, 0.5])
def test_a_season_is_found_without_dates(m, trend):
    pattern = 3 * np.random.default_rng(m).standard_normal(m)
    x = np.resize(pattern, 8 * m) + NOISE[: 8 * m] + trend * np.arange(8 * m)
    assert season_length([x], [None])[0] == m


@pytest.mark.parametrize("x", [NOISE[:150], RANDOM_WALK, np.arange(60.0) ** 2, np.ones(50)])
def test_no_season_is_found_where_there_is_none(x):
    assert season_length([x], [None])[0] == 1


def test_dates_are_tested_too():
    x = pd.Series(NOISE[:120], pd.period_range("2000-01", periods=120, freq="M"))
    model = quick().fit(None, x)
    assert model.season_length_ == 1
    assert "none showed" in model.choices_["season_length"]
    monthly = quick().fit(None, pd.Series(AIRLINE, MONTHS))
    assert monthly.season_length_ == 12
    assert monthly.seasonal_.all()
    assert "of [12] from the index" in monthly.choices_["season_length"]


def test_each_series_has_a_season_or_not():
    with_season = np.resize(5 * SEASON, 80) + NOISE[:80]
    model = quick().fit(None, [with_season, NOISE[100:190], with_season + 3])
    assert model.season_length_ == 4
    assert model.seasonal_.ravel().tolist() == [True, False, True]
    assert_array_equal(model.smoothing_["gamma"][1], 0)


# Logarithms ---------------------------------------------------------------------------------


def test_growth_in_per_cent_becomes_logarithms():
    growing = np.exp(0.05 * np.arange(100) + 0.1 * NOISE[:100])
    level = np.maximum(4 + NOISE[:100], 0.3)
    with_zero = np.where(np.arange(100) == 5, 0.0, growing)
    model = quick().fit(None, [growing, level, with_zero, -growing])
    assert model.log_.ravel().tolist() == [True, False, False, False]
    assert "1 of 4" in model.choices_["transformer"]
    assert not quick(transformer=None).fit(None, growing).log_.any()
    assert quick(transformer="log").fit(None, level).log_.all()


def test_the_choice_of_logarithms_does_not_depend_on_units():
    x = np.exp(0.3 * RANDOM_WALK)
    flags = np.zeros(1, bool)
    for unit in (1e-6, 1.0, 1e6):
        assert logarithms([unit * x], [unit * x], [np.log(unit * x)], 1, flags).all()


def test_a_value_that_has_no_logarithm_is_refused_later():
    model = quick(transformer="log").fit(None, AIRLINE)
    before = model.forecast(3)
    with pytest.raises(ValueError, match="y contains -5, but all values in fit were positive"):
        model.update([500.0, -5.0])
    assert_array_equal(model.forecast(3), before)


# Windows ------------------------------------------------------------------------------------


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


# The median of three ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "n_series", "smoothing"), [(39, 1, True), (40, 1, False), (40, 2, True)]
)
def test_the_combination_is_the_median_within_the_targets_of_training(n, n_series, smoothing):
    X, y = np.arange(2.0 * n).reshape(n, 2), np.arange(1.0 * n)
    combination = Combination.from_windows(X, y, n_series)
    rows = X[[0, 10, 19]]
    outputs = [
        np.clip([-3.0, 5.0, 99.0], 0, n - 1),
        np.clip(combination.linear.predict(rows), 0, n),
    ]
    if smoothing:
        outputs.append(np.zeros(3))
    combined = combination.combine(np.array([-3.0, 5.0, 99.0]), rows)
    assert_allclose(combined[:, 0], np.median(outputs, axis=0))
    assert combination.smoothing == smoothing


def test_series_of_different_frequencies_are_a_warning():
    years = pd.Series(AIRLINE[:60], pd.period_range("1900", periods=60, freq="Y"))
    months = pd.Series(AIRLINE, MONTHS)
    for series in ([years, months], [months, years]):
        with pytest.warns(UserWarning, match="different frequencies"):
            model = forecaster("smoothing").fit(None, series)
        assert model.season_length_ == 12
    without = pd.Series(AIRLINE, np.arange(144))
    forecaster("smoothing").fit(None, [without, months, months[:60]])


@pytest.mark.parametrize(
    ("n", "window", "alone"),
    [(13, "auto", True), (29, 10, True), (30, 10, False), (40, 20, True), (144, 24, False)],
)
def test_few_windows_are_left_to_smoothing(n, window, alone):
    y = AIRLINE[:n]
    model = forecaster(season_length=None, window=window, random_state=0).fit(None, y)
    assert ("regressor" in model.choices_) == alone
    assert (model.linear_ is None) == alone
    of_smoothing = forecaster("smoothing", season_length=None).fit(None, y).forecast(5)
    assert np.allclose(model.forecast(5), of_smoothing) == alone
    given = forecaster(LinearRegression(), combine=True, season_length=None, window=window)
    assert (given.fit(None, y).linear_ is None) == (n == 13)  # as was asked for, but for eight


def test_exogenous_variables_are_read_with_eight_windows():
    X = np.resize([0.0, 1.0], 40)[:, np.newaxis]
    y = RANDOM_WALK[:40] + 10 * X[:, 0]
    model = forecaster(random_state=0, season_length=None).fit(X[:24], y[:24])
    assert model.linear_ is not None and np.ptp(model.forecast(4, X[24:28])) > 5
    with pytest.warns(UserWarning, match="X has no effect"):
        forecaster(random_state=0, season_length=None).fit(X[:9], y[:9])


def test_smoothing_replaces_a_regressor_with_early_stopping():
    """Validation data is for the regressor that was given, not for smoothing."""
    lstm = LSTMRegressor(3, early_stopping=True)
    model = forecaster(lstm, combine=True, window=2).fit(None, RANDOM_WALK[:10])
    smoothing = forecaster("smoothing", window=2).fit(None, RANDOM_WALK[:10])
    assert_array_equal(model.forecast(3), smoothing.forecast(3))


def test_what_combines_is_the_default_alone():
    default = forecaster(random_state=0, window=8).fit(None, AIRLINE[:40])
    assert default.combine_
    assert isinstance(default.regressor_, LSTMRegressor)
    assert isinstance(default.linear_, Ridge)
    given = forecaster(LSTMRegressor(4, max_iter=2)).fit(None, AIRLINE)
    assert not given.combine_
    assert given.linear_ is None


def test_random_state_is_the_seed_of_a_regressor_without_one():
    lstm = LSTMRegressor(4, max_iter=2)
    first, again, other = (
        forecaster(lstm, random_state=seed).fit(None, AIRLINE).forecast(2) for seed in (0, 0, 1)
    )
    assert_array_equal(first, again)
    assert (first != other).any()
    own = forecaster(LSTMRegressor(4, max_iter=2, random_state=0), random_state=5)
    assert_array_equal(own.fit(None, AIRLINE).forecast(2), first)


# Whatever series come -----------------------------------------------------------------------

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
        with pytest.raises(ValueError, match=f"y has {n} time point.*need at least 3"):
            quick().fit(None, np.arange(float(n)))
    forecasts = quick().fit(None, [np.array([4.0]), RANDOM_WALK[:30], np.arange(2.0)]).forecast(3)
    assert all(np.isfinite(rows).all() for rows in forecasts)
    assert_allclose(forecasts[0], 4, atol=2 * np.abs(np.diff(RANDOM_WALK[:30])).max())


@pytest.mark.parametrize("n", [1, 2, 5, 12, 13, 20])
@pytest.mark.parametrize("level", ["smoothed", "last"])
def test_a_short_series_goes_on_from_its_end(n, level):
    """Beside a long one with a season of twelve."""
    short = AIRLINE[0] + 10.0 * np.arange(n)
    model = quick(level=level, season_length=12).fit(None, [AIRLINE, short])
    assert abs(model.forecast(2)[1][0] - short[-1]) < 40
    begun = quick(level=level, season_length=12).fit(None, AIRLINE, series_id=["a"] * 144)
    begun.update(short[:1], series_id=["b"])
    if n > 1:
        begun.update(short[1:], series_id=["b"] * (n - 1))
    assert abs(begun.forecast(2)["b"][0] - short[-1]) < 40


def test_many_differences_warn_and_none_left_is_an_error():
    with pytest.warns(UserWarning, match=r"use differences=\(12,\)"):
        quick(differences=12, combine=False).fit(None, AIRLINE)
    with pytest.raises(ValueError, match="y has 144 time point.*leave none; need at least 201"):
        quick(differences=(200,), combine=False).fit(None, AIRLINE)


def test_a_network_that_learned_nothing_is_said_in_the_forecaster_s_words():
    with pytest.warns(ConvergenceWarning, match="nothing that smoothing and a linear model"):
        forecaster(random_state=0).fit(None, 5 + 0.001 * np.arange(60))


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


# Parameters ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"level": "smooth"}, "level='smooth' is not valid"),
        ({"trend": "linear"}, "'linear' is not a valid trend"),
        ({"trend": "damped", "level": "last"}, "trend='damped' is a trend of smoothing"),
        ({"scale": "windows"}, "scale='windows' is not valid"),
        ({"combine": "yes"}, "combine='yes' is not valid"),
        ({"transformer": "sqrt"}, "'sqrt' is not a valid transformer"),
        ({"window": "long"}, "window='long' is not valid"),
        ({"season_length": 0}, "season_length=0 is not valid"),
        ({"season_length": 73}, "season_length=73 is too long: the longest series has 144"),
        ({"level": None, "season_length": 12}, "season_length=12 has no effect with level=None"),
        ({"level": None, "scale": "window"}, "scale='window' is for windows relative to a level"),
        ({"level": None, "combine": True}, "combine=True needs a forecast of smoothing"),
        (
            {
                "combine": True,
                "regressor": LSTMRegressor(loss=losses.Quantile([0.1, 0.5, 0.9])),
            },
            "combine=True is for a single forecast",
        ),
    ],
)
def test_parameters_that_cannot_be(params, message):
    with pytest.raises(ValueError, match=message):
        forecaster(**params).fit(None, AIRLINE)


def test_a_logarithm_that_is_asked_for_needs_positive_values():
    with pytest.raises(ValueError, match="transformer='log' needs positive values.*contains -1"):
        quick(transformer="log").fit(None, np.append(AIRLINE, -1.0))


def test_all_that_was_automatic_can_be_seen_and_set():
    chosen = quick().fit(None, AIRLINE)
    assert chosen.choices_.keys() == {
        "level",
        "season_length",
        "transformer",
        "window",
        "scale",
    }
    again = quick(
        window=chosen.window_,
        horizon=chosen.horizon_,
        season_length=chosen.season_length_,
        level=chosen.level_,
        scale=chosen.scale_,
        transformer="log" if chosen.log_.all() else None,
    ).fit(None, AIRLINE)
    assert_array_equal(again.forecast(9), chosen.forecast(9))


# scikit-learn's common checks ---------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:X has the times of the training rows:UserWarning")
@pytest.mark.filterwarnings("ignore:y has fewer than 8 windows:UserWarning")
@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "scale": "window"}])
def test_common_checks_of_what_is_automatic(params):
    from test_forecaster import NOT_A_TABLE

    model = quick(regressor=FlatLinear(), **params)
    results = check_estimator(model, on_fail=None, expected_failed_checks=NOT_A_TABLE)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed


class FlatLinear(LinearRegression):
    """Linear regression of windows with channels."""

    def fit(self, X, y):
        return super().fit(X.reshape(len(X), -1), y)

    def predict(self, X):
        return super().predict(X.reshape(len(X), -1))
