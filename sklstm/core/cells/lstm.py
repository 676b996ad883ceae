r"""The long short-term memory cell (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000).

The equations of the standard cell are in ``core/kernels/lstm.py``. With peepholes or hard-sigmoid
gates, those of `gated` are used.

References
----------
.. [1] S. Hochreiter, J. Schmidhuber. "Long short-term memory." Neural Computation 9(8), 1997.
.. [2] F. Gers, J. Schmidhuber, F. Cummins. "Learning to forget: continual prediction with LSTM."
   Neural Computation 12(10), 2000.
"""

from functools import cached_property
from typing import Any

import numpy as np

from .. import kernels
from ..types import Array, Arrays
from .gated import GatedCell
from .tape import StackedTape, TapeShape, as_option


class LSTM(GatedCell):
    r"""The LSTM cell: by default the standard one, with a forget gate and without peepholes.

    Parameters
    ----------
    peepholes : bool, default=False
        Whether the gates also read the cell state, each unit its own, through a weight: input and
        forget gate the state before the step, the output gate the state after it. This is the
        vanilla LSTM of [4]_, and ``cell="peephole"`` in the estimators.
    gate_activation : {"sigmoid", "hard_sigmoid"}, default="sigmoid"
        "hard_sigmoid" is :math:`\min(1, \max(0, z / 6 + 1 / 2))`, as in PyTorch.
    forget_bias : float or "chrono", default=0.0
        Initial value of the forget gate's bias. With 0, an untrained cell keeps half of its state
        at each step, which is best for noisy series; with a positive value, such as 1, it keeps
        more [3]_. "chrono" is for memories of hundreds of steps: each unit draws
        :math:`b_f = \log u` with u uniform in [1, T - 1], and the input gate's bias is
        :math:`-b_f` [5]_. T is the number of steps of the longest training sequence, counted in
        patches if the estimator uses patches.

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

    def __init__(
        self,
        peepholes: bool = False,
        gate_activation: str = "sigmoid",
        forget_bias: float | str = 0.0,
    ) -> None:
        super().__init__(peepholes, gate_activation, forget_bias)

    @property
    def has_run(self) -> bool:  # type: ignore[override]
        """Whether this is the standard cell, which the kernels compute."""
        return not self.peepholes and self.gate_activation == "sigmoid"

    def new_tape(self, shape: TapeShape) -> Any:
        return LSTMTape(shape) if self.has_run else super().new_tape(shape)

    @property
    def takes_widths(self) -> bool:  # type: ignore[override]
        """Whether the kernel that computes this cell does."""
        return self.has_run and kernels.kernel_in_use().takes_widths

    def run(
        self,
        weights: Any,
        x: Array,
        state: list[Array],
        out: Array | None = None,
        projected: Array | None = None,
        widths: Array | None = None,
    ) -> None:
        run = kernels.kernel_in_use().lstm.run
        if widths is None:  # in streams keyword arguments would take time
            run(weights["packed"], x, *state, out, projected)
        else:
            run(weights["packed"], x, *state, out, projected, widths=widths)

    def forward(self, weights: Any, tape: Any, mask: Array | None) -> None:
        if not isinstance(tape, LSTMTape):
            super().forward(weights, tape, mask)
            return

        def run(own, mask):
            own.kernel.forward(
                weights["packed"],
                own.inputs,
                own.h,
                own.c,
                own.gates,
                own.tanh_c,
                mask,
                own.shape.projected,
                own.forward_steps,
                **as_option(own.widths),
            )

        tape.share(run, mask)

    def backward(
        self,
        arrays: Arrays,
        tape: Any,
        mask: Array | None,
        d_state: list[Array],
        d_out: Array | None,
    ) -> None:
        if not isinstance(tape, LSTMTape):
            super().backward(arrays, tape, mask, d_state, d_out)
            return
        recurrent = arrays["packed"][: tape.hidden_size]

        def run(own, d_h, d_c, d_out, mask):
            own.kernel.backward(
                recurrent,
                own.c,
                own.gates,
                own.tanh_c,
                own.forget,
                d_h,
                d_c,
                d_out,
                mask,
                own.backward_steps,
                **as_option(own.widths),
            )

        tape.share(run, *d_state, d_out, mask)


class LSTMTape(StackedTape):
    """The arrays of a standard LSTM over one segment.

    Parameters
    ----------
    shape : TapeShape

    Attributes
    ----------
    kernel : module
        The LSTM of the kernel in use.
    gates : ndarray of shape (L, 4 * H, b)
        Activations o, i, f, g after `LSTM.forward`; derivatives by z after `LSTM.backward`.
        `projected` and `d_projected` are the same array.
    c : ndarray of shape (L + 1, H, b)
        Cell states; slot 0 is the one before the first step.
    tanh_c : ndarray of shape (L, H, b)
        tanh(c_t) after `LSTM.forward`; scratch of `LSTM.backward`.
    """

    _arrays = (*StackedTape._arrays, "c", "gates", "tanh_c")

    def __init__(self, shape):
        super().__init__(shape)
        H, L, b = shape.hidden_size, shape.n_steps, shape.width
        self.kernel = kernels.kernel_in_use().lstm
        self.gates = self.projected = self.d_projected = np.empty((L, 4 * H, b), shape.dtype)
        self.c = np.empty((L + 1, H, b), shape.dtype)
        self.tanh_c = np.empty((L, H, b), shape.dtype)
        self.states = (self.h, self.c)

    # Arrays of the backward pass are not allocated for prediction.

    @cached_property
    def forget(self):
        """Scratch of `LSTM.backward`, (L, H, b)."""
        return np.empty_like(self.tanh_c)

    @cached_property
    def forward_steps(self):
        """Views and scratch of the kernel's forward pass."""
        return self.kernel.forward_steps(self.inputs, self.h, self.c, self.gates, self.tanh_c)

    @cached_property
    def backward_steps(self):
        """Views of the kernel's backward pass."""
        return self.kernel.backward_steps(self.gates, self.tanh_c, self.forget)
