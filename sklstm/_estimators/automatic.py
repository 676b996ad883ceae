"""What "auto" stands for in the estimators' parameters.

How these rules were chosen: benchmarks/README.rst, "The first line".
"""

import numpy as np

from ..core.patches import n_patches

# About five updates an epoch, whatever the number of sequences, but batches of a useful size.
_UPDATES, _SMALLEST_BATCH, _LARGEST_BATCH = 5, 8, 100
# The penalty is that of 50 targets for fewer, which would otherwise be learned by a constant.
_PENALTY, _FEWEST_ROWS = 7.0, 50
# Sequences from this length on are read in patches of 10 steps, or in 50 longer ones.
_LONG, _PATCH, _MOST_PATCHES = 60, 10, 50


def choose_batch_size(batch_size, n_sequences):
    """The parameter `batch_size`, at most `n_sequences`; "auto" is a fifth of them, in bounds.

    Parameters
    ----------
    batch_size : int or "auto"
    n_sequences : int

    Returns
    -------
    int
    """
    if batch_size == "auto":
        share = -(-n_sequences // _UPDATES)
        batch_size = min(max(share, _SMALLEST_BATCH), _LARGEST_BATCH)
    return min(batch_size, n_sequences)


def largest_batch(batch_size):
    """The largest number of sequences that `batch_size` could put into one batch.

    Parameters
    ----------
    batch_size : int or "auto"

    Returns
    -------
    int
    """
    return _LARGEST_BATCH if batch_size == "auto" else batch_size


def choose_alpha(alpha, n_rows):
    """The parameter `alpha`; "auto" weakens the penalty as there are more targets.

    As a normal prior of the weights does in Bayesian regression, beside the mean over targets.

    Parameters
    ----------
    alpha : float or "auto"
    n_rows : float
        Number of targets, counted with their weights.

    Returns
    -------
    float
    """
    return _PENALTY / max(n_rows, _FEWEST_ROWS) if alpha == "auto" else float(alpha)


def choose_pooling(pooling, lengths):
    """The parameter `pooling`; "auto" is the last state of short sequences, else the maximum.

    Parameters
    ----------
    pooling : str
    lengths : sequence of int
        Number of steps of each training sequence.

    Returns
    -------
    str
    """
    if pooling != "auto":
        return pooling
    return "last" if np.median(lengths) < _LONG else "max"


def choose_patch_length(patch_length, lengths):
    """The parameter `patch_length`; "auto" looks at the median length of the sequences.

    Parameters
    ----------
    patch_length : int or "auto"
    lengths : sequence of int
        Number of steps of each training sequence.

    Returns
    -------
    int
    """
    if patch_length != "auto":
        return int(patch_length)
    n_steps = int(np.median(lengths))
    return 1 if n_steps < _LONG else max(_PATCH, n_patches(n_steps, _MOST_PATCHES))
