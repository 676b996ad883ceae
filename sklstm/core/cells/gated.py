r"""The LSTM with peepholes, and its variants: one loop for all (Greff et al. 2017, appendix A).

The gates are in the order o, i, f, g, without those that a variant lacks; :math:`\sigma` is the
gate activation. Peepholes p are vectors: i and f read the cell state before the step, o the cell
state after it. Forward, from the first step to the last:

.. math::
    z_t &= P^T s_t                                                                 && (1)\\
    i_t, f_t &= \sigma(z^i_t + p_i \odot c_{t-1}), \sigma(z^f_t + p_f \odot c_{t-1}) && (2)\\
    g_t &= \tanh(z^g_t)                                                            && (3)\\
    c_t &= f_t \odot c_{t-1} + i_t \odot g_t                                       && (4)\\
    y_t &= \tanh(c_t)                                                              && (5)\\
    o_t &= \sigma(z^o_t + p_o \odot c_t)                                           && (6)\\
    h_t &= o_t \odot y_t                                                           && (7)

A variant changes one thing: a gate is 1, or f is 1 - i, or a tanh is the identity (`variants`).

Backward, from the last step to the first, with :math:`\bar a` for the derivative of the loss by a,
and :math:`\bar z` for the derivatives by the whole argument of a gate's activation:

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

If f is 1 - i, there is no (11), and :math:`F^i_t = \sigma'_t \odot (g_t - c_{t-1})`.

The factors F depend on the forward pass only, and are computed for all steps of a segment at once.
The loop that remains is then the same for all variants, with peepholes or without.

References
----------
.. [1] K. Greff, R. Srivastava, J. Koutník, B. Steunebrink, J. Schmidhuber. "LSTM: a search space
   odyssey." IEEE Transactions on Neural Networks and Learning Systems 28(10), 2017;
   arXiv:1503.04069.
.. [2] F. Gers, J. Schmidhuber. "Recurrent nets that time and count." IJCNN 2000: peepholes.
"""

from copy import copy
from functools import cached_property
from typing import Any, Self

import numpy as np

from ..checks import check_flag, check_number
from ..kernels.blocks import blocks
from ..messages import shorten
from ..products import add_product
from ..types import Array, Arrays
from .base import PackedCell
from .gate_activations import column_scales, gate_activation
from .tape import StackedTape, TapeShape, by_gate


class GatedCell(PackedCell):
    """Base class of the LSTM and of its variants, which differ in the class attributes.

    Parameters
    ----------
    peepholes : bool, default=True
        Whether the gates also read the cell state.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        As for `LSTM`.
    forget_bias : float or "chrono", default=0.0
        Initial value of the forget gate's bias; "chrono" as for `LSTM`.

    Attributes
    ----------
    gates : tuple of str
        The gates of the cell: those of output, input, forget and cell that it has, in this order.
        The others are 1.
    coupled : bool
        Whether f is 1 - i; it is then not in `gates`.
    squashes_input, squashes_output : bool
        Whether there is a tanh in (3), and in (5).

    References
    ----------
    .. [1] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017, appendix A (arXiv:1503.04069).
    """

    gates: tuple[str, ...] = ("output", "input", "forget", "cell")
    coupled: bool = False
    squashes_input = True
    squashes_output = True
    _longest: int | None = (
        None  # number of steps of the longest training sequence, see `for_length`
    )

    def __init__(
        self,
        peepholes: bool = True,
        gate_activation: str = "sigmoid",
        forget_bias: float | str = 0.0,
    ) -> None:
        self.peepholes = peepholes
        self.gate_activation = gate_activation
        self.forget_bias = forget_bias

    @property
    def torch_order(self) -> tuple[int, ...] | None:  # type: ignore[override]
        """For each of PyTorch's gates (i, f, g, o), its index in `gates`."""
        order = ("input", "forget", "cell", "output")
        return tuple(self.gates.index(gate) for gate in order if gate in self.gates)

    # Parameters

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        check_flag(self.peepholes, "peepholes")
        shapes = super().shapes(n_inputs, hidden_size)
        if self.peepholes:
            shapes["peepholes"] = (len(self.gates) - 1, hidden_size)
        return shapes

    def initialize(self, rng: np.random.Generator, n_inputs: int, hidden_size: int) -> Arrays:
        # Peepholes start at zero: a cell with them starts out as the one without.
        shapes = self.shapes(n_inputs, hidden_size)
        arrays = {name: np.zeros(shape) for name, shape in shapes.items()}
        arrays.update(super().initialize(rng, n_inputs, hidden_size))
        biases = arrays["packed"][-1].reshape(len(self.gates), hidden_size)
        for gate, value in self.first_biases(rng, hidden_size).items():
            biases[self.gates.index(gate)] = value
        return arrays

    def for_length(self, n_steps: int) -> Self:
        cell = copy(self)
        cell._longest = n_steps
        return cell

    def first_biases(self, rng: np.random.Generator, hidden_size: int) -> Arrays:
        """Initial biases that are not zero.

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

    def first_forget_bias(self, rng: np.random.Generator, hidden_size: int) -> Array:
        """The initial bias of the forget gate: a number, or with "chrono" one for each unit.

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
            raise TypeError(
                f"forget_bias must be a number or 'chrono'; got {shorten(self.forget_bias)}."
            )
        if self._longest is None:
            raise ValueError("forget_bias='chrono' needs the length of the sequences.")
        # A gate with bias b keeps a value for about 1 + exp(b) steps: 2 steps up to all of them.
        return np.log(rng.uniform(1, max(self._longest - 1, 1), hidden_size))

    def named(self, arrays: Arrays) -> Arrays:
        named = super().named(arrays)
        if "peepholes" in arrays:
            for gate, peephole in zip(self.gates[:-1], arrays["peepholes"], strict=True):
                named[f"peephole_{gate}"] = peephole
        return named

    def prepare(self, arrays: Arrays) -> Any:
        # Multiplied by the scale of the activation that they are for.
        scale = gate_activation(self.gate_activation).scale
        weights = {name: array * scale for name, array in arrays.items() if name != "packed"}
        return {"packed": self.prepare_table(arrays["packed"]), **weights}

    def prepare_table(self, table: Array) -> Array:
        n_columns = table.shape[1]
        n_scaled = n_columns - n_columns // len(self.gates)
        scale = gate_activation(self.gate_activation).scale
        return table * column_scales(n_scaled, n_columns, scale, table.dtype)

    # The steps of a segment. The output gate is late: it reads the cell state after the step.

    def split(self, by_gate: Array) -> tuple[Array, ...]:
        """Split an array with a block for each gate: the output gate's, if any; the others.

        Parameters
        ----------
        by_gate : ndarray of shape (n_gates, ...)

        Returns
        -------
        late, early : ndarrays
            Views.
        """
        n_late = self.gates.count("output")
        return by_gate[:n_late], by_gate[n_late:]

    def state_sizes(self, hidden_size: int) -> tuple[int, ...]:
        return hidden_size, hidden_size

    def new_tape(self, shape: TapeShape) -> Any:
        return GatedTape(self, shape)

    def activations(self, tape: Any) -> Arrays:
        return by_gate(self.gates, tape.gates)

    def forward(self, weights: Any, tape: Any, mask: Array | None) -> None:
        # Equations (1) to (7).
        multiply = add_product if tape.shape.projected else np.matmul
        packed = weights["packed"].T
        if self.peepholes:
            p_late, p_early = self.split(weights["peepholes"][:, :, None])
            seen_late, seen_early = self.split(tape.seen)
        squash, one, scratch = tape.squash, tape.one, tape.scratch
        for s, z, late, early, o, i, f, g, c_before, c, y, h, s_h_next in tape.forward_steps:
            multiply(packed, s, z)  # (1)
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
                np.multiply(h, mask, out=s_h_next)

    def backward(
        self,
        arrays: Arrays,
        tape: Any,
        mask: Array | None,
        d_state: list[Array],
        d_out: Array | None,
    ) -> None:
        # Equations (8) to (14); for (14) and (15) ``tape.d_projected`` then has the derivatives
        # by z of all steps.
        recurrent, scratch = arrays["packed"][: tape.hidden_size], tape.scratch
        tape.form_factors(arrays)
        dh, dc = d_state
        for k, (dz, dz_late, dz_early, factor_h, factor_c) in enumerate(tape.backward_steps, 1):
            if d_out is not None:
                np.add(dh, d_out[-k], out=dh)
            np.multiply(dh, factor_h, out=scratch)  # (8)
            np.add(dc, scratch, out=dc)
            np.multiply(dz_late, dh, out=dz_late)  # (9)
            np.multiply(dz_early, dc, out=dz_early)  # (10), (11), (12)
            np.multiply(dc, factor_c, out=dc)  # (13)
            np.matmul(recurrent, dz, out=dh)  # (14)
            if mask is not None:
                np.multiply(dh, mask, out=dh)

    def accumulate(self, tape: Any, gradient: Arrays) -> None:
        super().accumulate(tape, gradient)
        if "peepholes" in gradient:  # (15)
            d_gates = by_gate(self.gates, tape.d_projected)
            for gate, d_peephole in zip(self.gates[:-1], gradient["peepholes"], strict=True):
                seen = tape.c[1:] if gate == "output" else tape.c[:-1]
                d_peephole += np.einsum("thb,thb->h", d_gates[gate], seen)


class GatedTape(StackedTape):
    """The arrays of a gated cell over one segment.

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
        After `form_factors` the factors of (9) to (12), after `GatedCell.backward` the
        derivatives by z.
    factor_h, factor_c : ndarray of shape (L, H, b)
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

    # Slicing costs as much as a small product: the views of each step are made once. Arrays of the
    # backward pass are not allocated for prediction.

    @cached_property
    def activations(self):
        """o, i, f and g (L, H, b), including those that are not among the cell's gates."""
        found = by_gate(self.cell.gates, self.gates)
        if self.cell.coupled:
            found["forget"] = np.empty_like(self.c[1:])
        always_open = np.broadcast_to(self.one, self.c[1:].shape)
        return [found.get(gate, always_open) for gate in GatedCell.gates]

    def _split_steps(self, array):
        """The blocks (L, n, H, b) of late and early gates of an array (L, G, b)."""
        late, early = self.cell.split(blocks(array, self.hidden_size))
        return late.swapaxes(0, 1), early.swapaxes(0, 1)

    @cached_property
    def forward_steps(self):
        """The views that `GatedCell.forward` needs of each step."""
        late, early = self._split_steps(self.gates)
        s_h = self.inputs[:, : self.hidden_size]
        z = self.inputs[:-1], self.gates, late, early[:, :-1]
        states = self.c[:-1], self.c[1:], self.y, self.h[1:], s_h[1:]
        return list(zip(*z, *self.activations, *states, strict=True))

    @cached_property
    def d_projected(self):
        return np.empty_like(self.gates)

    @cached_property
    def factor_h(self):
        return np.empty_like(self.c[1:])

    @cached_property
    def factor_c(self):
        return np.empty_like(self.c[1:])

    @cached_property
    def backward_steps(self):
        """The views that `GatedCell.backward` needs of each step, from the last to the first."""
        late, early = self._split_steps(self.d_projected)
        views = self.d_projected, late, early, self.factor_h, self.factor_c
        return list(zip(*views, strict=True))[::-1]

    def form_factors(self, arrays):
        """Write the factors of (8) to (13), for all steps.

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
        multiplied_by = {
            "output": self.y,  # (9)
            "input": g - c_before if cell.coupled else g,  # (10)
            "forget": c_before,  # (11)
        }
        for gate in cell.gates[:-1]:
            factors[gate] *= multiplied_by[gate]
        _slope_of_tanh(g if cell.squashes_input else None, i, out=factors["cell"])  # (12)
        _slope_of_tanh(self.y if cell.squashes_output else None, o, out=self.factor_h)  # (8)
        self.factor_c[...] = f  # (13)
        for gate, peephole in zip(cell.gates, arrays.get("peepholes", ()), strict=False):
            total = self.factor_h if gate == "output" else self.factor_c
            total += peephole[:, None] * factors[gate]


def _slope_of_tanh(a, factor, out):
    """Write `factor` times the slope of tanh where its value is `a`; None if there is no tanh."""
    if a is None:
        out[...] = factor
        return
    np.multiply(a, a, out=out)
    np.subtract(a.dtype.type(1), out, out=out)
    np.multiply(out, factor, out=out)
