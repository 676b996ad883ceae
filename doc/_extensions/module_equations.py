r"""The directive ``equations``: the docstring of a module, with its equations.

``.. equations:: sklstm.core.kernels.lstm`` inserts the docstring without its title. An equation
that ends with ``&& (7)`` in the source has the number 7 on the page, so that a number cited in a
comment of the source is that of the page: there is no second copy of the equations.
"""

import importlib
import inspect
import re
from pathlib import Path

from code_references import escape_initials
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

import sklstm

PACKAGE = Path(sklstm.__file__).parent
NUMBER = re.compile(r"\s*&&\s*\((\d+'?)\)")


def numbered(lines):
    """Turn blocks of equations into LaTeX's align, with the numbers as tags."""
    result, block = [], []
    for line in [*lines, "end"]:
        if block and line.strip() and not line.startswith("    "):
            result += [*_align(block), ""]
            block = []
        if line.rstrip() == ".. math::":
            block = [line]
        elif block:
            block.append(line)
        else:
            result.append(line)
    return result[:-1]


def _align(block):
    if not any(NUMBER.search(line) for line in block):
        return block
    body = [NUMBER.sub(r" \\tag{\1}", line).rstrip() for line in block[1:]]
    while not body[-1]:
        body.pop()
    return [
        block[0],
        "    :no-wrap:",
        "",
        r"    \begin{align}",
        *(line for line in body if line),
        r"    \end{align}",
    ]


def as_section(lines, prefix):
    """Replace the heading of the references, and make their labels unique on a page."""
    result = []
    for line in lines:
        if re.fullmatch(r"-{3,}", line.strip()) and result:
            result[-1:] = [f".. rubric:: {result[-1].strip()}", ""]
        else:
            label = re.sub(r"\[(\d+)\](?=_| )", rf"[#{prefix}-\1]", line)
            result.append(label)
    return escape_initials(result)


class Equations(SphinxDirective):
    """Insert the docstring of a module."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        module = importlib.import_module(name)
        self.env.note_dependency(module.__file__)
        _, _, text = inspect.cleandoc(module.__doc__).partition("\n\n")
        lines = as_section(numbered(text.splitlines()), name.rpartition(".")[2])
        content = StringList(lines, source=module.__file__)
        node = nodes.section()
        node.document = self.state.document
        nested_parse_with_titles(self.state, content, node)
        source = Path(module.__file__).relative_to(PACKAGE.parent).as_posix()
        note = nodes.paragraph("", "", nodes.emphasis("", "From the source, "))
        note += [nodes.literal("", source), nodes.Text(".")]
        note["classes"].append("equations-source")
        return [*node.children, note]


def setup(app):
    app.add_directive("equations", Equations)
    return {"parallel_read_safe": True}
