"""Forecasts in the form of y: pandas with the future times for pandas, arrays for arrays."""

import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from quick_forecasters import Flat
from time_indexes import IRREGULAR, REGULAR, N

from sklstm import SequenceForecaster, VotingForecaster
from sklstm._forecasting.future_times import future_index
from sklstm._forecasting.time_axis import summarize_times
from sklstm._validation.time_index import read_times

STEPS = 10


@pytest.mark.parametrize("name", REGULAR)
def test_future_times_continue_the_index(name):
    index = read_times(REGULAR[name], "y", "y.index")
    found = future_index(summarize_times(index[: N - STEPS], "y"), STEPS)
    expected = index[N - STEPS :]
    if isinstance(expected, pd.Index) and expected.dtype.kind == "f":
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        return
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()


@pytest.mark.filterwarnings("ignore:The times are not regular")
@pytest.mark.parametrize("name", IRREGULAR)
def test_irregular_times_have_no_future(name):
    index = read_times(IRREGULAR[name][0], "y", "y.index")
    assert future_index(summarize_times(index, "y"), STEPS) is None


# Forms ---------------------------------------------------------------------------------------

DAYS = pd.date_range("2024-01-01", periods=60, name="day")
Y = 50 + np.random.default_rng(0).normal(size=(60, 2)).cumsum(axis=0)
BOUNDS = ["forecast", "lower_80", "upper_80", "lower_50", "upper_50"]


def one(**params):
    return SequenceForecaster(Flat(), window=4, season_length=None, transformer=None, **params)


def vote():
    members = [("a", one()), ("b", one(level="last"))]
    return VotingForecaster(members, calibration_fraction=0.3)


both = pytest.mark.parametrize("make", [one, vote])


@both
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_series_of_pandas_has_the_future_times_and_its_name(make, dtype):
    y = pd.Series(Y[:, 0].astype(dtype), DAYS, name="demand")
    model = make().fit(None, y)
    forecast = model.forecast(5)
    assert forecast.dtype == dtype
    assert forecast.name == "demand"
    expected = pd.date_range("2024-03-01", periods=5, name="day")
    pd.testing.assert_index_equal(forecast.index, expected)
    assert forecast.index.freq == "D"
    assert pd.concat([y, forecast]).asfreq("D").notna().all()
    assert_array_equal(forecast, make().fit(None, y.to_numpy()).forecast(5))
    assert_array_equal(forecast, model.predict(np.empty((5, 0))))


@both
def test_an_update_moves_the_times(make):
    y = pd.Series(Y[:, 0], DAYS)
    model = make().fit(None, y[:50]).update(y[50:55])
    assert model.forecast(2).index.tolist() == DAYS[55:57].tolist()
    model.update(Y[55:58, 0])  # an array goes on at the next time
    assert model.forecast(2).index.tolist() == DAYS[58:60].tolist()


@both
def test_a_frame_has_its_columns(make):
    y = pd.DataFrame(Y, DAYS, ["north", "south"])
    model = make().fit(None, y)
    forecast = model.forecast(3)
    assert list(forecast) == ["north", "south"]
    assert forecast.index[0] == pd.Timestamp("2024-03-01")
    table = model.forecast(3, coverage=0.9)
    assert list(table["south"]) == ["forecast", "lower_90", "upper_90"]
    assert_array_equal(table["south"]["forecast"], forecast["south"])
    narrow = make().fit(None, y[["north"]]).forecast(3)
    assert isinstance(narrow, pd.DataFrame)


@both
def test_a_list_of_series_is_a_list_each_with_its_own_times(make):
    y = [pd.Series(Y[:, 0], DAYS), pd.Series(Y[:40, 1], DAYS[:40])]
    model = make().fit(None, y)
    first, second = model.forecast(3)
    assert first.index[0] == pd.Timestamp("2024-03-01")
    assert second.index[0] == DAYS[40]
    assert [list(table) for table in model.forecast(3, coverage=0.9)] == [
        ["forecast", "lower_90", "upper_90"]
    ] * 2


def long(index=True):
    """Rows of the shops b and a; those of a end ten days earlier."""
    parts = {"b": (Y[:, 0], DAYS), "a": (Y[:50, 1], DAYS[:50])}
    tables = [
        pd.DataFrame({"sales": values, "shop": shop}, days if index else None)
        for shop, (values, days) in parts.items()
    ]
    return pd.concat(tables, ignore_index=not index)


@both
def test_rows_with_ids_have_ids_and_times(make):
    table = long()
    model = make().fit(None, table.sales, series_id=table.shop)
    forecast = model.forecast(2)
    assert forecast.index.names == ["shop", "day"]
    assert forecast.name == "sales"
    assert forecast.index.tolist() == [
        *[("a", day) for day in DAYS[50:52]],
        *[("b", day) for day in pd.date_range("2024-03-01", periods=2)],
    ]
    bounds = model.forecast(2, coverage=[0.8, 0.5])
    assert list(bounds) == BOUNDS
    assert_array_equal(bounds.forecast, forecast)
    by_id = make().fit(None, table.sales.to_numpy(), series_id=table.shop.to_numpy()).forecast(2)
    assert list(by_id) == ["a", "b"]
    assert_array_equal(forecast["b"], by_id["b"])


@both
def test_rows_with_ids_and_without_times_count_steps(make):
    table = long(index=False)
    forecast = make().fit(None, table.sales, series_id=table.shop).forecast(2)
    assert forecast.index.tolist() == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert forecast.index.names == ["shop", "step"]


@both
@pytest.mark.parametrize("container", [np.asarray, pd.Series])
def test_bounds_are_those_of_predict_interval(make, container):
    y = container(Y[:, 0])
    model = make().fit(None, y)
    table = model.forecast(4, coverage=[0.8, 0.5])
    assert list(table) == BOUNDS
    assert_array_equal(table.forecast, model.forecast(4))
    lower, upper = model.predict_interval(4, coverage=[0.8, 0.5])
    assert lower.shape == upper.shape == (4, 2)
    for k, coverage in enumerate([0.8, 0.5]):
        each = model.predict_interval(4, coverage=coverage)
        assert_array_equal(each, [lower[:, k], upper[:, k]])
        assert_array_equal(
            each, table[[f"lower_{100 * coverage:g}", f"upper_{100 * coverage:g}"]].T
        )
    first = 1 if container is np.asarray else 60
    assert table.index.tolist() == list(range(first, first + 4))


@both
def test_the_times_of_X_are_those_of_the_forecast(make):
    X = pd.DataFrame({"x": Y[:, 1]}, DAYS)
    y = pd.Series(Y[:50, 0], DAYS[:50])
    model = make().fit(X[:50], y)
    assert model.forecast(X=X[50:55]).index.equals(DAYS[50:55])
    assert model.forecast(5, X[50:55].reset_index(drop=True)).index.equals(DAYS[50:55])
    without = make().fit(X[:50], y.to_numpy())
    assert isinstance(without.forecast(5, X[50:55]), np.ndarray)
    assert without.forecast(5, X[50:55], coverage=0.5).index.equals(DAYS[50:55])


@pytest.mark.filterwarnings("ignore:The times are not regular")
def test_irregular_times_count_steps_unless_X_has_them():
    days = DAYS.delete([7, 20])
    model = one().fit(None, pd.Series(Y[:58, 0], days))
    assert model.forecast(2).index.tolist() == [1, 2]
    assert model.forecast(2).index.name == "step"
    later = pd.DataFrame(index=pd.to_datetime(["2024-03-01", "2024-03-04"]))
    assert model.forecast(2, later).index.equals(later.index)


@both
def test_predict_is_an_array(make):
    y = pd.Series(Y[:, 0], DAYS)
    assert type(make().fit(None, y).predict(np.empty((3, 0)))) is np.ndarray


def test_the_number_of_steps():
    X = Y[:, 1:]
    model = one().fit(X[:50], Y[:50, 0])
    assert_array_equal(model.forecast(X=X[50:53]), model.forecast(3, X[50:53]))
    assert len(one(strategy="direct", horizon=5).fit(None, Y[:, 0]).forecast()) == 5
    with pytest.raises(TypeError, match="needs the number of steps"):
        one().fit(None, Y[:, 0]).forecast()


@both
@pytest.mark.parametrize(
    ("coverage", "message"),
    [
        (80, "did you mean 0.8?"),
        ([0.5, 95], "did you mean 0.95?"),
        ([], "coverage is empty"),
        ([0.5, 0.5], "more than once"),
        (1.0, "got 1.0"),
        (0, "got 0"),
        ("90%", "got '90%'"),
        (True, "got True"),
    ],
)
def test_bad_coverages(make, coverage, message):
    model = make().fit(None, Y[:, 0])
    for method in (model.forecast, model.predict_interval):
        with pytest.raises((ValueError, TypeError)) as raised:
            method(3, coverage=coverage)
        assert message in str(raised.value)


def test_a_table_without_pandas_is_an_error(monkeypatch):
    model = SequenceForecaster("smoothing").fit(None, Y[:, 0])
    model.forecast(3, coverage=0.5)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas"):
        model.forecast(3, coverage=0.5)
