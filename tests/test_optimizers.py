"""Every optimizer against its equations, written again for a single number."""

import math
import pickle

import numpy as np
import pytest
from helpers import peak_of

from sklstm.core.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    clip_by_global_norm,
)

N_STEPS = 25


# The slow reference: one parameter p, its gradients, the learning rates, is it a weight? ---------


def slow_sgd(p, gradients, rates, is_weight, momentum, nesterov):
    velocity = None
    for g, rate in zip(gradients, rates, strict=True):
        velocity = g if velocity is None else momentum * velocity + g
        p = p - rate * (g + momentum * velocity if nesterov else velocity)
    return p


def slow_rmsprop(p, gradients, rates, is_weight, decay, eps):
    square = 0.0
    for g, rate in zip(gradients, rates, strict=True):
        square = decay * square + (1 - decay) * g * g
        p = p - rate * g / (math.sqrt(square) + eps)
    return p


def slow_adam(p, gradients, rates, is_weight, beta_1, beta_2, eps, weight_decay=0.0):
    mean = square = 0.0
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        if is_weight:
            p = p - rate * weight_decay * p
        mean = beta_1 * mean + (1 - beta_1) * g
        square = beta_2 * square + (1 - beta_2) * g * g
        corrected_mean, corrected_square = mean / (1 - beta_1**t), square / (1 - beta_2**t)
        p = p - rate * corrected_mean / (math.sqrt(corrected_square) + eps)
    return p


CASES = [
    (SGD(), slow_sgd),
    (SGD(nesterov=False), slow_sgd),
    (SGD(momentum=0.0), slow_sgd),
    (SGD(momentum=0.0, nesterov=False), slow_sgd),
    (RMSprop(), slow_rmsprop),
    (RMSprop(decay=0.5, eps=1e-2), slow_rmsprop),
    (Adam(), slow_adam),
    (Adam(beta_1=0.5, beta_2=0.9, eps=1e-2), slow_adam),
    (Adam(beta_1=0.0, beta_2=0.0), slow_adam),
    (AdamW(), slow_adam),
    (AdamW(beta_1=0.5, weight_decay=0.5), slow_adam),
]
# Not the functions' repr, which holds an address: the name of a test is the same in every run.
every_case = pytest.mark.parametrize(
    ("optimizer", "slow"), CASES, ids=lambda x: getattr(x, "__name__", repr(x)[:30])
)
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def problem(dtype=np.float64, n=6, seed=0):
    """Parameters, which of them are weights, gradients of N_STEPS steps, learning rates."""
    rng = np.random.default_rng(seed)
    params = rng.normal(size=n).astype(dtype)
    gradients = (rng.normal(size=(N_STEPS, n)) * 10.0 ** rng.uniform(-3, 2, n)).astype(dtype)
    return params, np.arange(n) % 2 == 0, gradients, rng.uniform(0.01, 0.1, N_STEPS)


def run(optimizer, params, is_weight, gradients, rates):
    state = optimizer.init(params, is_weight)
    for gradient, rate in zip(gradients, rates, strict=True):
        optimizer.update(params, gradient, state, rate)
    return state


def test_the_table_is_complete():
    assert {type(optimizer) for optimizer, _ in CASES} == set(OPTIMIZERS.values())


@every_case
def test_agrees_with_the_slow_reference(optimizer, slow):
    params, is_weight, gradients, rates = problem()
    hyper = optimizer.get_params()
    expected = [
        slow(p, g, rates, w, **hyper)
        for p, g, w in zip(params, gradients.T, is_weight, strict=True)
    ]
    run(optimizer, params, is_weight, gradients, rates)
    np.testing.assert_allclose(params, expected, rtol=1e-11, atol=1e-12)


@every_case
def test_float32_stays_float32(optimizer, slow):
    params, is_weight, gradients, rates = problem(np.float32)
    exact = params.astype(np.float64)
    run(optimizer, exact, is_weight, gradients.astype(np.float64), rates)
    hyper = {name: np.float64(value) for name, value in optimizer.get_params().items()}
    state = run(type(optimizer)(**hyper), params, is_weight, gradients, rates)
    floats = [v for k, v in state.items() if isinstance(v, np.ndarray) and k != "is_weight"]
    assert {array.dtype for array in floats} == {np.dtype(np.float32)}
    np.testing.assert_allclose(params, exact, rtol=1e-4, atol=1e-4)


@every_optimizer
def test_state_is_plain_and_resumes_bit_for_bit(name):
    optimizer = OPTIMIZERS[name]()
    params, is_weight, gradients, rates = problem()
    through = params.copy()
    run(optimizer, through, is_weight, gradients, rates)

    state = run(optimizer, params, is_weight, gradients[:10], rates[:10])
    assert {type(value) for value in state.values()} <= {np.ndarray, int, float}
    optimizer, state, params = pickle.loads(pickle.dumps((optimizer, state, params)))
    for gradient, rate in zip(gradients[10:], rates[10:], strict=True):
        optimizer.update(params, gradient, state, rate)
    np.testing.assert_array_equal(params, through)


@every_optimizer
def test_the_optimizer_itself_remembers_nothing(name):
    optimizer = OPTIMIZERS[name]()
    params, *rest = problem()
    again = params.copy()
    before = dict(vars(optimizer))
    run(optimizer, params, *rest)
    assert vars(optimizer) == before
    run(optimizer, again, *rest)
    np.testing.assert_array_equal(params, again)


@every_optimizer
def test_update_leaves_the_gradient_alone_and_its_arguments_in_place(name):
    params, is_weight, gradients, _ = problem()
    optimizer, gradient, before = OPTIMIZERS[name](), gradients[0], gradients[0].copy()
    state = optimizer.init(params, is_weight)
    arrays = {key: id(value) for key, value in state.items() if isinstance(value, np.ndarray)}
    start = params.copy()
    assert optimizer.update(params, gradient, state, 0.1) is None
    np.testing.assert_array_equal(gradient, before)
    assert (params != start).all()
    assert all(id(state[key]) == identity for key, identity in arrays.items())


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_update_allocates_no_vectors(name, dtype):
    n = 50_000
    optimizer, params, gradient = OPTIMIZERS[name](), np.ones(n, dtype), np.ones(n, dtype)
    state = optimizer.init(params, np.ones(n, bool))
    optimizer.update(params, gradient, state, 0.1)
    assert peak_of(lambda: optimizer.update(params, gradient, state, 0.1)) < n


@every_optimizer
def test_finds_a_minimum(name):
    params = np.array([3.0, -2.0])
    optimizer = OPTIMIZERS[name]()
    state = optimizer.init(params, np.zeros(2, bool))
    for step in range(1000):
        optimizer.update(params, (params - [1.0, 2.0]) * [1.0, 5.0], state, 0.05 * 0.995**step)
    np.testing.assert_allclose(params, [1.0, 2.0], atol=1e-2)


def test_weight_decay_spares_the_biases():
    params, is_weight = np.ones(4), np.array([True, False, True, False])
    optimizer = AdamW(weight_decay=0.1)
    optimizer.update(params, np.zeros(4), optimizer.init(params, is_weight), 0.5)
    np.testing.assert_allclose(params, [0.95, 1.0, 0.95, 1.0])


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (SGD(momentum=1.0), r"momentum must be in \[0, 1\); got 1.0"),
        (RMSprop(decay=-0.1), "decay must be in"),
        (RMSprop(eps=0), "eps must be in"),
        (Adam(beta_1=1), "beta_1 must be in"),
        (Adam(beta_2=1), "beta_2 must be in"),
        (Adam(eps=0), "eps must be in"),
        (AdamW(weight_decay=-1), "weight_decay must be in"),
        (AdamW(beta_1=1), "beta_1 must be in"),
    ],
)
def test_bad_hyper_parameters(optimizer, message):
    with pytest.raises(ValueError, match=message):
        optimizer.init(np.zeros(2), np.ones(2, bool))


def test_the_base_is_abstract():
    with pytest.raises(NotImplementedError):
        Optimizer().init(np.zeros(2), np.ones(2, bool))


# Clipping --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("max_norm", [0.5, 4.999, 5.0, 5.1, 100.0])
def test_clip_by_global_norm(dtype, max_norm):
    gradient = np.array([3.0, 0.0, -4.0], dtype)
    norm = clip_by_global_norm(gradient, np.float64(max_norm))
    assert type(norm) is float
    assert norm == pytest.approx(5.0)
    scale = min(1.0, max_norm / (5.0 + 1e-6))
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient, np.array([3.0, 0.0, -4.0]) * scale, rtol=1e-6)


def test_clip_leaves_a_short_gradient_exactly_alone():
    gradient = np.array([0.1, 0.2])
    clip_by_global_norm(gradient, 1.0)
    assert gradient.tolist() == [0.1, 0.2]


def test_clip_survives_what_the_sum_of_squares_would_not():
    gradient = np.full(4, 1e30, np.float32)
    assert clip_by_global_norm(gradient, 1.0) == pytest.approx(2e30, rel=1e-5)
    np.testing.assert_allclose(gradient, 0.5, rtol=1e-5)


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_clip_reports_a_gradient_that_is_not_finite_and_leaves_it_alone(bad):
    gradient = np.array([1.0, bad])
    assert not math.isfinite(clip_by_global_norm(gradient, 1.0))
    np.testing.assert_array_equal(gradient, [1.0, bad])


def test_clip_of_nothing():
    assert clip_by_global_norm(np.zeros(3), 1.0) == 0.0


@pytest.mark.parametrize("max_norm", [0, -1.0, math.nan])
def test_clip_refuses_a_norm_that_is_not_positive(max_norm):
    with pytest.raises(ValueError, match="max_norm must be in"):
        clip_by_global_norm(np.ones(2), max_norm)
