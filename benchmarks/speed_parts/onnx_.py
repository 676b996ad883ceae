"""ONNX Runtime: predictions only, with its LSTM and GRU operators."""

import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper

from .cases import BATCH, ROW
from .contestant import Contestant

# The orders of gates, as positions in PyTorch's: input, output, forget, cell; update, reset, new.
_ORDER = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}


class OnnxRuntime(Contestant):
    packages = ("onnxruntime", "onnx")

    def prepare_network(self, case, fitted):
        X, _ = case.arrays()
        feeds = {"X": X}
        if case.lengths == "ragged":
            feeds["lengths"] = case.n_steps().astype(np.int32)
        first = {name: array[:1] for name, array in feeds.items()}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(
            _model(case, fitted.weights), options, providers=["CPUExecutionProvider"]
        )

        def predict(feeds):
            (out,) = session.run(None, feeds)
            return out if case.classes else out[:, 0]

        return {BATCH: lambda: predict(feeds), ROW: lambda: predict(first)}


class _Graph:
    """Nodes and constants of a model."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator, inputs, outputs, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
        return outputs[-1]


def _model(case, weights):
    """The network as a model in bytes, with the batch as first axis of X."""
    graph = _Graph()
    lengths = "lengths" if case.lengths == "ragged" else ""
    x = graph.node("Transpose", ["X"], ["steps"], perm=[1, 0, 2])
    for k in range(case.layers):
        x, last = _layer(graph, case, weights, k, x, lengths)
    last = graph.node("Transpose", [last], ["rows"], perm=[1, 0, 2])
    shape = graph.constant("flat", np.array([0, -1]))
    last = graph.node("Reshape", [last, shape], ["features"])
    head = [graph.constant(name, weights[name]) for name in ("head_weight", "head_bias")]
    out = graph.node("Gemm", [last, *head], ["raw"], transB=1)
    if case.classes:
        out = graph.node("Softmax", [out], ["probabilities"], axis=1)
    inputs = [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["B", case.T, case.C])]
    if lengths:
        inputs.append(helper.make_tensor_value_info(lengths, TensorProto.INT32, ["B"]))
    output = helper.make_tensor_value_info(out, TensorProto.FLOAT, ["B", case.n_outputs])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "network", inputs, [output], graph.constants),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    checker.check_model(model)
    return model.SerializeToString()


def _layer(graph, case, weights, k, x, lengths):
    """Add a layer; return the names of its outputs (T, B, D) and of its last states."""
    names = [f"_l{k}", f"_l{k}_reverse"][: case.directions]

    def gates(array):
        parts = np.split(array, len(_ORDER[case.cell]))
        return np.concatenate([parts[gate] for gate in _ORDER[case.cell]])

    def stack(kind):
        return np.stack([gates(weights[kind + name]) for name in names])

    biases = np.concatenate([stack("bias"), np.zeros_like(stack("bias"))], axis=1)
    if case.cell == "gru":  # the last third: the bias that the reset gate multiplies
        biases[:, -case.H :] = [weights["bias_hn" + name] for name in names]
    arrays = {"W": stack("weight_ih"), "R": stack("weight_hh"), "bias": biases}
    constants = [graph.constant(f"{name}{k}", array) for name, array in arrays.items()]
    attributes = {"hidden_size": case.H}
    if case.bidirectional:
        attributes["direction"] = "bidirectional"
    if case.cell == "gru":
        attributes["linear_before_reset"] = 1
    states, last = f"states{k}", f"last{k}"
    graph.node(case.cell.upper(), [x, *constants, lengths], [states, last], **attributes)
    if k + 1 < case.layers:  # (T, directions, B, H) -> (T, B, D) for the next layer
        swapped = graph.node("Transpose", [states], [f"swapped{k}"], perm=[0, 2, 1, 3])
        shape = graph.constant(f"shape{k}", np.array([0, 0, -1]))
        states = graph.node("Reshape", [swapped, shape], [f"x{k + 1}"])
    return states, last


CONTESTANT = OnnxRuntime
