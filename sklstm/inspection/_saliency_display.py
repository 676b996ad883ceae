"""The saliency as a picture."""

from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import Array
from ..core.checks import check_integer
from ..core.messages import shorten
from ._drawing import (
    axes_grid,
    diverging_colours,
    legend_above,
    legend_beside,
    pyplot,
    short_name,
    wrapped,
)
from ._saliency import saliency

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_NAMED = 8  # channels in the legend
_MAX_TICKS = 25  # channels with a tick of their own


class SaliencyDisplay:
    """Gradients of a prediction by the input over time, under this input.

    Parameters
    ----------
    result : Bunch
        What `saliency` returned.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes
        That of the input, and that of the gradients; for the mean over sequences the latter alone.
    ax_ : matplotlib Axes
        The first one.
    lines_ : list of matplotlib Line2D
        The channels of the input; empty for the mean.
    image_ : matplotlib QuadMesh or None
        The gradients of several channels.
    bars_ : matplotlib BarContainer or None
        The gradients of a single channel.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.inspection import SaliencyDisplay
    >>> X = np.random.default_rng(0).standard_normal((100, 6, 3))
    >>> model = LSTMRegressor(4, max_iter=10, random_state=0).fit(X, X[:, -1, 1])
    >>> display = SaliencyDisplay.from_estimator(model, X, index=2)
    >>> display.axes_.shape
    (2,)
    """

    figure_: "Figure"
    ax_: "Axes"
    axes_: Array
    lines_: list[Any]
    image_: Any
    bars_: Any

    def __init__(self, result: Any) -> None:
        self.result = result

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        index: int | None = None,
        ax: Any = None,
        plot_options: dict[str, Any] | None = None,
        **saliency_options: Any,
    ) -> "SaliencyDisplay":
        """Compute the saliency, and draw it.

        Parameters
        ----------
        estimator : LSTMRegressor or LSTMClassifier
            Fitted, see `saliency`.
        X : array-like
            Sequences, in a form accepted by `fit`.
        index : int, default=None
            Number of the sequence to draw; None draws the mean over all.
        ax : matplotlib Axes or array of such, default=None
            Axes to draw on: two for a sequence, one for the mean. None makes a new figure.
        plot_options : dict, default=None
            Further arguments of `plot`.
        **saliency_options
            Further arguments of `saliency`, such as ``target``.

        Returns
        -------
        SaliencyDisplay

        Raises
        ------
        NotFittedError, ValueError, TypeError, ImportError
            As in `saliency` and `plot`.
        """
        pyplot(cls.__name__)
        result = saliency(estimator, X, **saliency_options)
        return cls(result).plot(ax, index=index, **plot_options or {})

    def plot(
        self,
        ax: Any = None,
        *,
        index: int | None = None,
        line_kwargs: dict[str, Any] | None = None,
        image_kwargs: dict[str, Any] | None = None,
        bar_kwargs: dict[str, Any] | None = None,
    ) -> "SaliencyDisplay":
        """Draw the gradients of a sequence under it, or their mean absolute values over all.

        Parameters
        ----------
        ax : matplotlib Axes or array of such, default=None
            Axes to draw on: two for a sequence, one for the mean. None makes a new figure.
        index : int, default=None
            Number of the sequence; None draws the mean of absolute values over all sequences. If
            their lengths differ they are aligned at their last steps.
        line_kwargs : dict, default=None
            Keyword arguments of the lines of the input, see ``Axes.plot``.
        image_kwargs : dict, default=None
            Keyword arguments of the image of several channels, see ``Axes.pcolormesh``.
        bar_kwargs : dict, default=None
            Keyword arguments of the bars of a single channel, see ``Axes.bar``.

        Returns
        -------
        SaliencyDisplay
            The display itself.

        Raises
        ------
        TypeError, ValueError
            If `result` is not what `saliency` returns, there is no such sequence, or the number of
            axes is another.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(self)
        if not (hasattr(self.result, "gradients") and hasattr(self.result, "X")):
            raise TypeError(
                f"result is {shorten(self.result, 80)}; expected what sklstm.inspection.saliency "
                "returns."
            )
        self.lines_, self.image_, self.bars_ = [], None, None
        if index is None:
            gradients, steps = _mean_size(self.result.gradients)
            self.axes_ = axes_grid(self, ax, (1, 1)).ravel()
        else:
            n = len(self.result.gradients)
            if not -n <= check_integer(index, "index", -n) < n:
                raise ValueError(f"index={index} is not one of the {n} sequences.")
            gradients, x = (_one(data, index) for data in (self.result.gradients, self.result.X))
            steps = np.arange(len(x))
            height = 4.0 if x.shape[1] == 1 else min(9.0, 3.6 + 0.2 * x.shape[1])
            self.axes_ = axes_grid(self, ax, (2, 1), sharex=True, figsize=(8, height)).ravel()
            self._draw_input(x, line_kwargs or {})
            legend_above(self.axes_[:1]) if ax is None else legend_beside(self.axes_[0])
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        self.ax_.set_title(self._title(index), fontsize="medium")
        last, what = self.axes_[-1], "gradient" if index is not None else "mean |gradient|"
        if gradients.shape[1] == 1:
            options = {"color": "C1", "width": 0.8} | (bar_kwargs or {})
            self.bars_ = last.bar(steps, gradients[:, 0], **options)
            last.set_ylabel(what)
            last.margins(x=0.01)
        else:
            self._draw_image(last, gradients, steps, what, image_kwargs or {})
        last.set_xlabel("step, counted from the end" if steps[-1] == -1 else "step")
        last.xaxis.get_major_locator().set_params(integer=True)
        return self

    def _title(self, index):
        """The sequence, and which prediction of it, or over what the mean is."""
        labels, n = self.result.get("targets"), len(self.result.gradients)
        if index is None:
            which = f"mean of {n} sequences"
            if labels is not None:
                same = len(set(labels)) == 1
                which += f", class {labels[0]}" if same else ", each for its predicted class"
        else:
            which = f"sequence {index % n}"
            if labels is not None:
                which += f", class {labels[index]}"
            elif "predictions" in self.result:
                which += f", prediction {self.result.predictions[index]:.3g}"
        return wrapped(which, 60)

    def _names(self, n_channels):
        names = self.result.get("feature_names") or range(n_channels)
        return [short_name(name, 30) for name in names]

    def _draw_input(self, x, line_kwargs):
        ax, n_channels = self.axes_[0], x.shape[1]
        for name, channel in zip(self._names(n_channels), x.T, strict=True):
            options = {"marker": "o" if len(x) == 1 else None} | line_kwargs
            self.lines_ += ax.plot(np.arange(len(x)), channel, **options)
            if 1 < n_channels <= _MAX_NAMED:
                self.lines_[-1].set_label(name)
        ax.set_ylabel("input")

    def _draw_image(self, ax, gradients, steps, what, image_kwargs):
        n_channels = gradients.shape[1]
        limit = float(np.nanmax(np.abs(gradients))) or 1.0
        if what == "gradient":
            colours = {"cmap": diverging_colours(), "vmin": -limit, "vmax": limit}
        else:
            colours = {"cmap": "viridis", "vmin": 0, "vmax": limit}
        edges = np.append(steps, steps[-1] + 1) - 0.5
        rows = np.arange(n_channels + 1) - 0.5
        self.image_ = ax.pcolormesh(edges, rows, gradients.T, **colours | image_kwargs)
        if n_channels <= _MAX_TICKS:
            ax.set_yticks(np.arange(n_channels), self._names(n_channels))
        ax.invert_yaxis()
        ax.set_ylabel("channel")
        self.figure_.colorbar(self.image_, ax=ax, label=what, pad=0.01)


def _one(data, index):
    """One of the sequences, (T, C)."""
    rows = np.asarray(data[index])
    return rows[:, np.newaxis] if rows.ndim == 1 else rows


def _mean_size(gradients):
    """Mean of absolute gradients over sequences, (T, C), and the steps, aligned at the last one."""
    if not isinstance(gradients, list):
        sizes = np.abs(gradients).mean(axis=0)
        return sizes.reshape(len(sizes), -1), np.arange(len(sizes))
    longest = max(map(len, gradients))
    total = np.zeros((longest, gradients[0].shape[1]))
    count = np.zeros((longest, 1))
    for rows in gradients:
        total[longest - len(rows) :] += np.abs(rows)
        count[longest - len(rows) :] += 1
    return total / count, np.arange(-longest, 0)
