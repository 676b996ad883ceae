"""Progress in a notebook, executed by a kernel: `verbose`, and scikit-learn's ProgressBar."""

import os
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import sklstm

START = """
import warnings
import numpy as np
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm.callbacks import CSVLogger

warnings.simplefilter("ignore")
X = np.random.default_rng(0).standard_normal((40, 5))
labels = np.where(X[:, 0] > 0, "up", "down")
series = np.sin(np.arange(100.0))
params = dict(max_iter=30, random_state=0)
regressor = LSTMRegressor(2, **params)
"""
CELLS = {
    "start": START,
    "regressor": """
LSTMRegressor(2, verbose=1, **params).fit(X, X[:, 0], X_val=X, y_val=X[:, 0])
"end"
""",
    "classifier": 'LSTMClassifier(2, verbose=1, **params).fit(X, labels)\n"end"',
    "language model": 'LSTMLanguageModel(2, verbose=1, **params).fit(["abc", "abcabc"])\n"end"',
    "forecaster": 'SequenceForecaster(regressor, window=5, verbose=1).fit(None, series)\n"end"',
    "every epoch": 'LSTMRegressor(2, verbose=2, **params).fit(X, X[:, 0])\n"end"',
    "captured": """
import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as text:
    LSTMRegressor(2, verbose=1, **params).fit(X, X[:, 0])
text.getvalue().count("epoch")
""",
    "search in processes": """
regressor = LSTMRegressor(2, verbose=1, **params)
search = GridSearchCV(regressor, {"hidden_size": [2, 3]}, cv=2, n_jobs=2)
search.fit(X, X[:, 0])
"end"
""",
    "bar": 'LSTMRegressor(2, **params).set_callbacks(ProgressBar()).fit(X, X[:, 0])\n"end"',
    "bar of a forecaster": """
forecaster = SequenceForecaster(LSTMRegressor(2, **params), window=5)
forecaster.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(None, series)
"end"
""",
    "bar of a search": """
search = GridSearchCV(LSTMRegressor(2, **params), {"hidden_size": [2, 3]}, cv=2, n_jobs=2)
search.set_callbacks(ProgressBar()).fit(X, X[:, 0])
"end"
""",
    "monitor": """
monitor = ScoringMonitor(scoring="r2")
LSTMRegressor(2, **params).set_callbacks(monitor).fit(X, X[:, 0])
frame = monitor.get_logs().data_as_pandas
len(frame[frame.task_name == "epoch"])
""",
}


@pytest.fixture(scope="module")
def outputs():
    """The outputs of each cell, after the notebook was executed."""
    root = str(Path(sklstm.__path__[0]).parent)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code.strip()) for code in CELLS.values()]
    )
    path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": path, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    kernel = {"kernel_name": "python3", "timeout": 300}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        NotebookClient(notebook, **kernel).execute()
    if where := os.environ.get("SKLSTM_KEEP_NOTEBOOK"):  # to look at it
        nbformat.write(notebook, where)
    widgets = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    cells = {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}
    return cells | {"widgets": widgets}


def shown(outputs, name):
    """The outputs of a cell but for its value, as plain text."""
    *before, value = outputs[name]
    assert value.output_type == "execute_result"
    assert value.data["text/plain"] == "'end'"
    return [o.text if o.output_type == "stream" else o.data["text/plain"] for o in before]


@pytest.mark.parametrize("name", ["regressor", "classifier", "language model"])
def test_the_line_of_a_network_is_one_output(outputs, name):
    (text,) = shown(outputs, name)
    score = r", validation loss [-.e0-9]+, score [-.e0-9]+" if name == "regressor" else ""
    assert re.fullmatch(rf"epoch 30/30 \([.0-9]+ s\), loss [-.e0-9]+{score}", text)


def test_the_lines_of_a_forecaster(outputs):
    texts = [line for text in shown(outputs, "forecaster") for line in text.splitlines()]
    for name in ("forecast", "calibration"):
        begin, line, end, *texts = texts
        assert begin.startswith(f"[SequenceForecaster] Fitting LSTMRegressor for '{name}'")
        assert line.startswith(f"[{name}] epoch 30/30 (")
        assert end.startswith(f"[SequenceForecaster] Fitted LSTMRegressor for '{name}'")
    assert not texts


def test_every_epoch_is_text(outputs):
    assert "".join(shown(outputs, "every epoch")).count("\n") == 30


def test_what_is_captured_is_not_shown(outputs):
    (value,) = outputs["captured"]
    assert value.data["text/plain"] == "11"


def test_processes_of_a_search(outputs):
    """Theirs are whole lines, where the kernel shows them at all; the refit has one output."""
    text = "\n".join(shown(outputs, "search in processes"))
    assert "\r" not in text
    assert re.search(r"^epoch 30/30 \(", text, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "tasks"),
    [
        ("bar", ["LSTMRegressor - fit"]),
        (
            "bar of a forecaster",
            ["forecast #0", "calibration #1", "train | LSTMRegressor - fit #0"],
        ),
        ("bar of a search", [f"evaluation | LSTMRegressor - fit #{k}" for k in range(4)]),
    ],
)
def test_progress_bars_are_one_output(outputs, name, tasks):
    view = "application/vnd.jupyter.widget-view+json"
    *before, _ = outputs[name]
    (widget,) = [o.data[view] for o in before if view in o.get("data", {})]
    (bars,) = outputs["widgets"][widget["model_id"]]["state"]["outputs"]
    lines = bars["data"]["text/plain"].splitlines()
    assert all("100%" in line for line in lines if line)
    for task in tasks:
        assert any(task in line for line in lines), task


def test_scoring_monitor(outputs):
    (value,) = outputs["monitor"]
    assert value.data["text/plain"] == "30"
