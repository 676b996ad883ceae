r"""The simple recurrent cell (Elman 1990): one matrix for the input, one for the state.

For all t, with f either tanh or the rectifier max(0, .):

.. math::
    h_t = f(P^T s_t)                                            && (1)

Backward, with :math:`\bar a` for the derivative of the loss by a, from the last step to the first:

.. math::
    \bar z_t &= \bar h_t \odot f'(z_t)                          && (2)\\
    \bar s_t &= P \bar z_t, \quad \bar P = \sum_t s_t \bar z_t^T && (3)

Both slopes are functions of h: :math:`1 - h_t^2` for tanh, and for the rectifier 1 where h is
positive, otherwise 0. So z is written to the array of h, and no other array is kept.

References
----------
.. [1] J. Elman. "Finding structure in time." Cognitive Science 14(2), 1990.
.. [2] Q. Le, N. Jaitly, G. Hinton. "A simple way to initialize recurrent networks of rectified
   linear units." arXiv:1504.00941, 2015.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from ..checks import check_choice
from ..products import add_product
from ..types import Array, Arrays
from .base import PackedCell
from .tape import StackedTape, TapeShape


def _rectify(z, out):
    return np.maximum(z, 0, out=out)


def _slope_of_tanh(h, out):
    np.multiply(h, h, out=out)
    np.subtract(1, out, out=out)


def _slope_of_rectifier(h, out):
    np.greater(h, 0, out=out)


# By PyTorch's names: the function, and its slope as a function of its value.
NONLINEARITIES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "tanh": (np.tanh, _slope_of_tanh),
    "relu": (_rectify, _slope_of_rectifier),
}


class RNN(PackedCell):
    """The simple recurrent cell, without gates.

    The initial recurrent matrix is orthogonal for tanh. For the rectifier it is the identity [2]_:
    a state, which is never negative, then remains the same from step to step unless the input
    changes it. After an orthogonal matrix, the rectifier would set about half of it to 0.

    ``estimator.gates(X)`` returns "new", the candidate that other cells combine with their memory.
    Here it is the hidden state.

    Parameters
    ----------
    nonlinearity : {"tanh", "relu"}, default="tanh"
        f in h_t = f(W x_t + U h_{t-1} + b).

    References
    ----------
    .. [1] J. Elman. "Finding structure in time." Cognitive Science 14(2), 1990.
    .. [2] Q. Le, N. Jaitly, G. Hinton. "A simple way to initialize recurrent networks of rectified
       linear units." arXiv:1504.00941, 2015, section 2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.cells import RNN
    >>> X = np.random.default_rng(0).standard_normal((5, 4))
    >>> model = LSTMRegressor(3, cell=RNN("relu"), max_iter=1).fit(X, X[:, -1])
    >>> model.weights_["weight_hh_l0"].shape
    (3, 3)
    """

    gates: tuple[str, ...] = ("new",)

    def __init__(self, nonlinearity: str = "tanh") -> None:
        self.nonlinearity = nonlinearity

    def _function_and_slope(self):
        return NONLINEARITIES[check_choice(self.nonlinearity, "nonlinearity", NONLINEARITIES)]

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        self._function_and_slope()  # raises if the name is invalid, before anything is built
        return super().shapes(n_inputs, hidden_size)

    def initialize(self, rng: np.random.Generator, n_inputs: int, hidden_size: int) -> Arrays:
        arrays = super().initialize(rng, n_inputs, hidden_size)
        if self.nonlinearity == "relu":
            arrays["packed"][:hidden_size] = np.eye(hidden_size)
        return arrays

    def prepare(self, arrays: Arrays) -> Any:
        return arrays["packed"]

    def new_tape(self, shape: TapeShape) -> Any:
        return RNNTape(shape)

    def activations(self, tape: Any) -> Arrays:
        return {"new": tape.h[1:]}

    def forward(self, weights: Any, tape: Any, mask: Array | None) -> None:
        weights = weights.T
        function, _ = self._function_and_slope()
        multiply = add_product if tape.shape.projected else np.matmul
        for s, h, s_h in tape.forward_steps:
            multiply(weights, s, h)  # (1)
            function(h, out=h)
            if mask is not None:
                np.multiply(h, mask, out=s_h)

    def backward(
        self,
        arrays: Arrays,
        tape: Any,
        mask: Array | None,
        d_state: list[Array],
        d_out: Array | None,
    ) -> None:
        recurrent = arrays["packed"][: tape.hidden_size]
        _, slope = self._function_and_slope()
        slope(tape.h[1:], out=tape.d_projected)
        (dh,) = d_state
        for k, dz in enumerate(tape.backward_steps, start=1):
            if d_out is not None:
                np.add(dh, d_out[-k], out=dh)
            np.multiply(dz, dh, out=dz)  # (2)
            np.matmul(recurrent, dz, out=dh)  # (3)
            if mask is not None:
                np.multiply(dh, mask, out=dh)


class RNNTape(StackedTape):
    """The arrays of a simple recurrent cell over one segment.

    Parameters
    ----------
    shape : TapeShape

    Attributes
    ----------
    projected : ndarray of shape (L, H, b)
        z_t, and then h_t itself: part of `h`.
    d_projected : ndarray of shape (L, H, b)
        Derivatives by z after `RNN.backward`.
    """

    def __init__(self, shape):
        super().__init__(shape)
        self.projected = self.h[1:]
        self.d_projected = np.empty((shape.n_steps, shape.hidden_size, shape.width), shape.dtype)

    # Slicing costs as much as a small product: the views of each step are made once.

    @cached_property
    def forward_steps(self):
        """The views that `RNN.forward` needs of each step."""
        s_h = self.inputs[:, : self.hidden_size]
        return list(zip(self.inputs[:-1], self.h[1:], s_h[1:], strict=True))

    @cached_property
    def backward_steps(self):
        """The views that `RNN.backward` needs of each step, from the last to the first."""
        return list(self.d_projected[::-1])
