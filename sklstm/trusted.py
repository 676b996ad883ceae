"""The types that a loader of saved estimators has to trust."""

from . import callbacks, cells, losses, optimizers, preprocessing, schedules
from ._estimators.scorers import ScorerOverSteps
from ._forecasting.combination import SmoothingOnly
from .classifier import LSTMClassifier
from .forecaster import SequenceForecaster
from .language_model import LSTMLanguageModel
from .regressor import LSTMRegressor
from .voting import VotingForecaster

_ESTIMATORS = (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
    SmoothingOnly,  # a member of the default vote
)
# The classes in these are saved as parameters or callbacks, or as steps of pipelines.
_MODULES = (callbacks, cells, losses, optimizers, preprocessing, schedules)
# Base classes, which are never saved themselves.
_BASES = {
    cells.Cell,
    cells.StepCell,
    losses.ClassificationLoss,
    losses.Loss,
    optimizers.Optimizer,
    schedules.Schedule,
}


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
    public = [getattr(module, name) for module in _MODULES for name in module.__all__]
    parts = {value for value in public if isinstance(value, type)} - _BASES
    saved = parts | {*_ESTIMATORS, ScorerOverSteps}
    return sorted(f"{kind.__module__}.{kind.__qualname__}" for kind in saved)
