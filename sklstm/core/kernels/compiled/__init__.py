"""Kernels in C: drop-ins for the functions of the NumPy kernels, with the same arguments.

``source/`` has the C code: ``lstm.h`` and ``gru.h`` the equations, ``outer.h`` the gradients of the
weights, ``tiles.h`` the matrix products, ``vectors.h`` the arithmetic. They are compiled for
each dtype and several kinds of processors (``kernels.c``); the fastest one that the processor can
run is chosen when the extension is loaded. ``module.c`` checks the arrays.

The extension is optional. `extension` is None if it was not built, or if it cannot be loaded;
`load_error` is then the reason, otherwise None.
"""

import importlib


def _load():
    try:
        return importlib.import_module("._extension", __name__), None
    except ModuleNotFoundError:
        return None, None  # not built
    except ImportError as error:
        return None, error


extension, load_error = _load()
