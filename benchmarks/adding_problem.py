"""Number of training sequences until the adding problem is solved.

Run ``python benchmarks/adding_problem.py``. Every training sequence is new. Training is by
``partial_fit``, with a test on 2,000 new sequences after every 1,000. The problem is solved if
fewer than 1 in 200 have an error of more than 0.04. There are two scales: sums in [0, 2), as
returned by `make_adding_problem`, and half the sums, in [0, 1). The latter is the scale of
Hochreiter & Schmidhuber (1997), where the target is 0.5 + (x_1 + x_2) / 4 for values in [-1, 1].
"""

import argparse
import time

import numpy as np

from sklstm import LSTMRegressor
from sklstm.datasets import make_adding_problem


def solve(n_steps, seed, limit, **params):
    """Return the number of sequences until solved on both scales, or None, and seconds."""
    rng = np.random.default_rng(seed)
    model = LSTMRegressor(**params, random_state=seed)
    began, solved = time.perf_counter(), {}
    for n_seen in range(1000, limit + 1, 1000):
        X, y = make_adding_problem(1000, n_steps, random_state=rng)
        model.partial_fit(X.astype(np.float32), y)
        X, y = make_adding_problem(2000, n_steps, random_state=rng)
        errors = np.abs(model.predict(X.astype(np.float32)) - y)
        for scale, threshold in (("sum in [0, 2)", 0.04), ("1997's scale", 0.08)):
            if scale not in solved and np.mean(errors > threshold) < 1 / 200:
                solved[scale] = n_seen
        if len(solved) == 2:
            break
    return solved, time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--limit", type=int, default=200_000)
    parser.add_argument("--hidden", type=int, default=32)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--batch", type=int, default=20)
    args = parser.parse_args()
    print(f"T={args.steps}, hidden {args.hidden}, Adam {args.rate}, batches of {args.batch}")
    for seed in range(args.seeds):
        solved, seconds = solve(
            args.steps,
            seed,
            args.limit,
            hidden_size=args.hidden,
            learning_rate=args.rate,
            batch_size=args.batch,
        )
        print(f"seed {seed}: {solved or 'not solved'} ({seconds:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
