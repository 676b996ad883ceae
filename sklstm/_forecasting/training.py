"""What a call of fit asks of the training of its networks."""

from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from .progress import CALIBRATION, FORECAST, Task
from .row_weights import first_rows


@dataclass(frozen=True)
class Training:
    """The training of one of the networks of a forecaster, beside its series and parameters.

    Attributes
    ----------
    weights : list of N arrays (n_i,), or None
        Sample weights of the rows.
    fit : Task
        The task of fit.
    name : {"forecast", "calibration"}
        Which network this is.
    """

    weights: list[np.ndarray] | None
    fit: Task
    name: str = FORECAST

    def without_last_rows(self, n_left_out):
        """The training of the network used for calibration, without these rows of each series."""
        return replace(self, weights=first_rows(self.weights, n_left_out), name=CALIBRATION)

    @contextmanager
    def fitting(self, regressor, X, n_series, *, is_smoothing):
        """Context in which the regressor is fitted on windows X of `n_series` series."""
        what = "smoothing" if is_smoothing else type(regressor).__name__
        text = f"{what} for {self.name!r}: {len(X)} windows of {X.shape[1]} steps"
        text += f", {n_series} series" if n_series > 1 else ""
        part = self.fit.subtask(self.name, max_subtasks=1)
        verbose = getattr(regressor, "verbose", 0)
        with (
            part.running(),
            part.subtask("train").fitting(
                regressor, text, verbose=verbose, supports_callbacks=not is_smoothing
            ),
        ):
            yield
