"""Forecasters in scikit-learn: searches, time series splits, pipelines, pickles, common checks."""

import pickle

import numpy as np
import pandas as pd
import pytest
from airline_forecasters import (
    MONTH,
    MONTHS,
    NOT_A_TABLE,
    STRATEGIES,
    TEST,
    TRAIN,
    Y,
    small,
    small_lstm,
)
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the search importable
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from sklstm import LSTMRegressor, SequenceForecaster

# Searches, folds and times ------------------------------------------------------------------------


@pytest.mark.parametrize("X", [np.empty((144, 0)), MONTH, pd.DataFrame(MONTH, index=MONTHS)])
def test_grid_search_over_folds_in_time(X):
    grid = {"window": [6, 12], "regressor__hidden_size": [2, 3], "regressor__learning_rate": [0.01]}
    search = GridSearchCV(small(), grid, cv=TimeSeriesSplit(3), error_score="raise").fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(
        X[:4]
        if len(np.shape(X)) == 2 and not hasattr(X, "index")
        else X.set_axis(MONTHS + 144).iloc[:4]
    ).shape == (4,)


@pytest.mark.filterwarnings("ignore:X has the times of the training rows:UserWarning")
@pytest.mark.parametrize("with_times", [False, True])
def test_halving_search_over_epochs(with_times):
    y = pd.Series(Y, index=MONTHS) if with_times else Y
    search = HalvingGridSearchCV(
        small(),
        {"window": [6, 12], "regressor__hidden_size": [2, 3]},
        cv=TimeSeriesSplit(3),
        resource="regressor__max_iter",
        min_resources=2,
        max_resources=6,
        random_state=0,
        error_score="raise",
    )
    search.fit(np.empty((144, 0)), y)
    assert search.n_resources_ == [2, 6]
    assert search.best_params_["regressor__max_iter"] == 6


@pytest.mark.parametrize("scoring", [None, "r2", "neg_mean_absolute_percentage_error"])
@pytest.mark.parametrize("folds", [{}, {"gap": 3}, {"max_train_size": 40}, {"test_size": 5}])
def test_every_fold_is_scored_at_its_own_times(scoring, folds):
    """A perfect model of a line gets a perfect score, unless it misses the gap."""
    line = pd.Series(3.0 * np.arange(100), index=pd.RangeIndex(7, 207, 2))
    model = small(regressor=LinearRegression(), window=4, differences=1)
    X = pd.DataFrame(index=line.index)
    cv = TimeSeriesSplit(3, **folds)
    scores = cross_val_score(model, X, line, cv=cv, scoring=scoring, error_score="raise")
    assert_allclose(scores, 0 if scoring and "neg" in scoring else 1, atol=1e-9)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_poison_in_the_future_changes_no_forecast(strategy, early_stopping):
    """Huge values in a fold's test rows: scaling, training, calibration must not see them."""

    class Keep(SequenceForecaster):
        kept = []

        def predict(self, X):
            self.kept.append(forecast := super().predict(X))
            return forecast

    def forecasts(y, X):
        Keep.kept = []
        params = small(
            regressor=small_lstm(early_stopping=early_stopping),
            calibration_fraction=0.2,
            **strategy,
        ).get_params(deep=False)
        search = GridSearchCV(
            Keep(**params),
            {"regressor__hidden_size": [2, 3]},
            cv=[(np.arange(100), np.arange(100, 120))],
            scoring="neg_mean_absolute_error",
            refit=False,
        )
        search.fit(X, y)
        return np.concatenate(Keep.kept)

    poisoned, X = Y.copy(), MONTH.copy()
    poisoned[100:] = 1e12
    X[120:] = 1e12
    assert_array_equal(forecasts(poisoned, X), forecasts(Y, MONTH))


def test_transformed_target_regressor():
    model = TransformedTargetRegressor(small(), func=np.log, inverse_func=np.exp)
    inside = small(transformer=FunctionTransformer(np.log, np.exp))
    X = np.empty((144, 0))
    assert_allclose(model.fit(X, Y).predict(X[:5]), inside.fit(X, Y).predict(X[:5]), rtol=1e-12)


def test_any_regressor_of_windows_will_do():
    model = small(regressor=make_pipeline(StandardScaler(), Ridge())).fit(None, Y[TRAIN])
    assert model.score(None, Y[TEST]) > 0


def test_clone_pickle_repr():
    model = small(calibration_fraction=0.2).fit(MONTH, Y)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.forecast(5, MONTH[:5]), model.forecast(5, MONTH[:5]))
    assert not hasattr(clone(model), "regressor_")
    assert model._repr_html_()


def test_nothing_kept_has_the_length_of_the_training_data():
    model = small(calibration_fraction=0.2, window=3).fit(None, np.sin(np.arange(5000.0)))
    assert len(pickle.dumps(model)) < 1.3 * len(
        pickle.dumps(clone(model).fit(None, np.sin(np.arange(2500.0))))
    )


def test_the_default_regressor_is_an_lstm():
    assert isinstance(SequenceForecaster(window=2).fit(None, Y[:30]).regressor_, LSTMRegressor)


# scikit-learn's common checks ---------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:X has the times of the training rows:UserWarning")
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"strategy": "direct", "horizon": 2},
        {"differences": 1, "transformer": StandardScaler(), "calibration_fraction": 0.3},
    ],
    ids=["recursive", "direct", "with all else"],
)
def test_common_checks(params):
    model = small(window=2, **params)
    results = check_estimator(model, on_fail=None, expected_failed_checks=NOT_A_TABLE)
    by_status = {}
    for result in results:
        by_status.setdefault(result["status"], {})[result["check_name"]] = result["exception"]
    assert "failed" not in by_status, by_status["failed"]
    assert by_status["xfail"].keys() == NOT_A_TABLE.keys()
    assert len(by_status["passed"]) > 40
