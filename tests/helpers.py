"""What several tests need: random sequences, numeric gradients, errors as one number."""

import numpy as np

from sklstm.core.packing import DenseSequences, RaggedSequences


def dense_sequences(rng, n_sequences, n_steps, n_channels, dtype=np.float64):
    """Random sequences of one length."""
    values = rng.standard_normal((n_sequences, n_steps, n_channels))
    return DenseSequences(values.astype(dtype))


def ragged_sequences(rng, lengths, n_channels, dtype=np.float64):
    """Random sequences of these lengths."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    values = rng.standard_normal((offsets[-1], n_channels))
    return RaggedSequences(values.astype(dtype), offsets)


def steps(sequences):
    """All steps (N, C), one sequence after the other; of the sequences' own memory."""
    return sequences.values.reshape(-1, sequences.n_channels)


def split(sequences):
    """The sequences as a list of arrays (T, C)."""
    return np.split(steps(sequences), sequences.offsets[1:-1])


def numeric_gradient(function, x, step=1e-3):
    """The gradient of ``function()`` by the array `x`, which it reads, in float64.

    Four points an element: exact but for ``step**4``.
    """
    gradient = np.empty(x.shape)
    for k in np.ndindex(x.shape):
        at, values = x[k], []
        for shift in (step, -step, 2 * step, -2 * step):
            x[k] = at + shift
            values.append(function())
        x[k] = at
        right, left, far_right, far_left = values
        gradient[k] = (8 * (right - left) - (far_right - far_left)) / (12 * step)
    return gradient


def relative_error(actual, expected):
    """The largest error, relative to the largest expected value."""
    assert actual.shape == expected.shape
    largest = np.abs(expected).max()
    assert largest > 0, "all zeros are expected: choose a case that says something"
    return float(np.abs(actual - expected).max() / largest)
