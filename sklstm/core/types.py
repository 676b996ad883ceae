"""Types of arrays, for the annotations of what users call or derive from."""

from typing import Any, TypeAlias

from numpy.typing import NDArray

# The dtype is that of the user's X, or of y: it is not known to a type checker.
Array: TypeAlias = NDArray[Any]
Arrays: TypeAlias = dict[str, Array]
