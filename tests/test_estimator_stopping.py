"""End of training: early stopping and its validation set, patience, convergence."""

import numpy as np
import pytest
from estimator_cases import (
    LABELS,
    OVERFITS,
    ROUNDED,
    TABLE,
    N,
    T,
    Y,
    both,
    loss_of,
    small,
    target,
    weights_equal,
)

import sklstm._estimators.sequence_estimator
from sklstm import LSTMClassifier, LSTMRegressor


@both
def test_early_stopping_keeps_the_best_weights(make):
    X_val, y_val = TABLE[::-1].copy(), np.roll(target(make), 1)
    estimator = small(make, **OVERFITS).fit(TABLE, target(make), X_val=X_val, y_val=y_val)
    curve = estimator.validation_loss_curve_
    assert len(curve) == len(estimator.validation_score_curve_) == estimator.n_iter_ < 200
    best = int(np.argmin(curve))
    assert best < estimator.n_iter_ - 1, "choose a case that gets worse again"
    assert estimator.best_loss_ == curve[best]
    assert loss_of(estimator, X_val, y_val) == pytest.approx(curve[best], rel=ROUNDED)
    score = estimator.score(X_val, y_val)
    expected = estimator.validation_score_curve_[best]
    assert score == pytest.approx(expected, rel=ROUNDED, abs=ROUNDED)
    assert estimator.loss_ == estimator.loss_curve_[-1]


@both
def test_validation_data_alone_does_not_stop(make):
    X_val, y_val = TABLE[::-1].copy(), np.roll(target(make), 1)
    params = OVERFITS | {"early_stopping": False, "max_iter": 30}
    estimator = small(make, **params).fit(TABLE, target(make), X_val=X_val, y_val=y_val)
    assert estimator.n_iter_ == 30
    assert estimator.best_loss_ == min(estimator.loss_curve_)
    last = estimator.validation_loss_curve_[-1]
    assert loss_of(estimator, X_val, y_val) == pytest.approx(last, rel=ROUNDED)
    plain = small(make, **params).fit(TABLE, target(make))
    assert weights_equal(estimator, plain)
    assert plain.validation_loss_curve_ == plain.validation_score_curve_ == []


@pytest.fixture
def validation_rows(monkeypatch):
    """The rows of TABLE in the validation set, a list for every fit."""
    parts = []

    def spy(examples, *args, **kwargs):
        rows = examples.sequences.values[:, :, 0]
        parts.append([int(np.flatnonzero((TABLE == row).all(axis=1))[0]) for row in rows])
        return validation(examples, *args, **kwargs)

    validation = sklstm._estimators.sequence_estimator.Validation
    monkeypatch.setattr(sklstm._estimators.sequence_estimator, "Validation", spy)
    return parts


@both
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batch_size", ["auto", 4])
def test_the_validation_set(make, shuffle, batch_size, validation_rows):
    """A quarter: the end if not shuffled, else drawn by class."""
    y = target(make)
    params = OVERFITS | {"validation_fraction": 0.25, "batch_size": batch_size}
    estimator = small(make, shuffle=shuffle, **params).fit(TABLE, y)
    (part,) = validation_rows
    assert len(set(part)) == 3
    if not shuffle:
        assert part == [9, 10, 11]
    elif make is LSTMClassifier:
        assert sorted(y[part]) == ["down", "flat", "up"]
    best = pytest.approx(estimator.best_loss_, rel=ROUNDED)
    assert loss_of(estimator, TABLE[part], y[part]) == best
    assert estimator.best_loss_ == min(estimator.validation_loss_curve_)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batch_size", ["auto", 4])
def test_the_validation_set_is_not_trained_on(shuffle, batch_size, validation_rows):
    params = {"early_stopping": True, "shuffle": shuffle, "batch_size": batch_size}
    estimator = small(LSTMRegressor, **params).fit(TABLE, Y)
    y = Y.copy()
    y[validation_rows[0]] += 100.0
    other = small(LSTMRegressor, **params).fit(TABLE, y)
    assert validation_rows[0] == validation_rows[1]
    assert other.loss_curve_ == estimator.loss_curve_
    assert other.validation_loss_curve_ != estimator.validation_loss_curve_


def test_a_small_validation_set_has_every_class(validation_rows):
    small(LSTMClassifier, early_stopping=True, validation_fraction=0.01).fit(TABLE, LABELS)
    assert sorted(LABELS[validation_rows[0]]) == ["down", "flat", "up"]


def test_the_only_one_of_a_class_is_trained_on(validation_rows):
    y = np.array(["up"] * 6 + ["down"] * 5 + ["flat"])
    small(LSTMClassifier, early_stopping=True, validation_fraction=0.6).fit(TABLE, y)
    assert len(validation_rows[0]) == 8
    assert set(y[validation_rows[0]]) == {"up", "down"}


@both
def test_the_validation_set_depends_on_the_seed(make, validation_rows):
    params = {"early_stopping": True, "validation_fraction": 0.25}
    for seed in (0, 0, 1, 2):
        small(make, random_state=seed, **params).fit(TABLE, target(make))
    assert validation_rows[0] == validation_rows[1]
    assert len(set(map(tuple, validation_rows))) > 1


@both
def test_the_validation_set_is_the_same_when_resuming(make, validation_rows):
    params = {"early_stopping": True, "validation_fraction": 0.25, "warm_start": True}
    estimator = small(make, **params).fit(TABLE, target(make)).fit(TABLE, target(make))
    assert estimator.n_iter_ == 6
    assert validation_rows[0] == validation_rows[1]
    again = small(make, **params).fit(TABLE, target(make))
    assert weights_equal(again, small(make, **params).fit(TABLE, target(make)))


@both
@pytest.mark.parametrize("shuffle", [True, False])
def test_sequences_without_weight_are_never_in_the_validation_set(make, shuffle, validation_rows):
    weights = np.ones(N)
    weights[[0, 9, 10, 11]] = 0.0
    params = {"early_stopping": True, "validation_fraction": 0.4, "shuffle": shuffle}
    small(make, **params).fit(TABLE, target(make), weights)
    assert not {0, 9, 10, 11} & set(validation_rows[0])


@both
def test_patience(make):
    params = {"max_iter": 50, "early_stopping": True, "validation_fraction": 0.25}
    estimator = small(make, tol=1e6, n_iter_no_change=4, **params).fit(TABLE, target(make))
    assert estimator.n_iter_ == 5  # the first epoch always counts as an improvement
    for never in (50, np.inf):
        estimator.set_params(n_iter_no_change=never)
        assert estimator.fit(TABLE, target(make)).n_iter_ == 50


@both
def test_a_training_loss_that_does_not_fall_does_not_stop(make):
    estimator = small(make, max_iter=30, learning_rate=1e-300, n_iter_no_change=1)
    assert estimator.fit(TABLE, target(make)).n_iter_ == 30


@both
@pytest.mark.parametrize("validated", [False, True])
def test_training_ends_when_nothing_is_left_to_learn(make, validated):
    params = {"hidden_size": 16, "max_iter": 1000, "tol": 0.05, "n_iter_no_change": 4}
    validation = {"X_val": TABLE, "y_val": target(make)} if validated else {}
    estimator = small(make, **params).fit(TABLE, target(make), **validation)
    curve = np.array(estimator.loss_curve_)
    assert estimator.n_iter_ < 1000
    assert (curve[-4:] <= 0.05).all() and curve[-5] > 0.05


def test_the_lowest_loss_need_not_be_zero():
    """That of a Poisson variable y is y - y log y."""
    y = np.array([1, 2, 5] * 4)
    X = np.repeat(y[:, np.newaxis] - 2.0, T, axis=1)
    params = {"max_iter": 1000, "tol": 0.01, "n_iter_no_change": 2, "learning_rate": 0.05}
    estimator = small(LSTMRegressor, loss="poisson", **params).fit(X, y)
    lowest = np.mean(y - y * np.log(y))
    assert lowest < 0
    assert estimator.n_iter_ < 1000
    assert lowest < estimator.loss_ <= lowest + 0.01


def test_patience_looks_at_single_epochs():
    """A decrease of less than tol per epoch is no improvement, as in scikit-learn's MLP."""
    params = {"max_iter": 40, "optimizer": "sgd", "learning_rate": 1e-3, "n_iter_no_change": 20}
    X, y = TABLE, TABLE.sum(axis=1)

    def fit(tol):
        estimator = small(LSTMRegressor, early_stopping=True, tol=tol, **params)
        return estimator.fit(X, y, X_val=X, y_val=y)

    plain = fit(0.0)
    falls = -np.diff(plain.validation_loss_curve_)
    assert falls.min() > 0
    assert plain.n_iter_ == fit(falls.min() / 2).n_iter_ == 40
    assert fit(2 * falls.max()).n_iter_ == 21


def test_curves_and_losses():
    estimator = small(LSTMRegressor, max_iter=30, batch_size=N).fit(TABLE, Y)
    assert len(estimator.loss_curve_) == estimator.n_iter_ == 30
    assert estimator.loss_ == estimator.loss_curve_[-1]
    assert estimator.best_loss_ == min(estimator.loss_curve_)
    assert estimator.loss_ < estimator.loss_curve_[0]
    # The first epoch's loss is that of the initial weights; a step of nearly 0 keeps them.
    still = small(LSTMRegressor, max_iter=1, learning_rate=1e-300).fit(TABLE, Y)
    assert loss_of(still, TABLE, Y) == pytest.approx(estimator.loss_curve_[0], rel=ROUNDED)
