"""What `verbose` prints: one line that is rewritten in a terminal, whole lines elsewhere."""

import io
import os
import re
import struct
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sklstm
from sklstm import (
    DivergenceError,
    LSTMClassifier,
    LSTMLanguageModel,
    LSTMRegressor,
    SequenceForecaster,
    VotingForecaster,
)
from sklstm.preprocessing import TimeDistributed
from sklstm.training import progress, progress_output
from sklstm.training.progress import Progress, duration_in_words

fcntl = pytest.importorskip("fcntl", reason="terminals are tested where there are pseudo-terminals")
pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")

X = np.random.default_rng(0).standard_normal((12, 5))
Y, LABELS = X[:, 0], np.resize(["up", "down"], 12)
TEXTS = ["she sells sea shells", "the cat sat on the mat"] * 3
NUMBER = r"-?[0-9.]+(e[-+][0-9]+)?"
TIME = r"[0-9.]+ s"


def regressor(**params):
    return LSTMRegressor(**{"hidden_size": 2, "max_iter": 3, "random_state": 0, **params})


def lines_of(capsys):
    out = capsys.readouterr().out
    assert "\r" not in out
    assert "\x1b" not in out
    assert not out or out.endswith("\n")
    return out.splitlines()


def epochs(lines):
    return [int(re.search(r"epoch +(\d+)", line).group(1)) for line in lines]


# Whole lines, in files and pipes ------------------------------------------------------------------


@pytest.mark.parametrize("verbose", [1, True, np.int64(1)])
def test_lines_of_a_regressor(verbose, capsys):
    fitted = regressor(verbose=verbose).fit(X, Y)
    *lines, last = lines_of(capsys)
    for k, line in enumerate(lines):
        loss = re.escape(f"{fitted.loss_curve_[k]:.4g}")
        assert re.fullmatch(rf"epoch {k + 1}/3 \({TIME} left\), loss {loss}", line)
    assert re.fullmatch(rf"epoch 3/3 \({TIME}\), loss {fitted.loss_:.4g}", last)


def test_lines_with_a_validation_set(capsys):
    model = LSTMClassifier(2, max_iter=2, verbose=1, random_state=0)
    model.fit(X, LABELS, X_val=X, y_val=LABELS)
    pattern = rf"epoch 1/2 \({TIME} left\), loss {NUMBER}, validation loss {NUMBER}, score {NUMBER}"
    assert re.fullmatch(pattern, lines_of(capsys)[0])


@pytest.mark.parametrize(
    ("max_iter", "expected"),
    [
        (1, [1]),
        (5, [1, 2, 3, 4, 5]),
        (25, [1, 3, 6, 9, 12, 15, 18, 21, 24, 25]),
        (200, [1, *range(20, 201, 20)]),
    ],
)
def test_about_ten_lines_with_the_first_and_the_last(max_iter, expected, capsys):
    regressor(verbose=1, max_iter=max_iter).fit(X, Y)
    assert epochs(lines_of(capsys)) == expected


def test_a_line_for_every_epoch(capsys):
    regressor(verbose=2, max_iter=30).fit(X, Y)
    assert epochs(lines_of(capsys)) == list(range(1, 31))


def test_silent_by_default(capsys):
    regressor().fit(X, Y)
    LSTMLanguageModel(2, max_iter=1).fit(TEXTS)
    assert capsys.readouterr() == ("", "")


def test_a_language_model(capsys):
    LSTMLanguageModel(2, max_iter=2, verbose=1).fit(TEXTS)
    assert epochs(lines_of(capsys)) == [1, 2]


def test_epochs_are_counted_on_when_training_is_resumed(capsys):
    model = regressor(verbose=1, warm_start=True).fit(X, Y)
    lines_of(capsys)
    model.fit(X, Y)
    assert [line.split(" (")[0] for line in lines_of(capsys)] == [
        "epoch 4/6",
        "epoch 5/6",
        "epoch 6/6",
    ]
    model.fit(X, Y, X_val=X, y_val=Y)
    assert "validation" in capsys.readouterr().out
    model.partial_fit(X, Y)  # without validation
    assert re.fullmatch(rf"epoch 10 \({TIME}\), loss {NUMBER}", *lines_of(capsys))


def test_the_last_line_says_why_training_ended(capsys):
    stopping = {"early_stopping": True, "n_iter_no_change": 2, "tol": 1.0, "max_iter": 50}
    model = regressor(verbose=1, **stopping).fit(X, Y)
    *_, before, last = lines_of(capsys)
    assert re.match(rf"epoch +{model.n_iter_}/50 \(stopped early after {TIME}\), loss ", last)
    assert "(< " in before


def test_an_interrupt(capsys, monkeypatch):
    calls = []

    def interrupt(self):
        calls.append(self)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr(sklstm._estimators.callbacks.FitTask, "epoch_done", interrupt)
    model = regressor(verbose=1, max_iter=100)
    with pytest.raises(KeyboardInterrupt), pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, Y)
    lines = lines_of(capsys)
    assert epochs(lines)[-1] == model.n_iter_
    assert "(interrupted after " in lines[-1]


def test_a_failed_fit(capsys):
    model = regressor(verbose=1, optimizer="sgd", learning_rate=1e9, max_grad_norm=None)
    with pytest.raises(DivergenceError):
        model.fit(X, 1e9 * Y)
    assert lines_of(capsys) == []  # no epoch was completed


def test_a_minute_without_a_line_is_too_long(capsys, monkeypatch):
    """Also within an epoch."""
    now = [0.0]
    clock = SimpleNamespace(perf_counter=lambda: now[0])
    monkeypatch.setattr(progress, "time", clock)
    state = SimpleNamespace(n_epochs=0, loss_curve=[])
    with Progress(state, 1000, verbose=1) as printed:
        for _ in range(3):
            printed.epoch_begins(4)
            for _ in range(4):
                now[0] += 25.0
                printed.update_done(2.0)
            state.n_epochs += 1
            state.loss_curve.append(1.0)
            printed.epoch_done()
    assert lines_of(capsys) == [
        "epoch    1/1000 at 75% (1 d 3 h left), loss 2",
        "epoch    1/1000 (1 d 3 h left), loss 1",
        "epoch    2/1000 at 75% (1 d 3 h left), loss 2",
        "epoch    3/1000 at 50% (1 d 3 h left), loss 2",
        "epoch    3/1000 (5 min 0 s), loss 1",
    ]


# Parts of something larger ------------------------------------------------------------------------


def test_in_a_pipeline(capsys):
    make_pipeline(TimeDistributed(StandardScaler()), regressor(verbose=1)).fit(X, Y)
    assert epochs(lines_of(capsys)) == [1, 2, 3]


def test_networks_of_a_vote_are_named(capsys):
    member = SequenceForecaster(regressor(), window=5)
    VotingForecaster([("a", member), ("b", member)], verbose=1).fit(None, np.sin(np.arange(60.0)))
    names = [line.split("]")[0] for line in lines_of(capsys) if "epoch" in line]
    parts = [f"[{part}/{name}/forecast" for part in ("forecast", "calibration") for name in "ab"]
    assert names == [part for part in parts for _ in range(3)]


def test_every_epoch_of_a_forecaster(capsys):
    forecaster = SequenceForecaster(regressor(max_iter=20), window=5, verbose=2)
    forecaster.fit(None, np.sin(np.arange(60.0)))
    lines = [line for line in lines_of(capsys) if "epoch" in line]
    assert epochs(lines) == [*range(1, 21)] * 2


def test_an_error_leaves_no_names_behind(capsys):
    with pytest.raises(ZeroDivisionError), progress.training_for("part", 1):
        regressor().fit(X, Y)
        raise ZeroDivisionError
    assert lines_of(capsys)[0].startswith("[part] epoch 1/3 (")
    regressor().fit(X, Y)
    assert lines_of(capsys) == []


@contextmanager
def terminal(columns, monkeypatch):
    """Context with sys.stdout in a terminal; the list that it yields gets the text at the end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    read, text = io.BytesIO(), []

    def collect():
        with suppress(OSError):  # of Linux, when the other end is closed
            while data := os.read(ours, 65536):
                read.write(data)

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        with os.fdopen(theirs, "w") as stream, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            patch.setattr(progress, "_REWRITE_EVERY", 0.0)
            patch.setenv("TERM", "xterm")
            yield text
    finally:
        thread.join(10)
        os.close(ours)
        text.append(read.getvalue().decode())


def seen_on(screen):
    """The lines that are left on a terminal."""
    lines = []
    for line in screen.split("\r\n"):
        shown = ""
        for text in line.split("\r"):
            shown = text + shown[len(text) :]
        lines.append(shown.rstrip())
    assert lines.pop() == ""
    return lines


@pytest.mark.skipif(sys.platform != "linux", reason="processes are forked, which is fast")
def test_processes_of_a_search_print_whole_lines(capfd):
    search = GridSearchCV(
        regressor(verbose=1, max_iter=12), {"hidden_size": [2, 3]}, cv=2, n_jobs=2
    )
    with parallel_config("multiprocessing"):
        search.set_params(refit=False).fit(X, Y)
    lines = lines_of(capfd)
    assert len(lines) == 4 * 7
    for line in lines:
        pattern = rf"\[process \d+\] epoch +\d+/12 \({TIME}( left)?\), loss {NUMBER}"
        assert re.fullmatch(pattern, line)


def test_a_search_in_one_process(capsys):
    GridSearchCV(regressor(verbose=1), {"hidden_size": [2, 3]}, cv=2).fit(X, Y)
    assert epochs(lines_of(capsys)) == [1, 2, 3] * 5


# One line, in a terminal --------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [80, 30, 0])
def test_a_terminal_shows_one_line(columns, monkeypatch):
    with terminal(columns, monkeypatch) as text:
        regressor(verbose=1, max_iter=12).fit(X, Y)
        print("done")
    (screen,) = text
    assert screen.count("\r") >= 12
    assert all(len(part) < (columns or 80) for part in re.split("[\r\n]+", screen))
    line, done = seen_on(screen)
    assert done == "done"
    whole = rf"epoch 12/12 \({TIME}\), loss {NUMBER}"
    assert line.startswith("epoch 12/12 (") if columns == 30 else re.fullmatch(whole, line)


def test_a_process_of_its_own_does_not_rewrite(monkeypatch):
    monkeypatch.setattr(progress_output.multiprocessing, "parent_process", lambda: object())
    with terminal(80, monkeypatch) as text:
        regressor(verbose=1).fit(X, Y)
    lines = text[0].strip().split("\r\n")
    assert epochs(lines) == [1, 2, 3]
    assert all(line.startswith(f"[process {os.getpid()}] epoch") for line in lines)


def test_nothing_is_left_of_a_longer_line(monkeypatch):
    texts = ["long " * 10, "short", "a" * 100, ""]
    with terminal(40, monkeypatch) as text:
        line = progress_output.TerminalLine()
        for each in texts:
            line.show(each)
            line.show(each)
        line.end()
    for k in range(len(texts)):
        until = "\r".join(text[0].split("\r")[: 2 * k + 3]).rstrip("\r\n") + "\r\n"
        assert seen_on(until) == [texts[k][:39].rstrip()]


def test_two_trainings_in_a_terminal_have_a_line_each(monkeypatch):
    with terminal(80, monkeypatch) as text:
        regressor(verbose=1).fit(X, Y).fit(X, Y)
    assert epochs(seen_on(text[0])) == [3, 3]


def test_an_error_begins_on_a_new_line(monkeypatch):
    def fail(self):
        raise ZeroDivisionError

    monkeypatch.setattr(sklstm._estimators.callbacks.FitTask, "epoch_done", fail)
    with terminal(80, monkeypatch) as text:
        with pytest.raises(ZeroDivisionError):
            regressor(verbose=1).fit(X, Y)
        print("Traceback")
    line, error = seen_on(text[0])
    assert re.match(rf"epoch 1/3 \(failed after {TIME}\), loss ", line)
    assert error == "Traceback"


def run_in_thread(model):
    thread = threading.Thread(target=model.fit, args=(X, Y))
    thread.start()
    thread.join()


@pytest.mark.parametrize("case", ["every epoch", "dumb", "thread"])
def test_a_terminal_with_whole_lines(case, monkeypatch):
    model = regressor(max_iter=12, verbose=2 if case == "every epoch" else 1)
    with terminal(80, monkeypatch) as text:
        if case == "dumb":
            monkeypatch.setenv("TERM", "dumb")
        run_in_thread(model) if case == "thread" else model.fit(X, Y)
    expected = list(range(1, 13)) if case == "every epoch" else [1, 2, 4, 6, 8, 10, 12]
    assert epochs(text[0].strip().split("\r\n")) == expected


def test_a_terminal_is_not_flooded(monkeypatch):
    """With a line a tenth of a second, at most."""
    with terminal(80, monkeypatch) as text:
        monkeypatch.setattr(progress, "_REWRITE_EVERY", 3600.0)
        regressor(verbose=1, max_iter=50).fit(X, Y)
    assert text[0].count("\r") == 2  # the last one, and its end


def test_a_long_epoch_says_how_far_it_is(monkeypatch):
    with terminal(80, monkeypatch) as text:
        regressor(verbose=1, batch_size=3, max_iter=1).fit(X, Y)
    parts = re.findall(r"epoch 1 at (\d+)%", text[0])
    assert parts == ["25", "50", "75"]


# In other outputs ---------------------------------------------------------------------------------


def test_a_program_without_a_console(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert regressor(verbose=1).fit(X, Y).n_iter_ == 3


def test_one_output_of_a_notebook(monkeypatch):
    published = []
    shell = SimpleNamespace(
        display_pub=SimpleNamespace(publish=lambda data, **kw: published.append((data, kw)))
    )
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    stream = type("OutStream", (io.StringIO,), {"__module__": "ipykernel.iostream"})()
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(progress, "_REWRITE_EVERY", 0.0)
    regressor(verbose=1, batch_size=12).fit(X, Y)
    assert epochs([data["text/plain"] for data, _ in published]) == [1, 2, 3]
    assert [options["update"] for _, options in published] == [False, True, True]
    assert len({options["transient"]["display_id"] for _, options in published}) == 1
    assert stream.getvalue() == ""
    regressor(verbose=2).fit(X, Y)
    assert epochs(stream.getvalue().splitlines()) == [1, 2, 3]
    monkeypatch.setitem(sys.modules, "IPython", None)  # the stream without the notebook
    regressor(verbose=1).fit(X, Y)
    assert epochs(stream.getvalue().splitlines()) == [1, 2, 3] * 2


@pytest.mark.parametrize("verbose", [-1, "loud", 1.5, None])
@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
def test_verbose_is_checked(make, verbose):
    with pytest.raises((ValueError, TypeError), match="verbose"):
        make(verbose=verbose).fit(X, LABELS)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.004, "0.00 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
    ],
)
def test_durations(seconds, text):
    assert duration_in_words(seconds) == text


def test_there_is_one_place_that_decides():
    root = Path(sklstm.__path__[0])
    having = {path.name for path in root.rglob("*.py") if "isatty" in path.read_text()}
    assert having == {Path(progress_output.__file__).name}
