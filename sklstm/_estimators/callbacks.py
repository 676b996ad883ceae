"""Support of scikit-learn's callbacks, by its own protocol or, before 1.9, a substitute."""

from copy import deepcopy
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

from ..core.messages import shorten
from ..training.hooks import TrainingHooks
from ..training.loop import TrainingInterrupted
from .resuming import resume_from, unfinished_fit

if TYPE_CHECKING:
    from sklearn.callback import CallbackContext, FitCallback

    from .._typing import CallbackSupportMixin, with_callbacks
else:
    try:
        from sklearn.callback import (
            CallbackContext,
            CallbackSupportMixin,
            FitCallback,
            with_callbacks,
        )
    except ImportError:  # scikit-learn < 1.9
        from .callback_substitute import (
            CallbackContext,
            CallbackSupportMixin,
            FitCallback,
            with_callbacks,
        )

__all__ = [
    "CallbackContext",
    "FitCallback",
    "FitTask",
    "FitTaskByUpdates",
    "TakesCallbacks",
    "with_callbacks",
]


class TakesCallbacks(CallbackSupportMixin):
    """Mixin of estimators with callbacks, whose errors say what to pass instead."""

    def set_callbacks(self, *callbacks: Any) -> Self:
        """Set callbacks, in place of those before.

        Parameters
        ----------
        *callbacks : callback objects
            Such as those of `sklstm.callbacks`. None removes those that are set.

        Returns
        -------
        self : estimator
            The estimator itself.

        Raises
        ------
        TypeError
            If one of them is not a callback, or is a class.
        """
        try:
            return super().set_callbacks(*callbacks)
        except TypeError as error:
            bad = (c for c in callbacks if isinstance(c, type) or not isinstance(c, FitCallback))
            raise TypeError(f"{error} {_advice(next(bad, None))}") from error


def _advice(value):
    """What to pass instead of a value that is not a callback."""
    if isinstance(value, type):
        return f"Got the class {value.__name__}; pass an object, {value.__name__}(...)."
    got = f"Got {shorten(value)};"
    if isinstance(value, (list, tuple, set)):
        return f"{got} pass callbacks one by one, set_callbacks(first, second)."
    if value is None:
        return f"{got} set_callbacks() without arguments removes all callbacks."
    if isinstance(value, (str, PathLike)):
        return f"{got} pass an object, such as sklstm.callbacks.CSVLogger({shorten(str(value))})."
    return (
        f"{got} pass objects with the methods setup, teardown, on_fit_task_begin and "
        "on_fit_task_end."
    )


class FitTask(TrainingHooks):
    """Training hooks that call the callbacks of an estimator after every epoch.

    Parameters
    ----------
    estimator : estimator
        With valid parameters.
    new : estimator
        The copy of the estimator that is trained, see `trained_aside`. Callbacks get copies of it
        as `fitted_estimator`; `estimator` itself is what it was before. If a callback has a
        checkpoint to resume from, the copy is given its fitted attributes.
    X, y : array-like
        Training data as passed by the user, for callbacks that compute a score.
    sample_weight : array-like or None
    """

    def __init__(self, estimator, new, X, y, sample_weight):
        self._estimator = estimator
        self._new = new
        self._problem = None
        self._data = {"X": X, "y": y}
        if sample_weight is not None:
            self._data["metadata"] = {"sample_weight": sample_weight}
        self._epoch = None
        self._context = estimator._init_callback_context(max_subtasks=estimator.max_iter)
        self._begin(self._context)
        self._resumed_by = None
        for callback in _callbacks_of(estimator):
            find = getattr(callback, "checkpoint_of", None)
            checkpoint = find and find(estimator, self._context)
            if checkpoint is not None:
                resume_from(checkpoint, new)
                self._resumed_by = callback

    def trains(self, problem):
        """Take note of the problem that is trained, which has the `fitted_attributes`."""
        self._problem = problem
        if unfinished := unfinished_fit(self._new):
            problem.go_on_from(unfinished)

    def epoch_begins(self, n_updates):
        """Report the start of an epoch."""
        self._epoch = self._context.subcontext("epoch", max_subtasks=self._subtasks(n_updates))
        self._begin(self._epoch)

    def epoch_done(self):
        """Report the end of an epoch. Return True if a callback requests to stop."""
        return self._end(self._epoch, self._attributes)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        """Report the end of fit, unless it failed; an interrupted one has ended."""
        if self._resumed_by is not None and isinstance(error, TypeError | ValueError):
            error.add_note(
                f"Raised in a fit that resumes from path={self._resumed_by.path!r}. If it is "
                "another fit, with other data, let the Checkpoint write to another path."
            )
        if kind in (None, TrainingInterrupted):
            self._end(self._context, self._attributes)

    def _attributes(self, loss=None):
        """The attributes of `fitted_estimator`, of which scikit-learn makes a copy of `estimator`.

        All of them: some of those before this fit may not belong to it.
        """
        attributes = self._problem.attributes_of_checkpoint(loss)
        # Curves grow with every epoch: numbers need no deep copy.
        fitted = {
            name: list(value) if name.endswith("_curve_") else deepcopy(value)
            for name, value in attributes.items()
        }
        return {"__dict__": vars(self._new) | fitted}

    def _subtasks(self, n_updates):
        """Return the number of subtasks of an epoch that are reported."""
        return 0

    def _begin(self, context):
        context.call_on_fit_task_begin(estimator=self._estimator, **self._data)

    def _end(self, context, attributes):
        return context.call_on_fit_task_end(
            estimator=self._estimator, reconstruction_attributes=attributes, **self._data
        )


class FitTaskByUpdates(FitTask):
    """Training hooks that call the callbacks after every update, for long epochs.

    A callback that returns True at the end of an update ends the epoch. If it returns True at the
    end of an epoch, it ends training. See "current level of iterations" in scikit-learn.
    """

    def __init__(self, estimator, new, X, y, sample_weight):
        super().__init__(estimator, new, X, y, sample_weight)
        # The contexts of all updates are kept in memory, and what callbacks ask for is copied for
        # each: create them only for callbacks that use them.
        self._is_watched = any(
            getattr(callback, "watches_updates", True) for callback in _callbacks_of(estimator)
        )

    def _subtasks(self, n_updates):
        return n_updates if self._is_watched else 0

    def update_done(self, loss):
        """Report the end of an update. Return True if a callback requests to end the epoch."""
        if not self._is_watched:
            return False
        update = self._epoch.subcontext("update")
        self._begin(update)
        return self._end(update, lambda: self._attributes(loss))


def _callbacks_of(estimator):
    """The callbacks of an estimator, found by class: their attributes are private."""
    lists = [value for value in vars(estimator).values() if isinstance(value, list) and value]
    # Others are curves, which may be long: only the first item is looked at.
    found = [items for items in lists if isinstance(items[0], FitCallback)]
    return list({id(callback): callback for items in found for callback in items}.values())
