"""Learning rate schedules, for the parameter `learning_rate`."""

from .core.schedules import *  # noqa: F403 - exactly the names in __all__
from .core.schedules import __all__ as __all__
