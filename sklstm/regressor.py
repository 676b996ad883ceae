"""LSTMRegressor: sequence -> value(s), or sequence -> sequence of values."""

from dataclasses import replace

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from ._estimators.sequence_estimator import BaseSequenceEstimator
from ._estimators.target_units import learn_units, on_grid, to_own, to_standard
from ._validation.targets import read_values, read_weights
from .core.configurable import resolve
from .core.losses import REGRESSION_LOSSES, Loss


class LSTMRegressor(RegressorMixin, BaseSequenceEstimator):
    """Long short-term memory network for regression.

    A stack of LSTM layers [1]_ [2]_ reads each sequence, and a linear head turns what they saw
    into one or more values. Sequences of different lengths are never padded: what comes out for
    one of them depends on nothing but its own steps.

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
    pooling : {"last", "mean", "max", "attention", "auto"}, default="last"
        What the head sees of a sequence: the last hidden state, or its mean or maximum over the
        sequence's own steps. "attention" is a mean with weights from a softmax over the steps,
        computed from the hidden states by an additive attention [6]_ that is learned. "auto" is
        "last" if the median length is below 60 steps, else "max".
    patch_length : int or "auto", default="auto"
        Number of steps that the network reads as one, their values side by side, as
        `sklstm.preprocessing.Patches` makes them. Sequences of hundreds of steps are learned
        better and faster so. "auto" is 1 if the median length is below 60 steps, else 10, or more
        if it takes more to leave at most 50 steps. It is 1 with `return_sequences`.
    return_sequences : bool, default=False
        Whether there is a target for every step instead of one per sequence.
    loss : str or loss object, default="squared_error"
        "squared_error", "absolute_error", "huber", "quantile" (the median), "poisson" (predicts
        exp of the head), or an object of `sklstm.losses` such as
        ``Quantile([0.1, 0.5, 0.9])``, whose quantiles never cross.
    alpha : float or "auto", default="auto"
        L2 penalty: ``alpha / 2`` times the squared norm of the weights, never of the biases, is
        added to the mean loss. "auto" is 7 divided by the number of sequences (the sum of their
        weights, if that is larger), at most 0.14, so that it matters for small data, as a prior
        does in Bayesian regression. It suits noisy data; with little noise a smaller one is better.
        With `return_sequences`, and in `partial_fit`, "auto" is 0.
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
        Whether `fit` goes on from where the last one ended instead of starting anew. The units of
        y stay those of the first.
    verbose : int, default=0
        Print the losses every so many epochs; 0 prints nothing.
    random_state : int, RandomState instance or None, default=None
        Seeds the initial weights, the batches, the dropout masks and the held-out part.

    Attributes
    ----------
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
        The penalty; what "auto" stood for.
    batch_size_ : int
        Number of sequences per update in the last call of `fit` or `partial_fit`.
    n_features_in_ : int
        Columns of a 2-D X, channels of sequences.
    feature_names_in_ : ndarray of str
        Column names, where X had them.
    n_outputs_ : int
        Number of outputs: columns of y.
    target_mean_, target_scale_ : ndarrays of shape (n_outputs_,)
        Mean and standard deviation of the training targets. The network learns y with these taken
        out, so that its units do not matter, and `predict` puts them back in; losses are those of
        the standardised targets. Zeros and ones for a loss with units of its own, as "poisson".
    weights_ : dict of str to ndarray
        Copies of the network's weights: ``weight_ih_l0`` (4 * H, C * patch_length_),
        ``weight_hh_l0`` (4 * H, H) and ``bias_l0`` (4 * H,) for layer 0, with rows in PyTorch's
        order of gates (input, forget, cell, output), the suffix ``_reverse`` for the second
        direction, and ``head_weight`` (R, D) and ``head_bias`` (R,). The LSTM's variants keep this
        order for the gates that they have; for other cells see the cell's docstring.

    See Also
    --------
    LSTMClassifier : The same for labels.

    Notes
    -----
    X is (n, T) for sequences of one channel, (n, T, C), or a list of (T_i,) or (T_i, C) arrays. y
    is (n,) or (n, O); with `return_sequences` it is (n, T), (n, T, O), or a list of (T_i,) or
    (T_i, O). float32 stays float32, and is about twice as fast; all else becomes float64.
    Scale X to about unit variance; y may have any units. These are learned by `fit`, or by the
    first call of `partial_fit`, which should therefore have typical targets.

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
    >>> from sklstm import LSTMRegressor
    >>> X = np.random.default_rng(0).standard_normal((100, 12))
    >>> y = X[:, -3:].mean(axis=1)
    >>> model = LSTMRegressor(random_state=0).fit(X, y)
    >>> model.predict(X).shape
    (100,)
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
        pooling="last",
        patch_length="auto",
        return_sequences=False,
        loss="squared_error",
        alpha="auto",
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

    def partial_fit(self, X, y, sample_weight=None):
        """Train for one epoch on X and y, from where training stands.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.
        y : array-like
            Their targets.
        sample_weight : array-like of shape (n,), default=None
            Weights of the sequences.

        Returns
        -------
        self : LSTMRegressor
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError, DivergenceError
            As in `fit`.
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X):
        """Predict values.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.

        Returns
        -------
        ndarray of shape (n,) or (n, O), or with `return_sequences` (n, T) or (n, T, O) or a list
            In the form that y had, and in the network's dtype. Several quantiles add an axis at
            the end.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or X is not valid.
        """
        return self._respond(X, "predict")

    def score(self, X, y, sample_weight=None):
        """The coefficient of determination R2 of the predictions.

        Parameters
        ----------
        X : array-like
            Sequences in any of the forms that `fit` takes.
        y : array-like
            Their true targets.
        sample_weight : array-like of shape (n,), default=None
            Weights of the sequences.

        Returns
        -------
        float
            R2 over all sequences, or with `return_sequences` over all steps of all sequences. Of
            several quantiles the one nearest to the median is scored.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, or the data is not valid.
        """
        sequences, raw = self._predict_raw(X)
        per_step = self._architecture["return_sequences"]
        targets, _ = read_values(y, sequences, per_step)
        weights = read_weights(sample_weight, sequences, per_step)
        # R2 is the same in any units, and in these squares do not overflow.
        targets = to_standard(targets, self.target_mean_, self.target_scale_)
        return r2_score(targets, self._central(raw), sample_weight=weights)

    # What y means to the base class

    _losses = REGRESSION_LOSSES

    def _read_targets(self, y, sequences, *, reset):
        values, single = read_values(y, sequences, self.return_sequences)
        if reset:
            self.n_outputs_ = values.shape[1]
            self._single_output = single
        elif values.shape[1] != self.n_outputs_:
            raise ValueError(
                f"y has {values.shape[1]} output(s), but the estimator was fitted with "
                f"{self.n_outputs_}."
            )
        self._loss().check_targets(values.T)
        return values

    def _weigh(self, targets, weights, training):
        return weights

    _kept_parameters = ("cell", "loss")

    def _loss(self):
        return resolve(self.loss, self._losses, Loss, "loss")

    def _fitted_loss(self):
        return resolve(self._kept["loss"], self._losses, Loss, "loss")

    def _responses(self):
        return {"predict": self._values}

    def _learn_units(self, examples):
        if self._loss().equivariant:
            units = learn_units(examples.targets, examples.weights)
        else:
            units = np.zeros(self.n_outputs_), np.ones(self.n_outputs_)
        self.target_mean_, self.target_scale_ = units

    def _standardised(self, examples):
        targets = examples.targets
        if self._loss().equivariant:
            targets = on_grid(to_standard(targets, self.target_mean_, self.target_scale_))
        return replace(examples, targets=targets.astype(examples.sequences.dtype))

    def _values(self, raw):
        """Raw outputs (M, n_raw) -> predictions (M,), (M, O), (M, Q) or (M, O, Q)."""
        values = to_own(self._by_output(raw), self.target_mean_, self.target_scale_)
        shape = () if self._single_output else (self.n_outputs_,)
        if values.shape[2] > 1:
            shape += (values.shape[2],)
        return values.reshape(len(values), *shape)

    def _by_output(self, raw):
        """Raw outputs (M, n_raw) -> predictions (M, O, Q) on the scale that the network learns."""
        return self._predictions(raw).reshape(len(raw), self.n_outputs_, -1)

    def _central(self, raw):
        """Predictions (M, O) on that scale, of several quantiles the one nearest to the median."""
        values = self._by_output(raw)
        if values.shape[2] == 1:
            return values[:, :, 0]
        nearest = np.argmin(np.abs(np.asarray(self._fitted_loss().quantile) - 0.5))
        return values[:, :, nearest]

    def _score_raw(self, raw, examples):
        if len(raw) < 2:
            return float("nan")  # R2 needs a spread.
        return r2_score(examples.targets, self._central(raw), sample_weight=examples.weights)

    def _labels_to_stratify(self, targets):
        return None

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
