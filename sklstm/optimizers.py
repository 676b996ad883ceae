"""Optimizers, for the parameter `optimizer`."""

from .core.optimizers import *  # noqa: F403 - exactly the names in __all__
from .core.optimizers import __all__ as __all__
