"""Base class of our callbacks: what they are told after every epoch of every network."""

from dataclasses import dataclass
from typing import Any

from .._estimators.network_estimator import NetworkEstimator
from .._estimators.resuming import MAX_HISTORY
from ..training.state import CURVES


@dataclass(frozen=True)
class Epoch:
    """An epoch that has ended.

    Attributes
    ----------
    run : str
        The call of `fit`, of the outermost estimator with callbacks: its time in UTC, and a part of
        a random number. All networks that it trains have the same.
    task : str
        Which of these networks, as tasks from the outside in: ``fit`` if it is the only one,
        ``forecast-0`` and ``calibration-1`` in a forecaster, and
        ``search-0/candidate-split-evaluation-3`` in a search.
    estimator : NetworkEstimator
        A copy that is fitted with the present weights, and has all fitted attributes.
    number : int
        Number of epochs so far, those of earlier calls included.
    values : dict of str to float
        The last values of the estimator's curves, by names such as ``"validation_loss"``; without
        those of validation if there is none.
    """

    run: str
    task: str
    estimator: NetworkEstimator
    number: int
    values: dict[str, float]


# The names of the values, in this order.
VALUES = tuple(name.removesuffix("_curve") for name in CURVES)


class EpochCallback:
    """Base class of callbacks that do something after every epoch.

    It follows scikit-learn's protocol, and is passed on to the estimators inside the one it is set
    on, of which it notices our networks. It may be copied to other processes, so that a subclass
    keeps nothing but its parameters.
    """

    max_propagation_depth = None  # to estimators at all depths
    watches_updates = False  # only epochs

    def check(self) -> None:
        """Raise, before any training, if this callback cannot do its work."""

    def epoch_done(self, epoch: Epoch) -> bool | None:
        """Called after each epoch.

        Parameters
        ----------
        epoch : Epoch
            The epoch that has ended.

        Returns
        -------
        bool or None
            True to stop the training of this network.
        """
        raise NotImplementedError

    def fit_done(self, epoch: Epoch) -> None:
        """Called when the training of a network has ended.

        Parameters
        ----------
        epoch : Epoch
            The last epoch once more, whose estimator now has the best weights of early stopping.
        """

    def setup(self, estimator: Any, context: Any) -> None:
        """Called by scikit-learn when `fit` begins.

        Parameters
        ----------
        estimator : estimator
            The estimator whose method `fit` calls this.
        context : CallbackContext
            The task.
        """
        self.check()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Called by scikit-learn when `fit` has ended; nothing is left open.

        Parameters
        ----------
        estimator : estimator
            The estimator whose method `fit` calls this.
        context : CallbackContext
            The task.
        """

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Called by scikit-learn when a task begins; only its end counts.

        Parameters
        ----------
        estimator : estimator
            The estimator whose method `fit` calls this.
        context : CallbackContext
            The task.
        """

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> bool | None:
        """Called by scikit-learn when a task has ended.

        Parameters
        ----------
        estimator : estimator
            The estimator whose method `fit` calls this.
        context : CallbackContext
            The task.
        fitted_estimator : estimator or None, default=None
            The estimator as if `fit` had ended with this task.

        Returns
        -------
        bool or None
            True to end training.
        """
        if not isinstance(fitted_estimator, NetworkEstimator):
            return None
        if context.task_name == "epoch":
            return self.epoch_done(_epoch(context.parent, estimator, fitted_estimator))
        if context.task_name == "fit":
            self.fit_done(_epoch(context, estimator, fitted_estimator))
        return None


def _epoch(context, before, fitted):
    """The last epoch of the fit of a network, whose task this is."""
    return Epoch(
        run=run_name(context),
        task=task_name(context),
        estimator=fitted,
        number=fitted.n_iter_,
        values=_last_values(fitted, before),
    )


def run_name(context: Any) -> str:
    """The name of the call of the outermost fit, see `Epoch`, by any of its tasks."""
    root = _tasks(context)[0]
    return f"{root.init_time:%Y-%m-%d_%H-%M-%S}_{root.root_uuid.hex[:8]}"


def task_name(context: Any) -> str:
    """The name of the task of a fit, see `Epoch`, by those that it is part of.

    Names of tasks that are all that another one consists of are left out.
    """
    names = [
        f"{task.source_task_name or task.task_name}-{task.task_id}"
        for task in _tasks(context)[1:]
        if task.parent.max_subtasks != 1
    ]
    return "/".join(names) or "fit"


def _tasks(context):
    """The contexts from that of the outermost fit to this one."""
    tasks = [context]
    while tasks[0].parent is not None:
        tasks.insert(0, tasks[0].parent)
    return tasks


def _last_values(fitted, before):
    """The last value of each curve that grows in this fit; `before` is the estimator before it."""
    values = {}
    for name, curve_name in zip(VALUES, CURVES, strict=True):
        curve = getattr(fitted, f"{curve_name}_")
        old = getattr(before, f"{curve_name}_", []) if before.warm_start else []
        if len(curve) > min(len(old), MAX_HISTORY):
            values[name] = curve[-1]
    return values
