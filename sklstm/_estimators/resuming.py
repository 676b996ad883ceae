"""Resuming training: the state at the end of the last fit, and checks of what must not change."""

from copy import deepcopy

import numpy as np
from sklearn.utils import check_random_state

from ..training.state import TrainingState


def random_generator(estimator, resuming):
    """The random generator of a fit: a new one, or that of the last fit in its final state."""
    if not resuming:
        seed = check_random_state(estimator.random_state).randint(2**31 - 1)
        return np.random.default_rng(seed)
    rng = np.random.default_rng(0)
    rng.bit_generator.state = estimator._rng_state
    return rng


def split_seed(estimator, rng, resuming):
    """The seed of the validation split: a new one, or if resuming that of the last fit."""
    if not (resuming and hasattr(estimator, "_split_seed")):
        estimator._split_seed = int(rng.integers(2**31))
    return estimator._split_seed


def kinds_of_network(objective):
    """Cell and loss as text. Training can only be resumed with the same ones."""
    return {"cell": repr(objective.network.cell), "loss": repr(objective.loss)}


def kinds_of_training(options):
    """Names of the classes of optimizer and schedule, to which their saved states belong."""
    return [type(options.optimizer).__name__, type(options.schedule).__name__]


def last_state(estimator, objective, options, rng):
    """The state in which the estimator's last fit ended, as a copy.

    An optimizer or schedule of another class than in the last fit begins with a new state.
    """
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
    optimizer, schedule = kinds_of_training(options)
    if estimator._trained_with[0] != optimizer:
        state.optimizer = options.optimizer.init(state.params, objective.is_weight)
    if estimator._trained_with[1] != schedule:
        state.schedule = options.schedule.init()
    return state


def check_same_network(estimator, architecture, objective):
    """Raise a ValueError if network or loss are not those of the last fit."""
    before = estimator._architecture | estimator._kinds
    for name, value in (architecture | kinds_of_network(objective)).items():
        check_unchanged(name, value, before[name])


def check_unchanged(name, value, fitted):
    """Raise a ValueError if `value` is not that of the fitted network."""
    if value != fitted:
        raise ValueError(
            f"Cannot resume training (warm_start or partial_fit): {name} is now {value}, but the "
            f"fitted network has {fitted}. Keep it, or fit anew with warm_start=False."
        )
