r"""Full gate recurrence: the gates also see what all gates were one step before.

As in `gated`, but with :math:`a_t = [o_t; i_t; f_t]` and a matrix R of nine blocks (H, H),

.. math::
    z^{oif}_t &\mathrel{+}= R^T a_{t-1} && (1)

inside of the three activations, and a_0 = 0. So a is a state too. What comes back to it,
:math:`\bar a_t`, passes the slope :math:`\sigma'_t` of the activations:

.. math::
    e_t &= \bar a_t \odot \sigma'_t && (2)\\
    \bar z^{oif}_t &\mathrel{+}= e_t, \quad
    \bar c_t \mathrel{+}= p_o \odot e^o_t, \quad
    \bar c_{t-1} \mathrel{+}= p_i \odot e^i_t + p_f \odot e^f_t && (3)\\
    \bar a_{t-1} &= R \bar z^{oif}_t, \quad \bar R = \sum_t a_{t-1} (\bar z^{oif}_t)^T && (4)
"""

from functools import cached_property

import numpy as np

from ..products import add_outer_products
from .gated import GatedCell, GatedTape


class FGR(GatedCell):
    r"""Full gate recurrence: the gates of the step before lead to the gates, by nine matrices.

    .. math:: i_t = \sigma(z^i_t + p_i \odot c_{t-1} + R_{ii} i_{t-1} + R_{fi} f_{t-1} +
        R_{oi} o_{t-1})

    and f and o in the same way. The gates before the first step are 0. Recurrent dropout masks h
    only, not the gates. The matrices start at zero, as the peepholes do: the cell starts out as an
    LSTM.

    Parameters
    ----------
    peepholes : bool, default=True
        Whether the gates see the cell state.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        As for `LSTM`.
    forget_bias : float or "chrono", default=0.0
        First value of the forget gate's bias; "chrono" as for `LSTM`.

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

    def shapes(self, n_inputs, hidden_size):
        shapes = super().shapes(n_inputs, hidden_size)
        return {**shapes, "gate_recurrence": (3 * hidden_size, 3 * hidden_size)}

    def named(self, arrays):
        named, H = super().named(arrays), arrays["packed"].shape[1] // len(self.gates)
        blocks = arrays["gate_recurrence"].reshape(3, H, 3, H)
        for j, before in enumerate(self.gates[:-1]):
            for k, gate in enumerate(self.gates[:-1]):
                named[f"weight_{before}_to_{gate}"] = blocks[j, :, k].T
        return named

    def state_sizes(self, hidden_size):
        return hidden_size, hidden_size, 3 * hidden_size

    def tape(self, shape):
        return FGRTape(self, shape)

    def backward(self, arrays, tape, mask, d_state, d_out):
        # Equations (8) to (14) of `gated`, and (2) to (4) of this file.
        H, scratch = tape.hidden_size, tape.scratch
        recurrent, recurrence = arrays["packed"][:H], arrays["gate_recurrence"]
        peepholes = arrays.get("peepholes", np.zeros((3, H), scratch.dtype))[:, :, None]
        tape.form_backward_factors(arrays)
        tape.form_slopes()
        dh, dc, da = d_state
        da_by_gate = da.reshape(tape.seen.shape)
        steps = zip(tape.backward_steps, tape.slopes[::-1], strict=True)
        for k, ((dz, dz_o, dz_ifg, dc_by_dh, dc_by_dc), slopes) in enumerate(steps, start=1):
            e = np.multiply(da_by_gate, slopes, out=slopes)  # (2)
            through_c = np.multiply(peepholes, e, out=tape.seen)
            if d_out is not None:
                np.add(dh, d_out[-k], out=dh)
            np.multiply(dh, dc_by_dh, out=scratch)
            np.add(dc, scratch, out=dc)
            np.add(dc, through_c[0], out=dc)  # (3)
            np.multiply(dz_o, dh, out=dz_o)
            np.multiply(dz_ifg, dc, out=dz_ifg)
            z_oif = dz[: 3 * H]
            np.add(z_oif, e.reshape(z_oif.shape), out=z_oif)  # (3)
            np.multiply(dc, dc_by_dc, out=dc)
            np.add(dc, through_c[1], out=dc)  # (3)
            np.add(dc, through_c[2], out=dc)
            np.matmul(recurrent, dz, out=dh)
            np.matmul(recurrence, z_oif, out=da)  # (4)
            if mask is not None:
                np.multiply(dh, mask, out=dh)

    def accumulate(self, tape, gradient):
        super().accumulate(tape, gradient)
        dz = tape.d_projected[:, : 3 * tape.hidden_size]
        add_outer_products(gradient["gate_recurrence"], tape.gates_before, dz)


class FGRTape(GatedTape):
    """A `GatedTape` on which the gates are a state.

    Attributes
    ----------
    gates_before : ndarray of shape (L, 3 * H, b)
        o, i and f one step before.
    slopes : ndarray of shape (L, 3, H, b)
        Of the gates' activations, after `form_slopes`.
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
        """What `GatedCell.forward` needs of each step; at the end the two arrays of (1)."""
        sigmoids = self.gates[:, : 3 * self.hidden_size]
        return [
            (*step, before, z)
            for step, before, z in zip(
                super().forward_steps, self.gates_before, sigmoids, strict=True
            )
        ]

    @cached_property
    def slopes(self):
        return np.empty((len(self.gates), *self.seen.shape), self.seen.dtype)

    def form_slopes(self):
        """Write the slopes of the gates' activations."""
        sigmoids = self.gates[:, : 3 * self.hidden_size]
        self.squash.slope(sigmoids.reshape(self.slopes.shape), out=self.slopes)
