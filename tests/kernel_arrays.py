"""Arguments for the kernels: random arrays by name, for tests."""

import inspect
from typing import NamedTuple

import numpy as np

WEIGHTS = {
    "packed",
    "recurrent",
    "by_input",
    "by_state",
    "by_reset",
    "bias_hn",
    "by_gates",
    "by_new",
}


class Sizes(NamedTuple):
    L: int
    H: int
    n_inputs: int
    width: int


def lstm_arrays(rng, sizes, masked):
    """Arguments of the LSTM's two functions, by name; arrays that both use are the same."""
    L, H, n_inputs, width = sizes
    rows = H + n_inputs + 1
    inputs, h = stacked(rng, sizes, masked)
    c, tanh_c = rng.standard_normal((L + 1, H, width)), np.zeros((L, H, width))
    gates = rng.standard_normal((L, 4 * H, width))
    shared = {"c": c, "gates": gates, "tanh_c": tanh_c}
    packed = rng.standard_normal((rows, 4 * H)) / np.sqrt(rows)
    forward = {"packed": packed, "inputs": inputs, "h": h, **shared}
    d_h, d_c = rng.standard_normal((2, H, width))
    backward = {"recurrent": packed[:H], **shared, "forget": np.zeros_like(tanh_c)}
    return forward, {**backward, "d_h": d_h, "d_c": d_c}


def gru_arrays(rng, sizes, masked, reset_after):
    """Arguments of the GRU's two functions, by name."""
    L, H, n_inputs, width = sizes

    def normal(*shape):
        return rng.standard_normal(shape) / np.sqrt(H)

    inputs, h = stacked(rng, sizes, masked)
    shared = {"inputs": inputs, "h": h, "gates": rng.standard_normal((L, 4 * H, width))}
    by_gates = np.asfortranarray(normal(H, (3 if reset_after else 2) * H))
    by_new = None if reset_after else normal(H, H)
    forward = {
        "by_input": rng.standard_normal((3 * H, n_inputs + 1)),
        "by_state": np.asfortranarray(by_gates.T),
        "by_reset": None if reset_after else np.asfortranarray(by_new.T),
        "bias_hn": rng.standard_normal((H, 1)) if reset_after else None,
    }
    backward = {"by_gates": by_gates, "by_new": by_new, **shared}
    return {**forward, **shared}, {**backward, "d_h": rng.standard_normal((H, width))}


def stacked(rng, sizes, masked):
    """Inputs and h; without a mask, h is a view of inputs."""
    L, H, n_inputs, width = sizes
    inputs = rng.standard_normal((L + 1, H + n_inputs + 1, width))
    inputs[:, -1] = 1.0
    return inputs, rng.standard_normal((L + 1, H, width)) if masked else inputs[:, :H]


def converted(arrays, dtype, columns=slice(None), n_steps=None):
    """Copies of some columns, and of the first steps, in a dtype.

    What both functions have is one array; without a mask h is in inputs.
    """
    copies = {}

    def copy(name, array):
        if id(array) not in copies and array is not None:
            if name in WEIGHTS:
                copies[id(array)] = array.astype(dtype)
            elif name == "h" and array.base is not None:
                copies[id(array)] = copy("inputs", array.base)[:, : array.shape[1]]
            else:
                is_whole = n_steps is None or array.ndim < 3
                stop = None if is_whole else n_steps + (name in ("inputs", "h", "c"))
                copies[id(array)] = np.array(array[:stop, ..., columns], dtype, order="C")
        return copies.get(id(array))

    return [{name: copy(name, array) for name, array in part.items()} for part in arrays]


def run(module, arrays, mask, d_out, projected, with_steps, **more):
    """Both passes; all arrays after each of them, by name."""
    found, H = {}, arrays[0]["h"].shape[1]
    for name, part in zip(("forward", "backward"), arrays, strict=True):
        steps = getattr(module, f"{name}_steps")
        if with_steps:
            part = {**part, "steps": steps(*(part[n] for n in inspect.signature(steps).parameters))}
        options = {"is_projected": projected} if name == "forward" else {"d_out": d_out}
        assert getattr(module, name)(**part, mask=mask, **options, **more) is None
        for argument, array in part.items():
            if argument not in ("steps", "forget") and array is not None:
                # tanh_c is scratch of backward, and the last inputs have nothing but h.
                if argument == "inputs":
                    found[name, "inputs"] = [array[:-1].copy(), array[-1, :H].copy()]
                elif (name, argument) != ("backward", "tanh_c"):
                    found[name, argument] = [array.copy()]
    return found


def run_arrays(forward, with_steps=True):
    """Arguments of `run`, by name, that give the states of `forward` with these arguments.

    The input is strided, and the states are some columns of larger arrays.
    """
    L, rows, width = forward["gates"].shape
    H, dtype = rows // 4, forward["gates"].dtype
    x = np.ascontiguousarray(forward["inputs"][:L, H:-1][::-1].transpose(2, 0, 1))
    arguments = {name: array for name, array in forward.items() if name in WEIGHTS}
    arguments["x"] = x[:, ::-1].transpose(1, 2, 0)
    for name in ("h", "c"):
        if name in forward:
            larger = np.full((H, width + 1), 7, dtype)
            larger[:, :width] = forward[name][0]
            arguments[name] = larger[:, :width]
    arguments["out"] = np.empty((L, H, width), dtype) if with_steps else None
    first = 0 if "c" in forward else H  # a GRU has no share of the input in q
    projected = None if x.shape[2] else forward["gates"][:, first:].copy()
    return {**arguments, "projected": projected}


def adam_arrays(rng, n, dtype):
    """Arguments of Adam's update that are arrays, by name."""
    names = ("params", "gradient", "mean", "square", "scratch")
    arrays = {name: rng.standard_normal(n) * 10.0 ** rng.uniform(-9, 9, n) for name in names}
    arrays["square"] = np.abs(arrays["square"])
    return {name: array.astype(dtype) for name, array in arrays.items()}


# The other arguments of Adam's update.
ADAM_NUMBERS = {"beta_1": 0.9, "beta_2": 0.999, "eps": 1e-8, "rate": 0.03, "root": 0.7}
