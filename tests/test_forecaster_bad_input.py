"""Invalid input is named in the error, and leaves the forecaster unchanged."""

import numpy as np
import pandas as pd
import pytest
from airline_forecasters import HOURS, MONTH, MONTHS, TRAIN, Y, small, small_lstm
from numpy.testing import assert_array_equal
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster

BAD_FITS = [
    ({}, None, Y[:12], "y has 12 time point.*n_samples=12.*window=12, horizon=1 need at least 13"),
    ({"differences": (12, 1)}, None, Y[:25], "differences=.12, 1. need at least 26"),
    ({}, None, np.where(np.arange(144) == 17, np.nan, Y), "y contains NaN at row 17"),
    ({}, None, pd.Series(Y, MONTHS).where(MONTHS != MONTHS[17]), r"NaN at row 17 \(1950-06\)"),
    ({}, np.where(MONTH == 1, np.inf, 0), Y, "X contains infinity at row 0, column 0"),
    ({}, MONTH[:100], Y, r"X has 100 row\(s\), but y has 144"),
    ({}, None, pd.Series(Y, MONTHS)[::-1], "index of y is not sorted"),
    ({}, pd.DataFrame(MONTH, MONTHS)[::-1], Y, "index of .* is not sorted"),
    ({}, None, pd.Series(Y, np.arange(144) // 2), "same time more than once.*series_id"),
    ({}, None, None, "requires y to be passed"),
    ({}, None, np.array(list("abc")), "y has dtype <U1: it holds strings"),
    ({}, None, MONTHS.to_timestamp().to_numpy(), "it holds times, .*expected numbers"),
    ({}, None, Y.reshape(2, 8, 9), r"y has shape \(2, 8, 9\)"),
    ({"window": 0}, None, Y, "window=0 is not valid"),
    ({"horizon": 0}, None, Y, "horizon=0 is not valid"),
    ({"horizon": 3}, None, Y, "horizon=3 with strategy='recursive'"),
    ({"strategy": "dirct"}, None, Y, "did you mean 'direct'"),
    ({"differences": -1}, None, Y, "differences=-1 is not valid"),
    ({"differences": (12, 0)}, None, Y, r"differences\[1\]=0 is not valid"),
    ({"scale": "yes"}, None, Y, "scale='yes' is not valid"),
    ({"calibration_fraction": 1}, None, Y, r"calibration_fraction must be in \(0, 1\); got 1"),
    ({"regressor": small_lstm(return_sequences=True)}, None, Y, "return_sequences=False"),
    ({"transformer": FunctionTransformer(np.log)}, None, Y - 104, "must be defined for all"),
]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(("params", "X", "y", "message"), BAD_FITS, ids=[b[3] for b in BAD_FITS])
def test_bad_input_leaves_the_forecaster_as_it_was(params, X, y, message):
    model = small().fit(None, Y)
    before = model.forecast(3)
    kept = vars(model).copy()
    model.set_params(**params)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert {k: v for k, v in vars(model).items() if k not in params} == {
        k: v for k, v in kept.items() if k not in params
    }
    assert_array_equal(model.forecast(3), before)


def test_a_regressor_must_be_one():
    with pytest.raises(TypeError, match="is not an object with fit and predict"):
        small(regressor=LSTMRegressor).fit(None, Y)
    with pytest.raises(ValueError, match=r"regressor='lstm' .*'smoothing'"):
        small(regressor="lstm").fit(None, Y)


def test_bad_rows_of_the_future():
    model = small(strategy="direct", horizon=5).fit(MONTH[TRAIN], Y[TRAIN])
    for call, error, message in [
        (lambda: model.forecast(0, MONTH[:0]), ValueError, "steps=0 is not valid"),
        (lambda: model.forecast(5), ValueError, "X is None.*12 exogenous"),
        (lambda: model.forecast(5, MONTH[:4]), ValueError, r"X has 4 row\(s\), but steps=5"),
        (lambda: model.forecast(5, MONTH[:6]), ValueError, r"X has 6 row\(s\), but steps=5"),
        (lambda: model.forecast(MONTH[:5]), TypeError, r"array of shape .*: forecast\(5, X\)\."),
        (lambda: model.forecast([3]), TypeError, r"list.*: forecast\(1\)\."),
        (lambda: model.forecast(2, [0.5, 1]), TypeError, r"such as \[\[0.5\], \[1.2\]\]"),
        (lambda: model.forecast(5, MONTH[:5, 0]), ValueError, "is one variable.$"),
        (lambda: model.predict(None), TypeError, r"use forecast\(steps\)"),
        (lambda: model.predict(MONTH[:5, :3]), ValueError, "X has 3 features"),
        (lambda: model.predict(np.empty((5, 0))), ValueError, "X has 0 features|0 feature"),
        (lambda: model.update(Y[:3]), ValueError, "X is None"),
        (lambda: model.update(Y[:3], MONTH[:2]), ValueError, "X has 2 row.*y has 3"),
        (lambda: model.update(np.ones((3, 2)), MONTH[:3]), ValueError, r"expected \(n_times,\)"),
        (lambda: model.predict_interval(5, MONTH[:5]), ValueError, "No errors were calibrated"),
    ]:
        before = vars(model).copy()
        with pytest.raises(error, match=message):
            call()
        assert vars(model) == before


def test_not_fitted():
    for method in ("forecast", "predict_interval"):
        with pytest.raises(ValueError, match="not fitted"):
            getattr(small(), method)(3)


def test_coverage_is_passed_by_name():
    with pytest.raises(TypeError, match="by name, such as coverage=0.8"):
        small().fit(None, Y).predict_interval(3, 0.8)
    with pytest.raises(TypeError, match=r"by name, such as coverage=\[0.5, 0.8\]"):
        small().fit(None, Y).predict_interval(3, [0.5, 0.8])


def test_a_bad_coverage_is_named():
    with pytest.raises(ValueError, match="^coverage=1.5 "):
        small().fit(None, Y).predict_interval(3, coverage=1.5)


# What strangers tried -----------------------------------------------------------------------------


def test_columns_of_y_keep_their_order():
    y = pd.DataFrame({"a": Y, "b": -Y})
    model = small().fit(None, y)
    with pytest.raises(ValueError, match=r"columns \['b', 'a'\], but .* fitted on \['a', 'b'\]"):
        model.update(y[["b", "a"]].set_axis(range(144, 288)))


@pytest.mark.parametrize("invert", [np.negative, np.reciprocal])
def test_a_decreasing_transformer_turns_no_interval_round(invert):
    transformer = FunctionTransformer(invert, invert)
    model = small(transformer=transformer, calibration_fraction=0.3).fit(None, Y)
    lower, upper = model.predict_interval(5, coverage=0.5)
    assert (lower < upper).all()


def test_a_transformer_must_be_undone_and_be_one():
    with pytest.raises(ValueError, match="not undone by its inverse_transform"):
        small(transformer=FunctionTransformer(np.log)).fit(None, Y)
    for transformer in (np.log, StandardScaler, LinearRegression()):
        with pytest.raises(TypeError, match="fit, transform and inverse_transform"):
            small(transformer=transformer).fit(None, Y)


@pytest.mark.parametrize(
    "regressor", [LSTMRegressor, LSTMClassifier(), SequenceForecaster()], ids=str
)
def test_the_regressor_is_a_regressor(regressor):
    with pytest.raises(
        TypeError, match="regressor=.* is (not an object|a classifier|a forecaster)"
    ):
        small(regressor=regressor).fit(None, Y)


@pytest.mark.parametrize(
    ("y", "series_id", "error", "message"),
    [
        ({"a": Y, "b": Y}, None, TypeError, "y is a dict;.* For several series pass a list"),
        (pd.DataFrame({"day": HOURS, "y": Y}), None, ValueError, "Put dates in the index"),
        (Y, ["a", None] * 72, ValueError, "missing ids, dates, or ids of several types"),
        (Y, [1.0, np.nan] * 72, ValueError, "missing ids"),
        (Y, ["a", 1] * 72, ValueError, "ids of several types"),
        (Y, HOURS, ValueError, "missing ids, dates"),
        (HOURS, None, ValueError, "y has dtype datetime64.* it holds times"),
        (pd.DataFrame({"day": HOURS}), None, ValueError, r"y \(column 'day'\) .*holds times"),
        (pd.DataFrame({"kind": ["a"] * 144}), None, ValueError, "ids of series as series_id"),
        (np.ma.masked_greater(Y, 600), None, ValueError, "y has masked values"),
    ],
)
def test_unreadable_data_is_named(y, series_id, error, message):
    with pytest.raises(error, match=message):
        small().fit(None, y, series_id=series_id)
