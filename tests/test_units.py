"""Results do not depend on the units of y; losses for which they do."""

import numpy as np
import pytest
from sklearn.base import clone

from sklstm import LSTMRegressor
from sklstm._estimators.target_units import (
    mean_and_scale,
    round_to_grid,
    to_original_units,
    to_standard,
)
from sklstm.losses import REGRESSION_LOSSES, AbsoluteError, Huber, Poisson, Quantile, SquaredError

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 8))
Y = X[:, -1] + 0.3 * RNG.standard_normal(60)
PAIRS = np.column_stack([Y, Y**2])
LOSSES = [
    *(name for name, loss in REGRESSION_LOSSES.items() if loss.equivariant),
    Quantile([0.1, 0.5, 0.9]),
    Huber(0.2),
]
UNITS = [(0.0, 1e-200), (5.0, 3.7), (-100.0, 0.01), (1e6, 1e3), (0.0, 1e200)]


def model(**params):
    return LSTMRegressor(4, max_iter=10, random_state=0, batch_size=16, **params)


def in_standard_units(predictions, a, b):
    return (predictions - a) / b


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize(("a", "b"), UNITS)
def test_every_loss(loss, a, b):
    network = model(loss=loss).fit(X, Y)
    other = clone(network).fit(X, a + b * Y)
    found = in_standard_units(other.predict(X), a, b)
    np.testing.assert_allclose(found, network.predict(X), rtol=0, atol=1e-10)
    np.testing.assert_array_equal(other._params, network._params)
    assert other.loss_curve_ == network.loss_curve_
    assert other.score(X, a + b * Y) == pytest.approx(network.score(X, Y), abs=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_several_outputs_in_different_units(weighted):
    weights = RNG.integers(0, 3, 60) if weighted else None
    a, b = np.array([5.0, -1e4]), np.array([1e-3, 70.0])
    network = model().fit(X, PAIRS, weights)
    other = model().fit(X, a + b * PAIRS, weights)
    found = in_standard_units(other.predict(X), a, b)
    np.testing.assert_allclose(found, network.predict(X), rtol=0, atol=1e-10)


@pytest.mark.parametrize("form", ["dense", "ragged"])
def test_targets_at_every_step_and_validation(form):
    steps = X.cumsum(axis=1)
    data, y = (X, steps) if form == "dense" else (list(X), list(steps))
    shifted = 1e3 + 0.2 * steps if form == "dense" else [1e3 + 0.2 * row for row in steps]
    params = {"return_sequences": True, "early_stopping": True}
    network, other = model(**params).fit(data, y), model(**params).fit(data, shifted)
    assert other.validation_loss_curve_ == network.validation_loss_curve_
    np.testing.assert_allclose(
        other.validation_score_curve_, network.validation_score_curve_, rtol=0, atol=1e-12
    )
    for found, expected in zip(other.predict(data), network.predict(data), strict=True):
        np.testing.assert_allclose(in_standard_units(found, 1e3, 0.2), expected, atol=1e-10)


def test_given_validation_data_and_continued_training_keep_the_units_of_fit():
    network = model(warm_start=True).fit(X, Y, X_val=X, y_val=100 + Y)
    assert min(network.validation_loss_curve_) > 1000  # 100 is far from what was learned
    units = network.target_mean_.copy(), network.target_scale_.copy()
    network.fit(X, 10 * Y)
    network.partial_fit(X, 20 * Y)
    np.testing.assert_array_equal((network.target_mean_, network.target_scale_), units)


def test_streams_and_float32():
    y = 1e3 + 10 * Y
    network = model().fit(X.astype(np.float32), y)
    assert network.predict(X.astype(np.float32)).dtype == np.float32
    stream = network.stream()
    for value in X[0].astype(np.float32):
        last = stream.push(value)
    assert last == pytest.approx(network.predict(X[:1].astype(np.float32))[0], rel=1e-6)
    assert network.score(X.astype(np.float32), y) > 0.3


def test_float32_input_does_not_round_the_targets():
    """A signal of 1 on 1e8 is lost in float32."""
    y = 1e8 + Y
    with pytest.warns(UserWarning, match="are 8 apart there"):
        network = model().fit(X.astype(np.float32), y)
    plain = model().fit(X.astype(np.float32), Y)
    np.testing.assert_allclose(network._params, plain._params, rtol=0, atol=1e-3)


def test_targets_beyond_float32_with_input_in_float32():
    with pytest.raises(ValueError, match="y has values of up to 1e\\+200, too large for dtype"):
        model().fit(X.astype(np.float32), 1e200 * np.ones(60))


def test_losses_that_have_units():
    counts = RNG.poisson(3, 60)
    network = model(loss="poisson").fit(X, counts)
    assert (network.target_mean_, network.target_scale_) == (0.0, 1.0)
    assert (network.predict(X) > 0).all()
    assert [loss.equivariant for loss in (SquaredError(), AbsoluteError(), Huber(), Poisson())] == [
        True,
        True,
        True,
        False,
    ]


def test_a_custom_loss_gets_the_targets_unchanged():
    class Recording(SquaredError):
        equivariant = False

        def pointwise(self, raw, y):
            assert y.min() >= 100
            return super().pointwise(raw, y)

    model(loss=Recording()).fit(X, 100 + Y - Y.min())


@pytest.mark.parametrize("value", [0.0, 0.1, -3e7, 1e300])
def test_constant_targets(value):
    network = LSTMRegressor(4, random_state=0).fit(X, np.full(60, value))
    np.testing.assert_allclose(network.predict(X), value, rtol=1e-9, atol=0.05)


def test_one_output_of_two_is_constant():
    network = model().fit(X, np.column_stack([Y, np.full(60, 7.0)]))
    assert np.isfinite(network.predict(X)).all()
    assert network.target_scale_[1] == 1.0


def test_units_are_those_of_repeated_rows():
    weights = RNG.integers(0, 4, 60)
    weighted = mean_and_scale(PAIRS, weights)
    repeated = mean_and_scale(np.repeat(PAIRS, weights, axis=0), None)
    np.testing.assert_allclose(weighted, repeated, rtol=1e-12)
    np.testing.assert_allclose(repeated[0], np.repeat(PAIRS, weights, axis=0).mean(axis=0))
    np.testing.assert_allclose(repeated[1], np.repeat(PAIRS, weights, axis=0).std(axis=0))


def test_there_and_back():
    units = mean_and_scale(PAIRS, None)
    standard = round_to_grid(to_standard(PAIRS, *units))
    np.testing.assert_allclose(standard.std(axis=0), 1, atol=1e-6)
    back = to_original_units(standard, *units)
    np.testing.assert_allclose(back, PAIRS, atol=1e-6)


def test_offsets_that_float32_cannot_resolve():
    X32 = X.astype(np.float32)
    with pytest.warns(
        UserWarning, match="predictions of dtype float32, that of X, are 64 apart there"
    ):
        model().fit(X32, 1e9 + 10 * Y)
    model().fit(X, 1e9 + 10 * Y)
    model().fit(X32, 1e3 + 10 * Y)
