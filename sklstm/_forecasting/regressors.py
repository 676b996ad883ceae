"""Errors of a given regressor, in fit and predict, with the windows and series concerned."""

import re
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from ..regressor import LSTMRegressor
from .combination import SmoothingAlone
from .plausible import not_finite

_ABOUT_SHAPE = re.compile("dim|shape|[12]-?d", re.IGNORECASE)
FLATTEN = "make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), regressor)"


@contextmanager
def fit_errors(regressor, n_channels, plan, n_values):
    """Add to the errors of a regressor's fit the shapes of what it was fitted on.

    `n_channels` is what a step of a window has, and `n_values` is S. Our own regressor says so
    itself.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        ours = regressor is None or isinstance(regressor, LSTMRegressor)
        if ours or type(error) not in (TypeError, ValueError):
            raise
        n_targets = plan.horizon * n_values
        channels = f", {n_channels}" if n_channels > 1 else ""
        targets = f", {n_targets}" if n_targets > 1 else ""
        text = (
            f"regressor={regressor!r} could not be fitted on windows of shape (n, "
            f"{plan.window}{channels}) and targets of shape (n{targets or ','}): {error}"
        )
        if _ABOUT_SHAPE.search(str(error)):
            if channels:
                text += f" It must read windows with channels. To flatten them: {FLATTEN}."
            if targets:
                text += " It must predict several values. One for each: MultiOutputRegressor."
        raise type(error)(text) from error


def watched(model, names):
    """The model with a regressor whose predictions are checked, unless it is one of ours.

    Parameters
    ----------
    model : Model
        The fitted model.
    names : list of B str, or str
        What error messages call the series whose paths are predicted, in their order; or all.
    """
    if type(model.regressor) in (LSTMRegressor, SmoothingAlone):
        return model
    n_outputs = model.plan.horizon * len(model.plan.quantiles) * model.decomposition.level.shape[1]
    return replace(model, regressor=_Watched(model.regressor, names, n_outputs, model.plan))


class _Watched:
    """A fitted regressor of which only finite numbers of the expected shape are accepted."""

    def __init__(self, regressor, names, n_outputs, plan):
        self.regressor = regressor
        self.names = names
        self.n_outputs = n_outputs
        self.plan = plan

    def predict(self, X):
        """Predictions (n, ...) for windows."""
        if not np.isfinite(X).all():  # of earlier predictions
            raise ValueError(not_finite(self._name(X), self.plan))
        try:
            outputs = np.asarray(self.regressor.predict(X))
        except (TypeError, ValueError) as error:
            if type(error) not in (TypeError, ValueError):
                raise
            raise type(error)(
                f"regressor={self.regressor!r} could not predict windows of shape {X.shape}: "
                f"{error}"
            ) from error
        if outputs.dtype.kind not in "fiub" or outputs.size != len(X) * self.n_outputs:
            raise ValueError(
                f"regressor={self.regressor!r} predicted an array of shape {outputs.shape} and "
                f"dtype {outputs.dtype} for windows of shape {X.shape}; expected real numbers of "
                f"shape {(len(X), self.n_outputs) if self.n_outputs > 1 else (len(X),)}."
            )
        if not np.isfinite(outputs).all():
            raise ValueError(
                f"regressor={self.regressor!r} predicted NaN or infinity from finite windows. "
                + not_finite(self._name(outputs.reshape(len(X), -1)), self.plan)
            )
        return outputs

    def _name(self, rows):
        """Whose path has the first row that is not finite."""
        if isinstance(self.names, str):
            return self.names
        return self.names[int(np.argwhere(~np.isfinite(rows))[0][0])]
