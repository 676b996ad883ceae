"""Directives of the pages of the API reference, which _templates/autosummary makes."""

import importlib
import inspect
import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from numpydoc.docscrape_sphinx import SphinxDocString
from sphinx.util.docutils import SphinxDirective

INDEX = Path(__file__).parent.parent / "api" / "index.rst"


def public_names():
    """The public objects with their names, of all modules that the index lists."""
    modules = re.findall(r"^   (sklstm[\w.]*)$", INDEX.read_text(encoding="utf-8"), re.MULTILINE)
    found = {}
    for module in map(importlib.import_module, modules):
        values = {name: getattr(module, name) for name in module.__all__}
        found |= {v: f"{module.__name__}.{n}" for n, v in values.items() if inspect.isclass(v)}
    return found


def is_ours(value):
    function = inspect.unwrap(getattr(value, "fget", None) or getattr(value, "__func__", value))
    module = getattr(function, "__module__", None) or ""
    return inspect.isfunction(function) and module.startswith("sklstm")


def own_methods(cls, bases):
    """Methods and properties that no public base class documents in the same words.

    Those of scikit-learn are not among them.
    """
    return [
        name
        for name, value in inspect.getmembers_static(cls)
        if not name.startswith("_")
        and is_ours(value)
        and all(
            inspect.getdoc(getattr(base, name, None)) != inspect.getdoc(getattr(cls, name))
            for base in bases
        )
    ]


class PublicClass(SphinxDirective):
    """``.. public-class:: sklstm.losses.Huber``: a class, with what its public bases lack."""

    required_arguments = 1

    def run(self):
        module, _, name = self.arguments[0].rpartition(".")
        cls, names = getattr(importlib.import_module(module), name), public_names()
        bases = [base for base in cls.__mro__[1:] if base in names]
        # What only the library calls is documented at the base class, for those who derive from it.
        is_base = any(cls in other.__mro__[1:] for other in names)
        methods = own_methods(cls, bases) if is_base or not bases else []
        lines = [f".. autoclass:: {module}.{name}"]
        lines += [f"   :members: {', '.join(methods)}"] if methods else []
        if bases:
            more = "The other methods" if methods else "The methods"
            lines += ["", f"{more} are those of :class:`~{names[bases[0]]}`."]
        node = nodes.section()
        node.document = self.state.document
        self.state.nested_parse(StringList(lines, source=inspect.getfile(cls)), 0, node)
        return node.children


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


def keep_attributes():
    """Let numpydoc show what a class says of its attributes.

    Of those that are properties, such as ``weights_``, it shows the first sentence of the property
    instead, and there is no option against that.
    """
    shown = SphinxDocString._process_param
    SphinxDocString._process_param = lambda self, name, text, _: shown(self, name, text, False)


def setup(app):
    keep_attributes()
    app.add_directive("public-class", PublicClass)
    app.add_directive("table-names", TableNames)
    return {"parallel_read_safe": True}
