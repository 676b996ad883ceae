"""The parameters of a fit as text, by which a later fit is known to be the same."""

import re
import zlib

import numpy as np

# Parameters that change no results.
WITHOUT_EFFECT = {"n_jobs", "pre_dispatch", "verbose"}


def describe_fit(estimator):
    """The class and the parameters of an estimator, as texts that a file can keep.

    Parameters
    ----------
    estimator : estimator
        One whose fit begins, of whatever class.

    Returns
    -------
    dict of str to str
        By name; those of estimators inside, too, as ``outer__inner``.
    """
    params = estimator.get_params(deep=True)
    kept = {name: v for name, v in params.items() if name.split("__")[-1] not in WITHOUT_EFFECT}
    return {"class": type(estimator).__name__} | {name: _text(v) for name, v in kept.items()}


def difference(now, before):
    """The name of a parameter whose text has changed, the innermost one; None if all are equal.

    Parameters
    ----------
    now, before : dict of str to str
        From `describe_fit`.

    Returns
    -------
    str or None
    """
    if now.get("class") != before.get("class"):
        return "class"
    changed = [name for name in now | before if now.get(name) != before.get(name)]
    return max(changed, key=lambda name: name.count("__"), default=None)


def _text(value):
    """A text that is equal for equal values, also in another process."""
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, np.random.RandomState):
        state = value.get_state(legacy=False)["state"]
        return f"RandomState (state {zlib.crc32(state['key'].tobytes()):08x}, {state['pos']})"
    if isinstance(value, type):
        return value.__qualname__
    if hasattr(value, "get_params"):
        params = value.get_params(deep=False)
        texts = [f"{k}={_text(v)}" for k, v in params.items() if k not in WITHOUT_EFFECT]
        return f"{type(value).__name__}({', '.join(texts)})"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_text(k)}: {_text(v)}' for k, v in value.items())}}}"
    if isinstance(value, np.ndarray) or hasattr(value, "to_numpy"):
        array = np.asarray(value)
        return f"array of shape {array.shape} ({zlib.crc32(repr(array.tolist()).encode()):08x})"
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
