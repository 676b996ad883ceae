"""Raw outputs for any number of sequences, in pieces of bounded size."""

from contextlib import nullcontext

import numpy as np

from .network import TAPE_STEPS
from .threads import SINGLE
from .workspace import Workspace

# Maximum number of sequences in a batch, and of floats in its features at all steps.
_MAX_SEQUENCES = 256
_MAX_FEATURES = 2**22
# Maximum number of floats of features, or of raw outputs, in a piece of `raw_in_pieces`.
_MAX_PIECE = 2**20


def ignored_overflow():
    """Context without NumPy's warnings: a gate of a product that overflows is 0 or 1, as it should.

    Callers check what is returned, as it may be infinity minus infinity.
    """
    return np.errstate(over="ignore", invalid="ignore")


def predict_raw(network, params, sequences, borrow=None, threads=SINGLE):
    """Raw outputs of a network, row by row.

    Parameters
    ----------
    network : Network
    params : ndarray of shape (layout.size,)
    sequences : DenseSequences or RaggedSequences
    borrow : callable or None
        ``borrow()`` is a context in which a `Workspace` without history is ours. One that was used
        before saves creating the same tapes again. None makes one for this call.
    threads : Threads
        A batch is the work of one of them.

    Returns
    -------
    ndarray of shape (n, n_raw), or (N, n_raw) with a row per step of each sequence
    """
    per_step = network.return_sequences
    n_rows = sequences.offsets[-1] if per_step else len(sequences)
    raw = np.empty((n_rows, network.n_raw), network.dtype)
    own = nullcontext(Workspace(history=False))

    def predict(batch):
        with ignored_overflow(), own if borrow is None else borrow() as workspace:
            out, _ = network.forward(params, batch, workspace)
        raw[batch.rows(per_step)] = out.T

    threads.run(predict, list(batches_for_prediction(network, sequences)))
    return raw


def run_streams(sequences, network, take, keep, threads=SINGLE):
    """Raw outputs of a network without a reverse direction, by streams that take all steps at once.

    The outputs of `predict_raw`, with less work around the kernels.

    Parameters
    ----------
    sequences : DenseSequences
    network : Network
    take : callable
        ``take(n)`` returns a `Stepper` for n new sequences.
    keep : callable
        ``keep(n, stepper)`` takes it back.
    threads : Threads
        A batch is the work of one of them.

    Returns
    -------
    ndarray of shape (n, n_raw)
    """
    raw = np.empty((len(sequences), network.n_raw), network.dtype)
    size = batch_size(network, sequences)

    def predict(start):
        rows = raw[start : start + size]
        stepper = take(len(rows))
        with ignored_overflow():
            rows[...] = stepper.run(sequences.block(start, start + size))
        keep(len(rows), stepper)

    threads.run(predict, range(0, len(raw), size))
    return raw


def batch_size(network, sequences):
    """Number of sequences in a batch of predictions.

    Parameters
    ----------
    network : Network
    sequences : Sequences

    Returns
    -------
    int
    """
    return min(_MAX_SEQUENCES, max(1, _MAX_FEATURES // (sequences.longest * network.n_features)))


def raw_in_pieces(network, params, sequences):
    """Raw outputs for every step, piece by piece, with the state carried over between pieces.

    The outputs of `predict_raw` for a network with `return_sequences`, in bounded memory.

    Parameters
    ----------
    network : Network
    params : ndarray of shape (layout.size,)
    sequences : Sequences

    Yields
    ------
    batch : Batch
        The steps of this piece.
    raw : ndarray of shape (n_raw, N)
        A column for each of them, in its order.
    """
    workspace = Workspace(history=False)
    for index in sequences.in_batches(_MAX_SEQUENCES):
        per_step = len(index) * max(network.n_features, network.n_raw)
        n_steps = TAPE_STEPS * max(1, _MAX_PIECE // (TAPE_STEPS * per_step))
        batch = network.batch_to_predict(sequences, index, n_steps)
        state = network.zero_state(len(batch))
        for piece in batch.chunks(n_steps):
            yield piece, network.forward(params, piece, workspace, state=state)[0]


def batches_for_prediction(network, sequences):
    """Yield all sequences in batches of similar length.

    Parameters
    ----------
    network : Network
    sequences : DenseSequences or RaggedSequences

    Yields
    ------
    Batch
    """
    for index in sequences.in_batches(batch_size(network, sequences)):
        yield network.batch_to_predict(sequences, index)


def record_hidden_states(network, params, sequences):
    """The top layer's hidden states at every step.

    Parameters
    ----------
    network : Network
    params : ndarray of shape (layout.size,)
    sequences : Sequences

    Returns
    -------
    dict of str to ndarray of shape (N, D)
        "h", with a row per step of each sequence.
    """
    return _record(network, params, sequences, network.layers[-1].hidden_states)


def record_states(network, params, sequences):
    """All states of the top layer's cell at every step.

    Parameters
    ----------
    network, params, sequences
        See `record_hidden_states`.

    Returns
    -------
    dict of str to ndarray of shape (N, D)
        "h", and "c" if the cell has a second state of H rows.
    """
    return _record(network, params, sequences, network.layers[-1].states)


def record_gates(network, params, sequences):
    """The activations of the top layer's gates at every step.

    Parameters
    ----------
    network, params, sequences
        See `record_hidden_states`.

    Returns
    -------
    dict of str to ndarray of shape (N, D)
        By gate, with a row per step of each sequence.
    """
    return _record(network, params, sequences, network.layers[-1].activations)


def _record(network, params, sequences, read):
    """The arrays that ``read(trace)`` yields, as rows; see `Layer.hidden_states`."""
    rows = {}
    n_steps = sequences.offsets[-1]
    workspace = Workspace(history=True)
    for batch in batches_for_prediction(network, sequences):
        _, trace = network.forward(params, batch, workspace)
        for k, columns, arrays in read(trace):
            flat = batch.segments[k].flat_index(batch.index, sequences.offsets)
            for name, values in arrays.items():
                if name not in rows:
                    rows[name] = np.empty((n_steps, network.n_features), network.dtype)
                rows[name][flat, columns] = values.transpose(0, 2, 1)
    return rows
