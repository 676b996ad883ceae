"""Every entry of `KERNELS`, called with plain arrays: the same arguments and results as NumPy's.

The cells are tested with all kernels in test_cells.py and test_tokens.py.
"""

import inspect

import numpy as np
import pytest
from cell_forms import FORMS, uses_kernels

from sklstm.core import kernels
from sklstm.core.cells.tape import TapeShape
from sklstm.core.kernels import KERNELS

L, H = 5, 3
FUNCTIONS = ("forward", "forward_steps", "backward", "backward_steps")
every_kernel = pytest.mark.parametrize("kernel", KERNELS)
every_family = pytest.mark.parametrize("family", ["lstm", "gru"])


@every_kernel
@every_family
def test_signatures_are_those_of_numpy(kernel, family):
    for name in FUNCTIONS:
        own, numpy = (getattr(getattr(KERNELS[k], family), name) for k in (kernel, "numpy"))
        assert inspect.signature(own) == inspect.signature(numpy)


def lstm_arrays(rng, n_inputs, width, masked):
    """Arguments of the LSTM's two functions, by name; what it shares is in both."""
    rows = H + n_inputs + 1
    inputs, h = stacked(rng, n_inputs, width, masked)
    c, tanh_c = rng.standard_normal((L + 1, H, width)), np.empty((L, H, width))
    gates = rng.standard_normal((L, 4 * H, width))
    shared = {"c": c, "gates": gates, "tanh_c": tanh_c}
    packed = rng.standard_normal((rows, 4 * H))
    forward = {"packed": packed, "inputs": inputs, "h": h, **shared}
    d_h, d_c = rng.standard_normal((2, H, width))
    backward = {"recurrent": packed[:H], **shared, "forget": np.empty_like(tanh_c)}
    return forward, {**backward, "d_h": d_h, "d_c": d_c}


def gru_arrays(rng, n_inputs, width, masked, reset_after):
    """Arguments of the GRU's two functions, by name."""
    inputs, h = stacked(rng, n_inputs, width, masked)
    shared = {"inputs": inputs, "h": h, "gates": rng.standard_normal((L, 4 * H, width))}
    by_gates = np.asfortranarray(rng.standard_normal((H, (3 if reset_after else 2) * H)))
    by_new = None if reset_after else rng.standard_normal((H, H))
    forward = {
        "by_input": rng.standard_normal((3 * H, n_inputs + 1)),
        "by_state": np.asfortranarray(by_gates.T),
        "by_reset": None if reset_after else np.asfortranarray(by_new.T),
        "bias_hn": rng.standard_normal((H, 1)) if reset_after else None,
    }
    backward = {"by_gates": by_gates, "by_new": by_new, **shared}
    return {**forward, **shared}, {**backward, "d_h": rng.standard_normal((H, width))}


def stacked(rng, n_inputs, width, masked):
    inputs = rng.standard_normal((L + 1, H + n_inputs + 1, width))
    inputs[:, -1] = 1.0
    return inputs, rng.standard_normal((L + 1, H, width)) if masked else inputs[:, :H]


def converted(arrays, dtype):
    """Copies in a dtype. What both functions have is one array; without a mask h is in inputs."""
    copies = {}

    def copy(array):
        if id(array) not in copies and array is not None:
            is_view = array.ndim == 3 and array.base is not None
            copies[id(array)] = copy(array.base)[:, :H] if is_view else array.astype(dtype)
        return copies.get(id(array))

    return [{name: copy(array) for name, array in part.items()} for part in arrays]


def run(module, arrays, mask, d_out, projected, with_steps):
    """Both passes; all arrays after each of them, by name."""
    found = {}
    for name, part in zip(("forward", "backward"), arrays, strict=True):
        steps = getattr(module, f"{name}_steps")
        if with_steps:
            part = {**part, "steps": steps(*(part[n] for n in inspect.signature(steps).parameters))}
        options = {"is_projected": projected} if name == "forward" else {"d_out": d_out}
        assert getattr(module, name)(**part, mask=mask, **options) is None
        for argument, array in part.items():
            if argument not in ("steps", "forget") and array is not None:
                # tanh_c is scratch of backward, and the last inputs have nothing but h.
                if argument == "inputs":
                    found[name, "inputs"] = [array[:-1].copy(), array[-1, :H].copy()]
                elif (name, argument) != ("backward", "tanh_c"):
                    found[name, argument] = [array.copy()]
    return found


@every_kernel
@pytest.mark.parametrize("family", ["lstm", "gru", "gru with the reset before"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_inputs", [2, 0])
@pytest.mark.parametrize("width", [1, 3, 17])
@pytest.mark.parametrize("masked", [False, True])
def test_results_are_those_of_numpy(kernel, family, dtype, n_inputs, width, masked):
    """NumPy's own are the same whether the views of the steps are made before the call or in it."""
    rng = np.random.default_rng(0)
    if family == "lstm":
        arrays = lstm_arrays(rng, n_inputs, width, masked)
    else:
        arrays = gru_arrays(rng, n_inputs, width, masked, family == "gru")
    mask = (rng.random((H, width)) < 0.7) / 0.7 if masked else None
    for d_out in (None, rng.standard_normal((L, H, width))):
        data = [None if a is None else a.astype(dtype) for a in (mask, d_out)]
        results = [
            run(
                getattr(KERNELS[name], family.split()[0]),
                converted(arrays, dtype),
                *data,
                n_inputs == 0,
                with_steps,
            )
            for name, with_steps in [(kernel, True), ("numpy", False)]
        ]
        for place, expected in results[1].items():
            for actual, array in zip(results[0][place], expected, strict=True):
                assert actual.dtype == dtype
                scale = np.abs(array).max(initial=1.0)
                tol = scale * (1e-13 if dtype == np.float64 else 1e-5)
                np.testing.assert_allclose(actual, array, rtol=0, atol=tol, err_msg=str(place))


def test_the_cells_with_kernels_are_known():
    """So that `over_kernels` does run the tests of these cells with each of them."""
    expected = {"lstm", "gru", "gru with the reset before"}
    assert {name for name, cell in FORMS.items() if uses_kernels(cell)} == expected


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_new_tapes_use_the_kernel_in_use(name, monkeypatch):
    other = kernels.Kernel(lstm=object(), gru=object())
    monkeypatch.setattr(kernels, "kernel_in_use", lambda: other)
    tape = FORMS[name].tape(TapeShape(2, 1, 1, 1, np.dtype(float)))
    assert tape.kernel is getattr(other, name)
