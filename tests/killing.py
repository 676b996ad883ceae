"""Fits killed at random moments and resumed: ``python tests/killing.py --kills 500``, by hand.

A process fits with a `Checkpoint`, is killed by a signal after a random time, and another one runs
the same program, until one of them is not killed in time. What it ends with must be what a fit that
was never killed ends with, to the bit. SIGKILL leaves no moment to clean up, and often hits the
writing of a file, as the networks are small; SIGINT (Ctrl-C) is an exception at a random place. The
script prints a line per case and every failure; ``--seed`` repeats a run.
`tests/test_checkpoint_killed.py` runs a sample.
"""

import argparse
import hashlib
import os
import pickle
import random
import signal
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm._saving.classes import classes_by_name
from sklstm._saving.files import UNFINISHED
from sklstm.callbacks import Checkpoint
from sklstm.core import kernels

# Saving the first checkpoint would import them, and an interrupted import may fail with any error.
classes_by_name()

rng = np.random.default_rng(0)
X = rng.standard_normal((24, 6, 2))
RAGGED = [x[: 1 + i % 6] for i, x in enumerate(X)]
Y = X[:, -1, 0] + 0.1 * rng.standard_normal(24)
LABELS = np.where(Y > 0, "up", "down")
SERIES = np.sin(np.arange(80.0)) + 0.1 * rng.standard_normal(80)
TEXTS = ["she sells sea shells", "the cat sat on the mat"] * 3
SMALL = {"hidden_size": 3, "max_iter": 30, "random_state": 0}
EARLY = {"early_stopping": True, "n_iter_no_change": 10}

# By name: a function that makes the estimator, and the arguments of fit.
CASES = {
    "regressor": (lambda: LSTMRegressor(**SMALL, batch_size=8), (X, Y)),
    "early stopping": (lambda: LSTMRegressor(**SMALL, **EARLY, dropout=0.2), (RAGGED, Y)),
    "classifier, without a seed": (
        lambda: LSTMClassifier(3, cell="gru", max_iter=30, learning_rate="plateau", **EARLY),
        (X, LABELS),
    ),
    "language model": (lambda: LSTMLanguageModel(**SMALL, optimizer="adamw"), (TEXTS,)),
    "forecaster": (
        lambda: SequenceForecaster(LSTMRegressor(**SMALL), window=6, calibration_fraction=0.2),
        (None, SERIES),
    ),
}


@dataclass
class Report:
    """What was tried on a case.

    Attributes
    ----------
    kills, resumed : int
        Processes that were killed; of them those that had resumed from a checkpoint.
    in_write : int
        Kills while a file was written.
    problems : list of str
    """

    kills: int = 0
    resumed: int = 0
    in_write: int = 0
    problems: list = field(default_factory=list)


def result_of(make, data, folder, **options):
    """What a fit ends with: the hash of all that it has learned, but for durations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make().set_callbacks(Checkpoint(folder, **options)).fit(*data)
    fitted = vars(getattr(model, "regressor_", model))
    learned = {
        name: value
        for name, value in fitted.items()
        if name.endswith("_") or name in ("_params", "_optimizer_state", "_rng_state")
    }
    del learned["duration_curve_"]
    return hashlib.sha256(pickle.dumps(sorted(learned.items()))).hexdigest()


def in_a_process(function, *arguments, kill_after=None, with_signal=signal.SIGKILL, **options):
    """The result of a function in a forked process; None if it was killed after some seconds."""
    reading, writing = os.pipe()
    # A KeyboardInterrupt outside `try` would let the new process go on with what this one does.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            # A process that a shell starts in the background ignores SIGINT.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
            result = function(*arguments, **options)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
            os.write(writing, result.encode())
        except KeyboardInterrupt:
            pass  # killed
        except BaseException as error:
            os.write(writing, f"error: {error!r}".encode())
        finally:
            os._exit(0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    os.close(writing)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, with_signal)
    with os.fdopen(reading, "rb") as pipe:
        result = pipe.read().decode()
    os.waitpid(child, 0)
    return result or None


def try_case(name, n_kills, seed, with_signal, folder):
    """Kill and resume fits of a case until `n_kills` processes were killed."""
    make, data = CASES[name]
    chance, report = random.Random(f"{name} {seed}"), Report()
    began = time.perf_counter()
    expected = in_a_process(result_of, make, data, folder / "whole")
    duration = time.perf_counter() - began
    k = 0
    while report.kills < n_kills and not report.problems:
        path, result = folder / f"killed-{k}", None
        while result is None:
            has_begun = any(path.rglob("*.safetensors"))
            result = in_a_process(
                *(result_of, make, data, path),
                resume=True,
                kill_after=chance.uniform(0, duration) if report.kills < n_kills else None,
                with_signal=with_signal,
            )
            report.kills += result is None
            report.resumed += has_begun
            report.in_write += result is None and any(path.rglob(f"*{UNFINISHED}"))
        if "seed" in name:
            # Its own result, loaded again, is all that there is to compare with.
            expected = in_a_process(result_of, make, data, path, resume=True)
        if result != expected:
            report.problems.append(f"{name}, fit {k} of seed {seed}: {result}, not {expected}")
        if k > 20 * n_kills:
            report.problems.append(f"{name}, seed {seed}: {with_signal.name} does not end a fit")
        k += 1
    return report


def run(n_kills, seed=0, with_signal=signal.SIGKILL):
    """Yield the name and the report of each case, with the kernel in use."""
    each = -(-n_kills // len(CASES))
    for name in CASES:
        with tempfile.TemporaryDirectory() as folder:
            yield name, try_case(name, each, seed, with_signal, Path(folder))


def main():
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=500, help="number of processes to kill")
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments")
    parser.add_argument("--signal", choices=["SIGKILL", "SIGTERM", "SIGINT"], default="SIGKILL")
    options = parser.parse_args()
    print(f"kernel: {kernels.name_in_use()}, signal: {options.signal}")
    failed = total = 0
    for name, report in run(options.kills, options.seed, signal.Signals[options.signal]):
        print(
            f"{name}: {report.kills} killed, {report.in_write} of them while a file was written; "
            f"{report.resumed} fits resumed; {len(report.problems)} problems",
            *report.problems,
            sep="\n  ",
            flush=True,
        )
        failed += len(report.problems)
        total += report.kills
    print(f"{total} kills, {failed} problems")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
