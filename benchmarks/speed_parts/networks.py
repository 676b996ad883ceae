"""Sections: training steps and predictions of the eight shapes, and of other networks."""

import sys

import numpy as np

from .cases import STEP, WORK
from .comparison import compare
from .report import spread
from .rounds import measure

TOLERANCE = 1e-4  # of outputs, which are of the size of 1
STEP_TOLERANCE = 0.05  # of their change in a training step, relative to the change itself
WHAT = {
    STEP: "Training step: forward, loss, backward, clipping and Adam on one mini-batch",
    "batch": "Prediction of a batch",
    "one row": "Prediction of one row",
}


def networks_section(report, workers, cases, effort, floor):
    """Measure all work of networks, and add the tables.

    Parameters
    ----------
    report : Report
    workers : Workers
    cases : dict of str to NetworkCase
        By their text in the tables.
    effort : Effort
    floor : Floor

    Returns
    -------
    dict of str to dict
        For each work, geometric means and worst ratios; see `compare`.
    """
    results = {work: {} for work in WORK}
    differences = []
    for name, case in cases.items():
        print(f"... {name}", file=sys.stderr, flush=True)
        workers.prepare(case)
        differences.append(check_outputs(workers, case))
        for work in WORK:
            results[work][name] = measure(workers, case, work, effort)
        workers.forget()
    report.text(
        "The contestants have equal weights. Their outputs differ by at most "
        f"{max(d[0] for d in differences):.1g}, and the changes of the outputs in a training step "
        f"by {100 * max(d[1] for d in differences):.1g} %."
    )
    means = {}
    for work in WORK:
        report.title(WHAT[work], "~")
        bounds = {name: floor.seconds(case, work) for name, case in cases.items()}
        means[work] = compare(report, "C,H,T,B; ms", results[work], _milliseconds, bounds)
    return means


def _milliseconds(row, seconds):
    return spread(seconds, 1e-3)


def check_outputs(workers, case):
    """Compare the outputs of all contestants; raise an error if they differ.

    Returns
    -------
    float, float
        Largest difference between outputs, and between their changes in a training step, relative
        to the norm of the change; 0 if that was not compared.
    """
    first, *others = workers
    expected, largest = first.outputs(case), 0.0
    for worker in others:
        if worker in workers.those_with(case, "batch"):
            difference = float(np.abs(worker.outputs(case) - expected).max())
            _require(difference <= TOLERANCE, worker, case, f"outputs differ by {difference:.2g}")
            largest = max(largest, difference)
    # Of the extra bias of the GRU, PyTorch trains all parts. Probabilities are not linear.
    if case.cell == "gru" or case.classes or case.lengths != "equal":
        return largest, 0.0
    return largest, _check_step(workers, case)


def _check_step(workers, case):
    first, *others = workers.those_with(case, STEP)
    weights = first.initial_weights(case)
    before, after = first.outputs_after_step(case, weights)
    change, largest = after - before, 0.0
    for worker in others:
        outputs, trained = worker.outputs_after_step(case, weights)
        _require(np.abs(outputs - before).max() <= TOLERANCE, worker, case, "first outputs differ")
        difference = trained - outputs - change
        relative = float(np.linalg.norm(difference) / np.linalg.norm(change))
        message = f"a training step differs by {100 * relative:.2g} %"
        _require(relative <= STEP_TOLERANCE, worker, case, message)
        largest = max(largest, relative)
    return largest


def _require(condition, worker, case, message):
    if not condition:
        raise AssertionError(f"{worker.name} and sklstm do not compute the same: {message}. {case}")
