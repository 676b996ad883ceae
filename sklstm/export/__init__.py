"""Export of fitted estimators to the formats of other tools."""

from ._onnx.convert import to_onnx
from ._onnx.registration import register_skl2onnx

__all__ = ["register_skl2onnx", "to_onnx"]
