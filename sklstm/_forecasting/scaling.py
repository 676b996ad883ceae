"""Differencing and standardising, and how they are undone."""

import numpy as np


def difference(levels, lags, axis=0):
    """Subtract from each level the one `lag` times before, for one lag after the other."""
    for lag in lags:
        rows = np.moveaxis(levels, axis, 0)
        levels = np.moveaxis(rows[lag:] - rows[:-lag], 0, axis)
    return levels


def integrate(changes, history, lags):
    """Undo `difference`: levels (B, steps, S) whose changes follow a history (B, >= lags, S)."""
    stages = [difference(history, lags[:i], axis=1) for i in range(len(lags))]
    for lag, past in zip(reversed(lags), reversed(stages), strict=True):
        path = np.concatenate([past[:, -lag:], changes], axis=1)
        for t in range(lag, path.shape[1]):
            path[:, t] += path[:, t - lag]
        changes = path[:, lag:]
    return changes


def mean_and_std(rows):
    """Mean and standard deviation (columns,) of rows."""
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    # A constant's deviation is not quite 0, but rounding error, as its mean has some.
    constant = std <= 10 * np.finfo(rows.dtype).eps * np.abs(mean)
    return mean, np.where(constant, 0.0, std)


def standardise(rows, mean, std):
    """Rows in units of their deviation; those of what is constant stay as they are.

    Undone by ``rows * std + mean``, which forecasts what is constant as exactly that.
    """
    rows = rows - mean
    rows /= np.where(std == 0, 1, std)  # in place: a series may be long
    return rows


def known_scaling(known, scale):
    """Mean and deviation (K,) of what is known at each time, over the rows of all series."""
    n_known = known[0].shape[1]
    mean, std = np.zeros(n_known), np.ones(n_known)
    if scale and n_known:
        rows = np.concatenate(known)
        mean, std = mean_and_std(rows)
        # A flag, such as a holiday or one of twelve months, says more as 0 and 1: standardised, a
        # rare one is a huge number.
        flags = ((rows == 0) | (rows == 1)).all(axis=0)
        mean[flags], std[flags] = 0, 1
    return mean, std
