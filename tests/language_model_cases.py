"""Texts, small language models, and one of each level that is trained."""

from functools import cache

import numpy as np
import pytest

from sklstm import LSTMLanguageModel
from sklstm.schedules import Constant

RHYME = "she sells sea shells by the sea shore; the shells she sells are sea shells. "
SENTENCES = [
    "The cat sat on the mat.",
    "The dog sat on the cat, and the cat ran.",
    "A dog and a cat ran on the mat!",
    "The mat sat.",
] * 2
LONG = RHYME * 10

levels = pytest.mark.parametrize("level", ["char", "word"])


def small(**params):
    defaults = {
        "hidden_size": 6,
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
        "learning_rate": Constant(0.01),
        "max_iter": 3,
        "batch_size": 4,
        "random_state": 0,
    }
    return LSTMLanguageModel(**{**defaults, **params})


@cache
def trained_models():
    """A trained model of each level, not to be changed."""
    params = {"hidden_size": 24, "max_iter": 15, "learning_rate": 0.02}
    return {level: small(level=level, **params).fit(SENTENCES) for level in ("char", "word")} | {
        "rare": small(level="word", max_features=5, **params).fit(SENTENCES)
    }


def weights_equal(a, b):
    return all(np.array_equal(a.weights_[name], b.weights_[name]) for name in a.weights_)
