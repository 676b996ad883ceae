"""Kernels: the steps of the LSTM and of the GRU, tables of tokens, and Adam, on plain arrays.

`KERNELS` has an entry for each implementation. "numpy" is the reference: the tests of both cells
run over the table and compare every entry with it. "compiled" is in the table if the extension was
built. The notation is that of ``core/cells/__init__.py``.

The environment variable ``SKLSTM_KERNEL`` selects an entry by name. The default is "compiled" if it
exists, and "numpy" otherwise.
"""

import os
import warnings
from types import ModuleType
from typing import NamedTuple

from . import adam, compiled, gru, lstm, tokens
from .compiled import adam as compiled_adam
from .compiled import gru as compiled_gru
from .compiled import lstm as compiled_lstm
from .compiled import tokens as compiled_tokens


class Kernel(NamedTuple):
    """One implementation of all kernels.

    Attributes
    ----------
    lstm, gru : module
        Each has ``run``, ``forward`` and ``backward``, with the arguments that the modules of this
        package document, and ``forward_steps`` and ``backward_steps``, which return objects that
        these reuse in calls with the same arrays: in NumPy views of each step; or None.
        ``add_outer_products`` is that of ``core/products.py``, for the gradients of the weights.
    adam : module
        Has ``update``, the update of the optimizer.
    tokens : module
        Has ``look_up`` and ``scatter_add``, for the rows of a table and their gradient.
    calls_blas : bool
        Whether the matrix products are those of BLAS, which may use several threads.
    takes_widths : bool
        Whether the functions of `lstm` and `gru` have the argument ``widths``, an array of int64 of
        shape (L,), or None: the number of columns that run at each step, which never grows. At a
        step the columns beyond are neither read nor written: `forward` stops with them, `run`
        leaves their last state, and `backward` starts from the derivatives by it.
    """

    lstm: ModuleType
    gru: ModuleType
    adam: ModuleType
    tokens: ModuleType
    calls_blas: bool = True
    takes_widths: bool = False


def _find_kernels():
    """All kernels by name: the compiled one if it was built and can be loaded."""
    kernels = {"numpy": Kernel(lstm, gru, adam, tokens)}
    if compiled.extension is not None:
        kernels["compiled"] = Kernel(
            compiled_lstm,
            compiled_gru,
            compiled_adam,
            compiled_tokens,
            calls_blas=False,
            takes_widths=True,
        )
    elif compiled.load_error is not None and os.environ.get(VARIABLE) != "numpy":
        warnings.warn(
            "The compiled kernels of sklstm cannot be loaded; NumPy is used instead, which is "
            f"slower. The reason: {compiled.load_error}",
            RuntimeWarning,
            stacklevel=2,
        )
    return kernels


def _choose_kernel():
    """The name in the environment variable, or by default the last one of the table."""
    name = os.environ.get(VARIABLE) or list(KERNELS)[-1]
    if name not in KERNELS:
        why = " The compiled kernels were not built." if name == "compiled" else ""
        if why and compiled.load_error is not None:
            why = f" The compiled kernels cannot be loaded: {compiled.load_error}"
        raise ValueError(
            f"The environment variable {VARIABLE} must be one of {list(KERNELS)}; got {name!r}."
            f"{why}"
        )
    return name


VARIABLE = "SKLSTM_KERNEL"
KERNELS = _find_kernels()
_IN_USE = _choose_kernel()


def name_in_use():
    """The name of the kernel that new tapes use.

    Returns
    -------
    str
        A key of `KERNELS`.
    """
    return _IN_USE


def kernel_in_use():
    """The kernel that new tapes use.

    Returns
    -------
    Kernel
    """
    return KERNELS[_IN_USE]


def builds():
    """The builds of the compiled kernel that this processor can run.

    Returns
    -------
    tuple of str
        The fastest one, which is used, is the last; empty if nothing was compiled.
    """
    return () if compiled.extension is None else compiled.extension.builds()
