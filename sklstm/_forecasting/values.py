"""The transformer of values, such as a logarithm: values <-> levels."""

import numpy as np
from sklearn.base import clone

from ..core.messages import shorten


def fit_transformer(transformer, values):
    """A fitted clone of the transformer; None for None.

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
        return None
    values = np.concatenate(values, dtype=np.float64)
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
    return fitted


def to_levels(transformer, values, log, name="y"):
    """Values (n, S) -> levels (n, S), in float64; columns with `log` (S,) become logarithms."""
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


def to_values(transformer, levels, log, dtype):
    """Levels (..., S) -> values (..., S) of type `dtype`; `log` broadcasts to the levels."""
    if log is not None and log.any():
        levels = np.where(log, np.exp(np.where(log, levels, 0)), levels)
    if transformer is not None:
        rows = transformer.inverse_transform(levels.reshape(-1, levels.shape[-1]))
        if np.size(rows) != levels.size:
            raise ValueError(
                f"transformer={shorten(transformer)} returned shape {np.shape(rows)} for "
                "levels of shape "
                f"{levels.shape} in inverse_transform; expected one value for each level."
            )
        levels = np.asarray(rows).reshape(levels.shape)
    return levels.astype(dtype, copy=False)
