"""KeyboardInterrupt at a line of a call."""

import sys


def interrupt(call, at_line):
    """Raise KeyboardInterrupt before the line of this number in a call; return whether it came."""
    came, n_lines = False, 0

    def trace(frame, event, argument):
        nonlocal came, n_lines
        n_lines += event == "line"
        if n_lines == at_line and not came:
            came = True
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    try:
        sys.settrace(trace)  # for functions that are called from here
        call()
    except KeyboardInterrupt:
        pass
    finally:
        sys.settrace(before)
    return came
