"""The compiled kernels: sizes, builds, equal columns, NaN, bad arrays, choice of a kernel."""

import os
import shutil
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import numpy as np
import pytest
from kernel_arrays import (
    ADAM_NUMBERS,
    WEIGHTS,
    Sizes,
    adam_arrays,
    converted,
    gru_arrays,
    lstm_arrays,
    run,
    run_arrays,
)

import sklstm
from sklstm.core.kernels import KERNELS, builds, compiled

needs_extension = pytest.mark.skipif(compiled.extension is None, reason="was not built")
FAMILIES = ["lstm", "gru", "gru with the reset before"]
WIDTHS = [*range(1, 18), 31, 33, 64, 300]
# Columns that run at each step: in one group of columns and in several, at the edges of vectors.
ENDS = [
    [1, 1],
    [1, 0],
    [3, 2, 1],
    [5, 5, 1, 0],
    [17, 16, 16, 8, 7],
    [40, 33, 32, 4],
    [300, 260, 129, 128, 3],
    [0],
]
HIDDEN_SIZES = [1, 2, 3, 7, 8, 9, 16, 31, 32, 33]


@pytest.fixture(params=builds())
def build(request):
    """Run a test with every build that this processor can run."""
    compiled.extension.use_build(request.param)
    yield request.param
    compiled.extension.use_build(builds()[-1])


def make(family, sizes, masked, dtype, seed=0):
    """Arguments of both passes, mask and d_out."""
    rng = np.random.default_rng(seed)
    if family == "lstm":
        arrays = lstm_arrays(rng, sizes, masked)
    else:
        arrays = gru_arrays(rng, sizes, masked, family == "gru")
    L, H, n_inputs, width = sizes
    mask = ((rng.random((H, width)) < 0.7) / 0.7).astype(dtype) if masked else None
    return converted(arrays, dtype), mask, rng.standard_normal((L, H, width)).astype(dtype)


def results(
    kernel, family, arrays, mask, d_out, projected, columns=slice(None), n_steps=None, **more
):
    """All arrays after each pass, computed with copies of the arguments."""
    return run(
        getattr(KERNELS[kernel], family.split()[0]),
        converted(arrays, d_out.dtype, columns, n_steps),
        None if mask is None else np.ascontiguousarray(mask[:, columns]),
        np.ascontiguousarray(d_out[:n_steps, :, columns]),
        projected,
        with_steps=False,
        **more,
    )


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype, tol", [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("H", HIDDEN_SIZES)
def test_all_widths_are_as_numpy(build, family, dtype, tol, H):
    for width in WIDTHS:
        n_inputs, masked = [0, 1, 3][width % 3], width % 2 == 0
        arguments = make(family, Sizes(3, H, n_inputs, width), masked, dtype)
        found = results("compiled", family, *arguments, n_inputs == 0)
        for place, expected in results("numpy", family, *arguments, n_inputs == 0).items():
            for actual, array in zip(found[place], expected, strict=True):
                scale = np.abs(array).max(initial=1.0)
                assert np.abs(actual - array).max() <= tol * scale, (place, width)


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("H", [1, 7, 32])
def test_a_column_does_not_depend_on_the_others(build, family, dtype, masked, H):
    for width in [2, 3, 5, 16, 17, 33, 150]:
        for n_inputs in [0, 2]:
            arrays, mask, d_out = make(family, Sizes(4, H, n_inputs, width), masked, dtype)
            arguments = family, arrays, mask, d_out, n_inputs == 0
            together = results("compiled", *arguments)
            for j in {0, width // 2, width - 1}:
                alone = results("compiled", *arguments, columns=slice(j, j + 1))
                for place in alone.keys() - {(p, name) for p, name in alone if name in WEIGHTS}:
                    for actual, array in zip(alone[place], together[place], strict=True):
                        np.testing.assert_array_equal(actual[..., 0], array[..., j], str(place))


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("H", HIDDEN_SIZES)
def test_a_run_gives_the_states_of_forward_to_the_bit(build, family, dtype, H):
    kernel = getattr(KERNELS["compiled"], family.split()[0])
    for width in WIDTHS:
        n_inputs = [0, 1, 3][width % 3]
        (forward, _), _, _ = make(family, Sizes(3, H, n_inputs, width), False, dtype)
        arguments, last = run_arrays(forward), run_arrays(forward, with_steps=False)
        kernel.run(**arguments)
        kernel.run(**last)
        kernel.forward(**forward, is_projected=n_inputs == 0)
        np.testing.assert_array_equal(arguments["out"], forward["h"][1:])
        for name in {"h", "c"} & arguments.keys():
            np.testing.assert_array_equal(arguments[name], forward[name][-1])
            np.testing.assert_array_equal(last[name].base, arguments[name].base)


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("H", [1, 7, 33])
@pytest.mark.parametrize("widths", ENDS, ids=str)
def test_a_column_that_ends_is_that_of_fewer_steps(build, family, dtype, masked, H, widths):
    """To the bit, and nothing is written after its end."""
    n_inputs, width = H % 3, max(widths[0], 1) + (widths[-1] == 0 < widths[0] - 1)
    arrays, mask, d_out = make(family, Sizes(len(widths), H, n_inputs, width), masked, dtype)
    widths = np.array(widths)
    steps = {"inputs", "h", "c", "gates", "tanh_c"}
    before = converted(arrays, dtype)
    for part in before:  # nothing is read there, either
        for t, running in enumerate(widths):
            part["gates"][t, :, running:] = d_out[t, :, running:] = np.nan
    arguments = before, mask, d_out
    found = results("compiled", family, *arguments, n_inputs == 0, widths=widths)
    for j in sorted({0, *widths - 1, *widths} & set(range(width))):
        end = int((widths > j).sum())
        column = slice(j, j + 1), end
        alone = results("compiled", family, arrays, mask, d_out, n_inputs == 0, *column)
        for place in alone.keys() - {(p, name) for p, name in alone if name in WEIGHTS}:
            if place[1] == "inputs":
                pairs = [(found[place][0][:end, :, j], alone[place][0][..., 0])]
            elif place[1] in steps:
                array = found[place][0][..., j]
                slots = end + (len(array) > len(widths))
                pairs = [(array[:slots], alone[place][0][..., 0])]
                kept = before[0].get(place[1])[slots:, :, j]
                pairs.append((array[slots:], kept))
            else:
                pairs = [(found[place][0][..., j], alone[place][0][..., 0])]
            for actual, expected in pairs:
                np.testing.assert_array_equal(actual, expected, str(place))


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_inputs", [0, 2])
@pytest.mark.parametrize("widths", ENDS, ids=str)
def test_a_run_leaves_the_last_state_of_columns_that_end(build, family, dtype, n_inputs, widths):
    kernel = getattr(KERNELS["compiled"], family.split()[0])
    sizes = Sizes(len(widths), 9, n_inputs, max(widths[0], 1))
    widths = np.array(widths)
    (forward, _), _, _ = make(family, sizes, False, dtype)
    arguments, last = run_arrays(forward), run_arrays(forward, with_steps=False)
    arguments["out"][...] = 7
    kernel.run(**arguments, widths=widths)
    kernel.run(**last, widths=widths)
    kernel.forward(**forward, is_projected=n_inputs == 0, widths=widths)
    ends = [int((widths > j).sum()) for j in range(sizes.width)]
    for j, end in enumerate(ends):
        np.testing.assert_array_equal(arguments["out"][:end, :, j], forward["h"][1 : end + 1, :, j])
        assert (arguments["out"][end:, :, j] == 7).all()
    for name in {"h", "c"} & arguments.keys():
        expected = forward[name][ends, :, np.arange(sizes.width)].T
        np.testing.assert_array_equal(arguments[name], expected)
        np.testing.assert_array_equal(last[name].base, arguments[name].base)


@needs_extension
@pytest.mark.parametrize("dtype, tol", [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("widths", ENDS, ids=str)
def test_sums_of_outer_products_of_columns_that_end(build, dtype, tol, widths):
    rng, L, width = np.random.default_rng(0), len(widths), max(widths[0], 1)
    runs = np.arange(width) < np.array(widths)[:, np.newaxis]
    for K, G in [(1, 1), (17, 24), (20, 13), (33, 9), (130, 128)]:
        inputs = rng.standard_normal((L + 1, K, width)).astype(dtype)
        d_gates = rng.standard_normal((L, G, width)).astype(dtype)
        d_gates[~runs[:, np.newaxis].repeat(G, 1)] = np.nan
        inputs[:L][~runs[:, np.newaxis].repeat(K, 1)] = np.nan
        found = np.ones((K, G), dtype)
        KERNELS["compiled"].gru.add_outer_products(found, inputs, d_gates, np.array(widths))
        t, b = np.nonzero(runs)
        expected = 1 + np.einsum("nk,ng->kg", inputs[t, :, b].astype(float), d_gates[t, :, b])
        assert np.abs(found - expected).max() <= tol * np.abs(expected).max(), (K, G)


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
def test_bad_widths(family):
    arrays, mask, d_out = make(family, Sizes(3, 2, 2, 4), True, np.float64)
    unmasked = make(family, Sizes(3, 2, 2, 4), False, np.float64)[0][0]
    kernel = getattr(KERNELS["compiled"], family.split()[0])
    products = np.zeros((5, 8)), np.zeros((3, 5, 4)), np.zeros((3, 8, 4))
    for widths, error, message in [
        ([4, 3, 2], TypeError, "widths must be an array of int64"),
        (np.array([4, 3, 2], np.int32), TypeError, "widths must be an array of int64; got"),
        (np.array([4.0, 3.0, 2.0]), TypeError, "widths must be an array of int64; got"),
        (np.array([4, 3]), ValueError, r"widths must be .* of shape \(3,\)"),
        (np.array([[4, 3, 2]]), ValueError, r"widths must be .* of shape \(3,\)"),
        (np.array([4, 0, 3, 0, 2])[::2], ValueError, "widths must be aligned and contiguous"),
        (misaligned(np.array([4, 3, 2])), ValueError, "widths must be aligned"),
        (np.array([5, 3, 2]), ValueError, r"widths must be in \[0, 4\], and never grow"),
        (np.array([4, 2, 3]), ValueError, "widths must be .* never grow"),
        (np.array([4, 3, -1]), ValueError, "widths must be in"),
    ]:
        calls = [
            lambda widths=widths: kernel.forward(**arrays[0], mask=mask, widths=widths),
            lambda widths=widths: kernel.backward(
                **arrays[1], mask=mask, d_out=d_out, widths=widths
            ),
            lambda widths=widths: kernel.run(**run_arrays(unmasked), widths=widths),
            lambda widths=widths: kernel.add_outer_products(*products, widths),
        ]
        for call in calls:
            with pytest.raises(error, match=message):
                call()


@needs_extension
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("width", [1, 5])
@pytest.mark.parametrize("masked", [False, True])
def test_a_segment_may_be_cut_in_two(build, dtype, width, masked):
    """The same bits, with the state carried over."""
    (forward, backward), mask, d_out = make("lstm", Sizes(6, 9, 2, width), masked, dtype)
    kernel = KERNELS["compiled"].lstm
    whole, parts = (converted((forward, backward), dtype) for _ in range(2))
    kernel.forward(**whole[0], mask=mask)
    kernel.backward(**whole[1], d_out=d_out, mask=mask)
    cuts = [(0, 2), (2, 6)]
    for start, stop in cuts:
        kernel.forward(**segment(parts[0], start, stop), mask=mask)
    for start, stop in cuts[::-1]:
        kernel.backward(**segment(parts[1], start, stop), d_out=d_out[start:stop], mask=mask)
    for name in ["h", "c", "gates", "d_h", "d_c"]:
        array, expected = ({**p[0], **p[1]}[name] for p in (parts, whole))
        np.testing.assert_array_equal(array, expected, name)


def segment(arrays, start, stop):
    slots = {"inputs", "h", "c"}
    return {
        name: array[start : stop + (name in slots)] if array.ndim == 3 else array
        for name, array in arrays.items()
    }


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("width", [1, 6])
def test_values_that_are_not_finite_are_as_in_numpy(build, family, dtype, value, width):
    for name, row in [("inputs", 3 + 1), ("h", 0), ("gates", 5), ("d_h", 1)]:
        projected = name == "gates"
        sizes = Sizes(3, 3, 0 if projected else 2, width)
        arrays, _, d_out = make(family, sizes, False, dtype)
        part = arrays[1 if name == "d_h" else 0]
        part[name][(0, row, -1) if part[name].ndim == 3 else (row, -1)] = value
        with np.errstate(all="ignore"):
            expected = results("numpy", family, arrays, None, d_out, projected)
        found = results("compiled", family, arrays, None, d_out, projected)
        for place, array in expected.items():
            # Finite values are close; infinity and NaN are in the same places.
            tol = 1e-9 if dtype == np.float64 else 1e-4
            for actual, wanted in zip(found[place], array, strict=True):
                np.testing.assert_allclose(actual, wanted, rtol=tol, atol=tol, err_msg=str(place))


@needs_extension
@pytest.mark.parametrize("dtype, tol", [(np.float64, 1e-15), (np.float32, 4e-7)])
def test_tanh(build, dtype, tol):
    """Its relative error, through the gate g of an LSTM whose weights are zero."""
    size = np.concatenate([np.linspace(1e-3, 30, 50_001), np.geomspace(1e-30, 1e30, 50_001)])
    x = np.concatenate([size, -size, [0.0, -0.0, np.inf, -np.inf, np.nan]]).astype(dtype)
    inputs, c = np.zeros((2, 2, len(x)), dtype), np.zeros((2, 1, len(x)), dtype)
    gates = np.zeros((1, 4, len(x)), dtype)
    gates[0, 3] = x
    KERNELS["compiled"].lstm.forward(
        np.zeros((2, 4), dtype),
        inputs,
        inputs[:, :1],
        c,
        gates,
        np.empty((1, 1, len(x)), dtype),
        is_projected=True,
    )
    found, expected = gates[0, 3], np.tanh(x.astype(np.longdouble))
    assert np.nanmax(np.abs(found)) == 1
    np.testing.assert_allclose(found, expected, rtol=tol, atol=0)
    # z + 0 is 0 also for z = -0, so that its sign is lost before tanh.
    np.testing.assert_array_equal(np.isnan(found), np.isnan(x))


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("L, width", [(0, 3), (2, 0), (0, 0)])
def test_no_steps_or_no_columns(family, L, width):
    arrays, mask, d_out = make(family, Sizes(L, 3, 2, width), True, np.float64)
    given = {**arrays[0], **arrays[1]}
    for place, found in results("compiled", family, arrays, mask, d_out, False).items():
        if place[1] != "inputs":
            np.testing.assert_array_equal(found[0], given[place[1]])


@needs_extension
@pytest.mark.parametrize("dtype, tol", [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize(
    "L, width", [(0, 2), (3, 0), (1, 1), (200, 1), (7, 33), (2, 128), (3, 150)]
)
def test_sums_of_outer_products(build, dtype, tol, L, width):
    rng = np.random.default_rng(0)
    for K, G in [(1, 1), (2, 4), (17, 24), (20, 13), (23, 8), (33, 9), (64, 7), (130, 128)]:
        # Views of larger arrays, as those of a tape are; of inputs the last step is not used.
        inputs = rng.standard_normal((L + 1, K + 3, width)).astype(dtype)[:, 2:-1]
        d_gates = rng.standard_normal((L, G + 2, width)).astype(dtype)[:, 1:-1]
        start = rng.standard_normal((K, G)).astype(dtype)
        found = start.copy()
        KERNELS["compiled"].lstm.add_outer_products(found, inputs, d_gates)
        expected = start + np.einsum("lkb,lgb->kg", inputs[:L].astype(float), d_gates)
        assert np.abs(found - expected).max() <= tol * np.abs(expected).max(), (K, G)


@needs_extension
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("last", [1.0, np.nan, -np.inf, 1e38])
def test_adam_gives_the_bits_of_numpy(build, dtype, last):
    for n in [*range(70), 1000]:
        arrays, results = adam_arrays(np.random.default_rng(n), n, dtype), []
        arrays["gradient"][-1:] = last
        for kernel in ("numpy", "compiled"):
            results.append({name: array.copy() for name, array in arrays.items()})
            with np.errstate(all="ignore"):
                KERNELS[kernel].adam.update(**results[-1], **ADAM_NUMBERS)
        for name in arrays.keys() - {"scratch"}:
            np.testing.assert_array_equal(results[1][name], results[0][name], f"{name} {n}")


@needs_extension
def test_bad_arrays_in_adam():
    arrays = adam_arrays(np.random.default_rng(0), 6, np.float64)
    update = KERNELS["compiled"].adam.update
    for what, (change, error) in BAD.items():
        if what in ("a row less", "None"):
            continue
        for name in ("params", "gradient", "mean", "square"):
            if name == "gradient" and (what in CONVERTED or what == "read-only"):
                continue
            with pytest.raises(error) as caught:
                update(**{**arrays, name: change(arrays[name])}, **ADAM_NUMBERS)
            # The others may be wrong instead: sizes and dtype are those of params.
            assert name in str(caught.value) or name == "params", (name, str(caught.value))
    with pytest.raises(TypeError, match="takes 9 arguments; got 1"):
        compiled.extension.adam_update(arrays["params"])
    with pytest.raises(TypeError, match="must be real number"):
        update(**arrays, **{**ADAM_NUMBERS, "eps": "small"})


@needs_extension
def test_adam_takes_gradients_of_any_layout():
    for convert in (strided, read_only, lambda a: a.astype(np.float64), lambda a: a[::-1][::-1]):
        results = []
        for kernel in ("numpy", "compiled"):
            arrays = adam_arrays(np.random.default_rng(0), 9, np.float32)
            arrays["gradient"] = convert(arrays["gradient"].round(3))
            KERNELS[kernel].adam.update(**arrays, **ADAM_NUMBERS)
            results.append(arrays["params"])
        np.testing.assert_array_equal(*results)


@needs_extension
def test_bad_arrays_in_sums_of_outer_products():
    gradient, inputs, d_gates = np.zeros((3, 4)), np.zeros((2, 3, 5)), np.zeros((2, 4, 5))
    product = KERNELS["compiled"].gru.add_outer_products
    for arrays, error, message in [
        ((read_only(gradient), inputs, d_gates), ValueError, "gradient must be writable"),
        ((np.asfortranarray(gradient), inputs, d_gates), ValueError, "gradient must have a contig"),
        ((gradient, inputs[:1], d_gates), ValueError, "inputs must have at least 2 steps; got 1"),
        (
            (gradient, inputs[:, 1:], d_gates),
            ValueError,
            "inputs must have 3 elements along axis 1",
        ),
        ((gradient, inputs, d_gates[:, 1:]), ValueError, "d_gates must have 4 elements"),
        ((gradient, inputs, d_gates.astype("f")), TypeError, "d_gates must be an array of float64"),
        ((gradient, misaligned(inputs), d_gates), ValueError, "inputs must be aligned"),
        ((gradient, halfway(inputs), d_gates), ValueError, "inputs must be aligned"),
    ]:
        with pytest.raises(error, match=message):
            product(*arrays)
    with pytest.raises(TypeError, match="takes 4 arguments; got 2"):
        compiled.extension.outer_products(gradient, inputs)
    for K, G in [(0, 4), (3, 0)]:  # no sums
        product(np.zeros((K, G)), np.zeros((2, K, 5)), np.zeros((2, G, 5)))


def misaligned(array):
    memory = np.empty(array.nbytes + 1, np.uint8)[1:]
    copy = memory.view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def halfway(array):
    """The same values, with steps that are no multiples of the size of an item."""
    fields = np.zeros(array.shape, [("value", array.dtype), ("rest", "u1")])
    fields["value"] = array
    return fields["value"]


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def strided(array):
    return np.repeat(array, 2, axis=-1)[..., ::2]


BAD = {
    "another dtype": (lambda a: a.astype(np.float32), TypeError),
    "integers": (lambda a: a.astype(int), TypeError),
    "byte-swapped": (lambda a: a.astype(a.dtype.newbyteorder()), TypeError),
    "no array": (lambda a: a.tolist(), TypeError),
    "None": (lambda a: None, TypeError),
    "an axis less": (lambda a: a[0], ValueError),
    "a row less": (lambda a: a[..., :-1, :].copy(), ValueError),
    "a column less": (lambda a: a[..., :-1].copy(), ValueError),
    "empty": (lambda a: a[..., :0].copy(), ValueError),
    "misaligned": (misaligned, ValueError),
    "strided": (strided, ValueError),
    "read-only": (read_only, ValueError),
}
CONVERTED = {"another dtype", "integers", "byte-swapped", "strided"}  # d_out may be
OUTPUTS = {"forward": {"inputs", "h", "c", "gates", "tanh_c"}, "backward": {"gates", "d_h", "d_c"}}


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("what", BAD)
def test_bad_arrays_are_errors_that_name_them(family, what):
    change, error = BAD[what]
    arrays, mask, d_out = make(family, Sizes(2, 3, 2, 4), True, np.float64)
    kernel = getattr(KERNELS["compiled"], family.split()[0])
    for part, function in zip(arrays, ("forward", "backward"), strict=True):
        whole = {**part, "mask": mask, **({"d_out": d_out} if function == "backward" else {})}
        for name in [n for n, array in whole.items() if array is not None and n != "forget"]:
            optional = {"mask", "d_out", "by_reset", "by_new"}  # None has a meaning
            is_converted = name == "d_out" and what in CONVERTED
            is_other_C = (name, what) == ("inputs", "a row less")
            if (
                is_converted
                or (is_other_C and (family, function) != ("lstm", "forward"))
                or (what == "strided" and name in WEIGHTS)
                or (what == "read-only" and name not in OUTPUTS[function])
                or (what == "None" and name in optional)
                or (what == "a column less" and name == "bias_hn")
            ):
                continue
            with pytest.raises(error) as caught:
                getattr(kernel, function)(**{**whole, name: change(whole[name])})
            # Others may be wrong instead: sizes and dtype are those of gates, C is that of inputs.
            gives_sizes = name == "gates" or is_other_C
            assert name in str(caught.value) or gives_sizes, (name, str(caught.value))


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("what", BAD)
@pytest.mark.parametrize("n_inputs", [2, 0])
def test_bad_arrays_of_a_run(family, what, n_inputs):
    change, error = BAD[what]
    (forward, _), _, _ = make(family, Sizes(2, 3, n_inputs, 4), False, np.float64)
    kernel, whole = getattr(KERNELS["compiled"], family.split()[0]), run_arrays(forward)
    for name in [n for n, array in whole.items() if array is not None]:
        allowed = {
            "None": {"out", "projected", "by_reset"},
            "read-only": whole.keys() - {"h", "c", "out"},
            "strided": {*WEIGHTS, "x"},
            "a column less": {"bias_hn"},
        }
        if name in allowed.get(what, ()) or (name == "x" and n_inputs == 0):
            continue
        with pytest.raises(error) as caught:
            kernel.run(**{**whole, name: change(whole[name])})
        # Others may be wrong instead: h and x give the sizes.
        assert name in str(caught.value) or name in "hx", (name, str(caught.value))


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
def test_a_state_without_rows_or_inputs_without_a_constant(family):
    (forward, _), _, _ = make(family, Sizes(2, 3, 2, 4), False, np.float64)
    kernel, run = getattr(KERNELS["compiled"], family.split()[0]), run_arrays(forward)
    with pytest.raises(ValueError, match="h must have at least one row"):
        kernel.run(**{**run, "h": run["h"][:0]})
    with pytest.raises(ValueError, match="inputs must have more than H = 3 rows; got 3"):
        kernel.forward(**{**forward, "inputs": forward["inputs"][:, :3].copy()})


@needs_extension
@pytest.mark.parametrize("family", FAMILIES)
def test_derivatives_from_outside_may_have_any_layout(family):
    """They come from other parts of the network, such as a custom pooling."""
    (forward, backward), mask, d_out = make(family, Sizes(3, 3, 2, 4), True, np.float32)
    arguments = family, (forward, backward), mask
    expected = results("compiled", *arguments, d_out, False)
    kernel = getattr(KERNELS["compiled"], family.split()[0])
    forms = [
        d_out.astype(float),
        strided(d_out),
        np.asfortranarray(d_out),
        d_out[::-1].copy()[::-1],
        read_only(d_out),
        np.concatenate([d_out, d_out], axis=1)[:, 3:],
    ]
    for form in forms:
        parts = converted((forward, backward), np.float32)
        kernel.forward(**parts[0], mask=mask)
        kernel.backward(**parts[1], d_out=form, mask=mask)
        np.testing.assert_array_equal(parts[1]["d_h"], expected["backward", "d_h"][0])
    constant = np.broadcast_to(d_out[..., :1], d_out.shape)
    parts = converted((forward, backward), np.float32)
    kernel.forward(**parts[0], mask=mask)
    kernel.backward(**parts[1], d_out=constant, mask=mask)
    expected = results("compiled", *arguments, constant.copy(), False)
    np.testing.assert_array_equal(parts[1]["d_h"], expected["backward", "d_h"][0])


@needs_extension
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_gates", [1, 4, 7, 16, 33, 40])
def test_rows_of_tokens_in_the_order_of_the_tokens(build, dtype, n_gates):
    """Blocks of rows and columns are transposed: with parts of blocks on both sides."""
    rng, module = np.random.default_rng(0), KERNELS["compiled"].tokens
    for width in [1, 2, 3, 4, 5, 8, 9, 16, 17, 32, 37]:
        table, d_out = (
            rng.standard_normal(s).astype(dtype) for s in [(6, n_gates), (3, n_gates, width)]
        )
        tokens = rng.integers(0, 6, (3, width))
        np.testing.assert_array_equal(
            module.look_up(table, tokens), table[tokens].transpose(0, 2, 1)
        )
        gradient, expected = table.copy(), table.copy()
        module.scatter_add(gradient, tokens, d_out)
        np.add.at(expected, tokens, d_out.transpose(0, 2, 1))
        np.testing.assert_array_equal(gradient, expected)


@needs_extension
def test_bad_tokens():
    table, tokens, out = np.zeros((5, 7)), np.zeros((2, 3), int), np.zeros((2, 7, 3))
    for function, names in [("look_up", ["table", "out"]), ("scatter_add", ["gradient", "d_out"])]:
        call = getattr(compiled.extension, function)
        written = 2 if function == "look_up" else 0
        for arrays, error, message in [
            ((table, tokens + 5, out), IndexError, r"tokens must be in \[0, 5\); got 5"),
            ((table, tokens - 1, out), IndexError, r"tokens must be in \[0, 5\); got -1"),
            ((table, tokens.astype(np.int32), out), TypeError, "tokens must be an array of int64"),
            ((table, tokens.astype(float), out), TypeError, "tokens must be an array of int64"),
            ((table, tokens.tolist(), out), TypeError, "tokens must be an array of int64"),
            ((table, misaligned(tokens), out), ValueError, "tokens must be aligned"),
            ((table, tokens[0], out), ValueError, "tokens must be aligned, with 2 axes; got 1"),
            ((table, tokens[:1], out), ValueError, f"{names[1]} must have 1 elements along axis 0"),
            ((table[:, 1:], tokens, out), ValueError, f"{names[1]} must have 6 elements"),
            (
                (table, tokens, out.astype("f")),
                TypeError,
                f"{names[1]} must be an array",
            ),
            ((table.T.copy().T, tokens, out), ValueError, f"{names[0]} must have a contiguous"),
            ((table.tolist(), tokens, out), TypeError, f"{names[0]} must be an array"),
            (
                tuple(
                    read_only(array) if k == written else array
                    for k, array in enumerate((table, tokens, out))
                ),
                ValueError,
                "must be writable",
            ),
        ]:
            with pytest.raises(error, match=message):
                call(*arrays)
        with pytest.raises(TypeError, match="takes 3 arguments; got 2"):
            call(table, tokens)
        call(table, tokens[:, :0], out[:, :, :0])
        call(table, tokens[:0], out[:0])


@needs_extension
def test_unknown_build():
    with pytest.raises(ValueError, match="no build named 'pentium'"):
        compiled.extension.use_build("pentium")


# The choice of a kernel, in new processes -----------------------------------------------------


def python(code, path=None, **environment):
    """Run code with sklstm from `path`; return the finished process."""
    root = Path(sklstm.__file__).parents[1] if path is None else path
    variables = {k: v for k, v in os.environ.items() if k != "SKLSTM_KERNEL"}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**variables, "PYTHONPATH": str(root), **environment},
        capture_output=True,
        text=True,
        check=False,
        cwd=root,  # the current folder is searched first
        timeout=120,
    )


SHOW = "from sklstm.core import kernels; print(kernels.name_in_use(), *kernels.KERNELS)"


@pytest.mark.parametrize("name", ["", *KERNELS])
def test_the_environment_variable_chooses(name):
    done = python(SHOW, SKLSTM_KERNEL=name)
    assert done.stdout.split() == [name or list(KERNELS)[-1], *KERNELS], done.stderr
    assert done.stderr == ""


def test_a_wrong_name_is_an_error_that_lists_the_right_ones():
    done = python("import sklstm", SKLSTM_KERNEL="cuda")
    assert done.returncode != 0
    assert f"SKLSTM_KERNEL must be one of {list(KERNELS)}; got 'cuda'." in done.stderr


def copy_of_sklstm(folder, extension):
    """A copy of the package without the extension, or with a file that is none."""
    target = folder / "sklstm"
    ignore = shutil.ignore_patterns("__pycache__", "source", "_extension.*")
    shutil.copytree(Path(sklstm.__file__).parent, target, ignore=ignore)
    if extension is not None:
        path = target / "core" / "kernels" / "compiled" / f"_extension{EXTENSION_SUFFIXES[-1]}"
        path.write_bytes(extension)
    return folder


def test_without_the_extension_numpy_is_used_and_nothing_is_said(tmp_path):
    path = copy_of_sklstm(tmp_path, None)
    done = python(SHOW, path)
    assert (done.stdout.split(), done.stderr) == (["numpy", "numpy"], "")
    done = python("import sklstm", path, SKLSTM_KERNEL="compiled")
    assert "must be one of ['numpy']; got 'compiled'. The compiled kernels were" in done.stderr
    assert "builds: none" in python("import sklstm; sklstm.show_versions()", path).stdout


def test_an_extension_that_cannot_be_loaded_is_one_warning(tmp_path):
    path = copy_of_sklstm(tmp_path, b"not a library")
    done = python(SHOW, path)
    assert done.stdout.split() == ["numpy", "numpy"]
    assert done.stderr.count("The compiled kernels of sklstm cannot be loaded") == 1
    done = python(SHOW, path, SKLSTM_KERNEL="numpy")
    assert (done.stdout.split(), done.stderr) == (["numpy", "numpy"], "")
    done = python("import sklstm", path, SKLSTM_KERNEL="compiled")
    assert done.returncode != 0
    assert "got 'compiled'. The compiled kernels cannot be loaded: " in done.stderr


def test_show_versions(capsys):
    sklstm.show_versions()
    facts = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert facts["numpy"] == np.__version__
    assert facts["kernel"] in KERNELS
    assert facts["kernels available"].split(", ") == list(KERNELS)
    assert facts["builds"] == (", ".join(builds()) or "none")
