"""Docstrings of classes that share their parameters with a base class."""

import inspect
import re

_ORDER = ("", "Parameters", "Notes", "References", "Examples")


def inherit_sections(cls):
    """Class decorator: add the base class's sections *Parameters* and *References*.

    A section that the class has itself is left alone. Only those parameters are listed that the
    class's own constructor has.

    Parameters
    ----------
    cls : type

    Returns
    -------
    type
        `cls`, with a complete docstring.
    """
    base = cls.__base__
    if cls.__doc__ is None or base.__doc__ is None:  # python -OO
        return cls
    inherited, own = _sections(base), _sections(cls)
    entries = re.split(r"^(?=\w)", inherited["Parameters"], flags=re.MULTILINE)
    names = inspect.signature(cls).parameters
    own.setdefault("Parameters", "".join(e for e in entries if e.partition(" ")[0] in names))
    own.setdefault("References", inherited["References"])
    titles = [title for title in _ORDER if title in own]
    heads = [f"{title}\n{'-' * len(title)}\n" if title else "" for title in titles]
    parts = [head + own[title].strip() for head, title in zip(heads, titles, strict=True)]
    cls.__doc__ = "\n\n".join(parts) + "\n"
    return cls


def _sections(cls):
    """The sections of a docstring by title; the text before the first one has the title ''."""
    parts = re.split(r"^(\w+)\n-+\n", inspect.cleandoc(cls.__doc__), flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
