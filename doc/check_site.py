"""Check the links of the built site: ``python doc/check_site.py doc/_build/html``.

Every link, picture, script and style sheet must exist, with the anchor, in the site itself. Links
to other sites are counted, not followed. Prints the numbers of pages and links, and all dead links.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The anchors of a page, and the targets of its links."""

    def __init__(self, path):
        super().__init__()
        self.anchors, self.targets = {""}, []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.anchors |= {values[key] for key in ("id", "name") if values.get(key)}
        self.targets += [values[key] for key in ("href", "src") if values.get(key)]


def check(site):
    """Return the numbers of pages, of internal and of external links, and the dead ones."""
    paths = [path for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    pages = {path: Page(path) for path in paths}
    n_internal, external, dead = 0, set(), []
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme in ("http", "https"):
                external.add(target)
            if parts.scheme or parts.netloc:
                continue
            n_internal += 1
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not file.is_file():
                dead.append(f"{path.relative_to(site)}: {target}")
            elif file in pages and unquote(parts.fragment) not in pages[file].anchors:
                dead.append(f"{path.relative_to(site)}: {target} (no such anchor)")
    return len(pages), n_internal, external, dead


def main():
    site = Path(sys.argv[1]).resolve()
    n_pages, n_internal, external, dead = check(site)
    print(f"{n_pages} pages, {n_internal} internal links, {len(external)} links to other sites")
    print("\n".join(dead) if dead else "no dead links")
    sys.exit(bool(dead) or not n_pages)


if __name__ == "__main__":
    main()
