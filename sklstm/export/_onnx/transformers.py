"""The transformers of sklstm.preprocessing, as skl2onnx converts them.

Sequences of different lengths are two variables: the padded sequences, and the numbers of steps.
Each transformer passes both on.
"""

import numpy as np

from ...preprocessing import Patches, TimeDistributed, ToSequences
from .graph import Graph
from .network import add_patches
from .requirements import require
from .skl_graphs import (
    add_to_container,
    alias,
    floats_of,
    is_lengths,
    sequences_and_lengths,
    tensor_type,
)


def declare_sequences(scope, model, inputs, custom_parsers=None):
    """Declare the transformer and its outputs; skl2onnx calls this a parser."""
    operator = scope.declare_local_operator(alias(type(model)), model)
    operator.inputs = inputs
    variable = scope.declare_local_variable("sequences", tensor_type(floats_of(inputs), None))
    operator.outputs.append(variable)
    for lengths in filter(is_lengths, inputs):
        variable = scope.declare_local_variable("lengths", type(lengths.type)([None]))
        operator.outputs.append(variable)
    return operator.outputs


def infer_sequences(operator):
    """Infer the types of the outputs."""
    X, *lengths = operator.outputs
    n = operator.inputs[0].get_first_dimension()
    model = operator.raw_operator
    X.set_type(type(X.type)([n, *_SHAPES[type(model)](model)]))
    for variable in lengths:
        variable.set_type(type(variable.type)([n]))


def convert_transformer(scope, operator, container):
    """Convert the transformer."""
    model, (out, *lengths_out) = operator.raw_operator, operator.outputs
    graph = Graph(container.target_opset_onnx, scope.get_unique_variable_name)
    X, lengths = sequences_and_lengths(graph, operator.inputs)
    if isinstance(model, TimeDistributed):
        X = _transform_steps(graph, model, X, operator, scope, container)
    elif isinstance(model, Patches):
        X, lengths = _patches(graph, model, X, lengths)
    else:
        X = _to_sequences(graph, model, X, lengths)
    graph.op("Identity", X, outputs=[out.onnx_name])
    for variable in lengths_out:
        graph.op("Identity", lengths, outputs=[variable.onnx_name])
    add_to_container(graph, scope, container)


# ToSequences


def _to_sequences(graph, model, X, lengths):
    newest_first = model.time_order == "newest_first"
    if model.x_ndim_ == 2:
        which = _columns(model)
        X = graph.op("Gather", X, which.ravel(), axis=1)
        return graph.op("Reshape", X, [0, *which.shape])
    if model.layout == "NCT":
        X = graph.op("Transpose", X, perm=[0, 2, 1])
    if not newest_first:
        return X
    if lengths is None:
        return graph.op("Slice", X, [-1], [np.iinfo(np.int64).min], [1], [-1])
    return graph.op("ReverseSequence", X, lengths, batch_axis=0, time_axis=1)


def _columns(model):
    """For a table, the column of each step and channel, (T, C)."""
    step = -1 if model.time_order == "newest_first" else 1
    return model._unfold(np.arange(model.n_features_in_)[np.newaxis], step)[0]


def _shape_of_sequences(model):
    return _columns(model).shape if model.x_ndim_ == 2 else (None, model.n_features_in_)


# Patches


def _patches(graph, model, X, lengths):
    n_steps = None
    if model.x_ndim_ == 2:
        X, n_steps = graph.op("Unsqueeze", X, [2]), model.n_features_in_
    return add_patches(graph, X, lengths, model.length, n_steps, model.n_channels_)


def _shape_of_patches(model):
    return None, model.length * model.n_channels_


# TimeDistributed


def _transform_steps(graph, model, X, operator, scope, container):
    """All steps as rows, the inner transformer on these, and the form of X again."""
    width = 1 if model.x_ndim_ == 2 else model.n_features_in_
    rows = graph.op("Reshape", X, [-1, width], outputs=[graph.name("rows")])
    add_to_container(graph, scope, container)
    transformed = graph.name("transformed")
    require("skl2onnx.algebra.onnx_operator").OnnxSubEstimator(
        model.transformer_,
        (rows, tensor_type(floats_of(operator.inputs), [None, width])),
        op_version=container.target_opset_onnx,
        output_names=[transformed],
    ).add_to(scope, container)
    graph.nodes.clear()
    graph.constants.clear()
    if model.x_ndim_ == 2 and model.n_channels_out_ == 1:
        return graph.op("Reshape", transformed, graph.op("Shape", X))
    axes = graph.op("Slice", graph.op("Shape", X), [0], [2])
    return graph.op(
        "Reshape", transformed, graph.op("Concat", axes, [model.n_channels_out_], axis=0)
    )


def _shape_of_steps(model):
    if model.x_ndim_ == 3:
        return None, model.n_channels_out_
    several = (model.n_channels_out_,) if model.n_channels_out_ > 1 else ()
    return model.n_features_in_, *several


_SHAPES = {
    ToSequences: _shape_of_sequences,
    Patches: _shape_of_patches,
    TimeDistributed: _shape_of_steps,
}
