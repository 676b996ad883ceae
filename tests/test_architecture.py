"""Rules for the source: imports, sizes of modules and functions, docstrings, the layout page.

The floors, from the ground up: ``sklstm.core`` (arrays), ``sklstm.training`` (the loop), and all
else in ``sklstm`` (estimators and tools). Imports go downwards only.
"""

import ast
import contextlib
import graphlib
import importlib
import inspect
import re
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import sklstm

ROOT = Path(sklstm.__file__).parent
MAX_MODULE_LINES = 300  # without docstrings
MAX_FUNCTION_LINES = 60
FLOORS = {"core": 0, "training": 1}
TOP_FLOOR = 2
# What each floor may import, besides the standard library and sklstm itself, ...
DEPENDENCIES = {
    0: {"numpy", "scipy"},
    1: {"numpy", "scipy"},
    # The last two come with scikit-learn.
    TOP_FLOOR: {"numpy", "scipy", "sklearn", "threadpoolctl", "joblib"},
}
# ... and what a module of the top floor may import where it is used, inside a function.
OPTIONAL = {"matplotlib", "onnx", "pandas", "polars", "tensorboard", "torch"}


# The source, as modules and their imports ------------------------------------------------------


@dataclass(frozen=True)
class Import:
    """One imported dotted name: a module, or a name in one.

    `lazy` when inside a function, or for type checkers only.
    """

    target: str
    line: int
    lazy: bool

    @property
    def package(self):
        return self.target.partition(".")[0]


def module_name(path):
    parts = ("sklstm", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {name: ast.parse(path.read_bytes(), filename=str(path)) for name, path in PATHS.items()}
every_module = pytest.mark.parametrize("module", PATHS)


def functions_of(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def lazy_places(tree):
    """Functions, and what follows ``if TYPE_CHECKING:``."""
    yield from functions_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from node.body


def imports_of(module):
    """List the module's imports, relative ones made absolute."""
    lazy_nodes = {id(n) for place in lazy_places(TREES[module]) for n in ast.walk(place)}
    package = module.split(".")
    if PATHS[module].name != "__init__.py":
        package = package[:-1]
    found = []
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            targets = [f"{source}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [Import(target, node.lineno, id(node) in lazy_nodes) for target in targets]
    return found


def imported_module(target):
    """Tell which module of sklstm a dotted name is, or is in."""
    return target if target in PATHS else target.rpartition(".")[0]


def floor_of(module):
    parts = module.split(".")
    return FLOORS.get(parts[1], TOP_FLOOR) if len(parts) > 1 else TOP_FLOOR


# Imports ---------------------------------------------------------------------------------------


def test_the_source_was_found():
    assert {"sklstm", "sklstm._version"} <= set(PATHS)


@every_module
def test_imports_go_downwards_only(module):
    upward = [
        f"line {i.line}: {i.target}"
        for i in imports_of(module)
        if i.package == "sklstm" and floor_of(imported_module(i.target)) > floor_of(module)
    ]
    assert not upward, f"{module} imports from a floor above its own: {upward}"


@every_module
def test_no_module_imports_the_package_itself(module):
    through_init = [
        f"line {i.line}: {i.target}"
        for i in imports_of(module)
        if i.package == "sklstm" and imported_module(i.target) in ("", "sklstm")
    ]
    assert not through_init, f"{module}: name the module that defines it: {through_init}"


def test_modules_do_not_import_each_other_in_a_circle():
    graph = {
        module: {
            imported_module(i.target)
            for i in imports_of(module)
            if i.package == "sklstm" and not i.lazy
        }
        - {module}
        for module in PATHS
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail("circle: " + " <- ".join(error.args[1]))


def test_rooms_do_not_import_each_other_in_a_circle():
    """A room is a file or a package directly in sklstm/, a package with all its modules."""
    graph = {}
    for module in PATHS:
        if module != "sklstm":
            targets = {imported_module(i.target) for i in imports_of(module)} & PATHS.keys()
            graph.setdefault(room_of(module), set()).update(map(room_of, targets))
    try:
        graphlib.TopologicalSorter({r: t - {r} for r, t in graph.items()}).prepare()
    except graphlib.CycleError as error:
        pytest.fail("circle: " + " <- ".join(error.args[1]))


def room_of(module):
    return module.split(".")[1]


@every_module
def test_only_known_dependencies_are_imported(module):
    """In particular, nothing in core or training imports scikit-learn."""
    allowed = DEPENDENCIES[floor_of(module)] | sys.stdlib_module_names | {"sklstm"}
    when_used = allowed | (OPTIONAL if floor_of(module) == TOP_FLOOR else set())
    unknown = [
        f"line {i.line}: {i.target}"
        for i in imports_of(module)
        if i.package not in (when_used if i.lazy else allowed)
    ]
    assert not unknown, f"{module} may not import {unknown}"


def is_private(dotted_name):
    return any(re.match(r"_(?!_.*__$)", part) for part in dotted_name.split("."))


@every_module
def test_no_private_name_of_scikit_learn_is_used(module):
    private = [
        f"line {i.line}: {i.target}"
        for i in imports_of(module)
        if i.package == "sklearn" and is_private(i.target)
    ]
    names = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
        for alias in node.names
        if (getattr(node, "module", None) or alias.name).partition(".")[0] == "sklearn"
    }
    for node in ast.walk(TREES[module]):
        root, _, attributes = ast.unparse(node).partition(".") if is_chain(node) else ("", "", "")
        if root in names and is_private(attributes):
            private.append(f"line {node.lineno}: {root}.{attributes}")
    assert not private, f"{module} uses private names of scikit-learn: {private}"


def is_chain(node):
    """Tell whether the node is ``name.attribute``, or longer."""
    while isinstance(node, ast.Attribute):
        node = node.value
        if isinstance(node, ast.Name):
            return True
    return False


# The layout in CONTRIBUTING.rst -----------------------------------------------------------------


def layout():
    """Paths of all files and folders in the layout."""
    page = (Path(__file__).parents[1] / "CONTRIBUTING.rst").read_text(encoding="utf-8")
    drawing = page.partition("    sklstm/\n")[2].partition("\nThere are three floors")[0]
    paths, folders = set(), ["sklstm"]
    for line in drawing.splitlines():
        indent, words = len(line) - len(line.lstrip()), line.split("  ")
        if 4 < indent < 20:  # other lines continue the text of the one before
            depth = indent // 2 - 2
            names = next(filter(None, words)).strip().split(", ")
            paths |= {"/".join([*folders[:depth], name.rstrip("/")]) for name in names}
            folders[depth:] = [name.rstrip("/") for name in names[:1] if name.endswith("/")]
    return paths


def test_the_layout_in_contributing_is_complete():
    shown = layout()
    files = {f"sklstm/{path.relative_to(ROOT).as_posix()}" for path in PATHS.values()}
    folders = {file.rpartition("/")[0] for file in files} | {"sklstm/data"}
    gone = shown - files - folders
    assert not gone, f"CONTRIBUTING.rst shows {sorted(gone)}, which do not exist"
    open_folders = {path.rpartition("/")[0] for path in shown}
    missing = {
        file
        for file in files - shown
        if file.rpartition("/")[0] in open_folders and not Path(file).name.startswith("_")
    }
    assert not missing, f"CONTRIBUTING.rst does not show {sorted(missing)}"


# Size ------------------------------------------------------------------------------------------


@every_module
def test_modules_are_short(module):
    n_lines = len(PATHS[module].read_text(encoding="utf-8").splitlines())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(TREES[module]):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            n_lines -= node.body[0].end_lineno - node.body[0].lineno + 1
    assert n_lines <= MAX_MODULE_LINES, f"{module} has {n_lines} lines: split it"


def code_lines(function):
    """Count a function's lines without its docstring: documentation is not a burden."""
    n_lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        n_lines -= function.body[0].end_lineno - function.body[0].lineno + 1
    return n_lines


@every_module
def test_functions_are_short(module):
    long = {
        f.name: code_lines(f)
        for f in functions_of(TREES[module])
        if code_lines(f) > MAX_FUNCTION_LINES
    }
    assert not long, f"{module} has functions of more than {MAX_FUNCTION_LINES} lines: {long}"


# Documentation ---------------------------------------------------------------------------------


def load_modules():
    """Import all modules that can be imported; each other one fails a separate test."""
    loaded = {}
    for name in PATHS:
        with contextlib.suppress(Exception):
            loaded[name] = importlib.import_module(name)
    return loaded


LOADED = load_modules()


@every_module
def test_modules_can_be_imported(module):
    importlib.import_module(module)


@pytest.mark.parametrize("module", LOADED)
def test_all_names_exist(module):
    missing = [n for n in getattr(LOADED[module], "__all__", []) if not hasattr(LOADED[module], n)]
    assert not missing, f"{module}.__all__ lists names that the module has not: {missing}"


def public_values(module):
    """List the objects a module makes public: those of `__all__`, or what it defines."""
    if hasattr(module, "__all__"):
        return [getattr(module, name) for name in module.__all__ if hasattr(module, name)]
    return [
        value
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def is_documentable(value):
    return inspect.isclass(value) or inspect.isroutine(value)


def public_api():
    """Find what users touch: all public classes and functions of `sklstm` and its submodules.

    A module in the public names of another, such as `sklstm.losses`, opens its own names too.
    """
    queue = [m for n, m in LOADED.items() if floor_of(n) == TOP_FLOOR and not is_private(n)]
    seen, found = set(), {}
    while queue:
        module = queue.pop()
        if module.__name__ in seen:
            continue
        seen.add(module.__name__)
        for value in public_values(module):
            if inspect.ismodule(value):
                queue.append(value)
            elif is_documentable(value) and value.__module__.startswith("sklstm"):
                found[f"{value.__module__}.{value.__qualname__}"] = value
    return dict(sorted(found.items()))


def public_names_everywhere():
    """Find the public classes and functions of all floors."""
    modules = [module for name, module in LOADED.items() if not is_private(name)]
    values = [v for m in modules for v in public_values(m) if is_documentable(v)]
    return {f"{v.__module__}.{v.__qualname__}": v for v in values}


def methods_of(cls):
    """Yield the class's public functions and properties, of sklstm's own making."""
    for name, value in inspect.getmembers_static(cls):
        function = inspect.unwrap(getattr(value, "fget", None) or getattr(value, "__func__", value))
        own = (getattr(function, "__module__", None) or "").startswith("sklstm")
        if not name.startswith("_") and inspect.isfunction(function) and own:
            yield name, value


API = public_api()
EVERYWHERE = public_names_everywhere()
API_METHODS = {
    f"{name}.{method}": (value, method)
    for name, value in API.items()
    if inspect.isclass(value)
    for method, _ in methods_of(value)
}


def sections(docstring):
    """Split a numpydoc docstring into a dict: title -> lines."""
    lines = (docstring or "").splitlines()
    found, title = {"": []}, ""
    for line, underline in zip(lines, [*lines[1:], ""], strict=True):
        if line.strip() and re.fullmatch(r"-{3,}", underline.strip()):
            title = line.strip()
            found[title] = []
        else:
            found[title].append(line)
    return found


def documented_parameters(docstring):
    names = []
    for line in sections(docstring).get("Parameters", []):
        match = re.match(r"(\*{0,2}\w+(?:, \*{0,2}\w+)*)(?: : .+)?$", line)
        names += match.group(1).split(", ") if match else []
    return names


def parameters_of(function):
    if isinstance(function, type) and issubclass(function, Exception):
        return []  # what it is made of is the business of who raises it
    signature = inspect.signature(function)
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return [
        stars.get(p.kind, "") + name
        for name, p in signature.parameters.items()
        if name not in ("self", "cls")
    ]


def check_parameters(name, value):
    documented, actual = documented_parameters(inspect.getdoc(value)), parameters_of(value)
    assert documented == actual, (
        f"{name}: the section Parameters lists {documented}, the signature {actual}"
    )
    if actual:
        check_defaults(name, value)


def documented_defaults(docstring):
    """The defaults in the section Parameters, by name."""
    found = {}
    for line in sections(docstring).get("Parameters", []):
        match = re.match(r"(\w+(?:, \w+)*) : .*\bdefault=(.+)$", line)
        if match:
            found |= dict.fromkeys(match.group(1).split(", "), eval(match.group(2), {"np": np}))
    return found


def check_defaults(name, value):
    empty = inspect.Parameter.empty
    actual = {n: p.default for n, p in inspect.signature(value).parameters.items()}
    defaults = {n: default for n, default in actual.items() if default is not empty}
    documented = documented_defaults(inspect.getdoc(value))
    wrong = {
        parameter: f"{default!r}, not {defaults.get(parameter, empty)!r}"
        for parameter, default in documented.items()
        if repr(default) != repr(defaults.get(parameter, empty))
    }
    assert not wrong, f"{name}: defaults in the docstring: {wrong}"
    undocumented = {n for n, default in defaults.items() if default is not None} - set(documented)
    assert not undocumented, f"{name} does not document the defaults of {sorted(undocumented)}"


def returns_something(function):
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    return any(isinstance(n, ast.Return | ast.Yield) and n.value for n in ast.walk(tree))


@every_module
def test_modules_have_a_docstring(module):
    assert ast.get_docstring(TREES[module]), f"{module} does not say what it is for"


@pytest.mark.parametrize("name", EVERYWHERE)
def test_public_names_have_a_docstring(name):
    value = EVERYWHERE[name]
    assert (value.__doc__ or "").strip(), f"{name} has no docstring of its own"


@pytest.mark.parametrize("name", API)
def test_api_is_documented(name):
    value = API[name]
    check_parameters(name, value)
    titles = sections(inspect.getdoc(value))
    if not (inspect.isclass(value) and issubclass(value, Exception)):
        assert ">>> " in "\n".join(titles.get("Examples", [])), f"{name} has no Examples"
    if inspect.isfunction(value) and returns_something(value):
        assert titles.keys() & {"Returns", "Yields"}, f"{name} does not document what it returns"


@pytest.mark.parametrize("name", API_METHODS)
def test_api_methods_are_documented(name):
    cls, method = API_METHODS[name]
    static = inspect.getattr_static(cls, method)
    value = static if isinstance(static, property) else getattr(cls, method)
    docstring = inspect.getdoc(value)
    assert docstring, f"{name} has no docstring"
    if not isinstance(value, property):
        check_parameters(name, value)
        if returns_something(value):
            assert sections(docstring).keys() & {"Returns", "Yields"}, (
                f"{name} does not document what it returns"
            )
