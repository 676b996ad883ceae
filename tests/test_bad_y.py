"""Error messages of the estimators for targets and labels, in fit and in later calls."""

import numpy as np
import pytest
from refusals import (
    CUBE,
    LABELS,
    RAGGED,
    RAGGED_LABELS,
    RAGGED_Y,
    SEQUENCES,
    STEP_Y,
    TABLE,
    N,
    T,
    Y,
    fitted_or_not,
    refuses,
    replaced,
    small,
    unchanged,
    with_value,
)

from sklstm import LSTMClassifier, LSTMRegressor

# y ------------------------------------------------------------------------------------------------


BAD_VALUES = {
    "NaN": ({}, TABLE, np.where(Y > 0, np.nan, Y), "Input y contains NaN"),
    "infinity": ({}, TABLE, np.where(Y > 0, np.inf, Y), "Input y contains infinity"),
    "none": ({}, TABLE, None, "requires y to be passed, but the target y is None"),
    "too short": ({}, TABLE, Y[:-1], r"X has 10 sequence\(s\), but y has 9 target"),
    "too long for a list": ({}, RAGGED[1:], Y, r"X has 9 sequence\(s\), but y has 10 target"),
    "strings": ({}, TABLE, LABELS, "y has dtype .*strings, .*expected numbers"),
    "complex": ({}, TABLE, Y + 1j, "Complex data not supported"),
    "3-D": ({}, CUBE, CUBE, r"y has shape \(10, 6, 2\); .* set return_sequences=True"),
    "no outputs": ({}, TABLE, np.empty((N, 0)), r"0 feature\(s\) \(shape=\(10, 0\)\)"),
    "negative counts": ({"loss": "poisson"}, TABLE, Y, r"Poisson\(\) expects y .* non-negative"),
    "steps: one per sequence": (
        SEQUENCES,
        TABLE,
        Y,
        r"return_sequences=True needs one for each step",
    ),
    "steps: 4-D": (SEQUENCES, CUBE, CUBE[..., None], r"y\[0\] has shape \(6, 2, 1\)"),
    "steps: too short": (SEQUENCES, TABLE, STEP_Y[:, 1:], r"y\[0\] has 5 steps, but X\[0\] has 6"),
    "steps: too few": (SEQUENCES, TABLE, STEP_Y[1:], r"X has 10 sequence\(s\), but y has 9 target"),
    "steps: one too short": (
        SEQUENCES,
        RAGGED,
        replaced(RAGGED_Y, 3, RAGGED_Y[3][:-1]),
        r"y\[3\] has 4 steps, but X\[3\] has 5",
    ),
    "steps: NaN": (SEQUENCES, TABLE, with_value(STEP_Y, np.nan), "Input y contains NaN"),
    "steps: NaN in a list": (
        SEQUENCES,
        RAGGED,
        replaced(RAGGED_Y, 3, np.full(5, np.nan)),
        r"Input y\[3\] contains NaN, first at y\[3\]\[0\]",
    ),
    "steps: other outputs": (
        SEQUENCES,
        RAGGED,
        replaced(RAGGED_Y, 3, np.ones((5, 2))),
        r"y\[3\] has shape \(5, 2\), but y\[0\] has \(2,\)",
    ),
}
BAD_LABELS = {
    "one class": (
        {},
        TABLE,
        ["a"] * N,
        "at least 2 classes in y, but there is only one class: .*a",
    ),
    "one class in a list": (
        SEQUENCES,
        RAGGED,
        [np.zeros(len(x), int) for x in RAGGED],
        "one class only|only one class",
    ),
    "none": ({}, TABLE, None, "requires y to be passed, but the target y is None"),
    "too short": ({}, TABLE, LABELS[:-1], r"X has 10 sequence\(s\), but y has 9 target"),
    "continuous": ({}, TABLE, Y, "Unknown label type: continuous"),
    "None among labels": (
        {},
        TABLE,
        np.array([None, "a"] * 5),
        r"y contains None.* at \[0, 2, 4, 6, 8\]: 5 of 10",
    ),
    "table": ({}, TABLE, np.arange(N * 2).reshape(N, 2), r"shape \(10, 2\)"),
    "steps: one per sequence": (
        SEQUENCES,
        TABLE,
        LABELS,
        r"return_sequences=True needs one for each step",
    ),
    "steps: 3-D": (SEQUENCES, TABLE, np.ones((N, T, 2), int), r"y\[0\] has shape \(6, 2\)"),
    "steps: too short": (
        SEQUENCES,
        RAGGED,
        replaced(RAGGED_LABELS, 3, RAGGED_LABELS[3][:-1]),
        r"y\[3\] has 4 steps, but X\[3\] has 5",
    ),
    "steps: NaN": (
        SEQUENCES,
        TABLE,
        np.where(STEP_Y > 1, np.nan, 1.0),
        "Input y contains NaN",
    ),
    "class_weight for several labels": (
        {"class_weight": "balanced"},
        TABLE,
        (TABLE[:, :3] > 0).astype(int),
        "class_weight is for one label per sequence",
    ),
}
INDICATORS = TABLE[:, :3] > 0
MIXED = r"contains labels of several types, \["
BAD_LABELS |= {
    f"indicators of {low} and {high}": (
        {},
        TABLE,
        np.where(INDICATORS, high, low),
        rf"values \[{low}, {high}\]; expected an indicator matrix of 0 and 1, such as y == {high}",
    )
    for low, high in [(0, 2), (-1, 1), (1, 2), (0.0, 2.0)]
}
BAD_LABELS |= {
    "text and integers": ({}, TABLE, ["a", 1] * 5, MIXED + "'int', 'str'"),
    "text and floats": ({}, TABLE, ("a", 1.5) * 5, MIXED + "'float', 'str'"),
    "text and booleans": ({}, TABLE, ["a", True] * 5, MIXED + "'bool', 'str'"),
    "types of NumPy": ({}, TABLE, [np.str_("a"), np.int64(1)] * 5, MIXED + "'int64', 'str_'"),
    "text and numbers in columns": ({}, TABLE, [["a"], [1]] * 5, MIXED + "'int', 'str'"),
    "steps: text and integers": (SEQUENCES, TABLE, [["a", 1] * 3] * N, MIXED + "'int', 'str'"),
    "steps: text and integers in a list": (
        SEQUENCES,
        RAGGED,
        [["a", *[1] * (len(x) - 1)] for x in RAGGED],
        MIXED + "'int', 'str'",
    ),
    "steps: sequences of integers": (
        SEQUENCES,
        RAGGED,
        [[("a", 1)[i % 2]] * len(x) for i, x in enumerate(RAGGED)],
        MIXED + "'int', 'str'",
    ),
}


@fitted_or_not
@pytest.mark.parametrize("case", BAD_VALUES)
def test_regressor_refuses_y(fitted, case):
    params, X, y, message = BAD_VALUES[case]
    refuses(small(LSTMRegressor, **params), fitted, message, X, y)


@fitted_or_not
@pytest.mark.parametrize("case", BAD_LABELS)
def test_classifier_refuses_y(fitted, case):
    params, X, y, message = BAD_LABELS[case]
    refuses(small(LSTMClassifier, **params), fitted, message, X, y)


def test_classes_of_text_and_numbers_are_refused():
    estimator = small(LSTMClassifier)
    with unchanged(estimator), pytest.raises(ValueError, match=f"classes {MIXED}'int', 'str'"):
        estimator.partial_fit(TABLE, LABELS, classes=["a", "b", 1])


@fitted_or_not
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_classifier_refuses_labels_that_are_not_finite(fitted, value):
    y = np.where(Y > 0, value, 1.0)
    refuses(small(LSTMClassifier), fitted, "Input y contains", TABLE, y)


def test_regressor_refuses_other_outputs_later():
    estimator = small(LSTMRegressor).fit(TABLE, Y)
    with unchanged(estimator), pytest.raises(ValueError, match=r"y has 2 output\(s\), .* with 1"):
        estimator.partial_fit(TABLE, TABLE[:, :2])


# Labels and classes that come later ---------------------------------------------------------------


@fitted_or_not
def test_partial_fit_refuses_labels_not_announced(fitted):
    estimator = small(LSTMClassifier)
    if fitted:
        estimator.partial_fit(TABLE, LABELS, classes=["a", "b"])
    for y in (np.array(["a", "c"] * 5), np.array(["aa", "b"] * 5)):
        with (
            unchanged(estimator),
            pytest.raises(ValueError, match=r"labels \['a?[ac]'\].*\['a', 'b'\]"),
        ):
            estimator.partial_fit(TABLE, y, classes=["a", "b"])


def test_partial_fit_refuses_other_classes():
    estimator = small(LSTMClassifier).partial_fit(TABLE, LABELS, classes=["a", "b"])
    with unchanged(estimator), pytest.raises(ValueError, match="are not those of the first fit"):
        estimator.partial_fit(TABLE, LABELS, classes=["a", "b", "c"])


def test_partial_fit_needs_classes_first():
    estimator = small(LSTMClassifier)
    with unchanged(estimator), pytest.raises(ValueError, match="classes must be passed"):
        estimator.partial_fit(TABLE, LABELS)


@pytest.mark.parametrize("classes", [["a", "b", "c"], range(2), [0, 1, 3]])
def test_partial_fit_refuses_classes_that_are_not_the_columns(classes):
    estimator, y = small(LSTMClassifier), (TABLE[:, :3] > 0).astype(int)
    message = r"y of shape \(10, 3\): .* the numbers of its columns, 0 to 2; leave classes out"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(TABLE, y, classes=classes)


def test_partial_fit_refuses_one_class():
    estimator = small(LSTMClassifier)
    with unchanged(estimator), pytest.raises(ValueError, match="one class only|only one class"):
        estimator.partial_fit(TABLE, ["a"] * N, classes=["a"])


def test_partial_fit_refuses_balanced_classes():
    estimator = small(LSTMClassifier, class_weight="balanced")
    with unchanged(estimator), pytest.raises(ValueError, match="class_weight='balanced' needs all"):
        estimator.partial_fit(TABLE, LABELS, classes=["a", "b"])


def test_partial_fit_refuses_the_other_kind_of_labels():
    indicators = (TABLE[:, :3] > 0).astype(int)
    estimator = small(LSTMClassifier).fit(TABLE, indicators)
    message = r"y has shape \(10,\), .* fitted with \(n, 3\) indicators"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(TABLE, (Y > 0).astype(int))
    message = r"y has shape \(10, 2\), .* fitted with \(n, 3\) indicators"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(TABLE, indicators[:, :2])
    estimator = small(LSTMClassifier).fit(TABLE, LABELS)
    message = r"y has shape \(10, 3\), .* fitted with \(n,\) labels"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(TABLE, indicators)


def test_partial_fit_refuses_labels_at_steps():
    model = LSTMClassifier(2)
    with unchanged(model), pytest.raises(ValueError, match="y is a list of different lengths"):
        model.partial_fit(RAGGED, RAGGED_LABELS, classes=np.unique(LABELS))


def test_balanced_classes_need_every_class_when_training_is_resumed():
    model = LSTMClassifier(2, max_iter=2, class_weight="balanced", warm_start=True)
    model.fit(TABLE, LABELS)
    one = LABELS == LABELS[0]
    assert not one.all()
    others = np.unique(LABELS[~one]).tolist()
    with unchanged(model), pytest.raises(ValueError, match=f"needs every class.*{others[0]}"):
        model.fit(TABLE[one], LABELS[one])


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
def test_targets_at_steps_are_not_resumed_from_one_target(make):
    y = Y if make is LSTMRegressor else LABELS
    model = make(2, max_iter=2, patch_length=3, warm_start=True).fit(TABLE, y)
    model.set_params(return_sequences=True, patch_length="auto")
    with unchanged(model), pytest.raises(ValueError, match="return_sequences is now True"):
        model.fit(TABLE, np.repeat(y[:, np.newaxis], TABLE.shape[1], axis=1))
