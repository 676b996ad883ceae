"""Validation of the parameters of the language model."""

from .._validation.network_parameters import check_training_parameters
from ..core.checks import check_integer, check_option
from ..core.messages import shorten
from .tokenizers import TOKENIZERS


def check_text_parameters(estimator):
    """Check the parameters of a language model.

    Parameters
    ----------
    estimator : LSTMLanguageModel

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid. The message names the parameter, its value and the valid values.
    """
    check_training_parameters(estimator)
    check_integer(estimator.batch_size, "batch_size", 1)
    for name in ("max_features", "embedding_dim"):
        if getattr(estimator, name) is not None:
            check_integer(getattr(estimator, name), name, 1, " or None")
    check_option(estimator.level, "level", [*TOKENIZERS])
    if estimator.level == "char" and estimator.max_features is not None:
        raise ValueError(
            f"max_features={shorten(estimator.max_features)} limits the words of level='word'; at "
            "level='char' every character is kept: set max_features=None."
        )
