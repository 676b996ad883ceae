"""The user's transformer of values, such as a logarithm: values <-> levels."""

import numpy as np
from sklearn.base import clone


def fit_transformer(transformer, values):
    """A fitted clone, if it can be undone; None for None.

    `values` is a list of (n_i, S), for it one below the other, in float64, as they will be: in
    float32, exp(log(y)) is not close enough to y.
    """
    if transformer is None:
        return None
    values = np.concatenate(values, dtype=np.float64)
    fitted = clone(transformer).fit(values)
    levels = to_levels(fitted, values, None)
    undone = to_values(fitted, levels, None, np.float64)
    if np.abs(undone - values).max() > 0.01 * np.ptp(values) + 1e-9 * np.abs(values).max():
        raise ValueError(
            f"transformer={transformer!r} is not undone by its inverse_transform: that makes "
            f"{undone[0]} of {values[0]}. Give it the inverse, as in FunctionTransformer(np.log, "
            "np.exp)."
        )
    return fitted


def to_levels(transformer, values, log, name="y"):
    """Values (n, S) -> levels (n, S), in float64; `log` (S,) says which become logarithms."""
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
            f"transformer made shape {levels.shape} of values of shape {values.shape}; expected "
            "one level for each value."
        )
    if not np.isfinite(levels).all():
        row = int(np.argwhere(~np.isfinite(levels))[0][0])
        raise ValueError(
            f"transformer={transformer!r} made {levels[row]} of y's row {row}, {values[row]}; it "
            "must be defined for all values."
        )
    return levels


def to_values(transformer, levels, log, dtype):
    """Levels (..., S) -> values (..., S); `log` broadcasts to them."""
    if log is not None and log.any():
        levels = np.where(log, np.exp(np.where(log, levels, 0)), levels)
    if transformer is not None:
        rows = transformer.inverse_transform(levels.reshape(-1, levels.shape[-1]))
        if np.size(rows) != levels.size:
            raise ValueError(
                f"transformer={transformer!r} made shape {np.shape(rows)} of levels of shape "
                f"{levels.shape} in inverse_transform; expected one value for each level."
            )
        levels = np.asarray(rows).reshape(levels.shape)
    return levels.astype(dtype, copy=False)
