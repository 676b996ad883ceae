"""A graph of ONNX under construction."""

import numpy as np

from .requirements import require


class Graph:
    """Nodes and constants, in the order of computation. Values are known by their names.

    Parameters
    ----------
    opset : int
        Version of ONNX's operators.
    unique : callable or None
        ``unique(name)`` returns a name that is not in use yet; None counts.

    Attributes
    ----------
    floats : {"FLOAT", "DOUBLE"}
        Type of the constants that are floats; it can be set.
    nodes : list of NodeProto
    constants : dict of str to ndarray
    """

    def __init__(self, opset, unique=None):
        self.opset = opset
        self.floats = "FLOAT"
        self.nodes = []
        self.constants = {}
        self._unique = unique or _Counter()

    def name(self, name):
        """A new name for a value, from this one."""
        return self._unique(name)

    def op(self, kind, *inputs, n_outputs=1, outputs=None, **attributes):
        """Add a node.

        Parameters
        ----------
        kind : str
            The operator.
        *inputs : str, or array-like
            Names of values; everything else is a constant. "" is an input that is left out.
        n_outputs : int, default=1
        outputs : list of str or None, default=None
            Names of the results; None for new ones.
        **attributes
            Those of the operator.

        Returns
        -------
        str, or list of str if there are several outputs
        """
        names = [i if isinstance(i, str) else self.constant(i) for i in inputs]
        if outputs is None:
            outputs = [self._unique(kind.lower()) for _ in range(n_outputs)]
        helper = require("onnx").helper
        self.nodes.append(helper.make_node(kind, names, outputs, **attributes))
        return outputs[0] if len(outputs) == 1 else outputs

    def constant(self, value):
        """Add a constant. Integers become int64.

        Parameters
        ----------
        value : array-like

        Returns
        -------
        str
            Its name.
        """
        array = np.asarray(value)
        if array.dtype.kind == "f":
            array = array.astype(np.float64 if self.floats == "DOUBLE" else np.float32)
        elif array.dtype.kind in "iu":
            array = array.astype(np.int64)
        name = self._unique("constant")
        self.constants[name] = array
        return name

    def cast(self, value, kind):
        """Convert a value; `kind` is a name of ``onnx.TensorProto``, such as "FLOAT"."""
        return self.op("Cast", value, to=getattr(require("onnx").TensorProto, kind))

    def size(self, value, axis):
        """The size of an axis, an array (1,)."""
        return self.op("Gather", self.op("Shape", value), [axis], axis=0)

    def steps(self, n):
        """0, 1, ..., n - 1 for n of shape (1,)."""
        return self.op("Range", 0, self.op("Squeeze", n, [0]), 1)

    def reduce(self, kind, value, axis):
        """``kind`` is "Mean" or "Max"; the axis is removed."""
        if self.opset < 18:  # an attribute became an input
            return self.op(f"Reduce{kind}", value, axes=[axis], keepdims=0)
        return self.op(f"Reduce{kind}", value, [axis], keepdims=0)

    def sum(self, value, axis):
        """The sum over an axis, which is removed."""
        return self.op("ReduceSum", value, [axis], keepdims=0)

    def inner(self):
        """A graph for the body of a loop, with names that are not in use in this one."""
        return Graph(self.opset, self._unique)

    def as_proto(self, name, inputs, outputs):
        """The graph of ONNX.

        Parameters
        ----------
        name : str
        inputs, outputs : list of tuple (name, type, shape)
            The type as a name of ``onnx.TensorProto``; in a shape, a str is a size that is not
            known, and None any size.

        Returns
        -------
        GraphProto
        """
        onnx = require("onnx")

        def info(values):
            return [
                onnx.helper.make_tensor_value_info(name, getattr(onnx.TensorProto, kind), shape)
                for name, kind, shape in values
            ]

        tensors = [_tensor(name, array) for name, array in self.constants.items()]
        return onnx.helper.make_graph(self.nodes, name, info(inputs), info(outputs), tensors)


class _Counter:
    def __init__(self):
        self.n = 0

    def __call__(self, name):
        self.n += 1
        return f"{name}_{self.n}"


def _tensor(name, array):
    if array.dtype.kind in "UO":
        array = array.astype(object)
    return require("onnx").numpy_helper.from_array(array, name)
