"""Poolings without parameters."""

import numpy as np

from ..base import PartStream
from .base import Pooling, StepColumns


class LastState(Pooling):
    """The final state of each direction."""

    reads_last_step_only = True

    def forward(self, arrays, below, trace):
        return below.final(), None

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        return None, d_above

    def stream(self, arrays, n_streams):
        return PartStream(_last_step)


def _last_step(h, memory):
    return h[-1]


class EveryStep(Pooling):
    """No pooling: each step of each sequence is a column."""

    def n_columns(self, batch):
        return batch.n_columns

    def forward(self, arrays, below, trace):
        steps = StepColumns(trace.batch)
        return steps.collect(below.blocks, self.n_features, self.dtype), steps

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        return kept.blocks(d_above), None

    def stream(self, arrays, n_streams):
        return PartStream(_last_step)


class Mean(Pooling):
    """The mean of h over a sequence's own steps."""

    def forward(self, arrays, below, trace):
        sums = np.zeros((self.n_features, len(trace.batch)), self.dtype)
        lengths = trace.batch.lengths.astype(self.dtype)
        for _, rows, out in below.blocks:
            sums[rows, : out.shape[2]] += out.sum(axis=0)
        return sums / lengths, lengths

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        shares = d_above / kept
        return [
            np.broadcast_to(shares[:, : s.width], (s.n_steps, self.n_features, s.width))
            for s in trace.batch.segments
        ], None

    def stream(self, arrays, n_streams):
        def step(h, memory):
            mean, n_steps = memory
            np.add(n_steps, len(h), out=n_steps)
            np.add(mean, (h.sum(axis=0) - len(h) * mean) / n_steps, out=mean)
            return mean

        return PartStream(step, [(self.n_features,), ()])


class Max(Pooling):
    """The maximum of h over a sequence's own steps.

    The first step that attains it gets the gradient.
    """

    def forward(self, arrays, below, trace):
        shape = (self.n_features, len(trace.batch))
        maximum, where = np.full(shape, -np.inf, self.dtype), np.zeros(shape, np.intp)
        for k, rows, out in below.blocks:
            segment = trace.batch.segments[k]
            best, step = maximum[rows, : segment.width], where[rows, : segment.width]
            value, here = out.max(axis=0), out.argmax(axis=0)
            here += segment.start
            # Segments come in either order of time: of equal values the earlier step counts.
            better = (value > best) | ((value == best) & (here < step))
            np.copyto(best, value, where=better)
            np.copyto(step, here, where=better)
        return maximum, where

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        segments = trace.batch.segments
        d = np.zeros((segments[-1].stop, *kept.shape), self.dtype)
        np.put_along_axis(d, kept[np.newaxis], d_above[np.newaxis], axis=0)
        return [d[s.start : s.stop, :, : s.width] for s in segments], None

    def stream(self, arrays, n_streams):
        def step(h, memory):
            maximum, n_steps = memory
            best = h.max(axis=0)
            np.copyto(maximum, best, where=(best > maximum) | (n_steps == 0))
            np.add(n_steps, len(h), out=n_steps)
            return maximum

        return PartStream(step, [(self.n_features,), ()])
