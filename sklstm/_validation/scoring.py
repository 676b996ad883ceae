"""Validation of scorers and their names."""

from sklearn.metrics import check_scoring, get_scorer, get_scorer_names

from ..core.checks import did_you_mean
from ..core.messages import shorten


def read_scorer(scoring):
    """Convert a scorer or its name to a scorer.

    Parameters
    ----------
    scoring : str or callable

    Returns
    -------
    callable
        A ``scorer(estimator, X, y)``.

    Raises
    ------
    ValueError
        If a name is not that of a scorer, or a metric function of scikit-learn is passed.
    TypeError
        If `scoring` is neither a name nor callable.
    """
    if callable(scoring) and not isinstance(scoring, type):
        return check_scoring(scoring=scoring)  # an error for a metric function
    if not isinstance(scoring, str):
        raise TypeError(
            "scoring must be the name of a scorer, such as 'accuracy', or a callable "
            f"scorer(estimator, X, y); got {shorten(scoring)} ({type(scoring).__name__})."
        )
    names = get_scorer_names()
    if scoring not in names:
        raise ValueError(
            f"scoring={shorten(scoring)} is not the name of a scorer."
            f"{did_you_mean(scoring, names, ' Did')} "
            "sklearn.metrics.get_scorer_names() lists the valid names."
        )
    return get_scorer(scoring)
