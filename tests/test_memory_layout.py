"""Read-only arrays and arrays of any memory layout are accepted, and user data is not changed."""

import pickle

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import Flat
from refusals import CUBE, RAGGED, TABLE, N, both, small, target
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import (
    Patches,
    TimeDistributed,
    ToSequences,
    sliding_windows,
    strip_padding,
)


def _read_only(X, path):
    X = X.copy()
    X.flags.writeable = False
    return X


def _negative_strides(X, path):
    return X[::-1, ::-1].copy()[::-1, ::-1]


def _column_major(X, path):
    return np.asfortranarray(X)


def _every_second(X, path):
    return np.repeat(np.repeat(X, 2, axis=0), 2, axis=1)[::2, ::2]


def _mapped(X, path):
    file = path / f"{len(list(path.iterdir()))}.npy"
    np.save(file, X)
    return np.load(file, mmap_mode="r")


@both
@pytest.mark.parametrize(
    "layout",
    [_read_only, _negative_strides, _column_major, _every_second, _mapped],
)
@pytest.mark.parametrize("form", ["table", "3-D", "ragged"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_memory_layout_makes_no_difference(make, layout, form, dtype, tmp_path):
    if form == "ragged":
        plain = [x.astype(dtype) for x in RAGGED]
        odd = [layout(x, tmp_path) for x in plain]
    else:
        plain = {"table": TABLE, "3-D": CUBE}[form].astype(dtype)
        odd = layout(plain, tmp_path)
    expected = small(make).fit(plain, target(make))
    estimator = small(make).fit(odd, target(make))
    method = "predict" if make is LSTMRegressor else "predict_proba"
    for X in (plain, odd):
        np.testing.assert_array_equal(
            getattr(estimator, method)(X), getattr(expected, method)(plain)
        )


@both
@pytest.mark.parametrize("form", ["table", "3-D", "ragged"])
@pytest.mark.parametrize("order", "<>")
def test_float32_is_float32_in_any_order_of_bytes(make, order, form):
    """As it is read from a file."""
    plain, X = (
        [x.astype(dtype) for x in RAGGED]
        if form == "ragged"
        else {"table": TABLE, "3-D": CUBE}[form].astype(dtype)
        for dtype in (np.float32, f"{order}f4")
    )
    expected, estimator = (small(make).fit(each, target(make)) for each in (plain, X))
    method = "predict" if make is LSTMRegressor else "predict_proba"
    result = getattr(estimator, method)(X)
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result, getattr(expected, method)(plain))


@pytest.mark.parametrize("order", "<>")
def test_transformers_keep_float32_in_any_order_of_bytes(order):
    X = CUBE.astype(f"{order}f4")
    results = [
        Patches(2).fit_transform(X),
        ToSequences().fit_transform(X),
        TimeDistributed(StandardScaler()).fit_transform(X),
        *sliding_windows(X[0], 2),
        *strip_padding(X),
    ]
    assert {result.dtype for result in results} == {np.dtype(np.float32)}


@both
def test_read_only_targets_and_weights(make):
    y, weights = _read_only(target(make), None), _read_only(np.arange(1.0, N + 1), None)
    expected = small(make).fit(TABLE, y.copy(), weights.copy())
    estimator = small(make).fit(TABLE, y, weights)
    np.testing.assert_array_equal(estimator.predict(TABLE), expected.predict(TABLE))


@both
@pytest.mark.parametrize("form", ["table", "3-D", "ragged"])
def test_the_users_data_is_never_written_to(make, form):
    X = {"table": TABLE, "3-D": CUBE, "ragged": RAGGED}[form]
    y, weights = target(make), np.arange(1.0, N + 1)
    before = pickle.dumps((X, y, weights))
    estimator = small(make, dropout=0.5).fit(X, y, weights, X_val=X, y_val=y)
    estimator.predict(X)
    estimator.score(X, y, weights)
    assert pickle.dumps((X, y, weights)) == before


@pytest.mark.parametrize("layout", [np.asfortranarray, pd.DataFrame])
def test_the_memory_layout_of_series_makes_no_difference(layout):
    """Not even in the last bit, by a regressor whose sums depend on strides."""
    y, X = (np.random.default_rng(0).normal(size=(60, 2)).cumsum(axis=0) for _ in range(2))
    for level, scale in ((None, False), ("last", "auto")):
        params = {"level": level, "scale": scale, "transformer": None, "season_length": None}
        model = SequenceForecaster(Flat(), calibration_fraction=None, window=12, **params)
        expected = model.fit(X, y).forecast(X=X[:6])
        odd = model.fit(layout(X), layout(y)).forecast(X=X[:6])
        np.testing.assert_array_equal(odd, expected)


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_memory_layout_of_several_outputs_makes_no_difference(seed, per_step):
    """Not even in the last bit, with weights."""
    shape = (N, CUBE.shape[1], 2) if per_step else (N, 2)
    y = np.random.default_rng(seed).normal(3.0, 2.0, size=shape)
    weights = np.random.default_rng(seed).uniform(0.5, 2.0, size=shape[: 1 + per_step])
    plain, other = (
        small(LSTMRegressor, return_sequences=per_step).fit(CUBE, each, weights)
        for each in (y, np.asfortranarray(y))
    )
    for name, weight in plain.weights_.items():
        np.testing.assert_array_equal(other.weights_[name], weight)
