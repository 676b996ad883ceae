"""Forecasts of one series, or of several observed together, compared with a manual loop."""

import numpy as np
import pytest
from airline_forecasters import MONTH, STRATEGIES, TEST, TRAIN, Y, small, small_lstm
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklstm.preprocessing import sliding_windows


def by_hand(model, series, exog, steps):
    """Forecast step by step with the model's regressor, as one would write it down."""
    h, window = model.horizon_, model.window_
    mean, std = series.mean(axis=0), series.std(axis=0)
    z = list((series - mean) / std)
    if exog is not None:
        exog = (exog - exog[: len(series)].mean(axis=0)) / exog[: len(series)].std(axis=0)
    while len(z) < len(series) + steps:
        now = np.array(z[-window:])
        if exog is not None:
            ahead = exog[len(z) - window + h : len(z) + h]
            now = np.column_stack([now, ahead])
        block = model.regressor_.predict(now[np.newaxis])[0]
        z += list(np.reshape(block, (h, *series.shape[1:])))
    return np.array(z[len(series) : len(series) + steps]) * std + mean


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("n_series", [None, 3])
@pytest.mark.parametrize("with_exog", [False, True])
def test_forecast_equals_a_loop_by_hand(strategy, n_series, with_exog):
    y = Y if n_series is None else np.column_stack([Y, Y[::-1], np.sin(np.arange(144))])
    exog = np.column_stack([np.arange(144), np.cos(np.arange(144))]) if with_exog else None
    model = small(**strategy).fit(None if exog is None else exog[TRAIN], y[TRAIN])
    future = None if exog is None else exog[120:140]
    expected = by_hand(model, y[TRAIN], exog, 20)
    assert_allclose(model.forecast(20, future), expected, rtol=1e-9)


def test_the_first_step_is_a_teacher_forced_prediction():
    model = small().fit(None, Y[TRAIN])
    scaler = StandardScaler().fit(Y[TRAIN, np.newaxis])
    z = scaler.transform(Y[:, np.newaxis])[:, 0]
    X, _ = sliding_windows(z[108:], 12)
    predicted = scaler.inverse_transform(model.regressor_.predict(X)[:, np.newaxis])[:, 0]
    for t in range(120, 130):
        assert_allclose(model.forecast(1), predicted[t - 120], rtol=1e-12)
        model.update(Y[t : t + 1])


def test_fewer_rows_than_a_block_are_the_end_of_an_earlier_one():
    model = small(strategy="direct", horizon=5, differences=1).fit(MONTH[TRAIN], Y[TRAIN])
    now = clone(model).fit(MONTH[TRAIN], Y[TRAIN]).update(Y[120:130], MONTH[120:130])
    before = model.update(Y[120:128], MONTH[120:128]).forecast(5, MONTH[128:133])
    # Two steps before, the changes forecast are the same; the levels are those since observed.
    changes = np.diff(before)[1:]
    assert_allclose(now.forecast(3, MONTH[130:133]), Y[129] + np.cumsum(changes), rtol=1e-12)


def test_the_last_block_with_exog_begins_earlier():
    """Seven steps in blocks of five: the second block is of steps 3 to 7, 6 and 7 are used."""
    model = small(strategy="direct", horizon=5).fit(MONTH[TRAIN], Y[TRAIN])
    forecast = model.forecast(7, MONTH[120:127])
    first = model.forecast(5, MONTH[120:125])
    assert_array_equal(forecast[:5], first)
    model.update(first[:2], MONTH[120:122])
    assert_allclose(forecast[5:], model.forecast(5, MONTH[122:127])[3:], rtol=1e-12)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_predict_says_forecast_in_rows(strategy):
    model = small(**strategy).fit(MONTH[TRAIN], Y[TRAIN])
    assert_array_equal(model.predict(MONTH[TEST]), model.forecast(24, MONTH[TEST]))
    without = small(**strategy).fit(None, Y[TRAIN])
    assert_array_equal(without.predict(np.empty((24, 0))), without.forecast(24))


def test_a_longer_forecast_begins_with_a_shorter_one():
    model = small().fit(None, Y)
    assert_array_equal(model.forecast(30)[:7], model.forecast(7))


def test_update_then_forecast_is_as_if_observed_before():
    model = small(differences=1).fit(MONTH[TRAIN], Y[TRAIN])
    at_once = clone(model).fit(MONTH[TRAIN], Y[TRAIN]).update(Y[120:130], MONTH[120:130])
    for t in range(120, 130):
        model.update(Y[t : t + 1], MONTH[t : t + 1])
    assert_array_equal(model.forecast(5, MONTH[130:135]), at_once.forecast(5, MONTH[130:135]))
    assert not np.allclose(model.forecast(5, MONTH[130:135]), Y[130:135], rtol=1e-6)


def test_a_logarithm_of_float32_raises_no_warning():
    log = FunctionTransformer(np.log, np.exp)
    model = small(regressor=LinearRegression(), window=3, transformer=log)
    assert model.fit(None, (100 * Y).astype(np.float32)).forecast(2).dtype == np.float32


def test_the_transformer_is_undone():
    growth = np.exp(0.05 * np.arange(60))
    log = FunctionTransformer(np.log, np.exp)
    model = small(regressor=LinearRegression(), window=3, transformer=log, differences=1)
    assert_allclose(model.fit(None, growth[:40]).forecast(20), growth[40:], rtol=1e-9)


@pytest.mark.parametrize("series", [np.full(60, 7), np.full(60, 0.1), np.full((60, 2), 1e9)])
@pytest.mark.parametrize("differences", [0, 1])
def test_a_constant_series_stays_constant(series, differences):
    model = small(
        differences=differences, calibration_fraction=0.2, regressor=small_lstm(max_iter=60)
    )
    assert_allclose(model.fit(None, series).forecast(5), series[:5], atol=1e-3)
    assert_allclose(model.predict_interval(5, coverage=0.5), np.stack([series[:5]] * 2), atol=1e-2)


def test_integers_are_not_cut_off():
    as_floats = small().fit(None, Y).forecast(5)
    assert_array_equal(small().fit(None, Y.astype(np.int16)).forecast(5), as_floats)
    assert (as_floats % 1 != 0).any()
