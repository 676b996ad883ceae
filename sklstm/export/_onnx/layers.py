"""Recurrent layers: from (T, n, C) to the hidden states at all steps, and the last ones."""

import numpy as np

from ...cells import FGR
from .cells import recurrence
from .loop import add_loop


def add_layer(graph, cell, directions, x, lengths, running):
    """Add a layer.

    Parameters
    ----------
    graph : Graph
    cell : Cell
    directions : list of dict of str to ndarray
        The weights of each direction, forward in time first.
    x : str
        The input (T, n, C).
    lengths : str or None
        Number of steps of each sequence (n,), int64; None if all have T.
    running : str or None
        Whether a step belongs to the sequence (T, n, 1), bool; None if all do.

    Returns
    -------
    h, final : str
        The hidden states (T, n, D), which have no meaning at steps that do not belong to the
        sequence, and the final ones (n, D).
    """
    if type(cell) is not FGR:
        return _add_operator(graph, [recurrence(cell, own) for own in directions], x, lengths)
    results = [add_loop(graph, cell, own, x, running, bool(k)) for k, own in enumerate(directions)]
    if len(results) == 1:
        return results[0]
    h, final = zip(*results, strict=True)
    return graph.op("Concat", *h, axis=2), graph.op("Concat", *final, axis=1)


def _add_operator(graph, recurrences, x, lengths):
    first, bidirectional = recurrences[0], len(recurrences) > 1
    inputs = [np.stack([getattr(r, name) for r in recurrences]) for name in _WEIGHTS]
    if lengths is not None:
        inputs.append(graph.cast(lengths, "INT32"))
    if first.peepholes is not None:
        inputs += [""] * (6 - len(inputs))  # lengths, and the initial states: zeros
        inputs.append(np.stack([r.peepholes for r in recurrences]))
    activations = [a for r in recurrences for a in r.activations]
    attributes = {
        "hidden_size": first.by_state.shape[1],
        "direction": "bidirectional" if bidirectional else "forward",
        "activations": [name for name, *_ in activations],
        **first.options,
    }
    with_parameters = [a for a in activations if len(a) > 1]
    if with_parameters:
        attributes["activation_alpha"] = [alpha for _, alpha, _ in with_parameters]
        attributes["activation_beta"] = [beta for _, _, beta in with_parameters]
    h, final = graph.op(first.kind, x, *inputs, n_outputs=2, **attributes)
    if not bidirectional:
        return graph.op("Squeeze", h, [1]), graph.op("Squeeze", final, [0])
    h = graph.op("Transpose", h, perm=[0, 2, 1, 3])  # from (T, 2, n, H)
    final = graph.op("Transpose", final, perm=[1, 0, 2])  # from (2, n, H)
    return graph.op("Reshape", h, [0, 0, -1]), graph.op("Reshape", final, [0, -1])


_WEIGHTS = ("by_input", "by_state", "bias")
