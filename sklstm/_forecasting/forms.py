"""The three forms in which series come, and whether they are those of fit."""

import numpy as np

from .._validation.sequences import is_ragged

_NAMES = {"one": "one series", "list": "a list of series", "long": "rows with a series_id"}


def series_names(form, ids):
    """What error messages call series: y, y[0] and so on in a list, or by their ids."""
    pattern = {"one": "y", "list": "y[{!r}]", "long": "series {!r}"}[form]
    return [pattern.format(label) for label in ids]


def form_of(estimator, X, y, series_id, reset):
    """Tell one series from a list of them and from rows with ids.

    A list of arrays, or of lists of different lengths, is several series, and so are lists of
    lists of lists. Lists of equally long lists might be several series or the rows of a table:
    the form of fit decides, and in fit they are an error.
    """
    name, data = ("X", X) if y is None else ("y", y)
    fitted = None if reset else estimator._form["form"]
    shape = shape_of_lists(data)
    several = is_ragged(data) or (isinstance(data, (list, tuple)) and any(map(is_array, data)))
    several |= len(shape) >= 3
    if series_id is not None:
        _check_ids_alone(several, series_id)
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
    """The shape of nested Python lists; () for anything else, and for irregular ones."""
    if not isinstance(data, (list, tuple)) or any(map(is_array, data)):
        return ()
    try:
        return np.shape(data)
    except ValueError:
        return ()


def is_array(item):
    """Tell whether this has at least one dimension."""
    return len(getattr(item, "shape", ())) >= 1


def _check_ids_alone(several, series_id):
    if several:
        raise ValueError(
            "series_id was given with a list of series; it is for the rows of all of them in one "
            "array. Leave it out, or concatenate the series."
        )
    if np.ndim(series_id) != 1:
        what = repr(series_id) if np.ndim(series_id) == 0 else f"of shape {np.shape(series_id)}"
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


def remember(estimator, panel):
    """Keep the form of the series of fit."""
    estimator._form = {
        "form": panel.form,
        "n_series": len(panel.ids),
        "flat": panel.flat,
        "width": panel.values[0].shape[1],
        "columns": panel.columns,
    }


def check_same(estimator, panel):
    """Raise unless a time of the series is as in fit, as far as shapes and names tell."""
    fitted, width = estimator._form, panel.values[0].shape[1]
    if (panel.flat, width) != (fitted["flat"], fitted["width"]):
        forms = [
            "(n_times,)" if flat else f"(n_times, {n})"
            for flat, n in [(panel.flat, width), (fitted["flat"], fitted["width"])]
        ]
        raise ValueError(f"y has the form {forms[0]}; expected {forms[1]}, as in fit.")
    if None not in (panel.columns, fitted["columns"]) and panel.columns != fitted["columns"]:
        raise ValueError(
            f"y has the columns {panel.columns}, but {type(estimator).__name__} was fitted on "
            f"{fitted['columns']}; the same are needed, in the same order."
        )


def is_list(X):
    """Tell whether this can be a list with an entry for each series."""
    return isinstance(X, (list, tuple)) or is_ragged(X)


def described(X):
    """What it is, for an error message."""
    if is_list(X):
        return f"a list of {len(X)}"
    shape = getattr(X, "shape", None)
    return f"a {type(X).__name__}" + ("" if shape is None else f" of shape {shape}")
