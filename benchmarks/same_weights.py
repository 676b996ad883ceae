"""Compare hashes of small fitted models between two checkouts, bit for bit.

Run ``python benchmarks/same_weights.py FOLDER`` to print name and hash of each model, and
``python benchmarks/same_weights.py FOLDER OTHER`` to print the lines in which two checkouts differ.

Every named cell with every setting of the estimators, other cells with some, every loss, optimizer
and schedule, language models and forecasters are trained for a few epochs on little data, in less
than a minute. A hash includes all weights, the losses by epoch, and all outputs: predictions,
hidden states, gates, streams, samples, forecasts, intervals. If a model fails, the name of the
exception replaces the hash, and the model counts as different. With two folders, the exit status is
1 unless all models are the same.
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
from sklearn.preprocessing import FunctionTransformer

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
sys.path.insert(0, str(FOLDER))

import sklstm  # noqa: E402
from sklstm import (  # noqa: E402
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
    cells,
    gradcheck,
    losses,
    optimizers,
    schedules,
)


def digest(value):
    """Return a hash of the arrays, numbers and texts in lists and dicts, bit for bit."""
    sha = hashlib.sha256()
    feed(sha, value)
    return sha.hexdigest()[:16]


def feed(sha, value):
    if isinstance(value, dict):
        value = sorted(value.items(), key=lambda item: str(item[0]))
    if isinstance(value, (list, tuple)):
        sha.update(f"{len(value)} values".encode())
        for part in value:
            feed(sha, part)
    elif value is None or isinstance(value, str):
        sha.update(repr(value).encode())
    else:
        array = np.asarray(value)
        sha.update(f"{array.dtype.str} {array.shape}".encode())
        sha.update(repr(array.tolist()).encode() if array.dtype.hasobject else array.tobytes())


def attributes(model, names):
    """Return the attributes by name that a fitted model has."""
    return {name: getattr(model, name) for name in names.split() if hasattr(model, name)}


# Cells: by name, and as objects


class Average(cells.StepCell):
    """A custom cell: the hyperbolic tangent of a moving average."""

    gates = ("z",)

    def shapes(self, n_inputs, hidden_size):
        return {
            "weight": (hidden_size, n_inputs),
            "rate": (hidden_size, 1),
            "bias": (hidden_size, 1),
        }

    def step(self, weights, x, state):
        z = weights["rate"] * state[0] + weights["weight"] @ x + weights["bias"]
        h = np.tanh(z)
        return (h,), {"x": x, "before": state[0], "h": h, "z": z}

    def adjoint(self, weights, memo, d_state):
        dz = d_state[0] * (1 - memo["h"] ** 2)
        d_weights = {
            "weight": dz @ memo["x"].T,
            "rate": (dz * memo["before"]).sum(axis=1, keepdims=True),
            "bias": dz.sum(axis=1, keepdims=True),
        }
        return weights["weight"].T @ dz, (weights["rate"] * dz,), d_weights


def cell_objects():
    """Return cells without a name in `CELLS`."""
    found = {}
    for kind in ("LSTM", "NIG", "NFG", "NOG", "NIAF", "NOAF", "CIFG", "FGR"):
        cell = getattr(cells, kind)
        for peepholes in (False, True):
            found[f"{kind} peepholes={peepholes} hard_sigmoid"] = cell(peepholes, "hard_sigmoid")
        if kind != "LSTM":
            found[f"{kind} peepholes=False"] = cell(peepholes=False)
        for bias in (1.0, "chrono") if kind != "NFG" else ():
            found[f"{kind} forget_bias={bias}"] = cell(forget_bias=bias)
    found["GRU reset_after=False"] = cells.GRU(reset_after=False)
    found["RNN relu"] = cells.RNN("relu")
    found["StepCell"] = Average()
    return found


def all_cells():
    return {**{name: name for name in cells.CELLS}, **cell_objects()}


# Regressors and classifiers

N_SEQUENCES, N_STEPS = 24, 7
SHAPES = {"long": (N_SEQUENCES, 70), "many ragged": (270, 24)}
SMALL = {"hidden_size": 5, "max_iter": 3, "random_state": 0}
DROPOUT = {"dropout": 0.2, "recurrent_dropout": 0.3}
DEEP = {"num_layers": 2, "bidirectional": True, **DROPOUT}
EARLY = {"early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 2, "max_iter": 6}
STEPS = {"return_sequences": True, "bptt_steps": 3}

# By name: the kind of data, and parameters.
SETTINGS = {
    "plain": ("dense", {}),
    "table": ("table", {}),
    "float32": ("float32", {"batch_size": 7}),
    "deep": ("dense", {**DEEP, "batch_size": 7}),
    "deep one way float32": ("float32", {**DEEP, "bidirectional": False, "batch_size": 7}),
    "mean": ("dense", {"pooling": "mean", "bptt_steps": 3}),
    "max": ("dense", {"pooling": "max"}),
    "last": ("dense", {"pooling": "last", "alpha": 0.1, "max_grad_norm": 0.1}),
    "ragged": ("ragged", {"batch_size": 7}),
    "ragged deep mean": ("ragged", {**DEEP, "pooling": "mean"}),
    "ragged deep max": ("ragged", {**DEEP, "pooling": "max", "batch_size": 7}),
    "patches": ("dense", {"patch_length": 2, "batch_size": 7}),
    "ragged patches": ("ragged", {"patch_length": 3, "shuffle": False}),
    "steps": ("steps", {**STEPS, "batch_size": 7}),
    "ragged steps": ("ragged steps", {**STEPS, "batch_size": 7}),
    "ragged steps deep": ("ragged steps", {**DEEP, **STEPS, "bptt_steps": None}),
    "early stopping": ("dense", EARLY),
    "long": ("long", {}),
    "many ragged": ("many ragged", {"hidden_size": 40, "max_iter": 1}),
}
SOME_SETTINGS = ("plain", "deep one way float32", "ragged deep mean", "steps", "ragged steps deep")
FITTED = """weights_ loss_curve_ validation_loss_curve_ validation_score_curve_ loss_ best_loss_
n_iter_ alpha_ batch_size_ classes_ target_mean_ target_scale_ vocabulary_"""
METHODS = "predict predict_proba predict_log_proba decision_function"


def sequences(kind="dense"):
    """Return X of a kind, and regression targets, one per sequence or per step."""
    n, n_steps = SHAPES.get(kind, (N_SEQUENCES, N_STEPS))
    X = np.random.default_rng(1).standard_normal((n, n_steps, 3))
    if kind == "table":
        return X[:, :, 0], X[:, -1, 0] - X[:, 0, 1]
    if kind == "float32":
        X = X.astype(np.float32)
    if "ragged" in kind:
        X = [x[: 3 + k % (n_steps - 2)] for k, x in enumerate(X)]
    if "steps" in kind:
        y = [np.cumsum(x[:, 0]) for x in X]
        return X, y if "ragged" in kind else np.array(y)
    return X, np.array([x[:, 0].sum() for x in X])


def as_classes(y, n_classes=3):
    """Convert numbers to class labels."""
    if isinstance(y, list):
        return [as_classes(values, n_classes) for values in y]
    return np.searchsorted(np.linspace(-1, 1, n_classes - 1), y)


def streamed(model, X, method):
    """Return the predictions of a single stream, and of three in parallel, one of them reset."""
    single, three = model.stream(method=method), model.stream(3, method=method)
    said = [single.push(x) for x in X[0]]
    said += [three.push(np.array(x)) for x in zip(*X[:3], strict=False)]
    three.reset([1])
    return [*said, three.push(np.array([x[0] for x in X[:3]]))]


def answers(model, X, y):
    """Return the attributes of a fitted model, and all its outputs for X."""
    found = [attributes(model, FITTED), model.score(X, y), model.hidden_states(X), model.gates(X)]
    for method, predict in attributes(model, METHODS).items():
        found += [predict(X), predict(X[:1])]
        if not model.bidirectional:
            found.append(streamed(model, X, method))
    return found


def trained(make, kind="dense", *, read=None, train=None, **params):
    """Return the outputs after training by `fit` or `train`, on targets converted by `read`."""
    X, y = sequences(kind)
    y = y if read is None else read(y)
    model = make(**{**SMALL, **params})
    if train is None:
        model.fit(X, y)
    else:
        train(model, X, y, np.random.default_rng(2).uniform(0, 2, N_SEQUENCES))
    return answers(model, X, y)


regression = partial(trained, LSTMRegressor)
classification = partial(trained, LSTMClassifier, read=as_classes)


def gradients(cell):
    """Return the errors of some entries of the gradients, compared with numeric ones."""
    X, y = sequences("ragged")
    model = LSTMRegressor(2, cell=cell, num_layers=2, random_state=0)
    return gradcheck.check_gradients(model, X[:4], y[:4], tol=np.inf, n_entries=3)


def cell_cases():
    """Every named cell with every setting, and other cells with some settings."""
    for name, (setting, (kind, params)) in itertools.product(cells.CELLS, SETTINGS.items()):
        arguments = {"kind": kind, "cell": name, **params}
        yield f"regressor, {name}, {setting}", partial(regression, **arguments)
        yield f"classifier, {name}, {setting}", partial(classification, **arguments)
    for (name, cell), setting in itertools.product(cell_objects().items(), SOME_SETTINGS):
        kind, params = SETTINGS[setting]
        yield f"regressor, {name}, {setting}", partial(regression, kind, cell=cell, **params)
    for name, cell in all_cells().items():
        yield f"gradients, {name}", partial(gradients, cell)


def two(y):
    """Return two positive outputs."""
    return np.column_stack([y**2, np.abs(y)])


def labels(y):
    """Return an indicator matrix of two labels."""
    return np.column_stack([y > 0, y > 1]).astype(int)


def loss_cases():
    """Every loss, for one and two outputs, and every form of a classifier's y."""
    found = {name: name for name in losses.LOSSES if name != "log_loss"}
    found["three quantiles"] = losses.Quantile([0.1, 0.5, 0.9])
    found["Huber(0.3)"] = losses.Huber(0.3)
    for (name, loss), kind in itertools.product(found.items(), ("dense", "float32", "ragged")):
        for read in (np.abs, two):
            case = partial(regression, kind, read=read, loss=loss)
            yield f"loss, {name}, {kind}, {read.__name__}", case
    yield "loss, log_loss", partial(classification, loss="log_loss")
    yield "loss, log_loss, class_weight", partial(classification, class_weight="balanced")
    for kind in ("dense", "float32", "ragged"):
        for read in (partial(as_classes, n_classes=2), labels):
            name = "labels" if read is labels else "2 classes"
            yield f"loss, log_loss, {kind}, {name}", partial(classification, kind, read=read)


def optimizer_cases():
    """Every optimizer and every schedule."""
    found = {name: name for name in optimizers.OPTIMIZERS}
    found["SGD(0)"] = optimizers.SGD(0.0)
    found["SGD without Nesterov"] = optimizers.SGD(nesterov=False)
    found["Adam(0.5)"] = optimizers.Adam(0.5)
    found["AdamW(0.1)"] = optimizers.AdamW(weight_decay=0.1)
    for (name, optimizer), kind in itertools.product(found.items(), ("dense", "float32")):
        case = partial(regression, kind, optimizer=optimizer, batch_size=7)
        yield f"optimizer, {name}, {kind}", case
    found = {name: name for name in schedules.SCHEDULES}
    found["a number"] = 0.03
    found["WarmUp of cosine"] = schedules.WarmUp("cosine", n_epochs=2)
    found["ReduceOnPlateau"] = schedules.ReduceOnPlateau(0.3, patience=0, tol=0.1)
    for name, rate in found.items():
        case = partial(regression, learning_rate=rate, max_iter=6, batch_size=7)
        yield f"schedule, {name}", case


# Ways to train: functions of a model, X, y, and a weight for each sequence


def by_parts(model, X, y, weights):
    classes = {"classes": np.unique(y)} if isinstance(model, LSTMClassifier) else {}
    for part in (slice(12), slice(12, None), slice(6, 18)):
        model.partial_fit(X[part], y[part], sample_weight=weights[part], **classes)


def going_on(model, X, y, weights):
    model.set_params(warm_start=True).fit(X, y).set_params(**EARLY).fit(X, y, weights)


def then_by_parts(model, X, y, weights):
    model.fit(X, y).partial_fit(X[:9], y[:9]).partial_fit(X, y, sample_weight=weights)


def weighted(model, X, y, weights):
    model.fit(X, y, weights)


def held_out(model, X, y, weights):
    new = {"X_val": X[16:], "y_val": y[16:], "sample_weight_val": weights[16:]}
    model.fit(X[:16], y[:16], weights[:16], **new)


def held_out_stops(model, X, y, weights):
    held_out(model.set_params(early_stopping=True, n_iter_no_change=1, max_iter=9), X, y, weights)


def rows_twice(model, X, y, weights):
    model.set_params(batch_size="auto").fit(np.concatenate([X, X]), np.concatenate([y, y]))


WAYS = (by_parts, going_on, then_by_parts, weighted, held_out, held_out_stops, rows_twice)


def way_cases():
    """Every way to train."""
    for train, kind in itertools.product(WAYS, ("dense", "float32", "ragged")):
        if train is not rows_twice or kind != "ragged":
            params = {"kind": kind, "train": train, "batch_size": 7, **DROPOUT}
            yield f"regressor, {train.__name__}, {kind}", partial(regression, **params)
            yield f"classifier, {train.__name__}, {kind}", partial(classification, **params)


# Language models

TEXTS = [
    "she sells sea shells by the sea shore. the shells she sells are sea shells, she is sure.",
    "a big black bug bit a big black bear, and the big black bear bled.",
    "how much wood would a woodchuck chuck if a woodchuck could chuck wood?",
    "the sea shells that she sells are by the shore; she sells wood, a bear, and a bug.",
]
LANGUAGE = {
    "char": {},
    "word": {"level": "word"},
    "word, few": {"level": "word", "max_features": 9, "embedding_dim": 3},
    "embedding": {"embedding_dim": 4},
    "deep": {"num_layers": 2, "batch_size": 2, "bptt_steps": 11},
    "deep embedding": {"num_layers": 2, "embedding_dim": 4, "batch_size": 3, "bptt_steps": 7},
    "whole texts": {"batch_size": 1, "bptt_steps": None, "shuffle": False, "alpha": 0.01},
    "without dropout": {"dropout": 0.0, "recurrent_dropout": 0.0, "optimizer": "sgd"},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.3},
}


def language(train=None, **params):
    """Return attributes, outputs and samples of a language model."""
    model = LSTMLanguageModel(**{**SMALL, "batch_size": 4, "bptt_steps": 20, **params})
    model.fit(TEXTS) if train is None else train(model)
    found = [attributes(model, FITTED), model.score(TEXTS), model.perplexity(TEXTS[:1])]
    found += [model.predict_proba("she "), model.predict_proba(["the sea", "a bear", ""])]
    for prompt, temperature, top_k in (("", 1.0, None), ("the ", 0.7, 3), ("she", 0, None)):
        found.append(model.sample(25, prompt, temperature, top_k, random_state=0))
    return found


def text_by_text(model):
    for k in (0, 1, 3):
        model.partial_fit(TEXTS if k == 0 else TEXTS[k:])


def texts_again(model):
    model.set_params(warm_start=True).fit(TEXTS).fit(TEXTS[1:])


def language_cases():
    """Every setting, and every cell with and without an embedding."""
    for name, params in LANGUAGE.items():
        yield f"language model, {name}", partial(language, **params)
    for name, cell in all_cells().items():
        for setting in ("word", "deep embedding"):
            case = partial(language, cell=cell, **LANGUAGE[setting])
            yield f"language model, {name}, {setting}", case
    for train, level in itertools.product((text_by_text, texts_again), ("char", "word")):
        case = partial(language, train, level=level)
        yield f"language model, {train.__name__}, {level}", case
    one = [" ".join(TEXTS)]
    case = partial(language, lambda model: model.fit(one), early_stopping=True, batch_size=2)
    yield "language model, one text", case


# Forecasters

N_TIMES, AHEAD = 66, 6
LITTLE = LSTMRegressor(4, max_iter=5)
FORECASTED = """window_ horizon_ season_length_ level_ scale_ combine_ seasonal_ log_ smoothing_
calibration_errors_"""
# By name: the kind of series, and parameters.
FORECASTERS = {
    "default": ("one", {}),
    "default, months": ("months", {}),
    "default, list": ("list", {}),
    "default, X": ("X", {}),
    "LSTM": ("one", {"regressor": LITTLE}),
    "LSTM, months": ("months", {"regressor": LITTLE, "transformer": "log"}),
    "LSTM, X": ("X", {"regressor": LITTLE, "season_length": 12}),
    "LSTM, two columns": ("two", {"regressor": LITTLE}),
    "LSTM, list": ("list", {"regressor": LITTLE}),
    "LSTM, list, series": ("list", {"regressor": LITTLE, "scale": "series"}),
    "LSTM, ids": ("ids", {"regressor": LITTLE, "scale": "window"}),
    "LSTM, static": ("static", {"regressor": LITTLE}),
    "LSTM, level last": ("one", {"regressor": LITTLE, "level": "last"}),
    "LSTM, no level": ("one", {"regressor": LITTLE, "level": None}),
    "LSTM, not scaled": ("one", {"regressor": LITTLE, "scale": False, "window": 5}),
    "LSTM, combined": ("one", {"regressor": LITTLE, "combine": True}),
    "LSTM, differences": ("months", {"regressor": LITTLE, "differences": (12, 1)}),
    "LSTM, difference, X": ("X", {"regressor": LITTLE, "differences": 1}),
    "LSTM, roots": (
        "one",
        {"regressor": LITTLE, "transformer": FunctionTransformer(np.sqrt, np.square)},
    ),
    "LSTM, early stopping": ("one", {"regressor": LSTMRegressor(4, **EARLY)}),
    "GRU": ("one", {"regressor": LSTMRegressor(4, cell="gru", max_iter=5)}),
    "direct": ("one", {"regressor": LITTLE, "strategy": "direct", "horizon": 4}),
    "direct, default": ("months", {"strategy": "direct"}),
    "direct, X": ("X", {"regressor": LITTLE, "strategy": "direct", "horizon": 4}),
    "direct, ids": ("ids", {"regressor": LITTLE, "strategy": "direct", "horizon": 3}),
    "direct, quantiles": (
        "one",
        {
            "regressor": LSTMRegressor(4, loss=losses.Quantile([0.1, 0.5, 0.9]), max_iter=5),
            "strategy": "direct",
            "horizon": AHEAD,
        },
    ),
    "smoothing": ("one", {"regressor": "smoothing"}),
    "smoothing, damped": ("months", {"regressor": "smoothing", "trend": "damped"}),
    "smoothing, theta": ("list", {"regressor": "smoothing", "trend": "theta"}),
    "ridge": ("one", {"regressor": Ridge()}),
    "ridge, log": ("months", {"regressor": Ridge(), "transformer": "log", "trend": "theta"}),
}


def series(kind):
    """Return the arguments X and y of `fit`, and others by name."""
    rng, t = np.random.default_rng(3), np.arange(N_TIMES)
    wave = [8 * np.sin(np.pi / 6 * t + k) + rng.standard_normal(N_TIMES) for k in range(3)]
    y = [50 + 0.3 * t + wave[0], 90 + wave[1][:50], 30 + 0.5 * t[:40] + wave[2][:40]]
    if kind in ("one", "months"):
        months = pd.period_range("2001-01", periods=N_TIMES, freq="M")
        return None, pd.Series(y[0], months) if kind == "months" else y[0], {}
    if kind == "X":
        X = np.column_stack([t % 5 == 0, rng.standard_normal(N_TIMES)])
        return X, y[0] + 5 * X[:, 0], {}
    if kind == "two":
        return None, np.column_stack([y[0], 60 + wave[1]]), {}
    if kind == "ids":
        ids = np.repeat(["b", "a", "c"], [len(values) for values in y])
        return None, np.concatenate(y), {"series_id": ids}
    return None, y, {"static": [[0.0], [1.0], [1.0]]} if kind == "static" else {}


def cut(values, part):
    """Return a part of the rows, or of the rows of each series in a list."""
    return [v[part] for v in values] if isinstance(values, list) else values[part]


def forecasts(model, kind):
    """Return attributes and outputs of a forecaster, before and after an update."""
    X, y, data = series(kind)
    ids = data.get("series_id")
    if ids is None:
        old, new = slice(-2 * AHEAD), slice(-2 * AHEAD, -AHEAD)
    else:  # the last rows of each series
        place = np.concatenate([np.arange(n)[::-1] for n in np.unique(ids, return_counts=True)[1]])
        old, new = place >= 2 * AHEAD, (place >= AHEAD) & (place < 2 * AHEAD)
    rows = [None if X is None else X[part] for part in (old, new, slice(-AHEAD, None))]
    names = [{} if ids is None else {"series_id": ids[part]} for part in (old, new)]
    model.fit(rows[0], cut(y, old), **{**data, **names[0]})
    found = [attributes(model, FORECASTED), model.forecast(AHEAD, rows[1])]
    for fitted in (model, *getattr(model, "estimators_", ())):
        networks = getattr(fitted, "regressor_", None), getattr(fitted, "linear_", None)
        found += [attributes(network, f"{FITTED} coef_ intercept_") for network in networks]
    found.append(model.predict_interval(AHEAD, rows[1], coverage=0.8))
    model.update(cut(y, new), rows[1], **names[1])
    found.append(model.predict_interval(AHEAD, rows[2], coverage=0.8))
    return [*found, model.forecast(AHEAD, rows[2])]


def forecaster_cases():
    """Every forecaster, and votes of several."""
    for name, (kind, params) in FORECASTERS.items():
        model = SequenceForecaster(random_state=0).set_params(**params)
        yield f"forecaster, {name}", partial(forecasts, model, kind)
    members = [
        ("ridge", SequenceForecaster(Ridge())),
        ("network", SequenceForecaster(LITTLE, level="last")),
        ("smoothing", SequenceForecaster("smoothing", trend="theta")),
    ]
    for kind, average in itertools.product(("one", "months", "list", "ids"), ("mean", "median")):
        vote = VotingForecaster(members, average=average, random_state=0)
        yield f"vote, {kind}, {average}", partial(forecasts, vote, kind)
    yield "vote, default", partial(forecasts, VotingForecaster(random_state=0), "one")


# One folder, and two


def print_hashes():
    """Print a line for each model, with the sklstm in FOLDER."""
    warnings.simplefilter("ignore")
    assert Path(sklstm.__file__).parent == FOLDER / "sklstm", f"sklstm is from {sklstm.__file__}"
    families = (
        cell_cases,
        loss_cases,
        optimizer_cases,
        way_cases,
        language_cases,
        forecaster_cases,
    )
    for name, case in itertools.chain.from_iterable(family() for family in families):
        try:
            said = digest(case())
        except Exception as error:
            said = f"ERROR {type(error).__name__}"
        print(f"{name:64}  {said}", flush=True)


def hashes(folder):
    """Return the lines of a folder by name, from a separate process."""
    command = [sys.executable, __file__, folder]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    lines = (line.rpartition("  ") for line in done.stdout.splitlines())
    return {name.strip(): said for name, _, said in lines}


def compare(folder, other):
    """Print the lines that differ. Return whether there are none."""
    ours, theirs = hashes(folder), hashes(other)
    names = list(ours | theirs)
    differ = [n for n in names if ours.get(n) != theirs.get(n) or "ERROR" in ours[n]]
    for name in differ:
        print(f"{name:64}  {ours.get(name, 'missing'):24} {theirs.get(name, 'missing')}")
    print(f"{len(names) - len(differ)} of {len(names)} are the same to the bit")
    return not differ


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="a checkout, with sklstm in it")
    parser.add_argument("other", nargs="?", help="a checkout to compare it with")
    args = parser.parse_args()
    if args.other is None:
        print_hashes()
    elif not compare(args.folder, args.other):
        sys.exit(1)


if __name__ == "__main__":
    main()
