"""What a forecaster is training: told to callbacks, and printed with `verbose`."""

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from ..training.progress import training_for
from ..training.progress_output import print_line

# The tasks of fit: the network that forecasts, trained on all rows, and the one whose errors are
# measured, trained on the first rows.
FORECAST, CALIBRATION = "forecast", "calibration"


@dataclass(frozen=True)
class Task:
    """A part of fit in which an estimator is fitted, in this process or in another one.

    Attributes
    ----------
    forecaster : forecaster
        The forecaster that is fitted.
    context : CallbackContext or None
        That of this task; None in `update`, which calls no callbacks.
    data : dict
        What callbacks are told: X, y and metadata as passed to fit.
    """

    forecaster: Any
    context: Any
    data: dict

    @contextmanager
    def fitting(self, estimator, name, text, *, supports_callbacks=True):
        """Context in which an estimator is fitted, which gets the callbacks.

        Parameters
        ----------
        estimator : estimator
        name : str
            What it is fitted for, for the lines that networks print.
        text : str
            What is fitted, for the lines before and after.
        supports_callbacks : bool, default=True
            Whether the estimator is one of the user, who is warned if it does not.
        """
        prefix, began = f"[{type(self.forecaster).__name__}]", time.perf_counter()
        if self.forecaster.verbose:
            print_line(f"{prefix} Fitting {text}")
        with ExitStack() as stack:
            stack.enter_context(training_for(name, self.forecaster.verbose))
            if self.context is not None and supports_callbacks:
                stack.enter_context(self.context.propagate_callback_context(estimator))
            stack.enter_context(self.running())  # then callbacks that the estimator has are known
            yield
        if self.forecaster.verbose:
            seconds = time.perf_counter() - began
            print_line(f"{prefix} Fitted {text}, total={seconds:6.1f}s")

    @contextmanager
    def running(self):
        """Context of the task: callbacks are told that it begins, and that it ends unless it fails.

        Those that the fitted estimator gets are told by it.
        """
        if self.context is None:
            yield
            return
        self.context.call_on_fit_task_begin(estimator=self.forecaster, **self.data)
        yield
        self.context.call_on_fit_task_end(estimator=self.forecaster, **self.data)

    def subtask(self, name, **options):
        """A task that is part of this one; `options` are those of scikit-learn's `subcontext`."""
        context = None if self.context is None else self.context.subcontext(name, **options)
        return Task(self.forecaster, context, self.data)


def fit_task(forecaster, X, y, **metadata):
    """The task of a call of fit, once for each call."""
    data = {"X": X, "y": y}
    if given := {name: value for name, value in metadata.items() if value is not None}:
        data["metadata"] = given
    n_tasks = 1 + (forecaster.calibration_fraction is not None)
    context = forecaster._init_callback_context(max_subtasks=n_tasks)
    return Task(forecaster, context, data)
