"""Examples of docstrings that need other packages: marked +SKIP, they run here."""

import doctest
import importlib

import pytest

MODULES = [
    "sklstm.export._onnx.convert",
    "sklstm.export._onnx.registration",
    "sklstm.export._torch_from",
    "sklstm.export._torch_to",
]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    runner, report, n_skipped = doctest.DocTestRunner(optionflags=FLAGS), [], 0
    for test in doctest.DocTestFinder().find(importlib.import_module(name)):
        n_skipped += sum(e.options.pop(doctest.SKIP, False) for e in test.examples)
        runner.run(test, out=report.append)
    assert n_skipped and not runner.failures, "".join(report)
