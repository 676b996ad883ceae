"""What converters for skl2onnx have in common: its variables and containers."""

import numpy as np

from .requirements import require

_TYPES = {
    "FLOAT": "FloatTensorType",
    "DOUBLE": "DoubleTensorType",
    "INT64": "Int64TensorType",
    "STRING": "StringTensorType",
}


def alias(kind):
    """The name under which a class is registered."""
    return f"Sklstm{kind.__name__}"


def tensor_type(kind, shape):
    """A type of skl2onnx.

    Parameters
    ----------
    kind : str
        A name of ``onnx.TensorProto``.
    shape : list of int or None
    """
    types = require("skl2onnx.common.data_types")
    return getattr(types, _TYPES[kind])(shape)


def floats_of(inputs):
    """The type of the floats in what is computed from these variables."""
    return "DOUBLE" if any(_kind(v) == "DOUBLE" for v in inputs) else "FLOAT"


def is_lengths(variable):
    """Whether a variable of skl2onnx is the numbers of steps, (n,), of padded sequences."""
    return _kind(variable) == "INT64" and len(variable.type.shape) == 1


def sequences_and_lengths(graph, inputs):
    """The names of X, in the type `floats_of`, and of the numbers of steps, which may be None.

    Columns of a data frame, one variable each, are joined.
    """
    floats = floats_of(inputs)
    lengths = [v.onnx_name for v in inputs if is_lengths(v)]
    columns = [
        v.onnx_name if _kind(v) == floats else graph.cast(v.onnx_name, floats)
        for v in inputs
        if not is_lengths(v)
    ]
    X = graph.op("Concat", *columns, axis=1) if len(columns) > 1 else columns[0]
    return X, lengths[0] if lengths else None


def _kind(variable):
    """The name of a variable's type in ``onnx.TensorProto``; None if it is another one."""
    types = require("skl2onnx.common.data_types")
    for kind, name in _TYPES.items():
        if isinstance(variable.type, getattr(types, name)):
            return kind
    return None


def add_to_container(graph, scope, container):
    """Add what was built to the model that skl2onnx builds."""
    onnx = require("onnx")
    for name, array in graph.constants.items():
        kind = onnx.TensorProto.STRING
        values = array.ravel().tolist()
        if array.dtype.kind in "UO":
            values = [text.encode("utf-8") for text in values]
        else:
            kind = onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
        container.add_initializer(name, kind, list(np.shape(array)), values)
    for node in graph.nodes:
        container.add_node(
            node.op_type,
            list(node.input),
            list(node.output),
            name=scope.get_unique_operator_name(node.op_type),
            **{a.name: onnx.helper.get_attribute_value(a) for a in node.attribute},
        )
