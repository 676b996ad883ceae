"""
Long time lags: the tasks of 1997
=================================

How many training sequences are needed for the tasks with which long short-term memory was
introduced? They are experiments 1, 4 and 6a of S. Hochreiter and J. Schmidhuber, "Long short-term
memory", Neural Computation 9(8), 1997. All networks have 32 hidden units, and the settings of a
task are the same in all trials. Every presentation of a training sequence counts; test sequences do
not.

- Embedded Reber grammar: predict the next symbol. Each trial has 256 training strings, presented
  repeatedly in random order, and 256 test strings. A trial is solved if, at every step of all 512
  strings, every legal symbol has a higher probability than all other symbols.
- Adding problem: add two marked values in sequences of T to 1.1 T steps, with both marks in the
  first half. Every training sequence is new. A trial is solved if at most 1 of 2,560 new sequences
  is wrong, and again of another 2,560. A prediction is wrong if its error exceeds 0.04, for sums
  scaled to an interval of length 1.
- Temporal order: classify sequences by two symbols, about 90 and 50 steps before the end. A trial
  is solved as above. A prediction is wrong if the error of the probability of any class exceeds
  0.3, as in 1997.

The forget gates determine how long an untrained network remembers. With the usual bias of 1, this
is less than four steps, and the gradient from the end of a sequence does not reach its beginning.
With "chrono" (C. Tallec and Y. Ollivier, "Can recurrent neural networks warp time?", ICLR 2018),
the units have different initial memories, of up to the length of the longest sequence. There are no
patches, and the head uses the last state, as in 1997.

Run with ``--full`` for 30 and 10 trials instead of 5 and 3, for half the tolerance, and for T = 500
and 1000 (half an hour). Results are in ``benchmarks/README.rst``.

Takes about 14 seconds.
"""

import sys
from functools import partial
from importlib.util import find_spec

import numpy as np

from sklstm import LSTMClassifier, LSTMRegressor, cells
from sklstm.datasets import make_embedded_reber, make_temporal_order

STEP_BY_STEP = {"hidden_size": 32, "patch_length": 1, "pooling": "last"}
LONG_MEMORY = cells.LSTM(forget_bias="chrono")
REBER = {"hidden_size": 32, "batch_size": 2, "learning_rate": 0.02}
ADDING = STEP_BY_STEP | {"cell": LONG_MEMORY, "batch_size": 10, "learning_rate": 0.01}
ORDER = STEP_BY_STEP | {"cell": LONG_MEMORY, "batch_size": 5, "learning_rate": 0.005}
FIRST_SEED = 3000  # the settings were chosen on seeds below
LIMIT = 100_000


def float32(sequences):
    return [sequence.astype(np.float32) for sequence in sequences]


# %%
# Embedded Reber grammar
# ----------------------


def embedded_reber(seed, per_check=64):
    """Return the number of training strings until the task is solved, or None."""
    rng = np.random.default_rng(seed)
    X, y, legal = make_embedded_reber(512, random_state=rng)
    X, classes = float32(X), list("BEPSTVX")
    model = LSTMClassifier(**REBER, return_sequences=True, random_state=seed)
    for n_seen in range(0, LIMIT, per_check):
        if n_seen % 256 == 0:
            order = rng.permutation(256)
        now = order[n_seen % 256 :][:per_check]
        model.partial_fit([X[i] for i in now], [y[i] for i in now], classes=classes)
        if all(map(is_perfect, model.predict_proba(X), legal)):
            return n_seen + per_check
    return None


def is_perfect(probabilities, legal):
    """Return whether the k legal symbols are the k most probable ones at every step."""
    least_legal = np.where(legal, probabilities, 1).min(axis=1)
    most_illegal = np.where(legal, 0, probabilities).max(axis=1)
    return (least_legal > most_illegal).all()


# %%
# Adding problem
# --------------


def adding(seed, n_steps, tolerance=0.04):
    """Return the number of training sequences until the task is solved, or None."""
    model = LSTMRegressor(**ADDING, random_state=seed)

    def is_wrong(X, y):
        return np.abs(model.predict(X) - y) / 4 > tolerance  # in 1997 y was 0.5 + (x_1 + x_2) / 4

    make = partial(make_adding, n_steps=n_steps, rng=np.random.default_rng(seed))
    return train_until_solved(model.partial_fit, is_wrong, make)


def make_adding(n_samples, n_steps, rng):
    """Return data of the adding problem of 1997: values from -1 to 1, and marks.

    One of the first ten steps and another step in the first half are marked by 1. The marks of the
    first and the last step are always -1; if the first step is chosen, its value is set to 0.
    """
    X, y = [], []
    for _ in range(n_samples):
        length = rng.integers(n_steps, n_steps + n_steps // 10, endpoint=True)
        x = np.zeros((length, 2), np.float32)
        x[:, 0] = rng.uniform(-1, 1, size=length)
        first = rng.integers(10)
        second = rng.choice([t for t in range(n_steps // 2) if t != first])
        if 0 in (first, second):
            x[0, 0] = 0
        x[[first, second], 1] = 1
        x[[0, -1], 1] = -1
        X.append(x)
        y.append(x[first, 0] + x[second, 0])
    return X, np.array(y)


# %%
# Temporal order
# --------------


def temporal_order(seed):
    """Return the number of training sequences until the task is solved, or None."""
    classes, rng = np.array(["XX", "XY", "YX", "YY"]), np.random.default_rng(seed)
    model = LSTMClassifier(**ORDER, random_state=seed)

    def make(n_samples):
        X, y = make_temporal_order(n_samples, random_state=rng)
        return float32(X), y

    def is_wrong(X, y):
        return (np.abs(model.predict_proba(X) - (classes == y[:, np.newaxis])) > 0.3).any(axis=1)

    return train_until_solved(partial(model.partial_fit, classes=classes), is_wrong, make)


# %%
# Training until a task is solved
# -------------------------------


def train_until_solved(train, is_wrong, make, per_check=500):
    """Train on new sequences until at most 1 of 2,560 is wrong, twice. Return their number."""
    for n_seen in range(per_check, LIMIT + 1, per_check):
        train(*make(per_check))
        if at_most_one(is_wrong, make) and at_most_one(is_wrong, make):
            return n_seen
    return None


def at_most_one(is_wrong, make):
    """Return whether at most 1 of 2,560 new sequences is wrong. Stop at the second error."""
    n_wrong = 0
    for _ in range(10):
        n_wrong += is_wrong(*make(256)).sum()
        if n_wrong > 1:
            return False
    return True


# %%
# The trials
# ----------


def report(task, solve, n_trials, reference):
    """Print a row of the table, a dot per trial. In the median, unsolved ones count as infinite."""
    print(f"{task:24s} ", end="", flush=True)
    counts = []
    for seed in range(FIRST_SEED, FIRST_SEED + n_trials):
        counts.append(solve(seed))
        print(".", end="", flush=True)
    n_solved = sum(count is not None for count in counts)
    numbers = [np.inf if count is None else count for count in counts]
    shown = f"{np.median(numbers):7,.0f} ({min(numbers):,.0f}-{max(numbers):,.0f})"
    dots = " " * (MOST_TRIALS - n_trials)
    print(f"{dots} {n_solved:2d} of {n_trials:2d}  {shown:26s} {reference}", flush=True)
    return numbers


full = "--full" in sys.argv[1:]
n_trials = 10 if full else 3
MOST_TRIALS = 30 if full else 5
print(f"{'task':24s} {'trials':{MOST_TRIALS}}  solved  training sequences: median (range)   1997")
results = {
    "embedded Reber\ngrammar": (
        report("embedded Reber grammar", embedded_reber, MOST_TRIALS, "8,440"),
        8_440,
    ),
    "temporal order": (report("temporal order", temporal_order, n_trials, "31,390"), 31_390),
    "adding, T=100": (
        report("adding, T=100", partial(adding, n_steps=100), n_trials, "74,000"),
        74_000,
    ),
}
if full:
    strict = partial(adding, n_steps=100, tolerance=0.02)
    report("  half the tolerance", strict, n_trials, "")
    report("adding, T=500", partial(adding, n_steps=500), n_trials, "209,000")
    report("adding, T=1000", partial(adding, n_steps=1000), n_trials, "853,000")

# %%

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
    for k, (numbers, reference) in enumerate(results.values()):
        ax.plot(numbers, [k] * len(numbers), "o", color="C0", label=None if k else "here, a trial")
        ax.plot(reference, k, "D", color="C1", label=None if k else "1997, mean")
    ax.set(
        xscale="log", yticks=range(3), xlabel="training sequences until solved", ylim=(-0.5, 2.5)
    )
    ax.set_yticklabels(results)
    figure.legend(loc="outside upper center", ncols=2)
    plt.show()
