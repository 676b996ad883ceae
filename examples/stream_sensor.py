"""
A sensor that drifts, predicted online
======================================

A network is trained on the first readings of the sensor. A stream then predicts each next reading,
in a single step of work. From reading 4,000 on the sensor changes: its offset and sensitivity
increase, and it responds more slowly. One model is not updated; the other is trained on the latest
readings at regular intervals by ``partial_fit``. A stream keeps the weights with which it was
created. After each update a new stream is created, and the last readings are pushed to initialise
its state.

Takes about 3 seconds.
"""

from importlib.util import find_spec

import numpy as np

from sklstm import LSTMRegressor
from sklstm.preprocessing import parallel_strips

LEARN, DRIFT, END = 2000, 4000, 8000  # readings
LATEST, EVERY, EPOCHS, WARM_UP = 1000, 250, 5, 50


def read_sensor(rng):
    """Return the readings of the sensor: a cycle with disturbances and noise."""
    t = np.arange(END)
    age = np.clip((t - DRIFT) / 1000, 0, 1)
    truth = np.sin(2 * np.pi * t / 48) + 0.5 * np.sign(np.sin(2 * np.pi * t / 113))
    sensor, inertia = np.zeros(END), 0.3 + 0.4 * age
    for i in range(1, END):
        sensor[i] = inertia[i] * sensor[i - 1] + (1 - inertia[i]) * truth[i]
    return 1.5 * age + (1 + age) * sensor + rng.normal(0, 0.05, END)


# %%
# Train, then stream
# ------------------


def strips(readings, n):
    """Return inputs and targets in `n` strips: the readings, and the reading after each."""
    return parallel_strips(readings[:-1], n), parallel_strips(readings[1:], n)


def begin_stream(model, readings):
    """Return a stream with the current weights of the model, and its next prediction."""
    stream = model.stream()
    for reading in readings[-WARM_UP:]:
        prediction = stream.push(reading)
    return stream, prediction


def follow(model, readings, adapt):
    """Return the predictions one step ahead for all readings after the first LEARN ones."""
    stream, prediction = begin_stream(model, readings[:LEARN])
    predictions = np.full(END, np.nan)
    for now in range(LEARN, END):
        predictions[now] = prediction
        prediction = stream.push(readings[now])
        if adapt and now % EVERY == 0:
            for _ in range(EPOCHS):
                model.partial_fit(*strips(readings[now - LATEST + 1 : now + 1], 20))
            stream, prediction = begin_stream(model, readings[: now + 1])
    return predictions


readings = read_sensor(np.random.default_rng(0))
errors = {"last reading": np.abs(np.diff(readings, prepend=0))}
for name, adapt in [("not updated", False), ("with partial_fit", True)]:
    print(f"Network {name}: training on {LEARN:,} readings, then {END - LEARN:,} steps", flush=True)
    model = LSTMRegressor(16, return_sequences=True, batch_size=5, max_iter=60, random_state=0)
    model.fit(*strips(readings[:LEARN], 40))
    errors[name] = np.abs(follow(model, readings, adapt) - readings)

# %%
# Before, during and after the drift
# ----------------------------------

print("\nMean absolute error    before    during     after the drift")
for name, error in errors.items():
    parts = np.split(error[LEARN:], [DRIFT - LEARN, DRIFT - LEARN + 1000])
    print(f"  {name:18}" + "".join(f"{part.mean():10.3f}" for part in parts))

if find_spec("matplotlib") is None:
    print("No picture: it needs matplotlib (pip install matplotlib).")
else:
    import matplotlib.pyplot as plt

    figure, (top, bottom) = plt.subplots(2, 1, figsize=(9, 4.5), sharex=True, layout="constrained")
    top.plot(readings, color="black", lw=0.3)
    top.set(ylabel="reading", title="The sensor drifts from reading 4,000 to 5,000")
    for name, error in errors.items():
        mean = np.convolve(error[LEARN:], np.ones(200) / 200, mode="valid")
        bottom.plot(np.arange(len(mean)) + LEARN + 100, mean, label=name)
    for ax in (top, bottom):
        ax.axvspan(DRIFT, DRIFT + 1000, color="0.9")
    bottom.set(xlabel="reading", ylabel="absolute error,\nmean of 200", xlim=(0, END))
    bottom.set_ylim(bottom=0)
    bottom.legend(loc="upper left")
    plt.show()
