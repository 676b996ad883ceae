"""Nominal and observed coverage of quantiles and of bounds."""

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom

from .._forecasting.coverages import check_coverages, check_quantiles
from ..core.checks import check_flag
from ..core.messages import shorten
from ._drawing import one_axes, pyplot, styled, text_colour
from ._forecast_table import bounds_of, check_table, coverages_in
from ._unwrap import check_estimator, split_steps, unwrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LEVELS = tuple(np.linspace(0.05, 0.95, 19).round(2).tolist())
_CHANCE = 0.95


class CalibrationDisplay:
    """Observed against nominal coverage: whether predicted quantiles or bounds can be trusted.

    A share q of the targets should be below the predicted q-quantile, and a share c of them within
    bounds with a coverage c. Use `from_estimator`, `from_predictions` or `from_backtest` to create
    one.

    Parameters
    ----------
    nominal : array-like of shape (K,)
        Levels of the quantiles, or coverages of the bounds.
    observed : array-like of shape (K,)
        The share of the targets that was observed at each.
    n_targets : int
        Number of targets.
    kind : {"quantiles", "bounds"}, default="quantiles"
        What was predicted.
    name : str, default=None
        Name of the model, in the legend.

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes
    line_ : matplotlib Line2D
        Observed against nominal coverage.
    diagonal_ : matplotlib Line2D
        Where both are equal.
    band_ : matplotlib PolyCollection or None
        Where 95 % of calibrated models would be, if the targets are independent.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.inspection import CalibrationDisplay
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((400, 6))
    >>> y = X[:, -1] + rng.standard_normal(400)
    >>> model = LSTMRegressor(8, loss="gaussian", max_iter=30, random_state=0).fit(X[:200], y[:200])
    >>> display = CalibrationDisplay.from_estimator(model, X[200:], y[200:])
    >>> bool(np.abs(display.observed - display.nominal).max() < 0.2)
    True
    """

    nominal: Any
    observed: Any
    figure_: "Figure"
    ax_: "Axes"
    line_: Any
    diagonal_: Any
    band_: Any

    def __init__(
        self,
        nominal: ArrayLike,
        observed: ArrayLike,
        n_targets: int,
        *,
        kind: str = "quantiles",
        name: str | None = None,
    ) -> None:
        self.nominal = nominal
        self.observed = observed
        self.n_targets = n_targets
        self.kind = kind
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        quantiles: ArrayLike | None = None,
        name: str | None = None,
        ax: Any = None,
        **plot_options: Any,
    ) -> "CalibrationDisplay":
        """Draw the calibration of the quantiles that a regressor predicts.

        Parameters
        ----------
        estimator : LSTMRegressor
            Fitted, with a loss that predicts quantiles, such as "gaussian", or ``Quantile`` with
            several; alone, or at the end of a pipeline or search.
        X, y : array-like
            Data that the estimator was not fitted on.
        quantiles : array-like of shape (Q,), default=None
            Levels of the quantiles. None takes those that were learned, or for a distribution 0.05,
            0.1, ..., 0.95.
        name : str, default=None
            Name in the legend; None is the class of the estimator.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        **plot_options
            Further arguments of `plot`.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the estimator is not fitted, or predicts no quantiles, and as in `from_predictions`.
        """
        pyplot(cls.__name__)
        check_estimator(estimator, ("predict_quantiles", "predict"), _EXPECTED)
        last = unwrap(estimator)
        if not hasattr(last, "predict_quantiles"):
            raise TypeError(
                f"{shorten(last)} has no method predict_quantiles; expected {_EXPECTED}. For the "
                "bounds of a forecaster run sklstm.backtest with coverage=[0.5, 0.8, 0.9], and "
                "draw its table by CalibrationDisplay.from_backtest."
            )
        if quantiles is None:
            quantiles = last._fitted_loss().levels or _LEVELS
        levels = check_quantiles(quantiles)
        for transformer in split_steps(estimator)[0]:
            X = transformer.transform(X)
        predicted = last.predict_quantiles(X, levels)
        name = type(last).__name__ if name is None else name
        return cls.from_predictions(y, predicted, levels, name=name, ax=ax, **plot_options)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        levels: ArrayLike,
        *,
        name: str | None = None,
        ax: Any = None,
        **plot_options: Any,
    ) -> "CalibrationDisplay":
        """Draw the calibration of predicted quantiles or bounds.

        Parameters
        ----------
        y_true : array-like of shape (n, ...), or list of such
            True targets. NaN are left out.
        y_pred : array-like of shape (n, ..., K), list of such, or tuple (lower, upper) of these
            What `predict_quantiles` or `forecast_quantiles` returned; or the two bounds that
            `predict_interval` returned, which lack the last axis for a single coverage.
        levels : float or array-like of shape (K,)
            Levels of the quantiles, or coverages of the bounds.
        name : str, default=None
            Name in the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on, such as the ``ax_`` of another display; None makes a new figure.
        **plot_options
            Further arguments of `plot`.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        ValueError, TypeError
            If levels are not in (0, 1), the shapes do not fit, or no target is known.
        """
        y = _flat(y_true, "y_true")
        known = ~np.isnan(y)
        if not known.any():
            raise ValueError("y_true has no known value; expected the true targets.")
        is_bounds = isinstance(y_pred, tuple)
        levels = check_coverages(levels) if is_bounds else check_quantiles(np.atleast_1d(levels))
        if is_bounds:
            if len(y_pred) != 2:
                raise ValueError(f"y_pred is a tuple of {len(y_pred)}; expected (lower, upper).")
            lower, upper = (_rows(each, len(y), len(levels), "y_pred") for each in y_pred)
            inside = (lower <= y[:, np.newaxis]) & (y[:, np.newaxis] <= upper)
        else:
            inside = y[:, np.newaxis] <= _rows(y_pred, len(y), len(levels), "y_pred")
        order = np.argsort(levels)
        observed = inside[known].mean(axis=0)[order]
        kind = "bounds" if is_bounds else "quantiles"
        display = cls(np.array(levels)[order], observed, int(known.sum()), kind=kind, name=name)
        return display.plot(ax, **plot_options)

    @classmethod
    def from_backtest(
        cls, table: Any, *, name: str | None = None, ax: Any = None, **plot_options: Any
    ) -> "CalibrationDisplay":
        """Draw the calibration of the bounds of a backtest.

        Parameters
        ----------
        table : DataFrame
            What `sklstm.backtest` returned with `coverage`.
        name : str, default=None
            Name in the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        **plot_options
            Further arguments of `plot`.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        ValueError, TypeError
            If the table has no bounds.
        """
        table = check_table(table, ["y", "forecast"], "as sklstm.backtest returns it")
        percents = coverages_in(table.columns)
        if not percents:
            raise ValueError(
                "table has no bounds: run the backtest with coverage, such as "
                "coverage=[0.5, 0.8, 0.9]."
            )
        pairs = [bounds_of(table, percent) for percent in percents]
        bounds = tuple(np.column_stack(side) for side in zip(*pairs, strict=True))
        levels = [percent / 100 for percent in percents]
        y = table["y"].to_numpy(dtype=float)
        return cls.from_predictions(y, bounds, levels, name=name, ax=ax, **plot_options)

    def plot(
        self,
        ax: Any = None,
        *,
        band: bool = True,
        line_kwargs: dict[str, Any] | None = None,
        diagonal_kwargs: dict[str, Any] | None = None,
        band_kwargs: dict[str, Any] | None = None,
    ) -> "CalibrationDisplay":
        """Draw observed against nominal coverage.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure. Those of another display keep its diagonal
            and band.
        band : bool, default=True
            Whether to shade where 95 % of calibrated models would be, if the targets are
            independent. Those of overlapping forecasts are not: the band is then too narrow.
        line_kwargs, diagonal_kwargs : dict, default=None
            Keyword arguments of the lines, see ``Axes.plot``.
        band_kwargs : dict, default=None
            Keyword arguments of the area, see ``Axes.fill_between``.

        Returns
        -------
        CalibrationDisplay
            The display itself.

        Raises
        ------
        ValueError, TypeError
            If an option is not valid.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(self)
        check_flag(band, "band")
        self.ax_ = ax = one_axes(self, ax, (6.8, 4.4))
        self.figure_, self.band_ = ax.figure, None
        lines = {line.get_gid(): line for line in ax.lines}
        self.diagonal_ = lines.get(_DIAGONAL)
        if self.diagonal_ is None:
            if band:
                self.band_ = self._draw_band(ax, band_kwargs)
            style = {"color": text_colour(), "linestyle": ":", "label": "calibrated"}
            style = styled(style | {"gid": _DIAGONAL}, diagonal_kwargs)
            self.diagonal_ = ax.plot([0, 1], [0, 1], **style)[0]
        style = {"marker": "o", "markersize": 4, "clip_on": False}
        style["label"] = None if self.name is None else fill(str(self.name), 24)
        self.line_ = ax.plot(self.nominal, self.observed, **styled(style, line_kwargs))[0]
        what = "level of the quantile" if self.kind == "quantiles" else "nominal coverage"
        ax.set(xlabel=what, ylabel=_Y_LABELS[self.kind], xlim=(0, 1), ylim=(0, 1), aspect="equal")
        ax.set_anchor("W")  # with room for the legend
        ax.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0.0, frameon=False)
        return self

    def _draw_band(self, ax, given):
        shares = np.linspace(0, 1, 201)
        low, high = binom.interval(_CHANCE, self.n_targets, shares)
        label = f"95 % of calibrated\nmodels (n = {self.n_targets})"
        options = {"color": text_colour(), "alpha": 0.15, "linewidth": 0, "label": label}
        low, high = low / self.n_targets, high / self.n_targets
        return ax.fill_between(shares, low, high, **options | (given or {}))


_EXPECTED = (
    "a fitted LSTMRegressor whose loss predicts quantiles, such as loss='gaussian' or "
    "loss=Quantile([0.1, 0.5, 0.9])"
)
_DIAGONAL = "sklstm calibrated"
_Y_LABELS = {"quantiles": "share of y below the quantile", "bounds": "share of y within the bounds"}


def _flat(y, name):
    """All targets in one array, (M,)."""
    parts = list(y) if isinstance(y, (list, tuple)) and any(map(np.ndim, y)) else [y]
    try:
        return np.concatenate([np.asarray(part, dtype=float).ravel() for part in parts])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is {shorten(y, 80)}; expected numbers.") from error


def _rows(values, n_targets, n_levels, name):
    """Predictions as (M, K)."""
    flat = _flat(values, name)
    if flat.size != n_targets * n_levels:
        raise ValueError(
            f"{name} has {flat.size} values, but there are {n_targets} targets and {n_levels} "
            f"level(s): expected {n_targets} * {n_levels}, with the levels in the last axis."
        )
    return flat.reshape(n_targets, n_levels)
