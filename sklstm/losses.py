"""Losses, for the parameter `loss`."""

from .core.losses import *  # noqa: F403 - what the package makes public, and no more
from .core.losses import __all__ as __all__
