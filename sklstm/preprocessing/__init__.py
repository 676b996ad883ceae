"""Transformers and functions that prepare sequences and time series."""

from ._calendar import CalendarFeatures
from ._padding import strip_padding
from ._patches import Patches
from ._strips import parallel_strips
from ._time_distributed import TimeDistributed
from ._to_sequences import ToSequences
from ._windows import sliding_windows

__all__ = [
    "CalendarFeatures",
    "Patches",
    "TimeDistributed",
    "ToSequences",
    "parallel_strips",
    "sliding_windows",
    "strip_padding",
]
