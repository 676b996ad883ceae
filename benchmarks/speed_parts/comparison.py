"""Two tables of a comparison: times, and times relative to those of the first contestant."""

import statistics

from .report import NONE, number, spread


def compare(report, label, results, text, bounds=None, *, summary=True):
    """Add the tables.

    Parameters
    ----------
    report : Report
    label : str
        Heading of the first column.
    results : dict of str to Times
        By the text in the first column.
    text : callable
        ``text(row, seconds)`` formats (low, middle, high) of a row.
    bounds : dict of str to float or None
        The floor of each row, in seconds.
    summary : bool
        Whether the ratios get a geometric mean and the worst one.
    """
    # The rows with all contestants first: they have the right order.
    rows = sorted(results.values(), key=lambda times: -len(times.names))
    names = list(dict.fromkeys(name for times in rows for name in times.names))
    if not names:
        report.text("No contestant can do this.")
        return
    report.table([label, *names, *_floor_name(bounds)], _times(results, names, text, bounds))
    if len(names) > 1 or bounds:
        base, *others = names
        floor = [f"{base} / floor"] if bounds else []
        header = [f"time / {base}'s", *others, *floor]
        report.table(header, _ratios(results, base, others, bounds, summary))


def _floor_name(bounds):
    return ["floor"] if bounds else []


def _times(results, names, text, bounds):
    for row, times in results.items():
        cells = [text(row, times.seconds(n)) if n in times.names else NONE for n in names]
        bound = [text(row, (bounds[row],) * 3).split(" ")[0]] if bounds else []
        yield [row, *cells, *bound]


def _ratios(results, base, others, bounds, summary):
    """Rows of ratios, and below them the geometric means and the worst ones."""
    columns = {name: [] for name in others}
    distances = []
    for row, times in results.items():
        cells = []
        for name in others:
            if name not in times.names:
                cells.append(NONE)
                continue
            ratio = times.ratio(name)
            columns[name].append(ratio[1])
            cells.append(spread(ratio))
        if bounds:
            distances.append(times.median(base) / bounds[row])
            cells.append(number(distances[-1]))
        yield [row, *cells]
    if summary and len(results) > 1:
        mean = statistics.geometric_mean
        for what, of_ratios, of_distances in (("geometric mean", mean, mean), ("worst", min, max)):
            cells = [number(of_ratios(values)) if values else NONE for values in columns.values()]
            yield [what, *cells, *([number(of_distances(distances))] if bounds else [])]
