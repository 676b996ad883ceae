"""Every example has the form that the gallery needs, and is in the table of examples/README.rst."""

import ast
import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SCRIPTS = sorted([*EXAMPLES.glob("*.py"), *EXAMPLES.glob("clients/*.py")])
TAKES = re.compile(r"^Takes about (\d+) seconds\.$", flags=re.MULTILINE)

pytestmark = pytest.mark.skipif(not SCRIPTS, reason="there are no examples beside a wheel")
every_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)


def docstring(script):
    return ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""


def table():
    """Return the rows of the tables: script -> seconds."""
    text = (EXAMPLES / "README.rst").read_text(encoding="utf-8")
    rows = re.findall(r"\* - ``(\w+\.py)``((?:\n     .*)+)", text)
    return {name: int(cells.split("\n     - ")[-1]) for name, cells in rows}


@every_script
def test_the_docstring_begins_with_a_title(script):
    title, line = docstring(script).splitlines()[:2]
    assert title and not title.endswith(".")
    assert line == "=" * len(title)


@every_script
def test_the_docstring_says_how_long_it_takes(script):
    takes = TAKES.findall(docstring(script))
    assert len(takes) == 1, "expected one line 'Takes about N seconds.'"
    assert int(takes[0]) == table().get(script.name), "examples/README.rst says something else"


def test_the_table_has_all_scripts_and_no_others():
    assert sorted(table()) == sorted(script.name for script in SCRIPTS)


@every_script
def test_the_script_runs_in_the_gallery(script):
    source = script.read_text(encoding="utf-8")
    assert "__file__" not in source  # the gallery does not define it
    assert "argparse" not in source  # the command line is that of the gallery
    assert "plt.close" not in source  # the gallery shows the open figures


@every_script
def test_the_script_runs_without_matplotlib(script):
    """Whoever has no matplotlib gets all but the pictures."""
    tree = ast.parse(script.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert "matplotlib" not in ast.unparse(node)
    if "matplotlib" in ast.unparse(tree):
        assert "needs matplotlib (pip install matplotlib)" in ast.unparse(tree)


@every_script
def test_no_bare_containers_are_printed(script):
    """A list, a dict or an array of arguments is not a table: `print(model.best_params_)`."""
    for node in ast.walk(ast.parse(script.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
            for argument in node.args:
                text = ast.unparse(argument)
                assert not isinstance(argument, ast.List | ast.Dict | ast.ListComp), text
                assert not re.fullmatch(r"[\w.]*_", text), text
