"""Section: growth of times with n, T, H and B; peak memory; time to import."""

import statistics
import subprocess
import sys
import time
from math import log

from .cases import BATCH, STEP, FitCase, NetworkCase
from .report import NONE, number
from .rounds import Effort, Times, in_turns, measure
from .workers import CONTESTANTS, Worker

# Of each quantity: cases by its values.
GROWTH = {
    "n": {n: FitCase(1, 16, 12, 32, n=n, epochs=2) for n in (500, 1000, 2000, 4000, 8000)},
    "T": {T: NetworkCase(1, 32, T, 32) for T in (25, 50, 100, 200, 400)},
    "H": {H: NetworkCase(1, H, 30, 32) for H in (16, 32, 64, 128, 256)},
    "B": {B: NetworkCase(1, 32, 30, B) for B in (8, 16, 32, 64, 128, 256)},
}
MEMORY = FitCase(4, 32, 50, 100, n=20_000, epochs=1)
IMPORTS = {"sklstm": "sklstm", "PyTorch": "torch", "skorch": "skorch", "JAX": "jax"}


def growth_section(report, workers, effort, quick):
    """Exponents: the slopes of the logarithm of the time over that of the quantity."""
    report.text(
        "Exponent of the time as a power of the quantity, fitted to all values; in brackets that "
        "between the last two. For n, whole fits and predictions; for T, H and B, training steps "
        "and predictions of a batch."
    )
    rows = []
    for quantity, cases in GROWTH.items():
        print(f"... growth with {quantity}", file=sys.stderr, flush=True)
        if quick:
            cases = dict(list(cases.items())[:3])
        for case in cases.values():
            workers.prepare(case)
        for what, work in (("training", ("fit", STEP)), ("prediction", ("predict", BATCH))):
            rows += _rows(workers, quantity, cases, what, work[quantity != "n"], effort)
        workers.forget()
    report.table(["quantity", "values", "work", "contestant", "exponent", "milliseconds"], rows)


def _rows(workers, quantity, cases, what, work, effort):
    """A row for each contestant. All values of the quantity are measured in each round."""
    values, once = list(cases), Effort(1, effort.seconds)
    rounds = [
        {value: measure(workers, case, work, once) for value, case in cases.items()}
        for _ in range(effort.rounds)
    ]
    times = {value: Times([r[value].rounds[0] for r in rounds]) for value in values}
    for name in times[values[0]].names:
        seconds = [times[value].median(name) for value in values]
        xs, ys = [log(value) for value in values], [log(s) for s in seconds]
        slope = statistics.linear_regression(xs, ys).slope
        last = (ys[-1] - ys[-2]) / (xs[-1] - xs[-2])
        milliseconds = " ".join(number(1e3 * s) for s in seconds)
        text = f"{values[0]} to {values[-1]:,}"
        yield [quantity, text, what, name, f"{slope:.2f} [{last:.2f}]", milliseconds]


def memory_section(report, names, quick):
    """Peak memory of fit and predict, each in a new process."""
    case = MEMORY if not quick else FitCase(4, 32, 50, 100, n=2_000, epochs=1)
    size = 4e-6 * case.n * case.T * case.C
    report.text(
        f"Peak memory in MB: after the imports, and after the call. X has {size:.0f} MB "
        f"({case.n:,} sequences, {case.T} steps, {case.C} channels); {case.H} units, one epoch. "
        "The data, and for predict a fit of one batch, are included."
    )
    rows = []
    for name in names:
        cells = []
        for work in ("fit", "predict"):
            worker = Worker(name, *CONTESTANTS[name], threads=1)
            cells += [NONE, NONE] if worker.missing else _peaks(worker, case, work)
            worker.close()
        rows.append([name, *cells])
    report.table(["contestant", "imports", "fit", "imports", "predict"], rows)


def _peaks(worker, case, work):
    before = worker.peak_memory()
    worker.prepare(case)
    if (case, work) not in worker.work:
        return [number(before), NONE]
    worker.call(case, work)
    return [number(before), number(worker.peak_memory())]


def imports_section(report, n_rounds):
    """Time of a new process that imports a package, with the start of Python."""
    programs = {"Python alone": "pass"} | {n: f"import {m}" for n, m in IMPORTS.items()}
    able = {n: program for n, program in programs.items() if _run(program) is not None}
    calls = {name: lambda program=program: _run(program) for name, program in able.items()}
    times = in_turns(calls, n_rounds)
    rows = [[n, number(times.median(n)) if n in able else NONE] for n in programs]
    report.text("Time of a new process that only imports a package, in seconds.")
    report.table(["package", "seconds"], rows)


def _run(program):
    """Seconds of a program, or None if it fails."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True)
    return time.perf_counter() - start if done.returncode == 0 else None
