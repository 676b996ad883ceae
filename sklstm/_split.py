"""Holding out part of the training examples for early stopping."""

import numpy as np
from sklearn.model_selection import train_test_split


def split(n_samples, fraction, *, shuffle, labels, random_state):
    """Indices of the sequences to train on, and of those to hold out.

    Parameters
    ----------
    n_samples : int
    fraction : float
        The share to hold out.
    shuffle : bool
        False holds out the last ones: rows are taken to be in the order of time.
    labels : ndarray of shape (n,) or None
        Classes to stratify by.
    random_state : int

    Returns
    -------
    train, held_out : ndarrays of int
        Each in ascending order.

    Raises
    ------
    ValueError
        If nothing would be left on one of the sides, or a class would be missing from one.
    """
    n_held_out = int(np.ceil(fraction * n_samples))
    if n_held_out >= n_samples:
        raise ValueError(
            f"early_stopping with validation_fraction={fraction} would hold out all of the "
            f"{n_samples} sequences; use a smaller fraction, more data, or X_val and y_val."
        )
    if not shuffle:
        train, held_out = np.split(np.arange(n_samples), [n_samples - n_held_out])
    else:
        try:
            train, held_out = train_test_split(
                np.arange(n_samples),
                test_size=n_held_out,
                stratify=labels,
                random_state=random_state,
            )
        except ValueError as error:
            raise ValueError(_too_few(fraction, n_held_out, n_samples, str(error))) from error
    if labels is not None and set(labels[train]) != set(labels):
        reason = "a class would have no sequence left to train on."
        raise ValueError(_too_few(fraction, n_held_out, n_samples, reason))
    return np.sort(train), np.sort(held_out)


def _too_few(fraction, n_held_out, n_samples, reason):
    return (
        f"early_stopping with validation_fraction={fraction} cannot hold out {n_held_out} of "
        f"{n_samples} sequences with every class on both sides: {reason} Use another "
        "fraction, more data, or X_val and y_val."
    )
