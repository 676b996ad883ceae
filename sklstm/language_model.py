"""LSTMLanguageModel: text -> probabilities of the next token, and new text."""

from collections.abc import Sequence
from math import ceil
from typing import Any, Self

import numpy as np
from scipy.special import softmax
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ._estimators.all_or_nothing import all_or_nothing, of_one_fit, trained_aside
from ._estimators.blas_threads import one_blas_thread
from ._estimators.callbacks import FitTaskByUpdates, with_callbacks
from ._estimators.network_estimator import NetworkEstimator
from ._estimators.problem import problem_of_fit, problem_of_partial_fit
from ._estimators.resuming import random_generator, split_seed, without_early_stopping
from ._estimators.validation_split import split_examples
from ._language.model_parameters import check_text_parameters
from ._language.strips import split_at, split_into_strips, token_examples, warn_of_unseen_tokens
from ._language.tokenizers import TOKENIZERS, check_texts
from ._typing import Array, CellLike, LearningRate, OptimizerLike, RandomState
from .core.checks import check_integer, check_number
from .core.losses import LogLoss
from .core.messages import shorten
from .core.packing import TokenSequences
from .core.streaming import Stepper
from .training.loop import Validation
from .training.objective import Objective


class LSTMLanguageModel(NetworkEstimator):
    """Recurrent network that learns to continue texts.

    A stack of LSTM layers reads a text token by token, and a linear head with a softmax predicts
    the probabilities of the next token [1]_ [2]_. Tokens are characters or words.

    Parameters
    ----------
    hidden_size : int, default=128
        Number of units of each layer.
    level : {"char", "word"}, default="char"
        Whether tokens are characters, or words and punctuation marks without the blanks between
        them. A word is a sequence of letters: use "char" for Chinese, Japanese and Thai, which are
        written without blanks.
    max_features : int or None, default=None
        Size of the vocabulary at level "word": the most frequent words; all others are mapped to
        one unknown token. If None, the vocabulary has all words of the texts, and the unknown token
        is never trained, so that new texts with unseen words score worse the longer the model
        trains. Set it below the number of words for such texts. It cannot be searched by `score`,
        since a smaller vocabulary is easier to guess from.
    embedding_dim : int or None, default=None
        Size of the learned vectors that represent the tokens. If None, tokens are one-hot encoded.
    num_layers : int, default=1
        Number of layers. Each one reads the hidden states of the layer below.
    cell : str or cell object, default="lstm"
        The recurrent cell: "lstm", "gru", "rnn", "diagonal", "peephole" or one of the other LSTM
        variants of Greff et al. (2017), "nig", "nfg", "nog", "niaf", "noaf", "cifg" and "fgr". Pass
        an object of `sklstm.cells` to set its parameters, such as ``GRU(reset_after=False)``, or a
        custom cell (see `sklstm.cells.StepCell`).
    dropout : float in [0, 1), default=0.2
        Fraction of the activations that are dropped between layers and before the head during
        training [3]_.
    recurrent_dropout : float in [0, 1), default=0.2
        Fraction of the hidden state that is dropped on its way to the next step during training,
        with one mask per sequence [4]_.
    alpha : float, default=0.0
        Strength of the L2 penalty: ``alpha / 2`` times the squared norm of the weights, biases
        excluded, is added to the mean loss.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"} or optimizer object, default="adam"
        The optimizer. Pass an object of `sklstm.optimizers` to set or search its parameters:
        ``optimizer=RMSprop()``, then ``optimizer__decay``.
    learning_rate : float, str or schedule object, default=0.01
        The learning rate. A number is constant during the first three quarters of `max_iter` and
        then falls to zero, as in ``Cooldown``; in `partial_fit` it stays constant. For other
        schedules pass an object of `sklstm.schedules`, or its name for its default parameters:
        "constant", "cooldown", "exponential", "cosine", "warmup" or "plateau".
    max_iter : int, default=20
        Maximum number of epochs. Training ends earlier by `early_stopping`, by a callback, or once
        the training loss has been within `tol` of the lowest possible value for `n_iter_no_change`
        epochs. It does not end because the training loss stops falling, which is often temporary.
    batch_size : int, default=32
        Number of sequences per update. Long texts are cut into strips to fill a batch, each of
        about ten times `bptt_steps` tokens or more; 1 leaves all texts whole.
    bptt_steps : int or None, default=100
        Truncated back-propagation through time [5]_: number of tokens after which the weights are
        updated and the gradient is truncated; the hidden state is carried over. If None, this
        happens at the end of a text or strip, and memory grows with its length.
    shuffle : bool, default=True
        Whether to draw the batches in a new order in each epoch. If False, the validation set of
        `early_stopping` is the last part of the texts.
    max_grad_norm : float or None, default=5.0
        Maximum norm of the gradient of all weights. Larger gradients are scaled down to it [6]_;
        None leaves them unchanged.
    early_stopping : bool, default=False
        Whether to set aside a validation set and stop training when its loss no longer improves.
        The weights with the lowest validation loss are kept. The validation set is some of the
        texts, or the end of a single one; its tokens should occur in the rest, too.
    validation_fraction : float in (0, 1), default=0.1
        Fraction of the training data to set aside as the validation set of `early_stopping`.
    n_iter_no_change : int or inf, default=10
        Maximum number of epochs without an improvement of at least `tol`, see `early_stopping` and
        `max_iter`.
    tol : float, default=1e-4
        Minimum decrease of the loss that counts as an improvement.
    warm_start : bool, default=False
        Whether `fit` resumes training where the last call ended, instead of starting anew. It
        trains for `max_iter` more epochs. The vocabulary remains that of the first fit.
    verbose : int, default=0
        0 is silent. 1 prints one line on the progress of training, which is rewritten in a terminal
        or notebook; in a file it is about ten lines. 2 or more prints a line for every epoch.
    n_jobs : int, default=None
        Number of threads, -1 for all processors. None means 1, or what ``joblib.parallel_config``
        says. They share the batches of 256 sequences of a prediction and, with the compiled kernels
        of the LSTM and the GRU, the work on mini-batches of hundreds of steps. The results do not
        depend on it.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, the batches, the dropout masks and the validation set. `sample`
        has its own `random_state`.

    Attributes
    ----------
    vocabulary_ : list of str
        The K tokens: the characters in alphabetical order, or "<unknown>", "<end>" and the words in
        descending order of frequency.
    n_iter_ : int
        Number of epochs trained.
    loss_ : float
        Training loss of the last epoch, in nats per token.
    best_loss_ : float
        Lowest loss of an epoch: validation loss with `early_stopping`, training loss otherwise.
    loss_curve_ : list of float
        Training loss of each epoch. When training is resumed, the last 10,000 are kept.
    validation_loss_curve_ : list of float
        Validation loss of each epoch, without the penalty; empty without validation data.
    validation_score_curve_ : list of float
        Validation score of each epoch; empty without validation data.
    learning_rate_curve_ : list of float
        Learning rate of the last update of each epoch.
    gradient_norm_curve_ : list of float
        Mean norm of the gradients of all updates of each epoch, before they are clipped to
        `max_grad_norm`.
    duration_curve_ : list of float
        Seconds that each epoch took, validation included.
    alpha_ : float
        Strength of the L2 penalty in the last call of `fit` or `partial_fit`.
    batch_size_ : int
        Number of sequences per update in the last call of `fit` or `partial_fit`.
    weights_ : dict of str to ndarray
        Copies of the network's weights: ``weight_ih_l0`` (4 * H, K + 1), whose last column
        belongs to the beginning of a text, ``weight_hh_l0`` (4 * H, H) and ``bias_l0`` (4 * H,)
        for layer 0, with rows in PyTorch's order of gates (input, forget, cell, output), and
        ``head_weight`` (K, H) and ``head_bias`` (K,). With `embedding_dim` E, ``embedding`` is
        (K + 1, E) and ``weight_ih_l0`` (4 * H, E). For other cells see the docstring of the cell.
        Changing an array of the dict does not change the network. To do so, set the attribute to a
        dict of all names, such as ``model.weights_ | {"head_bias": new}``, also with arrays of
        another estimator or library: they are checked and copied. `partial_fit` and `warm_start`
        continue with them and a new state of the optimizer.

    See Also
    --------
    LSTMClassifier : Classification of sequences of numbers.

    Notes
    -----
    The model learns how texts begin and, at level "word", where they end. At level "char" texts
    have no end token: to learn where short texts end, append a newline to each of them, and split
    the result of `sample` at newlines. All computation is in float32.

    At level "char" every character must be in the vocabulary, which is that of the first fit. In
    cross-validation each character must therefore occur in the training texts of every fold.

    Texts may have any length, if all together have at least two different tokens. With
    ``batch_size=1`` the hidden state is carried through the whole of each text during training.

    Callbacks (``set_callbacks``) are called for every epoch of `fit`, and for every update as a
    subtask of its epoch; `partial_fit` calls none. The ``fitted_estimator`` that a callback
    receives is a complete fitted model, which can be saved and trained further; within an epoch its
    ``loss_`` is the mean loss of the epoch so far. A callback that returns True for an update ends
    the epoch; one that returns True for an epoch ends training.

    References
    ----------
    .. [1] T. Mikolov, M. Karafiat, L. Burget, J. Cernocky, S. Khudanpur. "Recurrent neural network
       based language model." Interspeech 2010.
    .. [2] A. Graves. "Generating sequences with recurrent neural networks." arXiv:1308.0850, 2013.
    .. [3] N. Srivastava et al. "Dropout: a simple way to prevent neural networks from
       overfitting." JMLR 15, 2014.
    .. [4] Y. Gal, Z. Ghahramani. "A theoretically grounded application of dropout in recurrent
       neural networks." NeurIPS 2016.
    .. [5] R. J. Williams, J. Peng. "An efficient gradient-based algorithm for on-line training of
       recurrent network trajectories." Neural Computation 2(4), 1990.
    .. [6] R. Pascanu, T. Mikolov, Y. Bengio. "On the difficulty of training recurrent neural
       networks." ICML 2013, algorithm 1.

    Examples
    --------
    >>> from sklstm import LSTMLanguageModel
    >>> texts = ["she sells sea shells by the sea shore. " * 20]
    >>> model = LSTMLanguageModel(32, max_iter=40, random_state=0).fit(texts)
    >>> model.sample(16, prompt="she sells ", temperature=0)
    'sea shells by th'
    >>> model.perplexity(texts) < 1.5
    True
    """

    vocabulary_: list[str]

    def __init__(
        self,
        hidden_size: int = 128,
        *,
        level: str = "char",
        max_features: int | None = None,
        embedding_dim: int | None = None,
        num_layers: int = 1,
        cell: CellLike = "lstm",
        dropout: float = 0.2,
        recurrent_dropout: float = 0.2,
        alpha: float = 0.0,
        optimizer: OptimizerLike = "adam",
        learning_rate: LearningRate = 0.01,
        max_iter: int = 20,
        batch_size: int = 32,
        bptt_steps: int | None = 100,
        shuffle: bool = True,
        max_grad_norm: float | None = 5.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: float = 10,
        tol: float = 1e-4,
        warm_start: bool = False,
        verbose: int = 0,
        n_jobs: int | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.hidden_size = hidden_size
        self.level = level
        self.max_features = max_features
        self.embedding_dim = embedding_dim
        self.num_layers = num_layers
        self.cell = cell
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.alpha = alpha
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.batch_size = batch_size
        self.bptt_steps = bptt_steps
        self.shuffle = shuffle
        self.max_grad_norm = max_grad_norm
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.random_state = random_state

    # Fit

    @all_or_nothing
    @with_callbacks
    def fit(self, X: Sequence[str], y: Any = None) -> Self:
        """Learn to continue texts.

        Parameters
        ----------
        X : list of n str
            The texts.
        y : None
            Ignored, present for API consistency.

        Returns
        -------
        self : LSTMLanguageModel
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter is not valid, X is not a list of texts, a text is empty, or all texts
            together have only one token, so that there is nothing to learn.
        DivergenceError
            If the loss becomes NaN or infinite, or grows by a factor of more than 1e12. As after
            any error, the estimator is left as it was before the call.
        KeyboardInterrupt
            If interrupted (Ctrl-C). After the first epoch, the estimator is then fitted with what
            it has learned in all complete epochs, and a warning says so.

        Warns
        -----
        UserWarning
            If the validation set of `early_stopping` has tokens that the training set lacks.
        """
        with trained_aside(self) as new:
            check_text_parameters(self)
            with FitTaskByUpdates(self, new, X, y, None) as task:
                problem = new._read_problem(X)
                new._fit_problem(problem, task)
        return self

    @without_early_stopping
    def partial_fit(self, X: Sequence[str], y: Any = None) -> Self:
        """Train for one epoch on X, starting from the present weights.

        Parameters
        ----------
        X : list of n str
            The texts. The first call sets the vocabulary.
        y : None
            Ignored, present for API consistency.

        Returns
        -------
        self : LSTMLanguageModel
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError, DivergenceError
            As in `fit`; also with ``early_stopping=True``, which needs a validation set, or if a
            character is not in the vocabulary.
        """
        with trained_aside(self) as new:
            new._train(new._read_part(X))
        return self

    def _read_problem(self, X):
        """Validate texts, and build the `Problem` that `fit` trains."""
        resuming = self._resumes
        examples = self._read_texts(X, resuming)
        rng = random_generator(self, resuming)
        examples, validation = self._split_examples(examples, rng, resuming)
        return problem_of_fit(self, self._strips(examples), validation, rng, resuming)

    def _read_part(self, X):
        """Validate parameters and texts, and build the `Problem` that `partial_fit` trains."""
        check_text_parameters(self)
        resuming = self._is_fitted
        examples = self._strips(self._read_texts(X, resuming))
        return problem_of_partial_fit(self, examples, random_generator(self, resuming), resuming)

    def _read_texts(self, X, resuming):
        """Validate texts and convert them to examples; the first training learns the vocabulary."""
        texts = check_texts(X)
        if not resuming:
            self.vocabulary_ = TOKENIZERS[self.level].learn(texts, self.max_features).vocabulary
            self._level = self.level
        elif self.level != self._level:
            raise ValueError(
                f"level is now {shorten(self.level)}, but the fitted model has "
                f"{shorten(self._level)}. Set it "
                "back, or fit anew with warm_start=False."
            )
        return self._numbered(texts)

    def _numbered(self, texts):
        """Texts as examples by the fitted vocabulary, one sequence per text."""
        if len(self.vocabulary_) < 2:
            raise ValueError(
                f"X has only one token, {shorten(self.vocabulary_[0])}: there is nothing to "
                "learn. Pass "
                "texts with at least two different characters."
            )
        tokens = self._tokens()
        end = [] if tokens.end is None else [tokens.end]
        numbered = []
        for i, text in enumerate(texts):
            numbers = tokens.numbers(tokens.split(text), f"X[{i}]")
            if not len(numbers):
                raise ValueError(
                    f"X[{i}] is a text without words, {shorten(text[:20])}; leave it out."
                )
            numbered.append(np.append(numbers, end).astype(np.intp))
        return token_examples(numbered, tokens.begin)

    def _tokens(self):
        """The tokenizer with the fitted vocabulary."""
        return TOKENIZERS[self._level](self.vocabulary_)

    def _split_examples(self, examples, rng, resuming):
        """The examples to train on, and a Validation, or None without early stopping."""
        if not self.early_stopping:
            return examples, None
        only_one = len(examples) == 1
        n = len(examples.targets) if only_one else len(examples)
        n_validation = ceil(self.validation_fraction * n)
        if n_validation >= n:
            raise ValueError(
                f"early_stopping with validation_fraction={self.validation_fraction} would hold "
                f"out all {n} {'tokens' if only_one else 'texts'}; use a smaller fraction, or "
                "more text."
            )
        if only_one:
            parts = split_at(examples, np.array([0, n - n_validation]))
            examples, validation = parts.take(np.array([0])), parts.take(np.array([1]))
        else:
            examples, validation = split_examples(
                examples,
                self.validation_fraction,
                shuffle=self.shuffle,
                labels=None,
                random_state=split_seed(self, rng, resuming),
            )
        warn_of_unseen_tokens(validation, examples, self.vocabulary_)
        return examples, Validation(validation, score=None, stops=True)

    def _strips(self, examples):
        return split_into_strips(examples, self.batch_size, self.bptt_steps)

    def _loss(self):
        return LogLoss(n_classes=len(self.vocabulary_))

    def _network_arguments(self, examples, loss):
        return {
            "n_inputs": examples.sequences.n_channels,
            "hidden_size": int(self.hidden_size),
            "n_raw": loss.n_raw(1),
            "num_layers": int(self.num_layers),
            "return_sequences": True,
            "dropout": float(self.dropout),
            "recurrent_dropout": float(self.recurrent_dropout),
            "dtype": "float32",
            "token_input": True,
            "embedding_dim": None if self.embedding_dim is None else int(self.embedding_dim),
        }

    # Probabilities, scores and new text

    @of_one_fit
    def score(self, X: Sequence[str], y: Any = None) -> float:
        """Mean log-likelihood of a token, in nats; higher is better.

        Parameters
        ----------
        X : list of n str
            The texts.
        y : None
            Ignored, present for API consistency.

        Returns
        -------
        float
            Mean over all tokens of all texts, the first token and, at level "word", the end of the
            text included. Scores of different vocabularies or levels cannot be compared. Without
            `max_features`, words that are not in the vocabulary were never trained on and can
            lower the score by any amount.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the model is not fitted, X is not a list of texts, or a character is not in the
            vocabulary.
        """
        network = self._fitted_predictor().network
        examples = self._numbered(check_texts(X))
        objective = Objective(network, self._loss())
        with one_blas_thread():
            return -objective.mean_loss(self._params, examples)

    def perplexity(self, X: Sequence[str]) -> float:
        """Perplexity of texts, ``exp(-score(X))``.

        It is the number of equally likely tokens that would be as hard to guess.

        Parameters
        ----------
        X : list of n str
            The texts.

        Returns
        -------
        float
            At least 1; lower is better. As with `score`, values of different vocabularies or
            levels cannot be compared.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does.
        """
        with np.errstate(over="ignore"):
            return float(np.exp(-self.score(X)))

    @of_one_fit
    def predict_proba(self, prompt: str | Sequence[str]) -> Array:
        """Probabilities of the next token.

        Parameters
        ----------
        prompt : str, or list of n str
            The beginnings of texts. An empty one asks for the first token of a text.

        Returns
        -------
        ndarray of shape (K,), or (n, K) for a list
            Probabilities in the order of `vocabulary_`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the model is not fitted, a prompt is not a text, or it has a character that is not
            in the vocabulary.
        """
        predictor = self._fitted_predictor().of_last_step
        prompts = [prompt] if isinstance(prompt, str) else prompt
        raw = predictor.raw(self._read_prompts(prompts), self.n_jobs)
        probabilities = softmax(raw.astype(np.float64), axis=1)
        return probabilities[0] if isinstance(prompt, str) else probabilities

    @of_one_fit
    def sample(
        self,
        n_tokens: int,
        prompt: str = "",
        temperature: float = 1.0,
        top_k: int | None = None,
        random_state: RandomState = None,
    ) -> str:
        """Continue a text.

        Parameters
        ----------
        n_tokens : int
            Number of tokens to generate.
        prompt : str, default=""
            The text to continue. If empty, a new text is begun.
        temperature : float, default=1.0
            Divisor of the logarithms of the probabilities. Values below 1 favour likely tokens; 0
            always takes the most likely one.
        top_k : int or None, default=None
            Number of the most likely tokens to choose from. If None, all tokens can be drawn.
        random_state : int, RandomState instance or None, default=None
            Seed of the tokens drawn.

        Returns
        -------
        str
            The continuation, without the prompt. At level "word" it is shorter than `n_tokens` if
            the model ends the text, and it never contains the unknown word.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the model is not fitted, an argument is not valid, or the prompt has a character
            that is not in the vocabulary.
        """
        check_is_fitted(self)
        check_integer(n_tokens, "n_tokens", 1)
        temperature = check_number(temperature, "temperature", "[0, inf)")
        if top_k is not None:
            check_integer(top_k, "top_k", 1, " or None")
        if not isinstance(prompt, str):
            raise TypeError(f"prompt must be a text (str); got {shorten(prompt)}.")
        rng = check_random_state(random_state)
        tokens = self._tokens()
        pending = self._read_prompts([prompt]).values
        new: list[int] = []
        stepper = Stepper(self._fitted_predictor().network, self._params, n_streams=1)
        while len(new) < n_tokens:
            # The state is carried: a token costs one step.
            raw = stepper.run(np.array([pending]))[0].astype(np.float64)
            stepper.commit()
            raw[tokens.never_drawn] = -np.inf
            pending = [_draw(raw, temperature, top_k, rng)]
            if pending[0] == tokens.end:
                break
            new += pending
        return tokens.join([self.vocabulary_[k] for k in new], prompt)

    def _read_prompts(self, prompts):
        """Prompts as sequences, each preceded by the token for the beginning of a text."""
        prompts = check_texts(prompts, "prompt", prompts=True)
        tokens = self._tokens()
        numbered = [tokens.numbers(tokens.split(prompt), "prompt") for prompt in prompts]
        values = [np.append(tokens.begin, numbers) for numbers in numbered]
        offsets = np.cumsum([0] + [len(v) for v in values])
        return TokenSequences(np.concatenate(values), offsets, tokens.begin + 1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags


def _draw(raw, temperature, top_k, rng):
    """Draw a token's number, by raw outputs (K,) in float64."""
    if temperature == 0.0:
        return int(raw.argmax())
    if top_k is not None and top_k < len(raw):
        raw[np.argsort(-raw, kind="stable")[top_k:]] = -np.inf
    with np.errstate(over="ignore"):  # with a tiny temperature: minus infinity is correct
        scaled = (raw - raw.max()) / temperature
    return int(rng.choice(len(raw), p=softmax(scaled)))
