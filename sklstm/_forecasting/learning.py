"""Train a regressor on the windows of all series."""

import warnings

from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from .._estimators.diagnosis import InputScaleWarning, NothingLearnedWarning, ValidationScaleWarning
from ..core.user_warnings import warn_user
from ..regressor import LSTMRegressor
from .automatic import regressor_parameters
from .combination import Combination, SmoothingOnly, has_enough_windows
from .decomposition import decompose
from .init_model import regressor_like
from .model import Model
from .row_weights import window_weights, with_weight
from .scaling import covariate_scaling, difference, standardise
from .windows import first_origin, make_examples, root_mean_square, without_flags


class NoKnownTargetsError(ValueError):
    """No window has a known target."""


def learn(regressor, levels, covariates, preparation, training):
    """Train a regressor on the windows of all series.

    Parameters
    ----------
    regressor : estimator, "smoothing" or None
        As in `SequenceForecaster`.
    levels : list of N arrays (n_i, S)
        The series; NaN where values are missing.
    covariates : list of N arrays (n_i, K)
        Exogenous variables and static features at each time.
    preparation : Preparation
        The plan, and the properties of each series.
    training : Training
        What fit asks for beside.

    Returns
    -------
    Model
        The fitted model.
    """
    plan, seasonal = preparation.plan, preparation.seasonal
    scaling = covariate_scaling(covariates, plan.scale)
    series = [difference(rows, plan.lags) for rows in levels]
    covariates = [standardise(rows[plan.total_lag :], *scaling) for rows in covariates]
    decomposition = decompose(series, plan, seasonal, preparation.size, preparation.log)
    lengths = [len(rows) for rows in series]
    origins, validation_origins = training_origins(regressor, lengths, seasonal, plan)
    if plan.level is None:
        components = [None] * len(series)
    else:
        components = decomposition.components(series)
        if plan.scale in ("common", "series", True):
            factor = root_mean_square(components, decomposition, plan, origins)
            decomposition = decomposition.with_units_times(factor)

    def examples(origins):
        X, y = make_examples(series, components, decomposition, covariates, plan, origins)
        return with_weight(X, y, window_weights(training.weights, plan, origins, series))

    X, y, sample_weight = examples(origins)
    validation = {}
    if validation_origins is not None:
        names = "X_val", "y_val", "sample_weight_val"
        validation = dict(zip(names, examples(validation_origins), strict=True))
    n_weights = 0  # with a given regressor or with covariates, the minimum of windows is enough
    if regressor is None and not covariates[0].shape[1]:
        n_weights = plan.window * series[0].shape[1]
    initial = training.initial
    enough = initial is not None or has_enough_windows(len(X), n_weights)
    if regressor == "smoothing" or (plan.combine and not enough):
        regressor, combination, validation, sample_weight = SmoothingOnly(), None, {}, None
    else:
        if regressor is None and initial is not None:
            regressor = regressor_like(initial, len(X))
        elif regressor is None:
            regressor = LSTMRegressor(**regressor_parameters(len(X)))
        _check_targets(y, validation.get("y_val", y))
        combination = None
        if plan.combine:
            combination = Combination.from_windows(
                without_flags(X, plan),
                y,
                len(series),
                sample_weight,
                horizon=plan.horizon,
                n_exog=plan.n_exog,
                initial=training.initial_combination,
            )
    regressor = _clone_with_seed(regressor, training.random_state)
    is_smoothing = isinstance(regressor, SmoothingOnly)
    with training.fitting(regressor, X, len(series), is_smoothing=is_smoothing):
        _fit(regressor, X, y, {"sample_weight": sample_weight, **validation}, plan)
    return Model(regressor, combination, decomposition, scaling, plan)


def _check_targets(training, validation):
    """Raise unless there are targets to train on, and for early stopping to validate on."""
    for targets, purpose in ((training, "train"), (validation, "validate")):
        if not len(targets):
            raise NoKnownTargetsError(
                f"y has no known value to {purpose} on after the first window: all of them are "
                "missing. Give more known values, a shorter window, or regressor='smoothing'."
            )


def _fit(regressor, X, y, others, plan):
    """Fit the regressor, and issue its warnings again in terms of the forecaster.

    `others` are further arguments of its fit, of which those that are None are not passed.
    """
    others = {name: value for name, value in others.items() if value is not None}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        regressor.fit(X, y, **others)
    for warning in caught:
        message, category = str(warning.message), warning.category
        if issubclass(category, ValidationScaleWarning):
            continue  # the rows after those of X, made here
        if issubclass(category, InputScaleWarning) and plan.scale and plan.level is not None:
            continue  # windows are scaled here, not by the user
        if issubclass(category, InputScaleWarning) and not plan.scale:
            message = f"With scale=False windows are not scaled. Use another scale. {message}"
        if issubclass(category, NothingLearnedWarning):
            message = _nothing_learned(message, plan)
        warn_user(message, category)


def _nothing_learned(message, plan):
    """The warning that training learned nothing, where the forecast has other parts, too."""
    if plan.combine:
        others = "smoothing and a linear model do"
    elif plan.level is not None:
        others = "level and season do"
    else:
        return message
    return (
        f"Training learned nothing that {others} not; the forecasts are theirs. This is usual for "
        "short or simple series, and the forecasts can be used."
    )


def _clone_with_seed(regressor, random_state):
    """A clone with this random_state, if it has none."""
    regressor = clone(regressor)
    params = regressor.get_params(deep=False) if hasattr(regressor, "get_params") else {}
    if random_state is not None and params.get("random_state", random_state) is None:
        regressor.set_params(random_state=random_state)
    return regressor


def training_origins(regressor, lengths, seasonal, plan):
    """Origins of the windows for training and, with early stopping, for validation.

    An origin is the number of rows before the forecast. No target of validation is a target of
    training.

    Returns
    -------
    training : list of N pairs of ints
        First and last origin of each series.
    validation : list of N pairs of ints, or None
        The same; None without early stopping.
    """
    firsts = [first_origin(n, flags, plan) for n, flags in zip(lengths, seasonal, strict=True)]
    lasts = [n - plan.horizon for n in lengths]
    if not uses_early_stopping(regressor):
        return list(zip(firsts, lasts, strict=True)), None
    tails = [n_validation_rows(regressor, n, plan) for n in lengths]
    if not any(tails):
        raise ValueError(
            f"early_stopping with validation_fraction={regressor.validation_fraction} leaves less "
            f"than window={plan.window} and horizon={plan.horizon} of {lengths[0]} time "
            "point(s) to train on. Give a longer series, or another window or fraction."
        )
    training = [(first, last - n) for first, last, n in zip(firsts, lasts, tails, strict=True)]
    validation = [
        (max(first, n - tail), n - plan.horizon if tail else -1)
        for first, n, tail in zip(firsts, lengths, tails, strict=True)
    ]
    return training, validation


def uses_early_stopping(regressor):
    """Whether the regressor stops early and its fit accepts validation data."""
    stops = getattr(regressor, "early_stopping", False) is True
    return stops and has_fit_parameter(regressor, "X_val")


def n_validation_rows(regressor, n_rows, plan):
    """Number of a series' last changes used for early stopping; 0 if it is too short."""
    n = max(plan.horizon, round(regressor.validation_fraction * n_rows))
    return n if n_rows - n >= plan.window + plan.horizon else 0
