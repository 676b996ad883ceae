"""aeon: collections (n, channels, T) and lists of (channels, T_i); a forecaster on windows."""

import numpy as np
import pytest
from aeon.datasets import load_basic_motions, load_covid_3month, load_japanese_vowels
from aeon.forecasting import RegressionForecaster
from by_hand import EXACTLY, EXOG, SERIES, WINDOW, forecast, teacher_forced, tiny, windows
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from sklstm import LSTMClassifier
from sklstm.preprocessing import ToSequences

# aeon forecasts, but has no function that backtests a forecaster.
NO_SUCH_NOTION = ["backtest"]
SERIES, EXOG = SERIES.to_numpy(), EXOG.to_numpy()
PAST, FUTURE = slice(-24), slice(-24, None)


def tiny_classifier(hidden_size=8):
    return LSTMClassifier(hidden_size, max_iter=10, random_state=0)


@pytest.mark.capability("fit", "predict")
def test_classification_of_a_collection():
    X, y = load_basic_motions("train")
    X_test, y_test = load_basic_motions("test")
    assert X.shape == (40, 6, 100)
    model = make_pipeline(ToSequences(layout="NCT"), tiny_classifier()).fit(X, y)
    ours = tiny_classifier().fit(np.transpose(X, (0, 2, 1)).copy(), y)
    expected = ours.predict_proba(np.transpose(X_test, (0, 2, 1)).copy())
    assert_allclose(model.predict_proba(X_test), expected, **EXACTLY)
    assert_array_equal(model.predict(X_test), ours.classes_[expected.argmax(axis=1)])
    assert model.score(X_test, y_test) > 0.25  # four classes, as many of each


@pytest.mark.capability("fit", "predict", "ragged")
def test_classification_of_a_ragged_collection():
    X, y = load_japanese_vowels("train")
    X_test, y_test = load_japanese_vowels("test")
    assert isinstance(X, list) and len({x.shape[1] for x in X}) > 1
    model = make_pipeline(ToSequences(layout="NCT"), tiny_classifier()).fit(X, y)
    expected = tiny_classifier().fit([x.T for x in X], y).predict_proba([x.T for x in X_test])
    assert_allclose(model.predict_proba(X_test), expected, **EXACTLY)
    one_by_one = np.concatenate([model.predict_proba([x]) for x in X_test[:20]])
    assert_allclose(one_by_one, expected[:20], **EXACTLY)


@pytest.mark.capability("fit", "predict")
def test_regression_of_a_collection():
    X, y = load_covid_3month("train")
    X_test, _ = load_covid_3month("test")
    X, X_test = X / X.std(), X_test / X.std()
    model = make_pipeline(ToSequences(layout="NCT"), tiny()).fit(X, y)
    # With one channel there is no order of channels and steps, and nothing to convert but the axis.
    expected = tiny().fit(X[:, 0, :], y).predict(X_test[:, 0, :])
    assert_allclose(model.predict(X_test), expected, **EXACTLY)


@pytest.mark.capability("search", "ragged")
def test_grid_search_over_a_ragged_collection():
    X, y = load_japanese_vowels("train")
    X, y = X[::3], y[::3]
    pipeline = make_pipeline(ToSequences(layout="NCT"), tiny_classifier())
    grid = {"lstmclassifier__hidden_size": [1, 12]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    for size, score in zip([1, 12], search.cv_results_["mean_test_score"], strict=True):
        ours = cross_val_score(tiny_classifier(size), [x.T for x in X], y, cv=2).mean()
        assert_allclose(score, ours)
    assert search.best_params_ == {"lstmclassifier__hidden_size": 12}


@pytest.mark.capability("fit", "predict")
def test_iterative_forecast_is_our_loop():
    forecaster = RegressionForecaster(window=WINDOW, regressor=tiny())
    predicted = forecaster.iterative_forecast(SERIES[PAST], 24)
    model = tiny().fit(*windows(SERIES[PAST]))
    assert_allclose(predicted[0], teacher_forced(model, SERIES[PAST]), **EXACTLY)
    assert_allclose(predicted, forecast(model, SERIES[PAST], 24), **EXACTLY)


@pytest.mark.capability("fit", "predict", "exog")
def test_exog_of_the_time_to_forecast_stands_at_every_step():
    network = make_pipeline(ToSequences(n_static=2), tiny())
    forecaster = RegressionForecaster(window=WINDOW, regressor=network)
    predicted = forecaster.iterative_forecast(
        SERIES[PAST], 24, exog=EXOG[PAST], future_exog=EXOG[FUTURE]
    )
    model = tiny().fit(*windows(SERIES[PAST], EXOG[PAST]))
    assert_allclose(predicted, forecast(model, SERIES[PAST], 24, EXOG[FUTURE]), **EXACTLY)
