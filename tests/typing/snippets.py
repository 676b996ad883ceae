"""Write what type checkers shall read as modules: ``>>>`` lines of pages and docstrings, examples.

``python tests/typing/snippets.py FOLDER`` writes a module for each page that has some, for each
module of the package whose docstrings have some, and a copy of each example; and settings of
pyright.
"""

import ast
import doctest
import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.rst", *sorted((ROOT / "doc").rglob("*.rst"))]
PARSER = doctest.DocTestParser()
# Of packages without types nothing is guessed: for scikit-learn, `load_digits()` may be a tuple.
PYRIGHT = {
    "typeCheckingMode": "standard",
    "useLibraryCodeForTypes": False,
    "reportUnusedExpression": False,
    "reportMissingImports": False,
    "reportOptionalMemberAccess": False,  # `__doc__`, and parameters with the default None
    "reportPossiblyUnboundVariable": False,
}


def module_of_page(page: Path) -> str:
    """The examples of a page, which follow each other, in one module."""
    return "".join(each.source for each in PARSER.get_examples(page.read_text(encoding="utf-8")))


def module_of_docstrings(path: Path) -> str:
    """The examples of each docstring of a module in a function of their own."""
    functions: list[str] = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            examples = PARSER.get_examples(ast.get_docstring(node) or "")
            lines = "".join(each.source for each in examples).splitlines()
            if lines:
                body = "\n".join(f"    {line}" for line in lines)
                functions.append(f"def {node.name}_{node.lineno}() -> None:\n{body}\n")
    return "\n\n".join(functions)


def is_public(path: Path) -> bool:
    """Whether users see the docstrings: not those of helpers in core, which they may import."""
    parts = path.relative_to(ROOT / "sklstm").parts
    inside = ("_forecasting", "_estimators") if path.stem in ("base", "scorers", "stream") else ()
    if parts[0] == "core":
        return parts[1] in ("cells", "losses", "optimizers.py", "schedules.py")
    return parts[0] in ("preprocessing", "metrics", *inside) or not parts[0].startswith("_")


def write_modules(folder: Path) -> None:
    """Write all modules to a folder."""
    sources = {page: module_of_page(page) for page in PAGES}
    for path in sorted((ROOT / "sklstm").rglob("*.py")):
        if is_public(path):
            sources[path] = module_of_docstrings(path)
    for path in sorted((ROOT / "examples").glob("*.py")):
        sources[path] = path.read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyrightconfig.json").write_text(json.dumps(PYRIGHT), encoding="utf-8")
    for path, source in sources.items():
        if source:
            name = "_".join(path.relative_to(ROOT).with_suffix("").parts)
            (folder / f"{name}.py").write_text(source, encoding="utf-8")


if __name__ == "__main__":
    write_modules(Path(sys.argv[1]))
