"""Kernels: the steps of the LSTM and of the GRU over one segment, on plain arrays.

`KERNELS` has a set of kernels for each way to compute them. "numpy" is the readable one, and the
reference for all others: the tests of both cells run over the table and compare every entry with
it. The notation is that of ``core/cells/__init__.py``.
"""

from types import ModuleType
from typing import NamedTuple

from . import gru, lstm


class Kernel(NamedTuple):
    """One way to compute the steps of a segment.

    Attributes
    ----------
    lstm, gru : module
        Each has ``forward`` and ``backward``, with the arguments that the modules of this package
        document, and ``forward_steps`` and ``backward_steps``, which return whatever the two
        functions keep between calls with the same arrays: views of each step in NumPy, or None.
    """

    lstm: ModuleType
    gru: ModuleType


KERNELS = {"numpy": Kernel(lstm, gru)}


def kernel_in_use():
    """The kernel that new tapes use.

    Returns
    -------
    Kernel
    """
    return KERNELS["numpy"]
