"""A sensor, reading by reading: predict the next one at once, and follow the sensor as it drifts.

A network learns from the first readings, and then predicts each next one with a single step of
work. From reading 4,000 on the sensor ages: its zero moves, it becomes more sensitive, and it
answers more slowly. One network stays as it was; the other trains on the latest readings now and
then. A stream keeps the weights it was made with, so that a new one is made after each training,
and pushed through the last readings to know where the sensor stands.
"""

import numpy as np

from sklstm import LSTMRegressor
from sklstm.preprocessing import parallel_strips

LEARN, DRIFT, END = 2000, 4000, 8000  # readings
LATEST, EVERY, EPOCHS, WARM_UP = 1000, 250, 5, 50


def read_sensor(rng):
    """A disturbed cycle, as the sensor tells it."""
    t = np.arange(END)
    age = np.clip((t - DRIFT) / 1000, 0, 1)
    truth = np.sin(2 * np.pi * t / 48) + 0.5 * np.sign(np.sin(2 * np.pi * t / 113))
    sensor, inertia = np.zeros(END), 0.3 + 0.4 * age
    for i in range(1, END):
        sensor[i] = inertia[i] * sensor[i - 1] + (1 - inertia[i]) * truth[i]
    return 1.5 * age + (1 + age) * sensor + rng.normal(0, 0.05, END)


def strips(readings, n):
    """What the network reads, and what it is to predict: the reading after each."""
    return parallel_strips(readings[:-1], n), parallel_strips(readings[1:], n)


def begin_stream(model, readings):
    """A stream with the model's present weights, and its prediction of what comes next."""
    stream = model.stream()
    for reading in readings[-WARM_UP:]:
        prediction = stream.push(reading)
    return stream, prediction


def follow(model, readings, adapt):
    """Predict every reading after the first LEARN ones; from each on it is known."""
    stream, prediction = begin_stream(model, readings[:LEARN])
    predictions = np.zeros(END)
    for now in range(LEARN, END):
        predictions[now] = prediction
        prediction = stream.push(readings[now])
        if adapt and now % EVERY == 0:
            for _ in range(EPOCHS):
                model.partial_fit(*strips(readings[now - LATEST + 1 : now + 1], 20))
            stream, prediction = begin_stream(model, readings[: now + 1])
    return predictions


def report(name, errors):
    before, during, after = np.split(errors[LEARN:], [DRIFT - LEARN, DRIFT - LEARN + 1000])
    print(f"{name:18}{before.mean():8.3f}{during.mean():8.3f}{after.mean():8.3f}")


readings = read_sensor(np.random.default_rng(0))
print("mean absolute error before  during   after the drift")
for name, adapt in [("as it was", False), ("with partial_fit", True)]:
    model = LSTMRegressor(16, return_sequences=True, batch_size=5, max_iter=60, random_state=0)
    model.fit(*strips(readings[:LEARN], 40))
    report(name, np.abs(follow(model, readings, adapt) - readings))
report("the last reading", np.abs(np.diff(readings, prepend=0)))
