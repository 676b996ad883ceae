"""The members of a VotingForecaster: checks, calls, and the average of their forecasts."""

from contextlib import contextmanager

import numpy as np
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import has_fit_parameter

from ..core.messages import cut, shorten, shorten_list
from ..core.user_warnings import warn_user
from ..regressor import LSTMRegressor

METHODS = ("fit", "update", "forecast", "predict", "get_params")


def check_members(estimators, reserved):
    """Raise unless these are pairs of a name and a forecaster; `reserved` names are not allowed."""
    if not isinstance(estimators, list) or not estimators:
        raise ValueError(
            f"estimators={shorten(estimators)} is not valid; expected a list of (name, "
            "forecaster), such "
            "as [('smoothed', SequenceForecaster())], with at least one."
        )
    for i, pair in enumerate(estimators):
        if not is_pair(pair):
            raise ValueError(
                f"estimators[{i}] is {shorten(pair)}; expected a tuple (name, forecaster), such as "
                "('smoothed', SequenceForecaster())."
            )
    names = [name for name, _ in estimators]
    if len(set(names)) < len(names) or any("__" in n or n in reserved for n in names):
        raise ValueError(
            f"The members' names {names} must be different, contain no '__', and not be "
            "parameters of VotingForecaster."
        )
    for name, member in estimators:
        missing = [method for method in METHODS if not hasattr(member, method)]
        if missing or isinstance(member, type):
            lacks = f"which has no {missing[0]}" if missing else "a class"
            raise TypeError(
                f"Member {shorten(name)} is {shorten(member)}, {lacks}; expected a forecaster "
                "such as "
                "SequenceForecaster()."
            )


def is_pair(pair):
    """Whether `pair` is a tuple of a name and an object."""
    return isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)


def accept_missing(members):
    """Whether some, and all with the parameter `missing`, accept missing values."""
    params = [member.get_params(deep=False) for member in members]
    return bool(params) and all(each.get("missing", "mask") == "mask" for each in params)


@contextmanager
def name_in_errors(name, action):
    """Add the name of a member to its errors."""
    try:
        yield
    except Exception as error:
        kinds = [kind for kind in (ValueError, TypeError) if isinstance(error, kind)]
        kind = kinds[0] if kinds else RuntimeError
        raise kind(f"Member {shorten(name)} could not {action}: {cut(str(error), 500)}") from error


def members_with_weights(members):
    """Names of the members that use sample weights; warn of others but smoothing, raise for none.

    `members` is a list of pairs of name and forecaster.
    """
    smoothing = [name for name, each in members if _is_smoothing(each)]
    names = [name for name, each in members if has_fit_parameter(each, "sample_weight")]
    names = [name for name in names if name not in smoothing]
    without = [name for name, _ in members if name not in names + smoothing]
    if not names:
        raise ValueError(
            f"sample_weight was given, but fit of no member accepts it: {shorten_list(without)} "
            "have no such argument, and smoothing does not use weights. Leave it out."
        )
    if without:
        warn_user(
            f"The member(s) {shorten_list(without)} do not accept sample_weight, and are fitted "
            "without weights."
        )
    return names


def _is_smoothing(member):
    regressor = getattr(member, "regressor", None)
    return isinstance(regressor, str) and regressor == "smoothing"


def init_models(init_model, members):
    """Keyword arguments by the name of a member: its `init_model`, the member of that name."""
    if init_model is None:
        return {}
    theirs = getattr(init_model, "named_estimators_", None)
    names = [name for name, _ in members]
    if theirs is None or list(theirs) != names:
        has = shorten(init_model) if theirs is None else f"the members {shorten_list(theirs)}"
        raise ValueError(
            f"init_model is or has {has}; expected a fitted VotingForecaster with the members "
            f"{shorten_list(names)}."
        )
    having = [name for name, each in members if has_fit_parameter(each, "init_model")]
    having = [name for name in having if not _is_smoothing(dict(members)[name])]
    if not having:
        raise ValueError(
            f"init_model was given, but fit of no member uses it: {shorten_list(names)}. Leave it "
            "out, or use SequenceForecaster with networks."
        )
    return {name: {"init_model": theirs[name]} for name in having}


def fit_members(members, X, y, data, weighted, others, fit, task_name, n_jobs):
    """Fitted clones of the members, by name.

    Parameters
    ----------
    members : list of (str, forecaster)
        The members.
    X, y : array-like
        The series.
    data : dict
        Further arguments of fit, of which those that are None are not passed.
    weighted : list of str
        Names of the members that get ``data["sample_weight"]``.
    others : dict of dict
        Arguments of single members, by their names.
    fit : Task
        The task of fit, and `task_name` the name of this part of it.
    n_jobs : int or None
        Number of members that are fitted at the same time.
    """
    n = len(members)
    part = fit.subtask(task_name, max_subtasks=n, sequential_subtasks=False)
    # All of them before the first one runs: another process must not see them change.
    tasks = [part.subtask(name, task_id=i) for i, (name, _) in enumerate(members)]
    texts = [f"{name} for {task_name!r} ({i} of {n})" for i, (name, _) in enumerate(members, 1)]
    without = {key: value for key, value in data.items() if key != "sample_weight"}

    def data_of(name):
        return (data if name in weighted else without) | others.get(name, {})

    with part.running():
        fitted = Parallel(n_jobs=n_jobs)(
            delayed(_fit_member)(name, clone(member), X, y, data_of(name), task, task_name, text)
            for (name, member), task, text in zip(members, tasks, texts, strict=True)
        )
    return {name: member for (name, _), member in zip(members, fitted, strict=True)}


def without_logarithms(members):
    """Clones of the members, of which none chooses logarithms: "auto" transformers are None."""
    clones = [(name, clone(member)) for name, member in members]
    for _, member in clones:
        automatic = [
            name
            for name, value in member.get_params().items()
            if name.split("__")[-1] == "transformer" and isinstance(value, str) and value == "auto"
        ]
        if automatic:
            member.set_params(**dict.fromkeys(automatic))
    return clones


def _fit_member(name, member, X, y, data, task, task_name, text):
    """Fit one member, which is told who listens."""
    part = f"{task_name}/{name}"
    with task.fitting(member, part, text), name_in_errors(name, "be fitted"):
        return member.fit(X, y, **given(data))


def trained_members(members, n_epochs):
    """Names of the members that `update` can train further, those with an LSTMRegressor.

    `members` are fitted forecasters by name. Raise if there are none, unless `n_epochs` is 0.
    """
    names = [
        name
        for name, member in members.items()
        if isinstance(getattr(member, "regressor_", None), LSTMRegressor)
    ]
    if n_epochs and not names:
        raise ValueError(
            f"train={n_epochs} needs a member with an LSTMRegressor, but {shorten_list(members)} "
            "have none. Use train=0, or fit again on all rows."
        )
    return names if n_epochs else []


def update_member(name, member, y, X, **data):
    """Append observations to one member."""
    with name_in_errors(name, "be updated"):
        member.update(*positional(y, X), **given(data))


def positional(first, X):
    """The positional arguments, without X=None."""
    return (first,) if X is None else (first, X)


def given(data):
    """The arguments that are not None, as a forecaster need not accept all of them."""
    return {key: value for key, value in data.items() if value is not None}


def average_forecast(members, average, method, first, X=None, *, shapes, **data):
    """The average of the members' forecasts.

    Parameters
    ----------
    members : dict
        Fitted forecasters by name.
    average : callable
        Average along axis 0.
    method : {"forecast", "predict"}
        The method to call with `first`, `X` and `data`, without those that are None.
    shapes : tuple, list of tuple or dict of tuple
        The expected shape of a forecast; or a list of shapes, or a dict by id.
    """
    forecasts = []
    for name, member in members.items():
        with name_in_errors(name, "forecast"):
            forecast = getattr(member, method)(*positional(first, X), **given(data))
            if isinstance(shapes, dict):
                forecast = by_id(forecast)
        forecasts.append(
            _checked_forecast(forecast, shapes, f"The forecast of member {shorten(name)}")
        )
    return _average(forecasts, average)


def by_id(forecast):
    """A dict of the forecasts of each series, if it has the ids in its index."""
    if getattr(getattr(forecast, "index", None), "nlevels", 1) == 1:
        return forecast
    return {key: rows.to_numpy() for key, rows in forecast.groupby(level=0)}


def _checked_forecast(forecast, shapes, name):
    """The forecast as a finite array of this shape, or a list or dict of arrays."""
    if isinstance(shapes, tuple):
        return _checked_array(forecast, shapes, name)
    kind = type(shapes)
    if not isinstance(forecast, kind) or len(forecast) != len(shapes):
        raise ValueError(
            f"{name} is {_describe(forecast)}; expected a {kind.__name__} of {len(shapes)} "
            "forecasts, one for each series."
        )
    if kind is list:
        pairs = zip(forecast, shapes, strict=True)
        return [
            _checked_forecast(rows, shape, f"{name}[{i}]") for i, (rows, shape) in enumerate(pairs)
        ]
    if missing := [series_id for series_id in shapes if series_id not in forecast]:
        raise ValueError(
            f"{name} has the keys {shorten_list(forecast)}, but not the series "
            f"{shorten(missing[0])}."
        )
    return {
        series_id: _checked_forecast(
            forecast[series_id], shape, f"{name} of series {shorten(series_id)}"
        )
        for series_id, shape in shapes.items()
    }


def _checked_array(forecast, shape, name):
    """The forecast as a finite array of this shape."""
    try:
        array = np.asarray(forecast)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.shape != shape or array.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} is {_describe(forecast)}; expected real numbers of shape {shape}."
        )
    if not np.isfinite(array).all():
        row = np.argwhere(~np.isfinite(array))[0]
        raise ValueError(
            f"{name} is {array[tuple(row)]} at step {row[0] + 1}; expected finite numbers. Leave "
            "this member out, or change its parameters."
        )
    return array if array.dtype.kind == "f" else array.astype(float)


def _describe(forecast):
    """Describe a forecast in an error message."""
    if forecast is None:
        return "None"
    shape = getattr(forecast, "shape", None)
    if shape is not None:
        return f"an array of shape {shape} and dtype {forecast.dtype}"
    of = f" of {len(forecast)}" if hasattr(forecast, "__len__") else ""
    return f"a {type(forecast).__name__}{of}"


def _average(forecasts, average):
    """The average of arrays, of lists of arrays or of dicts of arrays."""
    first = forecasts[0]
    if isinstance(first, dict):
        return {key: _average([f[key] for f in forecasts], average) for key in first}
    if isinstance(first, list):
        return [_average(list(each), average) for each in zip(*forecasts, strict=True)]
    return average(forecasts, axis=0).astype(np.result_type(*forecasts), copy=False)
