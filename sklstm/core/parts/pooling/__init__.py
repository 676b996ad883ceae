"""Poolings: from the hidden states at all steps to the features; `base.py` describes them."""

from .simple import LastState, Max, Mean

POOLINGS = {"last": LastState, "mean": Mean, "max": Max}

__all__ = ["POOLINGS", "LastState", "Max", "Mean"]
