"""Warnings of X on an unsuitable scale, and of training that learned nothing."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm.losses import Poisson, Quantile

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 8))
Y = X[:, -1]
LABELS = np.where(Y > 0, "up", "down")
NOTHING = "Training learned nothing"
SCALE = "X is on a scale"
both = pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])


def target(make):
    return LABELS if make is LSTMClassifier else Y


def caught(estimator, *args, **kwargs):
    """Messages of the warnings of a fit."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        estimator.fit(*args, **kwargs)
    return [str(warning.message) for warning in found]


# The scale of X ------------------------------------------------------------------------------

BAD = {
    "far": lambda X: X + 1000,
    "wide": lambda X: 1000 * X,
    "flat": lambda X: 1e-3 * X,
    "flat and far": lambda X: 1e9 + X,
    "infinitely wide": lambda X: 1e300 * X,
    "near the largest float": lambda X: 1.7e308 - 1e307 * np.abs(X),
}


@both
@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("form", ["table", "3-D", "ragged"])
def test_bad_scales(make, kind, form):
    data = BAD[kind](X)
    if form != "table":
        data = np.stack([X, data], axis=2)
    if form == "ragged":
        data = list(data)
    with pytest.warns(UserWarning, match=SCALE) as record:
        make(2, max_iter=1).fit(data, target(make))
    message = next(str(w.message) for w in record if SCALE in str(w.message))
    assert f"channel {0 if form == 'table' else 1} has mean" in message
    assert "channel 0" in message if form == "table" else "channel 0" not in message
    assert "StandardScaler()" in message and "TimeDistributed" in message


@both
@pytest.mark.parametrize("scale", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_usable_scales(make, scale, shift):
    messages = caught(make(2, max_iter=1), scale * (X + shift), target(make))
    assert not any(SCALE in message for message in messages)


@pytest.mark.parametrize("rare", [0.0, 1.0])
def test_rare_events_are_no_bad_scale(rare):
    flags = np.full((500, 8), 1.0 - rare)
    flags[7, 3] = rare
    messages = caught(LSTMRegressor(2, max_iter=1), flags, RNG.standard_normal(500))
    assert not any(SCALE in message for message in messages)


def test_constant_channels_are_harmless_if_they_are_near():
    def with_constant(value):
        return np.stack([X, np.full_like(X, value)], axis=2)

    assert not any(SCALE in m for m in caught(LSTMRegressor(2, max_iter=1), with_constant(1), Y))
    assert any(SCALE in m for m in caught(LSTMRegressor(2, max_iter=1), with_constant(1e9), Y))


def test_channels_are_called_by_their_names():
    frames = [pd.DataFrame({"level": x, "pressure": 1e5 + x}) for x in X]
    (message,) = [m for m in caught(LSTMRegressor(2, max_iter=1), frames, Y) if SCALE in m]
    assert "channel 1 ('pressure') has mean 1e+05 and standard deviation" in message


def test_many_channels_are_counted():
    wide = 1e4 * RNG.standard_normal((60, 4, 7))
    (message,) = [m for m in caught(LSTMRegressor(2, max_iter=1), wide, Y) if SCALE in m]
    assert "channel 2 has" in message and "channel 3" not in message and "and 4 more" in message


def test_patches_are_of_the_same_channels():
    data = [np.stack([x, 1e4 + x], axis=1) for x in X]
    (message,) = [
        m for m in caught(LSTMRegressor(2, max_iter=1, patch_length=3), data, Y) if SCALE in m
    ]
    assert "channel 1 has" in message and "channel 0" not in message


def test_partial_fit_warns_at_its_first_call_only():
    model = LSTMRegressor(2)
    with pytest.warns(UserWarning, match=SCALE):
        model.partial_fit(1e4 * X, Y)
    model.partial_fit(1e4 * X, Y)


@both
@pytest.mark.parametrize("form", ["table", "3-D", "ragged"])
@pytest.mark.parametrize("kind", ["far", "wide", "flat"])
def test_validation_data_on_another_scale(make, form, kind):
    """A warning of its own; the scale of X is told by the first one."""
    data, val = X, BAD[kind](X)
    if form != "table":
        data, val = np.stack([X, X], axis=2), np.stack([X, val], axis=2)
    if form == "ragged":
        data, val = list(data), list(val)
    model, y = make(2, max_iter=1), target(make)
    (message,) = [m for m in caught(model, data, y, X_val=val, y_val=y) if "scale" in m]
    assert message.startswith("X_val is on another scale than X: channel")
    assert f"channel {0 if form == 'table' else 1} has mean" in message
    assert "(in X: " in message and "transform_input=['X_val']" in message
    (message,) = [m for m in caught(model, val, y, X_val=val, y_val=y) if "scale" in m]
    assert message.startswith(SCALE)


@pytest.mark.parametrize(
    "val",
    [X[:1], 5 + 2 * X, np.full((1, 8), 0.5), np.where(np.arange(8) < 5, 1.0, X)],
    ids=["a single sequence", "another mean", "one that does not vary", "mostly a constant"],
)
def test_validation_data_that_may_differ(val):
    y = np.zeros(len(val))
    assert not any("scale" in m for m in caught(LSTMRegressor(2), X, Y, X_val=val, y_val=y))


def test_a_forecaster_has_no_validation_data_to_transform():
    y = np.r_[RNG.standard_normal(60), 5000 + RNG.standard_normal(20)]
    regressor = LSTMRegressor(2, max_iter=2, early_stopping=True, validation_fraction=0.25)
    forecaster = SequenceForecaster(regressor, window=4, scale=False, level=None, transformer=None)
    assert not any("X_val" in message for message in caught(forecaster, None, y))


ERRORS = {
    "learning rate": ({"learning_rate": -1.0}, {}, {}),
    "name of a learning rate": ({"learning_rate": "steep"}, {}, {}),
    "cell": ({"cell": "none"}, {}, {}),
    "optimizer": ({"optimizer": "none"}, {}, {}),
    "fraction": ({"early_stopping": True, "validation_fraction": 0.99}, {}, {}),
    "loss": ({"loss": "none"}, {}, {}),
    "X_val without y_val": ({}, {"X_val": X}, {}),
    "X_val": ({}, {"X_val": X[:, 1:], "y_val": True}, {}),
    "weights": ({}, {"sample_weight": -np.ones(60)}, {}),
    "y": ({}, {}, {"y": [None] * 60}),
}


@both
@pytest.mark.parametrize("case", ERRORS)
def test_errors_come_before_the_warning_of_scale(make, case):
    """Warnings are errors here: the error that is raised is the first that was found."""
    params, more, data = ERRORS[case]
    y = data.get("y", target(make))
    more = {name: y if value is True else value for name, value in more.items()}
    with pytest.raises((ValueError, TypeError)):
        make(2, max_iter=1, **params).fit(1e4 * X, y, **more)
    if not more:
        classes = (["down", "up"],) if make is LSTMClassifier else ()
        if "early_stopping" not in params:
            with pytest.raises((ValueError, TypeError)):
                make(2, max_iter=1, **params).partial_fit(1e4 * X, y, *classes)


# Nothing was learned -------------------------------------------------------------------------

STILL = {"learning_rate": 1e-12, "max_iter": 2, "random_state": 0}
# Targets that first weights cannot be close to by chance.
LARGE = RNG.standard_normal((1000, 8))
NOISE = RNG.standard_normal(1000)


def noise(make):
    return np.where(NOISE > 0, "up", "down") if make is LSTMClassifier else NOISE


@both
@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"dropout": 0.5}], ids=str)
def test_nothing_was_learned(make, params):
    with pytest.warns(ConvergenceWarning, match=NOTHING) as record:
        make(2, **STILL, **params).fit(LARGE, noise(make))
    message = str(record[0].message)
    assert "that of the best constant prediction" in message
    assert "learning_rate (now 1e-12)" in message
    assert "a larger max_iter (now 2)" in message
    assert "scaling X" in message
    assert ("a smaller alpha" in message) == (make is LSTMRegressor)


@both
def test_something_was_learned(make):
    assert caught(make(8, max_iter=60, random_state=0), X, target(make)) == []


@pytest.mark.parametrize("loss", ["absolute_error", "huber", Quantile([0.1, 0.9]), Poisson()])
@pytest.mark.parametrize("learns", [True, False])
def test_every_loss(loss, learns):
    params = {"max_iter": 150, "alpha": 0.0} if learns else STILL
    data, y = (X, Y) if learns else (LARGE, NOISE)
    y = np.exp(y) if isinstance(loss, Poisson) else y
    messages = caught(LSTMRegressor(8, loss=loss, **{"random_state": 0} | params), data, y)
    assert any(NOTHING in m for m in messages) == (not learns)


@pytest.mark.parametrize("form", ["equal", "ragged"])
def test_targets_at_every_step(form):
    data, y = (X, X) if form == "equal" else (list(X), list(X))
    model = LSTMRegressor(2, return_sequences=True, **STILL)
    assert any(NOTHING in m for m in caught(model, data, list(RNG.permuted(X))))
    learns = LSTMRegressor(8, return_sequences=True, max_iter=60, random_state=0)
    assert caught(learns, data, y) == []


def test_a_text():
    texts = ["to be or not to be"] * 3
    still = LSTMLanguageModel(4, batch_size=3, **STILL)
    (message,) = caught(still, texts)
    assert NOTHING in message and "scaling" not in message
    assert caught(LSTMLanguageModel(16, batch_size=3, max_iter=60, random_state=0), texts) == []


def test_long_sequences_are_named_as_the_likely_cause():
    long = RNG.standard_normal((1000, 300))
    (message,) = caught(LSTMRegressor(2, patch_length=1, **STILL), long, NOISE)
    assert "a larger patch_length (the network reads 300 steps now)" in message
    assert "chrono" in message


@both
def test_partial_fit_says_nothing(make):
    classes = (["down", "up"],) if make is LSTMClassifier else ()
    make(2, **STILL).partial_fit(X, target(make), *classes)


def test_a_constant_target_is_nothing_to_learn():
    assert caught(LSTMRegressor(2, max_iter=2), X, np.ones(60)) == []


def test_a_strong_penalty_is_named():
    messages = caught(LSTMRegressor(4, alpha=100.0, random_state=0), X, Y)
    assert any("a smaller alpha (now 100)" in m for m in messages)


def test_weights_that_leave_one_class():
    weights = (LABELS == "up").astype(float)
    with pytest.raises(ValueError, match="at least 2 classes, but sample_weight is 0 for all but"):
        LSTMClassifier(2, max_iter=1).fit(X, LABELS, weights)
