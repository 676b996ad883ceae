"""The types that a loader of saved estimators has to trust."""

from . import callbacks
from ._saving.classes import own_classes


def trusted_types() -> list[str]:
    """Names of the types of sklstm that saved estimators contain.

    skops loads no type that is not its own, scikit-learn's or NumPy's unless its name is in the
    argument `trusted`. Everything that is stored on a fitted estimator of sklstm is an array, a
    number, a string, or a list or dict of these; types of sklstm are only the estimators
    themselves, the cells, losses, optimizers and schedules that were passed as parameters, and the
    callbacks that were set.

    Types of your own, such as custom cells and losses, and scorers made by scikit-learn's
    `make_scorer` are not among them: add their names after you have looked at what
    ``skops.io.get_untrusted_types`` finds in a file.

    Returns
    -------
    list of str
        Full names of the classes, in alphabetical order.

    Examples
    --------
    With skops installed, ``skops.io.load(path, trusted=sklstm.trusted_types())`` loads any
    estimator that ``skops.io.dump(estimator, path)`` saved.

    >>> import sklstm
    >>> "sklstm.regressor.LSTMRegressor" in sklstm.trusted_types()
    True
    """
    ours = own_classes() | {getattr(callbacks, name) for name in callbacks.__all__}
    return sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in ours)
