"""A network: from sequences to raw outputs; patches of sequences."""

import numpy as np

from ...core.messages import shorten
from ...core.parts.pooling import Attention, LastState, Max, Mean
from ...core.parts.pooling.simple import EveryStep
from ...core.patches import n_patches, patch_steps
from .cells import check_cell
from .layers import add_layer


def add_network(graph, network, weights, X, lengths=None):
    """Add a network.

    Parameters
    ----------
    graph : Graph
    network : Network
    weights : dict of str to ndarray
        As in ``weights_``.
    X : str
        The input of the first layer (n, T, C), float32.
    lengths : str or None
        Number of steps of each sequence (n,), int64; None if all have T.

    Returns
    -------
    str
        The raw outputs (n, R), or with `return_sequences` (n, T, R).
    """
    h = graph.op("Transpose", X, perm=[1, 0, 2])
    running = None if lengths is None else _running(graph, h, lengths)
    for layer in network.layers:
        own = [_of_direction(weights, d.name) for d in layer.directions]
        h, final = add_layer(graph, network.cell, own, h, lengths, running)
    if network.return_sequences:
        features = graph.op("Transpose", h, perm=[1, 0, 2])
    else:
        features = POOLINGS[type(network.pooling)](graph, h, final, lengths, running, weights)
    raw = graph.op("MatMul", features, weights["head_weight"].T)
    return graph.op("Add", raw, weights["head_bias"])


def check_network(network):
    """Raise a ValueError unless a network can be converted."""
    check_cell(network.cell)
    pooling = network.pooling
    if type(pooling) not in (*POOLINGS, EveryStep):
        names = ", ".join(kind.__name__ for kind in POOLINGS)
        raise ValueError(
            f"The pooling {shorten(type(pooling).__name__)} has no ONNX form. These have one: "
            f"{names}. Fit an estimator with one of them, or use this one in Python."
        )


def _of_direction(weights, name):
    """The weights of a direction, by their names without its suffix."""
    suffix = f"_{name}"
    return {n.removesuffix(suffix): array for n, array in weights.items() if n.endswith(suffix)}


def _running(graph, h, lengths):
    """Whether a step belongs to its sequence, (T, n, 1)."""
    steps = graph.op("Unsqueeze", graph.steps(graph.size(h, 0)), [1, 2])
    return graph.op("Less", steps, graph.op("Unsqueeze", lengths, [0, 2]))


# Patches


def add_patches(graph, X, lengths, length, n_steps, n_channels):
    """Add patches, as `core.patches` makes them.

    Parameters
    ----------
    graph : Graph
    X : str
        Sequences (n, T, C).
    lengths : str or None
        Number of steps of each sequence (n,), int64; None if all have T.
    length : int
        Number of steps in a patch, p.
    n_steps : int or None
        T, if it is known.
    n_channels : int
        C.

    Returns
    -------
    patches : str
        (n, K, p * C).
    n_patches : str or None
        Number of patches of each sequence (n,).
    """
    if lengths is not None:
        X, lengths = _pad_each(graph, X, lengths, length)
    elif n_steps is None:
        n = _round_up(graph, graph.size(X, 1), length)
        missing = graph.op("Sub", n, graph.size(X, 1))
        steps = graph.op("Max", graph.op("Sub", graph.steps(n), missing), 0)
        X = graph.op("Gather", X, steps, axis=1)
    elif n_steps % length:
        steps = patch_steps(0, n_patches(n_steps, length), n_steps, length)
        X = graph.op("Gather", X, steps, axis=1)
    return graph.op("Reshape", X, [0, -1, length * n_channels]), lengths


def _round_up(graph, n, length):
    """The smallest multiples of `length` that are at least n."""
    n_rounded = graph.op("Div", graph.op("Add", n, length - 1), length)
    return graph.op("Mul", n_rounded, length)


def _pad_each(graph, X, lengths, length):
    """Copies of the first step before each sequence, up to a multiple of `length`."""
    rounded = _round_up(graph, lengths, length)
    n = _round_up(graph, graph.size(X, 1), length)
    missing = graph.op("Unsqueeze", graph.op("Sub", rounded, lengths), [1])
    steps = graph.op("Sub", graph.op("Unsqueeze", graph.steps(n), [0]), missing)
    last = graph.op("Sub", graph.size(X, 1), 1)
    steps = graph.op("Min", graph.op("Max", steps, 0), last)
    X = graph.op("GatherND", X, graph.op("Unsqueeze", steps, [2]), batch_dims=1)
    return X, graph.op("Div", rounded, length)


# Poolings: from the hidden states (T, n, D) to the features (n, D)


def _last(graph, h, final, lengths, running, weights):
    return final


def _mean(graph, h, final, lengths, running, weights):
    if running is None:
        return graph.reduce("Mean", h, 0)
    total = graph.sum(graph.op("Where", running, h, 0.0), 0)
    return graph.op("Div", total, graph.cast(graph.op("Unsqueeze", lengths, [1]), "FLOAT"))


def _max(graph, h, final, lengths, running, weights):
    return graph.reduce("Max", _where_running(graph, running, h), 0)


def _attention(graph, h, final, lengths, running, weights):
    # The equations of core/parts/pooling/attention.py.
    u = graph.op("MatMul", h, weights["attention_weight"].T)
    u = graph.op("Tanh", graph.op("Add", u, weights["attention_bias"]))  # (1)
    scores = graph.op("MatMul", u, weights["attention_vector"][:, np.newaxis])  # (2)
    scores = _where_running(graph, running, scores)
    shares = graph.op("Softmax", scores, axis=0)  # (3)
    if running is not None:
        h = graph.op("Where", running, h, 0.0)
    return graph.sum(graph.op("Mul", shares, h), 0)  # (4)


def _where_running(graph, running, value):
    """The value, and minus infinity at steps that do not belong to their sequence."""
    return value if running is None else graph.op("Where", running, value, -np.inf)


POOLINGS = {LastState: _last, Mean: _mean, Max: _max, Attention: _attention}
