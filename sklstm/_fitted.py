"""What a fitted estimator keeps, and how it stays whole when something goes wrong."""

from contextlib import contextmanager

import numpy as np


def in_torch_order(array, name, cell):
    """Rows of a gate matrix or bias in the order of PyTorch's gates; the head's as they are."""
    if name.startswith("head"):
        return array.copy()
    gates = np.split(array, len(cell.gates))
    return np.concatenate([gates[k] for k in cell.torch_order])


def fitted_attributes(state, architecture, options):
    """What a fitted estimator keeps: arrays, numbers, strings, and lists and dicts of them."""
    return {
        "n_iter_": state.n_epochs,
        "loss_": state.loss_curve[-1],
        "loss_curve_": state.loss_curve,
        "validation_loss_curve_": state.validation_loss_curve,
        "validation_score_curve_": state.validation_score_curve,
        "_params": state.params,
        "_architecture": architecture,
        "_optimizer_state": state.optimizer,
        "_schedule_state": state.schedule,
        "_rng_state": state.rng,
        "_trained_with": trained_with(options),
    }


def trained_with(options):
    """The kinds of optimizer and schedule, to know whether their states can be used again."""
    return [type(options.optimizer).__name__, type(options.schedule).__name__]


@contextmanager
def unchanged_on_error(estimator):
    """Give the estimator back its attributes if anything goes wrong inside."""
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise
