"""scikit-learn's callback protocol (1.9 and later), and a stand-in that does nothing before."""

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:
        """Nothing to support: scikit-learn before 1.9 has no callbacks."""

    def with_callbacks(method):
        """The method itself."""
        return method


class FitTask:
    """Tells the callbacks that are set on an estimator how its fit proceeds.

    Parameters
    ----------
    estimator : estimator
    X, y : array-like
        As the user gave them; what a scoring callback scores on.
    sample_weight : array-like or None
    max_iter : int
        The most epochs there may be.
    """

    def __init__(self, estimator, X, y, sample_weight, max_iter):
        self._estimator = estimator
        self._data = {"X": X, "y": y}
        if sample_weight is not None:
            self._data["metadata"] = {"sample_weight": sample_weight}
        self._context = None
        if hasattr(estimator, "_init_callback_context"):
            self._context = estimator._init_callback_context(max_subtasks=max_iter)
            self._context.call_on_fit_task_begin(estimator=estimator, **self._data)

    def epoch_done(self, fitted_attributes):
        """Report an epoch.

        Parameters
        ----------
        fitted_attributes : callable
            Gives, as a dict, what would make the estimator a fitted one at this point.

        Returns
        -------
        bool
            Whether a callback asks to stop.
        """
        if self._context is None:
            return False
        epoch = self._context.subcontext(task_name="epoch")
        epoch.call_on_fit_task_begin(estimator=self._estimator, **self._data)
        return self._end(epoch, fitted_attributes)

    def done(self, fitted_attributes):
        """Report the end of fit."""
        if self._context is not None:
            self._end(self._context, fitted_attributes)

    def _end(self, context, fitted_attributes):
        return context.call_on_fit_task_end(
            estimator=self._estimator, reconstruction_attributes=fitted_attributes, **self._data
        )
