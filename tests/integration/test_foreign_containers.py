"""Containers of other libraries as X and y: taken, or an error with the line to write."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from sklearn.preprocessing import StandardScaler
from sktime.datatypes import convert
from tslearn.utils import to_time_series_dataset

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import Patches, TimeDistributed, ToSequences, strip_padding

rng = np.random.default_rng(0)
CUBE = rng.standard_normal((12, 5, 2))
RAGGED = [x[: 2 + i % 4] for i, x in enumerate(CUBE)]
Y, LABELS = CUBE[:, 0, 0], np.array(["up", "down"] * 6)
STEPS = CUBE[:, :, 0]


def small(make=LSTMRegressor, **params):
    return make(3, max_iter=2, random_state=0, **params)


def array(values, *dims, **options):
    return xr.DataArray(values, dims=dims, **options)


def sktime(to, items=CUBE):
    return convert([pd.DataFrame(x, columns=["a", "b"]) for x in items], "df-list", to, "Panel")


TAKEN = {
    "tensor": (torch.tensor(CUBE), CUBE),
    "float32 tensor": (torch.tensor(CUBE, dtype=torch.float32), CUBE.astype("float32")),
    "list of tensors": ([torch.tensor(x) for x in RAGGED], RAGGED),
    "tuple of tensors": (tuple(torch.tensor(x) for x in RAGGED), RAGGED),
    "tensor, a table": (torch.tensor(STEPS), STEPS),
    "DataArray": (array(CUBE, "sample", "time", "channel"), CUBE),
    "DataArray of other names": (array(CUBE, "a", "b", "c"), CUBE),
    "DataArray of plural names": (array(CUBE, "Instances", "Timepoints", "Variables"), CUBE),
    "DataArray of windows": (array(CUBE, "time", "window", "channel"), CUBE),
    "DataArray, a table": (array(STEPS, "sample", "time"), STEPS),
    "DataArray, a table of windows": (array(STEPS, "time", "lag"), STEPS),
    "list of DataArrays": ([array(x, "time", "channel") for x in RAGGED], RAGGED),
    "tslearn": (to_time_series_dataset(list(CUBE)), CUBE),
    "tslearn, ragged": (strip_padding(to_time_series_dataset(RAGGED)), RAGGED),
    "sktime nested": (sktime("nested_univ", RAGGED), sktime("df-list", RAGGED)),
    "sktime list": (sktime("df-list", RAGGED), sktime("df-list", RAGGED)),
}


@pytest.mark.parametrize("name", TAKEN)
def test_sequences_that_are_taken(name):
    X, expected = TAKEN[name]
    model, same = small().fit(X, Y), small().fit(expected, Y)
    found = model.predict(X)
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, same.predict(expected))
    names = getattr(same, "feature_names_in_", None)
    assert (names is None) == (getattr(model, "feature_names_in_", None) is None)


@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("transformer", [Patches(2), TimeDistributed(StandardScaler())], ids=repr)
def test_transformers_take_them_too(name, transformer):
    X, expected = TAKEN[name]
    found, same = transformer.fit_transform(X), transformer.fit_transform(expected)
    for a, b in zip(found, same, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


TARGETS = {
    "tensor": torch.tensor,
    "list of tensors": lambda y: [torch.tensor(value) for value in y],
    "DataArray": lambda y: array(y, "sample"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_targets_that_are_taken(name):
    y = TARGETS[name](Y)
    np.testing.assert_array_equal(
        small().fit(CUBE, y).predict(CUBE), small().fit(CUBE, Y).predict(CUBE)
    )
    codes = np.arange(12) % 2
    model = small(LSTMClassifier).fit(CUBE, TARGETS[name](codes))
    assert set(model.predict(CUBE)) <= {0, 1} and model.classes_.dtype.kind == "i"
    assert 0 <= model.score(CUBE, TARGETS[name](codes)) <= 1


def test_labels_in_a_data_array():
    model = small(LSTMClassifier).fit(CUBE, array(LABELS, "sample"))
    assert set(model.classes_) == {"up", "down"}


def test_targets_at_every_step():
    expected = small(return_sequences=True).fit(RAGGED, [x[:, 0] for x in RAGGED])
    for convert_y in (torch.tensor, lambda y: array(y, "time")):
        y = [convert_y(x[:, 0]) for x in RAGGED]
        model = small(return_sequences=True).fit(RAGGED, y)
        np.testing.assert_array_equal(model.predict(RAGGED)[0], expected.predict(RAGGED)[0])


def test_a_stream_of_tensors():
    model = small().fit(torch.tensor(CUBE), torch.tensor(Y))
    stream = model.stream()
    values = [stream.push(torch.tensor(x)) for x in CUBE[0]]
    np.testing.assert_allclose(values[-1], model.predict(CUBE[:1])[0])


# aeon and sktime have (n, C, T), which no array tells: ToSequences is told -----------------------


@pytest.mark.parametrize("X", [CUBE, RAGGED], ids=["3-D", "ragged"])
def test_channels_first(X):
    first = [x.T for x in X] if isinstance(X, list) else X.transpose(0, 2, 1)
    found = ToSequences(layout="NCT").fit_transform(first)
    for a, b in zip(found, X, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_data_array_with_channels_first():
    X = array(CUBE.transpose(0, 2, 1), "case", "channel", "timepoint")
    np.testing.assert_array_equal(ToSequences(layout="NCT").fit_transform(X), CUBE)
    with pytest.raises(
        ValueError, match=r"expected samples, channels, steps: X = X.transpose\('case"
    ):
        ToSequences(layout="NCT").fit(array(CUBE, "case", "timepoint", "channel"))


# What is refused, with the line to write ---------------------------------------------------------

grad = torch.tensor(CUBE, requires_grad=True)
dataset = torch.utils.data.TensorDataset(torch.tensor(CUBE), torch.tensor(Y))
variables = {"a": array(STEPS, "sample", "time"), "b": array(CUBE[:, :, 1], "sample", "time")}
REFUSED = {
    "gradient": (grad, TypeError, "X = X.detach().numpy()", CUBE),
    "gradients in a list": (
        [torch.tensor(x, requires_grad=True) for x in RAGGED],
        TypeError,
        "X = [x.detach().numpy() for x in X]",
        RAGGED,
    ),
    "bfloat16": (torch.tensor(CUBE).bfloat16(), TypeError, "X = X.float().numpy()", None),
    "sparse": (torch.tensor(CUBE).to_sparse(), TypeError, "X = X.to_dense().numpy()", CUBE),
    "packed": (
        torch.nn.utils.rnn.pack_sequence([torch.tensor(x) for x in RAGGED], enforce_sorted=False),
        TypeError,
        "X = torch.nn.utils.rnn.unpack_sequence(X)",
        RAGGED,
    ),
    "nested": (
        torch.nested.as_nested_tensor([torch.tensor(x) for x in RAGGED], layout=torch.jagged),
        TypeError,
        "X = list(X.unbind())",
        RAGGED,
    ),
    "data set": (dataset, TypeError, "X = [x for x, _ in X]", list(CUBE)),
    "loader": (
        torch.utils.data.DataLoader(dataset, batch_size=5),
        TypeError,
        "X = [x for x, _ in X.dataset]",
        list(CUBE),
    ),
    "channels first": (
        array(CUBE.transpose(0, 2, 1), "sample", "channel", "time"),
        ValueError,
        "X = X.transpose('sample', 'time', 'channel')",
        CUBE,
    ),
    "time first": (
        array(CUBE.transpose(1, 0, 2), "time", "id", "feature"),
        ValueError,
        "X = X.transpose('id', 'time', 'feature')",
        CUBE,
    ),
    "time last": (
        array(CUBE.transpose(0, 2, 1), "lat", "lon", "time"),
        ValueError,
        "X = X.transpose('lat', 'time', 'lon')",
        CUBE,
    ),
    "window last": (
        array(CUBE.transpose(0, 2, 1), "time", "channel", "window"),
        ValueError,
        "X = X.transpose('time', 'window', 'channel')",
        CUBE,
    ),
    "table, time first": (
        array(STEPS.T, "time", "sample"),
        ValueError,
        "X = X.transpose('sample', 'time')",
        STEPS,
    ),
    "list, channels first": (
        [array(x.T, "channel", "time") for x in RAGGED],
        ValueError,
        "X = [x.transpose('time', 'channel') for x in X]",
        RAGGED,
    ),
    "Dataset": (
        xr.Dataset(variables),
        TypeError,
        'X = X.to_dataarray("channel").transpose("sample", "time", "channel")',
        CUBE,
    ),
    "list of Datasets": (
        [xr.Dataset({c: array(x[:, k], "time") for k, c in enumerate("ab")}) for x in RAGGED],
        TypeError,
        'X = [x.to_dataarray("channel").transpose("time", "channel") for x in X]',
        RAGGED,
    ),
    "tslearn, ragged": (
        to_time_series_dataset(RAGGED),
        ValueError,
        "sklstm.preprocessing.strip_padding(X)",
        RAGGED,
    ),
    "sktime, multi-index": (
        sktime("pd-multiindex", RAGGED),
        ValueError,
        "X = [x.droplevel(0) for _, x in X.groupby(level=0, sort=False)]",
        sktime("df-list", RAGGED),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_sequences_that_are_refused_with_the_line_that_converts_them(name):
    X, kind, line, expected = REFUSED[name]
    with pytest.raises(kind, match=re.escape(line)):
        small().fit(X, Y)
    if expected is None:
        return
    import sklstm.preprocessing

    names = {"X": X, "torch": torch, "sklstm": sklstm}
    code = line if line.startswith("X = ") else f"X = {line}"
    exec(code, names)  # as a user would
    model = small().fit(names["X"], Y)
    np.testing.assert_array_equal(
        model.predict(names["X"]), small().fit(expected, Y).predict(expected)
    )


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
def test_targets_that_are_refused(make):
    y = torch.tensor(Y, requires_grad=True)
    with pytest.raises(TypeError, match=r"y is a Tensor of PyTorch.*y = y.detach\(\).numpy\(\)"):
        small(make).fit(CUBE, y)
    y = [torch.tensor(x[:, 0], requires_grad=True) for x in RAGGED]
    with pytest.raises(TypeError, match=r"y = \[each.detach\(\).numpy\(\) for each in y\]"):
        small(make, return_sequences=True).fit(RAGGED, y)
    with pytest.raises(TypeError, match="y is a Dataset of xarray"):
        small(make).fit(CUBE, xr.Dataset({"a": array(Y, "sample")}))


def test_rows_with_an_index_of_two_levels_are_sequences_if_there_are_targets_for_all():
    frame = sktime("pd-multiindex")
    y = frame["a"].to_numpy()
    np.testing.assert_array_equal(
        small().fit(frame, y).predict(frame),
        small().fit(frame.to_numpy(), y).predict(frame.to_numpy()),
    )


# Forecasters: times come from an index of pandas -------------------------------------------------

SERIES = 5 + np.sin(np.arange(60.0))
TIMES = {"time": pd.date_range("2024-01-01", periods=60, freq="D")}


@pytest.mark.parametrize("convert_y", [torch.tensor, lambda y: array(y, "time")])
def test_series_without_times(convert_y):
    found = SequenceForecaster("smoothing").fit(None, convert_y(SERIES)).forecast(3)
    expected = SequenceForecaster("smoothing").fit(None, SERIES).forecast(3)
    np.testing.assert_array_equal(found, expected)


def test_times_of_a_data_array_are_not_ignored():
    y = array(SERIES, "time", coords=TIMES)
    with pytest.raises(ValueError, match=r"DataArray with the times 'time'.*y = y.to_series\(\)"):
        SequenceForecaster("smoothing").fit(None, y)
    forecast = SequenceForecaster("smoothing").fit(None, y.to_series()).forecast(3)
    assert forecast.index[0] == pd.Timestamp("2024-03-01")
    X = array(np.ones((60, 1)), "time", "k", coords=TIMES)
    with pytest.raises(ValueError, match=r"X = X.to_pandas\(\)"):
        SequenceForecaster("smoothing").fit(X, SERIES)
    with pytest.raises(ValueError, match=r"y = \[each.to_series\(\) for each in y\]"):
        SequenceForecaster("smoothing").fit(None, [y, y])
    with pytest.raises(TypeError, match=r"y = y.detach\(\).numpy\(\)"):
        SequenceForecaster("smoothing").fit(None, torch.tensor(SERIES, requires_grad=True))
