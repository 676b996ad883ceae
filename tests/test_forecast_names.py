"""Arguments, columns and transformers that are another's: errors that name them."""

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import Flat
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import CalendarFeatures

N = 60
DAYS = pd.date_range("2024-01-01", periods=N)
rng = np.random.default_rng(0)
X = pd.DataFrame(rng.normal(size=(N, 2)), DAYS, ["a", "b"])
Y = pd.Series(50 + rng.normal(size=N).cumsum(), DAYS)
AHEAD = X.set_axis(DAYS + pd.Timedelta(N, "D"))


def network(**params):
    lstm = LSTMRegressor(3, max_iter=1, random_state=0)
    return SequenceForecaster(lstm, window=6, calibration_fraction=None, **params)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_init_model_with_other_columns():
    first = network().fit(X[["a"]], Y)
    with pytest.raises(ValueError, match=r"the columns \['a'\] of X, but here they are \['b'\]"):
        network().fit(X[["b"]], Y, init_model=first)
    first = network(exog_transformer=CalendarFeatures(["weekday"])).fit(None, Y)
    with pytest.raises(ValueError, match="weekday_sin.* of the output of exog_transformer"):
        network(exog_transformer=CalendarFeatures(["day_of_year"])).fit(None, Y, init_model=first)
    with pytest.raises(NotFittedError, match="init_model is not fitted"):
        network().fit(None, Y, init_model=network())


@pytest.mark.parametrize("method", ["forecast", "forecast_quantiles", "sample_paths"])
@pytest.mark.parametrize("number", [100, 0.9, [0.1, 0.9], (0.5,)])
def test_numbers_in_place_of_X(method, number):
    model = SequenceForecaster(Flat(), window=6).fit(X, Y)
    with pytest.raises(TypeError, match="by name, such as coverage=.*quantiles or n_paths"):
        getattr(model, method)(3, number)


def test_columns_that_were_not_in_fit():
    model = SequenceForecaster(Flat(), window=6).fit(X[["a"]], Y)
    with pytest.raises(ValueError, match=r"X has \['b'\] at the times to forecast, which were not"):
        model.forecast(3, AHEAD[:3])


def test_a_transformer_that_makes_other_columns():
    dummies = FunctionTransformer(pd.get_dummies)
    model = SequenceForecaster(Flat(), window=6, exog_transformer=dummies)
    kinds = pd.DataFrame({"kind": np.resize(["x", "y", "z"], N)}, DAYS)
    model.fit(kinds, Y)
    with pytest.raises(ValueError, match=r"made 2 column\(s\), but 3 in fit"):
        model.forecast(2, kinds[:2].set_axis(AHEAD.index[:2]))


def test_a_transformer_of_no_columns():
    model = SequenceForecaster(Flat(), exog_transformer=StandardScaler())
    with pytest.raises(ValueError, match="It has no columns, only times, as there is no X"):
        model.fit(None, Y)


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "in a pipeline"])
def test_errors_that_are_not_about_columns_do_not_mention_them(alone):
    calendar = CalendarFeatures(holidays="DE")
    transformer = calendar if alone else make_pipeline(calendar, StandardScaler())
    model = SequenceForecaster(Flat(), exog_transformer=transformer)
    with pytest.raises(TypeError, match=r"country_holidays\('DE'\) of that package\.$"):
        model.fit(None, pd.Series(Y, DAYS))


def test_training_smoothing_further():
    model = SequenceForecaster("smoothing").fit(None, Y[:50])
    with pytest.raises(ValueError, match="the fitted regressor is smoothing"):
        model.update(Y[50:], train=2)


def test_the_scale_that_was_left_out():
    counts = np.random.default_rng(0).poisson(500, size=N)
    lstm = LSTMRegressor(3, max_iter=1, loss="poisson", random_state=0)
    with pytest.warns(UserWarning, match="With scale=False windows are not scaled"):
        SequenceForecaster(lstm, window=6, scale=False).fit(None, counts)
