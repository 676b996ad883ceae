"""Callbacks that log and save the training of networks, set with ``set_callbacks``."""

from ._checkpoint import Checkpoint
from ._csv_logger import CSVLogger
from ._tensorboard import TensorBoard

__all__ = ["CSVLogger", "Checkpoint", "TensorBoard"]
