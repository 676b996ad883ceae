"""Recurrent networks for people who live in scikit-learn: LSTMs on NumPy, fit and predict."""

from ._version import __version__
from .classifier import LSTMClassifier
from .regressor import LSTMRegressor

__all__ = ["LSTMClassifier", "LSTMRegressor", "__version__"]
