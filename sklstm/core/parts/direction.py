"""Runs a cell over time, in one direction, over a packed batch.

The two directions differ in order only. Forward in time, the running batch shrinks from segment to
segment as short sequences end; backward in time it grows. In both cases the state of all B
sequences is one array, of which a segment reads and writes the first b columns: sequences that have
ended keep their final state, those that have not begun their initial one.
"""

import numpy as np

from ..cells.tape import TapeShape
from ..packing import Segment, numbered


class Direction:
    """A cell run in one direction.

    Parameters
    ----------
    cell : a cell of `sklstm.core.cells`
    n_inputs, hidden_size : int
    reverse : bool
        Whether to run from the last step to the first.
    name : str
        Identifies its tapes, and is the suffix of the names of its parameters: "l0_reverse".
    """

    def __init__(self, cell, n_inputs, hidden_size, reverse, name):
        self.cell = cell
        self.n_inputs = n_inputs
        self.hidden_size = hidden_size
        self.reverse = reverse
        self.name = name

    def in_order(self, items):
        """Steps or segments in the order of processing, or from that order to the order of time."""
        return items[::-1] if self.reverse else items

    def tape_shape(self, span, dtype, masked):
        """Size and kind of the tape of a span."""
        return TapeShape(span.n_steps, self.n_inputs, self.hidden_size, span.width, dtype, masked)

    def make_tape(self, span, dtype, masked):
        """A tape for a span.

        Parameters
        ----------
        span : Segment or Span
        dtype : dtype
        masked : bool
            Whether there is recurrent dropout.

        Returns
        -------
        Tape
        """
        return self.cell.tape(self.tape_shape(span, dtype, masked))

    def forward(self, arrays, spans, read, state, mask, tapes, with_steps=True):
        """Run the cell over all spans.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters, as the cell's `shapes` names them.
        spans : sequence of Segment or Span
        read : callable
            ``read(k, out)`` writes span k's input, in the order of time, to `out` (L, C, b);
            ``read(k)`` returns it.
        state : list of ndarrays of shape (rows, B)
            The initial states; replaced by the final ones.
        mask : ndarray of shape (H, B) or None
            Recurrent dropout, one mask per sequence.
        tapes : callable
            ``tapes(k, span)`` returns the tape of span k.
        with_steps : bool, default=True
            Whether to yield the hidden states at each step.

        Yields
        ------
        k : int
            The segment that was processed.
        out : ndarray of shape (L, H, b)
            Its hidden states in the order of time, a view into the tape.
        """
        weights, enter = self.open(arrays, read)
        for k, first, span in self.in_order(numbered(spans)):
            tape = tapes(k, span)
            enter(k, tape)
            part = _columns(mask, span.width)
            running = _first(state, span.width)
            tape.load(running, part)
            self.cell.forward(weights, tape, part)
            for slots, s in zip(tape.states, running, strict=True):
                s[...] = span.last(slots)
            if with_steps:
                yield from enumerate(span.views(self.in_order(tape.h[1:])), first)

    def open(self, arrays, read):
        """The weights as the cell's forward pass uses them, and how input is written to a tape.

        Parameters
        ----------
        arrays : dict of str to ndarray
        read : callable
            See `forward`.

        Returns
        -------
        weights : object
        enter : callable
            ``enter(k, tape)`` writes the input of span k to its tape.
        """

        def enter(k, tape):
            read(k, self.in_order(tape.x))

        return self.prepare(arrays), enter

    def prepare(self, arrays):
        """The weights as the cell and `run_span` use them.

        Parameters
        ----------
        arrays : dict of str to ndarray

        Returns
        -------
        object
        """
        return self.cell.prepare(arrays)

    def run(self, arrays, spans, read, state, with_steps):
        """Run a cell that has `run` over all spans, without tapes.

        Parameters
        ----------
        arrays, spans, read, state
            See `forward`.
        with_steps : bool
            Whether to yield the hidden states at each step.

        Yields
        ------
        k : int
            The segment that was processed.
        out : ndarray of shape (L, H, b)
            Its hidden states in the order of time.
        """
        weights = self.prepare(arrays)
        for k, first, span in self.in_order(numbered(spans)):
            out = None
            running = [s[:, : span.width] for s in state]
            if with_steps:
                shape = span.n_steps, self.hidden_size, span.width
                out = np.empty(shape, state[0].dtype)
            self.run_span(weights, self.in_order(read(k)), running, out, span.widths)
            if with_steps:
                yield from enumerate(span.views(self.in_order(out)), first)

    def run_span(self, weights, values, state, out, widths=None):
        """Run the cell over one span; see `Cell.run`.

        Parameters
        ----------
        weights : object
            The result of `prepare`.
        values : ndarray of shape (L, C, b)
            The input, in the order of processing.
        state : list of ndarrays of shape (rows, b)
        out : ndarray of shape (L, H, b) or None
        widths : ndarray of int64, shape (L,), or None
            See `Span`.
        """
        # One-hot vectors are bool.
        values = np.asarray(values, state[0].dtype)
        if widths is None:
            self.cell.run(weights, values, state, out)
        else:
            self.cell.run(weights, values, state, out, widths=widths)

    def step(self, arrays, with_steps):
        """The steps of a stream for a cell that has `run`.

        Parameters
        ----------
        arrays : dict of str to ndarray
        with_steps : bool
            Whether to return the hidden states at all new steps, or at the last one only.

        Returns
        -------
        callable
            See `PartStream`; its memory are the states. Hidden states are an array, or a list of
            one.
        """
        weights, run_span = self.prepare(arrays), self.run_span

        def step(values, state):
            if not with_steps:
                run_span(weights, values, state, None)
                return state[:1]
            h = state[0]
            out = np.empty((len(values), *h.shape), h.dtype)
            run_span(weights, values, state, out)
            return out

        return step

    def step_on_tape(self, arrays, n_streams, dtype):
        """The steps of a stream for any other cell, which takes them one by one.

        Parameters
        ----------
        arrays : dict of str to ndarray
        n_streams : int
        dtype : dtype

        Returns
        -------
        callable
            See `PartStream`; its memory are the states.
        """
        tape = self.make_tape(Segment(0, 1, n_streams), dtype, masked=False)
        values = None

        def read(k, out=None):
            step = values[k : k + 1]
            if out is None:
                return step
            out[...] = step
            return out

        weights, enter = self.open(arrays, read)

        def step(new, state):
            nonlocal values
            values = new
            out = np.empty((len(values), *state[0].shape), dtype)
            for k, h in enumerate(out):
                enter(k, tape)
                tape.load(state, None)
                self.cell.forward(weights, tape, None)
                for s, slots in zip(state, tape.states, strict=True):
                    s[...] = slots[-1]
                h[...] = state[0]
            return out

        return step

    def backward(self, arrays, spans, d_out, d_state, mask, tapes, gradient, cut_every):
        """Run the adjoint over all spans, and add to the gradient.

        Parameters
        ----------
        arrays, spans, mask, tapes
            As given to `forward`.
        d_out : list of ndarrays of shape (L, H, b), or None
            Derivatives by the hidden states, one array a segment, in the order of time.
        d_state : list of ndarrays of shape (rows, B)
            Derivatives by the final states; replaced by the derivatives by the initial ones.
        gradient : dict of str to ndarray
            The derivatives by the parameters; added to in place.
        cut_every : int or None
            The gradient is cut at multiples of this step: none passes to the step before.

        Yields
        ------
        first : int
            The first segment of the span that was processed.
        span : Segment or Span
        tape : Tape
            As the cell's `backward` left it, for `input_gradient`.
        """
        for k, first, span in self.in_order(numbered(spans))[::-1]:
            tape = tapes(k, span)
            width = span.width
            part = _columns(mask, width)
            running = _first(d_state, width)
            # Parts of arrays are copied: a cell works faster on arrays that are contiguous.
            d_now = d_state if running is d_state else [d.copy() for d in running]
            above = None
            if d_out is not None:
                above = self.in_order(span.joined(d_out[first : first + len(span.segments)]))
            self.cell.backward(arrays, tape, part, d_now, above)
            entry = span.stop if self.reverse else span.start
            if cut_every is not None and entry % cut_every == 0:
                for d in running:
                    d[...] = 0.0
            elif running is not d_state:
                for d, now in zip(running, d_now, strict=True):
                    d[...] = now
            self.cell.accumulate(tape, gradient)
            yield first, span, tape

    def input_gradient(self, arrays, tape):
        """Derivatives by the input of a tape's span, (L, C, b) in the order of time."""
        return self.in_order(self.cell.input_gradient(arrays, tape))


def _first(state, width):
    """The first columns of each state: `state` itself, if it has no others."""
    return state if state[0].shape[1] == width else [s[:, :width] for s in state]


def _columns(mask, width):
    return None if mask is None else np.ascontiguousarray(mask[:, :width])
