"""Holding out part of the training examples for early stopping."""

import numpy as np
from sklearn.model_selection import train_test_split


def split_examples(examples, fraction, *, shuffle, labels, random_state):
    """The examples to train on, and those to hold out.

    Parameters
    ----------
    examples : Examples
    fraction, shuffle, labels, random_state
        See `split`.

    Returns
    -------
    train, held_out : Examples

    Raises
    ------
    ValueError
        As `split` does, or if there is no weight in one of the parts.
    """
    parts = [
        examples.take(index)
        for index in split(
            len(examples), fraction, shuffle=shuffle, labels=labels, random_state=random_state
        )
    ]
    for part, name in zip(parts, ("left to train on", "held out"), strict=True):
        if not part.mean_weight:
            raise ValueError(
                f"All values of sample_weight are zero among the {len(part)} sequences {name}; "
                "drop sequences without weight, or pass X_val and y_val."
            )
    return parts


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
        Classes to stratify by: with `shuffle` at least one sequence of each class is held out,
        unless it is the class's only one.
    random_state : int

    Returns
    -------
    train, held_out : ndarrays of int
        Each in ascending order.

    Raises
    ------
    ValueError
        If nothing, or nothing of a class, would be left to train on, or nothing to hold out.
    """
    n_held_out = int(np.ceil(fraction * n_samples))
    candidates, strata = np.arange(n_samples), None
    if labels is not None and shuffle:
        candidates, strata = _strata(labels)
        n_held_out = max(n_held_out, len(np.unique(strata)))
    if n_held_out >= n_samples:
        raise ValueError(
            f"early_stopping with validation_fraction={fraction} would hold out all sequences, as "
            f"n_samples={n_samples} (equal ones counted once); use a smaller fraction, more data, "
            "or X_val and y_val."
        )
    if shuffle:
        try:
            _, held_out = train_test_split(
                candidates, test_size=n_held_out, stratify=strata, random_state=random_state
            )
        except ValueError as error:
            raise ValueError(_too_few(fraction, n_held_out, n_samples, str(error))) from error
    else:
        held_out = candidates[-n_held_out:]
    train = np.setdiff1d(np.arange(n_samples), held_out)
    if labels is not None and set(labels[train]) != set(labels):
        reason = "a class would have no sequence left to train on."
        raise ValueError(_too_few(fraction, n_held_out, n_samples, reason))
    return train, np.sort(held_out)


def _strata(labels):
    """Sequences that may be held out, and their classes: not the only one of a class."""
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    candidates = np.flatnonzero(counts[codes] > 1)
    if len(candidates) == 0:
        raise ValueError(
            f"early_stopping cannot hold out any of {len(labels)} different sequences of "
            f"{len(classes)} classes: none would be left of its class. Use more data, or X_val and "
            "y_val."
        )
    return candidates, codes[candidates]


def _too_few(fraction, n_held_out, n_samples, reason):
    return (
        f"early_stopping with validation_fraction={fraction} cannot hold out {n_held_out} of "
        f"{n_samples} different sequences and keep every class in training: {reason} Use another "
        "fraction, more data, or X_val and y_val."
    )
