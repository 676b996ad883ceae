"""
Gradients of every cell, compared with numeric ones
===================================================

A gradient check says whether a cell, and all code around it, computes the gradient that it claims.
The networks have two bidirectional layers, sequences of different lengths, dropout, and a target at
every step, in float64. Errors are relative to the largest entry of the gradient of a parameter;
they should be below 1e-7. Numeric derivatives, from four points, are invalid at the kinks of hard
sigmoids and rectified units; the parameters in this example are not near them.

Takes about 13 seconds.
"""

from importlib.util import find_spec

import numpy as np

from sklstm import LSTMRegressor
from sklstm.cells import CELLS
from sklstm.gradcheck import check_gradients

rng = np.random.default_rng(0)
X = [rng.standard_normal((t, 2)) for t in (4, 2, 5, 1)]
y = [rng.standard_normal((len(x), 2)) for x in X]

print("cell        arrays  largest error, in")
worst = {}
for name in CELLS:
    model = LSTMRegressor(
        3,
        cell=name,
        num_layers=2,
        bidirectional=True,
        dropout=0.3,
        recurrent_dropout=0.3,
        return_sequences=True,
    )
    errors = check_gradients(model, X, y)
    array = max(errors, key=errors.__getitem__)
    worst[name] = errors[array]
    print(f"{name:<10} {len(errors):7}  {errors[array]:.1e}, {array}", flush=True)
print(f"All below 1e-7: {'yes' if max(worst.values()) < 1e-7 else 'NO'}")

# %%

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
    ax.barh(list(worst), list(worst.values()), height=0.6)
    ax.axvline(1e-7, color="C3")
    ax.text(0.9e-7, 0, "limit", color="C3", ha="right", va="center")
    ax.set(xscale="log", xlim=(1e-13, 3e-7), xlabel="largest relative error of a gradient")
    ax.invert_yaxis()
    plt.show()
