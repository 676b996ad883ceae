"""Callbacks in scikit-learn's protocol; before version 1.9 by the substitute for it."""

import pickle
import threading
import warnings

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.metrics import accuracy_score, mean_squared_error, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor
from sklstm.optimizers import SGD
from sklstm.preprocessing import TimeDistributed
from sklstm.schedules import Constant
from sklstm.training.loop import DivergenceError

HAS_CALLBACKS = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
with_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="needs scikit-learn 1.9")
both = pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])

N = 12
LENGTHS = [3, 5, 1, 5, 2, 4, 1, 3, 5, 2, 2, 4]
rng = np.random.default_rng(0)
TABLE = rng.standard_normal((N, 5))
RAGGED = [rng.standard_normal((length, 2)) for length in LENGTHS]
Y = rng.standard_normal(N)
LABELS = np.array(["up", "down", "flat"] * 4)


def small(make, **params):
    defaults = {"hidden_size": 3, "max_iter": 6, "random_state": 0}
    return make(**defaults | {"learning_rate": Constant(0.01)} | params)


def target(make):
    return LABELS if make is LSTMClassifier else Y


class Recorder:
    """Writes down which hooks are called, for which tasks, with what."""

    def __init__(self, stop_after=None):
        self.stop_after = stop_after
        self.calls = []
        self.ends = []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.calls.append(f"begin {context.task_name}")

    def on_fit_task_end(
        self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None
    ):
        self.calls.append(f"end {context.task_name}")
        self.ends.append((context, X, y, metadata, fitted_estimator))
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_after


@both
def test_a_callback_may_stop_training(make):
    recorder = Recorder(stop_after=3)
    estimator = small(make).set_callbacks(recorder).fit(TABLE, target(make))
    assert estimator.n_iter_ == len(estimator.loss_curve_) == 3
    expected = small(make, max_iter=3).fit(TABLE, target(make))
    np.testing.assert_array_equal(estimator._params, expected._params)
    epochs = ["begin epoch", "end epoch"] * 3
    assert recorder.calls == ["setup", "begin fit", *epochs, "end fit", "teardown"]


@both
def test_a_callback_that_stops_early_stopping(make):
    """The best weights are kept, also if a callback has the last word."""
    validation = {"X_val": TABLE[::-1].copy(), "y_val": np.roll(target(make), 1)}
    params = {"early_stopping": True, "learning_rate": 0.2, "max_iter": 30}
    estimator = small(make, n_iter_no_change=30, **params).set_callbacks(Recorder(stop_after=20))
    estimator.fit(TABLE, target(make), **validation)
    assert estimator.n_iter_ == 20
    curve = estimator.validation_loss_curve_
    assert estimator.best_loss_ == min(curve) < curve[-1]
    best = int(np.argmin(curve))
    score = estimator.score(validation["X_val"], validation["y_val"])
    assert score == pytest.approx(estimator.validation_score_curve_[best])


@both
@pytest.mark.parametrize("form", ["table", "ragged"])
def test_callbacks_see_data_and_a_fitted_estimator(make, form):
    X = TABLE if form == "table" else RAGGED
    recorder, weights = Recorder(), np.arange(1.0, N + 1)
    estimator = small(make).set_callbacks(recorder).fit(X, target(make), weights)
    assert len(recorder.ends) == 7
    for k, (context, seen_X, seen_y, metadata, fitted) in enumerate(recorder.ends):
        assert seen_X is X
        assert seen_y is target(make)
        assert metadata["sample_weight"] is weights
        assert fitted is not estimator
        assert np.isfinite(fitted.score(X, target(make)))
        if k < 6:
            assert (context.task_id, context.parent.max_subtasks) == (k, 6)
    np.testing.assert_array_equal(fitted.predict(X), estimator.predict(X))


def test_fitted_estimators_stay_what_they_were():
    """What a callback that keeps the best epoch relies on."""
    recorder = Recorder()
    small(LSTMRegressor).set_callbacks(recorder).fit(TABLE, Y)
    for k, (*_, fitted) in enumerate(recorder.ends[:-1]):
        expected = small(LSTMRegressor, max_iter=k + 1).fit(TABLE, Y)
        assert fitted.loss_curve_ == expected.loss_curve_
        np.testing.assert_array_equal(fitted.predict(TABLE), expected.predict(TABLE))


@both
def test_callbacks_change_nothing_else(make):
    plain = small(make).fit(TABLE, target(make))
    with_recorder = small(make).set_callbacks(Recorder()).fit(TABLE, target(make))
    assert set(vars(with_recorder)) - set(vars(plain)) == {"_skl_callbacks"}
    np.testing.assert_array_equal(with_recorder._params, plain._params)
    assert not hasattr(clone(plain), "_skl_callbacks")


@both
def test_callbacks_when_resuming(make):
    recorder = Recorder()
    estimator = small(make, warm_start=True).set_callbacks(recorder)
    estimator.fit(TABLE, target(make)).fit(TABLE, target(make))
    assert estimator.n_iter_ == 12
    assert recorder.calls.count("end epoch") == 12
    assert recorder.calls.count("teardown") == 2


def test_callbacks_are_torn_down_after_an_error():
    recorder = Recorder()
    diverges = {"optimizer": SGD(momentum=0.0), "learning_rate": 1e300, "max_grad_norm": 1e300}
    estimator = small(LSTMRegressor, **diverges).set_callbacks(recorder)
    with pytest.raises(DivergenceError):
        estimator.fit(TABLE, Y)
    assert recorder.calls[-1] == "teardown"


@both
@pytest.mark.parametrize("epoch", [1, 3])
@pytest.mark.filterwarnings("ignore:Training was interrupted")
def test_callbacks_of_an_interrupted_fit(make, epoch):
    """It has ended, like one of fewer epochs."""

    class Interrupting(Recorder):
        def on_fit_task_begin(self, estimator, context, **data):
            super().on_fit_task_begin(estimator, context, **data)
            if self.calls.count("begin epoch") == epoch + 1:
                raise KeyboardInterrupt

    recorder = Interrupting()
    estimator = small(make).set_callbacks(recorder)
    with pytest.raises(KeyboardInterrupt):
        estimator.fit(TABLE, target(make))
    expected = small(make, max_iter=epoch).set_callbacks(Recorder()).fit(TABLE, target(make))
    assert set(vars(estimator)) == set(vars(expected))
    np.testing.assert_array_equal(estimator._params, expected._params)
    epochs = ["begin epoch", "end epoch"] * epoch
    expected = ["setup", "begin fit", *epochs, "begin epoch", "end fit", "teardown"]
    assert recorder.calls == expected
    assert recorder.ends[-1][4].n_iter_ == epoch


@with_callbacks
@pytest.mark.parametrize(
    ("make", "metrics"),
    [
        (LSTMRegressor, {"r2": r2_score, "neg_mean_squared_error": mean_squared_error}),
        (LSTMClassifier, {"accuracy": accuracy_score}),
    ],
)
def test_scoring_monitor(make, metrics):
    from sklearn.callback import ScoringMonitor

    y, monitor = target(make), ScoringMonitor(scoring=list(metrics))
    small(make, learning_rate=Constant(0.05)).set_callbacks(monitor).fit(RAGGED, y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert [row["task_id"] for row in rows] == list(range(6))
    for epoch, row in enumerate(rows, start=1):
        estimator = small(make, learning_rate=Constant(0.05), max_iter=epoch).fit(RAGGED, y)
        for name, metric in metrics.items():
            sign = -1 if name.startswith("neg") else 1
            expected = sign * metric(y, estimator.predict(RAGGED))
            assert row[name] == pytest.approx(expected, rel=1e-12)


@with_callbacks
def test_scoring_monitor_in_a_search():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="r2")
    estimator = small(LSTMRegressor).set_callbacks(monitor)
    GridSearchCV(estimator, {"hidden_size": [2, 3]}, cv=2, n_jobs=2).fit(TABLE, Y)
    logs = monitor.get_logs(select="all")
    epochs = [row for log in logs for row in log.data if row["task_name"] == "epoch"]
    assert len(epochs) == (2 * 2 + 1) * 6


def _pipeline(estimator):
    return make_pipeline(TimeDistributed(StandardScaler()), estimator)


def _search(estimator):
    return GridSearchCV(estimator, {"hidden_size": [2, 3]}, cv=2, n_jobs=2)


def _search_of_pipeline(estimator):
    return GridSearchCV(_pipeline(estimator), {"lstmregressor__hidden_size": [2]}, cv=2, n_jobs=2)


@with_callbacks
@pytest.mark.parametrize("wrap", [lambda e: e, _pipeline, _search, _search_of_pipeline])
def test_progress_bar(wrap, capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    model = wrap(small(LSTMRegressor))
    with warnings.catch_warnings():
        # scikit-learn's message for transformers without callbacks, including most of its own.
        warnings.filterwarnings(
            "ignore", "The estimator TimeDistributed does not support callbacks"
        )
        model.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(RAGGED, Y)
    printed = capsys.readouterr().out
    assert "LSTMRegressor" in printed
    assert "100%" in printed
    assert model.predict(RAGGED).shape == (N,)
    assert not [thread for thread in threading.enumerate() if "Progress" in type(thread).__name__]


# A language model also reports its updates --------------------------------------------------------

TEXTS = ["she sells sea shells by the sea shore", "the cat sat on the mat", "a dog"] * 2
# An epoch: two batches of three texts, in windows of 10 characters. Six texts give no strips.
WINDOWS = {"batch_size": 3, "bptt_steps": 10, "shuffle": False}
N_UPDATES = 4 + 4


def model(**params):
    return small(LSTMLanguageModel, **{**WINDOWS, "max_iter": 3, **params})


def test_updates_are_subtasks_of_their_epoch():
    recorder = Recorder()
    fitted = model().set_callbacks(recorder).fit(TEXTS)
    updates = ["begin update", "end update"] * N_UPDATES
    epochs = ["begin epoch", *updates, "end epoch"] * 3
    assert recorder.calls == ["setup", "begin fit", *epochs, "end fit", "teardown"]
    for context, X, y, metadata, _ in recorder.ends:
        assert X is TEXTS
        assert y is metadata is None
        if context.task_name == "update":
            assert context.parent.max_subtasks == N_UPDATES
            assert context.max_subtasks == 0
    unwatched = model().fit(TEXTS)
    np.testing.assert_array_equal(fitted._params, unwatched._params)
    assert fitted.loss_curve_ == unwatched.loss_curve_


@with_callbacks
def test_nobody_is_told_of_updates_where_nobody_listens(monkeypatch):
    from sklearn.callback import CallbackContext

    subcontext, names = CallbackContext.subcontext, []

    def spy(self, task_name="", **kwargs):
        names.append(task_name)
        return subcontext(self, task_name, **kwargs)

    monkeypatch.setattr(CallbackContext, "subcontext", spy)
    model().fit(TEXTS)
    assert names == ["epoch"] * 3
    model().set_callbacks(Recorder()).fit(TEXTS)
    assert names.count("update") == 3 * N_UPDATES


def test_a_model_in_the_midst_of_an_epoch(tmp_path):
    """It can print its loss, write text, and be saved."""
    recorder = Recorder()
    model(max_iter=2, learning_rate=0.1).set_callbacks(recorder).fit(TEXTS)
    seen = [end[-1] for end in recorder.ends]
    assert [fitted.n_iter_ for fitted in seen] == [0] * N_UPDATES + [1] * (N_UPDATES + 1) + [2, 2]
    assert len({fitted.sample(30, random_state=0) for fitted in seen}) > 5
    assert all(len(fitted.predict_proba("she ")) == len(fitted.vocabulary_) for fitted in seen)
    first, *_, last = (fitted.loss_ for fitted in seen[:N_UPDATES])
    assert last == seen[N_UPDATES].loss_  # the mean of the epoch so far is at last that of all
    assert last < first
    # A model saved at the end of an epoch resumes like the training that it was saved in.
    saved = pickle.loads(pickle.dumps(seen[N_UPDATES].set_callbacks()))
    saved.set_params(warm_start=True, max_iter=1).fit(TEXTS)
    np.testing.assert_array_equal(saved._params, seen[-1]._params)
    # And what is saved in its midst has learned what it has learned.
    saved = pickle.loads(pickle.dumps(seen[3].set_callbacks()))
    saved.set_params(warm_start=True, max_iter=20).fit(TEXTS)
    assert saved.score(TEXTS) > seen[3].score(TEXTS)


@pytest.mark.parametrize("params", [{"dropout": 0.3}, {"shuffle": True}])
def test_a_saved_epoch_resumes_with_its_own_random_numbers(params):
    recorder = Recorder()
    whole = model(max_iter=4, **params).set_callbacks(recorder).fit(TEXTS)
    epochs = [end[-1] for end in recorder.ends if end[0].task_name == "epoch"]
    saved = epochs[1].set_callbacks().set_params(warm_start=True, max_iter=2).fit(TEXTS)
    np.testing.assert_array_equal(saved._params, whole._params)


class StopAt(Recorder):
    """Ends what a task of this name and number is part of."""

    def __init__(self, task_name, task_id):
        super().__init__()
        self.task = task_name, task_id

    def on_fit_task_end(self, estimator, context, **kwargs):
        super().on_fit_task_end(estimator, context, **kwargs)
        return (context.task_name, context.task_id) == self.task


def test_a_callback_ends_the_epoch_or_training():
    stop = StopAt("update", 2)
    fitted = model().set_callbacks(stop).fit(TEXTS)
    assert stop.calls.count("end update") == 3 * 3
    assert fitted.n_iter_ == stop.calls.count("end epoch") == 3
    stop = StopAt("epoch", 1)
    fitted = model().set_callbacks(stop).fit(TEXTS)
    assert fitted.n_iter_ == stop.calls.count("end epoch") == 2
    assert stop.calls.count("end update") == 2 * N_UPDATES


@with_callbacks
def test_progress_bar_of_a_language_model(capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    fitted = model(max_iter=2).set_callbacks(ProgressBar()).fit(TEXTS)
    printed = capsys.readouterr().out
    assert "LSTMLanguageModel - fit" in printed
    assert "LSTMLanguageModel - epoch #1" in printed
    assert printed.count("100%") >= 3
    assert fitted.sample(3)


def test_callbacks_in_a_search_of_language_models():
    recorder = Recorder()
    estimator = model(level="word").set_callbacks(recorder)
    search = GridSearchCV(estimator, {"hidden_size": [2, 3]}, cv=2).fit(TEXTS)
    assert recorder.calls.count("end fit") == 5
    assert search.best_estimator_.sample(3) is not None
