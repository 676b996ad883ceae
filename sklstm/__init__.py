"""Recurrent networks for people who live in scikit-learn: LSTMs on NumPy, fit and predict."""

from . import cells, losses, optimizers, schedules
from ._version import __version__
from .classifier import LSTMClassifier
from .forecaster import SequenceForecaster
from .language_model import LSTMLanguageModel
from .regressor import LSTMRegressor
from .training.loop import DivergenceError
from .versions import show_versions
from .voting import VotingForecaster

__all__ = [
    "DivergenceError",
    "LSTMClassifier",
    "LSTMLanguageModel",
    "LSTMRegressor",
    "SequenceForecaster",
    "VotingForecaster",
    "__version__",
    "cells",
    "losses",
    "optimizers",
    "schedules",
    "show_versions",
]
