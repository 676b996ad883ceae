"""Random estimators on random data, and what must hold for all of them.

``python tests/fuzzing.py --configurations 500`` prints the number of checks, and every failure with
the seed that repeats it: ``--seed`` 12 ``--configurations 1``. ``test_fuzz.py`` runs a few.
"""

import argparse
import copy
import pickle
import warnings

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.cells import CELLS
from sklstm.core.losses import REGRESSION_LOSSES
from sklstm.core.optimizers import OPTIMIZERS
from sklstm.core.schedules import SCHEDULES
from sklstm.losses import Quantile

COUNTS = ("poisson", "negative_binomial")
LIKELIHOODS = ("gaussian", "student_t", *COUNTS)


class Case:
    """A random estimator with random data.

    Attributes
    ----------
    estimator : LSTMRegressor or LSTMClassifier
    X, y, weights
        Arguments of ``fit``.
    lengths : ndarray of int
        Number of steps of each sequence.
    """

    def __init__(self, seed):
        self.rng = rng = np.random.default_rng(seed)
        self.is_classifier = bool(rng.integers(2))
        self.per_step = bool(rng.integers(2))
        self.multilabel = self.is_classifier and not self.per_step and rng.random() < 0.2
        self.form = rng.choice(["table", "3-D", "ragged"])
        self.dtype = rng.choice([np.float32, np.float64])
        self.loss = str(rng.choice([*REGRESSION_LOSSES, "quantiles"]))
        self._draw_data()
        self.estimator = self._draw_estimator()

    def _draw_data(self):
        rng, n = self.rng, int(self.rng.integers(6, 25))
        longest = int(rng.integers(1, 13))
        channels = 1 if self.form == "table" else int(rng.integers(1, 4))
        ragged = self.form == "ragged"
        self.lengths = rng.integers(1, longest + 1, n) if ragged else np.full(n, longest)
        X = [rng.standard_normal((length, channels)).astype(self.dtype) for length in self.lengths]
        self.X = X if ragged else np.stack(X)[:, :, 0] if self.form == "table" else np.stack(X)
        self.outputs = int(rng.integers(1, 3)) if rng.random() < 0.4 else None
        shapes = [(length,) for length in self.lengths] if self.per_step else [()] * n
        y = [self._draw_targets(shape, i) for i, shape in enumerate(shapes)]
        self.y = y if ragged and self.per_step else np.stack(y)
        self.weights = self._draw_weights(shapes)

    def _draw_targets(self, shape, i):
        rng = self.rng
        if self.multilabel:
            return rng.integers(0, 2, 3)
        if self.is_classifier:  # every class occurs
            codes = (i + rng.integers(0, 2, shape)) % 3 if i else np.zeros(shape, int)
            return np.array(["a", "b", "c"])[codes if i > 2 else np.full(shape, i)]
        values = rng.normal(3.0, 2.0, shape if self.outputs is None else (*shape, self.outputs))
        return np.abs(values).round() if self.loss in COUNTS else values

    def _draw_weights(self, shapes):
        kind = self.rng.choice(["none", "sequences", "steps"])
        n = len(shapes)
        if kind == "none" or (kind == "steps" and not self.per_step):
            return None
        if kind == "sequences":
            weights = self.rng.uniform(0.5, 2.0, n)
            weights[-1] = 0.0
            return weights
        weights = [self.rng.integers(0, 3, shape).astype(float) for shape in shapes]
        for row in weights[:3]:
            row[...] = 1.0
        return weights if self.form == "ragged" else np.stack(weights)

    def _draw_estimator(self):
        rng = self.rng
        bidirectional = rng.random() < 0.3
        params = {
            "hidden_size": int(rng.integers(1, 6)),
            "num_layers": int(rng.integers(1, 3)),
            "cell": str(rng.choice(list(CELLS))),
            "bidirectional": bidirectional,
            "dropout": float(rng.choice([0.0, 0.3])),
            "recurrent_dropout": float(rng.choice([0.0, 0.3])),
            "return_sequences": self.per_step,
            "optimizer": str(rng.choice(list(OPTIMIZERS))),
            "learning_rate": rng.choice([0.01, 0.1]) if rng.random() < 0.5 else self._schedule(),
            "max_iter": int(rng.integers(1, 4)),
            "batch_size": "auto" if rng.random() < 0.3 else int(rng.integers(1, 7)),
            "shuffle": bool(rng.integers(2)),
            "max_grad_norm": None if rng.random() < 0.2 else 1.0,
            "alpha": float(rng.choice([0.0, 0.01])),
            "random_state": int(rng.integers(1000)),
        }
        if not bidirectional and rng.random() < 0.3:
            params["bptt_steps"] = int(rng.integers(1, 5))
        if not self.per_step:
            params["pooling"] = str(rng.choice(["last", "mean", "max", "attention", "auto"]))
            params["patch_length"] = int(rng.integers(1, min(4, self.lengths.max() + 1)))
        if self.is_classifier:
            return LSTMClassifier(**params)
        params["early_stopping"] = bool(rng.integers(2))
        loss = Quantile([0.1, 0.5, 0.9]) if self.loss == "quantiles" else self.loss
        return LSTMRegressor(loss=loss, **params)

    def _schedule(self):
        return str(self.rng.choice(list(SCHEDULES)))


def predictions(case, model, X):
    """Predictions as rows: one per sequence, or per step."""
    rows = model.predict_proba(X) if case.is_classifier else model.predict(X)
    if isinstance(rows, list):
        return np.concatenate(rows)
    return rows.reshape(-1, *rows.shape[2:]) if case.per_step else rows


def checks(case):
    """Yield the name and the truth of everything that must hold."""
    X, y, weights = case.X, case.y, case.weights
    before = pickle.dumps((X, y, weights))
    model = clone(case.estimator).fit(X, y, sample_weight=weights)
    rows = predictions(case, model, X)
    yield "X, y and weights are unchanged", pickle.dumps((X, y, weights)) == before
    yield "predictions are finite", bool(np.isfinite(rows).all())
    yield "predictions have the dtype of X", rows.dtype == case.dtype
    yield "a row for each target", len(rows) == (sum(case.lengths) if case.per_step else len(X))
    yield "losses are finite", bool(np.isfinite(model.loss_curve_).all())
    yield "one loss for each epoch", len(model.loss_curve_) == model.n_iter_
    yield from copies(case, model, rows)
    yield from other_forms(case, model, rows)
    yield from results(case, model)
    yield from continued(case, model, rows)


def copies(case, model, rows):
    X, y, weights = case.X, case.y, case.weights
    again = clone(case.estimator).fit(X, y, sample_weight=weights)
    yield "fitted twice", np.array_equal(predictions(case, again, X), rows)
    threads = clone(case.estimator).set_params(n_jobs=2).fit(X, y, sample_weight=weights)
    yield "fitted by two threads", np.array_equal(predictions(case, threads, X), rows)
    loaded = pickle.loads(pickle.dumps(model))
    yield "pickled", np.array_equal(predictions(case, loaded, X), rows)
    yield "copied", np.array_equal(predictions(case, copy.deepcopy(model), X), rows)
    loaded.weights_ = model.weights_
    yield "weights set", np.array_equal(predictions(case, loaded, X), rows)
    again.fit(X, y, sample_weight=weights)
    yield "fitted again", np.array_equal(predictions(case, again, X), rows)


def other_forms(case, model, rows):
    X = case.X
    alone = [predictions(case, model, X[i : i + 1]) for i in range(len(X))]
    close = {"rtol": 1e-4, "atol": 1e-5} if case.dtype == np.float32 else {"rtol": 1e-9}
    yield "a sequence alone", np.allclose(np.concatenate(alone), rows, **close)
    reverse = predictions(case, model, X[::-1])
    offsets = np.cumsum([0, *case.lengths]) if case.per_step else np.arange(len(X) + 1)
    steps = [np.arange(offsets[i], offsets[i + 1]) for i in reversed(range(len(X)))]
    yield "in another order", np.allclose(reverse, rows[np.concatenate(steps)], **close)
    if case.form == "3-D":
        yield "as a list", np.array_equal(predictions(case, model, list(X)), rows)
        yield (
            "in Fortran order",
            np.array_equal(predictions(case, model, np.asfortranarray(X)), rows),
        )
    if not model.bidirectional:
        stream = model.stream(method="predict_proba" if case.is_classifier else "predict")
        for x in X[0]:
            last = stream.push(x)
        expected = rows[case.lengths[0] - 1] if case.per_step else rows[0]
        yield "as a stream", np.allclose(last, expected, **close)
    states = model.hidden_states(X)
    n_states = model.hidden_size * (1 + model.bidirectional)
    yield "hidden states", states[0].shape[1] == n_states
    for name, wrong in bad_inputs(X, case.form):
        yield name, refuses(model, wrong)


def bad_inputs(X, form):
    first = np.array(X[0], dtype=float)
    first[0] = np.nan
    others = list(X[1:])
    yield "NaN is refused", [first, *others] if form == "ragged" else np.stack([first, *others])
    if form != "table":
        more = [np.column_stack([x, x]) for x in X]
        yield "more channels are refused", more if form == "ragged" else np.stack(more)


def refuses(model, X):
    before = pickle.dumps(model)
    try:
        model.predict(X)
    except ValueError:
        return pickle.dumps(model) == before
    return False


def results(case, model):
    X, y, weights = case.X, case.y, case.weights
    score = model.score(X, y, sample_weight=weights)
    yield "a score", bool(np.isfinite(score))
    if case.is_classifier:
        proba = predictions(case, model, X)
        sums = 1.0 if not case.multilabel else proba.sum(axis=-1)
        yield (
            "probabilities",
            bool((proba >= 0).all()) and np.allclose(proba.sum(axis=-1), sums, rtol=1e-5),
        )
        return
    if case.loss in LIKELIHOODS:
        values, std = model.predict(X, return_std=True)
        quantiles = model.predict_quantiles(X, [0.1, 0.5, 0.9])
        draws = model.sample_y(X, 3)
        parts = zip(values, std, quantiles, draws, strict=True)
        for value, deviation, three, drawn in parts:
            good = np.all(deviation > 0) and np.all(np.diff(three, axis=-1) >= 0)
            good = good and three.shape == drawn.shape == (*value.shape, 3)
            yield "a distribution", bool(good and np.isfinite(drawn).all())


def continued(case, model, rows):
    X, y, weights = case.X, case.y, case.weights
    if weights is not None and not model.early_stopping:
        other = changed_where_zero(y, weights, case)
        same = clone(case.estimator).fit(X, other, sample_weight=weights)
        yield "targets without weight", np.array_equal(predictions(case, same, X), rows)
    if not model.early_stopping:
        n_epochs = model.n_iter_
        model.partial_fit(X, y, sample_weight=weights)
        yield "partial_fit is one more epoch", model.n_iter_ == n_epochs + 1
    before = pickle.dumps(model)
    try:
        model.fit(X, y[:-1])
        yield "a wrong y is refused", False
    except ValueError:
        yield "an error leaves the estimator as it was", pickle.dumps(model) == before
    try:
        clone(model).predict(X)
        yield "unfitted", False
    except NotFittedError:
        yield "unfitted", True


def changed_where_zero(y, weights, case):
    """Other valid targets where the weight is 0."""
    rows = []
    for target, weight in zip(y, weights, strict=True):
        target = np.array(target)
        missing = np.broadcast_to(weight == 0, target.shape[: np.ndim(weight)])
        target[missing] = "a" if case.is_classifier and not case.multilabel else 1
        rows.append(target)
    return rows if isinstance(y, list) else np.stack(rows)


def run(seed):
    """All checks of one configuration: their number, and the names of those that fail."""
    case, failures, n_checks = Case(seed), [], 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for name, holds in checks(case):
                n_checks += 1
                if not holds:
                    failures.append(name)
        except Exception as error:
            failures.append(f"{type(error).__name__}: {error}")
    if failures:
        print(f"seed {seed}: {case.estimator!r}, {case.form}, {np.dtype(case.dtype)}: {failures}")
    return n_checks, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--configurations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.configurations)
    found = [run(seed) for seed in seeds]
    failed = sum(bool(failures) for _, failures in found)
    print(f"{len(found)} configurations, {sum(n for n, _ in found)} checks, {failed} with failures")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
