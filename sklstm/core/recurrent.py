"""Runs a cell over time, in one direction, over a packed batch.

The two directions differ in order only. Forward in time, the running batch shrinks from segment to
segment as short sequences end; backward in time it grows. Either way the state of all B sequences
is one array, of which a segment reads and writes the first b columns: those that have ended keep
their last state, those that have not begun keep their initial one.
"""

import numpy as np
from scipy.linalg.blas import dgemm, sgemm


class Direction:
    """One cell, one direction, with its place in the network.

    Parameters
    ----------
    cell : a cell of `sklstm.core.cells`
    n_inputs, hidden_size : int
    reverse : bool
        Whether to run from the last step to the first.
    name : str
        Its parameters' name in the layout.
    """

    def __init__(self, cell, n_inputs, hidden_size, reverse, name):
        self.cell = cell
        self.n_inputs = n_inputs
        self.hidden_size = hidden_size
        self.reverse = reverse
        self.name = name

    def in_order(self, items):
        """Steps, or segments, in the order of processing; and back in the order of time."""
        return items[::-1] if self.reverse else items

    def forward(self, packed, segments, fill, state, mask, tapes):
        """Run the cell over all segments.

        Parameters
        ----------
        packed : ndarray of shape (H + C + 1, G)
            The packed weights.
        segments : sequence of Segment
        fill : callable
            ``fill(k, out)`` writes segment k's input, in the order of time, to `out` (L, C, b).
        state : list of ndarrays of shape (H, B)
            The initial states; replaced by the final ones.
        mask : ndarray of shape (H, B) or None
            Recurrent dropout, one mask per sequence.
        tapes : callable
            ``tapes(k, segment)`` gives the tape of segment k.

        Yields
        ------
        k : int
            The segment just done.
        out : ndarray of shape (L, H, b)
            Its hidden states in the order of time, a view into the tape.
        """
        weights = self.cell.prepare(packed)
        for k in self.in_order(range(len(segments))):
            segment = segments[k]
            tape = tapes(k, segment)
            fill(k, self.in_order(tape.x))
            part = _columns(mask, segment.width)
            tape.load([s[:, : segment.width] for s in state], part)
            self.cell.forward(weights, tape, part)
            for slots, s in zip(tape.states, state, strict=True):
                s[:, : segment.width] = slots[-1]
            yield k, self.in_order(tape.h[1:])

    def backward(self, packed, segments, d_out, d_state, mask, tapes, gradient, cut_every):
        """Run the adjoint over all segments, and add to the gradient.

        Parameters
        ----------
        packed, segments, mask, tapes
            As given to `forward`.
        d_out : list of ndarrays of shape (L, H, b), or None
            Per segment, in the order of time: derivatives by the hidden states.
        d_state : list of ndarrays of shape (H, B)
            Derivatives by the final states; replaced by those by the initial ones.
        gradient : ndarray of shape (H + C + 1, G)
            Is added to.
        cut_every : int or None
            No gradient passes from one step back to the one before it at multiples of this.

        Yields
        ------
        k : int
            The segment just done.
        tape : Tape
            With ``d_gates`` set, for `input_gradient`.
        """
        for k in self.in_order(range(len(segments)))[::-1]:
            segment = segments[k]
            tape = tapes(k, segment)
            width = segment.width
            part = _columns(mask, width)
            d_now = [d[:, :width].copy() for d in d_state]
            above = None if d_out is None else self.in_order(d_out[k])
            self.cell.backward(packed, tape, part, d_now, above)
            entry = segment.stop if self.reverse else segment.start
            cut = cut_every is not None and entry % cut_every == 0
            for d, now in zip(d_state, d_now, strict=True):
                d[:, :width] = 0.0 if cut else now
            add_outer_products(gradient, tape.inputs, tape.d_gates)
            yield k, tape

    def input_gradient(self, packed, tape):
        """Derivatives by the input of a tape's segment, (L, C, b) in the order of time; (12)."""
        by_input = packed[self.hidden_size : -1]
        return self.in_order(np.matmul(by_input, tape.d_gates))


def _columns(mask, width):
    return None if mask is None else np.ascontiguousarray(mask[:, :width])


def add_outer_products(gradient, inputs, d_gates):
    """Add sum over steps of s_t z̄_tᵀ, equation (12), to `gradient`, in place.

    Parameters
    ----------
    gradient : C-ordered ndarray of shape (K, G)
    inputs : ndarray of shape (at least L, K, b)
    d_gates : ndarray of shape (L, G, b)
    """
    gemm = sgemm if gradient.dtype == np.float32 else dgemm
    for s, dz in zip(inputs, d_gates, strict=False):
        # BLAS counts in columns: the transposes of C-ordered arrays are what it takes uncopied.
        gemm(1.0, dz.T, s.T, beta=1.0, c=gradient.T, trans_a=True, overwrite_c=True)
