"""Our estimators under the names and parameters of those that scikit-learn's tests are about."""

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.callback._callback_context import CallbackContext
from sklearn.datasets import make_regression

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.optimizers import SGD
from sklstm.schedules import Constant, ExponentialDecay, ReduceOnPlateau

SCHEDULES = {"constant": Constant, "adaptive": ReduceOnPlateau}


class MLP:
    """Parameters of an MLP with its defaults, and the fitted attributes that have an equal.

    Activation, `power_t` and `max_fun` have no counterpart. As for the hidden layer of an MLP, the
    columns of a table are one step.
    """

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0,
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        momentum=0.9,
        n_iter_no_change=10,
        max_fun=15000,
        **same,
    ):
        sizes = np.atleast_1d(hidden_layer_sizes)
        rate = SCHEDULES.get(learning_rate, ExponentialDecay)(learning_rate_init)
        if solver == "lbfgs":
            rate = 0.01
        super().__init__(
            int(sizes[0]),
            num_layers=len(sizes),
            optimizer=SGD(momentum=momentum) if solver == "sgd" else "adam",
            learning_rate=rate,
            alpha=alpha,
            max_iter=max_iter,
            n_iter_no_change=n_iter_no_change,
            **same,
        )

    def fit(self, X, y, **options):
        self._choose_batch_size(X)
        return super().fit(X, y, **options)

    def partial_fit(self, X, y, **options):
        self._choose_batch_size(X)
        return super().partial_fit(X, y, **options)

    def _choose_batch_size(self, X):
        if self.batch_size == "auto":
            self.batch_size = min(200, np.shape(X)[0])

    def _choose_patch_length(self, lengths):
        return max(lengths)

    @property
    def coefs_(self):
        return [array for name, array in self.weights_.items() if "bias" not in name]

    @property
    def intercepts_(self):
        return [array for name, array in self.weights_.items() if "bias" in name]

    @property
    def validation_scores_(self):
        return self.validation_score_curve_ or None

    @property
    def best_loss_(self):
        return None if self.early_stopping else vars(self)["best_loss_"]

    @property
    def best_validation_score_(self):
        return max(self.validation_score_curve_, default=None)


class MLPClassifier(MLP, LSTMClassifier):
    _get_param_names = LSTMClassifier._get_param_names


class MLPRegressor(MLP, LSTMRegressor):
    _get_param_names = LSTMRegressor._get_param_names


class IterationContext(CallbackContext):
    """A context whose subtasks have the names of those of scikit-learn's estimator."""

    def subcontext(self, task_name="", **options):
        child = super().subcontext(task_name, **options)
        child.task_name = f"iteration {child.task_id}"
        return child


class MaxIterEstimator(LSTMRegressor):
    """In place of an estimator whose `fit` needs no data, and is done in a moment.

    One epoch is one iteration. The rate is constant, so that the state after i epochs is that of
    ``max_iter=i``.
    """

    def __init__(self, max_iter=20, computation_intensity=0):
        self.computation_intensity = computation_intensity
        super().__init__(
            2, max_iter=max_iter, learning_rate=Constant(0.01), alpha=0.0, random_state=0
        )

    def fit(self, X=None, y=None, *, sample_weight=None):
        if X is None:
            X, y = make_regression(n_samples=100, n_features=2, random_state=0)
        return super().fit(X, y, sample_weight=sample_weight)

    def _init_callback_context(self, **options):
        context = super()._init_callback_context(**options)
        context.__class__ = IterationContext
        return context


class ParentFitEstimator(MaxIterEstimator):
    """A subclass whose `fit` calls that of its parent, both with callbacks."""

    @with_callbacks
    def fit(self, X=None, y=None):
        return super().fit(X, y)
