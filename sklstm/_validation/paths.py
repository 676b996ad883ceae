"""Paths of files that are written or read."""

import os
from contextlib import contextmanager
from typing import Any

from ..core.messages import shorten


def check_path(path: Any, name: str) -> str:
    """The absolute path as text: other processes may have another working folder.

    Raises
    ------
    TypeError, ValueError
        If it is no path, or empty.
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise TypeError(f"{name}={shorten(path)} must be a path: a str or a pathlib.Path.")
    if not os.fspath(path):
        raise ValueError(f"{name} is empty; pass the path to write to.")
    if "://" in os.fspath(path):
        raise ValueError(f"{name}={shorten(path)} is an address; pass the path of a local file.")
    return os.path.abspath(path)


@contextmanager
def name_in_os_errors(writer, name, path, expected):
    """Context in which an OSError says what cannot write where, and what it needs.

    `writer` is the name of a function, or a callback.
    """
    try:
        yield
    except OSError as error:
        writer = writer if isinstance(writer, str) else type(writer).__name__
        raise type(error)(
            f"{writer} cannot write to {name}={path!r}: "
            f"{error.strerror or error}. Pass {expected}, and that you may write to."
        ) from error
