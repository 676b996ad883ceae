"""Validation of `random_state`."""

from sklearn.utils import check_random_state


def check_seed(random_state):
    """Raise a ValueError if `random_state` is not a valid seed for scikit-learn."""
    try:
        check_random_state(random_state)
    except ValueError as error:
        raise ValueError(
            f"random_state={random_state!r} is not valid; expected an integer from 0 to 2**32 - 1, "
            "a np.random.RandomState, or None."
        ) from error
