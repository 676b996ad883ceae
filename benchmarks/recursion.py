"""Time of a recursive forecast of 1,000 steps, compared with skforecast and skorch.

skforecast with Ridge shows the overhead of its loop. PyTorch's LSTM of the same size is called in
the same loop, with and without skorch. All models are trained on the same noisy monthly sine wave.
"""

import time

import numpy as np
import pandas as pd
import torch
from skforecast.recursive import ForecasterRecursive
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from skorch import NeuralNetRegressor

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import ToSequences, sliding_windows

WINDOW, HIDDEN, STEPS, EPOCHS, RUNS = 24, 32, 1000, 5, 7

torch.set_num_threads(1)


class Network(torch.nn.Module):
    """One LSTM layer and a linear head on its last state."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(1, HIDDEN, batch_first=True)
        self.head = torch.nn.Linear(HIDDEN, 1)

    def forward(self, X):
        return self.head(self.lstm(X)[0][:, -1])


def by_hand(predict, window, steps):
    """Forecast step by step, with windows (1, T, 1) for PyTorch."""
    path = np.empty(len(window) + steps, np.float32)
    path[: len(window)] = window
    for t in range(steps):
        path[len(window) + t] = predict(path[t : t + len(window)].reshape(1, -1, 1))[0, 0]
    return path[len(window) :]


def bare(network):
    """Predict with the PyTorch module, without skorch."""

    def predict(X):
        with torch.inference_mode():
            return network(torch.from_numpy(X)).numpy()

    return predict


def main():
    rng = np.random.default_rng(0)
    t = np.arange(600)
    y = (np.sin(2 * np.pi * t / 12) + 0.1 * rng.standard_normal(600)).astype(np.float32)
    lstm = LSTMRegressor(HIDDEN, max_iter=EPOCHS, random_state=0)
    ours = SequenceForecaster(
        lstm,
        window=WINDOW,
        strategy="recursive",
        level=None,
        transformer=None,
        calibration_fraction=None,
    ).fit(None, y)
    series = pd.Series(y.astype(float))
    ridge = ForecasterRecursive(estimator=Ridge(), lags=WINDOW)
    ridge.fit(series)
    wrapped = ForecasterRecursive(
        estimator=make_pipeline(ToSequences(time_order="newest_first"), clone(lstm)),
        lags=WINDOW,
    )
    wrapped.fit(series)
    X, targets = sliding_windows(y, WINDOW)
    net = NeuralNetRegressor(
        Network, max_epochs=EPOCHS, batch_size=200, train_split=None, verbose=0
    )
    net.fit(np.ascontiguousarray(X[..., np.newaxis]), targets[:, np.newaxis].copy())

    forecasts = {
        "SequenceForecaster, LSTM": lambda: ours.forecast(STEPS),
        "skforecast, Ridge": lambda: ridge.predict(STEPS),
        "skforecast, LSTMRegressor": lambda: wrapped.predict(STEPS),
        "a loop over skorch, nn.LSTM": lambda: by_hand(net.predict, y[-WINDOW:], STEPS),
        "a loop over bare nn.LSTM": lambda: by_hand(bare(net.module_), y[-WINDOW:], STEPS),
    }
    times = {name: [] for name in forecasts}
    for _ in range(RUNS):  # in turns, so that all have the same conditions
        for name, forecast in forecasts.items():
            start = time.perf_counter()
            forecast()
            times[name].append(1000 * (time.perf_counter() - start) / STEPS)
    print(f"Milliseconds a step, {STEPS} steps, window {WINDOW}, hidden {HIDDEN}: median (range)")
    for name, each in times.items():
        print(f"{name:28} {np.median(each):.3f} ({min(each):.3f}-{max(each):.3f})")


if __name__ == "__main__":
    main()
