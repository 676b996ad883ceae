"""Models of ONNX, run by ONNX Runtime, beside the estimators they were made from."""

import numpy as np
import onnx
import pytest
from cell_forms import FORMS as CELL_FORMS
from onnx_cases import (
    CUBE,
    FORMS,
    LABELS,
    LENGTHS,
    OPTIONS,
    RAGGED,
    TABLE,
    C,
    N,
    T,
    Y,
    cell_difference,
    difference,
    export_and_run,
    feed,
    fitted,
    in_form,
    run,
)
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV

from sklstm import (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
)
from sklstm.cells import CELLS, LSTM
from sklstm.core.losses import REGRESSION_LOSSES
from sklstm.export import to_onnx
from sklstm.losses import ClassificationLoss, Gaussian, Quantile, SquaredError

TOLERANCE = 1e-5
SECOND = np.sqrt(np.abs(Y))  # a second output, on another scale
COUNTS = np.round(Y * Y / 40)  # their variance exceeds their mean
every_form = pytest.mark.parametrize("form", FORMS)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def as_dtype(X, dtype):
    return [x.astype(dtype) for x in X] if isinstance(X, list) else X.astype(dtype)


# Networks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell(cell, options):
    for X in (CUBE, RAGGED):
        assert cell_difference(CELLS[cell](), X, **OPTIONS[options]) < TOLERANCE


@pytest.mark.parametrize("cell", CELL_FORMS)
def test_every_form_of_the_cells(cell):
    for X in (TABLE, RAGGED):
        options = OPTIONS["2, bidirectional"]
        assert cell_difference(CELL_FORMS[cell], X, **options) < TOLERANCE


@pytest.mark.parametrize("patch_length", [1, 2, 7])
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
@pytest.mark.parametrize("cell", ["lstm", "fgr"])
@every_form
def test_poolings_and_patches(form, cell, pooling, patch_length):
    options = {"pooling": pooling, "patch_length": patch_length, "bidirectional": True}
    assert cell_difference(cell, FORMS[form], **options) < TOLERANCE


def test_patches_that_auto_chooses():
    X = np.random.default_rng(0).standard_normal((4, 123)).astype(np.float32)
    model = LSTMClassifier(4, max_iter=1).fit(X, [0, 1, 0, 1])
    assert (model.patch_length_, model.pooling_) == (10, "max")
    output = export_and_run(model, X)["probabilities"]
    assert difference(output, model.predict_proba(X)) < TOLERANCE


def test_a_padded_batch_is_its_sequences_one_by_one():
    model = fitted(LSTMRegressor, RAGGED, Y, bidirectional=True, pooling="max", num_layers=2)
    exported = to_onnx(model, RAGGED)
    together = run(exported, feed(RAGGED))["variable"]
    for i, x in enumerate(RAGGED):
        alone = run(exported, feed([x]))["variable"][0]
        np.testing.assert_allclose(together[i], alone, rtol=1e-6)
        np.testing.assert_allclose(alone, model.predict([x]), rtol=1e-6)


@pytest.mark.parametrize("patch_length", [1, 3])
def test_numbers_of_sequences_and_steps_may_differ(patch_length):
    model = fitted(LSTMRegressor, CUBE, Y, pooling="mean", patch_length=patch_length)
    exported = to_onnx(model, CUBE[:1])
    for n, steps in [(1, 1), (2, 40), (100, 3)]:
        X = np.random.default_rng(n).standard_normal((n, steps, C)).astype(np.float32)
        output = run(exported, {"X": X})["variable"]
        assert difference(output, model.predict(X), model.target_scale_[0]) < TOLERANCE


def test_a_long_sequence_and_a_large_network():
    X = np.random.default_rng(0).standard_normal((2, 800, 3)).astype(np.float32)
    model = LSTMRegressor(100, patch_length=1, max_iter=1, random_state=0).fit(X, X[:, -1, 0])
    output = export_and_run(model, X)["variable"]
    assert difference(output, model.predict(X), model.target_scale_[0]) < TOLERANCE


@pytest.mark.parametrize("opset", [13, 17, 18, 22])
def test_versions_of_the_operators(opset):
    options = {"num_layers": 2, "bidirectional": True, "patch_length": 2}
    for cell, pooling in [("peephole", "attention"), ("fgr", "max"), ("gru", "mean")]:
        model = fitted(LSTMClassifier, RAGGED, LABELS, cell=cell, pooling=pooling, **options)
        exported = to_onnx(model, RAGGED, target_opset=opset)
        assert [o.version for o in exported.opset_import] == [opset]
        output = run(exported, feed(RAGGED))["probabilities"]
        assert difference(output, model.predict_proba(RAGGED)) < TOLERANCE


def test_the_model_by_default():
    model = fitted(LSTMRegressor, RAGGED, Y)
    exported = to_onnx(model, RAGGED[:1])
    assert (exported.opset_import[0].version, exported.ir_version) == (17, 8)
    assert exported.producer_name == "sklstm"

    def signature(values):
        return {
            v.name: (
                onnx.TensorProto.DataType.Name(v.type.tensor_type.elem_type),
                [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim],
            )
            for v in values
        }

    assert signature(exported.graph.input) == {
        "X": ("FLOAT", ["n", "T", C]),
        "sequence_lens": ("INT64", ["n"]),
    }
    assert signature(exported.graph.output) == {"variable": ("FLOAT", ["n", 1])}


def test_export_leaves_the_estimator_alone():
    model = fitted(LSTMRegressor, TABLE, Y)
    before = vars(model).copy()
    to_onnx(model, TABLE)
    assert vars(model) == before


# Regressors ------------------------------------------------------------------------------------

PER_STEP = pytest.mark.parametrize("per_step", [False, True], ids=["per sequence", "per step"])
OUTPUTS = pytest.mark.parametrize("several", [False, True], ids=["1 output", "2 outputs"])


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
@every_dtype
@PER_STEP
@OUTPUTS
def test_every_loss(loss, dtype, per_step, several):
    X = TABLE.astype(dtype)
    y = COUNTS if loss in ("poisson", "negative_binomial") else Y
    y = np.column_stack([y, y + 1]) if several else y
    model = fitted(LSTMRegressor, X, y, loss=loss, return_sequences=per_step)
    has_std = loss in ("gaussian", "student_t", "poisson", "negative_binomial")
    outputs = export_and_run(model, X, return_std=has_std, return_parameters=has_std)
    expected = {"variable": model.predict(X)}
    if has_std:
        expected["std"] = model.predict(X, return_std=True)[1]
        names = {"gaussian": 2, "student_t": 3, "poisson": 1, "negative_binomial": 2}
        assert outputs.pop("parameters").shape == (*model.predict(X).shape, names[loss])
    assert outputs.keys() == expected.keys()
    for name, values in expected.items():
        assert outputs[name].dtype == dtype
        assert difference(outputs[name], values, np.abs(values).max()) < TOLERANCE


@every_form
@PER_STEP
@OUTPUTS
def test_quantiles(form, per_step, several):
    X, levels = FORMS[form], [0.1, 0.5, 0.9]
    y = np.column_stack([Y, SECOND]) if several else Y
    for loss in ("gaussian", Quantile(levels)):
        model = fitted(LSTMRegressor, X, y, loss=loss, return_sequences=per_step)
        for asked in (levels[::-1], [0.5], 0.1):
            outputs = export_and_run(model, X, quantiles=asked)
            expected = model.predict_quantiles(X, asked)
            assert difference(outputs["quantiles"], expected, 100) < TOLERANCE
            assert difference(outputs["variable"], model.predict(X), 100) < TOLERANCE


def test_parameters_give_the_quantiles_that_onnx_cannot():
    from scipy import stats

    model = fitted(LSTMRegressor, TABLE, Y, loss="student_t")
    location, scale, df = export_and_run(model, TABLE, return_parameters=True)["parameters"].T
    quantile = stats.t.ppf(0.9, df, location, scale)
    np.testing.assert_allclose(quantile, model.predict_quantiles(TABLE, 0.9), rtol=1e-4)
    model = fitted(LSTMRegressor, TABLE, COUNTS, loss="negative_binomial")
    mean, dispersion = export_and_run(model, TABLE, return_parameters=True)["parameters"].T
    quantile = stats.nbinom.ppf(0.9, 1 / dispersion, 1 / (1 + mean * dispersion))
    np.testing.assert_array_equal(quantile, model.predict_quantiles(TABLE, 0.9))


def test_units_far_from_zero_are_exact_with_float64():
    X, y = TABLE.astype(float), 1e7 + Y
    model = fitted(LSTMRegressor, X, y)
    output = export_and_run(model, X)["variable"]
    assert output.dtype == np.float64
    assert difference(output, model.predict(X), model.target_scale_[0]) < TOLERANCE


# Classifiers -----------------------------------------------------------------------------------

LABELS_OF_ALL_KINDS = {
    "strings": LABELS,
    "two strings": np.where(LABELS == "up", "yes", "no"),
    "objects": LABELS.astype(object),
    "integers": np.arange(N) % 3 * 5 - 5,
    "booleans": LABELS == "up",
    "whole floats": np.arange(N) % 2 + 1.0,
}


@pytest.mark.parametrize("labels", LABELS_OF_ALL_KINDS)
@every_form
@PER_STEP
def test_labels_and_probabilities(form, labels, per_step):
    X, y = FORMS[form], LABELS_OF_ALL_KINDS[labels]
    model = fitted(LSTMClassifier, X, y, return_sequences=per_step)
    outputs = export_and_run(model, X)
    assert list(outputs) == ["label", "probabilities"]
    assert difference(outputs["probabilities"], model.predict_proba(X)) < TOLERANCE
    for label, own in zip(outputs["label"], model.predict(X), strict=True):
        assert np.array_equal(label[: len(own)] if per_step else label, own)


@every_form
@every_dtype
def test_several_labels_at_once(form, dtype):
    X = as_dtype(FORMS[form], dtype)
    model = fitted(LSTMClassifier, X, (CUBE[:, 0, :] > 0).astype(int))
    outputs = export_and_run(model, X)
    np.testing.assert_array_equal(outputs["label"], model.predict(X))
    assert outputs["probabilities"].dtype == dtype
    assert difference(outputs["probabilities"], model.predict_proba(X)) < TOLERANCE


def test_a_custom_loss_that_predicts_as_its_base_class():
    class Focal(ClassificationLoss):
        def __init__(self, n_classes=2):
            self.n_classes = n_classes

        def pointwise(self, raw, y):
            p = self.predict(raw)
            p[y[0].astype(int), np.arange(raw.shape[1])] -= 1
            return np.abs(p).sum(axis=0, keepdims=True), p

    class Own(SquaredError):
        pass

    model = fitted(LSTMClassifier, TABLE, LABELS, loss=Focal())
    output = export_and_run(model, TABLE)["probabilities"]
    assert difference(output, model.predict_proba(TABLE)) < TOLERANCE
    model = fitted(LSTMRegressor, TABLE, Y, loss=Own())
    output = export_and_run(model, TABLE)["variable"]
    assert difference(output, model.predict(TABLE), 100) < TOLERANCE


# Language models -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{}, {"embedding_dim": 3, "num_layers": 2}, {"level": "word"}, {"cell": "fgr"}],
    ids=str,
)
def test_the_next_token(options):
    prompts = ["the fox", "", "the"]
    model = LSTMLanguageModel(6, max_iter=1, random_state=0, **options)
    model.fit(["the quick brown fox", "the lazy dog"])
    number = {token: k for k, token in enumerate(model.vocabulary_)}
    split = str.split if options.get("level") == "word" else list
    tokens = [[len(number), *(number[t] for t in split(prompt))] for prompt in prompts]
    lengths = np.array([len(row) for row in tokens])
    padded = np.array([[*row, *[0] * (lengths.max() - len(row))] for row in tokens])
    inputs = {"tokens": padded, "sequence_lens": lengths}
    output = run(to_onnx(model, prompts), inputs)["probabilities"]
    assert difference(output, model.predict_proba(prompts)) < TOLERANCE


# Bad input -------------------------------------------------------------------------------------


class Doubled(SquaredError):
    def predict(self, raw):
        return 2 * raw


class Wider(Gaussian):
    pass


class CustomCell(LSTM):
    pass


class OwnPredictions(LSTMRegressor):
    def predict(self, X, return_std=False):
        return super().predict(X) + 1


class Sure(ClassificationLoss):
    def __init__(self, n_classes=2):
        self.n_classes = n_classes

    def decision(self, raw):
        return -raw

    def pointwise(self, raw, y):
        return (raw * raw).sum(axis=0, keepdims=True), 2 * raw


def refused(error, message, estimator, X=TABLE, **options):
    with pytest.raises(error, match=message):
        to_onnx(estimator, X, **options)


def test_what_cannot_be_exported():
    refused(NotFittedError, "not fitted", LSTMRegressor())
    refused(TypeError, "expected a fitted LSTMRegressor", LSTMRegressor)
    refused(TypeError, "expected a fitted LSTMRegressor", "model")
    refused(TypeError, "Convert the network, the attribute regressor_ and", SequenceForecaster())
    refused(TypeError, "regressor_ of each member of estimators_", VotingForecaster())
    search = GridSearchCV(LSTMRegressor(2, max_iter=1), {"num_layers": [1]}, refit=False, cv=2)
    refused(ValueError, "has refit=False and therefore no fitted estimator", search.fit(TABLE, Y))
    model = fitted(LSTMRegressor, TABLE, Y, cell=CustomCell())
    refused(ValueError, r"cell CustomCell\(\) has no ONNX form.*Fit an estimator with one", model)
    refused(TypeError, "OwnPredictions defines one of", fitted(OwnPredictions, TABLE, Y))
    for loss in (Doubled(), Wider()):
        model = fitted(LSTMRegressor, TABLE, Y, loss=loss)
        refused(ValueError, "has no ONNX form.*Fit an estimator with one", model)
    model = fitted(LSTMClassifier, TABLE, LABELS, loss=Sure())
    refused(ValueError, "defines the probabilities or the decision itself", model)
    for labels in (np.array([2**63, 1] * 4 + [1], np.uint64), np.array(["2026", "2027"], "M8[Y]")):
        model = fitted(LSTMClassifier, TABLE, np.resize(labels, N))
        refused(ValueError, "ONNX has labels that are strings or integers", model)


def test_outputs_that_there_are_not():
    model = fitted(LSTMRegressor, TABLE, Y)
    refused(ValueError, "without a standard deviation", model, return_std=True)
    refused(ValueError, "without quantiles", model, quantiles=0.1)
    refused(ValueError, "without the parameters of a distribution", model, return_parameters=True)
    refused(ValueError, "expected True or False", model, return_std="yes")
    classifier = fitted(LSTMClassifier, TABLE, LABELS)
    refused(ValueError, "are for regressors; got LSTMClassifier", classifier, return_std=True)
    model = fitted(LSTMRegressor, TABLE, Y, loss="student_t")
    refused(ValueError, r"return_parameters=True, .*\(location, scale, df\)", model, quantiles=0.1)
    model = fitted(LSTMRegressor, TABLE, Y, loss="gaussian")
    refused(ValueError, r"quantiles must be in \(0, 1\)", model, quantiles=1)
    refused(ValueError, "expected a number or a list", model, quantiles=[[0.1]])
    model = fitted(LSTMRegressor, TABLE, Y, loss=Quantile([0.1, 0.9]))
    refused(ValueError, r"learned the quantiles \[0.1, 0.9\]", model, quantiles=[0.1, 0.5])


def test_bad_arguments():
    table, cube = fitted(LSTMRegressor, TABLE, Y), fitted(LSTMRegressor, CUBE, Y)
    refused(ValueError, "fitted on a table", table, CUBE)
    refused(ValueError, "fitted on a table", table, RAGGED)
    refused(ValueError, "X has 5 features", table, TABLE[:, :5])
    refused(ValueError, "X has 1 channel", cube, CUBE[:, :, :1])
    refused(ValueError, "X is empty", cube, CUBE[:0])
    for opset in (12, 99, 17.0, True, None):
        refused(
            ValueError, "target_opset=.* expected an integer from 13", table, target_opset=opset
        )
    model = LSTMLanguageModel(2, max_iter=1).fit(["abc"])
    refused(ValueError, "not in the vocabulary: 'z'", model, "abz")


def test_shapes_of_the_cases():
    """The lengths of the sequences include the shortest, the longest and ties."""
    assert {1, T} < set(LENGTHS) and len(set(LENGTHS)) < N
    assert len({str(v) for v in in_form(Y, CUBE)[:, 0]}) == N
