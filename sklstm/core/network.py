"""A network: a list of parts, from a batch of sequences to raw outputs.

Data flows one way::

    Batch -> input -> layer 0 -> dropout -> layer 1 ... -> pooling -> dropout -> head -> raw outputs

Each of these is a part (`sklstm.core.parts`), and all have the interface of `parts.base.Part`:
`forward` loops over them from left to right, `backward` from right to left, and a stream
(`streaming.py`) runs them one step at a time. The input copies vectors, looks up embeddings, or
passes tokens on; a layer has one or two directions. The input weights of a layer that reads tokens
are made a table, into which an embedding of few symbols is multiplied (`token_table.py`).

`Network.forward` returns a `Trace`, which `Network.backward` needs; the large arrays behind it
belong to a `Workspace` that is reused for the next batch of the same shape.
"""

from functools import cached_property

import numpy as np

from .layout import ParameterLayout
from .packing import Batch
from .parts.base import Masks, Trace
from .parts.dropout import HeadDropout, LayerDropout, draw_mask
from .parts.head import Head
from .parts.inputs import EmbeddedTokens, EmbeddedVectors, OneHotVectors, Tokens, Vectors
from .parts.layer import Layer
from .parts.pooling import POOLINGS
from .parts.pooling.simple import EveryStep
from .token_table import TokenTable

# Columns of a span, summed over its steps. The kernels pack all weights once for each span, which
# few columns do not repay; with many more the arrays leave the caches (benchmarks/speed.py).
_MAX_COLUMNS = 2**12
# Steps on a tape of a pass without history: its views are made in each call, and all segments share
# them.
TAPE_STEPS = 10
# Floats of the input of a span, for cells that do without tapes.
_MAX_VALUES = 2**20
# Symbols of an embedding that is multiplied by the input weights as a whole, once in each pass. For
# more, the vectors of the tokens are multiplied, which takes less time if batches have few tokens.
MAX_IN_TABLE = 2**8


class Network:
    """The structure of a network. Its parameters are a vector that is passed to every call.

    Parameters
    ----------
    cell : a cell of `sklstm.core.cells`
    n_inputs, hidden_size, n_raw : int
        C (for tokens, the number of symbols V), H, and the number of raw outputs.
    num_layers : int
    bidirectional : bool
    pooling : str
        A name in `POOLINGS`.
    return_sequences : bool
        Whether each step is a column of the raw outputs; `pooling` is then ignored.
    dropout, recurrent_dropout : float
        Rates of the masks that `draw_masks` draws.
    dtype : dtype
        float32 or float64.
    token_input : bool
        Whether batches are of `TokenSequences`.
    embedding_dim : int or None
        Size of the embedding of tokens; None for one-hot vectors.

    Attributes
    ----------
    parts : list of Part
        In the order of `forward`.
    layers : list of Layer
    pooling : Pooling
    n_features : int
        D, the number of rows of the features.
    layout : ParameterLayout
    """

    def __init__(
        self,
        cell,
        n_inputs,
        hidden_size,
        n_raw,
        *,
        num_layers=1,
        bidirectional=False,
        pooling="last",
        return_sequences=False,
        dropout=0.0,
        recurrent_dropout=0.0,
        dtype=np.float64,
        token_input=False,
        embedding_dim=None,
    ):
        self.cell = cell
        self.n_inputs = n_inputs
        self.hidden_size = hidden_size
        self.n_raw = n_raw
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.dtype = dtype = np.dtype(dtype)
        self.return_sequences = return_sequences
        self.token_input = token_input
        self.n_features = n_features = hidden_size * (2 if bidirectional else 1)

        first = _input(cell, n_inputs, token_input, embedding_dim)
        width, reads_tokens = embedding_dim or n_inputs, isinstance(first, Tokens)
        recurrent = [Layer(cell, width, hidden_size, 0, dtype, bidirectional, reads_tokens)]
        for depth in range(1, num_layers):
            above = Layer(cell, n_features, hidden_size, depth, dtype, bidirectional, False)
            recurrent += [LayerDropout(depth - 1, n_features), above]
        self.layers = recurrent[::2]
        embedding = first if isinstance(first, EmbeddedTokens) else None
        self._table = TokenTable(self.layers[0], embedding) if reads_tokens else None
        kind = EveryStep if return_sequences else POOLINGS[pooling]
        self.pooling = kind(n_features, dtype)
        self.layers[-1].streams_last_step_only = self.pooling.reads_last_step_only
        head = Head(n_features, n_raw)
        self.parts = [first, *recurrent, self.pooling, HeadDropout(), head]

        # Parameters are drawn and stored in this order: those of the layers come first.
        self.layout = ParameterLayout([*recurrent, first, self.pooling, head])

    # Parameters

    def _with_arrays(self, flat):
        """The parts with parameters, in the order of these, and their views into `flat`."""
        parts = {part.name: part for part in self.parts}
        return [(parts[name], arrays) for name, arrays in self.layout.views(flat).items()]

    def initialize(self, rng, head_bias=0.0, n_steps=None):
        """Draw a new parameter vector.

        It is drawn in float64 for any dtype, so that a seed gives the same weights.

        Parameters
        ----------
        rng : numpy.random.Generator
        head_bias : float or ndarray of shape (n_raw,)
        n_steps : int or None
            Number of steps of the longest training sequence, for initial values that depend on it.

        Returns
        -------
        ndarray of shape (layout.size,)
        """
        flat = np.zeros(self.layout.size)
        for part, arrays in self._with_arrays(flat):
            part.initialize(arrays, rng, n_steps)
        self.named_arrays(flat)["head_bias"][...] = head_bias
        return flat.astype(self.dtype)

    def is_weight(self):
        """(layout.size,) bool: whether penalty and weight decay apply to a parameter."""
        flags = np.ones(self.layout.size, bool)
        for part, arrays in self._with_arrays(flags):
            for name, array in part.named(arrays).items():
                if name.startswith(part.never_decay):
                    array[...] = False
        return flags

    def named_arrays(self, params):
        """Views into `params`, or into a gradient, by name.

        For each layer the names of the cell followed by its number: for an LSTM ``weight_ih_l0``
        (4 * H, C), ``weight_hh_l0`` (4 * H, H) and ``bias_l0`` (4 * H,), and so on, with the
        suffix ``_reverse`` for the second direction; ``embedding`` (V, E) if there is one; those
        of a pooling with parameters; ``head_weight`` (n_raw, D) and ``head_bias`` (n_raw,). Rows
        are in the cell's order of gates.
        """
        named = {}
        for part, arrays in self._with_arrays(params):
            named.update(part.named(arrays))
        return named

    def arrays_in_use(self, arrays):
        """The parameters as the parts use them.

        Parameters
        ----------
        arrays : dict of str to dict of str to ndarray
            The parameters by part and name; see `ParameterLayout.views`.

        Returns
        -------
        dict of str to dict of str to ndarray
            The same, but for a layer that reads tokens; see `TokenTable.split`.
        """
        return arrays if self._table is None else self._table.split(arrays)

    # Batches

    @property
    def joins_segments(self):
        """Whether segments of a batch are joined. In reverse columns would begin, not end."""
        return self.cell.takes_widths and len(self.layers[0].directions) == 1

    def batch(self, sequences, index, cut_every=None):
        """The sequences `index` as a batch for a pass with history."""
        return Batch(sequences, index, _MAX_COLUMNS, cut_every, self.joins_segments)

    def batch_to_predict(self, sequences, index, n_steps=None):
        """The sequences `index` as a batch for a pass without history.

        Parameters
        ----------
        sequences : Sequences
        index : ndarray of int, shape (B,)
        n_steps : int or None
            Number of steps of a chunk (see `Batch.chunks`), if the batch is split into chunks.

        Returns
        -------
        Batch
        """
        if self.cell.has_run:
            columns = _MAX_VALUES // max(layer.n_inputs for layer in self.layers)
            return Batch(sequences, index, columns, n_steps, self.joins_segments)
        return self.batch(sequences, index, TAPE_STEPS)

    def zero_state(self, n_sequences):
        """Initial states: per layer, direction and state an array of zeros (rows, B)."""
        return [layer.zero_state(n_sequences) for layer in self.layers]

    def draw_recurrent_masks(self, rng, n_sequences):
        """Recurrent dropout: per layer and direction one mask (H, B) for all steps, or None."""
        rate = self.recurrent_dropout
        if not rate:
            return self._no_masks.recurrent
        return [layer.draw_recurrent_masks(rng, rate, n_sequences) for layer in self.layers]

    def draw_masks(self, rng, batch, recurrent=None, *, with_head=True):
        """Dropout masks for one training step on `batch`, with new recurrent ones if None."""
        if not self.dropout and not self.recurrent_dropout:
            return self._no_masks
        if recurrent is None:
            recurrent = self.draw_recurrent_masks(rng, len(batch))
        rate, dtype = self.dropout, self.dtype
        between = [
            part.draw_masks(rng, rate, batch, dtype)
            for part in self.parts
            if isinstance(part, LayerDropout)
        ]
        shape = (self.n_features, self.pooling.n_columns(batch))
        head = draw_mask(rng, rate, shape, dtype) if with_head else None
        return Masks(between, recurrent, head)

    @cached_property
    def _no_masks(self):
        recurrent = [[None] * len(layer.directions) for layer in self.layers]
        return Masks([None] * len(self.layers[1:]), recurrent, None)

    # Forward and backward

    def forward(self, params, batch, workspace, masks=None, state=None):
        """From a batch to raw outputs.

        Parameters
        ----------
        params : ndarray of shape (layout.size,)
        batch : Batch
        workspace : Workspace
        masks : Masks or None
            None for no dropout.
        state : nested list as returned by `zero_state`, or None
            Initial states; replaced by the final ones.

        Returns
        -------
        raw : ndarray of shape (n_raw, N)
            A column for each sequence in the order of ``batch.index``, or for each step in the
            order of ``batch.step_index()``.
        trace : Trace
        """
        arrays = self.arrays_in_use(workspace.views(self.layout, params))
        trace = Trace(
            batch,
            masks or self._no_masks,
            self.zero_state(len(batch)) if state is None else state,
            workspace,
            arrays=arrays,
        )
        value = batch
        for part in self.parts:
            value, kept = part.forward(arrays.get(part.name), value, trace)
            trace.kept.append(kept)
        return value, trace

    def backward(self, params, trace, d_raw, *, cut_every=None, wrt_input=False, out=None):
        """From derivatives by the raw outputs to those by the parameters.

        Parameters
        ----------
        params : ndarray of shape (layout.size,)
        trace : Trace
            Returned by `forward`; can be used once.
        d_raw : ndarray of shape (n_raw, N)
        cut_every : int or None
            Cut the gradient through time at multiples of this step (the batch must have been
            made with it).
        wrt_input : bool
            Whether to compute the derivatives by the input, too. A layer that reads tokens returns
            none.
        out : ndarray of shape (layout.size,) or None
            Receives the gradient; None for a new array.

        Returns
        -------
        gradient : ndarray of shape (layout.size,)
        d_input : list of ndarrays of shape (L, C, b), one a segment; or None
        """
        gradient = np.empty_like(params) if out is None else out
        gradient.fill(0.0)
        views = trace.workspace.views
        d_arrays = d_views = views(self.layout, gradient)
        if self._table is not None:
            d_arrays = self._table.split_gradient(trace.arrays, d_views)
        trace.cut_every = cut_every
        lowest = 0 if wrt_input or isinstance(self.parts[0], EmbeddedVectors) else 1
        d_value = d_raw
        for k in reversed(range(len(self.parts))):
            part = self.parts[k]
            own, d_own = trace.arrays.get(part.name), d_arrays.get(part.name)
            d_value = part.backward(own, trace.kept[k], d_value, d_own, trace, k > lowest)
        if self._table is not None:
            self._table.join_gradient(views(self.layout, params), d_arrays, d_views)
        return gradient, d_value


def _input(cell, n_inputs, token_input, embedding_dim):
    """The first part."""
    if embedding_dim is not None:
        in_table = cell.has_projection and n_inputs <= MAX_IN_TABLE
        return (EmbeddedTokens if in_table else EmbeddedVectors)(n_inputs, embedding_dim)
    if not token_input:
        return Vectors()
    return Tokens() if cell.has_projection else OneHotVectors(n_inputs)
