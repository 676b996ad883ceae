"""scikit-learn's callback protocol (1.9 and later), and a stand-in that does nothing before."""

from copy import deepcopy

from ..training.loop import Watch

try:
    from sklearn.callback import CallbackSupportMixin, FitCallback, with_callbacks
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:
        """Nothing to support: scikit-learn before 1.9 has no callbacks."""

    def with_callbacks(method):
        """The method itself."""
        return method


class FitTask(Watch):
    """Tells the callbacks that are set on an estimator how its fit proceeds.

    Parameters
    ----------
    estimator : estimator
    problem : Problem
        What is trained; its fitted attributes make a copy of the estimator a fitted one.
    X, y : array-like
        As the user passed them, for callbacks that score.
    sample_weight : array-like or None
    """

    def __init__(self, estimator, problem, X, y, sample_weight):
        self._estimator = estimator
        self._fitted = problem.fitted_attributes
        self._data = {"X": X, "y": y}
        if sample_weight is not None:
            self._data["metadata"] = {"sample_weight": sample_weight}
        self._context = self._epoch = None
        if hasattr(estimator, "_init_callback_context"):
            self._context = estimator._init_callback_context(max_subtasks=problem.n_epochs)
            self._begin(self._context)

    def epoch_begins(self, n_updates):
        """Report that an epoch begins."""
        if self._context is not None:
            self._epoch = self._context.subcontext("epoch", max_subtasks=self._subtasks(n_updates))
            self._begin(self._epoch)

    def epoch_done(self):
        """Report an epoch; True if a callback asks to stop."""
        return self._context is not None and self._end(
            self._epoch, lambda: deepcopy(self._fitted())
        )

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        """Report the end of fit, unless it failed."""
        if kind is None and self._context is not None:
            self._end(self._context, self._fitted)

    def _subtasks(self, n_updates):
        """How many subtasks of an epoch will be reported."""
        return 0

    def _begin(self, context):
        context.call_on_fit_task_begin(estimator=self._estimator, **self._data)

    def _end(self, context, attributes):
        return context.call_on_fit_task_end(
            estimator=self._estimator, reconstruction_attributes=attributes, **self._data
        )


class FitTaskByUpdates(FitTask):
    """The same for long epochs: each update is a subtask of its epoch.

    A callback that returns True at the end of an update ends the epoch, and at the end of the
    epoch training: scikit-learn's "current level of iterations".
    """

    def __init__(self, estimator, problem, X, y, sample_weight):
        super().__init__(estimator, problem, X, y, sample_weight)
        # Contexts of all updates would be kept, and without callbacks nobody would look at them.
        self._is_watched = self._context is not None and _has_callbacks(estimator)

    def _subtasks(self, n_updates):
        return n_updates if self._is_watched else 0

    def update_done(self, loss):
        """Report an update; True if a callback asks to end the epoch."""
        if not self._is_watched:
            return False
        update = self._epoch.subcontext("update")
        self._begin(update)
        return self._end(update, lambda: deepcopy(self._fitted(loss)))


def _has_callbacks(estimator):
    """Whether any are set. Under what name is scikit-learn's affair; what they are is public."""
    lists = [value for value in vars(estimator).values() if isinstance(value, list)]
    return any(isinstance(item, FitCallback) for items in lists for item in items[:1])
