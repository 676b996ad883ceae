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

    Returns
    -------
    dict of str to (float, float)
        Geometric mean and worst of the ratios, by the heading of their column.
    """
    # The rows with all contestants first: they have the right order.
    rows = sorted(results.values(), key=lambda times: -len(times.names))
    names = list(dict.fromkeys(name for times in rows for name in times.names))
    if not names:
        report.text("No contestant can do this.")
        return {}
    floor = ["floor"] if bounds else []
    report.table([label, *names, *floor], _times(results, names, text, bounds))
    columns = _ratios(results, names, bounds)
    means = {name: _mean_and_worst(name, ratios.values()) for name, ratios in columns.items()}
    if columns:
        lines = [[row, *_cells(columns, row)] for row in results]
        if summary and len(results) > 1:
            for k, what in enumerate(("geometric mean", "worst")):
                lines.append([what, *(number(means[name][k]) for name in columns)])
        report.table([f"time / {names[0]}'s", *columns], lines)
    return means


def summary_table(report, means):
    """Add a table of geometric means, with the worst ratio in brackets.

    Parameters
    ----------
    report : Report
    means : dict of str to dict
        Results of `compare` by the text in the first column.
    """
    names = list(dict.fromkeys(name for row in means.values() for name in row))
    names.sort(key=lambda name: name.endswith(_TO_FLOOR))
    rows = [
        [row, *(f"{number(of[n][0])} [{number(of[n][1])}]" if n in of else NONE for n in names)]
        for row, of in means.items()
    ]
    report.table(["mean [worst]", *names], rows)


def _times(results, names, text, bounds):
    for row, times in results.items():
        cells = [text(row, times.seconds(n)) if n in times.names else NONE for n in names]
        bound = [text(row, (bounds[row],) * 3).split(" ")[0]] if bounds else []
        yield [row, *cells, *bound]


def _ratios(results, names, bounds):
    """Ratios (low, middle, high) by column and row."""
    base, *others = names
    columns = {
        name: {row: times.ratio(name) for row, times in results.items() if name in times.names}
        for name in others
    }
    if bounds:
        columns[base + _TO_FLOOR] = {
            row: tuple(seconds / bounds[row] for seconds in times.seconds(base))
            for row, times in results.items()
        }
    return columns


def _cells(columns, row):
    return [spread(ratios[row]) if row in ratios else NONE for ratios in columns.values()]


def _mean_and_worst(name, ratios):
    """Of the other contestants the smallest ratio is the worst one, of the floor the largest."""
    middles = [middle for _, middle, _ in ratios]
    worst = max if name.endswith(_TO_FLOOR) else min
    return statistics.geometric_mean(middles), worst(middles)


_TO_FLOOR = " / floor"
