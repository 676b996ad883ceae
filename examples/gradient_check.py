"""Compare the gradients of every cell with numeric gradients, in float64.

The networks have two bidirectional layers, sequences of different lengths, dropout, and a target at
every step. Errors are relative to the largest entry of the gradient of a parameter; they should be
below 1e-7. Numeric derivatives, from four points, are invalid at the kinks of hard sigmoids and
rectified units; the parameters in this example are not near them.
"""

import numpy as np

from sklstm import LSTMRegressor
from sklstm.cells import CELLS
from sklstm.gradcheck import check_gradients

rng = np.random.default_rng(0)
X = [rng.standard_normal((t, 2)) for t in (4, 2, 5, 1)]
y = [rng.standard_normal((len(x), 2)) for x in X]

print(f"{'cell':<10} {'arrays':>6}  largest error, in")
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
    worst = max(errors, key=errors.__getitem__)
    print(f"{name:<10} {len(errors):6d}  {errors[worst]:.1e}, {worst}")
