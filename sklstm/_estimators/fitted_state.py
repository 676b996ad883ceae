"""What a fitted estimator keeps, and how it stays whole when something goes wrong."""

from contextlib import contextmanager
from copy import deepcopy

import numpy as np

from ..training.loop import TrainingState


def in_torch_order(array, name, cell):
    """A copy of a weight array, with its rows in PyTorch's order of gates where they are gates'."""
    kind = name.rpartition("_l")[0]
    if cell.torch_order is None or kind not in cell.gate_rows:
        return array.copy()
    gates = np.split(array, len(cell.gates))
    return np.concatenate([gates[k] for k in cell.torch_order])


def fitted_attributes(state, architecture, objective, options, loss=None):
    """What a fitted estimator keeps: arrays, numbers, strings, and lists and dicts of them.

    In the midst of an epoch `loss` is its mean loss so far; else that of the last one is taken.
    """
    return {
        "n_iter_": state.n_epochs,
        "loss_": state.loss_curve[-1] if loss is None else loss,
        "loss_curve_": state.loss_curve,
        "validation_loss_curve_": state.validation_loss_curve,
        "validation_score_curve_": state.validation_score_curve,
        "_params": state.params,
        "_architecture": architecture,
        "_kinds": kinds(objective),
        "_optimizer_state": state.optimizer,
        "_schedule_state": state.schedule,
        "_rng_state": state.rng,
        "_trained_with": trained_with(options),
    }


def kinds(objective):
    """Cell and loss as text, to know whether training can go on with them."""
    return {"cell": repr(objective.network.cell), "loss": repr(objective.loss)}


def trained_with(options):
    """The kinds of optimizer and schedule, to know whether their states can be used again."""
    return [type(options.optimizer).__name__, type(options.schedule).__name__]


def resume(estimator, objective, options, rng):
    """The state in which the estimator's last fit ended, as a copy."""
    state = TrainingState(
        params=estimator._params.copy(),
        optimizer=deepcopy(estimator._optimizer_state),
        schedule=dict(estimator._schedule_state),
        rng=rng.bit_generator.state,
        loss_curve=list(estimator.loss_curve_),
        validation_loss_curve=list(estimator.validation_loss_curve_),
        validation_score_curve=list(estimator.validation_score_curve_),
        n_epochs=estimator.n_iter_,
    )
    # Another optimizer or schedule: its own state starts afresh, the weights stay.
    optimizer, schedule = trained_with(options)
    if estimator._trained_with[0] != optimizer:
        state.optimizer = options.optimizer.init(state.params, objective.is_weight)
    if estimator._trained_with[1] != schedule:
        state.schedule = options.schedule.init()
    return state


def check_same_network(estimator, architecture, objective):
    """Raise a ValueError if going on would mean another network or loss than the fitted one."""
    before = estimator._architecture | estimator._kinds
    for name, value in (architecture | kinds(objective)).items():
        check_unchanged(name, value, before[name])


def check_unchanged(name, value, fitted):
    """Raise a ValueError if `value` is not the one that the fitted network has."""
    if value != fitted:
        raise ValueError(
            f"Cannot go on training (warm_start or partial_fit): {name} is now {value}, but the "
            f"fitted network has {fitted}. Keep it, or fit anew with warm_start=False."
        )


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


@contextmanager
def named_as(arguments):
    """Say in errors that what they call X, y or sample_weight came by other arguments."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"Among {arguments}: {error}") from error
