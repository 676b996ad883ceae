"""The classes whose objects can be in a saved estimator, by the names they have in files.

Loading looks names up in this table, and imports nothing that a file names.
"""

from functools import cache
from importlib import import_module

from .. import cells, losses, optimizers, preprocessing, schedules
from .._estimators.scorers import ScorerOverSteps
from .._forecasting.combination import SmoothingOnly
from ..classifier import LSTMClassifier
from ..forecaster import SequenceForecaster
from ..language_model import LSTMLanguageModel
from ..regressor import LSTMRegressor
from ..voting import VotingForecaster

_ESTIMATORS = (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
    SmoothingOnly,  # a member of the default vote
    ScorerOverSteps,
)
# The classes in these are saved as parameters, or as steps of pipelines.
_MODULES = (cells, losses, optimizers, preprocessing, schedules)
# Base classes, which are never saved themselves.
_BASES = {
    cells.Cell,
    cells.StepCell,
    losses.ClassificationLoss,
    losses.Loss,
    optimizers.Optimizer,
    schedules.Schedule,
}
# Scikit-learn's estimators beside ours in pipelines and forecasters whose attributes are arrays
# and plain values, all computed with in Python and NumPy.
_SCIKIT_LEARN = {
    "compose": ("ColumnTransformer", "TransformedTargetRegressor"),
    "decomposition": ("PCA",),
    "impute": ("MissingIndicator", "SimpleImputer"),
    "linear_model": (
        *("ARDRegression", "BayesianRidge", "ElasticNet", "ElasticNetCV", "HuberRegressor"),
        *("Lasso", "LassoCV", "LinearRegression", "LogisticRegression", "Ridge", "RidgeCV"),
        *("RidgeClassifier", "TheilSenRegressor"),
    ),
    "multioutput": ("MultiOutputRegressor",),
    "pipeline": ("FeatureUnion", "Pipeline"),
    "preprocessing": (
        *("FunctionTransformer", "KBinsDiscretizer", "LabelBinarizer", "LabelEncoder"),
        *("MaxAbsScaler", "MinMaxScaler", "Normalizer", "OneHotEncoder", "OrdinalEncoder"),
        *("PolynomialFeatures", "PowerTransformer", "QuantileTransformer", "RobustScaler"),
        *("StandardScaler",),
    ),
}


def own_classes():
    """The classes of sklstm that saved estimators contain, but for callbacks.

    Returns
    -------
    set of types
    """
    public = [getattr(module, name) for module in _MODULES for name in module.__all__]
    return {kind for kind in public if isinstance(kind, type)} - _BASES | {*_ESTIMATORS}


@cache
def classes_by_name():
    """All classes that can be in a file.

    Returns
    -------
    dict of str to type
        By names such as "LSTMRegressor" and "sklearn.preprocessing.StandardScaler", which do not
        depend on the module that has them.
    """
    found = {kind.__name__: kind for kind in own_classes()}
    for module, names in _SCIKIT_LEARN.items():
        loaded = import_module(f"sklearn.{module}")
        found |= {f"sklearn.{module}.{name}": getattr(loaded, name) for name in names}
    return found


@cache
def names_by_class():
    """The names in files, by class.

    Returns
    -------
    dict of type to str
    """
    return {kind: name for name, kind in classes_by_name().items()}
