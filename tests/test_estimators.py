"""What the estimators promise: forms of data, weights, stopping, going on, what is kept."""

import pickle
import re
from copy import deepcopy
from io import BytesIO

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state

import sklstm._estimators.sequence_estimator
from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.cells import LSTM
from sklstm.core.losses import Quantile
from sklstm.core.optimizers import SGD, RMSprop
from sklstm.core.schedules import Constant, ExponentialDecay, ReduceOnPlateau, WarmUp
from sklstm.preprocessing import TimeDistributed, ToSequences
from sklstm.training.loop import Epoch

N, T, C = 12, 5, 2
LENGTHS = [3, 5, 1, 5, 2, 4, 1, 3, 5, 2, 2, 4]
rng = np.random.default_rng(0)
TABLE = rng.standard_normal((N, T))
CUBE = rng.standard_normal((N, T, C))
RAGGED = [rng.standard_normal((length, C)) for length in LENGTHS]
FORMS = {"table": TABLE, "3-D": CUBE, "ragged": RAGGED}
Y = rng.standard_normal(N)
LABELS = np.array(["up", "down", "flat"] * 4)

both = pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
every_form = pytest.mark.parametrize("form", FORMS)
every_dtype = pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-12), (np.float32, 1e-6)])


# Standardised targets are rounded to 6e-8.
ROUNDED = 1e-6


def small(make, **params):
    defaults = {"hidden_size": 3, "max_iter": 3, "alpha": 0.0, "random_state": 0}
    return make(**defaults | params)


def target(make, form=None, per_step=False):
    """Values or labels, one per sequence or per step of the X of this form."""
    per_sequence = LABELS if make is LSTMClassifier else Y
    if not per_step:
        return per_sequence
    stepwise = [np.roll(per_sequence, i)[: len(x)] for i, x in enumerate(FORMS[form])]
    return stepwise if form == "ragged" else np.array(stepwise)


def forget_form(predictions):
    """Predictions of any form with a row per sequence, or per step."""
    return np.concatenate(predictions) if isinstance(predictions, list) else predictions


def assert_form(predictions, expected_shape):
    """A shape, or for a list the shapes of its items."""
    if isinstance(expected_shape, list):
        assert isinstance(predictions, list)
        assert [p.shape for p in predictions] == expected_shape
    else:
        assert isinstance(predictions, np.ndarray)
        assert predictions.shape == expected_shape


def per_step_shape(form, *more):
    if form == "ragged":
        return [(length, *more) for length in LENGTHS]
    return (N, T, *more)


def weights_equal(a, b):
    return all(np.array_equal(a.weights_[name], b.weights_[name]) for name in a.weights_)


# Forms of X ---------------------------------------------------------------------------------------

# The same sequences in different forms; the first of a group is the one to compare with.
SAME_X = {
    "table": {
        "array": TABLE,
        "nested list": TABLE.tolist(),
        "data frame": pd.DataFrame(TABLE),
        "3-D": TABLE[:, :, None],
        "list of (T,)": list(TABLE),
        "list of (T, 1)": list(TABLE[:, :, None]),
        "tuple": tuple(TABLE),
        "object array": np.array([*TABLE, None], dtype=object)[:-1],
        "list of series": [pd.Series(x) for x in TABLE],
    },
    "3-D": {
        "array": CUBE,
        "nested list": CUBE.tolist(),
        "list": list(CUBE),
        "list of data frames": [pd.DataFrame(x) for x in CUBE],
        "column-major": np.asfortranarray(CUBE),
    },
    "ragged": {
        "list": RAGGED,
        "nested list": [x.tolist() for x in RAGGED],
        "object array": np.array([*RAGGED, None], dtype=object)[:-1],
        "list of data frames": [pd.DataFrame(x, columns=["a", "b"]) for x in RAGGED],
        "series": pd.Series(RAGGED),
    },
}


@both
@pytest.mark.parametrize(("group", "form"), [(g, f) for g in SAME_X for f in SAME_X[g]])
def test_the_form_of_x_makes_no_difference(make, group, form):
    X, expected_X = SAME_X[group][form], SAME_X[group]["list" if group == "ragged" else "array"]
    expected = small(make).fit(expected_X, target(make))
    estimator = small(make).fit(X, target(make))
    method = "predict" if make is LSTMRegressor else "predict_proba"
    np.testing.assert_allclose(
        getattr(estimator, method)(X), getattr(expected, method)(expected_X), rtol=0, atol=1e-12
    )


@both
def test_lengths_may_differ_between_fit_and_predict(make):
    estimator = small(make).fit(CUBE, target(make))
    assert estimator.predict(CUBE[:, :3]).shape == (N,)
    ragged = estimator.predict([x[: 1 + i % T] for i, x in enumerate(CUBE)])
    for i, x in enumerate(CUBE):
        assert ragged[i] == pytest.approx(estimator.predict(x[None, : 1 + i % T])[0])


@both
@every_form
def test_number_of_features(make, form):
    estimator = small(make).fit(FORMS[form], target(make))
    assert estimator.n_features_in_ == (T if form == "table" else C)
    assert not hasattr(estimator, "feature_names_in_")


@both
def test_names_of_features(make):
    frame = pd.DataFrame(TABLE, columns=list("abcde"))
    estimator = small(make).fit(frame, target(make))
    assert estimator.feature_names_in_.tolist() == list("abcde")
    estimator.predict(frame)
    with pytest.raises(ValueError, match="feature names"):
        estimator.predict(frame[list("edcba")])
    frames = [pd.DataFrame(x, columns=["u", "v"]) for x in RAGGED]
    assert estimator.fit(frames, target(make)).feature_names_in_.tolist() == ["u", "v"]
    estimator.predict(frames)
    with pytest.raises(ValueError, match=r"columns \['v', 'u'\].* fitted with \['u', 'v'\]"):
        estimator.predict([frame[["v", "u"]] for frame in frames])
    assert not hasattr(estimator.fit(RAGGED, target(make)), "feature_names_in_")


@both
@every_form
@pytest.mark.parametrize("per_step", [False, True])
def test_float32_stays_float32(make, form, per_step):
    X, y = FORMS[form], target(make, form, per_step)
    X32 = [x.astype(np.float32) for x in X] if form == "ragged" else X.astype(np.float32)
    params = {"return_sequences": per_step, "batch_size": 5}
    exact, single = small(make, **params).fit(X, y), small(make, **params).fit(X32, y)
    methods = ["predict"] if make is LSTMRegressor else ["predict_proba", "decision_function"]
    for method in [*methods, "hidden_states"]:
        expected = forget_form(getattr(exact, method)(X))
        actual = forget_form(getattr(single, method)(X32))
        assert (expected.dtype, actual.dtype) == (np.float64, np.float32)
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-4)
        # The network has the last word on the type, not what is predicted from.
        assert forget_form(getattr(single, method)(X)).dtype == np.float32
        assert forget_form(getattr(exact, method)(X32)).dtype == np.float64
    assert {w.dtype for w in single.weights_.values()} == {np.dtype(np.float32)}
    assert {w.dtype for w in exact.weights_.values()} == {np.dtype(np.float64)}


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool, np.float16, object])
def test_all_else_becomes_float64(dtype):
    X = (TABLE > 0).astype(dtype)
    expected = small(LSTMRegressor).fit(X.astype(np.float64), Y)
    for form in (X, list(X)):
        estimator = small(LSTMRegressor).fit(form, Y)
        assert estimator.predict(form).dtype == np.float64
        np.testing.assert_array_equal(estimator.predict(form), expected.predict(X.astype(float)))


def test_float32_and_float64_sequences_together_are_float64():
    mixed = [x.astype(np.float32 if i % 2 else np.float64) for i, x in enumerate(RAGGED)]
    assert small(LSTMRegressor).fit(mixed, Y).predict(mixed).dtype == np.float64


# Forms of y ---------------------------------------------------------------------------------------

THREE = {"loss": Quantile([0.1, 0.5, 0.9])}
VALUES = {
    "(n,)": ({}, Y, (N,)),
    "list": ({}, Y.tolist(), (N,)),
    "series": ({}, pd.Series(Y, index=range(5, 5 + N)), (N,)),
    "integers": ({}, np.arange(N), (N,)),
    "(n, 1)": ({}, Y[:, None], (N, 1)),
    "(n, O)": ({}, TABLE[:, :3], (N, 3)),
    "data frame": ({}, pd.DataFrame(TABLE[:, :3]), (N, 3)),
    "one quantile": ({"loss": "quantile"}, Y, (N,)),
    "one quantile in a list": ({"loss": Quantile([0.3])}, Y, (N,)),
    "one quantile, (n, O)": ({"loss": "quantile"}, TABLE[:, :2], (N, 2)),
    "quantiles": (THREE, Y, (N, 3)),
    "quantiles, (n, 1)": (THREE, Y[:, None], (N, 1, 3)),
    "quantiles, (n, O)": (THREE, TABLE[:, :2], (N, 2, 3)),
    "poisson": ({"loss": "poisson"}, np.arange(N), (N,)),
}


@every_form
@pytest.mark.parametrize("case", VALUES)
def test_values_come_back_in_the_form_of_y(form, case):
    params, y, shape = VALUES[case]
    estimator = small(LSTMRegressor, **params).fit(FORMS[form], y)
    assert_form(estimator.predict(FORMS[form]), shape)
    assert estimator.n_outputs_ == (np.shape(y)[1] if np.ndim(y) == 2 else 1)
    assert np.isfinite(estimator.score(FORMS[form], y))


@every_form
@pytest.mark.parametrize("n_outputs", [None, 1, 2])
@pytest.mark.parametrize("n_quantiles", [None, 3])
def test_values_per_step_come_back_in_the_form_of_y(form, n_outputs, n_quantiles):
    y = target(LSTMRegressor, form, per_step=True)
    if n_outputs:
        y = [np.stack([v] * n_outputs, axis=1) for v in y]
        y = y if form == "ragged" else np.array(y)
    params = THREE if n_quantiles else {}
    estimator = small(LSTMRegressor, return_sequences=True, **params).fit(FORMS[form], y)
    more = [k for k in (n_outputs, n_quantiles) if k]
    assert_form(estimator.predict(FORMS[form]), per_step_shape(form, *more))
    assert np.isfinite(estimator.score(FORMS[form], y))


def test_values_per_step_in_lists_for_arrays_and_the_other_way_round():
    y = target(LSTMRegressor, "3-D", per_step=True)
    estimator = small(LSTMRegressor, return_sequences=True)
    expected = estimator.fit(CUBE, y).predict(CUBE)
    for same_y in (list(y), y.tolist(), pd.DataFrame(y)):
        np.testing.assert_array_equal(estimator.fit(CUBE, same_y).predict(CUBE), expected)
    lists = estimator.fit(list(CUBE), y).predict(list(CUBE))
    np.testing.assert_allclose(np.array(lists), expected, rtol=0, atol=1e-12)
    # The form of X decides where arrays and lists could both serve.
    assert_form(estimator.predict(CUBE), (N, T))
    assert_form(estimator.predict(RAGGED), per_step_shape("ragged"))


LABEL_KINDS = {
    "strings": LABELS,
    "strings as objects": LABELS.astype(object),
    "integers": np.array([7, -2, 0] * 4),
    "two integers": np.array([1, 5] * 6),
    "booleans": Y > 0,
    "whole floats": np.array([0.0, 1.0, 2.0] * 4),
    "list": LABELS.tolist(),
    "series": pd.Series(LABELS, index=range(3, 3 + N)),
    "categorical": pd.Series(pd.Categorical(LABELS)),
}


@every_form
@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_labels_come_back_as_they_were(form, kind):
    y = LABEL_KINDS[kind]
    classes = np.unique(y)
    estimator = small(LSTMClassifier, max_iter=60, learning_rate=0.05).fit(FORMS[form], y)
    np.testing.assert_array_equal(estimator.classes_, classes)
    predicted = estimator.predict(FORMS[form])
    assert predicted.shape == (N,)
    assert predicted.dtype == np.asarray(y).dtype
    assert set(predicted) <= set(classes)
    assert estimator.score(FORMS[form], y) == np.mean(predicted == np.asarray(y)) > 0.5
    assert estimator.n_outputs_ == 1


@every_form
@pytest.mark.parametrize("kind", ["strings", "two integers", "booleans"])
def test_labels_per_step_come_back_in_the_form_of_y(form, kind):
    labels = LABEL_KINDS[kind]
    y = [np.roll(labels, i)[: len(x)] for i, x in enumerate(FORMS[form])]
    y = y if form == "ragged" else np.array(y)
    estimator = small(LSTMClassifier, return_sequences=True).fit(FORMS[form], y)
    n_classes = len(np.unique(labels))
    np.testing.assert_array_equal(estimator.classes_, np.unique(labels))
    assert_form(estimator.predict(FORMS[form]), per_step_shape(form))
    assert forget_form(estimator.predict(FORMS[form])).dtype == labels.dtype
    assert_form(estimator.predict_proba(FORMS[form]), per_step_shape(form, n_classes))
    raw_shape = per_step_shape(form, *([n_classes] if n_classes > 2 else []))
    assert_form(estimator.decision_function(FORMS[form]), raw_shape)


def test_labels_per_step_as_nested_lists():
    y = [row.tolist() for row in target(LSTMClassifier, "ragged", per_step=True)]
    estimator = small(LSTMClassifier, return_sequences=True).fit(RAGGED, y)
    assert_form(estimator.predict(RAGGED), per_step_shape("ragged"))


@every_form
@pytest.mark.parametrize("dtype", [np.int64, bool, np.float64])
def test_several_labels_at_once(form, dtype):
    X, y = FORMS[form], (rng.random((N, 3)) < 0.4).astype(dtype)
    estimator = small(LSTMClassifier, max_iter=200, learning_rate=0.05).fit(X, y)
    predicted, probabilities = estimator.predict(X), estimator.predict_proba(X)
    assert predicted.shape == probabilities.shape == estimator.decision_function(X).shape == (N, 3)
    assert estimator.n_outputs_ == 3
    np.testing.assert_array_equal(estimator.classes_, [0, 1, 2])
    np.testing.assert_array_equal(predicted, probabilities > 0.5)
    assert estimator.score(X, y) == (predicted == y).all(axis=1).mean() > 0.5


# Probabilities ------------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_agree_with_each_other(form, per_step, n_classes):
    X, labels = FORMS[form], np.arange(N) % n_classes * 10
    y = [np.roll(labels, i)[: len(x)] for i, x in enumerate(X)] if per_step else labels
    y = np.array(y) if per_step and form != "ragged" else y
    estimator = small(LSTMClassifier, return_sequences=per_step, max_iter=40).fit(X, y)
    names = ("predict_proba", "predict_log_proba", "decision_function", "predict")
    proba, log_proba, raw, predicted = (forget_form(getattr(estimator, name)(X)) for name in names)
    np.testing.assert_allclose(proba.sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(log_proba), proba, rtol=1e-12)
    if n_classes == 2:
        np.testing.assert_allclose(1 / (1 + np.exp(-raw)), proba[..., 1], rtol=1e-12)
        np.testing.assert_array_equal(predicted, np.where(raw > 0, 10, 0))
    else:
        odds = np.exp(raw)
        np.testing.assert_allclose(odds / odds.sum(axis=-1, keepdims=True), proba, rtol=1e-12)
    np.testing.assert_array_equal(predicted, estimator.classes_[proba.argmax(axis=-1)])


def test_probabilities_of_several_labels_are_independent():
    y = (rng.random((N, 3)) < 0.5).astype(int)
    estimator = small(LSTMClassifier, max_iter=40).fit(CUBE, y)
    raw = estimator.decision_function(CUBE)
    np.testing.assert_allclose(estimator.predict_proba(CUBE), 1 / (1 + np.exp(-raw)), rtol=1e-12)
    np.testing.assert_allclose(
        estimator.predict_log_proba(CUBE), np.log(estimator.predict_proba(CUBE)), rtol=1e-12
    )
    np.testing.assert_array_equal(estimator.predict(CUBE), raw > 0)


def test_log_probability_of_the_impossible_is_minus_infinity():
    estimator = small(LSTMClassifier, learning_rate=1e4, max_grad_norm=None, max_iter=30)
    estimator.fit(TABLE, TABLE[:, -1] > 0)
    assert np.isneginf(estimator.predict_log_proba(TABLE)).any()


# Score --------------------------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("weights", [None, np.arange(1.0, N + 1)])
def test_score_counts_every_step_once(form, weights):
    X = FORMS[form]
    spread = None if weights is None else np.repeat(weights, [len(x) for x in X])
    for make, metric in ((LSTMRegressor, r2_score), (LSTMClassifier, accuracy_score)):
        y = target(make, form, per_step=True)
        estimator = small(make, return_sequences=True, max_iter=20).fit(X, y)
        flat = [np.concatenate(list(rows)) for rows in (y, estimator.predict(X))]
        expected = metric(*flat, sample_weight=spread)
        assert estimator.score(X, y, weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("weights", [None, np.arange(1.0, N + 1)])
def test_score_counts_every_sequence_once(weights):
    for make, metric in ((LSTMRegressor, r2_score), (LSTMClassifier, accuracy_score)):
        estimator = small(make, max_iter=20).fit(RAGGED, target(make))
        expected = metric(target(make), estimator.predict(RAGGED), sample_weight=weights)
        assert estimator.score(RAGGED, target(make), weights) == pytest.approx(expected, abs=1e-12)


def test_score_of_quantiles_is_that_of_the_one_nearest_to_the_median():
    y = TABLE[:, :2]
    estimator = small(LSTMRegressor, loss=Quantile([0.1, 0.4, 0.9]), max_iter=20).fit(CUBE, y)
    expected = r2_score(y, estimator.predict(CUBE)[..., 1])
    assert estimator.score(CUBE, y) == pytest.approx(expected, abs=1e-12)


# Weights ------------------------------------------------------------------------------------------

REPEATS = np.array([0, 3, 1, 0, 2, 1, 1, 2, 0, 1, 4, 1])


@both
@every_form
@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("repeats", [REPEATS, np.minimum(REPEATS, 1)], ids=["repeat", "remove"])
def test_weights_are_repetitions(make, form, per_step, repeats):
    X, y = FORMS[form], target(make, form, per_step)
    params = {"return_sequences": per_step, "alpha": 0.01, "max_iter": 5}
    if not per_step:
        params["pooling"] = "mean"
    weighted = small(make, **params).fit(X, y, repeats)
    index = np.repeat(np.arange(N), repeats)
    X_repeated, y_repeated = ([v[i] for i in index] for v in (X, y))
    if form != "ragged":
        X_repeated, y_repeated = np.array(X_repeated), np.array(y_repeated)
    repeated = small(make, **params).fit(X_repeated, y_repeated)
    method = "predict" if make is LSTMRegressor else "predict_proba"
    actual, expected = (forget_form(getattr(e, method)(X)) for e in (weighted, repeated))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-12)
    unweighted = small(make, **params).fit(X, y)
    assert np.abs(forget_form(getattr(unweighted, method)(X)) - expected).max() > 1e-4


@every_form
@pytest.mark.parametrize("batch_size", ["auto", 5])
@pytest.mark.parametrize("per_step", [False, True])
def test_the_loss_is_a_weighted_mean(form, batch_size, per_step):
    """A step of nearly 0 keeps the weights; a sequence's weight is that of each of its steps."""
    X, y, weights = FORMS[form], target(LSTMRegressor, form, per_step), np.arange(1.0, N + 1)
    still = {"learning_rate": 1e-300, "max_iter": 1, "batch_size": batch_size}
    held_out = {"X_val": X, "y_val": y, "sample_weight_val": weights}
    estimator = small(LSTMRegressor, return_sequences=per_step, **still)
    estimator.fit(X, y, weights, **held_out)
    errors = [np.square(p - t) for p, t in zip(estimator.predict(X), y, strict=True)]
    total = sum(w * np.sum(e) for w, e in zip(weights, errors, strict=True))
    expected = total / sum(w * np.size(e) for w, e in zip(weights, errors, strict=True))
    expected /= estimator.target_scale_[0] ** 2
    assert estimator.validation_loss_curve_[0] == pytest.approx(expected, rel=ROUNDED)
    assert estimator.loss_ == pytest.approx(expected, rel=ROUNDED)


@both
def test_the_scale_of_weights_makes_no_difference(make):
    weights = np.arange(1.0, N + 1)
    a, b = (small(make).fit(TABLE, target(make), w) for w in (weights, weights * 1e-3))
    np.testing.assert_allclose(a._params, b._params, rtol=0, atol=1e-12)


@both
def test_held_out_weights_are_repetitions(make):
    y = target(make)
    index = np.repeat(np.arange(N), REPEATS)
    held_out = {"X_val": TABLE, "y_val": y, "sample_weight_val": REPEATS}
    weighted = small(make).fit(TABLE, y, **held_out)
    repeated = small(make).fit(TABLE, y, X_val=TABLE[index], y_val=y[index])
    for name in ("validation_loss_curve_", "validation_score_curve_"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-12)


@every_form
@pytest.mark.parametrize("per_step", [False, True])
def test_class_weights_are_sample_weights(form, per_step):
    X, y = FORMS[form], target(LSTMClassifier, form, per_step)
    by_class = {"up": 1.0, "down": 3.0, "flat": 0.5}
    params = {"return_sequences": per_step}
    estimator = small(LSTMClassifier, class_weight=by_class, **params).fit(X, y)
    plain = small(LSTMClassifier, **params).fit(X, y)
    assert not np.allclose(estimator._params, plain._params, atol=1e-4)
    if not per_step:
        weights = np.array([by_class[label] for label in y])
        expected = small(LSTMClassifier).fit(X, y, weights)
        np.testing.assert_allclose(estimator._params, expected._params, rtol=0, atol=1e-12)


def test_balanced_class_weights():
    y = np.array([0] * 8 + [1] * 3 + [2])
    estimator = small(LSTMClassifier, class_weight="balanced").fit(TABLE, y)
    expected = small(LSTMClassifier).fit(TABLE, y, N / (3 * np.bincount(y)[y]))
    np.testing.assert_allclose(estimator._params, expected._params, rtol=0, atol=1e-12)


def test_class_weights_keep_float32():
    X = TABLE.astype(np.float32)
    estimator = small(LSTMClassifier, class_weight="balanced").fit(X, LABELS, np.arange(1, N + 1))
    assert estimator.predict_proba(X).dtype == np.float32


def test_balanced_class_weights_need_not_meet_all_classes_held_out():
    estimator = small(LSTMClassifier, class_weight="balanced")
    estimator.fit(TABLE, LABELS, X_val=TABLE[:2], y_val=LABELS[:2])


# Stopping -----------------------------------------------------------------------------------------

OVERFITS = {"max_iter": 200, "learning_rate": 0.1, "n_iter_no_change": 15, "early_stopping": True}


def loss_of(estimator, X, y):
    """The loss that the estimator minimises, by hand."""
    if isinstance(estimator, LSTMRegressor):
        return np.mean(((estimator.predict(X) - y) / estimator.target_scale_) ** 2)
    codes = np.searchsorted(estimator.classes_, y)
    return -np.mean(estimator.predict_log_proba(X)[np.arange(len(y)), codes])


@both
def test_early_stopping_keeps_the_best_weights(make):
    X_val, y_val = TABLE[::-1].copy(), np.roll(target(make), 1)
    estimator = small(make, **OVERFITS).fit(TABLE, target(make), X_val=X_val, y_val=y_val)
    curve = estimator.validation_loss_curve_
    assert len(curve) == len(estimator.validation_score_curve_) == estimator.n_iter_ < 200
    best = int(np.argmin(curve))
    assert best < estimator.n_iter_ - 1, "choose a case that gets worse again"
    assert estimator.best_loss_ == curve[best]
    assert loss_of(estimator, X_val, y_val) == pytest.approx(curve[best], rel=ROUNDED)
    score = estimator.score(X_val, y_val)
    expected = estimator.validation_score_curve_[best]
    assert score == pytest.approx(expected, rel=ROUNDED, abs=ROUNDED)
    assert estimator.loss_ == estimator.loss_curve_[-1]


@both
def test_held_out_data_alone_does_not_stop(make):
    X_val, y_val = TABLE[::-1].copy(), np.roll(target(make), 1)
    params = OVERFITS | {"early_stopping": False, "max_iter": 30}
    estimator = small(make, **params).fit(TABLE, target(make), X_val=X_val, y_val=y_val)
    assert estimator.n_iter_ == 30
    assert estimator.best_loss_ == min(estimator.loss_curve_)
    last = estimator.validation_loss_curve_[-1]
    assert loss_of(estimator, X_val, y_val) == pytest.approx(last, rel=ROUNDED)
    plain = small(make, **params).fit(TABLE, target(make))
    assert weights_equal(estimator, plain)
    assert plain.validation_loss_curve_ == plain.validation_score_curve_ == []


@pytest.fixture
def held_out(monkeypatch):
    """A list of what is held out in every fit of TABLE from now on, as rows of it."""
    parts = []

    def spy(examples, *args, **kwargs):
        rows = examples.sequences.values[:, :, 0]
        parts.append([int(np.flatnonzero((TABLE == row).all(axis=1))[0]) for row in rows])
        return validation(examples, *args, **kwargs)

    validation = sklstm._estimators.sequence_estimator.Validation
    monkeypatch.setattr(sklstm._estimators.sequence_estimator, "Validation", spy)
    return parts


@both
@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batch_size", ["auto", 4])
def test_the_part_held_out(make, shuffle, batch_size, held_out):
    """A quarter: the end if not shuffled, else drawn by class."""
    y = target(make)
    params = OVERFITS | {"validation_fraction": 0.25, "batch_size": batch_size}
    estimator = small(make, shuffle=shuffle, **params).fit(TABLE, y)
    (part,) = held_out
    assert len(set(part)) == 3
    if not shuffle:
        assert part == [9, 10, 11]
    elif make is LSTMClassifier:
        assert sorted(y[part]) == ["down", "flat", "up"]
    best = pytest.approx(estimator.best_loss_, rel=ROUNDED)
    assert loss_of(estimator, TABLE[part], y[part]) == best
    assert estimator.best_loss_ == min(estimator.validation_loss_curve_)


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batch_size", ["auto", 4])
def test_what_is_held_out_is_not_trained_on(shuffle, batch_size, held_out):
    params = {"early_stopping": True, "shuffle": shuffle, "batch_size": batch_size}
    estimator = small(LSTMRegressor, **params).fit(TABLE, Y)
    y = Y.copy()
    y[held_out[0]] += 100.0
    other = small(LSTMRegressor, **params).fit(TABLE, y)
    assert held_out[0] == held_out[1]
    assert other.loss_curve_ == estimator.loss_curve_
    assert other.validation_loss_curve_ != estimator.validation_loss_curve_


def test_a_small_fraction_still_holds_out_every_class(held_out):
    small(LSTMClassifier, early_stopping=True, validation_fraction=0.01).fit(TABLE, LABELS)
    assert sorted(LABELS[held_out[0]]) == ["down", "flat", "up"]


def test_the_only_one_of_a_class_is_trained_on(held_out):
    y = np.array(["up"] * 6 + ["down"] * 5 + ["flat"])
    small(LSTMClassifier, early_stopping=True, validation_fraction=0.6).fit(TABLE, y)
    assert len(held_out[0]) == 8
    assert set(y[held_out[0]]) == {"up", "down"}


@both
def test_the_part_held_out_depends_on_the_seed(make, held_out):
    params = {"early_stopping": True, "validation_fraction": 0.25}
    for seed in (0, 0, 1, 2):
        small(make, random_state=seed, **params).fit(TABLE, target(make))
    assert held_out[0] == held_out[1]
    assert len(set(map(tuple, held_out))) > 1


@both
def test_the_part_held_out_stays_held_out_when_going_on(make, held_out):
    params = {"early_stopping": True, "validation_fraction": 0.25, "warm_start": True}
    estimator = small(make, **params).fit(TABLE, target(make)).fit(TABLE, target(make))
    assert estimator.n_iter_ == 6
    assert held_out[0] == held_out[1]
    again = small(make, **params).fit(TABLE, target(make))
    assert weights_equal(again, small(make, **params).fit(TABLE, target(make)))


@both
@pytest.mark.parametrize("shuffle", [True, False])
def test_sequences_without_weight_are_never_held_out(make, shuffle, held_out):
    weights = np.ones(N)
    weights[[0, 9, 10, 11]] = 0.0
    params = {"early_stopping": True, "validation_fraction": 0.4, "shuffle": shuffle}
    small(make, **params).fit(TABLE, target(make), weights)
    assert not {0, 9, 10, 11} & set(held_out[0])


@both
def test_patience(make):
    params = {"max_iter": 50, "early_stopping": True, "validation_fraction": 0.25}
    estimator = small(make, tol=1e6, n_iter_no_change=4, **params).fit(TABLE, target(make))
    assert estimator.n_iter_ == 5  # the first epoch always counts as an improvement
    estimator.set_params(n_iter_no_change=50)
    assert estimator.fit(TABLE, target(make)).n_iter_ == 50


@both
def test_a_training_loss_that_does_not_fall_does_not_stop(make):
    estimator = small(make, max_iter=30, learning_rate=1e-300, n_iter_no_change=1)
    assert estimator.fit(TABLE, target(make)).n_iter_ == 30


@both
@pytest.mark.parametrize("validated", [False, True])
def test_training_ends_when_nothing_is_left_to_learn(make, validated):
    params = {"hidden_size": 16, "max_iter": 1000, "tol": 0.05, "n_iter_no_change": 4}
    held_out = {"X_val": TABLE, "y_val": target(make)} if validated else {}
    estimator = small(make, **params).fit(TABLE, target(make), **held_out)
    curve = np.array(estimator.loss_curve_)
    assert estimator.n_iter_ < 1000
    assert (curve[-4:] <= 0.05).all() and curve[-5] > 0.05


def test_the_lowest_loss_need_not_be_zero():
    """That of a Poisson variable y is y - y log y."""
    y = np.array([1, 2, 5] * 4)
    X = np.repeat(y[:, np.newaxis] - 2.0, T, axis=1)
    params = {"max_iter": 1000, "tol": 0.01, "n_iter_no_change": 2, "learning_rate": 0.05}
    estimator = small(LSTMRegressor, loss="poisson", **params).fit(X, y)
    lowest = np.mean(y - y * np.log(y))
    assert lowest < 0
    assert estimator.n_iter_ < 1000
    assert lowest < estimator.loss_ <= lowest + 0.01


def test_patience_looks_at_single_epochs():
    """Falling by less than tol an epoch is standing still, as for scikit-learn's MLP."""
    params = {"max_iter": 40, "optimizer": "sgd", "learning_rate": 1e-3, "n_iter_no_change": 20}
    X, y = TABLE, TABLE.sum(axis=1)

    def fit(tol):
        estimator = small(LSTMRegressor, early_stopping=True, tol=tol, **params)
        return estimator.fit(X, y, X_val=X, y_val=y)

    plain = fit(0.0)
    falls = -np.diff(plain.validation_loss_curve_)
    assert falls.min() > 0
    assert plain.n_iter_ == fit(falls.min() / 2).n_iter_ == 40
    assert fit(2 * falls.max()).n_iter_ == 21


def test_curves_and_losses():
    estimator = small(LSTMRegressor, max_iter=30, batch_size=N).fit(TABLE, Y)
    assert len(estimator.loss_curve_) == estimator.n_iter_ == 30
    assert estimator.loss_ == estimator.loss_curve_[-1]
    assert estimator.best_loss_ == min(estimator.loss_curve_)
    assert estimator.loss_ < estimator.loss_curve_[0]
    # The first epoch's loss is that of the initial weights; a step of nearly 0 keeps them.
    still = small(LSTMRegressor, max_iter=1, learning_rate=1e-300).fit(TABLE, Y)
    assert loss_of(still, TABLE, Y) == pytest.approx(estimator.loss_curve_[0], rel=ROUNDED)


# Going on -----------------------------------------------------------------------------------------

LASTING = {
    "learning_rate": Constant(0.01),
    "batch_size": 5,
    "dropout": 0.2,
    "recurrent_dropout": 0.2,
}


@both
@pytest.mark.parametrize("form", ["table", "ragged"])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_warm_start_goes_on_bit_for_bit(make, optimizer, form):
    X, y, params = FORMS[form], target(make), LASTING | {"optimizer": optimizer}
    expected = small(make, max_iter=7, **params).fit(X, y)
    estimator = small(make, max_iter=3, warm_start=True, **params).fit(X, y)
    estimator = pickle.loads(pickle.dumps(estimator)).set_params(max_iter=4).fit(X, y)
    assert weights_equal(estimator, expected)
    assert estimator.n_iter_ == 7
    assert estimator.loss_curve_ == expected.loss_curve_


@both
@pytest.mark.parametrize("form", ["table", "ragged"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_partial_fit_is_one_epoch(make, optimizer, form):
    X, y, params = FORMS[form], target(make), LASTING | {"optimizer": optimizer}
    expected = small(make, max_iter=4, tol=0.0, **params).fit(X, y)
    estimator = small(make, **params)
    for epoch in range(4):
        first = {"classes": np.unique(y)} if make is LSTMClassifier and epoch == 0 else {}
        assert estimator.partial_fit(X, y, **first) is estimator
        assert estimator.n_iter_ == epoch + 1
    assert weights_equal(estimator, expected)
    assert estimator.loss_curve_ == expected.loss_curve_


CUTS_EVERY_EPOCH = ReduceOnPlateau(patience=0, tol=1e6)


STEADY_WARM_UP = WarmUp(Constant(0.01))


@pytest.mark.parametrize("rate", ["exponential", STEADY_WARM_UP, "plateau", CUTS_EVERY_EPOCH])
def test_schedules_go_on(rate):
    params = LASTING | {"learning_rate": rate}
    expected = small(LSTMRegressor, max_iter=7, **params).fit(TABLE, Y)
    estimator = small(LSTMRegressor, max_iter=3, warm_start=True, **params).fit(TABLE, Y)
    estimator.set_params(max_iter=4).fit(TABLE, Y)
    assert weights_equal(estimator, expected)


def test_partial_fit_with_a_schedule_that_knows_its_end():
    params = LASTING | {"learning_rate": "cosine"}
    expected = small(LSTMRegressor, max_iter=3, **params).fit(TABLE, Y)
    estimator = small(LSTMRegressor, max_iter=3, **params)
    for _ in range(3):
        estimator.partial_fit(TABLE, Y)
    assert weights_equal(estimator, expected)


def test_warm_start_with_a_schedule_that_knows_its_end():
    estimator = small(LSTMRegressor, warm_start=True, learning_rate="cosine").fit(TABLE, Y)
    before = estimator.weights_["head_weight"]
    assert not np.array_equal(estimator.fit(TABLE, Y).weights_["head_weight"], before)


@both
def test_partial_fit_leaves_stopping_to_the_caller(make):
    classes = (np.unique(LABELS),) if make is LSTMClassifier else ()
    a, b = (
        small(make, early_stopping=stopping).partial_fit(TABLE, target(make), *classes)
        for stopping in (True, False)
    )
    assert weights_equal(a, b)


def test_partial_fit_announces_classes():
    estimator = small(LSTMClassifier).partial_fit(TABLE[:1], ["up"], classes=["up", "down", "no"])
    assert estimator.classes_.tolist() == ["down", "no", "up"]
    assert estimator.predict_proba(TABLE).shape == (N, 3)
    estimator.partial_fit(TABLE[1:2], ["down"]).partial_fit(TABLE, ["no"] * N)
    assert estimator.n_iter_ == 3


def test_partial_fit_of_several_labels():
    y = (TABLE[:, :3] > 0).astype(int)
    estimator = small(LSTMClassifier).partial_fit(TABLE, y).partial_fit(TABLE, y)
    assert estimator.predict(TABLE).shape == (N, 3)


@both
def test_fit_starts_anew_without_warm_start(make):
    estimator = small(make).fit(CUBE, target(make)).fit(TABLE, target(make))
    assert estimator.n_iter_ == 3
    assert weights_equal(estimator, small(make).fit(TABLE, target(make)))


def test_going_on_with_another_optimizer_keeps_the_weights():
    estimator = small(LSTMRegressor, warm_start=True).fit(TABLE, Y)
    before = estimator._params.copy()
    estimator.set_params(optimizer="sgd", learning_rate=1e-300, max_iter=1).fit(TABLE, Y)
    np.testing.assert_array_equal(estimator._params, before)
    assert estimator.n_iter_ == 4


# Chance -------------------------------------------------------------------------------------------


@both
@every_form
def test_a_seed_means_one_result(make, form):
    params = {"batch_size": 5, "dropout": 0.3, "recurrent_dropout": 0.3}
    X, y = FORMS[form], target(make)
    a, b, c = (small(make, random_state=seed, **params).fit(X, y) for seed in (7, 7, 8))
    assert weights_equal(a, b)
    assert not weights_equal(a, c)
    again = a.fit(X, y)
    assert weights_equal(again, b)


@both
def test_random_state_instances_move_on(make):
    y = target(make)
    a, b = (small(make, random_state=np.random.RandomState(3)).fit(TABLE, y) for _ in range(2))
    assert weights_equal(a, b)
    assert not weights_equal(deepcopy(a).fit(TABLE, y), b)
    a, b = (small(make, random_state=None).fit(TABLE, y) for _ in range(2))
    assert not weights_equal(a, b)


def test_a_fixed_seed_leaves_the_global_generator_alone():
    seen = check_random_state(None)  # NumPy's global generator
    before = seen.get_state()[1].tolist()
    small(LSTMRegressor, dropout=0.1, batch_size=5).fit(TABLE, Y)
    assert seen.get_state()[1].tolist() == before


@both
def test_shuffling_matters_for_small_batches_only(make):
    y = target(make)
    for batch_size, same in ((N, True), ("auto", False), (5, False)):
        a, b = (
            small(make, shuffle=shuffle, batch_size=batch_size).fit(TABLE, y)
            for shuffle in (True, False)
        )
        # The order within a batch is a matter of rounding only.
        assert np.allclose(a._params, b._params, rtol=0, atol=1e-10) == same


@both
@pytest.mark.parametrize("structure", [{"dropout": 0.5}, {"recurrent_dropout": 0.5}])
@every_form
def test_dropout_is_for_training_only(make, structure, form):
    X, y = FORMS[form], target(make)
    plain, dropped = (small(make, **p).fit(X, y) for p in ({}, structure))
    assert not weights_equal(plain, dropped)
    for method in ("predict", "hidden_states"):
        once, twice = (forget_form(getattr(dropped, method)(X)) for _ in range(2))
        np.testing.assert_array_equal(once, twice)


def test_dropout_between_layers():
    """With steps of nearly 0, the mean loss under dropout differs by the masks alone."""
    losses = set()
    for n_layers in (1, 2):
        for rate in (0.0, 0.5):
            params = {"num_layers": n_layers, "dropout": rate, "learning_rate": 1e-300}
            losses.add(small(LSTMRegressor, max_iter=1, **params).fit(TABLE, Y).loss_)
    assert len(losses) == 4


# What is printed, what is interrupted -------------------------------------------------------------


def test_silent_by_default(capsys):
    small(LSTMRegressor).fit(TABLE, Y)
    assert capsys.readouterr() == ("", "")


def test_verbose_prints_every_so_many_epochs(capsys):
    estimator = small(LSTMRegressor, verbose=2, max_iter=5).fit(TABLE, Y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 2", "epoch 4"]
    assert f"loss {estimator.loss_curve_[1]:.6g} (" in lines[0]
    small(LSTMClassifier, verbose=1, max_iter=1).fit(TABLE, LABELS, X_val=TABLE, y_val=LABELS)
    number = r"[-+.e0-9]+"
    pattern = (
        rf"epoch 1: loss {number}, validation loss {number}, validation score {number} \(.* s\)"
    )
    assert re.fullmatch(pattern, capsys.readouterr().out.strip())


def test_verbose_may_be_a_bool(capsys):
    small(LSTMRegressor, verbose=True).fit(TABLE, Y)
    assert len(capsys.readouterr().out.splitlines()) == 3


def interrupt(monkeypatch, epoch):
    """Ctrl-C while this epoch runs, counted from 1 from now on."""
    run, calls = Epoch.run, []

    def interrupted(self):
        calls.append(None)
        if len(calls) == epoch:
            raise KeyboardInterrupt
        return run(self)

    monkeypatch.setattr(Epoch, "run", interrupted)


@both
def test_interrupted_training_keeps_what_it_has(make, monkeypatch):
    steady = {"learning_rate": Constant(0.01)}
    expected = small(make, max_iter=3, **steady).fit(TABLE, target(make))
    interrupt(monkeypatch, epoch=4)
    with pytest.warns(UserWarning, match="interrupted after 3 epochs; keeping the weights so far"):
        estimator = small(make, max_iter=50, **steady).fit(TABLE, target(make))
    assert estimator.n_iter_ == len(estimator.loss_curve_) == 3
    assert weights_equal(estimator, expected)


@both
def test_interrupted_early_stopping_keeps_the_best(make, monkeypatch):
    X_val, y_val = TABLE[::-1].copy(), np.roll(target(make), 1)
    params = OVERFITS | {"n_iter_no_change": 1000}
    interrupt(monkeypatch, epoch=60)
    with pytest.warns(UserWarning, match="after 59 epochs; keeping the best weights on the valid"):
        estimator = small(make, **params).fit(TABLE, target(make), X_val=X_val, y_val=y_val)
    best = min(estimator.validation_loss_curve_)
    assert best < estimator.validation_loss_curve_[-1]
    assert loss_of(estimator, X_val, y_val) == pytest.approx(best, rel=ROUNDED)


@both
@pytest.mark.parametrize("fitted", [False, True])
def test_interrupted_before_the_first_epoch(make, fitted, monkeypatch):
    estimator = small(make, warm_start=True)
    if fitted:
        estimator.fit(TABLE, target(make))
    before, content = dict(vars(estimator)), pickle.dumps(estimator)
    interrupt(monkeypatch, epoch=1)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(TABLE, target(make))
    assert list(vars(estimator)) == list(before)
    assert all(vars(estimator)[name] is value for name, value in before.items())
    assert pickle.dumps(estimator) == content


def test_interrupted_while_scoring(monkeypatch):
    score, calls = LSTMRegressor._score_raw, []

    def interrupted(self, *args):
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return score(self, *args)

    monkeypatch.setattr(LSTMRegressor, "_score_raw", interrupted)
    with pytest.warns(UserWarning, match="interrupted after 2 epochs"):
        estimator = small(LSTMRegressor, max_iter=9).fit(TABLE, Y, X_val=TABLE, y_val=Y)
    curves = ("loss_curve_", "validation_loss_curve_", "validation_score_curve_")
    assert [len(getattr(estimator, name)) for name in curves] == [2, 2, 2]


# The network's parameters -------------------------------------------------------------------------


@both
@every_form
@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_truncation_longer_than_the_sequences_is_none(make, form, pooling):
    X, y = FORMS[form], target(make)
    whole, longer, cut = (
        small(make, pooling=pooling, bptt_steps=k, batch_size=N).fit(X, y) for k in (None, T, 2)
    )
    np.testing.assert_allclose(longer._params, whole._params, rtol=0, atol=1e-12)
    assert np.abs(cut._params - whole._params).max() > 1e-6
    # The state is carried on: what is predicted, and so the first loss, stays the same.
    assert cut.loss_curve_[0] == pytest.approx(whole.loss_curve_[0], rel=1e-12)


@both
@every_form
def test_truncation_updates_after_every_chunk(make, form):
    X, y = FORMS[form], target(make, form, per_step=True)
    for bptt_steps, n_chunks in ((None, 1), (T, 1), (3, 2), (2, 3), (1, T)):
        estimator = small(make, return_sequences=True, bptt_steps=bptt_steps, batch_size=N)
        estimator.fit(X, y)
        assert estimator._optimizer_state["n_steps"] == 3 * n_chunks
    whole, longer = (
        small(make, return_sequences=True, bptt_steps=k).fit(X, y) for k in (None, T + 3)
    )
    np.testing.assert_allclose(longer._params, whole._params, rtol=0, atol=1e-12)


def test_truncation_carries_the_state():
    """A step of nearly 0: the loss over chunks is the loss over whole sequences."""
    y = target(LSTMRegressor, "ragged", per_step=True)
    params = {"return_sequences": True, "learning_rate": 1e-300, "max_iter": 1}
    whole, cut = (
        small(LSTMRegressor, bptt_steps=k, **params).fit(RAGGED, y).loss_ for k in (None, 2)
    )
    assert cut == pytest.approx(whole, rel=1e-12)


STRUCTURES = {
    "one layer": {},
    "two layers": {"num_layers": 2},
    "both directions": {"bidirectional": True},
    "both, two layers": {"bidirectional": True, "num_layers": 2},
}
every_structure = pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)


def lstm_by_hand(weights, suffix, x):
    """One direction of one layer over x (T, C), with gates in PyTorch's order."""
    w_x, w_h = weights[f"weight_ih_{suffix}"], weights[f"weight_hh_{suffix}"]
    h = c = np.zeros(w_h.shape[1])
    states = []
    for x_t in x[::-1] if suffix.endswith("_reverse") else x:
        i, f, g, o = np.split(w_x @ x_t + w_h @ h + weights[f"bias_{suffix}"], 4)
        i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        states.append(h)
    return np.array(states[::-1] if suffix.endswith("_reverse") else states)


def hidden_by_hand(estimator, x):
    suffixes = ("", "_reverse") if estimator.bidirectional else ("",)
    for layer in range(estimator.num_layers):
        names = [f"l{layer}{suffix}" for suffix in suffixes]
        x = np.hstack([lstm_by_hand(estimator.weights_, name, x) for name in names])
    return x


@every_form
@every_structure
def test_weights_are_pytorchs(form, structure):
    """The whole network by hand, from the arrays in `weights_`."""
    estimator = small(LSTMRegressor, max_iter=10, learning_rate=0.1, **structure)
    estimator.fit(FORMS[form], Y)
    H, n_directions = 3, 1 + estimator.bidirectional
    shapes = {name: array.shape for name, array in estimator.weights_.items()}
    n_channels = 1 if form == "table" else C
    assert shapes["weight_ih_l0"] == (4 * H, n_channels)
    assert shapes["weight_hh_l0"] == (4 * H, H)
    assert shapes["bias_l0"] == (4 * H,)
    assert shapes["head_weight"] == (1, H * n_directions)
    assert shapes["head_bias"] == (1,)
    assert len(shapes) == 3 * n_directions * estimator.num_layers + 2
    if estimator.num_layers == 2:
        assert shapes["weight_ih_l1"] == (4 * H, H * n_directions)
    for x, h in zip(FORMS[form], estimator.hidden_states(FORMS[form]), strict=True):
        x = x[:, None] if form == "table" else x
        assert h.shape == (len(x), H * n_directions)
        np.testing.assert_allclose(h, hidden_by_hand(estimator, x), rtol=0, atol=1e-12)


def test_weights_are_copies():
    estimator = small(LSTMRegressor).fit(TABLE, Y)
    before = estimator.predict(TABLE)
    for array in estimator.weights_.values():
        array[...] = 0.0
    np.testing.assert_array_equal(estimator.predict(TABLE), before)


@every_form
@every_structure
@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_the_head_sees_the_pooled_states(form, structure, pooling):
    X = FORMS[form]
    estimator = small(LSTMRegressor, pooling=pooling, max_iter=10, **structure).fit(X, Y)
    weights = estimator.weights_

    def pool(h):
        if pooling == "last":  # each direction's own last step
            return np.concatenate([h[-1, :3], h[0, 3:]])
        return h.mean(axis=0) if pooling == "mean" else h.max(axis=0)

    features = np.array([pool(h) for h in estimator.hidden_states(X)])
    expected = features @ weights["head_weight"][0] + weights["head_bias"]
    expected = estimator.target_mean_ + estimator.target_scale_ * expected
    np.testing.assert_allclose(estimator.predict(X), expected, rtol=0, atol=1e-12)


@every_form
@every_structure
def test_the_head_sees_every_step(form, structure):
    X, y = FORMS[form], target(LSTMClassifier, form, per_step=True)
    estimator = small(LSTMClassifier, return_sequences=True, max_iter=10, **structure).fit(X, y)
    weights = estimator.weights_
    for h, raw in zip(estimator.hidden_states(X), estimator.decision_function(X), strict=True):
        expected = h @ weights["head_weight"].T + weights["head_bias"]
        np.testing.assert_allclose(raw, expected, rtol=0, atol=1e-12)


@both
@every_form
@every_structure
def test_hidden_states_follow_from_gates(make, form, structure):
    X = FORMS[form]
    estimator = small(make, max_iter=10, **structure).fit(X, target(make))
    gates, hidden = estimator.gates(X), estimator.hidden_states(X)
    assert sorted(gates) == ["cell", "forget", "input", "output"]
    width = 3 * (1 + estimator.bidirectional)
    for values in (*gates.values(), hidden):
        assert_form(values, per_step_shape(form, width))
    for k in range(N):
        i, f, g, o = (gates[name][k] for name in ("input", "forget", "cell", "output"))
        c = np.empty_like(g)
        for rows, order in ((slice(0, 3), 1), (slice(3, None), -1)):  # forward, backward in time
            state = 0.0
            for t in range(len(c))[::order]:
                state = f[t, rows] * state + i[t, rows] * g[t, rows]
                c[t, rows] = state
        np.testing.assert_allclose(o * np.tanh(c), hidden[k], rtol=0, atol=1e-12)
        assert all(((0 < a) & (a < 1)).all() for a in (i, f, o))


def test_structure_changes_the_result():
    results = [small(LSTMRegressor, **p).fit(CUBE, Y).predict(CUBE) for p in STRUCTURES.values()]
    results += [small(LSTMRegressor, pooling=p).fit(CUBE, Y).predict(CUBE) for p in ("mean", "max")]
    assert len({tuple(r) for r in results}) == 6


@both
@every_dtype
@every_structure
@pytest.mark.parametrize("mode", ["last", "mean", "max", "per step"])
def test_a_sequence_alone_is_as_among_others(make, dtype, tol, structure, mode):
    X = [x.astype(dtype) for x in RAGGED]
    per_step = mode == "per step"
    params = structure | ({"return_sequences": True} if per_step else {"pooling": mode})
    estimator = small(make, **params).fit(X, target(make, "ragged", per_step))
    for method in ("predict" if make is LSTMRegressor else "predict_proba", "hidden_states"):
        among = getattr(estimator, method)(X)
        for i, x in enumerate(X):
            for alone in (getattr(estimator, method)([x]), getattr(estimator, method)(x[None])):
                np.testing.assert_allclose(alone[0], among[i], rtol=0, atol=tol)


# Penalty, clipping, schedules ---------------------------------------------------------------------


@pytest.mark.parametrize("form", ["table", "ragged"])
def test_alpha_shrinks_weights_not_biases(form):
    rate = ExponentialDecay(0.05, 0.98)
    params = {"alpha": 10.0, "max_iter": 300, "learning_rate": rate, "batch_size": N}
    params["cell"] = LSTM(forget_bias=1.0)
    estimator = small(LSTMRegressor, **params).fit(FORMS[form], Y + 5)
    free = small(LSTMRegressor, **params | {"alpha": 0.0}).fit(FORMS[form], Y + 5)
    weights = estimator.weights_
    for name in ("weight_ih_l0", "weight_hh_l0", "head_weight"):
        assert np.abs(weights[name]).max() < 0.05
        assert np.abs(free.weights_[name]).max() > 0.5
    assert weights["head_bias"][0] == pytest.approx(0.0, abs=0.1)
    np.testing.assert_allclose(estimator.predict(FORMS[form]), np.mean(Y + 5), atol=0.2)
    assert weights["bias_l0"][3:6].min() > 0.5  # the forget gate's bias begins at 1, and stays


@both
def test_alpha_is_part_of_the_training_loss_alone(make):
    still = {"learning_rate": 1e-300, "max_iter": 1}
    held_out = {"X_val": TABLE, "y_val": target(make)}
    without, with_penalty = (
        small(make, alpha=alpha, **still).fit(TABLE, target(make), **held_out)
        for alpha in (0.0, 0.5)
    )
    weights = [w for name, w in without.weights_.items() if "bias" not in name]
    penalty = 0.25 * sum((w**2).sum() for w in weights)
    difference = with_penalty.loss_curve_[0] - without.loss_curve_[0]
    assert difference == pytest.approx(penalty, rel=1e-12)
    assert with_penalty.validation_loss_curve_ == without.validation_loss_curve_


PLAIN = {"optimizer": SGD(momentum=0.0), "max_iter": 1, "batch_size": N}


def lengths_of_steps(n_epochs, **params):
    """How far the weights move in each of the epochs; one update an epoch."""
    still = small(LSTMRegressor, **PLAIN | {"learning_rate": 1e-300}).fit(TABLE, Y)
    places = [still._params]
    for k in range(1, n_epochs + 1):
        places.append(
            small(LSTMRegressor, **PLAIN | params | {"max_iter": k}).fit(TABLE, Y)._params
        )
    return np.linalg.norm(np.diff(places, axis=0), axis=1)


def test_the_gradient_is_clipped():
    for limit in (1e-3, 1e-2):
        steps = lengths_of_steps(3, learning_rate=0.1, max_grad_norm=limit)
        np.testing.assert_allclose(steps, 0.1 * limit, rtol=1e-3)
    loose, off = (
        lengths_of_steps(3, learning_rate=0.1, max_grad_norm=limit) for limit in (1e6, None)
    )
    np.testing.assert_array_equal(loose, off)
    assert loose.min() > 0.1 * 1e-2


def test_the_learning_rate_follows_its_schedule():
    def rates(schedule, n_epochs=4):
        limit = 1e-3
        return lengths_of_steps(n_epochs, learning_rate=schedule, max_grad_norm=limit) / limit

    np.testing.assert_allclose(rates(0.5), 0.5, rtol=1e-3)
    np.testing.assert_allclose(
        rates(ExponentialDecay(0.5, 0.5)), [0.5, 0.25, 0.125, 0.0625], rtol=1e-3
    )
    never_good_enough = ReduceOnPlateau(0.5, patience=0, tol=1e6)
    np.testing.assert_allclose(rates(never_good_enough), [0.5, 0.5, 0.25, 0.125], rtol=1e-3)
    np.testing.assert_allclose(rates("exponential", 2), [0.01, 0.009], rtol=1e-3)
    np.testing.assert_allclose(rates("warmup", 2), [0.001, 0.0028], rtol=1e-3)


def test_the_plateau_watches_the_held_out_loss():
    schedule = ReduceOnPlateau(0.1, patience=0, tol=0.0)
    params = {"learning_rate": schedule, "early_stopping": True, "max_iter": 30}
    X_val, y_val = TABLE[::-1].copy(), np.roll(Y, 1)
    estimator = small(LSTMRegressor, **params).fit(TABLE, Y, X_val=X_val, y_val=y_val)
    assert estimator._schedule_state["best"] == min(estimator.validation_loss_curve_)
    assert estimator._schedule_state["rate"] < 0.1


@both
@pytest.mark.parametrize("rate", ["constant", "exponential", "cosine", "warmup", "plateau", 0.02])
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam", "adamw"])
def test_every_optimizer_learns_at_every_rate(make, rate, optimizer):
    params = {"learning_rate": rate, "optimizer": optimizer, "max_iter": 10}
    estimator = small(make, **params).fit(TABLE, target(make))
    assert estimator.loss_ < estimator.loss_curve_[0]


def test_parts_of_objects_can_be_searched():
    optimizer = RMSprop(decay=0.8)
    estimator = small(LSTMRegressor, optimizer=optimizer, learning_rate=ExponentialDecay())
    grid = {"optimizer__decay": [0.5, 0.9], "learning_rate__initial": [1e-6, 0.05]}
    search = GridSearchCV(estimator, grid, cv=2, error_score="raise").fit(TABLE, TABLE[:, -1])
    assert len(set(search.cv_results_["mean_test_score"])) == 4
    assert search.best_params_["learning_rate__initial"] == 0.05
    assert search.best_estimator_.optimizer.decay == search.best_params_["optimizer__decay"]
    assert optimizer.decay == 0.8


# What is kept -------------------------------------------------------------------------------------


def through_joblib(estimator):
    file = BytesIO()
    joblib.dump(estimator, file)
    file.seek(0)
    return joblib.load(file)


@both
@every_form
@pytest.mark.parametrize(
    "copy", [lambda e: pickle.loads(pickle.dumps(e)), through_joblib, deepcopy]
)
def test_copies_are_equal_and_independent(make, form, copy):
    X, y = FORMS[form], target(make)
    estimator = small(make, warm_start=True, optimizer=RMSprop(decay=0.8)).fit(X, y)
    other = copy(estimator)
    assert weights_equal(other, estimator)
    np.testing.assert_array_equal(other.predict(X), estimator.predict(X))
    before = pickle.dumps(estimator)
    other.fit(X, y)
    assert not weights_equal(other, estimator)
    assert pickle.dumps(estimator) == before


@both
def test_clones_have_the_parameters_only(make):
    estimator = small(make, optimizer=RMSprop(decay=0.8)).fit(TABLE, target(make))
    other = clone(estimator)
    assert not hasattr(other, "n_iter_")
    assert repr(other) == repr(estimator)
    assert other.optimizer is not estimator.optimizer
    assert weights_equal(other.fit(TABLE, target(make)), estimator)


@both
def test_repr_shows_what_is_not_default(make):
    assert repr(make()) == f"{make.__name__}()"
    estimator = make(8, optimizer=RMSprop(decay=0.8), learning_rate=ExponentialDecay(0.1))
    text = re.sub(r"\s+", " ", repr(estimator))
    assert text == (
        f"{make.__name__}(hidden_size=8, learning_rate=ExponentialDecay(initial=0.1), "
        "optimizer=RMSprop(decay=0.8))"
    )
    assert make.__name__ in estimator.set_params(max_iter=1).fit(TABLE, target(make))._repr_html_()


@both
def test_constructor_arguments_are_kept_as_they_are(make):
    assert list(make().get_params())[0] == "alpha"
    for name, value in make().get_params(deep=False).items():
        assert getattr(make(**{name: value}), name) is value
    with pytest.raises(TypeError):
        make(8, 2)


def leaves(value):
    """All that is kept, down to what is no container."""
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, (list, tuple)):
        assert type(value) is list
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


SENTINEL = 0.123456789012345


@both
@every_form
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"optimizer": "adamw", "learning_rate": "plateau", "max_iter": np.int64(3)},
        {"early_stopping": True, "validation_fraction": 0.25, "alpha": np.float64(0.1)},
        {"hidden_size": np.int64(3), "num_layers": 2, "bidirectional": np.True_, "dropout": 0.1},
        {"return_sequences": True, "loss": None},
    ],
    ids=["default", "adamw", "stopping", "deep", "per step"],
)
def test_what_is_kept_is_plain_and_never_the_data(make, form, params):
    X = [x.copy() for x in FORMS[form]]
    X[1][...] = SENTINEL
    X = X if form == "ragged" else np.array(X)
    per_step = "return_sequences" in params
    y, params = target(make, form, per_step), dict(params)
    if params.pop("loss", 0) is None and make is LSTMRegressor:
        params["loss"] = Quantile([0.2, 0.8])
    estimator = small(make, **params).fit(X, y, np.arange(1, N + 1) / SENTINEL)
    if not params.get("early_stopping"):
        estimator.partial_fit(X, y)
    kept = {
        k: v
        for k, v in estimator.__getstate__().items()
        if k not in estimator.get_params(deep=False)
    }
    # An object given as a parameter is kept as it was then: nothing that is not there already.
    copies = kept.pop("_parameters_of_fit")
    assert {k: repr(v) for k, v in copies.items()} == {
        k: repr(estimator.get_params()[k]) for k in copies
    }
    for name, value in kept.items():
        for leaf in leaves(value):
            if isinstance(leaf, np.ndarray):
                assert leaf.dtype.kind in "biufU", name
                assert leaf.base is None or leaf.base.nbytes <= leaf.nbytes, name
                assert leaf.dtype.kind == "U" or not np.isin(SENTINEL, leaf), name
                assert leaf.dtype.kind == "U" or not np.isin(1 / SENTINEL, leaf), name
            else:
                assert type(leaf) in (bool, int, float, str, type(None)), (name, type(leaf))
    # scikit-learn's HTML repr reads all of these.
    for name in dir(estimator):
        if name.endswith("_") and not name.startswith("_"):
            getattr(estimator, name)


# Search, in processes of its own ------------------------------------------------------------------


def _sums(X):
    return np.array([np.sum(x) for x in X])


@every_form
def test_grid_search_in_a_pipeline_does_not_depend_on_jobs(form):
    X = FORMS[form]
    if form == "table":
        X = np.hstack([TABLE, TABLE[:, ::-1]])
        steps = [ToSequences(n_channels=2), TimeDistributed(StandardScaler())]
    else:
        steps = [TimeDistributed(StandardScaler())]
    pipeline = make_pipeline(*steps, small(LSTMRegressor, max_iter=5))
    grid = {"lstmregressor__hidden_size": [2, 4], "lstmregressor__learning_rate": [0.01, 0.1]}
    alone, together = (
        GridSearchCV(pipeline, grid, cv=3, n_jobs=n_jobs, error_score="raise").fit(X, _sums(X))
        for n_jobs in (1, 2)
    )
    scores = [name for name in alone.cv_results_ if re.fullmatch(r"split\d_test_score", name)]
    assert len(scores) == 3
    for name in scores:
        np.testing.assert_array_equal(alone.cv_results_[name], together.cv_results_[name])
        assert len(set(alone.cv_results_[name])) == 4
    np.testing.assert_array_equal(alone.predict(X), together.predict(X))


# What was fitted stays what it is -----------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"cell": "gru"},
        {"cell__gate_activation": "hard_sigmoid"},
        {"cell__peepholes": True},
        {"loss": "poisson"},
        {"hidden_size": 7},
    ],
    ids=str,
)
def test_parameters_set_after_fit_do_not_change_predictions(change):
    cell = LSTM()
    estimator = small(LSTMRegressor, cell=cell).fit(TABLE, Y)
    before = estimator.predict(TABLE), estimator.weights_, estimator.stream().push(TABLE[0, 0])
    estimator.set_params(**change)
    np.testing.assert_array_equal(estimator.predict(TABLE), before[0])
    assert estimator.weights_.keys() == before[1].keys()
    assert estimator.stream().push(TABLE[0, 0]) == before[2]
    with pytest.raises(ValueError, match="Cannot go on training"):
        estimator.partial_fit(TABLE, np.abs(Y))


@pytest.mark.parametrize("parameter", ["cell__forget_bias", "optimizer__decay", "loss__delta"])
def test_parameters_of_a_name_are_refused_with_advice(parameter):
    name = parameter.partition("__")[0]
    with pytest.raises(ValueError, match=f"{parameter} cannot be set: {name} is the name '"):
        LSTMRegressor().set_params(**{parameter: 0.5})
