"""Registration with skl2onnx: estimators here, transformers in `transformers.py`."""

from ...classifier import LSTMClassifier
from ...preprocessing import Patches, TimeDistributed, ToSequences
from ...regressor import LSTMRegressor
from .estimators import add_estimator, check_estimator
from .graph import Graph
from .outputs import Wanted
from .requirements import require
from .skl_graphs import add_to_container, alias, floats_of, sequences_and_lengths, tensor_type
from .transformers import convert_transformer, declare_sequences, infer_sequences

_ANY_OPSET = 17


def register_skl2onnx() -> None:
    """Register the estimators and transformers of sklstm with skl2onnx.

    Afterwards ``skl2onnx.to_onnx(pipeline, X)`` converts pipelines, searches and other estimators
    that contain `LSTMRegressor`, `LSTMClassifier`, `ToSequences`, `TimeDistributed` or `Patches`.
    `to_onnx` calls it itself. It may be called again.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    Notes
    -----
    Outputs are those of `to_onnx`. Its arguments are options of skl2onnx: ``options={LSTMRegressor:
    {"return_std": True, "quantiles": [0.1, 0.9]}}``. Probabilities are always an array: the option
    "zipmap" has no effect.

    Examples
    --------
    >>> from sklstm.export import register_skl2onnx
    >>> register_skl2onnx()  # doctest: +SKIP
    """
    register = require("skl2onnx").update_registered_converter
    flags = [False, True]
    of_regressor = {"return_std": flags, "quantiles": None, "return_parameters": flags}
    of_classifier = {"zipmap": None, "raw_scores": flags}  # which pipelines and calibration set
    for kind, options in [(LSTMRegressor, of_regressor), (LSTMClassifier, of_classifier)]:
        converter = alias(kind), _infer_outputs, _convert
        register(kind, *converter, parser=_declare_outputs, options=options)
    for kind in (ToSequences, TimeDistributed, Patches):
        converter = alias(kind), infer_sequences, convert_transformer
        register(kind, *converter, parser=declare_sequences)


# Estimators


def _options(holder, model):
    """The arguments of `add_estimator` that are options of skl2onnx."""
    if isinstance(model, LSTMClassifier):
        return {"raw_scores": holder.get_options(model, {"raw_scores": False})["raw_scores"]}
    return {"wanted": Wanted(**holder.get_options(model, Wanted()._asdict()))}


def _results(holder, model, floats):
    """The results of an estimator, before its inputs are known."""
    check_estimator(model)
    scratch = Graph(_ANY_OPSET)
    return add_estimator(scratch, model, ["X"], floats, **_options(holder, model))


def _declare_outputs(scope, model, inputs, custom_parsers=None):
    operator = scope.declare_local_operator(alias(type(model)), model)
    operator.inputs = inputs
    for result in _results(scope, model, floats_of(inputs)):
        variable = scope.declare_local_variable(result.name, tensor_type(result.kind, None))
        operator.outputs.append(variable)
    return operator.outputs


def _infer_outputs(operator):
    model, inputs = operator.raw_operator, operator.inputs
    axes = [inputs[0].get_first_dimension()]
    axes += [None] * model._architecture["return_sequences"]
    # A meta-estimator may have declared only the first ones.
    results = _results(operator.scope_inst, model, floats_of(inputs))
    for result, variable in zip(results, operator.outputs, strict=False):
        variable.set_type(tensor_type(result.kind, [*axes, *result.shape]))


def _convert(scope, operator, container):
    model = operator.raw_operator
    graph = Graph(container.target_opset_onnx, scope.get_unique_variable_name)
    X, lengths = sequences_and_lengths(graph, operator.inputs)
    names, floats = [X] if lengths is None else [X, lengths], floats_of(operator.inputs)
    results = add_estimator(graph, model, names, floats, **_options(container, model))
    for result, variable in zip(results, operator.outputs, strict=False):
        graph.op("Identity", result.value, outputs=[variable.onnx_name])
    add_to_container(graph, scope, container)
