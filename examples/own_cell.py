"""
A custom recurrent cell
=======================

A cell is one step and its adjoint, in about 30 lines. The minimal gated unit (Zhou, Wu, Zhang &
Zhou, "Minimal gated unit for recurrent neural networks", 2016, equations 7a to 7c) has a single
gate::

    f_t = sigmoid(W_f x_t + U_f h_{t-1} + b_f)
    n_t = tanh(W_n x_t + U_n (f_t * h_{t-1}) + b_n)
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t

Columns are sequences: x is (C, b), h is (H, b). Initial weights are uniform (Glorot & Bengio,
2010), biases zero; override ``initialize`` for others. For speed, derive from
:class:`sklstm.cells.Cell`, which has an example.

Takes about 7 seconds.
"""

from importlib.util import find_spec

import numpy as np
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMRegressor
from sklstm.cells import StepCell
from sklstm.datasets import make_adding_problem
from sklstm.gradcheck import check_gradients

# %%
# The cell
# --------


def sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2


class MinimalGatedUnit(StepCell):
    """Minimal gated unit: the gate weights the new value, and its complement the old state."""

    gates = ("forget", "new")

    def shapes(self, n_inputs, hidden_size):
        arrays = {"weight_ih": n_inputs, "weight_hh": hidden_size, "bias": 1}
        return {f"{a}_{g}": (hidden_size, n) for a, n in arrays.items() for g in self.gates}

    def step(self, weights, x, state):
        (h,), w = state, weights
        f = sigmoid(w["weight_ih_forget"] @ x + w["weight_hh_forget"] @ h + w["bias_forget"])
        n = np.tanh(w["weight_ih_new"] @ x + w["weight_hh_new"] @ (f * h) + w["bias_new"])
        return ((1 - f) * h + f * n,), {"x": x, "h": h, "forget": f, "new": n}

    def adjoint(self, weights, memo, d_state):
        (dh_after,), w = d_state, weights
        x, h, f, n = (memo[name] for name in ("x", "h", "forget", "new"))
        dz_n = dh_after * f * (1 - n**2)
        d_fh = w["weight_hh_new"].T @ dz_n
        dz_f = (dh_after * (n - h) + d_fh * h) * f * (1 - f)
        dh = dh_after * (1 - f) + d_fh * f + w["weight_hh_forget"].T @ dz_f
        dx = w["weight_ih_new"].T @ dz_n + w["weight_ih_forget"].T @ dz_f
        d_weights = {}
        for gate, dz, recurrent in [("forget", dz_f, h), ("new", dz_n, f * h)]:
            d_weights[f"weight_ih_{gate}"] = dz @ x.T
            d_weights[f"weight_hh_{gate}"] = dz @ recurrent.T
            d_weights[f"bias_{gate}"] = dz.sum(axis=1, keepdims=True)
        return dx, (dh,), d_weights


# %%
# Is its gradient right?
# ----------------------
# ``check_gradients`` compares the adjoint with numeric derivatives, and names the wrong parameter
# if they differ.

X, y = make_adding_problem(5, 4, random_state=0)
errors = check_gradients(LSTMRegressor(3, num_layers=2, cell=MinimalGatedUnit()), X, y)
print(f"{len(errors)} gradients agree with numeric ones; largest error {max(errors.values()):.0e}")

# %%
# Is it as good as the LSTM?
# --------------------------
# A cell is a value of the parameter ``cell``, also in a search. The adding problem is a test of
# memory: add the two marked numbers of a sequence.

X, y = make_adding_problem(2000, 10, random_state=0)
model = LSTMRegressor(16, batch_size=50, max_iter=30, random_state=0)
names = {"LSTM": "lstm", "minimal gated unit": MinimalGatedUnit()}
print("\nAdding problem, 3 folds for each cell ...", flush=True)
search = GridSearchCV(model, {"cell": list(names.values())}, cv=3, refit=False).fit(X, y)
folds = np.array([search.cv_results_[f"split{k}_test_score"] for k in range(3)]).T
print("cell                   R2    worst and best fold")
for name, scores in zip(names, folds, strict=True):
    print(f"{name:18} {scores.mean():.3f}    {scores.min():.3f} to {scores.max():.3f}")

# %%

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
    print("\nLoss curves of both ...", flush=True)
    for name, cell in names.items():
        ax.semilogy(model.set_params(cell=cell).fit(X, y).loss_curve_, label=name)
    ax.axhline(1, color="0.6", ls=":")
    ax.text(29, 1.05, "always the mean", ha="right", va="bottom", color="0.4")
    ax.set(xlabel="epoch", ylabel="training loss", title="Adding problem", ylim=(None, 1.6))
    ax.legend(loc="center right")
    plt.show()
