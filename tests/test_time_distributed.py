"""TimeDistributed: a transformer of rows, applied to every step."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from preprocessing_cases import NTC, RAGGED, cells, rows_of
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    StandardScaler,
)

from sklstm.preprocessing import TimeDistributed

STEPS = {
    "2-D": (NTC[:, :, 0], NTC[:, :, 0].reshape(-1, 1)),
    "DataFrame": (pd.DataFrame(NTC[:, :, 0]), NTC[:, :, 0].reshape(-1, 1)),
    "3-D": (NTC, NTC.reshape(-1, 2)),
    "3-D F order": (np.asfortranarray(NTC), NTC.reshape(-1, 2)),
    "ragged": (RAGGED, np.concatenate(RAGGED)),
    "ragged, one channel": ([s[:, 0] for s in RAGGED], np.concatenate(RAGGED)[:, :1]),
    "ragged DataFrames": ([pd.DataFrame(s) for s in RAGGED], np.concatenate(RAGGED)),
}


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
    with pytest.raises(ValueError, match=r"X has \d+ sequence\(s\), but y has 1 target"):
        TimeDistributed(SelectKBest(f_regression, k=1)).fit(NTC, [1.0])


@pytest.mark.parametrize("inner", [StandardScaler, "scale", None, Ridge()], ids=repr)
def test_inner_must_be_a_transformer(inner):
    with pytest.raises(TypeError, match="must be an instance with fit and transform"):
        TimeDistributed(inner).fit(NTC)


def test_inner_must_keep_the_rows():
    drop = FunctionTransformer(lambda rows: rows[1:])
    with pytest.raises(ValueError, match=r"turned 1 row\(s\) into an array of shape \(0, 2\)"):
        TimeDistributed(drop).fit(NTC)
