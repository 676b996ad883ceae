"""Fixtures and marks that scikit-learn's tests need, and the marks of the tables."""

import os
import sys

import numpy as np
import pytest


def pytest_configure(config):
    """Register the marks of scikit-learn's tests."""
    config.addinivalue_line("markers", "thread_unsafe: not to be run in several threads")


def pytest_itemcollected(item):
    """Mark a test by its entry in the table of its module."""
    outcomes = item.module.OUTCOMES
    mark = outcomes.get(item.name, outcomes.get(item.originalname))
    if mark is not None:
        item.add_marker(mark)
    # Warnings are errors in our tests, but not in scikit-learn's.
    item.add_marker(pytest.mark.filterwarnings("ignore"))


@pytest.fixture
def global_random_seed():
    """Seed of tests that have to pass with any seed."""
    return 42


@pytest.fixture(autouse=True)
def fixed_seed():
    """Some tests use estimators without `random_state`."""
    np.random.seed(0)  # noqa: NPY002


@pytest.fixture(autouse=True)
def modules_of_new_processes(monkeypatch):
    """Some tests load our estimators in a new process, which has to find their module."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
