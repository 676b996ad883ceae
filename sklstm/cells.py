"""Recurrent cells, for the parameter `cell`."""

from .core.cells import *  # noqa: F403 - what the package makes public, and no more
from .core.cells import __all__ as __all__
