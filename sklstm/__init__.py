"""LSTMs and other recurrent networks on NumPy, with the interface of scikit-learn."""

from . import cells, losses, metrics, optimizers, schedules
from ._version import __version__
from .backtesting import backtest
from .classifier import LSTMClassifier
from .forecaster import SequenceForecaster
from .language_model import LSTMLanguageModel
from .regressor import LSTMRegressor
from .saving import load, save
from .training.loop import DivergenceError
from .trusted import trusted_types
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
    "backtest",
    "cells",
    "load",
    "losses",
    "metrics",
    "optimizers",
    "save",
    "schedules",
    "show_versions",
    "trusted_types",
]
