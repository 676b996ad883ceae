"""Test modules of scikit-learn that are run with our estimators, and tables of the outcomes."""

import importlib.util
from unittest import mock

import pytest

# What a table says of a test. Nothing is expected of one that is not applicable: it is not run.
passes = None


def not_applicable(reason):
    """Mark of a test of what we do not have, or of nothing of ours."""
    return pytest.mark.xfail(run=False, reason=f"not applicable: {reason}")


def falls_short(reason, error):
    """Mark of a test of what scikit-learn's users may expect, and ours do otherwise."""
    return pytest.mark.xfail(strict=True, raises=error, reason=f"falls short: {reason}")


def copy_of(name, source, stand_ins):
    """Return a new copy of the module `name`, made while `source` has the names of `stand_ins`."""
    spec = importlib.util.find_spec(name)
    module = importlib.util.module_from_spec(spec)
    with mock.patch.multiple(source, **stand_ins):
        spec.loader.exec_module(module)
    return module


def tests_of(*modules):
    """Return the test functions of modules by name."""
    tests = {}
    for module in modules:
        new = {name: test for name, test in vars(module).items() if name.startswith("test_")}
        assert not tests.keys() & new.keys(), "two tests of one name"
        tests |= new
    return tests


def functions(outcomes):
    """Return the names of the functions in a table, whose keys may have parameters in brackets."""
    return {name.partition("[")[0] for name in outcomes}
