"""Checkpoint: what it writes, and that a fit which resumes ends as if it had not been stopped."""

import errno
import os
import shutil

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklstm
from sklstm import (
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
    cells,
)
from sklstm.callbacks import Checkpoint, CSVLogger
from sklstm.callbacks._base import EpochCallback
from sklstm.core import kernels
from sklstm.schedules import SCHEDULES

HAS_CALLBACKS = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
needs_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="needs scikit-learn 1.9")
pytestmark = pytest.mark.filterwarnings("ignore:Training learned nothing")

RNG = np.random.default_rng(0)
X = RNG.standard_normal((20, 6))
RAGGED = [row[: 2 + i % 5, np.newaxis] for i, row in enumerate(X)]
Y, LABELS = X[:, 0] + RNG.standard_normal(20), np.resize(["up", "down"], 20)
SERIES = np.sin(np.arange(70.0)) + 0.1 * RNG.standard_normal(70)
TEXTS = ["she sells sea shells", "the cat sat on the mat"] * 3
EPOCHS = 6
LEARNED = (
    *("_params", "_optimizer_state", "_schedule_state", "_rng_state", "n_iter_", "best_loss_"),
    *("loss_curve_", "validation_loss_curve_", "validation_score_curve_"),
    *("learning_rate_curve_", "gradient_norm_curve_"),
)


def small(make=LSTMRegressor, **params):
    return make(**{"hidden_size": 3, "max_iter": EPOCHS, "random_state": 0, **params})


def forecaster(**params):
    return SequenceForecaster(small(), window=6, **params)


STOPS = {"early_stopping": True, "n_iter_no_change": 2, "tol": 0.01, "max_iter": 30}
# By name: the estimator, and the arguments of fit.
CASES = {
    "batches": (small(batch_size=4), (X, Y)),
    "ragged, early stopping": (small(**STOPS), (RAGGED, Y)),
    "score, early stopping": (small(scoring="r2", **STOPS), (X, Y)),
    "classifier": (small(LSTMClassifier, dropout=0.2, num_layers=2), (X, LABELS)),
    "per step": (small(return_sequences=True, recurrent_dropout=0.2, bptt_steps=2), (X, X)),
    **{f"schedule {name}": (small(learning_rate=name), (X, Y)) for name in SCHEDULES},
    **{f"optimizer {name}": (small(optimizer=name), (X, Y)) for name in ("adamw", "sgd")},
    **{f"cell {name}": (small(cell=name, batch_size=8), (X, Y)) for name in ("gru", "fgr")},
    "converged": (small(loss="squared_error", tol=100.0, n_iter_no_change=2), (X, Y)),
    "language model": (small(LSTMLanguageModel), (TEXTS,)),
    "language model, early stopping": (small(LSTMLanguageModel, **STOPS), (TEXTS,)),
}
every_case = pytest.mark.parametrize("name", CASES)


class Crash(EpochCallback):
    """Fails after some epochs, as if the process was killed then."""

    def __init__(self, number, task=None):
        self.number, self.task = number, task

    def epoch_done(self, epoch):
        """Fail."""
        if epoch.number == self.number and self.task in (None, epoch.task):
            raise RuntimeError("crashed")


def crash(model, data, path, number, task=None, **options):
    """Fit a copy of a model, which fails after an epoch, but has written its checkpoints."""
    model = clone(model).set_callbacks(Checkpoint(path, **options), Crash(number, task))
    with pytest.raises(RuntimeError, match="crashed"):
        model.fit(*data)


def names_in(folder):
    return sorted(path.name for path in folder.glob("*.safetensors"))


def learned(model):
    return {name: vars(model).get(name) for name in LEARNED}


def resumed(model, data, path, **options):
    return clone(model).set_callbacks(Checkpoint(path, resume=True, **options)).fit(*data)


# A fit that resumes ----------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", kernels.KERNELS)
@every_case
def test_it_ends_as_a_fit_that_was_not_stopped(name, kernel, tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "kernel_in_use", lambda: kernels.KERNELS[kernel])
    model, data = CASES[name]
    whole = clone(model).fit(*data)
    for number in {1, whole.n_iter_ // 2, whole.n_iter_}:
        path = tmp_path / str(number)
        crash(model, data, path, number)
        found = resumed(model, data, path)
        np.testing.assert_equal(learned(found), learned(whole))
        assert set(vars(found)) - {"_skl_callbacks"} == set(vars(whole))
        assert len(found.duration_curve_) == found.n_iter_


@every_case
def test_what_has_ended_is_not_trained_again(name, tmp_path, monkeypatch):
    model, data = CASES[name]
    whole = resumed(model, data, tmp_path)  # there is nothing to resume yet
    monkeypatch.setattr("sklstm._estimators.problem.train", None)
    np.testing.assert_equal(learned(resumed(model, data, tmp_path)), learned(whole))


def test_without_a_seed_it_goes_on_with_the_same_numbers_and_validation_set(tmp_path):
    model, data = small(random_state=None, batch_size=4, **STOPS), (X, Y)
    crash(model, data, tmp_path, 2)
    shutil.copytree(tmp_path, tmp_path / "again")
    one, two = (resumed(model, data, path) for path in (tmp_path, tmp_path / "again"))
    np.testing.assert_equal(learned(one), learned(two))


def test_several_times(tmp_path):
    model, data = CASES["batches"]
    for number in range(1, EPOCHS):
        crash(model, data, tmp_path, number, resume=True)
    np.testing.assert_equal(
        learned(resumed(model, data, tmp_path)), learned(clone(model).fit(*data))
    )


def test_a_fit_that_goes_on_with_a_fitted_estimator(tmp_path):
    def warm():
        return small(warm_start=True, batch_size=4).fit(X, Y)

    whole = warm().fit(X, Y)
    with pytest.raises(RuntimeError, match="crashed"):
        warm().set_callbacks(Checkpoint(tmp_path), Crash(EPOCHS + 2)).fit(X, Y)
    found = warm().set_callbacks(Checkpoint(tmp_path, resume=True)).fit(X, Y)
    np.testing.assert_equal(learned(found), learned(whole))
    assert found.n_iter_ == 2 * EPOCHS


def test_a_new_process_may_use_more_threads_and_print(tmp_path, capsys):
    model, data = CASES["batches"]
    crash(model, data, tmp_path, 3)
    n_jobs = 2 if kernels.name_in_use() == "compiled" else None  # a warning without
    found = resumed(clone(model).set_params(verbose=1, n_jobs=n_jobs), data, tmp_path)
    np.testing.assert_equal(learned(found), learned(clone(model).fit(*data)))
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == f"Checkpoint: resuming after epoch 3 of {EPOCHS}, from {tmp_path}"
    assert second.startswith(f"epoch 4/{EPOCHS}")
    resumed(clone(model).set_params(verbose=1), data, tmp_path)
    assert capsys.readouterr().out.startswith(f"Checkpoint: ended with epoch {EPOCHS} of {EPOCHS}")


def test_a_custom_cell(tmp_path):
    model = small(cell=OwnRNN(0.5))
    crash(model, (X, Y), tmp_path, 3)
    np.testing.assert_equal(
        learned(resumed(model, (X, Y), tmp_path)), learned(clone(model).fit(X, Y))
    )


class OwnRNN(cells.RNN):
    """A cell with a parameter."""

    def __init__(self, leak=1.0):
        super().__init__()
        self.leak = leak


def test_after_ctrl_c_too(tmp_path):
    class CtrlC(EpochCallback):
        def epoch_done(self, epoch):
            if epoch.number == 3:
                raise KeyboardInterrupt

    model, data = CASES["ragged, early stopping"]
    with pytest.warns(UserWarning, match="interrupted"), pytest.raises(KeyboardInterrupt):
        clone(model).set_callbacks(Checkpoint(tmp_path), CtrlC()).fit(*data)
    np.testing.assert_equal(
        learned(resumed(model, data, tmp_path)), learned(clone(model).fit(*data))
    )


# Several networks ------------------------------------------------------------------------------


@pytest.mark.parametrize("task", ["forecast-0", "calibration-1"])
def test_a_forecaster(task, tmp_path):
    model, data = forecaster(calibration_fraction=0.2), (None, SERIES)
    whole = clone(model).fit(*data)
    crash(model, data, tmp_path, 3, task)
    found = resumed(model, data, tmp_path)
    np.testing.assert_equal(learned(found.regressor_), learned(whole.regressor_))
    np.testing.assert_equal(found.predict_interval(4), whole.predict_interval(4))
    names = ["calibration-1", "fit.json", "forecast-0"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_vote(tmp_path):
    model = VotingForecaster([("one", forecaster()), ("a/../b", forecaster(level=None))])
    whole = clone(model).fit(None, SERIES)
    model.set_callbacks(Checkpoint(tmp_path, resume=True), Crash(2, "forecast-0/a/../b-1"))
    with pytest.raises(RuntimeError, match="crashed"):
        clone(model).fit(None, SERIES)
    model.set_callbacks(Checkpoint(tmp_path, resume=True)).fit(None, SERIES)
    np.testing.assert_equal(model.predict_interval(4), whole.predict_interval(4))
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.safetensors")]
    assert "forecast-0/one-0/final-000006.safetensors" in files
    assert all(".." not in file.split("/") for file in files)


@needs_callbacks
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_search_does_not_repeat_its_first_candidates(n_jobs, tmp_path):
    pipeline = make_pipeline(StandardScaler(), small())
    grid = {"lstmregressor__hidden_size": [2, 3, 4]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=n_jobs, error_score="raise")
    whole = clone(search).fit(X, Y)
    with pytest.raises(RuntimeError, match="crashed"):
        clone(search).set_callbacks(Checkpoint(tmp_path), Crash(EPOCHS)).fit(X, Y)
    assert list(tmp_path.rglob("*.safetensors"))
    found = clone(search).set_callbacks(Checkpoint(tmp_path, resume=True)).fit(X, Y)
    np.testing.assert_equal(
        found.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"]
    )
    assert found.best_params_ == whole.best_params_


# Files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "keep", "expected"),
    [(1, 1, []), (1, 3, [5, 6]), (4, 1, []), (4, 5, [4]), (9, 2, [])],
)
def test_the_last_ones_are_kept(every, keep, expected, tmp_path):
    small().set_callbacks(Checkpoint(tmp_path, every, keep)).fit(X, Y)
    names = [f"epoch-{number:06}.safetensors" for number in expected]
    assert names_in(tmp_path) == [*names, "final-000006.safetensors"]


def test_a_checkpoint_is_a_fitted_estimator(tmp_path):
    model = small().set_callbacks(Checkpoint(tmp_path, keep=9), CSVLogger(tmp_path / "log.csv"))
    model.fit(X, Y)
    half = sklstm.load(tmp_path / "epoch-000003.safetensors")
    assert half.loss_curve_ == model.loss_curve_[:3]
    assert half.predict(X).shape == Y.shape
    # Fitted again it begins anew, without writing anything.
    (tmp_path / "log.csv").unlink()
    np.testing.assert_equal(learned(half.fit(X, Y)), learned(model))
    assert not (tmp_path / "log.csv").exists()


def test_what_an_earlier_fit_left_is_removed(tmp_path):
    small(max_iter=9).set_callbacks(Checkpoint(tmp_path, keep=2)).fit(X, Y)
    (tmp_path / ".epoch-000001.safetensors.0.unfinished").touch()
    (tmp_path / "notes.txt").touch()
    model = small().set_callbacks(Checkpoint(tmp_path, keep=2))
    message = "ended, such as final-000009.safetensors, which will be replaced. Pass resume=True"
    with pytest.warns(UserWarning, match=message):
        model.fit(X, Y)
    names = ["epoch-000006.safetensors", "final-000006.safetensors", "fit.json", "notes.txt"]
    assert sorted(os.listdir(tmp_path)) == names


def test_results_are_the_same_with_and_without(tmp_path):
    for model, data in CASES.values():
        with_one = clone(model).set_callbacks(Checkpoint(tmp_path / "run")).fit(*data)
        np.testing.assert_equal(learned(with_one), learned(clone(model).fit(*data)))
        shutil.rmtree(tmp_path / "run")


def test_a_damaged_file_is_an_error_or_the_one_before_is_used(tmp_path):
    model, data = CASES["batches"]
    crash(model, data, tmp_path, 4, keep=2)
    last = tmp_path / "epoch-000004.safetensors"
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.warns(UserWarning, match=r"000004.*damaged or was cut off.*The one before"):
        found = resumed(model, data, tmp_path)
    np.testing.assert_equal(learned(found), learned(clone(model).fit(*data)))
    for path in tmp_path.glob("*.safetensors"):
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="no other one to resume from"):
        resumed(model, data, tmp_path)


def test_a_full_disk_does_not_end_training(tmp_path, monkeypatch):
    model = small().set_callbacks(Checkpoint(tmp_path))
    fsync, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) > 8:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.warns(UserWarning, match="epoch 4.*: No space left on device. Training") as caught:
        model.fit(X, Y)
    assert len(caught) == 1
    np.testing.assert_equal(learned(model), learned(small().fit(X, Y)))
    monkeypatch.undo()
    assert names_in(tmp_path) == ["epoch-000003.safetensors"]
    assert sklstm.load(tmp_path / "epoch-000003.safetensors").n_iter_ == 3


def test_two_fits_into_one_folder(tmp_path):
    class Other(EpochCallback):
        def epoch_done(self, epoch):
            if epoch.number == 3:
                small().set_callbacks(Checkpoint(tmp_path, resume=True)).fit(X, Y)

    model = small().set_callbacks(Checkpoint(tmp_path), Other())
    with pytest.warns(UserWarning, match="after epoch 4.*another fit writes there now") as caught:
        model.fit(X, Y)
    assert len(caught) == 1
    assert names_in(tmp_path) == ["final-000006.safetensors"]
    np.testing.assert_equal(learned(model), learned(small().fit(X, Y)))


# Errors ----------------------------------------------------------------------------------------


STATE = np.random.RandomState


@pytest.mark.parametrize(
    ("params", "now", "message"),
    [
        ({}, {"hidden_size": 4}, r"hidden_size is now 4, .* it is 3\. Set it back"),
        ({}, {"max_iter": 9}, r"max_iter is now 9, .* it is 6\. To train longer, load the last"),
        ({}, {"warm_start": True}, r"warm_start is now True.*To train longer, load"),
        ({}, {"learning_rate": "cosine"}, "learning_rate is now 'cosine'"),
        (
            {},
            {"cell": cells.GRU(reset_after=False)},
            "cell__reset_after is now False",
        ),
        ({"cell": cells.GRU()}, {"cell": cells.GRU(False)}, r"cell__reset_after is now False"),
        ({}, {"random_state": 1}, "random_state is now 1"),
        ({"random_state": STATE(3)}, {"random_state": STATE(4)}, "random_state is now Random"),
        (
            {},
            {"random_state": STATE(3)},
            r"random_state is now RandomState \(state \w+, 624\), .* 0",
        ),
    ],
    ids=str,
)
def test_other_parameters(params, now, message, tmp_path):
    crash(small(**params), (X, Y), tmp_path, 3)
    with pytest.raises(ValueError, match=message):
        resumed(small(**now), (X, Y), tmp_path)


@pytest.mark.parametrize(
    ("params", "now"),
    [
        ({"hidden_size": 3, "tol": 0.1}, {"hidden_size": np.int64(3), "tol": np.float64(0.1)}),
        ({"random_state": STATE(3)}, {"random_state": STATE(3)}),
        ({"optimizer": sklstm.optimizers.SGD()}, {"optimizer": sklstm.optimizers.SGD()}),
    ],
    ids=str,
)
def test_equal_parameters(params, now, tmp_path):
    crash(small(**params), (X, Y), tmp_path, 3)
    found = resumed(small(**now), (X, Y), tmp_path)
    np.testing.assert_equal(learned(found), learned(small(**now).fit(X, Y)))


@needs_callbacks
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"param_grid": {"hidden_size": [3, 2]}}, r"param_grid is now \{'hidden_size': \[3, 2\]\}"),
        ({"cv": 3}, "cv is now 3"),
        ({"estimator__alpha": 1.0}, "estimator__alpha is now 1.0"),
    ],
    ids=str,
)
def test_another_search(changes, message, tmp_path):
    search = GridSearchCV(small(), {"hidden_size": [2, 3]}, cv=2)
    search.set_callbacks(Checkpoint(tmp_path, resume=True)).fit(X, Y)
    search.set_params(verbose=1, n_jobs=2).fit(X, Y)  # loaded
    with pytest.raises(ValueError, match=message):
        search.set_params(**changes).fit(X, Y)


@needs_callbacks
@pytest.mark.parametrize("name", ["learning_rate", "hidden_size", "alpha", "loss"])
def test_a_search_that_tries_other_candidates(name, tmp_path):
    """A search that draws candidates has other ones in each call, with the same parameters."""
    values = {"learning_rate": [0.01, 0.02], "hidden_size": [2, 3], "alpha": [0.1, 0.2]}
    values |= {"loss": ["squared_error", "huber"]}
    for drawn in values[name]:
        search = Searching(small(max_iter=2), {name: [drawn]}, cv=2, error_score="raise")
        search.set_callbacks(Checkpoint(tmp_path, resume=True))
        if drawn is values[name][0]:
            search.fit(X, Y)
            continue
        message = f"Cannot resume: {name} is now .*, and in the checkpoints in .*-0.* it is"
        with pytest.raises(ValueError, match=message):
            search.fit(X, Y)


class Searching(GridSearchCV):
    """A search whose parameters do not say which candidates it tries."""

    def get_params(self, deep=True):
        return {**super().get_params(deep), "param_grid": {}}


@needs_callbacks
@pytest.mark.parametrize(
    ("search", "name"),
    [
        (RandomizedSearchCV(small(), {"alpha": [0.1, 0.2]}, n_iter=1), "RandomizedSearchCV"),
        (GridSearchCV(small(), {"alpha": [0.1]}, cv=ShuffleSplit(2)), "ShuffleSplit"),
        (GridSearchCV(small(), {"alpha": [0.1]}, cv=KFold(2, shuffle=True)), "KFold"),
    ],
    ids=["candidates", "splits", "folds"],
)
def test_a_search_that_draws_needs_a_seed(search, name, tmp_path):
    message = rf"Checkpoint\(resume=True\) needs {name} to do the same .* Set its random_state"
    checkpoint = Checkpoint(tmp_path / "run", resume=True)
    with pytest.raises(ValueError, match=message):
        search.set_callbacks(checkpoint).fit(X, Y)
    thing = search if name.startswith("Random") else search.cv
    thing.random_state = 0
    expected = search.fit(X, Y).best_score_
    assert clone(search).set_callbacks(checkpoint).fit(X, Y).best_score_ == expected


@needs_callbacks
@pytest.mark.parametrize("cv", [None, 2, KFold(2), KFold(2, shuffle=True, random_state=0)], ids=str)
def test_a_search_that_draws_nothing_needs_no_seed(cv, tmp_path):
    search = GridSearchCV(small(random_state=None), {"alpha": [0.1]}, cv=cv)
    search.set_callbacks(Checkpoint(tmp_path / "run", resume=True)).fit(X, Y)


def test_a_generator_as_random_state(tmp_path):
    for _ in range(2):
        model = small(random_state=np.random.RandomState(3))
        model.set_callbacks(Checkpoint(tmp_path, resume=True)).fit(X, Y)


@needs_callbacks
def test_a_search_does_not_replace_what_did_not_end(tmp_path):
    search = GridSearchCV(small(), {"hidden_size": [2, 3]}, cv=2, error_score="raise")
    search.set_callbacks(Checkpoint(tmp_path), Crash(2))
    for expected in (RuntimeError, ValueError):
        with pytest.raises(expected, match="crashed|did not end, such as epoch-000002"):
            search.fit(X, Y)


@pytest.mark.parametrize(
    "data", [(X, Y + 1), (X[::-1], Y), (X[:-1], Y[:-1]), (X, Y, np.arange(1.0, 21.0))]
)
@pytest.mark.parametrize("stops", [{}, STOPS])
def test_other_data(data, stops, tmp_path):
    crash(small(**stops), (X, Y), tmp_path, 2)
    with pytest.raises(ValueError, match="data are not those of the checkpoint") as raised:
        resumed(small(**stops), data, tmp_path)
    assert f"resumes from path={str(tmp_path)!r}" in raised.value.__notes__[0]


@pytest.mark.parametrize(
    ("make", "data", "other"),
    [
        (LSTMRegressor, (RAGGED, Y), (X, Y)),
        (LSTMClassifier, (X, LABELS), (X, np.resize(["up", "flat"], 20))),
        (LSTMLanguageModel, (TEXTS,), (["0123"],)),
    ],
)
def test_data_of_another_form(make, data, other, tmp_path):
    crash(small(make), data, tmp_path, 3)
    with pytest.raises(ValueError, match=".") as raised:
        resumed(small(make), other, tmp_path)
    assert "let the Checkpoint write to another path" in raised.value.__notes__[0]


def test_a_folder_without_its_description(tmp_path):
    crash(small(), (X, Y), tmp_path, 3)
    (tmp_path / "fit.json").unlink()
    with pytest.raises(ValueError, match=r"fit\.json.* is missing or damaged"):
        resumed(small(), (X, Y), tmp_path)


def test_another_estimator(tmp_path):
    crash(small(), (X, Y), tmp_path, 3)
    with pytest.raises(
        ValueError, match="of the fit of a LSTMRegressor, and this is a LSTMClassif"
    ):
        resumed(small(LSTMClassifier), (X, LABELS), tmp_path)


def test_an_unfinished_fit_is_not_replaced_in_silence(tmp_path):
    crash(small(), (X, Y), tmp_path, 3)
    with pytest.raises(ValueError, match=r"did not end, such as epoch-000003.*Pass resume"):
        small().set_callbacks(Checkpoint(tmp_path)).fit(X, Y)
    assert names_in(tmp_path) == ["epoch-000003.safetensors"]


def test_a_fit_that_begins_at_another_epoch(tmp_path):
    warm = small(warm_start=True)
    crash(warm, (X, Y), tmp_path, 3)
    warm = clone(warm).fit(X, Y).set_callbacks(Checkpoint(tmp_path, resume=True))
    with pytest.raises(ValueError, match=r"after epoch 0, .* after epoch 6\. To train longer"):
        warm.fit(X, Y)


def test_a_parameter_that_cannot_be_saved_is_known_before_training(tmp_path):
    model = small(scoring=lambda e, X, y: 0.0).set_callbacks(Checkpoint(tmp_path))
    with pytest.raises(TypeError, match=r"LSTMRegressor.scoring is <function.*Pass a name"):
        model.fit(X, Y, X_val=X, y_val=Y)
    assert not names_in(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((3,), TypeError, "path=3 must be a path"),
        (("",), ValueError, "path is empty"),
        (("run", 0), ValueError, "every=0 is not valid"),
        (("run", 1, 0), ValueError, "keep=0 is not valid"),
        (("run", 1.5), ValueError, "every=1.5 is not"),
        (("run", 1, 1, "yes"), ValueError, "resume='yes' is not"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        Checkpoint(*arguments)


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    model = small().set_callbacks(Checkpoint(tmp_path / "file" / "run"))
    with pytest.raises(OSError, match=r"Checkpoint cannot write to path=.*Pass a folder"):
        model.fit(X, Y)
