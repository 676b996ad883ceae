"""Compare hashes of small fitted models between two checkouts, bit for bit.

    python benchmarks/same_weights.py FOLDER          # name and hash of each model
    python benchmarks/same_weights.py FOLDER OTHER    # the lines in which two checkouts differ

Every cell with every setting of the estimators, every loss, optimizer and schedule, language models
and forecasters are trained for a few epochs on little data. A hash includes all weights, the losses
by epoch, and all outputs: predictions, hidden states, gates, streams, samples, forecasts and
intervals. If a model fails, the name of the exception replaces the hash, and the model counts as
different. With two folders, the exit status is 1 unless all models are the same.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import hashlib
import itertools
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
sys.path.insert(0, str(FOLDER))

import sklstm  # noqa: E402
from sklstm import (  # noqa: E402
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
)
from sklstm.cells import (  # noqa: E402
    CELLS,
    CIFG,
    FGR,
    GRU,
    LSTM,
    NFG,
    NIAF,
    NIG,
    NOAF,
    NOG,
    RNN,
    StepCell,
)
from sklstm.gradcheck import check_gradients  # noqa: E402
from sklstm.losses import LOSSES, Huber, Quantile  # noqa: E402
from sklstm.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSprop  # noqa: E402
from sklstm.schedules import (  # noqa: E402
    SCHEDULES,
    Constant,
    CosineDecay,
    ReduceOnPlateau,
    WarmUp,
)

N, T, C = 24, 7, 3
SMALL = {"hidden_size": 5, "max_iter": 3, "random_state": 0}


class Average(StepCell):
    """A custom cell: the hyperbolic tangent of a moving average."""

    gates = ("rate",)

    def shapes(self, n_inputs, hidden_size):
        return {"weight": (hidden_size, n_inputs), "rate": (hidden_size, 1), "bias": (hidden_size,)}

    def step(self, weights, x, state):
        (before,) = state
        z = weights["rate"] * before + weights["weight"] @ x + weights["bias"][:, np.newaxis]
        h = np.tanh(z)
        return (h,), {"x": x, "before": before, "h": h, "rate": weights["rate"] * np.ones_like(h)}

    def adjoint(self, weights, memo, d_state):
        dz = d_state[0] * (1 - memo["h"] ** 2)
        d_weights = {
            "weight": dz @ memo["x"].T,
            "rate": (dz * memo["before"]).sum(axis=1, keepdims=True),
            "bias": dz.sum(axis=1),
        }
        return weights["weight"].T @ dz, (weights["rate"] * dz,), d_weights


def all_cells():
    """Return cells by name: those of `CELLS`, and objects with other arguments."""
    found = dict(zip(CELLS, CELLS, strict=True))
    for kind in (LSTM, NIG, NFG, NOG, NIAF, NOAF, CIFG, FGR):
        for peepholes, activation in itertools.product((False, True), ("sigmoid", "hard_sigmoid")):
            arguments = {"peepholes": peepholes, "gate_activation": activation}
            found[f"{kind.__name__}({peepholes}, {activation})"] = kind(**arguments)
        if kind is not NFG:
            for bias in (1.0, "chrono"):
                found[f"{kind.__name__}(forget_bias={bias})"] = kind(forget_bias=bias)
    found["GRU(reset_after=False)"] = GRU(reset_after=False)
    found["RNN(relu)"] = RNN("relu")
    found["Average()"] = Average()
    return found


# Data


def sequences(kind="dense"):
    """Return X of a kind, and regression targets (n,), or (n, T) for "steps"."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((N, T, C))
    if kind == "table":
        return X[:, :, 0], X[:, -1, 0] - X[:, 0, 0]
    if kind == "steps":
        return X, np.cumsum(X[:, :, 0], axis=1)
    if kind.startswith("ragged"):
        X = [x[: 3 + k % 5] for k, x in enumerate(X)]
        if kind == "ragged steps":
            return X, [np.cumsum(x[:, 0]) for x in X]
        return X, np.array([x[:, 0].sum() for x in X])
    return X.astype(np.float32) if kind == "float32" else X, X[:, :, 0].sum(axis=1)


def as_labels(y, n_classes=3):
    """Convert the targets to class labels."""
    if isinstance(y, list):
        return [as_labels(values, n_classes) for values in y]
    return np.searchsorted(np.linspace(-1, 1, n_classes - 1), y)


DEEP = {"num_layers": 2, "bidirectional": True, "dropout": 0.2, "recurrent_dropout": 0.3}
ONE_WAY = {**DEEP, "bidirectional": False}
EARLY = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 2}
# By name: the kind of data, and parameters.
SETTINGS = {
    "plain": ("dense", {}),
    "table": ("table", {}),
    "float32": ("float32", {"batch_size": 7}),
    "deep": ("dense", {**DEEP, "batch_size": 7}),
    "deep, one way": ("float32", {**ONE_WAY, "batch_size": 7}),
    "mean": ("dense", {"pooling": "mean", "bptt_steps": 3}),
    "max": ("dense", {"pooling": "max"}),
    "last": ("dense", {"pooling": "last", "alpha": 0.1, "max_grad_norm": 0.1}),
    "ragged": ("ragged", {"batch_size": 7}),
    "ragged, deep, mean": ("ragged", {**DEEP, "pooling": "mean"}),
    "ragged, deep, max": ("ragged", {**DEEP, "pooling": "max", "batch_size": 7}),
    "patches": ("ragged", {"patch_length": 2, "batch_size": 7}),
    "steps": ("steps", {"return_sequences": True, "bptt_steps": 3, "batch_size": 7}),
    "ragged steps": ("ragged steps", {"return_sequences": True, "bptt_steps": 2, "batch_size": 7}),
    "ragged steps, deep": ("ragged steps", {**DEEP, "return_sequences": True, "shuffle": False}),
    "early stopping": ("dense", {**EARLY, "max_iter": 6}),
}


# Attributes and outputs of fitted models

FITTED = """weights_ loss_curve_ validation_loss_curve_ validation_score_curve_ loss_ best_loss_
n_iter_ alpha_ batch_size_ classes_ target_mean_ target_scale_ vocabulary_""".split()


def fitted(model):
    """Return the fitted attributes by name."""
    return {name: getattr(model, name) for name in FITTED if hasattr(model, name)}


def streamed(model, X, method):
    """Return the predictions of streams after each step: a single one, and three in parallel."""
    single, many = model.stream(method=method), model.stream(3, method=method)
    said = [single.push(x) for x in X[0]]
    for k in range(min(len(x) for x in X[:3])):
        said.append(many.push(np.array([x[k] for x in X[:3]])))
    many.reset([1])
    return [*said, many.push(np.array([x[0] for x in X[:3]]))]


def answers(model, X, y):
    """Return attributes and outputs for X of a fitted regressor or classifier."""
    methods = ["predict", "predict_proba", "predict_log_proba", "decision_function"]
    methods = [method for method in methods if hasattr(model, method)]
    found = [fitted(model), model.score(X, y), model.hidden_states(X), model.gates(X)]
    for method in methods:
        found += [getattr(model, method)(X), getattr(model, method)(X[:1])]
        if not model.bidirectional:
            found.append(streamed(model, X, method))
    return found


def trained(make, kind="dense", *, labels=None, convert=None, **params):
    """Return the outputs after `fit`. y has `labels` classes, or values returned by `convert`."""
    X, y = sequences(kind)
    y = y if labels is None else as_labels(y, labels)
    y = y if convert is None else convert(y)
    return answers(make(**SMALL | params).fit(X, y), X, y)


def trained_again(make, how, *, labels=None):
    """Return the outputs after several calls."""
    X, y = sequences()
    y = y if labels is None else as_labels(y, labels)
    weights = np.random.default_rng(2).uniform(0, 2, N)
    model = make(**SMALL | {"recurrent_dropout": 0.2, "dropout": 0.2, "batch_size": 7})
    if how == "partial_fit":
        classes = {} if labels is None else {"classes": np.unique(y)}
        for part in (slice(0, 12), slice(12, 24), slice(6, 18)):
            model.partial_fit(X[part], y[part], **classes)
    elif how == "warm start":
        model.set_params(warm_start=True, **EARLY).fit(X, y).fit(X, y)
    elif how == "fit, partial_fit":
        model.fit(X, y).partial_fit(X, y, sample_weight=weights)
    elif how == "sample_weight":
        model.fit(X, y, weights)
    elif how == "held out":
        model.fit(X[:16], y[:16], weights[:16], X_val=X[16:], y_val=y[16:])
    elif how == "held out, stops":
        model.set_params(early_stopping=True, n_iter_no_change=1, max_iter=8)
        held_out = {"X_val": X[16:], "y_val": y[16:], "sample_weight_val": weights[16:]}
        model.fit(X[:16], y[:16], **held_out)
    elif how == "rows twice":
        model.set_params(batch_size="auto").fit(np.tile(X, (2, 1, 1)), np.tile(y, 2))
    return answers(model, X, y)


AGAIN = """partial_fit, warm start, sample_weight, held out, rows twice, held out and stops, fit and
partial_fit"""


def two_columns(y):
    return np.column_stack([y, np.abs(y)])


def gradients(cell):
    """Return the errors of the gradients. The comparison uses both code paths through the cell."""
    X, y = sequences("ragged")
    model = LSTMRegressor(2, cell=cell, num_layers=2, recurrent_dropout=0.2, random_state=0)
    return check_gradients(model, X[:4], y[:4], tol=np.inf, n_entries=3)


# Cases: pairs of a name and a function that returns arrays


def cell_cases():
    """Every cell with every setting."""
    for (name, cell), (setting, (kind, params)) in itertools.product(
        all_cells().items(), SETTINGS.items()
    ):
        params = {"cell": cell} | params
        yield f"regressor, {name}, {setting}", partial(trained, LSTMRegressor, kind, **params)
        params = params | {"labels": 3}
        yield f"classifier, {name}, {setting}", partial(trained, LSTMClassifier, kind, **params)
    for name, cell in all_cells().items():
        yield f"gradients, {name}", partial(gradients, cell)


def training_cases():
    """Losses, optimizers, schedules, and ways to resume training."""
    regress, classify = partial(trained, LSTMRegressor), partial(trained, LSTMClassifier, labels=3)
    losses = {name: name for name in LOSSES if name != "log_loss"}
    losses |= {"three quantiles": Quantile([0.1, 0.5, 0.9]), "small huber": Huber(0.3)}
    for (name, loss), kind in itertools.product(losses.items(), ("dense", "float32", "ragged")):
        for outputs, convert in {"one": np.abs, "two": two_columns}.items():
            convert = (lambda y: np.abs(two_columns(y))) if outputs == "two" else convert
            yield (
                f"loss {name}, {kind}, {outputs}",
                partial(regress, kind, loss=loss, convert=convert),
            )
    for kind in ("dense", "float32", "ragged", "steps"):
        params = {"return_sequences": kind == "steps", "labels": 2}
        yield f"two classes, {kind}", partial(trained, LSTMClassifier, kind, **params)
    several = {"labels": 3, "convert": lambda y: np.column_stack([y > 0, y > 1]).astype(int)}
    yield "several labels", partial(trained, LSTMClassifier, **several)
    yield "log_loss", partial(classify, loss="log_loss")
    yield "class_weight", partial(classify, class_weight="balanced")
    optimizers = {name: name for name in OPTIMIZERS}
    optimizers |= {"plain SGD": SGD(0.0), "SGD without Nesterov": SGD(0.9, nesterov=False)}
    optimizers |= {"Adam(0.5)": Adam(0.5), "AdamW(0.1)": AdamW(weight_decay=0.1)}
    optimizers |= {"RMSprop(0.5)": RMSprop(0.5)}
    for (name, optimizer), kind in itertools.product(optimizers.items(), ("dense", "float32")):
        params = {"optimizer": optimizer, "batch_size": 7}
        yield f"optimizer {name}, {kind}", partial(regress, kind, **params)
    schedules = {name: name for name in SCHEDULES}
    schedules |= {
        "a number": 0.02,
        "Constant": Constant(0.1),
        "CosineDecay": CosineDecay(0.1, 0.01),
    }
    schedules |= {"WarmUp of cosine": WarmUp("cosine", n_epochs=2)}
    schedules |= {"ReduceOnPlateau": ReduceOnPlateau(0.3, patience=0, tol=0.1)}
    for name, schedule in schedules.items():
        yield f"schedule {name}", partial(regress, learning_rate=schedule, max_iter=6, batch_size=7)
    for how in AGAIN:
        yield f"regressor, {how}", partial(trained_again, LSTMRegressor, how)
        yield f"classifier, {how}", partial(trained_again, LSTMClassifier, how, labels=3)
