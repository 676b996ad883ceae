"""Files that are written whole or not at all."""

import os
import stat
import uuid
from contextlib import suppress
from pathlib import Path

# The end of the names of files that are being written.
UNFINISHED = ".unfinished"


def write_whole(path, parts):
    """Write a file such that its name has the old content or all of the new one.

    A new file is written beside it, and renamed when it is on the disk. After a crash of the
    process or the machine, a file whose name ends with `UNFINISHED` may remain. A file that is
    replaced leaves its mode to the new one, and a link remains a link to it.

    Parameters
    ----------
    path : Path
    parts : list of bytes-like

    Raises
    ------
    OSError
        If it cannot be written, or is a folder, device or pipe. Nothing has changed then.
    """
    path = path.resolve()
    mode = _mode_of(path)
    new = path.with_name(f".{path.name}.{uuid.uuid4().hex}{UNFINISHED}")
    try:
        with open(new, "xb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            new.chmod(mode)
        os.replace(new, path)
    except BaseException:  # Ctrl-C, too
        with suppress(OSError):
            new.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder):
    """Write the names in a folder to the disk, where the system can do that."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_whole(path):
    """Return the bytes of a regular file.

    Parameters
    ----------
    path : Path

    Raises
    ------
    OSError
        If it cannot be read, or is a folder, device or pipe.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(f"{os.fspath(path)!r} is not a file")
    return Path(path).read_bytes()


def _mode_of(path):
    """The mode of a file to replace, or None if there is none; an OSError if it cannot be one."""
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        kind = IsADirectoryError if stat.S_ISDIR(mode) else OSError
        raise kind("it is not a file")
    return stat.S_IMODE(mode)
