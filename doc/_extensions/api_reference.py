"""What the pages of the API reference show: the names in tables, and only methods of ours."""

import importlib
import inspect

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class TableNames(SphinxDirective):
    """``.. table-names:: sklstm.cells.CELLS``: the names that a parameter accepts."""

    required_arguments = 1

    def run(self):
        module, _, table = self.arguments[0].rpartition(".")
        paragraph = nodes.paragraph("", "Names and their classes: ")
        for i, name in enumerate(getattr(importlib.import_module(module), table)):
            paragraph += [nodes.Text(", " if i else ""), nodes.literal("", f'"{name}"')]
        paragraph += nodes.Text(".")
        return [paragraph]


def is_ours(value):
    function = inspect.unwrap(getattr(value, "fget", None) or getattr(value, "__func__", value))
    return (getattr(function, "__module__", None) or "").startswith("sklstm")


def skip(app, what, name, value, skipped, options):
    """Leave out methods of scikit-learn's base classes: its own documentation describes them."""
    return True if what == "class" and callable(value) and not is_ours(value) else None


def setup(app):
    app.add_directive("table-names", TableNames)
    app.connect("autodoc-skip-member", skip)
    return {"parallel_read_safe": True}
