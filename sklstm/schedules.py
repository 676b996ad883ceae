"""Schedules, for the parameter `learning_rate`."""

from .core.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    ExponentialDecay,
    ReduceOnPlateau,
    Schedule,
    WarmUp,
)

__all__ = [
    "SCHEDULES",
    "Constant",
    "CosineDecay",
    "ExponentialDecay",
    "ReduceOnPlateau",
    "Schedule",
    "WarmUp",
]
