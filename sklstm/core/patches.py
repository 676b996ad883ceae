"""Patches: consecutive time steps, concatenated into one step."""

import numpy as np


def n_patches(n_steps, length):
    """Return the number of patches of `length` steps for `n_steps` steps, rounded up."""
    return -(-n_steps // length)


def patch_steps(start, stop, n_steps, length):
    """Return the indices of the steps in patches `start` to `stop` (exclusive) of a sequence.

    The last patch ends with the last step. If `n_steps` is not a multiple of `length`, the first
    patch is padded with copies of the first step.

    Parameters
    ----------
    start, stop : int
    n_steps : int
        Number of steps of the sequence, T.
    length : int
        Number of steps in a patch, p.

    Returns
    -------
    ndarray of int, shape ((stop - start) * p,)
    """
    missing = n_patches(n_steps, length) * length - n_steps
    return np.maximum(np.arange(start * length, stop * length) - missing, 0)


def make_patches(X, length):
    """Concatenate the channels of every `length` consecutive steps.

    Parameters
    ----------
    X : ndarray of shape (n, T) or (n, T, C), or list of n ndarrays of shape (T_i, C)
    length : int
        Number of steps in a patch, p.

    Returns
    -------
    ndarray of shape (n, K, p * C), or list of n ndarrays of shape (K_i, p * C)
        With K = ceil(T / p). Views where possible.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.patches import make_patches
    >>> make_patches(np.arange(5)[np.newaxis], 2).tolist()
    [[[0, 0], [1, 2], [3, 4]]]
    """
    if isinstance(X, list):
        if length == 1:
            return X
        return [make_patches(sequence[np.newaxis], length)[0] for sequence in X]
    X = X if X.ndim == 3 else X[:, :, np.newaxis]
    n, n_steps, n_channels = X.shape
    if n_steps % length:
        X = X[:, patch_steps(0, n_patches(n_steps, length), n_steps, length)]
    return X.reshape(n, -1, length * n_channels)


def sum_of_patches(d_patches, n_steps, length):
    """Derivatives by steps, from those by the patches that were made of them.

    The adjoint of `make_patches` for sequences of one length.

    Parameters
    ----------
    d_patches : ndarray of shape (n, K, p * C)
        Derivatives by the patches.
    n_steps : int
        Number of steps of a sequence, T.
    length : int
        Number of steps in a patch, p.

    Returns
    -------
    ndarray of shape (n, T, C)

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm.core.patches import make_patches, sum_of_patches
    >>> patches = make_patches(np.arange(5)[np.newaxis], 2)
    >>> sum_of_patches(np.ones_like(patches), 5, 2)[0, :, 0].tolist()
    [2, 1, 1, 1, 1]
    """
    n, n_made, width = d_patches.shape
    missing = n_made * length - n_steps  # copies of the first step
    d_steps = d_patches.reshape(n, n_made * length, width // length)
    d_first = d_steps[:, : missing + 1].sum(axis=1, keepdims=True)
    return np.concatenate([d_first, d_steps[:, missing + 1 :]], axis=1)
