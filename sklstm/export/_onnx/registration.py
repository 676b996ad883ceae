"""Registration with skl2onnx."""


def register_skl2onnx() -> None:
    """Register."""
