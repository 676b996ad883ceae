"""The training loop: epochs of mini-batches."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..core.optimizers import Optimizer, clip_by_global_norm, global_norm
from ..core.schedules import Constant, Cooldown, Schedule
from ..core.threads import Threads
from ..core.workspace import Workspace
from .examples import Examples
from .hooks import AllHooks, TrainingHooks
from .progress import Progress
from .stopping import Stopping


@dataclass
class Options:
    """Training options: the estimator parameters of the same names.

    `schedule` is the schedule for the estimator parameter `learning_rate`.
    """

    optimizer: Optimizer
    schedule: Schedule
    batch_size: int
    shuffle: bool
    max_grad_norm: float | None
    bptt_steps: int | None
    tol: float
    n_iter_no_change: int
    verbose: int = 0
    n_threads: int = 1


@dataclass
class Validation:
    """Validation set.

    Attributes
    ----------
    examples : Examples
    score : callable or None
        Function that returns the score of raw outputs (M, n_raw). None means minus the loss, for
        which the raw outputs need not be stored.
    stops : bool
        Whether to use early stopping: stop when the monitored value does not improve, and restore
        the weights with which it was best.
    monitors_score : bool
        Whether early stopping monitors the score, of which higher values are better, instead of
        the loss.
    """

    examples: Examples
    score: Callable | None
    stops: bool
    monitors_score: bool = False

    def evaluate(self, objective, params):
        """Return the mean loss, without dropout or penalty, and the score."""
        if self.score is None:
            loss = objective.mean_loss(params, self.examples)
            return loss, -loss
        loss, raw = objective.evaluate(params, self.examples)
        return loss, self.score(raw)

    def monitored(self, loss, score):
        """Return the value that early stopping monitors, of which lower ones are better."""
        return -score if self.monitors_score else loss


# Training is aborted when the loss exceeds its first value by this factor.
_MAX_LOSS_GROWTH = 1e12


class DivergenceError(ArithmeticError):
    """Raised when training diverges.

    The loss or a weight became NaN or infinite, or the loss grew by a factor of more than 1e12.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import DivergenceError, LSTMRegressor
    >>> X = np.random.default_rng(0).standard_normal((20, 5))
    >>> model = LSTMRegressor(optimizer="sgd", learning_rate=1e9, max_grad_norm=None)
    >>> try:
    ...     model.fit(X, 1e9 * X[:, 0])
    ... except DivergenceError as error:
    ...     print(str(error)[:55])
    The loss grew by a factor of more than 1e12 in epoch 1.
    """


class TrainingInterrupted(KeyboardInterrupt):
    """Ctrl-C in training, after the state was restored to that of the last complete epoch."""


def train(
    objective, examples, state, options, n_epochs, *, schedule_epochs, validation=None, hooks=None
):
    """Start or resume training.

    Parameters
    ----------
    objective : Objective
    examples : Examples
    state : TrainingState
        Modified in place. Its `stopping` is that of a call that did not end, or empty.
    options : Options
    n_epochs : int
        Maximum number of epochs in this call; 0 for what ended at its last one.
    schedule_epochs : int
        Value of `max_epochs` passed to the schedule, counted from the start of the first call.
    validation : Validation or None
    hooks : TrainingHooks or None

    Raises
    ------
    DivergenceError
        If the loss or a weight becomes NaN or infinite, or the loss grows by a factor of more than
        1e12.

    TrainingInterrupted
        If interrupted (Ctrl-C) after at least one epoch. The state is that at the end of the last
        complete epoch, as if `n_epochs` had been smaller: it can be stored or resumed.
    """
    stops = validation is not None and validation.stops
    stopping = Stopping(
        options.tol,
        options.n_iter_no_change,
        monitors=stops,
        lowest_loss=objective.lowest_loss(examples),
    )
    state.stopping = state.stopping or stopping.init()
    progress = Progress(state, n_epochs, options.verbose, validation)
    hooks = AllHooks(progress, hooks)
    epoch = Epoch(objective, examples, state, options, schedule_epochs, hooks)
    saved = None
    with progress:
        try:
            progress.reason = stopping.reason(state.stopping)  # after the last epoch before
            for _ in range(n_epochs):
                if progress.reason:
                    break
                began = time.perf_counter()
                loss = epoch.run()
                result = epoch.validate(validation)
                stopping_loss = result[0] if stops else loss
                duration = time.perf_counter() - began
                state.record(loss, result, stopping_loss, epoch.rate, epoch.gradient_norm, duration)
                monitored = validation.monitored(*result) if stops else loss
                options.schedule.observe(monitored, state.schedule)
                stopping.observe(monitored, stopping_loss, state.params, state.stopping)
                state.rng = epoch.rng.bit_generator.state
                saved = state.saved(stopping.params_to_keep(state.params, state.stopping))
                asked_to_stop = hooks.epoch_done()
                progress.reason = (
                    "stopped by a callback" if asked_to_stop else stopping.reason(state.stopping)
                )
        except KeyboardInterrupt as interrupt:
            if saved is None:
                raise
            state.restore(saved)
            raise TrainingInterrupted(
                f"Training was interrupted after {state.n_epochs} epochs; keeping the "
                f"{'best weights on the validation set' if stops else 'weights'} so far."
            ) from interrupt
    state.params[:] = stopping.params_to_keep(state.params, state.stopping)


class Epoch:
    """One pass over all examples, in mini-batches."""

    def __init__(self, objective, examples, state, options, schedule_epochs, hooks=None):
        self.objective = objective
        self.examples = examples
        self.state = state
        self.options = options
        self.schedule_epochs = schedule_epochs
        self.hooks = hooks or TrainingHooks()
        # Of the present epoch: the last learning rate, and the mean norm of the gradients.
        self.rate = self.gradient_norm = math.nan
        threads = Threads(options.n_threads)
        self.workspace = Workspace(history=True, threads=threads)
        self._without_history = Workspace(history=False, threads=threads)
        self._gradient = np.empty_like(state.params)
        self.rng = np.random.Generator(np.random.PCG64())
        self.rng.bit_generator.state = state.rng
        # With a target per step, there is one update per chunk of `bptt_steps` steps. With one
        # target per sequence, the gradient is truncated inside the backward pass instead.
        per_step = objective.network.return_sequences
        self.chunk_steps = options.bptt_steps if per_step else None
        self.cut_every = None if per_step else options.bptt_steps

    def run(self):
        """Train on every example once, and return the mean loss over the updates."""
        batches = self._draw_batches()
        self.hooks.epoch_begins(sum(self._n_chunks(index) for index in batches))
        total = n_rows = n_updates = norms = 0
        first = self.state.loss_curve[0] if self.state.loss_curve else None
        # Overflow is detected by the checks of the loss, with a better message.
        with np.errstate(over="ignore", invalid="ignore"):
            for loss, rows, norm in self._updates(batches):
                first = loss if first is None else first
                norms += norm
                n_updates += 1
                total += loss * rows
                n_rows += rows
                if self.hooks.update_done(total / n_rows):
                    break
        if not np.isfinite(self.state.params).all():
            self._diverged("A weight became NaN or infinite")
        self.gradient_norm = norms / n_updates
        loss = total / n_rows
        if loss > _MAX_LOSS_GROWTH * max(1.0, abs(first)):
            self._diverged("The loss grew by a factor of more than 1e12")
        return loss

    def _draw_batches(self):
        """Return the indices of the examples of each batch."""
        n, size = len(self.examples), self.options.batch_size
        single = size >= n  # The order within a batch makes no difference: no need to shuffle.
        order = self.rng.permutation(n) if self.options.shuffle and not single else np.arange(n)
        return [order[start : start + size] for start in range(0, n, size)]

    def _n_chunks(self, index):
        """Return the number of updates on a batch."""
        if self.chunk_steps is None:
            return 1
        return -(-int(self.examples.sequences.lengths[index].max()) // self.chunk_steps)

    def _updates(self, batches):
        """Make the updates. Yield the loss before each one, its number of rows, and the norm."""
        network = self.objective.network
        done = 0
        for index in batches:
            batch = network.batch(self.examples.sequences, index, cut_every=self.options.bptt_steps)
            state = network.zero_state(len(batch))  # carried from chunk to chunk
            recurrent = network.draw_recurrent_masks(self.rng, len(batch))
            n_chunks = self._n_chunks(index)
            batch = self._from_first_gradient(batch, state, recurrent)
            for k, chunk in enumerate(batch.chunks(self.chunk_steps)):
                masks = network.draw_masks(self.rng, chunk, recurrent)
                self.rate = self._rate((done + k * len(index) / n_chunks) / len(self.examples))
                # The last chunks of a ragged batch are small: weight each by its number of steps.
                share = 1.0 if n_chunks == 1 else chunk.n_columns * n_chunks / batch.n_columns
                yield self._update(chunk, masks, state, share)
            done += len(index)

    def _from_first_gradient(self, batch, state, recurrent):
        """The part of a batch that any gradient reaches; `state` becomes that before it.

        If outputs depend on final states only, truncated gradients reach nothing before the chunk
        in which the first sequence ends. Those steps are run as in a prediction.
        """
        network = self.objective.network
        if self.cut_every is None or not network.pooling.reads_last_step_only:
            return batch
        last = (int(batch.lengths[-1]) - 1) // self.cut_every
        *before, after = batch.chunks(self.cut_every, last)
        for chunk in before:
            masks = network.draw_masks(self.rng, chunk, recurrent, with_head=False)
            network.forward(self.state.params, chunk, self._without_history, masks, state)
        return after

    def _rate(self, fraction):
        epoch = self.state.n_epochs + fraction
        return self.options.schedule.rate(epoch, self.schedule_epochs, self.state.schedule)

    def _update(self, chunk, masks, state, share):
        loss, gradient = self.objective.gradient(
            self.state.params,
            chunk,
            self.examples,
            self.workspace,
            masks=masks,
            state=state,
            cut_every=self.cut_every,
            out=self._gradient,
        )
        if not math.isfinite(loss):
            self._diverged("The loss became NaN or infinite")
        if share != 1.0:
            gradient *= gradient.dtype.type(share)
        if self.options.max_grad_norm is None:
            norm = global_norm(gradient)
        else:
            norm = clip_by_global_norm(gradient, self.options.max_grad_norm)
        self.options.optimizer.update(self.state.params, gradient, self.state.optimizer, self.rate)
        per_step = self.objective.network.return_sequences
        return loss, chunk.n_columns if per_step else len(chunk), norm

    def validate(self, validation):
        """Return validation loss and score, or None without a validation set."""
        if validation is None:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            loss, score = validation.evaluate(self.objective, self.state.params)
        if not np.isfinite(loss):
            self._diverged("The validation loss became NaN or infinite")
        return loss, score

    def _diverged(self, reason):
        rate = self.options.schedule
        if isinstance(rate, Constant | Cooldown):  # show a number, as it was most likely passed
            rate = rate.rate(0, 1, {})
        advice = [
            f"a smaller learning_rate (now {rate})",
            f"a smaller max_grad_norm (now {self.options.max_grad_norm})",
        ]
        if not self.objective.network.token_input:
            advice.append("scaling X and y to about unit variance")
        advice = ", ".join(advice[:-1]) + f" or {advice[-1]}"
        raise DivergenceError(f"{reason} in epoch {self.state.n_epochs + 1}. Try {advice}.")
