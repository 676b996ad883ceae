"""Optimizers, for the parameter `optimizer`."""

from .core.optimizers import OPTIMIZERS, SGD, Adam, AdamW, Optimizer, RMSprop

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]
