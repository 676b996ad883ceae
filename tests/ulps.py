"""Accuracy of tanh and of the logistic function in the kernels, in units in the last place.

``python tests/ulps.py`` tries every float32 value and a dense sample of float64 values, with the
NumPy kernel and every build of the compiled ones. It prints the largest errors and where they are;
``--seed`` repeats the sample. ``test_ulps.py`` tries a few values and has the bounds.

The kernels have no function for tanh alone. With weights of zero, the gates of one step of an LSTM
are functions of what they are given: o = sigma(2 x) and g = tanh(x).
"""

import argparse
from typing import NamedTuple

import numpy as np

from sklstm.core.kernels import KERNELS, builds, compiled

BLOCK = 2**18
# What the reference is computed in; its own error is below 0.001 units.
EXACT = {np.float32: np.float64, np.float64: np.longdouble}
HAS_LONG_DOUBLE = np.finfo(np.longdouble).nmant > np.finfo(np.float64).nmant


class Largest(NamedTuple):
    """The largest error so far, and the x where it is.

    `tanh` is in units in the last place of tanh(x), `sigma` in those of 1/2: sigma is computed from
    tanh, and values far below 1/2 have the same absolute error.
    """

    tanh: float = 0.0
    tanh_at: float = 0.0
    sigma: float = 0.0
    sigma_at: float = 0.0


def names():
    """NumPy's kernel, and the builds of the compiled ones."""
    return ["numpy", *builds()]


def activations(name, x):
    """tanh(x) and sigma(2 x), as the kernel of this name computes them."""
    if name != "numpy":
        compiled.extension.use_build(name)
    gates = np.repeat(x[np.newaxis, np.newaxis], 4, axis=1)
    shapes = {"packed": (2, 4), "inputs": (2, 2, x.size), "c": (2, 1, x.size)}
    arrays = {key: np.zeros(shape, x.dtype) for key, shape in shapes.items()}
    arrays |= {"h": arrays["inputs"][:, :1], "tanh_c": np.zeros((1, 1, x.size), x.dtype)}
    kernel = KERNELS["numpy" if name == "numpy" else "compiled"]
    try:
        kernel.lstm.forward(**arrays, gates=gates, is_projected=True)
    finally:
        if name != "numpy":
            compiled.extension.use_build(builds()[-1])
    return gates[0, 3], gates[0, 0]


def reference(x):
    """tanh(x) and sigma(2 x) in a longer dtype, and the unit in the last place of tanh(x)."""
    with np.errstate(all="ignore"):  # NaN that signal, too
        longer = x.astype(EXACT[x.dtype.type])
        tanh, sigma = np.tanh(longer), 1 / (1 + np.exp(-2 * longer))
        return tanh, sigma, np.spacing(np.abs(tanh).astype(x.dtype))


def errors(name, x, exact):
    """Errors of tanh and sigma, as `Largest` has them; infinite where the value is impossible."""
    (tanh, sigma), (exact_tanh, exact_sigma, last) = activations(name, x), exact
    found = np.abs(tanh - exact_tanh) / last
    found_sigma = np.abs(sigma - exact_sigma) / np.spacing(x.dtype.type(0.5))
    with np.errstate(invalid="ignore"):
        right = (np.abs(tanh) <= 1) & (sigma >= 0) & (sigma <= 1) & (tanh * np.sign(x) >= 0)
    if np.isnan(x).any():
        is_nan = np.isnan(x)
        found[is_nan] = found_sigma[is_nan] = 0
        right[is_nan] = (np.isnan(tanh) & np.isnan(sigma))[is_nan]
    found[~right] = found_sigma[~right] = np.inf
    return found, found_sigma


NONE = Largest()


def measure(name, x, exact, so_far=NONE):
    """The largest errors at these values, and before."""
    found = []
    for error, k in zip(errors(name, x, exact), (0, 2), strict=True):
        at = error.argmax()
        found += max(so_far[k : k + 2], (float(error[at]), float(x[at])))
    return Largest(*found)


def every_float32():
    """Blocks of all float32 values, NaN and infinity too."""
    for first in range(0, 2**32, BLOCK):
        yield np.arange(first, first + BLOCK, dtype=np.int64).astype(np.uint32).view(np.float32)


def sample(rng, n, dtype):
    """Random values of all magnitudes, denormal ones too, half of them where tanh is not x or 1."""
    info = np.finfo(dtype)
    exponents = np.where(
        rng.random(n) < 0.5,
        rng.integers(info.minexp - info.nmant, info.maxexp, n),
        rng.integers(-info.nmant // 2, 6, n),
    )
    with np.errstate(under="ignore"):
        values = np.ldexp(rng.uniform(1, 2, n), exponents) * rng.choice([-1.0, 1.0], n)
        return values.astype(dtype)


def samples(rng, n):
    """Blocks of `n` float64 values."""
    for _ in range(0, n, BLOCK):
        yield sample(rng, BLOCK, np.float64)


def largest_errors(blocks):
    """The largest errors of each kernel, and the number of values."""
    found, n = {name: Largest() for name in names()}, 0
    for x in blocks:
        exact, n = reference(x), n + x.size
        for name in found:
            found[name] = measure(name, x, exact, found[name])
    return found, n


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=2**26, help="number of float64 values")
    parser.add_argument("--seed", type=int, default=0, help="of the float64 values")
    arguments = parser.parse_args()
    todo = {"float32": every_float32()}
    if HAS_LONG_DOUBLE:
        todo["float64"] = samples(np.random.default_rng(arguments.seed), arguments.samples)
    else:
        print("float64 is not tried: this platform has no longer dtype")
    for dtype, blocks in todo.items():
        found, n = largest_errors(blocks)
        print(f"{dtype}: {n:,} values")
        for name, most in found.items():
            print(
                f"  {name:9}  tanh {most.tanh:.3f} at {most.tanh_at!r}, "
                f"sigma {most.sigma:.3f} (of 1/2) at {2 * most.sigma_at!r}",
                flush=True,
            )


if __name__ == "__main__":
    main()
