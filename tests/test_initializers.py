"""Initial weights: their distribution and dtype, and that only the given generator is used."""

import numpy as np
import pytest

from sklstm.core.initializers import glorot_uniform, orthogonal


def test_glorot_uniform_follows_equation_16():
    weights = glorot_uniform(np.random.default_rng(0), 30, 20, (400, 50))
    limit = np.sqrt(6 / 50)
    assert weights.shape == (400, 50)
    assert weights.dtype == np.float64
    assert -limit <= weights.min() < -0.99 * limit
    assert 0.99 * limit < weights.max() < limit
    assert weights.mean() == pytest.approx(0.0, abs=0.01)
    assert weights.var() == pytest.approx(2 / 50, rel=0.02)


@pytest.mark.parametrize("n", [1, 2, 17])
def test_orthogonal_is_orthogonal(n):
    matrix = orthogonal(np.random.default_rng(0), n)
    assert matrix.dtype == np.float64
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(n), atol=1e-14)


def test_orthogonal_is_uniform():
    """Without the sign fix of QR the diagonal leans to one side."""
    rng = np.random.default_rng(0)
    draws = np.array([orthogonal(rng, 3) for _ in range(2000)])
    np.testing.assert_allclose(draws.mean(axis=0), 0.0, atol=0.05)
    np.testing.assert_allclose((draws**2).mean(axis=0), 1 / 3, atol=0.03)


@pytest.mark.parametrize(
    "draw", [lambda rng: glorot_uniform(rng, 2, 3, (3, 2)), lambda rng: orthogonal(rng, 3)]
)
def test_draws_come_from_the_generator(draw):
    one, two, other = (draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.allclose(one, other)
