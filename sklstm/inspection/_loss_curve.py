"""The loss by epoch."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..core.messages import shorten
from ..core.user_warnings import warn_user
from ._drawing import columns_of_legend, one_axes, styled, text_colour
from ._unwrap import check_estimator, unwrap

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class LossCurveDisplay:
    """Training loss, validation loss and validation score by epoch.

    Use `from_estimator` to create one.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,)
        Training loss.
    validation_loss : array-like of shape (n_epochs,), default=None
        Validation loss. If there are fewer values, they are those of the last epochs.
    validation_score : array-like of shape (n_epochs,), default=None
        Validation score, drawn on an axis of its own.
    best_epoch : int, default=None
        Epoch to mark, counted from 1.
    best_label : str, default="best epoch"
        Label of this mark.
    name : str, default=None
        Name of the estimator, in the legend.

    Attributes
    ----------
    figure_ : matplotlib Figure
    ax_ : matplotlib Axes
    line_ : matplotlib Line2D
        The training loss.
    validation_line_ : matplotlib Line2D or None
        The validation loss.
    score_ax_ : matplotlib Axes or None
        The axis of the validation score, on the right.
    score_line_ : matplotlib Line2D or None
        The validation score.
    best_line_ : matplotlib Line2D or None
        The mark.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> from sklstm.inspection import LossCurveDisplay
    >>> X = np.random.default_rng(0).standard_normal((60, 8))
    >>> model = LSTMRegressor(4, max_iter=20, early_stopping=True, random_state=0)
    >>> display = LossCurveDisplay.from_estimator(model.fit(X, X[:, -1]))
    >>> bool(display.best_epoch == 1 + np.argmin(model.validation_loss_curve_))
    True
    """

    loss: Any
    validation_loss: Any
    validation_score: Any
    figure_: "Figure"
    ax_: "Axes"
    line_: Any
    validation_line_: Any
    score_ax_: "Axes | Any"  # or None
    score_line_: Any
    best_line_: Any

    def __init__(
        self,
        loss: ArrayLike,
        *,
        validation_loss: ArrayLike | None = None,
        validation_score: ArrayLike | None = None,
        best_epoch: int | None = None,
        best_label: str = "best epoch",
        name: str | None = None,
    ) -> None:
        self.loss = loss
        self.validation_loss = validation_loss
        self.validation_score = validation_score
        self.best_epoch = best_epoch
        self.best_label = best_label
        self.name = name

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, name: str | None = None, ax: Any = None, **plot_options: Any
    ) -> "LossCurveDisplay":
        """Draw the curves of a fitted estimator.

        With early stopping the epoch is marked whose weights were restored. With other validation
        data it is the one with the lowest validation loss.

        Parameters
        ----------
        estimator : estimator
            Fitted: an `LSTMRegressor`, `LSTMClassifier` or `LSTMLanguageModel`, a pipeline or
            search with one, a `SequenceForecaster` with such a regressor, or another estimator
            with ``loss_curve_``.
        name : str, default=None
            Name in the legend.
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        **plot_options
            Further arguments of `plot`.

        Returns
        -------
        LossCurveDisplay

        Raises
        ------
        NotFittedError, TypeError
            If the estimator is not fitted, or has no loss curve.
        """
        check_estimator(estimator, ("predict", "sample", "loss_curve_"), _EXPECTED)
        network = _network(estimator)
        validation_loss = getattr(network, "validation_loss_curve_", None) or None
        validation_score = getattr(network, "validation_score_curve_", None) or None
        best, label = _best_epoch(network, validation_loss, validation_score)
        display = cls(
            network.loss_curve_,
            validation_loss=validation_loss,
            validation_score=validation_score,
            best_epoch=best,
            best_label=label,
            name=name,
        )
        if getattr(network, "scoring", None) is None:
            plot_options = {"score": not validation_loss} | plot_options
        return display.plot(ax, **plot_options)

    def plot(
        self,
        ax: Any = None,
        *,
        log_scale: bool = False,
        score: bool | None = None,
        loss_kwargs: dict[str, Any] | None = None,
        validation_kwargs: dict[str, Any] | None = None,
        score_kwargs: dict[str, Any] | None = None,
        best_kwargs: dict[str, Any] | None = None,
    ) -> "LossCurveDisplay":
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None makes a new figure.
        log_scale : bool, default=False
            Whether the axis of the loss is logarithmic.
        score : bool, default=None
            Whether to draw the validation score. None draws it if there is one; `from_estimator`
            draws it if early stopping watches it, see the parameter `scoring` of the estimator.
        loss_kwargs, validation_kwargs, score_kwargs, best_kwargs : dict, default=None
            Keyword arguments of the lines, see ``Axes.plot``.

        Returns
        -------
        LossCurveDisplay
            The display itself.

        Raises
        ------
        ValueError
            If a curve is empty or not one-dimensional, or with `log_scale` not positive.
        ImportError
            If matplotlib is not installed.
        """
        curves = {
            "loss": self.loss,
            "validation_loss": self.validation_loss,
            "validation_score": self.validation_score,
        }
        curves = {key: _checked(key, c) for key, c in curves.items() if c is not None}
        if log_scale:
            _check_positive(curves)
        self.ax_ = ax = one_axes(self, ax)
        self.figure_ = ax.figure
        prefix = f"{self.name}: " if self.name else ""

        def draw(ax, key, label, given, **defaults):
            if key not in curves:
                return None
            n_epochs = len(curves["loss"])
            epochs = np.arange(n_epochs - len(curves[key]), n_epochs) + 1
            marker = "o" if len(epochs) == 1 else None
            options = {"label": prefix + label, "marker": marker, "gid": _LINE + label}
            return ax.plot(epochs, curves[key], **styled(options | defaults, given))[0]

        # Without names each line has its own colour, with names each model.
        own = {"color": f"C{len(_lines(ax, _LOSS))}"} if self.name else {}
        self.line_ = draw(ax, "loss", _LOSS, loss_kwargs, **own)
        own = {"color": self.line_.get_color()} if self.name else {}
        dashed = {"linestyle": "--"} if self.name else {}
        self.validation_line_ = draw(
            *(ax, "validation_loss", "validation loss", validation_kwargs), **own | dashed
        )
        self.score_ax_ = self.score_line_ = self.best_line_ = None
        if "validation_score" in curves and score is not False:
            self.score_ax_ = _score_axes(ax)
            style = {"color": "C2", "linestyle": "-." if self.name else "--"} | own
            self.score_line_ = draw(
                *(self.score_ax_, "validation_score", "validation score", score_kwargs), **style
            )
        if self.best_epoch is not None:
            label = f"{prefix}{self.best_label} ({self.best_epoch})"
            colour = self.line_.get_color() if self.name else text_colour()
            line = {"color": colour, "linestyle": ":", "label": label}
            line["gid"] = _LINE + self.best_label
            self.best_line_ = ax.axvline(self.best_epoch, **styled(line, best_kwargs))
        ax.set(xlabel="epoch", ylabel="loss", yscale="log" if log_scale else "linear")
        ax.xaxis.get_major_locator().set_params(integer=True)
        self._add_legend()
        return self

    def _add_legend(self):
        """One legend above the axes: of lines, or of several models and of kinds of lines."""
        from matplotlib.lines import Line2D

        axes = [self.ax_] if self.score_ax_ is None else [self.ax_, self.score_ax_]
        lines = [line for ax in axes for line in _lines(ax)]
        models = _lines(self.ax_, _LOSS)
        labels = [line.get_label() for line in lines]
        if len(models) > 1:
            kinds = {line.get_gid().removeprefix(_LINE): line.get_linestyle() for line in lines}
            labels = [line.get_label().removesuffix(f": {_LOSS}") for line in models] + [*kinds]
            ink = text_colour()
            lines = models + [Line2D([], [], color=ink, linestyle=each) for each in kinds.values()]
        where = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "frameon": False}
        n_columns = 2 if len(lines) <= 4 else columns_of_legend(self.figure_, labels)
        size = "medium" if len(lines) <= 4 else "small"
        self.ax_.legend(lines, labels, **where, ncols=n_columns, fontsize=size)


_LINE = "sklstm "  # and the kind, the gid of a line
_LOSS = "training loss"
_SCORE_AXES = "sklstm score"


def _lines(ax, kind=""):
    """The lines that displays have drawn on these axes."""
    return [line for line in ax.lines if str(line.get_gid()).startswith(_LINE + kind)]


def _score_axes(ax):
    """The axes with the scores of all models on the right of `ax`, new ones for the first."""
    for other in ax.figure.axes:
        is_ours = other.get_gid() == _SCORE_AXES and other.bbox.bounds == ax.bbox.bounds
        if is_ours and ax.get_shared_x_axes().joined(ax, other):
            return other
    twin = ax.twinx()
    twin.set_gid(_SCORE_AXES)
    twin.set_ylabel("validation score")
    return twin


_EXPECTED = "a fitted estimator with a loss curve, such as an LSTMRegressor"


def _network(estimator):
    """The estimator with the loss curve: that of a search, a pipeline, or of a forecaster."""
    last = unwrap(estimator)
    if hasattr(last, "forecast") and hasattr(last, "regressor_"):
        last = unwrap(last.regressor_)
    if hasattr(last, "loss_curve_"):
        return last
    if hasattr(last, "named_estimators_"):
        names = list(last.named_estimators_)
        raise TypeError(
            f"{type(last).__name__} has several networks. Pass one of its members, such as "
            f"named_estimators_[{names[0]!r}]; there are {shorten(names)}."
        )
    raise TypeError(f"{shorten(last)} has no loss_curve_; expected {_EXPECTED}.")


def _best_epoch(network, validation_loss, validation_score):
    """The epoch whose weights are kept, or of the lowest validation loss, and what it is."""
    if not validation_loss:
        return None, ""
    loss = np.asarray(validation_loss)
    first = 1 + len(network.loss_curve_) - len(loss)
    if first > 1:
        warn_user(
            f"There is a validation loss for {len(loss)} of {len(network.loss_curve_)} epochs: "
            "training was resumed, without validation data in some of the calls. It is drawn at "
            "the last epochs, which need not be its own."
        )
    if not getattr(network, "early_stopping", False):
        return first + int(loss.argmin()), "lowest validation loss"
    if getattr(network, "scoring", None) is None:
        return first + int(loss.argmin()), "restored epoch"
    score = np.asarray(validation_score)
    return first + int(np.lexsort((loss, -score))[0]), "restored epoch"


def _checked(name, curve):
    values = np.asarray(curve, dtype=float)
    if values.ndim != 1 or not len(values):
        raise ValueError(
            f"{name} has shape {values.shape}; expected a value for each epoch, (n_epochs,)."
        )
    return values


def _check_positive(curves):
    lowest = min(values.min() for key, values in curves.items() if key != "validation_score")
    if lowest <= 0:
        raise ValueError(
            f"log_scale=True needs positive losses, but the lowest is {lowest:.3g}: the loss of a "
            "distribution, such as 'gaussian', can be negative. Use log_scale=False."
        )
