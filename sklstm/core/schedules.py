"""Learning rate schedules.

A schedule object is stateless: it keeps its memory in the state dict that `init` returns, so that
training can be saved and resumed.
"""

import math
from numbers import Real
from typing import Any

from .checks import check_number, listed
from .configurable import Configurable, resolve
from .messages import shorten

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cooldown",
    "CosineDecay",
    "ExponentialDecay",
    "ReduceOnPlateau",
    "Schedule",
    "WarmUp",
]

# A warm-up starts at this fraction of the rate, not at zero, so that no mini-batch is wasted.
_WARM_UP_START = 0.1


class Schedule(Configurable):
    """Base class of the schedules.

    A subclass implements `rate`, and also `init` and `observe` if it depends on the losses so far.

    Examples
    --------
    >>> from sklstm.schedules import ExponentialDecay
    >>> schedule = ExponentialDecay(initial=0.5, decay=0.5)
    >>> state = schedule.init()
    >>> [schedule.rate(epoch, 10, state) for epoch in (0, 1, 2)]
    [0.5, 0.25, 0.125]
    """

    def init(self) -> dict[str, Any]:
        """Return the state before training.

        Returns
        -------
        state : dict of str to float or int
            Empty for a schedule without memory.

        Raises
        ------
        TypeError, ValueError
            If a hyper-parameter is not a number or out of range.
        """
        return {}

    def rate(self, epoch: float, max_epochs: int, state: dict[str, Any]) -> float:
        """Return the learning rate of the next mini-batch.

        Parameters
        ----------
        epoch : float
            Number of epochs completed so far, including the fraction of the current one.
        max_epochs : int
            Maximum number of epochs.
        state : dict
            State returned by `init`; not modified.

        Returns
        -------
        rate : float
            The learning rate.

        Raises
        ------
        TypeError, ValueError
            If a hyper-parameter is not a number or out of range.
        """
        raise NotImplementedError

    def observe(self, loss: float, state: dict[str, Any]) -> None:
        """Record the loss of an epoch. Called once after each epoch.

        Parameters
        ----------
        loss : float
            The monitored loss: the validation loss with early stopping, else the training loss.
        state : dict
            State returned by `init`; modified in place.
        """


class Constant(Schedule):
    """Constant learning rate.

    Parameters
    ----------
    value : float, default=0.01
        The learning rate.

    Examples
    --------
    >>> from sklstm.schedules import Constant
    >>> Constant(0.1).rate(3, 10, {})
    0.1
    """

    def __init__(self, value: float = 0.01) -> None:
        self.value = value

    def rate(self, epoch: float, max_epochs: int, state: dict[str, Any]) -> float:
        return check_number(self.value, "value", "(0, inf)")


class ExponentialDecay(Schedule):
    """Exponential decay, ``initial * decay ** epoch``.

    The epoch includes the fraction of the current one, so the rate decreases after every
    mini-batch.

    Parameters
    ----------
    initial : float, default=0.01
        Initial learning rate.
    decay : float in (0, 1], default=0.9
        Factor per epoch.

    Examples
    --------
    >>> from sklstm.schedules import ExponentialDecay
    >>> round(ExponentialDecay(0.01, 0.25).rate(0.5, 10, {}), 6)
    0.005
    """

    def __init__(self, initial: float = 1e-2, decay: float = 0.9) -> None:
        self.initial = initial
        self.decay = decay

    def rate(self, epoch: float, max_epochs: int, state: dict[str, Any]) -> float:
        initial = check_number(self.initial, "initial", "(0, inf)")
        return initial * check_number(self.decay, "decay", "(0, 1]") ** epoch


class CosineDecay(Schedule):
    """Cosine decay from an initial to a final learning rate, over half a period.

    Parameters
    ----------
    initial : float, default=0.01
        Initial learning rate.
    final : float, default=0.0
        Learning rate after the maximum number of epochs.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    ICLR 2017, equation 5, without restarts.

    Examples
    --------
    >>> from sklstm.schedules import CosineDecay
    >>> [round(CosineDecay(0.5, 0.25).rate(epoch, 10, {}), 6) for epoch in (0, 5, 10)]
    [0.5, 0.375, 0.25]
    """

    def __init__(self, initial: float = 1e-2, final: float = 0.0) -> None:
        self.initial = initial
        self.final = final

    def rate(self, epoch: float, max_epochs: int, state: dict[str, Any]) -> float:
        initial = check_number(self.initial, "initial", "(0, inf)")
        final = check_number(self.final, "final", "[0, inf)")
        wave = 0.5 * (1.0 + math.cos(math.pi * min(epoch / max_epochs, 1.0)))
        return final + (initial - final) * wave


class Cooldown(Schedule):
    """Constant learning rate, followed by a linear decay to zero.

    The decay averages out the noise that mini-batches add to the weights; before it, training is
    as fast as with a constant rate [1]_. If the parameter `learning_rate` of an estimator is a
    number, `fit` uses this schedule with that initial rate, and `partial_fit`, for which the last
    epoch is unknown, a constant rate.

    Parameters
    ----------
    initial : float, default=0.01
        Learning rate before the decay.
    share : float in (0, 1], default=0.25
        Fraction of the epochs (`max_iter`), at the end, over which the rate decays.

    References
    ----------
    .. [1] A. Hägele et al. "Scaling laws and compute-optimal training beyond fixed training
       durations." NeurIPS 2024, section 3.

    Examples
    --------
    >>> from sklstm.schedules import Cooldown
    >>> [Cooldown(0.5, 0.25).rate(epoch, 8, {}) for epoch in (0, 6, 7, 8)]
    [0.5, 0.5, 0.25, 0.0]
    """

    def __init__(self, initial: float = 1e-2, share: float = 0.25) -> None:
        self.initial = initial
        self.share = share

    def rate(self, epoch: float, max_epochs: int, state: dict[str, Any]) -> float:
        initial = check_number(self.initial, "initial", "(0, inf)")
        share = check_number(self.share, "share", "(0, 1]")
        return initial * min(1.0, max(0.0, (1.0 - epoch / max_epochs) / share))


class WarmUp(Schedule):
    """Linear warm-up of another schedule, from a tenth of its learning rate to the full rate.

    Parameters
    ----------
    schedule : float, str or Schedule, default=0.01
        Schedule to warm up, with the same values as the parameter `learning_rate` of an estimator.
    n_epochs : float, default=5
        Number of epochs until the full rate is reached.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour",
    arXiv:1706.02677, section 2.2 ("gradual warmup").

    Examples
    --------
    >>> from sklstm.schedules import WarmUp
    >>> [round(WarmUp(0.1, n_epochs=2).rate(epoch, 10, {}), 6) for epoch in (0, 1, 2, 3)]
    [0.01, 0.055, 0.1, 0.1]
    """

    def __init__(self, schedule: float | str | Schedule = 1e-2, n_epochs: float = 5) -> None:
        self.schedule = schedule
        self.n_epochs = n_epochs

    def init(self) -> dict[str, Any]:
        return resolve_schedule(self.schedule).init()

    def observe(self, loss: float, state: dict[str, Any]) -> None:
        resolve_schedule(self.schedule).observe(loss, state)

    def rate(self, epoch: float, max_epochs: int, state: dict[str, Any]) -> float:
        progress = min(epoch / check_number(self.n_epochs, "n_epochs", "(0, inf)"), 1.0)
        factor = _WARM_UP_START + (1.0 - _WARM_UP_START) * progress
        return factor * resolve_schedule(self.schedule).rate(epoch, max_epochs, state)


class ReduceOnPlateau(Schedule):
    """Reduce the learning rate when the loss has stopped improving.

    Parameters
    ----------
    initial : float, default=0.01
        Initial learning rate.
    factor : float in (0, 1), default=0.5
        Factor by which the rate is multiplied.
    patience : int, default=5
        Number of consecutive epochs without improvement after which the rate is reduced at the
        next one.
    tol : float, default=1e-4
        Minimum decrease of the loss, below its best value, that counts as an improvement.
    min_rate : float, default=1e-6
        Minimum learning rate.

    Examples
    --------
    >>> from sklstm.schedules import ReduceOnPlateau
    >>> schedule = ReduceOnPlateau(0.5, patience=1)
    >>> state = schedule.init()
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     schedule.observe(loss, state)
    >>> schedule.rate(4, 10, state)
    0.25
    """

    def __init__(
        self,
        initial: float = 1e-2,
        factor: float = 0.5,
        patience: float = 5,
        tol: float = 1e-4,
        min_rate: float = 1e-6,
    ) -> None:
        self.initial = initial
        self.factor = factor
        self.patience = patience
        self.tol = tol
        self.min_rate = min_rate

    def init(self) -> dict[str, Any]:
        initial = check_number(self.initial, "initial", "(0, inf)")
        check_number(self.factor, "factor", "(0, 1)")
        check_number(self.patience, "patience", "[0, inf)")
        check_number(self.tol, "tol", "[0, inf)")
        check_number(self.min_rate, "min_rate", "[0, inf)")
        return {"rate": initial, "best": math.inf, "n_bad": 0}

    def observe(self, loss: float, state: dict[str, Any]) -> None:
        if loss < state["best"] - self.tol:
            state["best"], state["n_bad"] = float(loss), 0
            return
        state["n_bad"] += 1
        if state["n_bad"] > self.patience:
            # min: an initial rate below min_rate must not increase.
            lowest = min(state["rate"], float(self.min_rate))
            state["rate"] = max(state["rate"] * float(self.factor), lowest)
            state["n_bad"] = 0

    def rate(self, epoch: float, max_epochs: int, state: dict[str, Any]) -> float:
        return state["rate"]


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "cooldown": Cooldown,
    "exponential": ExponentialDecay,
    "cosine": CosineDecay,
    "warmup": WarmUp,
    "plateau": ReduceOnPlateau,
}


def resolve_schedule(learning_rate: float | str | Schedule) -> Schedule:
    """Convert the parameter `learning_rate` of an estimator to a schedule.

    Parameters
    ----------
    learning_rate : float, str or Schedule
        A positive number means ``Cooldown(learning_rate)``; a name means the schedule of that name
        with its default parameters.

    Returns
    -------
    schedule : Schedule
        The schedule; an instance of `Schedule` is returned unchanged.

    Raises
    ------
    ValueError
        If a number is not positive and finite, or a name is unknown.
    TypeError
        If `learning_rate` is of another type.

    Examples
    --------
    >>> from sklstm.core.schedules import resolve_schedule
    >>> resolve_schedule(0.003)
    Cooldown(initial=0.003)
    >>> resolve_schedule("cosine")
    CosineDecay()
    """
    if isinstance(learning_rate, (str, type, Schedule)):
        return resolve(learning_rate, SCHEDULES, Schedule, "learning_rate")
    if not isinstance(learning_rate, Real) or isinstance(learning_rate, bool):
        kind = type(learning_rate).__name__
        raise TypeError(
            f"learning_rate must be a number in (0, inf), one of {listed(SCHEDULES)}, or an "
            f"instance of Schedule; got {shorten(learning_rate)} ({kind})."
        )
    return Cooldown(check_number(learning_rate, "learning_rate", "(0, inf)"))
