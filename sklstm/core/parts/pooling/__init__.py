"""Poolings: from the hidden states at all steps to the features; `base.py` describes them."""

from .attention import Attention
from .simple import LastState, Max, Mean

POOLINGS = {"last": LastState, "mean": Mean, "max": Max, "attention": Attention}

__all__ = ["POOLINGS", "Attention", "LastState", "Max", "Mean"]
