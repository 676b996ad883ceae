"""A sample of `tests/killing.py`: fits killed at random moments go on as if they had not been."""

import os
import signal

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


@pytest.mark.parametrize(("with_signal", "n_kills"), [(signal.SIGKILL, 30), (signal.SIGINT, 10)])
def test_some_kills(with_signal, n_kills):
    from killing import CASES, run

    reports = dict(run(n_kills, with_signal=with_signal))
    assert set(reports) == set(CASES)
    assert not [problem for report in reports.values() for problem in report.problems]
    assert sum(report.kills for report in reports.values()) == n_kills
    assert sum(report.resumed for report in reports.values()) > n_kills / 6
