"""The containers in which data arrive: what has no rows is refused."""

from collections.abc import ItemsView, Iterator, KeysView, Mapping, Set, ValuesView
from numbers import Number

import numpy as np
from scipy.sparse import issparse

from ..core.messages import shorten
from .tensors import refuse_tensors
from .xarrays import refuse_datasets

_ONE_PASS = (Iterator, Set, ItemsView, KeysView, ValuesView)


def refuse_containers(data, name, expected, *, each="sequences"):
    """Raise a TypeError unless this is an array-like with rows, or a list.

    Parameters
    ----------
    data : object
        Value passed by the user.
    name : str
        Name of the argument.
    expected : str
        What it should be.
    each : str, default="sequences"
        What a list contains.

    Raises
    ------
    TypeError

    Examples
    --------
    >>> from sklstm._validation.containers import refuse_containers
    >>> refuse_containers({"a": [1.0]}, "X", "an array")
    Traceback (most recent call last):
    ...
    TypeError: X is a dict; expected an array. For several sequences pass a list, list(X.values()).
    """
    if issparse(data):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required: {name} is sparse. "
            "Convert it with .toarray()."
        )
    refuse_unreadable(data, name)
    if isinstance(data, (Mapping, *_ONE_PASS)):
        several = f"list({name}.values())" if isinstance(data, Mapping) else f"list({name})"
        raise TypeError(
            f"{name} is a {type(data).__name__}; expected {expected}. For several {each} pass a "
            f"list, {several}."
        )
    single = data is None or isinstance(data, (Number, str, bytes))
    if single or getattr(data, "shape", None) == ():
        what = "" if single else "a single value, "
        raise TypeError(f"{name} is {what}{shorten(data)}; expected {expected}.")
    if not any(hasattr(data, a) for a in ("__array__", "__len__", "__array_interface__")):
        raise TypeError(f"{name} is a {type(data).__name__}; expected {expected}.")
    if _is_grouped(data):
        raise TypeError(
            f"{name} is a {type(data).__name__} of pandas; expected {expected}. For several {each} "
            f"pass a list, [group for _, group in {name}], without the columns that identify them."
        )


def refuse_unreadable(data, name):
    """Raise a TypeError for objects of other libraries that NumPy cannot read.

    Parameters
    ----------
    data : object
        Value passed by the user.
    name : str
        Name of the argument.

    Raises
    ------
    TypeError
        With the line that converts them.

    Examples
    --------
    >>> from sklstm._validation.containers import refuse_unreadable
    >>> refuse_unreadable([1.0, 2.0], "X")
    """
    refuse_tensors(data, name)
    refuse_datasets(data, name)


def _is_grouped(data):
    return hasattr(data, "groups") and hasattr(data, "ngroups")


def has_steps(item):
    """Whether an entry of a list is an array, a table or a Series, rather than a number or a list.

    Parameters
    ----------
    item : object

    Returns
    -------
    bool
    """
    if hasattr(item, "columns"):
        return True
    if hasattr(item, "ndim"):
        return item.ndim >= 1
    return hasattr(item, "__array__") and hasattr(item, "__len__")


def columns_of(data):
    """The columns of a data frame as pairs of label and column, which is read when it is needed.

    Parameters
    ----------
    data : object

    Returns
    -------
    list of (label, function), or None
        Functions without arguments that return a column. None for anything but a data frame of
        pandas, polars or pyarrow.
    """
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return [(c, lambda j=j: data.iloc[:, j]) for j, c in enumerate(data.columns)]
    if hasattr(data, "column_names") and hasattr(data, "column"):  # pyarrow
        return [(c, lambda j=j: data.column(j)) for j, c in enumerate(data.column_names)]
    if hasattr(data, "columns") and hasattr(data, "get_column"):  # polars
        return [(c, lambda c=c: data.get_column(c)) for c in data.columns]
    return None


def dtypes_of(data):
    """The dtypes of the columns of a data frame; None for pyarrow and for anything else."""
    return getattr(data, "dtypes", None) if hasattr(data, "columns") else None


def is_plain(dtype):
    """Whether this is a NumPy dtype of real numbers."""
    return isinstance(dtype, np.dtype) and dtype.kind in "fiub"


def is_nested(value):
    """Whether a value in an array of objects is a list or an array."""
    return isinstance(value, (list, tuple)) or (has_steps(value) and not np.isscalar(value))
