"""The report: reStructuredText that is printed while it grows, and may be written to a file."""

import os
import platform
from pathlib import Path

NONE = "n/a"


class Report:
    """Headings, paragraphs, lists and tables."""

    def __init__(self):
        self._blocks = []

    def title(self, text, underline="-"):
        self._add(f"{text}\n{underline * len(text)}")

    def text(self, text):
        self._add(text)

    def items(self, lines):
        self._add("\n".join(f"- {line}" for line in lines))

    def table(self, header, rows):
        self._add(simple_table(header, rows))

    def write(self, path):
        Path(path).write_text("\n\n".join(self._blocks) + "\n", encoding="utf-8")

    def _add(self, block):
        self._blocks.append(block)
        print(block + "\n", flush=True)


def simple_table(header, rows):
    """A simple table of reStructuredText; numbers, in all columns but the first, to the right."""
    rows = [[str(cell) or NONE for cell in row] for row in [header, *rows]]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    border = "  ".join("=" * width for width in widths)
    lines = [
        "  ".join(
            cell.rjust(width) if k else cell.ljust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([border, lines[0], border, *lines[1:], border])


def spread(values, unit=1.0, times=""):
    """Text of (low, middle, high): the middle and, in brackets, the quartiles."""
    low, middle, high = (number(value / unit) for value in values)
    return f"{middle}{times} [{low}, {high}]"


def number(value):
    """Text of a number with three significant digits."""
    if abs(value) >= 999.5:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def describe_machine():
    """Lines about the processor, without the name of the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    lines = [f"processor: {processor()}", f"cores: {cores}"]
    features = sorted(processor_flags() & {"avx", "avx2", "fma", "avx512f", "avx512bw", "asimd"})
    if features:
        lines.append(f"features: {', '.join(features)}")
    if hasattr(os, "getloadavg"):
        lines.append(f"other load at the start: {os.getloadavg()[0]:.1f} processes")
    return lines


def processor():
    """The model of the processor."""
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def processor_flags():
    """The features of the processor that Linux lists; empty elsewhere."""
    info = _cpuinfo()
    return set((info.get("flags") or info.get("Features") or "").split())


def _cpuinfo():
    """The entries of the first processor in /proc/cpuinfo."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}
