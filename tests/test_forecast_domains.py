"""Forecasts and bounds stay where a transformer's inverse and the regressor's loss are valid."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import Flat
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, QuantileTransformer

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm._forecasting.inverse import inverse, known_levels
from sklstm._forecasting.target_domain import restricting_loss, target_limits
from sklstm.losses import Loss, NegativeBinomial, Poisson

rng = np.random.default_rng(0)
COUNTS = rng.poisson(0.6, 150).astype(float)
SKEWED = np.exp(rng.normal(size=150))
POLE = 100 / (135 - np.arange(120.0))
SERIES = {"counts": COUNTS, "skewed": SKEWED, "left": 10 - np.sqrt(SKEWED), "pole": POLE}

# Each with the lowest and highest value that its inverse can have.
TRANSFORMERS = {
    "sqrt": (FunctionTransformer(np.sqrt, np.square), 0, np.inf),
    "anscombe": (
        FunctionTransformer(lambda y: np.sqrt(y + 3 / 8), lambda x: x**2 - 3 / 8),
        -1,
        np.inf,
    ),
    "fourth root": (FunctionTransformer(lambda y: y**0.25, lambda x: x**4), 0, np.inf),
    "square": (FunctionTransformer(np.square, np.sqrt), 0, np.inf),
    "log1p": (FunctionTransformer(np.log1p, np.expm1), -1, np.inf),
    "rounded": (FunctionTransformer(np.log1p, lambda x: np.round(np.expm1(x), 2)), -1, np.inf),
    "clipped": (FunctionTransformer(np.log1p, lambda x: np.maximum(np.expm1(x), 0)), 0, np.inf),
    "reciprocal": (FunctionTransformer(lambda y: 1 / (1 + y), lambda x: 1 / x - 1), -1, np.inf),
    "logit": (
        FunctionTransformer(
            lambda y: np.log((y + 1) / (30 - y)), lambda x: 31 / (1 + np.exp(-x)) - 1
        ),
        -1,
        30,
    ),
    "yeo-johnson": (PowerTransformer(), -np.inf, np.inf),
    "box-cox": (PowerTransformer("box-cox"), 0, np.inf),
    "quantiles": (QuantileTransformer(n_quantiles=50), -np.inf, np.inf),
}
STRATEGIES = {
    "recursive": {},
    "direct": {"strategy": "direct", "horizon": 6},
    "differences": {"differences": 1, "window": 6},
    "levels": {"level": None, "window": 6},
}


def network(**params):
    return LSTMRegressor(**({"hidden_size": 2, "max_iter": 3, "random_state": 0} | params))


def quick_fit(model, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*args, **kwargs)


# Transformers --------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", TRANSFORMERS)
@pytest.mark.parametrize("series", SERIES)
def test_bounds_are_around_the_forecast_and_in_the_domain_or_an_error(series, name, strategy):
    transformer, low, high = TRANSFORMERS[name]
    y = SERIES[series] + (name == "box-cox")
    if name == "rounded":
        y = np.round(y, 2)
    model = SequenceForecaster(network(), transformer=transformer, **STRATEGIES[strategy])
    quick_fit(model, None, y)
    try:
        forecast = model.forecast(8)
        lower, upper = model.predict_interval(8)
    except ValueError as error:
        assert "not finite" in str(error)
        assert name in ("yeo-johnson", "box-cox", "reciprocal")  # those with a pole
        return
    tolerance = 1e-9 * np.ptp(y)
    assert (lower <= forecast + tolerance).all()
    assert (forecast <= upper + tolerance).all()
    assert (lower >= low).all()
    assert (upper <= high).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_square_roots_of_sparse_counts_leave_zeros_in_the_interval(dtype):
    y = rng.poisson(0.3, 400).astype(dtype)
    model = SequenceForecaster(network(), transformer=FunctionTransformer(np.sqrt, np.square))
    lower, upper = quick_fit(model, None, y[:390]).predict_interval(10)
    assert lower.dtype == dtype
    assert_array_equal(lower, 0)
    assert (upper > 0).all()


@pytest.mark.parametrize("columns", [1, 2])
def test_the_inverse_turns_back_at_the_end_of_its_domain(columns):
    """A parabola whose data begin at 1: the fold at 0 is found beyond them."""
    transformer = FunctionTransformer(np.sqrt, np.square)
    known = known_levels(transformer, np.repeat([[1.0], [3.0]], columns, axis=1))
    levels = np.repeat([[-5.0], [-1e-3], [0.5], [1.0], [2.0], [4.0]], columns, axis=1)
    values = inverse(transformer, levels, known)
    assert_allclose(values[:, -1], [0, 0, 0.25, 1, 4, 16], atol=1e-9)
    assert (values[:2] == 0).all()


@pytest.mark.parametrize(
    ("function", "level", "expected"),
    [
        (lambda x: 1 / x, -0.5, np.nan),  # a pole between the levels of fit and this one
        (lambda x: (4 - x) ** -0.125, 5.0, np.nan),  # a pole that is approached slowly
        (lambda x: np.exp(300 * x), 5.0, np.inf),  # an overflow
        (lambda x: np.sqrt(x - 0.5), 0.0, 0.0),  # not defined, but with a limit
        (lambda x: np.minimum(x, 3), 5.0, 3.0),  # constant
        (lambda x: -((4 - x) ** 2), 5.0, 0.0),  # a fold above
        (lambda x: (4 - x) ** 2, 5.0, 0.0),  # decreasing, and a fold
    ],
)
def test_inverses_with_and_without_a_limit(function, level, expected):
    transformer = FunctionTransformer(inverse_func=function)
    value = inverse(transformer, np.array([[level]]), np.array([[1.0], [3.0]]))[0, 0]
    if np.isfinite(expected):
        assert_allclose(value, expected, atol=1e-5)
    else:
        assert not np.isfinite(value)


def test_a_transformer_that_mixes_columns_is_used_as_it_is():
    y = np.column_stack([SKEWED, SKEWED[::-1] + COUNTS])
    model = SequenceForecaster(Flat(), transformer=PCA(), level=None, window=6).fit(None, y)
    assert model._known_levels is None
    assert_allclose(model.forecast(3).shape, (3, 2))


def test_a_bound_that_overflows_is_an_error_that_says_where():
    y = np.exp(690.0 * np.random.default_rng(0).choice([-1, 1], 120))
    model = SequenceForecaster(network(), transformer="log", level=None, window=6)
    quick_fit(model, None, y)
    assert np.isfinite(model.forecast(3)).all()
    with pytest.raises(ValueError, match="interval of y has a bound that is not finite at step 1"):
        model.predict_interval(3)


# Losses --------------------------------------------------------------------------------------


class Shares(Loss):
    """A squared error of shares, numbers between 0 and 1."""

    valid_targets = "numbers between 0 and 1"

    def accepts(self, y):
        return (y >= 0) & (y <= 1)

    def pointwise(self, raw, y):
        share = self.point(raw)
        return (share - y) ** 2, 2 * (share - y) * share * (1 - share)

    def best_constant(self, y, weight):
        share = np.clip(np.average(y, axis=1, weights=weight), 0.01, 0.99)
        return np.log(share / (1 - share))

    def point(self, raw):
        return 1 / (1 + np.exp(-raw))


LOSSES = {
    "poisson": ("poisson", 5 * COUNTS, 0, np.inf),
    "negative binomial": ("negative_binomial", 5 * COUNTS, 0, np.inf),
    "object": (Poisson(), COUNTS, 0, np.inf),
    "shares": (Shares(), np.minimum(COUNTS / 2, 1), 0, 1),
}
FORMS = {
    "one": lambda y: ({"y": y}, lambda f: [f]),
    "together": lambda y: ({"y": np.column_stack([y, y[::-1]])}, lambda f: [f]),
    "list": lambda y: ({"y": [y, y[:90]]}, list),
    "long": lambda y: (
        {"y": np.r_[y, y[:90]], "series_id": np.repeat([3, 4], [len(y), 90])},
        lambda f: list(f.values()),
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("strategy", ["recursive", "direct"])
@pytest.mark.parametrize("scale", ["auto", False])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_that_do_not_accept_all_numbers(loss, scale, strategy, form):
    loss, y, low, high = LOSSES[loss]
    data, arrays = FORMS[form](y)
    model = SequenceForecaster(network(loss=loss), scale=scale, **STRATEGIES[strategy])
    quick_fit(model, **data)
    assert (model.level_, model.combine_) == (None, False)
    assert not model.log_.any()
    forecasts, bounds = model.forecast(6), model.predict_interval(6)
    for forecast, lower, upper in zip(*map(arrays, (forecasts, *bounds)), strict=True):
        assert (low <= lower).all()
        assert (lower <= forecast).all()
        assert (forecast <= upper).all()
        assert (upper <= high).all()


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_loss_in_a_pipeline(wrapped):
    regressor = network(loss="poisson")
    regressor = make_pipeline(FunctionTransformer(), regressor) if wrapped else regressor
    assert isinstance(restricting_loss(regressor), Poisson)
    assert restricting_loss(network(loss="gaussian")) is None
    assert (
        restricting_loss(Flat()) is restricting_loss(None) is restricting_loss("smoothing") is None
    )
    model = quick_fit(SequenceForecaster(regressor), y=COUNTS)
    assert model.choices_["level"].startswith("None: the loss Poisson() accepts only non-negative")


@pytest.mark.parametrize("loss", ["poisson", "negative_binomial"])
def test_sizes_of_counts_do_not_matter_much(loss):
    """Also of counts in the thousands, and series of different sizes, the season is learned."""
    season = 1 + np.tile(np.arange(7.0), 40)
    sizes = [300, 3000] if loss == "poisson" else [300, 500]
    y = [np.round(size * season) for size in sizes]
    model = SequenceForecaster(network(loss=loss, hidden_size=8, max_iter=60), window=7)
    model.set_params(calibration_fraction=None)
    for forecast, rows in zip(model.fit(y=y).forecast(7), y, strict=True):
        assert np.abs(forecast / rows[:7] - 1).mean() < 0.2


@pytest.mark.parametrize("loss", ["poisson", "negative_binomial"])
def test_update_keeps_to_the_loss_too(loss):
    ids = np.repeat(["a", "b"], 75)
    model = quick_fit(SequenceForecaster(network(loss=loss)), y=COUNTS, series_id=ids)
    model.update(10 * COUNTS[:30], series_id=["c"] * 30)
    assert (model.predict_interval(3)[0]["c"] >= 0).all()
    assert model.forecast(3)["c"].shape == (3,)
    # Targets of whole numbers are not divided by anything.
    size = 10 * COUNTS[:30].mean() if loss == "poisson" else 1.0
    assert_allclose(model._decomposition["size"][2], size)
    for name in ("a", "new"):
        with pytest.raises(ValueError, match="expects .* contains -1 in row 1"):
            model.update(np.resize([1.0, -1.0], 30), series_id=[name] * 30)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"level": "smoothed"}, "level='smoothed' its targets are deviations.*Leave level='auto'"),
        ({"level": "last"}, "level='last'"),
        ({"differences": 1}, "differences=1 its targets are changes.*Leave differences=0"),
        ({"transformer": "log"}, "expects counts.*y, after the transformer.*contains"),
    ],
)
def test_parameters_that_a_loss_of_counts_excludes(params, words):
    model = SequenceForecaster(network(loss="negative_binomial"), **params)
    with pytest.raises(ValueError, match=words):
        model.fit(y=1 + COUNTS)


@pytest.mark.parametrize("constant", [0.0, 4.0])
def test_constant_counts_are_in_their_intervals(constant):
    model = quick_fit(SequenceForecaster(network(loss="poisson")), y=np.full(60, constant))
    lower, upper = model.predict_interval(3)
    assert_allclose([lower, upper], constant, atol=0.01)
    assert (lower <= constant).all()


@pytest.mark.parametrize("form", FORMS)
def test_values_that_the_loss_does_not_accept(form):
    data, _ = FORMS[form](COUNTS - 1)
    with pytest.raises(ValueError, match="expects non-negative numbers, but .* contains -1 in row"):
        SequenceForecaster(network(loss="poisson")).fit(**data)


def test_limits_of_targets():
    class Positive(Poisson):
        def accepts(self, y):
            return y > 0.25

    assert target_limits(Poisson(), 5.0) == (0, np.inf)
    assert target_limits(NegativeBinomial(), 5.0) == (0, np.inf)
    assert target_limits(Shares(), 0.3) == (0, 1)
    assert_allclose(target_limits(Positive(), 1e-3 + 0.25), (0.25, np.inf))


@pytest.mark.parametrize("form", FORMS)
def test_votes_keep_to_the_losses_of_their_members(form):
    data, arrays = FORMS[form](COUNTS)
    members = [(name, SequenceForecaster(network(loss=name))) for name in ("poisson",)]
    vote = quick_fit(VotingForecaster(members, random_state=0), **data)
    lower, _ = vote.predict_interval(3)
    assert all((rows >= 0).all() for rows in arrays(lower))
    members.append(("other", SequenceForecaster(network())))
    vote = quick_fit(VotingForecaster(members, random_state=0), **data)
    lower, _ = vote.predict_interval(3)
    assert all((rows < 0).any() for rows in arrays(lower))


# Sizes ---------------------------------------------------------------------------------------

SETTINGS = {
    "first line": {},
    "levels": {"level": None, "window": 6},
    "differences": {"differences": 1, "window": 6},
    "window": {"scale": "window"},
    "series": {"scale": "series"},
    "combined": {"combine": True},
    "last": {"level": "last"},
    "season": {"season_length": 19},
}


@pytest.mark.parametrize("size", [1e-300, 1e-200, 1e-155, 1e155, 1e200, 1e300])
@pytest.mark.parametrize("shift", [0, 5])
@pytest.mark.parametrize("setting", SETTINGS)
def test_sizes_do_not_matter(setting, shift, size):
    y = 5 + np.sin(np.arange(120) / 3) + rng.normal(size=120) / 10 - shift

    def results(size):
        model = SequenceForecaster(network(), transformer=None, **SETTINGS[setting])
        quick_fit(model, None, size * y)
        return np.array([model.forecast(3), *model.predict_interval(3, coverage=0.5)]) / size

    assert_allclose(results(size), results(1.0), atol=0.02)
