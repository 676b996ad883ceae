"""Forecasts in the form of y: pandas with the future times for pandas, arrays for arrays.

Forecasters forecast arrays (steps, S) or, with the bounds of intervals, (steps, S, 1 + 2 K), as
dicts by series id. What y was in fit is kept as `_form`, a dict of plain values.
"""

import numpy as np

from .future_times import future_index, step_index
from .time_axis import kind_of


def arrays_in_form(form, by_id, axis=1):
    """Arrays (steps, S, ...) by series id, in the form of y: an array, or a list or dict of such.

    The `axis` of S is left out if y was one-dimensional.
    """
    arrays = {key: rows.take(0, axis) if form["flat"] else rows for key, rows in by_id.items()}
    if form["form"] == "long":
        return arrays
    return list(arrays.values()) if form["form"] == "list" else next(iter(arrays.values()))


def forecast_in_form(form, by_id, times):
    """Forecasts (steps, S) by series id, in the form and the container of y.

    `times` is a function that returns an index, or None, for each series.
    """
    if form["container"] is None:
        return arrays_in_form(form, by_id)
    if form["container"] == "polars":
        return _polars(form, by_id, form["columns"] or range(form["width"]))
    import pandas as pd

    def as_pandas(rows, index):
        if form["flat"]:
            return pd.Series(rows[:, 0], index, name=form["name"])
        return pd.DataFrame(rows, index, form["columns"])

    return _in_pandas(form, by_id, times(), as_pandas)


def table_in_form(form, by_id, times, names):
    """Forecasts and bounds (steps, S, len(names)) by series id, as DataFrames in the form of y."""
    if form["container"] == "polars":
        columns = form["columns"] or range(form["width"])
        by_id = {key: rows.reshape(len(rows), -1) for key, rows in by_id.items()}
        form = form | {"flat": False}
        one = form["width"] == 1
        return _polars(form, by_id, names if one else [f"{c}_{n}" for c in columns for n in names])
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "forecast(coverage=...) returns a DataFrame and needs pandas. Install it, or use "
            "predict_interval, which returns arrays."
        ) from error

    columns = names
    if not form["flat"]:
        columns = form["columns"] or range(form["width"])
        columns = pd.MultiIndex.from_product([columns, names])

    def as_pandas(rows, index):
        return pd.DataFrame(rows.reshape(len(rows), -1), index, columns)

    return _in_pandas(form, by_id, times(), as_pandas)


def times_ahead(summaries, ids, steps, panel):
    """The index of the next steps of each series; None where they are not known.

    They are those of X, if `panel` has any, or else those that follow the times observed.
    """
    times = [None] * len(ids) if panel is None else panel.indexes
    return [
        given if kind_of(given) not in (None, "number") else future_index(summaries[key], steps)
        for key, given in zip(ids, times, strict=True)
    ]


def _in_pandas(form, by_id, times, as_pandas):
    """`as_pandas` of all series: one, a list, or the rows of all with their ids in the index."""
    import pandas as pd

    if any(index is None for index in times):
        times = [step_index(len(rows)) for rows in by_id.values()]
    else:
        times = [index.rename(form["time_name"]) for index in times]
    if form["form"] != "long":
        tables = [as_pandas(*each) for each in zip(by_id.values(), times, strict=True)]
        return tables if form["form"] == "list" else tables[0]
    ids = np.repeat(np.asarray(list(by_id)), [len(index) for index in times])
    ids = pd.Index(ids, name=form["id_name"] or "series_id")
    index = pd.MultiIndex.from_arrays([ids, times[0].append(times[1:])])
    return as_pandas(np.concatenate(list(by_id.values())), index)


def _polars(form, by_id, columns):
    """Series or DataFrames of polars; with ids, a DataFrame that has them as its first column."""
    import polars as pl

    def frame(rows):
        return pl.DataFrame({str(c): rows[:, k] for k, c in enumerate(columns)})

    if form["form"] == "long":
        name = form["name"] if form["flat"] else None
        rows = np.concatenate(list(by_id.values()))
        steps = [len(each) for each in by_id.values()]
        ids = {form["id_name"] or "series_id": np.repeat(list(by_id), steps)}
        values = frame(rows) if name is None else pl.DataFrame({name: rows[:, 0]})
        return pl.DataFrame(ids).hstack(values)
    if form["flat"]:
        results = [pl.Series(form["name"] or "", rows[:, 0]) for rows in by_id.values()]
    else:
        results = [frame(rows) for rows in by_id.values()]
    return results if form["form"] == "list" else results[0]


def container_of(y):
    """The library of y if forecasts are to be returned in it: "pandas", "polars", or None."""
    library = type(y).__module__.partition(".")[0]
    return library if library in ("pandas", "polars") else None


def names_in(y, series_id, times):
    """The names that y, its times and series_id have, as entries of `_form`."""
    return {
        "container": container_of(y),
        "name": None if hasattr(y, "columns") else getattr(y, "name", None),
        "time_name": getattr(times, "name", None),
        "id_name": getattr(series_id, "name", None),
    }
