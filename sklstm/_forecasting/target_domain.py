"""Losses that do not accept all numbers, such as those of counts, and the limits of their targets.

A loss is known by what it accepts only.
"""

import numpy as np

from ..core.configurable import resolve
from ..core.losses import REGRESSION_LOSSES, Loss
from ..core.messages import shorten
from ..regressor import LSTMRegressor

# Deviations from a level are of all these kinds: negative, fractions, large.
PROBES = np.array([[-1e3, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 1e3]])
FAR, N_HALVINGS = 1e6, 200  # the search for a limit
NEAR_WHOLE = 1e-9  # limits this close to a whole number are that number


def losses_of(regressor):
    """The losses of a regressor and of the steps of a pipeline, as objects."""
    if isinstance(regressor, type) or not hasattr(regressor, "get_params"):
        return []
    params = regressor.get_params()
    losses = [value for value in params.values() if isinstance(value, Loss)]
    named = [e.loss for e in (regressor, *params.values()) if isinstance(e, LSTMRegressor)]
    return losses + [resolve(loss, REGRESSION_LOSSES, Loss, "loss") for loss in named]


def is_distribution(loss):
    """Whether a loss describes a distribution, with quantiles and draws."""
    kind = type(loss)
    return kind.quantiles is not Loss.quantiles and kind.draw is not Loss.draw


def restricting_loss(regressor):
    """The loss that does not accept all numbers as targets; None if there is none."""
    losses = (loss for loss in losses_of(regressor) if not np.all(loss.accepts(PROBES)))
    return next(losses, None)


def target_sizes(loss, levels, size, names):
    """The sizes (N, S) by which levels are divided to become targets that the loss accepts.

    They are 1 if it accepts the levels themselves only, as losses of counts may.

    Raises
    ------
    ValueError
        If it does not accept the levels.
    """
    if all(_are_accepted(loss, x / s).all() for x, s in zip(levels, size, strict=True)):
        return size
    for name, rows in zip(names, levels, strict=True):
        check_accepted(loss, rows, name)
    return np.ones_like(size)


def check_accepted(loss, levels, name):
    """Raise unless the loss accepts all known levels (n, S) of a series."""
    valid = _are_accepted(loss, levels)
    if not valid.all():
        row, column = np.argwhere(~valid)[0]
        raise ValueError(
            f"The loss {loss!r} of the regressor expects {loss.valid_targets}, but {name}, after "
            f"the transformer if there is one, contains {levels[row, column]:g} in row {row}. Use "
            "another loss, or another transformer."
        )


def _are_accepted(loss, levels):
    """Whether each of the levels (n, S) is missing, or a target that the loss accepts."""
    return np.isnan(levels) | np.asarray(loss.accepts(levels.T)).T


def target_limits(loss, target):
    """The lowest and the highest target that the loss accepts, from a valid one."""
    return _limit(loss, target, -1), _limit(loss, target, 1)


def _limit(loss, target, side):
    whole = np.floor if side < 0 else np.ceil

    def is_inside(x):  # losses of counts accept only the whole numbers
        return np.any(loss.accepts(np.array([[x, whole(x)]])))

    inside, outside = float(target), target + side * FAR * max(1.0, abs(target))
    if is_inside(outside):
        return side * np.inf
    for _ in range(N_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if is_inside(middle) else (inside, middle)
    nearest = float(round(inside))
    return nearest if abs(inside - nearest) <= NEAR_WHOLE * max(1.0, abs(nearest)) else inside


def check_no_deviations(loss, forecaster):
    """Raise if parameters ask for targets that are deviations, which the loss does not accept."""
    for name, valid, reason in [
        ("level", ("auto", None), "deviations from a level"),
        ("differences", (0, (), []), "changes"),
    ]:
        value = getattr(forecaster, name)
        if value not in valid:
            raise ValueError(
                f"The loss {loss!r} of the regressor expects {loss.valid_targets}, but with "
                f"{name}={shorten(value)} its targets are {reason}, which may be any numbers. "
                f"Leave {name}={valid[0]!r}, or use another loss."
            )
