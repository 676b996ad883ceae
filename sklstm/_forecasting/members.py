"""The members of a vote: fit one of them, and combine their forecasts."""

import numpy as np

from .times import index_of


def fit_member(name, member, X, y, data):
    """Fit one member; the error of one that fails says which it is."""
    data = {key: value for key, value in data.items() if value is not None}
    try:
        return member.fit(X, y, **data)
    except Exception as error:
        kind = type(error) if type(error) in (TypeError, ValueError) else RuntimeError
        raise kind(f"Member {name!r} could not be fitted: {error}") from error


def combine(forecasts, average):
    """The average of forecasts in one form: arrays, lists or dicts of arrays."""
    first = forecasts[0]
    if isinstance(first, dict):
        return {key: combine([f[key] for f in forecasts], average) for key in first}
    if isinstance(first, list):
        return [combine(list(each), average) for each in zip(*forecasts, strict=True)]
    return average(forecasts, axis=0).astype(first.dtype, copy=False)


def flattened(X, y):
    """X with the times of y where it is None, and y as arrays: what `score` compares."""
    if isinstance(y, list):
        pairs = [
            flattened(None if X is None else x, rows) for x, rows in zip(X or y, y, strict=True)
        ]
        return [x for x, _ in pairs], [rows for _, rows in pairs]
    if X is None:
        X = np.empty((len(y), 0))
        if index_of(y) is not None:
            import pandas as pd

            X = pd.DataFrame(index=y.index)
    return X, np.asarray(y)
