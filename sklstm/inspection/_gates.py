"""What the gates of a network do while it reads a sequence."""

from typing import TYPE_CHECKING, Any

import numpy as np

from .._typing import Array
from .._validation.sequences import read_sequences
from ..core.checks import check_integer
from ..core.messages import shorten, shorten_list
from ..core.patches import n_patches
from ._drawing import axes_grid, diverging_colours, legend_above, pyplot, short_name
from ._unwrap import channel_names, final_estimator

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_NAMED = 8  # channels in the legend
_ORDER = "input", "forget", "cell", "output", "reset", "update", "new"
_TITLES = {"cell": "cell candidate", "h": "hidden state h", "c": "cell state c"}


class GateDisplay:
    """Gates, cell state and hidden state of the top layer over time, under the input.

    Each row of an image is a unit, each column a step. With two directions they are side by side;
    the second one reads the sequence from its end.

    Parameters
    ----------
    x : ndarray of shape (T, C)
        The sequence.
    activations : dict of str to ndarray of shape (K, D)
        Gates and states by name, at K steps of the network, in the order of time.
    n_directions : int, default=1
        D is the number of units times this.
    patch_length : int, default=1
        Number of steps of the sequence in one step of the network.
    channel_names : list of str, default=None
        Names of the C channels.

    Attributes
    ----------
    figure_ : matplotlib Figure
    axes_ : ndarray of matplotlib Axes, of shape (1 + n_images, n_directions)
        The input in the first row, and an image in each further one.
    ax_ : matplotlib Axes
        The first one.
    lines_ : list of matplotlib Line2D
        The channels of the input, in the first column.
    images_ : dict of str to list of matplotlib QuadMesh
        By name, one for each direction.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.inspection import GateDisplay
    >>> X = np.random.default_rng(0).standard_normal((60, 20))
    >>> model = LSTMRegressor(4, max_iter=5, random_state=0).fit(X, X[:, -1])
    >>> display = GateDisplay.from_estimator(model, X)
    >>> list(display.images_)
    ['input', 'forget', 'cell', 'output', 'c', 'h']
    """

    figure_: "Figure"
    ax_: "Axes"
    axes_: Array
    lines_: list[Any]
    images_: dict[str, list[Any]]

    def __init__(
        self,
        x: np.ndarray,
        activations: dict[str, np.ndarray],
        *,
        n_directions: int = 1,
        patch_length: int = 1,
        channel_names: list[str] | None = None,
    ) -> None:
        self.x = x
        self.activations = activations
        self.n_directions = n_directions
        self.patch_length = patch_length
        self.channel_names = channel_names

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, index: int = 0, ax: Any = None, **plot_options: Any
    ) -> "GateDisplay":
        """Run a network over a sequence, and draw its gates and states.

        Parameters
        ----------
        estimator : LSTMRegressor or LSTMClassifier
            Fitted; alone, or at the end of a pipeline or search, whose other steps are applied to
            X.
        X : array-like
            Sequences, in a form accepted by `fit`.
        index : int, default=0
            Number of the sequence to draw.
        ax : array of matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        **plot_options
            Further arguments of `plot`.

        Returns
        -------
        GateDisplay

        Raises
        ------
        NotFittedError, ValueError, TypeError
            If the estimator is not fitted or X is not valid, if there is no such sequence, or the
            cell has no gates to show.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(cls.__name__)
        network, X = final_estimator(estimator, X, cls.__name__)
        _, sequences = network._read_to_predict(X)
        x = _one(read_sequences(X), _checked_index(index, len(sequences)))
        predictor = network._fitted_predictor()
        own = sequences.take(np.array([index % len(sequences)]))
        gates, states = predictor.gates(own), predictor.all_states(own)
        if not gates:
            cell = predictor.network.cell
            raise ValueError(
                f"The cell {shorten(cell)} names no gates. Name those that its step returns in the "
                "memo by the class attribute gates, such as gates = ('update',); the hidden states "
                "alone are estimator.hidden_states(X)."
            )
        display = cls(
            x,
            _in_order(gates) | {name: states[name] for name in ("c", "h") if name in states},
            n_directions=len(predictor.network.layers[-1].directions),
            patch_length=network.patch_length_,
            channel_names=channel_names(estimator),
        )
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: Any = None,
        *,
        gates: list[str] | None = None,
        sort_units: bool = False,
        line_kwargs: dict[str, Any] | None = None,
        image_kwargs: dict[str, Any] | None = None,
    ) -> "GateDisplay":
        """Draw the input, and an image of each gate and state.

        Parameters
        ----------
        ax : array of matplotlib Axes, default=None
            Axes to draw on: one for the input and one for each image, for each direction. None
            makes a new figure.
        gates : list of str, default=None
            Names of the gates and states to draw; None draws all.
        sort_units : bool, default=False
            Whether units are in the order of their mean hidden state, instead of their number.
        line_kwargs : dict, default=None
            Keyword arguments of the lines of the input, see ``Axes.plot``.
        image_kwargs : dict, default=None
            Keyword arguments of the images, see ``Axes.pcolormesh``.

        Returns
        -------
        GateDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there is no such gate, or the number of axes is another.
        ImportError
            If matplotlib is not installed.
        """
        pyplot(self)
        names = _checked_names(gates, self.activations)
        shape = 1 + len(names), self.n_directions
        size = (8 if self.n_directions == 1 else 11), 1.8 + 1.15 * len(names)
        options = {"sharex": True, "figsize": size}
        self.axes_ = axes_grid(self, ax, shape, **options)
        self.ax_, self.figure_ = self.axes_[0, 0], self.axes_[0, 0].figure
        self.lines_ = self._draw_input(line_kwargs or {})
        edges = _edges(len(self.x), self.patch_length)
        self.images_ = {
            name: self._draw_image(name, axes, edges, sort_units, image_kwargs or {})
            for name, axes in zip(names, self.axes_[1:], strict=True)
        }
        if self.n_directions > 1:
            for axes, title in zip(self.axes_[0], ("forward", "backward in time"), strict=True):
                axes.set_title(title, fontsize="medium")
        for axes in self.axes_[-1]:
            axes.set_xlabel("step")
        return self

    def _draw_input(self, line_kwargs):
        n_channels = self.x.shape[1]
        names = self.channel_names or [f"channel {c}" for c in range(n_channels)]
        for axes in self.axes_[0]:
            marker = "o" if len(self.x) == 1 else None
            lines = [
                axes.plot(np.arange(len(self.x)), self.x[:, c], **{"marker": marker} | line_kwargs)[
                    0
                ]
                for c in range(n_channels)
            ]
            if 1 < n_channels <= _MAX_NAMED:
                for line, name in zip(lines, names, strict=True):
                    line.set_label(short_name(name, 24))
            axes.set_ylabel("input", rotation=0, ha="right", va="center")
            axes.margins(x=0)
        self.axes_[0, -1].set_xlim(-0.5, len(self.x) - 0.5)
        legend_above(self.axes_[0])
        return self.axes_[0, 0].get_lines()[-n_channels:]

    def _draw_image(self, name, axes, edges, sort_units, image_kwargs):
        """The image of one gate or state, for each direction, in the same colours."""
        values = np.asarray(self.activations[name])
        by_direction = np.split(values, self.n_directions, axis=1)
        options = _colours(values) | {"rasterized": True} | image_kwargs
        images = []
        for j, (ax, units) in enumerate(zip(axes, by_direction, strict=True)):
            if sort_units:
                h = np.split(
                    np.asarray(self.activations.get("h", values)), self.n_directions, axis=1
                )
                units = units[:, np.argsort(h[j].mean(axis=0))]
            heights = np.arange(units.shape[1] + 1) - 0.5
            images.append(ax.pcolormesh(edges, heights, units.T, **options))
            ax.set_yticks([0, units.shape[1] - 1][: units.shape[1]])
        axes[0].set_ylabel(_TITLES.get(name, name), rotation=0, ha="right", va="center")
        self.figure_.colorbar(images[-1], ax=axes[-1], pad=0.01, aspect=8)
        return images


def _in_order(gates):
    """The gates in the order in which they act, as far as it is known."""
    known = [name for name in _ORDER if name in gates]
    return {name: gates[name] for name in [*known, *gates]}


def _checked_index(index, n):
    if isinstance(index, bool) or not -n <= check_integer(index, "index", -n) < n:
        raise ValueError(f"index={index} is not one of the {n} sequences of X.")
    return index


def _one(X, index):
    """One of the sequences, (T, C)."""
    x = X[index]
    return x[:, np.newaxis] if x.ndim == 1 else x


def _checked_names(gates, activations):
    if gates is None:
        return list(activations)
    names = [gates] if isinstance(gates, str) else list(gates)
    unknown = [name for name in names if name not in activations]
    if unknown or not names:
        raise ValueError(
            f"gates={shorten_list(names)}: {shorten_list(unknown) or 'none'} not valid; the cell "
            f"has {shorten_list(list(activations))}."
        )
    return names


def _edges(n_steps, length):
    """The borders of the steps of the network, (K + 1,), on the axis of the steps of x."""
    n_made = n_patches(n_steps, length)
    missing = n_made * length - n_steps
    return np.maximum(np.arange(n_made + 1) * length - missing, 0) - 0.5


def _colours(values):
    """Colour map and limits: from 0 to 1 for gates, symmetric for what has a sign."""
    if values.min() >= 0 and values.max() <= 1:
        return {"cmap": "viridis", "vmin": 0, "vmax": 1}
    limit = float(np.abs(values).max()) or 1.0
    return {"cmap": diverging_colours(), "vmin": -limit, "vmax": limit}
