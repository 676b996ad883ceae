"""The weights of a network by name, in PyTorch's order of gates: read and set."""

from collections.abc import Mapping

import numpy as np

from .._validation.numbers import refuse_masked


def read_weights(network, params):
    """Copies of the weights, as in ``weights_``.

    Parameters
    ----------
    network : Network
    params : ndarray of shape (layout.size,)

    Returns
    -------
    dict of str to ndarray
    """
    named = network.named_arrays(params).items()
    return {name: _by_gate(array, _torch_order(name, network.cell)) for name, array in named}


def new_params(network, weights):
    """A new vector of parameters from weights by name.

    Parameters
    ----------
    network : Network
    weights : dict of str to array-like
        As `read_weights` returns it.

    Returns
    -------
    ndarray of shape (layout.size,)

    Raises
    ------
    TypeError, ValueError
        If a name is missing or unknown, or an array has another shape, is not of real numbers, or
        is not finite in the dtype of the network.
    """
    params = np.empty(network.layout.size, network.dtype)
    views = network.named_arrays(params)
    _check_names(weights, views)
    for name, view in views.items():
        order = _torch_order(name, network.cell)
        array = _check_array(name, weights[name], view)
        view[...] = _by_gate(array, None if order is None else np.argsort(order))
    return params


def _torch_order(name, cell):
    """PyTorch's order of the gates whose rows an array has, or None."""
    return cell.torch_order if name.rpartition("_l")[0] in cell.gate_rows else None


def _by_gate(array, order):
    """A copy of an array, whose blocks of rows are put in another order unless that is None."""
    if order is None:
        return array.copy()
    gates = np.split(array, len(order))
    return np.concatenate([gates[k] for k in order])


def _check_names(weights, expected):
    if not isinstance(weights, Mapping):
        raise TypeError(
            f"weights_ must be a dict of arrays by name; got {type(weights).__name__}. Expected "
            f"are the names {list(expected)}."
        )
    missing = [name for name in expected if name not in weights]
    unknown = [name for name in weights if name not in expected]
    if missing or unknown:
        wrong = [f"lacks {missing}"] * bool(missing) + [f"has unknown {unknown}"] * bool(unknown)
        raise ValueError(
            f"weights_ {' and '.join(wrong)}. Pass exactly {list(expected)}, as weights_ returns."
        )


def _check_array(name, values, view):
    """`values` as an array of the shape and dtype of `view`."""
    refuse_masked(values, f"weights_[{name!r}]")
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"weights_[{name!r}] is not an array: {error}") from error
    if array.dtype.kind not in "fiu":
        raise TypeError(
            f"weights_[{name!r}] has dtype {array.dtype}; expected real numbers of shape "
            f"{view.shape}."
        )
    if array.shape != view.shape:
        raise ValueError(
            f"weights_[{name!r}] has shape {array.shape}, but the network has {view.shape}. Pass "
            "weights of an estimator with the same parameters and form of data."
        )
    with np.errstate(over="ignore"):
        array = array.astype(view.dtype)
    if not np.isfinite(array).all():
        raise ValueError(
            f"weights_[{name!r}] has values that are not finite in {view.dtype}, the dtype of the "
            "network."
        )
    return array
