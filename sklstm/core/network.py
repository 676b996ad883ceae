"""A stack of recurrent layers and a dense head: parameters, forward, backward.

Data flows one way::

    Batch -> layer 0 (one or two directions) -> dropout -> layer 1 ... -> pooling -> dropout -> head

Forward returns a :class:`Trace`, which backward needs; the large arrays behind it belong to a
`Workspace` that is used again for the next batch of the same shape.
"""

from dataclasses import dataclass

import numpy as np

from .initializers import glorot_uniform
from .layers import POOLINGS, EveryStep, dense, dense_backward, draw_mask
from .layout import ParameterLayout
from .packing import Batch
from .recurrent import Direction
from .tokens import TokenDirection, look_up, scatter_add

# A segment's arrays should stay in the cache while its steps are processed; beyond 2 MiB longer
# segments gained nothing (benchmarks/step.py).
_CACHE_BYTES = 2**21


class Network:
    """The structure; its parameters are a vector that every call is given.

    Parameters
    ----------
    cell : a cell of `sklstm.core.cells`
    n_inputs, hidden_size, num_layers, n_raw : int
        C (of tokens, the number of symbols V), H, the number of layers, and the rows that the
        head gives.
    bidirectional : bool
    pooling : {"last", "mean", "max"}
    return_sequences : bool
        Every step a column of its own; `pooling` then plays no part.
    dropout, recurrent_dropout : float
        Rates of the masks that `draw_masks` draws.
    dtype : dtype
        float32 or float64.
    token_input : bool
        Whether batches are of `TokenSequences`.
    embedding_dim : int or None
        Tokens are first turned into vectors of this size; None for one-hot vectors.
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
        self.dtype = np.dtype(dtype)
        self.pooling = EveryStep if return_sequences else POOLINGS[pooling]
        self.return_sequences = return_sequences
        self.token_input = token_input
        self.embedding_dim = embedding_dim
        suffixes = ("", "_reverse") if bidirectional else ("",)
        self.n_features = hidden_size * len(suffixes)
        self.layers = [
            [self._direction(layer, suffix) for suffix in suffixes] for layer in range(num_layers)
        ]
        self.directions = [d for layer in self.layers for d in layer]
        self.layout = ParameterLayout(self._shapes())

    def _direction(self, layer, suffix):
        kind, n_inputs = Direction, self.n_features
        if layer == 0:
            n_inputs = self.embedding_dim or self.n_inputs
            if self.looks_up_weights:
                kind = TokenDirection
        return kind(self.cell, n_inputs, self.hidden_size, bool(suffix), f"l{layer}{suffix}")

    @property
    def looks_up_weights(self):
        """Whether tokens pick rows of the first layer's weights; else its input is filled."""
        one_hot = self.token_input and self.embedding_dim is None
        return one_hot and self.cell.has_projection

    def _shapes(self):
        shapes = {d.name: self.cell.shapes(d.n_inputs, d.hidden_size) for d in self.directions}
        if self.embedding_dim is not None:
            shapes["embedding"] = {"weight": (self.n_inputs, self.embedding_dim)}
        shapes["head"] = {"weight": (self.n_raw, self.n_features), "bias": (self.n_raw,)}
        return shapes

    # Parameters

    def initialize(self, rng, head_bias=0.0, n_steps=None):
        """A fresh parameter vector.

        Drawn in float64 whatever the network's dtype, so that a seed means one set of weights.

        Parameters
        ----------
        rng : numpy.random.Generator
        head_bias : float or ndarray of shape (n_raw,)
        n_steps : int or None
            Number of steps of the longest training sequence, for cells that start by it.

        Returns
        -------
        ndarray of shape (layout.size,)
        """
        flat = np.zeros(self.layout.size)
        views = self.layout.views(flat)
        cell = self.cell if n_steps is None else self.cell.for_length(n_steps)
        for d in self.directions:
            arrays = cell.initialize(rng, d.n_inputs, d.hidden_size)
            _check_shapes(self.cell, arrays, views[d.name])
            for name, array in arrays.items():
                views[d.name][name][...] = array
        if self.embedding_dim is not None:
            table = views["embedding"]["weight"]
            table[...] = rng.standard_normal(table.shape)
        shape = views["head"]["weight"].shape
        views["head"]["weight"][...] = glorot_uniform(rng, shape[1], shape[0], shape)
        views["head"]["bias"][...] = head_bias
        return flat.astype(self.dtype)

    def is_weight(self):
        """(layout.size,) bool: what decays, as opposed to biases, and what else a cell excepts."""
        flags = np.ones(self.layout.size, bool)
        for name, array in self.named_arrays(flags).items():
            if name.startswith((*self.cell.never_decay, "head_bias")):
                array[...] = False
        return flags

    def named_arrays(self, params):
        """Views into `params`, or into a gradient, by name.

        What the cell names, followed by the layer: for an LSTM ``weight_ih_l0`` (4 * H, C),
        ``weight_hh_l0`` (4 * H, H) and ``bias_l0`` (4 * H,), and so on for each layer, with the
        suffix ``_reverse`` for the second direction; ``embedding`` (V, E) where there is one;
        ``head_weight`` (O, D) and ``head_bias`` (O,). Rows stand in the cell's own order of gates.
        """
        views = self.layout.views(params)
        named = {}
        for d in self.directions:
            for kind, array in self.cell.named(views[d.name]).items():
                named[f"{kind}_{d.name}"] = array
        if self.embedding_dim is not None:
            named["embedding"] = views["embedding"]["weight"]
        named["head_weight"] = views["head"]["weight"]
        named["head_bias"] = views["head"]["bias"]
        return named

    # Batches

    def batch(self, sequences, index, cut_every=None):
        """The sequences `index` as a batch whose segments suit this network's size."""
        rows = 9 * self.hidden_size + max(
            0 if isinstance(d, TokenDirection) else d.n_inputs for d in self.directions
        )
        max_columns = _CACHE_BYTES // (rows * self.dtype.itemsize)
        return Batch(sequences, index, max_columns, cut_every)

    def zero_state(self, n_sequences):
        """Initial states: per layer, direction and state an array of zeros (rows, B)."""
        sizes = self.cell.state_sizes(self.hidden_size)
        if not isinstance(sizes, tuple) or sizes[:1] != (self.hidden_size,):
            raise ValueError(
                f"{self.cell!r}.state_sizes({self.hidden_size}) is {sizes!r}; expected a tuple of "
                f"int whose first one, for h, is hidden_size={self.hidden_size}."
            )
        return [
            [[np.zeros((rows, n_sequences), self.dtype) for rows in sizes] for _ in layer]
            for layer in self.layers
        ]

    def draw_recurrent_masks(self, rng, n_sequences):
        """Recurrent dropout: per layer and direction one mask (H, B) for all steps, or None."""
        shape = (self.hidden_size, n_sequences)
        return [
            [draw_mask(rng, self.recurrent_dropout, shape, self.dtype) for _ in layer]
            for layer in self.layers
        ]

    def draw_masks(self, rng, batch, recurrent=None):
        """Dropout masks for one training step on `batch`, with new recurrent ones if None."""
        if recurrent is None:
            recurrent = self.draw_recurrent_masks(rng, len(batch))
        between = [
            [
                draw_mask(rng, self.dropout, (s.n_steps, self.n_features, s.width), self.dtype)
                for s in batch.segments
            ]
            if self.dropout
            else None
            for _ in self.layers[1:]
        ]
        n_columns = batch.n_columns if self.return_sequences else len(batch)
        head = draw_mask(rng, self.dropout, (self.n_features, n_columns), self.dtype)
        return Masks(between, recurrent, head)

    # Forward and backward

    def forward(self, params, batch, workspace, masks=None, state=None):
        """From a batch to the head's raw outputs.

        Parameters
        ----------
        params : ndarray of shape (layout.size,)
        batch : Batch
        workspace : Workspace
        masks : Masks or None
            None for no dropout.
        state : nested list as `zero_state` gives it, or None
            Initial states; replaced by the final ones.

        Returns
        -------
        raw : ndarray of shape (n_raw, N)
            A column for each sequence in the order of ``batch.index``, or for each step in the
            order of ``batch.step_index()``.
        trace : Trace
        """
        views = self.layout.views(params)
        masks = masks or Masks.none(self.layers)
        state = self.zero_state(len(batch)) if state is None else state
        tapes = workspace.open(batch.segments)
        pool = self.pooling(batch, self.n_features, self.dtype)
        below = None
        for depth, layer in enumerate(self.layers):
            top = depth + 1 == len(self.layers)
            source = self._source(views, batch, below, masks, depth)
            below = [[None] * len(batch.segments) for _ in layer]
            for j, d in enumerate(layer):
                mask = masks.recurrent[depth][j]
                get = tapes.getter(d, self.dtype, mask is not None)
                for k, out in d.forward(
                    views[d.name], batch.segments, source, state[depth][j], mask, get
                ):
                    if top:
                        pool.see(k, self.rows(j), out)
                    else:
                        below[j][k] = out if workspace.history else out.copy()
        features = pool.features(np.concatenate([s[0] for s in state[-1]]))
        if masks.head is not None:
            features = features * masks.head
        raw = dense(views["head"]["weight"], views["head"]["bias"], features)
        return raw, Trace(batch, masks, tapes, pool, features)

    def rows(self, j):
        """The rows of direction j among a layer's outputs."""
        return slice(j * self.hidden_size, (j + 1) * self.hidden_size)

    def _source(self, views, batch, below, masks, depth):
        """What a layer reads: the batch itself, or the layer below through dropout."""
        if depth == 0:
            return self.first_source(views, batch)
        between = masks.between[depth - 1]

        def fill(k, out):
            for j, lower in enumerate(below):
                out[:, self.rows(j)] = lower[k]
            if between is not None:
                out *= between[k]

        return fill

    def first_source(self, views, batch):
        """What the first layer reads, as its directions want it."""
        segments = batch.segments
        if self.looks_up_weights:
            return lambda k: batch.tokens(segments[k])
        if self.embedding_dim is None:
            return lambda k, out: batch.gather(segments[k], out)
        table = views["embedding"]["weight"]
        return lambda k, out: look_up(table, batch.tokens(segments[k]), out)

    def backward(self, params, trace, d_raw, *, cut_every=None, wrt_input=False):
        """From derivatives by the raw outputs to those by the parameters.

        Parameters
        ----------
        params : ndarray of shape (layout.size,)
        trace : Trace
            What `forward` returned; good for one call.
        d_raw : ndarray of shape (n_raw, N)
        cut_every : int or None
            Cut the gradient through time at multiples of this step (the batch must have been
            made with it).
        wrt_input : bool
            Also give the derivatives by the input (of tokens, by their embeddings).

        Returns
        -------
        gradient : ndarray of shape (layout.size,)
        d_input : list of ndarrays of shape (L, C, b), one a segment; or None
        """
        views = self.layout.views(params)
        gradient = np.zeros_like(params)
        d_views = self.layout.views(gradient)
        d_features = dense_backward(
            views["head"]["weight"],
            trace.features,
            d_raw,
            d_views["head"]["weight"],
            d_views["head"]["bias"],
        )
        if trace.masks.head is not None:
            d_features *= trace.masks.head
        d_out, d_final = trace.pool.backward(d_features)
        embeds = self.embedding_dim is not None
        for depth in reversed(range(len(self.layers))):
            wanted = depth > 0 or wrt_input or embeds
            d_out = self._layer_backward(
                depth, views, d_views, trace, d_out, d_final, cut_every, wanted
            )
            d_final = None
            if depth > 0:
                for k, mask in enumerate(trace.masks.between[depth - 1] or ()):
                    d_out[k] *= mask
        if embeds:
            for segment, block in zip(trace.batch.segments, d_out, strict=True):
                scatter_add(d_views["embedding"]["weight"], trace.batch.tokens(segment), block)
        return gradient, d_out

    def _layer_backward(self, depth, views, d_views, trace, d_out, d_final, cut_every, wanted):
        """One layer: add to its gradient; the derivatives by its input where `wanted`."""
        segments = trace.batch.segments
        d_input = [None] * len(segments) if wanted else None
        for j, d in enumerate(self.layers[depth]):
            rows = self.rows(j)
            d_state = self.zero_state(len(trace.batch))[depth][j]
            if d_final is not None:
                d_state[0][...] = d_final[rows]
            mask = trace.masks.recurrent[depth][j]
            for k, tape in d.backward(
                views[d.name],
                segments,
                None if d_out is None else [block[:, rows] for block in d_out],
                d_state,
                mask,
                trace.tapes.getter(d, self.dtype, mask is not None),
                d_views[d.name],
                cut_every,
            ):
                if wanted:
                    block = d.input_gradient(views[d.name], tape)
                    d_input[k] = block if d_input[k] is None else d_input[k] + block
        return d_input


def _check_shapes(cell, arrays, views):
    got, expected = ({n: np.shape(a) for n, a in sorted(x.items())} for x in (arrays, views))
    if got != expected:
        raise ValueError(f"{cell!r}.initialize gives {got}, but its shapes are {expected}.")


@dataclass
class Masks:
    """Dropout masks of one training step; None wherever nothing is dropped.

    Attributes
    ----------
    between : list (layers above the first) of list (segments) of (L, D, b), or of None
    recurrent : list (layers) of list (directions) of (H, B)
    head : (D, N)
    """

    between: list
    recurrent: list
    head: np.ndarray | None

    @classmethod
    def none(cls, layers):
        """No dropout anywhere."""
        return cls([None] * len(layers[1:]), [[None] * len(x) for x in layers], None)


@dataclass
class Trace:
    """What backward needs of one forward pass, besides the workspace's tapes."""

    batch: object
    masks: Masks
    tapes: object
    pool: object
    features: np.ndarray
