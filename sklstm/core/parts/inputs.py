"""The input parts: from a batch to the input of the first layer.

Each one returns a function `read`: ``read(k, out=None)`` returns span k of the batch as vectors
(L, C, b), written to `out` if it is given, or ``read(k)`` as tokens (L, b).
"""

import numpy as np

from ..kernels import kernel_in_use
from .base import Part, PartStream


class Vectors(Part):
    """Sequences of vectors, as they are."""

    def forward(self, arrays, below, trace):
        spans = below.spans
        return lambda k, out=None: below.gather(spans[k], out), None

    def stream(self, arrays, n_streams):
        return PartStream(lambda values, memory: values.transpose(1, 2, 0))


class OneHotVectors(Vectors):
    """Tokens as one-hot vectors, for cells whose input weights cannot be looked up.

    Parameters
    ----------
    n_symbols : int
        V.
    """

    def __init__(self, n_symbols):
        self.n_symbols = n_symbols

    def stream(self, arrays, n_streams):
        symbols = np.arange(self.n_symbols)[:, np.newaxis]
        return PartStream(lambda tokens, memory: tokens.T[:, np.newaxis] == symbols)


class Tokens(Part):
    """Tokens, for a layer that looks up its input weights."""

    def forward(self, arrays, below, trace):
        spans = below.spans
        return lambda k: below.tokens(spans[k]), None

    def stream(self, arrays, n_streams):
        return PartStream(lambda tokens, memory: tokens.T)


class Embedding(Part):
    """Base class of the inputs with a learned table, whose rows are the vectors of the tokens.

    Parameters
    ----------
    n_symbols, size : int
        V and E.
    """

    name = "embedding"

    def __init__(self, n_symbols, size):
        self.n_symbols = n_symbols
        self.size = size

    def shapes(self):
        return {"weight": (self.n_symbols, self.size)}

    def initialize(self, arrays, rng, n_steps=None):
        arrays["weight"][...] = rng.standard_normal(arrays["weight"].shape)

    def named(self, arrays):
        return {"embedding": arrays["weight"]}


class EmbeddedTokens(Tokens, Embedding):
    """Tokens, for a layer that looks up the products of their vectors with its input weights."""


class EmbeddedVectors(Embedding):
    """The vectors of the tokens."""

    def forward(self, arrays, below, trace):
        table, spans = arrays["weight"], below.spans
        look_up = kernel_in_use().tokens.look_up
        return lambda k, out=None: look_up(table, below.tokens(spans[k]), out), None

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        # Tokens have no derivative: those by their vectors are returned.
        for segment, block in zip(trace.batch.segments, d_above, strict=True):
            tokens = trace.batch.tokens(segment)
            kernel_in_use().tokens.scatter_add(gradient["weight"], tokens, block)
        return d_above

    def stream(self, arrays, n_streams):
        table = arrays["weight"]
        look_up = kernel_in_use().tokens.look_up
        return PartStream(lambda tokens, memory: look_up(table, tokens.T))
