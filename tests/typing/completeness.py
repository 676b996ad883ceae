"""Check that the types of all public names are known, by pyright's own measure.

``pyright --verifytypes sklstm --outputjson | python completeness.py``, with the package installed.
pyright takes every module whose name has no underscore for public. Here it is what users touch: the
modules of the upper floor, and the classes of `sklstm.core` that they have in their public names.
"""

import importlib
import inspect
import json
import pkgutil
import re
import sys
from types import ModuleType
from typing import Any

import sklstm

# scikit-learn is not typed: these classes have bases that pyright does not know. What users call of
# them is declared in `sklstm/_typing.py`.
FROM_SCIKIT_LEARN = re.compile(
    "Type of (base class|metaclass) unknown"
    "|.*is partially unknown(?!.*Unknown)",  # of one of our classes, which has such a base
    re.DOTALL,
)
DOCUMENTATION = re.compile("No docstring found|One or more default values")  # of overrides, stubs
INSIDE = ("sklstm.core.", "sklstm.training.")


def public_values(module: ModuleType) -> list[Any]:
    """What is in ``__all__``, or what a module without it defines."""
    if hasattr(module, "__all__"):
        return [getattr(module, name) for name in module.__all__]
    values = [value for name, value in vars(module).items() if not name.startswith("_")]
    return [value for value in values if getattr(value, "__module__", None) == module.__name__]


def public_classes() -> set[str]:
    """Full names of the classes in the public names of the upper floor, and of their bases."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(sklstm.__path__, "sklstm."):
        if not module.name.startswith(("sklstm._", "sklstm.core", "sklstm.training")):
            values = public_values(importlib.import_module(module.name))
            classes = (value for value in values if inspect.isclass(value))
            bases = (base for value in classes for base in value.__mro__)
            found |= {f"{base.__module__}.{base.__qualname__}" for base in bases}
    return found


def problems(report: dict[str, Any]) -> tuple[int, list[str]]:
    """The number of public symbols, and a line for each whose type is not known."""
    classes, n_symbols, lines = public_classes(), 0, list[str]()
    for symbol in report["typeCompleteness"]["symbols"]:
        name: str = symbol["name"]
        parts = name.split(".")
        prefixes = {".".join(parts[:i]) for i in range(len(parts) + 1)}
        if name.startswith(INSIDE) and not prefixes & classes:
            continue
        n_symbols += 1
        messages = [each["message"].replace("\xa0", " ") for each in symbol["diagnostics"]]
        for message in messages:
            if not FROM_SCIKIT_LEARN.match(message) and not DOCUMENTATION.match(message):
                lines.append(f"{name}: {message}")
    return n_symbols, lines


if __name__ == "__main__":
    n_symbols, lines = problems(json.load(sys.stdin))
    print(f"{n_symbols} public symbols, {len(lines)} problems")
    sys.exit("\n".join(lines) if lines or not n_symbols else None)
