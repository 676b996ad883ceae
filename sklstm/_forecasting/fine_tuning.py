"""Train the network of a fitted forecaster further, on the rows that it keeps."""

from copy import copy

import numpy as np

from ..core.messages import shorten
from ..regressor import LSTMRegressor
from ..training.progress import shown_together
from .combination import SmoothingOnly
from .init_model import small_rate
from .origin import ForecastOrigin
from .progress import Task
from .scaling import difference, standardise
from .smoothing import Components
from .windows import first_origin, make_examples


def check_can_be_trained(regressor, n_epochs):
    """Raise unless the regressor can be trained further."""
    if not isinstance(regressor, LSTMRegressor):
        name = "smoothing" if isinstance(regressor, SmoothingOnly) else shorten(regressor)
        raise ValueError(
            f"train={n_epochs} needs an LSTMRegressor, but the fitted regressor is {name}. "
            "Use train=0, which appends the rows without training, or fit again on all rows."
        )


def fine_tune(forecaster, n_epochs):
    """Train the network for some epochs on windows of the rows that are kept, old and new ones.

    Errors of earlier forecasts of these rows join the calibration errors before: to the network
    they are then no longer unseen.
    """
    model, origin = forecaster._model, ForecastOrigin(**forecaster._origin)
    check_can_be_trained(model.regressor, n_epochs)
    X, y = _recent_examples(model, origin)
    forecaster._store_errors(forecaster._uncertainty.all_errors())
    text = f"LSTMRegressor further: {len(X)} windows of {X.shape[1]} steps"
    with Task(forecaster, None, {}).fitting(model.regressor, "update", text):
        forecaster.regressor_ = _trained_further(model.regressor, X, y, n_epochs)


def _trained_further(regressor, X, y, n_epochs):
    """A copy of a fitted LSTMRegressor, trained for some epochs at a small learning rate."""
    names = "learning_rate", "early_stopping", "batch_size"
    own = {name: getattr(regressor, name) for name in names}
    new = copy(regressor).set_params(learning_rate=small_rate(regressor), early_stopping=False)
    if new.batch_size != "auto":  # there may be fewer windows than in fit
        new.batch_size = min(new.batch_size, len(X))
    with shown_together(n_epochs):
        for _ in range(n_epochs):
            new.partial_fit(X, y)
    return new.set_params(**own)


def _recent_examples(model, origin):
    """Windows and targets of the rows that are kept of all series."""
    plan, n_series = model.plan, len(origin.ids)
    rows = [_rows_of(origin, i, model) for i in range(n_series)]
    series, components, covariates, origins = map(list, zip(*rows, strict=True))
    if not any(first <= last for first, last in origins):
        raise ValueError(
            f"The rows kept of {n_series} series are too few for a window with its targets, for "
            f"window={plan.window} and horizon={plan.horizon}. Use train=0, or fit again."
        )
    return make_examples(series, components, model.decomposition, covariates, plan, origins)


def _rows_of(origin, i, model):
    """Changes, components and covariates (n, ...) of series `i`, and its first and last origin."""
    plan, components = model.plan, Components(**origin.components[i])
    # Components may be padded before the first row of a series.
    n = min(len(components.level), int(np.max(components.n_observed)))
    components = components.last_rows(n)
    changes = components.adjusted
    if plan.level is not None:
        changes = difference(origin.levels[i], plan.lags)
    covariates = origin.past_rows([i], plan)[0].covariates
    covariates = standardise(covariates, *model.covariate_scaling)
    first = max(n - len(changes), first_origin(n, model.decomposition.seasonal[i], plan), 1)
    return (
        _with_length(changes, n, constant_values=np.nan),
        components,
        _with_length(covariates, n + plan.n_beyond, mode="edge"),
        (first, n - plan.horizon),
    )


def _with_length(rows, n, **padding):
    """The last n rows, padded before the first one if there are fewer."""
    missing = max(0, n - len(rows))
    return np.pad(rows[len(rows) - n + missing :], ((missing, 0), (0, 0)), **padding)
