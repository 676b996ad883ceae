"""Forms of y: predictions have the form of y, per sequence and per step."""

import numpy as np
import pandas as pd
import pytest
from estimator_cases import (
    CUBE,
    FORMS,
    LABELS,
    RAGGED,
    TABLE,
    N,
    T,
    Y,
    assert_form,
    every_form,
    forget_form,
    per_step_shape,
    small,
    target,
)

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.losses import Quantile

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
    X, y = FORMS[form], (np.random.default_rng(1).random((N, 3)) < 0.4).astype(dtype)
    estimator = small(LSTMClassifier, max_iter=200, learning_rate=0.05).fit(X, y)
    predicted, probabilities = estimator.predict(X), estimator.predict_proba(X)
    assert predicted.shape == probabilities.shape == estimator.decision_function(X).shape == (N, 3)
    assert estimator.n_outputs_ == 3
    np.testing.assert_array_equal(estimator.classes_, [0, 1, 2])
    np.testing.assert_array_equal(predicted, probabilities > 0.5)
    assert estimator.score(X, y) == (predicted == y).all(axis=1).mean() > 0.5
