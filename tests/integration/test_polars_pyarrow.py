"""Columns and frames of polars and pyarrow as X and y."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sklstm import LSTMClassifier, LSTMRegressor

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
