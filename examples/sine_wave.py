"""Sequence-to-sequence prediction of a sine wave, with five hidden units.

At every step, the input of the network is the current value, and the target is the next value. To
save a figure of the loss curve, pass a file name (needs matplotlib).
"""

import sys

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
# Compare all gradients with numeric gradients.
errors = check_gradients(model, X[:5], y[:5], step=1e-4)
print(f"gradient check: largest relative error {max(errors.values()):.1e} of {len(errors)} arrays")

model.fit(X, y)
curve = np.array(model.loss_curve_) * model.target_scale_**2  # in the units of y
for epoch in (1, 3, 10, 30, 100, len(curve)):
    print(f"epoch {epoch:3d}: mean squared error {curve[epoch - 1]:.6f}")

# Recursive forecast: after 40 steps of the wave, the inputs are the model's predictions.
stream = model.stream()
for value in wave[:40]:
    prediction = stream.push(value)
loop = []
for _ in range(40):
    loop.append(prediction)
    prediction = stream.push(prediction)
error = np.abs(np.array(loop) - wave[40:80]).max()
print(f"recursive forecast of one period: largest error {error:.3f}")

if len(sys.argv) > 1:
    import matplotlib.pyplot as plt

    plt.semilogy(curve)
    plt.xlabel("epoch")
    plt.ylabel("mean squared error")
    plt.title("Sine wave, 5 hidden units")
    plt.savefig(sys.argv[1])
