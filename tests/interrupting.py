"""Ctrl-C at every line of sklstm that a call executes: ``python tests/interrupting.py``, by hand.

After each interrupt: was it raised; is the object as before the call, or as after a whole number of
epochs; does the same call, repeated, give the right result to the bit; is the number of threads of
BLAS as before. `tests/test_interrupting.py` runs a sample.
"""

import sys
import warnings
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from interrupts import CtrlC
from threadpoolctl import ThreadpoolController

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm._estimators import blas_threads
from sklstm.schedules import Constant

rng = np.random.default_rng(0)
N, T, C = 6, 4, 2
CUBE = rng.standard_normal((N, T, C))
RAGGED = [x[: 1 + i % T] for i, x in enumerate(CUBE)]
VALUES, OTHER_VALUES = rng.standard_normal(N), 100 + rng.standard_normal((N, 3))
LABELS, OTHER_LABELS = np.array(["a", "b"] * 3), np.array(["x", "y", "z"] * 2)
N_EPOCHS = 2


@dataclass
class Case:
    """A call, and the objects that it may leave behind if it is interrupted.

    Attributes
    ----------
    call : callable
        Function of an object, which it may change.
    states : list
        The object before the call, and after it; and what else it may be after an interrupt.
    observe : callable
        Function of an object: all that can be seen of it, to be compared by ``==``.
    """

    call: callable
    states: list
    observe: callable

    @cached_property
    def n_lines(self):
        """Number of lines of the call."""
        with CtrlC() as counter:
            self._again(self.states[0])
        return counter.count

    @cached_property
    def _seen(self):
        return [self.observe(state) for state in self.states]

    @cached_property
    def _seen_after_another_call(self):
        return [self.observe(self._again(state)) for state in self.states]

    def _again(self, state):
        state = deepcopy(state)
        self.call(state)
        return state

    def interrupt(self, line):
        """Press Ctrl-C at a line of the call. Return what is wrong then, or None."""
        thing, n_threads = deepcopy(self.states[0]), blas_threads_now()
        try:
            with CtrlC(line) as ctrl_c:
                self.call(thing)
        except KeyboardInterrupt:
            pass
        else:
            # Some lines are executed once in a process.
            return "the interrupt was swallowed" if ctrl_c.pressed else None
        if blas_threads_now() != n_threads:
            return f"the numbers of BLAS threads {n_threads} are now {blas_threads_now()}"
        seen = self.observe(thing)
        if seen not in self._seen:
            return "neither as before the call nor as after an epoch"
        self.call(thing)
        if self.observe(thing) != self._seen_after_another_call[self._seen.index(seen)]:
            return "the same call, repeated, gives another result"
        return None


_controller = ThreadpoolController()


def blas_threads_now():
    """Return the numbers of threads of all libraries."""
    return [library.num_threads for library in _controller.lib_controllers]


def seen_of_estimator(X):
    """Return the function that observes an estimator, by its weights and what it predicts."""

    def observe(model):
        if not hasattr(model, "n_iter_"):
            return sorted(vars(model))
        method = model.predict_proba if hasattr(model, "classes_") else model.predict
        predictions = method(X)
        weights = {name: array.tolist() for name, array in model.weights_.items()}
        return weights, predictions.tolist(), model.loss_curve_, model.n_iter_

    return observe


def seen_of_stream(stream):
    """What a stream predicts for the next steps."""
    copy = deepcopy(stream)
    return copy.n_steps, [np.asarray(copy.push(x)).tolist() for x in CUBE[1]]


def cases_of(make, X, y, other_y, **params):
    """Yield the name and the case of every call of an estimator."""

    def model(max_iter=N_EPOCHS):
        rate = Constant(0.01)  # k epochs of more are then the same as k epochs
        return make(2, max_iter=max_iter, learning_rate=rate, random_state=0, **params)

    def fits(before, target):
        """A call of `fit`, and what it may leave."""
        states = [deepcopy(before).set_params(max_iter=k).fit(X, target) for k in epochs]
        return Case(
            lambda m: m.set_params(max_iter=N_EPOCHS).fit(X, target), [before, *states], observe
        )

    observe, epochs = seen_of_estimator(X), range(1, N_EPOCHS + 1)
    fitted = model().fit(X, y)
    yield "fit", fits(model(), y)
    yield "refit", fits(fitted, other_y)
    yield "warm start", fits(deepcopy(fitted).set_params(warm_start=True), y)
    if not params.get("early_stopping"):
        more = deepcopy(fitted).partial_fit(X, y)
        yield "partial_fit", Case(lambda m: m.partial_fit(X, y), [fitted, more], observe)
    yield "predict", Case(lambda m: m.predict(X), [fitted], observe)
    before, after = fitted.stream(), fitted.stream()
    before.push(CUBE[0, 0])
    for x in CUBE[0, :2]:
        after.push(x)
    yield "push", Case(lambda s: s.push(CUBE[0, 1]), [before, after], seen_of_stream)


ESTIMATORS = {
    "regressor": (LSTMRegressor, CUBE, VALUES, OTHER_VALUES, {}),
    "regressor, ragged, two layers, gaussian": (
        *(LSTMRegressor, RAGGED, VALUES, OTHER_VALUES),
        {"num_layers": 2, "dropout": 0.2, "loss": "gaussian", "cell": "gru"},
    ),
    "classifier, early stopping": (
        *(LSTMClassifier, CUBE, LABELS, OTHER_LABELS),
        {"early_stopping": True, "validation_fraction": 0.5, "optimizer": "sgd"},
    ),
}


def run(name, lines):
    """Interrupt all calls of an estimator.

    Parameters
    ----------
    name : str
        Key of `ESTIMATORS`.
    lines : callable
        Function of the number of lines of a call that returns those to interrupt.

    Yields
    ------
    call : str
        Name of the call.
    tried : int
        Number of interrupts.
    problems : dict of int to str
        What is wrong after them, by line.
    """
    make, *data, params = ESTIMATORS[name]
    patience, blas_threads._PATIENCE = blas_threads._PATIENCE, 0.01
    try:
        # With one thread, a limit that remains would not be seen.
        with _controller.limit(limits=2), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # too little training, interrupted
            for call, case in cases_of(make, *data, **params):
                tried = lines(case.n_lines)
                found = {line: case.interrupt(line) for line in tried}
                problems = {line: problem for line, problem in found.items() if problem}
                yield call, len(tried), problems
    finally:
        blas_threads._PATIENCE = patience


def main():
    """Interrupt all calls at all lines, or at every k-th one if k is an argument."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    tried = failed = 0
    for name in ESTIMATORS:
        for call, n, problems in run(name, lambda n_lines: range(1, n_lines + 1, every)):
            tried, failed = tried + n, failed + len(problems)
            print(f"{name}: {call}: {n} tried, {len(problems)} failed", flush=True)
            for line, problem in problems.items():
                print(f"  line {line}: {problem}")
    print(f"{tried} tried, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
