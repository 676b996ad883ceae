"""Our estimators: from their input to the results of their methods."""

from ...classifier import LSTMClassifier
from ...core.messages import shorten
from ...language_model import LSTMLanguageModel
from ...regressor import LSTMRegressor
from .network import add_network, add_patches, check_network
from .outputs import Result, Wanted, add_labels, add_values
from .requirements import kind_of

_KINDS = {LSTMRegressor: None, LSTMClassifier: None, LSTMLanguageModel: None}
_METHODS = ("predict", "predict_proba", "predict_quantiles")


def is_ours(estimator):
    """Whether this is one of the estimators that `add_estimator` adds, or of a subclass."""
    return isinstance(estimator, tuple(_KINDS))


def check_estimator(estimator, wanted=None):
    """Raise a TypeError or ValueError unless a fitted estimator can be converted.

    Parameters
    ----------
    estimator : LSTMRegressor, LSTMClassifier or LSTMLanguageModel
    wanted : Wanted or None, default=None
    """
    if kind_of(estimator, _KINDS, _METHODS) is None:
        raise TypeError(
            f"{type(estimator).__name__} defines one of {', '.join(_METHODS)} itself, which cannot "
            "be converted to ONNX. Convert an LSTMRegressor or LSTMClassifier, or a subclass that "
            "does not."
        )
    if not isinstance(estimator, LSTMRegressor) and wanted not in (None, Wanted()):
        raise ValueError(
            "return_std, quantiles and return_parameters are for regressors; got "
            f"{shorten(estimator)}."
        )
    check_network(estimator._fitted_predictor().network)


def add_estimator(graph, estimator, inputs, floats="FLOAT", wanted=None, raw_scores=False):
    """Add a fitted estimator.

    Parameters
    ----------
    graph : Graph
    estimator : LSTMRegressor, LSTMClassifier or LSTMLanguageModel
    inputs : list of str
        The names of X, or of the numbers of tokens; and of the numbers of steps if sequences are
        padded.
    floats : {"FLOAT", "DOUBLE"}, default="FLOAT"
        Type of X and of the results. The network is always in float32, what follows in this type.
    wanted : Wanted or None, default=None
        What is wanted of a regressor besides its predictions.
    raw_scores : bool, default=False
        Whether to add the raw outputs of a classifier instead of its probabilities.

    Returns
    -------
    list of Result

    Raises
    ------
    ValueError
        If something is wanted that there is not.
    """
    predictor, weights = estimator._fitted_predictor(), estimator.weights_
    if isinstance(estimator, LSTMLanguageModel):
        return _add_language_model(graph, predictor.of_last_step.network, weights, *inputs)
    X, *lengths = inputs
    if floats != "FLOAT":
        X = graph.cast(X, "FLOAT")
    raw = add_network(graph, predictor.network, weights, *_sequences(graph, estimator, X, *lengths))
    if floats != "FLOAT":
        graph.floats, raw = floats, graph.cast(raw, floats)
    if isinstance(estimator, LSTMClassifier):
        return add_labels(graph, estimator, raw, raw_scores)
    return add_values(graph, estimator, raw, wanted or Wanted())


def _sequences(graph, estimator, X, lengths=None):
    """What the network reads (n, T, C), and the numbers of steps or None."""
    n_steps, n_channels = None, estimator.n_features_in_
    if estimator.x_ndim_ == 2:
        X, n_steps, n_channels = graph.op("Unsqueeze", X, [2]), n_channels, 1
    length = estimator.patch_length_
    if length == 1:
        return X, lengths
    return add_patches(graph, X, lengths, length, n_steps, n_channels)


def _add_language_model(graph, network, weights, tokens, lengths):
    if "embedding" in weights:
        vectors = graph.op("Gather", weights["embedding"], tokens, axis=0)
    else:
        vectors = graph.op("OneHot", tokens, [network.n_inputs], [0.0, 1.0], axis=-1)
    raw = add_network(graph, network, weights, vectors, lengths)
    probabilities = graph.op("Softmax", raw, axis=-1)
    return [Result("probabilities", probabilities, "FLOAT", (network.n_raw,))]
