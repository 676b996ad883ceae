"""Mistakes that only X and y together tell: swapped, steps as rows, a single sequence."""

from numbers import Number

import numpy as np

from ..core.messages import shorten
from .sequences import is_ragged

# With fewer rows than this for each target, something else is wrong than that rows are steps.
_FEWEST_STEPS = 2


def check_pair(estimator, X, y):
    """Raise a ValueError if X and y together show that one of them is not what it should be.

    Parameters
    ----------
    estimator : LSTMRegressor or LSTMClassifier
    X, y : object
        Values passed by the user, not yet validated.

    Raises
    ------
    ValueError
        If there is no y, if X and y are swapped, if the rows of a data frame are steps, or if X is
        one sequence.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm import LSTMRegressor
    >>> from sklstm._validation.pairs import check_pair
    >>> X = pd.DataFrame({"river": [1, 1, 1, 2, 2], "level": range(5)})
    >>> check_pair(LSTMRegressor(), X, [0.5, 1.5])
    Traceback (most recent call last):
    ...
    ValueError: X has 5 rows, but y has 2 targets, one for each value in its column 'river'. \
Pass a list of sequences: X = [x.drop(columns='river') for _, x in X.groupby('river', \
sort=False)], with y in the same order.
    """
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None.")
    _refuse_swapped(X, y)
    if len(getattr(X, "shape", ())) == 2 and _length(y):
        if X.shape[0] != len(y):
            _refuse_steps_in_rows(X, y)
        _refuse_single(X.shape[0], y, estimator.return_sequences)


def _refuse_swapped(X, y):
    if _is_flat(X) and _length(X) == _length(y) and _has_sequences(y):
        raise ValueError(
            f"X has one value for each of {len(X)} rows, but y has a sequence: are they swapped? "
            "The sequences come first, fit(X, y)."
        )


def _length(values):
    """The number of entries; 0 for a value without a length, such as a single number."""
    try:
        return len(values)
    except TypeError:
        return 0


def _is_flat(values):
    """Whether these are numbers or labels, one after the other."""
    if isinstance(values, (list, tuple)):
        return len(values) > 0 and isinstance(values[0], (Number, str, np.generic))
    return getattr(values, "ndim", None) == 1 and not is_ragged(values)


def _has_sequences(values):
    return getattr(values, "ndim", 1) > 1 or (
        not _is_flat(values) and (is_ragged(values) or np.ndim(values) > 1)
    )


def _refuse_steps_in_rows(X, y):
    """Raise if a data frame has a target for each value of an index level or of a column."""
    if not hasattr(X, "groupby") or not hasattr(X, "index"):
        return
    index, what = X.index, None
    several = len(X) >= _FEWEST_STEPS * len(y)
    if index.nlevels > 1 and index.get_level_values(0).nunique() == len(y):
        what = "the first level of its index"
        line = "[x.droplevel(0) for _, x in X.groupby(level=0, sort=False)]"
    elif several and index.nlevels == 1 and index.nunique() == len(y):
        what, line = "its index", "[x for _, x in X.groupby(level=0, sort=False)]"
    elif several and (column := _column_of_groups(X, len(y))) is not None:
        name = shorten(column, 60)
        what = f"its column {name}"
        line = f"[x.drop(columns={name}) for _, x in X.groupby({name}, sort=False)]"
    if what is not None:
        raise ValueError(
            f"X has {len(X)} rows, but y has {len(y)} targets, one for each value in {what}. "
            f"Pass a list of sequences: X = {line}, with y in the same order."
        )


def _column_of_groups(X, n_groups):
    """The first column with this number of different values; None if there is none."""
    for j, column in enumerate(X.columns):
        try:
            if X.iloc[:, j].nunique() == n_groups:
                return column
        except TypeError:  # lists and arrays cannot be counted
            continue
    return None


def _refuse_single(n_rows, y, per_step):
    """Raise if a table is one sequence: it has one target, or one number for each step."""
    if len(y) == 1 < n_rows:
        raise ValueError(
            f"X is a table of {n_rows} rows, each of them a sequence, but y has 1 target. If X is "
            "one sequence, pass a list with it: [X]."
        )
    if per_step and n_rows == len(y) and _is_flat(y):
        raise ValueError(
            f"X is a table of {n_rows} rows, each of them a sequence, but y has one target for "
            f"each row; return_sequences=True needs one for each step. If X is one sequence of "
            f"{n_rows} steps, pass lists: [X] and [y]. For one target per sequence, set "
            "return_sequences=False."
        )


def check_same_number(sequences, y):
    """Raise a ValueError unless there are as many targets as sequences.

    Parameters
    ----------
    sequences : Sequences
    y : array-like
        Targets; its rows are those of `sequences`.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> from sklstm._validation.pairs import check_same_number
    >>> check_same_number([[1.0], [2.0]], [0.5, 1.5])
    """
    n, n_targets = len(sequences), len(y if hasattr(y, "__len__") else np.asarray(y))
    if n == n_targets:
        return
    hint = (
        " If the rows of X are steps of longer sequences, pass a list of arrays (T_i, C), one for "
        "each target."
    )
    raise ValueError(
        f"Inconsistent numbers of samples: X has {n} sequence(s), but y has {n_targets} target(s); "
        f"expected one for each sequence.{hint * (n >= _FEWEST_STEPS * n_targets)}"
    )
