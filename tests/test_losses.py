"""The same tests for every loss, registered or not."""

import math
import pickle

import numpy as np
import pytest
from scipy import stats

from sklstm.core.losses import (
    LOSSES,
    REGRESSION_LOSSES,
    AbsoluteError,
    Gaussian,
    Huber,
    LogLoss,
    MultiLabelLogLoss,
    NegativeBinomial,
    Poisson,
    Quantile,
    SquaredError,
    StudentT,
)

N = 7


def reals(rng, n):
    return rng.normal(1.0, 2.0, (2, n))


def counts(rng, n):
    return rng.poisson(2.0, (2, n)).astype(float)


def codes(n_classes):
    return lambda rng, n: rng.permutation(np.arange(n) % n_classes).astype(float)[None]


def labels(rng, n):
    return rng.permuted(np.tile(np.arange(n) % 2.0, (3, 1)), axis=1)


# loss, how to draw n columns of targets
CASES = {
    "squared_error": (SquaredError(), reals),
    "absolute_error": (AbsoluteError(), reals),
    "huber": (Huber(), reals),
    "huber, small delta": (Huber(delta=0.3), reals),
    "huber, huge delta": (Huber(delta=1e6), reals),
    "quantile": (Quantile(), reals),
    "quantile, one high": (Quantile(0.9), reals),
    "quantile, several": (Quantile([0.1, 0.5, 0.9]), reals),
    "quantile, array": (Quantile(np.array([0.25, 0.75])), reals),
    "poisson": (Poisson(), counts),
    "gaussian": (Gaussian(), reals),
    "student_t": (StudentT(), reals),
    "negative_binomial": (NegativeBinomial(), counts),
    "log_loss": (LogLoss(), codes(2)),
    "log_loss, 4 classes": (LogLoss(n_classes=4), codes(4)),
    "multi-label": (MultiLabelLogLoss(), labels),
}
every_loss = pytest.mark.parametrize("name", CASES)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def draw(name, rng, n=N, dtype=np.float64):
    loss, targets = CASES[name]
    y = targets(rng, n).astype(dtype)
    return loss, rng.normal(0.0, 1.5, (loss.n_raw(len(y)), n)).astype(dtype), y


def constant_loss(loss, raw, y, weight):
    """The loss of predicting the same for all columns."""
    return loss.value_and_gradient(np.repeat(raw[:, None], y.shape[1], axis=1), y, weight)[0]


def test_the_table_is_complete():
    assert {type(loss) for loss, _ in CASES.values()} == {*LOSSES.values(), MultiLabelLogLoss}
    with_formula = {type(CASES[name][0]) for name in NAIVE}
    assert with_formula >= set(REGRESSION_LOSSES.values()), "add the textbook formula to NAIVE"


# Value and gradient ----------------------------------------------------------------------------


@every_loss
@pytest.mark.parametrize("weighted", [False, True])
def test_gradient_is_the_derivative_of_the_value(name, weighted, rng):
    loss, raw, y = draw(name, rng)
    weight = rng.uniform(0.0, 3.0, N) if weighted else None
    _, d_raw = loss.value_and_gradient(raw, y, weight)
    numeric, h = np.empty_like(raw), 1e-5
    for i in np.ndindex(raw.shape):
        up, down = raw.copy(), raw.copy()
        up[i] += h
        down[i] -= h
        rise = loss.value_and_gradient(up, y, weight)[0]
        rise -= loss.value_and_gradient(down, y, weight)[0]
        numeric[i] = rise / (2 * h)
    np.testing.assert_allclose(d_raw, numeric, rtol=1e-7, atol=1e-7 * np.abs(numeric).max())


def pinball(u, p, y):
    return u * (y - p) if y > p else (1 - u) * (p - y)


# The loss of one column, written down naively.
NAIVE = {
    "squared_error": lambda r, y: np.mean([(p - t) ** 2 for p, t in zip(r, y, strict=True)]),
    "absolute_error": lambda r, y: np.mean([abs(p - t) for p, t in zip(r, y, strict=True)]),
    "huber, small delta": lambda r, y: np.mean(
        [
            0.5 * (p - t) ** 2 if abs(p - t) <= 0.3 else 0.3 * (abs(p - t) - 0.15)
            for p, t in zip(r, y, strict=True)
        ]
    ),
    "quantile, one high": lambda r, y: np.mean(
        [pinball(0.9, p, t) for p, t in zip(r, y, strict=True)]
    ),
    "quantile, array": lambda r, y: np.mean(
        [
            pinball(0.25, r[0], y[0]),
            pinball(0.75, r[0] + math.log(1 + math.exp(r[1])), y[0]),
            pinball(0.25, r[2], y[1]),
            pinball(0.75, r[2] + math.log(1 + math.exp(r[3])), y[1]),
        ]
    ),
    "poisson": lambda r, y: np.mean([math.exp(p) - t * p for p, t in zip(r, y, strict=True)]),
    "gaussian": lambda r, y: np.mean(
        [-stats.norm(r[2 * o], 1e-4 + math.exp(r[2 * o + 1])).logpdf(y[o]) for o in range(2)]
    ),
    "student_t": lambda r, y: np.mean(
        [
            -stats.t(2.1 + math.exp(df), loc, 1e-4 + math.exp(scale)).logpdf(t)
            for (loc, scale, df), t in zip(r.reshape(2, 3), y, strict=True)
        ]
    ),
    "negative_binomial": lambda r, y: np.mean(
        [
            -stats.nbinom(1 / a, 1 / (1 + a * m)).logpmf(t)
            for (m, a), t in zip(
                np.exp(r.reshape(2, 2)) + [0.0, 1e-6],
                y,
                strict=True,
            )
        ]
    ),
    "log_loss, 4 classes": lambda r, y: (
        -math.log(math.exp(r[int(y[0])]) / sum(math.exp(p) for p in r))
    ),
    "multi-label": lambda r, y: np.mean(
        [-math.log(1 / (1 + math.exp(-p if t else p))) for p, t in zip(r, y, strict=True)]
    ),
}


@pytest.mark.parametrize("name", NAIVE)
def test_value_is_the_weighted_sum_of_the_textbook_formula(name, rng):
    loss, raw, y = draw(name, rng)
    weight = rng.uniform(0.0, 3.0, N)
    columns = np.array([NAIVE[name](raw[:, n], y[:, n]) for n in range(N)])
    assert loss.value_and_gradient(raw, y)[0] == pytest.approx(columns.sum(), rel=1e-13)
    assert loss.value_and_gradient(raw, y, weight)[0] == pytest.approx(columns @ weight, rel=1e-13)


@every_loss
def test_a_weight_is_a_number_of_repetitions(name, rng):
    loss, raw, y = draw(name, rng)
    weight = np.array([2, 0, 1, 3, 1, 0, 2])
    repeated = np.repeat(np.arange(N), weight)
    value, d_raw = loss.value_and_gradient(raw, y, weight)
    expected, d_expected = loss.value_and_gradient(raw[:, repeated], y[:, repeated])
    assert value == pytest.approx(expected, rel=1e-13)
    summed = np.zeros_like(raw)
    np.add.at(summed.T, repeated, d_expected.T)
    np.testing.assert_allclose(d_raw, summed, rtol=1e-13)
    np.testing.assert_allclose(
        loss.initial_raw(y, weight), loss.initial_raw(y[:, repeated]), rtol=1e-12, atol=1e-13
    )


def test_the_sum_over_columns_is_taken_in_float64(rng):
    """Of float32 losses, too: their sum would lose digits, or be infinite."""
    raw, y = rng.normal(size=(2, 1, 1000)).astype(np.float32)
    value, _ = SquaredError().value_and_gradient(raw, y)
    assert value == pytest.approx(np.square(raw - y).sum(dtype=np.float64), rel=1e-13)
    value, _ = SquaredError().value_and_gradient(np.full_like(y, 1e18), np.zeros_like(y))
    assert value == pytest.approx(1e39, rel=1e-6)


@every_loss
@every_dtype
@pytest.mark.parametrize("weight", [None, np.ones(N), np.ones(N, dtype=int)])
def test_dtype_is_kept(name, dtype, weight, rng):
    loss, raw, y = draw(name, rng, dtype=dtype)
    value, d_raw = loss.value_and_gradient(raw, y, weight)
    assert type(value) is float
    assert d_raw.dtype == loss.predict(raw).dtype == loss.initial_raw(y, weight).dtype == dtype
    assert d_raw.shape == raw.shape


@every_loss
def test_dtype_of_raw_decides(name, rng):
    loss, raw, y = draw(name, rng, dtype=np.float32)
    _, d_raw = loss.value_and_gradient(raw, y.astype(np.float64))
    assert d_raw.dtype == np.float32


def test_hyper_parameters_do_not_change_the_dtype(rng):
    raw = np.zeros((1, N), np.float32)
    for loss in (Huber(delta=np.float64(0.5)), Quantile(np.float64(0.5))):
        assert loss.value_and_gradient(raw, raw + 1)[1].dtype == np.float32


@every_loss
def test_inputs_are_left_alone(name, rng):
    loss, raw, y = draw(name, rng)
    weight = rng.uniform(0.0, 1.0, N)
    before = pickle.dumps((raw, y, weight))
    _, d_raw = loss.value_and_gradient(raw, y, weight)
    loss.predict(raw)
    loss.initial_raw(y, weight)
    assert pickle.dumps((raw, y, weight)) == before
    assert not np.shares_memory(d_raw, raw)


@every_loss
@every_dtype
@pytest.mark.parametrize("extreme", [-1e4, 1e4, "alternating"])
def test_extreme_raw_outputs_stay_finite(name, dtype, extreme, rng):
    loss, raw, y = draw(name, rng, dtype=dtype)
    raw[...] = (
        extreme if extreme != "alternating" else 1e4 * (-1.0) ** np.arange(raw.shape[0])[:, None]
    )
    value, d_raw = loss.value_and_gradient(raw, y)
    assert math.isfinite(value)
    assert np.isfinite(d_raw).all()
    assert np.isfinite(loss.predict(raw)).all()


@pytest.mark.parametrize("raw", [30.0, 700.0])
def test_sure_and_right_costs_little_but_never_nothing_by_rounding(raw):
    value, d_raw = MultiLabelLogLoss().value_and_gradient(np.array([[raw]]), np.ones((1, 1)))
    assert value == pytest.approx(math.exp(-raw), rel=1e-12)
    assert d_raw[0, 0] == pytest.approx(-math.exp(-raw), rel=1e-12)


@every_dtype
def test_poisson_is_continued_by_its_tangent(dtype):
    """Where exp is cut off, value and derivative still belong together, and the rate falls."""
    raw = np.array([[400.0]], dtype)
    (at, d_at), (above, _) = (
        Poisson().value_and_gradient(r, np.ones_like(raw)) for r in (raw, raw + 8)
    )
    assert d_at > 0
    assert above - at == pytest.approx(8 * float(d_at[0, 0]), rel=1e-5)


@pytest.mark.parametrize(("dtype", "limit"), [(np.float32, 44), (np.float64, 354)])
def test_poisson_is_exact_up_to_the_limit_that_it_names(dtype, limit):
    """Below it there is no tangent; above it the rate is the root of the largest number."""
    raw = np.array([[limit]], dtype)
    exact = math.exp(limit)
    value, d_raw = Poisson().value_and_gradient(raw, np.zeros_like(raw))
    for rate in (value, float(d_raw[0, 0]), float(Poisson().predict(raw)[0, 0])):
        assert rate == pytest.approx(exact, rel=1e-5)
    largest = math.sqrt(np.finfo(dtype).max)
    assert Poisson().predict(raw + 1)[0, 0] == pytest.approx(largest, rel=1e-5)


# Predictions -----------------------------------------------------------------------------------


@every_dtype
@pytest.mark.parametrize("scale", [1.0, 100.0, 1e4])
def test_quantiles_never_cross(dtype, scale, rng):
    loss = Quantile([0.05, 0.1, 0.5, 0.9, 0.95])
    raw = rng.normal(0.0, scale, (15, 200)).astype(dtype)
    assert (np.diff(loss.predict(raw).reshape(3, 5, 200), axis=1) >= 0).all()


def test_quantile_rows_are_ordered_by_output_then_quantile():
    raw = np.array([[1.0], [0.0], [10.0], [0.0]])
    expected = [1.0, 1.0 + math.log(2), 10.0, 10.0 + math.log(2)]
    np.testing.assert_allclose(Quantile([0.1, 0.9]).predict(raw)[:, 0], expected)


@pytest.mark.parametrize("quantile", [0.3, [0.3]])
def test_one_quantile_is_the_raw_output(quantile, rng):
    raw = rng.normal(size=(2, N))
    np.testing.assert_array_equal(Quantile(quantile).predict(raw), raw)


@every_dtype
def test_probabilities(dtype, rng):
    raw = rng.normal(0.0, 30.0, (5, 100)).astype(dtype)
    p = LogLoss(5).predict(raw)
    np.testing.assert_allclose(p.sum(axis=0), 1.0, rtol=10 * np.finfo(dtype).eps)
    assert p.min() >= 0
    np.testing.assert_array_equal(p.argmax(axis=0), raw.argmax(axis=0))
    p = MultiLabelLogLoss().predict(raw)
    np.testing.assert_allclose(p, 1 / (1 + np.exp(-raw.astype(float))), 1e-5, 1e-30)


def test_poisson_predicts_a_rate():
    np.testing.assert_allclose(Poisson().predict(np.log([[0.5, 3.0]])), [[0.5, 3.0]])


@pytest.mark.parametrize(
    ("loss", "n_outputs", "expected"),
    [
        (SquaredError(), 3, 3),
        (Quantile(0.5), 3, 3),
        (Quantile([0.1, 0.2]), 3, 6),
        (LogLoss(2), 1, 2),
        (LogLoss(5), 1, 5),
        (MultiLabelLogLoss(), 4, 4),
    ],
)
def test_n_raw(loss, n_outputs, expected):
    assert loss.n_raw(n_outputs) == expected


# The best constant -----------------------------------------------------------------------------


@every_loss
@pytest.mark.parametrize("weighted", [False, True])
def test_initial_raw_minimises_the_constant_loss(name, weighted, rng):
    loss, _, y = draw(name, rng, n=41)
    weight = rng.uniform(0.0, 3.0, 41) if weighted else None
    raw = loss.initial_raw(y, weight)
    assert raw.shape == (loss.n_raw(len(y)),)
    least = constant_loss(loss, raw, y, weight)
    for size in (1e-4, 1e-2, 1.0):
        for direction in rng.normal(size=(50, len(raw))):
            assert constant_loss(loss, raw + size * direction, y, weight) >= least - 1e-12


@pytest.mark.parametrize("weighted", [False, True])
def test_initial_raw_is_the_statistic_that_the_loss_estimates(weighted, rng):
    y = rng.poisson(3.0, (2, 25)).astype(float)
    weight = rng.integers(1, 4, 25) if weighted else np.ones(25, int)
    weight[0] += 1 - weight.sum() % 2  # odd, so that the median is one of the targets
    rows = np.repeat(y, weight, axis=1)
    expected = {
        SquaredError(): rows.mean(axis=1),
        AbsoluteError(): np.median(rows, axis=1),
        Quantile(0.5): np.median(rows, axis=1),
        Huber(1e6): rows.mean(axis=1),
        Huber(1e-6): np.median(rows, axis=1),
        Poisson(): np.log(rows.mean(axis=1)),
    }
    for loss, statistic in expected.items():
        np.testing.assert_allclose(loss.initial_raw(y, weight), statistic, atol=2e-6, err_msg=loss)


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("delta", [0.5, 1.0, 3.0])
def test_initial_raw_of_huber_may_lie_as_far_as_delta_from_the_median(delta, sign):
    """Of 51 targets at 0 and 49 far above, 51 slopes c balance 49 slopes -delta."""
    y = sign * np.repeat([[0.0, 100.0]], [51, 49], axis=1)
    np.testing.assert_allclose(Huber(delta).initial_raw(y), sign * delta * 49 / 51, rtol=1e-12)


def test_initial_raw_of_quantiles_predicts_the_quantiles(rng):
    y = rng.normal(50.0, 3.0, (2, 1000))
    loss = Quantile([0.1, 0.5, 0.9])
    predicted = loss.predict(loss.initial_raw(y)[:, None]).reshape(2, 3)
    expected = np.quantile(y, [0.1, 0.5, 0.9], axis=1, method="inverted_cdf").T
    np.testing.assert_allclose(predicted, expected, rtol=1e-12)


def test_initial_raw_of_classes_gives_their_shares():
    y = np.array([[0, 2, 2, 2]])  # of four classes, two are absent
    p = LogLoss(4).predict(LogLoss(4).initial_raw(y)[:, None])[:, 0]
    np.testing.assert_allclose(p, [0.25, 0.0, 0.75, 0.0], atol=1e-5)
    y = np.array([[0, 1, 1, 1], [0, 0, 0, 0]])
    p = MultiLabelLogLoss().predict(MultiLabelLogLoss().initial_raw(y)[:, None])[:, 0]
    np.testing.assert_allclose(p, [0.75, 0.0], atol=1e-5)


@every_loss
@every_dtype
@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("weight", [None, np.zeros(N), np.eye(N)[2]])
def test_initial_raw_is_finite_for_constant_targets(name, dtype, value, weight, rng):
    loss, _, y = draw(name, rng, dtype=dtype)
    y[...] = value
    raw = loss.initial_raw(y, weight)
    assert np.isfinite(raw).all()
    assert raw.dtype == dtype


def test_initial_raw_of_integer_targets_is_float64():
    assert LogLoss(2).initial_raw(np.array([[0, 1]])).dtype == np.float64


# Errors ----------------------------------------------------------------------------------------


@every_loss
def test_good_targets_pass(name, rng):
    loss, _, y = draw(name, rng)
    loss.check_targets(y)


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        (Poisson(), [[1.0, -2.0]], r"Poisson\(\) expects y to hold non-negative .* from -2 to 1"),
        (LogLoss(3), [[0, 3]], r"LogLoss\(n_classes=3\) .* from 0 to 2; got values from 0 to 3"),
        (LogLoss(3), [[-1, 2]], "class codes"),
        (LogLoss(3), [[0.5, 2]], "whole numbers"),
        (MultiLabelLogLoss(), [[0, 2]], "labels 0 and 1"),
        (SquaredError(), [[0, np.inf]], "finite numbers"),
    ],
)
def test_bad_targets_do_not(loss, y, message):
    with pytest.raises(ValueError, match=message):
        loss.check_targets(np.array(y))


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (Huber(0.0), ValueError, r"delta must be in \(0, inf\); got 0.0"),
        (Huber("1"), TypeError, "delta must be a number"),
        (Quantile(1.0), ValueError, r"quantile must be in \(0, 1\); got .*1.0"),
        (Quantile([0.0, 0.5]), ValueError, "quantile must be in"),
        (Quantile([0.5, 0.1]), ValueError, r"strictly increasing order; got \[0.5, 0.1\]"),
        (Quantile([0.5, 0.5]), ValueError, "strictly increasing"),
        (Quantile([]), ValueError, "strictly increasing"),
        (Quantile("median"), TypeError, "quantile must be a number"),
    ],
)
def test_bad_hyper_parameters(loss, error, message):
    y = np.zeros((1, 3))
    for use in (lambda: loss.value_and_gradient(y, y), lambda: loss.initial_raw(y)):
        with pytest.raises(error, match=message):
            use()
