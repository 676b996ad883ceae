"""Where the progress of training is printed: terminal, notebook, or a file, pipe or other process.

This is the one place that decides between a line that is rewritten and whole lines.
"""

import multiprocessing
import os
import sys
import threading
import uuid


def choose_output(rewrites):
    """The output that suits `sys.stdout`, in this process and thread.

    Parameters
    ----------
    rewrites : bool
        Whether a line may be rewritten where that is possible.
    """
    # Others would write into the same line.
    is_alone = (
        multiprocessing.parent_process() is None
        and threading.current_thread() is threading.main_thread()
    )
    if rewrites and is_alone:
        publisher = _publisher_of_notebook()
        if publisher is not None:
            return NotebookOutput(publisher)
        if _is_terminal(sys.stdout):
            return TerminalLine()
    return WholeLines()


def _publisher_of_notebook():
    """What displays an output of a notebook's cell; None elsewhere, and while text is captured."""
    if type(sys.stdout).__module__.partition(".")[0] != "ipykernel":
        return None
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "display_pub", None)


def _is_terminal(stream):
    return bool(getattr(stream, "isatty", bool)()) and os.environ.get("TERM") != "dumb"


def _columns(terminal):
    """Number of columns of a terminal, 80 if it does not say."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except (AttributeError, ValueError, OSError):
        return 80


def _write(text):
    """Write text at once, so that other processes cannot write in between."""
    if sys.stdout is not None:  # there is none in a program without a console
        sys.stdout.write(text)
        sys.stdout.flush()


def print_line(text):
    """Print a line, which other processes cannot interrupt."""
    WholeLines().show(text)


class WholeLines:
    """A line for each text; those of another process begin with its number."""

    rewrites = False

    def __init__(self):
        is_worker = multiprocessing.parent_process() is not None
        self._process = f"[process {os.getpid()}] " if is_worker else ""

    def show(self, text):
        """Print a line."""
        _write(f"{self._process}{text}\n")

    def end(self):
        """Nothing is left to do."""


class TerminalLine:
    """One line of a terminal: each text replaces the one before, and is cut at the width."""

    rewrites = True

    def __init__(self):
        self._length = 0  # of the text on the line

    def show(self, text):
        """Replace the line."""
        text = text[: _columns(sys.stdout) - 1]  # in the last column some begin a new line
        _write(f"\r{text}{' ' * (self._length - len(text))}")
        self._length = len(text)

    def end(self):
        """Keep the line, and go to the next one."""
        if self._length:
            _write("\n")


class NotebookOutput:
    """One output of a notebook's cell: each text replaces the one before.

    Parameters
    ----------
    publisher : IPython.core.displaypub.DisplayPublisher
        The notebook's.
    """

    rewrites = True

    def __init__(self, publisher):
        self._publisher = publisher
        self._is_shown = False
        self._display_id = uuid.uuid4().hex

    def show(self, text):
        """Replace the output."""
        self._publisher.publish(
            {"text/plain": text},
            transient={"display_id": self._display_id},
            update=self._is_shown,
        )
        self._is_shown = True

    def end(self):
        """Nothing is left to do."""
