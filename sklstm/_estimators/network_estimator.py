"""Base class of the estimators that train a network."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Self

from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from .._typing import ArrayLike, BaseEstimator
from ..core.messages import shorten
from ..core.user_warnings import warn_user
from ..training.loop import TrainingInterrupted
from .all_or_nothing import trained_aside
from .callbacks import TakesCallbacks
from .diagnosis import warn_if_nothing_was_learned
from .documentation_links import LinksDocumentation
from .predictor import Predictor
from .resuming import UNFINISHED, unfinished_fit
from .saved_state import KeepsLayout
from .training_options import resolve_cell
from .weights import new_params, read_weights


class NetworkEstimator(LinksDocumentation, KeepsLayout, TakesCallbacks, BaseEstimator, ABC):
    """Base class of the network estimators: fitted attributes, and the fitted network.

    A subclass converts its input to a `Problem`, trains it and calls `_store`. It implements the
    abstract methods below.
    """

    n_iter_: int
    loss_: float
    best_loss_: float
    loss_curve_: list[float]
    validation_loss_curve_: list[float]
    validation_score_curve_: list[float]
    learning_rate_curve_: list[float]
    gradient_norm_curve_: list[float]
    duration_curve_: list[float]
    alpha_: float
    batch_size_: int

    _LAYOUT = 2  # of the fitted attributes, the order of weights in the flat vector included

    # Parameters whose values in fit are stored, since the fitted network needs them.
    _parameters_to_store: tuple[str, ...] = ("cell",)

    @abstractmethod
    def _loss(self):
        """The loss to minimise, from the parameters and the fitted form of y.

        Returns
        -------
        Loss
        """

    @abstractmethod
    def _network_arguments(self, examples, loss):
        """The arguments of `Network` for these examples, without the cell.

        Parameters
        ----------
        examples : Examples
        loss : Loss

        Returns
        -------
        dict of str to bool, int, float, str or None
            Plain values, which are stored as the fitted architecture.
        """

    @property
    def _is_fitted(self):
        return hasattr(self, "n_iter_")

    @property
    def _resumes(self):
        """Whether `fit` goes on where the last one ended, or where a checkpoint was written."""
        return unfinished_fit(self) is not None or (self.warm_start and self._is_fitted)

    def __sklearn_is_fitted__(self) -> bool:
        return self._is_fitted

    def _fit_problem(self, problem, task):
        """Train the problem of a call of `fit`, whose callbacks are told by a `FitTask`."""
        task.trains(problem)
        self._train(problem, hooks=task)
        warn_if_nothing_was_learned(self, problem)

    def _train(self, problem, hooks=None):
        """Train a problem and store the result, that of an interrupted training included."""
        try:
            problem.train(hooks=hooks)
        except TrainingInterrupted as interrupt:
            self._store(problem)
            try:
                warn_user(str(interrupt))
            finally:  # also if warnings are errors: an interrupt has to end a search
                raise interrupt
        self._store(problem)

    def _store(self, problem):
        """Set the fitted attributes of the trained problem."""
        vars(self).update(problem.fitted_attributes())
        vars(self).pop(UNFINISHED, None)
        self._fitted_predictor()

    # The fitted network

    def _fitted_predictor(self):
        """The predictor of the last fit, built again after pickling and copying."""
        state = vars(self)  # of one fit: training replaces it
        predictor = state.get("_predictor")
        if predictor is None or predictor.params is not state.get("_params"):
            check_is_fitted(self)
            cell = resolve_cell(state["_parameters_of_fit"]["cell"])
            predictor = Predictor(cell, state["_architecture"], state["_params"])
            state["_predictor"] = predictor
        return predictor

    def __getstate__(self) -> dict[str, Any]:
        return {name: v for name, v in super().__getstate__().items() if name != "_predictor"}

    @property
    def weights_(self) -> dict[str, Any]:
        """Copies of the network's weights by name; set the whole dict to change them."""
        predictor = self._fitted_predictor()
        return read_weights(predictor.network, predictor.params)

    @weights_.setter
    def weights_(self, weights: Mapping[str, ArrayLike]) -> None:
        if not self._is_fitted:
            raise NotFittedError(
                f"The weights_ of this {type(self).__name__} cannot be set before it is fitted: "
                "their shapes follow from X and y. Call fit with the data first, with max_iter=1 "
                "for instance."
            )
        with trained_aside(self) as new:
            new._params = new_params(new._fitted_predictor().network, weights)
            new._optimizer_state = {}  # training goes on with a new one
            new._fitted_predictor()

    def set_params(self, **params: Any) -> Self:
        for key in params:
            name, nested, _ = key.partition("__")
            value = params.get(name, getattr(self, name, None))
            if nested and isinstance(value, str):
                raise ValueError(
                    f"{key} cannot be set: {name} is the name {shorten(value)}, which has no "
                    "parameters. "
                    f"Pass an object as {name} first."
                )
        return super().set_params(**params)
