"""Pooling, dropout masks and the dense head, each against an obvious line of NumPy."""

import numpy as np
import pytest
from helpers import numeric_gradient, ragged_sequences, relative_error

from sklstm.core.layers import POOLINGS, EveryStep, Max, dense, dense_backward, draw_mask
from sklstm.core.packing import Batch

H = 3
LENGTHS = {"equal": [4, 4, 4], "ragged": [3, 7, 1, 3, 5, 7, 2], "one step": [1, 1]}
every_batch = pytest.mark.parametrize(
    ("lengths", "max_columns"),
    [(lengths, columns) for lengths in LENGTHS.values() for columns in (4, 10**9)],
    ids=[f"{name}{cut}" for name in LENGTHS for cut in (" in pieces", "")],
)
OBVIOUS = {
    "last": lambda h: np.concatenate([h[-1, :H], h[0, H:]]),
    "mean": lambda h: h.mean(axis=0),
    "max": lambda h: h.max(axis=0),
}


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

    def features(self, pooling, dtype=np.float64):
        """The features, and the pooling, after it has seen everything."""
        batch = self.batch
        pool = pooling(batch, 2 * H, np.dtype(dtype))
        numbers = range(len(batch.segments))
        for rows, order in ((slice(H), numbers), (slice(H, 2 * H), reversed(numbers))):
            for k in order:
                s = batch.segments[k]
                out = np.empty((s.n_steps, 2 * H, s.width), dtype)
                batch.gather(s, out)
                pool.see(k, rows, out[:, rows])
        final = np.array([OBVIOUS["last"](h) for h in self.sequences], dtype).T
        return pool.features(final), pool

    def by_step(self, blocks):
        """Blocks (L, 2 * H, b), one a segment, in the order of `values`."""
        result = np.full(self.values.shape, np.nan)
        columns = [block.transpose(0, 2, 1).reshape(-1, 2 * H) for block in blocks]
        result[self.batch.step_index()] = np.concatenate(columns)
        return result


@pytest.mark.parametrize("name", POOLINGS)
@every_batch
def test_pooling_is_over_each_sequences_own_steps(name, lengths, max_columns):
    hidden = Hidden(lengths, max_columns)
    features, _ = hidden.features(POOLINGS[name])
    expected = np.array([OBVIOUS[name](h) for h in hidden.sequences]).T
    np.testing.assert_allclose(features, expected, rtol=1e-14, atol=1e-15)


@every_batch
def test_every_step_is_a_column_of_its_own(lengths, max_columns):
    hidden = Hidden(lengths, max_columns)
    features, _ = hidden.features(EveryStep)
    np.testing.assert_array_equal(features, hidden.values[hidden.batch.step_index()].T)


@pytest.mark.parametrize("pooling", [POOLINGS["mean"], Max, EveryStep])
@every_batch
def test_gradient_of_pooling(pooling, lengths, max_columns):
    hidden = Hidden(lengths, max_columns)
    features, pool = hidden.features(pooling)
    d_features = np.random.default_rng(1).standard_normal(features.shape)
    d_out, d_final = pool.backward(d_features)
    assert d_final is None
    numeric = numeric_gradient(
        lambda: float((hidden.features(pooling)[0] * d_features).sum()), hidden.values, 1e-5
    )
    assert relative_error(hidden.by_step(d_out), numeric) < 1e-9


def test_the_last_state_passes_its_gradient_on():
    hidden = Hidden([2, 3], 10**9)
    d_features = np.ones((2 * H, 2))
    _, pool = hidden.features(POOLINGS["last"])
    d_out, d_final = pool.backward(d_features)
    assert d_out is None
    assert d_final is d_features


@every_batch
def test_among_equal_maxima_the_first_step_gets_the_gradient(lengths, max_columns):
    hidden = Hidden(lengths, max_columns, integer=True)
    features, pool = hidden.features(Max)
    d_features = np.random.default_rng(1).standard_normal(features.shape)
    d_values = hidden.by_step(pool.backward(d_features)[0])
    expected = np.zeros_like(hidden.values)
    bounds = hidden.batch.sequences.offsets
    for column, i in enumerate(hidden.batch.index):
        first = bounds[i] + hidden.sequences[column].argmax(axis=0)
        expected[first, np.arange(2 * H)] = d_features[:, column]
    np.testing.assert_array_equal(d_values, expected)


@pytest.mark.parametrize("pooling", [*POOLINGS.values(), EveryStep])
def test_poolings_keep_float32(pooling):
    features, pool = Hidden([3, 1, 2], 4).features(pooling, np.float32)
    assert features.dtype == np.float32
    d_out, d_final = pool.backward(features.copy())
    blocks = [d_final] if d_out is None else d_out
    assert {block.dtype for block in blocks} == {np.dtype(np.float32)}


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
    # No row, and no column, has a life of its own.
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


# The head ----------------------------------------------------------------------------------------


def test_dense():
    raw = dense(np.array([[1.0, 2.0], [0.0, 3.0]]), np.array([10.0, 20.0]), np.array([[1.0], [5]]))
    assert raw.tolist() == [[21.0], [35.0]]


def test_gradient_of_dense():
    rng = np.random.default_rng(0)
    weight, bias, features, d_raw = (
        rng.standard_normal(shape) for shape in [(2, 3), (2,), (3, 5), (2, 5)]
    )
    d_weight, d_bias = np.full((2, 3), np.nan), np.full(2, np.nan)
    d_features = dense_backward(weight, features, d_raw, d_weight, d_bias)
    for array, gradient in ((weight, d_weight), (bias, d_bias), (features, d_features)):
        numeric = numeric_gradient(lambda: (dense(weight, bias, features) * d_raw).sum(), array)
        assert relative_error(gradient, numeric) < 1e-10
