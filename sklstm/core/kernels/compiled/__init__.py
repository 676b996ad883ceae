"""Kernels in C: drop-ins for the functions of the NumPy kernels, with the same arguments.

``source/`` has the C code: ``lstm.h`` and ``gru.h`` the equations, ``tiles.h`` the matrix products,
``vectors.h`` the arithmetic. They are compiled for each dtype and for several kinds of processors
(``kernels.c``); the fastest one that the processor can run is chosen when the module is imported.
``module.c`` checks the arrays. The extension is optional: if it was not built, importing `lstm` or
`gru` raises ``ModuleNotFoundError``.
"""
