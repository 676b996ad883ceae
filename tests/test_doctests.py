"""Run the examples in all docstrings, in README.rst and in the pages of doc/."""

import doctest
import importlib
import pkgutil

import doc_pages
import pytest

import sklstm

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


@pytest.mark.parametrize("path", doc_pages.pages(with_needs=False), ids=doc_pages.name_of)
def test_pages(path, pytestconfig, capsys):
    doc_pages.run(path, pytestconfig, capsys)
