"""Numbers of all magnitudes in X, y and weights, and networks of extreme shapes.

Results are finite, and those of the same problem on another scale or in another dtype; or there is
an error that says what is too large. Powers of two change no digit: such results are equal.
"""

import numpy as np
import pytest
from refusals import CUBE, LABELS, STEP_Y, C, N, T, Y, both, small, target, unchanged

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor, SequenceForecaster
from sklstm.core.cells import CELLS
from sklstm.core.losses import REGRESSION_LOSSES
from sklstm.training.loop import DivergenceError

BOTH = [np.float64, np.float32]
# The smallest number, others below the smallest normal one, the range in which sums are finite, the
# largest number.
MAGNITUDES = [
    *((np.float64, size) for size in (5e-324, 1e-310, 1e-300, 1e-30, 1e30, 1e300, 1.79e308)),
    *((np.float32, size) for size in (1e-45, 1e-40, 1e-38, 1e-20, 1e20, 1e38, 3.4e38)),
]
EQUIVARIANT = [name for name, loss in REGRESSION_LOSSES.items() if loss.equivariant]
of_any_scale = pytest.mark.filterwarnings(
    "ignore:X is on a scale", "ignore:Training learned nothing", "ignore:y has mean"
)


def results(model, X):
    """What all methods return, as arrays."""
    yield from (model.predict(X), model.hidden_states(X)[0], *model.gates(X).values())
    if isinstance(model, LSTMClassifier):
        yield from (model.predict_proba(X), model.decision_function(X))
    elif model.loss in ("gaussian", "student_t"):
        yield from model.predict(X, return_std=True)
        yield from (model.predict_quantiles(X, [0.1, 0.9]), model.sample_y(X, 3, random_state=0))
    if not model.bidirectional:
        stream = model.stream()
        yield from (stream.push(x) for x in X[0])


def assert_finite(model, X):
    for values in results(model, X):
        values = np.asarray(values)
        assert values.dtype.kind in "US" or np.isfinite(values).all()
    assert np.isfinite(model.loss_curve_).all()


def filled(X, where, size):
    """A copy with numbers of this size: everywhere, at one step, or as a constant channel."""
    X = X.copy()
    place = {"all": ..., "a step": np.s_[:, 1], "a constant channel": np.s_[..., 0]}[where]
    X[place] = size if where == "a constant channel" else np.sign(X[place]) * size
    return X


# X ------------------------------------------------------------------------------------------------


@both
@of_any_scale
@pytest.mark.parametrize(("dtype", "size"), MAGNITUDES)
@pytest.mark.parametrize("where", ["all", "a step", "a constant channel"])
@pytest.mark.parametrize("per_step", [False, True])
def test_x_of_any_size(make, dtype, size, where, per_step):
    """In training and later; float32 against the same network in float64."""
    X = CUBE.astype(dtype)
    extreme = filled(X, where, dtype(size))
    y = target(make)
    if per_step:
        y = np.resize(LABELS, (N, T)) if make is LSTMClassifier else STEP_Y
    params = {"return_sequences": per_step}
    for data in (X, extreme):
        model = small(make, **params).fit(data, y)
        assert_finite(model, extreme)
        double = small(make, **params).fit(CUBE, y)
        double.weights_ = model.weights_
        found, expected = (
            np.asarray(m.predict_proba(x) if make is LSTMClassifier else m.predict(x))
            for m, x in [(model, extreme), (double, extreme.astype(float))]
        )
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("dtype", "power"), [(np.float64, 1000), (np.float32, 110)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_factor_of_x_that_is_taken_from_the_weights_changes_nothing(cell, dtype, power, sign):
    X = CUBE.astype(dtype)
    model = small(LSTMRegressor, cell=cell).fit(X, Y)
    other = small(LSTMRegressor, cell=cell).fit(X, Y)
    weights = model.weights_
    weights["weight_ih_l0"] = np.ldexp(weights["weight_ih_l0"], -sign * power)
    other.weights_ = weights
    pairs = zip(results(model, X), results(other, np.ldexp(X, sign * power)), strict=True)
    for expected, found in pairs:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", BOTH)
def test_sums_that_overflow_are_an_error(dtype):
    """The input of this cell has no tanh: its state, and then its outputs, would be NaN."""
    model = small(LSTMRegressor, cell="niaf").fit(CUBE.astype(dtype), Y)
    params = model.weights_
    params["weight_ih_l0"] += 1.0
    params["weight_ih_l0"][:, 1] *= -1
    model.weights_ = params
    X = np.full((2, T, C), np.finfo(dtype).max, dtype)
    stream = model.stream()
    message = r"outputs of the network are NaN or infinite: X has values of up to .*e\+\d+, and"
    for call in (
        *(lambda name=name: getattr(model, name)(X) for name in ("predict", "gates")),
        lambda: model.score(X, Y[:2]),
        lambda: [stream.push(x) for x in X[0]],
    ):
        with unchanged(model), pytest.raises(ValueError, match=message):
            call()
    with pytest.warns(match="X is on a scale"), pytest.raises(DivergenceError, match="scaling X"):
        small(LSTMRegressor, cell="niaf", warm_start=True).fit(X, Y[:2])


# y ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", EQUIVARIANT)
@pytest.mark.parametrize(
    ("dtype", "power"),
    [*((np.float64, p) for p in (-900, -400, 400, 1000)), (np.float32, -60), (np.float32, 110)],
)
def test_y_of_any_size(loss, dtype, power):
    X = CUBE.astype(dtype)
    y = Y.astype(dtype).astype(float)
    models = [small(LSTMRegressor, loss=loss).fit(X, t) for t in (y, np.ldexp(y, power))]
    assert models[1].loss_curve_ == models[0].loss_curve_
    expected, found = (model.predict(X) for model in models)
    np.testing.assert_allclose(np.ldexp(found, -power), expected, rtol=1e-5)
    assert models[1].score(X, np.ldexp(y, power)) == pytest.approx(models[0].score(X, y))
    assert_finite(models[1], X)


@of_any_scale
@pytest.mark.parametrize("loss", EQUIVARIANT)
@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("size", [0.0, 5e-324, 1e-300, 1e-30, 1e-3, 1.0, 1e30, 1e300])
def test_a_constant_y_is_predicted_in_its_units(loss, dtype, size):
    if size > float(np.finfo(dtype).max):
        pytest.skip("is not a number of this dtype")
    X = CUBE.astype(dtype)
    model = small(LSTMRegressor, loss=loss).fit(X, np.full(N, size))
    assert_finite(model, X)
    error = np.abs(model.predict(X).astype(float) - size).max()
    assert error <= (0.5 * min(size, 1.0) if size else 0.5) + 1e-6 * size + np.finfo(dtype).tiny


@of_any_scale
@pytest.mark.parametrize("loss", EQUIVARIANT)
@pytest.mark.parametrize("dtype", BOTH)
def test_one_huge_y_among_others(loss, dtype):
    y = np.where(np.arange(N) == 3, 1e30, Y)
    model = small(LSTMRegressor, loss=loss).fit(CUBE.astype(dtype), y)
    assert_finite(model, CUBE.astype(dtype))
    assert np.isfinite(model.score(CUBE.astype(dtype), y))


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("size", [1e-300, 1e100, 1e155, 1e300])
def test_scores_of_y_far_from_that_of_fit(loss, size):
    model = small(LSTMRegressor, loss=loss).fit(CUBE, np.abs(Y))
    score = model.score(CUBE, np.abs(Y) * size)
    assert np.isfinite(score)
    if size > 1:  # the predictions are zeros beside it
        expected = -(np.mean(np.abs(Y)) ** 2) / np.var(np.abs(Y))
        assert score == pytest.approx(expected)


@pytest.mark.parametrize("weight", [1e-250, 1e250])
def test_scores_with_weights_of_any_size(weight):
    model = small(LSTMRegressor).fit(CUBE, Y)
    weights = np.linspace(1, 2, N)
    y = Y * 1e60
    expected = model.score(CUBE, y, weights)
    assert model.score(CUBE, y, weights * weight) == pytest.approx(expected)


TOO_LARGE = {
    "y in float64": ("squared_error", np.float64, 1e305, "too large for dtype float64.*; scale y"),
    "y in float32": ("gaussian", np.float32, 1e35, "too large for dtype float32.*X as float64"),
    "rates": ("poisson", np.float64, 1e155, r"Poisson\(\) expects y of at most 1.3e\+154"),
    "rates in float32": ("poisson", np.float32, 1e20, r"at most 1.8e\+19 in dtype float32"),
    "counts": ("negative_binomial", np.float64, 1e16, r"at most 9e\+15 in dtype float64"),
    "counts in float32": ("negative_binomial", np.float32, 1e16, r"at most 9e\+15"),
}


@pytest.mark.parametrize("case", TOO_LARGE)
def test_y_that_is_too_large(case):
    loss, dtype, size, message = TOO_LARGE[case]
    X, y = CUBE.astype(dtype), np.round(np.abs(Y))
    model = small(LSTMRegressor, loss=loss).fit(X, y)
    for call in (
        lambda: model.fit(X, y * size),
        lambda: model.partial_fit(X, y * size),
        lambda: model.fit(X, y, X_val=X, y_val=y * size),
    ):
        with unchanged(model), pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("loss", ["poisson", "negative_binomial"])
def test_counts_up_to_the_limit(loss, dtype):
    X, y = CUBE.astype(dtype), np.round(np.abs(Y) * 1e15)
    model = small(LSTMRegressor, loss=loss).fit(X, y)
    assert_finite(model, X)
    assert 1e14 < model.predict(X).mean() < 1e16


# Shapes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("per_step", [False, True])
def test_twenty_thousand_steps(dtype, cell, per_step):
    """One unit; the last predictions are those of a stream, in float64."""
    X = np.random.default_rng(0).standard_normal((2, 20_000, 1))
    y = X[..., 0] if per_step else X[:, -1, 0]
    params = {"hidden_size": 1, "cell": cell, "max_iter": 1, "return_sequences": per_step}
    model = small(LSTMRegressor, **params).fit(X.astype(dtype), y)
    if per_step:  # nothing but the last one is compared
        params |= {"return_sequences": False, "pooling": "last", "patch_length": 1}
    double = small(LSTMRegressor, **params).fit(X, X[:, -1, 0])
    double.weights_ = model.weights_
    double.target_mean_, double.target_scale_ = model.target_mean_, model.target_scale_
    stream = double.stream(n_streams=2)
    for t in range(20_000):
        last = stream.push(X[:, t].astype(dtype).astype(float))
    found = model.predict(X.astype(dtype))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[:, -1] if per_step else found, last, rtol=0, atol=1e-4)


@both
@of_any_scale
@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("shape", [(1, 1), (1, T), (N, 1)])
@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
def test_one_sequence_and_one_step(make, dtype, shape, pooling):
    n, n_steps = shape
    X, y = CUBE[:n, :n_steps].astype(dtype), target(make)[:n]
    model = small(make, hidden_size=1, pooling=pooling)
    if make is LSTMClassifier and n == 1:
        model.partial_fit(X, y, classes=["a", "b"])
    else:
        model.fit(X, y)
    assert_finite(model, X)


@of_any_scale
@pytest.mark.parametrize("dtype", BOTH)
@pytest.mark.parametrize("per_step", [False, True])
def test_a_thousand_classes(dtype, per_step):
    X = np.random.default_rng(0).standard_normal((2000, 2, 1)).astype(dtype)
    y = np.arange(4000).reshape(2000, 2) % 1000 if per_step else np.arange(2000) % 1000
    model = small(LSTMClassifier, hidden_size=1, return_sequences=per_step).fit(X, y)
    proba, logarithms = model.predict_proba(X), model.predict_log_proba(X)
    assert proba.shape == (*y.shape, 1000)
    np.testing.assert_allclose(proba.sum(axis=-1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(np.exp(logarithms), proba, rtol=1e-4)


# Forecasts and texts ------------------------------------------------------------------------------

SERIES = np.sin(np.arange(60) * np.pi / 6) + 0.02 * np.arange(60)
EXOG = np.random.default_rng(0).standard_normal((60, 2))


def forecaster(**params):
    return SequenceForecaster(small(LSTMRegressor), **params)


def forecasts(model, X=None):
    return [
        model.forecast(5, X=X),
        *model.predict_interval(5, X=X),
        model.forecast_quantiles(5, X=X, quantiles=[0.1, 0.5, 0.9]),
        model.sample_paths(5, X=X, n_paths=3, random_state=0),
    ]


@pytest.mark.parametrize("power", [-1000, -500, 500, 1000])
@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "horizon": 3}, {"differences": 1}])
def test_series_of_any_size(power, params):
    expected = forecasts(forecaster(**params).fit(None, SERIES))
    found = forecasts(forecaster(**params).fit(None, np.ldexp(SERIES, power)))
    for values, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.ldexp(values, -power), other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", [0.0, 5e-324, 1e-310, 1e-300, 1e-30, 1e30, 1e300])
def test_constant_series(size):
    for values in forecasts(forecaster().fit(None, np.full(60, size))):
        np.testing.assert_allclose(values, size, rtol=1e-9)


@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-300, 1e-30, 1e30, 1e300])
@pytest.mark.parametrize("where", ["all", "a constant channel"])
def test_exogenous_variables_of_any_size(size, where):
    X = filled(EXOG, where, size)
    for values in forecasts(forecaster().fit(X, SERIES), X[:5]):
        assert np.isfinite(values).all()


@pytest.mark.parametrize("name", ["X", "y"])
def test_series_that_are_too_large(name):
    data = {"X": EXOG, "y": SERIES} | {name: np.full((60, 2) if name == "X" else 60, 1e305)}
    with pytest.raises(ValueError, match=rf"{name} contains 1e\+305 at row 0.*at most 1e\+304"):
        forecaster().fit(**data)


@of_any_scale
def test_texts_of_extreme_shapes():
    """Two tokens, a thousand tokens, 20,000 steps; a single token is an error."""
    alphabet = "".join(map(chr, range(0x4E00, 0x4E00 + 1000)))
    for texts in (["ab"], [alphabet], ["ab" * 10_000]):
        model = LSTMLanguageModel(1, max_iter=1, random_state=0).fit(texts)
        proba = model.predict_proba(["", texts[0]])
        assert np.isfinite(proba).all()
        np.testing.assert_allclose(proba.sum(axis=-1), 1.0, rtol=1e-5)
        assert np.isfinite(model.score(texts))
    with pytest.raises(ValueError, match="X has only one token, 'a': there is nothing to learn"):
        LSTMLanguageModel(1).fit(["aaa"])
