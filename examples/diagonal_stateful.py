"""A stateful layer with diagonal recurrence, with and without back-propagation through time.

In a long series of random values, some values are marked, and a cue follows 5 to 15 steps after
each mark. The target is the marked value at the step of the cue, and zero at all other steps. The
series is split into 50 parallel strips, and the state is carried over along each strip.

The same network is trained with gradients through the whole strip, with gradients truncated after
25 steps, and with gradients of a single step, with which a layer cannot learn what to remember. The
state is carried over in all three cases. The network has two layers, since the units of a diagonal
layer are not connected to each other. All three see the same data; truncation gives more updates.
"""

import argparse
import time

import numpy as np

from sklstm import LSTMRegressor
from sklstm.preprocessing import parallel_strips

N_STRIPS, N_STEPS = 50, 100


def make_series(n_times, rng):
    """Return values, marks and cues (n_times, 3), and the targets (n_times,)."""
    X, y = np.zeros((n_times, 3)), np.zeros(n_times)
    X[:, 0] = rng.uniform(-1, 1, n_times)
    mark = 0
    while mark + 40 < n_times:
        cue = mark + rng.integers(5, 16)
        X[mark, 1] = X[cue, 2] = 1.0
        y[cue] = X[mark, 0]
        mark = cue + rng.integers(1, 10)
    return X, y


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("--full", action="store_true", help="five seeds instead of one")
seeds = range(5) if parser.parse_args().full else [0]

rng = np.random.default_rng(0)
series, target = make_series(N_STRIPS * N_STEPS, rng)
X, y = parallel_strips(series, N_STRIPS), parallel_strips(target, N_STRIPS)
X_test, y_test = (a[np.newaxis] for a in make_series(5000, rng))  # one sequence, 5,000 steps

for name, bptt_steps in [("whole strip", None), ("25 steps", 25), ("one step", 1)]:
    scores, began = [], time.perf_counter()
    for seed in seeds:
        model = LSTMRegressor(
            32,
            cell="diagonal",
            num_layers=2,
            learning_rate=0.03,
            return_sequences=True,
            bptt_steps=bptt_steps,
            batch_size=10,
            max_iter=150,
            n_iter_no_change=150,
            random_state=seed,
        )
        scores.append(model.fit(X, y).score(list(X_test), list(y_test)))
    seconds = (time.perf_counter() - began) / len(seeds)
    print(f"gradient through {name:11}: R2 on a new series {np.round(scores, 3)}, {seconds:.0f} s")
