"""What a process does outside its own memory, as Python's audit events tell.

``python -B tests/watched.py FOLDER PROGRAM...`` runs some of the functions `PROGRAMS` and prints a
JSON list of deeds, which `deeds_of` returns: network, other processes, environment variables, and
files, written or read, that are not in the folder. Files of Python and of installed packages may be
read, and what the system tells about itself. In the context `without_code`, what compiles or runs
code, or imports a module, is a deed too.

What the C code of the kernels does is not seen. It calls nothing of the system: `.ci/run` compiles
it for Windows with a library that has ``malloc``, ``memcpy`` and ``sqrt`` only.
"""

import contextlib
import json
import os
import subprocess
import sys
import zoneinfo
from pathlib import Path

HERE = Path(__file__).resolve().parent
CODE = {
    *("compile", "ctypes.dlopen", "exec", "function.__new__", "import", "marshal.loads"),
    *("pickle.find_class", "code.__new__"),
}
# By prefix. Of "os" all but what only asks.
DEEDS = ("socket.", "subprocess.", "pty.", "shutil.", "tempfile.", "sqlite3.", "ftplib.", "urllib.")
DEEDS += ("http.", "smtplib.", "syslog.", "webbrowser.", "winreg.", "os.")
QUESTIONS = {"os.listdir", "os.scandir", "os.walk", "os.fwalk", "os.getxattr", "os.listxattr"}
# Events whose first arguments are paths: how many.
PATHS = {"os.rename": 2, "os.mkdir": 1, "os.remove": 1, "os.rmdir": 1, "os.chmod": 1}
TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
MAY_BE_READ = [sys.prefix, sys.base_prefix, HERE.parent, "/proc", "/sys", *zoneinfo.TZPATH]


class Watch:
    """The deeds of this process, from now on.

    Parameters
    ----------
    folder : str
        What is done to its files is no deed.
    """

    def __init__(self, folder):
        self.deeds = []
        self._code = False
        self._folder = os.path.realpath(folder)
        installed = [path for path in sys.path if path.endswith("-packages")]
        self._readable = [os.path.realpath(path) for path in (*MAY_BE_READ, *installed)]
        sys.addaudithook(self._hear)

    @contextlib.contextmanager
    def without_code(self):
        """Context in which running code is a deed."""
        self._code = True
        try:
            yield
        finally:
            self._code = False

    def _hear(self, event, args):
        if event == "open":
            path, _, flags = args
            if not isinstance(path, int) and not self._may_open(path, flags):
                self.deeds.append(f"open {path!r}" + " to write" * bool(flags & TO_WRITE))
        elif event in PATHS:
            if not all(self._inside(path, [self._folder]) for path in args[: PATHS[event]]):
                self.deeds.append(f"{event} {args!r:.200}")
        elif event in CODE:
            if self._code:
                self.deeds.append(f"{event} {args!r:.200}")
        elif event.startswith(DEEDS) and event not in QUESTIONS:
            self.deeds.append(f"{event} {args!r:.200}")

    def _may_open(self, path, flags):
        allowed = [self._folder] if flags & TO_WRITE else [self._folder, *self._readable]
        return self._inside(path, allowed)

    def _inside(self, path, folders):
        if isinstance(path, int):
            return False
        path = os.path.realpath(os.fsdecode(path))
        return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


# Programs --------------------------------------------------------------------------------------


def importing(watch, folder):
    """Every module of the library."""
    import pkgutil
    from importlib import import_module

    import sklstm

    for module in pkgutil.walk_packages(sklstm.__path__, "sklstm."):
        import_module(module.name)
    sklstm.show_versions()


def fitting(watch, folder):
    """Every estimator, with every cell, loss, optimizer and schedule: fitted, used and saved."""
    import saving_cases as cases

    import sklstm

    for k, name in enumerate(cases.CASES):
        estimator = cases.fitted(name)
        cases.result(estimator, name)
        estimator._repr_html_()
        sklstm.save(estimator, f"{folder}/{k}.saved")


def using(watch, folder):
    """What is beside fit, predict and save: callbacks, streams, updates, backtests, threads, ..."""
    import saving_cases as cases
    from sklearn.base import clone

    import sklstm
    from sklstm import callbacks, datasets, gradcheck, inspection

    assert all(len(getattr(datasets, name)()) for name in datasets.__all__)
    table, y = cases.TABLE, cases.VALUES
    checkpoint = callbacks.Checkpoint(f"{folder}/run", resume=True)
    model = cases.regressor(n_jobs=-1, verbose=1)
    model.set_callbacks(callbacks.CSVLogger(f"{folder}/log.csv"), checkpoint).fit(table, y)
    clone(model).set_callbacks(checkpoint).fit(table, y)  # resumed
    model.partial_fit(table, y)
    model.stream().push(table[0, :1])
    gradcheck.check_gradients(clone(model).set_params(verbose=0), table[:3], y[:3])
    inspection.permutation_importance(model, table, y)
    inspection.saliency(model, table)
    series = cases.SERIES
    forecaster = cases.forecaster(calibration_fraction=0.3).fit(None, series[:50])
    forecaster.update(series[50:]).forecast(3, coverage=0.5)
    sklstm.backtest(forecaster, series, horizon=3, initial=50)


def loading(watch, folder):
    """Files of all estimators. After the first one no code is loaded; then they predict."""
    import saving_cases as cases

    import sklstm
    from sklstm._saving.container import pack
    from sklstm.saving import estimator_from_bytes

    unfitted = f"{folder}/unfitted.saved"
    sklstm.save(sklstm.LSTMRegressor(), unfitted)
    sklstm.load(unfitted)
    with watch.without_code():
        found = [sklstm.load(f"{folder}/{k}.saved") for k in range(len(cases.CASES))]
        for tree in MODULES_IN_FILES:
            data = b"".join(pack(tree, {}))
            rejected(estimator_from_bytes, data, "file")
    for estimator, name in zip(found, cases.CASES, strict=True):
        cases.result(estimator, name)


# Modules that are not imported yet, where files have names. NumPy imports matlib when asked.
MODULES_IN_FILES = [
    *({kind: name} for kind in ("ufunc", "type", "dtype", "scorer") for name in ("matlib", "this")),
    *({"object": name, "state": []} for name in ("this.s", "numpy.matlib.eye", "sklearn.svm.SVC")),
    {
        "object": "sklearn.preprocessing.FunctionTransformer",
        "state": [["func", {"ufunc": "matlib"}]],
    },
]

SMOOTHING = {"regressor": "smoothing", "window": 5}
# Code as text, wherever text can be. What it would do is a deed.
HOSTILE = [
    "__import__('os').system('true')",
    "import os; os.system('true')",
    "{__import__('os').system('true')}",
    "antigravity",
    "os.system",
    "!!python/object/apply:os.system ['true']",
    "cos\nsystem\n(S'true'\ntR.",
    "@__import__('os').system('true')",
]


def reading_text(watch, folder):
    """Text in data and parameters, innocent first: then all the code that it takes is loaded."""
    texts_in_use(["one text", "two", "three", "four", "five", "six", "seven", "eight"])
    with watch.without_code():
        texts_in_use(HOSTILE)


def texts_in_use(texts):
    """Fit with these texts as data, labels, names, dates and parameters."""
    import numpy as np
    import pandas as pd
    import saving_cases as cases

    import sklstm

    small = {"max_iter": 2, "random_state": 0}
    for level in ("char", "word"):
        sklstm.LSTMLanguageModel(3, level=level, **small).fit(texts).sample(5)
    named = pd.DataFrame(cases.TABLE[:8, :2].repeat(4, axis=1), columns=texts)
    model = sklstm.LSTMClassifier(3, **small).fit(named, texts)
    model.predict(named)
    repr(model.set_params(cell=texts[0]))
    steps = np.repeat(texts, 30)
    y = np.resize(cases.SERIES, len(steps))
    forecaster = cases.forecaster().fit(None, y, series_id=steps)
    forecaster.forecast(2)
    for text in texts:
        for name in sklstm.LSTMRegressor().get_params():
            rejected(sklstm.LSTMRegressor(**small | {name: text}).fit, cases.TABLE, cases.VALUES)
        for name in sklstm.SequenceForecaster().get_params():
            rejected(sklstm.SequenceForecaster(**SMOOTHING | {name: text}).fit, None, y)
        rejected(sklstm.load, text)
    rejected(cases.forecaster().fit, None, pd.Series(y[:8], index=texts))


def rejected(call, *args):
    """Call, and ignore the error that a wrong value may raise: other tests check it."""
    with contextlib.suppress(ValueError, TypeError, OSError):
        call(*args)


# What a library might do, to see that it would be seen. Nothing of it goes anywhere.
MISDEEDS = {
    "a connection": "import socket; socket.socket().connect_ex(('127.0.0.1', 9))",
    "a name that is looked up": "import socket; socket.gethostbyname('localhost')",
    "a program": "import subprocess; subprocess.run(['true'])",
    "a shell": "import os; os.system('true')",
    "a fork": "import os; os.fork() or os._exit(0)",
    "a file": "open(f'{folder}/../written', 'w').close()",
    "a file, by its descriptor": "import os; os.close(os.open(f'{folder}/../w', os.O_CREAT))",
    "a file that is read": "open(f'{folder}/../read').close()",
    "a folder": "import os; os.mkdir(f'{folder}/../new')",
    "a file that is renamed": "import os; os.replace(f'{folder}/own', f'{folder}/../mine')",
    "a mode": "import os; os.chmod(f'{folder}/..', 0o700)",
    "a temporary file": "import tempfile; tempfile.TemporaryFile().close()",
    "a variable": "import os; os.environ['SKLSTM_WAS_HERE'] = '1'",
    "code": "eval(compile('1', 'a file', 'eval'))",
    "a module": "import antigravity_that_is_not_there",
    "a pickle": "import pickle; pickle.loads(pickle.dumps(print))",
}
PROGRAMS = {f.__name__: f for f in (importing, fitting, using, loading, reading_text)}


def deeds_of(folder, *programs):
    """The deeds of programs, one after the other, in a new process.

    Parameters
    ----------
    folder : Path
    *programs : str
        Names in `PROGRAMS`, or one in `MISDEEDS`.

    Returns
    -------
    list of str
    """
    run = subprocess.run(
        [sys.executable, "-B", str(HERE / "watched.py"), str(folder), *programs],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def main(folder, *programs):
    """Run the programs, and print their deeds."""
    if programs[0] in MISDEEDS:
        code = compile(MISDEEDS[programs[0]], "<misdeed>", "exec")
        watch = Watch(folder)
        with watch.without_code(), contextlib.suppress(OSError, ImportError):
            exec(code, {"folder": folder})
        watch.deeds = [deed for deed in watch.deeds if "<misdeed>" not in deed]
    else:
        import multiprocessing
        import warnings

        import sklearn  # noqa: F401  (it sets two variables of OpenMP)

        warnings.simplefilter("ignore")
        multiprocessing.get_context()  # Python 3.14 tries whether files can be written
        watch = Watch(folder)
        for program in programs:
            PROGRAMS[program](watch, folder)
    print(json.dumps(watch.deeds))


if __name__ == "__main__":
    main(*sys.argv[1:])
