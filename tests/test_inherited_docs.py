"""Docstrings with sections inherited from a base class."""

import inspect

import pytest

from sklstm.cells import CIFG, FGR, NFG, NIAF, NIG, NOAF, NOG
from sklstm.core.cells.inherited import inherit_sections


class Base:
    """A base.

    Parameters
    ----------
    first : int
        Of two
        lines.
    second, third : float

    References
    ----------
    .. [1] A book.
    """

    def __init__(self, first, second, third):
        pass


def test_sections_are_added_in_order_and_own_ones_kept():
    class Child(Base):
        """A child.

        Two paragraphs.

        References
        ----------
        .. [1] Another one.

        Examples
        --------
        >>> 1 + 1
        2
        """

        def __init__(self, first):
            pass

    expected = """A child.

Two paragraphs.

Parameters
----------
first : int
    Of two
    lines.

References
----------
.. [1] Another one.

Examples
--------
>>> 1 + 1
2
"""
    assert inherit_sections(Child).__doc__ == expected


@pytest.mark.parametrize("cell", [NIG, NFG, NOG, NIAF, NOAF, CIFG, FGR])
def test_variants_are_documented_like_any_cell(cell):
    doc = inspect.getdoc(cell)
    titles = [line for line in doc.splitlines() if line in ("Parameters", "References", "Examples")]
    assert titles == ["Parameters", "References", "Examples"]
    assert ("forget_bias : float" in doc) == (cell is not NFG)
    assert doc.count("peepholes : bool, default=True") == 1
    assert "search space odyssey" in doc


def test_without_docstrings_nothing_happens(monkeypatch):
    class Child(Base):
        def __init__(self, first):
            pass

    assert inherit_sections(Child).__doc__ is None
