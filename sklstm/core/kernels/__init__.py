"""Kernels: the steps of the LSTM and of the GRU over one segment, on plain arrays.

`KERNELS` has an entry for each implementation. "numpy" is the reference: the tests of both cells
run over the table and compare every entry with it. The notation is that of
``core/cells/__init__.py``.
"""

from types import ModuleType
from typing import NamedTuple

from . import gru, lstm


class Kernel(NamedTuple):
    """One implementation of the steps of a segment.

    Attributes
    ----------
    lstm, gru : module
        Each has ``forward`` and ``backward``, with the arguments that the modules of this package
        document, and ``forward_steps`` and ``backward_steps``, which return objects that
        the two functions reuse in calls with the same arrays: in NumPy views of each step; or None.
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
