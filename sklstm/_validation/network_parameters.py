"""Validation of the parameters of the network estimators."""

import math
from numbers import Real

from sklearn.base import is_classifier, is_regressor

from ..core.checks import (
    check_flag,
    check_integer,
    check_n_jobs,
    check_number,
    check_option,
    closest_name,
    unknown_name,
)
from ..core.configurable import resolve
from ..core.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES, ClassificationLoss, Loss
from ..core.messages import shorten
from ..core.parts.pooling import POOLINGS
from ..core.user_warnings import warn_user
from .random_state import check_seed
from .scoring import read_scorer

_POSITIVE_INTEGERS = ("hidden_size", "num_layers", "max_iter")
_NUMBERS = {
    "dropout": "[0, 1)",
    "recurrent_dropout": "[0, 1)",
    "tol": "[0, inf)",
    "validation_fraction": "(0, 1)",
}
_FLAGS = ("shuffle", "early_stopping", "warm_start")


def check_parameters(estimator):
    """Check the parameters of a regressor or classifier.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid. The message names the parameter, its value and the valid values.

    Warns
    -----
    UserWarning
        If `pooling` has no effect.
    """
    check_training_parameters(estimator)
    for name in ("bidirectional", "return_sequences"):
        check_flag(getattr(estimator, name), name)
    for name in ("batch_size", "patch_length"):
        if not _is_auto(estimator, name):
            check_integer(getattr(estimator, name), name, 1, " or 'auto'")
    _check_no_patches_with_targets_per_step(estimator)
    if estimator.bptt_steps is not None and estimator.bidirectional:
        raise ValueError(
            "bptt_steps carries the state over from chunk to chunk, which the backward direction "
            "of bidirectional=True cannot do; set one of the two to its default."
        )
    _check_loss(estimator)
    if estimator.scoring is not None:
        read_scorer(estimator.scoring)
    check_option(estimator.pooling, "pooling", [*POOLINGS, "auto"])
    if estimator.return_sequences and estimator.pooling not in ("auto", "last"):
        warn_user(
            f"pooling={estimator.pooling!r} has no effect with return_sequences=True, where every "
            "step has a prediction of its own."
        )


def _check_loss(estimator):
    """Check `loss`; an error for the other kind of targets names the estimator that has it."""
    loss, valid = estimator.loss, estimator._losses
    is_own = ClassificationLoss if is_classifier(estimator) else Loss
    others, owner = REGRESSION_LOSSES, "LSTMRegressor, for numbers"
    if not is_classifier(estimator):
        others, owner = CLASSIFICATION_LOSSES, "LSTMClassifier, for labels"
    if isinstance(loss, str):
        found = closest_name(loss, others)
        if loss not in valid and closest_name(loss, valid) is None and found is not None:
            message = unknown_name("loss", loss, valid)
            raise ValueError(f"{message} {found!r} is a loss of {owner}.")
    loss = resolve(loss, valid, Loss, "loss")
    if isinstance(loss, ClassificationLoss) != is_classifier(estimator):
        raise ValueError(
            f"loss={shorten(loss)} is not valid for {type(estimator).__name__}; expected one of "
            f"{sorted(valid)} or an object of sklstm.losses.{is_own.__name__}. It is a loss of "
            f"{owner}."
        )


def _check_no_patches_with_targets_per_step(estimator):
    patch_length = estimator.patch_length
    if estimator.return_sequences and patch_length not in ("auto", 1):
        raise ValueError(
            f"patch_length={patch_length} leaves one step of {patch_length}, but "
            "return_sequences=True needs a prediction for every step. Use patch_length='auto' or "
            "1, or apply sklstm.preprocessing.Patches to X and its transform_targets to y."
        )


def check_training_parameters(estimator):
    """Check the parameters that all network estimators have.

    Parameters
    ----------
    estimator : NetworkEstimator

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid.
    """
    for name in _POSITIVE_INTEGERS:
        check_integer(getattr(estimator, name), name, 1)
    for name, interval in _NUMBERS.items():
        check_number(getattr(estimator, name), name, interval)
    _check_alpha(estimator)
    for name in _FLAGS:
        check_flag(getattr(estimator, name), name)
    if not isinstance(estimator.verbose, bool):
        check_integer(estimator.verbose, "verbose", 0)
    check_n_jobs(estimator.n_jobs)
    check_seed(estimator.random_state)
    if estimator.max_grad_norm is not None:
        check_number(estimator.max_grad_norm, "max_grad_norm", "(0, inf)")
    if estimator.bptt_steps is not None:
        check_integer(estimator.bptt_steps, "bptt_steps", 1, " or None")
    if not _is_infinite(estimator.n_iter_no_change):
        check_integer(estimator.n_iter_no_change, "n_iter_no_change", 1, " or inf")


def _check_alpha(estimator):
    """Check `alpha`, whose "auto" is a rule for regression."""
    if is_regressor(estimator):
        if _is_auto(estimator, "alpha"):
            return
        if isinstance(estimator.alpha, str):
            raise TypeError(
                "alpha must be a number in [0, inf), or 'auto'; got "
                f"{shorten(estimator.alpha)} (str)."
            )
    check_number(estimator.alpha, "alpha", "[0, inf)")


def _is_auto(estimator, name):
    value = getattr(estimator, name)
    return isinstance(value, str) and value == "auto"


def _is_infinite(value):
    return isinstance(value, Real) and value == math.inf
