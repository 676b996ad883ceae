"""Links from scikit-learn's HTML representation of an estimator to its page of documentation."""

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from itertools import takewhile


@cache
def documentation_url():
    """The address "Documentation" in the metadata of the installed package, or None."""
    try:
        entries = metadata("sklstm").get_all("Project-URL") or []
    except PackageNotFoundError:  # a checkout that is not installed
        return None
    urls = dict(entry.split(", ", maxsplit=1) for entry in entries)
    return urls.get("Documentation")


class LinksDocumentation:
    """Mixin of estimators and transformers that have a page in the API reference.

    The attributes are those that scikit-learn asks for, see "Developer API for HTML representation"
    in its documentation. With an address, the names of parameters and fitted attributes are links,
    and show their descriptions. It is given in `project_urls` of setup.py.
    """

    _doc_link_module = "sklstm"

    @property
    def _doc_link_template(self):
        url = documentation_url()
        return "" if url is None else url.rstrip("/") + "/api/generated/{page}.html"

    def _doc_link_url_param_generator(self):
        kind = type(self)
        packages = kind.__module__.split(".")[:-1]
        public = takewhile(lambda name: not name.startswith("_"), packages)
        return {"page": ".".join([*public, kind.__name__])}
