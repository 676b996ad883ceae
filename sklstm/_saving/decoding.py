"""Trees of plain values, and arrays -> estimators, without believing what a file says.

No name in a file is imported or called: classes come from a table, and their objects are made of
data alone. Arrays are as large as the part of the file that they are in.
"""

import re

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer

from .._estimators.network_estimator import NetworkEstimator
from ..core.configurable import Configurable
from .classes import classes_by_name
from .container import FileContentError

# Of NumPy's text for a dtype: times, complex numbers, text, and numbers with bytes swapped.
_DTYPE = re.compile(r"[<>|=]?([biufcSU]\d{1,9}|[Mm]8(\[\d{0,9}[a-zA-Z]{1,7}\])?)")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class UnknownClassError(FileContentError):
    """A file has an object of a class that the reader does not know."""


class Decoder:
    """Turns trees back into values.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Those of the file.
    trusted : collection of types
        Classes of cells, losses, optimizers and schedules beside those of sklstm.
    """

    def __init__(self, arrays, trusted=()):
        self._arrays = dict(arrays)
        own = {f"{kind.__module__}.{kind.__qualname__}": kind for kind in trusted}
        self._classes = classes_by_name() | own

    def decode(self, tree):
        """Return the value of a tree.

        Parameters
        ----------
        tree : JSON value

        Raises
        ------
        FileContentError
            If the tree is none that `Encoder` makes, or has an unknown class.
        """
        try:
            return self._decode(tree)
        except FileContentError:
            raise
        except RecursionError:
            raise FileContentError("its values are nested too deeply") from None
        except Exception as error:
            text = f"{type(error).__name__}: {str(error)[:200]}"
            raise FileContentError(f"its values are not valid ({text})") from error

    def _decode(self, tree):
        if not isinstance(tree, dict):
            return [self._decode(item) for item in tree] if isinstance(tree, list) else tree
        what = next(iter(tree))
        if what not in _READERS:
            raise FileContentError(f"it has the unknown kind of value {what[:40]!r}")
        return _READERS[what](self, tree)

    def _float(self, tree):
        return {"nan": float("nan"), "inf": float("inf"), "-inf": -float("inf")}[tree["float"]]

    def _tuple(self, tree):
        return tuple(map(self._decode, tree["tuple"]))

    def _dict(self, tree):
        return self._pairs(tree["dict"])

    def _pairs(self, pairs):
        return {self._decode(key): self._decode(value) for key, value in pairs}

    def _slice(self, tree):
        return slice(*tree["slice"])

    def _scalar(self, tree):
        return self._decode(tree["scalar"])[()]

    def _random_state(self, tree):
        generator = np.random.RandomState(0)
        generator.set_state(self._decode(tree["random state"]))
        return generator

    def _ufunc(self, tree):
        function = vars(np).get(tree["ufunc"])  # getattr would import what NumPy loads when asked
        if not isinstance(function, np.ufunc):
            raise FileContentError(f"numpy.{tree['ufunc'][:40]} is not a ufunc")
        return function

    def _type(self, tree):
        return _dtype(tree["type"]).type

    def _of_dtype(self, tree):
        return _dtype(tree["dtype"])

    def _scorer(self, tree):
        return get_scorer(str(tree["scorer"]))

    def _objects(self, tree):
        items = tree["objects"]
        array = np.empty(len(items), dtype=object)
        for i, item in enumerate(items):
            array[i] = self._decode(item)
        return array.reshape(tree["shape"])

    def _array(self, tree):
        # Each array belongs to one value: a thousand copies would take far more than the file.
        stored = self._arrays.pop(tree["array"])
        if "dtype" in tree:
            array = stored.view(_dtype(tree["dtype"])).reshape(tree["shape"])
        else:
            array = stored
        array = array.copy()
        return array.T if tree.get("order") == "F" else array

    def _object(self, tree):
        name = tree["object"]
        kind = self._classes.get(name)
        if kind is None:
            raise UnknownClassError(
                f"it has an object of the class {name[:80]!r}, which is not one of sklstm. If this "
                "is a cell, loss, optimizer or schedule of your own, and you trust the file, pass "
                f"load(..., trusted=[{_last(name)}])"
            )
        if "params" in tree:
            if not issubclass(kind, Configurable):
                raise FileContentError(f"{name[:80]!r} is not made of parameters")
            return kind(**self._pairs(tree["params"]))
        if issubclass(kind, Configurable):
            raise FileContentError(f"{name[:80]!r} is made of parameters")
        return _with_state(kind, self._pairs(tree["state"]))


_READERS = {
    "float": Decoder._float,
    "tuple": Decoder._tuple,
    "dict": Decoder._dict,
    "slice": Decoder._slice,
    "scalar": Decoder._scalar,
    "random state": Decoder._random_state,
    "ufunc": Decoder._ufunc,
    "type": Decoder._type,
    "dtype": Decoder._of_dtype,
    "scorer": Decoder._scorer,
    "objects": Decoder._objects,
    "array": Decoder._array,
    "object": Decoder._object,
}


def _with_state(kind, state):
    """An object of a class, with these attributes."""
    if not all(isinstance(name, str) and _IDENTIFIER.fullmatch(name) for name in state):
        raise FileContentError(f"attributes of {kind.__name__} have names that are none")
    if methods := [name for name in state if callable(getattr(kind, name, None))]:
        raise FileContentError(f"{kind.__name__} has values in place of its methods {methods[:3]}")
    if state.get("memory") is not None:  # a pipeline's cache of pickles
        raise FileContentError(f"{kind.__name__} has memory={state['memory']!r:.80}, a cache")
    made = object.__new__(kind)
    if isinstance(made, BaseEstimator):
        made.__setstate__(state)
    else:
        vars(made).update(state)
    if isinstance(made, NetworkEstimator) and "_params" in state:
        _check_network(made)
    return made


def _check_network(estimator):
    """Raise unless a fitted estimator has the weights of its network."""
    wrong = FileContentError(f"the weights of its {type(estimator).__name__} do not fit")
    state = vars(estimator)
    sizes = [*state["_architecture"].values(), state.get("patch_length_")]
    # Every layer, unit, input and output has a weight. Building a larger network would take memory
    # and time that the file does not justify.
    if any(isinstance(size, int | np.integer) and size > state["_params"].size for size in sizes):
        raise wrong
    predictor = estimator._fitted_predictor()
    expected = (predictor.network.layout.size,), predictor.network.dtype
    if (predictor.params.shape, predictor.params.dtype) != expected:
        raise wrong


def _dtype(text):
    if not _DTYPE.fullmatch(text):
        raise FileContentError(f"{text[:40]!r} is not a dtype of a file")
    return np.dtype(text)


def _last(name):
    return name[:80].rpartition(".")[2]
