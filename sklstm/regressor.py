"""LSTMRegressor: sequence -> one or more values, or sequence -> sequence of values."""

from dataclasses import replace
from typing import Any, Literal, Self, overload

import numpy as np
from sklearn.base import RegressorMixin

from ._estimators.all_or_nothing import of_one_fit
from ._estimators.outputs import ValueOutputs
from ._estimators.resuming import without_early_stopping
from ._estimators.sequence_estimator import SequenceEstimator
from ._estimators.target_units import (
    mean_and_scale,
    median_and_spread,
    r_squared,
    round_to_grid,
    to_standard,
    warn_of_resolution,
)
from ._typing import (
    Array,
    ArrayLike,
    CellLike,
    LearningRate,
    Levels,
    LossLike,
    OptimizerLike,
    Predictions,
    RandomState,
    Scoring,
)
from ._validation.targets import read_regression_targets
from ._validation.weights import read_weights, rows_with_weight
from .core.losses import REGRESSION_LOSSES


class LSTMRegressor(RegressorMixin, SequenceEstimator):
    """Long short-term memory network for regression.

    A stack of LSTM layers [1]_ [2]_ reads each sequence, and a linear head maps their hidden states
    to one or more values. Sequences of different lengths are never padded: the prediction for a
    sequence depends on the steps of that sequence only.

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
    pooling : {"last", "mean", "max", "attention", "auto"}, default="last"
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
    loss : str or loss object, default="squared_error"
        The loss: "squared_error", "absolute_error", "huber" or "quantile" (the median); or the
        negative log-likelihood of a distribution, "gaussian", "student_t" (heavy tails), "poisson"
        (counts) or "negative_binomial" (counts that vary more). Distributions are learned whole,
        for `return_std`, `predict_quantiles` and `sample_y`; `predict` is their mean. Pass an
        object of `sklstm.losses` to set parameters, such as ``Quantile([0.1, 0.5, 0.9])``, whose
        quantiles never cross, or to use your own loss.
    alpha : float or "auto", default="auto"
        Strength of the L2 penalty: ``alpha / 2`` times the squared norm of the weights, biases
        excluded, is added to the mean loss. "auto" is 7 divided by the number of sequences (or by
        the sum of their weights, if that is larger), and at most 0.14. As a prior does in Bayesian
        regression, it matters for small data. It suits noisy data; with little noise a smaller
        value is better. With `return_sequences`, and in `partial_fit`, "auto" is 0.
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
        trains for `max_iter` more epochs. The units of y remain those of the first fit.
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
        Validation score of each epoch, R2 unless `scoring` is set; empty without validation
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
        Number of outputs, the columns of y.
    target_mean_ : ndarray of shape (n_outputs,)
        Mean of the training targets; for "student_t" their median, and zeros for losses of counts.
    target_scale_ : ndarray of shape (n_outputs,)
        Standard deviation of the training targets; for "student_t" a spread from their quartiles,
        and ones for losses of counts, for which the units of y matter. For all other losses they do
        not: the network learns standardised targets, and `predict` returns to the units of y;
        losses are those of the standardised targets.
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
    LSTMClassifier : Classification of sequences.
    SequenceForecaster : Forecasts of time series.

    Notes
    -----
    X is (n, T) for sequences of one channel, (n, T, C), or a list of (T_i,) or (T_i, C) arrays. y
    is (n,) or (n, O); with `return_sequences` it is (n, T), (n, T, O), or a list of (T_i,) or
    (T_i, O), and steps without a target have the weight 0 in `sample_weight`. X of dtype float32 is
    processed in float32, which is about twice as fast; all other dtypes are converted to float64.
    Scale X to about unit variance. The units of y do not matter: they are learned by `fit`, or by
    the first call of `partial_fit`, which should therefore be given typical targets.

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
    >>> from sklstm import LSTMRegressor
    >>> X = np.random.default_rng(0).standard_normal((100, 12))
    >>> y = X[:, -3:].mean(axis=1)
    >>> model = LSTMRegressor(random_state=0).fit(X, y)
    >>> model.predict(X).shape
    (100,)
    >>> bool(model.score(X, y) > 0.9)
    True

    A target at every step, of which the first three are unknown:

    >>> y = X.cumsum(axis=1)
    >>> y[:, :3] = np.nan
    >>> known = ~np.isnan(y)
    >>> model = LSTMRegressor(return_sequences=True, random_state=0).fit(X, y, known)
    >>> model.predict(X).shape
    (100, 12)
    >>> bool(model.score(X, y, known) > 0.9)
    True
    """

    n_outputs_: int
    target_mean_: Array
    target_scale_: Array

    def __init__(
        self,
        hidden_size: int = 32,
        *,
        num_layers: int = 1,
        cell: CellLike = "lstm",
        bidirectional: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        pooling: str = "last",
        patch_length: int | str = "auto",
        return_sequences: bool = False,
        loss: LossLike = "squared_error",
        alpha: float | str = "auto",
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
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch on X and y, starting from the present weights.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.
        y : array-like
            Targets, in a form accepted by `fit`.
        sample_weight : array-like of shape (n,) or (n, T), or list of (T_i,), default=None
            Sample weights.

        Returns
        -------
        self : LSTMRegressor
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError, DivergenceError
            As in `fit`; also with ``early_stopping=True``, which needs a validation set.
        """
        return self._partial_fit(X, y, sample_weight)

    @overload
    def predict(self, X: ArrayLike, return_std: Literal[False] = ...) -> Predictions: ...
    @overload
    def predict(
        self, X: ArrayLike, return_std: Literal[True]
    ) -> tuple[Predictions, Predictions]: ...
    @overload
    def predict(self, X: ArrayLike, return_std: bool = ...) -> Any: ...
    def predict(self, X: ArrayLike, return_std: bool = False) -> Any:
        """Predict values.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.
        return_std : bool, default=False
            Whether to return the standard deviation of the predicted distribution, too. Needs the
            loss of a distribution, such as "gaussian".

        Returns
        -------
        y : ndarray of shape (n,) or (n, O), or with `return_sequences` (n, T), ... or a list
            Predictions in the form of the y of `fit`, in the dtype of the network. Several
            quantiles add a last axis.
        std : ndarray or list of ndarrays
            Standard deviations in the same form; only if `return_std` is True.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted, X is not valid, or the loss has no standard deviation.
        """
        return self._predict(X, "predict", return_std=return_std)

    def predict_quantiles(self, X: ArrayLike, quantiles: Levels) -> Predictions:
        """Predict quantiles of y.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.
        quantiles : float or array-like of shape (Q,)
            Quantiles, in (0, 1). Any for the loss of a distribution, such as "gaussian"; those that
            were learned for ``Quantile``.

        Returns
        -------
        ndarray of shape (n, Q) or (n, O, Q), or with `return_sequences` (n, T, Q), ... or a list
            The form of `predict` with a last axis for the quantiles; without it for one number.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the estimator is not fitted, X or a quantile is not valid, or the loss has no such
            quantile.

        Examples
        --------
        >>> import numpy as np
        >>> from sklstm import LSTMRegressor
        >>> X = np.random.default_rng(0).standard_normal((200, 12))
        >>> y = X[:, -1] + np.random.default_rng(1).standard_normal(200)
        >>> model = LSTMRegressor(8, loss="gaussian", max_iter=20, random_state=0).fit(X, y)
        >>> bounds = model.predict_quantiles(X, [0.1, 0.9])
        >>> bounds.shape
        (200, 2)
        >>> bool(0.7 < np.mean((bounds[:, 0] < y) & (y < bounds[:, 1])) < 0.9)
        True
        """
        return self._predict(X, "predict_quantiles", quantiles=quantiles)

    def sample_y(
        self, X: ArrayLike, n_samples: int = 1, random_state: RandomState = 0
    ) -> Predictions:
        """Draw targets from the predicted distributions.

        Needs the loss of a distribution, such as "gaussian". The draws are independent, also those
        of different outputs and steps.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.
        n_samples : int, default=1
            Number of draws for each prediction, S.
        random_state : int, RandomState instance or None, default=0
            Seed of the draws.

        Returns
        -------
        ndarray of shape (n, S) or (n, O, S), or with `return_sequences` (n, T, S), ... or a list
            The form of `predict` with a last axis for the draws.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the estimator is not fitted, an argument is not valid, or the loss has no
            distribution.
        """
        return self._predict(X, "sample_y", n_samples=n_samples, random_state=random_state)

    @of_one_fit
    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Coefficient of determination (R2) of the predictions.

        Parameters
        ----------
        X : array-like
            Sequences, in a form accepted by `fit`.
        y : array-like
            True targets.
        sample_weight : array-like of shape (n,) or (n, T), or list of (T_i,), default=None
            Sample weights.

        Returns
        -------
        float
            R2 over all sequences, or with `return_sequences` over all steps of all sequences. With
            several quantiles, that of the quantile nearest to the median.

        Raises
        ------
        NotFittedError, ValueError
            If the estimator is not fitted or the data are not valid.
        """
        sequences, raw = self._raw(X)
        per_step = self._architecture["return_sequences"]
        weights = read_weights(sample_weight, sequences, per_step)
        targets, _ = read_regression_targets(y, sequences, per_step, weights)
        point = self._outputs().point(raw)
        targets, point, weights = rows_with_weight(weights, targets, point)
        return r_squared(targets, self.target_mean_, self.target_scale_, point, weights)

    # Meaning of y

    _losses = REGRESSION_LOSSES

    def _read_first_targets(self, y, sequences, weights, classes=None):
        values, self._single_output = read_regression_targets(
            y, sequences, self.return_sequences, weights
        )
        self.n_outputs_ = values.shape[1]
        self._check_targets(values, sequences.dtype)
        return values

    def _read_targets(self, y, sequences, weights, classes=None):
        values, _ = read_regression_targets(y, sequences, self.return_sequences, weights)
        if values.shape[1] != self.n_outputs_:
            raise ValueError(
                f"y has {values.shape[1]} output(s), but the estimator was fitted with "
                f"{self.n_outputs_}."
            )
        self._check_targets(values, sequences.dtype)
        return values

    def _check_targets(self, values, dtype):
        loss = self._loss()  # standardised targets fit in any dtype
        loss.check_targets((values if loss.equivariant else values.astype(dtype, copy=False)).T)

    def _outputs_of(self, loss):
        return ValueOutputs(loss, self.target_mean_, self.target_scale_, self._single_output)

    def _store_target_units(self, examples):
        loss = self._loss()
        if loss.equivariant:
            units_of = median_and_spread if loss.robust_units else mean_and_scale
            units = units_of(examples.targets, examples.weights)
            warn_of_resolution(examples.targets, *units, examples.sequences.dtype)
        else:
            units = np.zeros(self.n_outputs_), np.ones(self.n_outputs_)
        self.target_mean_, self.target_scale_ = units

    def _with_standard_targets(self, examples):
        targets = examples.targets
        if self._loss().equivariant:
            targets = round_to_grid(to_standard(targets, self.target_mean_, self.target_scale_))
        return replace(examples, targets=targets.astype(examples.sequences.dtype))

    def _score_raw(self, raw, examples):
        point = self._outputs_of(self._loss()).point(raw)
        targets, point, weights = rows_with_weight(examples.weights, examples.targets, point)
        if len(targets) < 2:
            return float("nan")  # R2 is not defined
        return r_squared(targets, 0.0, 1.0, point, weights)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
