"""What the callback TensorBoard writes, read back by TensorBoard itself."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer

from sklstm import LSTMLanguageModel, LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm.callbacks import CSVLogger, TensorBoard

pytestmark = pytest.mark.filterwarnings("ignore:Training learned nothing")
X = np.random.default_rng(0).standard_normal((12, 5))
SERIES = np.sin(np.arange(60.0))
VALUES = ("loss", "validation_loss", "validation_score", "learning_rate", "gradient_norm")


def small(**params):
    return LSTMRegressor(2, **{"max_iter": 3, "random_state": 0, **params})


def read(folder):
    """The steps and values by the name of the run and that of the value."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    return {
        run: {
            tag: [(e.step, e.value) for e in multiplexer.Scalars(run, tag)]
            for tag in tags["scalars"]
        }
        for run, tags in multiplexer.Runs().items()
    }


def test_values_are_the_curves(tmp_path):
    model = small().set_callbacks(TensorBoard(tmp_path / "new" / "logs"))
    model.fit(X, X[:, 0], X_val=X, y_val=X[:, 0])
    ((run, scalars),) = read(tmp_path / "new" / "logs").items()
    assert run.endswith("/fit")
    assert set(scalars) == {*VALUES, "duration"}
    for name in scalars:
        steps, values = zip(*scalars[name], strict=True)
        assert steps == (1, 2, 3)
        np.testing.assert_allclose(values, getattr(model, f"{name}_curve_"), rtol=1e-6)


def test_a_second_fit_is_another_run_and_goes_on_counting(tmp_path):
    model = small(warm_start=True).set_callbacks(TensorBoard(tmp_path))
    model.fit(X, X[:, 0]).fit(X, X[:, 0])
    steps = [[step for step, _ in scalars["loss"]] for scalars in read(tmp_path).values()]
    assert sorted(steps) == [[1, 2, 3], [4, 5, 6]]
    assert "validation_loss" not in next(iter(read(tmp_path).values()))


def test_a_language_model(tmp_path):
    texts = ["she sells sea shells", "the cat sat on the mat"] * 3
    LSTMLanguageModel(2, max_iter=2).set_callbacks(TensorBoard(tmp_path)).fit(texts)
    ((_, scalars),) = read(tmp_path).items()
    assert [step for step, _ in scalars["loss"]] == [1, 2]


def test_networks_are_runs(tmp_path):
    forecaster = SequenceForecaster(small(), window=5)
    forecaster.set_callbacks(TensorBoard(tmp_path / "one")).fit(None, SERIES)
    names = {run.partition("/")[2] for run in read(tmp_path / "one")}
    assert names == {"forecast-0", "calibration-1"}
    members = [(name, forecaster.set_callbacks()) for name in ("a: b", "..")]
    vote = VotingForecaster(members, calibration_fraction=None)
    vote.set_callbacks(TensorBoard(tmp_path / "vote")).fit(None, SERIES)
    names = {run.partition("/")[2] for run in read(tmp_path / "vote")}
    assert names == {"a__b-0", "..-1"}
    assert {path.name for path in tmp_path.iterdir()} == {"one", "vote"}


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_candidates_of_a_search_are_runs(n_jobs, tmp_path):
    search = GridSearchCV(small(), {"hidden_size": [2, 3]}, cv=2, n_jobs=n_jobs)
    callbacks = TensorBoard(tmp_path / "logs"), CSVLogger(tmp_path / "log.csv")
    search.set_callbacks(*callbacks).fit(X, X[:, 0])
    names = {run.partition("/")[2] for run in read(tmp_path / "logs")}
    splits = {f"search-0/candidate-split-evaluation-{k}" for k in range(4)}
    assert names == {*splits, "refit-with-best-params-1"}
    for name in names:  # the same names as in the CSV file
        assert (tmp_path / "log.csv").read_text().count(f",{name},") == 3


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    for name in ("file", "file/logs"):
        model = small().set_callbacks(TensorBoard(tmp_path / name))
        with pytest.raises(OSError, match="TensorBoard cannot write to folder=.*Pass a folder"):
            model.fit(X, X[:, 0])
        assert not hasattr(model, "n_iter_")
