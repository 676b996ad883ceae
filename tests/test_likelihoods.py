"""Losses that are likelihoods: distributions, and what an estimator predicts from them."""

import copy
import pickle

import numpy as np
import pytest
from estimator_cases import FORMS, LENGTHS, N, T
from scipy import stats
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMRegressor
from sklstm.losses import Gaussian, NegativeBinomial, Poisson, Quantile, StudentT
from sklstm.preprocessing import TimeDistributed

LEVELS = np.array([0.01, 0.2, 0.5, 0.9, 0.99])
NAMES = ["gaussian", "student_t", "poisson", "negative_binomial"]
COUNTS = ["poisson", "negative_binomial"]
LOSSES = [Gaussian(), StudentT(), Poisson(), NegativeBinomial()]
every_likelihood = pytest.mark.parametrize("name", NAMES)
every_loss = pytest.mark.parametrize("loss", LOSSES, ids=NAMES)


def distributions(loss, raw):
    """SciPy's distributions of raw outputs (P, N)."""
    first, *others = raw.astype(float)
    if isinstance(loss, Gaussian):
        return stats.norm(first, 1e-4 + np.exp(others[0]))
    if isinstance(loss, StudentT):
        return stats.t(2.1 + np.exp(others[1]), first, 1e-4 + np.exp(others[0]))
    if isinstance(loss, Poisson):
        return stats.poisson(np.exp(first))
    size = 1 / (1e-6 + np.exp(others[0]))
    return stats.nbinom(size, size / (size + np.exp(first)))


def some_raw(loss, n=200, dtype=float):
    rng = np.random.default_rng(0)
    return rng.uniform(-3, 3, (loss.n_raw(1), n)).astype(dtype)


# The distributions ----------------------------------------------------------------------------


@every_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_moments_and_quantiles_are_those_of_scipy(loss, dtype):
    raw = some_raw(loss, dtype=dtype)
    expected, rtol = distributions(loss, raw), 1e-5 if dtype == np.float32 else 1e-9
    np.testing.assert_allclose(loss.point(raw)[0], expected.mean(), rtol=rtol, atol=1e-7)
    np.testing.assert_allclose(loss.std(raw)[0], expected.std(), rtol=rtol)
    found = loss.quantiles(raw, LEVELS)
    assert found.shape == (1, 5, 200)
    assert found.dtype == loss.point(raw).dtype == loss.std(raw).dtype == dtype
    np.testing.assert_allclose(found[0], expected.ppf(LEVELS[:, None]), rtol=rtol, atol=1e-6)


@every_loss
def test_draws_have_the_distribution(loss):
    raw = np.repeat(some_raw(loss, 1), 20_000, axis=1)
    draws = loss.draw(raw, np.random.RandomState(0))
    assert draws.shape == (1, 20_000)
    expected = distributions(loss, raw[:, :1])
    for level in (0.1, 0.5, 0.9):
        below = expected.cdf(np.array([expected.ppf(level)])).item()
        assert np.mean(draws <= expected.ppf(level)) == pytest.approx(below, abs=0.015)


@every_loss
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_off_parameters_give_finite_ordered_results(loss, dtype):
    rng = np.random.default_rng(1)
    raw = rng.choice([-1e30, -1e4, -50, -5, 0, 5, 12, 20, 50, 1e4, 1e30], (loss.n_raw(1), 300))
    raw = raw.astype(dtype)
    quantiles = loss.quantiles(raw, LEVELS)
    assert np.isfinite(quantiles).all()
    assert (np.diff(quantiles[0], axis=0) >= 0).all()
    assert np.isfinite(loss.std(raw)).all()
    assert np.isfinite(loss.draw(raw, np.random.RandomState(0))).all()


@pytest.mark.parametrize(("mean", "dispersion"), [(9e3, -14), (9.9e6, 0.0), (9.9e6, -14)])
def test_quantiles_of_counts_join_at_the_change_of_formula(mean, dispersion):
    for factor in (1.0, 1.2):
        raw = np.array([[np.log(factor * mean)], [dispersion]])
        for loss, rows in ((NegativeBinomial(), 2), (Poisson(), 1)):
            found = loss.quantiles(raw[:rows], LEVELS)[0, :, 0]
            expected = distributions(loss, raw[:rows]).ppf(LEVELS[:, None])[:, 0]
            np.testing.assert_allclose(found, expected, rtol=3e-4 if dispersion == 0 else 1e-6)


@pytest.mark.parametrize("size", [1.0, 99.9, 100.1, 1e4, 1e6])
@pytest.mark.parametrize("y", [0.0, 1.0, 30.0, 1e4])
def test_probabilities_of_counts_at_any_dispersion(size, y):
    raw = np.array([[2.0], [np.log(1 / size - 1e-6 + 1e-300)]])
    expected = -distributions(NegativeBinomial(), raw).logpmf(y).item()
    value, _ = NegativeBinomial().value_and_gradient(raw, np.array([[y]]))
    assert value == pytest.approx(expected, rel=1e-8, abs=1e-10)


@every_loss
def test_no_prediction_costs_less_than_the_lowest_loss(loss):
    raw, y = 3 * some_raw(loss, 500), np.random.default_rng(0).poisson(3.0, (1, 500)).astype(float)
    value, _ = loss.pointwise(raw, y)
    assert (value >= loss.lowest(y) - 1e-9).all()


def test_best_constants_are_the_fits_of_scipy():
    rng = np.random.default_rng(0)
    y = 3 + 2 * rng.standard_t(4, 2000)
    raw = StudentT().initial_raw(y[None])
    expected = stats.t.fit(y, 4, loc=3, scale=2)
    found = 2.1 + np.exp(raw[2]), raw[0], 1e-4 + np.exp(raw[1])
    np.testing.assert_allclose(found, expected, rtol=2e-3)
    y = rng.negative_binomial(3, 0.2, 2000).astype(float)
    mean, dispersion = np.exp(NegativeBinomial().initial_raw(y[None]))
    assert mean == pytest.approx(y.mean(), rel=1e-6)
    assert dispersion == pytest.approx(1 / 3, rel=0.1)


@pytest.mark.parametrize("n", [9_999, 40_000])
def test_best_constants_of_many_targets(n):
    y = np.random.default_rng(0).standard_t(3, (1, n))
    raw = StudentT().initial_raw(y)
    assert 2.1 + np.exp(raw[2]) == pytest.approx(3, abs=0.2)
    assert raw[0] == pytest.approx(0, abs=0.03)


# Estimators -----------------------------------------------------------------------------------


def targets(name, shape, seed=0):
    values = np.random.default_rng(seed).normal(3.0, 2.0, shape)
    return np.abs(values).round() if name in COUNTS else values


def fitted(name, form="3-D", n_outputs=None, per_step=False, dtype=np.float64, **params):
    X = FORMS[form]
    X = [x.astype(dtype) for x in X] if form == "ragged" else X.astype(dtype)
    last = () if n_outputs is None else (n_outputs,)
    if not per_step:
        y = targets(name, (N, *last))
    elif form == "ragged":
        y = [targets(name, (length, *last), length) for length in LENGTHS]
    else:
        y = targets(name, (N, T, *last))
    defaults = {"loss": name, "return_sequences": per_step, "max_iter": 3, "random_state": 0}
    return LSTMRegressor(3, **defaults | params).fit(X, y), X, y


def shapes(result):
    return [part.shape for part in result] if isinstance(result, list) else result.shape


def with_last(shape, n):
    return [(*s, n) for s in shape] if isinstance(shape, list) else (*shape, n)


@every_likelihood
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("n_outputs", [None, 1, 2])
@pytest.mark.parametrize("per_step", [False, True])
def test_results_have_the_form_of_y(name, form, n_outputs, per_step):
    model, X, y = fitted(name, form, n_outputs, per_step)
    expected = shapes(y)
    mean, std = model.predict(X, return_std=True)
    assert shapes(mean) == shapes(std) == shapes(model.predict(X)) == expected
    assert shapes(model.predict_quantiles(X, [0.1, 0.5, 0.9])) == with_last(expected, 3)
    assert shapes(model.predict_quantiles(X, 0.5)) == expected
    assert shapes(model.sample_y(X)) == with_last(expected, 1)
    assert shapes(model.sample_y(X, 4)) == with_last(expected, 4)
    assert np.isfinite(model.score(X, y))


@every_likelihood
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_results_fit_together(name, dtype):
    model, X, _ = fitted(name, n_outputs=2, dtype=dtype)
    mean, std = model.predict(X, return_std=True)
    quantiles = model.predict_quantiles(X, LEVELS)
    draws = model.sample_y(X, 4000, random_state=1)
    assert mean.dtype == std.dtype == quantiles.dtype == draws.dtype == dtype
    np.testing.assert_array_equal(mean, model.predict(X))
    assert (std > 0).all()
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    np.testing.assert_allclose(draws.mean(axis=-1), mean, atol=5 * std.max() / 4000**0.5)
    np.testing.assert_allclose(draws.std(axis=-1), std, rtol=0.2)
    for q, level in enumerate(LEVELS):
        assert np.mean(draws <= quantiles[..., [q]]) >= level - 0.01


@pytest.mark.parametrize("far", [1e3, 1e6, 1e12])
def test_single_targets_far_off_do_not_move_a_student_t(far):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 6))
    y = X[:, -1] + 0.1 * rng.standard_t(3, 200)
    outlying = np.where(np.arange(200) % 50 == 0, far, y)
    model = LSTMRegressor(8, loss="student_t", max_iter=60, random_state=0).fit(X, outlying)
    assert np.median(np.abs(model.predict(X) - X[:, -1])) < 0.2
    assert 0.5 < model.target_scale_[0] < 1.5


def test_units_of_a_student_t_with_weights():
    X, y, weights = FORMS["3-D"], targets("student_t", N), np.arange(N) % 3
    repeated = np.repeat(np.arange(N), weights)
    one = LSTMRegressor(3, loss="student_t", max_iter=1).fit(X, y, sample_weight=weights)
    two = LSTMRegressor(3, loss="student_t", max_iter=1).fit(X[repeated], y[repeated])
    assert (one.target_mean_, one.target_scale_) == (two.target_mean_, two.target_scale_)
    mostly = np.where(np.arange(N) < 2, y, 1.0)  # equal quartiles
    assert LSTMRegressor(3, loss="student_t", max_iter=1).fit(X, mostly).target_scale_ > 0


@pytest.mark.parametrize("name", ["gaussian", "student_t"])
def test_units_of_y_do_not_matter(name):
    model, X, y = fitted(name)
    other = LSTMRegressor(3, loss=name, max_iter=3, random_state=0).fit(X, 1e4 + 100 * y)
    mean, std = model.predict(X, return_std=True)
    other_mean, other_std = other.predict(X, return_std=True)
    np.testing.assert_allclose(other_mean, 1e4 + 100 * mean, rtol=1e-6)
    np.testing.assert_allclose(other_std, 100 * std, rtol=1e-5)
    np.testing.assert_allclose(
        other.predict_quantiles(X, LEVELS),
        1e4 + 100 * model.predict_quantiles(X, LEVELS),
        rtol=1e-5,
    )


@every_likelihood
def test_streams_give_the_same(name):
    model, X, _ = fitted(name)
    for method, options in [
        ("predict", {"return_std": True}),
        ("predict_quantiles", {"quantiles": [0.1, 0.9]}),
        ("predict_quantiles", {"quantiles": 0.5}),
    ]:
        single, several = (
            model.stream(method=method, **options),
            model.stream(N, method=method, **options),
        )
        for t in range(T):
            one, many = single.push(X[0, t]), several.push(X[:, t])
            expected = getattr(model, method)(X[:, : t + 1], **options)
            np.testing.assert_allclose(np.array(many), np.array(expected), rtol=1e-12)
            np.testing.assert_allclose(
                np.array(one),
                np.array(expected)[(slice(None), 0) if options.get("return_std") else 0],
                rtol=1e-12,
            )


def test_draws_of_a_stream_are_new_at_each_step_and_copied_with_it():
    model, X, _ = fitted("gaussian")
    stream = model.stream(method="sample_y", n_samples=3, random_state=0)
    copies = [copy.deepcopy(stream), pickle.loads(pickle.dumps(stream))]
    first, second = stream.push(X[0, 0]), stream.reset().push(X[0, 0])
    assert first.shape == (3,)
    assert not np.array_equal(first, second)
    for other in copies:
        np.testing.assert_array_equal(other.push(X[0, 0]), first)


def test_draws_of_a_stream_are_new_at_each_step_without_a_seed_of_the_user():
    model, X, _ = fitted("gaussian")
    stream = model.stream(method="sample_y")
    first, second = stream.push(X[0, 0]), stream.reset().push(X[0, 0])
    assert first != second


def test_random_states_of_draws():
    model, X, _ = fitted("negative_binomial")
    np.testing.assert_array_equal(model.sample_y(X, 3), model.sample_y(X, 3, random_state=0))
    assert not np.array_equal(model.sample_y(X, 3), model.sample_y(X, 3, random_state=1))
    assert not np.array_equal(*np.split(model.sample_y(X, 2), 2, axis=-1))


def test_pipelines_pass_return_std():
    model, X, y = fitted("gaussian")
    scaler = make_pipeline(TimeDistributed(StandardScaler()), model).fit(X, y)
    mean, std = scaler.predict(X, return_std=True)
    np.testing.assert_array_equal(mean, scaler.predict(X))
    assert std.shape == mean.shape


def test_quantile_losses_have_their_quantiles():
    loss = Quantile([0.1, 0.5, 0.9])
    model, X, _ = fitted(loss, n_outputs=2)
    np.testing.assert_array_equal(model.predict_quantiles(X, [0.1, 0.5, 0.9]), model.predict(X))
    np.testing.assert_array_equal(
        model.predict_quantiles(X, [0.9, 0.1]), model.predict(X)[..., [2, 0]]
    )
    np.testing.assert_array_equal(model.predict_quantiles(X, 0.5), model.predict(X)[..., 1])
    with pytest.raises(ValueError, match=r"has learned the quantiles .* but not \[0.3\]"):
        model.predict_quantiles(X, [0.3, 0.5])


@pytest.mark.slow
@every_likelihood
def test_calibration_on_generated_data(name):
    """In 2,000 new sequences, the bounds of 80 % hold nearly that share."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((4000, 6))
    center, spread = X[:, -1] + 1, np.exp(0.5 * X[:, -2])
    y = {
        "gaussian": lambda: rng.normal(center, spread),
        "student_t": lambda: center + spread * rng.standard_t(4, 4000),
        "poisson": lambda: rng.poisson(20 * np.exp(0.3 * center)),
        "negative_binomial": lambda: rng.poisson(20 * rng.gamma(2, np.exp(0.3 * center) / 2)),
    }[name]()
    model = LSTMRegressor(8, loss=name, max_iter=30, random_state=0).fit(X[:2000], y[:2000])
    low, high = np.moveaxis(model.predict_quantiles(X[2000:], [0.1, 0.9]), -1, 0)
    inside = (y[2000:] >= low) & (y[2000:] <= high)
    assert np.mean(inside) == pytest.approx(0.8, abs=0.04)


# Errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "quantile"])
def test_losses_without_a_distribution_say_so(loss):
    model, X, _ = fitted(loss)
    for call, what in [
        (lambda: model.predict(X, return_std=True), "a standard deviation"),
        (lambda: model.sample_y(X), "a distribution"),
        (lambda: model.stream(method="predict", return_std=True), "a standard deviation"),
    ]:
        with pytest.raises(ValueError, match=f"without {what}.*loss='gaussian'"):
            call()
    if loss != "quantile":
        with pytest.raises(ValueError, match="without quantiles"):
            model.predict_quantiles(X, [0.1])


@pytest.mark.parametrize("quantiles", [0, 1, 1.5, [0.1, 1.0], -0.1, np.nan])
def test_quantiles_outside_of_0_and_1(quantiles):
    model, X, _ = fitted("gaussian")
    with pytest.raises(ValueError, match=r"quantiles must be in \(0, 1\)"):
        model.predict_quantiles(X, quantiles)
    with pytest.raises(ValueError, match=r"quantiles must be in \(0, 1\)"):
        model.stream(method="predict_quantiles", quantiles=quantiles)


def test_options_that_a_method_does_not_have():
    model, X, _ = fitted("gaussian")
    with pytest.raises(
        TypeError, match=r"method='predict' of stream takes .*'return_std'.*; got \['x'\]"
    ):
        model.stream(x=1)
    with pytest.raises(TypeError, match=r"'predict_quantiles' .* needs \['quantiles'\]; got \[\]"):
        model.stream(method="predict_quantiles")
    for call in (model.sample_y, lambda X, **options: model.stream(method="sample_y", **options)):
        with pytest.raises(ValueError, match="From a Generator"):
            call(X, random_state=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"quantiles has shape \(1, 2\)"):
        model.predict_quantiles(X, [[0.1, 0.9]])


@pytest.mark.parametrize("quantiles", [None, "median", ["a"], True])
def test_quantiles_of_another_kind(quantiles):
    model, X, _ = fitted("gaussian")
    with pytest.raises(TypeError, match="quantiles must be a number"):
        model.predict_quantiles(X, quantiles)


@pytest.mark.parametrize("n_samples", [0, -1, 1.5, None])
def test_bad_numbers_of_draws(n_samples):
    model, X, _ = fitted("gaussian")
    with pytest.raises((ValueError, TypeError), match="n_samples"):
        model.sample_y(X, n_samples)


@pytest.mark.parametrize("name", COUNTS)
def test_negative_counts(name):
    with pytest.raises(ValueError, match="expects y to hold .*; got values from -1 to 3"):
        LSTMRegressor(3, loss=name).fit(FORMS["3-D"], [-1, 3] * (N // 2))


def test_counts_that_are_not_whole():
    with pytest.raises(ValueError, match="whole numbers"):
        LSTMRegressor(3, loss="negative_binomial").fit(FORMS["3-D"], [0.5, 3] * (N // 2))


@every_loss
@pytest.mark.parametrize("far", [-400.0, 400.0])
def test_far_off_the_gradient_is_that_of_the_value(loss, far):
    y = np.full((1, 1), 3.0)
    for row in range(loss.n_parameters):
        raw = np.full((loss.n_parameters, 3), 0.5)
        raw[row] = far + np.array([-0.5, 0.0, 0.5])
        values, gradient = loss.pointwise(raw, np.repeat(y, 3, axis=1))
        change = values[0, 2] - values[0, 0]
        np.testing.assert_allclose(gradient[row, 1], change, rtol=1e-6, atol=1e-9)
