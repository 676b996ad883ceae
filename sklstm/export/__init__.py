"""Export of fitted estimators to the formats of other tools."""

from ._onnx.convert import to_onnx
from ._onnx.registration import register_skl2onnx
from ._torch_from import from_torch
from ._torch_to import to_torch

__all__ = ["from_torch", "register_skl2onnx", "to_onnx", "to_torch"]
