"""Settings of the documentation site. How to build it: CONTRIBUTING.rst, "The documentation"."""

import importlib.util
import sys
from pathlib import Path

import sklstm

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

from example_gallery import copy_examples  # noqa: E402

project = "sklstm"
author = "the sklstm developers"
copyright = author
version = release = sklstm.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "matplotlib.sphinxext.plot_directive",
    "numpydoc",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    # Ours, in _extensions.
    "api_reference",
    "code_references",
    "module_equations",
]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]
nitpicky = True
smartquotes = False  # "lstm" is code in most places
toc_object_entries_show_parents = "hide"
suppress_warnings = ["ref.footnote"]  # a source under References that the text does not cite

# Example scripts. `sphinx-build -D plot_gallery=0` shows them without running them.
_examples = HERE / "_build" / "examples"
copy_examples(HERE.parent / "examples", _examples)
sphinx_gallery_conf = {
    "examples_dirs": str(_examples),
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/examples/\w+\.py$",  # not examples/clients: they need other libraries
    "backreferences_dir": "api/generated",
    "doc_module": "sklstm",
    "download_all_examples": False,
    "show_memory": False,
    "capture_repr": (),
    "within_subsection_order": "example_gallery.TableOrder",
    "default_thumb_file": str(HERE / "_static" / "no_picture.png"),
}

# API reference: everything in the __all__ of the modules that api/index.rst lists.
autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_imported_members = True
autodoc_typehints = "none"  # the types are in the section Parameters
numpydoc_show_class_members = False  # _templates/autosummary/class.rst shows them
numpydoc_xref_param_type = False

# Pictures in pages: an example inside `.. plot::` is run, and its figures are shown.
plot_include_source = True
plot_html_show_source_link = False
plot_html_show_formats = False
plot_formats = [("png", 110)]

# MathJax comes from a package, so that the site can be read without a network.
_mathjax = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent
mathjax_path = "tex-svg.js"
mathjax3_config = {"svg": {"fontCache": "global"}, "options": {"enableMenu": False}}

html_theme = "pydata_sphinx_theme"
html_title = "sklstm"
html_static_path = ["_static", str(_mathjax / "static/mathjax/tex-svg.js")]
html_css_files = ["site.css"]
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "show_toc_level": 2,
    # None in auto_examples: scripts of 100 columns then fit beside the list of the examples.
    "secondary_sidebar_items": {"[!a]**": ["page-toc"], "api/**": ["page-toc"]},
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {
    name: []  # no pages below it
    for name in (
        *("index", "installation", "tour", "what_we_do_not_do", "changes", "contributing"),
        *("search", "genindex"),
    )
}
html_show_sourcelink = False
html_copy_source = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
