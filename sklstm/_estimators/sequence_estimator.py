"""Base class of LSTMRegressor and LSTMClassifier: read X and y, train, predict."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self, overload

import numpy as np

from .._typing import Array, ArrayLike, HasArray, Predictions
from .._validation.network_parameters import check_parameters
from .._validation.pairs import check_pair
from .._validation.sequences import as_floats, check_sequences
from .._validation.targets import to_form_of_y
from .._validation.weights import read_weights
from ..core.configurable import resolve
from ..core.losses import Loss
from ..core.packing import DenseSequences, RaggedSequences
from ..core.patches import make_patches
from ..training.examples import Examples
from .all_or_nothing import all_or_nothing, of_one_fit, prefix_errors, trained_aside
from .auto_parameters import choose_alpha, choose_patch_length, choose_pooling, largest_batch
from .callbacks import FitTask, with_callbacks
from .diagnosis import warn_of_scale
from .network_estimator import NetworkEstimator
from .problem import objective_of, problem_of_fit, problem_of_partial_fit
from .resuming import check_unchanged, random_generator, split_seed
from .stream import Stream, stream_of
from .training_options import warn_of_large_batch
from .validation_score import scored_validation, warn_if_nothing_is_scored
from .validation_split import has_validation_data, split_examples


class SequenceEstimator(NetworkEstimator):
    """Base class of the estimators whose X are sequences of numbers.

    A call of `fit` has three steps:

    1. `_read_problem` validates the data. The first fit stores the form of X
       and y as attributes; a later one that resumes training requires the same form. The result is
       a `Problem`: network, loss, examples, validation set and the state of training.
    2. `Problem.train` trains the network.
    3. `_store` sets the fitted attributes of the network.

    All of them are done by a copy of the estimator, whose attributes replace those of the estimator
    at the end: see `trained_aside`. Methods that predict are `of_one_fit`.

    A subclass defines the meaning of y by the abstract methods at the end of this class.
    """

    n_features_in_: int
    x_ndim_: int
    feature_names_in_: Array
    pooling_: str
    patch_length_: int

    # Fit

    @all_or_nothing
    @with_callbacks  # inside: callbacks are torn down before an error takes their context away
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n, T) or (n, T, C), or list of n array-likes (T_i,) or (T_i, C)
            The sequences, oldest step first.
        y : array-like
            Targets, one per sequence, or with `return_sequences` one per step; see the class.
        sample_weight : array-like of shape (n,) or (n, T), or list of (T_i,), default=None
            Sample weights: one per sequence, or with `return_sequences` also one per step. A step
            of weight 0 has no target: what y has there is ignored, and may be missing (NaN, None).
        X_val, y_val, sample_weight_val : array-like, default=None
            Validation data in the same forms. They are scored after every epoch, see `scoring`, and
            `early_stopping` uses them in place of a part of the training data.

        Returns
        -------
        self : estimator
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data are not valid.
        DivergenceError
            If the loss becomes NaN or infinite, or grows by a factor of more than 1e12. As after
            any error, the estimator is left as it was before the call.
        KeyboardInterrupt
            If interrupted (Ctrl-C). After the first epoch, the estimator is then fitted with what
            it has learned in all complete epochs, and a warning says so.

        Warns
        -----
        UserWarning
            If `batch_size` is larger than the number of sequences, if X is on a scale that is
            difficult to learn from, if `X_val` is on another scale than X, if nothing was learned,
            and if `pooling` or `scoring` has no effect.
        """
        with trained_aside(self) as new:
            check_parameters(self)
            with FitTask(self, new, X, y, sample_weight) as task:
                problem = new._read_problem(X, y, sample_weight, X_val, y_val, sample_weight_val)
                new._fit_problem(problem, task)
        return self

    def _read_problem(self, X, y, sample_weight, X_val, y_val, sample_weight_val):
        """Validate the data, and build the `Problem` that `fit` trains."""
        has_validation = has_validation_data(X_val, y_val, sample_weight_val)
        resuming = self._resumes
        if resuming:
            examples = self._read_examples(X, y, sample_weight)
        else:
            examples = self._read_first_examples(X, y, sample_weight)
        sequences = examples.sequences
        rng = random_generator(self, resuming)
        if has_validation:
            dtype = examples.sequences.dtype
            validation = self._read_validation(X_val, y_val, sample_weight_val, dtype)
            scored = X_val, y_val, sample_weight_val
        elif self.early_stopping:
            seed = split_seed(self, rng, resuming)
            examples, validation = self._split_examples(examples, seed)
            scored = X, y, sample_weight
        else:
            validation = None
            warn_if_nothing_is_scored(self)
        if not resuming:
            self._store_target_units(examples)
        examples = self._with_standard_targets(examples)
        problem = problem_of_fit(self, examples, None, rng, resuming)
        if validation is not None:
            validation = self._with_standard_targets(validation)
            problem.validation = scored_validation(self, problem, validation, scored)
        if not resuming:
            warn_of_scale(self, sequences, validation.sequences if has_validation else None)
        return problem

    def _partial_fit(self, X, y, sample_weight, classes=None):
        """Train for one epoch: the steps of `fit`, without a validation set."""
        with trained_aside(self) as new:
            new._train(new._read_part(X, y, sample_weight, classes))
        return self

    def _read_part(self, X, y, sample_weight, classes):
        """Validate parameters and data, and build the `Problem` that `partial_fit` trains."""
        check_parameters(self)
        resuming = self._is_fitted
        if resuming:
            examples = self._read_examples(X, y, sample_weight, classes=classes)
        else:
            examples = self._read_first_examples(X, y, sample_weight, classes=classes)
            self._store_target_units(examples)
        examples = self._with_standard_targets(examples)
        rng = random_generator(self, resuming)
        problem = problem_of_partial_fit(self, examples, rng, resuming)
        if not resuming:
            warn_of_scale(self, examples.sequences)
        return problem

    def _objective(self, X, y, sample_weight, dtype):
        """The objective that `fit` would minimise, in this dtype, and its examples."""
        check_parameters(self)
        examples = self._read_first_examples(X, y, sample_weight, dtype=dtype)
        self._store_target_units(examples)
        examples = self._with_standard_targets(examples)
        alpha = choose_alpha(self.alpha, examples.n_targets)
        return objective_of(self, examples, alpha)[0], examples

    # X, y and weights -> examples

    def _read_first_examples(self, X, y, sample_weight, *, dtype=None, classes=None):
        """Validate the data of the first training, and store the form of X and y."""
        check_pair(self, X, y)
        sequences = self._read_first_sequences(X, dtype)
        weights = read_weights(sample_weight, sequences, self.return_sequences)
        targets = self._read_first_targets(y, sequences, weights, classes)
        return self._training_examples(sequences, targets, weights)

    def _read_examples(self, X, y, sample_weight, *, classes=None):
        """Validate the data of a later training, which must have the form of the first."""
        check_pair(self, X, y)
        per_step = bool(self.return_sequences)
        check_unchanged("return_sequences", per_step, self._architecture["return_sequences"])
        if self.patch_length != "auto":
            check_unchanged("patch_length", self.patch_length, self.patch_length_)
        sequences = self._read_sequences(X, self._architecture["dtype"])
        weights = read_weights(sample_weight, sequences, self.return_sequences)
        targets = self._read_targets(y, sequences, weights, classes)
        return self._training_examples(sequences, targets, weights)

    def _training_examples(self, sequences, targets, weights):
        """Examples with class weights; equal ones merged if a batch can hold all.

        Those of weight 0 are left out.
        """
        weights = self._training_weights(targets, weights)
        examples = Examples(sequences, targets, weights, self.return_sequences).with_weight()
        warn_of_large_batch(self, len(examples))
        if len(examples) <= largest_batch(self.batch_size):
            examples = examples.merged(keep_order=not self.shuffle)
        return examples

    def _read_validation(self, X_val, y_val, sample_weight_val, dtype):
        """Validate the validation data, which must have the form of the training data."""
        with prefix_errors("In the validation data (X_val, y_val, sample_weight_val)"):
            check_pair(self, X_val, y_val)
            sequences = self._read_sequences(X_val, dtype)
            weights = read_weights(sample_weight_val, sequences, self.return_sequences)
            targets = self._read_targets(y_val, sequences, weights)
            weights = self._validation_weights(targets, weights)
            return Examples(sequences, targets, weights, self.return_sequences).with_weight()

    def _read_first_sequences(self, X, dtype):
        """Validate the X of the first training, and store its form.

        The sequences have the float dtype of X unless `dtype` is given.
        """
        X = check_sequences(self, X, reset=True)
        lengths = [len(x) for x in X] if isinstance(X, list) else [X.shape[1]]
        self.patch_length_ = self._choose_patch_length(lengths)
        self.pooling_ = choose_pooling(self.pooling, lengths)
        return self._as_sequences(X, dtype)

    def _read_sequences(self, X, dtype):
        """Validate any later X, which must have the form of the first."""
        return self._as_sequences(check_sequences(self, X, reset=False), dtype)

    def _as_sequences(self, X, dtype):
        """A validated X as `Sequences`, in patches."""
        if isinstance(X, list):
            X = make_patches(X, self.patch_length_)
            offsets = np.cumsum([0] + [len(x) for x in X])
            return RaggedSequences(as_floats(np.concatenate(X), dtype), offsets)
        X = as_floats(X if X.ndim == 3 else X[:, :, np.newaxis], dtype)
        return DenseSequences(X, self.patch_length_)

    def _choose_patch_length(self, lengths):
        if self.return_sequences:
            return 1
        return choose_patch_length(self.patch_length, lengths)

    # Validation set

    def _split_examples(self, examples, seed):
        """The examples to train on, and those for early stopping."""
        return split_examples(
            examples,
            self.validation_fraction,
            shuffle=self.shuffle,
            labels=self._labels_to_stratify(examples.targets),
            random_state=seed,
        )

    def _network_arguments(self, examples, loss):
        return {
            "n_inputs": examples.sequences.n_channels,
            "hidden_size": int(self.hidden_size),
            "n_raw": loss.n_raw(self.n_outputs_),
            "num_layers": int(self.num_layers),
            "bidirectional": bool(self.bidirectional),
            "pooling": self.pooling_ if self.pooling == "auto" else self.pooling,
            "return_sequences": bool(self.return_sequences),
            "dropout": float(self.dropout),
            "recurrent_dropout": float(self.recurrent_dropout),
            "dtype": str(examples.sequences.dtype),
        }

    # Predict

    @of_one_fit
    def _predict(self, X, method, **options):
        """The result of a method of `_outputs` for X, in the form of y."""
        sequences, raw = self._raw(X)
        rows = getattr(self._outputs(), method)(raw, **options)
        per_step = self._architecture["return_sequences"]
        if isinstance(rows, tuple):
            return tuple(to_form_of_y(part, sequences, per_step) for part in rows)
        return to_form_of_y(rows, sequences, per_step)

    def _raw(self, X):
        """Validate X; return its sequences and the network's raw outputs (M, n_raw)."""
        known = self._fitted_predictor().known
        if known and X is known[0]:
            return known[1:]
        predictor, sequences = self._read_to_predict(X)
        return sequences, predictor.raw(sequences, self.n_jobs)

    def _read_to_predict(self, X):
        """The predictor of the last fit, and a validated X as its network reads it."""
        predictor = self._fitted_predictor()
        return predictor, self._read_sequences(X, predictor.network.dtype)

    @overload
    def hidden_states(self, X: Sequence[HasArray]) -> list[Array]: ...
    @overload
    def hidden_states(self, X: ArrayLike) -> Predictions: ...
    @of_one_fit
    def hidden_states(self, X: ArrayLike) -> Predictions:
        """Hidden states of the top layer at every step.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.

        Returns
        -------
        ndarray of shape (n, T, D), or list of n ndarrays of shape (T_i, D)
            D is `hidden_size`, twice that if bidirectional (forward in time first).

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or X is not valid.
        """
        predictor, sequences = self._read_to_predict(X)
        return to_form_of_y(predictor.states(sequences), sequences, per_step=True)

    @of_one_fit
    def gates(self, X: ArrayLike) -> dict[str, Predictions]:
        """Gate activations of the top layer at every step.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.

        Returns
        -------
        dict of str to ndarray of shape (n, T, D), or to list of n ndarrays of shape (T_i, D)
            Activations by the name of the gate: for an LSTM "input", "forget", "cell" and "output".

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or X is not valid.
        """
        predictor, sequences = self._read_to_predict(X)
        gates = predictor.gates(sequences)
        return {name: to_form_of_y(rows, sequences, per_step=True) for name, rows in gates.items()}

    @of_one_fit
    def stream(
        self, n_streams: int | None = None, *, method: str = "predict", **options: Any
    ) -> Stream:
        """Predict while observations arrive, one step at a time.

        After each observation the result is the prediction for all observations so far, at the
        cost of a single step.

        Parameters
        ----------
        n_streams : int or None, default=None
            Number of sequences that are followed in parallel; None for a single one.
        method : str, default="predict"
            Method whose result is returned, one of those that predict from X alone.
        **options
            Further arguments of that method, such as ``return_std=True``, ``quantiles=[0.1, 0.9]``
            or ``n_samples=100``.

        Returns
        -------
        Stream
            Its ``push(x)`` takes the next observation and returns the prediction; ``reset()``
            starts new sequences.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or is bidirectional, or an argument is not valid.
        """
        return stream_of(self, n_streams, method, options)

    # Meaning of y, defined by the subclass

    _losses: dict[
        str, type[Loss]
    ] = {}  # classes of losses, by the valid names of the parameter `loss`

    _parameters_to_store = ("cell", "loss")

    @abstractmethod
    def _read_first_targets(self, y, sequences, weights, classes=None):
        """Validate the y of the first training, and store its form as fitted attributes.

        Parameters
        ----------
        y : array-like
        sequences : Sequences
            The sequences that y belongs to.
        weights : ndarray of shape (M,) or None
            Sample weights. A step of weight 0 has no target; what y has there is not read.
        classes : array-like or None
            The argument of `partial_fit`: all labels of this and later calls.

        Returns
        -------
        ndarray of shape (M, O)
            The targets: one row per sequence, or per step with `return_sequences`.
        """

    @abstractmethod
    def _read_targets(self, y, sequences, weights, classes=None):
        """Validate any later y, which must have the form of the first.

        Parameters
        ----------
        y, sequences, weights, classes
            See `_read_first_targets`.

        Returns
        -------
        ndarray of shape (M, O)
            The targets.
        """

    def _training_weights(self, targets, weights):
        """Sample weights (M,) or None, times the class weights of a classifier."""
        return weights

    def _validation_weights(self, targets, weights):
        """Sample weights of validation data (M,) or None, times the same class weights."""
        return weights

    def _store_target_units(self, examples):
        """Store mean and scale of the targets, if the network learns standardised targets."""

    def _with_standard_targets(self, examples):
        """The examples with the targets that the network learns: standardised, or unchanged."""
        return examples

    def _labels_to_stratify(self, targets):
        """Labels (n,) by which the validation split is stratified, or None."""
        return None

    def _loss(self):
        return self._loss_for_y(resolve(self.loss, self._losses, Loss, "loss"))

    def _fitted_loss(self):
        loss = self._parameters_of_fit["loss"]
        return self._loss_for_y(resolve(loss, self._losses, Loss, "loss"))

    def _loss_for_y(self, loss):
        """The loss for the number of classes or labels of y."""
        return loss

    def _outputs(self):
        """The `ValueOutputs` or `LabelOutputs` of the last fit."""
        return self._outputs_of(self._fitted_loss())

    @abstractmethod
    def _outputs_of(self, loss):
        """The `ValueOutputs` or `LabelOutputs` for this loss.

        Parameters
        ----------
        loss : Loss

        Returns
        -------
        ValueOutputs or LabelOutputs
        """

    @abstractmethod
    def _score_raw(self, raw, examples):
        """The score on a validation set, for ``validation_score_curve_``.

        Parameters
        ----------
        raw : ndarray of shape (M, n_raw)
            The network's raw outputs.
        examples : Examples
            The validation set.

        Returns
        -------
        float
        """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        return tags
