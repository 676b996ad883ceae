"""Progress of training, printed with `verbose`: what is said, and when."""

import time
from contextlib import contextmanager
from contextvars import ContextVar

from .hooks import TrainingHooks
from .progress_output import choose_output

# Seconds between two versions of a line that is rewritten, and of silence at most in a log.
_REWRITE_EVERY, _SILENCE = 0.1, 60.0
_LINES = 10  # of one training in a log, beside the first and the last one

_UNITS = (86_400, "d", 3_600, "h"), (3_600, "h", 60, "min"), (60, "min", 1, "s")

# What networks are trained for, as names from the outside in, and the verbosity outside.
_OUTER = ContextVar("sklstm_progress", default=((), 0))
# The number of epochs that are shown as one training, and the progress of the last one.
_TOGETHER: ContextVar[dict | None] = ContextVar("sklstm_epochs_together", default=None)


@contextmanager
def training_for(name, verbose):
    """Context in which networks are trained as a part of something larger.

    Parameters
    ----------
    name : str
        The name of the part, with which their lines begin.
    verbose : int
        Verbosity of the whole; a network that has a larger one keeps it.
    """
    names, outer = before = _OUTER.get()
    try:  # what is set is inside: an interrupt may come after any line
        _OUTER.set(((*names, name), max(outer, int(verbose))))
        yield
    finally:
        _OUTER.set(before)


@contextmanager
def shown_together(n_epochs):
    """Context in which `n_epochs` calls of `partial_fit` of a network are shown as one training."""
    try:
        _TOGETHER.set({"n_epochs": n_epochs, "last": None})
        yield
    finally:
        _TOGETHER.set(None)


class Progress(TrainingHooks):
    """Prints the progress of a training; a context, which prints the last line.

    With a verbosity of 1 it is one line that is rewritten in a terminal or notebook, and in a file
    the first epoch, the last one and about ten in between. With 2, every epoch has its own line.

    Parameters
    ----------
    state : TrainingState
    n_epochs : int
        Maximum number of epochs of this training.
    verbose : int
        Verbosity of the network; that of `training_for` counts if it is larger.
    validation : Validation or None
    """

    def __init__(self, state, n_epochs, verbose, validation=None):
        names, outer = _OUTER.get()
        self._verbose = max(int(verbose), outer)
        self._output = choose_output(rewrites=self._verbose == 1) if self._verbose else None
        self._name = f"[{'/'.join(names)}] " if names else ""
        self._state, self._n_epochs, self._validation = state, n_epochs, validation
        self._first = state.n_epochs
        self._every = -(-n_epochs // _LINES)
        self._began = self._last = time.perf_counter()
        self._share = self._n_updates = 0
        self._has_printed_epoch = False
        self.reason = ""  # why training ended before its last epoch
        if together := _TOGETHER.get():
            self._continue(together)

    def _continue(self, together):
        """Go on with the line of the epochs before that are shown together with this one."""
        self._n_epochs = together["n_epochs"]
        self._every = -(-self._n_epochs // _LINES)
        if (last := together["last"]) is not None:
            self._output, self._first = last._output, last._first
            self._began, self._last = last._began, last._last
        together["last"] = self

    def epoch_begins(self, n_updates):
        """Count the updates of this epoch."""
        self._share, self._n_updates = 0.0, n_updates

    def update_done(self, loss):
        """Print, in a long epoch, how far it is."""
        if self._output is None:
            return False
        self._share += 1 / self._n_updates
        if self._share < 1 and self._verbose == 1 and self._is_due(time.perf_counter()):
            self._print(self._text_within(loss))
        return False

    def epoch_done(self):
        """Print the epoch, if it is time."""
        if self._output is None:
            return False
        self._share = 0.0
        done = self._state.n_epochs - self._first
        # In a log the last epoch is left to the end, where it is known whether it was the last.
        self._has_printed_epoch = done < self._n_epochs and self._prints(done)
        if self._has_printed_epoch:
            self._print(self._text_of_epoch(self._left()))
        return False

    def _prints(self, done):
        if self._output.rewrites:
            return self._is_due(time.perf_counter())
        is_spaced = self._verbose > 1 or done == 1 or done % self._every == 0
        return is_spaced or self._is_due(time.perf_counter())

    def _is_due(self, now):
        return now - self._last >= (_REWRITE_EVERY if self._output.rewrites else _SILENCE)

    def _print(self, text):
        self._output.show(self._name + text)
        self._last = time.perf_counter()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        """Print the last line."""
        if self._output is None:
            return
        if kind is not None:
            self.reason = "interrupted" if issubclass(kind, KeyboardInterrupt) else "failed"
        if kind is None and self._is_continued():
            return
        if self._state.n_epochs == self._first:
            self._output.end()
            return
        took = duration_in_words(time.perf_counter() - self._began)
        text = self._text_of_epoch(f"{self.reason} after {took}" if self.reason else took)
        if self._output.rewrites or not self._has_printed_epoch or self.reason:
            self._output.show(self._name + text)
        self._output.end()

    def _is_continued(self):
        return _TOGETHER.get() is not None and self._state.n_epochs < self._first + self._n_epochs

    # Texts

    def _text_of_epoch(self, remark):
        state = self._state
        text = f"epoch {self._of_all(state.n_epochs)} ({remark}), loss {state.loss_curve[-1]:.4g}"
        if self._validation is not None:
            loss, score = state.validation_loss_curve[-1], state.validation_score_curve[-1]
            text += f", validation loss {loss:.4g}, score {score:.3g}"
        return text

    def _text_within(self, loss):
        epoch = f"epoch {self._of_all(self._state.n_epochs + 1)} at {self._share:.0%}"
        return f"{epoch} ({self._left()}), loss {loss:.4g}"

    def _of_all(self, epoch):
        """The number of an epoch and that of all, aligned."""
        last = str(self._first + self._n_epochs)
        if self._n_epochs == 1:  # that of partial_fit is not the last one
            return last
        return f"{epoch:>{len(last)}}/{last}"

    def _left(self):
        done = self._state.n_epochs - self._first + self._share
        seconds = (time.perf_counter() - self._began) * (self._n_epochs / done - 1)
        may_stop = self._validation is not None and self._validation.stops
        return f"{'< ' * may_stop}{duration_in_words(seconds)} left"


def duration_in_words(seconds):
    """A number of seconds as text of two units at most, such as ``1 min 20 s``.

    Examples
    --------
    >>> from sklstm.training.progress import duration_in_words
    >>> [duration_in_words(x) for x in (0.0123, 3.21, 12.3, 80, 7500, 100_000)]
    ['0.01 s', '3.2 s', '12 s', '1 min 20 s', '2 h 5 min', '1 d 3 h']
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
    seconds = round(seconds)
    for size, unit, part, smaller in (
        (86400, "d", 3600, "h"),
        (3600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if seconds >= size:
            return f"{seconds // size} {unit} {seconds % size // part} {smaller}"
    return f"{seconds} s"
