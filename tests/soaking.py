"""A service for an hour: ``python tests/soaking.py --minutes 60``, by hand.

Two threads predict all the time, while the main one fits, updates a forecaster, forecasts, streams,
saves and loads in a loop. Every predicted value is compared with what the same weights predicted
before. Memory, open files, threads and latency are measured in equal parts of the run; they must
not grow. `tests/test_soaking.py` runs a few rounds.
"""

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
import warnings
from array import array
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import sklstm
from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster

rng = np.random.default_rng(0)
X = rng.standard_normal((64, 24, 3)).astype("float32")
Y = X[:, -1, 0] + 0.1 * rng.standard_normal(64).astype("float32")
LABELS = np.where(Y > 0, "up", "down")
DAY = np.sin(np.arange(1000) * np.pi / 10) + 0.1 * rng.standard_normal(1000)
SMALL = {"hidden_size": 8, "max_iter": 3, "random_state": 0}
N_PARTS = 10  # of the run, which are compared


@dataclass
class Sample:
    """What is measured at a moment."""

    memory: int  # bytes in use
    files: int
    threads: int
    latency: np.ndarray  # seconds of a prediction since the last one: median, 99 %, largest


def measure(latency):
    """A sample of this process; memory and files are 0 where the system does not tell."""
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        memory, files = pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd"))
    except OSError:
        memory = files = 0
    quantiles = np.quantile(latency, [0.5, 0.99, 1]) if latency else np.full(3, np.nan)
    return Sample(memory, files, threading.active_count(), quantiles)


class Readers:
    """Threads that predict with an estimator while it is trained, and check what they get.

    Each result must be that of one fit, the one before or the one after; both are deterministic.
    """

    def __init__(self, model, n_threads):
        self.model, self.problems, self.n_predictions = model, [], 0
        self.latency = array("d")
        self._stops = threading.Event()
        self._known = set()
        self._threads = [threading.Thread(target=self._run) for _ in range(n_threads)]

    def expect(self):
        """Add what the present weights predict to what is right."""
        self._known.add(self.model.predict(X[:8]).tobytes())

    def _run(self):
        while not self._stops.is_set():
            began = time.perf_counter()
            result = self.model.predict(X[:8]).tobytes()
            self.latency.append(time.perf_counter() - began)
            self.n_predictions += 1
            if result not in self._known:
                self.problems.append("a prediction is that of no fit")
            time.sleep(0.001)

    def __enter__(self):
        self.expect()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self._stops.set()
        for thread in self._threads:
            thread.join()


def one_round(number, shared, forecaster, folder, problems):
    """Fit, update, forecast, stream, save and load, once."""
    model = LSTMClassifier(**SMALL).fit(X, LABELS)
    probabilities = model.predict_proba(X)
    stream = model.stream(4, method="predict_proba")
    for step in range(X.shape[1]):
        pushed = stream.push(X[:4, step])
    if not np.allclose(pushed, probabilities[:4], atol=1e-5):
        problems.append(f"round {number}: the stream differs from predict_proba")
    path = folder / "model.safetensors"
    sklstm.save(model, path)
    if (sklstm.load(path).predict_proba(X) != probabilities).any():
        problems.append(f"round {number}: what was loaded predicts something else")
    start = 10 * number % len(DAY)
    forecaster.update(DAY[start : start + 10])
    if not np.isfinite(forecaster.forecast(5)).all():
        problems.append(f"round {number}: a forecast is not finite")
    shared.fit(X, Y)  # while others predict; the same seed gives the same weights


def run(seconds, at_least=1, show=lambda k, sample: None):
    """Run for some seconds, and return samples, numbers of rounds and predictions, and problems.

    `show` is called with the number of a sample, and the sample.
    """
    samples, problems = [], []
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        shared = LSTMRegressor(**SMALL).fit(X, Y)
        forecaster = SequenceForecaster(LSTMRegressor(**SMALL), window=12).fit(None, DAY[:60])
        began, number = time.perf_counter(), 0
        with Readers(shared, n_threads=2) as readers:
            while number < at_least or time.perf_counter() - began < seconds:
                one_round(number, shared, forecaster, Path(folder), problems)
                number += 1
                if time.perf_counter() - began > len(samples) * seconds / N_PARTS:
                    latency, readers.latency = readers.latency, array("d")
                    samples.append(measure(latency))
                    show(len(samples) - 1, samples[-1])
        problems += readers.problems
    return samples, number, readers.n_predictions, problems


def growth(samples):
    """Growth of memory, files and threads from the second to the last sample.

    The first part of a run fills what is kept: workspaces, and the arenas of threads.
    """
    first, last = samples[min(1, len(samples) - 1)], samples[-1]
    return last.memory - first.memory, last.files - first.files, last.threads - first.threads


def show(k, sample):
    """Print a line."""
    median, most, largest = sample.latency * 1000
    print(
        f"{k:4}  {sample.memory / 1e6:9.1f}  {sample.files:5}  {sample.threads:7}  "
        f"          {median:9.3f} {most:7.2f} {largest:8.1f}",
        flush=True,
    )


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60)
    minutes = parser.parse_args().minutes
    print("part  memory MB  files  threads  latency ms: median    99 %  largest", flush=True)
    samples, rounds, predictions, problems = run(60 * minutes, show=show)
    memory, files, threads = growth(samples)
    print(f"growth: {memory / 1e6:.1f} MB, {files} files, {threads} threads")
    print(f"{rounds:,} rounds, {predictions:,} predictions beside, {len(problems)} problems")
    print(*sorted(set(problems)), sep="\n")
    return bool(problems) or files > 0 or threads > 0


if __name__ == "__main__":
    sys.exit(main())
