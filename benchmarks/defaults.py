"""Which defaults are good without tuning? Data sets x candidates, medians over seeds.

Run ``python benchmarks/defaults.py`` (some minutes on two cores). Inputs are scaled, targets too;
nothing else is tuned to a data set. Scores are R2 or accuracy on held-out rows. The table that
the defaults were chosen by stands in benchmarks/README.rst.
"""

import argparse
import itertools

import numpy as np
from joblib import Parallel, delayed
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.datasets import load_airline, make_adding_problem
from sklstm.preprocessing import sliding_windows

CANDIDATES = {
    "learning_rate": [1e-3, 3e-3, 1e-2, 3e-2],
    "max_grad_norm": [None, 1.0],
}


def airline():
    series = np.log(load_airline().passengers)
    return *sliding_windows(np.diff(series), window=13), True


def mackey_glass(n_steps=1500, delay=17):
    """Mackey & Glass (1977), Euler steps of 1, sampled every 3; horizon 6 samples."""
    x = np.full(n_steps * 3 + delay, 1.2)
    for t in range(delay, len(x) - 1):
        x[t + 1] = 0.9 * x[t] + 0.2 * x[t - delay] / (1 + x[t - delay] ** 10)
    X, y = sliding_windows(x[delay + 300 :: 3], window=20, horizon=6)
    return X[::2], y[::2, -1], True


def narma(n_steps=1500, seed=0):
    """NARMA-10 (Atiya & Parlos 2000): y from the last 20 inputs."""
    u = np.random.default_rng(seed).uniform(0, 0.5, n_steps)
    y = np.zeros(n_steps)
    for t in range(9, n_steps - 1):
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * y[t - 9 : t + 1].sum() + 1.5 * u[t - 9] * u[t] + 0.1
    X, _ = sliding_windows(u, window=20)
    return X, y[20 : 20 + len(X)], True


def noisy_sine(seed=0):
    t = np.arange(700)
    noise = np.random.default_rng(seed).normal(scale=0.3, size=len(t))
    return *sliding_windows(np.sin(t / 5) + noise, window=24), True


def adding():
    return *make_adding_problem(2000, 20, random_state=0), False


def table(loader, channels=1):
    X, y = loader(return_X_y=True)
    return (X.reshape(len(X), -1, channels) if channels > 1 else X), y, False


def first_sign(seed=0):
    """Which sign has the first spike in 30 steps of noise?"""
    rng = np.random.default_rng(seed)
    X = rng.normal(scale=0.2, size=(600, 30))
    y = rng.integers(0, 2, 600)
    X[np.arange(600), rng.integers(0, 10, 600)] += 3.0 * (2 * y - 1)
    return X, y, False


REGRESSION = {
    "airline": airline,
    "mackey-glass": mackey_glass,
    "narma-10": narma,
    "noisy sine": noisy_sine,
    "adding T=20": adding,
    "diabetes": lambda: table(load_diabetes),
}
CLASSIFICATION = {
    "digits": lambda: table(load_digits, 8),
    "breast cancer": lambda: table(load_breast_cancer),
    "wine": lambda: table(load_wine),
    "iris": lambda: table(load_iris),
    "first spike": first_sign,
}


def score(name, params, seed):
    """Held-out score of one fit; the tail is held out from series, a random part otherwise."""
    make = (REGRESSION | CLASSIFICATION)[name]
    X, y, in_time = make()
    labels = y if name in CLASSIFICATION else None
    parts = train_test_split(
        X,
        y,
        test_size=0.3,
        shuffle=not in_time,
        stratify=labels,
        random_state=None if in_time else seed,
    )
    X, X_test, y, y_test = parts
    if X.ndim == 2:
        scaler = StandardScaler().fit(X)
        X, X_test = scaler.transform(X), scaler.transform(X_test)
    elif name == "digits":
        X, X_test = X / 8 - 1, X_test / 8 - 1
    if labels is None:
        mean, scale = y.mean(), y.std()
        y, y_test = (y - mean) / scale, (y_test - mean) / scale
    model = LSTMRegressor if labels is None else LSTMClassifier
    fitted = model(**params, random_state=seed).fit(X.astype(np.float32), y)
    return fitted.score(X_test.astype(np.float32), y_test), fitted.n_iter_


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    candidates = [
        dict(zip(CANDIDATES, values, strict=True))
        for values in itertools.product(*CANDIDATES.values())
    ]
    names = [*REGRESSION, *CLASSIFICATION]
    jobs = list(itertools.product(names, seeds))
    print(f"{'':32s}" + "".join(f"{n[:9]:>10s}" for n in names) + "      mean")
    for params in candidates:
        results = Parallel(n_jobs=2)(delayed(score)(n, params, s) for n, s in jobs)
        scores = np.array([r[0] for r in results]).reshape(len(names), -1)
        medians = np.median(scores, axis=1)
        epochs = np.median([r[1] for r in results])
        label = f"lr={params['learning_rate']:g} clip={params['max_grad_norm']} ({epochs:.0f} ep)"
        row = "".join(f"{m:10.3f}" for m in medians)
        print(f"{label:32s}{row}{medians.mean():10.3f}", flush=True)


if __name__ == "__main__":
    main()
