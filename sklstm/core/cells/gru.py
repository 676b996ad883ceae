r"""The gated recurrent unit (Cho et al. 2014), and the form of it that cuDNN and PyTorch run.

Gates stand in PyTorch's order r, z, n. W, U and b are their blocks in P: for x, for h, the bias.
For all t:

.. math::
    r_t, z_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r), \sigma(W_z x_t + U_z h_{t-1} + b_z) && (1)\\
    n_t &= \tanh(W_n x_t + b_n + r_t \odot q_t), \quad q_t = U_n h_{t-1} + b_{hn}        && (2)\\
    h_t &= n_t + z_t \odot (h_{t-1} - n_t)                                               && (3)

That is the form where the reset gate comes after the product. In the one of the paper it comes
before it, and instead of (2) there is

.. math::
    n_t = \tanh(W_n x_t + b_n + U_n q_t), \quad q_t = r_t \odot h_{t-1}                  && (4)

Backward, with :math:`\bar a` for the derivative of the loss by a (of a gate: by what its sigma or
tanh is taken of), from the last step to the first:

.. math::
    \bar z_t &= \bar h_t \odot (h_{t-1} - n_t)\, z_t (1 - z_t)                      && (5)\\
    \bar n_t &= \bar h_t \odot (1 - z_t) (1 - n_t^2)                                && (6)\\
    \bar q_t &= \bar n_t \odot r_t, \quad
        \bar r_t = \bar n_t \odot q_t\, r_t (1 - r_t)                               && (7)\\
    \bar h_{t-1} &= \bar h_t \odot z_t
        + U_n^T \bar q_t + U_r^T \bar r_t + U_z^T \bar z_t                          && (8)

and with the reset gate before the product, instead of (7) and (8),

.. math::
    \bar q_t &= U_n^T \bar n_t, \quad
        \bar r_t = \bar q_t \odot h_{t-1}\, r_t (1 - r_t)                           && (9)\\
    \bar h_{t-1} &= \bar h_t \odot z_t
        + \bar q_t \odot r_t + U_r^T \bar r_t + U_z^T \bar z_t                      && (10)

Recurrent dropout masks the h that enters a product, in (1), (2) and (4), and no other.

A step's blocks stand in the order q, r, z, n. What the input adds to r, z, n is there for all steps
of a segment before the first one runs, and so is the bias in q; the product with h then adds to
q, r, z at once. As in the LSTM, what multiplies the incoming gradients in (5), (6), (7) and (9) is
formed for all steps at once, and the sigmoid gates' weights are halved so that tanh serves them.

References
----------
.. [1] K. Cho et al. "Learning phrase representations using RNN encoder-decoder for statistical
   machine translation." EMNLP 2014, equations 5 to 8.
.. [2] J. Chung et al. "Empirical evaluation of gated recurrent neural networks on sequence
   modeling." arXiv:1412.3555, 2014.
"""

from functools import cached_property

import numpy as np

from ..checks import check_flag
from ..products import add_outer_products, add_product
from .base import PackedCell
from .tape import Tape


class GRU(PackedCell):
    """The gated recurrent unit: two gates, and no state but h.

    Rows in ``weights_`` stand in PyTorch's order: reset, update, new. "bias" is the sum of its two.

    Parameters
    ----------
    reset_after : bool, default=True
        Whether the reset gate multiplies what the recurrent matrix makes of the state, as in cuDNN
        and PyTorch, which saves a product and has one bias more, "bias_hn"; or, if False, the
        state before the product, as in the paper [1]_.

    References
    ----------
    .. [1] K. Cho et al. "Learning phrase representations using RNN encoder-decoder for statistical
       machine translation." EMNLP 2014, equations 5 to 8. There z and 1 - z have changed places.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.cells import GRU
    >>> X = np.random.default_rng(0).standard_normal((5, 4))
    >>> model = LSTMRegressor(3, cell=GRU(reset_after=False), max_iter=1).fit(X, X[:, -1])
    >>> sorted(model.gates(X))
    ['new', 'reset', 'update']
    """

    gates = ("reset", "update", "new")

    def __init__(self, reset_after=True):
        self.reset_after = reset_after

    def shapes(self, n_inputs, hidden_size):
        check_flag(self.reset_after, "reset_after")
        shapes = super().shapes(n_inputs, hidden_size)
        return {**shapes, "bias_hn": (hidden_size,)} if self.reset_after else shapes

    def initialize(self, rng, n_inputs, hidden_size):
        arrays = super().initialize(rng, n_inputs, hidden_size)
        return {**arrays, "bias_hn": np.zeros(hidden_size)} if self.reset_after else arrays

    def named(self, arrays):
        named = super().named(arrays)
        return {**named, "bias_hn": arrays["bias_hn"]} if self.reset_after else named

    def prepare_table(self, table):
        scale = np.ones(table.shape[1], table.dtype)
        scale[: 2 * len(scale) // 3] = 0.5
        return table * scale

    def prepare(self, arrays):
        """Weights as the forward pass wants them: the sigmoid gates' halved.

        Parameters
        ----------
        arrays : dict of str to ndarray

        Returns
        -------
        by_input : ndarray of shape (3 * H, C + 1)
            Of x and the bias, for r, z, n.
        by_state : list of F-ordered ndarrays of shape (rows, H)
            Of h: for q, r, z; or for r, z, and of q for n.
        bias_hn : ndarray of shape (H, 1) or None
        """
        packed = self.prepare_table(arrays["packed"])
        H = packed.shape[1] // 3
        by_state = [np.ascontiguousarray(block).T for block in self._products(packed[:H])]
        bias_hn = arrays["bias_hn"][:, None] if self.reset_after else None
        return packed[H:].T, by_state, bias_hn

    def _products(self, recurrent):
        """The columns r, z, n of the recurrent weights, by the products that they are used in."""
        H = len(recurrent)
        if self.reset_after:
            return [np.roll(recurrent, H, axis=1)]  # n's come first: they make q
        return [recurrent[:, : 2 * H], recurrent[:, 2 * H :]]

    def tape(self, shape):
        return GRUTape(shape)

    def activations(self, tape):
        _, r, z, n = tape.by_block
        return {"reset": r, "update": z, "new": n}

    def forward(self, weights, tape, mask):
        by_input, by_state, bias_hn = weights
        tape.enter(by_input, bias_hn)
        half, scratch = tape.half, tape.scratch
        for s_h, qrz, rz, q, r, z, n, h_before, h, s_h_next in tape.forward_steps:
            add_product(by_state[0], s_h, qrz if self.reset_after else rz)  # (1)
            np.tanh(rz, out=rz)
            np.multiply(rz, half, out=rz)
            np.add(rz, half, out=rz)
            if self.reset_after:
                np.multiply(r, q, out=scratch)  # (2)
                np.add(n, scratch, out=n)
            else:
                np.multiply(r, s_h, out=q)  # (4)
                add_product(by_state[1], q, n)
            np.tanh(n, out=n)
            np.subtract(h_before, n, out=h)  # (3)
            np.multiply(h, z, out=h)
            np.add(h, n, out=h)
            if mask is not None:
                np.multiply(h, mask, out=s_h_next)

    def backward(self, arrays, tape, mask, d_state, d_out):
        # Afterwards tape.d_projected holds the derivatives by what sigma and tanh are taken of, and
        # tape.blocks[:, :H] those by q, or q itself where the reset gate comes before the product.
        products = self._products(arrays["packed"][: tape.hidden_size])
        by_gates = np.asfortranarray(products[0])
        reset, update = tape.form_backward_factors(self.reset_after)
        (dh,), dh_masked = d_state, tape.scratch
        for k, (d_zn, d_qr, d_qrz, d_rz, d_r, d_n) in enumerate(tape.backward_steps, start=1):
            if d_out is not None:
                np.add(dh, d_out[-k], out=dh)
            np.multiply(d_zn, dh, out=d_zn)  # (5), (6)
            if self.reset_after:
                np.multiply(d_qr, d_n, out=d_qr)  # (7)
                np.matmul(by_gates, d_qrz, out=dh_masked)  # (8)
            else:
                np.matmul(products[1], d_n, out=dh_masked)  # (9)
                np.multiply(d_r, dh_masked, out=d_r)
                np.multiply(dh_masked, reset[-k], out=dh_masked)  # (10)
                add_product(by_gates, d_rz, dh_masked)
            if mask is not None:
                np.multiply(dh_masked, mask, out=dh_masked)
            np.multiply(dh, update[-k], out=dh)
            np.add(dh, dh_masked, out=dh)

    def accumulate(self, tape, gradient):
        H, packed = tape.hidden_size, gradient["packed"]
        add_outer_products(packed[H:], tape.inputs[:, H:], tape.d_projected)
        s_h, blocks = tape.inputs[:, :H], tape.blocks
        if self.reset_after:
            by_state = np.zeros((H, 3 * H), packed.dtype)
            add_outer_products(by_state, s_h, blocks[:, : 3 * H])
            packed[:H] += np.roll(by_state, -H, axis=1)
            gradient["bias_hn"] += blocks[:, :H].sum(axis=(0, 2))
            return
        gates, new = np.zeros((H, 2 * H), packed.dtype), np.zeros((H, H), packed.dtype)
        add_outer_products(gates, s_h, blocks[:, H : 3 * H])
        add_outer_products(new, blocks[:, :H], blocks[:, 3 * H :])
        packed[:H] += np.hstack([gates, new])


class GRUTape(Tape):
    """The arrays of a GRU over one segment, in the order of processing.

    Attributes
    ----------
    blocks : ndarray of shape (L, 4 * H, b)
        q, r, z, n after `GRU.forward`; derivatives after `GRU.backward`. `projected` and
        `d_projected` are the part of r, z, n.
    """

    def __init__(self, shape):
        super().__init__(shape)
        H, L, b = shape.hidden_size, shape.n_steps, shape.width
        self.blocks = np.empty((L, 4 * H, b), shape.dtype)
        self.projected = self.d_projected = self.blocks[:, H:]
        self.scratch = np.empty((H, b), shape.dtype)
        self.half = np.array(0.5, shape.dtype)

    @property
    def by_block(self):
        """q, r, z and n of all steps, each a view (L, H, b)."""
        return np.moveaxis(self.blocks.reshape(-1, 4, *self.scratch.shape), 1, 0)

    def enter(self, by_input, bias_hn):
        """Write to the blocks what does not depend on h, for all steps."""
        H = self.hidden_size
        if self.shape.projected:
            np.add(self.projected, by_input, out=self.projected)  # no input: the bias alone
        else:
            np.matmul(by_input, self.inputs[:-1, H:], out=self.projected)
        if bias_hn is not None:
            self.blocks[:, :H] = bias_hn

    # Slicing costs as much as a small product: the views of every step are made once.

    @cached_property
    def forward_steps(self):
        """What `GRU.forward` needs of each step."""
        H = self.hidden_size
        return [
            (
                self.inputs[k, :H],
                self.blocks[k, : 3 * H],
                self.blocks[k, H : 3 * H],
                *self.blocks[k].reshape(4, *self.scratch.shape),
                self.h[k],
                self.h[k + 1],
                self.inputs[k + 1, :H],
            )
            for k in range(len(self.blocks))
        ]

    @cached_property
    def backward_steps(self):
        """What `GRU.backward` needs of each step, the last one first."""
        H = self.hidden_size
        return [
            (
                self.blocks[k, 2 * H :].reshape(2, *self.scratch.shape),
                self.blocks[k, : 2 * H].reshape(2, *self.scratch.shape),
                self.blocks[k, : 3 * H],
                self.blocks[k, H : 3 * H],
                self.blocks[k, H : 2 * H],
                self.blocks[k, 3 * H :],
            )
            for k in reversed(range(len(self.blocks)))
        ]

    def form_backward_factors(self, reset_after):
        """Replace activations by what multiplies the gradients in (5), (6), (7) and (9).

        Parameters
        ----------
        reset_after : bool
            Which of (7) and (9) it is to be; q is left as it is for (9).

        Returns
        -------
        reset, update : ndarrays of shape (L, H, b)
            The gates, which the step itself still needs.
        """
        H, one = self.hidden_size, np.array(1, self.blocks.dtype)
        q, r, z, n = self.by_block
        reset, update = r.copy(), z.copy()
        slopes = one - self.blocks[:, H : 3 * H]
        np.multiply(r, slopes[:, :H], out=r)  # (7), (9)
        np.multiply(r, q if reset_after else self.inputs[:-1, :H], out=r)
        if reset_after:
            q[...] = reset
        rest = slopes[:, H:]
        np.multiply(z, rest, out=z)  # (5)
        np.multiply(z, self.h[:-1] - n, out=z)
        np.multiply(n, n, out=n)  # (6)
        np.subtract(one, n, out=n)
        np.multiply(n, rest, out=n)
        return reset, update
