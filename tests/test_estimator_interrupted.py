"""What Ctrl-C leaves: always an error, and a whole estimator."""

import pickle
import threading
import warnings
from contextlib import contextmanager
from itertools import count

import numpy as np
import pytest
from estimator_cases import (
    LABELS,
    OVERFITS,
    ROUNDED,
    TABLE,
    N,
    Y,
    both,
    loss_of,
    small,
    target,
    weights_equal,
)
from interrupts import CtrlC
from joblib import parallel_config
from sklearn.base import clone, is_classifier
from sklearn.ensemble import StackingClassifier, StackingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
)
from sklstm.core.schedules import Constant
from sklstm.training.loop import Epoch

STEADY = {"learning_rate": Constant(0.01)}  # k epochs of 50 are then k epochs of k


def test_silent_by_default(capsys):
    small(LSTMRegressor).fit(TABLE, Y)
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def interrupt(monkeypatch):
    """Press Ctrl-C at the start of an epoch, counted from 1 from now on, or right after it."""
    run, threads = Epoch.run, set(threading.enumerate())

    def at(epoch, *, after=False):
        numbers = count(1)  # `next` is atomic: two threads may train

        def interrupted(self):
            pressed = next(numbers) == epoch
            if pressed and not after:
                raise KeyboardInterrupt
            loss = run(self)
            if pressed:
                raise KeyboardInterrupt
            return loss

        monkeypatch.setattr(Epoch, "run", interrupted)

    yield at
    for thread in set(threading.enumerate()) - threads:
        thread.join(10)  # the other fits of a search that has ended, which no later test may count


@contextmanager
def interrupted(n_epochs, kept="weights"):
    """Training ends by Ctrl-C with so many epochs; 0 for none that is complete."""
    with warnings.catch_warnings(record=True) as caught, pytest.raises(KeyboardInterrupt):
        warnings.simplefilter("always")
        yield
    messages = [str(warning.message) for warning in caught]
    if n_epochs:
        assert messages == [
            f"Training was interrupted after {n_epochs} epochs; keeping the {kept} so far."
        ]
    else:
        assert messages == []


def attributes(estimator):
    """All attributes; for comparison, their pickle."""
    return dict(vars(estimator)), pickle.dumps(estimator)


def assert_unchanged(estimator, before):
    values, content = before
    assert list(vars(estimator)) == list(values)
    assert all(vars(estimator)[name] is value for name, value in values.items())
    assert pickle.dumps(estimator) == content


def assert_equally_fitted(estimator, expected):
    assert weights_equal(estimator, expected)
    for name in ("n_iter_", "loss_", "best_loss_", "loss_curve_", "validation_loss_curve_"):
        assert getattr(estimator, name) == getattr(expected, name), name


@both
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("validated", [False, True])
def test_fit_keeps_the_complete_epochs(make, validated, after, interrupt):
    y = target(make)
    validation = {"X_val": TABLE[::-1], "y_val": y} if validated else {}
    expected = small(make, max_iter=3, dropout=0.5, **STEADY).fit(TABLE, y, **validation)
    interrupt(4, after=after)
    estimator = small(make, max_iter=50, dropout=0.5, **STEADY)
    with interrupted(3):
        estimator.fit(TABLE, y, **validation)
    assert_equally_fitted(estimator, expected)
    estimator.set_params(warm_start=True, max_iter=2).fit(TABLE, y, **validation)
    expected.set_params(warm_start=True, max_iter=2).fit(TABLE, y, **validation)
    assert_equally_fitted(estimator, expected)


@both
def test_early_stopping_keeps_the_best_weights(make, interrupt):
    X_val, y_val = TABLE[::-1].copy(), np.roll(target(make), 1)
    params = OVERFITS | {"n_iter_no_change": 1000}
    interrupt(60)
    estimator = small(make, **params)
    with interrupted(59, kept="best weights on the validation set"):
        estimator.fit(TABLE, target(make), X_val=X_val, y_val=y_val)
    best = min(estimator.validation_loss_curve_)
    assert best == estimator.best_loss_ < estimator.validation_loss_curve_[-1]
    assert loss_of(estimator, X_val, y_val) == pytest.approx(best, rel=ROUNDED)


@both
@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("after", [False, True])
def test_the_first_epoch_changes_nothing(make, fitted, after, interrupt):
    estimator = small(make, warm_start=True)
    if fitted:
        estimator.fit(TABLE, target(make))
    before = attributes(estimator)
    interrupt(1, after=after)
    with interrupted(0):
        estimator.fit(TABLE, target(make))
    assert_unchanged(estimator, before)


@both
def test_warm_start_keeps_the_epochs_of_both_fits(make, interrupt):
    estimator = small(make, warm_start=True, **STEADY).fit(TABLE, target(make))
    expected = clone(estimator).fit(TABLE, target(make))
    expected.set_params(max_iter=2).fit(TABLE, target(make))
    interrupt(3)
    with interrupted(5):
        estimator.set_params(max_iter=50).fit(TABLE, target(make))
    assert weights_equal(estimator, expected)
    assert estimator.loss_curve_ == expected.loss_curve_


@both
@pytest.mark.parametrize("after", [False, True])
def test_partial_fit_changes_nothing(make, after, interrupt):
    classes = {"classes": np.unique(LABELS)} if make is LSTMClassifier else {}
    estimator = small(make).partial_fit(TABLE, target(make), **classes)
    before = attributes(estimator)
    interrupt(1, after=after)
    with interrupted(0):
        estimator.partial_fit(TABLE, target(make), **classes)
    assert_unchanged(estimator, before)


def test_a_language_model_keeps_the_complete_epochs(interrupt):
    texts, params = ["abcabcabc" * 20], {"hidden_size": 4, "random_state": 0, **STEADY}
    expected = LSTMLanguageModel(max_iter=2, **params).fit(texts)
    interrupt(3, after=True)
    model = LSTMLanguageModel(max_iter=50, **params)
    with interrupted(2):
        model.fit(texts)
    assert weights_equal(model, expected)
    assert model.loss_curve_ == expected.loss_curve_


@both
def test_an_interrupt_is_no_error_that_a_search_would_catch(make, interrupt):
    interrupt(3)
    estimator = small(make, max_iter=9)
    with warnings.catch_warnings(), pytest.raises(KeyboardInterrupt):
        warnings.simplefilter("error")
        estimator.fit(TABLE, target(make))
    assert estimator.n_iter_ == 2


def grid_search(model, X, y, n_jobs):
    search = GridSearchCV(model, {"hidden_size": [2, 3]}, cv=2, n_jobs=n_jobs)
    try:
        search.fit(X, y)
    finally:
        assert not hasattr(search, "cv_results_")


def cross_validation(model, X, y, n_jobs):
    cross_val_score(model, X, y, cv=2, n_jobs=n_jobs)


def stack(model, X, y, n_jobs):
    final = LogisticRegression() if is_classifier(model) else LinearRegression()
    kind = StackingClassifier if is_classifier(model) else StackingRegressor
    stacked = kind([("a", model), ("b", clone(model))], final, cv=2, n_jobs=n_jobs)
    try:
        stacked.fit(X, y)
    finally:
        assert not hasattr(stacked, "estimators_") or not hasattr(stacked, "final_estimator_")


@both
@pytest.mark.parametrize("run", [grid_search, cross_validation, stack])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("epoch", [1, 2, 6])
@pytest.mark.filterwarnings("ignore:Training was interrupted")
def test_it_ends_searches_and_their_kin(make, run, threads, epoch, interrupt):
    interrupt(epoch)
    with parallel_config("threading"), pytest.raises(KeyboardInterrupt):
        run(small(make, max_iter=4), TABLE, target(make), n_jobs=threads)


@both
def test_a_pipeline_keeps_the_complete_epochs(make, interrupt):
    interrupt(4)
    pipeline = make_pipeline(StandardScaler(), small(make, max_iter=50))
    with interrupted(3):
        pipeline.fit(TABLE, target(make))
    assert pipeline[-1].n_iter_ == 3
    assert len(pipeline.predict(TABLE)) == N


SERIES = np.sin(0.3 * np.arange(120)) + np.random.default_rng(0).normal(size=120) * 0.1


def forecaster():
    return SequenceForecaster(small(LSTMRegressor, max_iter=9), window=6)


def vote():
    return VotingForecaster([("a", forecaster()), ("b", forecaster())])


@pytest.mark.parametrize("make", [forecaster, vote])
@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("epoch", [1, 4, 12])  # of the first network, or of the calibrated one
@pytest.mark.filterwarnings("ignore:Training was interrupted")
def test_a_forecaster_is_left_as_it_was(make, fitted, epoch, interrupt):
    model = make()
    if fitted:
        model.fit(None, SERIES)
    before = attributes(model)
    interrupt(epoch)
    with pytest.raises(KeyboardInterrupt):
        model.fit(None, SERIES[:100])
    assert_unchanged(model, before)


def test_interrupted_while_scoring(monkeypatch):
    score, calls = LSTMRegressor._score_raw, []

    def stop(self, *args):
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return score(self, *args)

    monkeypatch.setattr(LSTMRegressor, "_score_raw", stop)
    estimator = small(LSTMRegressor, max_iter=9)
    with interrupted(2):
        estimator.fit(TABLE, Y, X_val=TABLE, y_val=Y)
    curves = ("loss_curve_", "validation_loss_curve_", "validation_score_curve_")
    assert [len(getattr(estimator, name)) for name in curves] == [2, 2, 2]


# Ctrl-C at any line


def interrupt_at_any_line(make, fit, n=60):
    """Yield estimators after an interrupted `fit`, and what they were before."""
    with CtrlC() as counter:
        fit(make())
    for line in np.random.default_rng(0).integers(1, counter.count + 1, n):
        estimator = make()
        before = attributes(estimator)
        with warnings.catch_warnings(), CtrlC(line) as pressed:
            warnings.simplefilter("ignore")
            try:
                fit(estimator)
            except KeyboardInterrupt:
                yield estimator, before
            else:  # some lines are executed in the first fit only
                assert pressed.count < line


@both
@pytest.mark.parametrize("stops", [False, True])
def test_at_any_line_the_estimator_is_whole(make, stops):
    """As it was before, or as after k epochs."""
    params = {"max_iter": 4, "early_stopping": stops, "validation_fraction": 0.3, **STEADY}
    y = target(make)
    expected = [small(make, **params | {"max_iter": k + 1}).fit(TABLE, y) for k in range(4)]
    results = list(interrupt_at_any_line(lambda: small(make, **params), lambda e: e.fit(TABLE, y)))
    assert len(results) > 50
    assert len({getattr(estimator, "n_iter_", 0) for estimator, _ in results}) > 3
    for estimator, before in results:
        if hasattr(estimator, "n_iter_"):
            assert_equally_fitted(estimator, expected[estimator.n_iter_ - 1])
        else:
            assert_unchanged(estimator, before)


def test_at_any_line_a_forecaster_is_unchanged():
    def make():
        return SequenceForecaster(small(LSTMRegressor), window=6)

    def fit(model):
        model.fit(None, SERIES)

    for model, before in interrupt_at_any_line(make, fit):
        if not hasattr(model, "regressor_"):
            assert_unchanged(model, before)
        else:  # pressed after fit, on the way out
            assert model.regressor_.n_iter_ == 3
            assert model.calibration_errors_ is not None
