"""The gated recurrent unit (Cho et al. 2014), and the form of it that cuDNN and PyTorch use.

The equations are in ``core/kernels/gru.py``. The gates are in PyTorch's order r, z, n.

References
----------
.. [1] K. Cho et al. "Learning phrase representations using RNN encoder-decoder for statistical
   machine translation." EMNLP 2014, equations 5 to 8.
.. [2] J. Chung et al. "Empirical evaluation of gated recurrent neural networks on sequence
   modeling." arXiv:1412.3555, 2014.
"""

from functools import cached_property
from typing import Any

import numpy as np

from .. import kernels
from ..checks import check_flag
from ..kernels.blocks import blocks
from ..types import Array, Arrays
from .base import PackedCell
from .gate_activations import Sigmoid, column_scales
from .tape import StackedTape, TapeShape, as_option


class GRU(PackedCell):
    """The gated recurrent unit: two gates, and no state but h.

    The rows in ``weights_`` are in PyTorch's order: reset, update, new. "bias" is the sum of
    PyTorch's two biases.

    Parameters
    ----------
    reset_after : bool, default=True
        If True, the reset gate multiplies the product of the recurrent matrix and the state, as in
        cuDNN and PyTorch: one matrix product less, and one more bias, "bias_hn". If False, it
        multiplies the state before that product, as in the paper [1]_.

    References
    ----------
    .. [1] K. Cho et al. "Learning phrase representations using RNN encoder-decoder for statistical
       machine translation." EMNLP 2014, equations 5 to 8, with z and 1 - z exchanged.

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

    gates: tuple[str, ...] = ("reset", "update", "new")
    has_run: bool = True

    def __init__(self, reset_after: bool = True) -> None:
        self.reset_after = reset_after

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        check_flag(self.reset_after, "reset_after")
        shapes = super().shapes(n_inputs, hidden_size)
        return {**shapes, "bias_hn": (hidden_size,)} if self.reset_after else shapes

    def initialize(self, rng: np.random.Generator, n_inputs: int, hidden_size: int) -> Arrays:
        arrays = super().initialize(rng, n_inputs, hidden_size)
        return {**arrays, "bias_hn": np.zeros(hidden_size)} if self.reset_after else arrays

    def named(self, arrays: Arrays) -> Arrays:
        named = super().named(arrays)
        return {**named, "bias_hn": arrays["bias_hn"]} if self.reset_after else named

    def prepare_table(self, table: Array) -> Array:
        n_columns = table.shape[1]
        return table * column_scales(2 * n_columns // 3, n_columns, Sigmoid.scale, table.dtype)

    def prepare(self, arrays: Arrays) -> Any:
        """Weights for the forward pass: those of the sigmoid gates multiplied by 1/2.

        Parameters
        ----------
        arrays : dict of str to ndarray

        Returns
        -------
        by_input : ndarray of shape (3 * H, C + 1)
        by_state : F-ordered ndarray of shape (3 * H, H) or (2 * H, H)
        by_reset : F-ordered ndarray of shape (H, H) or None
        bias_hn : ndarray of shape (H, 1) or None
            The first four arguments of the kernel's ``forward``.
        """
        packed = self.prepare_table(arrays["packed"])
        H = packed.shape[1] // 3
        by_state, by_reset = self._products(packed[:H])
        if by_reset is not None:
            by_reset = np.ascontiguousarray(by_reset).T
        bias_hn = arrays["bias_hn"][:, None] if self.reset_after else None
        return packed[H:].T, np.ascontiguousarray(by_state).T, by_reset, bias_hn

    def _products(self, recurrent):
        """Split the columns r, z, n of the recurrent weights by the products that use them.

        The second part is None if the reset gate comes after the product.
        """
        H = len(recurrent)
        if self.reset_after:
            return np.roll(recurrent, H, axis=1), None  # in the order q, r, z: n's make q
        return recurrent[:, : 2 * H], recurrent[:, 2 * H :]

    def new_tape(self, shape: TapeShape) -> Any:
        return GRUTape(shape)

    def activations(self, tape: Any) -> Arrays:
        _, r, z, n = blocks(tape.gates, tape.hidden_size)
        return {"reset": r, "update": z, "new": n}

    @property
    def takes_widths(self) -> bool:  # type: ignore[override]
        """Whether the kernel does."""
        return kernels.kernel_in_use().takes_widths

    def run(
        self,
        weights: Any,
        x: Array,
        state: list[Array],
        out: Array | None = None,
        projected: Array | None = None,
        widths: Array | None = None,
    ) -> None:
        run = kernels.kernel_in_use().gru.run
        if widths is None:  # in streams keyword arguments would take time
            run(*weights, x, *state, out, projected)
        else:
            run(*weights, x, *state, out, projected, widths=widths)

    def forward(self, weights: Any, tape: Any, mask: Array | None) -> None:
        def run(own, mask):
            own.kernel.forward(
                *weights,
                own.inputs,
                own.h,
                own.gates,
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
        by_gates, by_new = self._products(arrays["packed"][: tape.hidden_size])
        by_gates = np.asfortranarray(by_gates)

        def run(own, d_h, d_out, mask):
            own.kernel.backward(
                by_gates,
                by_new,
                own.inputs,
                own.h,
                own.gates,
                d_h,
                d_out,
                mask,
                own.backward_steps,
                **as_option(own.widths),
            )

        tape.share(run, *d_state, d_out, mask)

    def accumulate(self, tape: Any, gradient: Arrays) -> None:
        H, packed = tape.hidden_size, gradient["packed"]
        add_outer_products = tape.add_outer_products
        add_outer_products(packed[H:], tape.inputs[:, H:], tape.d_projected)
        s_h, d_gates = tape.inputs[:, :H], tape.gates
        if self.reset_after:
            by_state = np.zeros((H, 3 * H), packed.dtype)
            add_outer_products(by_state, s_h, d_gates[:, : 3 * H])
            packed[:H] += np.roll(by_state, -H, axis=1)
            bias_hn = gradient["bias_hn"][np.newaxis]
            add_outer_products(bias_hn, tape.inputs[:, -1:], d_gates[:, :H])  # s is 1
            return
        by_gates, by_new = np.zeros((H, 2 * H), packed.dtype), np.zeros((H, H), packed.dtype)
        add_outer_products(by_gates, s_h, d_gates[:, H : 3 * H])
        add_outer_products(by_new, d_gates[:, :H], d_gates[:, 3 * H :])
        packed[:H] += np.hstack([by_gates, by_new])


class GRUTape(StackedTape):
    """The arrays of a GRU over one segment.

    Parameters
    ----------
    shape : TapeShape

    Attributes
    ----------
    kernel : module
        The GRU of the kernel in use.
    gates : ndarray of shape (L, 4 * H, b)
        q, r, z, n after `GRU.forward`; derivatives by them after `GRU.backward`, but q itself if
        the reset gate comes before the product. `projected` and `d_projected` are the part of
        r, z, n.
    """

    _arrays = (*StackedTape._arrays, "gates")

    def __init__(self, shape):
        super().__init__(shape)
        H, L, b = shape.hidden_size, shape.n_steps, shape.width
        self.kernel = kernels.kernel_in_use().gru
        self.gates = np.empty((L, 4 * H, b), shape.dtype)
        self.projected = self.d_projected = self.gates[:, H:]

    @cached_property
    def forward_steps(self):
        """Views and scratch of the kernel's forward pass."""
        return self.kernel.forward_steps(self.inputs, self.h, self.gates)

    @cached_property
    def backward_steps(self):
        """Views of the kernel's backward pass."""
        return self.kernel.backward_steps(self.gates)
