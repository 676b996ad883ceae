"""CSVLogger: a row for every epoch of every network, in one file."""

import csv
import pickle
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm import VotingForecaster as Vote
from sklstm.callbacks import CSVLogger, TensorBoard
from sklstm.callbacks._base import Epoch, EpochCallback

HAS_CALLBACKS = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
needs_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="needs scikit-learn 1.9")
pytestmark = pytest.mark.filterwarnings("ignore:Training learned nothing")

X = np.random.default_rng(0).standard_normal((12, 5))
Y, LABELS = X[:, 0], np.resize(["up", "down"], 12)
SERIES = np.sin(np.arange(60.0))
TEXTS = ["she sells sea shells", "the cat sat on the mat"] * 3
COLUMNS = [
    *("run", "task", "estimator", "epoch", "loss", "validation_loss", "validation_score"),
    *("learning_rate", "gradient_norm", "duration"),
]


def small(make=LSTMRegressor, **params):
    return make(**{"hidden_size": 2, "max_iter": 3, "random_state": 0, **params})


def rows_of(path):
    with open(path, newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
    assert reader.fieldnames == COLUMNS
    assert all(None not in row and None not in row.values() for row in rows)
    return rows


def tasks_of(path):
    return [row["task"] for row in rows_of(path)]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.csv"


# Rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "y"), [(LSTMRegressor, Y), (LSTMClassifier, LABELS)])
def test_rows_are_the_curves(make, y, path):
    fitted = small(make).set_callbacks(CSVLogger(path)).fit(X, y, X_val=X, y_val=y)
    rows = rows_of(path)
    for name in COLUMNS[4:]:
        assert [float(row[name]) for row in rows] == getattr(fitted, f"{name}_curve_")
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert {(row["task"], row["estimator"]) for row in rows} == {("fit", make.__name__)}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_[0-9a-f]{8}", rows[0]["run"])


def test_a_language_model_has_a_row_for_an_epoch_not_for_an_update(path):
    fitted = small(LSTMLanguageModel).set_callbacks(CSVLogger(path)).fit(TEXTS)
    assert [float(row["loss"]) for row in rows_of(path)] == fitted.loss_curve_


def test_it_changes_nothing(path):
    plain, logged = small().fit(X, Y), small().set_callbacks(CSVLogger(path)).fit(X, Y)
    np.testing.assert_array_equal(logged._params, plain._params)
    assert logged.loss_curve_ == plain.loss_curve_


def test_without_validation_its_columns_are_empty_also_after_a_fit_with_it(path):
    model = small(warm_start=True).set_callbacks(CSVLogger(path))
    model.fit(X, Y, X_val=X, y_val=Y).fit(X, Y)
    rows = rows_of(path)
    assert [row["epoch"] for row in rows] == list("123456")
    assert [bool(row["validation_loss"]) for row in rows] == [True] * 3 + [False] * 3
    assert [bool(row["validation_score"]) for row in rows] == [True] * 3 + [False] * 3


def test_a_second_fit_is_another_run_in_the_same_file(path):
    model = small().set_callbacks(CSVLogger(path)).fit(X, Y).fit(X, Y)
    assert len({row["run"] for row in rows_of(path)}) == 2
    clone(model).fit(X, Y)
    pickle.loads(pickle.dumps(model)).fit(X, Y)
    runs = [row["run"] for row in rows_of(path)]
    assert [len(set(runs[k : k + 3])) for k in range(0, 12, 3)] == [1] * 4
    assert len(set(runs)) == 4


def test_rows_until_an_interrupt(path):
    class Interrupting(EpochCallback):
        def epoch_done(self, epoch):
            if epoch.number == 2:
                raise KeyboardInterrupt

    model = small(max_iter=9).set_callbacks(CSVLogger(path), Interrupting())
    with pytest.raises(KeyboardInterrupt), pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, Y)
    assert len(rows_of(path)) == model.n_iter_ == 2


# Which network it is ------------------------------------------------------------------------------


def test_networks_of_a_forecaster(path):
    SequenceForecaster(small(), window=5).set_callbacks(CSVLogger(path)).fit(None, SERIES)
    assert tasks_of(path) == ["forecast-0"] * 3 + ["calibration-1"] * 3
    assert len({row["run"] for row in rows_of(path)}) == 1


def test_networks_of_a_vote(path):
    members = [(name, SequenceForecaster(small(), window=5)) for name in "ab"]
    Vote(members, n_jobs=2).set_callbacks(CSVLogger(path)).fit(None, SERIES)
    expected = [
        f"{part}/{name}" for part in ("forecast-0", "calibration-1") for name in ("a-0", "b-1")
    ]
    assert sorted(tasks_of(path)) == sorted(expected * 3)
    assert len({row["run"] for row in rows_of(path)}) == 1


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_candidates_and_folds_of_a_search(n_jobs, path):
    search = GridSearchCV(small(), {"hidden_size": [2, 3]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(CSVLogger(path)).fit(X, Y)
    tasks = [f"search-0/candidate-split-evaluation-{k}" for k in range(4)]
    assert sorted(tasks_of(path)) == sorted([*tasks, "refit-with-best-params-1"] * 3)
    assert len({row["run"] for row in rows_of(path)}) == 1


@needs_callbacks
@pytest.mark.filterwarnings("ignore:The estimator .* does not support callbacks")
def test_in_a_pipeline(path):
    make_pipeline(StandardScaler(), small()).set_callbacks(CSVLogger(path)).fit(X, Y)
    assert tasks_of(path) == ["fit-final-estimator-1"] * 3


def test_inside_what_knows_no_callbacks(path):
    """Each fit is then a run of its own. A search that knows them says where to set it."""
    search = GridSearchCV(small().set_callbacks(CSVLogger(path)), {"hidden_size": [2, 3]}, cv=2)
    if HAS_CALLBACKS:
        with pytest.raises((TypeError, ValueError), match="directly on the meta-estimator"):
            search.fit(X, Y)
        return
    search.fit(X, Y)
    assert tasks_of(path) == ["fit"] * 15
    assert len({row["run"] for row in rows_of(path)}) == 5


def test_inside_a_vote_of_scikit_learn_each_network_is_a_run(path):
    networks = [(name, small().set_callbacks(CSVLogger(path))) for name in "ab"]
    VotingRegressor(networks, n_jobs=2).fit(X, Y)
    assert tasks_of(path) == ["fit"] * 6
    assert len({row["run"] for row in rows_of(path)}) == 2


def test_a_forecaster_says_where_to_set_it(path):
    forecaster = SequenceForecaster(small().set_callbacks(CSVLogger(path)), window=5)
    with pytest.raises(TypeError, match="SequenceForecaster"):
        forecaster.fit(None, SERIES)


def test_other_estimators_are_not_noticed(path):
    forecaster = SequenceForecaster(Ridge(), window=5).set_callbacks(CSVLogger(path))
    with pytest.warns(UserWarning, match="Ridge does not support callbacks"):
        forecaster.fit(None, SERIES)
    assert path.read_text() == ""


# Many at the same time ----------------------------------------------------------------------------


def append(args):
    path, task = args
    logger, estimator = CSVLogger(path), LSTMRegressor()
    for number in range(50):
        logger.epoch_done(Epoch("run", task, estimator, number, {"loss": 1 / 3}))


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_rows_are_whole(kind, path):
    if kind == "processes" and sys.platform != "linux":
        pytest.skip("processes are forked, which is fast")
    arguments = [(path, str(k)) for k in range(4)]
    if kind == "threads":
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(append, arguments))
    else:
        with get_context("fork").Pool(4) as pool:
            pool.map(append, arguments)
    rows = rows_of(path)  # with one header
    assert len(rows) == 200
    for task in "0123":
        assert [int(row["epoch"]) for row in rows if row["task"] == task] == list(range(50))


def test_a_row_waits_for_that_of_another_process(path):
    fcntl = pytest.importorskip("fcntl")
    path.touch()
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        thread = threading.Thread(target=append, args=((path, "0"),))
        thread.start()
        thread.join(0.1)
        assert thread.is_alive()
        assert path.read_text() == ""
        fcntl.flock(file, fcntl.LOCK_UN)
        thread.join(10)
    assert len(rows_of(path)) == 50


# Other callbacks with our base class -------------------------------------------------------------


def test_what_a_callback_gets(path):
    class Keeps(EpochCallback):
        def __init__(self):
            self.epochs = []

        def check(self):
            self.epochs.append("check")

        def epoch_done(self, epoch):
            self.epochs.append(epoch)
            return epoch.number == 2

    keeps = Keeps()
    model = small().set_callbacks(keeps).fit(X, Y)
    checked, first, second = keeps.epochs
    assert checked == "check"
    assert model.n_iter_ == 2  # it was stopped
    assert (first.task, first.number) == ("fit", 1)
    assert first.values["loss"] == model.loss_curve_[0]
    np.testing.assert_array_equal(
        first.estimator.predict(X), small(max_iter=1).fit(X, Y).predict(X)
    )


# Bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [None, 3, b"log.csv", ["log.csv"]])
def test_a_path_that_is_none(bad):
    with pytest.raises(TypeError, match=r"path=.* must be a path: a str or a pathlib.Path"):
        CSVLogger(bad)
    with pytest.raises(TypeError, match=r"folder=.* must be a path: a str or a pathlib.Path"):
        TensorBoard(bad)


def test_an_empty_path():
    with pytest.raises(ValueError, match="path is empty"):
        CSVLogger("")


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("", IsADirectoryError, "Is a directory"),
        ("none/log.csv", FileNotFoundError, "No such file"),
        ("file/log.csv", NotADirectoryError, "Not a directory"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="other errors")
def test_a_path_that_cannot_be_written(name, kind, reason, tmp_path):
    (tmp_path / "file").touch()
    model = small().set_callbacks(CSVLogger(tmp_path / name))
    message = rf"CSVLogger cannot write to path='{tmp_path / name}': {reason}.* Pass a file in"
    with pytest.raises(kind, match=message):
        model.fit(X, Y)
    assert not hasattr(model, "n_iter_")


def test_a_file_of_something_else(path):
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match=r"has other columns, 'a,b' instead of 'run,task,"):
        small().set_callbacks(CSVLogger(path)).fit(X, Y)
    assert path.read_text() == "a,b\n1,2\n"


def test_a_folder_that_vanishes(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()

    class Removes(EpochCallback):
        def epoch_done(self, epoch):
            (folder / "log.csv").unlink()
            folder.rmdir()

    model = small().set_callbacks(CSVLogger(folder / "log.csv"), Removes())
    with pytest.raises(FileNotFoundError, match="CSVLogger cannot write to path="):
        model.fit(X, Y)


NO_CALLBACKS = {
    "class": (CSVLogger, r"the class CSVLogger; pass an object, CSVLogger\(...\)"),
    "path": ("log.csv", r"Got 'log.csv'; pass an object, such as .*CSVLogger\('log.csv'\)"),
    "Path": (Path("log.csv"), r"such as sklstm.callbacks.CSVLogger\('log.csv'\)"),
    "list": ([CSVLogger("log.csv")], r"one by one, set_callbacks\(first, second\)"),
    "None": (None, r"set_callbacks\(\) without arguments removes all"),
    "number": (3, "Got 3; pass objects with the methods setup, teardown"),
    "function": (lambda epoch: None, "pass objects with the methods setup"),
}


@pytest.mark.parametrize("case", NO_CALLBACKS)
def test_a_callback_of_a_wrong_type(case):
    bad, message = NO_CALLBACKS[case]
    good = CSVLogger("log.csv")
    network = small()
    members = [("a", SequenceForecaster())]
    for estimator in (network, SequenceForecaster(), LSTMLanguageModel(), Vote(members)):
        with pytest.raises(TypeError, match=message):
            estimator.set_callbacks(good, bad)
        assert not hasattr(estimator, "_skl_callbacks")


def test_without_tensorboard(monkeypatch):
    for name in list(sys.modules):
        if name.partition(".")[0] == "tensorboard":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(ImportError, match="pip install tensorboard"):
        TensorBoard("folder")
