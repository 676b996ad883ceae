"""Whether a forecast can be true: finite, and not far from all that was observed."""

import numpy as np

from ..core.user_warnings import warn_user

FAR = 1e3  # ranges of the observed values: a forecast further away is a warning


def extremes_of(rows):
    """The smallest and the largest values of rows (n, S), as (2, S)."""
    return np.stack([rows.min(axis=0), rows.max(axis=0)])


def check_forecast(values, extremes, names, plan, log, transformed):
    """Raise unless forecasts are finite, and warn of those far from all observed values.

    Parameters
    ----------
    values : ndarray of shape (B, steps, S)
        The forecasts.
    extremes : ndarray of shape (B, 2, S)
        The smallest and the largest value observed of each series.
    names : list of B str
        What error messages call the series.
    plan : Plan
        How they were forecast, for what to do about it.
    log : ndarray of shape (B, S) of bool
        Which are forecast as logarithms.
    transformed : bool
        Whether the user has a transformer.
    """
    bad = ~np.isfinite(values)
    if bad.any():
        b, step, column = np.argwhere(bad)[0]
        name = _name(names, b, column, values)
        where = f" at step {step + 1}"
        raise ValueError(not_finite(name, plan, where, log[b, column], transformed))
    low, high = extremes[:, :1], extremes[:, 1:]
    with np.errstate(over="ignore"):  # infinity is a limit, too
        limit = FAR * (high - low) + np.maximum(np.abs(low), np.abs(high))
    far = (np.abs(values - (low / 2 + high / 2)) > limit) & (limit > 0)
    if far.any():
        b, step, column = np.argwhere(far)[0]
        others = far.any(axis=1).sum() - 1
        warn_user(
            f"The forecast of {_name(names, b, column, values)}"
            + (f" (and of {others} more series)" if others else "")
            + f" is {values[b, step, column]:.3g} at step {step + 1}, far from all values "
            f"observed, {low[b, 0, column]:.3g} to {high[b, 0, column]:.3g}. "
            + advice(plan, log[b, column], transformed),
        )


def _name(names, b, column, values):
    return names[b] if values.shape[2] == 1 else f"{names[b]}, column {column}"


def not_finite(name, plan, where="", log=False, transformed=False):
    """The message of a forecast that is NaN or infinite."""
    return f"The forecast of {name} is not finite{where}. {advice(plan, log, transformed)}"


def advice(plan, log, transformed):
    """What to do about forecasts that leave all that is plausible."""
    ways = ["forecast fewer steps"]
    if plan.horizon == 1:
        ways.append("use strategy='direct'")
    if not plan.combine and len(plan.quantiles) == 1:
        ways.append("combine=True" + (" with level='smoothed'" if plan.level is None else ""))
        ways.append("a regressor with a stronger penalty")
    if log:
        ways.append("transformer=None, as logarithms grow exponentially")
    if transformed:
        ways.append("a transformer whose inverse is defined, and grows little, for all levels")
    ways[-1] = ("or " if len(ways) > 1 else "") + ways[-1]
    reason = "A forecast that reads its own predictions may grow without bound: "
    return f"{reason}{', '.join(ways)}."
