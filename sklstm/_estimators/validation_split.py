"""Split of the examples into training and validation sets, for early stopping."""

import numpy as np
from sklearn.model_selection import train_test_split


def has_validation_data(X_val, y_val, sample_weight_val):
    """Whether `fit` was given validation data; an error if only some of it."""
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val belong together; only one of them was given.")
    if X_val is None and sample_weight_val is not None:
        raise ValueError("sample_weight_val was given, but no X_val and y_val to weigh.")
    return X_val is not None


def split_examples(examples, fraction, *, shuffle, labels, random_state):
    """Split examples into a training set and a validation set.

    Parameters
    ----------
    examples : Examples
    fraction, shuffle, labels, random_state
        See `split`.

    Returns
    -------
    train, validation : Examples

    Raises
    ------
    ValueError
        See `split`.
    """
    parts = split(
        len(examples), fraction, shuffle=shuffle, labels=labels, random_state=random_state
    )
    return [examples.take(index) for index in parts]


def split(n_samples, fraction, *, shuffle, labels, random_state):
    """Return the indices of the training and the validation set.

    Parameters
    ----------
    n_samples : int
    fraction : float
        Fraction of the sequences in the validation set.
    shuffle : bool
        If False, the validation set are the last sequences, which are assumed to be in
        chronological order.
    labels : ndarray of shape (n,) or None
        Classes to stratify by. With `shuffle`, the validation set has at least one sequence of
        each class, except for classes with a single sequence, which stays in the training set.
    random_state : int

    Returns
    -------
    train, validation : ndarrays of int
        Indices in ascending order.

    Raises
    ------
    ValueError
        If one of the sets would be empty, or a class would be missing from the training set.
    """
    n_validation = int(np.ceil(fraction * n_samples))
    candidates, strata = np.arange(n_samples), None
    if labels is not None and shuffle:
        candidates, strata = _strata(labels)
        n_validation = max(n_validation, len(np.unique(strata)))
    if n_validation >= n_samples:
        raise ValueError(
            f"early_stopping with validation_fraction={fraction} would hold out all sequences, as "
            f"n_samples={n_samples} (equal ones counted once); use a smaller fraction, more data, "
            "or X_val and y_val."
        )
    if shuffle:
        try:
            _, validation = train_test_split(
                candidates, test_size=n_validation, stratify=strata, random_state=random_state
            )
        except ValueError as error:
            raise ValueError(_too_few(fraction, n_validation, n_samples, str(error))) from error
    else:
        validation = candidates[-n_validation:]
    train = np.setdiff1d(np.arange(n_samples), validation)
    if labels is not None and set(labels[train]) != set(labels):
        reason = "a class would have no sequence left to train on."
        raise ValueError(_too_few(fraction, n_validation, n_samples, reason))
    return train, np.sort(validation)


def _strata(labels):
    """Return the indices and classes of the sequences whose class has more than one sequence."""
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    candidates = np.flatnonzero(counts[codes] > 1)
    if len(candidates) == 0:
        raise ValueError(
            f"early_stopping cannot hold out any of {len(labels)} different sequences of "
            f"{len(classes)} classes: each is the only one of its class. Use more data, or X_val "
            "and y_val."
        )
    return candidates, codes[candidates]


def _too_few(fraction, n_validation, n_samples, reason):
    return (
        f"early_stopping with validation_fraction={fraction} cannot hold out {n_validation} of "
        f"{n_samples} different sequences and keep every class in training: {reason} Use another "
        "fraction, more data, or X_val and y_val."
    )
