"""
A stateful layer with diagonal recurrence
=========================================

In a long series of random values, some values are marked, and a cue follows 5 to 15 steps after
each mark. The target is the marked value at the step of the cue, and zero at all other steps. The
series is split into 50 parallel strips, and the state is carried over along each strip.

The same network is trained with gradients through the whole strip, with gradients truncated after
25 steps, and with gradients of a single step, with which a layer cannot learn what to remember. The
state is carried over in all three cases. The network has two layers, since the units of a diagonal
layer are not connected to each other. The shorter the gradients, the more updates in an epoch, so
there are fewer epochs. With ``--full``, there are five seeds instead of one.

Takes about 13 seconds.
"""

import sys
import warnings
from importlib.util import find_spec

import numpy as np

from sklstm import LSTMRegressor
from sklstm.preprocessing import parallel_strips

N_STRIPS, N_STEPS = 50, 100
BATCH = 10  # strips
seeds = range(5) if "--full" in sys.argv[1:] else [0]

# %%
# Marks and cues


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


rng = np.random.default_rng(0)
series, target = make_series(N_STRIPS * N_STEPS, rng)
X, y = parallel_strips(series, N_STRIPS), parallel_strips(target, N_STRIPS)
X_test, y_test = make_series(5000, rng)
print(f"{N_STRIPS} strips of {N_STEPS} steps; tested on a new series of {len(X_test):,} steps")

# %%
# Three lengths of the gradient
# -----------------------------
# With gradients of a single step, training learns nothing, and the estimator warns of it. Here this
# is what we want to show.

warnings.filterwarnings("ignore", message="Training learned nothing")
print("\ngradient through     updates   R2 on the new series")
predictions = {}
cases = [("whole strip", None, 150), ("25 steps", 25, 80), ("one step", 1, 6)]
for name, bptt_steps, epochs in cases:
    scores = []
    for seed in seeds:
        model = LSTMRegressor(
            32,
            cell="diagonal",
            num_layers=2,
            learning_rate=0.03,
            return_sequences=True,
            bptt_steps=bptt_steps,
            batch_size=BATCH,
            max_iter=epochs,
            random_state=seed,
        )
        scores.append(model.fit(X, y).score(X_test[np.newaxis], y_test[np.newaxis]))
    predictions[name] = model.predict(X_test[np.newaxis])[0]
    n_updates = epochs * (N_STRIPS // BATCH) * (N_STEPS // (bptt_steps or N_STEPS))
    shown = ", ".join(f"{score:.3f}" for score in scores)
    print(f"{name:17} {n_updates:10,}   {shown}", flush=True)

# %%
# The answers at the cues
# -----------------------

if find_spec("matplotlib") is None:
    print("\nNo picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    cues = X_test[:, 2] == 1
    figure, axes = plt.subplots(1, 3, figsize=(9, 3.6), sharey=True, layout="constrained")
    for ax, (name, predicted) in zip(axes, predictions.items(), strict=True):
        ax.plot([-1, 1], [-1, 1], color="0.7")
        ax.plot(y_test[cues], predicted[cues], ".", ms=4)
        ax.set(title=f"gradient through {name}", xlabel="marked value", aspect="equal")
    axes[0].set_ylabel("prediction at the cue")
    plt.show()
