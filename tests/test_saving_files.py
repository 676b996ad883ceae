"""sklstm.save and load: what comes back, and what is refused."""

import errno
import json
import math
import os
import warnings
from datetime import date
from pathlib import Path

import fuzzing_files
import numpy as np
import pytest
import saved_files
from fuzzing_files import resealed
from saving_cases import CASES, TABLE, VALUES, fitted, result, results_elsewhere
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, QuantileTransformer

import sklstm
from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster, losses
from sklstm._saving import container
from sklstm._saving.container import FileContentError, pack, unpack
from sklstm._saving.decoding import Decoder
from sklstm._saving.encoding import CannotSaveError, Encoder
from sklstm.callbacks import CSVLogger
from sklstm.saving import estimator_from_bytes

pytestmark = pytest.mark.filterwarnings("ignore:Training learned nothing")

SMALL = {"max_iter": 2, "random_state": 0}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


def saved(estimator, path):
    """The bytes of the file of an estimator."""
    sklstm.save(estimator, path)
    return path.read_bytes()


# Estimators ------------------------------------------------------------------------------------


def test_loaded_in_a_new_process_they_predict_the_same(tmp_path):
    estimators = {name: fitted(name) for name in CASES}
    for k, estimator in enumerate(estimators.values()):
        sklstm.save(estimator, tmp_path / f"{k}.saved")
    found = results_elsewhere("from sklstm import load", list(estimators), tmp_path)
    for (name, estimator), values in zip(estimators.items(), found, strict=True):
        np.testing.assert_array_equal(values, result(estimator, name), err_msg=name)


@pytest.mark.parametrize("name", CASES)
def test_a_loaded_one_is_saved_as_the_same_bytes(name, path):
    data = saved(fitted(name), path)
    back = sklstm.load(path)
    assert saved(back, path) == data
    assert repr(back) == repr(CASES[name][0])


@pytest.mark.parametrize("name", ["table", "labels", "loss quantile", "optimizer rmsprop"])
def test_training_goes_on_as_it_would_have(name, path):
    estimator = fitted(name).set_params(warm_start=True)
    saved(estimator, path)
    data = CASES[name][1]
    again = result(sklstm.load(path).fit(*data), name)
    np.testing.assert_array_equal(again, result(estimator.fit(*data), name))


@pytest.mark.parametrize("name", CASES)
def test_one_that_is_not_fitted(name, path):
    sklstm.save(CASES[name][0], path)
    back = sklstm.load(path)
    assert repr(back) == repr(CASES[name][0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        back.fit(*CASES[name][1])
    if name != "vote":  # it has no seed
        np.testing.assert_array_equal(result(back, name), result(fitted(name), name))


OF_SCIKIT_LEARN = {
    "columns": (
        make_pipeline(
            ColumnTransformer([("q", QuantileTransformer(n_quantiles=5), slice(0, 3))]),
            LSTMRegressor(3, **SMALL),
        ),
        (TABLE, VALUES),
    ),
    "target": (
        TransformedTargetRegressor(
            LSTMRegressor(3, **SMALL), transformer=FunctionTransformer(np.arcsinh, np.sinh)
        ),
        (TABLE, VALUES),
    ),
    "encoder": (
        make_pipeline(
            SimpleImputer(), OneHotEncoder(dtype=np.float32, sparse_output=False), Ridge()
        ),
        (TABLE.round(), VALUES),
    ),
    "forecaster of a linear model": (
        SequenceForecaster(
            Ridge(), window=5, level=None, transformer=FunctionTransformer(np.log, np.exp)
        ),
        (None, np.abs(VALUES) + 1),
    ),
}


@pytest.mark.parametrize("name", OF_SCIKIT_LEARN)
def test_with_estimators_of_scikit_learn(name, path):
    estimator, (X, y) = OF_SCIKIT_LEARN[name]
    estimator = clone(estimator).fit(X, y)
    sklstm.save(estimator, path)
    back, method, argument = sklstm.load(path), "predict", X
    if X is None:
        method, argument = "forecast", 3
    expected = getattr(estimator, method)(argument)
    np.testing.assert_array_equal(getattr(back, method)(argument), expected)


def test_callbacks_are_left_out(path, tmp_path):
    model = LSTMRegressor(3, **SMALL).set_callbacks(CSVLogger(tmp_path / "log.csv"))
    data = saved(model.fit(TABLE, VALUES), path)
    assert b"log.csv" not in data
    assert [*vars(model)] != [*vars(sklstm.load(path))]
    model.set_callbacks()
    assert saved(model, path) == data


class OwnLoss(losses.Huber):
    """A custom loss."""


def test_a_custom_loss_is_loaded_if_it_is_trusted(path):
    model = LSTMRegressor(3, loss=OwnLoss(0.5), **SMALL).fit(TABLE, VALUES)
    sklstm.save(model, path)
    with pytest.raises(ValueError, match=r"OwnLoss'.*load\(\.\.\., trusted=\[OwnLoss\]\)"):
        sklstm.load(path)
    for trusted in ([OwnLoss], OwnLoss):
        back = sklstm.load(path, trusted=trusted)
        np.testing.assert_array_equal(back.predict(TABLE), model.predict(TABLE))


# Values ----------------------------------------------------------------------------------------

ARRAYS = {
    **{f"dtype {code}": np.arange(6).reshape(2, 3).astype(code) for code in "?bBhHiIqQefdFD"},
    **{f"bytes swapped {code}": np.arange(3).astype(f">{code}") for code in ("i4", "f8", "c16")},
    "longdouble's like": np.arange(3, dtype="f8")[::-1],
    "times": np.array(["2024-01-01", "NaT"], "M8[ns]"),
    "durations": np.array([1, 2], "m8[D]"),
    "text": np.array(["a", "bcd", "ü€😀"]),
    "bytes": np.array([b"a", b"bcd"]),
    "objects": np.array([["a", None], [1, 2.5]], dtype=object),
    "no rows": np.empty((0, 3), "f4"),
    "no columns": np.empty((3, 0), object),
    "no dimension": np.array(1.5),
    "column after column": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "three axes": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    "a part": np.arange(24.0).reshape(4, 6)[::2, 1::2],
    "special": np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]),
}
PLAIN = [
    *(None, True, 0, -1, 2**200, 0.1, -0.0, 5e-324, math.inf, -math.inf, "", "ü€😀\ud800\0"),
    *([], (), {}, [[1], (2, [3])], {"a": 1, 2: "b", None: (1,), (1, "x"): {}}, slice(1, None, 2)),
    *(np.float32(0.1), np.int8(3), np.bool_(True), np.str_("x"), np.datetime64("2024-01-01", "D")),
    *(np.float64, np.int32, np.log1p, np.exp, np.dtype("f4"), np.dtype(">i8"), np.dtype("U3")),
]


def through_a_file(value):
    encoder = Encoder("value")
    data = b"".join(pack(encoder.encode(value), encoder.arrays))
    tree, arrays = unpack(data)
    return Decoder(arrays).decode(tree)


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_the_same(name):
    before = ARRAYS[name]
    after = through_a_file(before)
    assert (after.dtype, after.shape) == (before.dtype, before.shape)
    assert after.flags.writeable
    np.testing.assert_array_equal(after, before)
    if before.size and (before.flags.f_contiguous or before.flags.c_contiguous):
        assert after.strides == before.strides
    if before.dtype.kind == "f":
        np.testing.assert_array_equal(np.signbit(after), np.signbit(before))


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:30])
def test_values_are_the_same(value):
    after = through_a_file(value)
    assert type(after) is type(value) and after == value
    assert repr(after) == repr(value)


def test_nan_and_a_generator():
    assert math.isnan(through_a_file(math.nan))
    generator = np.random.RandomState(3)
    generator.normal(size=3)
    assert through_a_file(generator).normal() == generator.normal()


@pytest.mark.parametrize(
    "value",
    [
        *({1, 2}, date(2024, 1, 1), print, lambda x: x, CASES, object(), b"x", 1j, range(3)),
        *(np.zeros(3, [("a", "f8")]), np.zeros(3, np.longdouble), np.array([print]), type, int),
        *(HistGradientBoostingRegressor(), np.random.default_rng(0), np.ma.masked_array([1.0])),
        *(np.frompyfunc(print, 1, 1), iter([]), type("Fake", (LSTMRegressor,), {})()),
    ],
    ids=lambda value: str(type(value).__name__),
)
def test_other_values_are_refused(value):
    if value is CASES:
        value = []
        value.append(value)
    with pytest.raises(
        CannotSaveError, match=r"^x(\.a\.1)?(\.0)? (is .*The file can only|has val)"
    ):
        Encoder("x").encode({"a": [0, value]})


# Errors of save and load -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (LSTMRegressor, r"given the class <class .*LSTMRegressor'>; expected an estimator"),
        ({"weights": 1}, "given {'weights': 1}; expected an estimator"),
        (HistGradientBoostingRegressor(), r"joblib\.dump or skops\.io\.dump"),
        (
            GridSearchCV(LSTMRegressor(), {}),
            r"^GridSearchCV is GridSearchCV.*The file can only hold .* Use joblib\.dump",
        ),
        (
            LSTMRegressor(scoring=print),
            r"^LSTMRegressor\.scoring is <built-in function print> \(builtins\.builtin_function",
        ),
    ],
    ids=["class", "dict", "trees", "search", "function"],
)
def test_what_cannot_be_saved(thing, message, path):
    path.write_text("before")
    with pytest.raises(TypeError, match=message):
        sklstm.save(thing, path)
    assert path.read_text() == "before" and os.listdir(path.parent) == [path.name]


def test_a_write_that_fails_changes_nothing(path, monkeypatch):
    path.write_text("before")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        sklstm.save(LSTMRegressor(), path)
    assert path.read_text() == "before" and os.listdir(path.parent) == [path.name]


def test_a_search_is_saved_by_its_best_estimator(path):
    search = GridSearchCV(LSTMRegressor(2, **SMALL), {"hidden_size": [2]}, cv=2)
    with pytest.raises(TypeError, match=r"Save its best_estimator_, or use joblib"):
        sklstm.save(search.fit(TABLE, VALUES), path)
    sklstm.save(search.best_estimator_, path)
    np.testing.assert_array_equal(sklstm.load(path).predict(TABLE), search.predict(TABLE))


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("none/model", FileNotFoundError, r"sklstm\.save cannot write to path='.*none/model': No "),
        ("", IsADirectoryError, r"sklstm\.save cannot write to path=.*Pass a file in a folder"),
    ],
)
def test_paths_that_cannot_be_written(name, error, message, tmp_path):
    with pytest.raises(error, match=message):
        sklstm.save(LSTMRegressor(), tmp_path / name)
    assert not os.listdir(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_what_is_no_regular_file_is_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # A terminal: no file can be made beside it, so that a failure of this test breaks no device.
    ends = os.openpty()
    terminal = Path(os.ttyname(ends[1]))
    for path in (pipe, terminal):
        with pytest.raises(
            OSError, match=r"sklstm\.save cannot write to path=.*: it is not a file"
        ):
            sklstm.save(LSTMRegressor(), path)
    assert pipe.is_fifo() and terminal.is_char_device()
    assert os.listdir(tmp_path) == ["pipe"]
    for end in ends:
        os.close(end)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_file_that_is_replaced_leaves_its_mode_and_links_to_it_remain(path, tmp_path):
    sklstm.save(LSTMRegressor(3), path)
    path.chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(path)
    sklstm.save(LSTMRegressor(4), link)
    assert link.is_symlink() and path.stat().st_mode & 0o777 == 0o600
    assert sklstm.load(path).hidden_size == sklstm.load(link).hidden_size == 4


@pytest.mark.parametrize("path", [None, 3, LSTMRegressor(), b"model", "", "s3://models/a"])
def test_what_is_no_path(path):
    message = r"^path(=.* must be a path| is empty|=.* is an address)"
    for call in (sklstm.load, lambda path: sklstm.save(LSTMRegressor(), path)):
        with pytest.raises((TypeError, ValueError), match=message):
            call(path)


@pytest.mark.parametrize("trusted", [True, LSTMRegressor, "OwnLoss", sklstm.trusted_types()])
def test_what_cannot_be_trusted(trusted, path):
    sklstm.save(LSTMRegressor(), path)
    with pytest.raises(TypeError, match="trusted has .*; expected custom classes"):
        sklstm.load(path, trusted=trusted)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError):
        sklstm.load(tmp_path / "none")
    with pytest.raises(OSError, match="is not a file"):
        sklstm.load(tmp_path)
    if os.path.exists("/dev/zero"):
        with pytest.raises(OSError, match="is not a file"):
            sklstm.load("/dev/zero")


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 8, b"PK\3\4" + b"x" * 300, b"\x80\4\x95" + b"." * 300, b"{" * 300]
)
def test_files_of_others(content, path):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.safetensors' cannot be loaded: it is not a file"):
        sklstm.load(path)


def test_every_flipped_bit_and_every_missing_end_is_noticed(path):
    data = saved(LSTMRegressor(1, **SMALL).fit(TABLE[:, :2], VALUES), path)
    for place in range(len(data)):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[place] ^= 1 << bit
            with pytest.raises(FileContentError):
                unpack(bytes(damaged))
        with pytest.raises(FileContentError):
            unpack(data[:place])
    with pytest.raises(FileContentError):
        unpack(data + b"\0")


HEADER = {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}


@pytest.mark.parametrize(
    "entry",
    [
        {"shape": [3]},
        {"shape": [-2]},
        {"shape": [-1, -2]},
        {"shape": [2.0]},
        {"shape": [True, 2]},
        {"shape": "2"},
        {"shape": [0, 2**63]},
        {"shape": [0, 2**61, 2**61]},
        {"shape": [1] * 65 + [2]},
        {"shape": [10**12]},
        {"shape": [10**12], "data_offsets": [0, 8 * 10**12]},
        {"data_offsets": [0, 8]},
        {"data_offsets": [8, 24]},
        {"data_offsets": [-16, 0]},
        {"data_offsets": [0]},
        {"data_offsets": None},
        {"dtype": "O"},
        {"dtype": "F32"},
        {"dtype": None},
    ],
    ids=str,
)
def test_arrays_that_are_not_where_the_header_says(entry):
    whole = b"".join(pack(None, {"a": np.zeros(2)}))
    good = json.dumps(HEADER, separators=(",", ":")).encode()
    assert good in whole
    header = json.dumps(HEADER | entry, separators=(",", ":")).encode()
    start = 8 + int.from_bytes(whole[:8], "little")
    text = whole[8:start].replace(good, header)
    with pytest.raises(FileContentError):
        unpack(resealed(len(text).to_bytes(8, "little") + text + whole[start:]))
    unpack(resealed(whole))


def test_a_later_format(monkeypatch):
    monkeypatch.setattr(container, "VERSION", 2)
    data = b"".join(pack(None, {}))
    monkeypatch.undo()
    with pytest.raises(FileContentError, match="version 2, .* up to 1: a newer sklstm wrote it"):
        unpack(data)


STATE = {"object": "LSTMRegressor", "state": []}


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (None, "not an estimator"),
        ([STATE], "not an estimator"),
        ({"object": "os.system", "state": []}, "class 'os.system', which is not one of sklstm"),
        ({"object": "sklearn.svm.SVC", "state": []}, "not one of sklstm"),
        ({"object": "LSTMRegressor", "params": []}, "not made of parameters"),
        ({"object": "Adam", "state": []}, "made of parameters"),
        ({"object": "Adam", "params": [["gamma", 1]]}, "TypeError"),
        ({"object": "LSTMRegressor"}, "KeyError"),
        ({"object": ["a"], "state": []}, "TypeError"),
        ({"eval": "1"}, "unknown kind of value 'eval'"),
        ({}, "not valid"),
        ({"ufunc": "load"}, "numpy.load is not a ufunc"),
        ({"type": "O"}, "'O' is not a dtype"),
        ({"array": "none"}, "KeyError"),
        ({"scorer": "accuracy_"}, "not valid"),
        ({"object": "LSTMRegressor", "state": [["fit", 1]]}, r"in place of its methods \['fit'\]"),
        ({"object": "LSTMRegressor", "state": [["a b", 1]]}, "names that are none"),
        ({"object": "LSTMRegressor", "state": [[1, 1]]}, "names that are none"),
        (
            {"object": "sklearn.pipeline.Pipeline", "state": [["memory", "/tmp"]]},
            "memory='/tmp', a cache",
        ),
    ],
    ids=str,
)
def test_contents_that_save_does_not_write(tree, message):
    with pytest.raises(FileContentError, match=message):
        estimator_from_bytes(b"".join(pack(tree, {})), "file")


def test_an_array_is_not_loaded_twice():
    """Many copies of one would take more memory than the file."""
    array = {"array": "x"}
    tree = {"object": "LSTMRegressor", "state": [["a", array], ["b", array]]}
    with pytest.raises(FileContentError, match="KeyError"):
        estimator_from_bytes(b"".join(pack(tree, {"x": np.zeros(3)})), "file")


def test_contents_that_are_nested_without_end(monkeypatch):
    tree = None
    for _ in range(500):
        tree = [tree]
    data = b"".join(pack(tree, {}))
    deep = data.replace(b"[" * 500, b"[" * 100_000).replace(b"]" * 500, b"]" * 100_000)
    length = 8 + int.from_bytes(data[:8], "little") + 2 * 99_500
    with pytest.raises(FileContentError):
        estimator_from_bytes(resealed((length - 8).to_bytes(8, "little") + deep[8:]), "file")


SIZES = ["n_inputs", "hidden_size", "n_raw", "num_layers", "embedding_dim", "patch_length_"]


@pytest.mark.parametrize("size", [10**9, np.int64(10**12)], ids=["int", "int64"])
@pytest.mark.parametrize("name", SIZES)
def test_sizes_without_weights_take_no_memory(name, size, path):
    model = fitted("table")
    where = vars(model) if name == "patch_length_" else model._architecture
    where[name] = size
    sklstm.save(model, path)
    with pytest.raises(FileContentError, match="weights of its LSTMRegressor do not fit"):
        sklstm.load(path)


@pytest.mark.parametrize("name", fuzzing_files.NAMES)
def test_some_changed_files(name):
    report = fuzzing_files.run(100, names=[name])
    assert not report.problems
    assert {outcome for outcome, _ in report.outcomes} >= {"refused", "loaded, predicts"}


# Files of earlier versions ---------------------------------------------------------------------

VERSIONS = sorted(path.name for path in saved_files.FOLDER.iterdir())


def test_there_are_files_of_some_version():
    assert VERSIONS


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", saved_files.CASES)
def test_files_of_earlier_versions(name, version):
    folder = saved_files.FOLDER / version
    estimator = sklstm.load(folder / f"{name}.safetensors")
    expected = json.loads((folder / "results.json").read_text())[name]
    found = saved_files.result_of(estimator, name)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    estimator.fit(*saved_files.CASES[name][1])


@pytest.mark.parametrize("version", VERSIONS)
def test_checkpoints_of_earlier_versions(version):
    (path,) = (saved_files.FOLDER / version / "checkpoint").glob("*.safetensors")
    expected = json.loads((saved_files.FOLDER / version / "results.json").read_text())
    found = saved_files.result_of(sklstm.load(path), "regressor")
    np.testing.assert_allclose(found, expected["regressor"], rtol=1e-5, atol=1e-6)


def test_a_warning_says_that_another_scikit_learn_wrote_it(path):
    model = make_pipeline(Ridge()).fit(TABLE, VALUES)
    data = saved(model, path)
    version = json.dumps(model.__getstate__()["_sklearn_version"]).replace('"', r"\"").encode()
    assert version in data
    changed = data.replace(version, version.replace(b".", b"0"))
    with pytest.warns(InconsistentVersionWarning):
        estimator_from_bytes(resealed(changed), "file")


def test_an_estimator_of_another_layout(path, monkeypatch):
    monkeypatch.setattr(LSTMClassifier, "_LAYOUT", 1)
    sklstm.save(LSTMClassifier(2, **SMALL).fit(TABLE, VALUES > 0), path)
    monkeypatch.undo()
    with pytest.raises(ValueError, match=r"fitted by sklstm .*layout .*: 1\)"):
        sklstm.load(path)
