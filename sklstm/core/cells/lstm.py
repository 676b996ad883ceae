r"""The long short-term memory cell (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).

Gates stand in the order o, i, f, g, so that the three sigmoid gates are one block (o, i, f), and
so are the three whose gradient passes through the cell state (i, f, g). For all t:

.. math::
    z_t &= P^T s_t                                              && (1)\\
    o_t, i_t, f_t &= \sigma(z^o_t), \sigma(z^i_t), \sigma(z^f_t) && (2)\\
    g_t &= \tanh(z^g_t)                                         && (3)\\
    c_t &= f_t \odot c_{t-1} + i_t \odot g_t                    && (4)\\
    h_t &= o_t \odot \tanh(c_t)                                 && (5)

Backward, with :math:`\bar a` for the derivative of the loss by a, from the last step to the first:

.. math::
    \bar c_t &\mathrel{+}= \bar h_t \odot o_t (1 - \tanh^2 c_t)  && (6)\\
    \bar z^o_t &= \bar h_t \odot \tanh(c_t)\, o_t (1 - o_t)      && (7)\\
    \bar z^i_t &= \bar c_t \odot g_t\, i_t (1 - i_t)             && (8)\\
    \bar z^f_t &= \bar c_t \odot c_{t-1}\, f_t (1 - f_t)         && (9)\\
    \bar z^g_t &= \bar c_t \odot i_t (1 - g_t^2)                 && (10)\\
    \bar c_{t-1} &= \bar c_t \odot f_t                           && (11)\\
    \bar s_t &= P \bar z_t, \quad \bar P = \sum_t s_t \bar z_t^T && (12)

In (7) to (10) what multiplies the incoming gradient depends on the forward pass only: these
factors are formed for all steps of a segment at once, and only the products stay in the loop.

Since sigma(x) = (1 + tanh(x / 2)) / 2, halving the sigmoid gates' weights once per batch leaves a
single tanh over all four gates.

References
----------
.. [1] S. Hochreiter, J. Schmidhuber. "Long short-term memory." Neural Computation 9(8), 1997.
.. [2] F. Gers, J. Schmidhuber, F. Cummins. "Learning to forget: continual prediction with LSTM."
   Neural Computation 12(10), 2000.
"""

from functools import cached_property

import numpy as np

from ..products import add_product
from .base import PackedCell
from .tape import Tape


class LSTM(PackedCell):
    """The standard LSTM cell: forget gate, no peepholes.

    Examples
    --------
    >>> from sklstm.core.cells import LSTM
    >>> LSTM()
    LSTM()
    """

    gates = ("output", "input", "forget", "cell")
    # Where PyTorch's gates (i, f, g, o) stand among ours.
    torch_order = (1, 2, 3, 0)

    def initialize(self, rng, n_inputs, hidden_size):
        arrays = super().initialize(rng, n_inputs, hidden_size)
        biases = arrays["packed"][-1].reshape(len(self.gates), -1)
        biases[self.gates.index("forget")] = 1.0  # remember, until learned otherwise
        return arrays

    def state_sizes(self, hidden_size):
        return hidden_size, hidden_size

    def prepare(self, arrays):
        return self.prepare_table(arrays["packed"])

    def prepare_table(self, table):
        scale = np.ones(table.shape[1], table.dtype)
        scale[: 3 * len(scale) // 4] = 0.5
        return table * scale

    def tape(self, shape):
        return LSTMTape(shape)

    def activations(self, tape):
        L, rows, width = tape.gates.shape
        split = tape.gates.reshape(L, len(self.gates), -1, width)
        return {gate: split[:, k] for k, gate in enumerate(self.gates)}

    def forward(self, weights, tape, mask):
        # Equations (1) to (5), step by step.
        weights, half, scratch = weights.T, tape.half, tape.scratch
        multiply = add_product if tape.shape.projected else np.matmul
        for s, z, sigmoids, o, i, f, g, c_before, c, tanh_c, h, s_h in tape.forward_steps:
            multiply(weights, s, z)  # (1)
            np.tanh(z, out=z)  # (2), (3)
            np.multiply(sigmoids, half, out=sigmoids)
            np.add(sigmoids, half, out=sigmoids)
            np.multiply(f, c_before, out=c)  # (4)
            np.multiply(i, g, out=scratch)
            np.add(c, scratch, out=c)
            np.tanh(c, out=tanh_c)  # (5)
            np.multiply(o, tanh_c, out=h)
            if mask is not None:
                np.multiply(h, mask, out=s_h)

    def backward(self, arrays, tape, mask, d_state, d_out):
        # Equations (6) to (11), the last step first. The gates' values give way to the
        # derivatives by all z_t, which `accumulate` and `input_gradient` need for (12).
        recurrent, scratch = arrays["packed"][: tape.hidden_size], tape.scratch
        forget = tape.form_backward_factors()
        dh, dc = d_state
        steps = zip(tape.backward_steps, forget[::-1], strict=True)
        for k, ((dz, dz_o, dz_ifg, dc_by_dh), f) in enumerate(steps, start=1):
            if d_out is not None:
                np.add(dh, d_out[-k], out=dh)
            np.multiply(dh, dc_by_dh, out=scratch)  # (6)
            np.add(dc, scratch, out=dc)
            np.multiply(dz_o, dh, out=dz_o)  # (7)
            np.multiply(dz_ifg, dc, out=dz_ifg)  # (8), (9), (10)
            np.multiply(dc, f, out=dc)  # (11)
            np.matmul(recurrent, dz, out=dh)  # (12)
            if mask is not None:
                np.multiply(dh, mask, out=dh)


class LSTMTape(Tape):
    """The arrays of an LSTM over one segment, in the order of processing.

    Attributes
    ----------
    gates : ndarray of shape (L, 4 * H, b)
        Activations o, i, f, g after `LSTM.forward`; derivatives by z after `LSTM.backward`.
        `projected` and `d_projected` are the same array.
    c : ndarray of shape (L + 1, H, b)
        Cell states; slot 0 is the one before the first step.
    tanh_c : ndarray of shape (L, H, b)
    """

    def __init__(self, shape):
        super().__init__(shape)
        H, L, b = shape.hidden_size, shape.n_steps, shape.width
        self.gates = self.projected = self.d_projected = np.empty((L, 4 * H, b), shape.dtype)
        self.c = np.empty((L + 1, H, b), shape.dtype)
        self.tanh_c = np.empty((L, H, b), shape.dtype)
        self.scratch = np.empty((H, b), shape.dtype)
        self.half = np.array(0.5, shape.dtype)
        self.states = (self.h, self.c)

    # Slicing costs as much as a small product: the views of every step are made once.

    @cached_property
    def forward_steps(self):
        """What `LSTM.forward` needs of each step."""
        H = self.hidden_size
        return [
            (
                self.inputs[k],
                self.gates[k],
                self.gates[k, : 3 * H],
                *self.gates[k].reshape(4, *self.scratch.shape),
                self.c[k],
                self.c[k + 1],
                self.tanh_c[k],
                self.h[k + 1],
                self.inputs[k + 1, :H],
            )
            for k in range(len(self.gates))
        ]

    @cached_property
    def backward_steps(self):
        """What `LSTM.backward` needs of each step, the last one first."""
        H = self.hidden_size
        return [
            (
                self.gates[k],
                self.gates[k, :H],
                self.gates[k, H:].reshape(3, *self.scratch.shape),
                self.tanh_c[k],
            )
            for k in reversed(range(len(self.gates)))
        ]

    def form_backward_factors(self):
        """Replace activations by what multiplies the gradients in (6) to (10).

        Returns
        -------
        ndarray of shape (L, H, b)
            The forget gates, which (11) still needs.
        """
        o, i, f, g = np.moveaxis(self.gates.reshape(len(self.gates), 4, *self.scratch.shape), 1, 0)
        one = np.array(1, self.gates.dtype)
        forget = f.copy()
        slopes = one - self.gates[:, : 3 * self.hidden_size]
        slopes *= self.gates[:, : 3 * self.hidden_size]
        slope_o, slope_i, slope_f = np.moveaxis(slopes.reshape(len(slopes), 3, *o.shape[1:]), 1, 0)
        np.multiply(slope_f, self.c[:-1], out=f)  # (9)
        np.multiply(slope_i, g, out=slope_i)  # (8)
        np.multiply(g, g, out=g)  # (10)
        np.subtract(one, g, out=g)
        np.multiply(g, i, out=g)
        i[...] = slope_i
        tanh_c = self.tanh_c
        np.multiply(slope_o, tanh_c, out=slope_o)  # (7)
        np.multiply(tanh_c, tanh_c, out=tanh_c)  # (6)
        np.subtract(one, tanh_c, out=tanh_c)
        np.multiply(tanh_c, o, out=tanh_c)
        o[...] = slope_o
        return forget
