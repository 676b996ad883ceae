"""Recurrent cells: one file a family, each with its equations at the top.

Notation, used in all of them. One step, feature-major: columns are sequences.

====== ============== ===========================================================
symbol shape          meaning
====== ============== ===========================================================
x_t    (C, b)         input
h_t    (H, b)         hidden state, the cell's output
c_t    (H, b)         cell state
s_t    (H + C + 1, b) the stacked input [h_{t-1}; x_t; 1]
P      (H + C + 1, G) the packed weights [W_h^T; W_x^T; bias], G columns for gates
z_t    (G, b)         pre-activations, P^T s_t: one product per step, bias included
====== ============== ===========================================================

One stacked input and one packed matrix mean that a step costs one matrix product, that the bias
costs nothing, and that the gradient of all three is one product too.

A cell works on a *tape*: the arrays of one segment (L steps, b sequences), in the order in which
the steps are processed, allocated once and used again for every batch of the same shape. A cell of
your own needs none of this: it is one step and its adjoint, see `StepCell`.
"""

from functools import partial

from .base import Cell
from .diagonal import Diagonal
from .fgr import FGR
from .gru import GRU
from .lstm import LSTM
from .rnn import RNN
from .step import StepCell
from .variants import CIFG, NFG, NIAF, NIG, NOAF, NOG

CELLS = {
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
