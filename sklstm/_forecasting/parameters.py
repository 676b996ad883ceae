"""Checks of the forecaster's parameters."""

from collections.abc import Iterable

import numpy as np
from sklearn.base import is_classifier

from .._sequences import check_integer
from ..core.configurable import check_choice, check_number
from ..core.losses import Quantile
from .model import Plan, n_held_out, stops_early


def make_plan(forecaster, regressor, dtype):
    """Check all parameters, and put them into a Plan."""
    check_integer(forecaster.window, "window", 1)
    check_integer(forecaster.horizon, "horizon", 1)
    strategy = check_choice(forecaster.strategy, "strategy", ["recursive", "direct"])
    if strategy == "recursive" and forecaster.horizon != 1:
        raise ValueError(
            f"horizon={forecaster.horizon} with strategy='recursive': a recursive forecast takes "
            "one step after the other, as many as forecast or predict are asked for. Leave "
            "horizon=1, or use strategy='direct'."
        )
    if not isinstance(forecaster.scale, bool | np.bool_):
        raise ValueError(f"scale={forecaster.scale!r} is not valid; expected True or False.")
    _check_regressor(regressor)
    _check_transformer(forecaster.transformer)
    if forecaster.calibration_fraction is not None:
        check_number(forecaster.calibration_fraction, "calibration_fraction", "(0, 1)")
    return Plan(
        window=int(forecaster.window),
        horizon=int(forecaster.horizon),
        lags=_lags(forecaster.differences),
        scale=bool(forecaster.scale),
        quantiles=_quantiles(regressor),
        dtype=str(dtype),
    )


def _check_regressor(regressor):
    if isinstance(regressor, type) or not (
        hasattr(regressor, "fit") and hasattr(regressor, "predict")
    ):
        raise TypeError(
            f"regressor={regressor!r} is not an object with fit and predict, as LSTMRegressor() is."
        )
    if is_classifier(regressor) or hasattr(regressor, "forecast"):
        kind = "classifier" if is_classifier(regressor) else "forecaster"
        raise TypeError(
            f"regressor={regressor!r} is a {kind}; expected a regressor of windows, such as "
            "LSTMRegressor()."
        )
    if getattr(regressor, "return_sequences", False):
        raise ValueError("The regressor must have return_sequences=False: a target per window.")


def _check_transformer(transformer):
    if transformer is not None and (
        isinstance(transformer, type) or not hasattr(transformer, "inverse_transform")
    ):
        raise TypeError(
            f"transformer={transformer!r} is not an object with fit, transform and "
            "inverse_transform, as FunctionTransformer(np.log, np.exp) is."
        )


def _lags(differences):
    if isinstance(differences, Iterable) and not isinstance(differences, str):
        lags = tuple(differences)
        for lag in lags:
            check_integer(lag, "A lag in differences", 1)
        return tuple(map(int, lags))
    check_integer(differences, "differences", 0, ", or a tuple of lags such as (12, 1)")
    return (1,) * int(differences)


def _quantiles(regressor):
    """Those that the regressor predicts; the loss may be of a step of a pipeline."""
    params = regressor.get_params() if hasattr(regressor, "get_params") else {}
    losses = [value for value in params.values() if isinstance(value, Quantile)]
    several = losses and np.size(losses[0].quantile) > 1
    return tuple(float(q) for q in np.ravel(losses[0].quantile)) if several else (0.5,)


def check_lengths(panel, plan, differences):
    """Raise unless each series is long enough to learn from."""
    for label, n in zip(panel.ids, panel.lengths, strict=True):
        if n < plan.shortest:
            which = "y" if panel.form == "one" else f"series {label!r}"
            and_lags = f" and differences={differences!r}" if plan.lags else ""
            raise ValueError(
                f"{which} has {n} time point(s) (n_samples={n}), but window={plan.window}, "
                f"horizon={plan.horizon}{and_lags} need at least {plan.shortest}. Give a longer "
                "series, or a shorter window."
            )


def n_calibration_rows(fraction, regressor, lengths, plan):
    """The last rows of each series to measure errors on; 0 where the rest would be too short."""
    if fraction is None or (len(plan.quantiles) > 1 and not plan.lags):
        return [0] * len(lengths)  # not wanted, or the quantiles are the intervals
    return [_n_calibration_rows(fraction, regressor, n, plan) for n in lengths]


def _n_calibration_rows(fraction, regressor, n_rows, plan):
    tail = round(fraction * n_rows)
    enough = n_rows - tail >= plan.shortest
    if stops_early(regressor):
        enough = n_held_out(regressor, n_rows - tail - sum(plan.lags), plan) > 0
    return tail if enough else 0
