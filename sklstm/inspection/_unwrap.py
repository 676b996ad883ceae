"""The estimator inside a search or a pipeline, and X as it reads it."""

from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from ..core.messages import shorten


def check_estimator(estimator: Any, methods: tuple[str, ...], what: str) -> None:
    """Raise unless an object is fitted and has one of the methods or attributes.

    Parameters
    ----------
    estimator : object
        Value passed by the user.
    methods : tuple of str
    what : str
        What was expected.
    """
    if isinstance(estimator, type):
        name = estimator.__name__
        raise TypeError(
            f"estimator is the class {name}; expected a fitted object: {name}().fit(...)."
        )
    if hasattr(estimator, "get_params") and hasattr(estimator, "fit"):
        _refuse_search_without_estimator(estimator)
        check_is_fitted(estimator)
    if not any(hasattr(estimator, name) for name in methods):
        raise TypeError(f"estimator is {shorten(estimator)}; expected {what}.")


def _refuse_search_without_estimator(estimator):
    search = split_steps(estimator)[1]
    if getattr(search, "refit", True) is False and hasattr(search, "cv_results_"):
        raise ValueError(
            f"{type(search).__name__} has refit=False and therefore no fitted estimator. Fit it "
            "with refit=True, or pass an estimator fitted with the parameters you choose from "
            "cv_results_."
        )


def unwrap(estimator: Any) -> Any:
    """The best estimator of a search, and the last step of a pipeline."""
    return split_steps(estimator)[1]


def split_steps(estimator: Any) -> tuple[list, Any]:
    """The transformers of a pipeline or of the best one of a search, and the last step.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    transformers : list
        Fitted; empty for an estimator that is not a pipeline.
    last : estimator
    """
    transformers = []
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, Pipeline):
            if len(estimator) > 1:
                transformers.append(estimator[:-1])
            estimator = estimator[-1]
        else:
            return transformers, estimator


def final_estimator(estimator: Any, X: Any, method: str) -> tuple[Any, Any]:
    """The network estimator of a pipeline or search, and X as it is passed to it.

    Parameters
    ----------
    estimator : estimator
        Value passed by the user, fitted.
    X : array-like
    method : str
        Named in errors.

    Returns
    -------
    estimator : LSTMRegressor or LSTMClassifier
    X : array-like
    """
    check_estimator(
        estimator, ("predict", "transform", "sample"), f"a fitted estimator, for {method}"
    )
    transformers, last = split_steps(estimator)
    if not hasattr(last, "_read_to_predict"):
        raise TypeError(_REFUSALS.get(type(last).__name__, _OTHER).format(method, shorten(last)))
    for transformer in transformers:
        X = transformer.transform(X)
    return last, X


def channel_names(estimator: Any) -> list[str] | None:
    """Names of the channels that the network of a pipeline or search reads; None if not known.

    Transformers of sequences return arrays, without the names of the data frames they were given.

    Parameters
    ----------
    estimator : estimator
        With a fitted LSTMRegressor or LSTMClassifier.

    Returns
    -------
    list of str, or None
        None also for a table, whose columns are steps.
    """
    transformers, network = split_steps(estimator)
    names = None
    for step in _steps_of(transformers):
        names = _names_after(step, names)
    names = getattr(network, "feature_names_in_", names)
    if network.x_ndim_ == 2 or names is None or len(names) != network.n_features_in_:
        return None
    return [str(name) for name in names]


def _steps_of(transformers):
    for each in transformers:
        if isinstance(each, Pipeline):
            yield from _steps_of(step for _, step in each.steps)
        elif each is not None and each != "passthrough":
            yield each


def _names_after(step, names):
    """The names of what a transformer returns; None if it has none."""
    names = getattr(step, "feature_names_in_", names)
    method = getattr(step, "_channel_names_out", getattr(step, "get_feature_names_out", None))
    if names is None or method is None:
        return None
    try:
        return method(names)
    except (AttributeError, ValueError):  # that of a transformer inside, or for another width
        return None


_OTHER = (
    "{0} needs a network that reads sequences of numbers: an LSTMRegressor or LSTMClassifier, "
    "alone, or at the end of a pipeline or search; got {1}."
)
_REFUSALS = {
    "LSTMLanguageModel": "{0} is not defined for an LSTMLanguageModel: it reads tokens, which are "
    "no numbers. " + _OTHER,
    "SequenceForecaster": "{0} was given a forecaster. Pass its network, regressor_, and windows "
    "such as those of sklstm.preprocessing.sliding_windows. " + _OTHER,
}
