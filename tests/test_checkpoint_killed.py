"""A sample of `tests/killing.py`: fits killed at random moments go on as if they had not been."""

import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


def test_some_kills():
    from killing import CASES, run

    reports = dict(run(30))
    assert set(reports) == set(CASES)
    assert not [problem for report in reports.values() for problem in report.problems]
    assert sum(report.kills for report in reports.values()) == 30
    assert sum(report.resumed for report in reports.values()) > 5
