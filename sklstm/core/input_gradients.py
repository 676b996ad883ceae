"""Derivatives of raw outputs by the input, for any number of sequences."""

import numpy as np

from .inference import batch_size
from .workspace import Workspace


def input_gradients(network, params, sequences, d_raw):
    """Derivatives by the input of a sum of raw outputs, times given factors.

    Parameters
    ----------
    network : Network
        Its input are vectors, not tokens.
    params : ndarray of shape (layout.size,)
    sequences : DenseSequences or RaggedSequences
    d_raw : ndarray of shape (M, n_raw)
        The factors: a row per sequence, or per step of each sequence.

    Returns
    -------
    ndarray of shape (N, C)
        A row per step of each sequence, in the dtype of the network.
    """
    d_raw = d_raw.astype(network.dtype, copy=False)
    rows = np.empty((sequences.offsets[-1], sequences.n_channels), network.dtype)
    workspace = Workspace(history=True)
    for index in sequences.in_batches(batch_size(network, sequences)):
        batch = network.batch(sequences, index)
        _, trace = network.forward(params, batch, workspace)
        d_columns = np.ascontiguousarray(d_raw[batch.rows(network.return_sequences)].T)
        _, blocks = network.backward(params, trace, d_columns, wrt_input=True)
        write_blocks(rows, batch, blocks)
    return rows


def write_blocks(rows, batch, blocks):
    """Write derivatives by the input of a batch to rows, one per step of each sequence.

    Parameters
    ----------
    rows : ndarray of shape (N, C)
        Changed in place.
    batch : Batch
    blocks : list of ndarray of shape (L, C, b)
        One for each segment, as `Network.backward` returns them.
    """
    for segment, block in zip(batch.segments, blocks, strict=True):
        flat = segment.flat_index(batch.index, batch.sequences.offsets)
        rows[flat] = block.transpose(0, 2, 1)
