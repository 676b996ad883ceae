"""Another forecaster, with whose weights the training of a network begins."""

from copy import copy
from dataclasses import replace
from numbers import Real

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from .._estimators.training_options import resolve_cell
from ..core.messages import shorten, shorten_list
from ..core.schedules import resolve_schedule
from ..regressor import LSTMRegressor
from .automatic import regressor_parameters
from .combination import SmoothingOnly
from .plan import Plan

RATE = 0.1  # learning rate of further training, times that at the beginning of the first one
N_EPOCHS = 20  # of the default regressor
# Parameters of the forecaster and of the network that have to be the same.
_OF_WINDOWS = ("window", "horizon", "level", "scale")
_OF_NETWORK = ("hidden_size", "num_layers", "bidirectional", "pooling", "patch_length")


def check_init_model(init_model, forecaster):
    """Raise unless `init_model` is a fitted forecaster with a network, like the other one.

    Parameters
    ----------
    init_model : object
        As passed to fit.
    forecaster : SequenceForecaster
        The forecaster that is fitted.
    """
    kind = type(forecaster).__name__
    if not hasattr(init_model, "forecast") or not hasattr(init_model, "regressor"):
        raise TypeError(
            f"init_model={shorten(init_model)} is not valid; expected a fitted {kind} with an "
            "LSTMRegressor."
        )
    check_is_fitted(init_model, msg="init_model is not fitted: fit it on its own series first.")
    theirs, own = init_model.regressor_, forecaster.regressor
    if not isinstance(theirs, LSTMRegressor):
        smoothing = isinstance(theirs, SmoothingOnly)
        raise ValueError(
            "init_model has no weights to begin with: its forecasts are those of "
            f"{'smoothing' if smoothing else shorten(theirs)}. Pass one with an LSTMRegressor"
            f"{', and enough rows to train it' if smoothing else ''}."
        )
    if own is not None and not isinstance(own, LSTMRegressor):
        raise ValueError(
            f"init_model has the weights of an LSTMRegressor, but here regressor={shorten(own)}. "
            "Use None or LSTMRegressor()."
        )
    if own is not None:
        _check_same_network(theirs, own)


def _check_same_network(fitted, regressor):
    """Raise unless an LSTMRegressor has the parameters of the network of a fitted one."""
    pairs = {name: (getattr(fitted, name), getattr(regressor, name)) for name in _OF_NETWORK}
    for name in ("pooling", "patch_length"):  # the regressor then gets the fitted value
        if pairs[name][1] == "auto":
            del pairs[name]
        else:
            pairs[name] = getattr(fitted, f"{name}_"), pairs[name][1]
    pairs["cell"] = fitted._kinds["cell"], repr(resolve_cell(regressor.cell))
    pairs["loss"] = fitted._kinds["loss"], repr(regressor._loss())
    for name, (theirs, own) in pairs.items():
        if theirs != own:
            raise ValueError(
                f"The network of init_model has {name}={theirs}, but regressor has {name}={own}. "
                "Use the same, or regressor=None."
            )


def with_parameters_of(init_model, forecaster):
    """A copy of a forecaster whose "auto" parameters have the values of `init_model`, and which.

    Season and logarithms depend on the series, too: see `prepare`.
    """
    new, choices = copy(forecaster), {}
    if new.regressor is None:  # its loss says which targets are valid
        new.regressor = init_model.regressor_
    for name in (*_OF_WINDOWS, "combine"):
        if name == "horizon" and forecaster.strategy != "direct":
            continue
        value = getattr(forecaster, name)
        if isinstance(value, str) and value == "auto":
            setattr(new, name, getattr(init_model, f"{name}_"))
            choices[name] = f"{getattr(new, name)!r}: that of init_model"
    return new, choices


def check_same_windows(init_model, plan):
    """Raise unless windows of this plan are those of `init_model`."""
    other = Plan(**init_model._plan)
    pairs = {name: (getattr(other, name), getattr(plan, name)) for name in _OF_WINDOWS}
    pairs["differences"] = other.lags, plan.lags
    for name, (theirs, own) in pairs.items():
        if theirs != own:
            raise ValueError(
                f"init_model has {name}={theirs!r}, but here {name}={own!r}, so that its network "
                f"reads other windows. Use {name}={theirs!r}."
            )


def with_flags_of(init_model, plan):
    """A plan with the channels for missing values of `init_model`, whose network reads these."""
    names = "flagged_values", "flagged_exog", "flagged_past"
    return replace(plan, **{name: init_model._plan[name] for name in names})


def check_same_channels(init_model, forecaster, panel, static):
    """Raise unless windows have the channels of those of `init_model`."""
    _check_same_names(init_model, forecaster)
    static_of_init_model, plan = np.shape(init_model._origin["static"])[1], init_model._plan
    for what, theirs, own in (
        ("series observed together", init_model._form["width"], panel.values[0].shape[1]),
        ("exogenous variables", plan["n_exog"], panel.exog[0].shape[1]),
        ("columns of the past", plan["n_past"], panel.past[0].shape[1]),
        ("static features", static_of_init_model, static.shape[1]),
    ):
        if theirs != own:
            raise ValueError(
                f"init_model was fitted with {theirs} {what}, but here are {own}: its network "
                "reads windows with another number of channels."
            )


def _check_same_names(init_model, forecaster):
    """Raise if X, or what its transformer makes of it, has other names of columns."""
    for what, theirs, own in (
        ("X", *(getattr(each, "feature_names_in_", None) for each in (init_model, forecaster))),
        ("the output of exog_transformer", *map(_encoded_names, (init_model, forecaster))),
    ):
        if theirs is not None and own is not None and list(theirs) != list(own):
            raise ValueError(
                f"init_model was fitted with the columns {shorten_list(theirs)} of {what}, but "
                f"here they are {shorten_list(own)}; expected the same, in the same order."
            )


def _encoded_names(forecaster):
    """Names of the columns that a fitted exog_transformer makes; None if it does not tell."""
    try:
        return forecaster.exog_transformer_.get_feature_names_out()
    except (AttributeError, TypeError, ValueError):
        return None


def regressor_like(fitted, n_windows):
    """The default regressor: like a fitted one, for few epochs on this number of windows."""
    parameters = regressor_parameters(n_windows) | {
        "loss": fitted.loss,
        "max_iter": N_EPOCHS,
        "learning_rate": small_rate(fitted),
        "early_stopping": False,
        "random_state": None,
    }
    return clone(fitted).set_params(**parameters)


def small_rate(regressor):
    """The learning rate of further training, for an LSTMRegressor."""
    rate = regressor.learning_rate
    if not isinstance(rate, Real):
        schedule = resolve_schedule(rate)
        rate = schedule.rate(0, regressor.max_iter, schedule.init())
    return RATE * rate
