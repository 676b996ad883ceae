"""Losses, for the parameter `loss`."""

from .core.losses import *  # noqa: F403 - exactly the names in __all__
from .core.losses import __all__ as __all__
