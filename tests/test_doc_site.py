"""What a page of doc/ promises, as far as it shows without building the site.

`.ci/run` builds it, and `doc/check_site.py` checks the links of what was built.
"""

import importlib
import re

import pytest
from doc_pages import DOC, ROOT
from test_architecture import PATHS, TREES, ast, public_api

from sklstm.cells import CELLS
from sklstm.core.parts.pooling import POOLINGS
from sklstm.losses import CLASSIFICATION_LOSSES, REGRESSION_LOSSES
from sklstm.optimizers import OPTIMIZERS

LISTED = re.findall(r"^   (sklstm[\w.]*)$", (DOC / "api" / "index.rst").read_text(), re.MULTILINE)
MATHEMATICS = "\n".join(path.read_text(encoding="utf-8") for path in DOC.glob("mathematics/*.rst"))


def test_every_public_name_is_in_the_reference():
    """Its pages are made of the `__all__` of the modules that doc/api/index.rst lists."""
    modules = [importlib.import_module(name) for name in LISTED]
    shown = [getattr(module, name) for module in modules for name in module.__all__]
    missing = [name for name, value in public_api().items() if not any(v is value for v in shown)]
    assert not missing, f"no module that doc/api/index.rst lists has in its __all__: {missing}"


# Equations -------------------------------------------------------------------------------------

NUMBER = re.compile(r"\((\d+'?)\)")
EQUATIONS = {
    name: re.findall(r"&& \((\d+'?)\)", ast.get_docstring(TREES[name]) or "") for name in PATHS
}
WITH_EQUATIONS = [name for name, numbers in EQUATIONS.items() if numbers]
# Modules whose comments cite the equations of another one.
CITING = {
    "sklstm.core.kernels.compiled.lstm": "sklstm.core.kernels.lstm",
    "sklstm.core.kernels.compiled.gru": "sklstm.core.kernels.gru",
    "sklstm.core.kernels.compiled.adam": "sklstm.core.kernels.adam",
    "sklstm.core.losses.base": "sklstm.core.losses",
}


def test_equations_are_found():
    assert {"sklstm.core.kernels.lstm", "sklstm.core.cells.rnn"} < set(WITH_EQUATIONS)


@pytest.mark.parametrize("module", WITH_EQUATIONS)
def test_equations_are_numbered_in_order_and_on_a_page(module):
    plain = [int(number) for number in EQUATIONS[module] if number.isdigit()]
    assert plain == list(range(1, len(plain) + 1))
    assert f".. equations:: {module}\n" in MATHEMATICS, f"no page of doc/mathematics has {module}"


@pytest.mark.parametrize("module", [*WITH_EQUATIONS, *CITING])
def test_comments_cite_equations_that_exist(module):
    source = PATHS[module].read_text(encoding="utf-8")
    comments = re.findall(r"# ((?:\(\d+'?\)(?:, | to | and )?)+)", source)
    sentences = re.findall(r"[Ee]quations? (\(\d+\)(?: to \(\d+\))?)", source)
    cited = {number for text in comments + sentences for number in NUMBER.findall(text)}
    unknown = cited - set(EQUATIONS[CITING.get(module, module)])
    assert cited or module == "sklstm.core.losses", f"{module} cites none of its equations"
    assert not unknown, f"{module} cites {sorted(unknown)}, which no docstring defines"


@pytest.mark.parametrize("name", [*CELLS, *(set(POOLINGS) - {"attention"})])
def test_every_cell_and_pooling_is_among_the_equations(name):
    assert f'"{name}"' in MATHEMATICS


NOT_ABSTRACT = {*OPTIMIZERS.values(), *REGRESSION_LOSSES.values(), *CLASSIFICATION_LOSSES.values()}


@pytest.mark.parametrize("cls", sorted(NOT_ABSTRACT, key=lambda cls: cls.__name__))
def test_every_optimizer_and_loss_is_among_the_equations(cls):
    assert re.search(rf":class:`~sklstm\.\w+\.{cls.__name__}`", MATHEMATICS)


# README.rst ------------------------------------------------------------------------------------


def test_readme_can_be_read_away_from_the_repository():
    """The package index shows it without the files beside it; setup.py leaves out the picture."""
    text = (ROOT / "README.rst").read_text(encoding="utf-8")
    links = re.findall(r"<([^<>\s]+)>`_", text)
    assert not [link for link in links if not link.startswith("https://")]
    assert all((ROOT / path).is_file() for path in re.findall(r"^\.\. image:: (.+)$", text, re.M))
    assert len(text.splitlines()) <= 160
