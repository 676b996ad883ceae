"""Estimators <-> trees of plain values, and arrays.

In a tree, None, numbers, text and lists are themselves. Everything else is a JSON object that says
with its first key what it is, see `Decoder`.
"""

import math
import re

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer, get_scorer_names

from .._estimators.callbacks import CallbackContext, FitCallback
from ..core.configurable import Configurable
from ..core.messages import cut, shorten
from .classes import names_by_class
from .container import TYPE_OF_DTYPE

# Times, complex numbers and text of NumPy are kept as bytes.
_RAW = re.compile(r"[<>|](c8|c16|[SU][1-9]\d*|[Mm]8.*)")


class CannotSaveError(TypeError):
    """An object is of a class that a file cannot hold."""


class Encoder:
    """Turns values into trees; the arrays in them are collected in `arrays`.

    Parameters
    ----------
    name : str
        What the names of arrays and the places in messages begin with.
    """

    def __init__(self, name):
        self.arrays = {}
        self._name = name

    def encode(self, value, place=""):
        """Return the tree of a value.

        Parameters
        ----------
        value : object
        place : str
            Where it is in the estimator, such as ".regressor_".

        Raises
        ------
        CannotSaveError
            If it is, or contains, itself or an object of another class than those that can be
            saved.
        """
        try:
            return self._encode(value, place)
        except RecursionError:
            raise CannotSaveError(f"{self._name} has values that contain themselves.") from None

    def _encode(self, value, place):
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": str(value)}
        if kind is list:
            return [self._encode(item, f"{place}.{i}") for i, item in enumerate(value)]
        if kind is tuple:
            return {"tuple": self._encode(list(value), place)}
        if kind is dict:
            return {"dict": self._pairs(value, place)}
        if kind is slice:
            return {"slice": [value.start, value.stop, value.step]}
        if kind is np.ndarray:
            return self._array(value, place)
        if isinstance(value, np.generic):
            return {"scalar": self._array(np.asarray(value), place)}
        if isinstance(value, np.random.RandomState):
            return {"random state": self._encode(value.get_state(legacy=False), place)}
        if isinstance(value, np.ufunc) and getattr(np, value.__name__, None) is value:
            return {"ufunc": value.__name__}
        if isinstance(value, type) and issubclass(value, np.generic):
            return {"type": np.dtype(value).str}
        if isinstance(value, np.dtype) and not value.hasobject and value.names is None:
            return {"dtype": value.str}
        if (name := _name_of_scorer(value)) is not None:
            return {"scorer": name}
        return self._object(value, place)

    def _pairs(self, items, place):
        return [
            [self._encode(key, f"{place}.key"), self._encode(item, f"{place}.{cut(str(key), 40)}")]
            for key, item in items.items()
        ]

    def _object(self, value, place):
        kind = type(value)
        if isinstance(value, Configurable):
            # A custom one, too: loading needs its class, and calls its constructor.
            name = names_by_class().get(kind, f"{kind.__module__}.{kind.__qualname__}")
            return {"object": name, "params": self._pairs(value.get_params(deep=False), place)}
        if kind not in names_by_class():
            raise CannotSaveError(self._refusal(value, place))
        state = value.__getstate__() if isinstance(value, BaseEstimator) else vars(value)
        return {
            "object": names_by_class()[kind],
            "state": self._pairs(_without_callbacks(state), place),
        }

    def _refusal(self, value, place):
        kind = type(value)
        what = f"{shorten(value, 80)} ({kind.__module__}.{kind.__qualname__})"
        return (
            f"{self._name}{place} is {what}. The file can only hold arrays, plain values, and "
            "objects of sklstm and of some classes of scikit-learn."
        )

    def _array(self, array, place):
        if array.dtype.hasobject:
            if array.dtype.kind != "O":
                raise CannotSaveError(self._refusal(array, place))
            items = [self._encode(item, f"{place}.{i}") for i, item in enumerate(array.ravel())]
            return {"objects": items, "shape": list(array.shape)}
        # Products of matrices can depend on the order of their entries in memory.
        is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
        stored = np.ascontiguousarray(array.T if is_fortran else array)
        stored = stored.reshape((array.T if is_fortran else array).shape)  # of a 0-d one
        entry = {}
        if is_fortran:
            entry["order"] = "F"
        if array.dtype not in TYPE_OF_DTYPE or not array.dtype.isnative:
            swapped = array.dtype.newbyteorder("=") in TYPE_OF_DTYPE
            if not swapped and not _RAW.fullmatch(array.dtype.str):
                raise CannotSaveError(self._refusal(array, place))
            entry |= {"dtype": array.dtype.str, "shape": list(stored.shape)}
            stored = np.frombuffer(stored.tobytes(), np.uint8)
        return {"array": self._add(stored, f"{self._name}{place}"), **entry}

    def _add(self, array, name):
        while name in self.arrays:  # keys of dicts can be equal as text
            name += "_"
        self.arrays[name] = array
        return name


_PLAIN = {type(None), bool, int, str}


def _name_of_scorer(value):
    """The name of one of scikit-learn's scorers; None for other objects."""
    if not callable(value) or type(value) is not type(get_scorer("accuracy")):
        return None
    named = ((name, get_scorer(name)) for name in get_scorer_names())
    return next((name for name, scorer in named if vars(scorer) == vars(value)), None)


def _without_callbacks(state):
    """A state without callbacks, which name files, and without what they need during fit.

    Found by class, because their attributes are private.
    """
    return {name: value for name, value in state.items() if not _is_of_callbacks(value)}


def _is_of_callbacks(value):
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], FitCallback)
    return isinstance(value, CallbackContext)
