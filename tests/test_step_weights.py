"""Weights per step: a step of weight 0 has no target, and one of weight k counts k times."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from cell_forms import kernel  # noqa: F401
from estimator_cases import FORMS, N, T, both, every_form, forget_form, small, target
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.losses import REGRESSION_LOSSES
from sklstm.gradcheck import check_gradients
from sklstm.preprocessing import TimeDistributed

STEPS = {"return_sequences": True}
SETTINGS = {
    "one batch": {},
    "small batches": {"batch_size": 4},
    "chunks of two steps": {"batch_size": 4, "bptt_steps": 2},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.4},
    "early stopping, in batches": {
        "early_stopping": True,
        "validation_fraction": 0.4,
        "batch_size": 3,
        "shuffle": False,
    },
}
every_setting = pytest.mark.parametrize("setting", SETTINGS)


def step_weights(form):
    """0, 1 or 2 at each step, 0 at the first two, and 0 at all steps of one sequence."""
    rng = np.random.default_rng(1)
    weights = [rng.integers(0, 3, len(x)).astype(float) for x in FORMS[form]]
    for w in weights:
        w[:2] = 0.0
    weights[3][:] = 0.0
    return as_form(weights, form)


def as_form(rows, form):
    return list(rows) if form == "ragged" else np.array(list(rows))


def each(function, *lists):
    """A function of the sequences, in the form of the first argument."""
    rows = [function(*row) for row in zip(*lists, strict=True)]
    return rows if isinstance(lists[0], list) else np.array(rows)


def with_value(y, weights, value):
    """A copy of y with this value at the steps of weight 0."""

    def replaced(row, w):
        row = np.asarray(row, dtype=float if isinstance(row[0], float) else object).copy()
        if value is None or value is pd.NA or isinstance(value, str):
            row = row.astype(object)
        row[w == 0] = value
        return row

    return each(replaced, y, weights)


def assert_equal_fits(a, b):
    np.testing.assert_array_equal(a._params, b._params)
    assert a._params.dtype == b._params.dtype
    for name in ("loss_curve_", "validation_loss_curve_", "validation_score_curve_"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


NO_VALUES = [np.nan, np.inf, -1e300, 0.5, None, pd.NA]
NO_LABELS = [np.nan, None, pd.NA, "another", "up"]


@both
@every_form
@every_setting
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.usefixtures("kernel")
def test_targets_of_weight_0_have_no_effect(make, form, setting, dtype):
    X = each(lambda x: x.astype(dtype), FORMS[form])
    y, weights = target(make, form, per_step=True), step_weights(form)
    estimator, other = (small(make, **STEPS, **SETTINGS[setting]) for _ in range(2))
    estimator.fit(X, y, weights)
    for value in NO_VALUES if make is LSTMRegressor else NO_LABELS:
        unknown = with_value(y, weights, value)
        assert_equal_fits(other.fit(X, unknown, weights), estimator)
        assert other.score(X, unknown, weights) == estimator.score(X, y, weights)
        assert np.isfinite(other.loss_curve_).all()


@both
@every_form
def test_targets_of_weight_0_have_no_effect_on_validation(make, form):
    X, y, weights = FORMS[form], target(make, form, per_step=True), step_weights(form)
    for params in ({"early_stopping": True}, {}):
        estimator, other = (small(make, **STEPS, **params) for _ in range(2))
        estimator.fit(X, y, X_val=X, y_val=y, sample_weight_val=weights)
        for value in NO_VALUES if make is LSTMRegressor else NO_LABELS:
            unknown = with_value(y, weights, value)
            other.fit(X, y, X_val=X, y_val=unknown, sample_weight_val=weights)
            assert_equal_fits(other, estimator)
    last = estimator.validation_score_curve_[-1]
    assert last == pytest.approx(estimator.score(X, y, weights), abs=1e-6)


@both
@every_form
def test_targets_of_weight_0_have_no_effect_on_later_training(make, form):
    X, y, weights = FORMS[form], target(make, form, per_step=True), step_weights(form)
    classes = {} if make is LSTMRegressor else {"classes": ["down", "flat", "up"]}
    estimator, other = small(make, **STEPS), small(make, **STEPS)
    unknown = with_value(y, weights, None)
    for _ in range(2):
        estimator.partial_fit(X, y, sample_weight=weights, **classes)
        other.partial_fit(X, unknown, sample_weight=weights, **classes)
        assert_equal_fits(other, estimator)


@both
@every_form
@every_setting
def test_a_weight_per_sequence_is_that_of_its_steps(make, form, setting):
    X, y = FORMS[form], target(make, form, per_step=True)
    weights = np.arange(N) % 3 + 1.0
    weights[4] = 0.0
    of_steps = as_form([np.full(len(x), w) for x, w in zip(X, weights, strict=True)], form)
    estimator, other = (small(make, **STEPS, **SETTINGS[setting]) for _ in range(2))
    assert_equal_fits(estimator.fit(X, y, weights), other.fit(X, y, of_steps))
    assert estimator.score(X, y, weights) == other.score(X, y, of_steps)


@both
@every_form
@every_setting
def test_sequences_without_weight_are_left_out(make, form, setting):
    X, y = FORMS[form], target(make, form, per_step=True)
    kept = np.arange(N) % 4 > 0
    weights = as_form([np.full(len(x), float(k)) for x, k in zip(X, kept, strict=True)], form)
    estimator, other = (small(make, **STEPS, **SETTINGS[setting]) for _ in range(2))
    X_kept, y_kept, ones = (
        as_form([v for v, k in zip(values, kept, strict=True) if k], form)
        for values in (X, y, weights)
    )
    assert_equal_fits(estimator.fit(X, y, weights), other.fit(X_kept, y_kept, ones))


@both
@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"bptt_steps": 2}])
def test_weights_are_repetitions_to_the_bit_whatever_the_order(make, params):
    """200 epochs magnify a rounding error a billionfold: only equality survives them."""
    X, y, weights = FORMS["table"], target(make, "table", per_step=True), step_weights("table")
    repeats = np.arange(N) % 3 + 1
    index = np.random.default_rng(0).permutation(np.repeat(np.arange(N), repeats))
    estimator, other = (small(make, **STEPS, **params, max_iter=200) for _ in range(2))
    estimator.fit(X, y, weights * repeats[:, np.newaxis])
    other.fit(X[index], with_value(y, weights, None)[index], weights[index])
    assert_equal_fits(estimator, other)


@both
@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"shuffle": False}])
def test_weights_of_steps_are_repetitions_with_one_of_them(make, params):
    X, y, weights = FORMS["table"], target(make, "table", per_step=True), step_weights("table")
    copies = [(weights > k).astype(float) for k in range(2)]
    labels = [with_value(y, copy, None) for copy in copies]
    estimator, other = (small(make, **STEPS, **params, max_iter=200) for _ in range(2))
    estimator.fit(X, y, weights)
    other.fit(np.tile(X, (2, 1)), np.concatenate(labels), np.concatenate(copies))
    assert_equal_fits(estimator, other)


@both
@pytest.mark.parametrize("batch_size", [N, 5])
def test_the_last_steps_are_left_out_as_if_they_were_not_there(make, batch_size):
    """A network that reads forward in time does not see later steps."""
    X, y = FORMS["ragged"], target(make, "ragged", per_step=True)
    longer = [np.concatenate([x, np.ones((i % 3, x.shape[1]))]) for i, x in enumerate(X)]
    missing = [np.concatenate([np.asarray(v, object), [None] * (i % 3)]) for i, v in enumerate(y)]
    weights = [np.r_[np.ones(len(v)), np.zeros(i % 3)] for i, v in enumerate(y)]
    estimator, other = (small(make, **STEPS, batch_size=batch_size) for _ in range(2))
    estimator.fit(X, y)
    other.fit(longer, missing, weights)
    if batch_size == N:  # in one batch the mean is that of the targets
        np.testing.assert_allclose(other._params, estimator._params, rtol=0, atol=1e-12)
        np.testing.assert_allclose(other.loss_curve_, estimator.loss_curve_, rtol=1e-12)
    np.testing.assert_allclose(other.score(longer, missing, weights), other.score(X, y), rtol=1e-12)


@both
@every_form
def test_scores_are_those_of_the_steps_with_weight(make, form):
    X, y, weights = FORMS[form], target(make, form, per_step=True), step_weights(form)
    estimator = small(make, **STEPS).fit(X, y)
    mask = forget_form(weights).ravel() > 0
    true, predicted = (np.ravel(forget_form(v))[mask] for v in (y, estimator.predict(X)))
    if make is LSTMRegressor:
        true, predicted = (
            (v - estimator.target_mean_) / estimator.target_scale_ for v in (true, predicted)
        )
    score = r2_score if make is LSTMRegressor else accuracy_score
    expected = score(true, predicted, sample_weight=forget_form(weights).ravel()[mask])
    assert estimator.score(X, y, weights) == pytest.approx(expected, rel=1e-12)
    flags = each(np.sign, weights)
    assert estimator.score(X, y, flags) == pytest.approx(score(true, predicted), rel=1e-12)


def test_r2_of_a_single_step_is_not_defined():
    X, y = FORMS["table"], target(LSTMRegressor, "table", per_step=True)
    weights = np.zeros((N, T))
    weights[3, 4] = 1.0
    validation = {"X_val": X, "y_val": y, "sample_weight_val": weights}
    estimator = small(LSTMRegressor, **STEPS).fit(X, y, **validation)
    assert np.isnan(estimator.validation_score_curve_).all()
    with pytest.warns(UndefinedMetricWarning, match="less than two samples"):
        assert np.isnan(estimator.score(X, y, weights))


@every_form
@pytest.mark.parametrize("bptt_steps", [None, 2])
@pytest.mark.parametrize("batch_size", ["auto", 5])
def test_the_loss_is_a_weighted_mean(form, bptt_steps, batch_size):
    """A step of nearly 0 keeps the weights; chunks without any target count for nothing."""
    X, y, weights = FORMS[form], target(LSTMRegressor, form, per_step=True), step_weights(form)
    still = {"learning_rate": 1e-300, "max_iter": 1, "batch_size": batch_size}
    estimator = small(LSTMRegressor, **STEPS, **still, bptt_steps=bptt_steps)
    validation = {"X_val": X, "y_val": y, "sample_weight_val": weights}
    estimator.fit(X, with_value(y, weights, np.nan), weights, **validation)
    mask = np.ravel(forget_form(weights)) > 0
    w, t, p = (np.ravel(forget_form(v))[mask] for v in (weights, y, estimator.predict(X)))
    expected = np.average((p - t) ** 2, weights=w) / estimator.target_scale_[0] ** 2
    assert estimator.target_mean_[0] == pytest.approx(np.average(t, weights=w))
    assert estimator.target_scale_[0] ** 2 == pytest.approx(np.cov(t, aweights=w, ddof=0))
    assert estimator.validation_loss_curve_[0] == pytest.approx(expected, rel=1e-6)
    assert estimator.loss_ == pytest.approx(expected, rel=1e-6)


# Forms --------------------------------------------------------------------------------------------


def test_weights_of_equal_lengths_in_every_form():
    X, y, weights = FORMS["table"], target(LSTMRegressor, "table", True), step_weights("table")
    expected = small(LSTMRegressor, **STEPS).fit(X, y, weights)
    forms = [
        weights.astype(np.float32),
        weights.astype(int),
        weights.tolist(),
        tuple(map(tuple, weights)),
        list(weights),
        list(map(pd.Series, weights)),
        pd.DataFrame(weights),
        pd.DataFrame(weights).astype("Float64"),
        pd.Series(weights.tolist()),
        weights.astype(object),
        np.ma.array(weights),
        pd.DataFrame({"weights": list(weights)})["weights"],
        np.asfortranarray(weights),
    ]
    for form in forms:
        assert_equal_fits(small(LSTMRegressor, **STEPS).fit(X, y, form), expected)
        assert expected.score(X, y, form) == expected.score(X, y, weights)
    in_lists = small(LSTMRegressor, **STEPS).fit(list(FORMS["3-D"]), list(y), weights)
    assert_equal_fits(small(LSTMRegressor, **STEPS).fit(FORMS["3-D"], y, list(weights)), in_lists)


def test_weights_of_different_lengths_in_every_form():
    X, y, weights = FORMS["ragged"], target(LSTMRegressor, "ragged", True), step_weights("ragged")
    expected = small(LSTMRegressor, **STEPS).fit(X, y, weights)
    objects = np.empty(N, dtype=object)
    objects[:] = weights
    forms = [
        tuple(weights),
        [w.tolist() for w in weights],
        [w.astype(np.float32) for w in weights],
        [w.astype(int) for w in weights],
        list(map(pd.Series, weights)),
        objects,
        pd.Series(weights),
    ]
    for form in forms:
        assert_equal_fits(small(LSTMRegressor, **STEPS).fit(X, y, form), expected)
        assert expected.score(X, y, form) == expected.score(X, y, weights)


def test_a_mask_is_a_weight():
    X, y, weights = FORMS["table"], target(LSTMRegressor, "table", True), step_weights("table")
    expected = small(LSTMRegressor, **STEPS).fit(X, y, (weights > 0).astype(float))
    assert_equal_fits(small(LSTMRegressor, **STEPS).fit(X, y, weights > 0), expected)


def test_several_outputs_of_which_some_are_missing():
    X, weights = FORMS["table"], step_weights("table")
    y = np.stack([X, X.cumsum(axis=1)], axis=2)
    expected = small(LSTMRegressor, **STEPS).fit(X, y, weights)
    y[weights == 0, 0] = np.nan
    assert_equal_fits(small(LSTMRegressor, **STEPS).fit(X, y, weights), expected)


def test_sequences_of_one_step():
    X, y = [np.ones((1, 2)) * i for i in range(6)], [[float(i)] for i in range(6)]
    weights = [[1.0], [0.0], [2.0], [1.0], [0.0], [1.0]]
    expected = small(LSTMRegressor, **STEPS).fit(X, y, np.ravel(weights))
    assert_equal_fits(small(LSTMRegressor, **STEPS).fit(X, y, weights), expected)


# Labels -------------------------------------------------------------------------------------------


LABELS = {
    "strings": np.array(["a", "b", "c"]),
    "objects": np.array(["a", "b", "c"], dtype=object),
    "integers": np.array([3, 5, 7]),
    "floats": np.array([3.0, 5.0, 7.0]),
    "flags": np.array([False, True, True]),
}


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, "other"], ids=str)
@pytest.mark.parametrize("kind", LABELS)
def test_missing_labels_are_no_class(kind, missing):
    X, weights = FORMS["table"], step_weights("table")
    y = LABELS[kind][(np.digitize(X, [-0.5, 0.5]) + np.arange(N)[:, None]) % 3]
    expected = small(LSTMClassifier, **STEPS).fit(X, y)
    unknown = y.astype(object)
    unknown[weights == 0] = missing
    forms = [unknown, pd.DataFrame(unknown), list(unknown)]
    if missing is None:  # NumPy reads NaN among strings in a list as a string
        forms.append(unknown.tolist())
    if kind == "floats" and missing is np.nan:
        forms.append(unknown.astype(float))
    for form in forms:
        estimator = small(LSTMClassifier, **STEPS).fit(X, form, weights)
        np.testing.assert_array_equal(estimator.classes_, expected.classes_)
        if kind != "strings":  # missing labels make objects of strings
            assert estimator.classes_.dtype == expected.classes_.dtype
        assert_equal_fits(estimator, small(LSTMClassifier, **STEPS).fit(X, y, weights))


def test_a_sequence_without_labels_among_strings():
    """NumPy would concatenate NaN and strings to the string "nan"."""
    X = FORMS["ragged"]
    y = [np.array(["a", "b", "c", "a", "b"])[: len(x)] for x in X]
    y[1] = np.full(len(X[1]), np.nan)
    weights = np.ones(N)
    weights[1] = 0.0
    estimator = small(LSTMClassifier, **STEPS).fit(X, y, weights)
    assert estimator.classes_.tolist() == ["a", "b", "c"]
    with pytest.raises(ValueError, match=r"Input y\[1\] contains NaN, a missing label, at \[0"):
        small(LSTMClassifier, **STEPS).fit(X, y)


def test_labels_of_weight_0_need_not_be_known():
    X, y, weights = (
        FORMS["table"],
        target(LSTMClassifier, "table", per_step=True),
        step_weights("table"),
    )
    estimator = small(LSTMClassifier, **STEPS, warm_start=True).fit(X, y, weights)
    later = with_value(y, weights, "unheard of")
    assert estimator.score(X, later, weights) == estimator.score(X, y, weights)
    estimator.fit(X, later, weights)
    assert estimator.classes_.tolist() == ["down", "flat", "up"]


@every_form
def test_balanced_class_weights_count_the_weights(form):
    X, y, weights = FORMS[form], target(LSTMClassifier, form, per_step=True), step_weights(form)
    estimator = small(LSTMClassifier, **STEPS, class_weight="balanced")
    estimator.fit(X, with_value(y, weights, None), weights)
    rows, w = np.ravel(forget_form(y)), np.ravel(forget_form(weights))
    counts = {label: w[rows == label].sum() for label in np.unique(rows)}
    balance = {label: w.sum() / (3 * count) for label, count in counts.items()}
    factors = each(lambda v, w: np.array([balance[label] for label in v]) * w, y, weights)
    expected = small(LSTMClassifier, **STEPS).fit(X, y, factors)
    np.testing.assert_allclose(estimator._params, expected._params, rtol=0, atol=1e-12)


# Losses, gradients --------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [*REGRESSION_LOSSES, "labels"])
@pytest.mark.parametrize("ragged", [False, True])
def test_gradients(loss, ragged):
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((t, 2)) for t in ((4, 2, 5, 1) if ragged else (4, 4, 4, 4))]
    weights = [rng.choice([0.0, 0.5, 1.0, 2.0], len(x)) for x in X]
    weights[0][:2], weights[1][-1] = (0.0, 1.0), 2.0
    params = {"num_layers": 2, "bidirectional": True, "alpha": 0.1, **STEPS}
    if loss == "labels":
        estimator = LSTMClassifier(3, **params)
        y = [(x[:, 0] > 0).astype(float) for x in X]
    else:
        estimator = LSTMRegressor(3, loss=loss, **params)
        y = [np.floor(4 * np.abs(rng.standard_normal((len(x), 2)))) for x in X]  # also counts
    for values, w in zip(y, weights, strict=True):
        values[w == 0] = np.nan
    step = 1e-5 if loss in ("absolute_error", "huber", "quantile") else 1e-3  # kinks
    check_gradients(estimator, X, y, weights, step=step, n_entries=8)


def test_counts_of_weight_0_may_be_negative():
    X, weights = FORMS["table"], step_weights("table")
    counts = np.random.default_rng(0).poisson(2.0, (N, T))
    estimator, other = (small(LSTMRegressor, **STEPS, loss="poisson") for _ in range(2))
    estimator.fit(X, counts, weights)
    other.fit(X, np.where(weights == 0, -1, counts), weights)
    assert_equal_fits(estimator, other)
    assert other.score(X, np.where(weights == 0, -1, counts), weights) == estimator.score(
        X, counts, weights
    )


# Searches -----------------------------------------------------------------------------------------


@both
@every_form
@pytest.mark.parametrize("missing", [False, True])
def test_searches_split_the_weights(make, form, missing):
    X, y, weights = FORMS[form], target(make, form, per_step=True), step_weights(form)
    if missing:
        y = with_value(y, weights, None if make is LSTMClassifier else np.nan)
    folds = KFold(2)
    with sklearn.config_context(enable_metadata_routing=True):
        model = small(make, **STEPS).set_fit_request(sample_weight=True)
        model.set_score_request(sample_weight=True)
        search = GridSearchCV(model, {"hidden_size": [2, 3]}, cv=folds, error_score="raise")
        search.fit(X, y, sample_weight=weights)
    expected = []
    for parts in folds.split(np.arange(N)):
        train, test = ([as_form([v[i] for i in p], form) for v in (X, y, weights)] for p in parts)
        expected.append(small(make, **STEPS, hidden_size=2).fit(*train).score(*test))
    scores = [search.cv_results_[f"split{k}_test_score"][0] for k in range(2)]
    np.testing.assert_array_equal(scores, expected)


def test_a_pipeline_passes_the_weights():
    X, y, weights = FORMS["3-D"], target(LSTMRegressor, "3-D", True), step_weights("3-D")
    pipeline = make_pipeline(TimeDistributed(StandardScaler()), small(LSTMRegressor, **STEPS))
    pipeline.fit(X, with_value(y, weights, np.nan), lstmregressor__sample_weight=weights)
    scaled = TimeDistributed(StandardScaler()).fit_transform(X)
    assert_equal_fits(pipeline[-1], small(LSTMRegressor, **STEPS).fit(scaled, y, weights))
