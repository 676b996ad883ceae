"""Gradients of predictions by X are those of differences of the estimators' own predictions."""

import numpy as np
import pandas as pd
import pytest
from estimator_cases import FORMS, LABELS, N, Y, both, every_form, small, target
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PolynomialFeatures,
    StandardScaler,
)
from test_step_cell import Simple

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm.cells import CELLS
from sklstm.core.parts.pooling import POOLINGS
from sklstm.inspection import saliency
from sklstm.losses import Quantile
from sklstm.preprocessing import Patches, TimeDistributed


def numeric(predict, X, h=1e-3):
    """Gradients of predict(X), a number for each sequence, in the form of X."""
    sequences = [np.array(x, dtype=float) for x in X]
    gradients = [np.zeros_like(x) for x in sequences]
    for x, gradient in zip(sequences, gradients, strict=True):
        for entry in np.ndindex(x.shape):
            before, values = x[entry], []
            for k in (-2, -1, 1, 2):
                x[entry] = before + k * h
                values.append(predict([x] if isinstance(X, list) else x[np.newaxis])[0])
            x[entry] = before
            difference = values[0] - 8 * values[1] + 8 * values[2] - values[3]
            gradient[entry] = difference / (12 * h)
    return gradients


def assert_gradients(result, predict, X, tol=1e-6, h=1e-3):
    expected = numeric(predict, X, h)
    assert len(result.gradients) == len(X)
    largest = max(np.abs(each).max() for each in expected)
    assert largest > 0
    for found, each in zip(result.gradients, expected, strict=True):
        assert found.shape == each.shape
        np.testing.assert_allclose(found, each, atol=tol * largest)
    np.testing.assert_allclose(result.predictions, predict(X))


@every_form
@pytest.mark.parametrize("cell", CELLS)
def test_of_every_cell_and_form(cell, form):
    X = FORMS[form][:4]
    model = small(LSTMRegressor, cell=cell, patch_length=1).fit(FORMS[form], Y)
    result = saliency(model, X)
    assert isinstance(result.gradients, list) == (form == "ragged")
    assert_gradients(result, model.predict, X)


@every_form
@pytest.mark.parametrize("patch_length", [1, 2, 3])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_of_layers_directions_patches_and_pooling(pooling, patch_length, form):
    X = FORMS[form][:4]
    model = small(
        *(LSTMRegressor,),
        num_layers=2,
        bidirectional=True,
        pooling=pooling,
        patch_length=patch_length,
        dropout=0.5,
    ).fit(FORMS[form], Y)
    step = 1e-5 if pooling == "max" else 1e-3
    assert_gradients(saliency(model, X), model.predict, X, tol=1e-5, h=step)


@pytest.mark.parametrize("loss", ["squared_error", "gaussian", "poisson", "negative_binomial"])
def test_of_losses_in_units_of_y(loss):
    X = FORMS["3-D"]
    y = np.round(100 + 50 * Y)
    model = small(LSTMRegressor, loss=loss).fit(X, y)
    assert_gradients(saliency(model, X), model.predict, X)


def test_of_one_of_several_outputs_and_quantiles():
    X = FORMS["3-D"][:3]
    y = np.column_stack([Y, 10 * Y**2])
    two = small(LSTMRegressor).fit(FORMS["3-D"], y)
    assert_gradients(saliency(two, X, target=1), lambda X: two.predict(X)[:, 1], X)
    three = small(LSTMRegressor, loss=Quantile([0.1, 0.5, 0.9])).fit(FORMS["3-D"], y)
    assert_gradients(saliency(three, X, target=(1, 2)), lambda X: three.predict(X)[:, 1, 2], X)
    with pytest.raises(ValueError, match=r"shape \(2,\); expected an integer from 0 to 2 - 1"):
        saliency(two, X)
    with pytest.raises(ValueError, match="target=2 does not choose one number"):
        saliency(two, X, target=2)
    with pytest.raises(ValueError, match="expected a tuple of two integers"):
        saliency(three, X, target=1)


@pytest.mark.parametrize("method", ["decision_function", "predict_proba"])
@pytest.mark.parametrize("labels", [LABELS, np.where(LABELS == "up", "a", "b")])
def test_of_classifiers(labels, method):
    X = FORMS["ragged"][:4]
    model = small(LSTMClassifier, cell="gru").fit(FORMS["ragged"], labels)
    codes = np.searchsorted(model.classes_, model.predict(X))

    def of(codes):
        def predict(X):
            results = getattr(model, method)(X)
            if results.ndim == 1:
                results = np.column_stack([-results, results])
            return results[np.arange(len(X)), codes[: len(X)]]

        return predict

    for i, label in enumerate(model.classes_):
        result = saliency(model, X, target=label, response_method=method)
        assert_gradients(result, of(np.full(4, i)), X)
        assert list(result.targets) == [label] * 4
    result = saliency(model, X, response_method=method)
    assert list(result.targets) == list(model.predict(X))
    for k in range(4):
        found = saliency(model, X[k : k + 1], response_method=method).gradients[0]
        np.testing.assert_allclose(found, result.gradients[k], atol=1e-12)
        expected = numeric(of(codes[k : k + 1]), X[k : k + 1])[0]
        np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


def test_of_labels():
    X = FORMS["3-D"][:3]
    y = np.array([[0, 1], [1, 1], [1, 0]] * 4)
    model = small(LSTMClassifier).fit(FORMS["3-D"], y)
    result = saliency(model, X, target=1)
    assert_gradients(result, lambda X: model.decision_function(X)[:, 1], X)
    with pytest.raises(ValueError, match="several labels"):
        saliency(model, X)


@both
@pytest.mark.parametrize("form", ["3-D", "ragged"])
@pytest.mark.parametrize("step", [-1, 0])
def test_of_a_step(make, form, step):
    model = small(make, return_sequences=True, bidirectional=True)
    model.fit(FORMS[form], target(make, form, per_step=True))
    X = FORMS[form][:3]

    def predict(X):
        results = model.predict(X) if make is LSTMRegressor else model.decision_function(X)
        each = [rows[step] for rows in results]
        return np.array(each) if make is LSTMRegressor else np.array([row[2] for row in each])

    options = {} if make is LSTMRegressor else {"target": "up"}
    assert_gradients(saliency(model, X, step=step, **options), predict, X)


def test_a_step_that_a_sequence_does_not_have():
    model = small(LSTMRegressor, return_sequences=True)
    model.fit(FORMS["ragged"], target(LSTMRegressor, "ragged", per_step=True))
    with pytest.raises(ValueError, match=r"step=3, but X\[0\] has 3 step"):
        saliency(model, FORMS["ragged"], step=3)
    one = small(LSTMRegressor).fit(FORMS["ragged"], Y)
    with pytest.raises(ValueError, match="step=0 is for estimators with return_sequences"):
        saliency(one, FORMS["ragged"], step=0)


def test_of_many_sequences_and_one():
    """Batches are put together in the order of X."""
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((n, 2)) for n in rng.integers(1, 9, 600)]
    model = small(LSTMRegressor, patch_length=2).fit(X, rng.standard_normal(600))
    result = saliency(model, X)
    for k in (0, 1, 300, 599):
        np.testing.assert_allclose(saliency(model, X[k : k + 1]).gradients[0], result.gradients[k])


def test_in_float32():
    X = FORMS["3-D"].astype(np.float32)
    model = small(LSTMRegressor).fit(X, Y)
    result = saliency(model, X)
    assert result.gradients.dtype == np.float32
    exact = small(LSTMRegressor).fit(X.astype(float), Y)
    exact.weights_ = model.weights_
    np.testing.assert_allclose(result.gradients, saliency(exact, X).gradients, atol=1e-4)


def test_of_a_custom_cell():
    X = FORMS["ragged"][:3]
    model = small(LSTMRegressor, cell=Simple()).fit(FORMS["ragged"], Y)
    assert_gradients(saliency(model, X), model.predict, X)


def test_of_a_pipeline_it_is_by_the_transformed_x():
    X = FORMS["3-D"]
    pipeline = make_pipeline(TimeDistributed(StandardScaler()), small(LSTMRegressor)).fit(X, Y)
    result = saliency(pipeline, X)
    scaled = pipeline[:-1].transform(X)
    np.testing.assert_array_equal(result.X, scaled)
    np.testing.assert_array_equal(result.gradients, saliency(pipeline[-1], scaled).gradients)
    search = GridSearchCV(pipeline, {"lstmregressor__hidden_size": [3]}, cv=2).fit(X, Y)
    np.testing.assert_array_equal(saliency(search, X).gradients, result.gradients)


def test_names_of_channels():
    X = [pd.DataFrame(x, columns=["heat", "rain"]) for x in FORMS["ragged"]]
    model = small(LSTMRegressor).fit(X, Y)
    assert saliency(model, X).feature_names == ["heat", "rain"]


def test_the_estimator_is_not_changed():
    model = small(LSTMRegressor).fit(FORMS["table"], Y)
    before = model.predict(FORMS["table"]), model.weights_
    saliency(model, FORMS["table"])
    np.testing.assert_array_equal(model.predict(FORMS["table"]), before[0])
    for name, array in before[1].items():
        np.testing.assert_array_equal(model.weights_[name], array)


def test_refusals():
    X = FORMS["table"]
    with pytest.raises(NotFittedError, match="not fitted yet"):
        saliency(LSTMRegressor(), X)
    with pytest.raises(TypeError, match="class LSTMRegressor; expected a fitted object"):
        saliency(LSTMRegressor, X)
    texts = LSTMLanguageModel(2, max_iter=1).fit(["abc abc"])
    with pytest.raises(TypeError, match="it reads tokens, which are no numbers"):
        saliency(texts, ["abc"])
    with pytest.raises(TypeError, match="an LSTMRegressor or LSTMClassifier.*got Ridge"):
        saliency(Ridge().fit(X, Y), X)
    forecaster = SequenceForecaster(Ridge()).fit(None, np.arange(40.0))
    with pytest.raises(TypeError, match="Pass its network, regressor_, and windows"):
        saliency(forecaster, X)
    model = small(LSTMRegressor).fit(X, Y)
    with pytest.raises(ValueError, match="X is sequences .* fitted on a table"):
        saliency(model, FORMS["3-D"])
    with pytest.raises(ValueError, match="response_method='predict_proba' is for classifiers"):
        saliency(model, X, response_method="predict_proba")
    with pytest.raises(ValueError, match="is not a valid response_method"):
        saliency(model, X, response_method="proba")
    with pytest.raises(ValueError, match="expected None, as there is only one"):
        saliency(model, X, target=0)
    classifier = small(LSTMClassifier).fit(X, LABELS)
    with pytest.raises(ValueError, match="target='left' is not one of the classes, which are"):
        saliency(classifier, X, target="left")


def test_it_finds_the_step_that_decides():
    X, _ = make_classification(200, 8, random_state=0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = LSTMClassifier(8, max_iter=60, pooling="last", random_state=0).fit(X, X[:, -1] > 0)
    size = np.abs(saliency(model, X).gradients).mean(axis=0)
    assert size.argmax() == 7
    assert len(size) == 8 and len(X) > N


FRAMES = [pd.DataFrame(x, columns=["heat", "rain"]) for x in FORMS["ragged"]]
PIPELINES = {
    "scaler": ([TimeDistributed(StandardScaler())], ["heat", "rain"]),
    "two": ([TimeDistributed(StandardScaler()), TimeDistributed(MinMaxScaler())], ["heat", "rain"]),
    "nested": ([make_pipeline(TimeDistributed(StandardScaler()), "passthrough")], ["heat", "rain"]),
    "pipeline of steps": (
        [TimeDistributed(make_pipeline(StandardScaler(), MinMaxScaler()))],
        ["heat", "rain"],
    ),
    "new channels": (
        [TimeDistributed(PolynomialFeatures(include_bias=False, interaction_only=True))],
        ["heat", "rain", "heat rain"],
    ),
    "no names": ([TimeDistributed(FunctionTransformer(np.tanh))], None),
    "patches": ([Patches(2)], ["heat_0", "rain_0", "heat_1", "rain_1"]),
    "scaler, patches": (
        [TimeDistributed(StandardScaler()), Patches(2)],
        ["heat_0", "rain_0", "heat_1", "rain_1"],
    ),
}


@pytest.mark.parametrize("case", PIPELINES)
@pytest.mark.parametrize("searched", [False, True])
def test_channels_keep_their_names_in_pipelines(case, searched):
    steps, names = PIPELINES[case]
    model = make_pipeline(*steps, small(LSTMRegressor))
    if searched:
        model = GridSearchCV(model, {"lstmregressor__num_layers": [1]}, cv=2)
    model.fit(FRAMES, Y)
    assert saliency(model, FRAMES).feature_names == names
    unnamed = [x.to_numpy() for x in FRAMES]
    assert saliency(model.fit(unnamed, Y), unnamed).feature_names is None
