"""Speed of sklstm, compared with PyTorch, skorch, JAX, ONNX Runtime, and the floor of the machine.

Run ``python benchmarks/speed.py`` on an idle machine. It measures on one thread, for about ten
minutes. ``--threads 1 2`` measures on one thread and then on two; ``--growth`` adds exponents,
memory and import times, ``--n-jobs`` what two jobs bring; ``--all`` is all of these. ``--only``
selects sections. ``--write`` also writes the report to ``benchmarks/RESULTS.rst``. ``--quick`` is a
test of the command in about a minute; its figures mean little.

Compared are the packages that are installed, of torch, skorch, jax, onnxruntime with onnx; the
report names those that are missing.

The contestants are timed in turn, each in a process of its own that is pinned to as many cores as
it may use threads, so that other work on the machine hits all of them alike. Times are medians over
the rounds, with quartiles in brackets; a ratio is the median over the rounds of time / time of
sklstm in the same round, above 1 if sklstm is faster. All use float32 and the same weights. This is
checked: their outputs have to agree, and the changes of their outputs in one training step.
"""

import argparse
import time
from pathlib import Path

from speed_parts.cases import EXTRAS, FITS, SHAPES, TextCase
from speed_parts.comparison import summary_table
from speed_parts.floor import measure_floor
from speed_parts.growth import growth_section, imports_section, memory_section
from speed_parts.jobs import jobs_section
from speed_parts.networks import networks_section
from speed_parts.others import fits_section, streams_section, texts_section
from speed_parts.report import Report, describe_machine
from speed_parts.rounds import Effort
from speed_parts.workers import CONTESTANTS, Workers

RESULTS = Path(__file__).parent / "RESULTS.rst"
SECTIONS = ("shapes", "others", "fits", "texts", "streams")
OURS = ["sklstm", "NumPy kernel"]
FULL, QUICK = Effort(rounds=9, seconds=0.1), Effort(rounds=2, seconds=0.01)
FULL_LONG, QUICK_LONG = Effort(rounds=5, seconds=0.1), QUICK  # of work that takes seconds


def parse(arguments=None):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1], help="default: 1")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, metavar="SECTION")
    parser.add_argument("--growth", action="store_true", help="exponents, memory, import times")
    parser.add_argument("--n-jobs", action="store_true", help="two jobs of sklstm")
    parser.add_argument("--all", action="store_true", help="--threads 1 2 --growth --n-jobs")
    parser.add_argument("--quick", action="store_true", help="a test of the command")
    parser.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args(arguments)
    if options.all:
        options.threads, options.growth, options.n_jobs = [1, 2], True, True
    return options


def introduce(report, workers):
    """Title, machine and versions."""
    report.title("Speed", "=")
    report.text(
        "Written by ``python benchmarks/speed.py --write``, whose docstring explains the columns. "
        "Medians and [quartiles] over the rounds. Ratios are time / time of the first contestant "
        "in the same round: above 1, the first one is faster. The floor is the time of the matrix "
        "products and the tanh alone, at the best rates of this machine."
    )
    report.title("Machine and versions")
    report.items(describe_machine())
    report.text("``sklstm.show_versions()`` of the first contestant:")
    report.items(next(iter(workers)).features())
    versions = {}
    for worker in workers:
        versions |= worker.versions()
    report.text("Packages: " + ", ".join(f"{name} {v}" for name, v in versions.items()) + ".")
    report_missing(report, workers)


def report_missing(report, workers):
    """Name the contestants that do not take part."""
    if workers.missing:
        report.items([f"{name} is missing: {why}" for name, why in workers.missing.items()])


def compare_contestants(report, workers, threads, only, quick):
    """The sections that compare all contestants on a number of threads.

    Returns
    -------
    dict of str to dict
        Geometric means and worst ratios of the eight shapes, by work and threads.
    """
    means = {}
    effort, long = (QUICK, QUICK_LONG) if quick else (FULL, FULL_LONG)
    on = f"{threads} thread" + "s" * (threads > 1)
    if {"shapes", "others"} & set(only):
        floor = measure_floor(workers, threads, duration=0.05 if quick else 0.5)
        report.title(f"Floor, {on}")
        report.text(floor.describe())
    if "shapes" in only:
        report.title(f"Eight shapes, {on}")
        shapes = {case.title: case for case in (SHAPES[:3] if quick else SHAPES)}
        of_work = networks_section(report, workers, shapes, effort, floor)
        means = {f"{work}, {on}": of for work, of in of_work.items()}
    if "others" in only:
        report.title(f"Other networks, {on}")
        report.text("C,H,T,B = 4,32,50,64; the first two: T = 100.")
        networks_section(report, workers, EXTRAS, effort, floor)
    if "fits" in only:
        report.title(f"Whole fits, {on}")
        fits_section(report, workers, FITS[:2] if quick else FITS, long)
    if "texts" in only:
        report.title(f"Language model, {on}")
        texts = [TextCase(dim, windows=1 if quick else 10) for dim in (None, 64)]
        texts_section(report, workers, texts, long)
    if "streams" in only:
        report.title(f"Step by step, {on}")
        streams_section(report, workers, long, full=not quick)
    return means


def measure_growth(report, quick):
    """The sections of ``--growth``, on one thread."""
    effort = QUICK if quick else Effort(rounds=5, seconds=0.05)
    report.title("Growth, 1 thread")
    with Workers([*OURS, "PyTorch", "skorch"], threads=1) as workers:
        growth_section(report, workers, effort, quick)
    report.title("Memory, 1 thread")
    memory_section(report, [*OURS, "skorch"], quick)
    report.title("Imports")
    imports_section(report, 1 if quick else 7)


def main():
    options = parse()
    start, report, means = time.perf_counter(), Report(), {}
    for k, threads in enumerate(options.threads):
        with Workers(CONTESTANTS, threads) as workers:
            if k == 0:
                introduce(report, workers)
            means |= compare_contestants(report, workers, threads, options.only, options.quick)
    if options.quick:
        report.text("This was a test of the command (``--quick``): the figures mean little.")
    if options.growth:
        measure_growth(report, options.quick)
    if options.n_jobs:
        report.title("Jobs")
        jobs_section(report, OURS, QUICK if options.quick else FULL_LONG, options.quick)
    if means:
        report.title("Summary of the eight shapes")
        report.text("Geometric mean of the ratios, and in brackets the worst one.")
        summary_table(report, means)
    report.text(f"Measured in {(time.perf_counter() - start) / 60:.1f} minutes.")
    if options.write:
        report.write(RESULTS)


if __name__ == "__main__":
    main()
