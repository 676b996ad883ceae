"""Forecasts with what was before them, their bounds, and what followed."""

from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import Array
from ..core.checks import check_integer
from ..core.messages import shorten, shorten_list
from ._drawing import (
    axes_grid,
    faded,
    legend_above,
    legend_beside,
    on_axis,
    pandas,
    pyplot,
    set_dates,
    styled,
    text_colour,
    wrapped,
)
from ._forecast_table import bounds_of, check_table, coverages_in, forecast_table, label_of
from ._unwrap import check_estimator

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_PANELS = 24
_FROM = "as ForecastDisplay.from_predictions makes it, in the attribute table"


class ForecastDisplay:
    """History, forecast, bounds of prediction intervals, and the truth; a panel for each series.

    Use `from_estimator` or `from_predictions` to create one.

    Parameters
    ----------
    table : DataFrame
        A row for each time, in order, with the columns "time", "y" and "forecast", and for each
        coverage "lower_90" and "upper_90" or the like. Rows without a forecast are the history.
        Several series have their label in a column "series".
    y_label : str, default=None
        Label of the y axis.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes
        One for each series.
    ax_ : matplotlib Axes
        The first one.
    history_lines_, forecast_lines_, truth_lines_ : list of matplotlib Line2D or None
        One for each series; None if there is nothing to draw.
    bounds_ : list of dict of float to matplotlib PolyCollection
        For each series the areas between the bounds, by coverage in percent.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import Ridge
    >>> from sklstm import SequenceForecaster
    >>> from sklstm.datasets import load_airline
    >>> from sklstm.inspection import ForecastDisplay
    >>> airline = load_airline()
    >>> y = pd.Series(airline.passengers, pd.PeriodIndex(airline.month, freq="M"))
    >>> forecaster = SequenceForecaster(Ridge()).fit(None, y[:-12])
    >>> display = ForecastDisplay.from_estimator(
    ...     forecaster, 12, coverage=[0.5, 0.9], y_true=y[-12:], n_history=36
    ... )
    >>> len(display.table), list(display.bounds_[0])
    (48, [90.0, 50.0])
    """

    figure_: "Figure"
    ax_: "Axes"
    axes_: Array
    history_lines_: list[Any]
    forecast_lines_: list[Any]
    truth_lines_: list[Any]
    bounds_: list[Any]

    def __init__(self, table: Any, *, y_label: str | None = None) -> None:
        self.table = table
        self.y_label = y_label

    @classmethod
    def from_estimator(
        cls,
        forecaster: Any,
        steps: int | None = None,
        X: Any = None,
        *,
        coverage: float | list[float] | None = None,
        y_true: Any = None,
        n_history: int | None = None,
        y_history: Any = None,
        series_id: Any = None,
        series: list[Any] | None = None,
        y_label: str | None = None,
        ax: Any = None,
        **plot_options: Any,
    ) -> "ForecastDisplay":
        """Forecast, and draw the forecast.

        Parameters
        ----------
        forecaster : SequenceForecaster or VotingForecaster
            Fitted.
        steps : int, default=None
            Number of steps, as in the method `forecast`.
        X : array-like, default=None
            Exogenous variables at these steps, as in the method `forecast`.
        coverage : float in (0, 1), or list of such, default=None
            Coverage of the intervals to draw; None draws none.
        y_true : array-like of shape (steps,) or (steps, S), or list or dict of such, default=None
            What followed, in the form of y. Of a pandas object the index tells which times.
        n_history : int, default=None
            Number of rows to draw before the forecast; None is twice the number of steps, and at
            least 24.
        y_history : array-like, default=None
            The series up to the forecast, in the form of y. None draws the last rows, which the
            forecaster keeps.
        series_id : array-like, default=None
            The series to which each row of X belongs, if it was passed to `fit`. Without X, the
            ids of the series to forecast; None for all.
        series : list, default=None
            Which series to draw: their ids, columns or numbers. None draws all.
        y_label : str, default=None
            Label of the y axis; None is the name of the Series y, if it has one.
        ax : matplotlib Axes or array of such, default=None
            Axes to draw on, one for each series; None makes a new figure.
        **plot_options
            Further arguments of `plot`.

        Returns
        -------
        ForecastDisplay

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the forecaster is not fitted, and as in `from_predictions` and `plot`.
        ImportError
            If matplotlib or pandas is not installed.
        """
        pyplot(cls.__name__)  # before the forecast, which may take longer
        pandas(cls.__name__)
        check_estimator(forecaster, ("forecast",), "a fitted forecaster")
        options = {"coverage": coverage, "series_id": series_id}
        options = {name: value for name, value in options.items() if value is not None}
        given = (steps,) if X is None else (steps, X)
        forecast = forecaster.forecast(*given, **options)
        if n_history is not None:
            check_integer(n_history, "n_history", 0, " or None")
        if y_history is None and n_history != 0 and hasattr(forecaster, "_last_rows"):
            y_history = forecaster._last_rows(n_history or 10**6)
        return cls.from_predictions(
            forecast,
            y_true=y_true,
            y_history=y_history,
            n_history=n_history,
            series=series,
            y_label=y_label,
            ax=ax,
            **plot_options,
        )

    @classmethod
    def from_predictions(
        cls,
        forecast: Any,
        *,
        y_true: Any = None,
        y_history: Any = None,
        n_history: int | None = None,
        series: list[Any] | None = None,
        y_label: str | None = None,
        ax: Any = None,
        **plot_options: Any,
    ) -> "ForecastDisplay":
        """Draw a forecast.

        Parameters
        ----------
        forecast : array, Series or DataFrame, or list or dict of such
            What the method `forecast` returned, with or without `coverage`.
        y_true : array-like, default=None
            What followed, in the form of y. Of a pandas object the index tells which times.
        y_history : array-like, default=None
            The series up to the forecast, in the form of y.
        n_history : int, default=None
            Number of rows to draw before the forecast; None is twice the number of steps, and at
            least 24.
        series : list, default=None
            Which series to draw: their ids, columns or numbers. None draws all.
        y_label : str, default=None
            Label of the y axis; None is the name of the Series y, if it has one.
        ax : matplotlib Axes or array of such, default=None
            Axes to draw on, one for each series; None makes a new figure.
        **plot_options
            Further arguments of `plot`.

        Returns
        -------
        ForecastDisplay

        Raises
        ------
        ValueError, TypeError
            If the arguments have different forms or kinds of times, if `y_true` has none of the
            times that are forecast, and as in `plot`.
        ImportError
            If matplotlib or pandas is not installed.
        """
        pd = pandas(cls.__name__)
        table = forecast_table(pd, forecast, y_history, y_true)
        if n_history is not None:
            check_integer(n_history, "n_history", 0, " or None")
        parts = [_last_rows(rows, n_history) for _, rows in _by_series(table)]
        if y_label is None:
            names = [getattr(each, "name", None) for each in (y_history, forecast, y_true)]
            y_label = next((name for name in names if isinstance(name, str) and name), None)
        display = cls(pd.concat(parts, ignore_index=True), y_label=y_label)
        return display.plot(ax, series=series, **plot_options)

    def plot(
        self,
        ax: Any = None,
        *,
        series: list[Any] | None = None,
        n_cols: int = 3,
        history_kwargs: dict[str, Any] | None = None,
        forecast_kwargs: dict[str, Any] | None = None,
        truth_kwargs: dict[str, Any] | None = None,
        bounds_kwargs: dict[str, Any] | None = None,
    ) -> "ForecastDisplay":
        """Draw the table.

        Parameters
        ----------
        ax : matplotlib Axes or array of such, default=None
            Axes to draw on, one for each series; None makes a new figure.
        series : list, default=None
            Which series to draw: their labels in the table. None draws all; more than 24 are an
            error.
        n_cols : int, default=3
            Maximum number of panels side by side.
        history_kwargs, forecast_kwargs, truth_kwargs : dict, default=None
            Keyword arguments of the lines, see ``Axes.plot``.
        bounds_kwargs : dict, default=None
            Keyword arguments of the areas, see ``Axes.fill_between``.

        Returns
        -------
        ForecastDisplay
            The display itself.

        Raises
        ------
        ValueError, TypeError
            If the table lacks a column, a series is not in the table, there are more than 24, or
            the axes passed are not one for each series.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(self)
        table = check_table(self.table, ["time", "y", "forecast"], _FROM)
        chosen = _chosen(dict(_by_series(table)), series)
        n_cols = min(check_integer(n_cols, "n_cols", 1), len(chosen))
        n_rows = -(-len(chosen) // n_cols)
        if ax is None:
            grid = axes_grid(self, None, (n_rows, n_cols), sharex=len(chosen) > 1).ravel()
            _hide(grid, len(chosen), n_cols)
        else:
            grid = axes_grid(self, ax, (1, len(chosen))).ravel()
        self.axes_ = grid[: len(chosen)]
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        kwargs = history_kwargs, forecast_kwargs, truth_kwargs, bounds_kwargs
        drawn = [
            _draw(axes, rows, *kwargs)
            for axes, rows in zip(self.axes_, chosen.values(), strict=True)
        ]
        self.history_lines_, self.forecast_lines_, self.truth_lines_, self.bounds_ = map(
            list, zip(*drawn, strict=True)
        )
        for k, (axes, label) in enumerate(zip(self.axes_, chosen, strict=True)):
            if ax is None and k < len(chosen) - n_cols:
                axes.set_xlabel("")
            if ax is not None or k % n_cols == 0:
                axes.set_ylabel(wrapped(self.y_label or "y" * (label is None)))
            if label is not None:
                axes.set_title(wrapped(label_of(label)), fontsize="medium")
        if ax is None and len(chosen) > 1:
            legend_above(self.axes_)
        else:
            legend_beside(self.axes_[-1])
        return self


def _by_series(table):
    """The label and the rows of each series, in their order."""
    for label in dict.fromkeys(table["series"]):
        yield label, table[[each == label for each in table["series"]]]


def _chosen(by_label, series):
    """The series to draw, by label."""
    if series is None:
        if len(by_label) > _MAX_PANELS:
            raise ValueError(
                f"There are {len(by_label)} series, too many for a panel each. Choose up to "
                f"{_MAX_PANELS} of them, such as series={list(by_label)[:3]!r}."
            )
        return by_label
    if isinstance(series, str) or not np.iterable(series) or not len(list(series)):
        raise TypeError(f"series is {shorten(series)}; expected a list of labels of series.")
    unknown = [label for label in series if label not in by_label]
    if unknown:
        raise ValueError(
            f"series={shorten_list(unknown)} not among the series, which are "
            f"{shorten_list(list(by_label))}."
        )
    return {label: by_label[label] for label in series}


def _last_rows(rows, n_history):
    """The forecast, and the last rows before it."""
    is_forecast = rows["forecast"].notna().to_numpy()
    first = int(is_forecast.argmax()) if is_forecast.any() else len(rows)
    n_rows = max(24, 2 * (len(rows) - first)) if n_history is None else n_history
    return rows.iloc[max(0, first - n_rows) :]


def _draw(ax, rows, history_kwargs, forecast_kwargs, truth_kwargs, bounds_kwargs):
    """Draw one series; return its lines and areas."""
    import pandas as pd

    times, label, zone = on_axis(pd.Index(rows["time"]))
    is_forecast = rows["forecast"].notna().to_numpy()
    # All three lines begin at the last observation, so that there is no gap between them.
    ahead = is_forecast.copy()
    n_before = int(is_forecast.argmax())
    y, forecast = rows["y"].to_numpy(float), rows["forecast"].to_numpy(float).copy()
    joined = n_before > 0 and not np.isnan(y[n_before - 1])
    if joined:
        ahead[n_before - 1] = True
        forecast[n_before - 1] = y[n_before - 1]
    ink = text_colour()
    marker = "o" if is_forecast.sum() == 1 and not joined else None
    line = dict(color=ink, label="history", linewidth=1.2)
    history = truth = None
    if n_before:
        history = ax.plot(times[~is_forecast], y[~is_forecast], **styled(line, history_kwargs))[0]
    areas = _draw_bounds(ax, times, rows, n_before - 1 if joined else None, bounds_kwargs)
    if not np.isnan(y[is_forecast]).all():
        line = dict(color=ink, label="truth", linewidth=1.2, linestyle=(0, (1.5, 1)), marker=marker)
        line["zorder"] = 2.1  # above the forecast, a wider line that is seen between the dots
        truth = ax.plot(times[ahead], y[ahead], **styled(line, truth_kwargs))[0]
    line = dict(color="C0", label="forecast", linewidth=1.8, marker=marker)
    central = ax.plot(times[ahead], forecast[ahead], **styled(line, forecast_kwargs))[0]
    if np.issubdtype(times.dtype, np.datetime64):
        set_dates(ax, zone)
    if times.dtype.kind == "i" and times[n_before] == 1:
        label = "steps after the last observation"
    ax.set_xlabel(label)
    ax.margins(x=0.02)
    return history, central, truth, areas


def _draw_bounds(ax, times, rows, origin, bounds_kwargs):
    """Draw the areas between bounds, from the row `origin` on, where they meet."""
    percents = coverages_in(rows.columns)
    areas = {}
    for k, percent in enumerate(percents):
        lower, upper = (bound.astype(float) for bound in bounds_of(rows, percent))
        if origin is not None:
            lower[origin] = upper[origin] = rows["y"].iloc[origin]
        known = ~np.isnan(lower)
        colour = faded("C0", 0.25 + 0.3 * k / max(1, len(percents) - 1), ax)
        options = {"facecolor": colour, "edgecolor": colour, "label": f"{percent:g} % interval"}
        options["linewidth"] = 6 if known.sum() == 1 else 0
        areas[percent] = ax.fill_between(
            times[known], lower[known], upper[known], **options | (bounds_kwargs or {})
        )
    return areas


def _hide(grid, n_used, n_cols):
    """Leave panels empty that are not needed; those above them get ticks of the times."""
    for k in range(n_used, len(grid)):
        grid[k].set_visible(False)
        grid[k - n_cols].xaxis.set_tick_params(labelbottom=True)
