"""Observations after those of fit, appended to a fitted forecaster without training."""

import numpy as np

from ..core.messages import shorten
from .decomposition import decompose_new_series
from .forecast_checks import warn_of_far_values
from .known_values import check_known, filled_exog
from .origin import ForecastOrigin
from .scaling import difference
from .target_domain import check_accepted, restricting_loss
from .values import to_levels


def append_observations(forecaster, panel, static):
    """Append the rows of a panel to its series, and add the series that are new."""
    origin = ForecastOrigin(**forecaster._origin).copy()
    model, index_by_id, log = forecaster._model, origin.index_by_id(), forecaster.log_
    plan, decomposition = model.plan, model.decomposition
    static = origin.static_of_new_series(static, panel)
    mixes, observed = forecaster._known_levels is None, []
    for series_id, name, values, exog, past, index in zip(
        *(panel.ids, panel.names, panel.values, panel.exog, panel.past, panel.indexes), strict=True
    ):
        if series_id in index_by_id:
            i = index_by_id[series_id]
            levels = to_levels(forecaster.transformer_, values, log[i], name, mixes)
            _check_targets(forecaster, levels, name, plan)
            observed.append((name, values, origin.extremes[i]))
            origin.append(i, values, levels, exog, past, index, decomposition, plan)
            continue
        # A new series is forecast as a logarithm if most of the others are.
        check_known(name, values, panel.columns)
        flags = ~(values <= 0).any(axis=0) & (log.mean(axis=0) > 0.5)
        levels = to_levels(forecaster.transformer_, values, flags, name, mixes)
        _check_targets(forecaster, levels, name, plan)
        changes = difference(levels, plan.lags)
        _check_length(series_id, len(changes), plan)
        new = decomposition.sharing(decompose_new_series(changes, levels, flags, plan), plan)
        components = new.components([changes])[0]
        exog, past = filled_exog([exog], plan.flagged_exog), filled_exog([past], plan.flagged_past)
        rows = values, levels, exog[0], past[0]
        origin.add_series(series_id, components, *rows, static[series_id], index, plan)
        decomposition = decomposition.concatenated(new)
        log = np.vstack([log, flags])
    forecaster._decomposition, forecaster._origin = vars(decomposition), vars(origin)
    forecaster.log_ = log
    warn_of_far_values(observed)


def _check_targets(forecaster, levels, name, plan):
    """Raise unless the loss of the regressor accepts these levels, as it did those of fit."""
    if plan.domain is not None:
        check_accepted(restricting_loss(forecaster.regressor_), levels, name)


def _check_length(series_id, n_changes, plan):
    """Raise if a new series is too short to forecast from."""
    minimum = plan.window if plan.level is None else 1
    if n_changes < minimum:
        raise ValueError(
            f"series {shorten(series_id)} is new and has {n_changes + plan.total_lag} time "
            "point(s); a "
            f"forecast begins from at least {minimum + plan.total_lag}."
        )
