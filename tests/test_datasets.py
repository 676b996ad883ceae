"""The data sets are what their descriptions say."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sklstm.datasets import load_airline, make_adding_problem


def test_airline():
    airline = load_airline()
    assert airline.passengers.shape == (144,) and airline.passengers.dtype == np.float64
    first = [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118]
    assert airline.passengers[:12].tolist() == first
    assert airline.passengers[-6:].tolist() == [622, 606, 508, 461, 390, 432]
    assert airline.data is airline.passengers
    assert "Box" in airline.DESCR and "Series G" in airline.DESCR


def test_airline_months_are_consecutive():
    month = load_airline().month
    assert_array_equal(month, np.arange("1949-01", "1961-01", dtype="datetime64[M]").astype(str))


def test_airline_is_a_fresh_copy():
    load_airline().passengers[:] = 0.0
    assert load_airline().passengers[0] == 112.0


@pytest.mark.parametrize("n_steps", [2, 3, 10, 51])
def test_adding_problem(n_steps):
    X, y = make_adding_problem(200, n_steps, random_state=0)
    assert X.shape == (200, n_steps, 2) and y.shape == (200,)
    assert X.dtype == y.dtype == np.float64
    value, mark = X[:, :, 0], X[:, :, 1]
    assert value.min() >= 0.0 and value.max() < 1.0
    assert set(np.unique(mark)) <= {0.0, 1.0}
    assert_array_equal(mark[:, : n_steps // 2].sum(axis=1), 1.0)
    assert_array_equal(mark[:, n_steps // 2 :].sum(axis=1), 1.0)
    assert_array_equal((value * mark).sum(axis=1), y)
    assert mark.any(axis=0).all() or n_steps > 10  # every step is marked some time


def test_adding_problem_baseline():
    _, y = make_adding_problem(20_000, 4, random_state=0)
    assert np.mean((y - 1.0) ** 2) == pytest.approx(1 / 6, abs=0.005)


@pytest.mark.parametrize("kind", [int, np.random.default_rng, np.random.RandomState])
def test_random_state_repeats(kind):
    first, again = (make_adding_problem(5, 6, random_state=kind(3)) for _ in range(2))
    assert_array_equal(first[0], again[0])
    assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], make_adding_problem(5, 6, random_state=kind(4))[0])


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()  # noqa: NPY002
    first, second = make_adding_problem(5, 6), make_adding_problem(5, 6)
    assert_array_equal(before[1], np.random.get_state()[1])  # noqa: NPY002
    assert not np.array_equal(first[0], second[0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples=0 is not valid; expected an integer >= 1"),
        ({"n_steps": 1}, "n_steps=1 is not valid; expected an integer >= 2"),
        ({"n_steps": 2.5}, "n_steps=2.5"),
    ],
)
def test_adding_problem_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_adding_problem(**({"n_samples": 3, "n_steps": 4} | arguments))
