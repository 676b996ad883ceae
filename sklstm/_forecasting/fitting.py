"""Fit a SequenceForecaster to the series of a Panel: prepare, train, calibrate, store."""

from .calibration import calibration_errors
from .covariates import join_covariates
from .forecaster_parameters import check_lengths, n_calibration_rows, warn_of_unread_exog
from .intervals import reason_without_calibration
from .known_values import with_filled_exog
from .learning import NoKnownTargetsError, learn
from .origin import ForecastOrigin
from .preparation import prepare
from .regressor_checks import shapes_in_fit_errors
from .row_weights import first_rows, warn_if_only_smoothing
from .static import read_static


def fit_to_panel(forecaster, panel, static, training):
    """Train on the series of a panel, as the `Training` says, and set the fitted attributes."""
    static = read_static(static, panel.ids, panel.form)
    training.check(forecaster, panel, static)
    preparation = prepare(forecaster, panel, training.init_model)
    plan = preparation.plan
    check_lengths(panel, plan, forecaster.differences)
    warn_of_unread_exog(forecaster.regressor, plan)
    panel = with_filled_exog(panel, plan)
    rows = zip(panel.exog, static, panel.past, strict=True)
    covariates = [join_covariates(*each, plan.horizon) for each in rows]
    model = _learn(forecaster, preparation, preparation.levels, covariates, training)
    _calibrate(forecaster, preparation, covariates, training, model)
    _store(forecaster, preparation, model, training)
    origin = ForecastOrigin.from_series(
        panel, preparation.levels, static, model.decomposition, plan
    )
    forecaster._origin = vars(origin)


def _learn(forecaster, preparation, levels, covariates, training):
    """Train a model on all rows of the series, or on the first ones."""
    n_values, regressor = levels[0].shape[1], forecaster.regressor
    n_channels = n_values + covariates[0].shape[1]
    with shapes_in_fit_errors(regressor, n_channels, n_values, preparation.plan):
        return learn(regressor, levels, covariates, preparation, training)


def _calibrate(forecaster, preparation, covariates, training, model):
    """Set the calibration errors, those of a second model."""
    levels, fraction = preparation.levels, forecaster.calibration_fraction
    n_calibration = n_calibration_rows(fraction, forecaster.regressor, levels, preparation.plan)
    forecaster._calibration, forecaster._fraction = None, fraction
    forecaster._reason_without_calibration = reason_without_calibration(
        fraction, list(map(len, levels))
    )
    if not any(n_calibration):
        return
    first = [first_rows(each, n_calibration) for each in (levels, covariates)]
    training = training.without_last_rows(n_calibration)
    try:
        second_model = _learn(forecaster, preparation, *first, training)
    except NoKnownTargetsError:  # in the rows before the calibration rows only
        return
    errors = calibration_errors(
        second_model, levels, covariates, n_calibration, model.decomposition.unit
    )
    forecaster._calibration = vars(errors)


def _store(forecaster, preparation, model, training):
    """Set the fitted attributes: arrays, numbers, text, and fitted estimators."""
    plan = preparation.plan
    forecaster.regressor_ = model.regressor
    forecaster._combination = vars(model.combination) if model.combination else None
    forecaster.transformer_, forecaster.log_ = preparation.transformer, preparation.log
    forecaster._known_levels = preparation.known_levels
    forecaster.seasonal_, forecaster.choices_ = preparation.seasonal, preparation.choices
    if forecaster.regressor != "smoothing" and model.is_smoothing_only:
        forecaster.choices_["regressor"] = "'smoothing': too few windows for a regressor"
        warn_if_only_smoothing(training.weights, plan.n_exog + plan.n_past)
    forecaster.window_, forecaster.horizon_ = plan.window, plan.horizon
    forecaster.season_length_, forecaster.level_ = plan.season_length, plan.level
    forecaster.scale_, forecaster.combine_ = plan.scale, plan.combine
    forecaster._decomposition = vars(model.decomposition)
    forecaster._covariate_scaling = model.covariate_scaling
    forecaster._plan = vars(plan)
