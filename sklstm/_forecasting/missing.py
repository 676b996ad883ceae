"""Missing values, which are NaN: where they are, and how they are filled. Time is axis 0."""

import numpy as np

from ..core.windows import windows_of
from .scaling import difference


def columns_with_missing(arrays):
    """The numbers of the columns with a missing value in one of the arrays (n_i, k)."""
    flags = np.any([np.isnan(rows).any(axis=0) for rows in arrays], axis=0)
    return tuple(np.flatnonzero(flags).tolist())


def n_known(rows):
    """Number of known values of each column (S,) of rows (n, S)."""
    return (~np.isnan(rows)).sum(axis=0)


def trimmed(column):
    """A column (n,) from its first known value to its last one; empty without any."""
    missing = np.isnan(column)
    if not missing.any():
        return column
    known = np.flatnonzero(~missing)
    return column[known[0] : known[-1] + 1] if len(known) else column[:0]


def first_known(rows):
    """The row numbers of the first known values, (...) for rows (n, ...); 0 without any."""
    if not np.isnan(rows[0]).any():
        return np.zeros(rows.shape[1:], dtype=int)
    return (~np.isnan(rows)).argmax(axis=0)


def mean_of_known(rows):
    """The mean of each column (S,) of rows (n, S); 0 without known values."""
    mean = rows.mean(axis=0)
    if not np.isnan(mean).any():
        return mean
    known = ~np.isnan(rows)
    return np.where(known, rows, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def _rows_of_known(known):
    """The rows of the last known value up to each row, -1 for none; known is (n, ...)."""
    rows = np.arange(len(known)).reshape(-1, *[1] * (known.ndim - 1))
    return rows, np.maximum.accumulate(np.where(known, rows, -1), axis=0)


def held(rows):
    """A copy with the last known value in place of missing ones; the first ones remain NaN."""
    _, before = _rows_of_known(~np.isnan(rows))
    return np.take_along_axis(rows, np.maximum(before, 0), axis=0)


def nearest_known(rows):
    """A copy with the last known value in place of missing ones, or else the next one."""
    return held(held(rows)[::-1])[::-1]


def interpolated(rows):
    """A copy with values between known ones interpolated; the first and last remain NaN."""
    known = ~np.isnan(rows)
    n = len(rows)
    row, before = _rows_of_known(known)
    after = n - 1 - _rows_of_known(known[::-1])[1][::-1]
    inside = ~known & (before >= 0) & (after < n)
    low = np.take_along_axis(rows, np.maximum(before, 0), axis=0)
    high = np.take_along_axis(rows, np.minimum(after, n - 1), axis=0)
    share = (row - before) / np.maximum(after - before, 1)
    return np.where(inside, low + share * (high - low), rows)


def windows_with_targets(changes, origins, horizon):
    """Whether each origin from the first to the last one has a known target; None if all have."""
    known = ~np.isnan(changes).all(axis=1)
    if known.all():
        return None
    first, last = origins
    return windows_of(known, horizon)[first : last + 1].any(axis=1)


def last_known_rows(rows, origins):
    """The rows (k, S) of the last known values before origins (k,); without any the last row."""
    last = _rows_of_known(~np.isnan(rows))[1][origins - 1]
    return np.where(last < 0, origins[:, np.newaxis] - 1, last)


def without_gaps(x):
    """A series (n,) whose first and last values are known, interpolated where it is missing."""
    return interpolated(x) if np.isnan(x).any() else x


def filled_before(rows, origins, windows, hold):
    """Fill the missing values in the windows before some origins, in place.

    What is missing between two known values is interpolated. After the last value before an origin,
    the next one is not known yet: there the last value is held, or with ``hold=False`` NaN remains.

    Parameters
    ----------
    rows : ndarray of shape (n, S)
        All rows.
    origins : ndarray of shape (k,)
        Numbers of rows before the origins.
    windows : ndarray of shape (k, T, S)
        The last T rows before each origin of `interpolated` rows.
    hold : bool
        Whether the last value is held.
    """
    _, last = _rows_of_known(~np.isnan(rows))
    last = last[origins - 1]  # (k, S)
    length = windows.shape[1]
    row = origins[:, np.newaxis] - length + np.arange(length)  # (k, T)
    ends = row[:, :, np.newaxis] > last[:, np.newaxis]
    ends &= (row >= 0)[:, :, np.newaxis]
    values = np.take_along_axis(rows, np.maximum(last, 0), axis=0) if hold else np.nan
    np.copyto(windows, np.broadcast_to(values, last.shape)[:, np.newaxis], where=ends)


def fill_past(rows, hold):
    """`filled_before` for a single origin after all rows (n, ...), as a copy."""
    filled = interpolated(rows)
    return np.where(np.isnan(filled), held(filled), filled) if hold else filled


def filled_levels(levels, lags):
    """Levels (n, S) with those after the mean change in place of missing ones.

    They depend on earlier levels only, but for those of the first rows, which are interpolated, and
    those before the first known level, which are that.
    """
    if not lags or not np.isnan(levels).any():
        return levels
    weights = np.ones(1)  # of the levels before a row in its change
    for lag in lags:
        weights = np.convolve(weights, [1, *[0] * (lag - 1), -1])
    filled = levels.copy()
    start = first_known(filled)
    for j, first in enumerate(start):
        filled[:first, j] = filled[first, j]
    n_before = len(weights) - 1
    filled[:n_before] = interpolated(filled)[:n_before]
    past = -weights[:0:-1]  # oldest first
    change = mean_of_known(difference(levels, lags))
    for t, j in np.argwhere(np.isnan(filled)):
        filled[t, j] = (
            filled[t - 1, j] if t < n_before else change[j] + past @ filled[t - n_before : t, j]
        )
    return np.where(np.isnan(filled), 0.0, filled)


def exog_with_flags(exog, columns, before):
    """Exogenous rows (n, k) without missing values, and a flag for each of some columns.

    Parameters
    ----------
    exog : ndarray of shape (n, k)
        Exogenous variables. A missing value is the last known one.
    columns : tuple of int
        The columns that get one more column, which is 1 where they are missing.
    before : ndarray of shape (>= k,)
        Values in place of those that are missing in the first rows.
    """
    missing = np.isnan(exog)
    if missing.any():
        first = before[np.newaxis, : exog.shape[1]].astype(exog.dtype)
        exog = held(np.concatenate([first, exog]))[1:]
    if not columns:
        return exog
    return np.concatenate([exog, missing[:, list(columns)].astype(exog.dtype)], axis=1)
