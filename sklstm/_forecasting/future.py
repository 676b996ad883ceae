"""Exogenous variables at the times to forecast: the arguments of forecast and predict."""

from numbers import Real

import numpy as np

from ..core.checks import check_integer
from .panel import read_exog, read_panel
from .times import index_of


def read_steps(estimator, steps, X, series_id):
    """Read the arguments of `forecast`: the exogenous rows of these steps, None without X."""
    check_integer(steps, "steps", 1)
    if X is None:
        if series_id is not None:
            raise ValueError("series_id says whose rows X has, but X is None; leave it out.")
        read_exog(estimator, None, steps, reset=False)
        return None
    if isinstance(X, Real):
        raise TypeError(f"X is the number {X}; what follows it is passed by name: coverage={X}.")
    panel = read_panel(estimator, X, None, series_id, reset=False)
    if set(panel.lengths) != {steps}:
        raise ValueError(
            f"X has {sorted(set(panel.lengths))} row(s) a series, but steps={steps}; expected "
            "the exogenous variables at exactly these steps, no row missing and none too many."
        )
    return panel


def read_rows(estimator, X, series_id):
    """Read the arguments of `predict`: the exogenous rows to forecast."""
    if X is None or isinstance(X, Real):
        raise TypeError(
            f"predict forecasts a step for each row of X, but X is {X!r}: use forecast(steps)."
        )
    return read_panel(estimator, X, None, series_id, reset=False)


def rows_like(panel, X, y):
    """X where it was given, else rows without columns that have the times of y."""
    if X is not None:
        return X
    if panel.form == "list":
        return [_rows(*each) for each in zip(panel.indexes, panel.lengths, strict=True)]
    return _rows(index_of(y), sum(panel.lengths))


def _rows(index, n_rows):
    if index is None:
        return np.empty((n_rows, 0))
    import pandas as pd

    return pd.DataFrame(index=index)
