"""A recurrent layer: one direction, or two of them side by side."""

from functools import cached_property

import numpy as np

from ..messages import shorten
from ..packing import numbered
from .base import HiddenStates, Part, PartStream
from .direction import Direction
from .dropout import draw_mask
from .token_direction import TokenDirection


class Layer(Part):
    """A recurrent layer.

    Parameters
    ----------
    cell : a cell of `sklstm.core.cells`
    n_inputs, hidden_size : int
        C and H.
    depth : int
        Its number, from 0 for the first layer.
    dtype : dtype
    bidirectional : bool
    reads_tokens : bool
        Whether the part below returns tokens, to look up the input weights. The parameters that are
        passed to `forward`, `backward` and `stream` are then a list with the `SplitArrays` of each
        direction, and the derivatives by the tokens are None.

    Attributes
    ----------
    directions : list of Direction
    streams_last_step_only : bool
        Whether the step of `stream` returns the last one of its steps only.
    """

    streams_last_step_only = False

    def __init__(self, cell, n_inputs, hidden_size, depth, dtype, bidirectional, reads_tokens):
        self.cell = cell
        self.n_inputs = n_inputs
        self.hidden_size = hidden_size
        self.depth = depth
        self.dtype = dtype
        self.name = name = f"l{depth}"
        self.reads_tokens = reads_tokens
        kind = TokenDirection if reads_tokens else Direction
        self.directions = [kind(cell, n_inputs, hidden_size, False, name)]
        if bidirectional:
            self.directions.append(kind(cell, n_inputs, hidden_size, True, f"{name}_reverse"))

    @property
    def never_decay(self):
        return self.cell.never_decay

    def rows(self, j):
        """The rows of direction j among the layer's.

        Parameters
        ----------
        j : int

        Returns
        -------
        slice
        """
        return slice(j * self.hidden_size, (j + 1) * self.hidden_size)

    # Parameters

    def shapes(self):
        shapes = self.cell.shapes(self.n_inputs, self.hidden_size)
        if len(self.directions) > 1:
            shapes |= {f"{name}.reverse": shape for name, shape in shapes.items()}
        return shapes

    def by_direction(self, arrays):
        """The layer's arrays by direction, with the names of the cell.

        Parameters
        ----------
        arrays : dict of str to ndarray
            As in `shapes`.

        Returns
        -------
        list of dict of str to ndarray
        """
        if len(self.directions) == 1:
            return [arrays]
        names = list(arrays)[: len(arrays) // 2]
        return [
            {name: arrays[name] for name in names},
            {name: arrays[f"{name}.reverse"] for name in names},
        ]

    def _in_use(self, arrays):
        """The arrays that each direction works with."""
        return arrays if self.reads_tokens else self.by_direction(arrays)

    def initialize(self, arrays, rng, n_steps=None):
        cell = self.cell if n_steps is None else self.cell.for_length(n_steps)
        for own in self.by_direction(arrays):
            values = cell.initialize(rng, self.n_inputs, self.hidden_size)
            _check_shapes(self.cell, values, own)
            for name, array in values.items():
                own[name][...] = array

    def named(self, arrays):
        return {
            f"{kind}_{d.name}": array
            for d, own in zip(self.directions, self.by_direction(arrays), strict=True)
            for kind, array in self.cell.named(own).items()
        }

    # States and masks, by direction

    @cached_property
    def state_sizes(self):
        """Number of rows of each state, h first."""
        sizes = self.cell.state_sizes(self.hidden_size)
        if not isinstance(sizes, tuple) or sizes[:1] != (self.hidden_size,):
            raise ValueError(
                f"{shorten(self.cell)}.state_sizes({self.hidden_size}) is {shorten(sizes)}; "
                "expected a tuple of "
                f"int whose first one, for h, is hidden_size={self.hidden_size}."
            )
        return sizes

    def zero_state(self, n_sequences):
        """Initial states.

        Parameters
        ----------
        n_sequences : int
            B.

        Returns
        -------
        list (directions) of list (states) of ndarray of shape (rows, B)
        """
        return [
            [np.zeros((rows, n_sequences), self.dtype) for rows in self.state_sizes]
            for _ in self.directions
        ]

    def draw_recurrent_masks(self, rng, rate, n_sequences):
        """Recurrent dropout, one mask for all steps of a sequence.

        Parameters
        ----------
        rng : numpy.random.Generator
        rate : float
        n_sequences : int
            B.

        Returns
        -------
        list (directions) of ndarray of shape (H, B), or of None
        """
        shape = (self.hidden_size, n_sequences)
        return [draw_mask(rng, rate, shape, self.dtype) for _ in self.directions]

    # Forward and backward

    def forward(self, arrays, below, trace):
        def final():
            for _ in self._blocks(arrays, below, trace, with_steps=False):
                pass
            return np.concatenate([state[0] for state in trace.state[self.depth]])

        return HiddenStates(self._blocks(arrays, below, trace, with_steps=True), final), None

    def _blocks(self, arrays, read, trace, with_steps):
        for j, own in enumerate(self._in_use(arrays)):
            d, rows = self.directions[j], self.rows(j)
            spans, state = trace.batch.spans, trace.state[self.depth][j]
            mask = trace.masks.recurrent[self.depth][j]
            if self.cell.has_run and mask is None and not trace.history:
                steps = d.run(own, spans, read, state, with_steps)
            else:
                tapes = trace.tapes.getter(d, self.dtype, mask is not None)
                steps = d.forward(own, spans, read, state, mask, tapes, with_steps)
            for k, out in steps:
                yield k, rows, out

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        d_out, d_final = d_above
        wanted = wanted and not self.reads_tokens
        d_input = [None] * len(trace.batch.segments) if wanted else None
        d_states = self.zero_state(len(trace.batch))
        by_direction = self._in_use(arrays), self._in_use(gradient)
        for j, (own, d_own) in enumerate(zip(*by_direction, strict=True)):
            d = self.directions[j]
            rows = self.rows(j)
            if d_final is not None:
                d_states[j][0][...] = d_final[rows]
            mask = trace.masks.recurrent[self.depth][j]
            for first, span, tape in d.backward(
                own,
                trace.batch.spans,
                None if d_out is None else [block[:, rows] for block in d_out],
                d_states[j],
                mask,
                trace.tapes.getter(d, self.dtype, mask is not None),
                d_own,
                trace.cut_every,
            ):
                blocks = span.views(d.input_gradient(own, tape)) if wanted else ()
                for k, block in enumerate(blocks, first):
                    d_input[k] = block if d_input[k] is None else d_input[k] + block
        return d_input

    # Hidden states and gates of a pass with history

    def hidden_states(self, trace):
        """The hidden states of a pass.

        Parameters
        ----------
        trace : Trace
            With history.

        Yields
        ------
        k : int
            The segment.
        rows : slice
            The direction's rows among the layer's.
        arrays : dict of str to ndarray of shape (L, H, b)
            "h", in the order of time.
        """
        return self._read(trace, lambda tape: {"h": tape.h[1:]})

    def states(self, trace):
        """The states of the cell in a pass.

        Parameters
        ----------
        trace : Trace
            With history.

        Yields
        ------
        k, rows
            See `hidden_states`.
        arrays : dict of str to ndarray of shape (L, H, b)
            "h", and "c" if the cell has a second state of H rows, in the order of time.
        """
        names = ("h", "c") if self.state_sizes[1:2] == (self.hidden_size,) else ("h",)

        def read(tape):
            return {name: tape.states[k][1:] for k, name in enumerate(names)}

        return self._read(trace, read)

    def activations(self, trace):
        """The activations of the gates in a pass.

        Parameters
        ----------
        trace : Trace
            With history.

        Yields
        ------
        k, rows
            See `hidden_states`.
        arrays : dict of str to ndarray of shape (L, H, b)
            By gate, in the order of time.
        """
        return self._read(trace, self.cell.activations)

    def _read(self, trace, read):
        for j, d in enumerate(self.directions):
            masked = trace.masks.recurrent[self.depth][j] is not None
            get = trace.tapes.getter(d, self.dtype, masked)
            for number, first, span in numbered(trace.batch.spans):
                arrays = read(get(number, span))
                views = [span.views(d.in_order(array)) for array in arrays.values()]
                for k, values in enumerate(zip(*views, strict=True), first):
                    yield k, self.rows(j), dict(zip(arrays, values, strict=True))

    # Step by step

    def stream(self, arrays, n_streams):
        if len(self.directions) > 1:
            raise ValueError("A bidirectional layer cannot be run step by step.")
        [direction], [own] = self.directions, self._in_use(arrays)
        sizes = [(rows,) for rows in self.state_sizes]
        if self.cell.has_run:
            step = direction.step(own, not self.streams_last_step_only)
        else:
            step = direction.step_on_tape(own, n_streams, self.dtype)
        return PartStream(step, sizes)


def _check_shapes(cell, arrays, views):
    got, expected = ({n: np.shape(a) for n, a in sorted(x.items())} for x in (arrays, views))
    if got != expected:
        raise ValueError(f"{shorten(cell)}.initialize gives {got}, but its shapes are {expected}.")
