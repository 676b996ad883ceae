"""Observations after those of fit, appended to a fitted forecaster without training."""

import numpy as np

from .decomposition import decompose_another
from .ends import Ends
from .panel import check_columns
from .scaling import difference
from .values import to_levels


def append(forecaster, panel, static):
    """Let the series of a panel go on, and those begin that are new."""
    check_columns(forecaster, panel)
    ends = Ends(**forecaster._ends).copy()
    _check_form(forecaster, panel)
    model, places, log = forecaster._model, ends.by_label(), forecaster.log_
    plan, decomposition = model.plan, model.decomposition
    static = ends.read_static(static, panel)
    for label, values, exog, index in zip(
        panel.ids, panel.values, panel.exog, panel.indexes, strict=True
    ):
        if label in places:
            i = places[label]
            levels = to_levels(forecaster.transformer_, values, log[i])
            ends.append(i, levels, exog, index, decomposition, plan)
            continue
        # Without a past of its own, a series is a logarithm if most of the others are.
        flags = (values > 0).all(axis=0) & (log.mean(axis=0) > 0.5)
        levels = to_levels(forecaster.transformer_, values, flags)
        changes = difference(levels, plan.lags)
        _check_beginning(label, len(changes), plan)
        new = decompose_another(changes, levels, flags, plan)
        ends.begin(label, new.components([changes])[0], levels, exog, static[label], index)
        decomposition, log = decomposition.joined(new, plan), np.vstack([log, flags])
    forecaster._decomposition, forecaster._ends = vars(decomposition), vars(ends)
    forecaster.log_ = log


def _check_form(forecaster, panel):
    n_values, flat = forecaster.log_.shape[1], forecaster._flat
    n_given = panel.values[0].shape[1]
    if (n_given, panel.flat) != (n_values, flat):
        forms = [
            "(n_times,)" if one else f"(n_times, {n})"
            for one, n in [(panel.flat, n_given), (flat, n_values)]
        ]
        raise ValueError(f"y has the form {forms[0]}; expected {forms[1]}, as in fit.")


def _check_beginning(label, n_changes, plan):
    least, n_lost = plan.window if plan.level is None else 1, sum(plan.lags)
    if n_changes < least:
        raise ValueError(
            f"series {label!r} is new and has {n_changes + n_lost} time point(s); a forecast "
            f"begins from at least {least + n_lost}."
        )
