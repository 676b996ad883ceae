r"""Full gate recurrence: the gates also read the activations of all gates one step before.

The LSTM with peepholes of `gated`, with :math:`a_t = [o_t; i_t; f_t]` as one more state, which is 0
before the first step, and a matrix R of nine blocks (H, H). Forward, from the first step to the
last:

.. math::
    z_t &= P^T s_t                                                                 && (1)\\
    z^{oif}_t &\mathrel{+}= R^T a_{t-1}                                            && (2)\\
    i_t, f_t &= \sigma(z^i_t + p_i \odot c_{t-1}), \sigma(z^f_t + p_f \odot c_{t-1}) && (3)\\
    g_t &= \tanh(z^g_t)                                                            && (4)\\
    c_t &= f_t \odot c_{t-1} + i_t \odot g_t                                       && (5)\\
    y_t &= \tanh(c_t)                                                              && (6)\\
    o_t &= \sigma(z^o_t + p_o \odot c_t)                                           && (7)\\
    h_t &= o_t \odot y_t                                                           && (8)

Backward, from the last step to the first, with the factors F of `gated`, and :math:`\sigma'_t` for
the slopes of the three activations:

.. math::
    e_t &= \bar a_t \odot \sigma'_t                                                && (9)\\
    \bar c_t &\mathrel{+}= \bar h_t \odot F^h_t + p_o \odot e^o_t                  && (10)\\
    \bar z^o_t &= \bar h_t \odot F^o_t + e^o_t                                     && (11)\\
    \bar z^i_t &= \bar c_t \odot F^i_t + e^i_t, \quad
        \bar z^f_t = \bar c_t \odot F^f_t + e^f_t, \quad
        \bar z^g_t = \bar c_t \odot F^g_t                                          && (12)\\
    \bar c_{t-1} &= \bar c_t \odot F^c_t + p_i \odot e^i_t + p_f \odot e^f_t       && (13)\\
    \bar s_t &= P \bar z_t                                                         && (14)\\
    \bar a_{t-1} &= R \bar z^{oif}_t, \quad \bar R = \sum_t a_{t-1} (\bar z^{oif}_t)^T && (15)
"""

from functools import cached_property
from typing import Any

import numpy as np

from ..products import add_outer_products, add_product
from ..types import Array, Arrays
from .gated import GatedCell, GatedTape
from .inherited import inherit_sections
from .tape import TapeShape


@inherit_sections
class FGR(GatedCell):
    r"""Full gate recurrence: the gates also read the gates of the step before, by nine matrices.

    .. math:: i_t = \sigma(z^i_t + p_i \odot c_{t-1} + R_{ii} i_{t-1} + R_{fi} f_{t-1} +
        R_{oi} o_{t-1})

    and f and o in the same way. The gates before the first step are 0. Recurrent dropout masks h
    only, not the gates. The initial values of the matrices are zero, as those of the peepholes
    are: untrained, the cell is an LSTM.

    References
    ----------
    .. [1] K. Greff et al. "LSTM: a search space odyssey." IEEE Transactions on Neural Networks and
       Learning Systems 28(10), 2017, appendix A.4 (arXiv:1503.04069).
    .. [2] S. Hochreiter, J. Schmidhuber. "Long short-term memory." Neural Computation 9(8), 1997.

    Examples
    --------
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.cells import FGR
    >>> LSTMRegressor(cell=FGR(forget_bias=2))
    LSTMRegressor(cell=FGR(forget_bias=2))
    """

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        shapes = super().shapes(n_inputs, hidden_size)
        return {**shapes, "gate_recurrence": (3 * hidden_size, 3 * hidden_size)}

    def named(self, arrays: Arrays) -> Arrays:
        named, H = super().named(arrays), arrays["packed"].shape[1] // len(self.gates)
        blocks = arrays["gate_recurrence"].reshape(3, H, 3, H)
        for j, before in enumerate(self.gates[:-1]):
            for k, gate in enumerate(self.gates[:-1]):
                named[f"weight_{before}_to_{gate}"] = blocks[j, :, k].T
        return named

    def state_sizes(self, hidden_size: int) -> tuple[int, ...]:
        return hidden_size, hidden_size, 3 * hidden_size

    def new_tape(self, shape: TapeShape) -> Any:
        return FGRTape(self, shape)

    def forward(self, weights: Any, tape: Any, mask: Array | None) -> None:
        # Equations (1) to (8).
        multiply = add_product if tape.shape.projected else np.matmul
        packed, recurrence = weights["packed"].T, weights["gate_recurrence"].T
        if self.peepholes:
            p_late, p_early = self.split(weights["peepholes"][:, :, None])
            seen_late, seen_early = self.split(tape.seen)
        squash, scratch = tape.squash, tape.scratch
        for step, a_before, z_oif in tape.forward_steps:
            s, z, late, early, o, i, f, g, c_before, c, y, h, s_h_next = step
            multiply(packed, s, z)  # (1)
            add_product(recurrence, a_before, z_oif)  # (2)
            if self.peepholes:
                np.multiply(p_early, c_before, out=seen_early)
                np.add(early, seen_early, out=early)
            squash(early)  # (3)
            np.tanh(g, out=g)  # (4)
            np.multiply(f, c_before, out=c)  # (5)
            np.multiply(i, g, out=scratch)
            np.add(c, scratch, out=c)
            np.tanh(c, out=y)  # (6)
            if self.peepholes:
                np.multiply(p_late, c, out=seen_late)
                np.add(late, seen_late, out=late)
            squash(late)  # (7)
            np.multiply(o, y, out=h)  # (8)
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
        # Equations (9) to (15), but for the sum in (15).
        H, scratch = tape.hidden_size, tape.scratch
        recurrent, recurrence = arrays["packed"][:H], arrays["gate_recurrence"]
        peepholes = arrays.get("peepholes", np.zeros((3, H), scratch.dtype))[:, :, None]
        tape.form_factors(arrays)
        tape.form_slopes()
        dh, dc, da = d_state
        da_by_gate = da.reshape(tape.seen.shape)
        steps = zip(tape.backward_steps, tape.slopes[::-1], strict=True)
        for k, ((dz, dz_o, dz_ifg, factor_h, factor_c), slopes) in enumerate(steps, start=1):
            e = np.multiply(da_by_gate, slopes, out=slopes)  # (9)
            through_c = np.multiply(peepholes, e, out=tape.seen)
            if d_out is not None:
                np.add(dh, d_out[-k], out=dh)
            np.multiply(dh, factor_h, out=scratch)  # (10)
            np.add(dc, scratch, out=dc)
            np.add(dc, through_c[0], out=dc)
            np.multiply(dz_o, dh, out=dz_o)  # (11), (12)
            np.multiply(dz_ifg, dc, out=dz_ifg)
            dz_oif = dz[: 3 * H]
            np.add(dz_oif, e.reshape(dz_oif.shape), out=dz_oif)
            np.multiply(dc, factor_c, out=dc)  # (13)
            np.add(dc, through_c[1], out=dc)
            np.add(dc, through_c[2], out=dc)
            np.matmul(recurrent, dz, out=dh)  # (14)
            np.matmul(recurrence, dz_oif, out=da)  # (15)
            if mask is not None:
                np.multiply(dh, mask, out=dh)

    def accumulate(self, tape: Any, gradient: Arrays) -> None:
        super().accumulate(tape, gradient)
        dz = tape.d_projected[:, : 3 * tape.hidden_size]
        add_outer_products(gradient["gate_recurrence"], tape.gates_before, dz)


class FGRTape(GatedTape):
    """A `GatedTape` whose gates are a state.

    Parameters
    ----------
    cell : FGR
    shape : TapeShape

    Attributes
    ----------
    gates_before : ndarray of shape (L, 3 * H, b)
        o, i and f one step before.
    slopes : ndarray of shape (L, 3, H, b)
        The slopes of the gates' activations, after `form_slopes`.
    """

    def __init__(self, cell, shape):
        super().__init__(cell, shape)
        L, rows, b = self.gates.shape
        slots = np.empty((L + 1, rows, b), shape.dtype)
        self.gates = self.projected = slots[1:]
        gates = slots[:, : 3 * shape.hidden_size]
        self.gates_before = gates[:-1]
        self.states = (self.h, self.c, gates)

    @cached_property
    def forward_steps(self):
        """The views that `GatedCell.forward` needs of each step, and the two arrays of (2)."""
        z_oif = self.gates[:, : 3 * self.hidden_size]
        return list(zip(super().forward_steps, self.gates_before, z_oif, strict=True))

    @cached_property
    def slopes(self):
        return np.empty((len(self.gates), *self.seen.shape), self.seen.dtype)

    def form_slopes(self):
        """Write the slopes of the gates' activations, for all steps."""
        sigmoids = self.gates[:, : 3 * self.hidden_size]
        self.squash.slope(sigmoids.reshape(self.slopes.shape), out=self.slopes)
