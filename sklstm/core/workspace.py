"""The large arrays of a network, kept between batches."""

from collections import OrderedDict

from .threads import SINGLE


class Workspace:
    """Keeps the tapes between batches of one network.

    Parameters
    ----------
    history : bool
        Whether each span has its own tape, as `Network.backward` needs. If False, spans of one
        shape share a tape, which then stays in the cache.
    threads : Threads
        Those that share the work on a tape. Only a tape that can be divided, that of a cell which
        the compiled kernels compute, is given several.
    """

    # The full batch, the smaller last one of an epoch, and one more.
    _MAX_PATTERNS = 3
    # The parameters, and in training the gradient.
    _MAX_VECTORS = 2

    def __init__(self, history, threads=SINGLE):
        self.history = history
        self._threads = threads
        self._patterns = OrderedDict()
        self._views = []
        self._last = None, None

    def open(self, spans):
        """The tapes for a batch with spans of these shapes, new or from an earlier batch."""
        known, tapes = self._last
        if known is spans:
            return tapes
        pattern = tuple(_shape(span) for span in spans)
        tapes = self._patterns.pop(pattern, None)
        if tapes is None:
            tapes = Tapes(self.history, self._threads, pattern)
            if len(self._patterns) == self._MAX_PATTERNS:
                tapes.take_over(self._patterns.popitem(last=False)[1])
        self._last = spans, tapes
        self._patterns[pattern] = tapes
        return tapes

    def views(self, layout, flat):
        """The views of `ParameterLayout.views`, the same ones if `flat` is the vector of late."""
        for known, views in self._views:
            if known is flat:
                return views
        views = layout.views(flat)
        self._views = [(flat, views), *self._views[: self._MAX_VECTORS - 1]]
        return views

    @property
    def size(self):
        """Number of hidden states, in floats, on all tapes; each takes about ten floats."""
        return sum(tapes.size for tapes in self._patterns.values())


class Tapes:
    """The tapes of all directions and spans for batches of one shape.

    Attributes
    ----------
    size : int
        Number of hidden states, in floats, on all tapes.
    """

    def __init__(self, history, threads, pattern):
        self.size = 0
        self._pattern = pattern
        self._history = history
        self._threads = threads
        self._tapes = {}

    def take_over(self, others):
        """Use tapes that are given up. Memory that is new to the process takes longer to write."""
        for key, tape in others._tapes.items():
            shape = others._shape(key)
            if shape == self._shape(key):
                self._tapes[key] = tape
                self.size += shape[0] * shape[1] * tape.h.shape[1]

    def _shape(self, key):
        """The shape of the tape with a key, or None if there is no such span."""
        place = key[-1]
        if not self._history:
            return place if place in self._pattern else None
        return self._pattern[place] if place < len(self._pattern) else None

    def getter(self, direction, dtype, masked):
        """``get(k, span)`` for the tapes of one direction."""
        tapes, history, name = self._tapes, self._history, direction.name

        def get(k, span):
            key = (name, masked, k if history else _shape(span))
            if key not in tapes:
                tapes[key] = direction.make_tape(span, dtype, masked)
                if self._threads.n > 1:
                    tapes[key].threads = self._threads
                self.size += span.n_steps * span.width * direction.hidden_size
            if span.widths is not None:
                tapes[key].widths = span.widths
            return tapes[key]

        return get


def _shape(span):
    return span.n_steps, span.width, span.widths is not None
