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


# float32 holds numbers up to 3e38, float64 up to 2e308: sums of weighted losses must not overflow,
# and the largest weight must not vanish.
EXTREME = {
    "float32": ("large", [1e33, 1e38, 1e300, 1e308], "small", [1e-33, 1e-40, 1e-300, 5e-324]),
    "float64": ("large", [1e303, 1e308], "small", [1e-303, 5e-324]),
}
CASES = [
    (dtype, value, what)
    for dtype, (large, above, little, below) in EXTREME.items()
    for what, values in ((large, above), (little, below))
    for value in values
]


@both
@pytest.mark.parametrize(("dtype", "value", "what"), CASES)
def test_extreme_weights_are_refused(make, dtype, value, what):
    X, y, weights = TABLE.astype(dtype), target(make), np.full(N, value)
    message = f"sample_weight has values of up to .*, too {what} for sums in dtype {dtype}"
    model = small(make).fit(X, y)
    for call in (
        lambda: model.fit(X, y, weights),
        lambda: model.partial_fit(X, y, sample_weight=weights),
        lambda: model.score(X, y, weights),
        lambda: model.fit(X, y, X_val=X, y_val=y, sample_weight_val=weights),
    ):
        with unchanged(model), pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize(("dtype", "value", "what"), CASES)
def test_extreme_class_weights_are_refused(dtype, value, what):
    message = f"class_weight has values of up to .*, too {what} for sums in dtype"
    model = small(LSTMClassifier, class_weight={"a": value, "b": value})
    with unchanged(model), pytest.raises(ValueError, match=message):
        model.fit(TABLE.astype(dtype), LABELS)


@both
@pytest.mark.parametrize(
    ("dtype", "value"),
    [(dtype, value) for dtype in ("float32", "float64") for value in (1e-30, 1e30)]
    + [("float32", 1e-300)],
)
def test_only_the_ratios_of_weights_matter(make, dtype, value):
    """Weights that the network's dtype can hold, and one that vanishes beside the others."""
    X, y, params = TABLE.astype(dtype), target(make), {"alpha": 0.0, "max_iter": 3}
    if value == 1e-300:
        weights, same = np.r_[value, np.ones(N - 1)], np.r_[0.0, np.ones(N - 1)]
    else:
        weights, same = np.full(N, value), None
    models = [small(make, **params).fit(X, y, w) for w in (weights, same)]
    assert models[0].loss_ == pytest.approx(models[1].loss_, rel=1e-5)


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
