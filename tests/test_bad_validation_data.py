"""Error messages for validation data, and for fractions that leave nothing to train on."""

import numpy as np
import pytest
from refusals import (
    CUBE,
    LABELS,
    STOPPING,
    TABLE,
    N,
    Y,
    both,
    fitted_or_not,
    refuses,
    small,
    target,
    with_value,
)

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.training.loop import DivergenceError

BAD_FRACTIONS = {
    "everything": (LSTMRegressor, {"validation_fraction": 0.95}, Y, "hold out all .* n_samples=10"),
    "everything, in order": (
        LSTMRegressor,
        {"validation_fraction": 0.95, "shuffle": False},
        Y,
        "would hold out all sequences, as n_samples=10 .* use a smaller fraction, more data",
    ),
    "too few left for all classes": (
        LSTMClassifier,
        {"validation_fraction": 0.9},
        LABELS,
        "validation_fraction=0.9 cannot hold out 9 of 10 different .* keep every class in training",
    ),
    "classes of one": (
        LSTMClassifier,
        {"validation_fraction": 0.5},
        np.array([f"class {i}" for i in range(N)]),
        "early_stopping cannot hold out any of 10 different sequences of 10 classes",
    ),
    "a class at the end, in order": (
        LSTMClassifier,
        {"validation_fraction": 0.5, "shuffle": False},
        np.repeat(["a", "b"], 5),
        "cannot hold out 5 of 10 .* a class would have no sequence left to train on",
    ),
}


@fitted_or_not
@pytest.mark.parametrize("case", BAD_FRACTIONS)
def test_fit_refuses_fractions_that_leave_nothing(fitted, case):
    make, params, y, message = BAD_FRACTIONS[case]
    refuses(small(make, **STOPPING, **params), fitted, message, TABLE, y)


@both
@fitted_or_not
def test_validation_x_and_y_belong_together(make, fitted):
    message = "X_val and y_val belong together; only one of them was given"
    y = target(make)
    refuses(small(make), fitted, message, TABLE, y, X_val=TABLE)
    refuses(small(make), fitted, message, TABLE, y, y_val=y)


@both
@fitted_or_not
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X_val": TABLE[:, 1:]}, "X has 5 features, but .* is expecting 6"),
        ({"X_val": CUBE}, "X is sequences"),
        ({"X_val": with_value(TABLE, np.nan)}, "Input X contains NaN"),
        ({"X_val": TABLE[1:]}, r"X has 9 sequence\(s\), but y has 10 target"),
        ({"sample_weight_val": np.zeros(N)}, "All values in sample_weight are zero"),
    ],
)
def test_fit_refuses_validation_data(make, fitted, change, message):
    validation = {"X_val": TABLE, "y_val": target(make)} | change
    refuses(small(make), fitted, message, TABLE, target(make), **validation)


@fitted_or_not
def test_fit_refuses_unknown_validation_labels(fitted):
    validation = {"X_val": TABLE, "y_val": np.where(LABELS == "a", "a", "z")}
    message = r"y contains the labels \['z'\], which are not among the classes \['a', 'b'\]"
    refuses(small(LSTMClassifier), fitted, message, TABLE, LABELS, **validation)


@fitted_or_not
def test_validation_weights_need_validation_data(fitted):
    refuses(small(LSTMRegressor), fitted, "X_val", TABLE, Y, sample_weight_val=np.ones(N))


@fitted_or_not
def test_an_infinite_validation_loss(fitted):
    validation = {"X_val": TABLE, "y_val": Y * 1e200}
    estimator = small(LSTMRegressor, **STOPPING)
    refuses(estimator, fitted, "epoch 1", TABLE, Y, error=DivergenceError, **validation)
