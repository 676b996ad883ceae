"""Time of a training step and of predictions with every kernel, compared with PyTorch.

Run ``python benchmarks/kernels.py [lstm|gru]`` on an idle machine with torch installed. All use one
thread, float32, and one target per sequence. Kernels and PyTorch are timed in turns. The script
prints medians in milliseconds, and PyTorch's time divided by each kernel's.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import statistics
import sys
import warnings

import numpy as np
import torch
from step import Module, once

import sklstm
from sklstm import LSTMRegressor
from sklstm.core import kernels
from sklstm.training.loop import Epoch

SHAPES = [  # C, H, T, B
    (1, 8, 12, 32),
    (1, 16, 24, 32),
    (1, 32, 30, 32),
    (4, 32, 50, 64),
    (4, 64, 50, 64),
    (8, 64, 100, 128),
    (8, 128, 50, 128),
    (16, 256, 50, 64),
]
WORK = ["training step", "batch", "one row"]
ROUNDS = 7


def use(kernel):
    """Make new tapes use a kernel."""
    kernels.kernel_in_use = lambda: kernels.KERNELS[kernel]


def ours(X, y, H, cell, kernel):
    """Return functions for a training step, the prediction of X and that of one row."""
    use(kernel)
    model = LSTMRegressor(
        H, cell=cell, batch_size=len(X), max_iter=1, patch_length=1, random_state=0
    )
    problem = model.fit(X, y)._read_problem(
        X, y, None, X_val=None, y_val=None, sample_weight_val=None
    )
    epoch = Epoch(problem.objective, problem.examples, problem.state, problem.options, 1)

    def by_kernel(call):
        def run():
            use(kernel)
            call()

        return run

    calls = epoch.run, lambda: model.predict(X), lambda: model.predict(X[:1])
    return [by_kernel(call) for call in calls]


def torchs(X, y, H, cell):
    """Return the same functions for PyTorch."""
    module = Module(X.shape[2], H)
    if cell == "gru":
        module.lstm = torch.nn.GRU(X.shape[2], H, batch_first=True)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01, fused=True)
    X, y = torch.from_numpy(X), torch.from_numpy(y)[:, None]

    def step():
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(module(X), y).backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()

    def predict(rows):
        with torch.inference_mode():
            module(X[:rows]).numpy()

    return [step, lambda: predict(len(X)), lambda: predict(1)]


def main():
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # nothing is learned in one epoch
    cell = sys.argv[1] if len(sys.argv) > 1 else "lstm"
    sklstm.show_versions()
    print(f"torch: {torch.__version__}")
    ratios = {(kernel, what): [] for what in WORK for kernel in kernels.KERNELS}
    for C, H, T, B in SHAPES:
        rng = np.random.default_rng(0)
        X = rng.standard_normal((B, T, C)).astype(np.float32)
        y = rng.standard_normal(B).astype(np.float32)
        calls = {kernel: ours(X, y, H, cell, kernel) for kernel in kernels.KERNELS}
        calls["torch"] = torchs(X, y, H, cell)
        for k, what in enumerate(WORK):
            rounds = [{name: once(c[k]) for name, c in calls.items()} for _ in range(ROUNDS)]
            line = f"C={C} H={H} T={T} B={B} {what:13s}"
            for name in calls:
                line += f" {name} {1e3 * statistics.median(r[name] for r in rounds):.3f}"
                if name != "torch":
                    ratio = statistics.median(r["torch"] / r[name] for r in rounds)
                    ratios[name, what].append(ratio)
                    line += f" ({ratio:.2f}x)"
            print(line, flush=True)
    for (name, what), values in ratios.items():
        mean = statistics.geometric_mean(values)
        print(f"{what:13s} {name}: geometric mean {mean:.2f}x, worst {min(values):.2f}x")


if __name__ == "__main__":
    main()
