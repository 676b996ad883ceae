"""What several tests need: random sequences, numeric gradients, errors as one number."""

import tracemalloc

import numpy as np

from sklstm.core.packing import DenseSequences, RaggedSequences
from sklstm.core.workspace import Workspace


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
    return [sequences.values_of(i) for i in range(len(sequences))]


def numeric_gradient(function, x, step=4e-5):
    """The gradient of ``function()`` by the array `x`, which it reads, in float64.

    Central differences: two calls for each element. With the default step, the errors of rounding
    and of the difference are both below 1e-9 of a typical derivative, and a kink is rarely between
    the two points.
    """
    gradient = np.empty(x.shape)
    for k in np.ndindex(x.shape):
        at = x[k]
        x[k] = at + step
        right = function()
        x[k] = at - step
        left = function()
        x[k] = at
        gradient[k] = (right - left) / (2 * step)
    return gradient


def relative_error(actual, expected):
    """The largest error, relative to the largest expected value."""
    assert actual.shape == expected.shape
    largest = np.abs(expected).max()
    assert largest > 0, "all zeros are expected: choose a case that says something"
    return float(np.abs(actual - expected).max() / largest)


def rows_of(network, batch, columns):
    """Columns in packed order as rows in the order of the sequences, or of all their steps."""
    index = batch.step_index() if network.return_sequences else batch.index
    rows = np.full((index.max() + 1, len(columns)), np.nan, columns.dtype)
    rows[index] = columns.T
    return rows


def gradient_errors(network, params, batch, masks=None):
    """The relative error of each array of the gradient, and of that by X, by name."""
    workspace, probe = Workspace(history=True), Workspace(history=False)
    raw, trace = network.forward(params, batch, workspace, masks)
    d_raw = np.random.default_rng(3).standard_normal(raw.shape)
    gradient, blocks = network.backward(params, trace, d_raw, wrt_input=True)
    values = steps(batch.sequences)
    d_values = np.full_like(values, np.nan)
    d_values[batch.step_index()] = np.concatenate(
        [block.transpose(0, 2, 1).reshape(-1, values.shape[1]) for block in blocks]
    )

    def loss():  # minus its value at `params`, as rounding errors of small numbers are small
        now, _ = network.forward(params, batch, probe, masks)
        return float(np.vdot(now - raw, d_raw))

    numeric = network.named_arrays(numeric_gradient(loss, params))
    errors = {
        name: relative_error(array, numeric[name])
        for name, array in network.named_arrays(gradient).items()
    }
    return {**errors, "X": relative_error(d_values, numeric_gradient(loss, values))}


def peak_of(call):
    """Maximum number of bytes allocated during a call, besides those before it."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
