"""ToSequences and TimeDistributed as scikit-learn transformers, and sliding_windows."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.utils.estimator_checks import check_estimator

from sklstm._validation.sequences import as_sequences, is_ragged
from sklstm.preprocessing import (
    TimeDistributed,
    ToSequences,
    parallel_strips,
    sliding_windows,
)

# Two sequences of three steps and two channels: the value tells sequence, step and channel.
NTC = np.array([[[111.0, 112], [121, 122], [131, 132]], [[211, 212], [221, 222], [231, 232]]])
RAGGED = [NTC[0], NTC[1, :2]]
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
each_transformer = pytest.mark.parametrize("name", TRANSFORMERS)


def cells(*items):
    """Make a 1-D object array, whatever the items' lengths."""
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


# is_ragged and as_sequences --------------------------------------------------------------------

FORMS = {
    "2-D array": (np.zeros((2, 3)), False),
    "3-D array": (np.zeros((2, 3, 1)), False),
    "1-D array": (np.zeros(3), False),
    "2-D object array": (np.zeros((2, 3), dtype=object), False),
    "1-D object array of numbers": (np.zeros(3, dtype=object), False),
    "DataFrame": (pd.DataFrame(np.zeros((2, 3))), False),
    "sparse": (csr_array((2, 3)), False),
    "empty list": ([], False),
    "list of numbers": ([1, 2], False),
    "list of strings": (["ab", "c"], False),
    "2-D nested list": ([[1, 2], [3, 4]], False),
    "3-D nested list": ([[[1], [2]], [[3], [4]]], False),
    "2-D nested tuple": (((1, 2), (3, 4)), False),
    "list of lists of different lengths": ([[1, 2], [3]], True),
    "tuple of lists of different lengths": (([1, 2], [3]), True),
    "nested lists of different lengths": ([[[1], [2]], [[3]]], True),
    "list of equally long 1-D arrays": ([np.zeros(3), np.zeros(3)], True),
    "list of one 2-D array": ([np.zeros((3, 2))], True),
    "list of DataFrames": ([pd.DataFrame(np.zeros((3, 2)))], True),
    "list of Series": ([pd.Series([1.0])], True),
    "object array of arrays": (cells(np.zeros(2), np.zeros(3)), True),
    "object array of one list": (cells([1.0, 2.0]), True),
    "Series of arrays": (pd.Series([np.zeros(2), np.zeros(3)]), True),
    "Series of strings": (pd.Series(["a", "b"]), False),
    "Series of numbers": (pd.Series([1.0, 2.0]), False),
    "a number": (1.0, False),
    "None": (None, False),
}


@pytest.mark.parametrize("form", FORMS)
def test_is_ragged(form):
    X, expected = FORMS[form]
    assert is_ragged(X) is expected


@pytest.mark.parametrize(
    ("dtypes", "expected"),
    [
        ((np.float32, np.float32), np.float32),
        ((np.float32, np.float64), np.float64),
        ((np.float32, np.uint8), np.float64),
        ((np.int64, np.int64), np.float64),
        ((np.float16, np.float16), np.float64),
        ((bool, object), np.float64),
    ],
)
def test_sequences_share_one_float_type(dtypes, expected):
    sequences = as_sequences([np.ones(2, dtype=dtypes[0]), np.ones((3, 1), dtype=dtypes[1])])
    assert [s.dtype for s in sequences] == [expected, expected]
    assert [s.shape for s in sequences] == [(2, 1), (3, 1)]


def test_sequences_are_not_copied_without_need():
    assert all(np.shares_memory(a, b) for a, b in zip(as_sequences(RAGGED), RAGGED, strict=True))


SCALER = TimeDistributed(StandardScaler())
STRICT = TimeDistributed(PolynomialFeatures())  # lets no NaN through
GOOD = np.ones((3, 2))
BAD_SEQUENCES = {
    "sparse": (csr_array(GOOD), TypeError, r"X\[1\] is sparse.*toarray"),
    "complex": (GOOD * 1j, ValueError, r"Complex data not supported: X\[1\]"),
    "strings": (np.array([["a", "b"]]), ValueError, r"X\[1\] has dtype <U1"),
    "objects": (np.array([["a", None]], dtype=object), ValueError, r"X\[1\] cannot be read"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), ValueError, r"X\[1\] has dtype datetime64"),
    "NaN": (np.where([[1, 1], [0, 1]], GOOD[:2], np.nan), ValueError, r"X\[1\].*NaN at step 1"),
    "inf": (GOOD * -np.inf, ValueError, r"X\[1\] contains infinity at step 0"),
    "no step": (GOOD[:0], ValueError, r"X\[1\] is empty: 0 step\(s\) of 2 channel\(s\)"),
    "no channel": (GOOD[:, :0], ValueError, r"X\[1\] is empty: 3 step\(s\) of 0 channel\(s\)"),
    "3-D": (GOOD[np.newaxis], ValueError, r"X\[1\] has shape \(1, 3, 2\); a sequence is \(T,\)"),
    "a number": (1.0, ValueError, r"X\[1\] has shape \(\)"),
    "irregular": ([[1.0, 2.0], [3.0]], ValueError, r"X\[1\] is not a regular array"),
    "channels": (GOOD[:, :1], ValueError, r"X\[1\] has 1 channel\(s\) per step, but X\[0\] has 2"),
}


@pytest.mark.parametrize("case", BAD_SEQUENCES)
@pytest.mark.parametrize("transformer", [ToSequences(), STRICT], ids=repr)
def test_bad_sequences_are_named(case, transformer):
    bad, error, message = BAD_SEQUENCES[case]
    transformer = clone(transformer)
    with pytest.raises(error, match=message):
        transformer.fit([GOOD, bad])
    transformer.fit([GOOD])
    with pytest.raises(error, match=message):
        transformer.transform([GOOD, bad])


BAD_ARRAYS = {
    "sparse": (csr_array(GOOD), TypeError, "Sparse data was passed"),
    "complex": (NTC * 1j, ValueError, "Complex data not supported"),
    "NaN": (NTC * np.nan, ValueError, "Input X contains NaN"),
    "inf": (NTC * np.inf, ValueError, "Input X contains infinity"),
    "no sequence": (NTC[:0], ValueError, r"0 sample\(s\)"),
    "no row": (NTC[:0, 0], ValueError, r"0 sample\(s\)"),
    "no step": (NTC[:, :0], ValueError, r"X is empty: it has shape \(2, 0, 2\)"),
    "no channel": (NTC[:, :, :0], ValueError, r"X is empty: it has shape \(2, 3, 0\)"),
    "no column": (NTC[:, 0, :0], ValueError, r"0 feature\(s\)"),
    "4-D": (NTC[np.newaxis], ValueError, r"X has shape \(1, 2, 3, 2\); expected a table"),
    "1-D": (NTC[0, 0], ValueError, "Expected 2D array, got 1D array"),
    "strings": ([["a", "b"]], ValueError, "X has dtype .* strings, expected numbers"),
    "empty list": ([], ValueError, "Expected 2D array"),
    "None": (None, ValueError, "Expected 2D array|NoneType|scalar"),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
@pytest.mark.parametrize("transformer", [ToSequences(), STRICT], ids=repr)
def test_bad_arrays_are_named(case, transformer):
    bad, error, message = BAD_ARRAYS[case]
    with pytest.raises(error, match=message):
        clone(transformer).fit(bad)


# Both are real scikit-learn transformers -------------------------------------------------------


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


# ToSequences -----------------------------------------------------------------------------------

STATIC = np.array([[1.0, 2.0], [3.0, 4.0]])
WITH_STATIC = np.concatenate([NTC, np.repeat(STATIC[:, np.newaxis], 3, axis=1)], axis=2)
LAGS = {f"lag{i + 1}": NTC[:, 2 - i, 0] for i in range(3)}
READ_ONLY = NTC[:, :, 0].copy()
READ_ONLY.flags.writeable = False
CLIENTS = {
    "darts, C order": ({"n_channels": 2}, NTC.reshape(2, 6), NTC),
    "darts, F order": ({"n_channels": 2}, np.asfortranarray(NTC.reshape(2, 6)), NTC),
    "darts with static covariates": (
        {"n_channels": 2, "n_static": 2},
        np.hstack([NTC.reshape(2, 6), STATIC]),
        WITH_STATIC,
    ),
    "darts with covariates": (
        {"n_channels": [1, 2], "n_static": 2},
        np.hstack([NTC[:, :, 0], WITH_STATIC[:, :, [1, 2]].reshape(2, 6), STATIC]),
        WITH_STATIC[:, :, [0, 1, 2, 2, 3]],
    ),
    "groups, newest first": (
        {"n_channels": (2, 1), "time_order": "newest_first"},
        np.hstack([NTC[:, ::-1].reshape(2, 6), NTC[:, ::-1, 0]]),
        NTC[:, :, [0, 1, 0]],
    ),
    "skforecast": ({"time_order": "newest_first"}, READ_ONLY[:, ::-1], NTC[:, :, :1]),
    "skforecast with exog": (
        {"time_order": "newest_first", "n_static": 2},
        np.hstack([NTC[:, ::-1, 0], STATIC]),
        WITH_STATIC[:, :, [0, 2, 3]],
    ),
    "skforecast bootstrapping": (
        {"time_order": "newest_first"},
        np.asfortranarray(NTC[:, ::-1, 0]),
        NTC[:, :, :1],
    ),
    "skforecast multi-series": (
        {"time_order": "newest_first", "n_static": 1},
        pd.DataFrame(LAGS | {"_level_skforecast": [1, 3]}),
        WITH_STATIC[:, :, [0, 2]],
    ),
    "mlforecast": (
        {"time_order": "newest_first", "n_static": 1},
        pd.DataFrame(LAGS | {"month": np.array([1, 3], dtype=np.uint8)}),
        WITH_STATIC[:, :, [0, 2]],
    ),
    "sktime tabular": ({}, NTC[:, :, 0], NTC[:, :, :1]),
    "sktime tabular with exog": (
        {"n_channels": 2, "layout": "NCT"},
        NTC.transpose(0, 2, 1).reshape(2, 6),
        NTC,
    ),
    "sktime time-series": ({"layout": "NCT"}, NTC.transpose(0, 2, 1), NTC),
    "aeon": ({"layout": "NCT"}, NTC.transpose(0, 2, 1).tolist(), NTC),
    "3-D": ({}, NTC, NTC),
    "3-D newest first": ({"time_order": "newest_first"}, NTC[:, ::-1], NTC),
    "channels first, newest first, static": (
        {"n_channels": 2, "layout": "NCT", "time_order": "newest_first", "n_static": 2},
        np.hstack([NTC[:, ::-1].transpose(0, 2, 1).reshape(2, 6), STATIC]),
        WITH_STATIC,
    ),
    "ragged": ({}, RAGGED, RAGGED),
    "object array": ({}, cells(*RAGGED), RAGGED),
    "aeon ragged": ({"layout": "NCT"}, [s.T for s in RAGGED], RAGGED),
    "ragged newest first": ({"time_order": "newest_first"}, [s[::-1] for s in RAGGED], RAGGED),
    "ragged, one channel": ({}, [s[:, 0] for s in RAGGED], [s[:, :1] for s in RAGGED]),
    "ragged, one channel, channels first": (
        {"layout": "NCT"},
        [s[:, 0].tolist() for s in RAGGED],
        [s[:, :1] for s in RAGGED],
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
def test_layouts_of_the_clients(client):
    params, X, expected = CLIENTS[client]
    transformer = ToSequences(**params)
    for result in (transformer.fit_transform(X), transformer.transform(X)):
        assert isinstance(result, list) == isinstance(expected, list)
        assert len(result) == len(expected)
        for sequence, expected_sequence in zip(result, expected, strict=True):
            assert_array_equal(sequence, expected_sequence)


def test_one_row_is_enough():
    transformer = ToSequences(2, n_static=2).fit(np.hstack([NTC.reshape(2, 6), STATIC]))
    row = np.hstack([NTC[1].ravel(), STATIC[1]])[np.newaxis]
    assert_array_equal(transformer.transform(row), WITH_STATIC[1:])


@pytest.mark.parametrize(
    ("params", "X", "message"),
    [
        ({"n_channels": 0}, NTC, "n_channels=0 is not valid; expected an integer >= 1"),
        ({"n_channels": True}, NTC, "n_channels=True"),
        ({"n_channels": 2.0}, NTC, "n_channels=2.0"),
        ({"n_static": -1}, NTC, "n_static=-1 is not valid; expected an integer >= 0"),
        ({"layout": "nct"}, NTC, "'nct' is not a valid layout; did you mean 'NCT'"),
        ({"time_order": "newest"}, NTC, "did you mean 'newest_first'"),
        ({"n_static": 1}, NTC, "n_static=1 needs a table"),
        ({"n_static": 1}, RAGGED, "n_static=1 needs a table"),
        ({"n_channels": 2}, NTC[:, :, 0], r"X has 3 column\(s\), expected .* T \* 2 \+ 0"),
        ({"n_channels": 2, "n_static": 3}, NTC[:, :, 0], r"T \* 2 \+ 3 with a whole number T >= 1"),
        ({"n_static": 4}, NTC[:, :, 0], r"T \* 1 \+ 4"),
        ({"n_channels": [1, 1]}, NTC[:, :, 0], r"T \* 2 \+ 0"),
        ({"n_channels": [1, 0]}, NTC, "an entry of n_channels=0"),
        ({"n_channels": []}, NTC, r"n_channels=\[\] with layout='NTC' .* at least one"),
        ({"n_channels": [1, 1], "layout": "NCT"}, NTC, "with layout='NCT' is not valid"),
    ],
)
def test_parameters_that_do_not_fit(params, X, message):
    with pytest.raises(ValueError, match=message):
        ToSequences(**params).fit(X)


def test_layout_is_a_name():
    with pytest.raises(TypeError, match="layout must be one of 'NCT', 'NTC'; got None"):
        ToSequences(layout=None).fit(NTC)


# TimeDistributed -------------------------------------------------------------------------------

STEPS = {
    "2-D": (NTC[:, :, 0], NTC[:, :, 0].reshape(-1, 1)),
    "DataFrame": (pd.DataFrame(NTC[:, :, 0]), NTC[:, :, 0].reshape(-1, 1)),
    "3-D": (NTC, NTC.reshape(-1, 2)),
    "3-D F order": (np.asfortranarray(NTC), NTC.reshape(-1, 2)),
    "ragged": (RAGGED, np.concatenate(RAGGED)),
    "ragged, one channel": ([s[:, 0] for s in RAGGED], np.concatenate(RAGGED)[:, :1]),
    "ragged DataFrames": ([pd.DataFrame(s) for s in RAGGED], np.concatenate(RAGGED)),
}


def rows_of(X):
    """Stack the steps of a result in any form."""
    if isinstance(X, list):
        return np.concatenate(X)
    return X.reshape(-1, 1 if X.ndim == 2 else X.shape[2])


@pytest.mark.parametrize("form", STEPS)
@pytest.mark.parametrize("inner", [StandardScaler(), MinMaxScaler(), PCA(1)], ids=repr)
def test_the_inner_transformer_sees_all_steps_as_rows(form, inner):
    X, rows = STEPS[form]
    expected = clone(inner).fit(rows)
    transformer = TimeDistributed(inner).fit(X)
    result = transformer.transform(X)
    assert_allclose(rows_of(result), expected.transform(rows), rtol=0, atol=1e-12)
    assert_allclose(rows_of(transformer.fit_transform(X)), rows_of(result), rtol=0, atol=0)
    back = transformer.inverse_transform(result)
    assert_allclose(rows_of(back), expected.inverse_transform(expected.transform(rows)), atol=1e-9)
    if isinstance(X, list):
        assert [s.shape for s in back] == [(3, rows.shape[1]), (2, rows.shape[1])]
    else:
        assert back.shape == X.shape


def test_the_given_transformer_is_not_fitted():
    inner = StandardScaler()
    TimeDistributed(inner).fit(NTC)
    assert not hasattr(inner, "mean_")


@pytest.mark.parametrize("form", ["2-D", "3-D", "ragged"])
def test_more_channels_out_than_in(form):
    X, rows = STEPS[form]
    inner = PolynomialFeatures(2, include_bias=False)
    transformer = TimeDistributed(inner).fit(X)
    result = transformer.transform(X)
    n_out = inner.fit(rows).n_output_features_
    assert transformer.n_channels_out_ == n_out
    if form == "ragged":
        assert [s.shape for s in result] == [(3, n_out), (2, n_out)]
    else:
        assert result.shape == (2, 3, n_out)
    assert_allclose(rows_of(result), inner.transform(rows))


def test_table_with_more_channels_out_comes_back_as_a_table():
    X = NTC[:, :, 0] // 10 % 3
    transformer = TimeDistributed(OneHotEncoder()).fit(X)
    hot = transformer.transform(X)  # a sparse matrix inside
    assert hot.shape == (2, 3, transformer.n_channels_out_)
    assert_array_equal(transformer.inverse_transform(hot), X)


def test_inner_transformers_that_turn_float32_into_float64_do_not_slow_down_what_follows():
    X = (NTC // 10 % 3).astype(np.float32)
    assert OneHotEncoder().fit_transform(X[0]).dtype == np.float64
    assert TimeDistributed(OneHotEncoder()).fit_transform(X).dtype == np.float32


def test_inverse_transform_exists_only_if_the_inner_one_has_it():
    assert hasattr(TimeDistributed(StandardScaler()), "inverse_transform")
    assert not hasattr(TimeDistributed(PolynomialFeatures()), "inverse_transform")
    assert not hasattr(TimeDistributed(PolynomialFeatures()).fit(NTC), "inverse_transform")


def test_inverse_transform_takes_other_lengths_but_not_other_widths():
    transformer = TimeDistributed(StandardScaler()).fit(NTC)
    assert_allclose(transformer.inverse_transform(transformer.transform(NTC)[:1, :2]), NTC[:1, :2])
    with pytest.raises(ValueError, match=r"X has 1 channel\(s\) per step, but transform returns 2"):
        transformer.inverse_transform(NTC[:, :, :1])
    with pytest.raises(ValueError, match=r"X has 1 channel\(s\) per step"):
        transformer.inverse_transform(NTC[:, :, 0])


def test_imputers_may_see_nan_and_others_not():
    X = NTC.copy()
    X[0, 1, 0] = np.nan
    filled = TimeDistributed(SimpleImputer()).fit_transform(X)
    assert_allclose(filled[0, 1, 0], np.delete(NTC[:, :, 0].ravel(), 1).mean())
    filled = TimeDistributed(SimpleImputer()).fit_transform([X[0], X[1, :1]])
    assert_allclose(filled[0][1, 0], np.mean([111, 131, 211]))
    with pytest.raises(ValueError, match="NaN"):
        TimeDistributed(PolynomialFeatures()).fit(X)
    with pytest.raises(ValueError, match="infinity"):
        TimeDistributed(SimpleImputer()).fit([X[0], X[1] * np.inf])


LABELS = np.array([1.0, 5.0])
SHIFTED = NTC + np.array(
    [[[0.0, 0.0]], [[0.0, 49.0]]]
)  # so that the channels differ in their scores
TARGETS = {
    "one per sequence": ([SHIFTED[0], SHIFTED[1, :2]], LABELS, np.repeat(LABELS, [3, 2])),
    "one per step": (list(SHIFTED), [NTC[0, :, 1], NTC[1, :, 1]], NTC[:, :, 1].ravel()),
    "one per step, 3-D": (SHIFTED, NTC[:, :, 1:], NTC[:, :, 1].ravel()),
}


@pytest.mark.parametrize("case", TARGETS)
def test_targets_reach_every_step(case):
    X, y, y_rows = TARGETS[case]
    transformer = TimeDistributed(SelectKBest(f_regression, k=1)).fit(X, y)
    expected = SelectKBest(f_regression, k=1).fit(np.concatenate(list(X)), y_rows)
    assert_allclose(transformer.transformer_.scores_, expected.scores_)


@pytest.mark.parametrize(
    "y", [["a", "b"], NTC[:, :2, 0], [["a", "b", "a"], ["b", "b"]], cells([1, 2, 3], [4, 5])]
)
def test_targets_of_any_form_do_not_disturb_those_that_ignore_them(y):
    expected = TimeDistributed(StandardScaler()).fit_transform(RAGGED)
    result = TimeDistributed(StandardScaler()).fit_transform(RAGGED, y)
    assert_array_equal(rows_of(result), rows_of(expected))


def test_targets_must_be_as_many_as_sequences():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        TimeDistributed(SelectKBest(f_regression, k=1)).fit(NTC, [1.0])


@pytest.mark.parametrize("inner", [StandardScaler, "scale", None, Ridge()], ids=repr)
def test_inner_must_be_a_transformer(inner):
    with pytest.raises(TypeError, match="must be an instance with fit and transform"):
        TimeDistributed(inner).fit(NTC)


def test_inner_must_keep_the_rows():
    drop = FunctionTransformer(lambda rows: rows[1:])
    with pytest.raises(ValueError, match=r"turned 1 row\(s\) into an array of shape \(0, 2\)"):
        TimeDistributed(drop).fit(NTC)


# Names and containers --------------------------------------------------------------------------


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
        assert not hasattr(transformer, "get_feature_names_out")


# Pipelines and searches ------------------------------------------------------------------------


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


def test_no_leak_from_the_rows_that_are_held_out():
    X = np.concatenate([NTC, NTC + 1e6])
    inner = TimeDistributed(StandardScaler()).fit(X[:2]).transformer_
    assert_allclose(inner.mean_, NTC.reshape(-1, 2).mean(axis=0))


# sliding_windows -------------------------------------------------------------------------------

SERIES = np.arange(10.0)
PANEL = np.column_stack([SERIES, SERIES + 100])
EXOG = np.column_stack([SERIES + 200, SERIES + 300])


def slow_windows(series, window, horizon, stride, exog):
    """What the docstring says, one sample at a time."""
    X, y = [], []
    for s in range(0, len(series) - window - horizon + 1, stride):
        steps = []
        for t in range(window):
            step = np.atleast_1d(series[s + t])
            if exog is not None:
                step = np.concatenate([step, np.atleast_1d(exog[s + t + horizon])])
            steps.append(step)
        X.append(steps)
        y.append(np.ravel(series[s + window : s + window + horizon]))
    X, y = np.array(X), np.array(y)
    if series.ndim == 1 and exog is None:
        X = X[:, :, 0]
    return X, y[:, 0] if series.ndim == 1 and horizon == 1 else y


@pytest.mark.parametrize("series", [SERIES, PANEL, PANEL[:, :1]], ids=["1-D", "2-D", "one column"])
@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("horizon", [1, 3, 6])
@pytest.mark.parametrize("stride", [1, 2, 20])
@pytest.mark.parametrize("exog", [None, EXOG, EXOG[:, 0]], ids=["none", "2-D", "1-D"])
def test_windows_are_as_documented(series, window, horizon, stride, exog):
    X, y = sliding_windows(series, window, horizon, stride=stride, exog=exog)
    expected_X, expected_y = slow_windows(series, window, horizon, stride, exog)
    assert X.shape == expected_X.shape and y.shape == expected_y.shape
    assert_array_equal(X, expected_X)
    assert_array_equal(y, expected_y)


def test_horizon_covers_the_future_exog():
    X, y = sliding_windows(SERIES, 4, 3, exog=SERIES)
    assert_array_equal(X[:, -3:, 1], y)


def test_multichannel_targets_go_step_by_step():
    _, y = sliding_windows(PANEL, 4, 3)
    assert_array_equal(y.reshape(len(y), 3, 2)[0], PANEL[4:7])


@pytest.mark.parametrize("series", [SERIES, PANEL], ids=["1-D", "2-D"])
@pytest.mark.parametrize("horizon", [1, 3])
def test_windows_are_views(series, horizon):
    X, y = sliding_windows(series, 4, horizon)
    assert np.shares_memory(X, series) and np.shares_memory(y, series)
    with pytest.raises(ValueError, match="read-only"):
        X[0] = 0.0


@pytest.mark.parametrize(
    ("series", "exog", "expected"),
    [
        (SERIES.astype(np.float32), None, np.float32),
        (SERIES.astype(np.float32), EXOG.astype(np.float32), np.float32),
        (SERIES.astype(np.float32), EXOG, np.float64),
        (SERIES.astype(int), None, np.float64),
        (pd.Series(SERIES), pd.DataFrame(EXOG), np.float64),
        (SERIES.tolist(), None, np.float64),
    ],
)
def test_forms_and_dtypes_of_series(series, exog, expected):
    X, y = sliding_windows(series, 4, 2, exog=exog)
    assert X.dtype == expected
    assert_array_equal(X.reshape(5, 4, -1)[:, :, 0], sliding_windows(SERIES, 4, 2)[0])
    assert_array_equal(y, sliding_windows(SERIES, 4, 2)[1])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"window": 0}, ValueError, "window=0 is not valid; expected an integer >= 1"),
        ({"window": 2.0}, ValueError, "window=2.0"),
        ({"horizon": 0}, ValueError, "horizon=0"),
        ({"stride": 0}, ValueError, "stride=0"),
        ({"stride": True}, ValueError, "stride=True"),
        ({"window": 8, "horizon": 3}, ValueError, r"series has 10 time point\(s\).* at least 11"),
        ({"series": SERIES * np.nan}, ValueError, "Input series contains NaN"),
        ({"series": SERIES + np.inf}, ValueError, "Input series contains infinity"),
        ({"series": SERIES * 1j}, ValueError, "Complex data not supported"),
        ({"series": SERIES[:0]}, ValueError, r"0 sample\(s\)"),
        ({"series": csr_array(PANEL)}, TypeError, "Sparse data was passed"),
        ({"series": NTC}, ValueError, "dim 3"),
        ({"exog": EXOG[:9]}, ValueError, r"exog has 9 time point\(s\), but series has 10"),
        ({"exog": EXOG * np.nan}, ValueError, "Input exog contains NaN"),
    ],
)
def test_windows_that_cannot_be_cut(arguments, error, message):
    arguments = {"series": SERIES, "window": 4} | arguments
    with pytest.raises(error, match=message):
        sliding_windows(**arguments)


def test_the_shortest_series():
    X, y = sliding_windows([1.0, 2.0], 1)
    assert X.tolist() == [[1.0]] and y.tolist() == [2.0]


# parallel_strips ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(11,), (11, 2)])
@pytest.mark.parametrize("n_strips", [1, 3, 11])
def test_strips_are_views_that_make_up_the_series(shape, n_strips):
    series = np.arange(np.prod(shape)).reshape(shape)
    strips = parallel_strips(series, n_strips)
    assert len(strips) == n_strips
    assert max(map(len, strips)) - min(map(len, strips)) <= 1
    assert all(np.shares_memory(strip, series) for strip in strips)
    np.testing.assert_array_equal(np.concatenate(strips), series)


def test_strips_refuse_what_cannot_be_cut():
    with pytest.raises(ValueError, match="n_strips=4 is more than the 3 steps"):
        parallel_strips([1, 2, 3], 4)
    with pytest.raises(ValueError, match="n_strips"):
        parallel_strips([1, 2, 3], 0)
    with pytest.raises(ValueError, match=r"shape \(1, 2, 3\); expected"):
        parallel_strips(np.zeros((1, 2, 3)), 1)
