"""Peak memory of training on all windows of a long series, which are views and must not be copied.

Run ``python benchmarks/window_memory.py`` (10 million points; ``--points 1000000`` for fewer). One
epoch over all windows of 100 values, stride 1, hidden size 4. Each row is a separate process.
Prints, in MB, the peak memory after the imports and after the same task on a short series, the size
of the series, and the peak at the end; the increase over the short series divided by the size of
the series; and the size of a copy of all windows.
"""

import argparse
import os
import resource
import subprocess
import sys

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import sliding_windows

WINDOW, BATCH = 100, 2000


def peak():
    """Return the peak memory of this process in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def loop(series, network):
    """Call `partial_fit` for each batch of windows."""
    X, y = sliding_windows(series, WINDOW)
    for start in range(0, len(X), BATCH):
        batch = X[start : start + BATCH]
        network.set_params(batch_size=len(batch))
        network.partial_fit(batch, y[start : start + BATCH])


def whole(series, network):
    """Call `partial_fit` for all windows, which draws batches in random order."""
    network.partial_fit(*sliding_windows(series, WINDOW))


def predict(series, network):
    """Predict all windows."""
    X, y = sliding_windows(series, WINDOW)
    network.partial_fit(X[:BATCH], y[:BATCH]).predict(X)


def forecaster(series, network):
    """Fit SequenceForecaster, with scaling and calibration (two networks)."""
    network.set_params(max_iter=1)
    model = SequenceForecaster(
        network, window=WINDOW, strategy="recursive", level=None, transformer=None
    )
    model.fit(None, series).forecast(10)


TASKS = {task.__name__: task for task in (loop, whole, predict, forecaster)}


def make(n_points, dtype):
    """Return a noisy sine wave, generated in pieces to keep the peak memory low."""
    rng = np.random.default_rng(0)
    series = np.empty(n_points, dtype)
    for start in range(0, n_points, 10_000):
        times = np.arange(start, min(start + 10_000, n_points))
        series[times[0] : times[-1] + 1] = np.sin(0.1 * times) + rng.normal(0, 0.1, len(times))
    return series


def measure(task, dtype, n_points):
    """Print one row, in this process."""
    peaks = [peak()]
    for n in (3 * BATCH, n_points):  # a short series first: code and work arrays
        series = make(n, dtype)
        TASKS[task](series, LSTMRegressor(4, batch_size=BATCH, random_state=0))
        peaks.append(peak())
    imported, short, long = peaks
    size = series.nbytes / 1e6
    print(
        f"{task:10} {dtype}{imported:9.0f}{short:9.0f}{size:9.1f}{long:9.0f}"
        f"{(long - short) / size:9.1f}{WINDOW * size:9.0f}",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=10_000_000)
    parser.add_argument("--task", choices=TASKS, help="one row only, with --dtype")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    options = parser.parse_args()
    if options.task:
        measure(options.task, options.dtype, options.points)
        return
    columns = ["imports", "short", "series", "peak", "times", "windows"]
    print("MB" + " " * 16 + "".join(f"{column:>9}" for column in columns))
    for task in TASKS:
        for dtype in ("float32", "float64"):
            arguments = ["--points", str(options.points), "--task", task, "--dtype", dtype]
            subprocess.run([sys.executable, __file__, *arguments], check=True)


if __name__ == "__main__":
    main()
