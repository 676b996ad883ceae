"""Fitted estimators that are loaded: the layout of their attributes is checked."""

from functools import cache
from inspect import Parameter, signature
from typing import Any

from .._version import __version__


class KeepsLayout:
    """Mixin of estimators that keep the number of the layout of their fitted attributes.

    Loading and copying call `__setstate__`, of whatever format and loader. Attributes of another
    layout would be read with another meaning: that is an error. What was never fitted has no
    layout, and parameters that its version did not have are set to their default values.

    A subclass has the number `_LAYOUT`, and stores `_layout_in_use` as the attribute `_layout`
    whenever it is fitted. Another name, meaning, shape or order of what the fitted attributes hold
    is a new layout: increase the number.
    """

    _LAYOUT = 1

    def _layout_in_use(self):
        """The layout and the version that stores it, to be kept as `_layout`."""
        return {"layout": self._LAYOUT, "sklstm": __version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        defaults = _default_parameters(type(self))  # type: ignore[arg-type]
        super().__setstate__({**defaults, **state})  # type: ignore[misc]
        if any(name.endswith("_") and not name.startswith("_") for name in vars(self)):
            _check_layout(self, vars(self).get("_layout"))


@cache
def _default_parameters(kind: Any) -> dict[str, Any]:
    """The parameters of a class of estimators that have default values."""
    parameters = signature(kind).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not Parameter.empty}


def _check_layout(estimator, found):
    if found is not None and found["layout"] == estimator._LAYOUT:
        return
    if found is None:
        writer, got = "an sklstm that did not number its layouts yet", "none"
    else:
        writer, got = f"sklstm {found['sklstm']}", found["layout"]
    raise ValueError(
        f"This {type(estimator).__name__} was fitted by {writer} (layout of the fitted attributes: "
        f"{got}), and cannot be used with sklstm {__version__} (layout {estimator._LAYOUT}). Load "
        "it with the version that wrote it, or fit it again with this one."
    )
