"""Errors of a backtest, by step ahead and over time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import Array
from ..backtesting import backtest
from ..core.checks import check_flag, check_option
from ..core.messages import shorten
from ._drawing import (
    axes_grid,
    legend_above,
    legend_beside,
    on_axis,
    pandas,
    pyplot,
    set_dates,
    short_name,
    styled,
    text_colour,
)
from ._forecast_table import check_table, label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FROM = "as sklstm.backtest returns it"
_MAX_NAMED = 12  # series with colours and names of their own
_N_COLOURS = 10


class BacktestDisplay:
    """Errors of the forecasts of a backtest, by step ahead and by cutoff.

    With several series each one is a thin line, and their mean a thick one.

    Parameters
    ----------
    table : DataFrame
        What `sklstm.backtest` returned.
    name : str, default=None
        Name of the forecaster, in the legend.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes
        That of the steps ahead, and that of the cutoffs.
    ax_ : matplotlib Axes
        The first one.
    lines_ : list of matplotlib Line2D
        The thick line on each of the axes.
    series_lines_ : list of list of matplotlib Line2D
        On each of the axes the thin lines of the series; empty for one series.
    errors_ : list of Series
        The values of the thick lines, by step and by cutoff.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> from sklstm import SequenceForecaster, backtest
    >>> from sklstm.datasets import load_airline
    >>> from sklstm.inspection import BacktestDisplay
    >>> table = backtest(
    ...     SequenceForecaster(Ridge()), load_airline().passengers, horizon=6, initial=120, step=6
    ... )
    >>> display = BacktestDisplay.from_predictions(table, name="ridge regression")
    >>> display.errors_[0].index.tolist()
    [1, 2, 3, 4, 5, 6]
    """

    figure_: "Figure"
    ax_: "Axes"
    axes_: Array
    lines_: list[Any]
    series_lines_: list[list[Any]]
    errors_: list[Any]

    def __init__(self, table: Any, *, name: str | None = None) -> None:
        self.table = table
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        forecaster: Any,
        y: Any,
        X: Any = None,
        *,
        horizon: int,
        initial: Any,
        name: str | None = None,
        ax: Any = None,
        plot_options: dict[str, Any] | None = None,
        **backtest_options: Any,
    ) -> "BacktestDisplay":
        """Run a backtest, and draw its errors.

        Parameters
        ----------
        forecaster : forecaster
            See `sklstm.backtest`.
        y, X : array-like
            See `sklstm.backtest`.
        horizon : int
            Number of steps to forecast from each cutoff.
        initial : int, float in (0, 1), time, or "fitted"
            What is known at the first cutoff, see `sklstm.backtest`.
        name : str, default=None
            Name in the legend.
        ax : array of two matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        plot_options : dict, default=None
            Further arguments of `plot`.
        **backtest_options
            Further arguments of `sklstm.backtest`, such as ``step`` or ``refit``.

        Returns
        -------
        BacktestDisplay

        Raises
        ------
        ValueError, TypeError, ImportError
            As in `sklstm.backtest` and `plot`.
        """
        pyplot(cls.__name__)  # before the backtest, which may take long
        table = backtest(forecaster, y, X, horizon=horizon, initial=initial, **backtest_options)
        return cls.from_predictions(table, name=name, ax=ax, **plot_options or {})

    @classmethod
    def from_predictions(
        cls, table: Any, *, name: str | None = None, ax: Any = None, **plot_options: Any
    ) -> "BacktestDisplay":
        """Draw the errors of a backtest.

        Parameters
        ----------
        table : DataFrame
            What `sklstm.backtest` returned.
        name : str, default=None
            Name in the legend.
        ax : array of two matplotlib Axes, default=None
            Axes to draw on, such as the ``axes_`` of another display; None makes a new figure.
        **plot_options
            Further arguments of `plot`.

        Returns
        -------
        BacktestDisplay

        Raises
        ------
        ValueError, TypeError, ImportError
            As in `plot`.
        """
        return cls(table, name=name).plot(ax, **plot_options)

    def plot(
        self,
        ax: Any = None,
        *,
        error: str | Callable[..., Any] = "absolute",
        each_series: bool = True,
        line_kwargs: dict[str, Any] | None = None,
        series_kwargs: dict[str, Any] | None = None,
    ) -> "BacktestDisplay":
        """Draw the errors.

        Parameters
        ----------
        ax : array of two matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        error : {"absolute", "squared", "percentage"} or callable, default="absolute"
            The mean absolute error, the root of the mean squared error, or the symmetric mean
            absolute percentage error, with which series of different sizes can be compared. A
            callable ``error(y, forecast)`` returns an error for each pair, and the mean is drawn.
        each_series : bool, default=True
            Whether to draw the lines of the series, if there are several.
        line_kwargs, series_kwargs : dict, default=None
            Keyword arguments of the thick and the thin lines, see ``Axes.plot``.

        Returns
        -------
        BacktestDisplay
            The display itself.

        Raises
        ------
        ValueError, TypeError
            If the table is not one of a backtest, an option is not valid, or the axes passed are
            not two.
        ImportError
            If matplotlib or pandas is not installed.
        """
        pyplot(self)
        table = check_table(self.table, ["cutoff", "step", "y", "forecast"], _FROM)
        check_flag(each_series, "each_series")
        table, root, label = _with_errors(pandas(self), table, error)
        series = [rows for _, rows in table.groupby("_label", sort=False)]
        thin = series if each_series and len(series) > 1 else []
        names = [short_name(rows["_label"].iloc[0], 32) for rows in thin]
        has_many = 4 < len(thin) <= _MAX_NAMED
        size = (13 if has_many else 10), 3.8
        self.axes_ = axes_grid(self, ax, (1, 2), figsize=size, sharey=True).ravel()
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        self.errors_, self.lines_, self.series_lines_ = [], [], []
        thick: dict[str, Any] = {"label": self.name, "marker": "o", "markersize": 4}
        if len(series) > 1:
            thick["label"] = self.name or f"mean of {len(series)} series"
        if thin:
            thick |= {"color": text_colour(), "linewidth": 2.5}
        for axes, by in zip(self.axes_, ("step", "cutoff"), strict=True):
            means = [_means(rows, by, root) for rows in series]
            lines = [
                _line(axes, mean, series_kwargs, _thin(k, names))
                for k, mean in enumerate(means[: len(thin)])
            ]
            self.series_lines_.append(lines)
            self.errors_.append(means[0] if len(means) == 1 else _mean_of(means))
            self.lines_.append(_line(axes, self.errors_[-1], line_kwargs, thick))
        self._label_axes(label)
        if has_many:
            legend_beside(self.axes_[1])
        else:
            legend_above(self.axes_)
        return self

    def _label_axes(self, label):
        by_step, by_cutoff = self.axes_
        by_step.set(xlabel="steps ahead", ylabel=label)
        by_step.xaxis.get_major_locator().set_params(integer=True)
        _, axis_label, zone = on_axis(self.errors_[1].index)
        by_cutoff.set(xlabel=f"cutoff{axis_label.removeprefix('time').removeprefix('cutoff')}")
        if np.issubdtype(on_axis(self.errors_[1].index)[0].dtype, np.datetime64):
            set_dates(by_cutoff, zone)
        for axes in self.axes_:
            axes.set_ylim(bottom=0, auto=None)


_ERRORS = {
    "absolute": (lambda y, f: np.abs(y - f), "mean absolute error"),
    "squared": (lambda y, f: (y - f) ** 2, "root mean squared error"),
    "percentage": (
        lambda y, f: 200 * np.abs(y - f) / np.maximum(np.abs(y) + np.abs(f), 1e-300),
        "symmetric percentage error",
    ),
}


def _with_errors(pd, table, error):
    """The table with the errors of its rows; whether the mean is squared; the name of the error."""
    if not callable(error):
        check_option(error, "error", list(_ERRORS))
    function, label = (
        (error, getattr(error, "__name__", "error")) if callable(error) else _ERRORS[error]
    )
    y, forecast = (table[name].to_numpy(dtype=float) for name in ("y", "forecast"))
    errors = np.asarray(function(y, forecast), dtype=float)
    if errors.shape != y.shape:
        raise ValueError(
            f"error={shorten(error)} returned an array of shape {errors.shape}; expected an error "
            f"for each row, {y.shape}."
        )
    columns = table["column"] if "column" in table else [None] * len(table)
    labels = [label_of(*pair) for pair in zip(table["series"], columns, strict=True)]
    table = table[["cutoff", "step"]].assign(_error=errors, _label=labels)
    table = table[~np.isnan(errors)]
    if not len(table):
        raise ValueError("table has no row with a known y and forecast.")
    return table, error == "squared", label.replace("_", " ")


def _means(rows, by, root):
    means = rows.groupby(by)["_error"].mean()
    return np.sqrt(means) if root else means


def _mean_of(means):
    """The mean over series, at the steps or cutoffs that any of them has."""
    import pandas as pd

    return pd.concat(means, axis=1).mean(axis=1).sort_index()


def _thin(k, names):
    """The style of the line of series k: with a colour and a name, unless there are too many."""
    if len(names) > _MAX_NAMED:
        return {"linewidth": 0.7, "color": "0.5", "alpha": max(0.1, min(0.6, 20 / len(names)))}
    style = "-" if k < _N_COLOURS else "--"
    colour = f"C{k % _N_COLOURS}"
    return {"label": names[k], "linewidth": 1, "color": colour, "alpha": 0.8, "linestyle": style}


def _line(axes, means, given, defaults):
    values = on_axis(means.index)[0]
    return axes.plot(values, means.to_numpy(), **styled(defaults, given))[0]
