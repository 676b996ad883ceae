"""A sample of `tests/interrupting.py`: Ctrl-C at any line of fit, partial_fit, predict and push."""

import pytest
from interrupting import ESTIMATORS, run


def some(n_lines):
    """Return up to ten lines of a call."""
    return range(1, n_lines + 1, max(1, n_lines // 9))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_some_lines(name):
    n = 0
    for call, tried, problems in run(name, some):
        assert not problems, call
        n += tried
    assert n > 40
