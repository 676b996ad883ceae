r"""An LSTM with diagonal recurrence: a unit does not read the outputs of the other units.

The input is projected once, by one matrix W for all gates. For each gate k, a unit then has one
number for the projected input, :math:`w^k`, one for its own previous output, :math:`u^k`, and a
bias :math:`b^k`. Forward, for k in o, i, f, g, from the first step to the last:

.. math::
    a_t &= W x_t                                                         && (1)\\
    z^k_t &= w^k \odot a_t + b^k + u^k \odot h_{t-1}                     && (2)\\
    o_t, i_t, f_t, g_t &= \sigma(z^o_t), \sigma(z^i_t), \sigma(z^f_t), \tanh(z^g_t) && (3)\\
    c_t &= f_t \odot c_{t-1} + i_t \odot g_t                             && (4)\\
    h_t &= o_t \odot \tanh(c_t)                                          && (5)

Backward, from the last step to the first, with the factors F of the LSTM (equations 7 to 11 of
``core/kernels/lstm.py``), and m for recurrent dropout:

.. math::
    \bar c_t &\mathrel{+}= \bar h_t \odot F^c_t                          && (6)\\
    \bar z^o_t &= \bar h_t \odot F^o_t, \quad
        \bar z^{ifg}_t = \bar c_t \odot F^{ifg}_t                        && (7)\\
    \bar c_{t-1} &= \bar c_t \odot f_t                                   && (8)\\
    \bar h_{t-1} &= m \odot \sum_k u^k \odot \bar z^k_t                  && (9)

and after the loop, for all steps at once:

.. math::
    \bar a_t &= \sum_k w^k \odot \bar z^k_t                              && (10)\\
    \bar w^k &= \sum_t \bar z^k_t \odot a_t, \quad
        \bar u^k = \sum_t \bar z^k_t \odot h_{t-1}, \quad
        \bar b^k = \sum_t \bar z^k_t                                     && (11)\\
    \bar W &= \sum_t \bar a_t x_t^T, \quad \bar x_t = W^T \bar a_t       && (12)

A sum over t is also a sum over sequences. There is no matrix product in the loop over steps: a step
costs O(H) instead of O(H^2) per sequence, forward and backward.

References
----------
.. [1] P. Gonnet, T. Deselaers. "IndyLSTMs: independently recurrent LSTMs." arXiv:1903.08023, 2019,
   where each gate has a matrix for the input instead of a share in a common one.
.. [2] S. Li et al. "Independently recurrent neural network (IndRNN)." CVPR 2018: the same without
   gates.
"""

from functools import cached_property
from typing import Any

import numpy as np

from ..initializers import glorot_uniform
from ..kernels import lstm
from ..kernels.blocks import blocks
from ..products import add_outer_products
from ..types import Array, Arrays
from .base import Cell
from .tape import StackedTape, TapeShape, by_gate


class Diagonal(Cell):
    """An LSTM with diagonal recurrence: a unit does not read the outputs of the other units.

    The gates of a unit read the unit's own previous output and one projection of the input. A unit
    has C + 12 parameters, and a unit of the LSTM 4 (H + C + 1); units are combined only in the
    layer above. In ``weights_`` the gates are the rows of "weight_input" (w), "weight_recurrent"
    (u) and "bias", in PyTorch's order: input, forget, cell, output.

    Penalty and weight decay apply to the matrix, the projection. They do not apply to the
    parameters of which there is one per unit and gate, as is usual for biases and gains [3]_: a
    penalty on both the projection and the factors that multiply it would amount to a penalty on
    the absolute values of their products, which turns units off, and the recurrence has no other
    weights than these.

    References
    ----------
    .. [1] P. Gonnet, T. Deselaers. "IndyLSTMs: independently recurrent LSTMs." arXiv:1903.08023,
       2019. There each gate has a matrix for the input, here they share one.
    .. [2] S. Li, W. Li, C. Cook, C. Zhu, Y. Gao. "Independently recurrent neural network (IndRNN):
       building a longer and deeper RNN." CVPR 2018: the same without gates.
    .. [3] T. He et al. "Bag of tricks for image classification with convolutional neural networks."
       CVPR 2019, section 3.1, "no bias decay".

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> X = np.random.default_rng(0).standard_normal((5, 4))
    >>> model = LSTMRegressor(3, cell="diagonal", max_iter=1).fit(X, X[:, -1])
    >>> {name: array.shape for name, array in model.weights_.items() if name.endswith("l0")}
    {'weight_ih_l0': (3, 1), 'weight_input_l0': (4, 3), 'weight_recurrent_l0': (4, 3), \
'bias_l0': (4, 3)}
    """

    gates: tuple[str, ...] = ("output", "input", "forget", "cell")
    torch_order: tuple[int, ...] | None = (1, 2, 3, 0)
    gate_rows: tuple[str, ...] = ("weight_input", "weight_recurrent", "bias")
    has_projection: bool = True
    never_decay: tuple[str, ...] = ("bias", "weight_input", "weight_recurrent")

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        return {"projection": (n_inputs, hidden_size), "diagonal": (3, 4, hidden_size)}

    def initialize(self, rng: np.random.Generator, n_inputs: int, hidden_size: int) -> Arrays:
        # The LSTM's rules for weights, applied to matrices of one row and one column: Glorot for
        # the input, orthogonal for the recurrence, which gives signs. The forget bias is 1, in
        # contrast to the LSTM's default of 0.
        diagonal = np.zeros((3, 4, hidden_size))
        diagonal[0] = glorot_uniform(rng, 1, 1, (4, hidden_size))
        diagonal[1] = rng.choice([-1.0, 1.0], (4, hidden_size))
        diagonal[2, self.gates.index("forget")] = 1.0
        projection = glorot_uniform(rng, n_inputs, hidden_size, (n_inputs, hidden_size))
        return {"projection": projection, "diagonal": diagonal}

    def named(self, arrays: Arrays) -> Arrays:
        by_input, by_state, bias = arrays["diagonal"]
        return {
            "weight_ih": arrays["projection"].T,
            "weight_input": by_input,
            "weight_recurrent": by_state,
            "bias": bias,
        }

    def state_sizes(self, hidden_size: int) -> tuple[int, ...]:
        return hidden_size, hidden_size

    def split_input(self, arrays: Arrays) -> tuple[Arrays, Array]:
        return {"diagonal": arrays["diagonal"]}, arrays["projection"]

    def join_input(self, rest: Arrays, table: Array, gradient: Arrays) -> None:
        gradient["diagonal"] += rest["diagonal"]
        gradient["projection"] += table

    def prepare(self, arrays: Arrays) -> Any:
        """Weights for the forward pass: those of the sigmoid gates multiplied by 1/2.

        Parameters
        ----------
        arrays : dict of str to ndarray

        Returns
        -------
        projection : ndarray of shape (C, H) or None
        by_input, by_state, bias : ndarrays of shape (4, H, 1)
        """
        diagonal = arrays["diagonal"][..., None].copy()
        diagonal[:, :3] *= 0.5
        return arrays.get("projection"), *diagonal

    def new_tape(self, shape: TapeShape) -> Any:
        return DiagonalTape(shape)

    def activations(self, tape: Any) -> Arrays:
        return by_gate(self.gates, tape.gates)

    def forward(self, weights: Any, tape: Any, mask: Array | None) -> None:
        projection, by_input, by_state, bias = weights
        if not tape.shape.projected:
            np.matmul(projection.T, tape.x, out=tape.projected)  # (1)
        np.multiply(by_input, tape.projected[:, None], out=tape.by_gate)  # (2), all but u h
        np.add(tape.by_gate, bias, out=tape.by_gate)
        half, shares = tape.half, tape.shares
        scratch, shares_flat = tape.scratch, shares.reshape(tape.gates[0].shape)
        for s_h, z, oif, o, i, f, g, c_before, c, tanh_c, h, s_h_next in tape.forward_steps:
            np.multiply(by_state, s_h, out=shares)  # (2)
            np.add(z, shares_flat, out=z)
            np.tanh(z, out=z)  # (3)
            np.multiply(oif, half, out=oif)
            np.add(oif, half, out=oif)
            np.multiply(f, c_before, out=c)  # (4)
            np.multiply(i, g, out=scratch)
            np.add(c, scratch, out=c)
            np.tanh(c, out=tanh_c)  # (5)
            np.multiply(o, tanh_c, out=h)
            if mask is not None:
                np.multiply(h, mask, out=s_h_next)

    def backward(
        self,
        arrays: Arrays,
        tape: Any,
        mask: Array | None,
        d_state: list[Array],
        d_out: Array | None,
    ) -> None:
        # Afterwards tape.by_gate has the derivatives by all z_t, tape.d_projected those by all a_t.
        by_input, by_state, _ = arrays["diagonal"]
        by_state = by_state.reshape(-1, 1)
        lstm.form_factors(tape.c, tape.gates, tape.tanh_c, tape.forget)
        scratch, shares = tape.scratch, tape.shares
        shares_flat = shares.reshape(tape.gates[0].shape)
        dh, dc = d_state
        for k, (dz, dz_o, dz_ifg, factor_c, f) in enumerate(tape.backward_steps, start=1):
            if d_out is not None:
                np.add(dh, d_out[-k], out=dh)
            np.multiply(dh, factor_c, out=scratch)  # (6)
            np.add(dc, scratch, out=dc)
            np.multiply(dz_o, dh, out=dz_o)  # (7)
            np.multiply(dz_ifg, dc, out=dz_ifg)
            np.multiply(dc, f, out=dc)  # (8)
            np.multiply(by_state, dz, out=shares_flat)  # (9)
            np.add.reduce(shares, axis=0, out=dh)
            if mask is not None:
                np.multiply(dh, mask, out=dh)
        np.einsum("lkhb,kh->lhb", tape.by_gate, by_input, out=tape.d_projected)  # (10)

    def accumulate(self, tape: Any, gradient: Arrays) -> None:
        by_input, by_state, bias = gradient["diagonal"]
        dz, s_h = tape.by_gate, tape.inputs[:-1, : tape.hidden_size]
        by_input += np.einsum("lkhb,lhb->kh", dz, tape.projected)  # (11)
        by_state += np.einsum("lkhb,lhb->kh", dz, s_h)
        bias += dz.sum(axis=(0, 3))
        if not tape.shape.projected:
            add_outer_products(gradient["projection"], tape.x, tape.d_projected)  # (12)

    def input_gradient(self, arrays: Arrays, tape: Any) -> Array:
        return np.matmul(arrays["projection"], tape.d_projected)


class DiagonalTape(StackedTape):
    """The arrays of a diagonal cell over one segment.

    Parameters
    ----------
    shape : TapeShape

    Attributes
    ----------
    gates : ndarray of shape (L, 4 * H, b)
        Activations o, i, f, g after `Diagonal.forward`; derivatives by z after
        `Diagonal.backward`.
    by_gate : ndarray of shape (L, 4, H, b)
        A view of `gates`.
    c : ndarray of shape (L + 1, H, b)
        Cell states; slot 0 is the one before the first step.
    tanh_c : ndarray of shape (L, H, b)
    projected, d_projected : ndarray of shape (L, H, b)
        The projected input a_t, and the derivatives by it after `Diagonal.backward`.
    shares : ndarray of shape (4, H, b)
        Scratch, as is `scratch` (H, b).
    """

    def __init__(self, shape):
        super().__init__(shape)
        H, L, b = shape.hidden_size, shape.n_steps, shape.width
        self.gates = np.empty((L, 4 * H, b), shape.dtype)
        self.by_gate = self.gates.reshape(L, 4, H, b)
        self.c = np.empty((L + 1, H, b), shape.dtype)
        self.tanh_c = np.empty((L, H, b), shape.dtype)
        self.projected = np.empty_like(self.tanh_c)
        self.d_projected = np.empty_like(self.tanh_c)
        self.shares = np.empty((4, H, b), shape.dtype)
        self.scratch = np.empty((H, b), shape.dtype)
        self.half = np.array(0.5, shape.dtype)
        self.states = (self.h, self.c)

    # Slicing costs as much as a small operation: the views of each step are made once. Arrays of
    # the backward pass are not allocated for prediction.

    @cached_property
    def forget(self):
        """The forget gates, for (8), when those in `gates` are overwritten."""
        return np.empty_like(self.tanh_c)

    @cached_property
    def forward_steps(self):
        """The views that `Diagonal.forward` needs of each step."""
        H = self.hidden_size
        s_h, oif = self.inputs[:, :H], self.gates[:, : 3 * H]
        z = s_h[:-1], self.gates, oif, *blocks(self.gates, H)
        states = self.c[:-1], self.c[1:], self.tanh_c, self.h[1:], s_h[1:]
        return list(zip(*z, *states, strict=True))

    @cached_property
    def backward_steps(self):
        """The views that `Diagonal.backward` needs of each step, from the last to the first."""
        return lstm.backward_steps(self.gates, self.tanh_c, self.forget)
