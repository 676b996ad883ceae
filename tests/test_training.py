"""Examples, and properties of training in one batch."""

import numpy as np
import pytest
from helpers import split

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.optimizers import SGD
from sklstm.core.packing import DenseSequences, RaggedSequences
from sklstm.core.workspace import Workspace
from sklstm.training.examples import Examples

RNG = np.random.default_rng(0)
LENGTHS = np.array([3, 5, 2, 4, 5, 3])
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])
WEIGHTS = np.array([2, 0, 1, 3, 1, 0])


def sequences(ragged):
    if ragged:
        return RaggedSequences(RNG.standard_normal((OFFSETS[-1], 2)), OFFSETS)
    return DenseSequences(RNG.standard_normal((6, 4, 2)))


def all_steps(examples):
    return np.concatenate(split(examples.sequences))


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("ragged", [False, True])
def test_merging_adds_up_the_weights_of_equal_examples(ragged, per_step):
    parts = sequences(ragged)
    n_rows = parts.offsets[-1] if per_step else 6
    targets = RNG.standard_normal((n_rows, 1))
    weights = np.repeat(WEIGHTS, parts.lengths) if per_step else WEIGHTS
    examples = Examples(parts, targets, weights * 1.0, per_step).with_weight()
    repeated = Examples(parts, targets, None, per_step).take(np.repeat(np.arange(6), WEIGHTS))
    for keep_order in (False, True):
        one, other = examples.merged(keep_order), repeated.merged(keep_order)
        np.testing.assert_array_equal(all_steps(one), all_steps(other))
        np.testing.assert_array_equal(one.targets, other.targets)
        np.testing.assert_array_equal(one.weights, other.weights)
        assert len(one) == 4
        assert one.weights.sum() == weights.sum()
    kept = examples.merged(keep_order=True)
    np.testing.assert_array_equal(kept.sequences.values_of(1), parts.values_of(2))


def test_equal_sequences_with_other_targets_stay_apart():
    parts = DenseSequences(np.ones((3, 4, 1)))
    merged = Examples(parts, np.array([[0.0], [1.0], [0.0]]), None, False).merged(True)
    np.testing.assert_array_equal(merged.targets, [[0.0], [1.0]])
    np.testing.assert_array_equal(merged.weights, [2.0, 1.0])


def test_equal_sequences_add_up_their_weights_step_by_step():
    nan, parts = np.nan, DenseSequences(np.repeat([[[1.0]], [[1.0]], [[2.0]], [[1.0]]], 3, axis=1))
    targets = np.array([[5.0, nan, nan], [5.0, 6.0, nan], [5.0, 6.0, 7.0], [nan, 6.0, nan]])
    weights = np.array([[1.0, 0.0, 0.0], [2.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 4.0, 0.0]])
    for keep_order in (False, True):
        examples = Examples(parts, targets.reshape(-1, 1), weights.ravel(), True)
        merged = examples.merged(keep_order)
        np.testing.assert_array_equal(all_steps(merged)[::3, 0], [1.0, 2.0])
        np.testing.assert_array_equal(merged.targets[:, 0], [5.0, 6.0, nan, 5.0, 6.0, 7.0])
        np.testing.assert_array_equal(merged.weights, [3.0, 5.0, 0.0, 1.0, 1.0, 1.0])


def test_equal_sequences_with_other_targets_at_a_step_stay_apart():
    parts = DenseSequences(np.ones((5, 2, 1)))
    targets = np.array([[5.0, 6.0], [5.0, 7.0], [5.0, 0.0], [5.0, 6.0], [5.0, 9.0]])
    weights = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]])
    merged = Examples(parts, targets.reshape(-1, 1), weights.ravel(), True).merged(True)
    np.testing.assert_array_equal(merged.targets[:, 0], [5.0, 6.0, 5.0, 7.0, 5.0, 0.0])
    np.testing.assert_array_equal(merged.weights, [3.0, 2.0, 1.0, 1.0, 4.0, 0.0])


SAME_NUMBERS = {
    "zeros": lambda x: np.where(x == 0, -0.0, x),
    "float64": lambda x: x.astype(np.float64),
    "big-endian": lambda x: x.astype(">f8"),
}


@pytest.mark.parametrize("keep_order", [False, True])
@pytest.mark.parametrize("change", SAME_NUMBERS)
def test_equal_numbers_are_merged_in_the_same_order(change, keep_order):
    values = np.random.default_rng(0).integers(-2, 3, (40, 2, 1)).astype(np.float32) / 3
    targets = values[:, 0] > 0
    other = SAME_NUMBERS[change](values)
    one, two = (
        Examples(DenseSequences(v), t, None, False).merged(keep_order)
        for v, t in ((values, targets.astype(float)), (other, SAME_NUMBERS[change](1.0 * targets)))
    )
    np.testing.assert_array_equal(one.sequences.block(0, 40), two.sequences.block(0, 40))
    np.testing.assert_array_equal(one.targets, two.targets)
    np.testing.assert_array_equal(one.weights, two.weights)
    assert len(one) < 30
    both = np.concatenate([values, other])
    merged = Examples(DenseSequences(both), np.r_[targets, targets] * 1.0, None, False)
    assert len(merged.merged(keep_order)) == len(one)


def test_numbers_that_only_float64_tells_apart_keep_the_order_of_float32():
    """They are not merged, and their last bits do not decide before other values do."""
    values = np.array([[0.1 + 0.2, 5.0], [0.3, 7.0], [0.1 + 0.2, 3.0], [1e300, 0.0], [1e301, 1.0]])
    double, single = (
        Examples(DenseSequences(v[..., np.newaxis]), np.zeros((5, 1)), None, False).merged(False)
        for v in (values, np.minimum(values, 1e30).astype(np.float32))
    )
    order = double.sequences.block(0, 5)[:3, 1, 0].tolist()
    assert order == single.sequences.block(0, 5)[:3, 1, 0].tolist() == [3.0, 5.0, 7.0]
    assert len(double) == 5


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
@pytest.mark.parametrize("change", SAME_NUMBERS)
def test_equal_numbers_give_the_same_split_and_masks(make, change):
    X = np.random.default_rng(0).integers(-2, 3, (40, 6)).astype(np.float32) / 3
    y = X[:, 0] + X[:, 1] if make is LSTMRegressor else (X[:, 0] > 0).astype(int)
    params = {"early_stopping": True, "dropout": 0.5, "max_iter": 3, "random_state": 0}
    one, two = (
        make(8, **params).fit(v, t) for v, t in ((X, y), (SAME_NUMBERS[change](X), y.astype(float)))
    )
    for name in ("loss_curve_", "validation_loss_curve_"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-4)


@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"optimizer": "sgd"}])
@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
def test_weights_are_repetitions_to_the_bit_whatever_the_order(make, params):
    """200 epochs magnify a rounding error a billionfold: only equality survives them."""
    X = RNG.standard_normal((15, 8))
    y = np.arange(15) % 3
    weights = np.arange(15) % 4
    repeated = RNG.permutation(np.repeat(np.arange(15), weights))
    estimator = make(4, random_state=0, **params)
    one = estimator.fit(X, y, sample_weight=weights).weights_
    other = estimator.fit(X[repeated], y[repeated]).weights_
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name])


def test_chunks_of_a_ragged_batch_count_by_their_steps():
    """With steps too small to matter, the updates by chunks add up to the batch's own gradient."""
    X = [RNG.standard_normal((t, 2)) for t in (9, 3, 2, 7)]
    y = [x.sum(axis=1) for x in X]
    params = {"return_sequences": True, "batch_size": 4, "max_iter": 1, "random_state": 0}
    params |= {"optimizer": SGD(momentum=0.0), "learning_rate": 1e-9, "max_grad_norm": None}
    model = LSTMRegressor(3, **params, bptt_steps=3)
    objective, examples = model._objective(X, y, None, np.float64)
    start = model.set_params(learning_rate=1e-300).fit(X, y)._params
    moved = model.set_params(learning_rate=1e-9).fit(X, y)._params - start
    batch = objective.network.batch(examples.sequences, np.arange(4), cut_every=3)
    _, gradient = objective.gradient(start, batch, examples, Workspace(True), cut_every=3)
    n_chunks = 3
    np.testing.assert_allclose(moved / -1e-9, n_chunks * gradient, rtol=1e-5, atol=1e-5)
