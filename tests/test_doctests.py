"""Run the examples in all docstrings, in README.rst and in the pages of doc/."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import sklstm

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*ROOT.glob("README.rst"), *sorted(ROOT.glob("doc/*.rst"))]  # none beside a wheel
# A package that cannot be imported fails as a test below, not while the tests are collected.
FOUND = pkgutil.walk_packages(sklstm.__path__, prefix="sklstm.", onerror=lambda name: None)
MODULES = ["sklstm", *(info.name for info in FOUND)]


@pytest.fixture
def option_flags(pytestconfig):
    names = pytestconfig.getini("doctest_optionflags")
    return sum(doctest.OPTIONFLAGS_BY_NAME[name] for name in names)


@pytest.fixture(autouse=True)
def scratch_folder(tmp_path, monkeypatch):
    """Examples may write files, and must not need any that lie in the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name, option_flags, capsys):
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=option_flags)
    if failed:
        pytest.fail(capsys.readouterr().out, pytrace=False)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages(path, option_flags, capsys):
    failed, attempted = doctest.testfile(
        str(path), module_relative=False, optionflags=option_flags, encoding="utf-8"
    )
    if failed:
        pytest.fail(capsys.readouterr().out, pytrace=False)
    assert attempted > 0, f"{path.name} has no examples to run"
