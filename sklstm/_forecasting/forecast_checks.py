"""Errors and warnings of values that are not finite, or far from all values observed."""

import numpy as np

from ..core.user_warnings import warn_user

MAX_RANGES = 1e3  # a value further than these ranges from those observed before is a warning


def min_and_max(rows):
    """Minimum and maximum (2, S) of the known values of rows (n, S); NaN if there are none."""
    return np.stack([np.fmin.reduce(rows, axis=0), np.fmax.reduce(rows, axis=0)])


def check_forecast(values, extremes, names, plan, log, transformed):
    """Raise unless forecasts are finite, and warn of those far from all values observed.

    Parameters
    ----------
    values : ndarray of shape (B, steps, S)
        The forecasts.
    extremes : ndarray of shape (B, 2, S)
        Minimum and maximum of the values observed of each series.
    names : list of B str
        Names of the series in messages.
    plan : Plan
        The parameters, for the advice in messages.
    log : ndarray of shape (B, S) of bool
        Whether a series is forecast as a logarithm.
    transformed : bool
        Whether there is a transformer.
    """
    bad = ~np.isfinite(values)
    if bad.any():
        b, step, column = np.argwhere(bad)[0]
        name = _name(names, b, column, values)
        where = f" at step {step + 1}"
        raise ValueError(not_finite_message(name, plan, where, log[b, column], transformed))
    low, high = extremes[:, :1], extremes[:, 1:]
    far = _are_far(values, low, high)
    if far.any():
        b, step, column = np.argwhere(far)[0]
        others = far.any(axis=1).sum() - 1
        warn_user(
            f"The forecast of {_name(names, b, column, values)}"
            + (f" (and of {others} more series)" if others else "")
            + f" is {values[b, step, column]:.3g} at step {step + 1}, far from all values "
            f"observed, {low[b, 0, column]:.3g} to {high[b, 0, column]:.3g}. "
            + _advice(plan, log[b, column], transformed),
        )


def _are_far(values, low, high):
    """Whether values are far outside of the range of the values observed."""
    with np.errstate(over="ignore"):  # an infinite limit is valid
        limit = MAX_RANGES * (high - low) + np.maximum(np.abs(low), np.abs(high))
        return (np.abs(values - (low / 2 + high / 2)) > limit) & (limit > 0)


def warn_of_far_values(observed):
    """Warn of new observations far from all values before, as of other units.

    Parameters
    ----------
    observed : list of (str, ndarray of shape (n, S), ndarray of shape (2, S))
        For each series its name, the new values, and minimum and maximum of those before.
    """
    found = []
    for name, values, (low, high) in observed:
        far = _are_far(values, low, high) & (high > low)  # a constant has no range
        found += [(name, *place, values, low, high) for place in np.argwhere(far)[:1]]
    if not found:
        return
    name, row, column, values, low, high = found[0]
    others = len(found) - 1
    warn_user(
        f"{_name([name], 0, column, values[np.newaxis])} contains {values[row, column]:.6g} in row "
        f"{row}, far from all values before, {low[column]:.6g} to {high[column]:.6g}"
        + (f" (and so do {others} more series)" if others else "")
        + ". Does it have the units of fit? If the level has really changed that much, fit again."
    )


def check_bounds(bounds, names, transformed):
    """Raise unless the bounds of intervals are finite.

    Parameters
    ----------
    bounds : list of two ndarrays of shape (B, steps, S)
        Lower and upper bounds.
    names : list of B str
        Names of the series in messages.
    transformed : bool
        Whether there is a transformer.
    """
    for values in bounds:
        bad = ~np.isfinite(values)
        if bad.any():
            b, step, column = np.argwhere(bad)[0]
            reason = "it overflows"
            if transformed:
                reason = "the inverse of the transformer is not defined or overflows there"
            raise ValueError(
                f"The interval of {_name(names, b, column, values)} has a bound that is not finite "
                f"at step {step + 1}: {reason}. Use fewer steps, a lower coverage, or another "
                "transformer, such as transformer=None."
            )


def _name(names, b, column, values):
    return names[b] if values.shape[2] == 1 else f"{names[b]}, column {column}"


def not_finite_message(name, plan, where="", log=False, transformed=False):
    """The error message for a forecast that is NaN or infinite."""
    return f"The forecast of {name} is not finite{where}. {_advice(plan, log, transformed)}"


def _advice(plan, log, transformed):
    """Advice against forecasts that grow without bound."""
    ways = ["forecast fewer steps"]
    if plan.horizon == 1:
        ways.append("use strategy='direct'")
    if not plan.combine and len(plan.quantiles) == 1:
        ways.append("combine=True" + (" with level='smoothed'" if plan.level is None else ""))
        ways.append("a regressor with a stronger penalty")
    if log:
        ways.append("transformer=None, as logarithms grow exponentially")
    if transformed:
        ways.append("a transformer whose inverse is defined, and grows slowly, for all levels")
    ways[-1] = ("or " if len(ways) > 1 else "") + ways[-1]
    reason = "A forecast that reads its own predictions may grow without bound: "
    return f"{reason}{', '.join(ways)}."
