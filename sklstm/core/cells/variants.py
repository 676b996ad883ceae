r"""The variants of the LSTM with peepholes that change one thing (Greff et al. 2017, appendix A).

Each is the cell of `gated` with the one equation in its docstring changed; ``peepholes=False``
makes it the same variant of the LSTM without peepholes. Two more variants are in
other files: the one without peepholes (NP) is `LSTM`, and full gate recurrence is `fgr.FGR`.
"""

import numpy as np

from ..types import Arrays
from .gated import GatedCell
from .inherited import inherit_sections


@inherit_sections
class NIG(GatedCell):
    r"""No input gate: :math:`c_t = f_t \odot c_{t-1} + g_t`.

    Examples
    --------
    >>> from sklstm.cells import NIG
    >>> NIG().gates
    ('output', 'forget', 'cell')
    """

    gates: tuple[str, ...] = ("output", "forget", "cell")


@inherit_sections
class NFG(GatedCell):
    r"""No forget gate: :math:`c_t = c_{t-1} + i_t \odot g_t`, the cell of 1997 with peepholes.

    Examples
    --------
    >>> from sklstm.cells import NFG
    >>> NFG().gates
    ('output', 'input', 'cell')
    """

    gates: tuple[str, ...] = ("output", "input", "cell")

    def __init__(self, peepholes: bool = True, gate_activation: str = "sigmoid") -> None:
        self.peepholes = peepholes
        self.gate_activation = gate_activation

    def first_biases(self, rng: np.random.Generator, hidden_size: int) -> Arrays:
        return {}


@inherit_sections
class NOG(GatedCell):
    r"""No output gate: :math:`h_t = \tanh(c_t)`.

    Examples
    --------
    >>> from sklstm.cells import NOG
    >>> NOG().gates
    ('input', 'forget', 'cell')
    """

    gates: tuple[str, ...] = ("input", "forget", "cell")


@inherit_sections
class NIAF(GatedCell):
    r"""No input activation function: :math:`g_t = z^g_t`.

    Examples
    --------
    >>> from sklstm.cells import NIAF
    >>> NIAF(gate_activation="hard_sigmoid")
    NIAF(gate_activation='hard_sigmoid')
    """

    squashes_input = False


@inherit_sections
class NOAF(GatedCell):
    r"""No output activation function: :math:`h_t = o_t \odot c_t`.

    Examples
    --------
    >>> from sklstm.cells import NOAF
    >>> NOAF(peepholes=False)
    NOAF(peepholes=False)
    """

    squashes_output = False


@inherit_sections
class CIFG(GatedCell):
    r"""Coupled input and forget gate: :math:`f_t = 1 - i_t`.

    The initial bias of the input gate is the negative of `forget_bias`, since
    :math:`1 - \sigma(-z) = \sigma(z)`.

    Examples
    --------
    >>> from sklstm.cells import CIFG
    >>> CIFG().gates
    ('output', 'input', 'cell')
    """

    gates: tuple[str, ...] = ("output", "input", "cell")
    coupled: bool = True

    def first_biases(self, rng: np.random.Generator, hidden_size: int) -> Arrays:
        return {"input": -self.first_forget_bias(rng, hidden_size)}
