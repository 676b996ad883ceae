"""Common mistakes of new users, and the advice in the messages."""

import numpy as np
import pandas as pd
import pytest
from refusals import CUBE, LABELS, RAGGED, RAGGED_Y, STEP_Y, TABLE, N, T, Y, refuses, small

from sklstm import LSTMClassifier, LSTMRegressor

MISTAKES = {
    "return_sequences forgotten, ragged": (
        LSTMRegressor,
        {},
        RAGGED,
        RAGGED_Y,
        "different lengths; expected one target per sequence.*return_sequences=True",
    ),
    "return_sequences forgotten, labels": (
        LSTMClassifier,
        {},
        CUBE,
        np.array(list("abcabc") * N).reshape(N, T),
        r"y has shape \(10, 6\), but is not an indicator matrix.*return_sequences=True",
    ),
    "batch size": (LSTMRegressor, {"batch_size": "all"}, TABLE, Y, "integer >= 1 or 'auto'"),
    "bptt steps": (LSTMRegressor, {"bptt_steps": 0}, TABLE, Y, "integer >= 1 or None"),
    "capitals": (LSTMRegressor, {"cell": "LSTM"}, TABLE, Y, "did you mean 'lstm'"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_common_mistakes_are_explained(case):
    make, params, X, y, message = MISTAKES[case]
    refuses(small(make, **params), False, message, X, y)


def test_validation_arguments_are_named():
    validation = {"X_val": TABLE[:, :3], "y_val": Y}
    message = r"In the validation data \(X_val, y_val, sample_weight_val\): X has 3"
    refuses(small(LSTMRegressor), False, message, TABLE, Y, **validation)


def test_one_sequence_is_no_table():
    estimator = small(LSTMRegressor).fit(CUBE, Y)
    with pytest.raises(ValueError, match=r"\[X\] is one sequence"):
        estimator.predict(CUBE[0])


@pytest.mark.parametrize(
    ("X", "advice"),
    [
        ({"a": TABLE}, r"list\(X.values\(\)\)"),
        (iter(RAGGED), r"list\(X\)"),
        (dict(enumerate(RAGGED)).values(), r"list\(X\)"),
        (3.0, "X is 3.0; expected a table"),
        (None, "X is None; expected a table"),
        ("words", "X is 'words'; expected a table"),
    ],
    ids=["dict", "iterator", "view", "number", "None", "text"],
)
def test_neither_dict_nor_iterator(X, advice):
    refuses(small(LSTMRegressor), False, advice, X, Y, error=TypeError)


def test_classes_announced_too_few():
    with pytest.raises(ValueError, match=r"classes=\['a'\] has one class only"):
        small(LSTMClassifier).partial_fit(TABLE, LABELS, classes=["a"])


ROWS = pd.DataFrame({"river": np.repeat(["a", "b", "c"], 4), "level": np.arange(12.0)})
DATES = pd.date_range("2026-01-01", periods=4).tolist() * 3
LEVELS = ROWS.set_index("river")
FIT_PAIRS = {
    "swapped": (Y, CUBE, {}, "are they swapped"),
    "swapped, list": (Y.tolist(), RAGGED, {}, "are they swapped"),
    "swapped, labels": (list("ab") * 5, TABLE, {}, "are they swapped"),
    "swapped, pandas": (pd.Series(Y), pd.DataFrame(TABLE), {}, "are they swapped"),
    "too few": (TABLE, Y[:-1], {}, r"X has 10 sequence\(s\), but y has 9 target\(s\).*sequence.$"),
    "steps as rows": (np.ones((12, T)), Y[:3], {}, r"steps of longer sequences, .* \(T_i, C\)"),
    "a column of groups": (
        ROWS,
        Y[:3],
        {},
        r"3 targets, one for each value in its column 'river'. .* X = "
        r"\[x.drop\(columns='river'\) for _, x in X.groupby\('river', sort=False\)\]",
    ),
    "an index of groups": (LEVELS, Y[:3], {}, r"value in its index. .*X.groupby\(level=0, sort"),
    "two levels of an index": (
        LEVELS.set_index([ROWS["river"], DATES]),
        Y[:3],
        {},
        r"the first level of its index. .*\[x.droplevel\(0\) for",
    ),
    "one sequence": (
        CUBE[0],
        Y[:1],
        {},
        r"y has 1 target. .* one sequence, .* list with it: \[X\]",
    ),
    "one data frame": (pd.DataFrame(CUBE[0]), Y[:1], {}, r"pass a list with it: \[X\]"),
    "one sequence, steps": (
        pd.DataFrame(CUBE[0]),
        Y[:T],
        {"return_sequences": True},
        r"one sequence of 6 steps, pass lists: \[X\] and \[y\]",
    ),
    "channels first": (
        [np.ones((2, 3 + i)) for i in range(N)],
        Y,
        {},
        r"Each has 2 step\(s\): if these are the channels, .*\[np.transpose\(x\) for x in X\]",
    ),
    "decimal commas": (TABLE, ["1", *["188,5"] * 9], {}, "such as '188,5', .* has decimal=','"),
    "thousands": (np.full((N, T), "1,188.5"), Y, {}, "such as '1,188.5', .* thousands=','"),
    "text among numbers": (TABLE, [*map(str, Y[:-1]), "n/a"], {}, "such as 'n/a', .*astype"),
    "objects": (TABLE, pd.Series([*Y[:-1], "188,5"], dtype=object), {}, "such as '188,5'.*decimal"),
}


@pytest.mark.parametrize("case", FIT_PAIRS)
@pytest.mark.parametrize("where", ["fit", "again", "X_val"])
def test_x_and_y_that_do_not_fit_together(case, where):
    """At every door: the first fit, a later one, and that of validation data."""
    X, y, params, message = FIT_PAIRS[case]
    model = small(LSTMRegressor, **params)
    if where == "fit":
        refuses(model, False, message, X, y)
        return
    is_table = isinstance(X, np.ndarray) and X.ndim == 2
    good = TABLE if is_table else CUBE, STEP_Y if params else Y
    if where == "again":
        model.set_params(warm_start=True).fit(*good)
        refuses(model, False, message, X, y)
    else:
        refuses(model, False, f"In the validation data.*{message}", *good, X_val=X, y_val=y)


def test_the_rows_of_a_table_may_be_few_or_have_equal_values():
    """A column with as many values as there are targets, by chance, is no column of groups."""
    X = pd.DataFrame({"a": [*range(9), 0], "b": np.arange(10.0)})
    refuses(small(LSTMRegressor), False, r"X has 10 sequence\(s\), but y has 9", X, Y[:-1])
    small(LSTMRegressor).fit(Y[:, np.newaxis], TABLE)  # many outputs of one step
    small(LSTMRegressor).fit(pd.DataFrame(TABLE).iloc[:1], Y[:1])


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
def test_targets_that_have_an_array_but_no_length(make):
    class Targets:
        def __init__(self, n):
            self.n = n

        def __array__(self, dtype=None, copy=None):
            return np.arange(self.n, dtype=dtype) % 2

    small(make).fit(TABLE, Targets(N))
    refuses(small(make), False, "but y has 9 target", TABLE, Targets(N - 1))


@pytest.mark.parametrize("kind", ["list", "array", "objects", "categories", "table", "steps"])
def test_a_regressor_of_labels_is_told_of_the_classifier(kind):
    labels = LABELS.tolist()
    y = {
        "list": labels,
        "array": LABELS,
        "objects": LABELS.astype(object),
        "categories": pd.Series(labels, dtype="category"),
        "table": pd.DataFrame({"label": labels}),
        "steps": [labels[:T]] * N,
    }[kind]
    model = small(LSTMRegressor, return_sequences=kind == "steps")
    refuses(model, False, "holds strings.*To predict class labels use LSTMClassifier", TABLE, y)


def test_times_are_not_taken_for_labels():
    y = pd.Series(pd.date_range("2024", periods=N))
    refuses(small(LSTMRegressor), False, r"holds times.*expected numbers\.$", TABLE, y)
