"""Pooling, dropout and the head: each part alone, against one line of NumPy."""

import numpy as np
import pytest
from helpers import numeric_gradient, ragged_sequences, relative_error

from sklstm.core.packing import Batch
from sklstm.core.parts.base import HiddenStates, Masks, Part, Trace
from sklstm.core.parts.dropout import HeadDropout, draw_mask
from sklstm.core.parts.head import Head
from sklstm.core.parts.pooling import POOLINGS, Max
from sklstm.core.parts.pooling.simple import EveryStep
from sklstm.core.workspace import Workspace

H = 3
LENGTHS = {"equal": [4, 4, 4], "ragged": [3, 7, 1, 3, 5, 7, 2], "one step": [1, 1]}
every_batch = pytest.mark.parametrize(
    ("lengths", "max_columns"),
    [(lengths, columns) for lengths in LENGTHS.values() for columns in (4, 10**9)],
    ids=[f"{name}{cut}" for name in LENGTHS for cut in (" in pieces", "")],
)


def attention(h, arrays):
    scores = np.array(
        [arrays["vector"] @ np.tanh(arrays["weight"] @ x + arrays["bias"]) for x in h]
    )
    weights = np.exp(scores) / np.exp(scores).sum()
    return weights @ h


OBVIOUS = {
    "last": lambda h, arrays: np.concatenate([h[-1, :H], h[0, H:]]),
    "mean": lambda h, arrays: h.mean(axis=0),
    "max": lambda h, arrays: h.max(axis=0),
    "attention": attention,
}
every_pooling = pytest.mark.parametrize("name", POOLINGS)


def make_pooling(kind, dtype=np.float64):
    """A pooling with random parameters."""
    pooling = kind(2 * H, np.dtype(dtype))
    rng = np.random.default_rng(4)
    shapes = pooling.shapes().items()
    return pooling, {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes}


class Hidden:
    """Hidden states (T, 2 * H) of every sequence: one direction forward, one in reverse."""

    def __init__(self, lengths, max_columns, integer=False):
        rng = np.random.default_rng(0)
        sequences = ragged_sequences(rng, lengths, 2 * H)
        if integer:  # many equal values
            sequences.values[...] = rng.integers(0, 3, sequences.values.shape)
        self.values = sequences.values
        self.batch = Batch(sequences, rng.permutation(len(lengths)), max_columns)
        bounds = sequences.offsets
        self.sequences = [self.values[bounds[i] : bounds[i + 1]] for i in self.batch.index]

    def states(self, dtype, shared):
        """The hidden states as a layer returns them, in memory that all segments share or not."""
        batch, used = self.batch, {}

        def blocks():
            numbers = range(len(batch.segments))
            for rows, order in ((slice(H), numbers), (slice(H, 2 * H), reversed(numbers))):
                for k in order:
                    s = batch.segments[k]
                    out = np.empty((s.n_steps, 2 * H, s.width), dtype)
                    if shared:
                        out = used.setdefault(out.shape, out)
                    batch.gather(s, out)
                    yield k, rows, out[:, rows]
            for out in used.values():
                out[...] = np.nan

        final = np.array([OBVIOUS["last"](h, {}) for h in self.sequences], dtype).T
        return HiddenStates(blocks(), lambda: final)

    def features(self, pooling, arrays, dtype=np.float64, shared=False):
        """The features, and what is needed to go back."""
        trace = Trace(self.batch, Masks([], [], None), [], Workspace(history=not shared))
        features, kept = pooling.forward(arrays, self.states(dtype, shared), trace)
        return features, (kept, trace)

    def gradients(self, pooling, arrays, d_features, way_back):
        """Derivatives by the hidden states and by the parameters."""
        gradient = {name: np.zeros_like(array) for name, array in arrays.items()}
        kept, trace = way_back
        d_states = pooling.backward(arrays, kept, d_features, gradient, trace, True)
        return d_states, gradient

    def by_step(self, blocks):
        """Blocks (L, 2 * H, b), one a segment, in the order of `values`."""
        result = np.full(self.values.shape, np.nan)
        columns = [block.transpose(0, 2, 1).reshape(-1, 2 * H) for block in blocks]
        result[self.batch.step_index()] = np.concatenate(columns)
        return result


@every_pooling
@every_batch
@pytest.mark.parametrize("shared", [False, True], ids=["", "shared"])
def test_pooling_is_over_each_sequences_own_steps(name, lengths, max_columns, shared):
    hidden = Hidden(lengths, max_columns)
    pooling, arrays = make_pooling(POOLINGS[name])
    features, _ = hidden.features(pooling, arrays, shared=shared)
    expected = np.array([OBVIOUS[name](h, arrays) for h in hidden.sequences]).T
    np.testing.assert_allclose(features, expected, rtol=1e-13, atol=1e-14)
    assert features.shape[1] == pooling.n_columns(hidden.batch)


@every_batch
@pytest.mark.parametrize("shared", [False, True], ids=["", "shared"])
def test_every_step_is_a_separate_column(lengths, max_columns, shared):
    hidden = Hidden(lengths, max_columns)
    pooling, arrays = make_pooling(EveryStep)
    features, _ = hidden.features(pooling, arrays, shared=shared)
    np.testing.assert_array_equal(features, hidden.values[hidden.batch.step_index()].T)
    assert features.shape[1] == pooling.n_columns(hidden.batch)


@pytest.mark.parametrize(
    "kind", [*(kind for name, kind in POOLINGS.items() if name != "last"), EveryStep]
)
@every_batch
def test_gradient_of_pooling(kind, lengths, max_columns):
    hidden = Hidden(lengths, max_columns)
    pooling, arrays = make_pooling(kind)
    features, way_back = hidden.features(pooling, arrays)
    d_features = np.random.default_rng(1).standard_normal(features.shape)
    (d_out, d_final), gradient = hidden.gradients(pooling, arrays, d_features, way_back)
    assert d_final is None

    def loss():
        return float((hidden.features(pooling, arrays)[0] * d_features).sum())

    step = 1e-5  # one operation rounds little
    numeric = numeric_gradient(loss, hidden.values, step)
    assert relative_error(hidden.by_step(d_out), numeric) < 1e-9
    scale = np.abs(numeric).max()  # of sequences of one step nothing is left to weigh
    for name, array in arrays.items():
        error = np.abs(gradient[name] - numeric_gradient(loss, array, step)).max()
        assert error < 1e-9 * scale, name


def test_the_last_state_passes_its_gradient_on():
    hidden = Hidden([2, 3], 10**9)
    d_features = np.ones((2 * H, 2))
    pooling, arrays = make_pooling(POOLINGS["last"])
    _, way_back = hidden.features(pooling, arrays)
    (d_out, d_final), _ = hidden.gradients(pooling, arrays, d_features, way_back)
    assert d_out is None
    assert d_final is d_features


@every_batch
def test_among_equal_maxima_the_first_step_gets_the_gradient(lengths, max_columns):
    hidden = Hidden(lengths, max_columns, integer=True)
    pooling, arrays = make_pooling(Max)
    features, way_back = hidden.features(pooling, arrays)
    d_features = np.random.default_rng(1).standard_normal(features.shape)
    (d_out, _), _ = hidden.gradients(pooling, arrays, d_features, way_back)
    d_values = hidden.by_step(d_out)
    expected = np.zeros_like(hidden.values)
    bounds = hidden.batch.sequences.offsets
    for column, i in enumerate(hidden.batch.index):
        first = bounds[i] + hidden.sequences[column].argmax(axis=0)
        expected[first, np.arange(2 * H)] = d_features[:, column]
    np.testing.assert_array_equal(d_values, expected)


@pytest.mark.parametrize("kind", [*POOLINGS.values(), EveryStep])
def test_poolings_keep_float32(kind):
    hidden = Hidden([3, 1, 2], 4)
    pooling, arrays = make_pooling(kind, np.float32)
    features, way_back = hidden.features(pooling, arrays, np.float32)
    assert features.dtype == np.float32
    (d_out, d_final), gradient = hidden.gradients(pooling, arrays, features.copy(), way_back)
    blocks = [d_final] if d_out is None else d_out
    assert {b.dtype for b in (*blocks, *gradient.values())} == {np.dtype(np.float32)}


@every_pooling
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_steps", [1, 2])
def test_some_steps_at_a_time_a_pooling_gives_what_it_gives_for_all(name, dtype, n_steps):
    """Also after a reset of some streams, by zeros, and for large values."""
    pooling, arrays = make_pooling(POOLINGS[name], dtype)
    arrays = {n: 30 * array for n, array in arrays.items()}
    stream = pooling.stream(arrays, 3)
    h = np.random.default_rng(0).standard_normal((6, 2 * H, 3)).astype(dtype)
    h[1] *= 100  # scores of which the later ones are lower by hundreds
    start = np.array([0, 2, 0])
    memory = [np.zeros((*shape, 3), dtype) for shape in stream.memory]
    for t in range(n_steps - 1, 6, n_steps):
        first = t - n_steps + 1
        if first == 2:
            for array in memory:
                array[..., 1] = 0
        features = stream.step(h[first : t + 1], memory)
        assert features.dtype == dtype
        for b in range(3):
            steps = h[start[b] * (t >= 2) : t + 1, :, b].T[np.newaxis]
            whole = steps.transpose(2, 1, 0)
            batch = Batch(ragged_sequences(np.random.default_rng(0), [len(whole)], 1), [0], 10**9)
            trace = Trace(batch, Masks([], [], None), [], Workspace(history=True))
            blocks = iter([(0, slice(2 * H), whole)])
            states = HiddenStates(blocks, lambda whole=whole: whole[-1])
            expected, _ = pooling.forward(arrays, states, trace)
            tol = {"rtol": 1e-12, "atol": 1e-12} if dtype == np.float64 else {"rtol": 1e-4}
            np.testing.assert_allclose(features[:, b], expected[:, 0], **tol)


# Dropout -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_a_mask_drops_at_its_rate_and_keeps_the_mean(rate, dtype):
    n = 100_000
    mask = draw_mask(np.random.default_rng(0), rate, (100, n // 100), np.dtype(dtype))
    assert mask.dtype == dtype
    assert mask.shape == (100, n // 100)
    kept = mask != 0
    assert set(mask[kept].tolist()) == {float(dtype(1) / dtype(1 - rate))}
    # Four standard deviations of a binomial share.
    assert abs(kept.mean() - (1 - rate)) < 4 * np.sqrt(rate * (1 - rate) / n)
    # The shares of all rows and of all columns are independent.
    for share, size in ((kept.mean(axis=0), 100), (kept.mean(axis=1), n // 100)):
        assert share.std() == pytest.approx(np.sqrt(rate * (1 - rate) / size), rel=0.3)


def test_no_dropout_is_no_mask_and_draws_nothing():
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    assert draw_mask(rng, 0.0, (2, 3), np.dtype(np.float64)) is None
    assert rng.bit_generator.state == before


def test_a_seed_means_one_mask_in_either_precision():
    single, double = (
        draw_mask(np.random.default_rng(0), 0.4, (20, 30), np.dtype(dtype))
        for dtype in (np.float32, np.float64)
    )
    np.testing.assert_array_equal(single != 0, double != 0)


def test_dropout_of_the_features_and_of_their_gradient():
    features = np.arange(6.0).reshape(3, 2)
    mask = np.array([[0.0, 2], [2, 0], [2, 2]])
    for given, expected in ((mask, features * mask), (None, features)):
        trace = Trace(None, Masks([], [], given), [], Workspace(history=True))
        above, kept = HeadDropout().forward(None, features, trace)
        np.testing.assert_array_equal(above, expected)
        d_below = HeadDropout().backward(None, kept, features.copy(), None, trace, True)
        np.testing.assert_array_equal(d_below, expected)
    np.testing.assert_array_equal(features, np.arange(6.0).reshape(3, 2))


# The head ----------------------------------------------------------------------------------------


def test_the_head_is_linear():
    arrays = {"weight": np.array([[1.0, 2.0], [0.0, 3.0]]), "bias": np.array([10.0, 20.0])}
    head, features = Head(2, 2), np.array([[1.0], [5]])
    assert head.forward(arrays, features, None)[0].tolist() == [[21.0], [35.0]]
    assert head.stream(arrays, 1).step(features, []).tolist() == [[21.0], [35.0]]


def test_gradient_of_the_head():
    rng = np.random.default_rng(0)
    weight, bias, features, d_raw = (
        rng.standard_normal(shape) for shape in [(2, 3), (2,), (3, 5), (2, 5)]
    )
    head, arrays = Head(3, 2), {"weight": weight, "bias": bias}
    gradient = {name: np.zeros_like(array) for name, array in arrays.items()}
    _, kept = head.forward(arrays, features, None)
    d_features = head.backward(arrays, kept, d_raw, gradient, None, True)
    pairs = [(weight, gradient["weight"]), (bias, gradient["bias"]), (features, d_features)]
    for array, analytic in pairs:
        numeric = numeric_gradient(
            lambda: (head.forward(arrays, features, None)[0] * d_raw).sum(),
            array,
            step=1,  # it is linear
        )
        assert relative_error(analytic, numeric) < 1e-10


# The interface -----------------------------------------------------------------------------------


def test_a_part_by_default_has_no_parameters_and_changes_nothing():
    part, value = Part(), np.ones((2, 3))
    assert part.shapes() == part.named({}) == {}
    above, kept = part.forward(None, value, None)
    assert above is value
    assert part.backward(None, kept, value, None, None, True) is value
    stream = part.stream(None, 3)
    assert stream.step is None
    assert len(stream.memory) == 0
