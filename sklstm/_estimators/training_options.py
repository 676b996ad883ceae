"""An estimator's parameters as objects: cell, optimizer, options of training."""

from ..core.cells import CELLS, Cell
from ..core.configurable import resolve
from ..core.optimizers import OPTIMIZERS, Optimizer
from ..core.user_warnings import warn_user
from ..training.loop import Options
from .auto_parameters import choose_batch_size


def resolve_cell(cell):
    """The parameter `cell`, a name or an object, as an object."""
    return resolve(cell, CELLS, Cell, "cell")


def warn_of_large_batch(estimator, n_samples):
    """Warn if `batch_size` is a number that exceeds the number of training sequences.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
    n_samples : int

    Warns
    -----
    UserWarning
    """
    if estimator.batch_size != "auto" and estimator.batch_size > n_samples:
        warn_user(
            f"batch_size={estimator.batch_size} is larger than the {n_samples} training "
            f"sequences; using batch_size={n_samples}.",
        )


def training_options(estimator, n_samples, schedule, n_threads):
    """The estimator's training parameters, with names turned into objects.

    Parameters
    ----------
    estimator : NetworkEstimator
    n_samples : int
    schedule : Schedule
        The learning rate.
    n_threads : int

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
        n_threads=n_threads,
    )
