"""Time and peak memory of fit and predict for many windows, rows, series and steps.

Run ``python benchmarks/scale.py`` (15 minutes), or with ``--task rows --sizes 1e4``.
One epoch, 8 units, windows of 8 values, float32. Each row is a separate process, so that the peak
is that of its size. Prints the processor time, also divided by the size; the peak memory above that
after the imports and a tiny fit; and the memory by the formulas in doc/guide/long_sequences.rst.
The sizes of *steps* and *truncated* are numbers of steps, without and with ``bptt_steps=32``.
"""

import argparse
import os
import subprocess
import sys
import time
import warnings

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from window_memory import peak

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import sliding_windows

WINDOW, UNITS, BATCH, ROWS = 8, 8, 256, 30
NETWORK = {"hidden_size": UNITS, "max_iter": 1, "batch_size": BATCH, "random_state": 0}
ITEM = 4  # bytes of a float32
SMOOTHING = 50e6  # bytes to choose how series are smoothed
LONG = {**NETWORK, "hidden_size": 32, "batch_size": 64, "patch_length": 1, "pooling": "last"}


def make(n):
    """Return a noisy sine wave, generated in pieces to keep the peak memory low."""
    rng = np.random.default_rng(0)
    series = np.empty(n, np.float32)
    for start in range(0, n, 10_000):
        times = np.arange(start, min(start + 10_000, n))
        series[start : start + 10_000] = np.sin(0.1 * times) + rng.normal(0, 0.1, len(times))
    return series


def saved_states(batch, steps, units, channels=1):
    """Bytes of the states of a mini-batch of an LSTM."""
    return batch * steps * (7 * units + channels + 1) * ITEM


# Each task returns a function of the estimator to call, and the bytes by the formula.


def regressor(n, predicts):
    """LSTMRegressor on n windows."""
    X, y = sliding_windows(make(n + WINDOW), WINDOW)
    model, data = LSTMRegressor(**NETWORK), ITEM * n
    if predicts:
        model.fit(X[:1000], y[:1000])
        return lambda: model.predict(X), data + 16 * n
    return lambda: model.fit(X, y), data + 21 * n + saved_states(BATCH, WINDOW, UNITS)


def classifier(n, predicts):
    """LSTMClassifier on n windows, two classes."""
    X, y = sliding_windows(make(n + WINDOW), WINDOW)
    y = (y > 0).astype(int)
    model, data = LSTMClassifier(**NETWORK), (ITEM + 8) * n
    if predicts:
        model.fit(X[:1000], y[:1000])
        return lambda: model.predict(X), data + 24 * n
    return lambda: model.fit(X, y), data + 28 * n + saved_states(BATCH, WINDOW, UNITS)


def _forecaster():
    return SequenceForecaster(LSTMRegressor(**NETWORK), window=WINDOW)


def rows(n, predicts):
    """SequenceForecaster on one series of n rows."""
    y, model = make(n), _forecaster()
    if predicts:
        model.fit(None, y[:1000])
        return lambda: model.forecast(3), ITEM * n
    return lambda: model.fit(None, y), 45e6 + n * (60 + 20 * WINDOW) + ITEM * n


def series(n, predicts):
    """SequenceForecaster on n series of 30 rows; predict is `forecast` after such a fit."""
    y, model = list(make(ROWS * n).reshape(n, ROWS)), _forecaster()
    of_fit = max(SMOOTHING, n * (1300 + ROWS * (104 + 8 * WINDOW))) + ITEM * ROWS * n
    if predicts:
        model.fit(None, y)
        return lambda: model.forecast(3), of_fit
    return lambda: model.fit(None, y), of_fit


def steps(n, predicts, bptt_steps=None):
    """LSTMRegressor on 128 sequences of n steps."""
    X = make(128 * n).reshape(128, n)
    model = LSTMRegressor(**LONG, bptt_steps=bptt_steps)
    if predicts:
        model.set_params(bptt_steps=8).fit(X[:8], X[:8, -1])
        return lambda: model.predict(X), X.nbytes
    kept, each = (n, 0) if bptt_steps is None else (min(n, bptt_steps), 1500)
    return lambda: model.fit(X, X[:, -1]), X.nbytes + saved_states(64, kept, 32) + each * n


def truncated(n, predicts):
    """The same with ``bptt_steps=32``."""
    return steps(n, predicts, bptt_steps=32)


WINDOWS = ["1e4", "1e5", "1e6", "3e6", "1e7"]
TASKS = {
    regressor: WINDOWS,
    classifier: WINDOWS,
    rows: ["1e4", "3e4", "1e5", "3e5", "1e6"],
    series: ["1e3", "3e3", "1e4", "3e4", "1e5"],
    steps: ["100", "300", "1000", "3000", "10000"],
    truncated: ["100", "300", "1000", "3000", "10000"],
}
NAMED = {task.__name__: task for task in TASKS}


def measure(task, n, predicts):
    """Print one row, in this process."""
    warnings.simplefilter("ignore")
    NAMED[task](300, False)[0]()
    before = peak()
    call, predicted = NAMED[task](n, predicts)
    began = time.process_time()
    call()
    seconds = time.process_time() - began
    name = f"{task} {'predict' if predicts else 'fit'}"
    print(
        f"{name:20}{n:12,d}{seconds:9.2f}{seconds / n * 1e6:10.2f}{peak() - before:10.1f}"
        f"{predicted / 1e6:9.1f}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--task", choices=NAMED, nargs="*", default=list(NAMED))
    parser.add_argument("--sizes", nargs="*", help="instead of five for each task")
    parser.add_argument("--one", choices=["fit", "predict"], help="one row, in this process")
    options = parser.parse_args()
    if options.one:
        measure(options.task[0], int(float(options.sizes[0])), options.one == "predict")
        return
    print(f"{'':20}{'size':>12}{'s':>9}{'us each':>10}{'peak MB':>10}{'formula':>9}", flush=True)
    for task in options.task:
        for method in ("fit", "predict"):
            for size in options.sizes or TASKS[NAMED[task]]:
                arguments = ["--task", task, "--sizes", size, "--one", method]
                subprocess.run([sys.executable, __file__, *arguments], check=True)


if __name__ == "__main__":
    main()
