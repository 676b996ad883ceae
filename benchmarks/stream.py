"""Time to push an observation into a stream and to predict the whole window, for every cell.

Run ``python benchmarks/stream.py`` on an idle machine. float32, 32 hidden units, 3 channels.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import statistics
import time

import numpy as np

from sklstm import LSTMRegressor
from sklstm.cells import CELLS

HIDDEN, CHANNELS, ROUNDS = 32, 3, 15


def seconds(call, x, n_calls):
    """Return the mean time of ``call(x)``."""
    began = time.perf_counter()
    for _ in range(n_calls):
        call(x)
    return (time.perf_counter() - began) / n_calls


def main():
    print("microseconds, median of rounds; x = time of predict / time of push [quartiles]")
    for n_steps in (24, 100, 1000):
        for cell in CELLS:
            rng = np.random.default_rng(0)
            X = rng.standard_normal((4, n_steps, CHANNELS)).astype(np.float32)
            model = LSTMRegressor(HIDDEN, cell=cell, max_iter=1).fit(X, X[:, -1, 0])
            stream, x, window = model.stream(), X[0, 0], X[:1]
            times = [
                (
                    seconds(stream.push, x, 200),
                    seconds(model.predict, window, 2000 // n_steps + 1),
                )
                for _ in range(ROUNDS)
            ]
            push, predict = (1e6 * statistics.median(t) for t in zip(*times, strict=True))
            low, middle, high = statistics.quantiles([t[1] / t[0] for t in times], n=4)
            print(
                f"T={n_steps:<5} {cell:9} push {push:4.0f}, predict {predict:6.0f} "
                f"({middle:.1f}x [{low:.1f}, {high:.1f}])",
                flush=True,
            )


if __name__ == "__main__":
    main()
