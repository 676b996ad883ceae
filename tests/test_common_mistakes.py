"""Common mistakes of new users, and the advice in the messages."""

import numpy as np
import pytest
from refusals import CUBE, LABELS, RAGGED, RAGGED_Y, TABLE, N, T, Y, refuses, small

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
    with pytest.raises(ValueError, match=r"X\[np.newaxis\] makes one sequence"):
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
