"""Validation of `random_state`."""

import numpy as np
from sklearn.utils import check_random_state

from ..core.messages import shorten


def check_seed(random_state):
    """Raise a ValueError if `random_state` is not a valid seed for scikit-learn."""
    try:
        check_random_state(random_state)
    except Exception as error:  # also of the repr in scikit-learn's message
        is_generator = isinstance(random_state, np.random.Generator)
        advice = " From a Generator: random_state=int(rng.integers(2**31))." if is_generator else ""
        raise ValueError(
            f"random_state={shorten(random_state)} is not valid; expected an integer from 0 to "
            f"2**32 - 1, a np.random.RandomState, or None.{advice}"
        ) from error
