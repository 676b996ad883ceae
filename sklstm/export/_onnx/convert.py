"""to_onnx: from a fitted estimator or pipeline to a model of ONNX."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from ..._validation.sequences import check_sequences, is_ragged, read_sequences
from ..._version import __version__
from ...core.checks import check_flag
from ...core.messages import shorten
from ...forecaster import SequenceForecaster
from ...language_model import LSTMLanguageModel
from ...regressor import LSTMRegressor
from ...voting import VotingForecaster
from .estimators import add_estimator, check_estimator, is_ours
from .graph import Graph
from .outputs import Wanted
from .registration import register_skl2onnx
from .requirements import require
from .skl_graphs import tensor_type

if TYPE_CHECKING:
    from onnx import ModelProto

# The first with all operators in the form that is used here.
_MIN_OPSET = 13


def to_onnx(
    estimator: Any,
    X: Any,
    *,
    return_std: bool = False,
    quantiles: ArrayLike | None = None,
    return_parameters: bool = False,
    target_opset: int = 17,
) -> ModelProto:
    """Convert a fitted estimator to ONNX.

    Needs the package onnx; a pipeline, or any other estimator that contains ours, also needs
    skl2onnx: ``pip install onnx skl2onnx``.

    Parameters
    ----------
    estimator : LSTMRegressor, LSTMClassifier, LSTMLanguageModel, or what contains one
        A fitted estimator. Pipelines, searches and other estimators of scikit-learn that contain a
        regressor or classifier are converted by skl2onnx, see `register_skl2onnx`.
    X : array-like
        Sequences in the form that the model is for, one is enough: a table, a 3-D array, or a list
        of sequences. For a language model, a prompt.
    return_std : bool, default=False
        Whether to add the output "std" of a regressor, as in `predict`.
    quantiles : float or array-like of shape (Q,), default=None
        Quantiles to add as the output "quantiles" of a regressor, as in `predict_quantiles`: any
        for "gaussian", those that were learned for ``Quantile``.
    return_parameters : bool, default=False
        Whether to add the output "parameters" of a regressor with the loss of a distribution: a
        last axis with (mean, std) for "gaussian", (location, scale, df) for "student_t", (mean,)
        for "poisson" and (mean, dispersion) for "negative_binomial".
    target_opset : int, default=17
        Version of ONNX's operators. ONNX Runtime reads 17 from its version 1.12 on.

    Returns
    -------
    onnx.ModelProto
        The model. Its input "X" is a table (n, T), or sequences (n, T, C) with any n and T, in the
        dtype of X, float32 or float64. If X is a list, sequences are padded at their ends with any
        numbers, and a second input, "sequence_lens" (n,), int64, has their numbers of steps. The
        outputs are equal to results of methods:

        - "variable" to `predict` of a regressor; (n, 1) if that is (n,), as in skl2onnx
        - "label" and "probabilities" to `predict` and `predict_proba` of a classifier

        With `return_sequences` they have an axis for steps; what is at those of padding has no
        meaning. The inputs of a language model are "tokens" (n, T), int64, and "sequence_lens". A
        token is its index in `vocabulary_`; the first one of a text is the size of `vocabulary_`.
        The output is "probabilities", those of the next token.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    ImportError
        If onnx, or for a pipeline skl2onnx, is not installed.
    ValueError, TypeError
        If the estimator, its cell or its loss has no ONNX form, X does not have the form of fit, or
        an output is asked for that the loss does not have.

    See Also
    --------
    register_skl2onnx : Let skl2onnx convert pipelines.

    Notes
    -----
    The recurrent operators of ONNX Runtime are float32: so is the network, also for float64 X.
    Results then differ by about 1e-6 of the standard deviation of y.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.export import to_onnx
    >>> X = np.random.default_rng(0).standard_normal((50, 12)).astype(np.float32)
    >>> model = LSTMRegressor(8, max_iter=5).fit(X, X[:, -1])
    >>> onnx_model = to_onnx(model, X[:1])  # doctest: +SKIP
    >>> with open("model.onnx", "wb") as file:  # doctest: +SKIP
    ...     n_bytes = file.write(onnx_model.SerializeToString())
    """
    onnx = require("onnx")
    check_flag(return_std, "return_std")
    check_flag(return_parameters, "return_parameters")
    _check_opset(target_opset, onnx.defs.onnx_opset_version())
    _refuse(estimator)
    check_is_fitted(estimator)
    wanted = Wanted(return_std, quantiles, return_parameters)
    if is_ours(estimator):
        model = _convert(estimator, X, wanted, target_opset)
    else:
        model = _convert_by_skl2onnx(estimator, X, wanted, target_opset)
    onnx.checker.check_model(model, full_check=True)
    return model


def _check_opset(opset, highest):
    is_integer = isinstance(opset, int | np.integer) and not isinstance(opset, bool)
    if not is_integer or not _MIN_OPSET <= opset <= highest:
        raise ValueError(
            f"target_opset={shorten(opset)} is not valid; expected an integer from {_MIN_OPSET} to "
            f"{highest}, the highest that the installed onnx knows."
        )


def _refuse(estimator):
    """Raise a TypeError that says what to convert instead."""
    name = type(estimator).__name__
    if isinstance(estimator, SequenceForecaster | VotingForecaster):
        members = "of each member of estimators_, " * isinstance(estimator, VotingForecaster)
        raise TypeError(
            f"A {name} has no ONNX form: it prepares windows and keeps the state of the series. "
            f"Convert the network, the attribute regressor_ {members}and prepare its input as the "
            "forecaster does; or convert an LSTMRegressor fitted on windows of "
            "sklstm.preprocessing.sliding_windows."
        )
    if getattr(estimator, "refit", True) is False and hasattr(estimator, "cv_results_"):
        raise ValueError(
            f"{name} has refit=False and therefore no fitted estimator. Fit it with refit=True, or "
            "convert an estimator fitted with the parameters you choose from cv_results_."
        )
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(
            f"estimator is {shorten(estimator)}; expected a fitted LSTMRegressor or "
            "LSTMClassifier, or an estimator of scikit-learn that contains one."
        )


# Our own estimators


def _convert(estimator, X, wanted, opset):
    check_estimator(estimator, wanted)
    if isinstance(estimator, LSTMLanguageModel):
        estimator.predict_proba(X)  # the errors of wrong prompts
        inputs, floats, per_step = _TOKENS, "FLOAT", False
    else:
        inputs = _inputs(check_sequences(estimator, X, reset=False), estimator.n_features_in_)
        floats, per_step = inputs[0][1], estimator._architecture["return_sequences"]
    graph = Graph(opset)
    results = add_estimator(graph, estimator, [name for name, _, _ in inputs], floats, wanted)
    outputs = []
    for result in results:
        graph.op("Identity", result.value, outputs=[result.name])
        axes = ("n", "T") if per_step else ("n",)
        outputs.append((result.name, result.kind, (*axes, *result.shape)))
    onnx = require("onnx")
    opsets = [onnx.helper.make_opsetid("", opset)]
    return onnx.helper.make_model(
        graph.as_proto(type(estimator).__name__, inputs, outputs),
        opset_imports=opsets,
        ir_version=onnx.helper.find_min_ir_version_for(opsets),
        producer_name="sklstm",
        producer_version=__version__,
    )


# Inputs of a model: name, type and shape.


def _inputs(X, width):
    """The inputs for sequences like X."""
    if isinstance(X, list):
        return [("X", _KINDS[X[0].dtype.type], ("n", "T", width)), _LENGTHS]
    axes = ("n",) if X.ndim == 2 else ("n", "T")
    return [("X", _KINDS[X.dtype.type], (*axes, width))]


_LENGTHS = ("sequence_lens", "INT64", ("n",))
_TOKENS = [("tokens", "INT64", ("n", "T")), _LENGTHS]
_KINDS = {np.float32: "FLOAT", np.float64: "DOUBLE"}


# Estimators of scikit-learn


def _convert_by_skl2onnx(estimator, X, wanted, opset):
    register_skl2onnx()
    getattr(estimator, "predict" if hasattr(estimator, "predict") else "transform")(X[:1])  # errors
    inputs = [("X", tensor_type(*_type_and_shape(estimator, X)))]
    if is_ragged(X):
        inputs.append(("sequence_lens", tensor_type("INT64", [None])))
    options = {id(estimator): {"zipmap": False}} if is_classifier(estimator) else {}
    if wanted != Wanted():
        options[LSTMRegressor] = wanted._asdict()
    model = require("skl2onnx").to_onnx(
        estimator, initial_types=inputs, options=options, target_opset=opset
    )
    missing = set(wanted.outputs()) - {output.name for output in model.graph.output}
    if missing:
        raise ValueError(
            f"{type(estimator).__name__} does not pass on {', '.join(sorted(missing))}, which only "
            "an LSTMRegressor and pipelines and searches that end with one have. Leave return_std, "
            "quantiles and return_parameters out."
        )
    return model


def _type_and_shape(estimator, X):
    """The type of X, and its shape with None for sizes that may differ."""
    if is_ragged(X):
        arrays = [np.asarray(x) for x in X]
        arrays = [x if x.ndim > 1 else x[:, np.newaxis] for x in arrays]
        kind = "FLOAT" if all(x.dtype == np.float32 for x in arrays) else "DOUBLE"
        sizes = [{x.shape[axis] for x in arrays} for axis in (0, 1)]
    else:
        X = read_sequences(X, allow_nan=True)
        kind, sizes = _KINDS[X.dtype.type], [{size} for size in X.shape[1:]]
    # Channels are the last axis, or the first one before ToSequences(layout="NCT").
    width = getattr(estimator, "n_features_in_", None)
    where = [axis for axis, found in enumerate(sizes, start=1) if found == {width}]
    shape = [None] * (1 + len(sizes))
    if len(where) == 1:  # else there are as many steps as channels, and there is no telling
        shape[where[0]] = width
    return kind, shape
