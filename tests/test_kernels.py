"""Every entry of `KERNELS`, called with plain arrays: the same arguments and results as NumPy's.

The cells are tested with all kernels in test_cells.py and test_tokens.py.
"""

import inspect

import numpy as np
import pytest
from cell_forms import FORMS, uses_kernels
from kernel_arrays import (
    ADAM_NUMBERS,
    Sizes,
    adam_arrays,
    converted,
    gru_arrays,
    lstm_arrays,
    run,
    run_arrays,
)

from sklstm.core import kernels
from sklstm.core.cells.tape import TapeShape
from sklstm.core.kernels import KERNELS

L, H = 5, 3
FUNCTIONS = ("run", "forward", "forward_steps", "backward", "backward_steps", "add_outer_products")
every_kernel = pytest.mark.parametrize("kernel", KERNELS)
every_family = pytest.mark.parametrize("family", ["lstm", "gru"])


@every_kernel
@every_family
def test_signatures_are_those_of_numpy(kernel, family):
    for name in FUNCTIONS:
        own, numpy = (getattr(getattr(KERNELS[k], family), name) for k in (kernel, "numpy"))
        own = inspect.signature(own)
        has_widths = KERNELS[kernel].takes_widths and not name.endswith("_steps")
        assert ("widths" in own.parameters) == has_widths
        others = [p for p in own.parameters.values() if p.name != "widths"]
        assert own.replace(parameters=others) == inspect.signature(numpy)


@every_kernel
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_adam_gives_the_bits_of_numpy(kernel, dtype):
    own, numpy = KERNELS[kernel].adam.update, KERNELS["numpy"].adam.update
    assert inspect.signature(own) == inspect.signature(numpy)
    for n in [1, 5, 100]:
        expected = adam_arrays(np.random.default_rng(n), n, dtype)
        found = {name: array.copy() for name, array in expected.items()}
        for _ in range(3):
            own(**found, **ADAM_NUMBERS)
            numpy(**expected, **ADAM_NUMBERS)
        for name in ("params", "gradient", "mean", "square"):
            np.testing.assert_array_equal(found[name], expected[name], name)


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
        arrays = lstm_arrays(rng, Sizes(L, H, n_inputs, width), masked)
    else:
        arrays = gru_arrays(rng, Sizes(L, H, n_inputs, width), masked, family == "gru")
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


@every_kernel
@pytest.mark.parametrize("family", ["lstm", "gru", "gru with the reset before"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_inputs", [2, 0])
@pytest.mark.parametrize("width", [1, 3, 17, 150])
@pytest.mark.parametrize("with_steps", [True, False])
def test_a_run_gives_the_states_of_forward(kernel, family, dtype, n_inputs, width, with_steps):
    """To the bit in the compiled kernel."""
    rng, module = np.random.default_rng(0), getattr(KERNELS[kernel], family.split()[0])
    sizes = Sizes(L, H, n_inputs, width)
    if family == "lstm":
        arrays = lstm_arrays(rng, sizes, False)
    else:
        arrays = gru_arrays(rng, sizes, False, family == "gru")
    forward = converted(arrays, dtype)[0]
    arguments = run_arrays(forward, with_steps)
    assert module.run(**arguments) is None
    module.forward(**forward, is_projected=n_inputs == 0)
    tol = 0 if kernel == "compiled" else 1e-14 if dtype == np.float64 else 1e-6
    for name in {"h", "c"} & arguments.keys():
        np.testing.assert_allclose(arguments[name], forward[name][-1], rtol=0, atol=tol)
        assert (arguments[name].base[:, width:] == 7).all()
    if with_steps:
        np.testing.assert_allclose(arguments["out"], forward["h"][1:], rtol=0, atol=tol)


def test_the_cells_with_kernels_are_known():
    """So that `over_kernels` does run the tests of these cells with each of them."""
    expected = {"lstm", "gru", "gru with the reset before"}
    assert {name for name, cell in FORMS.items() if uses_kernels(cell)} == expected


@pytest.mark.parametrize("name", ["lstm", "gru"])
def test_new_tapes_use_the_kernel_in_use(name, monkeypatch):
    other = KERNELS["numpy"]._replace(lstm=object(), gru=object())
    monkeypatch.setattr(kernels, "kernel_in_use", lambda: other)
    tape = FORMS[name].tape(TapeShape(2, 1, 1, 1, np.dtype(float)))
    assert tape.kernel is getattr(other, name)


# Tokens ------------------------------------------------------------------------------------------


@every_kernel
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("width", [1, 3, 16, 37])
@pytest.mark.parametrize("reverse", [False, True])
def test_rows_of_tokens_and_the_gradient_of_their_table(kernel, dtype, width, reverse):
    """Also in and from views of larger arrays, and of tokens that repeat."""
    rng, module = np.random.default_rng(0), KERNELS[kernel].tokens
    table = rng.standard_normal((5, 7)).astype(dtype)
    tokens = rng.integers(0, 5, (width, L)).T[:: -1 if reverse else 1]
    expected = table[tokens].transpose(0, 2, 1)
    found = module.look_up(table, tokens)
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, expected)
    out = np.zeros((L, 9, width + 2), dtype)[::-1, 1:-1, 1:-1]
    assert module.look_up(table, tokens, out) is out
    np.testing.assert_array_equal(out, expected)
    d_out = rng.standard_normal((L, 9, width + 2)).astype(dtype)[::-1, 1:-1, 1:-1]
    gradient, expected = np.ones((5, 7), dtype), np.ones((5, 7))
    assert module.scatter_add(gradient, tokens, d_out) is None
    np.add.at(expected, tokens, d_out.transpose(0, 2, 1).astype(float))
    np.testing.assert_allclose(gradient, expected, rtol=1e-12 if dtype == np.float64 else 1e-5)
