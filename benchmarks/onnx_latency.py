"""Exported networks in ONNX Runtime: how far from ours, and the time of a prediction beside ours.

Run ``python benchmarks/onnx_latency.py`` on an idle machine; needs the extra ``onnx``. Prints two
tables. float32, one thread each. Times include the checks of X, ours those of ``predict``.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import onnxruntime

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.cells import CELLS
from sklstm.export import to_onnx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "integration"))
from onnx_cases import CUBE, OPTIONS, RAGGED, cell_difference  # noqa: E402

ROUNDS, SECONDS = 15, 0.02
HIDDEN, CHANNELS = 32, 3


def session(model):
    """A session of one thread, as our own prediction of a row is."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=providers)


def seconds(call, n_calls):
    """Return the mean time of ``call()``."""
    began = time.perf_counter()
    for _ in range(n_calls):
        call()
    return (time.perf_counter() - began) / n_calls


def compare(ours, theirs):
    """Median times in microseconds, and the quartiles of their ratio, in alternating rounds."""
    n_calls = [max(1, int(SECONDS / seconds(call, 3))) for call in (ours, theirs)]
    times = [(seconds(ours, n_calls[0]), seconds(theirs, n_calls[1])) for _ in range(ROUNDS)]
    own, other = (1e6 * statistics.median(t) for t in zip(*times, strict=True))
    return own, other, statistics.quantiles([a / b for a, b in times], n=4)


def print_differences():
    print("Largest difference to predict, in standard deviations; 3-D and ragged X, 1e-7")
    print(f"{'cell':10}" + "".join(f"{name:>18}" for name in OPTIONS))
    for name, make in CELLS.items():
        found = [
            max(cell_difference(make(), X, **options) for X in (CUBE, RAGGED))
            for options in OPTIONS.values()
        ]
        print(f"{name:10}" + "".join(f"{1e7 * value:18.1f}" for value in found), flush=True)


def print_times():
    print("\nMicroseconds of a prediction, median; ratio = ours / ONNX Runtime [quartiles]")
    draws = np.random.default_rng(0)
    for n, n_steps in [(1, 24), (1, 100), (1, 1000), (256, 24), (256, 100)]:
        X = draws.standard_normal((max(n, 4), n_steps, CHANNELS)).astype(np.float32)
        for cell in CELLS if n == 1 and n_steps == 100 else ("lstm", "gru"):
            model = LSTMRegressor(HIDDEN, cell=cell, patch_length=1, max_iter=1)
            print_time(f"{cell}, {n} x {n_steps}", model.fit(X, X[:, -1, 0]), X[:n], "predict")
    X = draws.standard_normal((4, 100, CHANNELS)).astype(np.float32)
    y = [0, 1, 0, 1]
    model = LSTMClassifier(HIDDEN, max_iter=1).fit(X, y)
    print_time("classifier by default, 1 x 100", model, X[:1], "predict_proba")
    model = LSTMClassifier(64, num_layers=2, bidirectional=True, patch_length=1, max_iter=1)
    print_time("64 units, 2 bidirectional layers", model.fit(X, y), X[:1], "predict_proba")


def print_time(title, model, X, method):
    ours, run = getattr(model, method), session(to_onnx(model, X)).run
    inputs, outputs = {"X": X}, ["variable" if method == "predict" else "probabilities"]
    own, other, (low, middle, high) = compare(lambda: ours(X), lambda: run(outputs, inputs))
    print(
        f"{title:34} ours {own:8.0f}, ONNX Runtime {other:8.0f}, "
        f"ratio {middle:.2f} [{low:.2f}, {high:.2f}]",
        flush=True,
    )


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "Training learned nothing")
    print_differences()
    print_times()
