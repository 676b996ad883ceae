"""Base class of the estimators that train a network."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from .callbacks import CallbackSupportMixin
from .predictor import Predictor
from .training_options import resolve_cell


class NetworkEstimator(CallbackSupportMixin, BaseEstimator, ABC):
    """Base class of the network estimators: fitted attributes, and the fitted network.

    A subclass converts its input to a `Problem`, trains it and calls `_store`. It implements the
    abstract methods below.
    """

    # Parameters whose values in fit are stored, since the fitted network needs them.
    _parameters_to_store = ("cell",)

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

    def __sklearn_is_fitted__(self):
        return self._is_fitted

    def _store(self, problem):
        """Set the fitted attributes of the trained problem."""
        vars(self).update(problem.fitted_attributes())
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

    def __getstate__(self):
        return {name: v for name, v in super().__getstate__().items() if name != "_predictor"}

    @property
    def weights_(self):
        """Dict of ndarrays: the network's weights by name, see the class."""
        predictor = self._fitted_predictor()
        network = predictor.network
        return {
            name: _in_torch_order(array, name, network.cell)
            for name, array in network.named_arrays(predictor.params).items()
        }

    def set_params(self, **params):
        for key in params:
            name, nested, _ = key.partition("__")
            value = params.get(name, getattr(self, name, None))
            if nested and isinstance(value, str):
                raise ValueError(
                    f"{key} cannot be set: {name} is the name {value!r}, which has no parameters. "
                    f"Pass an object as {name} first."
                )
        return super().set_params(**params)


def _in_torch_order(array, name, cell):
    """A copy of a weight array; if its rows are those of gates, in PyTorch's order of gates."""
    kind = name.rpartition("_l")[0]
    if cell.torch_order is None or kind not in cell.gate_rows:
        return array.copy()
    gates = np.split(array, len(cell.gates))
    return np.concatenate([gates[k] for k in cell.torch_order])
