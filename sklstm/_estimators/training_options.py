"""From an estimator's parameters to the objects behind their names."""

from ..core.cells import CELLS, Cell
from ..core.configurable import resolve
from ..core.optimizers import OPTIMIZERS, Optimizer
from ..core.user_warnings import warn_user
from ..training.loop import Options
from .automatic import choose_batch_size, largest_batch


def resolve_cell(cell):
    """The cell that the parameter `cell` names, or is."""
    return resolve(cell, CELLS, Cell, "cell")


def is_small(estimator, n_samples):
    """Whether all samples could go into a single batch.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
    n_samples : int

    Returns
    -------
    bool

    Warns
    -----
    UserWarning
        If a `batch_size` was asked for that exceeds `n_samples`.
    """
    if estimator.batch_size != "auto" and estimator.batch_size > n_samples:
        warn_user(
            f"batch_size={estimator.batch_size} is larger than the {n_samples} training "
            f"sequences; using batch_size={n_samples}.",
        )
    return n_samples <= largest_batch(estimator.batch_size)


def training_options(estimator, n_samples, schedule):
    """The estimator's training parameters, with names turned into objects.

    Parameters
    ----------
    estimator : NetworkEstimator
    n_samples : int
    schedule : Schedule
        The learning rate.

    Returns
    -------
    Options
    """
    return Options(
        optimizer=resolve(estimator.optimizer, OPTIMIZERS, Optimizer, "optimizer"),
        schedule=schedule,
        batch_size=choose_batch_size(estimator.batch_size, n_samples),
        shuffle=estimator.shuffle,
        max_grad_norm=estimator.max_grad_norm,
        bptt_steps=estimator.bptt_steps,
        tol=estimator.tol,
        n_iter_no_change=estimator.n_iter_no_change,
        verbose=int(estimator.verbose),
    )
