"""LSTMClassifier: sequence -> label, or sequence -> sequence of labels."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score

from ._estimators.all_or_nothing import of_one_fit
from ._estimators.outputs import LabelOutputs
from ._estimators.resuming import without_early_stopping
from ._estimators.sequence_estimator import SequenceEstimator
from ._typing import (
    Array,
    ArrayLike,
    CellLike,
    LearningRate,
    LossLike,
    OptimizerLike,
    Predictions,
    RandomState,
    Scoring,
)
from ._validation.containers import refuse_containers
from ._validation.labels import as_labels
from ._validation.targets import encode_labels, read_class_labels, refuse_steps
from ._validation.weights import check_weights, read_class_weights, read_weights, rows_with_weight
from .core.losses import CLASSIFICATION_LOSSES
from .core.messages import shorten, shorten_list


class LSTMClassifier(ClassifierMixin, SequenceEstimator):
    """Long short-term memory network for classification.

    A stack of LSTM layers [1]_ [2]_ reads each sequence, and a linear head with a softmax maps
    their hidden states to class probabilities. Sequences of different lengths are never padded: the
    prediction for a sequence depends on the steps of that sequence only.

    Parameters
    ----------
    hidden_size : int, default=32
        Number of units of each layer and direction.
    num_layers : int, default=1
        Number of layers. Each one reads the hidden states of the layer below.
    cell : str or cell object, default="lstm"
        The recurrent cell: "lstm", "gru", "rnn", "diagonal", "peephole" or one of the other LSTM
        variants of Greff et al. (2017), "nig", "nfg", "nog", "niaf", "noaf", "cifg" and "fgr". Pass
        an object of `sklstm.cells` to set its parameters, such as ``GRU(reset_after=False)``, or a
        custom cell (see `sklstm.cells.StepCell`).
    bidirectional : bool, default=False
        Whether each layer also reads the sequences from the last step to the first.
    dropout : float in [0, 1), default=0.0
        Fraction of the activations that are dropped between layers and before the head during
        training [3]_.
    recurrent_dropout : float in [0, 1), default=0.0
        Fraction of the hidden state that is dropped on its way to the next step during training,
        with one mask per sequence [4]_.
    pooling : {"last", "mean", "max", "attention", "auto"}, default="auto"
        How the hidden states of a sequence are summarised for the head: by the last one, by their
        mean or maximum over the steps of the sequence, or by a weighted mean whose weights are
        learned [6]_. "auto" is "last" if the median length is below 60 steps, and "max" otherwise.
    patch_length : int or "auto", default="auto"
        Number of consecutive steps that the network reads as one, with their values side by side,
        as `sklstm.preprocessing.Patches` does. Patches make sequences of hundreds of steps easier
        and faster to learn. "auto" is 1 if the median length is below 60 steps, and otherwise 10,
        or more if 10 would leave more than 50 patches. With `return_sequences` it is 1.
    return_sequences : bool, default=False
        Whether y has a target for every step instead of one for every sequence.
    loss : str or loss object, default="log_loss"
        The loss: "log_loss", the cross-entropy of a softmax over the classes; for an indicator
        matrix, of a sigmoid for each label. Pass an object to use your own loss, see
        `sklstm.losses.ClassificationLoss`.
    alpha : float, default=0.0
        Strength of the L2 penalty: ``alpha / 2`` times the squared norm of the weights, biases
        excluded, is added to the mean loss.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes. "balanced" weighs them inversely to their frequencies, in which
        labels count with their sample weights.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"} or optimizer object, default="adam"
        The optimizer. Pass an object of `sklstm.optimizers` to set or search its parameters:
        ``optimizer=RMSprop()``, then ``optimizer__decay``.
    learning_rate : float, str or schedule object, default=0.01
        The learning rate. A number is constant during the first three quarters of `max_iter` and
        then falls to zero, as in ``Cooldown``; in `partial_fit` it stays constant. For other
        schedules pass an object of `sklstm.schedules`, or its name for its default parameters:
        "constant", "cooldown", "exponential", "cosine", "warmup" or "plateau".
    max_iter : int, default=120
        Maximum number of epochs. Training ends earlier by `early_stopping`, by a callback, or once
        the training loss has been within `tol` of the lowest possible value for `n_iter_no_change`
        epochs. It does not end because the training loss stops falling, which is often temporary.
    batch_size : int or "auto", default="auto"
        Number of sequences per update. "auto" is a fifth of the sequences, but at least 8 and at
        most 100.
    shuffle : bool, default=True
        Whether to draw the batches in a new order in each epoch. If False, the validation set of
        `early_stopping` is the last part of the data, as is right for rows in the order of time.
    max_grad_norm : float or None, default=5.0
        Maximum norm of the gradient of all weights. Larger gradients are scaled down to it [5]_;
        None leaves them unchanged.
    bptt_steps : int or None, default=None
        Number of steps after which the gradient is truncated; the hidden state is carried over.
        With `return_sequences` the weights are updated after each such chunk of steps. None does
        not truncate. It limits the memory of training with `return_sequences`, and with `pooling`
        "last" if all sequences have the same length. Of sequences of different lengths, it omits
        the states of steps before the chunk in which the shortest one of a batch ends. With the
        other poolings it does not save memory.
    early_stopping : bool, default=False
        Whether to set aside a validation set and stop training when its loss, or the score of
        `scoring`, no longer improves. The weights with which it was best are kept.
    scoring : str, callable or None, default=None
        What `early_stopping` monitors on the validation set. None is the loss. Otherwise it is a
        score, of which higher values are better: the name of one of scikit-learn's scorers, such as
        "f1_macro" or "neg_mean_absolute_error", or a callable ``scorer(estimator, X, y)``. Of equal
        scores, that with the lowest loss is the best. Sample weights are passed to the scorer if it
        accepts them; class weights are not. With `return_sequences`, names and scorers made by
        `make_scorer` compare all steps of all sequences, as those of `sklstm.metrics.over_steps`
        do. `partial_fit` does not use it.
    validation_fraction : float in (0, 1), default=0.1
        Fraction of the training data to set aside as the validation set of `early_stopping`. Not
        used if `fit` is given validation data.
    n_iter_no_change : int or inf, default=50
        Maximum number of epochs without an improvement of at least `tol`, see `early_stopping` and
        `max_iter`.
    tol : float, default=1e-4
        Minimum decrease of the loss, or increase of the score of `scoring`, that counts as an
        improvement.
    warm_start : bool, default=False
        Whether `fit` resumes training where the last call ended, instead of starting anew. It
        trains for `max_iter` more epochs.
    verbose : int, default=0
        0 is silent. 1 prints one line on the progress of training, which is rewritten in a terminal
        or notebook; in a file it is about ten lines. 2 or more prints a line for every epoch.
    n_jobs : int, default=None
        Number of threads, -1 for all processors. None means 1, or what ``joblib.parallel_config``
        says. They share the batches of 256 sequences of a prediction and, with the compiled kernels
        of the LSTM and the GRU, the work on mini-batches of hundreds of steps. The results do not
        depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the batches, the dropout masks and the validation set.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The class labels; for an indicator matrix the numbers of its columns.
    n_iter_ : int
        Number of epochs trained.
    loss_ : float
        Training loss of the last epoch.
    best_loss_ : float
        Lowest loss of an epoch: validation loss with `early_stopping`, training loss otherwise.
        With `scoring` it need not be that of the weights that are kept.
    loss_curve_ : list of float
        Training loss of each epoch. When training is resumed, the last 10,000 are kept.
    validation_loss_curve_ : list of float
        Validation loss of each epoch, without the penalty; empty without validation data.
    validation_score_curve_ : list of float
        Validation score of each epoch, accuracy unless `scoring` is set; empty without validation
        data.
    learning_rate_curve_ : list of float
        Learning rate of the last update of each epoch.
    gradient_norm_curve_ : list of float
        Mean norm of the gradients of all updates of each epoch before they are clipped to
        `max_grad_norm`.
    duration_curve_ : list of float
        Seconds that each epoch took, validation included.
    pooling_ : str
        The pooling in use; without effect with `return_sequences`.
    patch_length_ : int
        Number of consecutive steps that the network reads as one.
    alpha_ : float
        Strength of the L2 penalty in use.
    batch_size_ : int
        Number of sequences per update in the last call of `fit` or `partial_fit`.
    n_features_in_ : int
        Number of columns of a 2-D X, or of channels of sequences.
    feature_names_in_ : ndarray of str
        Names of the columns, if X has string names for all of them.
    x_ndim_ : int
        2 if fitted on a table, 3 if fitted on a 3-D array or a list.
    n_outputs_ : int
        1, or the number of columns of an indicator matrix.
    weights_ : dict of str to ndarray
        Copies of the network's weights: ``weight_ih_l0`` (4 * H, C * P), P = `patch_length_`,
        ``weight_hh_l0`` (4 * H, H) and ``bias_l0`` (4 * H,) for layer 0, with the suffix
        ``_reverse`` for the second direction, and ``head_weight`` (R, D) and ``head_bias`` (R,).
        The rows of gates are in PyTorch's order: input, forget, cell, output; the variants of the
        LSTM have those of their gates. Peepholes are ``peephole_input_l0`` (H,) and so on, and
        "fgr" has ``weight_input_to_forget_l0`` (H, H) and so on. ``pooling="attention"`` adds
        ``attention_weight`` (D, D), ``attention_bias`` (D,) and ``attention_vector`` (D,). For
        other cells see the docstring of the cell.
        Changing an array of the dict does not change the network. To do so, set the attribute to a
        dict of all names, such as ``model.weights_ | {"head_bias": new}``, also with arrays of
        another estimator or library: they are checked and copied. `partial_fit` and `warm_start`
        continue with them and a new state of the optimizer.

    See Also
    --------
    LSTMRegressor : Regression of sequences.

    Notes
    -----
    X is (n, T) for sequences of one channel, (n, T, C), or a list of (T_i,) or (T_i, C) arrays. y
    is (n,) labels, or an indicator matrix (n, K) of 0 and 1 for several labels per sequence; with
    `return_sequences` it is (n, T) labels or a list of (T_i,), and steps without a label have the
    weight 0 in `sample_weight`. X of dtype float32 is processed in float32, which is about twice as
    fast; all other dtypes are converted to float64. Scale X to about unit variance.

    References
    ----------
    .. [1] S. Hochreiter, J. Schmidhuber. "Long short-term memory." Neural Computation 9(8), 1997.
    .. [2] F. Gers, J. Schmidhuber, F. Cummins. "Learning to forget: continual prediction with
       LSTM." Neural Computation 12(10), 2000.
    .. [3] N. Srivastava et al. "Dropout: a simple way to prevent neural networks from
       overfitting." JMLR 15, 2014.
    .. [4] Y. Gal, Z. Ghahramani. "A theoretically grounded application of dropout in recurrent
       neural networks." NeurIPS 2016.
    .. [5] R. Pascanu, T. Mikolov, Y. Bengio. "On the difficulty of training recurrent neural
       networks." ICML 2013, algorithm 1.
    .. [6] D. Bahdanau, K. Cho, Y. Bengio. "Neural machine translation by jointly learning to align
       and translate." ICLR 2015 (arXiv:1409.0473).

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMClassifier
    >>> X = np.random.default_rng(0).standard_normal((100, 12))
    >>> y = np.where(X[:, -1] > 0, "up", "down")
    >>> model = LSTMClassifier(random_state=0).fit(X, y)
    >>> model.predict(X[:2]).shape, model.predict_proba(X[:2]).shape
    ((2,), (2, 2))
    >>> bool(model.score(X, y) > 0.9)
    True
    """

    classes_: Array
    n_outputs_: int

    def __init__(
        self,
        hidden_size: int = 32,
        *,
        num_layers: int = 1,
        cell: CellLike = "lstm",
        bidirectional: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        pooling: str = "auto",
        patch_length: int | str = "auto",
        return_sequences: bool = False,
        loss: LossLike = "log_loss",
        alpha: float | str = 0.0,
        class_weight: Mapping[Any, float] | str | None = None,
        optimizer: OptimizerLike = "adam",
        learning_rate: LearningRate = 0.01,
        max_iter: int = 120,
        batch_size: int | str = "auto",
        shuffle: bool = True,
        max_grad_norm: float | None = 5.0,
        bptt_steps: int | None = None,
        early_stopping: bool = False,
        scoring: Scoring = None,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 50,
        tol: float = 1e-4,
        warm_start: bool = False,
        verbose: int = 0,
        n_jobs: int | None = None,
        random_state: RandomState = None,
    ) -> None:
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
        self.class_weight = class_weight
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.max_grad_norm = max_grad_norm
        self.bptt_steps = bptt_steps
        self.early_stopping = early_stopping
        self.scoring = scoring
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.random_state = random_state

    @without_early_stopping
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on X and y, starting from the present weights.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.
        y : array-like
            Labels, in a form accepted by `fit`.
        classes : array-like of shape (K,), default=None
            All labels that occur in this or any later call. Required in the first call, unless y
            is an indicator matrix, whose labels are the numbers of its columns.
        sample_weight : array-like of shape (n,) or (n, T), or list of (T_i,), default=None
            Sample weights.

        Returns
        -------
        self : LSTMClassifier
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError, DivergenceError
            As in `fit`; also with ``early_stopping=True``, which needs a validation set; if
            `classes` is missing in the first call or changes in a later one; or if y has a label
            that is not in `classes`.
        """
        if not self.return_sequences:
            refuse_steps(y)
        shape = () if self.return_sequences else np.asarray(y).shape
        one_label = len(shape) != 2 or shape[1] == 1
        if classes is None and one_label and not self._is_fitted:
            raise ValueError("classes must be passed in the first call to partial_fit.")
        if not one_label and classes is not None:
            if not np.array_equal(_announced(classes), np.arange(shape[1])):
                raise ValueError(
                    f"classes={shorten_list(classes)} was passed with y of shape {shape}: the "
                    "labels of an indicator matrix are the numbers of its columns, 0 to "
                    f"{shape[1] - 1}; leave classes out."
                )
            classes = None
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={shorten(self.class_weight)} needs all of y, which partial_fit "
                "does not "
                "have; pass a dict, or sample_weight."
            )
        return self._partial_fit(X, y, sample_weight, classes)

    def predict(self, X: ArrayLike) -> Predictions:
        """Predict labels.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.

        Returns
        -------
        ndarray of shape (n,) or (n, K), or with `return_sequences` (n, T) or a list of (T_i,)
            Labels in the form of the y of `fit`; (n, K) for an indicator matrix.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or X is not valid.
        """
        return self._predict(X, "predict")

    def predict_proba(self, X: ArrayLike) -> Predictions:
        """Predict class probabilities.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.

        Returns
        -------
        ndarray of shape (n, K), or with `return_sequences` (n, T, K) or a list of (T_i, K)
            Probabilities in the order of `classes_`. Rows sum to 1; for an indicator matrix each
            column is the probability of one label.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or X is not valid.
        """
        return self._predict(X, "predict_proba")

    def predict_log_proba(self, X: ArrayLike) -> Predictions:
        """Predict logarithms of class probabilities.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.

        Returns
        -------
        ndarray or list of ndarrays
            Logarithms of the probabilities of `predict_proba`.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or X is not valid.
        """
        return self._predict(X, "predict_log_proba")

    def decision_function(self, X: ArrayLike) -> Predictions:
        """Log-odds or logits, the raw outputs of the network.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.

        Returns
        -------
        ndarray of shape (n,), or (n, K) for more than two classes or an indicator matrix
            For two classes the log-odds of ``classes_[1]``; for more one logit per class, of which
            the highest is predicted. With `return_sequences` (n, T), (n, T, K), or a list.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or X is not valid.
        """
        return self._predict(X, "decision_function")

    @of_one_fit
    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Accuracy of the predictions.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.
        y : array-like
            True labels.
        sample_weight : array-like of shape (n,) or (n, T), or list of (T_i,), default=None
            Sample weights.

        Returns
        -------
        float
            Fraction of correct labels over all sequences, or with `return_sequences` over all
            steps of all sequences. For an indicator matrix, fraction of the rows whose labels are
            all correct.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or the data are not valid.
        """
        sequences, raw = self._raw(X)
        per_step = self._architecture["return_sequences"]
        weights = read_weights(sample_weight, sequences, per_step)
        labels, _ = read_class_labels(y, sequences, per_step, weights)
        predicted = self._outputs().predict(raw)
        labels, predicted, weights = rows_with_weight(weights, labels, predicted)
        return accuracy_score(labels, predicted, sample_weight=weights)

    # Meaning of y

    _losses = CLASSIFICATION_LOSSES

    def _read_first_targets(self, y, sequences, weights, classes=None):
        labels, multilabel = read_class_labels(y, sequences, self.return_sequences, weights)
        if classes is None:
            classes = np.arange(labels.shape[1]) if multilabel else np.unique(labels)
            self._store_classes(classes, multilabel, weights)
        else:
            self._store_classes(_announced(classes), multilabel=False)
        return self._encoded(labels, multilabel, sequences.dtype)

    def _read_targets(self, y, sequences, weights, classes=None):
        if classes is not None and not np.array_equal(_announced(classes), self.classes_):
            raise ValueError(
                f"classes={shorten_list(_announced(classes))} are not those of the first fit: "
                f"{shorten_list(self.classes_)}."
            )
        labels, multilabel = read_class_labels(y, sequences, self.return_sequences, weights)
        return self._encoded(labels, multilabel, sequences.dtype)

    def _store_classes(self, classes, multilabel, weights=None):
        if len(classes) < 2:
            with_weight = "" if weights is None else " (labels of weight 0 do not count)"
            raise ValueError(
                f"LSTMClassifier needs samples of at least 2 classes in y, but there is only one "
                f"class: {shorten(classes.tolist()[0])}{with_weight}."
            )
        self.classes_ = classes
        self._multilabel = multilabel
        self.n_outputs_ = len(classes) if multilabel else 1

    def _encoded(self, labels, multilabel, dtype):
        """Labels as targets (M, O): class codes, or an indicator matrix."""
        if multilabel != self._multilabel or (multilabel and labels.shape[1] != self.n_outputs_):
            fitted = f"(n, {self.n_outputs_}) indicators" if self._multilabel else "(n,) labels"
            raise ValueError(
                f"y has shape {labels.shape}, but the estimator was fitted with {fitted}."
            )
        if multilabel:
            return labels.astype(dtype, order="C")
        return encode_labels(labels, self.classes_)[:, np.newaxis].astype(dtype)

    def _training_weights(self, targets, weights):
        if weights is not None and not self._multilabel:
            self._check_that_two_classes_have_weight(targets[:, 0], weights)
        if self.class_weight is not None and not self._multilabel:
            self._class_weights = read_class_weights(
                self.class_weight, self.classes_, targets[:, 0].astype(int), weights
            )
        return self._validation_weights(targets, weights)

    def _validation_weights(self, targets, weights):
        """Sample weights times the class weights, which were computed from the training data."""
        if self.class_weight is None:
            return weights
        if self._multilabel:
            raise ValueError(
                "class_weight is for one label per sequence; with an indicator matrix y, use "
                "sample_weight."
            )
        by_row = self._class_weights[targets[:, 0].astype(int)]
        if weights is None:
            return check_weights(by_row, "class_weight", targets.dtype)
        with np.errstate(over="ignore"):
            product = by_row * weights
        return check_weights(product, "class_weight times sample_weight", targets.dtype)

    def _check_that_two_classes_have_weight(self, codes, weights):
        weighted = np.unique(codes[weights > 0])
        if len(weighted) == 1 and len(np.unique(codes)) > 1:
            raise ValueError(
                "LSTMClassifier needs samples of at least 2 classes, but sample_weight is 0 for "
                f"all but the class {shorten(self.classes_[int(weighted[0])])}."
            )

    def _loss_for_y(self, loss):
        if self._multilabel:
            return loss.for_indicators()
        return loss.for_classes(len(self.classes_))

    def _outputs_of(self, loss):
        return LabelOutputs(loss, self.classes_, self._multilabel)

    def _score_raw(self, raw, examples):
        codes = self._outputs_of(self._loss()).codes(raw)
        right = codes.reshape(len(raw), -1) == examples.targets
        return float(np.average(right.all(axis=1), weights=examples.weights))

    def _labels_to_stratify(self, targets):
        return None if self._multilabel or self.return_sequences else targets[:, 0]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _announced(classes):
    """Validate the argument `classes` of partial_fit, and sort it."""
    refuse_containers(classes, "classes", "all labels, (K,)", each="labels")
    labels = as_labels(classes, "classes")
    if labels.ndim != 1:
        raise ValueError(f"classes has shape {labels.shape}; expected all labels, (K,).")
    labels = np.unique(labels)
    if len(labels) < 2:
        given = shorten_list(labels)
        raise ValueError(f"classes={given} has one class only; list all of them.")
    return labels
