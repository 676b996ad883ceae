"""DataArrays and Datasets of xarray: read as arrays, unless the names of dimensions say otherwise.

xarray is not imported: objects are known by their attributes.
"""

from ..core.messages import line_to_write, shorten

# What the names of dimensions say about them, in lower case and without a plural s.
_NAMES = {
    "samples": {"sample", "case", "instance", "batch", "series", "serie", "id"},
    "steps": {"time", "step", "timestep", "time_step", "timepoint", "window", "lag"},
    "channels": {"channel", "feature", "variable"},
}


def refuse_datasets(data, name):
    """Raise a TypeError for a Dataset, with the line that makes an array of it.

    Parameters
    ----------
    data : object
        Value passed by the user.
    name : str
        Name of the argument.

    Raises
    ------
    TypeError

    Examples
    --------
    >>> from sklstm._validation.xarrays import refuse_datasets
    >>> refuse_datasets([1.0, 2.0], "X")
    """
    if not _is_of_xarray(data) or not hasattr(data, "data_vars"):
        return
    dims = ", ".join(f'"{dim}"' for dim in [*data.sizes, "channel"])
    line = line_to_write(name, f'{{}}.to_dataarray("channel").transpose({dims})')
    raise TypeError(
        f"{name} is a Dataset of xarray; expected an array. Make channels of its variables: {line}."
    )


def refuse_other_dimensions(data, name, *, channels_first=False):
    """Raise a ValueError if dimensions are in another order than sequences have.

    Names without a meaning, and dimensions in the expected order, are accepted.

    Parameters
    ----------
    data : object
        X, or a sequence in a list.
    name : str
        Name of the argument, such as "X" or "X[3]".
    channels_first : bool, default=False
        Whether channels are expected before steps.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._validation.xarrays import refuse_other_dimensions
    >>> refuse_other_dimensions(np.zeros((3, 2, 5)), "X")
    """
    if not _is_of_xarray(data) or not hasattr(data, "dims"):
        return
    dims, is_item = list(map(str, data.dims)), "[" in name
    roles = ["channels", "steps"] if channels_first else ["steps", "channels"]
    roles = (roles if is_item else ["samples", *roles])[: len(dims)]
    if len(roles) < 2 or (len(dims) == 2 and not is_item and channels_first):
        return
    order = _order(dims, roles)
    if order == dims:
        return
    line = line_to_write(name, f"{{}}.transpose({', '.join(map(repr, order))})")
    raise ValueError(
        f"{name} has the dimensions {shorten(tuple(dims))}; expected {', '.join(roles)}: {line}."
    )


def _order(dims, roles):
    """The dimensions in the order of the roles, as far as their names tell; else unchanged."""
    known = {role: [dim for dim in dims if _has_role(dim, role)] for role in _NAMES}
    if "samples" in roles and not known["samples"] and len(known["steps"]) == 2:
        # Windows of a time series: the time of a window, and the steps within.
        known["steps"].sort(key=lambda dim: dim.lower().startswith("time"))
        known["samples"] = [known["steps"].pop()]
    found = {role: known[role][0] for role in roles if len(known[role]) == 1}
    others = [dim for dim in dims if dim not in found.values()]
    if len(found) < len(dims) - 1 and found.get("steps") != dims[-1]:
        return dims
    return [found[role] if role in found else others.pop(0) for role in roles]


def _has_role(dim, role):
    name = dim.lower()
    return name in _NAMES[role] or name.removesuffix("s") in _NAMES[role]


def refuse_times(data, name):
    """Raise a ValueError for a DataArray of times, which would be ignored without an index.

    Parameters
    ----------
    data : object
        Rows of X or y in the order of time.
    name : str
        Name of the argument.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._validation.xarrays import refuse_times
    >>> refuse_times(np.zeros(3), "y")
    """
    if not _is_of_xarray(data) or not getattr(data, "dims", ()):
        return
    times = data.coords.get(data.dims[0])
    if times is not None and times.dtype.kind in "mMO":
        method = "to_series" if data.ndim == 1 else "to_pandas"
        raise ValueError(
            f"{name} is a DataArray with the times {data.dims[0]!r}, but times are read from an "
            f"index of pandas: {line_to_write(name, f'{{}}.{method}()')}."
        )


def _is_of_xarray(data):
    return type(data).__module__.partition(".")[0] == "xarray"
