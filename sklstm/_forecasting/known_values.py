"""Checks that enough values are known, and what stands for the missing ones of X."""

from dataclasses import replace

import numpy as np

from ..core.messages import shorten
from ..core.user_warnings import warn_user
from .missing import columns_with_missing, exog_with_flags, mean_of_known, n_known
from .scaling import difference

MIN_KNOWN = 2  # changes before the calibration rows


def check_known_values(panel):
    """Raise if a column of one of the series has no known value."""
    for name, values in zip(panel.names, panel.values, strict=True):
        check_known(name, values, panel.columns)


def check_known(name, values, columns):
    """Raise if a column of a series (n, S) has no known value."""
    unknown = np.flatnonzero(n_known(values) == 0)
    if len(unknown):
        column = int(unknown[0])
        label = column if columns is None else columns[column]
        of = f"Column {shorten(label)} of {name}" if values.shape[1] > 1 else name
        raise ValueError(
            f"{of} has no known value: all of its {len(values)} row(s) are missing. Leave this "
            "series out, or give rows with values."
        )


def check_enough_known(panel, plan):
    """Raise unless one of the series has enough rows with known values to learn from."""
    numbers = [(~np.isnan(rows).all(axis=1)).sum() for rows in panel.values]
    i = int(np.argmax(numbers))
    if numbers[i] < plan.min_length:
        raise ValueError(
            f"{panel.names[i]} has {panel.lengths[i]} time point(s), but values are known at only "
            f"{numbers[i]} of them; need at least {plan.min_length}. Give more known values"
            + (", or a shorter window." if plan.level is None else ".")
        )


def filled_exog(exog, flagged):
    """`exog_with_flags` of a list of arrays (n_i, k); the first rows get the mean of all."""
    if not flagged and not columns_with_missing(exog):
        return exog
    rows = np.concatenate(exog)
    if (unknown := np.flatnonzero(n_known(rows) == 0)).size:
        warn_user(f"Column {unknown[0]} of X has no known value, so that it has no effect.")
    mean = mean_of_known(rows)
    return [exog_with_flags(each, flagged, mean) for each in exog]


def with_filled_exog(panel, plan):
    """A panel whose exogenous variables have no missing values, but flags of them."""
    exog = filled_exog(panel.exog, plan.flagged_exog)
    return replace(panel, exog=exog, past=filled_exog(panel.past, plan.flagged_past))


def with_known_rows_before(n_calibration, levels, plan):
    """Numbers of calibration rows; 0 for a series with too few known changes before them."""

    def is_known(rows):
        return len(rows) > plan.total_lag and (
            n_known(difference(rows, plan.lags)).min() >= MIN_KNOWN
        )

    return [
        n if n and is_known(rows[: len(rows) - n]) else 0
        for n, rows in zip(n_calibration, levels, strict=True)
    ]
