"""Sections: whole fits, texts, streams and recursive forecasts, check_estimator."""

import sys

from .cases import StreamCase
from .comparison import compare
from .report import number, spread
from .rounds import in_turns, measure


def fits_section(report, workers, cases, effort):
    """Whole fits through scikit-learn's interface: the same network, batches and epochs."""
    results = {}
    for case in cases:
        print(f"... fit {case.title}", file=sys.stderr, flush=True)
        workers.prepare(case)
        results[case.title] = measure(workers, case, "fit", effort)
        workers.forget()
    compare(report, "C,H,T,B; seconds", results, lambda row, seconds: spread(seconds))


def texts_section(report, workers, cases, effort):
    """An epoch of a language model, in thousands of characters per second."""
    results, sizes = {}, {}
    for case in cases:
        print(f"... text, {case.title}", file=sys.stderr, flush=True)
        workers.prepare(case)
        results[case.title] = measure(workers, case, "epoch", effort)
        sizes[case.title] = len(case.text)
        workers.forget()

    def per_second(row, seconds):
        low, middle, high = seconds
        return spread([sizes[row] / s for s in (high, middle, low)], 1e3)

    report.text(
        "128 units, 32 strips of one text, windows of 100 characters with the state carried over; "
        "clipping and Adam. sklstm also reads the text; PyTorch begins with numbered characters."
    )
    compare(report, "1,000 characters/s", results, per_second)


def streams_section(report, workers, effort, full):
    """Work that is done step by step; with `full`, also scikit-learn's checks."""
    case = StreamCase() if full else StreamCase(steps=50)
    print("... streams", file=sys.stderr, flush=True)
    workers.prepare(case)
    push, forecast = "push into a stream, us", "step of a recursive forecast, ms"
    results = {
        push: measure(workers, case, "push", effort),
        forecast: measure(workers, case, "forecast", effort),
    }

    def text(row, seconds):
        return spread(seconds, 1e-6 if row == push else 1e-3 * case.steps)

    report.text(
        f"A stream of {case.C} channels; a forecast of {case.steps:,} steps by one member of "
        f"SequenceForecaster, with a window of {case.window}. {case.H} units. PyTorch is called "
        "without a wrapper."
    )
    compare(report, "work", results, text, summary=False)
    if full:
        report.text(f"{_checks(workers, case)}.")
    workers.forget()


def _checks(workers, case):
    able = {
        worker.name: lambda worker=worker: worker.processor_seconds(case, "check_estimator")
        for worker in workers.those_with(case, "check_estimator")
    }
    times = in_turns(able, 1)
    texts = [f"{number(times.median(name))} s ({name})" for name in times.names]
    return "Processor time of check_estimator(LSTMRegressor()): " + ", ".join(texts)
