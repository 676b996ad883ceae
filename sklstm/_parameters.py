"""Checks of the estimators' parameters, and the objects behind the names."""

import warnings
from numbers import Real

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import check_random_state

from ._automatic import choose_batch_size, largest_batch
from ._sequences import check_integer
from ._text import LEVELS
from .core.cells import CELLS, Cell
from .core.configurable import check_number, resolve
from .core.layers import POOLINGS
from .core.losses import Loss
from .core.optimizers import OPTIMIZERS, Optimizer
from .core.schedules import Constant, resolve_schedule
from .training.loop import Options

_INTEGERS = {"hidden_size": 1, "num_layers": 1, "max_iter": 1, "n_iter_no_change": 1}
_RATES = {"dropout": "[0, 1)", "recurrent_dropout": "[0, 1)"}
_NUMBERS = {"tol": "[0, inf)", "validation_fraction": "(0, 1)"}
_FLAGS = ("shuffle", "early_stopping", "warm_start")


def check_parameters(estimator):
    """Raise unless all parameters that both sequence estimators have are valid.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier

    Raises
    ------
    ValueError, TypeError
        Naming the parameter, what came and what was expected.
    """
    check_training_parameters(estimator)
    for name in ("bidirectional", "return_sequences"):
        _check_flag(estimator, name)
    for name in ("batch_size", "patch_length"):
        if not _is_auto(estimator, name):
            check_integer(getattr(estimator, name), name, 1, " or 'auto'")
    if estimator.return_sequences and not _is_auto(estimator, "patch_length"):
        _refuse_patches_with_targets_at_steps(estimator.patch_length)
    if estimator.bptt_steps is not None and estimator.bidirectional:
        raise ValueError(
            "bptt_steps carries the state forward from chunk to chunk, which the backward "
            "direction of bidirectional=True cannot do; set one of the two to its default."
        )
    loss = resolve(estimator.loss, estimator._losses, Loss, "loss")
    if loss.of_classes != is_classifier(estimator):
        raise ValueError(
            f"loss={loss!r} is not for {type(estimator).__name__}; expected one of "
            f"{sorted(estimator._losses)} or an object of that kind."
        )
    poolings = [*POOLINGS, "auto"]
    if not isinstance(estimator.pooling, str) or estimator.pooling not in poolings:
        raise ValueError(f"pooling={estimator.pooling!r} is not valid; expected one of {poolings}.")


def _refuse_patches_with_targets_at_steps(patch_length):
    if patch_length > 1:
        raise ValueError(
            f"patch_length={patch_length} leaves one step of {patch_length}, and so no prediction "
            "for every step, as return_sequences=True asks for. Use patch_length='auto' or 1; or "
            "sklstm.preprocessing.Patches on X, and its transform_targets on y."
        )


def check_text_parameters(estimator):
    """Raise unless all parameters of a language model are valid.

    Parameters
    ----------
    estimator : LSTMLanguageModel

    Raises
    ------
    ValueError, TypeError
        As `check_parameters` does.
    """
    check_training_parameters(estimator)
    check_integer(estimator.batch_size, "batch_size", 1)
    for name in ("max_features", "embedding_dim"):
        if getattr(estimator, name) is not None:
            check_integer(getattr(estimator, name), name, 1, " or None")
    if not isinstance(estimator.level, str) or estimator.level not in LEVELS:
        raise ValueError(f"level={estimator.level!r} is not valid; expected one of {[*LEVELS]}.")
    if estimator.level == "char" and estimator.max_features is not None:
        raise ValueError(
            f"max_features={estimator.max_features!r} limits the words of level='word'; at "
            "level='char' every character is kept: leave it None."
        )


def check_training_parameters(estimator):
    """Raise unless the parameters that every trained network has are valid.

    Parameters
    ----------
    estimator : TrainedNetwork

    Raises
    ------
    ValueError, TypeError
        As `check_parameters` does.
    """
    for name, minimum in _INTEGERS.items():
        check_integer(getattr(estimator, name), name, minimum)
    for name, interval in (_RATES | _NUMBERS).items():
        check_number(getattr(estimator, name), name, interval)
    if not _is_auto(estimator, "alpha"):
        if isinstance(estimator.alpha, str):
            raise TypeError(
                f"alpha must be a number in [0, inf), or 'auto'; got {estimator.alpha!r} (str)."
            )
        check_number(estimator.alpha, "alpha", "[0, inf)")
    for name in _FLAGS:
        _check_flag(estimator, name)
    if not isinstance(estimator.verbose, bool):
        check_integer(estimator.verbose, "verbose", 0)
    if estimator.max_grad_norm is not None:
        check_number(estimator.max_grad_norm, "max_grad_norm", "(0, inf)")
    if estimator.bptt_steps is not None:
        check_integer(estimator.bptt_steps, "bptt_steps", 1, " or None")


def _is_auto(estimator, name):
    value = getattr(estimator, name)
    return isinstance(value, str) and value == "auto"


def _check_flag(estimator, name):
    value = getattr(estimator, name)
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name}={value!r} is not valid; expected True or False.")


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
        warnings.warn(
            f"batch_size={estimator.batch_size} is larger than the {n_samples} training "
            f"sequences; using batch_size={n_samples}.",
            UserWarning,
            stacklevel=4,
        )
    return n_samples <= largest_batch(estimator.batch_size)


def training_options(estimator, n_samples, one_epoch):
    """The estimator's training parameters, with names turned into objects.

    Parameters
    ----------
    estimator : TrainedNetwork
    n_samples : int
    one_epoch : bool
        Whether it is `partial_fit` that trains; a rate that is a number is then constant.

    Returns
    -------
    Options
    """
    schedule = resolve_schedule(estimator.learning_rate)
    if one_epoch and isinstance(estimator.learning_rate, Real):
        schedule = Constant(estimator.learning_rate)
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


def check_seed(random_state):
    """Raise a ValueError unless scikit-learn can read this as a seed."""
    try:
        check_random_state(random_state)
    except ValueError as error:
        raise ValueError(
            f"random_state={random_state!r} is not valid; expected an integer from 0 to 2**32 - 1, "
            "a np.random.RandomState, or None."
        ) from error
