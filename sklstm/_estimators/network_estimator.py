"""A network that is trained and kept: what is the same whatever it reads."""

from copy import deepcopy

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..core.network import Network
from ..training.loop import new_state, train
from ..training.objective import Objective
from .automatic import choose_alpha
from .blas_threads import one_blas_thread
from .callbacks import CallbackSupportMixin, FitTask
from .diagnosis import warn_if_nothing_was_learned
from .fitted_state import check_same_network, fitted_attributes, in_torch_order, resume
from .training_options import resolve_cell, training_options


class TrainedNetwork(CallbackSupportMixin, BaseEstimator):
    """From examples to a network that has learned them, and that pickles.

    A subclass turns what the user gives into `Examples`, and says by `_loss()` and
    `_architecture_for(examples, loss)` what network learns them, and to what end.
    """

    _fit_task = FitTask
    # Parameters whose names or objects a fitted network still needs, and so keeps as they were.
    _kept_parameters = ("cell",)

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

    def _generator(self, going_on):
        """The random generator of this fit: a new one, or the last fit's where it ended."""
        if not going_on:
            return np.random.default_rng(check_random_state(self.random_state).randint(2**31 - 1))
        rng = np.random.default_rng(0)
        rng.bit_generator.state = self._rng_state
        return rng

    def _choose_split(self, rng, going_on):
        """The seed of what is held out: another fit's its own, but kept when going on."""
        if not (going_on and hasattr(self, "_split_seed")):
            self._split_seed = int(rng.integers(2**31))
        return self._split_seed

    def _train(self, examples, validation, rng, going_on, data):
        """Build the network and its state, train, and only then become fitted.

        `data` is X, y and sample_weight for the callbacks. Without it is partial_fit that calls:
        one epoch of the `max_iter` that a schedule may count on.
        """
        # The number of targets that partial_fit will have seen in the end is unknown.
        alpha = choose_alpha(self.alpha, np.inf if data is None else examples.n_targets)
        objective, architecture = self._build(examples, alpha)
        options = training_options(self, len(examples), one_epoch=data is None)
        if going_on:
            check_same_network(self, architecture, objective)
            state = resume(self, objective, options, rng)
        else:
            with np.errstate(over="ignore", invalid="ignore"):  # training says what is wrong
                head_bias = objective.loss.initial_raw(examples.targets.T, examples.weights)
            n_steps = int(examples.sequences.lengths.max())
            state = new_state(objective, options, rng, head_bias, n_steps)

        self._kept = {name: deepcopy(getattr(self, name)) for name in self._kept_parameters}

        def fitted(loss=None):
            attributes = fitted_attributes(state, architecture, objective, options, loss)
            chosen = {"alpha_": alpha, "batch_size_": options.batch_size}
            return attributes | chosen | {"_kept": self._kept}

        task = None
        if data is not None:
            task = self._fit_task(self, fitted, *data, self.max_iter)
        with one_blas_thread():
            best_loss = train(
                objective,
                examples,
                state,
                options,
                1 if task is None else self.max_iter,
                horizon=self.max_iter if task is None else state.n_epochs + self.max_iter,
                validation=validation,
                watch=task,
            )
        vars(self).update(fitted(), best_loss_=best_loss)
        if task is not None:
            with one_blas_thread():
                warn_if_nothing_was_learned(self, objective, examples)
            task.done()

    def _build(self, examples, alpha):
        """The objective, and the network's architecture as it is kept."""
        loss = self._loss()
        architecture = self._architecture_for(examples, loss)
        network = Network(resolve_cell(self.cell), **architecture)
        return Objective(network, loss, alpha), architecture

    def _network(self, **changes):
        """The fitted network, or one that differs in some arguments, on the same parameters."""
        return Network(resolve_cell(self._kept["cell"]), **(self._architecture | changes))

    @property
    def weights_(self):
        """Dict of ndarrays: the network's weights by name, see the class."""
        check_is_fitted(self)
        network = self._network()
        return {
            name: in_torch_order(array, name, network.cell)
            for name, array in network.named_arrays(self._params).items()
        }
