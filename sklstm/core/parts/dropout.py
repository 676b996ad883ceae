"""Dropout: between two layers, and before the head."""

import numpy as np

from ..packing import numbered
from .base import Part


def draw_mask(rng, rate, shape, dtype):
    """An inverted-dropout mask: 0 with probability `rate`, else 1 / (1 - rate).

    Parameters
    ----------
    rng : numpy.random.Generator
    rate : float
    shape : tuple of int
    dtype : dtype

    Returns
    -------
    ndarray, or None if the rate is 0

    References
    ----------
    N. Srivastava et al. "Dropout: a simple way to prevent neural networks from overfitting."
    JMLR 15, 2014, section 10.
    """
    if rate == 0.0:
        return None
    kept = rng.random(shape, dtype="float32") >= rate
    return kept.astype(dtype) / dtype.type(1.0 - rate)


class LayerDropout(Part):
    """Dropout between two layers.

    It also keeps the output of the lower layer, since the upper one may read the segments in
    another order.

    Parameters
    ----------
    number : int
        Its number, from 0 between the first and the second layer.
    n_features : int
        D.
    """

    def __init__(self, number, n_features):
        self.number = number
        self.n_features = n_features

    def draw_masks(self, rng, rate, batch, dtype):
        """One mask for each step of each sequence.

        Parameters
        ----------
        rng : numpy.random.Generator
        rate : float
        batch : Batch
        dtype : dtype

        Returns
        -------
        list (segments) of ndarray of shape (L, D, b), or None if the rate is 0
        """
        if not rate:
            return None
        return [
            draw_mask(rng, rate, (s.n_steps, self.n_features, s.width), dtype)
            for s in batch.segments
        ]

    def forward(self, arrays, below, trace):
        blocks = [[] for _ in trace.batch.segments]
        for k, rows, out in below.blocks:
            blocks[k].append((rows, out if trace.history else out.copy()))
        masks = trace.masks.between[self.number]
        spans = numbered(trace.batch.spans)

        def read(k, out=None):
            _, first, span = spans[k]
            if out is None:
                dtype = blocks[first][0][1].dtype
                out = np.empty((span.n_steps, self.n_features, span.width), dtype)
            for i, view in enumerate(span.views(out), first):
                for rows, block in blocks[i]:
                    view[:, rows] = block
                if masks is not None:
                    view *= masks[i]
            return out

        return read, None

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        for k, mask in enumerate(trace.masks.between[self.number] or ()):
            d_above[k] *= mask
        return d_above, None


class HeadDropout(Part):
    """Dropout of the features, before the head."""

    def forward(self, arrays, below, trace):
        mask = trace.masks.head
        return (below if mask is None else below * mask), None

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        if trace.masks.head is not None:
            d_above *= trace.masks.head
        return d_above
