"""The training loop: epochs of mini-batches, early stopping, what happened along the way.

All that changes while training is a :class:`TrainingState`: arrays and plain numbers. Training can
stop, be saved, and go on bit for bit.
"""

import time
from dataclasses import dataclass, field

import numpy as np

from ..core.optimizers import clip_by_global_norm
from ..core.schedules import Constant, Cooldown
from ..core.user_warnings import warn_user
from ..core.workspace import Workspace


@dataclass
class Options:
    """How to train. Every field is the estimator parameter of the same name.

    `schedule` is what `learning_rate` stands for.
    """

    optimizer: object
    schedule: object
    batch_size: int
    shuffle: bool
    max_grad_norm: float | None
    bptt_steps: int | None
    tol: float
    n_iter_no_change: int
    verbose: int = 0


@dataclass
class TrainingState:
    """Where training stands.

    Attributes
    ----------
    params : ndarray of shape (layout.size,)
    optimizer, schedule : dict
        Their states.
    rng : dict
        The state of the random bit generator.
    loss_curve, validation_loss_curve, validation_score_curve : list of float
        One value an epoch.
    n_epochs : int
    """

    params: np.ndarray
    optimizer: dict
    schedule: dict
    rng: dict
    loss_curve: list = field(default_factory=list)
    validation_loss_curve: list = field(default_factory=list)
    validation_score_curve: list = field(default_factory=list)
    n_epochs: int = 0

    def record(self, loss, held_out):
        """Take an epoch's training loss and its (held-out loss, score), or None."""
        self.loss_curve.append(loss)
        if held_out is not None:
            self.validation_loss_curve.append(held_out[0])
            self.validation_score_curve.append(held_out[1])
        self.n_epochs += 1


@dataclass
class Validation:
    """Held-out examples, and how to score raw outputs (M, n_raw) on them.

    Attributes
    ----------
    examples : Examples
    score : callable or None
        None where the score is minus the loss: raw outputs are then not kept, however many.
    stops : bool
        Whether training stops on them, and keeps the weights that were best on them.
    """

    examples: object
    score: object
    stops: bool

    def evaluate(self, objective, params):
        """Mean loss, without dropout or penalty, and score."""
        if self.score is None:
            loss = objective.mean_loss(params, self.examples)
            return loss, -loss
        loss, raw = objective.evaluate(params, self.examples)
        return loss, self.score(raw)


class Watch:
    """Is told how training proceeds, and may stop it; this one lets it go on.

    Whenever it is told something, the `TrainingState` is one that training can go on from.
    """

    def epoch_begins(self, n_updates):
        """An epoch of so many updates begins."""

    def update_done(self, loss):
        """An update is done; `loss` is the epoch's mean so far. True ends the epoch here."""
        return False

    def epoch_done(self):
        """An epoch is done. True ends training here."""
        return False


# From here nothing comes back: with a loss this many times the first one, weights are noise.
_HOPELESS = 1e12


class DivergenceError(ArithmeticError):
    """The loss became NaN or infinite while training, or grew beyond hope.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import DivergenceError, LSTMRegressor
    >>> X = np.random.default_rng(0).standard_normal((20, 5))
    >>> model = LSTMRegressor(optimizer="sgd", learning_rate=1e9, max_grad_norm=None)
    >>> try:
    ...     model.fit(X, 1e9 * X[:, 0])
    ... except DivergenceError as error:
    ...     print(str(error)[:39])
    The loss grew a trillionfold in epoch 1
    """


class Patience:
    """Counts the epochs since the watched loss last improved by more than `tol`."""

    def __init__(self, tol, n_iter_no_change):
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.best = np.inf
        self.best_params = None
        self._target = np.inf
        self._waited = 0

    def observe(self, loss, params):
        """Take an epoch's loss; keep a copy of `params`, unless None, if it is the best so far."""
        self._waited = 0 if loss < self._target else self._waited + 1
        self._target = min(self._target, loss - self.tol)
        if loss < self.best:
            self.best = loss
            self.best_params = None if params is None else params.copy()

    @property
    def exhausted(self):
        return self._waited >= self.n_iter_no_change


def new_state(objective, options, rng, head_bias, n_steps):
    """A fresh state: initialised parameters, empty history.

    `n_steps` is the length of the longest training sequence.
    """
    params = objective.network.initialize(rng, head_bias, n_steps)
    return TrainingState(
        params=params,
        optimizer=options.optimizer.init(params, objective.is_weight),
        schedule=options.schedule.init(),
        rng=rng.bit_generator.state,
    )


def train(objective, examples, state, options, n_epochs, *, horizon, validation=None, watch=None):
    """Train until an end is reached; `state` goes on from where it stands.

    Parameters
    ----------
    objective : Objective
    examples : Examples
    state : TrainingState
        Changed in place.
    options : Options
    n_epochs : int
        The most epochs to train now.
    horizon : int
        The epoch, counted from the first ever, that a schedule with an end takes for it.
    validation : Validation or None
    watch : Watch or None

    Returns
    -------
    best_loss : float
        The lowest loss of an epoch: on the validation examples if they stop training, else on
        the training examples.

    Raises
    ------
    DivergenceError
        If the loss or a weight becomes NaN or infinite, or the loss grows a trillionfold.

    Warns
    -----
    UserWarning
        If interrupted (Ctrl-C) after the first epoch; what was learned so far is kept.
    """
    stops = validation is not None and validation.stops
    patience = Patience(options.tol, options.n_iter_no_change)
    epoch = Epoch(objective, examples, state, options, horizon, watch)
    started = state.n_epochs
    # A training loss that does not fall is no reason to stop, as it may yet; one that cannot fall
    # by `tol` any more is.
    learned, n_learned = objective.lowest_loss(examples) + options.tol, 0
    try:
        for _ in range(n_epochs):
            began = time.perf_counter()
            loss = epoch.run()
            held_out = epoch.validate(validation)
            state.record(loss, held_out)
            watched = held_out[0] if stops else loss
            options.schedule.observe(watched, state.schedule)
            patience.observe(watched, state.params if stops else None)
            _report(state, options.verbose, time.perf_counter() - began)
            state.rng = epoch.rng.bit_generator.state
            asked_to_stop = epoch.watch.epoch_done()
            n_learned = n_learned + 1 if loss <= learned else 0
            nothing_left = n_learned >= options.n_iter_no_change
            if asked_to_stop or (patience.exhausted if stops else nothing_left):
                break
    except KeyboardInterrupt:
        if state.n_epochs == started:
            raise
        warn_user(
            f"Training was interrupted after {state.n_epochs} epochs; keeping the "
            f"{'best weights on the validation set' if stops else 'weights'} so far.",
        )
    if patience.best_params is not None:
        state.params[:] = patience.best_params
    state.rng = epoch.rng.bit_generator.state
    return patience.best


class Epoch:
    """One pass over all examples, batch by batch."""

    def __init__(self, objective, examples, state, options, horizon, watch=None):
        self.objective = objective
        self.examples = examples
        self.state = state
        self.options = options
        self.horizon = horizon
        self.watch = watch or Watch()
        self.workspace = Workspace(history=True)
        self.rng = np.random.Generator(np.random.PCG64())
        self.rng.bit_generator.state = state.rng
        # Chunks are steps of training of their own where every step has a target; where only the
        # whole sequence has one, the gradient is cut inside the backward pass instead.
        per_step = objective.network.return_sequences
        self.chunk_steps = options.bptt_steps if per_step else None
        self.cut_every = None if per_step else options.bptt_steps

    def run(self):
        """Train on every example once; the mean loss along the way."""
        batches = self._draw_batches()
        self.watch.epoch_begins(sum(self._n_chunks(index) for index in batches))
        total = n_rows = 0
        first = self.state.loss_curve[0] if self.state.loss_curve else None
        for loss, rows in self._updates(batches):
            first = loss if first is None else first
            total += loss * rows
            n_rows += rows
            if self.watch.update_done(total / n_rows):
                break
        if not np.isfinite(self.state.params).all():
            self._diverged("A weight became NaN or infinite")
        loss = total / n_rows
        if loss > _HOPELESS * max(1.0, abs(first)):
            self._diverged("The loss grew a trillionfold")
        return loss

    def _draw_batches(self):
        """The examples' indices, batch by batch."""
        n, size = len(self.examples), self.options.batch_size
        whole = size >= n  # Nothing to shuffle: the order within a batch makes no difference.
        order = self.rng.permutation(n) if self.options.shuffle and not whole else np.arange(n)
        return [order[start : start + size] for start in range(0, n, size)]

    def _n_chunks(self, index):
        """Updates on a batch."""
        if self.chunk_steps is None:
            return 1
        return -(-int(self.examples.sequences.lengths[index].max()) // self.chunk_steps)

    def _updates(self, batches):
        """Update after update; yields the loss before it, and of how many rows it is the mean."""
        network = self.objective.network
        done = 0
        for index in batches:
            batch = network.batch(self.examples.sequences, index, cut_every=self.options.bptt_steps)
            state = network.zero_state(len(batch))  # carried from chunk to chunk
            recurrent = network.draw_recurrent_masks(self.rng, len(batch))
            n_chunks = self._n_chunks(index)
            for k, chunk in enumerate(batch.chunks(self.chunk_steps)):
                masks = network.draw_masks(self.rng, chunk, recurrent)
                rate = self._rate((done + k * len(index) / n_chunks) / len(self.examples))
                # The last chunks of a ragged batch are small: each counts by its steps.
                share = chunk.n_columns * n_chunks / batch.n_columns
                yield self._update(chunk, masks, state, rate, share)
            done += len(index)

    def _rate(self, fraction):
        epoch = self.state.n_epochs + fraction
        return self.options.schedule.rate(epoch, self.horizon, self.state.schedule)

    def _update(self, chunk, masks, state, rate, share):
        # Overflow is met by the check of the loss, which can say more.
        with np.errstate(over="ignore", invalid="ignore"):
            loss, gradient = self.objective.gradient(
                self.state.params,
                chunk,
                self.examples,
                self.workspace,
                masks=masks,
                state=state,
                cut_every=self.cut_every,
            )
            if not np.isfinite(loss):
                self._diverged("The loss became NaN or infinite")
            if share != 1.0:
                gradient *= gradient.dtype.type(share)
            if self.options.max_grad_norm is not None:
                clip_by_global_norm(gradient, self.options.max_grad_norm)
            self.options.optimizer.update(self.state.params, gradient, self.state.optimizer, rate)
        return loss, chunk.n_columns if self.objective.network.return_sequences else len(chunk)

    def validate(self, validation):
        """Loss and score on held-out examples, or None if there are none."""
        if validation is None:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            loss, score = validation.evaluate(self.objective, self.state.params)
        if not np.isfinite(loss):
            self._diverged("The held-out loss became NaN or infinite")
        return loss, score

    def _diverged(self, what):
        rate = self.options.schedule
        if isinstance(rate, Constant | Cooldown):  # as a plain number, which it most often was
            rate = rate.rate(0, 1, {})
        advice = [
            f"a smaller learning_rate (now {rate})",
            f"a smaller max_grad_norm (now {self.options.max_grad_norm})",
        ]
        if not self.objective.network.token_input:
            advice.append("scaling X and y to about unit variance")
        advice = ", ".join(advice[:-1]) + f" or {advice[-1]}"
        raise DivergenceError(f"{what} in epoch {self.state.n_epochs + 1}. Try {advice}.")


def _report(state, verbose, seconds):
    """Print a line on every `verbose`-th epoch."""
    if not verbose or state.n_epochs % verbose:
        return
    line = f"epoch {state.n_epochs}: loss {state.loss_curve[-1]:.6g}"
    if state.validation_loss_curve:
        loss, score = state.validation_loss_curve[-1], state.validation_score_curve[-1]
        line += f", validation loss {loss:.6g}, validation score {score:.4g}"
    print(f"{line} ({seconds:.2g} s)")
