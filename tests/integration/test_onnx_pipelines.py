"""Pipelines and meta-estimators, converted by skl2onnx with our converters."""

import numpy as np
import pandas as pd
import pytest
import skl2onnx
from onnx_cases import CUBE, LABELS, RAGGED, TABLE, Y, difference, export_and_run, feed, run
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.export import register_skl2onnx, to_onnx
from sklstm.preprocessing import Patches, TimeDistributed, ToSequences

register_skl2onnx()
# StandardScaler of scikit-learn and of ONNX round differently in float32.
TOLERANCE = 1e-5


def small(make, **params):
    return make(**{"hidden_size": 4, "max_iter": 3, "random_state": 0} | params)


def scaled(make, **params):
    return make_pipeline(StandardScaler(), small(make, **params))


def steps_scaled(make, *before, **params):
    return make_pipeline(*before, TimeDistributed(StandardScaler()), small(make, **params))


def two(make):
    return [("a", small(make)), ("b", small(make, cell="gru"))]


NEWEST = {"time_order": "newest_first"}
REGRESSORS = {
    "table": (scaled(LSTMRegressor), TABLE),
    "table, two outputs": (scaled(LSTMRegressor), TABLE),
    "3-D": (steps_scaled(LSTMRegressor), CUBE),
    "ragged": (steps_scaled(LSTMRegressor), RAGGED),
    "table as one channel": (steps_scaled(LSTMRegressor), TABLE),
    "ToSequences": (steps_scaled(LSTMRegressor, ToSequences(**NEWEST, n_static=1)), TABLE),
    "groups": (make_pipeline(ToSequences([1, 2], n_static=1), small(LSTMRegressor)), TABLE),
    "table, NCT": (
        make_pipeline(ToSequences(3, layout="NCT", n_static=1, **NEWEST), small(LSTMRegressor)),
        TABLE,
    ),
    "3-D, NCT": (steps_scaled(LSTMRegressor, ToSequences(layout="NCT", **NEWEST)), CUBE),
    "ragged, newest first": (steps_scaled(LSTMRegressor, ToSequences(**NEWEST)), RAGGED),
    "Patches of a table": (make_pipeline(Patches(3), small(LSTMRegressor)), TABLE),
    "Patches, 3-D": (make_pipeline(Patches(3), small(LSTMRegressor)), CUBE),
    "Patches, ragged": (make_pipeline(Patches(3), small(LSTMRegressor)), RAGGED),
    "search": (GridSearchCV(scaled(LSTMRegressor), {"lstmregressor__alpha": [0, 1]}, cv=2), TABLE),
    "search, 3-D": (GridSearchCV(small(LSTMRegressor), {"alpha": [0, 1]}, cv=2), CUBE),
    "voting": (VotingRegressor(two(LSTMRegressor)), TABLE),
    "stacking": (StackingRegressor(two(LSTMRegressor), cv=2), TABLE),
    "bagging": (BaggingRegressor(small(LSTMRegressor), 2, random_state=0), TABLE),
    "one for each output": (MultiOutputRegressor(small(LSTMRegressor)), TABLE),
}
CLASSIFIERS = {
    "table": (scaled(LSTMClassifier), TABLE),
    "3-D": (steps_scaled(LSTMClassifier), CUBE),
    "ragged": (steps_scaled(LSTMClassifier, Patches(2)), RAGGED),
    "search": (
        GridSearchCV(scaled(LSTMClassifier), {"lstmclassifier__alpha": [0, 1]}, cv=2),
        TABLE,
    ),
    "voting": (
        VotingClassifier(two(LSTMClassifier), voting="soft", flatten_transform=False),
        TABLE,
    ),
    "stacking": (StackingClassifier(two(LSTMClassifier), cv=2), TABLE),
    "calibrated": (CalibratedClassifierCV(small(LSTMClassifier), cv=2), TABLE),
    "one against the rest": (OneVsRestClassifier(small(LSTMClassifier)), TABLE),
}
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def as_dtype(X, dtype):
    return [x.astype(dtype) for x in X] if isinstance(X, list) else X.astype(dtype)


@every_dtype
@pytest.mark.parametrize("case", REGRESSORS)
def test_regressors(case, dtype):
    model, X = REGRESSORS[case]
    X, y = as_dtype(X, dtype), np.column_stack([Y, -Y]) if "each" in case or "two" in case else Y
    model.fit(X, y)
    outputs = export_and_run(model, X)
    assert list(outputs) == ["variable"]
    assert outputs["variable"].dtype == dtype
    assert difference(outputs["variable"], model.predict(X), Y.std()) < TOLERANCE


@every_dtype
@pytest.mark.parametrize("labels", [LABELS, LABELS == "up"], ids=["three", "two"])
@pytest.mark.parametrize("case", CLASSIFIERS)
def test_classifiers(case, labels, dtype):
    model, X = CLASSIFIERS[case]
    X = as_dtype(X, dtype)
    model.fit(X, np.where(labels, "yes", "no") if labels.dtype == bool else labels)
    outputs = export_and_run(model, X)
    assert list(outputs) == ["label", "probabilities"]
    np.testing.assert_array_equal(outputs["label"], model.predict(X))
    assert outputs["probabilities"].dtype == dtype
    assert difference(outputs["probabilities"], model.predict_proba(X)) < TOLERANCE


def test_every_step_and_several_labels():
    indicators = (CUBE[:, :, 0] > 0).astype(int)
    for model, X, y in [
        (steps_scaled(LSTMClassifier, return_sequences=True), CUBE, indicators),
        (scaled(LSTMClassifier), TABLE, indicators[:, :3]),
    ]:
        model.fit(X, y)
        outputs = export_and_run(model, X)
        np.testing.assert_array_equal(outputs["label"], model.predict(X))
        assert difference(outputs["probabilities"], model.predict_proba(X)) < TOLERANCE
    model = steps_scaled(LSTMRegressor, return_sequences=True).fit(
        RAGGED, [x[:, 0] for x in RAGGED]
    )
    output = export_and_run(model, RAGGED)["variable"]
    assert difference(output, model.predict(RAGGED)) < TOLERANCE


def test_an_inner_pipeline_of_transformers():
    inner = make_pipeline(MinMaxScaler(), PolynomialFeatures(2))
    for X in (TABLE, CUBE, RAGGED):
        model = make_pipeline(TimeDistributed(inner), small(LSTMRegressor)).fit(X, Y)
        output = export_and_run(model, X)["variable"]
        assert difference(output, model.predict(X), Y.std()) < TOLERANCE


def test_std_quantiles_and_parameters_of_the_last_step():
    for model in (
        scaled(LSTMRegressor, loss="gaussian"),
        GridSearchCV(small(LSTMRegressor, loss="gaussian"), {"alpha": [0.0, 0.1]}, cv=2),
    ):
        model.fit(TABLE, Y)
        asked = {"return_std": True, "quantiles": [0.1, 0.9], "return_parameters": True}
        outputs = export_and_run(model, TABLE, **asked)
        assert list(outputs) == ["variable", "std", "quantiles", "parameters"]
        network = model[-1] if hasattr(model, "steps") else model.best_estimator_
        X = model[0].transform(TABLE) if hasattr(model, "steps") else TABLE
        for name, expected in [
            ("std", network.predict(X, return_std=True)[1]),
            ("quantiles", network.predict_quantiles(X, [0.1, 0.9])),
        ]:
            assert difference(outputs[name], expected, Y.std()) < TOLERANCE


def test_numbers_of_sequences_and_steps_may_differ():
    model = steps_scaled(LSTMRegressor, ToSequences(**NEWEST), pooling="mean").fit(CUBE, Y)
    exported = to_onnx(model, CUBE[:1])
    for n, steps in [(1, 1), (3, 50)]:
        X = np.random.default_rng(n).standard_normal((n, steps, 2)).astype(np.float32)
        output = run(exported, {"X": X})["variable"]
        assert difference(output, model.predict(X), Y.std()) < TOLERANCE


def test_as_many_steps_as_channels():
    X = CUBE[:, :2]
    model = steps_scaled(LSTMRegressor).fit(X, Y)
    assert difference(export_and_run(model, X)["variable"], model.predict(X), 20) < TOLERANCE
    model = steps_scaled(LSTMRegressor, ToSequences(layout="NCT")).fit(X, Y)
    exported = to_onnx(model, X)
    longer = np.ascontiguousarray(CUBE.transpose(0, 2, 1))
    output = run(exported, {"X": longer})["variable"]
    assert difference(output, model.predict(longer), 20) < TOLERANCE


# skl2onnx called directly ----------------------------------------------------------------------


@pytest.mark.parametrize("X", [TABLE, CUBE], ids=["table", "3-D"])
def test_skl2onnx_itself(X):
    for make in (LSTMRegressor, LSTMClassifier):
        scale = StandardScaler() if X.ndim == 2 else TimeDistributed(StandardScaler())
        model = make_pipeline(scale, small(make)).fit(X, Y if make is LSTMRegressor else LABELS)
        outputs = run(skl2onnx.to_onnx(model, X[:1]), feed(X))
        if make is LSTMRegressor:
            assert difference(outputs["variable"], model.predict(X), Y.std()) < TOLERANCE
        else:
            assert difference(outputs["probabilities"], model.predict_proba(X)) < TOLERANCE
            np.testing.assert_array_equal(outputs["label"], model.predict(X))


def test_options_of_skl2onnx():
    model = scaled(LSTMRegressor, loss="gaussian").fit(TABLE, Y)
    for key in (LSTMRegressor, id(model[-1])):
        options = {key: {"quantiles": [0.2], "return_std": True}}
        outputs = run(skl2onnx.to_onnx(model, TABLE[:1], options=options), feed(TABLE))
        expected = model[-1].predict_quantiles(model[0].transform(TABLE), [0.2])
        assert difference(outputs["quantiles"], expected, Y.std()) < TOLERANCE
    with pytest.raises(NameError, match="levels"):
        skl2onnx.to_onnx(model, TABLE[:1], options={LSTMRegressor: {"levels": [0.2]}})


def test_data_frames():
    X = pd.DataFrame(TABLE, columns=list("abcdefg")).astype({"b": float})
    X["c"] = np.arange(len(X))
    for model in (scaled(LSTMRegressor), small(LSTMRegressor)):
        model.fit(X, Y)
        output = run(to_onnx(model, X), {"X": X.to_numpy()})["variable"]
        assert difference(output, model.predict(X), Y.std()) < TOLERANCE
        columns = {name: X[[name]].to_numpy() for name in X}  # one input each, as skl2onnx has it
        output = run(skl2onnx.to_onnx(model, X), columns)["variable"]
        assert difference(output, model.predict(X), Y.std()) < TOLERANCE


@pytest.mark.parametrize("X", [TABLE, CUBE], ids=["table", "3-D"])
def test_integers(X):
    X = np.round(10 * X).astype(np.int64)
    for before in ((), (TimeDistributed(StandardScaler()),), (Patches(2),)):
        model = make_pipeline(*before, small(LSTMRegressor)).fit(X, Y)
        output = run(skl2onnx.to_onnx(model, X[:1]), {"X": X})["variable"]
        assert difference(output, model.predict(X), Y.std()) < TOLERANCE
        output = run(to_onnx(model, X[:1]), {"X": X.astype(float)})["variable"]
        assert difference(output, model.predict(X), Y.std()) < TOLERANCE


# Bad input -------------------------------------------------------------------------------------


def refused(error, message, model, X=TABLE, **options):
    with pytest.raises(error, match=message):
        to_onnx(model, X, **options)


def test_refusals():
    refused(NotFittedError, "not fitted", scaled(LSTMRegressor))
    model = scaled(LSTMRegressor).fit(TABLE, Y)
    refused(ValueError, "X has 5 features, but StandardScaler", model, TABLE[:, :5])
    refused(ValueError, "dim 3", model, CUBE)
    refused(ValueError, "without a standard deviation", model, return_std=True)
    likelihoods = VotingRegressor([("a", small(LSTMRegressor, loss="gaussian"))]).fit(TABLE, Y)
    refused(ValueError, "VotingRegressor does not pass on std", likelihoods, return_std=True)
    classifier = scaled(LSTMClassifier).fit(TABLE, LABELS)
    refused(ValueError, "Pipeline does not pass on quantiles", classifier, quantiles=0.5)
    # What skl2onnx has no converter for, it says itself.
    model = TransformedTargetRegressor(small(LSTMRegressor)).fit(TABLE, Y)
    refused(Exception, "TransformedTargetRegressor", model)
