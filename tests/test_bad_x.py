"""Error messages of the estimators for an invalid X, in fit and in prediction."""

import numpy as np
import pytest
from refusals import (
    CUBE,
    RAGGED,
    TABLE,
    C,
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
from scipy import sparse
from sklearn.exceptions import NotFittedError

from sklstm import LSTMClassifier, LSTMRegressor

BAD_X = {
    "NaN in a table": (with_value(TABLE, np.nan), "Input X contains NaN"),
    "infinity in a table": (with_value(TABLE, np.inf), "Input X contains infinity"),
    "NaN in 3-D": (with_value(CUBE, np.nan), "Input X contains NaN"),
    "infinity in 3-D": (with_value(CUBE, -np.inf), "Input X contains infinity"),
    "NaN in one sequence": (with_value(RAGGED, np.nan), r"X\[3\] contains NaN at step 1"),
    "infinity in one sequence": (with_value(RAGGED, np.inf), r"X\[3\] contains infinity at step 1"),
    "too large for float32": (
        with_value(TABLE.astype(np.float32), np.inf),
        r"Input X contains infinity or a value too large for dtype\('float32'\)",
    ),
    "empty sequence": (replaced(RAGGED, 2, np.empty((0, C))), r"X\[2\] is empty: 0 step\(s\)"),
    "no channels in a list": (replaced(RAGGED, 0, np.empty((3, 0))), r"X\[0\] is empty"),
    "other channels": (
        replaced(RAGGED, 4, np.ones((3, 3))),
        r"X\[4\] has 3 channel\(s\) per step, but X\[0\] has 2",
    ),
    "1-D among 2-D": (replaced(RAGGED, 4, np.ones(3)), r"X\[4\] has 1 channel\(s\) per step"),
    "3-D sequence": (replaced(RAGGED, 1, np.ones((2, 2, 2))), r"X\[1\] has shape \(2, 2, 2\)"),
    "scalar in a list": (replaced(RAGGED, 1, 3.0), r"X\[1\] has shape \(\)"),
    "strings in a list": (replaced(RAGGED, 1, np.array(["u", "v"])), r"X\[1\] has dtype <U1"),
    "one word in a list": (replaced(RAGGED, 1, ["u", "v"]), r"X\[1\] has dtype <U1"),
    "objects in a list": (
        replaced(RAGGED, 1, np.array(["u", None])),
        r"X\[1\] has dtype object: it holds strings, such as 'u'",
    ),
    "complex in a list": (
        replaced(RAGGED, 1, np.ones((2, C)) * 1j),
        r"Complex data not supported: X\[1\]",
    ),
    "strings": (np.full((N, T), "word"), "X has dtype .*strings, .*expected numbers"),
    "strings as objects": (np.full((N, T), "word", object), "X has dtype object.*strings"),
    "complex": (TABLE + 1j, "Complex data not supported"),
    "complex 3-D": (CUBE + 1j, "Complex data not supported"),
    "no rows": (TABLE[:0], r"0 sample\(s\) \(shape=\(0, 6\)\)"),
    "no columns": (TABLE[:, :0], r"0 feature\(s\) \(shape=\(10, 0\)\)"),
    "no sequences": (CUBE[:0], r"0 sample\(s\) \(shape=\(0, 6, 2\)\)"),
    "no steps": (CUBE[:, :0], r"X is empty: it has shape \(10, 0, 2\)"),
    "no channels": (CUBE[:, :, :0], r"X is empty: it has shape \(10, 6, 0\)"),
    "empty list": ([], "X is empty; expected a table"),
    "4-D": (CUBE[..., None], r"X has shape \(10, 6, 2, 1\); expected a table \(n, T\)"),
    "1-D": (Y, r"X has shape \(10,\), one dimension.* Reshape your data: X.reshape\(1, -1\)"),
}


@both
@fitted_or_not
@pytest.mark.parametrize("case", BAD_X)
def test_fit_refuses_x(make, fitted, case):
    X, message = BAD_X[case]
    refuses(small(make), fitted, message, X, target(make))


@pytest.mark.parametrize("name", ["X", "y", "sample_weight"])
def test_strings_are_named(name):
    words = np.full((N, T) if name == "X" else N, "word")
    data = {"X": TABLE, "y": Y, "sample_weight": None} | {name: words}
    refuses(small(LSTMRegressor), False, rf"\b{name}\b", **data)


@both
@fitted_or_not
def test_fit_refuses_sparse(make, fitted):
    X = sparse.csr_matrix(TABLE)
    refuses(small(make), fitted, "passed for X, but dense", X, target(make), error=TypeError)
    X = replaced(RAGGED, 5, sparse.csr_matrix(RAGGED[5]))
    refuses(small(make), fitted, r"X\[5\] is sparse", X, target(make), error=TypeError)


UNFIT_X = {
    "steps of a table": (TABLE, TABLE[:, :4], "X has 4 features, .* is expecting 6 features"),
    "channels of 3-D": (CUBE, CUBE[..., :1], r"X has 1 channel\(s\) per step, but .* with 2"),
    "channels of a list": (RAGGED, [np.ones((3, 3))], r"X has 3 channel\(s\) per step"),
    "channels of a list after 3-D": (CUBE, [np.ones(3)], r"X has 1 channel\(s\) per step"),
    "3-D after a table": (TABLE, CUBE, r"X is sequences .* fitted on a table"),
    "a list after a table": (TABLE, RAGGED, r"X is sequences .* fitted on a table"),
    "a table after 3-D": (CUBE, TABLE, r"X is a table \(2-D\), but .* fitted on sequences"),
    "one sequence": (
        TABLE,
        TABLE[0],
        r"X has shape \(6,\).* Reshape your data: X.reshape\(1, -1\)",
    ),
    "NaN": (TABLE, with_value(TABLE, np.nan), "Input X contains NaN"),
    "NaN in a list": (RAGGED, with_value(RAGGED, np.nan), r"X\[3\] contains NaN at step 1"),
    "empty": (TABLE, TABLE[:0], r"0 sample\(s\)"),
    "empty sequence": (CUBE, [np.ones((1, C)), np.ones((0, C))], r"X\[1\] is empty"),
}


@both
@pytest.mark.parametrize("case", UNFIT_X)
def test_prediction_refuses_x(make, case):
    X, other, message = UNFIT_X[case]
    estimator = small(make).fit(X, target(make))
    names = ["predict", "hidden_states", "gates"]
    if make is LSTMClassifier:
        names += ["predict_proba", "predict_log_proba", "decision_function"]
    for name in names:
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            getattr(estimator, name)(other)
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.score(other, target(make)[: len(other)])
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(other, target(make)[: len(other)])


@both
def test_prediction_before_fit(make):
    estimator = small(make)
    names = ["predict", "hidden_states", "gates"]
    if make is LSTMClassifier:
        names += ["predict_proba", "predict_log_proba", "decision_function"]
    for name in names:
        with unchanged(estimator), pytest.raises(NotFittedError, match=f"This {make.__name__}"):
            getattr(estimator, name)(TABLE)
    with unchanged(estimator), pytest.raises(NotFittedError, match=f"This {make.__name__}"):
        estimator.score(TABLE, target(make))
    with unchanged(estimator), pytest.raises(NotFittedError, match=f"This {make.__name__}"):
        _ = estimator.weights_


LARGE = {
    "table": (TABLE, lambda X: with_value(X, 1e39)),
    "sequences": (CUBE, lambda X: with_value(X, -1e39)),
    "list": (RAGGED, lambda X: with_value(X, 1e39)),
}


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
@pytest.mark.parametrize("form", LARGE)
def test_a_network_of_float32_refuses_values_that_are_larger(make, form):
    """They would be infinite there: in predictions, later training and validation data."""
    X, enlarged = LARGE[form]
    single = [x.astype("f") for x in X] if isinstance(X, list) else X.astype("f")
    model, large = small(make).fit(single, target(make)), enlarged(X)
    message = r"X has values of up to 1e\+39, too large for dtype float32"
    for call in (
        lambda: model.predict(large),
        lambda: model.partial_fit(large, target(make)),
        lambda: model.fit(single, target(make), X_val=large, y_val=target(make)),
    ):
        with unchanged(model), pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("patch_length", [1, 2])
def test_x_need_not_be_aligned(dtype, patch_length):
    rows = np.zeros(N, [("flag", "u1"), ("x", dtype, CUBE.shape[1:])])
    rows["x"] = CUBE
    assert not rows["x"].flags.aligned
    models = [
        small(LSTMRegressor).set_params(patch_length=patch_length, random_state=0).fit(X, Y)
        for X in (rows["x"], CUBE.astype(dtype))
    ]
    np.testing.assert_array_equal(models[0].predict(rows["x"]), models[1].predict(rows["x"].copy()))
    firsts = rows["x"][0, 0], rows["x"][0, 0].copy()
    pushed = [model.stream().push(x) for model, x in zip(models, firsts, strict=True)]
    assert pushed[0] == pushed[1]
    ragged = [models[0].predict(list(X)) for X in (rows["x"], rows["x"].copy())]
    np.testing.assert_array_equal(*ragged)
