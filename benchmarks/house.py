"""The structure of the library in figures: its rooms, who imports whom, and the way of an X.

Run ``python benchmarks/house.py [FOLDER]``; FOLDER is the checkout to measure, by default the one
that this script is in. The figures by source are of parsed files, the others of running ones.

Rooms are what is directly in ``sklstm/``: a file but ``__init__.py``, or a folder with Python files
(``core`` with all that is in it). An arrow is a pair of rooms of which some file of the first
imports, anywhere in it, from a file of the second. What ``sklstm/__init__.py`` imports is no arrow.

A move is the call of a Python function (or the resumption of a generator) in another file of sklstm
than that of its caller, which is the nearest function of sklstm on the stack: scikit-learn and the
standard library in between do not count. A return is no move. *Different* moves are pairs of a
calling file and a called function: what a reader has to look up, once. *In all* counts every call;
it grows with the rows of X, as some functions are called for each. *With X* are the different moves
that are passed X, or an object that holds its values (as ``self`` or as an argument). *Files* are
all in which a function is called. *Among its classes* are the moves of which both files define a
class that LSTMRegressor is or inherits from.

The way of ``LSTMRegressor(hidden_size=4, max_iter=1).fit(X, y)``, X of shape (20, 8), ends at the
first ``np.tanh`` of ``sklstm/core``, which is in the cell's first time step; the same fit has run
before it, so that nothing is imported on the way. The way of ``predict`` of one row is all of it.

Code lines are those with more on them than a comment, without docstrings. The time of a one-row
``predict`` (32 units, 12 steps) is the least of seven means over 500 calls, of processor time.
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
    """Dotted names of what a file imports, relative ones made absolute."""
    package = ["sklstm", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = [*above, *filter(None, [node.module])]
            yield from (".".join([*source, alias.name]) for alias in node.names)


def arrows(trees, rooms):
    """Pairs of rooms of which the first imports from the second."""
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
    """What is directly in ``sklstm/``, by name: the file itself, or the folder that it is in."""
    return path.relative_to(ROOT).with_suffix("").parts[0]


def code_lines(path, tree):
    """The numbers of the lines with code on them."""
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
    """Pairs of code lines and name of each function, those inside of others too."""
    for node in ast.iter_child_nodes(tree):
        within = f"{inside}{node.name}." if isinstance(node, NAMED) else inside
        if isinstance(node, FUNCTIONS):
            yield sum(node.lineno <= line <= node.end_lineno for line in lines), within[:-1]
        yield from function_sizes(node, lines, within)


def source_figures():
    """Rooms, arrows, and what is longest."""
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
    """The file of a frame's function within ``sklstm/``, None for other code."""
    path = Path(frame.f_code.co_filename)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else None


def caller_of(frame):
    """The file of the nearest frame of sklstm below this one, None at the bottom."""
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
    """All calls of sklstm's functions while `work()` runs, or until it comes to a tanh."""
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
    """The figures of one way through the files."""
    moves = [call for call in calls if call.caller not in (None, call.file)]
    among = [move for move in moves if {move.caller, move.file} <= classes]
    yield f"{what}: files", len({call.file for call in calls})
    yield f"{what}: moves", f"{len(set(moves))} different, {len(moves)} in all"
    with_X = {move for move in moves if move.with_X}
    yield f"{what}: of these with X", f"{len(with_X)} different"
    yield f"{what}: among its classes", f"{len(set(among))} different, {len(among)} in all"


def way_figures(LSTMRegressor):
    """From X to the first time step of `fit`, and through two one-row `predict`."""
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
