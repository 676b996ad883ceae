"""Class labels of any type as an array, without missing and masked ones."""

import numpy as np

from ..core.messages import cut, shorten, shorten_list
from .containers import refuse_unreadable
from .numbers import refuse_masked

_MANY = 5  # positions in a message


def as_labels(y, name):
    """Convert an array-like of labels to an array.

    Parameters
    ----------
    y : array-like
        Labels of any type. StringDType, nullable dtypes of pandas and swapped bytes become dtypes
        that scikit-learn knows.
    name : str
        Name of the argument.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        If labels are missing (None, NaN, pd.NA, NaT), masked, infinite, complex, or of types that
        cannot be compared, or if y is not a regular array.

    Examples
    --------
    >>> from sklstm._validation.labels import as_labels
    >>> as_labels(["up", None, "down"], "y")
    Traceback (most recent call last):
    ...
    ValueError: Input y contains None, a missing label, at [1]: 1 of 3. Leave these sequences or \
steps out, or give missing labels a class of their own.
    """
    refuse_unreadable(y, name)
    refuse_masked(y, name)
    labels = _as_array(y, name)
    kind = labels.dtype.kind
    if kind == "T":
        labels = labels.astype(object)
    if labels.dtype.kind == "O":
        _refuse_missing(are_missing(labels), labels, name)
        return _of_one_type(labels, name)
    if kind == "c":
        raise ValueError(
            f"Complex data not supported: {name} has dtype {labels.dtype}; expected labels."
        )
    if kind not in "biufSUmM":
        raise ValueError(f"{name} has dtype {cut(str(labels.dtype))}; expected labels.")
    if kind in "fmM":
        _refuse_missing(np.isnan(labels), labels, name)
    if kind == "f" and not np.isfinite(labels).all():
        raise ValueError(f"Input {name} contains infinity; expected labels.")
    # scikit-learn before 1.7 does not know an indicator matrix with bytes swapped.
    return labels if labels.dtype.isnative else labels.astype(labels.dtype.newbyteorder("="))


def _as_array(y, name):
    """The labels as an array; of a list first as objects, since NumPy makes NaN the text "nan"."""
    try:
        if not isinstance(y, (list, tuple)):
            return np.asarray(y)
        labels = np.asarray(y)
        if labels.dtype.kind not in "US":
            return labels
        objects = np.asarray(y, dtype=object)
    except ValueError as error:
        raise ValueError(f"{name} is not a regular array of labels: {cut(str(error))}") from error
    _refuse_missing(are_missing(objects), objects, name)
    _refuse_mixed(objects, name)  # NumPy makes texts of the numbers among them
    return labels


def are_missing(objects):
    """Return a mask of the values that are None, NaN, pd.NA or NaT.

    Parameters
    ----------
    objects : ndarray
        Of any dtype.

    Returns
    -------
    ndarray of bool
    """
    if set(map(type, objects.flat)) <= {str, np.str_, int, bool}:
        return np.zeros(objects.shape, bool)
    flags = [_is_missing(value) for value in objects.flat]
    return np.array(flags, bool).reshape(objects.shape)


def _is_missing(value):
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating, np.datetime64, np.timedelta64)) and value != value


def _refuse_missing(missing, labels, name):
    if not missing.any():
        return
    where = [index[0] if len(index) == 1 else tuple(index) for index in _first(missing)]
    example = labels[missing][0]
    kind = "NaN" if isinstance(example, (float, np.floating)) else str(example)
    more = ", ..." if missing.sum() > len(where) else ""
    positions = ", ".join(str(index) for index in where)
    raise ValueError(
        f"Input {name} contains {kind}, a missing label, at [{positions}{more}]: "
        f"{missing.sum()} of {missing.size}. Leave these sequences or steps out, or give missing "
        "labels a class of their own."
    )


def _first(missing):
    return np.argwhere(missing)[:_MANY].tolist()


def _refuse_mixed(labels, name):
    """Raise a ValueError if only some of the labels are text."""
    kinds = set(map(type, labels.flat))
    are_text = [issubclass(kind, str) for kind in kinds]
    if any(are_text) and not all(are_text):
        names = sorted(kind.__name__ for kind in kinds)
        raise ValueError(
            f"{name} contains labels of several types, {shorten_list(names)}, which cannot be "
            "sorted; expected labels of one type, such as strings: astype(str)."
        )


def _of_one_type(labels, name):
    """Labels that are all text, or all numbers, as such an array; others are left as they are."""
    _refuse_mixed(labels, name)
    kinds = set(map(type, labels.flat))
    if all(issubclass(kind, (int, float, np.number, np.bool_)) for kind in kinds):
        return np.array(labels.tolist())
    if not all(issubclass(kind, str) for kind in kinds):
        other = next(value for value in labels.flat if not isinstance(value, str))
        raise ValueError(
            f"{name} contains {shorten(other, 60)} ({type(other).__name__}) as a label; expected "
            "strings, integers or booleans."
        )
    return labels
