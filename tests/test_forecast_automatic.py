"""Automatic choices of a forecaster: the median of three, the reasons, invalid combinations."""

import numpy as np
import pandas as pd
import pytest
from airline_forecasters import NOT_A_TABLE
from automatic_forecasters import (
    AIRLINE,
    MONTHS,
    NOISE,
    RANDOM_WALK,
    FlatLinear,
    forecaster,
    quick,
)
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.utils.estimator_checks import check_estimator

from sklstm import LSTMRegressor, losses
from sklstm._forecasting import automatic
from sklstm._forecasting.combination import Combination

# The median of three ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "n_series", "smoothing"), [(39, 1, True), (40, 1, False), (40, 2, True)]
)
def test_the_combination_is_the_median_within_the_targets_of_training(n, n_series, smoothing):
    X, y = np.arange(2.0 * n).reshape(n, 2), np.arange(1.0 * n)
    combination = Combination.from_windows(X, y, n_series, None, horizon=1, n_exog=0)
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


@pytest.mark.parametrize(("horizon", "window"), [(1, 3), (2, 3), (3, 2)])
@pytest.mark.parametrize("n_series", [1, 2])
@pytest.mark.parametrize("weighted", [False, True])
def test_effects_of_flags_are_a_regression_of_each_step(horizon, window, n_series, weighted):
    """Channels: series; a number, two flags and a constant that are known ahead; another flag."""
    rng, n, last = np.random.default_rng(0), 60, min(horizon, window)
    number, flags = n_series, [n_series + 1, n_series + 2]
    X = rng.normal(size=(n, window, n_series + 5))
    X[..., number + 1 :] = rng.random((n, window, 4)) < 0.2
    X[..., number + 3] = 1
    y = rng.normal(size=(n, horizon, n_series))
    weights = rng.random(n) if weighted else None
    combination = Combination.from_windows(
        X, y.reshape(n, -1), 1, weights, horizon=horizon, n_exog=4
    )
    effects, intercept = combination.effects
    ridge = Ridge(alpha=last).fit(
        [X[i, j, flags] for i in range(n) for j in range(-last, 0)],
        [y[i, j] for i in range(n) for j in range(-last, 0)],
        None if weights is None else np.repeat(weights, last),
    )
    assert_allclose(effects[flags].T, np.reshape(ridge.coef_, (n_series, 2)))
    assert_allclose(intercept, np.ravel(ridge.intercept_))
    assert not np.delete(effects, flags, axis=0).any()
    expected = np.tile(intercept, (5, horizon, 1))
    expected[:, -last:] += X[:5, -last:] @ effects
    expected = expected.reshape(5, -1)
    linear = combination.linear.predict(X[:5].reshape(5, -1)).reshape(5, -1) + expected
    predictions = rng.normal(size=expected.shape)
    clipped = [np.clip(each, *combination.bounds) for each in (predictions, linear)]
    combined = combination.combine(predictions, X[:5])
    assert_allclose(combined, np.median([*clipped, expected], axis=0))


@pytest.mark.parametrize("column", [[0.5, 0.0, 0.0, 0.0], [1.0] * 4, [0.0] * 4])
def test_without_flags_smoothing_reads_no_exogenous_variable(column):
    X = np.stack([np.arange(40.0)[:, np.newaxis] ** [0.5] * [1, 1], np.resize(column, (40, 2))], 2)
    combination = Combination.from_windows(X, X[:, 0, 0], 1, None, horizon=1, n_exog=1)
    assert combination.effects is None


@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "horizon": 7}])
def test_rare_days_have_most_of_their_effect(params):
    """Holidays that multiply sales by 0.3 were forecast at 0.56."""
    rng, n = np.random.default_rng(0), 300
    flag = np.zeros(n)
    flag[rng.choice(n - 20, 12, replace=False)] = 1
    flag[[-10, -4]] = 1
    index = pd.date_range("2023-01-01", periods=n, freq="D")
    usual = 100 * (1 + 0.1 * np.sin(np.arange(n) * 2 * np.pi / 7))
    y = pd.Series(usual * np.where(flag, 0.3, 1) * np.exp(rng.normal(0, 0.05, n)), index)
    X = pd.DataFrame({"holiday": flag}, index)
    model = forecaster(random_state=0, **params).fit(X[:-14], y[:-14])
    factor = (model.forecast(14, X[-14:]) / usual[-14:])[flag[-14:] == 1]
    assert factor.between(0.2, 0.42).all()


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


# Parameters ---------------------------------------------------------------------------------------


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


# scikit-learn's common checks ---------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:X has the times of the training rows:UserWarning")
@pytest.mark.filterwarnings("ignore:y has too few windows:UserWarning")
@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "scale": "window"}])
def test_common_checks_of_what_is_automatic(params):
    model = quick(regressor=FlatLinear(), **params)
    results = check_estimator(model, on_fail=None, expected_failed_checks=NOT_A_TABLE)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed


@pytest.mark.parametrize(
    ("n_windows", "batch_size", "max_iter"),
    [(5, 5, 120), (100, 20, 120), (3000, 256, 50), (7000, 256, 22), (10**6, 256, 8)],
)
def test_about_600_updates_within_bounds_of_epochs(n_windows, batch_size, max_iter):
    parameters = automatic.regressor_parameters(n_windows)
    assert (parameters["batch_size"], parameters["max_iter"]) == (batch_size, max_iter)


def test_a_season_that_only_a_short_series_shows():
    short = np.resize([0.0, 3.0, -2.0, -1.0], 20) + 0.01 * NOISE[:20]
    long = np.resize(np.sin(2 * np.pi * np.arange(12) / 12), 240) + 0.01 * NOISE[:240]
    m, reason = automatic.season_length([short, long], [None, None])
    assert m == 12
    assert "[4, 12, 24] showed in the data" in reason
