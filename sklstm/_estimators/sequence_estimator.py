"""What the two sequence estimators share: validate, train; and predict."""

from contextlib import nullcontext

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._validation.network_parameters import check_parameters
from .._validation.sequences import check_sequences
from .._validation.targets import read_weights, restore
from ..core.inference import predict_raw, record_gates, record_hidden_states
from ..core.packing import DenseSequences, RaggedSequences
from ..core.patches import make_patches
from ..core.workspace import Workspace
from ..training.examples import Examples
from ..training.loop import Validation
from .automatic import choose_alpha, choose_patch_length, choose_pooling
from .blas_threads import one_blas_thread
from .callbacks import with_callbacks
from .diagnosis import warn_of_scale
from .fitted_state import check_unchanged, named_as, unchanged_on_error
from .network_estimator import TrainedNetwork
from .stream import Stream
from .training_options import is_small
from .validation_split import split_examples


class BaseSequenceEstimator(TrainedNetwork):
    """Fit and predict for a network over sequences.

    A subclass says what y means, by the methods at the end of this class.
    """

    def __init__(
        self,
        hidden_size,
        *,
        num_layers,
        cell,
        bidirectional,
        dropout,
        recurrent_dropout,
        pooling,
        patch_length,
        return_sequences,
        loss,
        alpha,
        optimizer,
        learning_rate,
        max_iter,
        batch_size,
        shuffle,
        max_grad_norm,
        bptt_steps,
        early_stopping,
        validation_fraction,
        n_iter_no_change,
        tol,
        warm_start,
        verbose,
        random_state,
    ):
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.cell = cell
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.pooling = pooling
        self.patch_length = patch_length
        self.return_sequences = return_sequences
        self.loss = loss
        self.alpha = alpha
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.max_grad_norm = max_grad_norm
        self.bptt_steps = bptt_steps
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state

    # Fit: validate, train

    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n, T) or (n, T, C), or list of n array-likes (T_i,) or (T_i, C)
            The sequences, oldest step first.
        y : array-like
            The targets, one per sequence, or with `return_sequences` one per step; see the class.
        sample_weight : array-like of shape (n,), default=None
            Weights of the sequences.
        X_val, y_val, sample_weight_val : array-like, default=None
            Held-out data in the same forms. It is scored after every epoch, and takes the place
            of `validation_fraction` in early stopping.

        Returns
        -------
        self : estimator
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid.
        DivergenceError
            If the loss becomes NaN or infinite. As after any error, the estimator is then as it
            was before the call.

        Warns
        -----
        UserWarning
            If interrupted (Ctrl-C) after the first epoch; what was learned so far is kept. Also
            if `batch_size` is larger than the number of sequences.
        """
        with unchanged_on_error(self):
            self._fit(X, y, sample_weight, X_val, y_val, sample_weight_val)
        return self

    @with_callbacks  # inside: callbacks are torn down before an error takes their context away
    def _fit(self, X, y, sample_weight, X_val, y_val, sample_weight_val):
        going_on = self.warm_start and hasattr(self, "n_iter_")
        check_parameters(self)
        examples = self._read(X, y, sample_weight, reset=not going_on)
        rng = self._generator(going_on)
        examples, held_out = self._hold_out(
            examples, X_val, y_val, sample_weight_val, rng, going_on
        )
        if not going_on:
            self._learn_units(examples)
        validation = None if held_out is None else self._validation(self._standardised(held_out))
        examples = self._standardised(examples)
        self._train(examples, validation, rng, going_on, (X, y, sample_weight))

    def _partial_fit(self, X, y, sample_weight, classes=None):
        """One epoch over X, from where training stands; whether to stop is the caller's to say."""
        with unchanged_on_error(self):
            going_on = hasattr(self, "n_iter_")
            check_parameters(self)
            if classes is not None:
                self._announce(classes)
            examples = self._read(X, y, sample_weight, reset=not going_on, classes=classes)
            if not going_on:
                self._learn_units(examples)
            examples = self._standardised(examples)
            self._train(examples, None, self._generator(going_on), going_on, None)
        return self

    def _read(self, X, y, sample_weight, *, reset, dtype=None, classes=None, training=True):
        """Validate the data of one call; what is announced in `classes` is not learned from y."""
        if y is None:
            name = type(self).__name__
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        if not reset and self.patch_length != "auto":
            check_unchanged("patch_length", self.patch_length, self.patch_length_)
        sequences = self._read_sequences(X, reset=reset, dtype=dtype)
        weights = read_weights(sample_weight, sequences, self.return_sequences)
        learn = reset and classes is None
        targets = self._read_targets(y, sequences, reset=learn)
        weights = self._weigh(targets, weights, training)
        examples = Examples(sequences, targets, weights, self.return_sequences)
        if training and is_small(self, len(examples)):
            examples = examples.merged(keep_order=not self.shuffle)
        return examples

    def _read_sequences(self, X, *, reset, dtype=None):
        """Validate X; in float32 or float64 as it came, or as the fitted network has it."""
        X = check_sequences(self, X, reset=reset)
        if reset:
            lengths = [len(x) for x in X] if isinstance(X, list) else [X.shape[1]]
            self.patch_length_ = self._choose_patch_length(lengths)
            self.pooling_ = choose_pooling(self.pooling, lengths)
        elif dtype is None:
            dtype = np.dtype(self._architecture["dtype"])
        if isinstance(X, list):
            n_channels = X[0].shape[1]
            X = make_patches(X, self.patch_length_)
            offsets = np.cumsum([0] + [len(x) for x in X])
            sequences = RaggedSequences(np.concatenate(X, dtype=dtype), offsets)
            steps = sequences.values.reshape(-1, n_channels)
        else:
            steps = X if X.ndim == 3 else X[:, :, np.newaxis]
            steps = steps if dtype is None else steps.astype(dtype, copy=False)
            sequences = DenseSequences(steps, self.patch_length_)
        if reset:
            is_table = self.x_ndim_ == 2
            warn_of_scale(steps, None if is_table else getattr(self, "feature_names_in_", None))
        return sequences

    def _choose_patch_length(self, lengths):
        if self.return_sequences:
            return 1
        length = choose_patch_length(self.patch_length, lengths)
        if length > max(lengths):
            raise ValueError(
                f"patch_length={length} is longer than every sequence: the longest has "
                f"{max(lengths)} step(s). Use a shorter one, or 'auto'."
            )
        return length

    def _hold_out(self, examples, X_val, y_val, sample_weight_val, rng, going_on):
        """The examples to train on, and those for validation, or None."""
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val belong together; only one of them was given.")
        if X_val is None and sample_weight_val is not None:
            raise ValueError("sample_weight_val was given, but no X_val and y_val to weigh.")
        if X_val is not None:
            dtype = examples.sequences.dtype
            with named_as("X_val, y_val, sample_weight_val"):
                held_out = self._read(
                    X_val, y_val, sample_weight_val, reset=False, dtype=dtype, training=False
                )
        elif self.early_stopping:
            examples, held_out = split_examples(
                examples,
                self.validation_fraction,
                shuffle=self.shuffle,
                labels=self._labels_to_stratify(examples.targets),
                random_state=self._choose_split(rng, going_on),
            )
        else:
            return examples, None
        return examples, held_out

    def _validation(self, examples):
        def score(raw):
            return self._score_raw(raw, examples)

        return Validation(examples, score, stops=bool(self.early_stopping))

    def _learn_units(self, examples):
        """Learn the units of the targets, where the network learns them without units."""

    def _standardised(self, examples):
        """The examples with their targets as the network learns them."""
        return examples

    def _pose(self, X, y, sample_weight, dtype):
        """The problem that `fit` would solve, without solving it."""
        check_parameters(self)
        examples = self._read(X, y, sample_weight, reset=True, dtype=dtype)
        self._learn_units(examples)
        examples = self._standardised(examples)
        alpha = choose_alpha(self.alpha, examples.n_targets)
        return self._build(examples, alpha)[0], examples

    def _architecture_for(self, examples, loss):
        """The network's arguments, as plain values that can be kept."""
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

    def _predict_raw(self, X):
        """X -> its sequences, and the network's raw outputs (M, n_raw)."""
        check_is_fitted(self)
        return self._run(self._network(), None, X)

    def _run(self, network, workspace, X):
        sequences = self._read_sequences(X, reset=False)
        # A single sequence has products too small for BLAS to share in any case.
        with one_blas_thread() if len(sequences) > 1 else nullcontext():
            return sequences, predict_raw(network, self._params, sequences, workspace)

    def _repeated(self, method):
        """A method that predicts from X, for many calls: what they all need is made once."""
        check_is_fitted(self)
        network, workspace = self._network(), Workspace(history=False)
        respond = self._responses()[method]

        def repeated(X):
            sequences, raw = self._run(network, workspace, X)
            return self._in_form(respond(raw), sequences)

        return repeated

    def _predictions(self, raw):
        """Raw outputs (M, n_raw) -> what the loss predicts with them, a row each."""
        return np.ascontiguousarray(self._fitted_loss().predict(np.ascontiguousarray(raw.T)).T)

    def _in_form(self, rows, sequences):
        return restore(rows, sequences, self._architecture["return_sequences"])

    def hidden_states(self, X):
        """The top layer's hidden state at every step.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.

        Returns
        -------
        ndarray of shape (n, T, D), or list of n ndarrays of shape (T_i, D)
            D is `hidden_size`, twice that if bidirectional (forward in time first).

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or X is not valid.
        """
        return self._record(X, record_hidden_states)["h"]

    def gates(self, X):
        """Every gate's activations in the top layer at every step.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.

        Returns
        -------
        dict of str to ndarray of shape (n, T, D), or to list of n ndarrays of shape (T_i, D)
            By the gate's name: for an LSTM "input", "forget", "cell" and "output".

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or X is not valid.
        """
        return self._record(X, record_gates)

    def stream(self, n_streams=None, *, method="predict"):
        """Follow sequences observation by observation.

        What comes out after each is what `predict` gives for all of them so far, for the price of
        one step.

        Parameters
        ----------
        n_streams : int or None, default=None
            Sequences that run side by side; None for a single one.
        method : str, default="predict"
            What comes out: any of the estimator's methods that predict from X alone.

        Returns
        -------
        Stream
            Its ``push(x)`` takes the next observation and returns the prediction; ``reset()``
            begins anew.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or is bidirectional, or an argument is not valid.
        """
        check_is_fitted(self)
        if self._architecture["bidirectional"]:
            raise ValueError(
                "A bidirectional network reads every sequence from its end, too, and cannot follow "
                "it step by step: use predict, or fit with bidirectional=False."
            )
        respond = self._responses()
        if method not in respond:
            raise ValueError(f"method={method!r} is not valid; expected one of {list(respond)}.")
        return Stream(self._network(), self._params, respond[method], n_streams, self.patch_length_)

    def _respond(self, X, method):
        return self._repeated(method)(X)

    def _record(self, X, record):
        check_is_fitted(self)
        sequences = self._read_sequences(X, reset=False)
        with one_blas_thread():
            rows = record(self._network(), self._params, sequences)
        return {name: restore(r, sequences, per_step=True) for name, r in rows.items()}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.three_d_array = True
        return tags
