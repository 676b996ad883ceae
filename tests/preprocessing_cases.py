"""Sequences whose values encode their position, and the rows of a result in any form."""

import numpy as np

# Two sequences of three steps and two channels. The digits of a value: sequence, step, channel.
NTC = np.array([[[111.0, 112], [121, 122], [131, 132]], [[211, 212], [221, 222], [231, 232]]])
RAGGED = [NTC[0], NTC[1, :2]]


def cells(*items):
    """Make a 1-D object array, whatever the items' lengths."""
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def rows_of(X):
    """Stack the steps of a result in any form."""
    if isinstance(X, list):
        return np.concatenate(X)
    return X.reshape(-1, 1 if X.ndim == 2 else X.shape[2])
