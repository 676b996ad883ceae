"""LSTMClassifier: sequence -> label, or sequence -> sequence of labels."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import column_or_1d

from ._estimators.sequence_estimator import BaseSequenceEstimator
from ._validation.targets import check_weights, encode, read_labels, read_weights
from .core.losses import CLASSIFICATION_LOSSES, LogLoss, MultiLabelLogLoss


class LSTMClassifier(ClassifierMixin, BaseSequenceEstimator):
    """Long short-term memory network for classification.

    A stack of LSTM layers [1]_ [2]_ reads each sequence, and a linear head with a softmax turns
    what they saw into probabilities. Sequences of different lengths are never padded: what comes
    out for one of them depends on nothing but its own steps.

    Parameters
    ----------
    hidden_size : int, default=32
        Units of each layer and direction.
    num_layers : int, default=1
        Layers, each reading the hidden states of the one below.
    cell : str or cell object, default="lstm"
        The recurrent cell: "lstm", "gru", "rnn", "diagonal", "peephole" and the other variants of
        the search space odyssey, "nig", "nfg", "nog", "niaf", "noaf", "cifg", "fgr"; or an object
        of `sklstm.cells` with parameters of its own, such as ``GRU(reset_after=False)``; or your
        own, see `sklstm.cells.StepCell`.
    bidirectional : bool, default=False
        Whether every layer also runs from the last step to the first.
    dropout : float in [0, 1), default=0.0
        Share of activations dropped between layers and before the head, while training [3]_.
    recurrent_dropout : float in [0, 1), default=0.0
        Share of the hidden state dropped on its way to the next step, with one mask per sequence,
        while training [4]_.
    pooling : {"last", "mean", "max", "attention", "auto"}, default="auto"
        What the head sees of a sequence: the last hidden state, or its mean or maximum over the
        sequence's own steps, which shows what occurred anywhere. "attention" is a mean with weights
        from a softmax over the steps, computed from the hidden states by an additive attention
        [6]_ that is learned. "auto" is "last" if the median length is below 60 steps, else "max".
    patch_length : int or "auto", default="auto"
        Number of steps that the network reads as one, their values side by side, as
        `sklstm.preprocessing.Patches` makes them. Sequences of hundreds of steps are learned
        better and faster so. "auto" is 1 if the median length is below 60 steps, else 10, or more
        if it takes more to leave at most 50 steps. It is 1 with `return_sequences`.
    return_sequences : bool, default=False
        Whether there is a target for every step instead of one per sequence.
    loss : {"log_loss"}, default="log_loss"
        Cross-entropy: of a softmax over the classes, or for an indicator matrix of a sigmoid for
        every label.
    alpha : float, default=0.0
        L2 penalty: ``alpha / 2`` times the squared norm of the weights, never of the biases, is
        added to the mean loss.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes; "balanced" makes them inversely proportional to their frequency.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"} or optimizer object, default="adam"
        What turns gradients into updates. An object of `sklstm.optimizers` carries its own
        parameters, which can be searched: ``optimizer=RMSprop()``, then ``optimizer__decay``.
    learning_rate : float, str or schedule object, default=0.01
        The step size. A number is constant for three quarters of `max_iter` and then falls to
        zero, as ``Cooldown``; in `partial_fit` it is constant. An object of `sklstm.schedules`
        (``Constant``, ``Cooldown``, ``ExponentialDecay``, ``CosineDecay``, ``WarmUp``,
        ``ReduceOnPlateau``), or its name ("constant", "cooldown", "exponential", "cosine",
        "warmup", "plateau") for its own defaults, lets it change in other ways.
    max_iter : int, default=120
        Maximum number of epochs. A training loss that stands still is no reason to stop, as it
        often falls again. What ends training sooner is `early_stopping`, callbacks, and a training
        loss within `tol` of the lowest possible for `n_iter_no_change` epochs.
    batch_size : int or "auto", default="auto"
        Number of sequences per update; "auto" is a fifth of them, but at least 8 and at most
        100.
    shuffle : bool, default=True
        Whether to draw the batches in a new order every epoch. False also takes the part for
        early stopping from the end: rows are in the order of time.
    max_grad_norm : float or None, default=5.0
        A gradient whose norm over all weights is larger is scaled down to it [5]_.
    bptt_steps : int or None, default=None
        Truncated back-propagation through time: the gradient is cut after so many steps, while
        the state is carried on. With `return_sequences` every such chunk is an update of its own.
    early_stopping : bool, default=False
        Whether to hold out sequences and stop when their loss no longer improves; the weights
        that were best on them are kept.
    validation_fraction : float in (0, 1), default=0.1
        The share to hold out, unless `X_val` and `y_val` are given to `fit`.
    n_iter_no_change : int, default=50
        Number of epochs without an improvement of `tol` after which early stopping ends training.
    tol : float, default=1e-4
        Minimum decrease of the validation loss that counts as an improvement.
    warm_start : bool, default=False
        Whether `fit` goes on from where the last one ended instead of starting anew.
    verbose : int, default=0
        Print the losses every so many epochs; 0 prints nothing.
    random_state : int, RandomState instance or None, default=None
        Seeds the initial weights, the batches, the dropout masks and the held-out part.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The labels; for an indicator matrix the numbers of its columns.
    n_iter_ : int
        Epochs trained.
    loss_ : float
        Training loss of the last epoch.
    best_loss_ : float
        The lowest loss of an epoch: held-out with `early_stopping`, else of training.
    loss_curve_ : list of float
        Training loss by epoch.
    validation_loss_curve_, validation_score_curve_ : list of float
        Held-out loss, without the penalty, and score by epoch; empty if nothing was held out.
    pooling_ : str
        What the head sees of a sequence.
    patch_length_ : int
        Number of steps that the network reads as one.
    alpha_ : float
        The penalty.
    batch_size_ : int
        Number of sequences per update in the last call of `fit` or `partial_fit`.
    n_features_in_ : int
        Columns of a 2-D X, channels of sequences.
    feature_names_in_ : ndarray of str
        Column names, where X had them.
    n_outputs_ : int
        1; for an indicator matrix its columns.
    weights_ : dict of str to ndarray
        Copies of the network's weights: ``weight_ih_l0`` (4 * H, C * patch_length_),
        ``weight_hh_l0`` (4 * H, H) and ``bias_l0`` (4 * H,) for layer 0, with rows in PyTorch's
        order of gates (input, forget, cell, output), the suffix ``_reverse`` for the second
        direction, and ``head_weight`` (R, D) and ``head_bias`` (R,). The LSTM's variants keep this
        order for the gates that they have; for other cells see the cell's docstring.

    See Also
    --------
    LSTMRegressor : The same for values.

    Notes
    -----
    X is (n, T) for sequences of one channel, (n, T, C), or a list of (T_i,) or (T_i, C) arrays. y
    is (n,) labels, or (n, K) of 0 and 1 if several labels may hold at once; with
    `return_sequences` it is (n, T) labels or a list of (T_i,). float32 stays float32, and is
    about twice as fast; all else becomes float64. Scale X to about unit variance.

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
       and translate." ICLR 2015 (arXiv:1409.0473); adapted to pooling.

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

    def __init__(
        self,
        hidden_size=32,
        *,
        num_layers=1,
        cell="lstm",
        bidirectional=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        pooling="auto",
        patch_length="auto",
        return_sequences=False,
        loss="log_loss",
        alpha=0.0,
        class_weight=None,
        optimizer="adam",
        learning_rate=0.01,
        max_iter=120,
        batch_size="auto",
        shuffle=True,
        max_grad_norm=5.0,
        bptt_steps=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=50,
        tol=1e-4,
        warm_start=False,
        verbose=0,
        random_state=None,
    ):
        super().__init__(
            hidden_size,
            num_layers=num_layers,
            cell=cell,
            bidirectional=bidirectional,
            dropout=dropout,
            recurrent_dropout=recurrent_dropout,
            pooling=pooling,
            patch_length=patch_length,
            return_sequences=return_sequences,
            loss=loss,
            alpha=alpha,
            optimizer=optimizer,
            learning_rate=learning_rate,
            max_iter=max_iter,
            batch_size=batch_size,
            shuffle=shuffle,
            max_grad_norm=max_grad_norm,
            bptt_steps=bptt_steps,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            warm_start=warm_start,
            verbose=verbose,
            random_state=random_state,
        )
        self.class_weight = class_weight

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch on X and y, from where training stands.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.
        y : array-like
            Their labels.
        classes : array-like of shape (K,), default=None
            All labels that will ever come. Needed in the first call, unless y is an indicator
            matrix.
        sample_weight : array-like of shape (n,), default=None
            Weights of the sequences.

        Returns
        -------
        self : LSTMClassifier
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError, DivergenceError
            As in `fit`; also if `classes` is missing in the first call, or not the same later,
            or y has a label that is not in it.
        """
        shape = () if self.return_sequences else np.asarray(y).shape
        one_label = len(shape) != 2 or shape[1] == 1
        if classes is None and one_label and not hasattr(self, "n_iter_"):
            raise ValueError("classes must be passed in the first call to partial_fit.")
        if classes is not None and not one_label:
            raise ValueError(
                f"classes={classes!r} was passed with y of shape {shape}: the columns of an "
                "indicator matrix are the labels; leave classes out."
            )
        if isinstance(self.class_weight, str):
            raise ValueError(
                f"class_weight={self.class_weight!r} needs all of y, which partial_fit does not "
                "have; pass a dict, or sample_weight."
            )
        return self._partial_fit(X, y, sample_weight, classes)

    def predict(self, X):
        """Predict labels.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.

        Returns
        -------
        ndarray of shape (n,) or (n, K), or with `return_sequences` (n, T) or a list of (T_i,)
            Labels in the form that y had; (n, K) for an indicator matrix.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or X is not valid.
        """
        return self._respond(X, "predict")

    def predict_proba(self, X):
        """Predict the probabilities of the classes.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.

        Returns
        -------
        ndarray of shape (n, K), or with `return_sequences` (n, T, K) or a list of (T_i, K)
            In the order of `classes_`. Rows sum to 1, except for an indicator matrix, where each
            label has a probability of its own.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or X is not valid.
        """
        return self._respond(X, "predict_proba")

    def predict_log_proba(self, X):
        """Predict the logarithms of the classes' probabilities.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.

        Returns
        -------
        ndarray or list of ndarrays
            The logarithm of what `predict_proba` returns.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or X is not valid.
        """
        return self._respond(X, "predict_log_proba")

    def decision_function(self, X):
        """The network's raw outputs: log-odds, or logits.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.

        Returns
        -------
        ndarray of shape (n,), or (n, K) for more than two classes or an indicator matrix
            Two classes: the log-odds of ``classes_[1]``. More: one logit per class, the highest
            is predicted. With `return_sequences` (n, T), (n, T, K), or a list.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or X is not valid.
        """
        return self._respond(X, "decision_function")

    def score(self, X, y, sample_weight=None):
        """The accuracy of the predictions.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.
        y : array-like
            Their true labels.
        sample_weight : array-like of shape (n,), default=None
            Weights of the sequences.

        Returns
        -------
        float
            The share of right labels over all sequences, or with `return_sequences` over all
            steps of all sequences. For an indicator matrix: of rows with all labels right.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or the data is not valid.
        """
        sequences, raw = self._predict_raw(X)
        per_step = self._architecture["return_sequences"]
        labels, _ = read_labels(y, sequences, per_step)
        weights = read_weights(sample_weight, sequences, per_step)
        return accuracy_score(labels, self._labels(raw), sample_weight=weights)

    # What y means to the base class

    _losses = CLASSIFICATION_LOSSES

    def _announce(self, classes):
        """Take the `classes` of partial_fit."""
        classes = np.unique(column_or_1d(classes))
        if len(classes) < 2:
            raise ValueError(f"classes={classes.tolist()} has one class only; list all of them.")
        if not hasattr(self, "n_iter_"):
            self._learn_classes(classes, multilabel=False)
        elif not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"classes={classes.tolist()} are not those of the first fit: "
                f"{self.classes_.tolist()}."
            )

    def _learn_classes(self, classes, multilabel):
        if len(classes) < 2:
            raise ValueError(
                f"LSTMClassifier needs samples of at least 2 classes in y, but there is only one "
                f"class: {classes.tolist()[0]!r}."
            )
        self.classes_ = classes
        self._multilabel = multilabel
        self.n_outputs_ = len(classes) if multilabel else 1

    def _read_targets(self, y, sequences, *, reset):
        labels, multilabel = read_labels(y, sequences, self.return_sequences)
        if reset:
            classes = np.arange(labels.shape[1]) if multilabel else np.unique(labels)
            self._learn_classes(classes, multilabel)
        if multilabel != self._multilabel or (multilabel and labels.shape[1] != self.n_outputs_):
            fitted = f"(n, {self.n_outputs_}) indicators" if self._multilabel else "(n,) labels"
            raise ValueError(
                f"y has shape {labels.shape}, but the estimator was fitted with {fitted}."
            )
        if multilabel:
            return labels.astype(sequences.dtype)
        return encode(labels, self.classes_)[:, np.newaxis].astype(sequences.dtype)

    def _weigh(self, targets, weights, training):
        """Sample weights (M,) or None, times the class weights as the training data sets them."""
        if training and weights is not None and not self._multilabel:
            self._check_that_two_classes_have_weight(targets[:, 0], weights)
        if self.class_weight is None:
            return weights
        if self._multilabel:
            raise ValueError(
                "class_weight is for one label per sequence; with an indicator matrix y, use "
                "sample_weight."
            )
        codes = targets[:, 0].astype(int)
        if training:
            self._class_weights = check_weights(
                compute_class_weight(
                    self.class_weight, classes=self.classes_, y=self.classes_[codes]
                ),
                "class_weight",
            )
        by_row = self._class_weights[codes]
        return by_row if weights is None else by_row * weights

    def _check_that_two_classes_have_weight(self, codes, weights):
        weighted = np.unique(codes[weights > 0])
        if len(weighted) == 1 and len(np.unique(codes)) > 1:
            raise ValueError(
                "LSTMClassifier needs samples of at least 2 classes, but sample_weight is 0 for "
                f"all but the class {self.classes_[int(weighted[0])]!r}."
            )

    def _loss(self):
        return MultiLabelLogLoss() if self._multilabel else LogLoss(n_classes=len(self.classes_))

    _fitted_loss = _loss  # it depends on y alone

    def _responses(self):
        return {
            "predict": self._labels,
            "predict_proba": self._predictions,
            "predict_log_proba": self._log_probabilities,
            "decision_function": self._decisions,
        }

    def _log_probabilities(self, raw):
        with np.errstate(divide="ignore"):
            return np.log(self._predictions(raw))

    def _decisions(self, raw):
        """Raw outputs (M, n_raw) -> log-odds (M,), or logits (M, K)."""
        if not self._multilabel and len(self.classes_) == 2:
            return raw[:, 1] - raw[:, 0]
        return raw

    def _labels(self, raw):
        """Raw outputs (M, n_raw) -> labels (M,), or (M, K) of 0 and 1."""
        if self._multilabel:
            return (raw > 0).astype(np.int64)  # the sigmoid of 0 is 1/2
        return self.classes_[raw.argmax(axis=1)]

    def _score_raw(self, raw, examples):
        if self._multilabel:
            right = ((raw > 0) == examples.targets).all(axis=1)
        else:
            right = raw.argmax(axis=1) == examples.targets[:, 0]
        return float(np.average(right, weights=examples.weights))

    def _labels_to_stratify(self, targets):
        return None if self._multilabel or self.return_sequences else targets[:, 0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
