"""Warnings that point at the user's line, however deep in the library they arise."""

import sys
import warnings

# Packages that may be between the user's line and ours, as in a search or a pipeline.
_NOT_THE_USER = {
    *("sklstm", "sklearn", "joblib", "contextlib", "functools"),
    *("threading", "multiprocessing", "concurrent"),  # workers
}


def warn_user(message, category=UserWarning):
    """Issue a warning at the nearest line that is neither ours nor scikit-learn's or joblib's.

    Parameters
    ----------
    message : str
    category : type, default=UserWarning

    Examples
    --------
    >>> import warnings
    >>> from sklstm.core.user_warnings import warn_user
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn_user("X is on a large scale")
    >>> caught[0].category.__name__
    'UserWarning'
    """
    warnings.warn(message, category, stacklevel=_levels_to_the_user())


def _levels_to_the_user():
    """The `stacklevel` for `warnings.warn` in the function that called this one."""
    level, frame = 2, sys._getframe(2)
    while frame is not None and _package(frame) in _NOT_THE_USER:
        level, frame = level + 1, frame.f_back
    return 2 if frame is None else level  # a worker process has no user's line


def _package(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0]
