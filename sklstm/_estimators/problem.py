"""The problem of one call of `fit` or `partial_fit`: what is trained, and the fitted attributes."""

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from numbers import Real

import numpy as np

from ..core.losses.contract import try_loss
from ..core.network import Network
from ..core.schedules import Constant, resolve_schedule
from ..training.examples import Examples
from ..training.loop import Options, Validation, train
from ..training.objective import Objective
from ..training.state import CURVES, TrainingState, new_state
from .auto_parameters import choose_alpha
from .blas_threads import one_blas_thread
from .resuming import (
    UNFINISHED,
    check_same_network,
    first_epoch,
    kinds_of_network,
    kinds_of_training,
    last_state,
)
from .threads import n_threads_of_training
from .training_options import resolve_cell, training_options


@dataclass
class Problem:
    """A network, its examples, the options of training, and the state of training.

    Attributes
    ----------
    objective : Objective
        The network with its loss and penalty.
    architecture : dict
        The arguments of `Network`, as plain values that can be stored.
    parameters : dict
        Copies of the estimator's parameters that the fitted network needs.
    examples : Examples
    validation : Validation or None
    options : Options
    state : TrainingState
        New, or that of the last fit; training changes it.
    n_epochs : int
        Maximum number of epochs of this call.
    schedule_epochs : int
        Number of epochs, counted from the first call, after which a schedule ends.
    is_over : bool
        Whether training has ended.
    """

    objective: Objective
    architecture: dict
    parameters: dict
    examples: Examples
    validation: Validation | None
    options: Options
    state: TrainingState
    n_epochs: int
    schedule_epochs: int
    is_over: bool = False

    def train(self, hooks=None):
        """Train the network, with `hooks` (`TrainingHooks` or None)."""
        if self.is_over:
            return
        with one_blas_thread():
            train(
                self.objective,
                self.examples,
                self.state,
                self.options,
                self.n_epochs,
                schedule_epochs=self.schedule_epochs,
                validation=self.validation,
                hooks=hooks,
            )
        self.is_over = True

    def fitted_attributes(self, loss=None):
        """The attributes of an estimator that is fitted with the present state.

        They are arrays, numbers, strings, and lists and dicts of these: they can be pickled, and
        read by loaders that allow nothing else.

        Parameters
        ----------
        loss : float or None
            Within an epoch, its mean loss so far; None for the loss of the last epoch.

        Returns
        -------
        dict
        """
        state = self.state
        return {
            "n_iter_": state.n_epochs,
            "loss_": state.loss_curve[-1] if loss is None else loss,
            "best_loss_": state.best_loss,
            **{f"{name}_": getattr(state, name) for name in CURVES},
            "alpha_": self.objective.alpha,
            "batch_size_": self.options.batch_size,
            "_params": state.params,
            "_architecture": self.architecture,
            "_parameters_of_fit": self.parameters,
            "_kinds": kinds_of_network(self.objective),
            "_optimizer_state": self.options.optimizer.to_save(state.optimizer),
            "_schedule_state": state.schedule,
            "_rng_state": state.rng,
            "_trained_with": kinds_of_training(self.options),
        }

    def attributes_of_checkpoint(self, loss=None):
        """The fitted attributes, and what else is needed to go on with this fit."""
        unfinished = {
            "is_over": self.is_over,
            "first_epoch": self.state.first_epoch,
            "stopping": {} if self.is_over else self.state.stopping,
            "data": self.data_fingerprint,
        }
        return self.fitted_attributes(loss) | {UNFINISHED: unfinished}

    def go_on_from(self, unfinished):
        """Take over the state of a fit that did not end, see `unfinished_fit`."""
        if unfinished["data"] != self.data_fingerprint:
            raise ValueError(
                "Cannot resume: the data are not those of the checkpoint. X, y, sample weights or "
                "validation data have changed; or several fits, such as those of cross_val_score, "
                "have the same Checkpoint. Pass the same data, or let each fit write to a path of "
                "its own."
            )
        self.is_over = unfinished["is_over"]

    @cached_property
    def data_fingerprint(self):
        """Checksums of training and validation examples, of a sample of them if they are many."""
        validation = self.validation and self.validation.examples
        return [each.fingerprint() for each in (self.examples, validation) if each is not None]


def problem_of_fit(estimator, examples, validation, rng, resuming):
    """The problem of `fit`: up to `max_iter` epochs.

    Parameters
    ----------
    estimator : NetworkEstimator
    examples : Examples
    validation : Validation or None
    rng : numpy.random.Generator
    resuming : bool
        Whether training is resumed where the last fit ended.

    Returns
    -------
    Problem
    """
    last_epoch = first_epoch(estimator, resuming) + estimator.max_iter
    return _problem(
        *(estimator, examples, validation, rng, resuming),
        alpha=choose_alpha(estimator.alpha, examples.n_targets),
        schedule=resolve_schedule(estimator.learning_rate),
        n_epochs=last_epoch - (estimator.n_iter_ if resuming else 0),
        schedule_epochs=last_epoch,
    )


def problem_of_partial_fit(estimator, examples, rng, resuming):
    """The problem of `partial_fit`: one epoch, of `max_iter` epochs for the schedule.

    Parameters
    ----------
    estimator, examples, rng, resuming
        As in `problem_of_fit`.

    Returns
    -------
    Problem
    """
    schedule = resolve_schedule(estimator.learning_rate)
    if isinstance(estimator.learning_rate, Real):
        # The last epoch is unknown: a number is constant, without the fall at the end of fit.
        schedule = Constant(estimator.learning_rate)
    return _problem(
        *(estimator, examples, None, rng, resuming),
        alpha=choose_alpha(estimator.alpha, np.inf),  # the number of later targets is unknown
        schedule=schedule,
        n_epochs=1,
        schedule_epochs=estimator.max_iter,
    )


def objective_of(estimator, examples, alpha):
    """The objective for these examples, and the architecture of its network."""
    loss = estimator._loss()
    # The training loop reports what overflows.
    with np.errstate(over="ignore", invalid="ignore"), one_blas_thread():
        try_loss(loss, examples.targets.T)
    architecture = estimator._network_arguments(examples, loss)
    network = Network(resolve_cell(estimator.cell), **architecture)
    return Objective(network, loss, alpha), architecture


def _problem(
    estimator, examples, validation, rng, resuming, *, alpha, schedule, n_epochs, schedule_epochs
):
    objective, architecture = objective_of(estimator, examples, alpha)
    n_threads = n_threads_of_training(estimator.n_jobs, objective.network)
    options = training_options(estimator, len(examples), schedule, n_threads)
    if resuming:
        check_same_network(estimator, architecture, objective)
        state = last_state(estimator, objective, options, rng)
    else:
        # The loop reports what overflows.
        with np.errstate(over="ignore", invalid="ignore"), one_blas_thread():
            head_bias = objective.loss.initial_raw(examples.targets.T, examples.weights)
        n_steps = examples.sequences.longest
        state = new_state(objective, options, rng, head_bias, n_steps)
    return Problem(
        objective=objective,
        architecture=architecture,
        parameters={
            name: deepcopy(getattr(estimator, name)) for name in estimator._parameters_to_store
        },
        examples=examples,
        validation=validation,
        options=options,
        state=state,
        n_epochs=n_epochs,
        schedule_epochs=schedule_epochs,
    )
