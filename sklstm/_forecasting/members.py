"""The members of a vote: which may be some, their calls, and the average of their forecasts."""

from contextlib import contextmanager

import numpy as np

METHODS = ("fit", "update", "forecast", "predict", "get_params")


def check_members(estimators, reserved):
    """Raise unless these are pairs of a name and a forecaster; `reserved` are not names."""
    if not isinstance(estimators, list) or not estimators:
        raise ValueError(
            f"estimators={estimators!r} is not valid; expected a list of (name, forecaster), such "
            "as [('smoothed', SequenceForecaster())], with one at least."
        )
    for i, pair in enumerate(estimators):
        if not is_pair(pair):
            raise ValueError(
                f"estimators[{i}] is {pair!r}; expected a tuple (name, forecaster), such as "
                "('smoothed', SequenceForecaster())."
            )
    names = [name for name, _ in estimators]
    if len(set(names)) < len(names) or any("__" in n or n in reserved for n in names):
        raise ValueError(
            f"The members' names {names} must be different, contain no '__', and be no "
            "parameter of VotingForecaster."
        )
    for name, member in estimators:
        missing = [method for method in METHODS if not hasattr(member, method)]
        if missing or isinstance(member, type):
            lacks = f"which has no {missing[0]}" if missing else "a class"
            raise TypeError(
                f"Member {name!r} is {member!r}, {lacks}; expected a forecaster such as "
                "SequenceForecaster()."
            )


def is_pair(pair):
    """Tell whether this is a tuple of a name and something."""
    return isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)


def check_n_jobs(n_jobs):
    """Raise unless joblib can read this as a number of processes."""
    if n_jobs is None:
        return
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, (int, np.integer)) or n_jobs == 0:
        raise ValueError(
            f"n_jobs={n_jobs!r} is not valid; expected an integer other than 0, where -1 is all "
            "processors, or None for 1."
        )


@contextmanager
def named(name, what):
    """Say in errors which member could not do what."""
    try:
        yield
    except Exception as error:
        kinds = [kind for kind in (ValueError, TypeError) if isinstance(error, kind)]
        kind = kinds[0] if kinds else RuntimeError
        raise kind(f"Member {name!r} could not {what}: {error}") from error


def fit_member(name, member, X, y, data):
    """Fit one member; the error of one that fails says which it is."""
    with named(name, "be fitted"):
        return member.fit(X, y, **_given(data))


def update_member(name, member, y, X, **data):
    """Append observations to one member."""
    with named(name, "be updated"):
        member.update(*_positional(y, X), **_given(data))


def _positional(first, X):
    return (first,) if X is None else (first, X)


def _given(data):
    """Those of the arguments that are not None: not every forecaster knows all of them."""
    return {key: value for key, value in data.items() if value is not None}


def vote(members, average, method, first, X=None, *, shapes, **data):
    """The average of what all members forecast.

    Parameters
    ----------
    members : dict
        Fitted forecasters by name.
    average : callable
        Of forecasts along axis 0.
    method : {"forecast", "predict"}
        What to call with those of the arguments `first`, `X` and `data` that are not None.
    shapes : tuple, list of tuple or dict of tuple
        The shape of each forecast, a list of them, or one for each id.
    """
    forecasts = []
    for name, member in members.items():
        with named(name, "forecast"):
            forecast = getattr(member, method)(*_positional(first, X), **_given(data))
        forecasts.append(_read(forecast, shapes, f"The forecast of member {name!r}"))
    return _combine(forecasts, average)


def _read(forecast, shapes, name):
    """A forecast as an array of this shape, or a list or dict of such; all of it is finite."""
    if isinstance(shapes, tuple):
        return _read_array(forecast, shapes, name)
    kind = type(shapes)
    if not isinstance(forecast, kind) or len(forecast) != len(shapes):
        raise ValueError(
            f"{name} is {_described(forecast)}; expected a {kind.__name__} of {len(shapes)} "
            "forecasts, one for each series."
        )
    if kind is list:
        pairs = zip(forecast, shapes, strict=True)
        return [_read(rows, shape, f"{name}[{i}]") for i, (rows, shape) in enumerate(pairs)]
    if missing := [label for label in shapes if label not in forecast]:
        raise ValueError(
            f"{name} has the keys {list(forecast)}, but not the series {missing[0]!r}."
        )
    return {
        label: _read(forecast[label], shape, f"{name} of series {label!r}")
        for label, shape in shapes.items()
    }


def _read_array(forecast, shape, name):
    try:
        array = np.asarray(forecast)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.shape != shape or array.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} is {_described(forecast)}; expected real numbers of shape {shape}."
        )
    if not np.isfinite(array).all():
        row = np.argwhere(~np.isfinite(array))[0]
        raise ValueError(
            f"{name} is {array[tuple(row)]} at step {row[0] + 1}; expected finite numbers. Leave "
            "this member out, or change its parameters."
        )
    return array if array.dtype.kind == "f" else array.astype(float)


def _described(forecast):
    if forecast is None:
        return "None"
    shape = getattr(forecast, "shape", None)
    if shape is not None:
        return f"an array of shape {shape} and dtype {forecast.dtype}"
    of = f" of {len(forecast)}" if hasattr(forecast, "__len__") else ""
    return f"a {type(forecast).__name__}{of}"


def _combine(forecasts, average):
    """The average of forecasts in one form: arrays, lists or dicts of arrays."""
    first = forecasts[0]
    if isinstance(first, dict):
        return {key: _combine([f[key] for f in forecasts], average) for key in first}
    if isinstance(first, list):
        return [_combine(list(each), average) for each in zip(*forecasts, strict=True)]
    return average(forecasts, axis=0).astype(np.result_type(*forecasts), copy=False)
