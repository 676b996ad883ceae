"""Versions and processor features, for reports of problems."""

import platform

import numpy
import scipy
import sklearn

from ._version import __version__
from .core.kernels import KERNELS, builds, name_in_use


def show_versions() -> None:
    """Print versions, processor features and the kernel in use, for reports of problems.

    "kernel" is what computes the steps of the LSTM and of the GRU: "compiled", or "numpy" if the
    package was built without a C compiler. The environment variable ``SKLSTM_KERNEL``, read when
    sklstm is imported, chooses one of the kernels available. "builds" are the builds of the
    compiled kernel that the processor can run; the last one is used.

    Examples
    --------
    >>> import sklstm
    >>> sklstm.show_versions()
    sklstm: ...
    python: ...
    numpy: ...
    scipy: ...
    scikit-learn: ...
    platform: ...
    kernel: ...
    kernels available: numpy...
    builds: ...
    """
    facts = {
        "sklstm": __version__,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        "platform": _platform(),
        "kernel": name_in_use(),
        "kernels available": ", ".join(KERNELS),
        "builds": ", ".join(builds()) or "none",
    }
    for name, value in facts.items():
        print(f"{name}: {value}")


def _platform():
    """What `platform.platform` says; but that one runs the program uname."""
    found = platform.system(), platform.release(), platform.machine(), *platform.libc_ver()
    return "-".join(filter(None, found))
