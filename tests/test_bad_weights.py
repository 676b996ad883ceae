"""Error messages of the estimators for sample weights and class weights."""

import numpy as np
import pytest
from refusals import (
    LABELS,
    RAGGED,
    RAGGED_LABELS,
    RAGGED_Y,
    SEQUENCES,
    TABLE,
    N,
    Y,
    both,
    fitted_or_not,
    refuses,
    small,
    target,
    unchanged,
)

from sklstm import LSTMClassifier

# Weights ------------------------------------------------------------------------------------------


BAD_WEIGHTS = {
    "negative": (-np.arange(N), "Negative values in sample_weight: the lowest weight is -9"),
    "all zero": (np.zeros(N), "All values in sample_weight are zero: no sample has any weight"),
    "zero": (0, "All values in sample_weight are zero"),
    "NaN": (np.where(Y > 0, np.nan, 1.0), "Input sample_weight contains NaN"),
    "infinity": (np.where(Y > 0, np.inf, 1.0), "Input sample_weight contains infinity"),
    "too short": (np.ones(N - 1), r"sample_weight has shape \(9,\); expected \(10,\)"),
    "2-D": (np.ones((N, 1)), r"sample_weight has shape \(10, 1\); expected \(10,\)"),
    "words": (["heavy"] * N, "sample_weight has dtype .*strings, .*expected numbers"),
}


@both
@fitted_or_not
@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_fit_refuses_weights(make, fitted, case):
    weights, message = BAD_WEIGHTS[case]
    refuses(small(make), fitted, message, TABLE, target(make), weights)


@both
def test_weights_are_per_sequence_also_for_steps(make):
    y = RAGGED_LABELS if make is LSTMClassifier else RAGGED_Y
    n_steps = sum(map(len, RAGGED))
    message = rf"sample_weight has shape \({n_steps},\); expected \(10,\)"
    refuses(small(make, **SEQUENCES), False, message, RAGGED, y, np.ones(n_steps))


@both
@pytest.mark.parametrize("case", BAD_WEIGHTS)
def test_partial_fit_and_score_refuse_weights(make, case):
    weights, message = BAD_WEIGHTS[case]
    estimator = small(make).fit(TABLE, target(make))
    for method in (estimator.partial_fit, estimator.score):
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            method(TABLE, target(make), sample_weight=weights)


# Parameters ---------------------------------------------------------------------------------------


BAD_CLASS_WEIGHTS = {
    "negative": {"a": -1.0, "b": 1.0},
    "all zero": {"a": 0.0, "b": 0.0},
    "NaN": {"a": np.nan, "b": 1.0},
}


@fitted_or_not
@pytest.mark.parametrize("case", BAD_CLASS_WEIGHTS)
def test_fit_refuses_class_weights(fitted, case):
    estimator = small(LSTMClassifier, class_weight=BAD_CLASS_WEIGHTS[case])
    refuses(estimator, fitted, "class_weight", TABLE, LABELS)
