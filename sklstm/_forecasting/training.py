"""What a call of fit asks of the training of its networks."""

from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import BaseEstimator

from .._estimators.resuming import beginning_from
from .combination import Combination
from .init_model import check_init_model, check_same_channels
from .progress import CALIBRATION, FORECAST, Task
from .row_weights import check_uses_weights, first_rows


@dataclass(frozen=True)
class Training:
    """The training of one of the networks of a forecaster, beside its series and parameters.

    Attributes
    ----------
    weights : list of N arrays (n_i,), or None
        Sample weights of the rows.
    fit : Task
        The task of fit.
    init_model : forecaster or None
        The forecaster with whose weights training begins.
    random_state : int, RandomState or None
        Seed of the regressor, if it has none.
    name : {"forecast", "calibration"}
        Which network this is.
    """

    weights: list[np.ndarray] | None
    fit: Task
    init_model: BaseEstimator | None
    random_state: int | np.random.RandomState | None
    name: str = FORECAST

    @property
    def initial(self):
        """The fitted network with whose weights training begins; None for new ones."""
        return None if self.init_model is None else self.init_model.regressor_

    @property
    def initial_combination(self):
        """What is kept, as a linear model of few windows is worse; None for a new one."""
        kept = None if self.init_model is None else self.init_model._combination
        return None if kept is None else Combination(**kept)

    def check(self, forecaster, panel, static):
        """Raise unless weights and `init_model` are for this forecaster and these series.

        `static` are the static features (N, m).
        """
        if self.weights is not None:
            check_uses_weights(forecaster.regressor)
        if self.init_model is not None:
            check_init_model(self.init_model, forecaster)
            check_same_channels(self.init_model, forecaster, panel, static)

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
        with (
            part.running(),
            part.subtask("train").fitting(
                regressor, self.name, text, supports_callbacks=not is_smoothing
            ),
            beginning_from(regressor, self.initial),
        ):
            yield
