"""A custom recurrent cell, defined by one step and its adjoint.

The minimal gated unit (Zhou, Wu, Zhang & Zhou, "Minimal gated unit for recurrent neural networks",
2016, equations 7a to 7c) has a single gate:

    f_t = sigmoid(W_f x_t + U_f h_{t-1} + b_f)
    n_t = tanh(W_n x_t + U_n (f_t * h_{t-1}) + b_n)
    h_t = (1 - f_t) * h_{t-1} + f_t * n_t

Columns are sequences: x is (C, b), h is (H, b). `check_gradients` compares the adjoint with numeric
derivatives, and names the wrong parameter if they differ. A correct cell can be used instead of
"lstm" in all estimators. Initial weights are uniform (Glorot & Bengio, 2010), biases zero; override
`initialize` for others. For speed, derive from `sklstm.cells.Cell`, which has an example.
"""

import numpy as np
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMRegressor
from sklstm.cells import StepCell
from sklstm.datasets import make_adding_problem
from sklstm.gradcheck import check_gradients


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


X, y = make_adding_problem(5, 4, random_state=0)
errors = check_gradients(LSTMRegressor(3, num_layers=2, cell=MinimalGatedUnit()), X, y)
print(f"{len(errors)} gradients agree with numeric ones, largest error {max(errors.values()):.0e}")

X, y = make_adding_problem(2000, 10, random_state=0)
model = LSTMRegressor(16, batch_size=50, max_iter=30, random_state=0)
search = GridSearchCV(model, {"cell": ["lstm", MinimalGatedUnit()]}, cv=3).fit(X, y)
results = search.cv_results_
for cell, r2 in zip(results["param_cell"], results["mean_test_score"], strict=True):
    print(f"adding problem, {cell!s:18}: R2 {r2:.3f}")
