"""Resuming training: the state at the end of the last fit, and checks of what must not change."""

import math
from contextlib import contextmanager
from copy import deepcopy
from functools import update_wrapper
from types import MethodType
from typing import cast

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from .._typing import Method
from ..core.messages import cut
from ..training.state import CURVES, TrainingState

# Number of former epochs whose values in curves are kept when training is resumed.
MAX_HISTORY = 10_000
# The attribute of `unfinished_fit`.
UNFINISHED = "_unfinished"


class EarlyStoppingError(ValueError, AttributeError):
    """`partial_fit` of an estimator with early_stopping=True."""


class _WithoutEarlyStopping:
    """A method that an estimator with early_stopping=True does not have.

    As after scikit-learn's ``available_if``, ``hasattr`` is then False: tools ask that way. The
    error is a ValueError, too, as in scikit-learn's MLP.
    """

    def __init__(self, method):
        update_wrapper(self, method)

    def __get__(self, estimator, owner=None):
        method = self.__wrapped__
        if estimator is None:
            return method
        if estimator.early_stopping:
            raise EarlyStoppingError(
                f"{method.__name__} does not support early_stopping=True: it has no validation set "
                "to wait for. Set early_stopping=False and decide when to stop, or call fit."
            )
        return MethodType(method, estimator)


def without_early_stopping(method: Method) -> Method:
    """A method that an estimator with early_stopping=True does not have."""
    return cast(Method, _WithoutEarlyStopping(method))


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


def first_epoch(estimator, resuming):
    """Number of epochs before this call of fit, which may have begun before a checkpoint."""
    if unfinished := unfinished_fit(estimator):
        return unfinished["first_epoch"]
    return estimator.n_iter_ if resuming else 0


def last_state(estimator, objective, options, rng):
    """The state in which the estimator's last fit ended, or was at a checkpoint, as a copy.

    An optimizer or schedule of another class than in the last fit begins with a new state. Of the
    losses of former epochs the last ones are kept: a call costs the same after a million calls.
    """
    unfinished = unfinished_fit(estimator)
    n_kept = estimator.n_iter_ if unfinished else MAX_HISTORY
    params = estimator._params.copy()
    same_optimizer, same_schedule = (
        now == before
        for now, before in zip(kinds_of_training(options), estimator._trained_with, strict=True)
    )
    saved = estimator._optimizer_state if same_optimizer else {}
    schedule = dict(estimator._schedule_state) if same_schedule else options.schedule.init()
    return TrainingState(
        params=params,
        optimizer=options.optimizer.resume(saved, params, objective.is_weight),
        schedule=schedule,
        rng=rng.bit_generator.state,
        n_epochs=estimator.n_iter_,
        best_loss=estimator.best_loss_ if unfinished else math.inf,
        first_epoch=first_epoch(estimator, resuming=True),
        stopping=deepcopy(unfinished["stopping"]) if unfinished else {},
        **{name: getattr(estimator, f"{name}_")[-n_kept:] for name in CURVES},
    )


def unfinished_fit(estimator):
    """The attribute that the estimator of a checkpoint has beside those of a fitted one.

    It is a dict with the entries ``is_over``, ``first_epoch``, ``stopping`` (state of `Stopping`)
    and ``data``, a fingerprint of the examples; None for other estimators.
    """
    return vars(estimator).get(UNFINISHED)


def resume_from(checkpoint, estimator):
    """Give an estimator the fitted attributes of a checkpoint, with which its fit goes on."""
    vars(estimator).update(_fitted_state(checkpoint))


def _fitted_state(estimator):
    """The fitted attributes by name, without the built network."""
    others = vars(clone(estimator))  # parameters and callbacks
    return {
        name: value
        for name, value in vars(estimator).items()
        if name not in others and name != "_predictor"
    }


@contextmanager
def beginning_from(estimator, fitted):
    """Context in which `fit` of an estimator begins with the weights of a fitted one.

    It resumes training at epoch 0: with the form of X and y of the fitted estimator, and its units
    of y, but with a new learning rate schedule, optimizer state and random numbers.

    Parameters
    ----------
    estimator : NetworkEstimator
        Not fitted, with the parameters of the same network.
    fitted : NetworkEstimator or None
        None for no effect.
    """
    if fitted is None:
        yield
        return
    state = deepcopy(_fitted_state(fitted))
    names = "dropout", "recurrent_dropout"
    state["_architecture"] |= {name: float(getattr(estimator, name)) for name in names}
    state["_rng_state"] = random_generator(estimator, resuming=False).bit_generator.state
    state["_trained_with"] = [None, None]  # so that the states of both are new
    state["n_iter_"] = 0
    state |= {f"{name}_": [] for name in CURVES}
    vars(estimator).update(state)
    warm_start = estimator.warm_start
    estimator.warm_start = True
    yield
    estimator.warm_start = warm_start


def check_same_network(estimator, architecture, objective):
    """Raise a ValueError if network or loss are not those of the last fit."""
    before = estimator._architecture | estimator._kinds
    for name, value in (architecture | kinds_of_network(objective)).items():
        check_unchanged(name, value, before[name])


def check_unchanged(name, value, fitted):
    """Raise a ValueError if `value` is not that of the fitted network."""
    if value != fitted:
        raise ValueError(
            f"Cannot resume training (warm_start or partial_fit): {name} is now "
            f"{cut(str(value))}, but "
            f"the fitted network has {cut(str(fitted))}. Keep it, or fit anew with "
            "warm_start=False."
        )
