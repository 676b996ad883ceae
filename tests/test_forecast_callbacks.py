"""Callbacks and printed lines of a forecaster: which of its networks is being trained."""

import pickle
import threading
import warnings

import numpy as np
import pytest
import sklearn
from quick_forecasters import N, X, Y
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster

HAS_CALLBACKS = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 9)
with_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="needs scikit-learn 1.9")
pytestmark = pytest.mark.filterwarnings("ignore:Training learned nothing")
NO_X = np.empty((N, 0))


def network(**params):
    return LSTMRegressor(2, **{"max_iter": 3, "random_state": 0} | params)


def small(regressor=None, **params):
    regressor = network() if regressor is None else regressor
    return SequenceForecaster(regressor, **{"window": 5} | params)


def vote(**params):
    members = [("a", small()), ("b", SequenceForecaster("smoothing"))]
    return VotingForecaster(members, **params)


class Recorder:
    """Writes down which hooks are called, for which tasks; propagated to the networks."""

    max_propagation_depth = None

    def __init__(self, at=None, does=None):
        self.at, self.does = at, does
        self.calls, self.data = [], []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None):
        self.calls.append("begin " + path_of(context))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None):
        self.calls.append("end " + path_of(context))
        self.data.append((estimator, context, X, y, metadata))
        if self.at is not None and path_of(context).endswith(self.at):
            return self.does()
        return False


# The same without the attribute by which callbacks are propagated; a subclass would inherit it.
NotPropagated = type(
    "NotPropagated",
    (),
    {
        name: value
        for name, value in vars(Recorder).items()
        if name not in ("max_propagation_depth", "__dict__", "__weakref__")
    },
)


def path_of(context):
    """Names of the task and of those that it is part of, the epochs with their number."""
    names = []
    while context is not None:
        number = f" {context.task_id}" if context.task_name == "epoch" else ""
        names.append((context.source_task_name or context.task_name) + number)
        context = context.parent
    return "/".join(reversed(names))


def ended(recorder):
    return [call.removeprefix("end ") for call in recorder.calls if call.startswith("end ")]


def of_one_network(name, n_epochs=3):
    train = f"fit/{name}/train"
    return [*(f"{train}/epoch {k}" for k in range(n_epochs)), train, f"fit/{name}"]


# Tasks --------------------------------------------------------------------------------------------


def test_a_callback_sees_the_epochs_of_both_networks():
    recorder = Recorder()
    forecaster = small().set_callbacks(recorder).fit(None, Y)
    assert ended(recorder) == [
        *of_one_network("forecast"),
        *of_one_network("calibration"),
        "fit",
    ]
    assert recorder.calls[0] == "setup"
    assert recorder.calls[-1] == "teardown"
    assert recorder.calls.count("setup") == recorder.calls.count("teardown") == 1
    begun = [call for call in recorder.calls if call.startswith("begin ")]
    assert sorted(each.removeprefix("begin ") for each in begun) == sorted(ended(recorder))
    np.testing.assert_array_equal(forecaster.forecast(4), small().fit(None, Y).forecast(4))


@pytest.mark.parametrize(
    "params", [{"calibration_fraction": None}, {"calibration_fraction": 0.9}, {"level": "last"}]
)
def test_networks_that_are_not_trained_have_no_task(params):
    recorder = Recorder()
    forecaster = small(**params).set_callbacks(recorder).fit(None, Y)
    names = ["forecast"] + ["calibration"] * (forecaster.calibration_errors_ is not None)
    assert ended(recorder) == [*sum(map(of_one_network, names), []), "fit"]


def test_one_that_is_not_propagated_sees_the_networks_but_no_epochs():
    recorder = NotPropagated()
    small().set_callbacks(recorder).fit(None, Y)
    assert ended(recorder) == [
        *of_one_network("forecast", 0),
        *of_one_network("calibration", 0),
        "fit",
    ]


def test_callbacks_are_told_what_fit_was_given():
    recorder, weights = NotPropagated(), np.ones(N)
    regressor = Ridge()
    forecaster = small(regressor, level=None, transformer=None).set_callbacks(recorder)
    forecaster.fit(None, Y, sample_weight=weights)
    for estimator, _, seen_X, y, metadata in recorder.data:
        assert estimator is forecaster
        assert seen_X is None
        assert y is Y
        assert metadata == {"sample_weight": weights}


def test_a_callback_of_the_regressor_sees_both_networks():
    recorder = NotPropagated()
    small(network().set_callbacks(recorder)).fit(None, Y)
    networks = [of_one_network(name)[:-1] for name in ("forecast", "calibration")]
    assert ended(recorder) == sum(networks, [])


@with_callbacks
def test_a_scoring_monitor_of_the_regressor_says_which_network():
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring="r2")
    small(network().set_callbacks(monitor)).fit(None, Y)
    rows = monitor.get_logs(include_lineage=True).data
    tasks = {row["task_id_path"]: row["task_name"] for row in rows}
    epochs = [row["task_id_path"] for row in rows if row["task_name"] == "epoch"]
    assert [tasks[path[:2]] for path in epochs] == ["forecast"] * 3 + ["calibration"] * 3
    assert all(np.isfinite(row["r2"]) for row in rows if row["task_name"] == "epoch")


def test_regressors_without_callbacks():
    """scikit-learn warns of them, but not of what the user did not choose."""
    with pytest.warns(UserWarning, match="Ridge does not support callbacks"):
        small(Ridge()).set_callbacks(Recorder()).fit(None, Y)
    for forecaster in (SequenceForecaster("smoothing"), small(Ridge())):
        recorder = Recorder() if forecaster.regressor == "smoothing" else NotPropagated()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            forecaster.set_callbacks(recorder).fit(None, Y)
        assert ended(recorder)[:2] == ["fit/forecast/train", "fit/forecast"]


def test_members_of_a_vote():
    recorder = Recorder()
    vote().set_callbacks(recorder).fit(None, Y)
    tasks = ended(recorder)
    for name in ("forecast", "calibration"):
        network = [each.replace("fit/", f"fit/{name}/a/") for each in of_one_network("forecast")]
        smoothing = [f"fit/{name}/b/forecast/train", f"fit/{name}/b/forecast"]
        expected = [*network, f"fit/{name}/a", *smoothing, f"fit/{name}/b", f"fit/{name}"]
        assert tasks[: len(expected)] == expected
        del tasks[: len(expected)]
    assert tasks == ["fit"]


def test_callbacks_leave_no_trace():
    plain, seen = small().fit(None, Y), small().set_callbacks(Recorder()).fit(None, Y)
    assert set(vars(seen)) - set(vars(plain)) == {"_skl_callbacks"}
    assert set(vars(seen.regressor_)) == set(vars(plain.regressor_))
    saved = pickle.loads(pickle.dumps(seen.set_callbacks()))
    np.testing.assert_array_equal(saved.forecast(3), plain.forecast(3))
    plain, seen = vote().fit(None, Y), vote().set_callbacks(Recorder()).fit(None, Y)
    assert set(vars(seen)) - set(vars(plain)) == {"_skl_callbacks"}
    for one, other in zip(seen.estimators_, plain.estimators_, strict=True):
        assert set(vars(one)) == set(vars(other))


# Searches and progress bars -----------------------------------------------------------------------


def search(forecaster, n_jobs=None):
    return GridSearchCV(forecaster, {"window": [4, 5]}, cv=TimeSeriesSplit(2), n_jobs=n_jobs)


@with_callbacks
@pytest.mark.parametrize("set_on", ["search", "regressor"])
def test_callbacks_through_a_search(set_on):
    recorder = Recorder() if set_on == "search" else NotPropagated()
    if set_on == "search":
        search(small()).set_callbacks(recorder).fit(NO_X, Y)
    else:
        search(small(network().set_callbacks(recorder))).fit(NO_X, Y)
    for name in ("forecast", "calibration"):
        epochs = [each for each in ended(recorder) if f"/{name}/train/epoch" in each]
        assert len(epochs) == (2 * 2 + 1) * 3


@with_callbacks
@pytest.mark.parametrize(
    "make", [small, vote, lambda: search(small(), n_jobs=2), lambda: vote(n_jobs=2)]
)
def test_progress_bar(make, capsys):
    pytest.importorskip("rich")
    from sklearn.callback import ProgressBar

    model = make().set_callbacks(ProgressBar(max_propagation_depth=None)).fit(NO_X, Y)
    printed = capsys.readouterr().out
    for words in ("SequenceForecaster - forecast", "SequenceForecaster - calibration"):
        assert words in printed or "VotingForecaster - calibration" in printed
    assert "train | LSTMRegressor - fit" in printed
    assert np.shape(model.predict(np.empty((3, 0)))) == (3,)
    assert not [thread for thread in threading.enumerate() if "Progress" in type(thread).__name__]


# Callbacks that interfere -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["forecast", "calibration"])
def test_a_callback_stops_one_of_the_networks(name):
    recorder = Recorder(at=f"{name}/train/epoch 1", does=lambda: True)
    forecaster = small().set_callbacks(recorder).fit(None, Y)
    other = {"forecast": "calibration", "calibration": "forecast"}[name]
    assert sum(f"{name}/train/epoch" in each for each in ended(recorder)) == 2
    assert sum(f"{other}/train/epoch" in each for each in ended(recorder)) == 3
    shorter = network(max_iter=2) if name == "forecast" else network()
    expected = small(shorter, calibration_fraction=None).fit(None, Y)
    if name == "calibration":
        np.testing.assert_array_equal(forecaster.forecast(4), expected.forecast(4))
    else:
        assert forecaster.regressor_.n_iter_ == 2
    assert forecaster.calibration_errors_ is not None


def raising(error):
    def does():
        raise error("of the callback")

    return does


@pytest.mark.parametrize("make", [small, vote])
@pytest.mark.parametrize("at", ["forecast/train/epoch 1", "calibration/train/epoch 0", "/forecast"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, ZeroDivisionError])
@pytest.mark.parametrize("is_fitted", [False, True])
@pytest.mark.filterwarnings("ignore:Training was interrupted")
def test_errors_and_interrupts_of_a_callback(make, at, error, is_fitted):
    if make is vote:
        at = at.replace("calibration/train", "calibration/a/forecast/train")
    recorder = Recorder(at=at, does=raising(error))
    forecaster = make()
    if is_fitted:
        forecaster.fit(None, Y)
    forecaster.set_callbacks(recorder)
    before = vars(forecaster).copy()
    # An error of a member has the member's name, and is a RuntimeError if it is of another kind.
    kinds = (error, RuntimeError) if make is vote else error
    with pytest.raises(kinds, match="of the callback|interrupted") as raised:
        forecaster.fit(None, Y[::-1].copy())
    assert vars(forecaster) == before
    if "keeping the weights" in str(raised.value):
        note = f"The {type(forecaster).__name__} around the network is as it was before."
        assert raised.value.__notes__[-1] == note
    assert recorder.calls[-1] == "teardown"
    recorder.at = None
    forecaster.fit(None, Y)
    np.testing.assert_array_equal(forecaster.forecast(3), make().fit(None, Y).forecast(3))


# Printed lines ------------------------------------------------------------------------------------


def printed_by(forecaster, capsys, y=Y, **data):
    forecaster.fit(None, y, **data)
    return capsys.readouterr().out.splitlines()


def without_seconds(lines):
    return [line.partition(", total=")[0] for line in lines if "epoch" not in line]


def epochs_of(lines):
    """The epochs that are printed, with the network that they belong to."""
    return [line.split(" (")[0] for line in lines if "epoch" in line]


def test_verbose(capsys):
    lines = printed_by(small(verbose=1, level="last"), capsys)
    assert without_seconds(lines) == [
        "[SequenceForecaster] Fitting LSTMRegressor for 'forecast': 55 windows of 5 steps",
        "[SequenceForecaster] Fitted LSTMRegressor for 'forecast': 55 windows of 5 steps",
        "[SequenceForecaster] Fitting LSTMRegressor for 'calibration': 43 windows of 5 steps",
        "[SequenceForecaster] Fitted LSTMRegressor for 'calibration': 43 windows of 5 steps",
    ]
    totals = [line for line in lines if "Fitted" in line]
    assert all(line.endswith("s") and ", total=" in line for line in totals)
    expected = [f"[{name}] epoch {k}/3" for name in ("forecast", "calibration") for k in (1, 2, 3)]
    assert epochs_of(lines) == expected


def test_the_lines_of_a_network_say_which_one_it_is(capsys):
    lines = printed_by(small(network(verbose=1)), capsys)
    expected = [f"[{name}] epoch {k}/3" for name in ("forecast", "calibration") for k in (1, 2, 3)]
    assert epochs_of(lines) == expected
    assert len(lines) == 6


def test_verbose_of_several_series_and_of_smoothing(capsys):
    series = [Y[:30], Y[30:]]
    lines = printed_by(small(verbose=1, calibration_fraction=None), capsys, series)
    assert lines[0].endswith(" windows of 5 steps, 2 series")
    forecaster = SequenceForecaster("smoothing", verbose=True, calibration_fraction=None)
    assert "Fitting smoothing for 'forecast'" in printed_by(forecaster, capsys)[0]


def test_verbose_of_a_vote(capsys):
    lines = printed_by(vote(verbose=1, calibration_fraction=None), capsys)
    assert epochs_of(lines) == [f"[forecast/a/forecast] epoch {k}/3" for k in (1, 2, 3)]
    assert without_seconds(lines) == [
        f"[VotingForecaster] {what} {name}"
        for name in ("a for 'forecast' (1 of 2)", "b for 'forecast' (2 of 2)")
        for what in ("Fitting", "Fitted")
    ]


def test_nothing_is_printed_by_default(capsys):
    assert printed_by(small(), capsys) == printed_by(vote(), capsys) == []


@pytest.mark.parametrize("make", [small, vote])
@pytest.mark.parametrize("verbose", [-1, "loud", 1.5, None])
def test_verbose_is_checked(make, verbose):
    with pytest.raises((ValueError, TypeError), match="verbose"):
        clone(make()).set_params(verbose=verbose).fit(None, Y)


def test_with_exogenous_variables(capsys):
    lines = printed_by(small(verbose=1, calibration_fraction=None).set_params(window=6), capsys)
    small(calibration_fraction=None, verbose=1, window=6).fit(X, Y)
    assert without_seconds(capsys.readouterr().out.splitlines()) == without_seconds(lines)
