"""darts: rows with the oldest step first; series, past, future and static covariates in turn."""

import numpy as np
import pandas as pd
import pytest
from by_hand import EXACTLY, EXOG, SERIES, WINDOW, forecast, teacher_forced, tiny, windows
from darts import TimeSeries
from darts.metrics import mae
from darts.models import SKLearnModel
from numpy.testing import assert_allclose
from sklearn.pipeline import make_pipeline

from sklstm.preprocessing import ToSequences

AIRLINE, SEASON = TimeSeries.from_series(SERIES), TimeSeries.from_dataframe(EXOG)
PAST = AIRLINE[:-24]


def fit_by_hand(past):
    return tiny().fit(*windows(past))


@pytest.mark.capability("fit", "predict")
def test_univariate_forecast_is_our_loop():
    predicted = SKLearnModel(lags=WINDOW, model=tiny()).fit(PAST).predict(24).values().ravel()
    past = SERIES[:-24]
    model = fit_by_hand(past)
    assert_allclose(predicted[0], teacher_forced(model, past), **EXACTLY)
    assert_allclose(predicted, forecast(model, past, 24), **EXACTLY)


@pytest.mark.capability("fit", "predict")
def test_float32_stays_float32():
    past = PAST.astype(np.float32)
    client = SKLearnModel(lags=WINDOW, model=tiny()).fit(past)
    predicted = client.predict(12)
    assert predicted.dtype == np.float32
    assert client.model.weights_["head_weight"].dtype == np.float32
    values = past.values().ravel()
    X, y = windows(values)
    assert_allclose(predicted.values()[0], tiny().fit(X, y).predict(values[None, -WINDOW:, None]))


@pytest.mark.capability("fit", "predict")
def test_multivariate_forecast():
    both = np.column_stack([SERIES, 0.5 * SERIES.shift(1, fill_value=0.0)])
    network = make_pipeline(ToSequences(n_channels=2), tiny())
    series = TimeSeries.from_times_and_values(SERIES.index, both)[:-24]
    predicted = SKLearnModel(lags=WINDOW, model=network).fit(series).predict(24)
    n = len(both) - 24
    X = np.array([both[i : i + WINDOW] for i in range(n - WINDOW)])
    model = tiny().fit(X, both[WINDOW:n])
    both[n:] = np.nan
    for now in range(n, n + 24):
        both[now] = model.predict(both[np.newaxis, now - WINDOW : now])[0]
    assert_allclose(predicted.values(), both[n:], **EXACTLY)


@pytest.mark.capability("fit", "predict")
def test_several_steps_at_once():
    client = SKLearnModel(lags=WINDOW, output_chunk_length=3, multi_models=True, model=tiny())
    predicted = client.fit(PAST).predict(3).values().ravel()
    past = SERIES[:-24]
    cut = [windows(past, step=step) for step in (1, 2, 3)]
    n = len(cut[-1][1])
    model = tiny().fit(cut[0][0][:n], np.column_stack([y[:n] for _, y in cut]))
    assert_allclose(predicted, model.predict([past.to_numpy()[-WINDOW:].reshape(-1, 1)])[0])


@pytest.mark.capability("fit", "predict", "exog")
def test_future_covariates_at_the_time_to_forecast():
    network = make_pipeline(ToSequences(n_static=2), tiny())
    client = SKLearnModel(lags=WINDOW, lags_future_covariates=[0], model=network)
    predicted = client.fit(PAST, future_covariates=SEASON).predict(24).values().ravel()
    past = SERIES[:-24]
    model = tiny().fit(*windows(past, EXOG))
    assert_allclose(predicted, forecast(model, past, 24, EXOG[-24:]), **EXACTLY)


@pytest.mark.capability("fit", "predict", "exog")
def test_covariates_along_the_window():
    """Past ones up to the last observation, future ones up to the time to forecast."""
    network = make_pipeline(ToSequences(n_channels=[1, 1, 2]), tiny())
    client = SKLearnModel(
        lags=WINDOW,
        lags_past_covariates=WINDOW,
        lags_future_covariates=(WINDOW - 1, 1),
        model=network,
    )
    cosine = TimeSeries.from_series(EXOG["cos"] ** 3)
    client.fit(PAST, past_covariates=cosine, future_covariates=SEASON)
    predicted = client.predict(24, past_covariates=cosine, show_warnings=False).values().ravel()

    y, exog, n = SERIES.to_numpy().copy(), EXOG.to_numpy(), len(PAST)

    def window(now):
        past, future = slice(now - WINDOW, now), slice(now - WINDOW + 1, now + 1)
        return np.column_stack([y[past], exog[past, 1] ** 3, exog[future]])

    model = tiny().fit(np.array([window(now) for now in range(WINDOW, n)]), y[WINDOW:n])
    y[n:] = np.nan
    for now in range(n, n + 24):
        y[now] = model.predict([window(now)])[0]
    assert_allclose(predicted, y[n:], **EXACTLY)


@pytest.mark.capability("fit", "predict", "exog", "ragged")
def test_one_network_for_series_of_different_lengths():
    long, short = PAST, 0.5 * PAST[40:]
    codes = [pd.DataFrame({"code": [code]}) for code in (0.0, 1.0)]
    series = [s.with_static_covariates(c) for s, c in zip((long, short), codes, strict=True)]
    network = make_pipeline(ToSequences(n_static=1), tiny())
    client = SKLearnModel(lags=WINDOW, model=network).fit(series)
    predicted = client.predict(6, series=series)
    parts = [s.values().ravel() for s in series]
    exog = [np.full((len(part) + 6, 1), code) for code, part in enumerate(parts)]
    cut = [windows(part, code) for part, code in zip(parts, exog, strict=True)]
    model = tiny().fit(*map(np.concatenate, zip(*cut, strict=True)))
    for part, code, ours in zip(parts, exog, predicted, strict=True):
        assert_allclose(ours.values().ravel(), forecast(model, part, 6, code), **EXACTLY)


@pytest.mark.capability("backtest")
@pytest.mark.parametrize("retrain", [False, True])
def test_historical_forecasts(retrain):
    client = SKLearnModel(lags=WINDOW, model=tiny())
    if not retrain:
        client.fit(PAST)
    last_steps = client.historical_forecasts(
        AIRLINE, start=SERIES.index[-24], forecast_horizon=6, stride=6, retrain=retrain
    )
    model, expected = fit_by_hand(SERIES[:-24]), []
    for origin in range(len(PAST), len(AIRLINE) - 5, 6):
        if retrain:
            model = fit_by_hand(SERIES[:origin])
        expected.append(forecast(model, SERIES[:origin], 6)[-1])
    assert len(expected) == 4
    assert_allclose(last_steps.values().ravel(), expected, **EXACTLY)


@pytest.mark.capability("search")
def test_grid_search_selects_the_best_on_the_validation_part():
    models = [tiny(1), tiny(6)]
    client, best, error = SKLearnModel.gridsearch(
        {"lags": [WINDOW], "model": models}, PAST, val_series=AIRLINE[-24:], metric=mae
    )
    truth, past = SERIES.to_numpy()[-24:], SERIES[:-24]
    errors = {}
    for size in (1, 6):
        ours = forecast(tiny(size).fit(*windows(past)), past, 24)
        errors[size] = np.abs(truth - ours).mean()
    assert errors[1] != errors[6]
    assert best["model"].hidden_size == min(errors, key=errors.get)
    assert_allclose(error, min(errors.values()))
