"""End of training: early stopping and its validation set, patience, convergence."""

import numpy as np
import pandas as pd
import pytest
from estimator_cases import (
    FORMS,
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
from helpers import split
from sklearn.base import clone
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    get_scorer,
    get_scorer_names,
    make_scorer,
    mean_absolute_error,
)

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm._estimators import validation_score
from sklstm._estimators.predictor import Predictor
from sklstm.metrics import over_steps
from sklstm.schedules import ReduceOnPlateau


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
        rows = np.stack(split(examples.sequences))[:, :, 0]
        parts.append([int(np.flatnonzero((TABLE == row).all(axis=1))[0]) for row in rows])
        return validation(examples, *args, **kwargs)

    validation = validation_score.Validation
    monkeypatch.setattr(validation_score, "Validation", spy)
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
@pytest.mark.parametrize("batch_size", ["auto", 4])
def test_sequences_without_weight_are_never_in_the_validation_set(
    make, shuffle, batch_size, validation_rows
):
    weights = np.ones(N)
    weights[[0, 9, 10, 11]] = 0.0
    params = {"early_stopping": True, "validation_fraction": 0.4, "shuffle": shuffle}
    small(make, **params, batch_size=batch_size).fit(TABLE, target(make), weights)
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


# Early stopping by a score

every_form_of_y = pytest.mark.parametrize(
    ("form", "per_step"), [(form, per_step) for form in FORMS for per_step in (False, True)]
)
# Scores that are the loss, but for the units of y.
LOSSES = {LSTMRegressor: "neg_mean_squared_error", LSTMClassifier: "neg_log_loss"}


def overfitting(make, form, per_step, **params):
    """An estimator that gets worse again, X and y."""
    estimator = small(make, return_sequences=per_step, **OVERFITS | {"tol": 0.0} | params)
    return estimator, FORMS[form], target(make, form, per_step)


@both
@every_form_of_y
def test_a_score_that_is_the_loss(make, form, per_step):
    """Stops as the loss does: scores are those of the right rows, steps and weights."""
    estimator, X, y = overfitting(make, form, per_step)
    weights = np.arange(1.0, N + 1)
    expected = clone(estimator).fit(X, y, weights)
    estimator.set_params(scoring=LOSSES[make]).fit(X, y, weights)
    unit = 1.0 if make is LSTMClassifier else estimator.target_scale_[0] ** 2
    losses = unit * np.array(expected.validation_loss_curve_)
    np.testing.assert_allclose(-np.array(estimator.validation_score_curve_), losses, rtol=1e-5)
    assert estimator.n_iter_ == expected.n_iter_ < 200
    assert weights_equal(estimator, expected)
    assert estimator.validation_loss_curve_ == expected.validation_loss_curve_
    assert estimator.best_loss_ == expected.best_loss_


OTHER_SCORES = {
    LSTMRegressor: ["neg_median_absolute_error", make_scorer(mean_absolute_error)],
    LSTMClassifier: ["f1_macro", make_scorer(accuracy_score, normalize=False)],
}


@pytest.mark.parametrize(
    ("make", "scoring"), [(make, each) for make, names in OTHER_SCORES.items() for each in names]
)
@pytest.mark.parametrize("weighted", [False, True])
@every_form_of_y
def test_the_weights_with_the_best_score_are_kept(make, scoring, form, per_step, weighted):
    estimator, X, y = overfitting(make, form, per_step, scoring=scoring, n_iter_no_change=5)
    X_val, y_val = X[::-1], y[::-1]
    weights = np.arange(1.0, N + 1) if weighted else None
    estimator.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weights)
    curve = estimator.validation_score_curve_
    assert len(curve) == len(estimator.validation_loss_curve_) == estimator.n_iter_
    assert estimator.n_iter_ == min(200, int(np.argmax(curve)) + 6)
    scorer = over_steps(scoring) if per_step else get_scorer(scoring)
    weights = {"sample_weight": weights} if weighted else {}
    score = scorer(estimator, X_val, y_val, **weights)
    assert score == pytest.approx(max(curve), rel=ROUNDED)
    assert estimator.best_loss_ == min(estimator.validation_loss_curve_)


@both
def test_of_equal_scores_the_lowest_loss_is_the_best(make):
    """A few sequences are soon all right; later weights are still better."""
    estimator, X, y = overfitting(make, "table", False, scoring=lambda *args: 1.0)
    X_val, y_val = X[::-1], np.roll(y, 1)
    estimator.fit(X, y, X_val=X_val, y_val=y_val)
    assert estimator.n_iter_ == 16
    curve = estimator.validation_loss_curve_
    assert np.argmin(curve) > 0
    assert loss_of(estimator, X_val, y_val) == pytest.approx(min(curve), rel=ROUNDED)


@both
@every_form_of_y
def test_a_callable_gets_the_rows_of_the_user(make, form, per_step):
    """Of the validation set, with all equal ones and their weights."""
    _, X, y = overfitting(make, form, per_step)
    twice = [*range(N), *range(N)]
    X = [X[i] for i in twice] if form == "ragged" else X[twice]
    y = [y[i] for i in twice] if form == "ragged" and per_step else y[twice]
    weights = np.arange(2.0 * N)  # the first one is not trained on, but the 13th is
    seen = []

    def scorer(estimator, X_val, y_val, sample_weight):
        rows = sample_weight.astype(int)  # each has a weight of its own
        assert type(X_val) is type(X) and type(y_val) is type(y)
        for i, x, targets in zip(rows, X_val, y_val, strict=True):
            assert np.array_equal(x, X[i]) and np.array_equal(targets, y[i])
        if make is LSTMRegressor:
            first = estimator.predict(X_val[:1])[0], estimator.predict(X_val)[0]
            np.testing.assert_allclose(*first, rtol=ROUNDED)
        seen.append((rows, estimator))
        return 1.0

    params = {"max_iter": 3, "early_stopping": True, "validation_fraction": 0.4}
    estimator = small(make, return_sequences=per_step, scoring=scorer, **params)
    estimator.fit(X, y, weights)
    (rows, first), (_, second), _ = seen
    assert 0 < len(rows) < 2 * N and (np.diff(rows) > 0).all()
    assert 0 not in rows
    assert set(rows[rows < N]) | {0} == set(rows[rows >= N] - N) | {0}
    assert not weights_equal(first, second)  # each call has the weights of its epoch


@both
def test_scorers_that_do_not_accept_weights(make):
    y = target(make)
    params = {"early_stopping": True, "validation_fraction": 0.4}
    for scorer in (lambda *args: 1.0, make_scorer(lambda y, y_pred: 1.0)):
        estimator = small(make, scoring=scorer, **params).fit(TABLE, y, np.arange(N))
        assert estimator.validation_score_curve_ == [1.0] * 3

    def fails(estimator, X, y, sample_weight):
        raise TypeError("of another kind")

    with pytest.raises(TypeError, match="of another kind"):
        small(make, scoring=fails, **params).fit(TABLE, y, np.arange(N))


def test_forms_of_pandas():
    frame, y = pd.DataFrame(TABLE).add_prefix("t"), pd.Series(LABELS, index=np.arange(N) + 5)

    def scorer(estimator, X, y):
        assert list(X.columns) == list(frame.columns)
        assert (y.to_numpy() == LABELS[X.index]).all()
        return accuracy_score(y, estimator.predict(X))

    params = {"early_stopping": True, "validation_fraction": 0.4}
    by_name = small(LSTMClassifier, scoring="accuracy", **params).fit(frame, y)
    by_hand = small(LSTMClassifier, scoring=scorer, **params).fit(frame, y)
    default = small(LSTMClassifier, **params).fit(frame, y)
    assert by_name.validation_score_curve_ == by_hand.validation_score_curve_
    assert by_name.validation_score_curve_ == default.validation_score_curve_


def test_several_labels():
    y = (np.abs(TABLE[:, :3]) > 0.5).astype(int)
    params = {"early_stopping": True, "validation_fraction": 0.4, "scoring": "f1_micro"}
    estimator = small(LSTMClassifier, **params).fit(TABLE, y, X_val=TABLE, y_val=y)
    expected = f1_score(y, estimator.predict(TABLE), average="micro")
    assert max(estimator.validation_score_curve_) == pytest.approx(expected)


def test_class_weights_are_not_weights_of_the_score():
    params = {"class_weight": {"up": 100, "down": 1, "flat": 1}, "scoring": "accuracy"}
    estimator = small(LSTMClassifier, **params).fit(TABLE, LABELS, X_val=TABLE, y_val=LABELS)
    assert estimator.validation_score_curve_[-1] == pytest.approx(estimator.score(TABLE, LABELS))


@both
def test_the_network_is_not_run_again_to_score(make, monkeypatch):
    calls = []
    monkeypatch.setattr(Predictor, "raw", lambda *args: calls.append(args))
    scoring = "accuracy" if make is LSTMClassifier else "r2"
    estimator = small(make, early_stopping=True, validation_fraction=0.4, scoring=scoring)
    estimator.fit(TABLE, target(make))
    assert len(estimator.validation_score_curve_) == 3
    assert not calls


@both
def test_validation_data_are_scored_without_early_stopping(make):
    scoring = "balanced_accuracy" if make is LSTMClassifier else "neg_max_error"
    if scoring not in get_scorer_names():
        scoring = "max_error"  # scikit-learn < 1.8
    estimator = small(make, max_iter=5, scoring=scoring)
    estimator.fit(TABLE, target(make), X_val=TABLE, y_val=target(make))
    assert estimator.n_iter_ == len(estimator.validation_score_curve_) == 5
    score = get_scorer(scoring)(estimator, TABLE, target(make))
    assert estimator.validation_score_curve_[-1] == pytest.approx(score, rel=ROUNDED)
    assert estimator.best_loss_ == min(estimator.loss_curve_)


@both
def test_scoring_without_a_validation_set_has_no_effect(make):
    estimator = small(make, scoring="accuracy" if make is LSTMClassifier else "r2")
    with pytest.warns(UserWarning, match=r"scoring='\w+' has no effect without a validation set"):
        estimator.fit(TABLE, target(make))


@both
def test_a_plateau_of_the_score_reduces_the_rate(make):
    """`ReduceOnPlateau` observes what early stopping does."""
    scores = iter(range(100))
    for scoring, falls in [(lambda *args: next(scores), False), (lambda *args: 0.0, True)]:
        schedule = ReduceOnPlateau(0.1, patience=2)
        params = {"early_stopping": True, "max_iter": 20, "validation_fraction": 0.4}
        estimator = small(make, learning_rate=schedule, scoring=scoring, **params)
        estimator.fit(TABLE, target(make))
        assert (estimator._schedule_state["rate"] < 0.1) is falls


@both
def test_a_score_when_resuming(make):
    params = {"early_stopping": True, "validation_fraction": 0.4, "scoring": LOSSES[make]}
    estimator = small(make, warm_start=True, **params).fit(TABLE, target(make))
    estimator.fit(TABLE, target(make))
    assert len(estimator.validation_score_curve_) == estimator.n_iter_ == 6


def test_a_score_in_a_forecaster():
    y = np.sin(0.3 * np.arange(150)) + np.random.default_rng(0).normal(size=150) * 0.1
    regressor = small(LSTMRegressor, early_stopping=True, scoring="neg_mean_absolute_error")
    forecaster = SequenceForecaster(regressor, window=6).fit(None, y)
    curve = forecaster.regressor_.validation_score_curve_
    assert len(curve) == 3 and max(curve) < 0


@both
@pytest.mark.parametrize(
    "score", [float("nan"), float("inf"), np.float32("nan"), None, {}, "0.5", np.ones(2)]
)
def test_a_score_that_is_no_finite_number(make, score):
    scores = iter([1.0, score])
    estimator = small(make, scoring=lambda *args: next(scores), early_stopping=True)
    with pytest.raises(ValueError, match=r"scoring=<.*> returned .* on the .* after epoch 2; exp"):
        estimator.fit(TABLE, target(make))
    assert not hasattr(estimator, "n_iter_")


@pytest.mark.parametrize("score", [1, np.float32(1.0), np.array(1.0), True])
def test_numbers(score):
    estimator = small(LSTMRegressor, scoring=lambda *args: score, early_stopping=True)
    assert estimator.fit(TABLE, Y).validation_score_curve_ == [1.0] * 3


def test_an_error_of_the_scorer_says_where():
    estimator = small(LSTMClassifier, scoring="f1", early_stopping=True)  # of three classes
    with pytest.raises(ValueError, match=r"multiclass|pos_label") as caught:
        estimator.fit(TABLE, LABELS)
    note = "Raised by scoring='f1', called on the validation set after epoch 1."
    assert caught.value.__notes__ == [note]


@both
@pytest.mark.parametrize(
    ("scoring", "error", "message"),
    [
        ("f1_macr", ValueError, "scoring='f1_macr' is not .* Did you mean 'f1_macro'"),
        (3, TypeError, "scoring must be the name of a scorer"),
        (["r2"], TypeError, "scoring must be the name of a scorer"),
        (accuracy_score, ValueError, "looks like it is a metric function"),
    ],
)
def test_invalid_scoring(make, scoring, error, message):
    with pytest.raises(error, match=message):
        small(make, scoring=scoring, early_stopping=True).fit(TABLE, target(make))
