"""How the learning rate moves while training.

A schedule is a rule without memory of its own: what it has to remember lives in the state dict
that `init` returns, so that training can stop, be saved, and go on.
"""

import math

from .checks import check_number
from .configurable import Configurable, resolve

# A warm-up begins here, not at zero: the first mini-batches should teach something.
_WARM_UP_START = 0.1


class Schedule(Configurable):
    """Base of the schedules.

    A subclass implements `rate`, and if it has a memory also `init` and `observe`.

    Examples
    --------
    >>> from sklstm.core.schedules import ExponentialDecay
    >>> schedule = ExponentialDecay(initial=0.5, decay=0.5)
    >>> state = schedule.init()
    >>> [schedule.rate(epoch, 10, state) for epoch in (0, 1, 2)]
    [0.5, 0.25, 0.125]
    """

    def init(self):
        """Return the state before training.

        Returns
        -------
        state : dict of str to float or int
            Empty for a schedule that needs no memory.

        Raises
        ------
        TypeError, ValueError
            If a hyper-parameter is not a number, or out of its range.
        """
        return {}

    def rate(self, epoch, max_epochs, state):
        """Return the learning rate of the next mini-batch.

        Parameters
        ----------
        epoch : float
            Epochs completed so far, with the fraction of the current one.
        max_epochs : int
            Epochs after which training ends at the latest.
        state : dict
            As returned by `init`; not changed.

        Returns
        -------
        rate : float
            The learning rate.

        Raises
        ------
        TypeError, ValueError
            If a hyper-parameter of the schedule is not a number, or out of its range.
        """
        raise NotImplementedError

    def observe(self, loss, state):
        """Take note of the loss of an epoch; to be called once after each.

        Parameters
        ----------
        loss : float
            The loss that training watches (of the validation set if there is one).
        state : dict
            Changed in place.
        """


class Constant(Schedule):
    """The same learning rate all the time.

    Parameters
    ----------
    value : float, default=0.01
        The learning rate.

    Examples
    --------
    >>> from sklstm.core.schedules import Constant
    >>> Constant(0.1).rate(3, 10, {})
    0.1
    """

    def __init__(self, value=0.01):
        self.value = value

    def rate(self, epoch, max_epochs, state):
        return check_number(self.value, "value", "(0, inf)")


class ExponentialDecay(Schedule):
    """``initial * decay ** epoch``.

    The epoch counts with its fraction, so that the rate falls a little after every mini-batch.

    Parameters
    ----------
    initial : float, default=0.01
        The rate at the beginning.
    decay : float in (0, 1], default=0.9
        Factor per epoch.

    Examples
    --------
    >>> from sklstm.core.schedules import ExponentialDecay
    >>> round(ExponentialDecay(0.01, 0.25).rate(0.5, 10, {}), 6)
    0.005
    """

    def __init__(self, initial=1e-2, decay=0.9):
        self.initial = initial
        self.decay = decay

    def rate(self, epoch, max_epochs, state):
        initial = check_number(self.initial, "initial", "(0, inf)")
        return initial * check_number(self.decay, "decay", "(0, 1]") ** epoch


class CosineDecay(Schedule):
    """Half a wave of the cosine, from `initial` at the start to `final` at the last epoch.

    Parameters
    ----------
    initial : float, default=0.01
        The rate at the beginning.
    final : float, default=0.0
        The rate at `max_epochs`.

    References
    ----------
    I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts",
    ICLR 2017, equation 5, without restarts.

    Examples
    --------
    >>> from sklstm.core.schedules import CosineDecay
    >>> [round(CosineDecay(0.5, 0.25).rate(epoch, 10, {}), 6) for epoch in (0, 5, 10)]
    [0.5, 0.375, 0.25]
    """

    def __init__(self, initial=1e-2, final=0.0):
        self.initial = initial
        self.final = final

    def rate(self, epoch, max_epochs, state):
        initial = check_number(self.initial, "initial", "(0, inf)")
        final = check_number(self.final, "final", "[0, inf)")
        wave = 0.5 * (1.0 + math.cos(math.pi * min(epoch / max_epochs, 1.0)))
        return final + (initial - final) * wave


class Cooldown(Schedule):
    """The same rate for most of the training, then in a straight line down to zero.

    What small batches add to the weights by chance is averaged out at the end; until then training
    is as fast as with a constant rate [1]_. A plain number as `learning_rate` means this in `fit`;
    in `partial_fit`, where nobody knows which epoch is the last, it is a constant rate.

    Parameters
    ----------
    initial : float, default=0.01
        The rate until the end begins.
    share : float in (0, 1], default=0.25
        Share of the epochs, `max_iter`, in which the rate falls.

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

    def __init__(self, initial=1e-2, share=0.25):
        self.initial = initial
        self.share = share

    def rate(self, epoch, max_epochs, state):
        initial = check_number(self.initial, "initial", "(0, inf)")
        share = check_number(self.share, "share", "(0, 1]")
        return initial * min(1.0, max(0.0, (1.0 - epoch / max_epochs) / share))


class WarmUp(Schedule):
    """Another schedule, approached in a straight line: from a tenth of its rate to all of it.

    Parameters
    ----------
    schedule : float, str or Schedule, default=0.01
        What to warm up; as for `learning_rate`.
    n_epochs : float, default=5
        Epochs after which the full rate is reached.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour",
    arXiv:1706.02677, section 2.2 ("gradual warmup").

    Examples
    --------
    >>> from sklstm.core.schedules import WarmUp
    >>> [round(WarmUp(0.1, n_epochs=2).rate(epoch, 10, {}), 6) for epoch in (0, 1, 2, 3)]
    [0.01, 0.055, 0.1, 0.1]
    """

    def __init__(self, schedule=1e-2, n_epochs=5):
        self.schedule = schedule
        self.n_epochs = n_epochs

    def init(self):
        return resolve_schedule(self.schedule).init()

    def observe(self, loss, state):
        resolve_schedule(self.schedule).observe(loss, state)

    def rate(self, epoch, max_epochs, state):
        progress = min(epoch / check_number(self.n_epochs, "n_epochs", "(0, inf)"), 1.0)
        factor = _WARM_UP_START + (1.0 - _WARM_UP_START) * progress
        return factor * resolve_schedule(self.schedule).rate(epoch, max_epochs, state)


class ReduceOnPlateau(Schedule):
    """A rate that is cut whenever the loss has stopped falling.

    Parameters
    ----------
    initial : float, default=0.01
        The rate at the beginning.
    factor : float in (0, 1), default=0.5
        What a cut multiplies the rate by.
    patience : int, default=5
        Number of epochs in a row without improvement that are put up with; the next one cuts.
    tol : float, default=1e-4
        The loss has to fall by more than this below its best value to count as an improvement.
    min_rate : float, default=1e-6
        The rate is never cut below this.

    Examples
    --------
    >>> from sklstm.core.schedules import ReduceOnPlateau
    >>> schedule = ReduceOnPlateau(0.5, patience=1)
    >>> state = schedule.init()
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     schedule.observe(loss, state)
    >>> schedule.rate(4, 10, state)
    0.25
    """

    def __init__(self, initial=1e-2, factor=0.5, patience=5, tol=1e-4, min_rate=1e-6):
        self.initial = initial
        self.factor = factor
        self.patience = patience
        self.tol = tol
        self.min_rate = min_rate

    def init(self):
        initial = check_number(self.initial, "initial", "(0, inf)")
        check_number(self.factor, "factor", "(0, 1)")
        check_number(self.patience, "patience", "[0, inf)")
        check_number(self.tol, "tol", "[0, inf)")
        check_number(self.min_rate, "min_rate", "[0, inf)")
        return {"rate": initial, "best": math.inf, "n_bad": 0}

    def observe(self, loss, state):
        if loss < state["best"] - self.tol:
            state["best"], state["n_bad"] = float(loss), 0
            return
        state["n_bad"] += 1
        if state["n_bad"] > self.patience:
            # min: an initial rate below min_rate must not rise.
            lowest = min(state["rate"], float(self.min_rate))
            state["rate"] = max(state["rate"] * float(self.factor), lowest)
            state["n_bad"] = 0

    def rate(self, epoch, max_epochs, state):
        return state["rate"]


SCHEDULES = {
    "constant": Constant,
    "cooldown": Cooldown,
    "exponential": ExponentialDecay,
    "cosine": CosineDecay,
    "warmup": WarmUp,
    "plateau": ReduceOnPlateau,
}


def resolve_schedule(learning_rate):
    """Turn what the user passed as `learning_rate` into a schedule.

    Parameters
    ----------
    learning_rate : float, str or Schedule
        A positive number means `Cooldown` from it, a name the default object of that name.

    Returns
    -------
    schedule : Schedule
        The schedule; a `Schedule` is returned as it is.

    Raises
    ------
    ValueError
        If the number is not positive and finite, or the name unknown.
    TypeError
        If `learning_rate` is none of the three.

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
    return Cooldown(check_number(learning_rate, "learning_rate", "(0, inf)"))
