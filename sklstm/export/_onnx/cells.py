"""Cells as recurrent operators of ONNX, one direction of a layer at a time.

ONNX has the LSTM, with peepholes and with coupled gates, the GRU in both forms, and the simple
recurrent network. They also serve for

- variants of the LSTM without a gate: its weights are zero and its bias is so large that it is 1;
- variants without a tanh, which becomes ONNX's activation "Affine", the identity;
- the cell with diagonal recurrence: its recurrent matrices are diagonal.

Only full gate recurrence is none of these: it is a loop, see `loop.py`.
"""

from dataclasses import dataclass, field

import numpy as np

from ...cells import CIFG, FGR, GRU, LSTM, NFG, NIAF, NIG, NOAF, NOG, RNN, Diagonal
from ...core.messages import shorten
from .requirements import kind_of

# The sigmoid of it is 1 in float32, and so is the hard sigmoid.
_OPEN = 100.0
# The order of gates in weights_, and in ONNX.
_OWN_ORDER = ("input", "forget", "cell", "output")
_ONNX_ORDER = ("input", "output", "forget", "cell")
_ONNX_PEEPHOLES = _ONNX_ORDER[:3]
_SIGMOIDS = {"sigmoid": ("Sigmoid",), "hard_sigmoid": ("HardSigmoid", 1 / 6, 1 / 2)}
_TANH, _IDENTITY = ("Tanh",), ("Affine", 1.0, 0.0)


@dataclass
class Recurrence:
    """One direction of a layer, as an operator of ONNX.

    Attributes
    ----------
    kind : {"LSTM", "GRU", "RNN"}
    by_input, by_state : ndarrays of shape (gates * H, C) and (gates * H, H)
        W and R, in ONNX's order of gates.
    bias : ndarray of shape (2 * gates * H,)
        The biases of W, followed by those of R.
    activations : list of tuple
        Names, each followed by its alpha and beta if it has them.
    peepholes : ndarray of shape (3 * H,) or None
    options : dict of str to int
        Further attributes of the operator.
    """

    kind: str
    by_input: np.ndarray
    by_state: np.ndarray
    bias: np.ndarray
    activations: list
    peepholes: np.ndarray | None = None
    options: dict = field(default_factory=dict)


def recurrence(cell, weights):
    """Express one direction of a layer by an operator of ONNX.

    Parameters
    ----------
    cell : Cell
    weights : dict of str to ndarray
        Those of the direction, as in ``weights_``, without the suffix of the layer.

    Returns
    -------
    Recurrence
    """
    return OPERATORS[type(cell)](cell, weights)


def check_cell(cell):
    """Raise a ValueError unless the cell can be converted."""
    if type(cell) is FGR or kind_of(cell, OPERATORS, ()) is type(cell):
        return
    names = ", ".join(kind.__name__ for kind in (*OPERATORS, FGR))
    raise ValueError(
        f"The cell {shorten(cell)} has no ONNX form. Those of sklstm.cells have one: {names}; "
        "custom cells and subclasses have none. Fit an estimator with one of them, or use this one "
        "in Python, saved by pickle or skops."
    )


def _gated(cell, weights):
    """The LSTM and its variants."""
    H = weights["weight_hh"].shape[1]
    present = [gate for gate in _OWN_ORDER if gate in cell.gates]
    rows = {
        name: dict(zip(present, np.split(weights[name], len(present)), strict=True))
        for name in ("weight_ih", "weight_hh", "bias")
    }
    for gate in _OWN_ORDER:
        if gate not in present:
            is_open = not (cell.coupled and gate == "forget")
            for name in ("weight_ih", "weight_hh"):
                rows[name][gate] = np.zeros((H, weights[name].shape[1]))
            rows["bias"][gate] = np.full(H, _OPEN if is_open else 0.0)
    peepholes = None
    if cell.peepholes:
        own = [weights.get(f"peephole_{gate}", np.zeros(H)) for gate in _ONNX_PEEPHOLES]
        peepholes = np.concatenate(own)
    return Recurrence(
        "LSTM",
        *(_in_order(rows[name], _ONNX_ORDER) for name in ("weight_ih", "weight_hh")),
        _with_zeros(_in_order(rows["bias"], _ONNX_ORDER)),
        [
            _SIGMOIDS[cell.gate_activation],
            _TANH if cell.squashes_input else _IDENTITY,
            _TANH if cell.squashes_output else _IDENTITY,
        ],
        peepholes,
        {"input_forget": 1} if cell.coupled else {},
    )


def _diagonal(cell, weights):
    by_gate = {
        name: dict(zip(_OWN_ORDER, weights[name], strict=True))
        for name in ("weight_input", "weight_recurrent", "bias")
    }
    by_input = {
        gate: factors[:, np.newaxis] * weights["weight_ih"]
        for gate, factors in by_gate["weight_input"].items()
    }
    by_state = {gate: np.diag(factors) for gate, factors in by_gate["weight_recurrent"].items()}
    return Recurrence(
        "LSTM",
        _in_order(by_input, _ONNX_ORDER),
        _in_order(by_state, _ONNX_ORDER),
        _with_zeros(_in_order(by_gate["bias"], _ONNX_ORDER)),
        [_SIGMOIDS["sigmoid"], _TANH, _TANH],
    )


def _gru(cell, weights):
    def in_order(name):
        reset, update, new = np.split(weights[name], 3)
        return np.concatenate([update, reset, new])

    bias = _with_zeros(in_order("bias"))
    if cell.reset_after:
        bias[-len(weights["bias_hn"]) :] = weights["bias_hn"]
    return Recurrence(
        "GRU",
        in_order("weight_ih"),
        in_order("weight_hh"),
        bias,
        [_SIGMOIDS["sigmoid"], _TANH],
        options={"linear_before_reset": int(cell.reset_after)},
    )


def _rnn(cell, weights):
    return Recurrence(
        "RNN",
        weights["weight_ih"],
        weights["weight_hh"],
        _with_zeros(weights["bias"]),
        [("Relu",) if cell.nonlinearity == "relu" else _TANH],
    )


def _in_order(by_gate, order):
    return np.concatenate([by_gate[gate] for gate in order])


def _with_zeros(bias):
    return np.concatenate([bias, np.zeros_like(bias)])


OPERATORS = {
    **dict.fromkeys((LSTM, NIG, NFG, NOG, NIAF, NOAF, CIFG), _gated),
    GRU: _gru,
    RNN: _rnn,
    Diagonal: _diagonal,
}
