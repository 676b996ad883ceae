"""Checks of the forecaster's parameters, alone and together with the data."""

from collections.abc import Iterable
from numbers import Integral

import numpy as np
from sklearn.base import is_classifier

from ..core.checks import check_choice, check_integer, check_number, check_option
from ..core.messages import shorten
from ..core.user_warnings import warn_user
from .known_values import check_enough_known, with_known_rows_before
from .learning import n_validation_rows, uses_early_stopping
from .smoothing import TRENDS
from .target_domain import check_no_deviations, losses_of, restricting_loss

MAX_DIFFERENCES = 2  # more are hardly ever meant: a larger number is the lag of one
LEVELS = ("auto", "smoothed", "last", None)
SCALES = ("auto", "common", "series", "window", True, False)


def check_parameters(forecaster):
    """Raise unless all parameters are valid and fit together."""
    _check_auto_or_integer(forecaster.window, "window", 1)
    _check_auto_or_integer(forecaster.horizon, "horizon", 1)
    if forecaster.season_length is not None:
        _check_auto_or_integer(forecaster.season_length, "season_length", 1, ", or None")
    strategy = check_choice(forecaster.strategy, "strategy", ["recursive", "direct"])
    if strategy == "recursive" and forecaster.horizon not in ("auto", 1):
        raise ValueError(
            f"horizon={forecaster.horizon} with strategy='recursive': a recursive forecast "
            "predicts one step at a time, for any number of steps. Leave horizon='auto', or use "
            "strategy='direct'."
        )
    check_option(forecaster.level, "level", LEVELS)
    check_choice(forecaster.trend, "trend", list(TRENDS))
    if forecaster.trend != "drift" and resolved_level(forecaster) != "smoothed":
        raise ValueError(
            f"trend={shorten(forecaster.trend)} is a trend of smoothing, but level is "
            f"{shorten(forecaster.level)}, without smoothing. Use level='smoothed'."
        )
    check_option(forecaster.scale, "scale", SCALES)
    check_option(forecaster.combine, "combine", ("auto", True, False))
    level = resolved_level(forecaster)
    if level is None and forecaster.scale in ("common", "window"):
        raise ValueError(
            f"scale={shorten(forecaster.scale)} is for windows relative to a level, but level "
            "is None. "
            "Use level='smoothed' or 'last', or scale=True."
        )
    if level is None and forecaster.combine is True:
        raise ValueError(
            "combine=True needs a forecast of smoothing, but level is None. Use level='smoothed' "
            "or 'last', or combine=False."
        )
    check_choice(forecaster.missing, "missing", ["error", "mask"])
    _check_transformer(forecaster.transformer)
    _check_exog_transformer(forecaster.exog_transformer)
    _check_past_columns(forecaster.past_columns, strategy)
    if forecaster.calibration_fraction is not None:
        check_number(forecaster.calibration_fraction, "calibration_fraction", "(0, 1)")
    if forecaster.regressor is not None:
        _check_regressor(forecaster.regressor, level)
        if (loss := restricting_loss(forecaster.regressor)) is not None:
            check_no_deviations(loss, forecaster)
        if forecaster.combine is True and len(predicted_quantiles(forecaster.regressor)) > 1:
            raise ValueError(
                "combine=True is for a single forecast, but the regressor predicts several "
                "quantiles. Use combine=False."
            )


def _check_auto_or_integer(value, name, minimum, more=""):
    if isinstance(value, str) and value == "auto":
        return
    check_integer(value, name, minimum, f", or 'auto'{more}")


def resolved_level(forecaster):
    """The parameter `level`, with "auto" replaced.

    None with differences, which remove a level, and if the loss accepts no deviations from one.
    """
    if forecaster.level != "auto":
        return forecaster.level
    if lags_of(forecaster.differences) or restricting_loss(forecaster.regressor) is not None:
        return None
    return "smoothed"


def _check_regressor(regressor, level):
    if isinstance(regressor, str):
        if regressor != "smoothing":
            raise ValueError(
                f"regressor={shorten(regressor)} is not valid; expected a regressor such as "
                "LSTMRegressor(), 'smoothing' or None."
            )
        if level is None:
            raise ValueError(
                "regressor='smoothing' needs a level, but level is None. Use "
                "level='smoothed' or 'last'."
            )
        return
    if isinstance(regressor, type) or not (
        hasattr(regressor, "fit") and hasattr(regressor, "predict")
    ):
        raise TypeError(
            f"regressor={shorten(regressor)} is not an object with fit and predict, as "
            "LSTMRegressor() is."
        )
    if is_classifier(regressor) or hasattr(regressor, "forecast"):
        kind = "classifier" if is_classifier(regressor) else "forecaster"
        raise TypeError(
            f"regressor={shorten(regressor)} is a {kind}; expected a regressor of windows, such as "
            "LSTMRegressor()."
        )
    if getattr(regressor, "return_sequences", False):
        raise ValueError(
            "The regressor must have return_sequences=False, for one target per window."
        )
    _warn_of_training_options(regressor)


def _warn_of_training_options(regressor):
    """Warn of options of the regressor, or of a step of a pipeline, with no or another effect."""
    params = regressor.get_params() if hasattr(regressor, "get_params") else {}
    options = {name.split("__")[-1]: name for name, value in params.items() if value is True}
    if "warm_start" in options:
        warn_user(
            f"{options['warm_start']}=True of the regressor has no effect in a forecaster: fit "
            "trains a clone of it, from new weights. To append observations to a fitted "
            "forecaster use update(y)."
        )
    if "early_stopping" in options and not uses_early_stopping(regressor):
        warn_user(
            f"{options['early_stopping']}=True of the regressor validates on windows that it draws "
            "itself. They overlap with those of training, so that it stops too late. Pass "
            "LSTMRegressor(early_stopping=True) as the regressor itself, not inside of another "
            "estimator: the forecaster then validates on the last rows. Or use "
            "early_stopping=False."
        )


def _check_transformer(transformer):
    if isinstance(transformer, str):
        check_choice(transformer, "transformer", ["auto", "log"])
    elif transformer is not None and (
        isinstance(transformer, type) or not hasattr(transformer, "inverse_transform")
    ):
        raise TypeError(
            f"transformer={shorten(transformer)} is not an object with fit, transform and "
            "inverse_transform, as FunctionTransformer(np.log, np.exp) is."
        )


def _check_exog_transformer(transformer):
    if transformer is None:
        return
    if isinstance(transformer, type) or not (
        hasattr(transformer, "fit") and hasattr(transformer, "transform")
    ):
        raise TypeError(
            f"exog_transformer={shorten(transformer)} is not an object with fit and transform, as "
            "CalendarFeatures() is."
        )


def _check_past_columns(columns, strategy):
    if columns is None:
        return
    is_list = isinstance(columns, Iterable) and not isinstance(columns, (str, bytes))
    for column in columns if is_list else [None]:
        is_position = isinstance(column, Integral) and not isinstance(column, (bool, np.bool_))
        if not isinstance(column, str) and not is_position:
            raise TypeError(
                f"past_columns={shorten(columns)} is not valid; expected a list of names of "
                "columns of X, or of their positions, such as ['sensor'] or [0]."
            )
    if strategy != "direct":
        raise ValueError(
            f"past_columns={shorten(columns)} needs strategy='direct': a recursive forecast would "
            "read these columns at the steps to forecast, where they are not known. Use "
            "strategy='direct', with horizon the number of steps to forecast."
        )


def lags_of(differences):
    """The parameter `differences` as a tuple of lags."""
    if isinstance(differences, Iterable) and not isinstance(differences, str):
        lags = tuple(differences)
        for i, lag in enumerate(lags):
            check_integer(lag, f"differences[{i}]", 1, ", the lag of a difference")
        return tuple(map(int, lags))
    check_integer(differences, "differences", 0, ", or a tuple of lags such as (12, 1)")
    if differences > MAX_DIFFERENCES:
        raise ValueError(
            f"differences={differences} would take differences of successive values {differences} "
            f"times, so that forecasts grow like polynomials of that degree. For the change over "
            f"{differences} steps, as in diff({differences}), use differences=({differences},)."
        )
    return (1,) * int(differences)


def check_room_for_differences(panel, lags, differences):
    """Raise unless differences leave at least one row of each series."""
    for name, n in zip(panel.names, panel.lengths, strict=True):
        if n <= sum(lags):
            raise ValueError(
                f"{name} has {n} time point(s) (n_samples={n}), of which "
                f"differences={shorten(differences)} leave none; need at least {sum(lags) + 1}."
            )


def predicted_quantiles(regressor):
    """The quantiles that the regressor, or a step of a pipeline, predicts; (0.5,) for none."""
    levels = [loss.levels for loss in losses_of(regressor)]
    return levels[0] if levels and len(levels[0]) > 1 else (0.5,)


def check_lengths(panel, plan, differences):
    """Raise unless the series are long enough: all with level=None, else at least one."""
    lengths = dict(zip(panel.names, panel.lengths, strict=True))
    if plan.level is not None:
        longest = max(lengths, key=lengths.get)
        lengths = {longest: lengths[longest]}
    width = panel.values[0].shape[1]
    for name, n in lengths.items():
        if n < plan.min_length:
            and_lags = f" and differences={shorten(differences)}" if plan.lags else ""
            window = f"window={plan.window}, " if plan.level is None else ""
            need = "need" if window or and_lags else "needs"
            shorter = " with a shorter window or horizon" if window or plan.horizon > 1 else ""
            several = (
                f" {name} was read as {n} time(s) of {width} series observed together; for "
                "series in rows transpose it."
            )
            raise ValueError(
                f"{name} has {n} time point(s) (n_samples={n}), but {window}"
                f"horizon={plan.horizon}{and_lags} {need} at least {plan.min_length}. Give a "
                f"longer series{shorter and ', or fit' + shorter}.{several if width > n else ''}"
            )
    check_enough_known(panel, plan)


def warn_of_unread_exog(regressor, plan):
    """Warn if exogenous variables at some steps of the horizon are in no window."""
    if not plan.n_exog or regressor == "smoothing" or plan.window >= plan.horizon:
        return
    warn_user(
        f"window={plan.window} is shorter than horizon={plan.horizon}: the regressor reads the "
        f"exogenous variables of the last {plan.window} of the {plan.horizon} steps to forecast, "
        f"and not those of the first {plan.horizon - plan.window}. Use a window of at least "
        f"{plan.horizon}, or a shorter horizon."
    )


def n_calibration_rows(fraction, regressor, levels, plan):
    """Number of calibration rows of each series; 0 if the other rows would be too few."""
    if fraction is None:
        return [0] * len(levels)
    numbers = [_n_calibration_rows(fraction, regressor, len(rows), plan) for rows in levels]
    return with_known_rows_before(numbers, levels, plan)


def _n_calibration_rows(fraction, regressor, n_rows, plan):
    n = round(fraction * n_rows)
    enough = n_rows - n >= plan.min_length
    if uses_early_stopping(regressor):
        enough = n_validation_rows(regressor, n_rows - n - plan.total_lag, plan) > 0
    return n if enough else 0
