"""LSTMLanguageModel: text -> the probabilities of the next token, and new text."""

from math import ceil

import numpy as np
from scipy.special import softmax
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ._estimators.all_or_nothing import all_or_nothing
from ._estimators.blas_threads import one_blas_thread
from ._estimators.callbacks import FitTaskByUpdates, with_callbacks
from ._estimators.diagnosis import warn_if_nothing_was_learned
from ._estimators.network_estimator import NetworkEstimator
from ._estimators.problem import problem_of_fit, problem_of_partial_fit
from ._estimators.resuming import generator, split_seed
from ._estimators.validation_split import split_examples
from ._language.model_parameters import check_text_parameters
from ._language.strips import in_strips, token_examples, warn_of_tokens_only_in, with_cuts
from ._language.tokenizers import LEVELS, check_texts
from .core.checks import check_integer, check_number
from .core.losses import LogLoss
from .core.packing import TokenSequences
from .core.streaming import Stepper
from .training.loop import Validation
from .training.objective import Objective


class LSTMLanguageModel(NetworkEstimator):
    """Recurrent network that learns to continue texts.

    A stack of LSTM layers reads a text token by token, and a linear head with a softmax gives the
    probabilities of the next one [1]_ [2]_. Tokens are characters, or words.

    Parameters
    ----------
    hidden_size : int, default=128
        Units of each layer.
    level : {"char", "word"}, default="char"
        What a token is: a character; or a word or punctuation mark, where blanks do not count. A
        word is a run of letters, so Chinese, Japanese and Thai, written without blanks, want
        "char".
    max_features : int or None, default=None
        At level "word" the number of words to know, the most frequent ones; all others are one
        unknown token. None knows all words of the texts: the unknown token is then never trained,
        and new texts with unseen words score worse the longer one trains. For such texts set it
        below the number of words, so that the rare ones train the unknown token. It cannot be
        searched by `score`: with fewer words to tell apart guessing is easier.
    embedding_dim : int or None, default=None
        Tokens are first turned into vectors of this size, which are learned too; None stands for
        one-hot vectors.
    num_layers : int, default=1
        Layers, each reading the hidden states of the one below.
    cell : str or cell object, default="lstm"
        The recurrent cell: a name or an object of `sklstm.cells`.
    dropout : float in [0, 1), default=0.2
        Share of activations dropped between layers and before the head, while training [3]_.
    recurrent_dropout : float in [0, 1), default=0.2
        Share of the hidden state dropped on its way to the next step, with one mask per sequence,
        while training [4]_.
    alpha : float, default=0.0
        L2 penalty: ``alpha / 2`` times the squared norm of the weights, never of the biases, is
        added to the loss.
    optimizer : {"adam", "adamw", "rmsprop", "sgd"} or optimizer object, default="adam"
        What turns gradients into updates. An object of `sklstm.optimizers` carries its own
        parameters, which can be searched: ``optimizer=RMSprop()``, then ``optimizer__decay``.
    learning_rate : float, str or schedule object, default=0.01
        The step size. A number is constant for three quarters of `max_iter` and then falls to
        zero, as ``Cooldown``; in `partial_fit` it is constant. An object of `sklstm.schedules`, or
        its name ("constant", "cooldown", "exponential", "cosine", "warmup", "plateau") for its own
        defaults, lets it change in other ways.
    max_iter : int, default=20
        Maximum number of epochs. What ends training sooner is `early_stopping`, callbacks, and a
        training loss below `tol` for `n_iter_no_change` epochs.
    batch_size : int, default=32
        Sequences that are trained on side by side. For this long texts are cut into strips, of
        at least about ten windows of `bptt_steps` each; 1 leaves every text whole.
    bptt_steps : int or None, default=100
        Truncated back-propagation through time [5]_: an update is made after so many steps, a
        window, and the gradient is cut there, while the state is carried on. None waits for the
        end of the text, or strip; memory then grows with the length of the strip.
    shuffle : bool, default=True
        Whether to draw the batches in a new order every epoch. False also takes the texts for
        early stopping from the end.
    max_grad_norm : float or None, default=5.0
        A gradient whose norm over all weights is larger is scaled down to it [6]_.
    early_stopping : bool, default=False
        Whether to hold out texts, or the end of an only one, and stop when their loss no longer
        improves; the weights that were best on them are kept. It needs a held-out part whose
        tokens occur in the rest, too.
    validation_fraction : float in (0, 1), default=0.1
        The share to hold out.
    n_iter_no_change : int, default=10
        Number of epochs without an improvement of `tol` after which early stopping ends training.
    tol : float, default=1e-4
        Minimum decrease of the validation loss that counts as an improvement.
    warm_start : bool, default=False
        Whether `fit` goes on from where the last one ended instead of starting anew; the
        vocabulary then stays what it is.
    verbose : int, default=0
        Print the losses every so many epochs; 0 prints nothing.
    random_state : int, RandomState instance or None, default=None
        Seeds the initial weights, the batches, the dropout masks and the held-out part; not what
        `sample` draws.

    Attributes
    ----------
    vocabulary_ : list of str
        The K tokens: the characters in alphabetical order; or "<unknown>", "<end>" and the words,
        the most frequent one first.
    n_iter_ : int
        Epochs trained.
    loss_ : float
        Training loss of the last epoch, in nats per token.
    best_loss_ : float
        The lowest loss of an epoch: held-out with `early_stopping`, else of training.
    loss_curve_ : list of float
        Training loss by epoch.
    validation_loss_curve_, validation_score_curve_ : list of float
        Held-out loss, without the penalty, and score by epoch; empty if nothing was held out.
    alpha_, batch_size_ : float, int
        The penalty, and the number of sequences per update in the last call of `fit` or
        `partial_fit`.
    weights_ : dict of str to ndarray
        Copies of the network's weights: ``weight_ih_l0`` (4 * H, K + 1), whose last column
        belongs to the beginning of a text, ``weight_hh_l0`` (4 * H, H) and ``bias_l0`` (4 * H,)
        for layer 0, with rows in PyTorch's order of gates (input, forget, cell, output), and
        ``head_weight`` (K, H) and ``head_bias`` (K,). With `embedding_dim` E, ``embedding`` is
        (K + 1, E) and ``weight_ih_l0`` (4 * H, E). Other cells have other arrays.

    See Also
    --------
    LSTMClassifier : The same for numbers, and labels.

    Notes
    -----
    The beginning of a text is known: the model learns what a text begins with. At level "word" it
    also learns where it ends. At level "char" texts have no end of their own: to learn where many
    short ones end, append a newline to each, and split what `sample` returns there. All
    computation is in float32.

    At level "char" every character must be in the vocabulary, that of the first fit: in
    cross-validation each character has to occur in the training texts of every fold.

    Texts of any length will do, as long as there are two different tokens to choose from. With
    `batch_size` 1 the state is carried through the whole of each text while training.

    scikit-learn's callbacks (``set_callbacks``, scikit-learn 1.9) hear of every epoch of
    `fit`, and of every update as its subtask; `partial_fit` calls none. What a callback gets as
    ``fitted_estimator`` can do all that a fitted one can, be saved (after ``set_callbacks()``, or
    with its callbacks), and be trained further; in an epoch its ``loss_`` is the mean of the
    epoch so far. Returning True for an update ends the
    epoch, for an epoch training.

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

    def __init__(
        self,
        hidden_size=128,
        *,
        level="char",
        max_features=None,
        embedding_dim=None,
        num_layers=1,
        cell="lstm",
        dropout=0.2,
        recurrent_dropout=0.2,
        alpha=0.0,
        optimizer="adam",
        learning_rate=0.01,
        max_iter=20,
        batch_size=32,
        bptt_steps=100,
        shuffle=True,
        max_grad_norm=5.0,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        warm_start=False,
        verbose=0,
        random_state=None,
    ):
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
        self.random_state = random_state

    # Fit

    @all_or_nothing
    @with_callbacks
    def fit(self, X, y=None):
        """Learn to continue texts.

        Parameters
        ----------
        X : list of n str
            The texts.
        y : None
            Ignored; it is there by scikit-learn's convention.

        Returns
        -------
        self : LSTMLanguageModel
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter is not valid, or X is not a list of texts, or a text is empty, or all
            texts together have only one token, so that there is nothing to learn.
        DivergenceError
            If the loss becomes NaN or infinite. As after any error, the estimator is then as it
            was before the call.

        Warns
        -----
        UserWarning
            If interrupted (Ctrl-C) after the first epoch; what was learned so far is kept. Also
            if `early_stopping` holds out tokens that the rest of the texts lacks.
        """
        problem = self._read_problem(X)
        with FitTaskByUpdates(self, problem, X, y, None) as task:
            problem.train(watch=task)
            self._store(problem)
            warn_if_nothing_was_learned(self, problem)
        return self

    @all_or_nothing
    def partial_fit(self, X, y=None):
        """Train for one epoch on X, from where training stands.

        Parameters
        ----------
        X : list of n str
            The texts. The first call sets the vocabulary.
        y : None
            Ignored; it is there by scikit-learn's convention.

        Returns
        -------
        self : LSTMLanguageModel
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError, DivergenceError
            As in `fit`; also if there is a character that the vocabulary does not have.
        """
        check_text_parameters(self)
        resuming = self._is_fitted
        examples = self._in_strips(self._read_to_train(X, resuming))
        problem = problem_of_partial_fit(self, examples, generator(self, resuming), resuming)
        problem.train()
        self._store(problem)
        return self

    def _read_problem(self, X):
        """Everything that `fit` needs to know, validated."""
        check_text_parameters(self)
        resuming = self.warm_start and self._is_fitted
        examples = self._read_to_train(X, resuming)
        rng = generator(self, resuming)
        examples, validation = self._split_examples(examples, rng, resuming)
        return problem_of_fit(self, self._in_strips(examples), validation, rng, resuming)

    def _read_to_train(self, X, resuming):
        """The texts as examples; a first training learns their vocabulary."""
        texts = check_texts(X)
        if not resuming:
            self.vocabulary_ = LEVELS[self.level].learn(texts, self.max_features).vocabulary
            self._level = self.level
        elif self.level != self._level:
            raise ValueError(
                f"level is now {self.level!r}, but the fitted model has {self._level!r}. Set it "
                "back, or fit anew with warm_start=False."
            )
        return self._numbered(texts)

    def _numbered(self, texts):
        """Texts as examples by the fitted vocabulary, a sequence each."""
        if len(self.vocabulary_) < 2:
            raise ValueError(
                f"X has only one token, {self.vocabulary_[0]!r}: there is nothing to learn. Pass "
                "texts with at least two different characters."
            )
        tokens = self._tokens()
        end = [] if tokens.end is None else [tokens.end]
        numbered = []
        for i, text in enumerate(texts):
            numbers = tokens.numbers(tokens.split(text), f"X[{i}]")
            if not len(numbers):
                raise ValueError(f"X[{i}] is a text without words, {text[:20]!r}; leave it out.")
            numbered.append(np.append(numbers, end).astype(np.intp))
        return token_examples(numbered, tokens.begin)

    def _tokens(self):
        """The fitted vocabulary as an object that splits, numbers and joins."""
        return LEVELS[self._level](self.vocabulary_)

    def _split_examples(self, examples, rng, resuming):
        """The examples to train on, and a Validation, or None without early stopping."""
        if not self.early_stopping:
            return examples, None
        only_one = len(examples) == 1
        n = len(examples.targets) if only_one else len(examples)
        n_held_out = ceil(self.validation_fraction * n)
        if n_held_out >= n:
            raise ValueError(
                f"early_stopping with validation_fraction={self.validation_fraction} would hold "
                f"out all {n} {'tokens' if only_one else 'texts'}; use a smaller fraction, or "
                "more text."
            )
        if only_one:
            parts = with_cuts(examples, np.array([0, n - n_held_out]))
            examples, held_out = parts.take(np.array([0])), parts.take(np.array([1]))
        else:
            examples, held_out = split_examples(
                examples,
                self.validation_fraction,
                shuffle=self.shuffle,
                labels=None,
                random_state=split_seed(self, rng, resuming),
            )
        warn_of_tokens_only_in(held_out, examples, self.vocabulary_)
        return examples, Validation(held_out, score=None, stops=True)

    def _in_strips(self, examples):
        return in_strips(examples, self.batch_size, self.bptt_steps)

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

    # What the fitted model says

    def score(self, X, y=None):
        """The mean log-likelihood of a token, in nats; the higher the better.

        Parameters
        ----------
        X : list of n str
            The texts.
        y : None
            Ignored; it is there by scikit-learn's convention.

        Returns
        -------
        float
            The mean over all tokens of all texts: the first one, and at level "word" the end,
            included. Each text is read from its beginning to its end, however long. Scores with
            different vocabularies or levels cannot be compared; and without `max_features` words
            not in the vocabulary were never trained on, and can cost any amount.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the model is not fitted, or X is not a list of texts, or a character is not in the
            vocabulary.
        """
        network = self._fitted_predictor().network
        examples = self._numbered(check_texts(X))
        objective = Objective(network, self._loss())
        with one_blas_thread():
            return -objective.mean_loss(self._params, examples)

    def perplexity(self, X):
        """How many equally likely tokens would be as hard to guess: ``exp(-score(X))``.

        Parameters
        ----------
        X : list of n str
            The texts.

        Returns
        -------
        float
            At least 1; the lower the better. It compares as little as `score` does between
            different vocabularies or levels.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does.
        """
        with np.errstate(over="ignore"):
            return float(np.exp(-self.score(X)))

    def predict_proba(self, prompt):
        """The probabilities of the token that comes next.

        Parameters
        ----------
        prompt : str, or list of n str
            The texts so far; an empty one stands for the beginning.

        Returns
        -------
        ndarray of shape (K,), or (n, K) for a list
            In the order of `vocabulary_`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the model is not fitted, or a prompt is not a text, or has a character that is not
            in the vocabulary.
        """
        predictor = self._fitted_predictor().of_last_step
        prompts = [prompt] if isinstance(prompt, str) else prompt
        raw = predictor.raw(self._read_prompts(prompts))
        probabilities = softmax(raw.astype(np.float64), axis=1)
        return probabilities[0] if isinstance(prompt, str) else probabilities

    def sample(self, n_tokens, prompt="", temperature=1.0, top_k=None, random_state=None):
        """Continue a text.

        Parameters
        ----------
        n_tokens : int
            How many tokens to add.
        prompt : str, default=""
            The text to continue; an empty one begins a new text.
        temperature : float, default=1.0
            What the logarithms of the probabilities are divided by: below 1 likely tokens become
            likelier, and 0 always takes the likeliest one.
        top_k : int or None, default=None
            Choose among so many of the likeliest tokens only; None allows all.
        random_state : int, RandomState instance or None, default=None
            Seeds what is drawn.

        Returns
        -------
        str
            What comes after the prompt. At level "word" it ends before `n_tokens` if the model
            ends the text, and never has an unknown word.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the model is not fitted, or an argument is not valid, or the prompt has a character
            that is not in the vocabulary.
        """
        check_is_fitted(self)
        check_integer(n_tokens, "n_tokens", 1)
        temperature = check_number(temperature, "temperature", "[0, inf)")
        if top_k is not None:
            check_integer(top_k, "top_k", 1, " or None")
        if not isinstance(prompt, str):
            raise TypeError(f"prompt must be a text (str); got {prompt!r}.")
        rng = check_random_state(random_state)
        tokens = self._tokens()
        pending, new = self._read_prompts([prompt]).values, []
        stepper = Stepper(self._fitted_predictor().network, self._params, n_streams=1)
        while len(new) < n_tokens:
            for number in pending:  # the state is carried: a token costs one step
                raw = stepper.step(np.array([number]))
            raw = raw[0].astype(np.float64)
            raw[tokens.never_drawn] = -np.inf
            pending = [_draw(raw, temperature, top_k, rng)]
            if pending[0] == tokens.end:
                break
            new += pending
        return tokens.join([self.vocabulary_[k] for k in new], prompt)

    def _read_prompts(self, prompts):
        """Prompts as sequences, each with the beginning before it."""
        prompts = check_texts(prompts, "prompt", prompts=True)
        tokens = self._tokens()
        numbered = [tokens.numbers(tokens.split(prompt), "prompt") for prompt in prompts]
        values = [np.append(tokens.begin, numbers) for numbers in numbered]
        offsets = np.cumsum([0] + [len(v) for v in values])
        return TokenSequences(np.concatenate(values), offsets, tokens.begin + 1)

    def __sklearn_tags__(self):
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
    with np.errstate(over="ignore"):  # a tiny temperature: minus infinity is what is meant
        scaled = (raw - raw.max()) / temperature
    return int(rng.choice(len(raw), p=softmax(scaled)))
