"""Error messages of the estimators for sample weights and class weights."""

import numpy as np
import pandas as pd
import pytest
from refusals import (
    CUBE,
    LABELS,
    RAGGED,
    RAGGED_Y,
    SEQUENCES,
    STEP_Y,
    TABLE,
    N,
    T,
    Y,
    both,
    fitted_or_not,
    refuses,
    replaced,
    small,
    target,
    unchanged,
    with_value,
)

from sklstm import LSTMClassifier, LSTMRegressor

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


STEP_WEIGHTS = np.ones((N, T))
RAGGED_WEIGHTS = [np.ones(len(x)) for x in RAGGED]
N_STEPS = sum(map(len, RAGGED))
ONE = r"expected \(10,\), one weight per sequence"
DENSE = rf"{ONE}, or \(10, 6\), one per step"
LIST = rf"{ONE}, or a list of 10 arrays \(T_i,\), one weight per step"

BAD_STEP_WEIGHTS = {
    "negative": (TABLE, -STEP_Y, "Negative values in sample_weight"),
    "negative in a list": (RAGGED, RAGGED_Y, "Negative values in sample_weight"),
    "all zero": (TABLE, 0 * STEP_WEIGHTS, "All values in sample_weight are zero"),
    "all zero in a list": (
        RAGGED,
        [0 * w for w in RAGGED_WEIGHTS],
        "All values in sample_weight are zero",
    ),
    "NaN": (TABLE, with_value(STEP_WEIGHTS, np.nan), "Input sample_weight contains NaN"),
    "infinity": (TABLE, with_value(STEP_WEIGHTS, np.inf), "Input sample_weight contains infinity"),
    "NaN in a list": (
        RAGGED,
        with_value(RAGGED_WEIGHTS, np.nan),
        r"Input sample_weight\[3\] contains NaN, first at sample_weight\[3\]\[1\]",
    ),
    "masked": (TABLE, np.ma.masked_less(STEP_Y, 0), "sample_weight has masked values"),
    "masked in a list": (
        RAGGED,
        replaced(RAGGED_WEIGHTS, 3, np.ma.masked_less(RAGGED_Y[3], 9)),
        r"sample_weight\[3\] has masked values",
    ),
    "words": (TABLE, STEP_WEIGHTS.astype(str), "sample_weight has dtype .*strings"),
    "words in a list": (
        RAGGED,
        replaced(RAGGED_WEIGHTS, 3, ["heavy"] * 5),
        r"sample_weight\[3\] has dtype .*strings",
    ),
    "times": (TABLE, STEP_WEIGHTS.astype("m8[s]"), "sample_weight has dtype .*times"),
    "transposed": (TABLE, STEP_WEIGHTS.T, rf"sample_weight has shape \(6, 10\); {DENSE}"),
    "a step too few": (TABLE, STEP_WEIGHTS[:, 1:], rf"shape \(10, 5\); {DENSE}"),
    "a sequence too few": (TABLE, STEP_WEIGHTS[1:], rf"shape \(9, 6\); {DENSE}"),
    "a column": (TABLE, STEP_WEIGHTS[:, :1], rf"shape \(10, 1\); {DENSE}"),
    "3-D": (TABLE, STEP_WEIGHTS[:, :, None], rf"shape \(10, 6, 1\); {DENSE}"),
    "3-D for channels": (CUBE, CUBE**2, rf"shape \(10, 6, 2\); {DENSE}"),
    "of all steps": (RAGGED, np.ones(N_STEPS), rf"sample_weight has shape \({N_STEPS},\); {LIST}"),
    "a table for a list": (RAGGED, STEP_WEIGHTS, rf"shape \(10, 6\); {LIST}"),
    "a list for a table": (
        TABLE,
        RAGGED_WEIGHTS,
        r"sample_weight\[0\] has shape \(2,\), but X\[0\] has 6 step",
    ),
    "a list too short": (RAGGED, RAGGED_WEIGHTS[1:], f"list of 9 sequences of weights; {LIST}"),
    "a step too few in a list": (
        RAGGED,
        replaced(RAGGED_WEIGHTS, 3, np.ones(4)),
        r"sample_weight\[3\] has shape \(4,\), but X\[3\] has 5 step",
    ),
    "2-D in a list": (
        RAGGED,
        [w[:, None] for w in RAGGED_WEIGHTS],
        r"sample_weight\[0\] has shape \(2, 1\), but X\[0\] has 2 step",
    ),
    "a number in a list": (
        RAGGED,
        replaced(RAGGED_WEIGHTS, 3, 1.0),
        r"sample_weight\[3\] has shape \(\), but X\[3\] has 5 step",
    ),
}


def step_target(make, X):
    y = RAGGED_Y if X is RAGGED else list(STEP_Y)
    return [np.where(v > 0, "a", "b") for v in y] if make is LSTMClassifier else y


@both
@fitted_or_not
@pytest.mark.parametrize("case", BAD_STEP_WEIGHTS)
def test_fit_refuses_weights_of_steps(make, fitted, case):
    X, weights, message = BAD_STEP_WEIGHTS[case]
    y = step_target(make, X)
    estimator = small(make, **SEQUENCES)
    if fitted:
        estimator.fit(X, y)
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(X, y, weights)


@both
@pytest.mark.parametrize("case", BAD_STEP_WEIGHTS)
def test_later_calls_refuse_weights_of_steps(make, case):
    X, weights, message = BAD_STEP_WEIGHTS[case]
    y = step_target(make, X)
    estimator = small(make, **SEQUENCES).fit(X, y)
    for method in (estimator.partial_fit, estimator.score):
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            method(X, y, sample_weight=weights)
    with (
        unchanged(estimator),
        pytest.raises(ValueError, match=rf"X_val, y_val, sample_weight_val\): .*{message}"),
    ):
        estimator.fit(X, y, X_val=X, y_val=y, sample_weight_val=weights)


@both
@fitted_or_not
@pytest.mark.parametrize(
    ("X", "weights"), [(TABLE, STEP_WEIGHTS), (CUBE, STEP_WEIGHTS), (RAGGED, RAGGED_WEIGHTS)]
)
def test_weights_of_steps_need_targets_at_steps(make, fitted, X, weights):
    message = rf"sample_weight .*; {ONE}. For weights per step, set return_sequences=True"
    refuses(small(make), fitted, message, X, target(make), weights)


MISSING = r".*For steps without a target, pass a sample_weight with one weight per step"


@fitted_or_not
@pytest.mark.parametrize("X", [TABLE, RAGGED], ids=["table", "ragged"])
@pytest.mark.parametrize("value", [np.nan, None])
@pytest.mark.parametrize("weighted", [False, True])
def test_missing_values_need_a_weight_of_0(fitted, X, value, weighted):
    y = with_value([v.astype(object) for v in step_target(LSTMRegressor, X)], value)
    weights = [np.ones(len(v)) for v in y]
    weights[0][:] = 0.0
    estimator = small(LSTMRegressor, **SEQUENCES)
    what = r"y\[3\]\[1\] is None" if value is None else r"y\[3\] contains NaN, first at y\[3\]\[1\]"
    message = what + MISSING
    refuses(estimator, fitted, message, X, y, weights if weighted else None)


@fitted_or_not
@pytest.mark.parametrize("X", [TABLE, RAGGED], ids=["table", "ragged"])
@pytest.mark.parametrize("value", [np.nan, None, pd.NA])
@pytest.mark.parametrize("weighted", [False, True])
def test_missing_labels_need_a_weight_of_0(fitted, X, value, weighted):
    y = with_value([v.astype(object) for v in step_target(LSTMClassifier, X)], value)
    weights = [np.ones(len(v)) for v in y]
    weights[0][:] = 0.0
    estimator = small(LSTMClassifier, **SEQUENCES)
    found = "NaN" if value is np.nan else str(value)
    message = rf"y\[3\] contains {found}, a missing label, at \[1\]{MISSING}"
    refuses(estimator, fitted, message, X, y, weights if weighted else None)


def test_labels_of_weight_0_are_no_second_class():
    weights = (STEP_Y > 0).astype(float)
    message = r"only one class: .*a.* \(labels of weight 0 do not count\)"
    estimator = small(LSTMClassifier, **SEQUENCES)
    refuses(estimator, False, message, TABLE, np.where(STEP_Y > 0, "a", "b"), weights)


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
    "another word": "balance",
    "a list": [1.0, 1.0],
    "negative": {"a": -1.0, "b": 1.0},
    "all zero": {"a": 0.0, "b": 0.0},
    "NaN": {"a": np.nan, "b": 1.0},
}


@fitted_or_not
@pytest.mark.parametrize("case", BAD_CLASS_WEIGHTS)
def test_fit_refuses_class_weights(fitted, case):
    estimator = small(LSTMClassifier, class_weight=BAD_CLASS_WEIGHTS[case])
    refuses(estimator, fitted, "class_weight", TABLE, LABELS)


def test_balanced_class_weights_need_a_weight_of_every_class():
    estimator = small(LSTMClassifier, class_weight="balanced")
    labels = np.array(["a", "b", "c", "a", "b"] * 2)
    message = r"class_weight='balanced' needs every class in y, with a weight above 0.*\['c'\]"
    refuses(estimator, False, message, TABLE, labels, (labels != "c").astype(float))


@fitted_or_not
def test_sample_weights_and_class_weights_leave_something(fitted):
    labels = np.array(["a", "b", "c", "a", "b"] * 2)
    estimator = small(LSTMClassifier, class_weight={"a": 0.0, "b": 0.0, "c": 1.0})
    message = "All values in class_weight times sample_weight are zero"
    refuses(estimator, fitted, message, TABLE, labels, (labels != "c").astype(float))
    message = "All values in class_weight are zero"
    validation = {"X_val": TABLE[:1], "y_val": ["a"]}
    refuses(estimator, fitted, message, TABLE, labels, **validation)
