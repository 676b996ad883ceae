"""The transformer of values, such as a logarithm: values <-> levels."""

import numpy as np
from sklearn.base import clone

from ..core.messages import shorten
from .inverse import inverse, known_levels
from .missing import nearest_known

MIN_COMPLETE = 8  # rows without missing values that are enough to fit a transformer


def fit_transformer(transformer, values):
    """A fitted clone of the transformer, and the levels of fit (2, S) that `inverse` is given.

    Both are None for None.

    Parameters
    ----------
    transformer : transformer or None
        As in `SequenceForecaster`.
    values : list of N arrays (n_i, S)
        The series. They are concatenated and in float64, as in float32 exp(log(y)) is not close
        enough to y.

    Raises
    ------
    ValueError
        If `inverse_transform` is not the inverse.
    """
    if transformer is None:
        return None, None
    values = _complete_rows([rows.astype(np.float64, copy=False) for rows in values])
    fitted = clone(transformer).fit(values)
    levels = to_levels(fitted, values, None)
    undone = to_values(fitted, levels, None, np.float64)
    if np.abs(undone - values).max() > 0.01 * np.ptp(values) + 1e-9 * np.abs(values).max():
        raise ValueError(
            f"transformer={shorten(transformer)} is not undone by its inverse_transform, which "
            "returns "
            f"{undone[0]} for {values[0]}. Pass its inverse, as in FunctionTransformer(np.log, "
            "np.exp)."
        )
    return fitted, known_levels(fitted, levels)


def _complete_rows(values):
    """The rows of all series without missing values; if these are few, all rows, filled."""
    rows = np.concatenate(values)
    complete = ~np.isnan(rows).any(axis=1)
    if complete.all():
        return rows
    if complete.sum() >= MIN_COMPLETE:
        return rows[complete]
    return np.concatenate([nearest_known(each) for each in values])


def to_levels(transformer, values, log, name="y", mixes=False):
    """Values (n, S) -> levels (n, S), in float64; columns with `log` (S,) become logarithms.

    Missing values, which are NaN, have no level. `mixes` tells whether the transformer mixes
    columns, so that a row without one of its values has no levels.
    """
    values = values.astype(np.float64, copy=False)
    if log is not None and log.any():
        if (values[:, log] <= 0).any():
            low = values[:, log].min()
            raise ValueError(
                f"{name} contains {low:g}, but all values in fit were positive, and their "
                "logarithms are forecast. Fit again with these values, or with transformer=None."
            )
        return np.where(log, np.log(np.where(log, values, 1)), values)
    if transformer is None:
        return values
    missing = np.isnan(values)
    if not missing.any():
        return _transformed(transformer, values)
    filled = nearest_known(values)
    levels = _transformed(transformer, np.where(np.isnan(filled), 1.0, filled))
    missing = missing.any(axis=1, keepdims=True) if mixes else missing
    return np.where(missing, np.nan, levels)


def _transformed(transformer, values):
    """Known values (n, S) -> levels (n, S)."""
    levels = np.asarray(transformer.transform(values), dtype=np.float64)
    if levels.shape != values.shape:
        raise ValueError(
            f"transformer={shorten(transformer)} returned shape {levels.shape} for values of shape "
            f"{values.shape}; expected one level for each value."
        )
    if not np.isfinite(levels).all():
        row = int(np.argwhere(~np.isfinite(levels))[0][0])
        raise ValueError(
            f"transformer={shorten(transformer)} returned {levels[row]} for row {row} of y, "
            f"{values[row]}; it must be defined for all values."
        )
    return levels


def to_values(transformer, levels, log, dtype, known=None):
    """Levels (..., S) -> values (..., S) of type `dtype`; `log` broadcasts to the levels.

    `known` are the levels of fit, see `inverse`.
    """
    with np.errstate(over="ignore"):  # an error in the checks of forecasts
        if log is not None and log.any():
            levels = np.where(log, np.exp(np.where(log, levels, 0)), levels)
        if transformer is not None:
            levels = inverse(transformer, levels, known)
        return levels.astype(dtype, copy=False)
