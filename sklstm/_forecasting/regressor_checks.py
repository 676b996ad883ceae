"""Error messages for a regressor that cannot be fitted or predicts invalid values."""

import re
from contextlib import contextmanager

import numpy as np

from ..core.checks import all_finite
from ..core.messages import cut, shorten
from ..regressor import LSTMRegressor
from .forecast_checks import not_finite_message
from .target_domain import is_distribution, losses_of

_ABOUT_RANGE = re.compile("range|negative|positive", re.IGNORECASE)
_ABOUT_SHAPE = re.compile("dim|shape|[12]-?d", re.IGNORECASE)
FLATTEN = "make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), regressor)"


@contextmanager
def shapes_in_fit_errors(regressor, n_channels, n_values, plan):
    """Add the shapes of windows and targets to the errors of a regressor's fit.

    `n_channels` is the number of channels of a window, and `n_values` is S. Errors of
    `LSTMRegressor` are left as they are: they contain the shapes.
    """
    try:
        yield
    except (TypeError, ValueError) as error:
        has_shapes = regressor is None or isinstance(regressor, LSTMRegressor)
        if has_shapes or type(error) not in (TypeError, ValueError):
            raise
        n_targets = plan.horizon * n_values
        channels = f", {n_channels}" if n_channels > 1 else ""
        targets = f", {n_targets}" if n_targets > 1 else ""
        text = (
            f"regressor={shorten(regressor)} could not be fitted on windows of shape (n, "
            f"{plan.window}{channels}) and targets of shape (n{targets or ','}): "
            f"{cut(str(error), 500)}"
        )
        if _ABOUT_SHAPE.search(str(error)):
            if channels:
                text += f" It must read windows with channels. To flatten them: {FLATTEN}."
            if targets:
                text += " It must predict several values, as MultiOutputRegressor does."
        if _ABOUT_RANGE.search(str(error)) and (plan.level, plan.scale) != (None, False):
            text += (
                " To train on the values of y themselves, such as counts: level=None, scale=False, "
                "transformer=None."
            )
        raise type(error)(text) from error


def checked_predictions(regressor, X, n_outputs, plan, names, predict=None):
    """Predict, and raise unless all predictions are finite numbers of the expected shape.

    Parameters
    ----------
    regressor : estimator
        The fitted regressor.
    X : ndarray of shape (B, window) or (B, window, S + K)
        A window for each path.
    n_outputs : int
        Expected number of predictions for each window.
    plan : Plan
        The parameters, for the advice in the message.
    names : list of B str
        Names of the series in the message.
    predict : callable, default=None
        What predicts from X; None for the regressor's own `predict`.
    """
    if not all_finite(X):  # earlier predictions overflowed
        raise ValueError(not_finite_message(_first_not_finite(X, names), plan))
    try:
        predictions = np.asarray((predict or regressor.predict)(X))
    except (TypeError, ValueError) as error:
        if type(error) not in (TypeError, ValueError):
            raise
        raise type(error)(
            f"regressor={shorten(regressor)} could not predict windows of shape {X.shape}: "
            f"{cut(str(error), 500)}"
        ) from error
    if predictions.dtype.kind not in "fiub" or predictions.size != len(X) * n_outputs:
        raise ValueError(
            f"regressor={shorten(regressor)} predicted an array of shape {predictions.shape} and "
            f"dtype {predictions.dtype} for windows of shape {X.shape}; expected real numbers of "
            f"shape {(len(X), n_outputs) if n_outputs > 1 else (len(X),)}."
        )
    if not all_finite(predictions):
        name = _first_not_finite(predictions.reshape(len(X), -1), names)
        raise ValueError(
            f"regressor={shorten(regressor)} predicted NaN or infinity from finite windows. "
            + not_finite_message(name, plan)
        )
    return predictions


def check_reachable(regressor):
    """Raise if a distribution is predicted inside of another estimator, whose methods lack it."""
    if isinstance(regressor, LSTMRegressor):
        return
    for loss in losses_of(regressor):
        if is_distribution(loss):
            raise ValueError(
                f"The loss {shorten(loss)} is a distribution, but {type(regressor).__name__} "
                f"around the LSTMRegressor predicts only values. Pass LSTMRegressor(loss=...) as "
                "the regressor itself, or for quantiles of calibration errors use a loss that is "
                "not a distribution."
            )


def _first_not_finite(rows, names):
    """The name of the first series with a value that is not finite."""
    return names[int(np.argwhere(~np.isfinite(rows))[0][0])]
