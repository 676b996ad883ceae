"""The pages with examples that run: README.rst and those of doc/."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOC = ROOT / "doc"
MADE_BY_THE_BUILD = {DOC / "_build", DOC / "auto_examples", DOC / "api" / "generated"}
# A page that needs optional packages has the line ".. needs: torch, onnx".
NEEDS = re.compile(r"^\.\. needs: (.+)$", flags=re.MULTILINE)


def pages(*, with_needs):
    """Pages with examples, those that need optional packages or the others; none beside a wheel."""
    written = [
        path
        for path in [*ROOT.glob("README.rst"), *sorted(DOC.rglob("*.rst"))]
        if not MADE_BY_THE_BUILD.intersection(path.parents)
    ]
    texts = {path: path.read_text(encoding="utf-8") for path in written}
    return [p for p, t in texts.items() if ">>> " in t and bool(NEEDS.search(t)) == with_needs]


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def run(path, pytestconfig, capsys):
    """Run the examples of a page."""
    names = pytestconfig.getini("doctest_optionflags")
    failed, _ = doctest.testfile(
        str(path),
        module_relative=False,
        optionflags=sum(doctest.OPTIONFLAGS_BY_NAME[name] for name in names),
        encoding="utf-8",
    )
    if failed:
        pytest.fail(capsys.readouterr().out, pytrace=False)
