"""The folder that sphinx-gallery reads: a copy of examples/.

Scripts run in the folder they are in, and some write files, of which the checkout must stay clean.
In the tables of README.rst, which heads the gallery, the names of scripts become links. Its section
on other libraries heads a gallery of its own.
"""

import re
import shutil
from pathlib import Path

CLIENTS = "Use with other libraries\n"


def copy_examples(source, target):
    """Copy the examples, with a header for each of the two galleries."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    text = (source / "README.rst").read_text(encoding="utf-8")
    own, _, clients = text.partition(CLIENTS)
    (target / "README.rst").write_text(linked(own, ""), encoding="utf-8")
    header = CLIENTS + linked(clients, "clients_")
    (target / "clients" / "README.rst").write_text(header, encoding="utf-8")


def linked(text, folder):
    """Replace the names in the tables by references to the pages of the gallery."""
    page = rf"sphx_glr_auto_examples_{folder}\1.py"
    return re.sub(r"\* - ``(\w+)\.py``", rf"* - :ref:`\1.py <{page}>`", text)


class TableOrder:
    """Sort the examples of a folder as the table in its README.rst does."""

    def __init__(self, folder):
        self.text = (Path(folder) / "README.rst").read_text(encoding="utf-8")

    def __call__(self, filename):
        return self.text.find(f"`{filename} <")

    def __repr__(self):
        return "TableOrder"  # part of the configuration that Sphinx compares with the last build's
