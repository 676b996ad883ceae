"""tanh and the logistic function of the kernels; ``python tests/ulps.py`` tries every float32."""

import numpy as np
import pytest
import ulps

from sklstm.core.kernels import builds

# Largest errors that were found, in units in the last place, rounded up: of tanh, and of sigma in
# units of 1/2. NumPy's own tanh is not the same in all of its builds.
BOUNDS = {
    ("numpy", np.float32): (4.0, 2.5),
    ("numpy", np.float64): (4.0, 2.5),
    ("baseline", np.float32): (6.0, 3.5),
    ("baseline", np.float64): (2.6, 1.3),
    ("avx2", np.float32): (5.3, 3.1),
    ("avx2", np.float64): (2.6, 1.3),
}
EXTREMES = [0.0, -0.0, np.nan, np.inf, -np.inf, 9.01, 20.0, -20.0]


@pytest.mark.parametrize("name", ulps.names())
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_errors_are_within_a_few_units(name, dtype):
    if dtype == np.float64 and not ulps.HAS_LONG_DOUBLE:
        pytest.skip("there is no longer dtype to compare with")
    info = np.finfo(dtype)
    extremes = [*EXTREMES, info.max, -info.max, info.tiny, info.smallest_subnormal]
    x = np.r_[np.array(extremes, dtype), ulps.sample(np.random.default_rng(0), 2**16, dtype)]
    found = ulps.measure(name, x, ulps.reference(x))
    largest = BOUNDS["avx2" if name == "avx512f" else name, dtype]
    assert found.tanh <= largest[0], f"tanh({found.tanh_at!r})"
    assert found.sigma <= largest[1], f"sigma({2 * found.sigma_at!r})"


def test_the_builds_with_fused_multiply_add_give_the_same_bits():
    x = ulps.sample(np.random.default_rng(1), 2**14, np.float32)
    fused = [ulps.activations(name, x) for name in builds() if name != "baseline"]
    for other in fused[1:]:
        np.testing.assert_array_equal(other, fused[0])


def test_an_impossible_value_is_infinitely_wrong(monkeypatch):
    x = np.array([0.5, np.nan, 3.0], np.float32)
    for tanh in (np.float32(1.5), np.float32(-0.5), np.nan):
        wrong = np.full(3, [0.46211717, np.nan, tanh], np.float32)
        monkeypatch.setattr(ulps, "activations", lambda *_, w=wrong: (w, (1 + w) / 2))
        found = ulps.measure("numpy", x, ulps.reference(x))
        assert found.tanh == np.inf and found.tanh_at == 3.0
