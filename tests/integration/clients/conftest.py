"""Which client can do what with our estimators, as a table, from the outcome of the tests.

Tests say what they show by ``@pytest.mark.capability("fit", "predict")``; the client is in the name
of the test's module. What a client has no notion of, its module lists as NO_SUCH_NOTION.
"""

from importlib.metadata import version
from pathlib import Path

CAPABILITIES = ("fit", "predict", "search", "backtest", "exog", "ragged")
_shown = {}  # client -> capability -> "yes", "FAILED", "n/a" or "untested"


def pytest_itemcollected(item):
    """Note the client and what the test shows where the reports can be asked for it."""
    client = Path(item.path).stem.removeprefix("test_")
    row = _shown.setdefault(client, dict.fromkeys(CAPABILITIES, "untested"))
    row.update(dict.fromkeys(getattr(item.module, "NO_SUCH_NOTION", ()), "n/a"))
    for marker in item.iter_markers("capability"):
        unknown = set(marker.args) - set(CAPABILITIES)
        if unknown:
            raise ValueError(f"{item.nodeid}: {unknown} not among {CAPABILITIES}")
        item.user_properties += [(client, capability) for capability in marker.args]


def pytest_runtest_logreport(report):
    """A capability is there if all of its tests pass."""
    for client, capability in report.user_properties:
        if client not in _shown:
            continue
        if not report.passed:
            _shown[client][capability] = "FAILED"
        elif report.when == "call" and _shown[client][capability] != "FAILED":
            _shown[client][capability] = "yes"


def pytest_terminal_summary(terminalreporter):
    """Print the table."""
    terminalreporter.section("what the clients can do with sklstm")
    for cells in [("client", "version", *CAPABILITIES)] + [
        (client, version(client), *row.values()) for client, row in sorted(_shown.items())
    ]:
        terminalreporter.line("".join(f"{cell:12}" for cell in cells).rstrip())
