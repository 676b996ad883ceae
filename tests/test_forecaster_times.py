"""Times from the pandas index: gaps, rows that do not follow, other kinds of times."""

import re

import numpy as np
import pandas as pd
import pytest
from airline_forecasters import HOURS, MONTH, MONTHS, TRAIN, Y, small
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold, cross_val_score


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(10, 70),
        pd.date_range("2020-01-31", periods=60, freq="ME"),
        pd.date_range("2020-01-01", periods=60, freq="B", tz="Europe/Berlin"),
        pd.DatetimeIndex(pd.date_range("2020-01-01", periods=60, freq="15min").to_numpy()),
        pd.period_range("2020-01", periods=60, freq="Q"),
    ],
    ids=["integers", "months", "business days with a zone", "inferred", "quarters"],
)
def test_a_gap_is_seen_in_the_index(index):
    line = pd.Series(np.arange(60.0), index=index)
    model = small(regressor=LinearRegression(), window=4, differences=1)
    model.fit(None, line.iloc[:40])
    for start in (40, 47):
        future = pd.DataFrame(index=index[start : start + 5])
        assert_allclose(model.predict(future), np.arange(start, start + 5), atol=1e-9)
    with pytest.raises(ValueError, match="row\\(s\\) are missing in between"):
        model.update(line.iloc[42:45])
    model.update(line.iloc[40:42]).update(line.iloc[42:45])
    assert_allclose(model.forecast(2), [45, 46], atol=1e-9)
    with pytest.raises(ValueError, match="it is not after it"):
        model.update(line.iloc[44:46])


def test_exog_in_a_gap_is_warned_of():
    X = pd.DataFrame(MONTH, index=MONTHS)
    model = small().fit(X.iloc[TRAIN], Y[TRAIN])
    with pytest.warns(UserWarning, match="begins 2 step.*the last known ones are used"):
        forecast = model.predict(X.iloc[122:125])
    filled = np.concatenate([MONTH[[119, 119]], MONTH[122:125]])
    assert_array_equal(forecast, model.forecast(5, filled)[2:])


def test_rows_before_the_end_of_training_are_refused():
    X = pd.DataFrame(index=MONTHS)
    with pytest.raises(ValueError, match="a forecast is of later times"):
        cross_val_score(small(), X, Y, cv=KFold(3), error_score="raise")


def dated(index=HOURS, **params):
    """A forecaster of a line, fitted on the first 100 rows of it."""
    model = small(regressor=LinearRegression(), window=4, differences=1, **params)
    return model.fit(None, pd.Series(np.arange(100.0), index[:100]))


@pytest.mark.parametrize(
    "index", [HOURS, HOURS.to_period("h"), pd.RangeIndex(144)], ids=["dates", "periods", "integers"]
)
def test_a_hole_does_not_hide_what_is_not_later(index):
    line = pd.Series(np.arange(100.0), index[:100]).drop(index[20])
    model = small(regressor=LinearRegression(), window=4, differences=1)
    with pytest.warns(UserWarning, match="The times are not regular"):
        model.fit(None, line)
    with pytest.raises(ValueError, match="it is not after it"):
        model.update(line.iloc[-3:])
    with pytest.raises(ValueError, match="a forecast is of later times"):
        model.predict(pd.DataFrame(index=index[99:101]))
    assert len(model.predict(pd.DataFrame(index=index[100:103]))) == 3
    assert len(model.update(line.iloc[-2:].set_axis(index[102:104])).forecast(3)) == 3


@pytest.mark.parametrize(
    "index",
    [HOURS, HOURS.tz_localize("Asia/Tokyo"), pd.period_range("2024", periods=144, freq="D")],
)
def test_arrays_move_the_clock_too(index):
    model = dated(index).update(np.arange(100.0, 110.0))
    assert_allclose(model.predict(pd.DataFrame(index=index[113:115])), [113, 114], atol=1e-9)
    with pytest.raises(ValueError, match="it is not after it"):
        model.update(pd.Series([109.0], index[109:110]))


def test_rows_that_leave_steps_out_are_refused():
    for rows in ([100, 102, 103], [100, 101, 104]):
        with pytest.raises(ValueError, match=r"do not follow 2024-01-05 03:00:00 in steps of h"):
            dated().predict(pd.DataFrame(index=HOURS[rows]))
        with pytest.raises(ValueError, match="Give a row for every step"):
            dated().update(pd.Series(np.array(rows, float), HOURS[rows]))
    with pytest.raises(ValueError, match="do not follow"):
        dated().predict(pd.DataFrame(index=HOURS[100:103] + pd.Timedelta("10min")))


FIRST_WRONG = {
    "hours": HOURS,
    "in a zone": HOURS.tz_localize("Asia/Tokyo"),
    "periods": HOURS.to_period("h"),
    "business days": pd.bdate_range("2024-01-01", periods=144),
    "months": pd.date_range("2001-01-31", periods=144, freq="ME"),
    "numbers": pd.RangeIndex(144),
}


@pytest.mark.parametrize("case", FIRST_WRONG)
@pytest.mark.parametrize("missing", [1, 2, 6])
def test_the_first_step_that_is_left_out_is_named(case, missing):
    index = FIRST_WRONG[case]
    rows = np.delete(np.arange(100, 108), missing)
    first, before, found = index[100 + missing], index[99 + missing], index[101 + missing]
    words = f"{first} is expected after {before}, but row {missing} has {found}. Give a row"
    for call in (
        lambda: dated(index).predict(pd.DataFrame(index=index[rows])),
        lambda: dated(index).update(pd.Series(rows.astype(float), index[rows])),
    ):
        with pytest.raises(ValueError, match=re.escape(words)):
            call()
    if case == "hours":
        later = index[100:103] + pd.Timedelta("10min")
        words = f"{index[100]} is expected after {index[99]}, but row 0 has {later[0]}"
        with pytest.raises(ValueError, match=re.escape(words)):
            dated(index).predict(pd.DataFrame(index=later))


@pytest.mark.parametrize("other", [HOURS.tz_localize("UTC"), HOURS.to_period("h")])
def test_times_of_another_kind_are_refused(other):
    with pytest.raises(ValueError, match="of another kind than those known"):
        dated().predict(pd.DataFrame(index=other[-24:-20]))


def test_forecasts_of_other_times_than_the_next_are_refused():
    X = pd.DataFrame(MONTH, HOURS)
    model = small(calibration_fraction=0.2).fit(X[:120], Y[:120])
    for call in (model.forecast, model.predict_interval):
        with pytest.raises(ValueError, match="give the rows in between, too"):
            call(3, X[121:124])
        with pytest.raises(ValueError, match="a forecast is of later times"):
            call(3, X[110:113])
    assert_array_equal(model.forecast(3, X[120:123]), model.forecast(3, MONTH[120:123]))


def test_x_and_y_of_different_times_are_refused():
    X, y = pd.DataFrame(MONTH, HOURS), pd.Series(Y, HOURS)
    message = "different times: in row 0, X has 2024-01-01 10:00:00 and y has 2024-01-01 00:00:00"
    with pytest.raises(ValueError, match=message):
        small().fit(X[10:110], y[:100])
    model = small().fit(X[:100], y[:100])
    with pytest.raises(ValueError, match="different times"):
        model.score(X[100:110], y[110:120])
    # Rows that are merely numbered take the times of the other.
    numbered = small().fit(X[:100].reset_index(drop=True), y[:100])
    with pytest.raises(ValueError, match="it is not after it"):
        numbered.update(y[:3], MONTH[:3])


def test_forecasts_for_the_rows_of_fit_warn():
    model = dated()
    with pytest.warns(UserWarning, match="the times of the training rows, which are not stored"):
        forecast = model.predict(pd.DataFrame(index=HOURS[:100]))
    assert_array_equal(forecast, model.forecast(100))


def test_an_index_of_several_levels_needs_ids():
    index = pd.MultiIndex.from_product([["a", "b"], HOURS[:50]])
    y = pd.Series(np.arange(100.0), index)
    model = small(regressor=LinearRegression(), window=4, differences=1)
    with pytest.raises(ValueError, match="pass the level that tells them apart as series_id"):
        model.fit(None, y)
    model.fit(None, y, series_id=y.index.get_level_values(0))
    assert_allclose(model.forecast(2)["a"], [50, 51], atol=1e-9)
    assert list(model.forecast(2, series_id=["a"]).index.unique(0)) == ["a"]


def test_numbered_rows_of_several_series_have_no_times():
    y, ids = pd.Series(np.r_[0:50, 100:150].astype(float)), np.repeat(["a", "b"], 50)
    model = small(regressor=LinearRegression(), window=4, differences=1).fit(None, y, series_id=ids)
    future = pd.DataFrame(index=range(100, 104))
    assert_allclose(model.predict(future, series_id=list("aabb")), [50, 51, 150, 151], atol=1e-9)


@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
@pytest.mark.parametrize("freq", ["D", "MS", "h", "25h"])
def test_forecasts_go_on_beyond_the_last_nanosecond(freq, zone):
    index = pd.date_range(end="2262-04-01", periods=60, freq=freq, unit="ns", tz=zone)
    expected = pd.date_range(index[-1].as_unit("us"), periods=400, freq=freq, unit="us")[1:]
    forecast = small().fit(None, pd.Series(Y[:60], index)).forecast(399)
    assert forecast.index.equals(expected)
    assert forecast.index[-1].year >= 2262
