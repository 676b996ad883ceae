"""Gradients of what an estimator predicts, by the input of its network."""

from itertools import pairwise

import numpy as np

from .._validation.sequences import check_sequences
from ..core.patches import sum_of_patches
from .all_or_nothing import of_one_fit

# Of the numeric derivative of a prediction by raw outputs, relative to these.
_STEP = 1e-3


@of_one_fit
def response_gradients(estimator, X, method, choose):
    """Gradient, by each sequence, of one number that is predicted for it.

    The network's part of it is back-propagation. From raw outputs to predictions there are only a
    few numbers, and losses need not know the derivative: there it is a numeric one, whose error
    is of fourth order.

    Parameters
    ----------
    estimator : SequenceEstimator
        Fitted.
    X : array-like
        Sequences, in a form accepted by `fit`.
    method : str
        Method of the estimator that predicts from X.
    choose : callable
        ``choose(results, lengths)`` is given the results of the method, a row per sequence, or per
        step with `return_sequences`, and the number of steps of the sequences. It returns the rows
        (n,) and a function from such rows to the number (n,) that is chosen of each of them.

    Returns
    -------
    X : ndarray of shape (n, T) or (n, T, C), or list of ndarrays of shape (T_i, C)
        The validated sequences.
    values : ndarray of shape (n,)
        These numbers.
    gradients : ndarray or list of ndarrays
        In the form of X, in the dtype of the network.
    """
    predictor = estimator._fitted_predictor()
    X = check_sequences(estimator, X, reset=False)
    sequences = estimator._as_sequences(X, predictor.network.dtype)
    raw = predictor.raw(sequences, estimator.n_jobs).astype(np.float64)
    respond = getattr(estimator._outputs(), method)
    rows, number = choose(respond(raw), sequences.lengths)

    def value(raw):
        return number(respond(raw))

    d_raw = np.zeros_like(raw)
    d_raw[rows] = _derivatives(value, raw[rows])
    by_step = predictor.input_gradients(sequences, d_raw)
    return X, value(raw[rows]), _in_form_of(X, by_step, sequences, estimator.patch_length_)


def _derivatives(value, raw):
    """Derivatives of value(raw), a number for each row, by the raw outputs (n, R)."""
    steps = _STEP * np.maximum(1.0, np.abs(raw))
    derivatives = np.empty_like(raw)
    for r in range(raw.shape[1]):
        values = []
        for k in (-2, -1, 1, 2):
            moved = raw.copy()
            moved[:, r] += k * steps[:, r]
            values.append(value(moved))
        difference = values[0] - 8 * values[1] + 8 * values[2] - values[3]
        derivatives[:, r] = difference / (12 * steps[:, r])
    return derivatives


def _in_form_of(X, by_step, sequences, patch_length):
    """Derivatives (N, C) by the steps of the network, in the form of X."""
    if isinstance(X, list):
        return [
            sum_of_patches(by_step[np.newaxis, a:b], len(x), patch_length)[0]
            for x, (a, b) in zip(X, pairwise(sequences.offsets), strict=True)
        ]
    by_step = by_step.reshape(len(sequences), -1, by_step.shape[1])
    return sum_of_patches(by_step, X.shape[1], patch_length).reshape(X.shape)
