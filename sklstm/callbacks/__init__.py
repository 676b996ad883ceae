"""Callbacks that log the training of networks, set with ``set_callbacks``."""

from ._csv_logger import CSVLogger
from ._tensorboard import TensorBoard

__all__ = ["CSVLogger", "TensorBoard"]
