"""Schedules, for the parameter `learning_rate`."""

from .core.schedules import (
    SCHEDULES,
    Constant,
    Cooldown,
    CosineDecay,
    ExponentialDecay,
    ReduceOnPlateau,
    Schedule,
    WarmUp,
)

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cooldown",
    "CosineDecay",
    "ExponentialDecay",
    "ReduceOnPlateau",
    "Schedule",
    "WarmUp",
]
