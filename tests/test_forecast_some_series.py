"""Forecasts of some of the series: `series_id` without X."""

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import Flat, check_message

from sklstm import SequenceForecaster, VotingForecaster
from sklstm.preprocessing import CalendarFeatures

N = 60
IDS = np.repeat(["a", "b", "c"], N)
Y = 50 + 5 * np.sin(np.arange(3 * N) * np.pi / 6) + np.random.default_rng(0).normal(size=3 * N)
DATES = pd.DatetimeIndex([*pd.date_range("2024-01-01", periods=N)] * 3)


def direct(**params):
    return SequenceForecaster(Flat(), window=12, strategy="direct", horizon=3, **params)


FORECASTERS = {
    "recursive": SequenceForecaster(Flat(), window=12),
    "smoothed": SequenceForecaster("smoothing"),
    "direct": direct(),
    "differences": SequenceForecaster(Flat(), window=12, level=None, differences=1),
    "calendar": direct(exog_transformer=CalendarFeatures(["weekday"])),
    "vote": VotingForecaster([("one", direct()), ("two", SequenceForecaster("smoothing"))]),
}


def fitted(forecaster, dated):
    return forecaster.fit(None, pd.Series(Y, DATES) if dated else Y, series_id=IDS)


@pytest.mark.parametrize("chosen", [["b"], ["c", "a"], ["c", "a", "c"], ["a", "b", "c"]])
@pytest.mark.parametrize("forecaster", FORECASTERS.values(), ids=FORECASTERS)
def test_they_equal_those_of_all(forecaster, chosen):
    forecaster = fitted(forecaster, dated=True)
    every = forecaster.forecast(3, coverage=0.8)
    some = forecaster.forecast(3, coverage=0.8, series_id=chosen)
    pd.testing.assert_frame_equal(
        some, every.loc[sorted(set(chosen))], rtol=1e-12, check_freq=False
    )


@pytest.mark.parametrize("make", [list, tuple, np.array, pd.Series, pd.Index], ids=repr)
def test_arrays_and_any_list_of_ids(make):
    forecaster = fitted(FORECASTERS["recursive"], dated=False)
    every, some = forecaster.forecast(3), forecaster.forecast(3, series_id=make(["c", "a"]))
    assert list(some) == ["a", "c"]
    for key, rows in some.items():
        np.testing.assert_allclose(rows, every[key], rtol=1e-12)


@pytest.mark.parametrize("name", ["direct", "vote"])
def test_every_method(name):
    forecaster = fitted(FORECASTERS[name], dated=False)
    every, some = (forecaster.forecast_quantiles(3, series_id=ids) for ids in (None, ["b"]))
    np.testing.assert_allclose(some["b"], every["b"], rtol=1e-12)
    every, some = (forecaster.predict_interval(3, series_id=ids) for ids in (None, ["b"]))
    np.testing.assert_allclose(some[0]["b"], every[0]["b"], rtol=1e-12)
    paths = forecaster.sample_paths(3, n_paths=5, random_state=0, series_id=["b"])
    assert list(paths) == ["b"] and np.shape(paths["b"]) == (5, 3)


def test_series_added_by_update():
    forecaster = fitted(FORECASTERS["recursive"], dated=False)
    forecaster = forecaster.update(Y[:N], series_id=np.repeat("d", N))
    assert list(forecaster.forecast(2, series_id=["d"])) == ["d"]


REFUSED = {
    "unknown": (["a", "z"], ValueError, ["'z'", "not in fit", "'a'"]),
    "no list": ("a", TypeError, ["'a'", "list of the ids"]),
    "types": (["a", 1], ValueError, ["several types"]),
    "table": ([["a"]], TypeError, ["list of the ids"]),
}


@pytest.mark.parametrize(("ids", "error", "words"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("name", ["recursive", "vote"])
def test_refused_ids(name, ids, error, words):
    forecaster = fitted(FORECASTERS[name], dated=False)
    with pytest.raises(error) as raised:
        forecaster.forecast(3, series_id=ids)
    check_message(raised, words)


def test_a_forecaster_without_ids_refuses_them():
    forecaster = SequenceForecaster(Flat(), window=12).fit(None, Y)
    with pytest.raises(ValueError, match="fitted without series_id"):
        forecaster.forecast(3, series_id=["a"])
