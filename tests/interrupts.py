"""KeyboardInterrupt at a line of a call."""

import sys
from contextvars import copy_context

import sklstm


class CtrlC:
    """Context that counts the lines of sklstm that are executed, and presses Ctrl-C at one of them.

    Attributes
    ----------
    line : int or None
        Number of the line, from 1; None to count only.
    count : int
        Number of lines so far.
    """

    def __init__(self, line=None):
        self.line, self.count = line, 0

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *error):
        sys.settrace(self._before)

    @property
    def pressed(self):
        """Whether the line was executed."""
        return self.line is not None and self.count >= self.line

    def _trace(self, frame, event, argument):
        if not frame.f_globals.get("__name__", "").startswith(sklstm.__name__):
            return None
        if event == "line":
            self.count += 1
            if self.count == self.line:
                raise KeyboardInterrupt
        return self._trace


def interrupt(call, at_line):
    """Raise KeyboardInterrupt before the line of this number in a call; return whether it came."""
    came, n_lines = False, 0

    def trace(frame, event, argument):
        nonlocal came, n_lines
        # The locks of cached_property, before Python 3.12, and of the module warnings, since 3.14,
        # would not be released; and hypothesis has a callback of the garbage collector, in which an
        # exception is lost.
        names = "functools", "warnings", "hypothesis", __file__
        is_left_out = any(name in frame.f_code.co_filename for name in names)
        n_lines += event == "line" and not is_left_out
        if n_lines == at_line and not came:
            came = True
            raise KeyboardInterrupt
        return trace

    def call_until_it_comes():
        # Caught here, so that generators that are left unfinished are closed in the same context.
        try:
            call()
        except KeyboardInterrupt:
            pass

    before = sys.gettrace()
    try:
        sys.settrace(trace)  # for functions that are called from here
        # An interrupt between two lines of contextlib leaves it changed.
        copy_context().run(call_until_it_comes)
    finally:
        sys.settrace(before)
    return came
