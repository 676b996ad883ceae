"""Choose the parameters that are "auto", and transform the series."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from ..core.user_warnings import warn_user
from ..regressor import LSTMRegressor
from . import automatic
from .decomposition import sizes
from .forecaster_parameters import (
    check_room_for_differences,
    lags_of,
    predicted_quantiles,
    resolved_level,
)
from .init_model import check_same_windows, with_flags_of, with_parameters_of
from .known_values import check_known_values
from .missing import columns_with_missing, trimmed
from .plan import Plan
from .scaling import difference
from .target_domain import restricting_loss, target_limits, target_sizes
from .values import fit_transformer, to_levels


@dataclass
class Preparation:
    """The transformed series and the parameters, before training.

    Attributes
    ----------
    transformer : transformer or None
        The fitted transformer.
    known_levels : ndarray of shape (2, S) or None
        The lowest and highest levels of fit, within which its inverse is valid; None without a
        transformer, or if it mixes columns.
    log : ndarray of shape (N, S) of bool
        Whether a series is forecast as a logarithm.
    levels : list of N arrays (n_i, S)
        The transformed series.
    seasonal : ndarray of shape (N, S) of bool
        Whether a series has a season.
    size : ndarray of shape (N, S)
        See `Decomposition`.
    plan : Plan
        The parameters.
    choices : dict of str
        The choice for each parameter that is "auto", and its reason.
    """

    transformer: BaseEstimator | None
    known_levels: np.ndarray | None
    log: np.ndarray
    levels: list[np.ndarray]
    seasonal: np.ndarray
    size: np.ndarray
    plan: Plan
    choices: dict


def prepare(forecaster, panel, init_model=None):
    """Choose season, logarithms, window and horizon on the training rows.

    With `init_model`, a fitted forecaster, "auto" means its choices. A series has its season if it
    is long enough and shows it, and is forecast as a logarithm if it is positive and most of the
    series of `init_model` are.
    """
    check_known_values(panel)
    choices = {}
    if init_model is not None:
        forecaster, choices = with_parameters_of(init_model, forecaster)
    has_exog = panel.exog[0].shape[1] + panel.past[0].shape[1] > 0
    if isinstance(forecaster.regressor, str) and has_exog:
        warn_user("regressor='smoothing' does not use exogenous variables: X has no effect.")
    lags = lags_of(forecaster.differences)
    check_room_for_differences(panel, lags, forecaster.differences)
    level = resolved_level(forecaster)
    loss = restricting_loss(forecaster.regressor)
    if forecaster.level == "auto":
        choices["level"] = f"{level!r}: differences={forecaster.differences!r}"
        if loss is not None:
            choices["level"] = f"None: the loss {loss!r} accepts only {loss.valid_targets}"
    named = isinstance(forecaster.transformer, str)
    transformer, known_levels = None, None
    if not named:
        transformer, known_levels = fit_transformer(forecaster.transformer, panel.values)
    values = (
        panel.values
        if transformer is None
        else [
            to_levels(transformer, rows, None, mixes=known_levels is None) for rows in panel.values
        ]
    )
    m, seasonal = _season(forecaster, panel, values, lags, level, choices, init_model)
    log = np.zeros(seasonal.shape, dtype=bool)
    if forecaster.transformer == "auto" and loss is not None:
        choices["transformer"] = f"None: the loss {loss!r} accepts only {loss.valid_targets}"
    elif named:
        log = _logarithms(forecaster, panel, lags, m, seasonal, choices, init_model)
        values = [to_levels(None, rows, flags) for rows, flags in zip(values, log, strict=True)]
    size, domain = sizes(values, log), None
    if loss is not None:
        size = np.ones_like(size) if forecaster.scale is False else size
        size = target_sizes(loss, values, size, panel.names)
        domain = target_limits(loss, trimmed(values[0][:, 0])[0] / size[0, 0])
    plan = _plan(forecaster, panel, lags, level, m, domain, choices)
    if init_model is not None:
        plan = with_flags_of(init_model, plan)
        check_same_windows(init_model, plan)
    return Preparation(
        transformer=transformer,
        known_levels=known_levels,
        log=log,
        levels=[rows.astype(np.float64, copy=False) for rows in values],
        seasonal=seasonal,
        size=size,
        plan=plan,
        choices=choices,
    )


def _columns(series, lags):
    """The changes of each column of each series, between its first and last known one."""
    return [trimmed(column) for rows in series for column in difference(rows, lags).T]


def _season(forecaster, panel, values, lags, level, choices, init_model):
    """Season length, and whether each series has it, (N, S)."""
    shape = len(values), values[0].shape[1]
    m = forecaster.season_length
    if level is None:
        if m not in ("auto", None, 1):
            raise ValueError(
                f"season_length={m!r} has no effect with level=None, which does not remove the "
                "season. Use level='smoothed' or 'last', or differences=season_length."
            )
        return 1, np.zeros(shape, dtype=bool)
    columns = _columns(values, lags)
    tested = m == "auto"
    if tested and init_model is not None:
        m, reason = init_model.season_length_, "that of init_model"
        if m > 1 and not automatic.seasonal(columns, m, tested).any():
            m, reason = 1, f"no series shows that of init_model, {m}"
        choices["season_length"] = f"{m}: {reason}"
    elif tested:
        m, choices["season_length"] = automatic.season_length(columns, panel.indexes)
    m = 1 if m is None else int(m)
    flags = automatic.seasonal(columns, m, tested)
    if m > 1 and not flags.any():
        longest = max(map(len, columns))
        raise ValueError(
            f"season_length={m} is too long: the longest series has {longest} time point(s), and "
            f"at least {2 * m + 1} are needed. Give longer series or season_length=1."
        )
    return m, flags.reshape(shape)


def _logarithms(forecaster, panel, lags, m, seasonal, choices, init_model):
    """Whether each series is forecast as a logarithm, (N, S)."""
    values = panel.values
    positive = np.array([~(rows <= 0).any(axis=0) for rows in values])
    if forecaster.transformer == "log":
        if not positive.all():
            i = int(np.argmin(positive.all(axis=1)))
            raise ValueError(
                f"transformer='log' needs positive values, but {panel.names[i]} contains "
                f"{np.nanmin(values[i]):g} in row {(values[i] <= 0).any(axis=1).argmax()}. Use "
                "transformer='auto' or None."
            )
        return positive
    if init_model is not None:
        chosen = positive & (init_model.log_.mean(axis=0) > 0.5)
        choices["transformer"] = f"'log' for {chosen.sum()} series: as most of those of init_model"
        return chosen
    flat = np.ravel(positive)
    columns = [column for rows in values for column in np.asarray(rows, np.float64).T]
    log_changes = [
        trimmed(difference(np.log(column), lags)) if is_positive else None
        for column, is_positive in zip(columns, flat, strict=True)
    ]
    changes = [trimmed(difference(column, lags)) for column in columns]
    columns = [column[~np.isnan(column)] for column in columns]
    chosen = automatic.logarithms(columns, changes, log_changes, m, np.ravel(seasonal))
    choices["transformer"] = (
        f"'log' for {chosen.sum()} of {len(chosen)} series, whose errors are more likely "
        f"as logarithms; {len(flat) - flat.sum()} have zeros or negative values"
    )
    return chosen.reshape(positive.shape)


def _plan(forecaster, panel, lags, level, m, domain, choices):
    """The plan, with "auto" replaced."""
    lengths = np.array(panel.lengths) - sum(lags)
    horizon, window, scale = forecaster.horizon, forecaster.window, forecaster.scale
    has_exog = panel.exog[0].shape[1] > 0 and forecaster.regressor != "smoothing"
    if horizon == "auto":
        horizon = 1
        if forecaster.strategy == "direct":
            horizon = automatic.horizon(m, max(1, int(np.median(lengths))))
            choices["horizon"] = (
                f"{horizon}: two seasons, within 8 to 48 and at most a third of a series"
            )
    if window == "auto":
        window = automatic.window(m, int(lengths.max()), horizon, has_exog)
        choices["window"] = f"{window}: two seasons, within 12 to 48 and at most half of a series"
        choices["window"] += ", but at least horizon with exogenous variables" if has_exog else ""
    if scale == "auto":
        scale = level is None or "common"
        choices["scale"] = f"{scale!r}: level={level!r}"
    regressor = forecaster.regressor
    quantiles = (0.5,) if regressor is None else predicted_quantiles(regressor)
    combine = forecaster.combine
    if combine == "auto":
        combine = regressor is None and level is not None
        choices["combine"] = f"{combine}: regressor={'None' if regressor is None else 'given'}"
    return Plan(
        window=int(window),
        horizon=int(horizon),
        lags=lags,
        level=level,
        trend=forecaster.trend,
        season_length=m,
        scale=scale,
        combine=bool(combine),
        n_exog=panel.exog[0].shape[1],
        n_past=panel.past[0].shape[1],
        quantiles=quantiles,
        domain=domain,
        dtype=str(panel.values[0].dtype),
        flagged_values=_flagged_values(regressor, panel),
        flagged_exog=columns_with_missing(panel.exog),
        flagged_past=columns_with_missing(panel.past),
    )


def _flagged_values(regressor, panel):
    """The columns of y with a missing value, if the regressor reads any number of channels."""
    if regressor is None or isinstance(regressor, LSTMRegressor):
        return columns_with_missing(panel.values)
    return ()
