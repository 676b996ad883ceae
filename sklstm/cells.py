"""Recurrent cells, for the parameter `cell`."""

from .core.cells import *  # noqa: F403 - exactly the names in __all__
from .core.cells import __all__ as __all__
