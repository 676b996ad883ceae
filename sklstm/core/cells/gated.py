r"""LSTM cells with peepholes, and all their variants: one kernel (Greff et al. 2017, appendix A).

Gates stand in the order o, i, f, g, without those that a variant lacks; :math:`\sigma` is the gate
activation. Peepholes p are vectors: i and f see the cell state before the step, o the one after it.
For all t:

.. math::
    z_t &= P^T s_t                                                                 && (1)\\
    i_t, f_t &= \sigma(z^i_t + p_i \odot c_{t-1}), \sigma(z^f_t + p_f \odot c_{t-1}) && (2)\\
    g_t &= \tanh(z^g_t)                                                            && (3)\\
    c_t &= f_t \odot c_{t-1} + i_t \odot g_t                                       && (4)\\
    y_t &= \tanh(c_t)                                                              && (5)\\
    o_t &= \sigma(z^o_t + p_o \odot c_t)                                           && (6)\\
    h_t &= o_t \odot y_t                                                           && (7)

A variant changes one thing: a gate is 1, or f is 1 - i, or a tanh is the identity (see `variants`);
or there are more terms in (2) and (6) (see `fgr`).

Backward, with :math:`\bar a` for the derivative of the loss by a, but :math:`\bar z` for those by
all that is inside of a gate's activation, from the last step to the first:

.. math::
    \bar c_t &\mathrel{+}= \bar h_t \odot F^h_t,
        & F^h_t &= o_t \tanh'(c_t) + p_o \odot F^o_t              && (8)\\
    \bar z^o_t &= \bar h_t \odot F^o_t, & F^o_t &= \sigma'_t \odot y_t         && (9)\\
    \bar z^i_t &= \bar c_t \odot F^i_t, & F^i_t &= \sigma'_t \odot g_t         && (10)\\
    \bar z^f_t &= \bar c_t \odot F^f_t, & F^f_t &= \sigma'_t \odot c_{t-1}     && (11)\\
    \bar z^g_t &= \bar c_t \odot F^g_t, & F^g_t &= \tanh'_t \odot i_t          && (12)\\
    \bar c_{t-1} &= \bar c_t \odot F^c_t,
        & F^c_t &= f_t + p_i \odot F^i_t + p_f \odot F^f_t        && (13)\\
    \bar s_t &= P \bar z_t, & \bar P &= \sum_t s_t \bar z_t^T     && (14)\\
    \bar p_i &= \sum_t \bar z^i_t \odot c_{t-1}, \;
    \bar p_f = \sum_t \bar z^f_t \odot c_{t-1},
        & \bar p_o &= \sum_t \bar z^o_t \odot c_t                 && (15)

Where f is 1 - i there is no (11), and :math:`F^i_t = \sigma'_t \odot (g_t - c_{t-1})`.

The factors F depend on the forward pass only: they are formed for all steps of a segment at once.
What stays in the loop is then the same for all cells, with peepholes or without.

References
----------
.. [1] K. Greff, R. Srivastava, J. Koutník, B. Steunebrink, J. Schmidhuber. "LSTM: a search space
   odyssey." IEEE Transactions on Neural Networks and Learning Systems 28(10), 2017;
   arXiv:1503.04069.
.. [2] F. Gers, J. Schmidhuber. "Recurrent nets that time and count." IJCNN 2000: peepholes.
"""

from copy import copy
from functools import cached_property, partial

import numpy as np

from ..checks import check_flag, check_number
from ..products import add_product
from .base import PackedCell
from .gate_activations import gate_activation
from .tape import Tape


class GatedCell(PackedCell):
    """Base of the LSTM and of its variants, which say in class attributes what they change.

    Parameters
    ----------
    peepholes : bool
    gate_activation : {"sigmoid", "hard_sigmoid"}
    forget_bias : float or "chrono"

    Attributes
    ----------
    gates : tuple of str
        Those of output, input, forget and cell that the cell has, in this order; others are 1.
    coupled : bool
        Whether f is 1 - i; then it is not among `gates`.
    squashes_input, squashes_output : bool
        Whether there is a tanh in (3), and in (5).
    """

    gates = ("output", "input", "forget", "cell")
    coupled = False
    squashes_input = True
    squashes_output = True
    _longest = None  # steps of the longest training sequence, see `for_length`

    def __init__(self, peepholes=True, gate_activation="sigmoid", forget_bias=0.0):
        self.peepholes = peepholes
        self.gate_activation = gate_activation
        self.forget_bias = forget_bias

    @property
    def torch_order(self):
        """Where PyTorch's gates (i, f, g, o) stand among ours."""
        order = ("input", "forget", "cell", "output")
        return tuple(self.gates.index(gate) for gate in order if gate in self.gates)

    # Parameters

    def shapes(self, n_inputs, hidden_size):
        check_flag(self.peepholes, "peepholes")
        shapes = super().shapes(n_inputs, hidden_size)
        if self.peepholes:
            shapes["peepholes"] = (len(self.gates) - 1, hidden_size)
        return shapes

    def initialize(self, rng, n_inputs, hidden_size):
        # Peepholes start at zero: a cell with them starts out as the one without.
        shapes = self.shapes(n_inputs, hidden_size)
        arrays = {name: np.zeros(shape) for name, shape in shapes.items()}
        arrays.update(super().initialize(rng, n_inputs, hidden_size))
        biases = arrays["packed"][-1].reshape(len(self.gates), hidden_size)
        for gate, value in self.first_biases(rng, hidden_size).items():
            biases[self.gates.index(gate)] = value
        return arrays

    def for_length(self, n_steps):
        cell = copy(self)
        cell._longest = n_steps
        return cell

    def first_biases(self, rng, hidden_size):
        """Biases that do not start at zero.

        Parameters
        ----------
        rng : numpy.random.Generator
        hidden_size : int

        Returns
        -------
        dict of str to float, or to ndarray of shape (hidden_size,)
            By gate.
        """
        forget = self.first_forget_bias(rng, hidden_size)
        is_chrono = isinstance(self.forget_bias, str)
        if is_chrono and "input" in self.gates:
            return {"forget": forget, "input": -forget}
        return {"forget": forget}

    def first_forget_bias(self, rng, hidden_size):
        """The parameter `forget_bias` as a number, or with "chrono" as one for each unit.

        Parameters
        ----------
        rng : numpy.random.Generator
        hidden_size : int

        Returns
        -------
        float, or ndarray of shape (hidden_size,)
        """
        if not isinstance(self.forget_bias, str):
            return check_number(self.forget_bias, "forget_bias", "(-inf, inf)")
        if self.forget_bias != "chrono":
            raise TypeError(f"forget_bias must be a number or 'chrono'; got {self.forget_bias!r}.")
        if self._longest is None:
            raise ValueError("forget_bias='chrono' needs the length of the sequences.")
        # A gate with bias b keeps a value for about 1 + exp(b) steps: 2 steps up to all of them.
        return np.log(rng.uniform(1, max(self._longest - 1, 1), hidden_size))

    def named(self, arrays):
        named = super().named(arrays)
        if "peepholes" in arrays:
            for gate, peephole in zip(self.gates[:-1], arrays["peepholes"], strict=True):
                named[f"peephole_{gate}"] = peephole
        return named

    def prepare(self, arrays):
        # On the scale of the activation that they lead to.
        scale = gate_activation(self.gate_activation).scale
        weights = {name: array * scale for name, array in arrays.items() if name != "packed"}
        return {"packed": self.prepare_table(arrays["packed"]), **weights}

    def prepare_table(self, table):
        scale = np.ones((len(self.gates), table.shape[1] // len(self.gates)), table.dtype)
        scale[:-1] = gate_activation(self.gate_activation).scale
        return table * scale.ravel()

    # The steps of a segment

    def state_sizes(self, hidden_size):
        return hidden_size, hidden_size

    def tape(self, shape):
        return GatedTape(self, shape)

    def activations(self, tape):
        return by_gate(self.gates, tape.gates)

    def forward(self, weights, tape, mask):
        # Equations (1) to (7).
        multiply = add_product if tape.shape.projected else np.matmul
        packed, recurrence = weights["packed"].T, weights.get("gate_recurrence")
        if self.peepholes:
            p_late, p_early = tape.split(weights["peepholes"][:, :, None])
        seen_late, seen_early = tape.split(tape.seen)
        squash, one, scratch = tape.squash, tape.one, tape.scratch
        for step in tape.forward_steps:
            s, z, late, early, o, i, f, g, c_before, c, y, h, s_h, *before = step
            multiply(packed, s, z)  # (1)
            if recurrence is not None:
                add_product(recurrence.T, *before)
            if self.peepholes:
                np.multiply(p_early, c_before, out=seen_early)
                np.add(early, seen_early, out=early)
            squash(early)  # (2)
            if self.coupled:
                np.subtract(one, i, out=f)
            if self.squashes_input:
                np.tanh(g, out=g)  # (3)
            np.multiply(f, c_before, out=c)  # (4)
            np.multiply(i, g, out=scratch)
            np.add(c, scratch, out=c)
            if self.squashes_output:
                np.tanh(c, out=y)  # (5)
            if self.peepholes:
                np.multiply(p_late, c, out=seen_late)
                np.add(late, seen_late, out=late)
            squash(late)  # (6)
            np.multiply(o, y, out=h)  # (7)
            if mask is not None:
                np.multiply(h, mask, out=s_h)

    def backward(self, arrays, tape, mask, d_state, d_out):
        # Equations (8) to (14); for (14) and (15) ``tape.d_projected`` then holds all z̄_t.
        tape.form_backward_factors(arrays)
        recurrent = arrays["packed"][: tape.hidden_size]
        steps_backward(tape, partial(np.matmul, recurrent), mask, d_state, d_out)

    def accumulate(self, tape, gradient):
        super().accumulate(tape, gradient)
        if "peepholes" in gradient:  # (15)
            d_gates = by_gate(self.gates, tape.d_projected)
            for gate, d_peephole in zip(self.gates[:-1], gradient["peepholes"], strict=True):
                seen = tape.c[1:] if gate == "output" else tape.c[:-1]
                d_peephole += np.einsum("thb,thb->h", d_gates[gate], seen)


def steps_backward(tape, pull_back, mask, d_state, d_out):
    """Run (8) to (14) from the last step of a segment to the first.

    Parameters
    ----------
    tape : GatedTape, or one with the same `backward_steps`
        With its backward factors formed.
    pull_back : callable
        ``pull_back(dz, dh)`` writes h's part of (14) to dh.
    mask, d_state, d_out
        See `Cell.backward`.
    """
    dh, dc = d_state
    scratch = tape.scratch
    for k, step in enumerate(tape.backward_steps, start=1):
        dz, dz_late, dz_early, dc_by_dh, dc_by_dc = step
        if d_out is not None:
            np.add(dh, d_out[-k], out=dh)
        np.multiply(dh, dc_by_dh, out=scratch)  # (8)
        np.add(dc, scratch, out=dc)
        np.multiply(dz_late, dh, out=dz_late)  # (9)
        np.multiply(dz_early, dc, out=dz_early)  # (10), (11), (12)
        np.multiply(dc, dc_by_dc, out=dc)  # (13)
        pull_back(dz, dh)  # (14)
        if mask is not None:
            np.multiply(dh, mask, out=dh)


def by_gate(gates, array):
    """The blocks (L, H, b) of an array (L, G, b), by gate."""
    blocks = array.reshape(len(array), len(gates), -1, array.shape[2])
    return {gate: blocks[:, k] for k, gate in enumerate(gates)}


class GatedTape(Tape):
    """The arrays of a gated cell over one segment, in the order of processing.

    Parameters
    ----------
    cell : GatedCell
    shape : TapeShape

    Attributes
    ----------
    gates : ndarray of shape (L, G, b)
        Activations after `GatedCell.forward`; `projected` is the same array.
    c : ndarray of shape (L + 1, H, b)
        Cell states; slot 0 is the one before the first step.
    y : ndarray of shape (L, H, b)
    d_projected : ndarray of shape (L, G, b)
        After `form_backward_factors` the factors of (9) to (12), after `GatedCell.backward` the
        derivatives by z.
    dc_by_dh, dc_by_dc : ndarray of shape (L, H, b)
        The factors of (8) and (13).
    """

    def __init__(self, cell, shape):
        super().__init__(shape)
        H, L, b = shape.hidden_size, shape.n_steps, shape.width
        self.cell = cell
        self.squash = gate_activation(cell.gate_activation)(shape.dtype)
        self.gates = self.projected = np.empty((L, len(cell.gates) * H, b), shape.dtype)
        self.c = np.empty((L + 1, H, b), shape.dtype)
        self.y = np.empty((L, H, b), shape.dtype) if cell.squashes_output else self.c[1:]
        self.one = np.array(1, shape.dtype)
        self.scratch = np.empty((H, b), shape.dtype)
        self.seen = np.empty((len(cell.gates) - 1, H, b), shape.dtype)
        self.states = (self.h, self.c)

    def split(self, blocks):
        """Part what has a block for each gate in two: the output gate's, if any; the others'."""
        n_late = self.cell.gates.count("output")
        return blocks[:n_late], blocks[n_late:]

    # Slicing costs as much as a small product: the views of every step are made once. What only
    # backward needs is not there in prediction.

    @cached_property
    def activations(self):
        """o, i, f and g (L, H, b), also where they are no gate of the cell."""
        found = by_gate(self.cell.gates, self.gates)
        if self.cell.coupled:
            found["forget"] = np.empty_like(self.c[1:])
        always_open = np.broadcast_to(self.one, self.c[1:].shape)
        return [found.get(gate, always_open) for gate in GatedCell.gates]

    @cached_property
    def forward_steps(self):
        """What `GatedCell.forward` needs of each step."""
        steps = []
        for k, z in enumerate(self.gates):
            late, early = self.split(z.reshape(-1, *self.scratch.shape)[:-1])
            o, i, f, g = (activation[k] for activation in self.activations)
            s, s_h = self.inputs[k], self.inputs[k + 1, : self.hidden_size]
            c, h = self.c[k + 1], self.h[k + 1]
            steps.append((s, z, late, early, o, i, f, g, self.c[k], c, self.y[k], h, s_h))
        return steps

    @cached_property
    def d_projected(self):
        return np.empty_like(self.gates)

    @cached_property
    def dc_by_dh(self):
        return np.empty_like(self.c[1:])

    @cached_property
    def dc_by_dc(self):
        return np.empty_like(self.c[1:])

    @cached_property
    def backward_steps(self):
        """What `steps_backward` needs of each step, the last one first."""
        steps = []
        for k, dz in enumerate(self.d_projected):
            late, early = self.split(dz.reshape(-1, *self.scratch.shape))
            steps.append((dz, late, early, self.dc_by_dh[k], self.dc_by_dc[k]))
        return steps[::-1]

    def form_backward_factors(self, arrays):
        """Write what multiplies the gradients in (8) to (13).

        Parameters
        ----------
        arrays : dict of str to ndarray
            The cell's parameters.
        """
        cell, c_before = self.cell, self.c[:-1]
        o, i, f, g = self.activations
        factors = by_gate(cell.gates, self.d_projected)
        sigmoids = slice((len(cell.gates) - 1) * self.hidden_size)
        self.squash.slope(self.gates[:, sigmoids], out=self.d_projected[:, sigmoids])
        opens_to = {
            "output": self.y,  # (9)
            "input": g - c_before if cell.coupled else g,  # (10)
            "forget": c_before,  # (11)
        }
        for gate in cell.gates[:-1]:
            factors[gate] *= opens_to[gate]
        _slope_of_tanh(g if cell.squashes_input else None, i, out=factors["cell"])  # (12)
        _slope_of_tanh(self.y if cell.squashes_output else None, o, out=self.dc_by_dh)  # (8)
        self.dc_by_dc[...] = f  # (13)
        for gate, peephole in zip(cell.gates, arrays.get("peepholes", ()), strict=False):
            total = self.dc_by_dh if gate == "output" else self.dc_by_dc
            total += peephole[:, None] * factors[gate]


def _slope_of_tanh(a, factor, out):
    """Write `factor` times tanh' where tanh is `a`; None stands for no tanh."""
    if a is None:
        out[...] = factor
        return
    np.multiply(a, a, out=out)
    np.subtract(a.dtype.type(1), out, out=out)
    np.multiply(out, factor, out=out)
