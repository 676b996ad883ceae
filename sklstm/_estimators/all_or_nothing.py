"""An estimator is unchanged after an error: never half fitted."""

from contextlib import contextmanager
from functools import wraps

from ..training.loop import TrainingInterrupted


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
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def all_or_nothing(method):
    """A method of an estimator, run in `unchanged_on_error`.

    After `TrainingInterrupted` the estimator is whole, too: fitted for fewer epochs.
    """

    @wraps(method)
    def run(estimator, *args, **kwargs):
        with unchanged_on_error(estimator, but_for=TrainingInterrupted):
            return method(estimator, *args, **kwargs)

    return run


@contextmanager
def prefix_errors(arguments):
    """Prefix validation errors with the names of the arguments that were really passed."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"Among {arguments}: {error}") from error
