"""Largest gradient error over all combinations of structure, loss, lengths and dropout.

Run ``python benchmarks/gradients.py`` (four minutes). The tests check some of the combinations.
Errors are relative, in float64, over every entry of every parameter array and of X, see
`sklstm.gradcheck.check_gradients`.
"""

import itertools
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests"))

from test_gradcheck import LOSSES, STRUCTURES, problem  # noqa: E402

from sklstm.gradcheck import check_gradients  # noqa: E402

KINKED = ("absolute_error", "huber", "quantile")


def least_errors(estimator, X, y, kinks):
    """Return the smallest errors over several step sizes of the numeric derivative.

    Kinks make the numeric derivative inaccurate for large steps, rounding errors for small steps. A
    wrong gradient is wrong for all steps.
    """
    found = []
    for step in (1e-5, 1e-4, 1e-6) if kinks else (1e-3, 3e-4):
        found.append(check_gradients(estimator, X, y, step=step, tol=np.inf))
        if max(found[-1].values()) <= 1e-8:
            break
    return min(found, key=lambda errors: max(errors.values()))


def main():
    worst, n_done = {}, 0
    for loss, structure, ragged, dropout in itertools.product(
        LOSSES, STRUCTURES, (False, True), (0.0, 0.3)
    ):
        layers, both, pooling = structure
        per_step = pooling == "steps"
        if loss == "multilabel" and per_step:
            continue  # an indicator matrix has one row per sequence
        estimator, X, y = problem(
            loss,
            ragged,
            per_step,
            num_layers=layers,
            bidirectional=both,
            pooling="last" if per_step else pooling,
            dropout=dropout,
            recurrent_dropout=dropout,
        )
        errors = least_errors(estimator, X, y, kinks=loss in KINKED or pooling == "max")
        for key in (("loss", loss), ("features", pooling), ("layers", layers)):
            name, error = max(errors.items(), key=lambda item: item[1])
            worst[key] = max(worst.get(key, (0, "")), (error, name))
        worst["X"] = max(worst.get("X", (0, "")), (errors["X"], "X"))
        n_done += 1
    print(f"{n_done} combinations, worst relative error by")
    assert max(error for error, _ in worst.values()) <= 1e-7, worst
    for key, (error, name) in worst.items():
        print(f"{key!s:32} {error:.1e} ({name})")


if __name__ == "__main__":
    main()
