"""Training changes an estimator completely or not at all, for errors and for other threads.

The attributes of a network estimator are one dict. Training works on a copy of the estimator, and
at its end one assignment replaces the dict. A dict that was replaced does not change any more, so
that a method which keeps to the dict it began with sees the state of one fit.
"""

from contextlib import contextmanager
from functools import wraps
from typing import cast

from .._typing import Method
from ..training.loop import TrainingInterrupted
from .resuming import UNFINISHED


@contextmanager
def trained_aside(estimator):
    """Context with a copy of an estimator to train, whose attributes then become the estimator's.

    Parameters that are set meanwhile keep their new values, and so do attributes that the copy does
    not have. After an error the estimator has what it had; but `TrainingInterrupted` leaves a copy
    that is whole, fitted for fewer epochs.

    Parameters
    ----------
    estimator : NetworkEstimator

    Yields
    ------
    NetworkEstimator
    """
    before = vars(estimator).copy()
    new = _with_attributes(estimator, before.copy())
    for name in ("_predictor", UNFINISHED):  # a loaded checkpoint is fitted like any other
        vars(new).pop(name, None)
    new._layout = new._layout_in_use()
    try:
        yield new
    except TrainingInterrupted:
        _publish(new, estimator, before)
        raise
    _publish(new, estimator, before)


def _publish(new, estimator, before):
    """Give an estimator, whose attributes were `before`, those of `new`."""
    params, missing = estimator.get_params(deep=False), object()
    meanwhile = {
        name: value
        for name, value in vars(estimator).items()
        if before.get(name, missing) is not value and (name in params or name not in vars(new))
    }
    estimator.__dict__ = {**vars(new), **meanwhile}


def _with_attributes(estimator, attributes):
    """An estimator of the same class with these attributes, which are not copied."""
    other = object.__new__(type(estimator))
    other.__dict__ = attributes
    return other


def of_one_fit(method: Method) -> Method:
    """A method that sees the state of one fit, even if another thread trains the estimator."""

    @wraps(method)
    def run(estimator, *args, **kwargs):
        return method(_with_attributes(estimator, vars(estimator)), *args, **kwargs)

    return cast(Method, run)


@contextmanager
def unchanged_on_error(estimator, *, but_for=()):
    """Restore the attributes of an estimator if anything inside fails, Ctrl-C included.

    Errors of the classes `but_for` do not restore them.
    """
    before = vars(estimator).copy()
    try:
        yield
    except but_for:
        raise
    except BaseException as error:
        estimator.__dict__ = before
        if isinstance(error, TrainingInterrupted):  # it says that the network keeps its weights
            error.add_note(
                f"The {type(estimator).__name__} around the network is as it was before."
            )
        raise


def all_or_nothing(method: Method) -> Method:
    """A method of an estimator, run in `unchanged_on_error`, but for interrupted training."""

    @wraps(method)
    def run(estimator, *args, **kwargs):
        with unchanged_on_error(estimator, but_for=TrainingInterrupted):
            return method(estimator, *args, **kwargs)

    return cast(Method, run)


@contextmanager
def prefix_errors(where):
    """Prefix validation errors with where they are, if names in them are not those passed."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"{where}: {error}") from error
