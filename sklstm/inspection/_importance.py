"""The permutation importance as a picture."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.checks import check_integer
from ..core.messages import shorten
from ._drawing import one_axes, pyplot, short_name, styled, text_colour
from ._permutation import permutation_importance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NEEDED = ("importances", "importances_mean", "importances_std", "unit", "names", "positions")


class ImportanceDisplay:
    """Permutation importance of channels as bars, or of steps along the sequence.

    Parameters
    ----------
    result : Bunch
        What `permutation_importance` returned.
    name : str, default=None
        Name of the estimator, in the legend.

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes
    bars_ : matplotlib BarContainer or None
        The means, of channels.
    line_ : matplotlib Line2D or None
        The means, of steps or blocks of steps.
    deviations_ : matplotlib PolyCollection or ErrorbarContainer
        The standard deviations over the permutations.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.inspection import ImportanceDisplay
    >>> X = np.random.default_rng(0).standard_normal((100, 6, 3))
    >>> y = X[:, -1, 1]
    >>> model = LSTMRegressor(4, max_iter=10, random_state=0).fit(X, y)
    >>> display = ImportanceDisplay.from_estimator(model, X, y, random_state=0)
    >>> [tick.get_text() for tick in display.ax_.get_yticklabels()][-1]
    '1'
    """

    figure_: "Figure"
    ax_: "Axes"
    bars_: Any
    line_: Any
    deviations_: Any

    def __init__(self, result: Any, *, name: str | None = None) -> None:
        self.result = result
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        name: str | None = None,
        ax: Any = None,
        plot_options: dict[str, Any] | None = None,
        **importance_options: Any,
    ) -> "ImportanceDisplay":
        """Compute the permutation importance, and draw it.

        Parameters
        ----------
        estimator : estimator
            Fitted, see `permutation_importance`.
        X, y : array-like
            Sequences and true targets.
        name : str, default=None
            Name in the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        plot_options : dict, default=None
            Further arguments of `plot`.
        **importance_options
            Further arguments of `permutation_importance`, such as ``unit="step"``.

        Returns
        -------
        ImportanceDisplay

        Raises
        ------
        NotFittedError, ValueError, TypeError, ImportError
            As in `permutation_importance` and `plot`.
        """
        pyplot(cls.__name__)
        result = permutation_importance(estimator, X, y, **importance_options)
        return cls(result, name=name).plot(ax, **plot_options or {})

    def plot(
        self,
        ax: Any = None,
        *,
        max_channels: int = 20,
        bar_kwargs: dict[str, Any] | None = None,
        line_kwargs: dict[str, Any] | None = None,
    ) -> "ImportanceDisplay":
        """Draw the importance.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        max_channels : int, default=20
            Maximum number of channels to draw, the most important ones.
        bar_kwargs : dict, default=None
            Keyword arguments of the bars of channels, see ``Axes.barh``.
        line_kwargs : dict, default=None
            Keyword arguments of the line of steps, see ``Axes.step``.

        Returns
        -------
        ImportanceDisplay
            The display itself.

        Raises
        ------
        TypeError, ValueError
            If `result` is not what `permutation_importance` returns, or an option is not valid.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(self)
        missing = [name for name in _NEEDED if not hasattr(self.result, name)]
        if missing:
            raise TypeError(
                f"result is {shorten(self.result, 80)}, without {missing[0]}; expected what "
                "sklstm.inspection.permutation_importance returns."
            )
        check_integer(max_channels, "max_channels", 1)
        self.bars_ = self.line_ = None
        if self.result.unit == "channel":
            self._draw_channels(ax, max_channels, bar_kwargs or {})
        else:
            self._draw_steps(ax, line_kwargs)
        self.figure_ = self.ax_.figure  # type: ignore[assignment]
        if self.name:
            where: dict[str, Any] = {
                "loc": "lower center",
                "bbox_to_anchor": (0.5, 1.0),
                "frameon": False,
            }
            self.ax_.legend(**where, ncols=3)
        return self

    def _draw_channels(self, ax, max_channels, bar_kwargs):
        """The most important channels as bars, the first one at the top."""
        means, deviations = self.result.importances_mean, self.result.importances_std
        order = np.argsort(np.nan_to_num(means), kind="stable")[-max_channels:]
        height = max(2.0, 1.0 + 0.3 * len(order))
        self.ax_ = ax = one_axes(self, ax, (7, height))
        names = [short_name(self.result.names[k], 34) for k in order]
        places = np.arange(len(order))
        options = {"color": "C0", "label": self.name, "height": 0.7} | bar_kwargs
        self.bars_ = ax.barh(places, means[order], **options)
        self.deviations_ = ax.errorbar(
            *(means[order], places), xerr=deviations[order], fmt="none", ecolor=text_colour()
        )
        ax.set_yticks(places, names)
        ax.axvline(0, color=text_colour(), linewidth=0.8)
        n_left_out = len(means) - len(order)
        ax.set_ylabel("channel" + f" ({n_left_out} more not shown)" * bool(n_left_out))
        ax.set_xlabel(self._label(" "))

    def _draw_steps(self, ax, line_kwargs):
        """The means along the sequence, and one standard deviation around them."""
        means, deviations = self.result.importances_mean, self.result.importances_std
        first, last = np.asarray(self.result.positions).T
        edges = np.concatenate([first - 0.5, last[-1:] + 0.5])
        self.ax_ = ax = one_axes(self, ax, (8, 3.6))
        line = styled({"label": self.name}, line_kwargs)
        self.line_ = ax.step(edges, np.append(means, means[-1]), where="post", **line)[0]
        bounds = [np.append(each, each[-1]) for each in (means - deviations, means + deviations)]
        colour = self.line_.get_color()
        self.deviations_ = ax.fill_between(
            edges, *bounds, step="post", alpha=0.3, linewidth=0, color=colour
        )
        ax.axhline(0, color=text_colour(), linewidth=0.8)
        from_end = ", counted from the end" if last[-1] == -1 else ""
        ax.set(xlabel=f"step{from_end}", ylabel=self._label("\n"))
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.margins(x=0)

    def _label(self, separator):
        """What is drawn, with the lines or the area around it."""
        n_repeats = np.shape(self.result.importances)[1]
        spread = f"{separator}(mean ± std of {n_repeats} permutations)" * (n_repeats > 1)
        return f"decrease of {short_name(self.result.get('scoring', 'the score'), 30)}{spread}"
