"""Backtests of series in containers of polars and pyarrow."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import SequenceForecaster, backtest

rng = np.random.default_rng(0)
Y = 50 + rng.normal(size=(60, 2)).cumsum(axis=0)
IDS = np.repeat(["a", "b"], 60)
OPTIONS = {"horizon": 3, "initial": 48, "step": 4, "coverage": 0.8}
RIDGE = make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), Ridge())
EXOG = rng.normal(size=(60, 1))
FORMS = {
    "series": (pl.Series("demand", Y[:, 0]), Y[:, 0], {}),
    "exog": (pl.Series(Y[:, 0]), Y[:, 0], {"X": pl.DataFrame({"price": EXOG[:, 0]})}),
    "columns": (pl.DataFrame({"p": Y[:, 0], "q": Y[:, 1]}), Y, {}),
    "list": ([pl.Series(Y[:, 0]), pl.Series(Y[:40, 1])], [Y[:, 0], Y[:40, 1]], {}),
    "rows": (pl.Series(Y.T.ravel()), Y.T.ravel(), {"series_id": pl.Series(IDS)}),
    "pyarrow": (pa.array(Y[:, 0]), Y[:, 0], {}),
}


@pytest.mark.parametrize("refit", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_tables_are_those_of_arrays(form, refit):
    y, array, data = FORMS[form]
    options = OPTIONS | {"initial": 34} if form == "list" else OPTIONS
    forecaster = SequenceForecaster(RIDGE if "X" in data else "smoothing")
    table = backtest(forecaster, y, **data, **options, refit=refit)
    arrays = {"X": EXOG} if "X" in data else {}
    arrays |= {"series_id": IDS} if "series_id" in data else {}
    expected = backtest(forecaster, array, **arrays, **options, refit=refit)
    columns = [name for name in expected if name != "series"]
    np.testing.assert_array_equal(table[columns], expected[columns])
    if form == "columns":
        assert set(table.series) == {"p", "q"}
