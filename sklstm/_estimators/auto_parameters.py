"""Values of the estimators' parameters that are "auto".

For the choice of these rules, see "The first line" in benchmarks/README.rst.
"""

import numpy as np

from ..core.patches import n_patches

# About five updates per epoch for any number of sequences, with limits on the batch size.
_UPDATES, _MIN_BATCH, _MAX_BATCH = 5, 8, 100
# For fewer than 50 targets, the penalty is that of 50. A larger one makes predictions constant.
_PENALTY, _MIN_ROWS = 7.0, 50
# Sequences of at least 60 steps are split into patches of at least 10 steps, at most 50 patches.
_LONG, _MIN_PATCH, _MAX_PATCHES = 60, 10, 50


def choose_batch_size(batch_size, n_sequences):
    """Return the batch size. "auto" is a fifth of the sequences, at least 8 and at most 100.

    Parameters
    ----------
    batch_size : int or "auto"
    n_sequences : int

    Returns
    -------
    int
        At most `n_sequences`.
    """
    if batch_size == "auto":
        share = -(-n_sequences // _UPDATES)
        batch_size = min(max(share, _MIN_BATCH), _MAX_BATCH)
    return min(batch_size, n_sequences)


def largest_batch(batch_size):
    """Return the maximum size of a batch for any number of sequences.

    Parameters
    ----------
    batch_size : int or "auto"

    Returns
    -------
    int
    """
    return _MAX_BATCH if batch_size == "auto" else batch_size


def choose_alpha(alpha, n_rows):
    """Return the strength of the L2 penalty. "auto" decreases with the number of targets, as 1 / n.

    This corresponds to a fixed normal prior of the weights in Bayesian regression, since the loss
    is a mean over targets.

    Parameters
    ----------
    alpha : float or "auto"
    n_rows : float
        Number of targets, including their weights.

    Returns
    -------
    float
    """
    return _PENALTY / max(n_rows, _MIN_ROWS) if alpha == "auto" else float(alpha)


def choose_pooling(pooling, lengths):
    """Return the pooling. "auto" is "last" if the median length is below 60 steps, else "max".

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
    """Return the patch length. "auto" depends on the median length of the sequences.

    Parameters
    ----------
    patch_length : int or "auto"
    lengths : sequence of int
        Number of steps of each training sequence.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is longer than every sequence.
    """
    if patch_length != "auto":
        if patch_length > max(lengths):
            raise ValueError(
                f"patch_length={patch_length} is longer than every sequence: the longest has "
                f"{max(lengths)} step(s). Use a shorter one, or 'auto'."
            )
        return int(patch_length)
    n_steps = int(np.median(lengths))
    return 1 if n_steps < _LONG else max(_MIN_PATCH, n_patches(n_steps, _MAX_PATCHES))
