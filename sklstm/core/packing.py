"""From sequences of any length to a packed batch.

Nothing is ever padded. The sequences of a batch are sorted by length, longest first, so that at
step t the ones still running are the first ``b_t`` columns. Stretches of steps with the same
``b_t`` form a :class:`Segment`; within a segment every array is dense, of shape (L, rows, b), and
all work over its L steps can be done at once. Equal lengths give one such stretch; ragged ones
give at most one per distinct length.

Long stretches are cut further, so that what a segment needs stays in the processor's cache.
"""

from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

import numpy as np

from .patches import make_patches, n_patches, patch_steps


class Sequences:
    """What sequences of equal and of different lengths have in common.

    Attributes
    ----------
    values : ndarray
        All steps; the last axis is the channels.
    lengths : ndarray of int, shape (n,)
    offsets : ndarray of int, shape (n + 1,)
        Where each sequence starts among all steps, one sequence after the other; at last, N.
    """

    def __len__(self):
        return len(self.lengths)

    @property
    def dtype(self):
        return self.values.dtype

    def in_batches(self, size):
        """Yield the indices of at most `size` sequences of similar length, the longest first."""
        order = np.argsort(-self.lengths, kind="stable")
        for start in range(0, len(order), size):
            yield order[start : start + size]


class DenseSequences(Sequences):
    """n sequences of the same length.

    Parameters
    ----------
    values : ndarray of shape (n, T, C)
        Any strides; nothing is copied, and nothing made of size n: a long series has as many
        windows as it has values.
    patch_length : int, default=1
        Number of these steps that a network reads as one.
    """

    def __init__(self, values, patch_length=1):
        self.values = values
        self.patch_length = patch_length
        n_sequences, n_steps, n_channels = values.shape
        self.n_channels = patch_length * n_channels
        self.lengths = np.broadcast_to(n_patches(n_steps, patch_length), n_sequences)

    @cached_property
    def offsets(self):
        return np.arange(len(self) + 1) * self.lengths[0]

    def in_batches(self, size):
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)))

    def gather(self, index, segment, out):
        """Copy the steps of `segment` of the sequences `index` into `out` (L, C, b)."""
        running = index[: segment.width]
        if self.patch_length == 1:
            picked = self.values[running, segment.start : segment.stop]
        else:
            steps = patch_steps(
                segment.start, segment.stop, self.values.shape[1], self.patch_length
            )
            picked = self.values[running[:, np.newaxis], steps]
            picked = picked.reshape(len(running), -1, self.n_channels)
        out[...] = picked.transpose(1, 2, 0)

    def values_of(self, i):
        """The values of sequence i."""
        return self.values[i]

    def take(self, index):
        """The sequences `index`, as sequences of their own."""
        return DenseSequences(self.values[index], self.patch_length)

    def copy(self):
        """The same with values of their own, one step of these for each that a network reads."""
        return DenseSequences(np.array(make_patches(self.values, self.patch_length)))


class RaggedSequences(Sequences):
    """Sequences of different lengths, one after the other in one array.

    Parameters
    ----------
    values : ndarray of shape (N, C)
        All steps of the first sequence, then all of the second, ...
    offsets : ndarray of shape (n + 1,)
        Sequence i is ``values[offsets[i]:offsets[i + 1]]``.
    """

    def __init__(self, values, offsets):
        self.values = values
        self.offsets = offsets
        self.n_channels = values.shape[1]
        self.lengths = np.diff(offsets)

    def gather(self, index, segment, out):
        """Copy the steps of `segment` of the sequences `index` into `out` (L, C, b)."""
        rows = segment.flat_index(index, self.offsets)
        out[...] = self.values[rows].transpose(0, 2, 1)

    def values_of(self, i):
        """The values (T_i, C) of sequence i."""
        return self.values[self.offsets[i] : self.offsets[i + 1]]

    def take(self, index):
        """The sequences `index`, as sequences of their own."""
        return RaggedSequences(*self._part(index))

    def copy(self):
        """The same with values of their own."""
        return RaggedSequences(self.values.copy(), self.offsets)

    def _part(self, index):
        """Values and offsets of the sequences `index`."""
        offsets = np.concatenate([[0], np.cumsum(self.lengths[index])])
        return self.values[steps_of(index, self.offsets)], offsets


class TokenSequences(RaggedSequences):
    """Sequences of tokens, of any lengths, one after the other in one array.

    Parameters
    ----------
    values : ndarray of int, shape (N,)
        All tokens of the first sequence, then all of the second, ...
    offsets : ndarray of shape (n + 1,)
        Sequence i is ``values[offsets[i]:offsets[i + 1]]``.
    n_symbols : int
        Tokens are 0, ..., V - 1.
    """

    def __init__(self, values, offsets, n_symbols):
        self.values = values
        self.offsets = offsets
        self.n_channels = n_symbols
        self.lengths = np.diff(offsets)

    def tokens(self, index, segment):
        """The steps of `segment` of the sequences `index`, (L, b)."""
        return self.values[segment.flat_index(index, self.offsets)]

    def gather(self, index, segment, out):
        """Write the one-hot vectors of the same to `out` (L, V, b)."""
        out[...] = self.tokens(index, segment)[:, None] == np.arange(self.n_channels)[:, None]

    def take(self, index):
        """The sequences `index`, as sequences of their own."""
        return TokenSequences(*self._part(index), self.n_channels)


def steps_of(index, offsets):
    """Positions of all steps of the sequences `index`, one sequence after the other.

    `offsets` says where each sequence starts in an array that holds all steps one after another.
    """
    index = np.asarray(index)
    lengths = offsets[index + 1] - offsets[index]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(offsets[index] - ends + lengths, lengths)


@dataclass(frozen=True)
class Segment:
    """Steps `start` to `stop` of a batch, in all of which the first `width` sequences run."""

    start: int
    stop: int
    width: int

    @property
    def n_steps(self):
        return self.stop - self.start

    def flat_index(self, index, offsets):
        """(L, b) positions of this segment's steps among all steps of all sequences."""
        return offsets[index[: self.width]] + np.arange(self.start, self.stop)[:, None]


class Batch:
    """Some of the sequences, sorted by length and cut into segments.

    Parameters
    ----------
    sequences : DenseSequences or RaggedSequences
    index : ndarray of int, shape (B,)
        Which of them.
    max_columns : int
        A segment has at most this many columns over all its steps (but at least one step).
    cut_every : int or None
        Also cut after every so many steps (truncated back-propagation).

    Attributes
    ----------
    index : ndarray of shape (B,)
        `index`, longest sequence first (stable).
    lengths : ndarray of shape (B,)
        Their lengths.
    segments : tuple of Segment
        In the order of time.
    """

    def __init__(self, sequences, index, max_columns, cut_every=None):
        lengths = sequences.lengths[index]
        if lengths[0] != lengths[-1] or np.any(lengths[1:] != lengths[:-1]):
            order = np.argsort(-lengths, kind="stable")
            index, lengths = index[order], lengths[order]
        self.sequences = sequences
        self.index = index
        self.lengths = lengths
        self.segments = tuple(_cut(lengths, max_columns, cut_every))

    def __len__(self):
        return len(self.index)

    @property
    def n_columns(self):
        """Steps of all sequences together."""
        return sum(s.n_steps * s.width for s in self.segments)

    def chunks(self, n_steps):
        """Yield the batch in pieces of `n_steps` steps, one after the other in time.

        Parameters
        ----------
        n_steps : int or None
            The `cut_every` that the batch was made with; None for the whole batch as one piece.

        Yields
        ------
        Batch
            The same sequences, but only the segments of these steps.
        """
        if n_steps is None:
            yield self
            return
        for _, segments in groupby(self.segments, key=lambda s: s.start // n_steps):
            chunk = copy(self)
            chunk.segments = tuple(segments)
            yield chunk

    def gather(self, segment, out):
        """Copy one segment's input, features before sequences, into `out` (L, C, b)."""
        self.sequences.gather(self.index, segment, out)

    def tokens(self, segment):
        """One segment's tokens (L, b), of `TokenSequences`."""
        return self.sequences.tokens(self.index, segment)

    def rows(self, per_step):
        """Where each packed column comes from: sequences, or `per_step` steps of them."""
        return self.step_index() if per_step else self.index

    def step_index(self):
        """Where each packed column (segment, then step, then sequence) comes from.

        Returns
        -------
        ndarray of shape (N,)
            Positions in an array of all steps of all sequences, one sequence after the other.
        """
        offsets = self.sequences.offsets
        return np.concatenate([s.flat_index(self.index, offsets).ravel() for s in self.segments])


def _cut(lengths, max_columns, cut_every):
    """Yield the segments of sequences with these (descending) lengths."""
    start = 0
    while start < lengths[0]:
        width = int(np.searchsorted(-lengths, -start, side="left"))
        stop = int(lengths[width - 1])
        longest = max(1, max_columns // width)
        if cut_every is not None:
            longest = min(longest, cut_every - start % cut_every)
        stop = min(stop, start + longest)
        yield Segment(start, stop, width)
        start = stop
