"""LSTMRegressor and LSTMClassifier: from X to the results of their methods."""

from ...classifier import LSTMClassifier
from ...core.messages import shorten
from ...regressor import LSTMRegressor
from .cells import check_cell
from .network import add_network, check_pooling
from .outputs import Wanted, add_labels, add_values
from .requirements import kind_of

_METHODS = ("predict", "predict_proba", "predict_quantiles")


def check_estimator(estimator):
    """Raise a TypeError or ValueError unless a fitted estimator can be converted."""
    if kind_of(estimator, {LSTMRegressor: None, LSTMClassifier: None}, _METHODS) is None:
        raise TypeError(
            f"{type(estimator).__name__} defines one of {', '.join(_METHODS)} itself, which cannot "
            "be converted to ONNX. Convert an LSTMRegressor or LSTMClassifier, or a subclass that "
            "does not."
        )
    network = estimator._fitted_predictor().network
    check_cell(network.cell)
    check_pooling(network.pooling)


def add_estimator(graph, estimator, inputs, floats, wanted=None, raw_scores=False):
    """Add a fitted estimator.

    Parameters
    ----------
    graph : Graph
    estimator : LSTMRegressor or LSTMClassifier
    inputs : list of str
        The names of X, and of the numbers of steps if the sequences are padded.
    floats : {"FLOAT", "DOUBLE"}
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
    wanted = wanted or Wanted()
    is_classifier = isinstance(estimator, LSTMClassifier)
    if is_classifier and wanted != Wanted():
        raise ValueError(
            "return_std, quantiles and return_parameters are for regressors; got "
            f"{shorten(estimator)}, a classifier."
        )
    X, *lengths = inputs
    X = graph.cast(X, "FLOAT") if floats != "FLOAT" else X
    raw = add_network(graph, estimator, X, *lengths)
    if floats != "FLOAT":
        graph.floats, raw = floats, graph.cast(raw, floats)
    if is_classifier:
        return add_labels(graph, estimator, raw, raw_scores)
    return add_values(graph, estimator, raw, wanted)
