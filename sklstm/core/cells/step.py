"""Custom cells, written as one step and its adjoint."""

from typing import Any

import numpy as np

from ..initializers import glorot_uniform
from ..types import Array, Arrays
from .base import Cell, missing
from .tape import Tape, TapeShape


class StepCell(Cell):
    r"""Base class of custom cells: one step, and its adjoint.

    A subclass implements `shapes`, `step` and `adjoint`, and may override `initialize` and
    `state_sizes`. An instance can be passed as ``cell`` to every estimator, and
    `sklstm.gradcheck.check_gradients` checks `adjoint` against numeric derivatives of `step`.
    Columns are sequences: x has the shape (C, b), and a state (H, b). Initial states are zero.

    As in scikit-learn, a constructor stores its arguments under their names and does nothing else.

    Attributes
    ----------
    gates : tuple of str, default=()
        Keys of the memo that ``estimator.gates(X)`` returns, for arrays of shape (H, b).

    Notes
    -----
    With ``recurrent_dropout``, the h that is passed to `step` is masked.

    Examples
    --------
    An exponential moving average with learned rates, :math:`h_t = a h_{t-1} + W x_t`:

    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.cells import StepCell
    >>> from sklstm.gradcheck import check_gradients
    >>> class Average(StepCell):
    ...     def shapes(self, n_inputs, hidden_size):
    ...         return {"weight": (hidden_size, n_inputs), "rate": (hidden_size, 1)}
    ...
    ...     def step(self, weights, x, state):
    ...         (h,) = state
    ...         return (weights["rate"] * h + weights["weight"] @ x,), {"x": x, "h": h}
    ...
    ...     def adjoint(self, weights, memo, d_state):
    ...         (dh,) = d_state
    ...         d_rate = (dh * memo["h"]).sum(axis=1, keepdims=True)
    ...         d_weights = {"weight": dh @ memo["x"].T, "rate": d_rate}
    ...         return weights["weight"].T @ dh, (weights["rate"] * dh,), d_weights
    >>> X = np.random.default_rng(0).standard_normal((3, 4))
    >>> errors = check_gradients(LSTMRegressor(2, cell=Average()), X, X.sum(axis=1))
    >>> sorted(errors)
    ['X', 'head_bias', 'head_weight', 'rate_l0', 'weight_l0']
    """

    def shapes(self, n_inputs: int, hidden_size: int) -> dict[str, tuple[int, ...]]:
        """The shapes of the parameters of one direction.

        Parameters
        ----------
        n_inputs, hidden_size : int
            C and H.

        Returns
        -------
        dict of str to tuple of int
            By name. Names with the prefix "bias" are for biases: their initial values are zero,
            and penalty and weight decay do not apply to them.
        """
        raise NotImplementedError(missing(self, "shapes"))

    def step(
        self, weights: Arrays, x: Array, state: tuple[Array, ...]
    ) -> tuple[tuple[Array, ...], Arrays]:
        """One step of all sequences.

        Parameters
        ----------
        weights : dict of str to ndarray
            With the shapes of `shapes`.
        x : ndarray of shape (C, b)
        state : tuple of ndarrays
            The states before the step, h first. Must not be modified.

        Returns
        -------
        state : tuple of ndarrays
            The states after the step; the first one is h, the cell's output.
        memo : dict of str to ndarray
            Arrays that `adjoint` needs.
        """
        raise NotImplementedError(missing(self, "step"))

    def adjoint(
        self, weights: Arrays, memo: Arrays, d_state: tuple[Array, ...]
    ) -> tuple[Array, tuple[Array, ...], Arrays]:
        """Derivatives by the arguments of `step`, from those by the states that it returned.

        Parameters
        ----------
        weights : dict of str to ndarray
        memo : dict of str to ndarray
            The memo that `step` returned.
        d_state : tuple of ndarrays
            Derivatives of the loss by the states after the step.

        Returns
        -------
        d_x : ndarray of shape (C, b)
        d_state : tuple of ndarrays
            By the states before the step.
        d_weights : dict of str to ndarray
            By each of `weights`, summed over the sequences.
        """
        raise NotImplementedError(missing(self, "adjoint"))

    def initialize(self, rng: np.random.Generator, n_inputs: int, hidden_size: int) -> Arrays:
        """Draw initial values: uniform as in Glorot & Bengio (2010), and zero for biases.

        Parameters
        ----------
        rng : numpy.random.Generator
        n_inputs, hidden_size : int

        Returns
        -------
        dict of str to ndarray
        """
        return {
            name: np.zeros(shape)
            if name.startswith("bias")
            else glorot_uniform(rng, shape[-1], shape[0], shape)
            for name, shape in self.shapes(n_inputs, hidden_size).items()
        }

    # The steps of a segment, one after the other

    def new_tape(self, shape: TapeShape) -> Any:
        return StepTape(shape, self.state_sizes(shape.hidden_size))

    def forward(self, weights: Any, tape: Any, mask: Array | None) -> None:
        for k in range(tape.shape.n_steps):
            before = [slots[k] for slots in tape.states]
            if mask is not None:
                before[0] = before[0] * mask
            returned = self.step(weights, tape.x[k], tuple(before))
            if k == 0:
                self._check("step", returned, {"state": before, "memo": None})
            after, tape.memos[k] = returned
            for slots, state in zip(tape.states, after, strict=True):
                slots[k + 1] = state

    def backward(
        self,
        arrays: Arrays,
        tape: Any,
        mask: Array | None,
        d_state: list[Array],
        d_out: Array | None,
    ) -> None:
        tape.d_weights = {name: np.zeros_like(array) for name, array in arrays.items()}
        for k in reversed(range(tape.shape.n_steps)):
            if d_out is not None:
                d_state[0] += d_out[k]
            returned = self.adjoint(arrays, tape.memos[k], tuple(d_state))
            if k + 1 == tape.shape.n_steps:
                like = {"d_x": tape.d_x[k], "d_state": d_state, "d_weights": arrays}
                self._check("adjoint", returned, like)
            tape.d_x[k], before, d_weights = returned
            for d, new in zip(d_state, before, strict=True):
                d[...] = new
            if mask is not None:
                d_state[0] *= mask
            for name, array in tape.d_weights.items():
                array += d_weights[name]

    def _check(self, method, returned, like):
        """Raise unless a method returned arrays with the shapes of those in `like`, by name."""
        where = f"{type(self).__name__}.{method}"
        if not isinstance(returned, tuple) or len(returned) != len(like):
            raise TypeError(f"{where} must return {', '.join(like)}; got {_kind(returned)}.")
        for value, (name, expected) in zip(returned, like.items(), strict=True):
            wanted, got = _shapes(expected), _shapes(value)
            if expected is not None and got != wanted:
                raise ValueError(f"{where} must return {name} of shape {wanted}; got {got}.")

    def accumulate(self, tape: Any, gradient: Arrays) -> None:
        for name, array in gradient.items():
            array += tape.d_weights[name]

    def input_gradient(self, arrays: Arrays, tape: Any) -> Array:
        return tape.d_x

    def activations(self, tape: Any) -> Arrays:
        missing = set(self.gates) - tape.memos[0].keys()
        if missing:
            raise ValueError(
                f"{type(self).__name__}.gates names {sorted(missing)}, which the memo of step does "
                f"not have; it has {sorted(tape.memos[0])}."
            )
        return {gate: np.stack([memo[gate] for memo in tape.memos]) for gate in self.gates}


def _kind(value):
    return f"{len(value)} values" if isinstance(value, tuple) else f"a {type(value).__name__}"


def _shapes(value):
    """The shape of an array, of each array in a list, tuple or dict; or the kind of value."""
    if isinstance(value, dict):
        return {name: _shapes(value[name]) for name in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_shapes(array) for array in value]
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
        return type(value).__name__ + (f" of {value.dtype}" if hasattr(value, "dtype") else "")
    return value.shape


class StepTape(Tape):
    """A tape with a memo for each step.

    Parameters
    ----------
    shape : TapeShape
    state_sizes : tuple of int

    Attributes
    ----------
    d_x : ndarray of shape (L, C, b)
        Derivatives by the input, after `StepCell.backward`.
    memos : list of dict
        The memo that `StepCell.step` returned, for each step.
    """

    def __init__(self, shape, state_sizes):
        super().__init__(shape, state_sizes)
        self.d_x = np.empty_like(self.x)
        self.memos = [None] * shape.n_steps
