"""Series and forecasts in any of the forms of a forecaster -> one table.

The table has a row for each time of each series, with the columns "series", "time", "y" and
"forecast", and the bounds "lower_90", "upper_90" and so on. Rows without a forecast are the
history.
"""

import re
from typing import Any

import numpy as np

from .._forecasting.time_axis import kind_of
from ..core.messages import shorten, shorten_list

# Name of an index without times: steps after the last observation, as `forecast` numbers them.
_RELATIVE = "step"
_BOUND = re.compile(r"(lower|upper)_([0-9.]+)$")


def coverages_in(columns: Any) -> list[float]:
    """The coverages, in percent, of which a table has both bounds; the largest first."""
    found: dict[float, set] = {}
    for match in filter(None, (_BOUND.match(str(column)) for column in columns)):
        found.setdefault(float(match[2]), set()).add(match[1])
    return sorted((percent for percent, sides in found.items() if len(sides) == 2), reverse=True)


def bounds_of(table: Any, percent: float) -> tuple[np.ndarray, np.ndarray]:
    """The lower and upper bounds of a coverage in percent."""
    lower, upper = (table[f"{side}_{percent:.10g}"].to_numpy() for side in ("lower", "upper"))
    return lower, upper


def forecast_table(pd: Any, forecast: Any, y_history: Any, y_true: Any) -> Any:
    """The table of forecasts with what was before and what followed.

    Parameters
    ----------
    pd : module
        pandas.
    forecast : array, Series, DataFrame, or list or dict of such
        As the method `forecast` returns it.
    y_history, y_true : of the same form, or None

    Returns
    -------
    DataFrame
    """
    forecasts = dict(_series_of(pd, forecast, "forecast"))
    before = {} if y_history is None else dict(_series_of(pd, y_history, "y_history"))
    after = {} if y_true is None else dict(_series_of(pd, y_true, "y_true"))
    for name, others in (("y_history", before), ("y_true", after)):
        if others and not forecasts.keys() <= others.keys():
            raise ValueError(
                f"{name} has the series {shorten_list(list(others))}, but the forecast has "
                f"{shorten_list(list(forecasts))}; expected the same, in the same form."
            )
    parts = [
        _rows_of_one(pd, key, rows, before.get(key), after.get(key))
        for key, rows in forecasts.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _series_of(pd, data, name):
    """Yield the label of each series, and its values: a Series, or a DataFrame with bounds."""
    data = _from_polars(pd, data, name)
    if isinstance(data, dict):
        for key, each in data.items():
            yield from _labelled(key, _series_of(pd, each, name))
    elif isinstance(data, (list, tuple)) and any(np.ndim(each) for each in data):
        for key, each in enumerate(data):
            yield from _labelled(key, _series_of(pd, each, name))
    elif isinstance(data, (pd.Series, pd.DataFrame)) and data.index.nlevels > 1:
        for key, rows in data.groupby(level=0, sort=False):
            yield from _labelled(key, _series_of(pd, rows.droplevel(0), name))
    elif isinstance(data, pd.DataFrame):
        if data.columns.nlevels > 1:
            for key in data.columns.get_level_values(0).unique():
                yield key, data[key]
        elif "forecast" in data.columns:
            yield None, data
        else:
            yield from ((key, data[key]) for key in data.columns)
    elif isinstance(data, pd.Series):
        yield None, data
    else:
        try:
            values = np.asarray(data, dtype=float)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{name} is {shorten(data, 80)}; expected numbers.") from error
        if values.ndim not in (1, 2):
            raise ValueError(
                f"{name} has shape {values.shape}; expected a series, (n_times,) or (n_times, S), "
                "or what the method forecast returns."
            )
        index = pd.RangeIndex(1, len(values) + 1, name=_RELATIVE)
        columns = [(None, values)] if values.ndim == 1 else enumerate(values.T)
        yield from ((key, pd.Series(column, index)) for key, column in columns)


def _labelled(key, series):
    for inner, rows in series:
        yield key if inner is None else (key, inner), rows


def _from_polars(pd, data, name):
    if type(data).__module__.partition(".")[0] != "polars":
        return data
    if not hasattr(data, "columns"):
        return data.to_numpy()
    if any(str(column).endswith("_forecast") for column in data.columns):
        raise TypeError(
            f"{name} is a DataFrame of polars with bounds of several series, which cannot be "
            "drawn. Fit the forecaster on a DataFrame of pandas, y.to_pandas()."
        )
    index = pd.RangeIndex(1, len(data) + 1, name=_RELATIVE)
    frame = pd.DataFrame({column: data[column].to_numpy() for column in data.columns}, index)
    return frame if "forecast" in frame else frame.to_numpy()


def _rows_of_one(pd, label, forecast, before, after):
    """The rows of one series in the table."""
    rows = forecast.to_frame("forecast") if isinstance(forecast, pd.Series) else forecast
    bounds = [column for column in rows.columns if _BOUND.match(str(column))]
    y = np.nan if after is None else _at_times_of(rows.index, after)
    rows = rows.assign(y=y)[["y", "forecast", *bounds]]
    if before is not None and len(before):
        before = before.astype(float).to_frame("y")
        before.index = _times_before(pd, rows.index, before.index)
        known = before[["y"]].reindex(columns=rows.columns)
        index = known.index.append(rows.index).rename(rows.index.name)
        rows = pd.concat([known.reset_index(drop=True), rows.reset_index(drop=True)])
        rows.index = index
    table = rows.rename_axis(index="time" if rows.index.name != _RELATIVE else _RELATIVE)
    table = pd.DataFrame({"time": table.index, **{c: table[c].to_numpy() for c in table}})
    table.insert(0, "series", [label] * len(table))
    return table


def _times_before(pd, times, index):
    """The times of the history; without times, steps up to 0."""
    relative = pd.RangeIndex(1 - len(index), 1, name=_RELATIVE)
    if times.name == _RELATIVE:
        return relative
    if index.name == _RELATIVE:
        raise ValueError(
            f"The forecast has times, such as {times[0]}, but the rows before it have none, or "
            "irregular ones that are not stored. Pass them as y_history, with the index that y had "
            "in fit; or n_history=0."
        )
    _check_same_kind(times, index, "y_history")
    return index


def _at_times_of(times, after):
    """The values of y_true at the times of the forecast, (steps,); NaN if there are none."""
    if _RELATIVE in (times.name, after.index.name):
        values = np.full(len(times), np.nan)
        known = after.to_numpy(dtype=float)[: len(times)]
        values[: len(known)] = known
        return values
    _check_same_kind(times, after.index, "y_true")
    values = after.reindex(times).to_numpy(dtype=float)
    if np.isnan(values).all() and not np.isnan(after.to_numpy(dtype=float)).all():
        raise ValueError(
            f"y_true has times from {after.index[0]} to {after.index[-1]}, none of which is "
            f"forecast: the forecast is of {times[0]} to {times[-1]}. Pass the values at these "
            "times, or an array of them."
        )
    return values


def _check_same_kind(times, index, name):
    if kind_of(times) != kind_of(index):
        raise ValueError(
            f"The forecast has times such as {times[0]!r}, but {name} has {index[0]!r}; expected "
            f"the same kind of index, as in fit, or an array: {name}.to_numpy()."
        )


def check_table(table: Any, needed: list[str], what: str) -> Any:
    """The table with a column "series"; raise unless it has the columns that are needed.

    Parameters
    ----------
    table : DataFrame
        Value passed by the user.
    needed : list of str
    what : str
        What makes such a table.
    """
    if not hasattr(table, "columns") or not hasattr(table, "groupby"):
        raise TypeError(f"table is {shorten(table, 80)}; expected a DataFrame of pandas, {what}.")
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise ValueError(
            f"table has the columns {shorten_list(list(table.columns))}; {shorten_list(missing)} "
            f"missing. Expected a table {what}."
        )
    if not len(table):
        raise ValueError(f"table has no rows; expected those {what}.")
    return table if "series" in table.columns else table.assign(series=None)


def label_of(series: Any, column: Any = None) -> str:
    """The label of a series, or of a column of it."""
    parts = series if isinstance(series, tuple) else (series,)
    return ", ".join(str(part) for part in (*parts, column) if part is not None)
