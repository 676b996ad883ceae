"""Observations after those of fit, appended to a fitted forecaster without training."""

import numpy as np

from .decomposition import decompose_another
from .ends import Ends
from .scaling import difference
from .values import to_levels


def append(forecaster, panel, static):
    """Let the series of a panel go on, and those begin that are new."""
    ends = Ends(**forecaster._ends).copy()
    model, places, log = forecaster._model, ends.by_label(), forecaster.log_
    plan, decomposition = model.plan, model.decomposition
    static = ends.read_static(static, panel)
    for label, name, values, exog, index in zip(
        panel.ids, panel.names, panel.values, panel.exog, panel.indexes, strict=True
    ):
        if label in places:
            i = places[label]
            levels = to_levels(forecaster.transformer_, values, log[i], name)
            ends.append(i, values, levels, exog, index, decomposition, plan)
            continue
        # Without a past of its own, a series is a logarithm if most of the others are.
        flags = (values > 0).all(axis=0) & (log.mean(axis=0) > 0.5)
        levels = to_levels(forecaster.transformer_, values, flags)
        changes = difference(levels, plan.lags)
        _check_beginning(label, len(changes), plan)
        new = decompose_another(changes, levels, flags, plan)
        parts = new.components([changes])[0]
        ends.begin(label, parts, values, levels, exog, static[label], index)
        decomposition, log = decomposition.joined(new, plan), np.vstack([log, flags])
    forecaster._decomposition, forecaster._ends = vars(decomposition), vars(ends)
    forecaster.log_ = log


def _check_beginning(label, n_changes, plan):
    least, n_lost = plan.window if plan.level is None else 1, sum(plan.lags)
    if n_changes < least:
        raise ValueError(
            f"series {label!r} is new and has {n_changes + n_lost} time point(s); a forecast "
            f"begins from at least {least + n_lost}."
        )
