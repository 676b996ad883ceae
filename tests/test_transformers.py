"""ToSequences and TimeDistributed as scikit-learn transformers, in pipelines and searches."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from preprocessing_cases import NTC, RAGGED, rows_of
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.utils.estimator_checks import check_estimator

from sklstm.preprocessing import Patches, TimeDistributed, ToSequences

TRANSFORMERS = {
    "ToSequences": ToSequences(),
    "StandardScaler": TimeDistributed(StandardScaler()),
    "MinMaxScaler": TimeDistributed(MinMaxScaler()),
    # Without the indicator its inverse_transform exists, but refuses to work.
    "SimpleImputer": TimeDistributed(SimpleImputer(add_indicator=True)),
    "PolynomialFeatures": TimeDistributed(PolynomialFeatures()),
    "PCA": TimeDistributed(PCA()),
    "SelectKBest": TimeDistributed(SelectKBest(k="all")),
}
SCALER = TimeDistributed(StandardScaler())
each_transformer = pytest.mark.parametrize("name", TRANSFORMERS)


# Both are real scikit-learn transformers ----------------------------------------------------------


@each_transformer
def test_scikit_learn_finds_nothing_to_complain_about(name):
    results = check_estimator(TRANSFORMERS[name], on_fail=None, on_skip=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert failed == {}
    assert sum(r["status"] == "passed" for r in results) >= 40
    assert {r["check_name"] for r in results if r["status"] not in ("passed", "failed")} <= {
        "check_array_api_input"  # needs an environment variable
    }


@each_transformer
def test_clone_and_pickle(name):
    y = [0.0, 1.0]
    fitted = clone(TRANSFORMERS[name]).fit(NTC, y)
    restored = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(restored.transform(NTC), fitted.transform(NTC))
    assert not hasattr(clone(fitted), "n_features_in_")
    with pytest.raises(NotFittedError):
        clone(fitted).transform(NTC)


@each_transformer
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_dtype_of_the_output(name, dtype):
    transformer = clone(TRANSFORMERS[name])
    expected = np.float32 if dtype is np.float32 else np.float64
    y = [0.0, 1.0]
    X = NTC.astype(dtype)
    assert transformer.fit(X, y).transform(X).dtype == expected
    assert transformer.fit(list(X), y).transform(list(X))[1].dtype == expected
    assert transformer.fit(X[:, :, 0], y).transform(pd.DataFrame(X[:, :, 0])).dtype == expected


@pytest.mark.parametrize("transformer", [ToSequences(), SCALER], ids=repr)
@pytest.mark.parametrize(
    ("fitted", "passed", "message"),
    [
        (NTC, NTC[:, :, :1], r"X has 1 channel\(s\) per step, but \w+ was fitted with 2"),
        (RAGGED, NTC[:, :, :1], r"X has 1 channel\(s\) per step"),
        (NTC[:, :, 0], NTC[:, :2, 0], "X has 2 features, but"),
        (NTC[:, :, 0], NTC[:, :, :1], r"X is sequences .* was fitted on a table \(2-D\)"),
        (NTC[:, :, :1], NTC[:, :, 0], r"X is a table \(2-D\), but \w+ was fitted on sequences"),
        (RAGGED, NTC[:, :, 0], r"X is a table \(2-D\)"),
    ],
    ids=["channels", "ragged channels", "columns", "3-D for 2-D", "2-D for 3-D", "2-D for ragged"],
)
def test_transform_wants_the_form_of_fit(transformer, fitted, passed, message):
    transformer = clone(transformer).fit(fitted)
    with pytest.raises(ValueError, match=message):
        transformer.transform(passed)


@pytest.mark.parametrize("transformer", [ToSequences(), SCALER], ids=repr)
def test_lists_and_3d_arrays_are_interchangeable_and_of_any_length(transformer):
    from_array, from_list = clone(transformer).fit(NTC), clone(transformer).fit(list(NTC))
    assert from_array.n_features_in_ == from_list.n_features_in_ == 2
    longer = np.concatenate([NTC, NTC], axis=1)
    assert_array_equal(from_list.transform(longer), from_array.transform(longer))
    assert_array_equal(from_array.transform(list(longer)), from_array.transform(longer))


@pytest.mark.parametrize("transformer", [ToSequences(), SCALER], ids=repr)
def test_column_names(transformer):
    frames = [pd.DataFrame(s, columns=["a", "b"]) for s in RAGGED]
    swapped = [frame[["b", "a"]] for frame in frames]
    transformer = clone(transformer).fit(frames)
    assert transformer.feature_names_in_.tolist() == ["a", "b"]
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        without_names = transformer.transform(RAGGED)[1]
    assert_array_equal(transformer.transform(frames)[1], without_names)
    with pytest.raises(ValueError, match=r"\['b', 'a'\], but \w+ was fitted with \['a', 'b'\]"):
        transformer.transform(swapped)
    with pytest.raises(ValueError, match=r"X\[1\] has the columns \['b', 'a'\], but X\[0\] has"):
        transformer.fit([frames[0], swapped[1]])
    assert not hasattr(transformer.fit(RAGGED), "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names, but"):
        transformer.transform(frames)


# Names and containers -----------------------------------------------------------------------------


def test_names_and_dataframes_for_tables():
    frame = pd.DataFrame(NTC[:, :, 0], columns=["t1", "t2", "t3"], index=["p", "q"])
    transformer = TimeDistributed(StandardScaler()).set_output(transform="pandas").fit(frame)
    assert transformer.get_feature_names_out().tolist() == ["t1", "t2", "t3"]
    result = transformer.transform(frame)
    assert result.columns.tolist() == ["t1", "t2", "t3"] and result.index.tolist() == ["p", "q"]
    assert isinstance(clone(transformer).fit_transform(frame), pd.DataFrame)


@pytest.mark.parametrize("X", [NTC, RAGGED], ids=["3-D", "ragged"])
@pytest.mark.parametrize(
    "transformer",
    [
        ToSequences(),
        TimeDistributed(StandardScaler()),
        TimeDistributed(PolynomialFeatures()),
        make_pipeline(ToSequences(), TimeDistributed(StandardScaler())),
    ],
    ids=["ToSequences", "scaler", "polynomial", "pipeline"],
)
def test_set_output_leaves_sequences_alone(transformer, X):
    expected = clone(transformer).fit_transform(X)
    with config_context(transform_output="pandas"):
        by_config = clone(transformer).fit_transform(X)
    before = clone(transformer).set_output(transform="pandas").fit_transform(X)
    after = clone(transformer).fit(X).set_output(transform="pandas").transform(X)
    for result in (by_config, before, after):
        assert type(result) is type(expected)
        assert_array_equal(rows_of(result), rows_of(expected))


def test_set_output_leaves_tables_that_become_sequences_alone():
    table = pd.DataFrame(NTC[:, :, 0])
    for transformer in (ToSequences(), TimeDistributed(PolynomialFeatures())):
        result = transformer.set_output(transform="pandas").fit_transform(table)
        assert isinstance(result, np.ndarray) and result.ndim == 3
    assert not hasattr(transformer, "get_feature_names_out")  # the names of columns


@pytest.mark.parametrize("X", [NTC, RAGGED, NTC[:, :, 0]], ids=["3-D", "ragged", "table"])
@pytest.mark.parametrize("transformer", [ToSequences(), Patches(2)], ids=repr)
def test_sequences_are_arrays_whatever_the_output_is_configured_to_be(transformer, X):
    expected = clone(transformer).fit_transform(X)
    with config_context(transform_output="pandas"):
        found = clone(transformer).fit_transform(X)
    assert type(found) is type(expected)
    assert_array_equal(rows_of(found), rows_of(expected))


@pytest.mark.parametrize(
    ("X", "params", "expected"),
    [
        (NTC, {}, ["x0", "x1"]),
        (RAGGED, {}, ["x0", "x1"]),
        (NTC, {"layout": "NCT"}, ["x0", "x1", "x2"]),
        ([pd.DataFrame(x, columns=["a", "b"]) for x in RAGGED], {}, ["a", "b"]),
        (NTC[:, :, 0], {}, ["x"]),
        (np.zeros((2, 6)), {"n_channels": 2}, ["x0", "x1"]),
        (np.zeros((2, 7)), {"n_channels": [1, 2], "n_static": 1}, ["x0", "x1", "x2", "x6"]),
        (pd.DataFrame(np.zeros((2, 5)), columns=list("abcde")), {"n_static": 2}, ["x", "d", "e"]),
    ],
)
def test_names_of_the_channels_of_sequences(X, params, expected):
    transformer = ToSequences(**params)
    with pytest.raises(NotFittedError):
        transformer.get_feature_names_out()
    sequences = transformer.fit_transform(X)
    names = transformer.get_feature_names_out()
    assert names.tolist() == expected and names.dtype == object
    assert len(names) == sequences[0].shape[1]
    known = list(getattr(X, "columns", [])) or [f"x{i}" for i in range(transformer.n_features_in_)]
    if not hasattr(transformer, "feature_names_in_") or hasattr(X, "columns"):
        assert transformer.get_feature_names_out(known).tolist() == expected
    with pytest.raises(ValueError, match=r"input_features has 9 name\(s\); expected \d, one for"):
        transformer.get_feature_names_out(list("abcdefghi"))


def test_names_that_differ_from_those_of_fit():
    frame = pd.DataFrame(np.zeros((2, 3)), columns=list("abc"))
    with pytest.raises(ValueError, match="which is not equal to feature_names_in_"):
        ToSequences().fit(frame).get_feature_names_out(["a", "c", "b"])


def test_names_through_a_pipeline():
    frame = pd.DataFrame(np.eye(4), columns=["lag3", "lag2", "lag1", "size"])
    pipeline = make_pipeline(StandardScaler(), ToSequences(n_static=1)).fit(frame)
    assert pipeline.get_feature_names_out().tolist() == ["x", "size"]


# Pipelines and searches ---------------------------------------------------------------------------


def flat_pipeline():
    """Sequences in, numbers out, with a regressor that takes tables: the mean of every channel."""
    mean_over_time = FunctionTransformer(np.mean, kw_args={"axis": 1})
    return make_pipeline(
        ToSequences(), TimeDistributed(StandardScaler()), mean_over_time, Ridge(alpha=1e-8)
    )


def test_grid_search_in_worker_processes():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 12))
    y = X[:, 1::2].mean(axis=1)  # the second of two channels: only n_channels=2 can tell them
    search = GridSearchCV(
        flat_pipeline(),
        {
            "tosequences__n_channels": [1, 2],
            "timedistributed__transformer__with_std": [True, False],
        },
        cv=2,
        n_jobs=2,
    ).fit(X, y)
    assert search.best_params_["tosequences__n_channels"] == 2
    assert search.best_score_ > 0.99


@pytest.mark.parametrize("with_lists", [False, True])
def test_grid_search_on_sequences(with_lists):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(20, 5, 2))
    y = X[:, :, 1].mean(axis=1)
    pipeline = flat_pipeline()
    if with_lists:
        X = list(X)
        pipeline.set_params(
            functiontransformer__func=mean_of_each, functiontransformer__kw_args=None
        )
    search = GridSearchCV(pipeline, {"ridge__alpha": [1e-8, 1e6]}, cv=2).fit(X, y)
    assert search.best_params_ == {"ridge__alpha": 1e-8}


def mean_of_each(sequences):
    return np.stack([sequence.mean(axis=0) for sequence in sequences])


def test_no_leak_from_test_rows():
    X = np.concatenate([NTC, NTC + 1e6])
    inner = TimeDistributed(StandardScaler()).fit(X[:2]).transformer_
    assert_allclose(inner.mean_, NTC.reshape(-1, 2).mean(axis=0))
