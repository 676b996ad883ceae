"""Patches: several time steps read as one, with their channels side by side."""

import numpy as np


def n_patches(n_steps, length):
    """Number of patches of `length` steps that hold `n_steps`, the first one perhaps in part."""
    return -(-n_steps // length)


def patch_steps(start, stop, n_steps, length):
    """The steps that patches `start` to `stop` of a sequence are made of.

    The last patch ends with the last step. If there are too few steps for the first patch, it
    begins with copies of the oldest one.

    Parameters
    ----------
    start, stop : int
    n_steps : int
        Steps of the sequence, T.
    length : int
        Steps in a patch, p.

    Returns
    -------
    ndarray of int, shape ((stop - start) * p,)
    """
    missing = n_patches(n_steps, length) * length - n_steps
    return np.maximum(np.arange(start * length, stop * length) - missing, 0)


def make_patches(X, length):
    """Turn every `length` steps into one.

    Parameters
    ----------
    X : ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
    length : int

    Returns
    -------
    ndarray of shape (n, K, p * C), or list of n ndarrays of shape (K_i, p * C)
        With K = ceil(T / p). Views where no copy is needed.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.patches import make_patches
    >>> make_patches(np.arange(5)[np.newaxis], 2).tolist()
    [[[0, 0], [1, 2], [3, 4]]]
    """
    if isinstance(X, list):
        return [make_patches(sequence[np.newaxis], length)[0] for sequence in X]
    X = X if X.ndim == 3 else X[:, :, np.newaxis]
    n, n_steps, n_channels = X.shape
    if n_steps % length:
        X = X[:, patch_steps(0, n_patches(n_steps, length), n_steps, length)]
    return X.reshape(n, -1, length * n_channels)
