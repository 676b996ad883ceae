"""Types in the annotations of the public interface, and scikit-learn's base classes with types."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from .core.cells import Cell
from .core.losses import Loss
from .core.optimizers import Optimizer
from .core.schedules import Schedule
from .core.types import Array, Arrays

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator as _BaseEstimator
    from sklearn.base import TransformerMixin as _TransformerMixin

    class BaseEstimator(_BaseEstimator):
        """scikit-learn's class. Its own source has few annotations."""

        def get_params(self, deep: bool = True) -> dict[str, Any]: ...
        def set_params(self, **params: Any) -> Self: ...
        def get_metadata_routing(self) -> Any: ...
        def set_fit_request(self, **metadata: bool | str | None) -> Self: ...
        def set_partial_fit_request(self, **metadata: bool | str | None) -> Self: ...
        def set_predict_request(self, **metadata: bool | str | None) -> Self: ...
        def set_score_request(self, **metadata: bool | str | None) -> Self: ...
        def set_transform_request(self, **metadata: bool | str | None) -> Self: ...

    class TransformerMixin(_TransformerMixin):
        """scikit-learn's class, see `BaseEstimator`."""

        def __init_subclass__(
            cls, auto_wrap_output_keys: Sequence[str] | None = ("transform",), **kwargs: Any
        ) -> None: ...
        def fit_transform(
            self, X: ArrayLike, y: ArrayLike | None = None, **fit_params: Any
        ) -> "Predictions": ...
        def set_output(self, *, transform: str | None = None) -> Self: ...

    class CallbackSupportMixin:
        """scikit-learn's class, or the substitute before version 1.9."""

        def set_callbacks(self, *callbacks: Any) -> Self: ...

    def with_callbacks(method: "Method") -> "Method":
        """scikit-learn's decorator, or the substitute before version 1.9."""
        ...

    def available_if(check: Callable[[Any], bool]) -> "Callable[[Method], Method]":
        """scikit-learn's decorator."""
        ...
else:
    from sklearn.base import BaseEstimator, TransformerMixin
    from sklearn.utils.metaestimators import available_if

__all__ = [
    "Array",
    "ArrayLike",
    "Arrays",
    "BaseEstimator",
    "CellLike",
    "HasArray",
    "HasParams",
    "LearningRate",
    "Levels",
    "LossLike",
    "MeanOf",
    "Method",
    "OptimizerLike",
    "Predictions",
    "RandomState",
    "Scoring",
    "TransformerMixin",
    "available_if",
]


class HasArray(Protocol):
    """Arrays, data frames, series, tensors: whatever converts itself to an array. Not a list."""

    def __array__(self) -> Array:
        """Return the array."""
        ...


class HasParams(Protocol):
    """Estimators and transformers, as objects; not their classes."""

    def get_params(self, deep: bool = ...) -> Any:
        """Return the parameters."""
        ...


# Arrays, or lists of arrays for sequences of different lengths with a target per step. `Any` allows
# what lists can do; without it, type checkers would refuse `.shape` of an array that may be a list.
Predictions: TypeAlias = Array | Any

CellLike: TypeAlias = str | Cell
LossLike: TypeAlias = str | Loss
OptimizerLike: TypeAlias = str | Optimizer
# The argument `multioutput` of a metric, unless it is "raw_values".
MeanOf: TypeAlias = Literal["uniform_average"] | Sequence[float] | Array
LearningRate: TypeAlias = float | str | Schedule
Levels: TypeAlias = float | Sequence[float] | Array  # coverages, quantiles
RandomState: TypeAlias = int | np.random.RandomState | None
Scoring: TypeAlias = str | Callable[..., Any] | None

Method = TypeVar("Method", bound=Callable[..., Any])
