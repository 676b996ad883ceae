"""Time and peak memory of fit and predict against the number of windows, rows, series and steps."""

import argparse
import os
import resource
import subprocess
import sys
import time
import warnings

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import sliding_windows

WINDOW, UNITS, BATCH = 8, 8, 256
NETWORK = {"hidden_size": UNITS, "max_iter": 1, "batch_size": BATCH, "random_state": 0}


def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def make(n, dtype=np.float32):
    rng = np.random.default_rng(0)
    series = np.empty(n, dtype)
    for start in range(0, n, 10_000):
        times = np.arange(start, min(start + 10_000, n))
        series[times[0] : times[-1] + 1] = np.sin(0.1 * times) + rng.normal(0, 0.1, len(times))
    return series


class Timer:
    def __init__(self, n):
        self.n = n
    def __call__(self, name, call):
        began = time.process_time()
        result = call()
        t = time.process_time() - began
        print(f"{name:22}{self.n:12,d}{t:10.2f} s{t/self.n*1e6:10.2f} us{peak()-self.base:10.1f} MB", flush=True)
        return result


def regressor(n, timed):
    X, y = sliding_windows(make(n + WINDOW), WINDOW)
    model = LSTMRegressor(**NETWORK)
    timed("fit", lambda: model.fit(X, y))
    timed("predict", lambda: model.predict(X))


def classifier(n, timed):
    X, y = sliding_windows(make(n + WINDOW), WINDOW)
    model = LSTMClassifier(**NETWORK)
    y = (y > 0).astype(int)
    timed("fit", lambda: model.fit(X, y))
    timed("predict", lambda: model.predict(X))


def forecaster(n, timed, **params):
    model = SequenceForecaster(LSTMRegressor(**NETWORK), window=WINDOW)
    y = make(n)
    timed("fit", lambda: model.fit(None, y))
    timed("forecast", lambda: model.forecast(3))


def panel(n, timed):
    model = SequenceForecaster(LSTMRegressor(**NETWORK), window=WINDOW)
    y = list(make(30 * n).reshape(n, 30))
    timed("fit list", lambda: model.fit(None, y))
    timed("forecast", lambda: model.forecast(3))
    timed("update", lambda: model.update([x[-2:] for x in y]))


def long(n, timed):
    model = SequenceForecaster(LSTMRegressor(**NETWORK), window=WINDOW)
    y = make(30 * n)
    ids = np.repeat(np.arange(n), 30)
    timed("fit long", lambda: model.fit(None, y, series_id=ids))
    timed("forecast", lambda: model.forecast(3))


TASKS = {task.__name__: task for task in (regressor, classifier, forecaster, panel, long)}
if __name__ == "__main__":
    if len(sys.argv) == 3:
        warnings.simplefilter("ignore")
        t = Timer(int(float(sys.argv[2])))
        t.base = peak()
        print(f"base {t.base:.0f}")
        TASKS[sys.argv[1]](t.n, t)
