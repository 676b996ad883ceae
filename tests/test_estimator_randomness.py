"""Equal seeds give equal results; shuffling and dropout."""

from copy import deepcopy

import numpy as np
import pytest
from estimator_cases import (
    FORMS,
    TABLE,
    N,
    Y,
    both,
    every_form,
    forget_form,
    small,
    target,
    weights_equal,
)
from sklearn.utils import check_random_state

from sklstm import LSTMRegressor


@both
@every_form
def test_a_seed_means_one_result(make, form):
    params = {"batch_size": 5, "dropout": 0.3, "recurrent_dropout": 0.3}
    X, y = FORMS[form], target(make)
    a, b, c = (small(make, random_state=seed, **params).fit(X, y) for seed in (7, 7, 8))
    assert weights_equal(a, b)
    assert not weights_equal(a, c)
    again = a.fit(X, y)
    assert weights_equal(again, b)


@both
def test_random_state_instances_move_on(make):
    y = target(make)
    a, b = (small(make, random_state=np.random.RandomState(3)).fit(TABLE, y) for _ in range(2))
    assert weights_equal(a, b)
    assert not weights_equal(deepcopy(a).fit(TABLE, y), b)
    a, b = (small(make, random_state=None).fit(TABLE, y) for _ in range(2))
    assert not weights_equal(a, b)


def test_a_fixed_seed_leaves_the_global_generator_alone():
    seen = check_random_state(None)  # NumPy's global generator
    before = seen.get_state()[1].tolist()
    small(LSTMRegressor, dropout=0.1, batch_size=5).fit(TABLE, Y)
    assert seen.get_state()[1].tolist() == before


@both
def test_shuffling_matters_for_small_batches_only(make):
    y = target(make)
    for batch_size, same in ((N, True), ("auto", False), (5, False)):
        a, b = (
            small(make, shuffle=shuffle, batch_size=batch_size).fit(TABLE, y)
            for shuffle in (True, False)
        )
        # The order within a batch is a matter of rounding only.
        assert np.allclose(a._params, b._params, rtol=0, atol=1e-10) == same


@both
@pytest.mark.parametrize("structure", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}])
@every_form
def test_dropout_is_for_training_only(make, structure, form):
    X, y = FORMS[form], target(make)
    plain, dropped = (small(make, **p).fit(X, y) for p in ({}, structure))
    assert not weights_equal(plain, dropped)
    for method in ("predict", "hidden_states"):
        once, twice = (forget_form(getattr(dropped, method)(X)) for _ in range(2))
        np.testing.assert_array_equal(once, twice)


def test_dropout_between_layers():
    """With steps of nearly 0, the mean loss under dropout differs by the masks alone."""
    losses = set()
    for n_layers in (1, 2):
        for rate in (0.0, 0.5):
            params = {"num_layers": n_layers, "dropout": rate, "learning_rate": 1e-300}
            losses.add(small(LSTMRegressor, max_iter=1, **params).fit(TABLE, Y).loss_)
    assert len(losses) == 4
