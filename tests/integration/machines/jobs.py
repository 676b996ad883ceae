"""What is shared among processes: a search, a backtest, forecasts of many series."""

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMRegressor, SequenceForecaster, backtest

rng = np.random.default_rng(0)
X = rng.standard_normal((120, 10)).astype(np.float32)
Y = X.sum(axis=1)
GRID = {"hidden_size": [2, 4, 8, 12], "learning_rate": [0.001, 0.003, 0.01, 0.03, 0.1, 0.2]}

DAYS, N_SERIES = 150, 20
IDS = np.repeat([f"s{i:02d}" for i in range(N_SERIES)], DAYS)
TIMES = pd.DatetimeIndex([*pd.date_range("2020-01-01", periods=DAYS)] * N_SERIES)
SERIES = pd.Series(
    np.sin(np.arange(len(IDS)) * 2 * np.pi / 7) + rng.normal(0, 0.1, len(IDS)), TIMES
)


def forecaster():
    network = LSTMRegressor(4, max_iter=3, random_state=0)
    return SequenceForecaster(network, calibration_fraction=None, random_state=0)


def search(n_jobs=None, estimator=None, prefix=""):
    """24 candidates."""
    estimator = LSTMRegressor(max_iter=3, random_state=0) if estimator is None else estimator
    grid = {prefix + name: values for name, values in GRID.items()}
    found = GridSearchCV(estimator, grid, cv=2, n_jobs=n_jobs).fit(X, Y)
    scores = [found.cv_results_[f"split{i}_test_score"] for i in range(2)]
    return list(found.best_params_.values()), np.array(scores).tolist()


def backtest_all(n_jobs=None):
    return backtest(
        forecaster(),
        SERIES,
        horizon=7,
        initial=DAYS - 21,
        step=7,
        refit=True,
        series_id=IDS,
        n_jobs=n_jobs,
    )


def forecasts(fitted, n_jobs=None):
    parts = np.array_split(np.unique(IDS), 4)
    job = delayed(fitted.forecast)
    return pd.concat(Parallel(n_jobs)(job(7, coverage=None, series_id=part) for part in parts))


def check_same_on_all_cores():
    """Compare with one process; the parallel backend is that of the caller."""
    assert search(n_jobs=-1) == search()
    pd.testing.assert_frame_equal(backtest_all(n_jobs=-1), backtest_all())
    fitted = forecaster().fit(None, SERIES, series_id=IDS)
    expected = fitted.forecast(7)
    pd.testing.assert_series_equal(forecasts(fitted, n_jobs=-1), expected, check_freq=False)
