"""Recurrent cells: one file for each family.

The equations are at the top of each file; those of the LSTM and of the GRU are in ``core/kernels``.
The notation is the same in all of them. Arrays are feature-major: columns are sequences.

====== ============== ===========================================================
symbol shape          meaning
====== ============== ===========================================================
x_t    (C, b)         input
h_t    (H, b)         hidden state, the cell's output
c_t    (H, b)         cell state
s_t    (H + C + 1, b) the stacked input [h_{t-1}; x_t; 1]
P      (H + C + 1, G) the packed weights [W_h^T; W_x^T; bias]; G is H per gate
z_t    (G, b)         pre-activations, P^T s_t: one product per step, bias included
====== ============== ===========================================================

With one stacked input and one packed matrix, a step is one matrix product, bias included, and so is
the gradient of all three kinds of weights.

A cell works on a *tape*: the arrays of one segment (L steps, b sequences), in the order in which
the steps are processed; see `tape.Tape`. `base.Cell` explains how to add a cell that works on whole
segments. A custom cell can also be a single step and its adjoint, without tapes: see `StepCell`.
"""

from collections.abc import Callable
from functools import partial

from .base import Cell
from .diagonal import Diagonal
from .fgr import FGR
from .gru import GRU
from .lstm import LSTM
from .rnn import RNN
from .step import StepCell
from .variants import CIFG, NFG, NIAF, NIG, NOAF, NOG

CELLS: dict[str, Callable[..., Cell]] = {
    "lstm": LSTM,
    "peephole": partial(LSTM, peepholes=True),
    "nig": NIG,
    "nfg": NFG,
    "nog": NOG,
    "niaf": NIAF,
    "noaf": NOAF,
    "cifg": CIFG,
    "fgr": FGR,
    "gru": GRU,
    "rnn": RNN,
    "diagonal": Diagonal,
}

__all__ = [
    "CELLS",
    "CIFG",
    "FGR",
    "GRU",
    "LSTM",
    "NFG",
    "NIAF",
    "NIG",
    "NOAF",
    "NOG",
    "RNN",
    "Cell",
    "Diagonal",
    "StepCell",
]
