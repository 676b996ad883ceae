"""All cells in all their forms, and each of them with every kernel that computes its steps."""

import numpy as np
import pytest

from sklstm.cells import CELLS, CIFG, FGR, GRU, LSTM, NFG, NIAF, NIG, NOAF, NOG, RNN
from sklstm.core import kernels
from sklstm.core.cells.tape import TapeShape
from sklstm.core.kernels import KERNELS

GATED = (LSTM, NIG, NFG, NOG, NIAF, NOAF, CIFG, FGR)
# Registered cells as they are, and the other forms that their parameters give them.
FORMS = {
    **{name: make() for name, make in CELLS.items()},
    **{f"{kind.__name__} hard": kind(gate_activation="hard_sigmoid") for kind in GATED},
    "LSTM hard with peepholes": LSTM(peepholes=True, gate_activation="hard_sigmoid"),
    **{f"{kind.__name__} without peepholes": kind(peepholes=False) for kind in GATED[1:]},
    "gru with the reset before": GRU(reset_after=False),
    "rnn of rectifiers": RNN("relu"),
}


def uses_kernels(cell):
    """Whether the cell's steps are in `KERNELS`."""
    return hasattr(cell.tape(TapeShape(1, 1, 1, 1, np.dtype(float))), "kernel")


def over_kernels(argument, cells):
    """A mark that runs a test over cells, by name, and over the kernels of each of them.

    The argument is a fixture of the test module that calls `choose_kernel`.
    """
    cases = []
    for name, cell in cells.items():
        if uses_kernels(cell):
            cases += [pytest.param((name, kernel), id=f"{name} by {kernel}") for kernel in KERNELS]
        else:
            cases.append(pytest.param((name, "numpy"), id=name))
    return pytest.mark.parametrize(argument, cases, indirect=True)


def choose_kernel(request, monkeypatch):
    """Use the kernel of a case of `over_kernels`, and return the cell's name."""
    name, kernel = request.param
    monkeypatch.setattr(kernels, "kernel_in_use", lambda: KERNELS[kernel])
    return name


@pytest.fixture(params=KERNELS)
def kernel(request, monkeypatch):
    """Run a test with every kernel."""
    monkeypatch.setattr(kernels, "kernel_in_use", lambda: KERNELS[request.param])
    return request.param
