"""MAPIE: the data as they were given; a fitted network that it is handed is probed with one row."""

import numpy as np
import pytest
from by_hand import EXACTLY, EXOG, SERIES, tiny, windows
from mapie.regression import (
    CrossConformalRegressor,
    SplitConformalRegressor,
    TimeSeriesRegressor,
)
from mapie.subsample import BlockBootstrap
from numpy.testing import assert_allclose
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm.preprocessing import ToSequences

# Intervals for any regressor: what the rows of X are is not MAPIE's business.
NO_SUCH_NOTION = ["backtest", "exog"]
TRAIN, CALIBRATE, TEST = slice(80), slice(80, 108), slice(108, None)


def conformal_width(residuals, coverage=0.9):
    """The ceil((n + 1) * coverage)-th smallest absolute residual."""
    return np.sort(np.abs(residuals))[int(np.ceil((len(residuals) + 1) * coverage)) - 1]


def split_conformal(network, X, y):
    mapie = SplitConformalRegressor(network, confidence_level=0.9, prefit=False)
    mapie.fit(X[TRAIN], y[TRAIN]).conformalize(X[CALIBRATE], y[CALIBRATE])
    return mapie.predict_interval(X[TEST])


@pytest.mark.capability("fit", "predict")
def test_split_conformal_intervals():
    X, y = windows(SERIES)
    X = X[:, :, 0]
    center, interval = split_conformal(tiny(), X, y)
    model = tiny().fit(X[TRAIN], y[TRAIN])
    width = conformal_width(y[CALIBRATE] - model.predict(X[CALIBRATE]))
    expected = model.predict(X[TEST])
    assert_allclose(center, expected, **EXACTLY)
    assert_allclose(interval[:, :, 0].T, [expected - width, expected + width], **EXACTLY)


@pytest.mark.capability("fit", "predict")
def test_split_conformal_intervals_with_channels():
    """The probe is a row as long as n_features_in_: so X are rows, and the pipeline is wrapped."""
    X, y = windows(SERIES, EXOG)

    def scaled(network):
        return TransformedTargetRegressor(network, transformer=StandardScaler())

    network = make_pipeline(ToSequences(n_channels=3), tiny())
    center, interval = split_conformal(scaled(network), X.reshape(len(X), -1), y)
    model = scaled(tiny()).fit(X[TRAIN], y[TRAIN])
    width = conformal_width(y[CALIBRATE] - model.predict(X[CALIBRATE]))
    assert_allclose(center, model.predict(X[TEST]), **EXACTLY)
    assert_allclose(interval[:, 1, 0] - center, np.full(len(center), width), **EXACTLY)


@pytest.mark.capability("fit", "predict", "ragged")
def test_cross_conformal_intervals_of_ragged_sequences():
    X, y = windows(SERIES, EXOG)
    X = [x[i % 5 :] for i, x in enumerate(X)]
    past, new = slice(108), slice(108, None)
    mapie = CrossConformalRegressor(tiny(), confidence_level=0.9, method="base", cv=KFold(4))
    center, interval = mapie.fit_conformalize(X[past], y[past]).predict_interval(X[new])
    expected = tiny().fit(X[past], y[past]).predict(X[new])
    width = conformal_width(y[past] - cross_val_predict(tiny(), X[past], y[past], cv=KFold(4)))
    assert_allclose(center, expected, **EXACTLY)
    assert_allclose(interval[:, :, 0].T, [expected - width, expected + width], **EXACTLY)


@pytest.mark.capability("fit", "predict")
def test_time_series_intervals_that_adapt():
    X, y = windows(SERIES, EXOG)  # sequences of three channels, as they are
    past, new = slice(100), slice(100, 110)
    blocks = BlockBootstrap(n_resamplings=10, length=10, random_state=0)
    mapie = TimeSeriesRegressor(tiny(), method="aci", cv=blocks).fit(X[past], y[past])
    center, before = mapie.predict(X[new], confidence_level=0.9)
    assert_allclose(center, tiny().fit(X[past], y[past]).predict(X[new]), **EXACTLY)
    # Ten values above every interval: each takes 0.002 * 0.9 off the share that may be missed.
    mapie.adapt_conformal_inference(X[new], y[new] + 9.0, gamma=0.002, confidence_level=0.9)
    assert_allclose(mapie.current_alpha[0.1], 0.1 - 10 * 0.002 * 0.9)
    _, after = mapie.predict(X[new], confidence_level=0.9)
    assert (np.ptp(after, axis=1) > np.ptp(before, axis=1)).all()


@pytest.mark.capability("search")
def test_grid_search_over_the_network_inside():
    X, y = windows(SERIES, EXOG)
    folds, sizes = TimeSeriesSplit(2), [1, 6]
    blocks = BlockBootstrap(n_resamplings=15, length=10, random_state=0)
    mapie = TimeSeriesRegressor(tiny(), method="enbpi", cv=blocks)
    search = GridSearchCV(mapie, {"estimator__hidden_size": sizes}, cv=folds).fit(X, y)
    ours = GridSearchCV(tiny(), {"hidden_size": sizes}, cv=folds).fit(X, y)
    scores = ours.cv_results_["mean_test_score"]
    assert_allclose(search.cv_results_["mean_test_score"], scores)
    assert scores[0] != scores[1]
    assert search.best_params_ == {"estimator__hidden_size": ours.best_params_["hidden_size"]}
