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

This is the kernel of the plain cell. With peepholes or hard-sigmoid gates, that of `gated` runs.

References
----------
.. [1] S. Hochreiter, J. Schmidhuber. "Long short-term memory." Neural Computation 9(8), 1997.
.. [2] F. Gers, J. Schmidhuber, F. Cummins. "Learning to forget: continual prediction with LSTM."
   Neural Computation 12(10), 2000.
"""

from functools import cached_property, partial

import numpy as np

from ..products import add_product
from .gated import GatedCell
from .tape import Tape


class LSTM(GatedCell):
    r"""The LSTM cell: by default the standard one, with a forget gate and without peepholes.

    Parameters
    ----------
    peepholes : bool, default=False
        Whether the gates see the cell state, each cell its own, through a weight: input and forget
        gate the one before the step, the output gate the one after it. This is what [4]_ calls the
        vanilla LSTM, and the estimators ``cell="peephole"``.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        "hard_sigmoid" is :math:`\min(1, \max(0, z / 6 + 1 / 2))`, as in PyTorch.
    forget_bias : float or "chrono", default=0.0
        First value of the forget gate's bias. With 0 a fresh cell halves at each step what it
        keeps, and noisy series are learned best; a positive value, such as 1, keeps it for longer
        [3]_. "chrono" is for memories of hundreds of steps: each unit draws :math:`b_f = \log u`
        with u uniform in [1, T - 1], and the input gate's bias is :math:`-b_f` [5]_. T is the
        number of steps of the longest training sequence, in patches where the estimator makes
        them.

    References
    ----------
    .. [1] S. Hochreiter, J. Schmidhuber. "Long short-term memory." Neural Computation 9(8), 1997.
    .. [2] F. Gers, J. Schmidhuber. "Recurrent nets that time and count." IJCNN 2000: peepholes.
    .. [3] R. Jozefowicz, W. Zaremba, I. Sutskever. "An empirical exploration of recurrent network
       architectures." ICML 2015, section 3.2.
    .. [4] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017 (arXiv:1503.04069).
    .. [5] C. Tallec, Y. Ollivier. "Can recurrent neural networks warp time?" ICLR 2018,
       equation 16.

    Examples
    --------
    >>> from sklstm.cells import LSTM
    >>> LSTM(peepholes=True)
    LSTM(peepholes=True)
    >>> LSTM().gates
    ('output', 'input', 'forget', 'cell')
    """

    def __init__(self, peepholes=False, gate_activation="sigmoid", forget_bias=0.0):
        super().__init__(peepholes, gate_activation, forget_bias)

    def tape(self, shape):
        is_plain = not self.peepholes and self.gate_activation == "sigmoid"
        return LSTMTape(shape) if is_plain else super().tape(shape)

    def forward(self, weights, tape, mask):
        # Equations (1) to (5).
        if not isinstance(tape, LSTMTape):
            super().forward(weights, tape, mask)
            return
        multiply = add_product if tape.shape.projected else np.matmul
        steps_forward(tape, partial(multiply, weights["packed"].T), mask)


def steps_forward(tape, preactivate, mask):
    """Run (1) to (5) over the steps of a segment.

    Parameters
    ----------
    tape : LSTMTape
    preactivate : callable
        ``preactivate(s, z)`` writes z_t, on the scale of `LSTM.prepare`, to z.
    mask : ndarray of shape (H, b) or None
    """
    half, scratch = tape.half, tape.scratch
    for s, z, sigmoids, o, i, f, g, c_before, c, tanh_c, h, s_h in tape.forward_steps:
        preactivate(s, z)  # (1)
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


class LSTMTape(Tape):
    """The arrays of a plain LSTM over one segment, in the order of processing.

    Attributes
    ----------
    gates : ndarray of shape (L, 4 * H, b)
        Activations o, i, f, g after `LSTM.forward`; derivatives by z after `GatedCell.backward`.
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
        """What `steps_forward` needs of each step."""
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
        """What `steps_backward` needs of each step, the last one first."""
        H = self.hidden_size
        return [
            (
                self.gates[k],
                self.gates[k, :H],
                self.gates[k, H:].reshape(3, *self.scratch.shape),
                self.tanh_c[k],
                self.forget[k],
            )
            for k in reversed(range(len(self.gates)))
        ]

    @cached_property
    def forget(self):
        """The forget gates, which (11) needs when those in `gates` are overwritten."""
        return np.empty_like(self.tanh_c)

    def form_backward_factors(self, arrays):
        """Replace activations by what multiplies the gradients in (6) to (11).

        Parameters
        ----------
        arrays : dict of str to ndarray
            The cell's parameters, which play no part.
        """
        o, i, f, g = np.moveaxis(self.gates.reshape(len(self.gates), 4, *self.scratch.shape), 1, 0)
        one = np.array(1, self.gates.dtype)
        self.forget[...] = f  # (11)
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
