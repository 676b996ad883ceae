r"""An LSTM whose units see nothing of each other: diagonal matrices for the recurrence.

The input is projected once, by one matrix W for all gates, and each unit then has for each gate k
one number for its share of that, :math:`w^k`, one for its own previous output, :math:`u^k`, and a
bias :math:`b^k`. For all t and for k in o, i, f, g:

.. math::
    a_t &= W x_t                                                         && (1)\\
    z^k_t &= w^k \odot a_t + u^k \odot h_{t-1} + b^k                     && (2)

and then equations (2) to (5) of the LSTM (``lstm.py``), whose tape and backward factors are used.
Backward, after (6) to (11) there:

.. math::
    \bar h_{t-1} &= \sum_k u^k \odot \bar z^k_t                          && (3)\\
    \bar a_t &= \sum_k w^k \odot \bar z^k_t, \quad \bar x_t = W^T \bar a_t,
        \quad \bar W = \sum_t \bar a_t x_t^T                             && (4)\\
    \bar w^k &= \sum_t \bar z^k_t \odot a_t, \quad
        \bar u^k = \sum_t \bar z^k_t \odot h_{t-1}, \quad
        \bar b^k = \sum_t \bar z^k_t                                     && (5)

A sum over t is also one over sequences. Only (3) is in the loop over steps, and no matrix product:
a step costs O(H) instead of O(H^2) per sequence, and so does a gradient.

References
----------
.. [1] P. Gonnet, T. Deselaers. "IndyLSTMs: independently recurrent LSTMs." arXiv:1903.08023, 2019,
   where each gate has a matrix for the input instead of a share in a common one.
.. [2] S. Li et al. "Independently recurrent neural network (IndRNN)." CVPR 2018: the same without
   gates.
"""

import numpy as np

from ..initializers import glorot_uniform
from ..products import add_outer_products
from .base import Cell
from .gated import by_gate, steps_backward
from .lstm import LSTMTape, steps_forward


class Diagonal(Cell):
    """An LSTM with diagonal recurrence: each unit has a memory of its own.

    A unit's gates see the unit's own last output, and the input projected to one number. It has
    C + 12 parameters where a unit of the LSTM has 4 (H + C + 1); what the units know of each other
    they learn in the layer above. In ``weights_`` the gates are the rows of "weight_input" (w),
    "weight_recurrent" (u) and "bias", in PyTorch's order: input, forget, cell, output.

    Penalty and weight decay are for matrices, here the projection. They leave alone what there is
    one of per unit and gate, as is usual for biases and gains [3]_: a penalty on both the
    projection and a unit's factors for it would be one on their products' absolute values, which
    shuts units, and the recurrence has no other weights than these.

    References
    ----------
    .. [1] P. Gonnet, T. Deselaers. "IndyLSTMs: independently recurrent LSTMs." arXiv:1903.08023,
       2019. There each gate has a matrix for the input, here all have shares in a common one.
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

    gates = ("output", "input", "forget", "cell")
    torch_order = (1, 2, 3, 0)
    gate_rows = ("weight_input", "weight_recurrent", "bias")
    has_projection = True
    never_decay = ("bias", "weight_input", "weight_recurrent")

    def shapes(self, n_inputs, hidden_size):
        return {"projection": (n_inputs, hidden_size), "diagonal": (3, 4, hidden_size)}

    def initialize(self, rng, n_inputs, hidden_size):
        # The LSTM's rules, also for matrices of one row and one column: Glorot for what the input
        # goes through, orthogonal for the recurrence, which makes signs, and forget bias 1.
        diagonal = np.zeros((3, 4, hidden_size))
        diagonal[0] = glorot_uniform(rng, 1, 1, (4, hidden_size))
        diagonal[1] = rng.choice([-1.0, 1.0], (4, hidden_size))
        diagonal[2, self.gates.index("forget")] = 1.0
        projection = glorot_uniform(rng, n_inputs, hidden_size, (n_inputs, hidden_size))
        return {"projection": projection, "diagonal": diagonal}

    def named(self, arrays):
        by_input, by_state, bias = arrays["diagonal"]
        return {
            "weight_ih": arrays["projection"].T,
            "weight_input": by_input,
            "weight_recurrent": by_state,
            "bias": bias,
        }

    def state_sizes(self, hidden_size):
        return hidden_size, hidden_size

    def split_input(self, arrays):
        return {"diagonal": arrays["diagonal"]}, arrays["projection"]

    def join_input(self, rest, table, gradient):
        gradient["diagonal"] += rest["diagonal"]
        gradient["projection"] += table

    def prepare(self, arrays):
        """Weights as the forward pass wants them: the sigmoid gates' halved.

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

    def tape(self, shape):
        return DiagonalTape(shape)

    def activations(self, tape):
        return by_gate(self.gates, tape.gates)

    def forward(self, weights, tape, mask):
        projection, by_input, by_state, bias = weights
        if not tape.shape.projected:
            np.matmul(projection.T, tape.x, out=tape.projected)  # (1)
        np.multiply(by_input, tape.projected[:, None], out=tape.by_gate)  # (2), the input's share
        np.add(tape.by_gate, bias, out=tape.by_gate)
        shares, shares_flat = tape.shares, tape.shares_flat

        def preactivate(s, z):
            np.multiply(by_state, s[: tape.hidden_size], out=shares)
            np.add(z, shares_flat, out=z)

        steps_forward(tape, preactivate, mask)

    def backward(self, arrays, tape, mask, d_state, d_out):
        # Afterwards tape.by_gate holds the derivatives by all z_t, tape.d_projected by all a_t.
        by_input, by_state, _ = arrays["diagonal"]
        by_state = by_state.reshape(-1, 1)
        shares, shares_flat = tape.shares, tape.shares_flat

        def pull_back(dz, dh):
            np.multiply(by_state, dz, out=shares_flat)  # (3)
            np.add.reduce(shares, axis=0, out=dh)

        tape.form_backward_factors(arrays)
        steps_backward(tape, pull_back, mask, d_state, d_out)
        np.einsum("lkhb,kh->lhb", tape.by_gate, by_input, out=tape.d_projected)  # (4)

    def accumulate(self, tape, gradient):
        by_input, by_state, bias = gradient["diagonal"]
        dz, s_h = tape.by_gate, tape.inputs[:-1, : tape.hidden_size]
        by_input += np.einsum("lkhb,lhb->kh", dz, tape.projected)  # (5)
        by_state += np.einsum("lkhb,lhb->kh", dz, s_h)
        bias += dz.sum(axis=(0, 3))
        if not tape.shape.projected:
            add_outer_products(gradient["projection"], tape.x, tape.d_projected)

    def input_gradient(self, arrays, tape):
        return np.matmul(arrays["projection"], tape.d_projected)


class DiagonalTape(LSTMTape):
    """The arrays of a diagonal cell over one segment: an LSTM's, and its projected input.

    Attributes
    ----------
    by_gate : ndarray of shape (L, 4, H, b)
        A view of `gates`.
    projected, d_projected : ndarray of shape (L, H, b)
        The projected input a_t, and the derivatives by it after `Diagonal.backward`.
    shares : ndarray of shape (4, H, b)
        Scratch, of which `shares_flat` (4 * H, b) is a view.
    """

    def __init__(self, shape):
        super().__init__(shape)
        self.by_gate = self.gates.reshape(-1, 4, *self.scratch.shape)
        self.projected = np.empty_like(self.tanh_c)
        self.d_projected = np.empty_like(self.tanh_c)
        self.shares_flat = np.empty_like(self.gates[0])
        self.shares = self.shares_flat.reshape(4, *self.scratch.shape)
