"""Names of the input of transformers, for `get_feature_names_out`."""

import numpy as np

from ..core.messages import shorten_list


def names_of_input(transformer, input_features):
    """Names of the columns of a table, or of the channels of sequences.

    Parameters
    ----------
    transformer : transformer
        After fit, with `n_features_in_` and maybe `feature_names_in_`.
    input_features : array-like of str or None
        The argument of `get_feature_names_out`.

    Returns
    -------
    list of str
        `input_features` if they are given, or else `feature_names_in_`, or else x0, x1, ...

    Raises
    ------
    ValueError
        If the number of names is wrong, or they differ from `feature_names_in_`.
    """
    known = getattr(transformer, "feature_names_in_", None)
    n_names = transformer.n_features_in_
    if input_features is None:
        return [f"x{i}" for i in range(n_names)] if known is None else list(known)
    given = [str(name) for name in input_features]
    if len(given) != n_names:
        each = "column" if transformer.x_ndim_ == 2 else "channel"
        raise ValueError(
            f"input_features has {len(given)} name(s); expected {n_names}, one for each {each}."
        )
    if known is not None and given != list(known):
        raise ValueError(
            f"input_features is {shorten_list(given)}, which is not equal to feature_names_in_, "
            f"{shorten_list(known)}."
        )
    return given


def as_names(names):
    """A list of names as the array that `get_feature_names_out` returns."""
    return np.array(names, dtype=object)
