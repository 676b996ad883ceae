"""Kernels in C: drop-ins for the functions of the NumPy kernels, with the same arguments.

``source/`` has the C code: ``lstm.h`` and ``gru.h`` the equations, ``outer.h`` the gradients of the
weights, ``adam.h`` the optimizer's update, ``tiles.h`` the matrix products, ``vectors.h`` the
arithmetic. They are compiled for each dtype and several kinds of processors (``kernels.c``); the
fastest one that the processor can run is chosen when the extension is loaded. ``module.c`` checks
the arrays.

The extension is optional. `extension` is None if it was not built, or if it cannot be loaded;
`load_error` is then the reason, otherwise None.
"""

import importlib

import numpy as np


def _load():
    try:
        return importlib.import_module("._extension", __name__), None
    except ModuleNotFoundError:
        return None, None  # not built
    except ImportError as error:
        return None, error


extension, load_error = _load()


def from_outside(d_out, gates):
    """Derivatives that another part of the network returned, as the extension accepts them.

    NumPy works with whatever layout and dtype a custom part uses; here those are converted.

    Parameters
    ----------
    d_out : ndarray of shape (L, H, b) or (n,), or None
    gates : ndarray
        Has the dtype of the kernel's arrays.

    Returns
    -------
    ndarray or None
        `d_out` itself, if its columns are next to each other.
    """
    if not (isinstance(d_out, np.ndarray) and isinstance(gates, np.ndarray)):
        return d_out  # None, or an error that the extension explains
    if d_out.dtype == gates.dtype and d_out.strides[-1] == d_out.itemsize:
        return d_out
    return np.ascontiguousarray(d_out, gates.dtype)
