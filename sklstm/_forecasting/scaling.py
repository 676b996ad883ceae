"""Differencing and standardising, and their inverses."""

import numpy as np


def difference(levels, lags, axis=0):
    """Subtract the level `lag` steps before from each level, for one lag after the other."""
    for lag in lags:
        rows = np.moveaxis(levels, axis, 0)
        levels = np.moveaxis(rows[lag:] - rows[:-lag], 0, axis)
    return levels


def integrate(changes, history, lags):
    """Inverse of `difference`: levels (B, steps, S) after a history (B, >= sum(lags), S)."""
    stages = [difference(history, lags[:i], axis=1) for i in range(len(lags))]
    for lag, past in zip(reversed(lags), reversed(stages), strict=True):
        path = np.concatenate([past[:, -lag:], changes], axis=1)
        for t in range(lag, path.shape[1]):
            path[:, t] += path[:, t - lag]
        changes = path[:, lag:]
    return changes


def mean_and_std(rows):
    """Mean and standard deviation (columns,) of the known values of rows; 0 if there are none."""
    largest = np.maximum(rows.max(axis=0), -rows.min(axis=0))
    if np.isnan(largest).any():
        columns = [column[~np.isnan(column)] for column in rows.T]
        pairs = [mean_and_std(c[:, np.newaxis]) if len(c) else ([0.0], [0.0]) for c in columns]
        return tuple(np.concatenate(each) for each in zip(*pairs, strict=True))
    unit = safe_unit(largest)
    if (unit != 1).any():
        mean, std = mean_and_std(rows / unit)
        return unit * mean, unit * std
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    # The standard deviation of a constant is a rounding error of its mean.
    constant = std <= 10 * np.finfo(rows.dtype).eps * np.abs(mean)
    return mean, np.where(constant, 0.0, std)


def safe_unit(size):
    """A power of two by which to divide numbers of this size before they are squared; usually 1."""
    limits = np.finfo(size.dtype)
    usual = (size == 0) | ((size > limits.tiny**0.25) & (size < limits.max**0.25))
    # Below the largest power of two, of which a multiple may not exist.
    return np.where(usual, 1, np.ldexp(np.ones_like(size), np.frexp(size)[1] - 1))


def standardise(rows, mean, std):
    """Subtract the mean and divide by the standard deviation, unless that is 0.

    The inverse is ``rows * std + mean``, which is exact for constants.
    """
    rows = rows - mean
    rows /= as_divisor(std)  # in place: a series may be long
    return rows


def as_divisor(std):
    """The standard deviation, or 1 where it is 0."""
    return np.where(std == 0, 1, std)


def covariate_scaling(covariates, scale):
    """Mean and standard deviation (K,) of the covariates of all series; 0 and 1 for flags."""
    n_covariates = covariates[0].shape[1]
    mean, std = np.zeros(n_covariates), np.ones(n_covariates)
    if scale and n_covariates:
        rows = np.concatenate(covariates)
        mean, std = mean_and_std(rows)
        # Flags, such as holidays, stay 0 and 1: standardised, a rare one would be a huge number.
        flags = ((rows == 0) | (rows == 1)).all(axis=0)
        mean[flags], std[flags] = 0, 1
    return mean, std
