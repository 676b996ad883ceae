"""Every gradient of every cell against its numeric twin, in float64: a table of worst errors.

Two layers, both directions, sequences of different lengths, dropout, squared error at every step.
The error is relative to the greatest entry of the parameter's gradient; 1e-7 is what one asks for.
Hard-sigmoid gates and rectified units have kinks, where a derivative from four points is none; the
parameters here keep away from them.
"""

import numpy as np

from sklstm import LSTMRegressor
from sklstm.cells import CELLS
from sklstm.gradcheck import check_gradients

rng = np.random.default_rng(0)
X = [rng.standard_normal((t, 2)) for t in (4, 2, 5, 1)]
y = [rng.standard_normal((len(x), 2)) for x in X]

print(f"{'cell':<10} {'arrays':>6}  worst error, in")
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
    worst = max(errors, key=errors.get)
    print(f"{name:<10} {len(errors):6d}  {errors[worst]:.1e}, {worst}")
