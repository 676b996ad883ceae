"""Time of a training step and of the prediction of one row, compared with PyTorch and skorch.

Run ``python benchmarks/step.py`` on an idle machine with torch and skorch installed. All use one
thread, float32, and one target per sequence; forward, backward, clipping at norm 1 and Adam on one
mini-batch. Times depend on the machine; compare the ratios. The candidates are timed in turns. The
script prints medians and quartiles over the turns.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import statistics
import time

import numpy as np
import skorch
import torch

from sklstm import LSTMRegressor
from sklstm._estimators.training_options import training_options
from sklstm.training.loop import Epoch, new_state

SHAPES = [(1, 8, 12, 32), (1, 32, 30, 32), (4, 64, 50, 64), (8, 128, 50, 128)]  # C, H, T, B
ROUNDS, SECONDS = 15, 0.1


class Module(torch.nn.Module):
    """The same network in PyTorch: one LSTM layer, and a linear head on the last state."""

    def __init__(self, C, H):
        super().__init__()
        self.lstm = torch.nn.LSTM(C, H, batch_first=True)
        self.head = torch.nn.Linear(H, 1)

    def forward(self, X):
        return self.head(self.lstm(X)[0][:, -1])


def ours(X, y, H):
    """Return functions for a training step and a prediction of sklstm."""
    model = LSTMRegressor(H, batch_size=len(X), max_iter=1, random_state=0).fit(X, y)
    objective, examples = model._objective(X, y, None, X.dtype)
    options = training_options(model, len(X))
    rng = np.random.default_rng(0)
    state = new_state(objective, options, rng, 0.0)
    epoch = Epoch(objective, examples, state, options, horizon=1)
    return epoch.run, lambda: model.predict(X[:1])


def torchs(X, y, H):
    """Return the same functions for PyTorch."""
    module = Module(X.shape[2], H)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01, fused=True)
    X, y = torch.from_numpy(X), torch.from_numpy(y)[:, None]

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(module(X), y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()

    def predict():
        with torch.inference_mode():
            module(X[:1]).numpy()

    return step, predict


def skorchs(X, y, H):
    """Return the same functions for skorch: an epoch of one batch, and predict."""
    net = skorch.NeuralNetRegressor(
        Module,
        module__C=X.shape[2],
        module__H=H,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=0.01,
        batch_size=len(X),
        max_epochs=1,
        train_split=None,
        verbose=0,
        callbacks=[skorch.callbacks.GradientNormClipping(1.0)],
    ).initialize()
    y = y[:, None]
    return lambda: net.partial_fit(X, y), lambda: net.predict(X[:1])


def once(call):
    """Return the seconds per call, measured for about SECONDS."""
    start = time.perf_counter()
    call()
    n = max(1, int(SECONDS / (time.perf_counter() - start + 1e-9)))
    start = time.perf_counter()
    for _ in range(n):
        call()
    return (time.perf_counter() - start) / n


def main():
    torch.set_num_threads(1)
    print("milliseconds, median of rounds; x = PyTorch's or skorch's time / sklstm's [quartiles]")
    for C, H, T, B in SHAPES:
        rng = np.random.default_rng(0)
        X = rng.standard_normal((B, T, C)).astype(np.float32)
        y = rng.standard_normal(B).astype(np.float32)
        candidates = [make(X, y, H) for make in (ours, torchs, skorchs)]
        for k, what in enumerate(["training step", "one-row predict"]):
            times = [[once(c[k]) for c in candidates] for _ in range(ROUNDS)]
            line = f"C={C} H={H} T={T} B={B} {what:16s}"
            for j, name in enumerate(["sklstm", "PyTorch", "skorch"]):
                line += f" {name} {1e3 * statistics.median(t[j] for t in times):.3f}"
                if j:
                    low, middle, high = statistics.quantiles([t[j] / t[0] for t in times], n=4)
                    line += f" ({middle:.2f}x [{low:.2f}, {high:.2f}])"
            print(line, flush=True)


if __name__ == "__main__":
    main()
