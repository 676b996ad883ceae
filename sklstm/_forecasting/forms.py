"""The three forms of series: one series, a list of series, rows with ids."""

import numpy as np

from .._validation.sequences import is_ragged
from ..core.messages import cut, shorten, shorten_list

_LONGEST_ID = 60  # characters of an id in a message
_NAMES = {"one": "one series", "list": "a list of series", "long": "rows with a series_id"}


def series_names(form, ids):
    """Names of the series in error messages."""
    pattern = {"one": "y", "list": "y[{}]", "long": "series {}"}[form]
    return [pattern.format(cut(repr(label), _LONGEST_ID)) for label in ids]


def form_of(estimator, X, y, series_id, reset):
    """The form of the series: "one", "list" or "long".

    A list of arrays, or of lists of different lengths, is a list of series, and so is a list of
    lists of lists. A list of equally long lists is ambiguous: it is an error in fit (with `reset`),
    and has the form of fit later.
    """
    name, data = ("X", X) if y is None else ("y", y)
    fitted = None if reset else estimator._form["form"]
    shape = shape_of_lists(data)
    several = is_ragged(data) or (isinstance(data, (list, tuple)) and any(map(is_array, data)))
    several |= len(shape) >= 3
    if series_id is not None:
        _check_ids(several, series_id)
        form = "long"
    elif name == "y" and len(shape) == 2 and shape[1] > 1 and not several:
        if reset:
            raise ValueError(
                f"y is a list of {shape[0]} lists of {shape[1]} numbers each, which may be "
                f"{shape[0]} series or a table of {shape[0]} times. For {shape[0]} series pass a "
                "list of arrays, [np.array(rows) for rows in y]; for a table np.array(y)."
            )
        form = "list" if fitted == "list" else "one"
    else:
        form = "list" if several else "one"
    if not reset:
        _check_form(estimator, form, fitted, name, data)
    return form


def shape_of_lists(data):
    """The shape of nested lists; () for irregular lists and other data."""
    if not isinstance(data, (list, tuple)) or any(map(is_array, data)):
        return ()
    try:
        return np.shape(data)
    except ValueError:
        return ()


def is_array(item):
    """Whether `item` has at least one dimension."""
    return len(getattr(item, "shape", ())) >= 1


def _check_ids(several, series_id):
    if several:
        raise ValueError(
            "series_id was given with a list of series; it is for the rows of all series in one "
            "array. Leave it out, or concatenate the series."
        )
    if np.ndim(series_id) != 1:
        what = shorten(series_id) if np.ndim(series_id) == 0 else f"of shape {np.shape(series_id)}"
        raise ValueError(
            f"series_id is {what}; expected one id for each row, of shape (n_times,), such as a "
            "column of a DataFrame."
        )


def _check_form(estimator, form, fitted, name, data):
    if form != fitted:
        raise ValueError(
            f"{name} is {_NAMES[form]}, but {type(estimator).__name__} was fitted on "
            f"{_NAMES[fitted]}; pass the same form{' and series_id' * (fitted == 'long')}."
        )
    n_series = estimator._form["n_series"]
    if form == "list" and len(data) != n_series:
        raise ValueError(
            f"The list has {len(data)} series, but {type(estimator).__name__} was fitted with "
            f"{n_series}; expected one entry for each, in the same order."
        )


def store_form(estimator, panel, names):
    """Store the form of the series of fit on the estimator, with the names that y has."""
    estimator._form = names | {
        "form": panel.form,
        "n_series": len(panel.ids),
        "flat": panel.flat,
        "width": panel.values[0].shape[1],
        "columns": panel.columns,
    }


def check_form_of_fit(estimator, flat, width, columns):
    """Raise unless the series have the same width, dimension and column names as in fit."""
    fitted = estimator._form
    if (flat, width) != (fitted["flat"], fitted["width"]):
        forms = [
            "(n_times,)" if flat else f"(n_times, {n})"
            for flat, n in [(flat, width), (fitted["flat"], fitted["width"])]
        ]
        raise ValueError(f"y has the form {forms[0]}; expected {forms[1]}, as in fit.")
    if None not in (columns, fitted["columns"]) and columns != fitted["columns"]:
        raise ValueError(
            f"y has the columns {shorten_list(columns)}, but {type(estimator).__name__} "
            "was fitted on "
            f"{shorten_list(fitted['columns'])}; expected the same, in the same order."
        )


def is_list(X):
    """Whether X can be a list with an entry for each series."""
    return isinstance(X, (list, tuple)) or is_ragged(X)


def describe(X):
    """Describe X in an error message."""
    if is_list(X):
        return f"a list of {len(X)}"
    shape = getattr(X, "shape", None)
    return f"a {type(X).__name__}" + ("" if shape is None else f" of shape {shape}")
