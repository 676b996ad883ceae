"""What stands between the recurrent layers and the loss: pooling, dropout, the dense head.

*Features* are what the head sees: an array (D, N), D the top layer's width over all directions,
with a column for each sequence, or for each step of each sequence, in packed order.
"""

import numpy as np


class LastState:
    """The final state of each direction.

    All poolings have the same three methods, called in this order, and `follow` for a network that
    is run step by step.
    """

    def __init__(self, batch, n_features, dtype):
        self.batch = batch
        self.n_features = n_features
        self.dtype = dtype

    def see(self, k, rows, out):
        """Take segment k's hidden states `out` (L, H, b) of the direction that owns `rows`."""

    def features(self, final):
        """The features (D, N); `final` is the final hidden state (D, B)."""
        return final

    def backward(self, d_features):
        """Derivatives by the hidden states: (d_out, d_final).

        d_out is a list of arrays (L, D, b), one a segment, or None; d_final is (D, B), or None.
        """
        return None, d_features

    @staticmethod
    def follow(features, h, n_steps):
        """Bring the features up to date after one more step, the `n_steps`-th.

        features and h are (D, b), n_steps is (b,).
        """
        features[...] = h


class EveryStep(LastState):
    """Every step of every sequence is a column: sequence to sequence."""

    def __init__(self, batch, n_features, dtype):
        super().__init__(batch, n_features, dtype)
        sizes = [s.n_steps * s.width for s in batch.segments]
        self.starts = np.concatenate([[0], np.cumsum(sizes)])
        self.columns = np.empty((n_features, self.starts[-1]), dtype)

    def _blocks(self, columns, k):
        segment = self.batch.segments[k]
        part = columns[:, self.starts[k] : self.starts[k + 1]]
        return part.reshape(-1, segment.n_steps, segment.width).transpose(1, 0, 2)

    def see(self, k, rows, out):
        self._blocks(self.columns[rows], k)[...] = out

    def features(self, final):
        return self.columns

    def backward(self, d_features):
        return [self._blocks(d_features, k) for k in range(len(self.batch.segments))], None


class Mean(LastState):
    """The mean of h over a sequence's own steps."""

    def __init__(self, batch, n_features, dtype):
        super().__init__(batch, n_features, dtype)
        self.sums = np.zeros((n_features, len(batch)), dtype)
        self.lengths = batch.lengths.astype(dtype)

    def see(self, k, rows, out):
        self.sums[rows, : out.shape[2]] += out.sum(axis=0)

    def features(self, final):
        return self.sums / self.lengths

    def backward(self, d_features):
        shares = d_features / self.lengths
        return [
            np.broadcast_to(shares[:, : s.width], (s.n_steps, self.n_features, s.width))
            for s in self.batch.segments
        ], None

    @staticmethod
    def follow(features, h, n_steps):
        features += (h - features) / n_steps


class Max(LastState):
    """The maximum of h over a sequence's own steps; the first step that reaches it gets the
    gradient."""

    def __init__(self, batch, n_features, dtype):
        super().__init__(batch, n_features, dtype)
        self.best = np.full((n_features, len(batch)), -np.inf, dtype)
        self.step = np.zeros((n_features, len(batch)), np.intp)

    def see(self, k, rows, out):
        segment = self.batch.segments[k]
        best, step = self.best[rows, : segment.width], self.step[rows, : segment.width]
        here = out.argmax(axis=0)
        value = np.take_along_axis(out, here[None], axis=0)[0]
        here += segment.start
        # Segments come in either order of time: among equals the earlier step wins.
        better = (value > best) | ((value == best) & (here < step))
        best[better] = value[better]
        step[better] = here[better]

    def features(self, final):
        return self.best

    def backward(self, d_features):
        d_out = []
        for s in self.batch.segments:
            d = np.zeros((s.n_steps, self.n_features, s.width), self.dtype)
            row, column = np.nonzero(
                (self.step[:, : s.width] >= s.start) & (self.step[:, : s.width] < s.stop)
            )
            d[self.step[row, column] - s.start, row, column] = d_features[row, column]
            d_out.append(d)
        return d_out, None

    @staticmethod
    def follow(features, h, n_steps):
        np.copyto(features, h, where=(h > features) | (n_steps == 1))


POOLINGS = {"last": LastState, "mean": Mean, "max": Max}


def draw_mask(rng, rate, shape, dtype):
    """An inverted-dropout mask: 0 with probability `rate`, else 1 / (1 - rate).

    Returns None where nothing is dropped.

    References
    ----------
    N. Srivastava et al. "Dropout: a simple way to prevent neural networks from overfitting."
    JMLR 15, 2014, section 10.
    """
    if rate == 0.0:
        return None
    kept = rng.random(shape, dtype=np.float32) >= rate
    return kept.astype(dtype) / dtype.type(1.0 - rate)


def dense(weight, bias, features):
    """The head: (O, D) times (D, N), plus (O,)."""
    raw = weight @ features
    raw += bias[:, None]
    return raw


def dense_backward(weight, features, d_raw, d_weight, d_bias):
    """Write the head's gradient, and return the derivatives by its features (D, N)."""
    np.matmul(d_raw, features.T, out=d_weight)
    d_raw.sum(axis=1, out=d_bias)
    return weight.T @ d_raw
