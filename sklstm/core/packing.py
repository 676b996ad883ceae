"""Packing of sequences of different lengths into batches, without padding.

The sequences of a batch are sorted by length, longest first. The sequences that have not ended at
step t are then the first ``b_t`` columns. Consecutive steps with the same ``b_t`` form a
:class:`Segment`, in which all arrays are dense, of shape (L, rows, b), and operations over its L
steps are vectorised. A batch has at most one segment per distinct length, before long segments are
split such that their arrays fit into the processor's cache.

A call for each segment is slow if most lengths differ. A cell that can compute some of the columns
of a step is therefore run over a :class:`Span` of several segments at once. All other parts of a
network see the segments, as views of the arrays of a span.
"""

from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, groupby

import numpy as np

from .patches import make_patches, n_patches, patch_steps

# A span ends where fewer than 1 in this number of its columns run; the others are gathered, too.
_MIN_RUNNING = 8


class Sequences:
    """Base class of the containers of sequences.

    Attributes
    ----------
    values : ndarray
        All steps, and maybe those of other sequences.
    lengths : ndarray of int, shape (n,)
        Number of steps of each sequence.
    offsets : ndarray of int, shape (n + 1,)
        Start of each sequence if all are concatenated, followed by the total number of steps N.
    longest : int
        Number of steps of the longest sequence.
    """

    def __len__(self):
        return len(self.lengths)

    @property
    def dtype(self):
        return self.values.dtype

    @cached_property
    def longest(self):
        return int(self.lengths.max())

    def runs(self, index):
        """Return the steps at which sequences end, and the number of sequences until then.

        Parameters
        ----------
        index : ndarray of int, shape (B,)

        Returns
        -------
        tuple of (int, int)
            For each distinct length of the sequences `index`, in ascending order: the length, and
            the number of sequences that are at least as long.
        """
        lengths, counts = np.unique(self.lengths[index], return_counts=True)
        widths = np.cumsum(counts[::-1])[::-1]
        return tuple(zip(lengths.tolist(), widths.tolist(), strict=True))

    def in_batches(self, size):
        """Yield indices of at most `size` sequences of similar length, longest first."""
        order = np.argsort(-self.lengths, kind="stable")
        for start in range(0, len(order), size):
            yield order[start : start + size]


class DenseSequences(Sequences):
    """Sequences of the same length.

    Parameters
    ----------
    values : ndarray of shape (n, T, C)
        The sequences, with any strides. They are not copied, since they may be the overlapping
        windows of a long series.
    patch_length : int, default=1
        Number of steps of `values` in one step of the network.
    rows : ndarray of int of shape (n,) or None, default=None
        The rows of `values` that are the sequences; None for all. A training and a validation set
        thereby share the array of X, which may be a file mapped to memory, larger than memory.
    """

    def __init__(self, values, patch_length=1, rows=None):
        self.values = values
        self.patch_length = patch_length
        self.rows = rows
        self.n_channels = patch_length * values.shape[2]
        self.longest = n_patches(values.shape[1], patch_length)

    def __len__(self):
        return len(self.values if self.rows is None else self.rows)

    @cached_property
    def lengths(self):
        return np.broadcast_to(self.longest, len(self))

    @cached_property
    def offsets(self):
        return np.arange(len(self) + 1) * self.longest

    def runs(self, index):
        return ((self.longest, len(index)),)

    def in_batches(self, size):
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)))

    def gather(self, index, segment, out=None):
        """Return the steps of the sequences `index` in a segment, (L, C, b), in `out` if given."""
        running = self._rows(index[: segment.width])
        if self.patch_length == 1:
            picked = self.values[running, segment.start : segment.stop]
        else:
            steps = patch_steps(
                segment.start, segment.stop, self.values.shape[1], self.patch_length
            )
            picked = self.values[running[:, np.newaxis], steps]
            picked = picked.reshape(len(running), -1, self.n_channels)
        return _written(picked.transpose(1, 2, 0), out)

    def block(self, start, stop):
        """Return the sequences `start` to `stop` (exclusive), in patches, (b, L, C)."""
        return make_patches(self.values[self._rows(slice(start, stop))], self.patch_length)

    def values_of(self, i):
        """Return the values of sequence i."""
        return self.values[self._rows(i)]

    def take(self, index):
        """Return the sequences `index` as a new container, without copying them."""
        return DenseSequences(self.values, self.patch_length, self._rows(index))

    def copy(self):
        """Return a copy, with patches already made."""
        return DenseSequences(np.array(self.block(0, len(self))))

    def _rows(self, index):
        """The rows of `values` of the sequences `index`, an integer, slice or array."""
        return index if self.rows is None else self.rows[index]


class RaggedSequences(Sequences):
    """Sequences of different lengths, concatenated in one array.

    Parameters
    ----------
    values : ndarray of shape (N, C)
        The concatenated sequences.
    offsets : ndarray of shape (n + 1,)
        Sequence i is ``values[offsets[i]:offsets[i + 1]]``.
    """

    def __init__(self, values, offsets):
        self.values = values
        self.offsets = offsets
        self.n_channels = values.shape[1]
        self.lengths = np.diff(offsets)

    def gather(self, index, segment, out=None):
        """Return the steps of the sequences `index` in a segment, (L, C, b), in `out` if given."""
        rows = segment.flat_index(index, self.offsets)
        # `take` is several times faster than values[rows].
        return _written(self.values.take(rows, axis=0).transpose(0, 2, 1), out)

    def values_of(self, i):
        """Return the values (T_i, C) of sequence i."""
        return self.values[self.offsets[i] : self.offsets[i + 1]]

    def take(self, index):
        """Return the sequences `index` as a new container."""
        return RaggedSequences(*self._part(index))

    def copy(self):
        """Return a copy."""
        return RaggedSequences(self.values.copy(), self.offsets)

    def _part(self, index):
        """Return values and offsets of the sequences `index`."""
        offsets = np.concatenate([[0], np.cumsum(self.lengths[index])])
        return self.values[steps_of(index, self.offsets)], offsets


class TokenSequences(RaggedSequences):
    """Sequences of tokens of different lengths, concatenated in one array.

    Parameters
    ----------
    values : ndarray of int, shape (N,)
        The concatenated sequences. Tokens are integers 0, ..., V - 1.
    offsets : ndarray of shape (n + 1,)
        Sequence i is ``values[offsets[i]:offsets[i + 1]]``.
    n_symbols : int
        Number of different tokens, V.
    """

    def __init__(self, values, offsets, n_symbols):
        self.values = values
        self.offsets = offsets
        self.n_channels = n_symbols
        self.lengths = np.diff(offsets)

    def tokens(self, index, segment):
        """Return the tokens (L, b) of the sequences `index` in a segment."""
        return self.values.take(segment.flat_index(index, self.offsets))

    def gather(self, index, segment, out=None):
        """Return these tokens, one-hot encoded, (L, V, b), in `out` if given."""
        symbols = np.arange(self.n_channels)[:, None]
        return _written(self.tokens(index, segment)[:, None] == symbols, out)

    def take(self, index):
        """Return the sequences `index` as a new container."""
        return TokenSequences(*self._part(index), self.n_channels)


def _written(values, out):
    """Return `values`, copied to `out` unless that is None."""
    if out is None:
        return values
    out[...] = values
    return out


def steps_of(index, offsets):
    """Return the positions of all steps of the sequences `index` in the concatenated sequences.

    `offsets` are the starts of the sequences, see `Sequences`.
    """
    index = np.asarray(index)
    lengths = offsets[index + 1] - offsets[index]
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(offsets[index] - ends + lengths, lengths)


@dataclass(frozen=True)
class Segment:
    """Steps `start` to `stop` (exclusive) of the first `width` sequences of a batch."""

    start: int
    stop: int
    width: int

    # As in `Span`.
    widths = None

    @property
    def segments(self):
        return (self,)

    @property
    def n_steps(self):
        return self.stop - self.start

    def flat_index(self, index, offsets):
        """Return the positions (L, b) of this segment's steps in the concatenated sequences."""
        return offsets[index[: self.width]] + np.arange(self.start, self.stop)[:, None]

    def views(self, array):
        return (array,)

    def joined(self, blocks):
        return blocks[0]

    def last(self, slots):
        return slots[-1]


class Span:
    """Consecutive segments that are run at once. A segment is a span of one, with these attributes.

    Arrays of a span are (L, rows, b), where b is the width of its first segment. The columns of
    sequences that have ended are in there, but their values have no meaning.

    Parameters
    ----------
    segments : tuple of Segment

    Attributes
    ----------
    start, stop, width, n_steps : int
        Of all segments together.
    widths : ndarray of int64, shape (L,), or None
        Number of sequences that run at each step; None for a single segment.
    """

    def __init__(self, segments):
        self.segments = segments
        self.start, self.stop = segments[0].start, segments[-1].stop
        self.width = segments[0].width
        self.n_steps = self.stop - self.start
        self.widths = np.repeat(
            np.array([s.width for s in segments], np.int64), [s.n_steps for s in segments]
        )

    @cached_property
    def _ends(self):
        """Number of steps of each column, (b,)."""
        steps = np.arange(self.width)
        return np.searchsorted(-self.widths, -steps, side="left")

    def flat_index(self, index, offsets):
        """Return the positions (L, b) of the steps in the concatenated sequences.

        Of a sequence that has ended it is the position of its last step.
        """
        steps = np.minimum(np.arange(self.n_steps)[:, None], self._ends - 1)
        return offsets[index[: self.width]] + self.start + steps

    def views(self, array):
        """Return the part of an array (L, ..., b) that belongs to each segment, in their order."""
        first = self.start
        return [array[s.start - first : s.stop - first, ..., : s.width] for s in self.segments]

    def joined(self, blocks):
        """Return an array (L, rows, b) of which the blocks are the `views`."""
        array = np.empty((self.n_steps, blocks[0].shape[1], self.width), blocks[0].dtype)
        for view, block in zip(self.views(array), blocks, strict=True):
            view[...] = block
        return array

    def last(self, slots):
        """Return the state (rows, b) of each column after its last step, from (L + 1, rows, b)."""
        return slots[self._ends, :, np.arange(self.width)].T


class Batch:
    """A batch of sequences, sorted by length and split into segments.

    Parameters
    ----------
    sequences : DenseSequences or RaggedSequences
    index : ndarray of int, shape (B,)
        Indices of the sequences in the batch.
    max_columns : int
        Maximum number of columns of a segment, summed over its steps. A segment has at least one
        step.
    cut_every : int or None
        If not None, segments are also split at multiples of this number of steps (truncated
        back-propagation).
    joins : bool
        Whether segments are joined to spans. If not, each one is a span.

    Attributes
    ----------
    index : ndarray of shape (B,)
        `index`, sorted by length, longest first (stable).
    segments : tuple of Segment
        In chronological order.
    spans : tuple of Segment or Span
        The same, joined.
    """

    def __init__(self, sequences, index, max_columns, cut_every=None, joins=False):
        runs = sequences.runs(index)
        if len(runs) > 1:
            index = index[np.argsort(-sequences.lengths[index], kind="stable")]
        self.sequences = sequences
        self.index = index
        self.segments, self.spans = _cut(runs, max_columns, cut_every, joins)

    def __len__(self):
        return len(self.index)

    @property
    def lengths(self):
        """Lengths (B,) of the sorted sequences."""
        return self.sequences.lengths[self.index]

    @property
    def n_columns(self):
        """Total number of steps of all sequences."""
        return sum(s.n_steps * s.width for s in self.segments)

    def chunks(self, n_steps, last=np.inf):
        """Yield the batch in chunks of `n_steps` steps, in chronological order.

        Parameters
        ----------
        n_steps : int or None
            The value of `cut_every` passed to the constructor. None yields the whole batch.
        last : int, default=inf
            The number of the last chunk, which has all steps that remain.

        Yields
        ------
        Batch
            The same sequences, with the segments of the chunk only.
        """
        if n_steps is None:
            yield self
            return
        for _, spans in groupby(self.spans, key=lambda s: min(s.start // n_steps, last)):
            chunk = copy(self)
            chunk.spans = tuple(spans)
            chunk.segments = _segments(chunk.spans)
            yield chunk

    def gather(self, segment, out=None):
        """Return the input of a segment or span, (L, C, b), in `out` if given."""
        return self.sequences.gather(self.index, segment, out)

    def tokens(self, segment):
        """Return the tokens (L, b) of a segment or span. Only for `TokenSequences`."""
        return self.sequences.tokens(self.index, segment)

    def rows(self, per_step):
        """Return the sequence, or with `per_step` the step, of each packed column."""
        return self.step_index() if per_step else self.index

    def step_index(self):
        """Return the position of each packed column in the concatenated sequences.

        Packed columns are ordered by segment, then step, then sequence.

        Returns
        -------
        ndarray of int, shape (n_columns,)
        """
        offsets = self.sequences.offsets
        return np.concatenate([s.flat_index(self.index, offsets).ravel() for s in self.segments])


def numbered(spans):
    """Return a tuple for each span: its number, that of its first segment, and the span."""
    firsts = accumulate((len(span.segments) for span in spans), initial=0)
    return list(zip(range(len(spans)), firsts, spans, strict=False))


def _segments(spans):
    return tuple(segment for span in spans for segment in span.segments)


# Batches of equally long sequences have the same segments again and again.
@lru_cache(maxsize=64)
def _cut(runs, max_columns, cut_every, joins):
    """Return segments and spans, in chronological order, for the result of `Sequences.runs`."""
    spans, members, start = [], [], 0
    for end, width in runs:
        while start < end:
            if members and not (joins and width * _MIN_RUNNING >= members[0].width):
                spans.append(_span(members))
                members = []
            if not members:
                full = start + max(1, max_columns // width)
                if cut_every is not None:
                    full = min(full, start + cut_every - start % cut_every)
            stop = min(end, full)
            members.append(Segment(start, stop, width))
            start = stop
            if stop == full:
                spans.append(_span(members))
                members = []
    if members:
        spans.append(_span(members))
    spans = tuple(spans)
    return _segments(spans) if joins else spans, spans


def _span(segments):
    return segments[0] if len(segments) == 1 else Span(tuple(segments))
