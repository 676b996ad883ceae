"""Sequences in other containers: Series of lists, nested data frames, columns of polars."""

import re

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import one
from refusals import RAGGED, C, N, Y, both, small, target
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.preprocessing import Patches, TimeDistributed, ToSequences, strip_padding

ONE_CHANNEL = [x[:, 0] for x in RAGGED]
EQUAL = [np.arange(3.0) + i for i in range(N)]


class Column:
    """The interface that Series of lists of polars and pyarrow share."""

    def __init__(self, items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __array__(self, dtype=None, copy=None):
        return objects(self.items)


def objects(items):
    array = np.empty(len(items), object)
    array[:] = items
    return array


def frame(items):
    """Sktime's nested data frame: a cell for each channel."""
    return pd.DataFrame({f"dim_{c}": [pd.Series(x[:, c]) for x in items] for c in range(C)})


CONTAINERS = {
    "series of arrays": (ONE_CHANNEL, pd.Series),
    "series of lists": (ONE_CHANNEL, lambda x: pd.Series([list(v) for v in x])),
    "equal lengths": (EQUAL, lambda x: pd.Series([list(v) for v in x])),
    "column": (ONE_CHANNEL, Column),
    "column of equal lengths": (EQUAL, Column),
    "column of several channels": (RAGGED, lambda x: Column([objects(list(v)) for v in x])),
    "list of columns": (EQUAL, lambda x: [Column(v) for v in x]),
    "column of a frame": (ONE_CHANNEL, lambda x: pd.DataFrame({"x": x})["x"]),
    "nested frame, one channel": (ONE_CHANNEL, lambda x: pd.DataFrame({"x": x})),
    "nested frame of lists": (EQUAL, lambda x: pd.DataFrame({"x": [list(v) for v in x]})),
    "nested frame": (RAGGED, frame),
    "generator in a list": (RAGGED, lambda x: [list(v) for v in x]),
}
containers = pytest.mark.parametrize("case", CONTAINERS)


@both
@containers
def test_containers_are_read_as_lists(make, case):
    items, convert = CONTAINERS[case]
    items = [np.asarray(x, dtype=float) for x in items]
    expected = small(make).fit(items, target(make))
    model = small(make).fit(convert(items), target(make))
    np.testing.assert_array_equal(model.predict(convert(items)), expected.predict(items))
    assert model.score(convert(items), target(make)) == expected.score(items, target(make))
    if case == "nested frame":
        assert model.feature_names_in_.tolist() == ["dim_0", "dim_1"]


@containers
@pytest.mark.parametrize(
    "transformer", [ToSequences(), Patches(2), TimeDistributed(StandardScaler())], ids=repr
)
def test_transformers_read_containers(transformer, case):
    items, convert = CONTAINERS[case]
    expected = clone(transformer).fit_transform([np.asarray(x, dtype=float) for x in items])
    for a, b in zip(clone(transformer).fit_transform(convert(items)), expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("convert", [pd.Series, Column, list, objects])
def test_targets_at_steps(convert):
    y = [x[:, 0] for x in RAGGED]
    model = small(LSTMRegressor, return_sequences=True)
    expected = model.fit(RAGGED, y).score(RAGGED, y)
    assert model.fit(RAGGED, convert(y)).score(RAGGED, convert(y)) == expected
    labels = [np.where(v > 0, "a", "b") for v in y]
    model = small(LSTMClassifier, return_sequences=True)
    expected = model.fit(RAGGED, labels).score(RAGGED, labels)
    assert model.fit(RAGGED, convert(labels)).score(RAGGED, convert(labels)) == expected


@pytest.mark.parametrize("convert", [pd.Series, Column, objects])
def test_series_of_several_lengths(convert):
    rng = np.random.default_rng(0)
    series = [rng.normal(size=n) for n in (30, 40)]
    expected = one().fit(None, series).forecast(3)
    np.testing.assert_array_equal(one().fit(None, convert(series)).forecast(3), expected)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            pd.DataFrame({"a": EQUAL, "b": range(N)}),
            r"in some columns, but numbers in others: \['b",
        ),
        (
            pd.DataFrame({"a": EQUAL, "b": [v[:2] for v in EQUAL]}),
            r"X\[0\] has cells of shapes \[\(3,\), \(2,\)\]",
        ),
        (pd.DataFrame({"a": [["u"] * 3] * N}), r"X\[0\] has dtype .*strings"),
        (pd.DataFrame({"a": [*EQUAL[1:], None]}), r"X\[9\] is None"),
        (pd.Series([*EQUAL[1:], None]), r"X\[9\] is None"),
        (Column([*EQUAL[1:], None]), r"X\[9\] is None"),
        (np.array([[[1.0], [2.0]], [[1.0], None]], object), r"X\[.*\] is a list|X\[1, 1, 0\]"),
    ],
)
def test_cells_that_are_no_sequences(X, message):
    with pytest.raises(ValueError, match=message):
        small(LSTMRegressor).fit(X, Y)


# Padding


def padded(value, side, dtype=float):
    longest = max(map(len, RAGGED))
    X = np.full((N, longest, C), value, dtype)
    for row, x in zip(X, RAGGED, strict=True):
        row[slice(len(x)) if side == "end" else slice(longest - len(x), None)] = x
    return X


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("side", ["start", "end"])
@pytest.mark.parametrize("value", [np.nan, 0.0, -1])
def test_padding_is_removed(value, side, dtype):
    X = padded(value, side, dtype)
    for given in (X, list(X), X.tolist()):
        for sides in (side, "both"):
            stripped = strip_padding(given, value, side=sides)
            for a, b in zip(stripped, RAGGED, strict=True):
                np.testing.assert_array_equal(a, b.astype(dtype))
    assert strip_padding(X, value)[0].dtype == dtype
    assert np.shares_memory(strip_padding(X, value)[0], X)
    one_channel = strip_padding(X[:, :, 0], value)
    assert [x.shape for x in one_channel] == [(len(x),) for x in RAGGED]


def test_only_whole_steps_at_one_side_are_padding():
    X = np.array([[[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [2.0, 2.0], [0.0, 0.0]]])
    assert strip_padding(X, 0)[0].tolist() == X[0, 1:4].tolist()
    assert strip_padding(X, 0, side="start")[0].tolist() == X[0, 1:].tolist()
    assert strip_padding(X, 0, side="end")[0].tolist() == X[0, :4].tolist()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"X": np.full((2, 3), np.nan)}, ValueError, r"X\[0\] contains nothing but padding, nan"),
        ({"X": np.ones(3)}, ValueError, r"X has shape \(3,\)"),
        ({"X": np.ones((2, 3)), "value": "0"}, TypeError, "value must be a number; got '0'"),
        ({"X": np.ones((2, 3)), "side": "left"}, ValueError, "'left' is not a valid side"),
        ({"X": {"a": [1.0]}}, TypeError, r"list\(X.values\(\)\)"),
    ],
)
def test_padding_that_cannot_be_removed(arguments, error, message):
    with pytest.raises(error, match=message):
        strip_padding(**arguments)


def test_lists_of_numbers_whose_lengths_are_equal_by_chance():
    X = [[1.0, 2.0], [1.0, 2.0, 3.0]] * 10
    model = LSTMRegressor(3, max_iter=2, random_state=0).fit(X, np.arange(20.0))
    alone = model.predict([[1.0, 2.0, 3.0]])
    np.testing.assert_allclose(alone, model.predict(X)[1:2], rtol=1e-12)
    with pytest.raises(ValueError, match="X is a table"):
        model.predict(np.array([[1.0, 2.0, 3.0]]))


def test_steps_in_the_rows_of_a_table_with_an_index_of_two_levels():
    frames = [pd.DataFrame(x, columns=list("ab")) for x in RAGGED]
    X = pd.concat(dict(enumerate(frames)))
    for make in (LSTMRegressor, LSTMClassifier):
        with pytest.raises(ValueError, match=r"one for each value in the first level") as error:
            small(make).fit(X, target(make))
        line = re.search(r"X = (\[.*\]), with", str(error.value)).group(1)
        sequences = eval(line, {"X": X})
        for sequence, frame in zip(sequences, frames, strict=True):
            pd.testing.assert_frame_equal(sequence, frame)
    # As many targets as rows: each row is a sequence.
    assert small(LSTMRegressor).fit(X, X["a"]).n_features_in_ == C
