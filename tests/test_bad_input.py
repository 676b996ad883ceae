"""What the estimators refuse, how they say it, and that they are as before afterwards."""

import pickle
import re
from contextlib import contextmanager

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.losses import LogLoss, SquaredError
from sklstm.core.optimizers import SGD
from sklstm.training.loop import DivergenceError

N, T, C = 10, 6, 2
rng = np.random.default_rng(0)
TABLE = rng.standard_normal((N, T))
CUBE = rng.standard_normal((N, T, C))
RAGGED = [rng.standard_normal((2 + i % 4, C)) for i in range(N)]
Y = rng.standard_normal(N)
LABELS = np.array(["a", "b"] * (N // 2))
STEP_Y = rng.standard_normal((N, T))
RAGGED_Y = [rng.standard_normal(len(x)) for x in RAGGED]
RAGGED_LABELS = [np.where(y > 0, "a", "b") for y in RAGGED_Y]

both = pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
fitted_or_not = pytest.mark.parametrize("fitted", [False, True], ids=["unfitted", "fitted"])


def small(make, **params):
    return make(**{"hidden_size": 2, "max_iter": 2, "random_state": 0} | params)


def target(make):
    return LABELS if make is LSTMClassifier else Y


def with_value(X, value):
    """A copy of an array, or of a list of arrays, with one bad value in it."""
    X = [np.array(x) for x in X] if isinstance(X, list) else X.copy()
    X[3][1, ...] = value
    return X


def replaced(X, i, x):
    return [*X[:i], x, *X[i + 1 :]]


@contextmanager
def unchanged(estimator):
    """Nothing is bound anew, nothing is changed in place."""
    before, content = dict(vars(estimator)), pickle.dumps(estimator)
    yield
    assert list(vars(estimator)) == list(before)
    assert all(value is before[name] for name, value in vars(estimator).items())
    assert pickle.dumps(estimator) == content


def refuses(estimator, fitted, message, X, y, *args, error=ValueError, **kwargs):
    """Fit raises with this message, and leaves an estimator that was fitted (or not) alone."""
    if fitted:
        params = estimator.get_params(deep=False)
        estimator = small(type(estimator)).fit(TABLE, target(type(estimator))).set_params(**params)
    with unchanged(estimator), pytest.raises(error, match=message):
        estimator.fit(X, y, *args, **kwargs)


# X ------------------------------------------------------------------------------------------------

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
        r"X\[1\] cannot be read as numbers",
    ),
    "complex in a list": (
        replaced(RAGGED, 1, np.ones((2, C)) * 1j),
        r"Complex data not supported: X\[1\]",
    ),
    "strings": (np.full((N, T), "word"), "X has dtype .*strings, expected numbers"),
    "strings as objects": (np.full((N, T), "word", object), "could not convert string to float"),
    "complex": (TABLE + 1j, "Complex data not supported"),
    "complex 3-D": (CUBE + 1j, "Complex data not supported"),
    "no rows": (TABLE[:0], r"0 sample\(s\) \(shape=\(0, 6\)\)"),
    "no columns": (TABLE[:, :0], r"0 feature\(s\) \(shape=\(10, 0\)\)"),
    "no sequences": (CUBE[:0], r"0 sample\(s\) \(shape=\(0, 6, 2\)\)"),
    "no steps": (CUBE[:, :0], r"X is empty: it has shape \(10, 0, 2\)"),
    "no channels": (CUBE[:, :, :0], r"X is empty: it has shape \(10, 6, 0\)"),
    "empty list": ([], "Expected 2D array"),
    "4-D": (CUBE[..., None], r"X has shape \(10, 6, 2, 1\); expected a table \(n, T\)"),
    "1-D": (Y, "Expected 2D array, got 1D array"),
    "scalar": (3.0, "Expected 2D array, got scalar"),
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
    "one sequence": (TABLE, TABLE[0], "Expected 2D array, got 1D array"),
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


# y ------------------------------------------------------------------------------------------------

SEQUENCES = {"return_sequences": True}
BAD_VALUES = {
    "NaN": ({}, TABLE, np.where(Y > 0, np.nan, Y), "Input y contains NaN"),
    "infinity": ({}, TABLE, np.where(Y > 0, np.inf, Y), "Input y contains infinity"),
    "none": ({}, TABLE, None, "requires y to be passed, but the target y is None"),
    "too short": ({}, TABLE, Y[:-1], r"inconsistent numbers of samples: \[10, 9\]"),
    "too long for a list": ({}, RAGGED[1:], Y, r"inconsistent numbers of samples: \[9, 10\]"),
    "strings": ({}, TABLE, LABELS, "y has dtype .*strings, expected numbers"),
    "complex": ({}, TABLE, Y + 1j, "Complex data not supported"),
    "3-D": ({}, CUBE, CUBE, r"y has shape \(10, 6, 2\); .* set return_sequences=True"),
    "no outputs": ({}, TABLE, np.empty((N, 0)), r"0 feature\(s\) \(shape=\(10, 0\)\)"),
    "negative counts": ({"loss": "poisson"}, TABLE, Y, r"Poisson\(\) expects y .* non-negative"),
    "steps: one per sequence": (SEQUENCES, TABLE, Y, r"y\[0\] has shape \(\); .* per step"),
    "steps: 4-D": (SEQUENCES, CUBE, CUBE[..., None], r"y\[0\] has shape \(6, 2, 1\)"),
    "steps: too short": (SEQUENCES, TABLE, STEP_Y[:, 1:], r"y\[0\] has 5 steps, but X\[0\] has 6"),
    "steps: too few": (SEQUENCES, TABLE, STEP_Y[1:], r"samples: \[10, 9\]"),
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
        "Input y contains NaN",
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
    "too short": ({}, TABLE, LABELS[:-1], r"inconsistent numbers of samples: \[10, 9\]"),
    "continuous": ({}, TABLE, Y, "Unknown label type: continuous"),
    "None among labels": ({}, TABLE, np.array([None, "a"] * 5), "Unknown label type: unknown"),
    "table": ({}, TABLE, np.arange(N * 2).reshape(N, 2), r"shape \(10, 2\)"),
    "steps: one per sequence": (SEQUENCES, TABLE, LABELS, r"y\[0\] has shape \(\); .* per step"),
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


# Weights ------------------------------------------------------------------------------------------

BAD_WEIGHTS = {
    "negative": (-np.arange(N), "Negative values in sample_weight: the lowest weight is -9"),
    "all zero": (np.zeros(N), "All values in sample_weight are zero: no sample has any weight"),
    "zero": (0, "All values in sample_weight are zero"),
    "NaN": (np.where(Y > 0, np.nan, 1.0), "Input sample_weight contains NaN"),
    "infinity": (np.where(Y > 0, np.inf, 1.0), "Input sample_weight contains infinity"),
    "too short": (np.ones(N - 1), r"sample_weight has shape \(9,\); expected \(10,\)"),
    "2-D": (np.ones((N, 1)), r"sample_weight has shape \(10, 1\); expected \(10,\)"),
    "words": (["heavy"] * N, "sample_weight has dtype .*strings, expected numbers"),
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


def _integer(name, value, minimum):
    return rf"{name}={re.escape(repr(value))} is not valid; expected an integer >= {minimum}"


BAD_PARAMETERS = [
    *[({"hidden_size": v}, _integer("hidden_size", v, 1)) for v in (0, -1, 1.5, "8", True, None)],
    *[({"num_layers": v}, _integer("num_layers", v, 1)) for v in (0, 2.0)],
    *[({"max_iter": v}, _integer("max_iter", v, 1)) for v in (0, 10.0)],
    *[({"n_iter_no_change": v}, _integer("n_iter_no_change", v, 1)) for v in (0, np.inf)],
    *[({"batch_size": v}, _integer("batch_size", v, 1)) for v in (0, 2.5, "all", None)],
    *[({"bptt_steps": v}, _integer("bptt_steps", v, 1)) for v in (0, 1.5)],
    ({"verbose": -1}, _integer("verbose", -1, 0)),
    ({"dropout": 1.0}, r"dropout must be in \[0, 1\); got 1.0"),
    ({"recurrent_dropout": -0.1}, r"recurrent_dropout must be in \[0, 1\); got -0.1"),
    ({"alpha": -1.0}, r"alpha must be in \[0, inf\); got -1.0"),
    ({"alpha": np.nan}, r"alpha must be in \[0, inf\); got nan"),
    ({"tol": -1e-4}, r"tol must be in \[0, inf\)"),
    ({"validation_fraction": 0.0}, r"validation_fraction must be in \(0, 1\); got 0.0"),
    ({"validation_fraction": 1.0}, r"validation_fraction must be in \(0, 1\); got 1.0"),
    ({"max_grad_norm": 0.0}, r"max_grad_norm must be in \(0, inf\); got 0.0"),
    ({"learning_rate": 0.0}, r"learning_rate must be in \(0, inf\); got 0.0"),
    ({"learning_rate": -1}, r"learning_rate must be in \(0, inf\); got -1"),
    ({"optimizer": SGD(momentum=2.0)}, r"momentum must be in \[0, 1\); got 2.0"),
    ({"bidirectional": "yes"}, "bidirectional='yes' is not valid; expected True or False"),
    ({"shuffle": 1}, "shuffle=1 is not valid; expected True or False"),
    ({"pooling": "median"}, "pooling='median' .* expected one of .*'last', 'mean', 'max'"),
    ({"cell": "lsmt"}, "'lsmt' is not a valid cell; did you mean 'lstm'. Valid: .*'lstm'"),
    (
        {"optimizer": "adm"},
        "'adm' is not a valid optimizer; did you mean 'adam'. "
        "Valid: 'adam', 'adamw', 'rmsprop', 'sgd'",
    ),
    (
        {"learning_rate": "cosin"},
        "'cosin' is not a valid learning_rate; did you mean 'cosine'. Valid: 'constant', 'cool",
    ),
    (
        {"bptt_steps": 2, "bidirectional": True},
        "bptt_steps .* backward direction of bidirectional=True cannot",
    ),
]
BAD_TYPES = [
    ({"dropout": "0.5"}, r"dropout must be a number in \[0, 1\); got '0.5' \(str\)"),
    ({"learning_rate": None}, "learning_rate must be one of|learning_rate must be a number"),
    ({"max_grad_norm": True}, r"max_grad_norm must be a number in \(0, inf\); got True \(bool\)"),
    ({"optimizer": SGD}, r"optimizer must be .* got the class SGD: use SGD\(\)"),
    ({"cell": 3}, r"cell must be one of .*'lstm', .* or an instance of Cell; got 3 \(int\)"),
    ({"loss": None}, r"loss must be one of .* got None \(NoneType\)"),
]


def _name(case):
    return ", ".join(f"{name}={value!r}" for name, value in case[0].items())


@both
@fitted_or_not
@pytest.mark.parametrize("case", BAD_PARAMETERS, ids=_name)
def test_fit_refuses_parameters(make, fitted, case):
    params, message = case
    refuses(small(make, **params), fitted, message, TABLE, target(make))


@both
@fitted_or_not
@pytest.mark.parametrize("case", BAD_TYPES, ids=_name)
def test_fit_refuses_types(make, fitted, case):
    params, message = case
    refuses(small(make, **params), fitted, message, TABLE, target(make), error=TypeError)


@pytest.mark.parametrize(
    ("make", "loss", "message"),
    [
        (
            LSTMRegressor,
            "square_error",
            "'square_error' is not a valid loss; did you mean 'squared_error'. Valid: "
            "'absolute_error', 'huber', 'poisson', 'quantile', 'squared_error'",
        ),
        (LSTMRegressor, "log_loss", "'log_loss' is not a valid loss. Valid: 'absolute_error'"),
        (
            LSTMClassifier,
            "logloss",
            "'logloss' is not a valid loss; did you mean 'log_loss'. Valid: 'log_loss'",
        ),
        (LSTMClassifier, "huber", "'huber' is not a valid loss. Valid: 'log_loss'"),
    ],
)
@fitted_or_not
def test_fit_refuses_losses(make, loss, message, fitted):
    refuses(small(make, loss=loss), fitted, message, TABLE, target(make))


@both
def test_a_batch_larger_than_the_data_is_cut_with_a_warning(make):
    message = "batch_size=50 is larger than the 10 training sequences; using batch_size=10"
    with pytest.warns(UserWarning, match=message):
        estimator = small(make, batch_size=50).fit(TABLE, target(make))
    expected = small(make, batch_size=N).fit(TABLE, target(make))
    np.testing.assert_array_equal(estimator.predict(TABLE), expected.predict(TABLE))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_size": 3}, "hidden_size is now 3, but the fitted network has 2"),
        ({"num_layers": 2}, "num_layers is now 2, but the fitted network has 1"),
        ({"bidirectional": True}, "bidirectional is now True, but the fitted network has False"),
        ({"pooling": "mean"}, "pooling is now mean, but the fitted network has last"),
    ],
)
@both
def test_going_on_refuses_another_architecture(make, change, message):
    estimator = small(make, warm_start=True).fit(TABLE, target(make)).set_params(**change)
    for method in (estimator.fit, estimator.partial_fit):
        with unchanged(estimator), pytest.raises(ValueError, match=f"warm_start.*{message}"):
            method(TABLE, target(make))


@both
def test_warm_start_refuses_other_data(make):
    estimator = small(make, warm_start=True).fit(TABLE, target(make))
    with unchanged(estimator), pytest.raises(ValueError, match="X has 4 features"):
        estimator.fit(TABLE[:, :4], target(make))


def test_warm_start_refuses_new_labels():
    estimator = small(LSTMClassifier, warm_start=True).fit(TABLE, LABELS)
    with unchanged(estimator), pytest.raises(ValueError, match=r"the labels \['c'\]"):
        estimator.fit(TABLE, np.where(LABELS == "a", "c", "b"))


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


@pytest.mark.parametrize(
    ("make", "loss", "y"),
    [(LSTMRegressor, LogLoss(), (Y > 0) * 1.0), (LSTMClassifier, SquaredError(), LABELS)],
)
def test_fit_refuses_loss_objects_of_the_other_kind(make, loss, y):
    refuses(small(make, loss=loss), False, "loss", TABLE, y)


# Held-out data ------------------------------------------------------------------------------------

STOPPING = {"early_stopping": True}
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
def test_held_out_x_and_y_belong_together(make, fitted):
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
        ({"X_val": TABLE[1:]}, r"inconsistent numbers of samples: \[9, 10\]"),
        ({"sample_weight_val": np.zeros(N)}, "All values in sample_weight are zero"),
    ],
)
def test_fit_refuses_held_out_data(make, fitted, change, message):
    held_out = {"X_val": TABLE, "y_val": target(make)} | change
    refuses(small(make), fitted, message, TABLE, target(make), **held_out)


@fitted_or_not
def test_fit_refuses_unknown_labels_held_out(fitted):
    held_out = {"X_val": TABLE, "y_val": np.where(LABELS == "a", "a", "z")}
    message = r"y contains the labels \['z'\], which are not among the classes \['a', 'b'\]"
    refuses(small(LSTMClassifier), fitted, message, TABLE, LABELS, **held_out)


@fitted_or_not
def test_held_out_weights_need_held_out_data(fitted):
    refuses(small(LSTMRegressor), fitted, "X_val", TABLE, Y, sample_weight_val=np.ones(N))


@fitted_or_not
def test_a_held_out_loss_that_is_infinite(fitted):
    held_out = {"X_val": TABLE, "y_val": Y * 1e200}
    estimator = small(LSTMRegressor, **STOPPING)
    refuses(estimator, fitted, "epoch 1", TABLE, Y, error=DivergenceError, **held_out)


@pytest.mark.parametrize("part", [slice(None, 8), slice(8, None)], ids=["training", "held out"])
def test_a_part_without_any_weight(part):
    weights = np.ones(N)
    weights[part] = 0.0
    params = {"shuffle": False, "validation_fraction": 0.2, "batch_size": 4} | STOPPING
    estimator = small(LSTMRegressor, **params)
    refuses(estimator, False, "weight", TABLE, Y, weights)


# What looks odd but is fine -----------------------------------------------------------------------


def _read_only(X, path):
    X = X.copy()
    X.flags.writeable = False
    return X


def _negative_strides(X, path):
    return X[::-1, ::-1].copy()[::-1, ::-1]


def _column_major(X, path):
    return np.asfortranarray(X)


def _every_second(X, path):
    return np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)[::2, ::2]


def _mapped(X, path):
    file = path / f"{len(list(path.iterdir()))}.npy"
    np.save(file, X)
    return np.load(file, mmap_mode="r")


@both
@pytest.mark.parametrize(
    "layout",
    [_read_only, _negative_strides, _column_major, _every_second, _mapped],
)
@pytest.mark.parametrize("form", ["table", "3-D", "ragged"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_memory_layout_makes_no_difference(make, layout, form, dtype, tmp_path):
    if form == "ragged":
        plain = [x.astype(dtype) for x in RAGGED]
        odd = [layout(x, tmp_path) for x in plain]
    else:
        plain = {"table": TABLE, "3-D": CUBE}[form].astype(dtype)
        odd = layout(plain, tmp_path)
    expected = small(make).fit(plain, target(make))
    estimator = small(make).fit(odd, target(make))
    method = "predict" if make is LSTMRegressor else "predict_proba"
    for X in (plain, odd):
        np.testing.assert_array_equal(
            getattr(estimator, method)(X), getattr(expected, method)(plain)
        )


@both
def test_read_only_targets_and_weights(make):
    y, weights = _read_only(target(make), None), _read_only(np.arange(1.0, N + 1), None)
    expected = small(make).fit(TABLE, y.copy(), weights.copy())
    estimator = small(make).fit(TABLE, y, weights)
    np.testing.assert_array_equal(estimator.predict(TABLE), expected.predict(TABLE))


@both
@pytest.mark.parametrize("form", ["table", "3-D", "ragged"])
def test_the_users_data_is_never_written_to(make, form):
    X = {"table": TABLE, "3-D": CUBE, "ragged": RAGGED}[form]
    y, weights = target(make), np.arange(1.0, N + 1)
    before = pickle.dumps((X, y, weights))
    estimator = small(make, dropout=0.5).fit(X, y, weights, X_val=X, y_val=y)
    estimator.predict(X)
    estimator.score(X, y, weights)
    assert pickle.dumps((X, y, weights)) == before


# Divergence ---------------------------------------------------------------------------------------

DIVERGES = {
    "loss": {"optimizer": "sgd", "learning_rate": 1e6, "max_grad_norm": None},
    "weight": {"optimizer": SGD(momentum=0.0), "learning_rate": 1e300, "max_grad_norm": 1e300},
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@fitted_or_not
@pytest.mark.parametrize("case", DIVERGES)
def test_divergence_names_the_epoch(fitted, case, dtype):
    params = DIVERGES[case] | {"max_iter": 100, "n_iter_no_change": 100}
    estimator = small(LSTMRegressor, **params)
    ends = r"(became NaN or infinite|grew .* 1e12) in epoch \d+\. Try a smaller learning"
    message = rf"(The loss|A weight) {ends}"
    refuses(estimator, fitted, message, TABLE.astype(dtype), Y, error=DivergenceError)


@pytest.mark.parametrize("going_on", [False, True])
def test_divergence_in_the_first_epoch(going_on):
    estimator = small(LSTMRegressor, warm_start=going_on).fit(TABLE, Y)
    estimator.set_params(**DIVERGES["weight"], batch_size=2)
    with (
        unchanged(estimator),
        pytest.raises(DivergenceError, match=f"epoch {3 if going_on else 1}"),
    ):
        estimator.fit(TABLE, Y)


@both
def test_divergence_after_some_updates(make):
    """What training works on is a copy: weights, the optimizer's state, the curves."""
    estimator = small(make, optimizer="sgd", warm_start=True).fit(TABLE, target(make))
    y = target(make) if make is LSTMClassifier else Y * 1e150
    estimator.set_params(learning_rate=1e308, max_grad_norm=None, max_iter=50)
    with unchanged(estimator), pytest.raises(DivergenceError, match=r"in epoch \d+"):
        estimator.fit(TABLE, y)


def test_divergence_in_partial_fit():
    estimator = small(LSTMRegressor).fit(TABLE, Y)
    with (
        unchanged(estimator),
        pytest.raises(DivergenceError, match="in epoch 3.*or scaling X and y"),
    ):
        estimator.partial_fit(TABLE, Y * 1e200)


def test_divergence_with_early_stopping():
    params = DIVERGES["loss"] | STOPPING | {"max_iter": 100, "n_iter_no_change": 100}
    refuses(small(LSTMRegressor, **params), True, "epoch", TABLE, Y, error=DivergenceError)


# What a newcomer gets wrong -----------------------------------------------------------------------

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


def test_held_out_arguments_are_named():
    held_out = {"X_val": TABLE[:, :3], "y_val": Y}
    refuses(small(LSTMRegressor), False, "Among X_val, y_val", TABLE, Y, **held_out)


def test_one_sequence_is_no_table():
    estimator = small(LSTMRegressor).fit(CUBE, Y)
    with pytest.raises(ValueError, match=r"X\[np.newaxis\] makes one sequence"):
        estimator.predict(CUBE[0])


@pytest.mark.parametrize("X", [{"a": TABLE}, iter(RAGGED)], ids=["dict", "iterator"])
def test_neither_dict_nor_iterator(X):
    refuses(small(LSTMRegressor), False, "expected an array, or a list", X, Y, error=TypeError)


def test_classes_announced_too_few():
    with pytest.raises(ValueError, match=r"classes=\['a'\] has one class only"):
        small(LSTMClassifier).partial_fit(TABLE, LABELS, classes=["a"])
