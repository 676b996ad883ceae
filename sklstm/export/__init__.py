"""Export of fitted estimators to the formats of other tools."""

from ._torch_from import from_torch
from ._torch_to import to_torch

__all__ = ["from_torch", "to_torch"]
