"""Columns and frames of polars and pyarrow as X and y."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.inspection import ForecastDisplay

rng = np.random.default_rng(0)
RAGGED = [rng.standard_normal(n) for n in (3, 5, 2, 4) * 5]
TABLE = rng.standard_normal((20, 6))
Y = rng.standard_normal(20)
LABELS = ["up", "down"] * 10

X = {
    "polars Series of lists": (pl.Series([x.tolist() for x in RAGGED]), RAGGED),
    "polars Series of arrays": (pl.Series(TABLE.tolist(), dtype=pl.Array(pl.Float64, 6)), TABLE),
    "list of polars Series": ([pl.Series(x) for x in RAGGED], RAGGED),
    "polars DataFrame": (pl.DataFrame(TABLE, schema=list("abcdef")), TABLE),
    "pyarrow ListArray": (pa.array([x.tolist() for x in RAGGED]), RAGGED),
    "pandas Series of pyarrow lists": (
        pd.Series(pd.arrays.ArrowExtensionArray(pa.array([x.tolist() for x in RAGGED]))),
        RAGGED,
    ),
}
TARGETS = {
    "polars": pl.Series(Y),
    "pyarrow": pa.array(Y),
    "pandas": pd.Series(Y, dtype="double[pyarrow]"),
}
CLASSES = {
    "polars": pl.Series(LABELS),
    "pyarrow": pa.array(LABELS),
    "pandas": pd.Series(LABELS, dtype="string[pyarrow]"),
}


@pytest.mark.parametrize("form", X)
def test_sequences(form):
    data, expected = X[form]
    model = LSTMRegressor(3, max_iter=2, random_state=0).fit(data, Y)
    same = LSTMRegressor(3, max_iter=2, random_state=0).fit(expected, Y)
    np.testing.assert_array_equal(np.hstack(model.predict(data)), np.hstack(same.predict(expected)))


@pytest.mark.parametrize("form", TARGETS)
def test_values(form):
    model = LSTMRegressor(3, max_iter=2, random_state=0).fit(TABLE, TARGETS[form])
    same = LSTMRegressor(3, max_iter=2, random_state=0).fit(TABLE, Y)
    np.testing.assert_array_equal(model.predict(TABLE), same.predict(TABLE))
    assert model.score(TABLE, TARGETS[form]) == same.score(TABLE, Y)


@pytest.mark.parametrize("form", CLASSES)
def test_labels(form):
    model = LSTMClassifier(3, max_iter=2, random_state=0).fit(TABLE, CLASSES[form])
    assert set(model.predict(TABLE)) <= {"up", "down"}
    assert 0 <= model.score(TABLE, CLASSES[form]) <= 1


@pytest.mark.parametrize("missing", [pl.Series([None, *LABELS[1:]]), pa.array([None, *LABELS[1:]])])
def test_missing_labels(missing):
    with pytest.raises(ValueError, match=r"missing label, at \[0\]"):
        LSTMClassifier(3).fit(TABLE, missing)


@pytest.mark.parametrize("missing", [pl.Series([None, *Y[1:]]), pa.array([None, *Y[1:].tolist()])])
def test_missing_values(missing):
    with pytest.raises(ValueError, match="y contains"):
        LSTMRegressor(3).fit(TABLE, missing)


def smoothing():
    return SequenceForecaster("smoothing", season_length=None)


def test_forecasts_of_polars_are_polars():
    series = pl.Series("demand", 50 + np.random.default_rng(0).normal(size=60).cumsum())
    table = pl.DataFrame({"a": series, "b": series + 1, "shop": np.repeat(["x", "y"], 30)})
    model = smoothing().fit(None, series)
    assert model.forecast(3).name == "demand"
    assert (
        model.forecast(3).to_list() == smoothing().fit(None, series.to_numpy()).forecast(3).tolist()
    )
    assert model.forecast(3, coverage=0.8).columns == ["forecast", "lower_80", "upper_80"]
    model.fit(None, table[["a", "b"]])
    assert model.forecast(3).columns == ["a", "b"]
    assert model.forecast(3, coverage=0.8).columns == [
        f"{column}_{name}" for column in "ab" for name in ["forecast", "lower_80", "upper_80"]
    ]
    model.fit(None, table["a"], series_id=table["shop"])
    assert model.forecast(2).columns == ["shop", "a"]
    assert model.forecast(2)["shop"].to_list() == ["x", "x", "y", "y"]
    assert model.forecast(2, coverage=0.5).columns == ["shop", "forecast", "lower_50", "upper_50"]
    assert [len(each) for each in model.fit(None, [series, series[:40]]).forecast(2)] == [2, 2]


@pytest.mark.parametrize("coverage", [None, 0.8])
def test_a_display_of_the_forecast_of_a_polars_series(coverage):
    y = np.arange(60) + np.sin(np.arange(60))
    forecaster = SequenceForecaster("smoothing").fit(None, pl.Series("sales", y[:50]))
    display = ForecastDisplay.from_estimator(
        forecaster, 10, coverage=coverage, y_true=pl.Series(y[50:])
    )
    np.testing.assert_allclose(display.table.y, y[26:])  # 24 rows of the past
    assert list(display.bounds_[0]) == ([] if coverage is None else [80.0])


def test_a_display_of_several_polars_columns():
    y = pl.DataFrame({"a": np.arange(60.0), "b": np.arange(60.0) ** 2})
    forecaster = SequenceForecaster("smoothing").fit(None, y)
    assert len(ForecastDisplay.from_estimator(forecaster, 5).axes_) == 2
    with pytest.raises(TypeError, match="which cannot be drawn.*to_pandas"):
        ForecastDisplay.from_estimator(forecaster, 5, coverage=0.8)
