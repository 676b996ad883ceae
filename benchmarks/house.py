"""Metrics of the structure of the library: top-level modules, imports, and calls between files.

Run ``python benchmarks/house.py [FOLDER]``, where FOLDER is the checkout to measure (default: the
one with this script). Some metrics are from the source, the others from running code.

- *Rooms* are the top-level modules: the files directly in ``sklstm/`` except ``__init__.py``, and
  the folders with Python files (``core`` with everything in it).
- An *arrow* is a pair of rooms of which some file of the first imports from a file of the second,
  anywhere. Imports of ``sklstm/__init__.py`` do not count.
- A *move* is the call of a Python function (or the resumption of a generator) in another file of
  sklstm than that of its caller, the nearest function of sklstm on the stack: scikit-learn and the
  standard library in between are skipped. Returns do not count.

  - *Different* moves are pairs of a calling file and a called function, which a reader has to look
    up.
  - *In all* is the number of calls. It increases with the rows of X, since some functions are
    called for each row.
  - *With X* are the different moves that are passed X, or an object that holds its values (as
    ``self`` or as an argument).
  - *Among its classes* are the moves for which both files define a class that LSTMRegressor is or
    inherits from.

- *Files* are the files with a called function.
- Code lines are lines with more than a comment, without docstrings.

The calls of ``LSTMRegressor(hidden_size=4, max_iter=1).fit(X, y)``, with X of shape (20, 8), are
counted until the first ``np.tanh`` in ``sklstm/core``, which is in the first time step of the cell.
The same fit is run before, so that there are no imports. For ``predict`` of one row, all calls are
counted. The time of ``predict`` of one row (32 units, 12 steps) is the minimum of seven means over
500 calls, in processor time.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import ast
import importlib
import inspect
import sys
import time
import tokenize
import warnings
from collections import namedtuple
from pathlib import Path

import numpy as np

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1]).resolve()
ROOT = FOLDER / "sklstm"
LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
NO_CODE = LAYOUT | {tokenize.ENCODING, tokenize.ENDMARKER}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
NAMED = (*FUNCTIONS, ast.ClassDef)
# Classes whose objects hold the values of X.
HOLDERS = {"Sequences", "Examples", "Batch", "Problem", "Tape"}
REPEATS, CALLS = 7, 500

# Two files, name and line of a function, and whether it is passed X.
Call = namedtuple("Call", "caller file function with_X")


# By source


def imported_names(path, tree):
    """Return the dotted names that a file imports, with relative names made absolute."""
    package = ["sklstm", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = [*above, *filter(None, [node.module])]
            yield from (".".join([*source, alias.name]) for alias in node.names)


def arrows(trees, rooms):
    """Return the pairs of rooms of which the first imports from the second."""
    found = set()
    for path, tree in trees.items():
        own = room(path)
        targets = {
            name.split(".")[1] for name in imported_names(path, tree) if name.startswith("sklstm.")
        }
        if own in rooms:
            found |= {(own, target) for target in targets & rooms - {own}}
    return found


def room(path):
    """Return the top-level module of a file: the file itself, or its folder in ``sklstm/``."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def code_lines(path, tree):
    """Return the numbers of the lines with code."""
    lines = set()
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type not in NO_CODE:
                lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(tree):
        if isinstance(node, (*NAMED, ast.Module)) and ast.get_docstring(node) is not None:
            lines -= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def function_sizes(tree, lines, inside=""):
    """Return number of code lines and name of each function, including nested functions."""
    for node in ast.iter_child_nodes(tree):
        within = f"{inside}{node.name}." if isinstance(node, NAMED) else inside
        if isinstance(node, FUNCTIONS):
            yield sum(node.lineno <= line <= node.end_lineno for line in lines), within[:-1]
        yield from function_sizes(node, lines, within)


def source_figures():
    """Return the metrics from the source: rooms, arrows, longest module and function."""
    trees = {path: ast.parse(path.read_bytes()) for path in sorted(ROOT.rglob("*.py"))}
    rooms = {room(path) for path in trees} - {"__init__"}
    modules, functions = [], []
    for path, tree in trees.items():
        name, lines = path.relative_to(ROOT).as_posix(), code_lines(path, tree)
        modules.append((len(lines), name))
        functions += [(n, f"{name}, {function}") for n, function in function_sizes(tree, lines)]
    yield "modules and packages in sklstm/", len(rooms)
    yield "imports between them", len(arrows(trees, rooms))
    yield "longest module, code lines", "{} ({})".format(*max(modules))
    yield "longest function, code lines", "{} ({})".format(*max(functions))


# By running


def own_file(frame):
    """Return the file of a frame's function in ``sklstm/``, or None for other code."""
    path = Path(frame.f_code.co_filename)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else None


def caller_of(frame):
    """Return the file of the nearest caller in sklstm, or None."""
    while (frame := frame.f_back) is not None:
        if (file := own_file(frame)) is not None:
            return file
    return None


def carries(frame, X):
    """Whether an argument of a call is X, a view of it, or an object that holds its values."""
    for value in frame.f_locals.values():
        if isinstance(value, np.ndarray) and np.may_share_memory(value, X):
            return True
        if any(cls.__name__ in HOLDERS for cls in type(value).__mro__):
            return True
    return False


def calls_of(work, X, until_tanh=False):
    """Return all calls of functions of sklstm while `work()` runs, or until the first tanh."""
    calls, tanh, reached = [], np.tanh, False

    def listen(frame, event, _):
        if event == "call" and (file := own_file(frame)) is not None:
            code = frame.f_code
            function = code.co_name, code.co_firstlineno
            calls.append(Call(caller_of(frame), file, function, carries(frame, X)))

    def first_step(*args, **kwargs):
        nonlocal reached
        if not reached and (own_file(sys._getframe(1)) or "").startswith("core/"):
            sys.setprofile(None)
            reached = True
        return tanh(*args, **kwargs)

    np.tanh = first_step if until_tanh else tanh
    sys.setprofile(listen)
    try:
        work()
    finally:
        sys.setprofile(None)
        np.tanh = tanh
    assert reached == until_tanh, "no np.tanh in sklstm/core: where is the first time step?"
    return calls


def way(what, calls, classes):
    """Return the metrics of a list of calls."""
    moves = [call for call in calls if call.caller not in (None, call.file)]
    among = [move for move in moves if {move.caller, move.file} <= classes]
    yield f"{what}: files", len({call.file for call in calls})
    yield f"{what}: moves", f"{len(set(moves))} different, {len(moves)} in all"
    with_X = {move for move in moves if move.with_X}
    yield f"{what}: of these with X", f"{len(with_X)} different"
    yield f"{what}: among its classes", f"{len(set(among))} different, {len(among)} in all"


def way_figures(LSTMRegressor):
    """Return the metrics of `fit`, up to the first time step, and of `predict` of one row."""
    classes = [cls for cls in LSTMRegressor.__mro__ if cls.__module__.startswith("sklstm.")]
    classes = {Path(inspect.getsourcefile(cls)).relative_to(ROOT).as_posix() for cls in classes}
    X = np.random.default_rng(0).standard_normal((20, 8))
    y = X[:, -1]

    def fit():
        return LSTMRegressor(hidden_size=4, max_iter=1).fit(X, y)

    model = fit()
    yield "files of its classes", " ".join(sorted(classes))
    yield from way("fit to the first step", calls_of(fit, X, until_tanh=True), classes)
    yield from way("predict", calls_of(lambda: model.predict(X[:1]), X), classes)
    yield from way("predict again", calls_of(lambda: model.predict(X[:1]), X), classes)


def microseconds(LSTMRegressor):
    """Of processor time, which other processes hardly change: a one-row `predict`, least mean."""
    X = np.random.default_rng(0).standard_normal((200, 12))
    model = LSTMRegressor(32, max_iter=2, random_state=0).fit(X, X[:, -1])
    row, means = X[:1], []
    for _ in range(REPEATS):
        began = time.process_time()
        for _ in range(CALLS):
            model.predict(row)
        means.append((time.process_time() - began) / CALLS)
    return 1e6 * min(means)


def main():
    warnings.simplefilter("ignore")
    sys.path.insert(0, str(FOLDER))
    sklstm = importlib.import_module("sklstm")
    assert Path(sklstm.__file__).parent == ROOT, f"sklstm is of {sklstm.__file__}"
    for name, figure in [*source_figures(), *way_figures(sklstm.LSTMRegressor)]:
        print(f"{name:42} {figure}")
    print(f"{'one-row predict, microseconds':42} {microseconds(sklstm.LSTMRegressor):.0f}")


if __name__ == "__main__":
    main()
