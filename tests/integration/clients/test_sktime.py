"""sktime: make_reduction passes windows with the oldest step first, as rows or channels first."""

import numpy as np
import pandas as pd
import pytest
from by_hand import EXACTLY, EXOG, SERIES, WINDOW, forecast, teacher_forced, tiny, windows
from numpy.testing import assert_allclose
from sklearn.pipeline import make_pipeline
from sktime.forecasting.compose import make_reduction
from sktime.forecasting.model_evaluation import evaluate
from sktime.forecasting.model_selection import ForecastingGridSearchCV
from sktime.performance_metrics.forecasting import MeanAbsoluteError
from sktime.split import ExpandingWindowSplitter

from sklstm.preprocessing import ToSequences

# It says so whenever a forecaster is made.
pytestmark = pytest.mark.filterwarnings("ignore:The default of config ``remember_data``")
SERIES, EXOG = SERIES.to_period("M"), EXOG.to_period("M")
PAST, STEPS = SERIES[:-24], np.arange(1, 25)
SCITYPES = pytest.mark.parametrize("scitype", ["tabular-regressor", "time-series-regressor"])
FOLDS = ExpandingWindowSplitter(fh=np.arange(1, 13), initial_window=len(PAST), step_length=12)


def reduction(scitype="time-series-regressor", strategy="recursive", n_channels=1):
    network = make_pipeline(ToSequences(n_channels, layout="NCT"), tiny())
    return make_reduction(network, window_length=WINDOW, scitype=scitype, strategy=strategy)


@pytest.mark.capability("fit", "predict")
@SCITYPES
def test_recursive_forecast_is_our_loop(scitype):
    predicted = reduction(scitype).fit(PAST, fh=STEPS).predict().to_numpy()
    model = tiny().fit(*windows(PAST))
    assert_allclose(predicted[0], teacher_forced(model, PAST), **EXACTLY)
    assert_allclose(predicted, forecast(model, PAST, 24), **EXACTLY)


@pytest.mark.capability("fit", "predict")
def test_rows_of_one_channel_need_nothing_else():
    client = make_reduction(tiny(), window_length=WINDOW, scitype="tabular-regressor")
    predicted = client.fit(PAST, fh=STEPS).predict()
    assert_allclose(predicted, forecast(tiny().fit(*windows(PAST)), PAST, 24), **EXACTLY)


@pytest.mark.capability("fit", "predict")
@SCITYPES
def test_direct_and_multioutput_forecasts(scitype):
    last = [PAST.to_numpy()[-WINDOW:].reshape(-1, 1)]
    cut = [windows(PAST, step=step) for step in (1, 2, 3)]
    n = len(cut[-1][1])  # the same windows for all steps
    direct = reduction(scitype, "direct").fit(PAST, fh=[1, 2, 3]).predict()
    expected = [tiny().fit(X[:n], y[:n]).predict(last)[0] for X, y in cut]
    assert_allclose(direct, expected, **EXACTLY)
    multioutput = reduction(scitype, "multioutput").fit(PAST, fh=[1, 2, 3]).predict()
    model = tiny().fit(cut[0][0][:n], np.column_stack([y[:n] for _, y in cut]))
    assert_allclose(multioutput, model.predict(last)[0], **EXACTLY)


@pytest.mark.capability("fit", "predict", "exog")
@SCITYPES
def test_exog_of_the_window_are_channels(scitype):
    client = reduction(scitype, n_channels=3).fit(PAST, X=EXOG[:-24], fh=STEPS)
    predicted = client.predict(X=EXOG[-24:]).to_numpy()
    # Here the exogenous values are those of the window's own times, not of the time to forecast.
    both = np.column_stack([SERIES, EXOG])
    n = len(PAST)
    X = np.array([both[i : i + WINDOW] for i in range(n - WINDOW)])
    model = tiny().fit(X, both[WINDOW:n, 0])
    both[n:, 0] = np.nan
    for now in range(n, n + 24):
        both[now, 0] = model.predict([both[now - WINDOW : now]])[0]
    assert_allclose(predicted, both[n:, 0], **EXACTLY)


@pytest.mark.capability("fit", "predict", "exog", "ragged")
def test_one_network_for_a_panel_of_different_lengths():
    starts = {"long": 0, "short": 40}
    panel = pd.concat({k: SERIES[s:].to_frame() for k, s in starts.items()}, names=["id", "time"])
    exog = pd.concat({k: EXOG[s:] for k, s in starts.items()}, names=["id", "time"])
    network = make_pipeline(ToSequences(time_order="newest_first", n_static=2), tiny())
    client = make_reduction(network, window_length=WINDOW, pooling="global")
    past, future = (group.head(-6) for group in (panel.groupby("id"), exog.groupby("id")))
    client.fit(past, X=future, fh=np.arange(1, 7))
    predicted = client.predict(X=exog.groupby("id").tail(6))
    cut = [windows(SERIES[s:-6], EXOG[s:-6]) for s in starts.values()]
    model = tiny().fit(*map(np.concatenate, zip(*cut, strict=True)))
    for name, start in starts.items():
        ours = forecast(model, SERIES[start:-6], 6, EXOG[-6:])
        assert_allclose(predicted.loc[name, "y"], ours, **EXACTLY)


def errors_by_hand(hidden_size=6):
    """Mean absolute errors of the two folds."""
    origins = [len(PAST), len(PAST) + 12]
    for origin in origins:
        past, future = SERIES[:origin], SERIES[origin : origin + 12]
        ours = forecast(tiny(hidden_size).fit(*windows(past)), past, 12)
        yield np.abs(future.to_numpy() - ours).mean()


@pytest.mark.capability("backtest")
def test_evaluate():
    result = evaluate(reduction(), FOLDS, SERIES, scoring=MeanAbsoluteError(), error_score="raise")
    assert_allclose(result["test_MeanAbsoluteError"], list(errors_by_hand()))


@pytest.mark.capability("search")
@SCITYPES
def test_grid_search_selects_what_is_best_in_the_backtest(scitype):
    search = ForecastingGridSearchCV(
        reduction(scitype),
        cv=FOLDS,
        param_grid={"estimator__lstmregressor__hidden_size": [1, 6]},
        scoring=MeanAbsoluteError(),
        error_score="raise",
        backend="None",  # no worker processes
    ).fit(SERIES, fh=[1, 2, 3])
    found = search.cv_results_["mean_test_MeanAbsoluteError"].tolist()
    assert_allclose(found, [np.mean(list(errors_by_hand(size))) for size in (1, 6)])
    best = [1, 6][int(np.argmin(found))]
    assert search.best_params_ == {"estimator__lstmregressor__hidden_size": best}
    ours = forecast(tiny(best).fit(*windows(SERIES)), SERIES, 3)
    assert_allclose(search.predict(), ours, **EXACTLY)
