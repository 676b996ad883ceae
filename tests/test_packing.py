"""Packing of sequences into segments, compared step by step with a slow version."""

import numpy as np
import pytest
from helpers import dense_sequences, ragged_sequences, split, steps

from sklstm.core.packing import Batch, DenseSequences, Segment, Span, numbered, steps_of

UNLIMITED = 10**9
LENGTHS = {
    "equal": [4, 4, 4],
    "one sequence": [5],
    "one step": [1, 1],
    "ragged": [3, 7, 1, 3, 5, 7, 2],
    "all different": [1, 4, 2, 6, 3, 5],
    "one long": [1, 1, 9, 1],
    "many alike": [3, 1, 2, 2, 5, 1] * 10,  # up to 16 items any sort of NumPy's is stable
}
every_length = pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
LAYOUTS = {
    "C order": lambda values: values,
    "Fortran order": np.asfortranarray,
    "steps reversed": lambda values: values[:, ::-1].copy()[:, ::-1],
    "all reversed": lambda values: values[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "every other": lambda values: values.repeat(2, 0).repeat(3, 1)[::2, ::3],
    "steps first": lambda values: values.transpose(1, 2, 0).copy().transpose(2, 0, 1),
    "sequences equal": lambda values: np.broadcast_to(values[:1], values.shape),
}


def make_batch(lengths, max_columns=UNLIMITED, cut_every=None, index=None, joins=False):
    sequences = ragged_sequences(np.random.default_rng(0), lengths, 3)
    index = np.arange(len(lengths)) if index is None else np.array(index)
    return Batch(sequences, index, max_columns, cut_every, joins)


def gathered(batch):
    """All packed columns (N, C), via `gather`."""
    columns = []
    for segment in batch.segments:
        out = np.full((segment.n_steps, batch.sequences.n_channels, segment.width), np.nan)
        batch.gather(segment, out)
        columns.append(out.transpose(0, 2, 1).reshape(-1, batch.sequences.n_channels))
    return np.concatenate(columns)


# Segments ----------------------------------------------------------------------------------------


@every_length
@pytest.mark.parametrize("max_columns", [1, 3, 8, UNLIMITED])
@pytest.mark.parametrize("cut_every", [None, 1, 2, 3, 100])
def test_segments_are_the_stretches_in_which_the_same_sequences_run(
    lengths, max_columns, cut_every
):
    segments = make_batch(lengths, max_columns, cut_every).segments
    running = [sum(length > t for length in lengths) for t in range(max(lengths))]
    assert [w for s in segments for w in [s.width] * s.n_steps] == running
    assert [s.start for s in segments] == [0] + [s.stop for s in segments[:-1]]
    for s in segments:
        assert s.n_steps == 1 or s.n_steps * s.width <= max_columns
        assert cut_every is None or s.start // cut_every == (s.stop - 1) // cut_every


@every_length
@pytest.mark.parametrize("max_columns", [1, 3, 8, UNLIMITED])
@pytest.mark.parametrize("cut_every", [None, 1, 2, 3, 100])
def test_no_segment_ends_without_a_reason(lengths, max_columns, cut_every):
    for s in make_batch(lengths, max_columns, cut_every).segments:
        somebody_ends = s.stop in lengths
        full = (s.n_steps + 1) * s.width > max_columns
        cut = cut_every is not None and s.stop % cut_every == 0
        assert somebody_ends or full or cut


def test_segments_of_an_example():
    assert make_batch([2, 5, 5, 1], max_columns=4, cut_every=3).segments == (
        Segment(0, 1, 4),
        Segment(1, 2, 3),
        Segment(2, 3, 2),
        Segment(3, 5, 2),
    )


def test_batches_of_equally_long_sequences_share_their_segments():
    dense = dense_sequences(np.random.default_rng(0), 6, 4, 3)
    first, second = (Batch(dense, np.array(index), 5) for index in ([0, 1, 2], [5, 3, 4]))
    assert first.segments is second.segments
    assert make_batch([4, 4, 4], max_columns=5).segments is first.segments


@every_length
def test_a_batch_is_sorted_longest_first_and_stable(lengths):
    index = np.random.default_rng(1).permutation(len(lengths))
    batch = make_batch(lengths, index=index)
    expected = sorted(index, key=lambda i: -lengths[i])  # stable, too
    assert batch.index.tolist() == expected
    assert batch.lengths.tolist() == [lengths[i] for i in expected]
    assert len(batch) == len(lengths)
    assert batch.n_columns == sum(lengths)


def test_a_sequence_may_come_twice_and_others_never():
    batch = make_batch([3, 1, 2], index=[2, 0, 2])
    assert batch.index.tolist() == [0, 2, 2]
    assert batch.n_columns == 7
    np.testing.assert_array_equal(gathered(batch), steps(batch.sequences)[batch.step_index()])


# Spans -------------------------------------------------------------------------------------------


@every_length
@pytest.mark.parametrize("max_columns", [1, 3, 8, UNLIMITED])
@pytest.mark.parametrize("cut_every", [None, 1, 2, 3, 100])
def test_spans_are_segments_that_follow_each_other(lengths, max_columns, cut_every):
    batch = make_batch(lengths, max_columns, cut_every, joins=True)
    running = [sum(length > t for length in lengths) for t in range(max(lengths))]
    assert [w for s in batch.segments for w in [s.width] * s.n_steps] == running
    assert tuple(s for span in batch.spans for s in span.segments) == batch.segments
    for k, first, span in numbered(batch.spans):
        assert batch.spans[k] is span
        assert batch.segments[first] is span.segments[0]
        widths = running[span.start : span.stop]
        assert span.width == widths[0]
        assert span.n_steps == len(widths) == span.stop - span.start
        assert span.n_steps == 1 or span.n_steps * span.width <= max_columns
        assert cut_every is None or span.start // cut_every == (span.stop - 1) // cut_every
        if isinstance(span, Span):
            assert span.widths.tolist() == widths
            assert span.widths.dtype == np.int64
            assert len(set(widths)) > 1
        else:
            assert isinstance(span, Segment)
            assert span.widths is None


@every_length
@pytest.mark.parametrize("cut_every", [None, 2])
def test_without_joining_each_segment_is_a_span(lengths, cut_every):
    batch = make_batch(lengths, 8, cut_every)
    assert batch.spans is batch.segments
    for segment in batch.segments:
        array = np.zeros((segment.n_steps, 2, segment.width))
        assert segment.views(array)[0] is array
        assert segment.joined([array]) is array
        assert segment.segments == (segment,)


def test_a_span_ends_when_few_of_its_columns_run():
    first, second = make_batch([1, 2, 3, 9, 8, *[1] * 39], joins=True).spans
    assert (first.start, first.stop, first.width) == (0, 1, 44)
    assert (second.start, second.stop, second.width) == (1, 9, 4)
    (span,) = make_batch([1, 2, 3, 9, 8, *[1] * 3], joins=True).spans
    assert span.widths.tolist() == [8, 4, 3, 2, 2, 2, 2, 2, 1]


@every_length
@pytest.mark.parametrize(("max_columns", "cut_every"), [(UNLIMITED, None), (8, None), (8, 2)])
def test_arrays_of_a_span_have_those_of_its_segments_as_views(lengths, max_columns, cut_every):
    batch = make_batch(lengths, max_columns, cut_every, joins=True)
    values = steps(batch.sequences)
    for span in batch.spans:
        whole = np.zeros((span.n_steps, 3, span.width))
        batch.gather(span, whole)
        np.testing.assert_array_equal(batch.gather(span), whole)
        views = span.views(whole)
        for view, segment in zip(views, span.segments, strict=True):
            np.testing.assert_array_equal(view, batch.gather(segment))
            assert np.shares_memory(view, whole)
        joined = span.joined(views)
        for view, block in zip(span.views(joined), views, strict=True):
            np.testing.assert_array_equal(view, block)
        # Of columns that have ended, the last values are repeated.
        slots = np.concatenate([np.zeros((1, 3, span.width)), whole])
        ends = np.minimum(batch.lengths[: span.width], span.stop) - 1
        last = values[batch.sequences.offsets[batch.index[: span.width]] + ends]
        np.testing.assert_array_equal(span.last(slots), last.T)
        np.testing.assert_array_equal(whole[-1], last.T)


@every_length
@pytest.mark.parametrize("n_steps", [1, 2, 3, 100])
def test_chunks_have_their_spans(lengths, n_steps):
    batch = make_batch(lengths, UNLIMITED, n_steps, joins=True)
    chunks = list(batch.chunks(n_steps))
    assert tuple(span for chunk in chunks for span in chunk.spans) == batch.spans
    for chunk in chunks:
        assert tuple(s for span in chunk.spans for s in span.segments) == chunk.segments
        assert len({segment.start // n_steps for segment in chunk.segments}) == 1


# Where columns come from -------------------------------------------------------------------------


@every_length
@pytest.mark.parametrize(("max_columns", "cut_every"), [(UNLIMITED, None), (3, None), (8, 2)])
def test_step_index_says_where_each_column_comes_from(lengths, max_columns, cut_every):
    index = np.random.default_rng(2).permutation(len(lengths))
    batch = make_batch(lengths, max_columns, cut_every, index)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    expected = [
        offsets[i] + t
        for s in batch.segments
        for t in range(s.start, s.stop)
        for i in batch.index[: s.width]
    ]
    assert batch.step_index().tolist() == expected
    assert sorted(expected) == list(range(sum(lengths)))


@every_length
@pytest.mark.parametrize("max_columns", [3, UNLIMITED])
def test_gather_takes_the_steps_of_step_index(lengths, max_columns):
    batch = make_batch(lengths, max_columns)
    np.testing.assert_array_equal(gathered(batch), steps(batch.sequences)[batch.step_index()])


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("max_columns", [6, UNLIMITED])
def test_gather_from_any_memory_layout(layout, max_columns):
    values = layout(np.random.default_rng(3).standard_normal((5, 4, 3)))
    before = values.copy()
    batch = Batch(DenseSequences(values), np.array([3, 0, 4]), max_columns)
    for segment in batch.segments:
        out = np.full((segment.n_steps, 3, segment.width), np.nan)
        batch.gather(segment, out)
        for k, c, b in np.ndindex(out.shape):
            assert out[k, c, b] == before[[3, 0, 4][b], segment.start + k, c]
    np.testing.assert_array_equal(gathered(batch), before.reshape(-1, 3)[batch.step_index()])
    np.testing.assert_array_equal(values, before)


def test_gather_writes_into_a_reversed_view():
    """The reverse direction gathers into its tape from the end."""
    batch = make_batch([4, 4])
    (segment,) = batch.segments
    there, reverse = np.empty((2, 4, 3, 2))
    batch.gather(segment, there)
    batch.gather(segment, reverse[::-1])
    np.testing.assert_array_equal(reverse, there[::-1])


# Chunks ------------------------------------------------------------------------------------------


@every_length
@pytest.mark.parametrize("n_steps", [1, 2, 3, 100])
@pytest.mark.parametrize("max_columns", [3, UNLIMITED])
def test_chunks_share_out_the_segments(lengths, n_steps, max_columns):
    batch = make_batch(lengths, max_columns, cut_every=n_steps)
    whole = batch.segments
    chunks = list(batch.chunks(n_steps))
    assert sum((chunk.segments for chunk in chunks), ()) == whole == batch.segments
    for j, chunk in enumerate(chunks):
        assert chunk.segments[0].start == j * n_steps
        assert chunk.segments[-1].stop == min((j + 1) * n_steps, max(lengths))
        assert chunk.n_columns == len(chunk.step_index())
        assert chunk.index is batch.index
    columns = np.concatenate([chunk.step_index() for chunk in chunks])
    assert columns.tolist() == batch.step_index().tolist()


def test_without_a_number_of_steps_the_batch_is_one_chunk():
    batch = make_batch([3, 1])
    assert list(batch.chunks(None)) == [batch]


# Sequences ---------------------------------------------------------------------------------------

SEQUENCES = {
    "dense": lambda rng: dense_sequences(rng, 6, 4, 2, np.float32),
    "ragged": lambda rng: ragged_sequences(rng, [3, 1, 4, 1, 5, 9], 2, np.float32),
}


@pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
@pytest.mark.parametrize("index", [[4, 1, 5], [2, 2, 0], [3]])
def test_take_returns_independent_sequences(make, index):
    sequences, index = make(np.random.default_rng(4)), np.array(index)
    taken, all_of_them = sequences.take(index), split(sequences)
    assert type(taken) is type(sequences)
    assert (len(taken), taken.n_channels, taken.dtype) == (len(index), 2, np.float32)
    assert taken.lengths.tolist() == sequences.lengths[index].tolist()
    assert taken.offsets.tolist() == [0, *np.cumsum(taken.lengths)]
    for i, sequence in zip(index, split(taken), strict=True):
        np.testing.assert_array_equal(sequence, all_of_them[i])


@pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
def test_a_copy_has_independent_values(make):
    sequences = make(np.random.default_rng(4))
    copy = sequences.copy()
    assert type(copy) is type(sequences)
    assert not np.shares_memory(copy.values, sequences.values)
    np.testing.assert_array_equal(copy.values, sequences.values)
    assert copy.offsets.tolist() == sequences.offsets.tolist()


@pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
def test_what_sequences_say_of_themselves(make):
    sequences = make(np.random.default_rng(5))
    assert len(sequences) == len(sequences.lengths) == 6
    assert sequences.offsets.tolist() == [0, *np.cumsum(sequences.lengths)]
    assert sequences.offsets[-1] == len(steps(sequences))


def test_steps_of_lists_whole_sequences():
    offsets = np.array([0, 2, 2, 5])
    assert steps_of([2, 0, 2], offsets).tolist() == [2, 3, 4, 0, 1, 2, 3, 4]
    assert steps_of([1], offsets).tolist() == []
    assert steps_of(np.array([], int), offsets).tolist() == []


def test_batches_are_of_similar_length_and_keep_the_order_of_equal_ones():
    lengths = LENGTHS["many alike"]
    sequences = ragged_sequences(np.random.default_rng(4), lengths, 2)
    batches = list(sequences.in_batches(16))
    assert [len(index) for index in batches] == [16, 16, 16, 12]
    expected = sorted(range(60), key=lambda i: -lengths[i])  # stable
    assert np.concatenate(batches).tolist() == expected
