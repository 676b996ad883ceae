"""Containers of sequences: Series of lists, data frames of sequences, lists of data frames."""

import numpy as np

from ..core.messages import cut, shorten_list
from .containers import columns_of, dtypes_of, is_nested, is_plain, refuse_unreadable
from .numbers import as_numbers


def unpack(data, name):
    """Return the list of sequences in a Series of lists or a nested data frame.

    Parameters
    ----------
    data : object
        Value passed by the user, after `refuse_containers`.
    name : str
        Name of the argument.

    Returns
    -------
    data : object
        An array of objects for a Series of lists (pandas, polars, pyarrow), and a list for a data
        frame with a sequence in every cell, whose columns are channels. Anything else is returned
        unchanged.
    names : ndarray of str or None
        The columns of such a data frame, if they are strings.

    Raises
    ------
    ValueError
        If only some columns of a data frame contain sequences, or their lengths differ in a row.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklstm._validation.nested import unpack
    >>> frame = pd.DataFrame({"a": [[1, 2], [3]], "b": [[4, 5], [6]]})
    >>> [sequence.tolist() for sequence in unpack(frame, "X")[0]]
    [[[1.0, 4.0], [2.0, 5.0]], [[3.0, 6.0]]]
    """
    if isinstance(data, (list, tuple)) or type(data) is np.ndarray:
        return data, None
    refuse_unreadable(data, name)
    columns = columns_of(data)
    if columns is not None:
        return _unnest(data, columns, name)
    if getattr(data, "ndim", 1) != 1 or not hasattr(data, "__array__"):
        return data, None
    values = np.asarray(data)
    is_list = values.dtype.kind == "O" and values.ndim == 1 and any(map(is_nested, values))
    return (values if is_list else data), None


def channel_names(X, *, name="X"):
    """Return the common column names of the DataFrames in a list of sequences.

    Parameters
    ----------
    X : list, tuple or 1-D object array of n array-likes
        The sequences.
    name : str, default="X"
        Name of X in error messages.

    Returns
    -------
    ndarray of C str objects, or None
        None unless all sequences are DataFrames with strings as column names.

    Raises
    ------
    ValueError
        If DataFrames have different columns, or the same columns in a different order.

    Examples
    --------
    >>> from sklstm._validation.nested import channel_names
    >>> channel_names([[1.0, 2.0], [3.0]]) is None
    True
    """
    if not all(hasattr(item, "columns") for item in X):
        return None
    first, *others = [list(item.columns) for item in X]
    for i, columns in enumerate(others, start=1):
        if columns != first:
            raise ValueError(
                f"{name}[{i}] has the columns {shorten_list(columns)}, but {name}[0] has "
                f"{shorten_list(first)}. All sequences need the same columns in the same order."
            )
    return np.array(first, dtype=object) if all(isinstance(c, str) for c in first) else None


def _unnest(frame, columns, name):
    dtypes = dtypes_of(frame)
    if dtypes is not None and all(map(is_plain, dtypes)):
        return frame, None
    cells = {label: _nested_cells(column()) for label, column in columns}
    if all(values is None for values in cells.values()):
        return frame, None
    plain = [label for label, values in cells.items() if values is None]
    if plain or len(cells) < len(columns):
        raise ValueError(
            f"{name} has sequences in some columns, but numbers in others: {shorten_list(plain)}; "
            "expected a list of arrays (T_i, C), or a column of sequences for every channel. "
            f"Repeat a number at every step to make it a channel, or leave it out of {name}."
        )
    rows = zip(*cells.values(), strict=True)
    return [_stack_cells(row, f"{name}[{i}]") for i, row in enumerate(rows)], _names(list(cells))


def _names(columns):
    """Column names as scikit-learn stores them: only strings are names."""
    return np.array(columns, object) if all(isinstance(c, str) for c in columns) else None


def _nested_cells(column):
    """The cells of a column, if they are sequences; None otherwise."""
    if getattr(column, "dtype", None) is not None and is_plain(column.dtype):
        return None
    cells = np.asarray(column)
    return cells if cells.dtype.kind == "O" and any(map(is_nested, cells)) else None


def _stack_cells(row, name):
    """One row of cells, a channel each, as an array (T, C)."""
    try:
        return np.column_stack([as_numbers(cell, name) for cell in row])
    except ValueError as error:
        shapes = shorten_list([np.shape(cell) for cell in row])
        raise ValueError(
            f"{name} has cells of shapes {shapes}: {cut(str(error))}. All channels of a sequence "
            "need the same steps; expected a list of arrays (T_i, C)."
        ) from error
