"""Parameters that do not mean what they look like, and what everybody tries first."""

import re

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import DATED, DATES, TOGETHER, Flat, N, X, Y, both, check_message, one
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import PoissonRegressor
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster

TEXT = DATES.strftime("%Y-%m-%d")
SERIES = {
    "array": Y,
    "list": list(Y),
    "series": DATED,
    "frame": DATED.to_frame("y"),
    "together": TOGETHER,
    "column": Y[:, np.newaxis],
}

# fit -----------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("kind", SERIES)
def test_fit_y_says_where_y_belongs(make, kind):
    with pytest.raises(ValueError, match=re.escape("second argument, fit(None, y)")):
        make().fit(SERIES[kind])


@both
@pytest.mark.parametrize("kind", SERIES)
def test_fit_y_by_name(make, kind):
    forecast = make().fit(y=SERIES[kind]).forecast(3)
    np.testing.assert_array_equal(forecast, make().fit(None, SERIES[kind]).forecast(3))


@both
@pytest.mark.parametrize("exog", [X, pd.DataFrame(X, DATES), X[:, 0]])
@pytest.mark.parametrize("kind", ["array", "list", "series"])
def test_fit_y_X(make, kind, exog):
    with pytest.raises(ValueError, match=r"second argument of fit\(X, y\)"):
        make().fit(SERIES[kind], exog)


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        (DATES, ["= X.set_index('day')"]),
        (TEXT, ["= X.set_index('day')", "X['day'] = pd.to_datetime(X['day'])"]),
        (DATES.date, ["= X.set_index('day')", "pd.to_datetime"]),
        (DATES.to_period("M"), ["= X.set_index('day')"]),
        (DATES.strftime("%d/%m/%Y"), ["= X.set_index('day')", "pd.to_datetime"]),
    ],
)
def test_dates_in_a_column(dates, words):
    exog = pd.DataFrame({"a": X[:, 0], "day": dates})
    with pytest.raises(ValueError) as raised:
        one().fit(exog, Y)
    check_message(raised.value, [*words, "column 'day'"])
    with pytest.raises(ValueError) as raised:
        one().fit(None, exog)
    check_message(raised.value, [each.replace("X", "y") for each in words])


def test_a_table_of_ids_dates_and_values():
    table = pd.DataFrame({"unique_id": "a", "ds": DATES, "y": Y})
    with pytest.raises(ValueError) as raised:
        one().fit(None, table)
    check_message(raised.value, ["y.set_index('ds')", "series_id=y.pop('unique_id')"])


def test_categories_are_not_taken_for_dates():
    with pytest.raises(ValueError) as raised:
        one().fit(pd.DataFrame({"shop": ["a", "b"] * (N // 2)}), Y)
    assert "set_index" not in str(raised.value)


@both
@pytest.mark.parametrize("frame", [False, True])
def test_an_index_of_series_and_time(make, frame):
    rows = pd.concat({"a": DATED, "b": DATED + 1})
    rows = rows.to_frame("y") if frame else rows
    with pytest.raises(ValueError, match=re.escape("series_id=y.index.get_level_values(0)")):
        make().fit(None, rows)
    model = make().fit(None, rows, series_id=rows.index.get_level_values(0))
    assert list(model.forecast(2).index.levels[0]) == ["a", "b"]


# forecast ------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("method", ["forecast", "predict_interval"])
@pytest.mark.parametrize(
    "steps", [X[:3], pd.DataFrame(X[:3]), [1, 2, 3], np.arange(3), DATES[:3], [X[:3]] * 3]
)
def test_what_is_not_a_number_of_steps(make, method, steps):
    model = make().fit(X, Y)
    with pytest.raises(TypeError) as raised:
        getattr(model, method)(steps)
    check_message(raised.value, ["number of steps", "forecast(3", "predict(X)"])


# Parameters ----------------------------------------------------------------------------------


@pytest.mark.parametrize("differences", [3, 7, 12, np.int64(24)])
def test_many_differences(differences):
    with pytest.raises(ValueError, match=rf"use differences=\({differences},\)"):
        one(differences=differences).fit(None, Y)
    assert np.isfinite(one(differences=(differences,)).fit(None, Y).forecast(3)).all()


@pytest.mark.parametrize("differences", [0, 1, 2, (1, 1, 1), (12, 1), ()])
def test_differences_that_mean_what_they_say(differences):
    one(differences=differences).fit(None, Y)  # without a warning


def flat(regressor):
    return make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), regressor)


def network(**params):
    return LSTMRegressor(2, max_iter=2, random_state=0, **params)


EARLY = {
    "pipeline": lambda stop: make_pipeline(
        FunctionTransformer(), network(early_stopping=stop, n_iter_no_change=2)
    ),
    "target": lambda stop: TransformedTargetRegressor(
        network(early_stopping=stop, n_iter_no_change=2)
    ),
    "another estimator": lambda stop: MLPRegressor(
        hidden_layer_sizes=2, max_iter=2000, tol=0.1, early_stopping=stop
    ),
    "several outputs": lambda stop: MultiOutputRegressor(
        flat(MLPRegressor(hidden_layer_sizes=2, max_iter=2000, tol=0.1, early_stopping=stop))
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("case", EARLY)
def test_early_stopping_inside_another_estimator(case):
    params = {"strategy": "direct", "horizon": 2} if case == "several outputs" else {}
    with pytest.warns(UserWarning, match="early_stopping=True .*overlap.*regressor itself"):
        one(EARLY[case](True), **params).fit(None, Y)
    one(EARLY[case](False), **params).fit(None, Y)  # without a warning


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_early_stopping_of_the_regressor_itself_is_done_right():
    one(network(early_stopping=True)).fit(None, Y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("wrapped", [False, True])
def test_warm_start_of_the_regressor(wrapped):
    regressor = network(warm_start=True)
    regressor = make_pipeline(FunctionTransformer(), regressor) if wrapped else regressor
    with pytest.warns(UserWarning, match=r"warm_start=True .* no effect.*update\(y\)") as caught:
        SequenceForecaster(regressor, window=6).fit(None, Y)
    assert sum("warm_start" in str(each.message) for each in caught) == 1  # of two trainings
    one(Flat()).fit(None, Y)


def test_other_regressors_of_counts():
    counts = np.random.default_rng(0).poisson(3, 100).astype(float)
    with pytest.raises(ValueError, match="level=None, scale=False, transformer=None"):
        one(PoissonRegressor()).fit(None, counts)
    model = one(PoissonRegressor(), level=None, scale=False, transformer=None).fit(None, counts)
    assert (model.forecast(5) > 0).all()
