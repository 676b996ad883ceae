"""
A sine wave, continued by five hidden units
===========================================

At every step the input of the network is the current value of the wave, and the target is the next
one. After training, the network continues the wave by itself: its predictions are its inputs.

Takes about 3 seconds.
"""

from importlib.util import find_spec

import numpy as np

from sklstm import LSTMRegressor
from sklstm.cells import LSTM
from sklstm.gradcheck import check_gradients
from sklstm.preprocessing import parallel_strips
from sklstm.schedules import Constant

wave = np.sin(2 * np.pi * np.arange(2001) / 40)
X, y = parallel_strips(wave[:-1], 20), parallel_strips(wave[1:], 20)
model = LSTMRegressor(
    5,
    cell=LSTM(forget_bias=1.0),
    return_sequences=True,
    learning_rate=Constant(0.01),
    batch_size=5,
    max_iter=200,
    tol=1e-7,
    random_state=0,
)

# %%
# First the gradients
# -------------------
# A check of the gradients of all parameters against numeric ones needs no training.

errors = check_gradients(model, X[:5], y[:5], step=1e-4)
print(f"Gradient check: largest relative error {max(errors.values()):.1e} of {len(errors)} arrays")

# %%
# Then training
# -------------

print(f"\nTraining on {len(X)} strips of {len(X[0])} steps ...", flush=True)
model.fit(X, y)
curve = np.array(model.loss_curve_) * model.target_scale_**2  # in the units of y
print("epoch   mean squared error")
for epoch in (1, 3, 10, 30, 100, len(curve)):
    print(f"{epoch:5}   {curve[epoch - 1]:.6f}")

# %%
# The wave goes on
# ----------------
# A stream reads the wave step by step. After 40 steps it is given its own predictions.

stream = model.stream()
for value in wave[:40]:
    prediction = stream.push(value)
continued = []
for _ in range(200):
    continued.append(prediction)
    prediction = stream.push(prediction)
errors = np.abs(np.array(continued) - wave[40:240])
print("\nContinued without looking\nperiods   largest error")
for periods in (1, 2, 5):
    print(f"{periods:7}   {errors[: 40 * periods].max():.3f}")

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    left.semilogy(range(1, len(curve) + 1), curve)
    left.set(xlabel="epoch", ylabel="mean squared error", title="Training")
    right.plot(wave[:240], color="0.7", lw=3, label="wave")
    right.plot(range(40, 240), continued, color="C0", label="continued by the network")
    right.axvline(40, color="black", ls=":")
    right.set(xlabel="step", title="From step 40 on, it reads its predictions", ylim=(-1.2, 1.7))
    right.legend(loc="upper right", ncols=2)
    plt.show()
