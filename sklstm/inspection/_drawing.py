"""What the displays share: matplotlib, axes, colours, and times on an axis."""

from textwrap import fill
from typing import Any

import numpy as np

from .._forecasting.time_axis import kind_of
from ..core.messages import shorten

_UNITS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_PANEL = 4.4, 2.5  # width and height in inches


def pyplot(display: object) -> Any:
    """Import ``matplotlib.pyplot``; an error says what to install."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise _missing_package(display, "matplotlib") from error
    return plt


def pandas(display: object) -> Any:
    """Import pandas; an error says what to install."""
    try:
        import pandas as pd
    except ImportError as error:
        raise _missing_package(display, "pandas") from error
    return pd


def _missing_package(display, package):
    return ImportError(
        f"{type(display).__name__ if not isinstance(display, str) else display} needs {package}, "
        "which is not installed. Install it with: pip install matplotlib pandas"
    )


def one_axes(display: object, ax: Any, size: tuple[float, float] = (7, 4)) -> Any:
    """`ax`, or the axes of a new figure if it is None."""
    if ax is None:
        return pyplot(display).subplots(figsize=size, layout="constrained")[1]
    return axes_grid(display, ax, (1, 1)).item()


def axes_grid(display: object, ax: Any, shape: tuple[int, int], **options: Any) -> np.ndarray:
    """Axes of this shape: those passed as `ax`, or of a new figure.

    Parameters
    ----------
    display : object
        Named in errors.
    ax : Axes, array of Axes, or None
    shape : tuple of int
        Rows and columns.
    **options
        For ``plt.subplots``.

    Returns
    -------
    ndarray of Axes, of shape `shape`
    """
    n = shape[0] * shape[1]
    if ax is None:
        width, height = _PANEL if shape[1] > 1 else (8, 2.4)
        size = max(6, width * shape[1]), max(3.2, height * shape[0])
        options = {"figsize": size, "layout": "constrained", "squeeze": False} | options
        return pyplot(display).subplots(*shape, **options)[1]
    given = np.array(ax, dtype=object)
    what = shorten(ax, 60)
    if not all(hasattr(each, "plot") and hasattr(each, "figure") for each in given.ravel()):
        raise TypeError(
            f"ax is {what}; expected axes of matplotlib, such as plt.subplots()[1], or None for a "
            "new figure."
        )
    if given.size != n:
        rows = f"{shape[0]}, {shape[1]}"
        raise ValueError(
            f"ax has {given.size} axes, but {type(display).__name__} draws {n}: pass as many, "
            f"plt.subplots({rows})[1], or None for a new figure."
        )
    return given.reshape(shape)


def text_colour() -> str:
    """The colour of text, which is seen on the background of the present style."""
    import matplotlib as mpl

    return mpl.rcParams["text.color"]


def diverging_colours() -> str:
    """A colour map with the background in its middle, on a light or dark one."""
    import matplotlib as mpl
    from matplotlib.colors import to_rgb

    is_dark = sum(to_rgb(mpl.rcParams["axes.facecolor"])) < 1.5
    return "berlin" if is_dark and "berlin" in mpl.colormaps else "RdBu_r"


def faded(colour: str, share: float, ax: Any) -> tuple[float, ...]:
    """A colour, mixed with the background of the axes.

    Transparent areas, one above the other, would have other colours than in the legend.
    """
    from matplotlib.colors import to_rgb

    pairs = zip(to_rgb(colour), to_rgb(ax.get_facecolor()), strict=True)
    return tuple(share * own + (1 - share) * ground for own, ground in pairs)


def styled(defaults: dict[str, Any], given: dict[str, Any] | None) -> dict[str, Any]:
    """Keyword arguments of an artist: the given ones, and defaults for the others."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return defaults | normalize_kwargs(given or {}, Line2D)


def legend_above(axes: Any) -> None:
    """One legend above all axes of a figure, which covers no data.

    In a figure without a constrained layout there is no room: it is beside the last axes.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = axes[0].figure
    artists: dict[str, Any] = {}
    for ax in axes:
        for artist, label in zip(*ax.get_legend_handles_labels(), strict=True):
            artists.setdefault(label, artist)
    if not isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        legend_beside(axes[-1])
    elif artists:
        for legend in figure.legends:  # that of another display on these axes
            legend.remove()
        n_columns = columns_of_legend(figure, artists)
        where = {"loc": "outside upper center", "ncols": n_columns, "frameon": False}
        figure.legend(list(artists.values()), list(artists), **where)


def columns_of_legend(figure: Any, labels: Any) -> int:
    """The number of columns of a legend with these labels, about as wide as the figure."""
    n_columns = int(figure.get_figwidth() / (0.09 * max(map(len, labels)) + 0.7))
    return min(len(labels), max(1, n_columns))


def legend_beside(ax: Any) -> Any:
    """A legend to the right of the axes, if one of its artists has a label."""
    if not ax.get_legend_handles_labels()[1]:
        return None
    where = {"loc": "upper left", "bbox_to_anchor": (1.01, 1), "borderaxespad": 0.0}
    return ax.legend(**where, frameon=False)


def on_axis(index: Any) -> tuple[np.ndarray, str, Any]:
    """Times as matplotlib draws them.

    Parameters
    ----------
    index : pandas.Index

    Returns
    -------
    values : ndarray
        Numbers, or dates in UTC.
    label : str
        Of the axis.
    zone : tzinfo or None
        The zone whose clocks the axis shows.
    """
    kind = kind_of(index)
    if kind == "period":
        return index.to_timestamp().to_numpy(), "", None
    if kind == "datetime":
        zone = index.tz
        dates = index if zone is None else index.tz_convert("UTC").tz_localize(None)
        return dates.to_numpy(), "" if zone is None else f"time ({zone})", zone
    if kind == "timedelta":
        seconds = index.total_seconds().to_numpy()
        unit = next((u for u, size in _UNITS.items() if np.ptp(seconds) >= 3 * size), "seconds")
        return seconds / _UNITS[unit], f"time ({unit})", None
    return index.to_numpy(), str(index.name or ""), None


def set_dates(ax: Any, zone: Any) -> None:
    """Ticks of dates that are short and do not overlap."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=zone, minticks=3, maxticks=7)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))


def short_name(name: object, limit: int = 40) -> str:
    """A name in at most `limit` characters, cut in the middle, as names differ at their ends."""
    text = str(name)
    if len(text) <= limit:
        return text
    return f"{text[: limit - limit // 2 - 1]}…{text[-(limit // 2) :]}"


def wrapped(name: object, width: int = 40) -> str:
    """A name in at most two lines of `width` characters."""
    return fill(short_name(name, 2 * width - 8), width)
