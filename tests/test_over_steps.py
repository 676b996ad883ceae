"""Scorers of scikit-learn over all steps of all sequences: sklstm.metrics.over_steps."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from estimator_cases import FORMS, LENGTHS, N, T, forget_form, small, target
from sklearn.base import clone
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    get_scorer,
    log_loss,
    make_scorer,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.metrics import over_steps
from sklstm.preprocessing import TimeDistributed

three_forms = pytest.mark.parametrize("form", ["table", "3-D", "ragged"])


def per_step(make, form, **params):
    y = target(make, form, per_step=True)
    return small(make, return_sequences=True, **params).fit(FORMS[form], y), y


def lengths_of(form):
    return LENGTHS if form == "ragged" else [T] * N


def flat(values):
    return np.concatenate(list(values))


adjusted = make_scorer(balanced_accuracy_score, adjusted=True)
CLASSIFICATION = {
    "accuracy": lambda model, X, y, w: accuracy_score(y, flat(model.predict(X)), sample_weight=w),
    "f1_macro": lambda model, X, y, w: f1_score(
        y, flat(model.predict(X)), average="macro", sample_weight=w
    ),
    "neg_log_loss": lambda model, X, y, w: (
        -log_loss(y, flat(model.predict_proba(X)), sample_weight=w)
    ),
    "roc_auc_ovr_weighted": lambda model, X, y, w: roc_auc_score(
        y, flat(model.predict_proba(X)), multi_class="ovr", average="weighted", sample_weight=w
    ),
    adjusted: lambda model, X, y, w: balanced_accuracy_score(
        y, flat(model.predict(X)), adjusted=True, sample_weight=w
    ),
}
REGRESSION = {
    "r2": lambda model, X, y, w: r2_score(y, flat(model.predict(X)), sample_weight=w),
    "neg_mean_absolute_error": lambda model, X, y, w: (
        -mean_absolute_error(y, flat(model.predict(X)), sample_weight=w)
    ),
}
CASES = [
    *((LSTMClassifier, scoring, by_hand) for scoring, by_hand in CLASSIFICATION.items()),
    *((LSTMRegressor, scoring, by_hand) for scoring, by_hand in REGRESSION.items()),
]


@three_forms
@pytest.mark.parametrize(("make", "scoring", "by_hand"), CASES)
def test_it_scores_the_steps(make, scoring, by_hand, form):
    model, y = per_step(make, form)
    X, scorer, lengths = FORMS[form], over_steps(scoring), lengths_of(form)
    assert scorer(model, X, y) == pytest.approx(by_hand(model, X, flat(y), None))
    weights = np.arange(1.0, N + 1)
    expected = by_hand(model, X, flat(y), np.repeat(weights, lengths))
    assert scorer(model, X, y, sample_weight=weights) == pytest.approx(expected)
    by_step = [w + np.arange(n) for w, n in zip(weights, lengths, strict=True)]
    by_step = by_step if form == "ragged" else np.array(by_step)
    expected = by_hand(model, X, flat(y), flat(by_step))
    assert scorer(model, X, y, sample_weight=by_step) == pytest.approx(expected)


@three_forms
def test_the_default_scores_are_the_same(form):
    for make, name in [(LSTMClassifier, "accuracy"), (LSTMRegressor, "r2")]:
        model, y = per_step(make, form)
        X = FORMS[form]
        assert over_steps(name)(model, X, y) == pytest.approx(model.score(X, y))


@three_forms
def test_two_classes(form):
    """For which scikit-learn picks the column of the positive one."""
    X = FORMS[form]
    y = [np.where(x.reshape(len(x), -1)[:, 0] > 0, "yes", "no") for x in X]
    model = small(LSTMClassifier, return_sequences=True).fit(X, y)
    positive = flat(y) == "yes"
    expected = roc_auc_score(positive, flat(model.decision_function(X)))
    assert over_steps("roc_auc")(model, X, y) == pytest.approx(expected)
    f1 = over_steps(make_scorer(f1_score, pos_label="yes"))
    expected = f1_score(positive, flat(model.predict(X)) == "yes")
    assert f1(model, X, y) == pytest.approx(expected)


@three_forms
def test_several_outputs(form):
    X = FORMS[form]
    y = [np.stack([row, -row], axis=1) for row in target(LSTMRegressor, form, per_step=True)]
    y = y if form == "ragged" else np.array(y)
    model = small(LSTMRegressor, return_sequences=True).fit(X, y)
    expected = r2_score(flat(y), flat(model.predict(X)))
    assert over_steps("r2")(model, X, y) == pytest.approx(expected)


def test_forms_of_y():
    model, y = per_step(LSTMRegressor, "table")
    X, scorer = FORMS["table"], over_steps("r2")
    expected = scorer(model, X, y)
    objects = np.empty(N, dtype=object)
    objects[:] = list(y)
    for form in (y.tolist(), list(y), tuple(y), pd.DataFrame(y), objects, pd.Series(list(y))):
        assert scorer(model, X, form) == expected


@three_forms
@pytest.mark.parametrize("make", [LSTMClassifier, LSTMRegressor])
def test_steps_without_weight_are_left_out(make, form):
    model, y = per_step(make, form)
    X, name = FORMS[form], "accuracy" if make is LSTMClassifier else "r2"
    weights = [np.arange(len(row)) % 2 * 1.0 for row in y]
    without = [
        np.where(w == 0, "?" if make is LSTMClassifier else np.nan, row)
        for w, row in zip(weights, y, strict=True)
    ]
    predictions = flat(model.predict(X))[flat(weights) > 0]
    metric = accuracy_score if make is LSTMClassifier else r2_score
    expected = metric(flat(y)[flat(weights) > 0], predictions)
    assert over_steps(name)(model, X, without, sample_weight=weights) == pytest.approx(expected)
    weightless = over_steps(make_scorer(lambda y, y_pred: metric(y, y_pred)))
    assert weightless(model, X, without, sample_weight=weights) == pytest.approx(expected)


@three_forms
@pytest.mark.parametrize("missing", [None, np.nan])
@pytest.mark.parametrize("labels", [np.array([0, 1, 2]), np.array(["a", "b", "c"])])
def test_labels_beside_missing_ones(labels, missing, form):
    """Arrays of objects, of which only those with a weight are labels."""
    X = FORMS[form]
    y = [np.resize(np.roll(labels, i), len(x)) for i, x in enumerate(X)]
    model = small(LSTMClassifier, return_sequences=True).fit(X, y)
    weights = [np.arange(len(row)) % 2 * 1.0 for row in y]
    objects = [row.astype(object) for row in y]
    for row, w in zip(objects, weights, strict=True):
        row[w == 0] = missing
    for name in ("accuracy", "f1_macro", "roc_auc_ovr_weighted"):
        scorer = over_steps(name)
        score = scorer(model, X, objects, sample_weight=weights)
        assert score == scorer(model, X, y, sample_weight=weights)


@three_forms
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_searches(form, n_jobs):
    X, y = FORMS[form], target(LSTMClassifier, form, per_step=True)
    model = small(LSTMClassifier, return_sequences=True)
    scoring = over_steps(["accuracy", "neg_log_loss"]) | {"adjusted": over_steps(adjusted)}
    search = GridSearchCV(
        *(model, {"hidden_size": [2, 3]}),
        scoring=scoring,
        refit="neg_log_loss",
        cv=2,
        n_jobs=n_jobs,
        error_score="raise",
    )
    search = clone(search).fit(X, y)
    for name in scoring:
        assert np.isfinite(search.cv_results_[f"mean_test_{name}"]).all()
    default = GridSearchCV(model, {"hidden_size": [2, 3]}, cv=2).fit(X, y)
    expected = default.cv_results_["mean_test_score"]
    np.testing.assert_allclose(search.cv_results_["mean_test_accuracy"], expected)


@three_forms
def test_pipelines(form):
    model, y = per_step(LSTMClassifier, form)
    X = FORMS[form]
    scaler = sklearn.preprocessing.StandardScaler()
    pipeline = make_pipeline(TimeDistributed(scaler), clone(model)).fit(X, y)
    expected = accuracy_score(flat(y), forget_form(pipeline.predict(X)).ravel())
    assert over_steps("accuracy")(pipeline, X, y) == pytest.approx(expected)


@pytest.fixture
def metadata_routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


WEIGHTS = np.arange(1.0, N + 1)


def scores_with_weights(scoring, **params):
    y = target(LSTMRegressor, "ragged", per_step=True)
    model = small(LSTMRegressor, return_sequences=True)
    if sklearn.get_config()["enable_metadata_routing"]:
        model.set_fit_request(sample_weight=True)
    results = cross_validate(
        *(model, FORMS["ragged"], y),
        scoring=scoring,
        cv=2,
        params={"sample_weight": WEIGHTS},
        return_estimator=True,
        return_indices=True,
        error_score="raise",
    )
    X, expected = FORMS["ragged"], {True: [], False: []}
    for fitted, test in zip(results["estimator"], results["indices"]["test"], strict=True):
        predictions = flat(fitted.predict([X[i] for i in test]))
        truth, lengths = flat([y[i] for i in test]), [len(X[i]) for i in test]
        for weighted, scores in expected.items():
            weights = np.repeat(WEIGHTS[test], lengths) if weighted else None
            scores.append(-mean_absolute_error(truth, predictions, sample_weight=weights))
    return results, expected


def test_metadata_routing(metadata_routing):
    name = "neg_mean_absolute_error"
    scorers = {
        requested: over_steps(name).set_score_request(sample_weight=requested)
        for requested in (True, False)
    }
    for requested, scorer in scorers.items():
        results, expected = scores_with_weights(scorer)
        np.testing.assert_allclose(results["test_score"], expected[requested])
    results, expected = scores_with_weights({"a": scorers[True], "b": scorers[False]})
    np.testing.assert_allclose(results["test_a"], expected[True])
    np.testing.assert_allclose(results["test_b"], expected[False])


@pytest.mark.parametrize("name", ["neg_mean_absolute_error", "d2_absolute_error_score"])
def test_weights_of_a_search(name):
    """scikit-learn 1.9 passes those of fit to scorers, one metric or several."""
    y = target(LSTMRegressor, "ragged", per_step=True)
    model = small(LSTMRegressor, return_sequences=True)
    for scoring in (over_steps(name), over_steps([name, "r2"])):
        search = GridSearchCV(
            model, {"hidden_size": [3]}, scoring=scoring, refit=False, cv=2, error_score="raise"
        )
        search.fit(FORMS["ragged"], y, sample_weight=WEIGHTS)
    named = search.cv_results_[f"mean_test_{name}"]
    assert np.isfinite(named).all()


def largest_error(y, y_pred):
    return -np.abs(y - y_pred).max()


@pytest.mark.filterwarnings("ignore:The scoring .* does not support sample_weight")
def test_metrics_without_weights():
    scorer = over_steps(make_scorer(largest_error))
    y = target(LSTMRegressor, "ragged", per_step=True)
    model = small(LSTMRegressor, return_sequences=True)
    for scoring in (scorer, {"largest": scorer, "r2": over_steps("r2")}):
        search = GridSearchCV(
            model, {"hidden_size": [3]}, scoring=scoring, refit=False, cv=2, error_score="raise"
        )
        search.fit(FORMS["ragged"], y, sample_weight=WEIGHTS)


def test_a_custom_scorer_gets_rows():
    def mean_of_y(estimator, X, y):
        assert estimator.hidden_size == 3
        assert len(X) == N
        assert estimator.predict(X).shape == y.shape == (sum(LENGTHS),)
        assert estimator.predict(X[:2]).shape == (sum(LENGTHS[:2]),)
        return float(y.mean())

    model, y = per_step(LSTMRegressor, "ragged")
    assert over_steps(mean_of_y)(model, FORMS["ragged"], y) == pytest.approx(flat(y).mean())


@pytest.mark.parametrize("scoring", ["accuracy", adjusted])
def test_pickle_and_repr(scoring):
    model, y = per_step(LSTMClassifier, "ragged")
    scorer = over_steps(scoring)
    again = pickle.loads(pickle.dumps(scorer))
    X = FORMS["ragged"]
    assert again(model, X, y) == scorer(model, X, y)
    assert repr(scorer) == repr(again) == f"over_steps({get_scorer(scoring)!r})"


@pytest.mark.parametrize("scoring", ["acuracy", "Accuracy"])
def test_unknown_name(scoring):
    with pytest.raises(ValueError, match=f"'{scoring}' is not .* Did you mean 'accuracy'?"):
        over_steps(scoring)


@pytest.mark.parametrize("scoring", [3, None, LSTMRegressor])
def test_not_a_scorer(scoring):
    with pytest.raises(TypeError, match="scoring must be the name of a scorer"):
        over_steps(scoring)


def test_bad_y_and_weights():
    model, y = per_step(LSTMClassifier, "ragged")
    X, scorer = FORMS["ragged"], over_steps("accuracy")
    with pytest.raises(ValueError, match=r"y has shape \(12,\), one target per sequence"):
        scorer(model, X, np.ones(N))
    with pytest.raises(
        ValueError, match=r"y\[0\] has 2 steps, but the prediction for X\[0\] has 3"
    ):
        scorer(model, X, [y[0][:-1], *y[1:]])
    for weights in (np.ones(N - 1), [np.ones(3)] * N, np.ones((N, 2))):
        with pytest.raises(ValueError, match="sample_weight does not match y"):
            scorer(model, X, y, sample_weight=weights)
    per_sequence = small(LSTMClassifier).fit(X, target(LSTMClassifier))
    with pytest.raises(ValueError, match=r"The prediction has shape \(12,\)"):
        scorer(per_sequence, X, y)
