"""Examples that need other packages: they are marked +SKIP, and run here, where these are."""

import doctest
import importlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.filterwarnings("ignore")  # of the other packages

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["onnx", "pytorch", "saving"]
MODULES = [
    "sklstm.export._onnx.convert",
    "sklstm.export._onnx.registration",
    "sklstm.export._torch_to",
    "sklstm.export._torch_from",
]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def run(tests):
    """Run all examples, skipped ones included, and return their number."""
    runner, n_skipped, report = doctest.DocTestRunner(optionflags=FLAGS), 0, []
    for test in tests:
        n_skipped += sum(e.options.pop(doctest.SKIP, False) for e in test.examples)
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)
    return n_skipped


@pytest.fixture(autouse=True)
def scratch_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    assert run(doctest.DocTestFinder().find(importlib.import_module(name)))


@pytest.mark.parametrize("name", PAGES)
def test_pages(name):
    text = (ROOT / "doc" / "guide" / f"{name}.rst").read_text(encoding="utf-8")
    assert run([doctest.DocTestParser().get_doctest(text, {}, name, name, 0)])
