"""Printed losses, and the weights that are kept when Ctrl-C ends training."""

import pickle
import re

import numpy as np
import pytest
from estimator_cases import (
    LABELS,
    OVERFITS,
    ROUNDED,
    TABLE,
    Y,
    both,
    loss_of,
    small,
    target,
    weights_equal,
)

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.schedules import Constant
from sklstm.training.loop import Epoch


def test_silent_by_default(capsys):
    small(LSTMRegressor).fit(TABLE, Y)
    assert capsys.readouterr() == ("", "")


def test_verbose_is_the_number_of_epochs_between_prints(capsys):
    estimator = small(LSTMRegressor, verbose=2, max_iter=5).fit(TABLE, Y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 2", "epoch 4"]
    assert f"loss {estimator.loss_curve_[1]:.6g} (" in lines[0]
    small(LSTMClassifier, verbose=1, max_iter=1).fit(TABLE, LABELS, X_val=TABLE, y_val=LABELS)
    number = r"[-+.e0-9]+"
    pattern = (
        rf"epoch 1: loss {number}, validation loss {number}, validation score {number} \(.* s\)"
    )
    assert re.fullmatch(pattern, capsys.readouterr().out.strip())


def test_verbose_may_be_a_bool(capsys):
    small(LSTMRegressor, verbose=True).fit(TABLE, Y)
    assert len(capsys.readouterr().out.splitlines()) == 3


def interrupt(monkeypatch, epoch):
    """Ctrl-C while this epoch runs, counted from 1 from now on."""
    run, calls = Epoch.run, []

    def interrupted(self):
        calls.append(None)
        if len(calls) == epoch:
            raise KeyboardInterrupt
        return run(self)

    monkeypatch.setattr(Epoch, "run", interrupted)


@both
def test_interrupted_training_keeps_what_it_has(make, monkeypatch):
    steady = {"learning_rate": Constant(0.01)}
    expected = small(make, max_iter=3, **steady).fit(TABLE, target(make))
    interrupt(monkeypatch, epoch=4)
    with pytest.warns(UserWarning, match="interrupted after 3 epochs; keeping the weights so far"):
        estimator = small(make, max_iter=50, **steady).fit(TABLE, target(make))
    assert estimator.n_iter_ == len(estimator.loss_curve_) == 3
    assert weights_equal(estimator, expected)


@both
def test_interrupted_early_stopping_keeps_the_best(make, monkeypatch):
    X_val, y_val = TABLE[::-1].copy(), np.roll(target(make), 1)
    params = OVERFITS | {"n_iter_no_change": 1000}
    interrupt(monkeypatch, epoch=60)
    with pytest.warns(UserWarning, match="after 59 epochs; keeping the best weights on the valid"):
        estimator = small(make, **params).fit(TABLE, target(make), X_val=X_val, y_val=y_val)
    best = min(estimator.validation_loss_curve_)
    assert best < estimator.validation_loss_curve_[-1]
    assert loss_of(estimator, X_val, y_val) == pytest.approx(best, rel=ROUNDED)


@both
@pytest.mark.parametrize("fitted", [False, True])
def test_interrupted_before_the_first_epoch(make, fitted, monkeypatch):
    estimator = small(make, warm_start=True)
    if fitted:
        estimator.fit(TABLE, target(make))
    before, content = dict(vars(estimator)), pickle.dumps(estimator)
    interrupt(monkeypatch, epoch=1)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(TABLE, target(make))
    assert list(vars(estimator)) == list(before)
    assert all(vars(estimator)[name] is value for name, value in before.items())
    assert pickle.dumps(estimator) == content


def test_interrupted_while_scoring(monkeypatch):
    score, calls = LSTMRegressor._score_raw, []

    def interrupted(self, *args):
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return score(self, *args)

    monkeypatch.setattr(LSTMRegressor, "_score_raw", interrupted)
    with pytest.warns(UserWarning, match="interrupted after 2 epochs"):
        estimator = small(LSTMRegressor, max_iter=9).fit(TABLE, Y, X_val=TABLE, y_val=Y)
    curves = ("loss_curve_", "validation_loss_curve_", "validation_score_curve_")
    assert [len(getattr(estimator, name)) for name in curves] == [2, 2, 2]
