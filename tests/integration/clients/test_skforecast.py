"""skforecast: columns lag 1, lag 2, ..., then the exogenous features of the time to forecast."""

import numpy as np
import pytest
from by_hand import EXACTLY, EXOG, SERIES, WINDOW, forecast, teacher_forced, tiny, windows
from numpy.testing import assert_allclose
from skforecast.direct import ForecasterDirect
from skforecast.model_selection import (
    TimeSeriesFold,
    backtesting_forecaster,
    grid_search_forecaster,
)
from skforecast.recursive import ForecasterRecursive, ForecasterRecursiveMultiSeries
from sklearn.metrics import mean_absolute_error
from sklearn.pipeline import make_pipeline

from sklstm.preprocessing import ToSequences

PAST, PAST_EXOG, FUTURE_EXOG = SERIES[:-24], EXOG[:-24], EXOG[-24:]
QUIET = {"show_progress": False, "n_jobs": 1}


def network(n_static=0):
    return make_pipeline(ToSequences(time_order="newest_first", n_static=n_static), tiny())


@pytest.mark.capability("fit", "predict")
def test_recursive_forecast_is_our_loop():
    forecaster = ForecasterRecursive(network(), lags=WINDOW)
    forecaster.fit(PAST)
    predicted = forecaster.predict(24).to_numpy()
    model = tiny().fit(*windows(PAST))
    assert_allclose(predicted[0], teacher_forced(model, PAST), **EXACTLY)
    assert_allclose(predicted, forecast(model, PAST, 24), **EXACTLY)


@pytest.mark.capability("fit", "predict", "exog")
def test_exog_of_the_time_to_forecast_stands_at_every_step():
    forecaster = ForecasterRecursive(network(n_static=2), lags=WINDOW)
    forecaster.fit(PAST, exog=PAST_EXOG)
    predicted = forecaster.predict(24, exog=FUTURE_EXOG).to_numpy()
    model = tiny().fit(*windows(PAST, PAST_EXOG))
    assert_allclose(predicted, forecast(model, PAST, 24, FUTURE_EXOG), **EXACTLY)
    changed = FUTURE_EXOG.copy()
    changed.iloc[2] += 1.0
    differs = forecaster.predict(24, exog=changed).to_numpy() != predicted
    assert differs.tolist() == [False] * 2 + [True] * 22


@pytest.mark.capability("fit", "predict", "exog")
def test_direct_forecaster_fits_a_network_a_step():
    forecaster = ForecasterDirect(network(n_static=2), steps=3, lags=WINDOW, n_jobs=1)
    forecaster.fit(PAST, exog=PAST_EXOG)
    predicted = forecaster.predict(exog=FUTURE_EXOG).to_numpy()
    last = PAST.to_numpy()[-WINDOW:]
    for step in (1, 2, 3):
        X, y = windows(PAST, PAST_EXOG, step=step)
        # The client cuts the same windows for all steps: as many as the last step has.
        n = len(PAST) - WINDOW - 2
        model = tiny().fit(X[:n], y[:n])
        window = np.column_stack([last, np.tile(FUTURE_EXOG.to_numpy()[step - 1], (WINDOW, 1))])
        assert_allclose(predicted[step - 1], model.predict([window])[0], **EXACTLY)


@pytest.mark.capability("fit", "predict", "exog", "ragged")
def test_one_network_for_series_of_different_lengths():
    series = {"long": PAST, "short": 0.5 * PAST[40:]}
    exog = {"long": PAST_EXOG, "short": PAST_EXOG[40:]}
    forecaster = ForecasterRecursiveMultiSeries(
        network(n_static=3), lags=WINDOW, encoding="ordinal"
    )
    forecaster.fit(series, exog=exog)
    predicted = forecaster.predict(6, exog=dict.fromkeys(series, FUTURE_EXOG))

    def with_code(exog, code):
        return np.column_stack([np.full(len(exog), code), exog])

    cut = [windows(series[k], with_code(exog[k], code)) for code, k in enumerate(series)]
    model = tiny().fit(*map(np.concatenate, zip(*cut, strict=True)))
    for code, name in enumerate(series):
        expected = forecast(model, series[name], 6, with_code(FUTURE_EXOG, code))
        assert_allclose(predicted.loc[predicted["level"] == name, "pred"], expected, **EXACTLY)


@pytest.mark.capability("predict")
def test_bootstrapped_intervals():
    forecaster = ForecasterRecursive(network(), lags=WINDOW)
    forecaster.fit(PAST, store_in_sample_residuals=True)
    bounds = forecaster.predict_interval(12, method="bootstrapping", interval=0.9, n_boot=20)
    model = tiny().fit(*windows(PAST))
    assert_allclose(bounds["pred"], forecast(model, PAST, 12), **EXACTLY)
    assert (bounds["lower_bound"] < bounds["upper_bound"]).all()


@pytest.mark.capability("backtest")
@pytest.mark.parametrize("refit", [False, True])
def test_backtest(refit):
    folds = TimeSeriesFold(
        steps=12, initial_train_size=len(PAST), fixed_train_size=False, refit=refit
    )
    metric, predicted = backtesting_forecaster(
        ForecasterRecursive(network(), lags=WINDOW),
        SERIES,
        cv=folds,
        metric="mean_absolute_error",
        **QUIET,
    )
    model, expected = tiny().fit(*windows(PAST)), []
    for origin in (len(PAST), len(PAST) + 12):
        if refit:
            model = tiny().fit(*windows(SERIES[:origin]))
        expected.append(forecast(model, SERIES[:origin], 12))
    assert_allclose(predicted["pred"], np.concatenate(expected), **EXACTLY)
    error = mean_absolute_error(SERIES[-24:], np.concatenate(expected))
    assert_allclose(metric["mean_absolute_error"], error)


@pytest.mark.capability("search")
def test_grid_search_selects_what_is_best_in_the_backtest():
    forecaster = ForecasterRecursive(network(), lags=WINDOW)
    results = grid_search_forecaster(
        forecaster,
        SERIES,
        cv=TimeSeriesFold(steps=12, initial_train_size=len(PAST), refit=False),
        param_grid={"lstmregressor__hidden_size": [1, 6]},
        metric="mean_absolute_error",
        verbose=False,
        **QUIET,
    ).set_index("lstmregressor__hidden_size")["mean_absolute_error"]
    for hidden_size in (1, 6):
        model = tiny(hidden_size).fit(*windows(PAST))
        expected = [forecast(model, SERIES[:origin], 12) for origin in (len(PAST), len(PAST) + 12)]
        error = mean_absolute_error(SERIES[-24:], np.concatenate(expected))
        assert_allclose(results[hidden_size], error)
    assert results[1] != results[6]
    assert forecaster.estimator["lstmregressor"].hidden_size == results.idxmin()
    best = tiny(int(results.idxmin())).fit(*windows(SERIES))
    assert_allclose(forecaster.predict(3), forecast(best, SERIES, 3), **EXACTLY)
