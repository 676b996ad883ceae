"""Quantiles and sample paths, from likelihoods, predicted quantiles and calibration errors."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import Flat
from scipy import stats
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster, losses

LEVELS = np.array([0.1, 0.25, 0.5, 0.75, 0.9])


def ar1(n, seed=0):
    """A stationary autoregression: after x, step h has mean 0.7^h x and a known variance."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n)
    for t in range(1, n):
        y[t] += 0.7 * y[t - 1]
    return y


def true_probability(values, last, steps):
    """The probability (steps, Q) that y is below the values (steps, Q)."""
    h = np.arange(1, steps + 1)[:, np.newaxis]
    std = np.sqrt((1 - 0.49**h) / (1 - 0.49))
    return stats.norm.cdf((values - 0.7**h * last) / std)


def network(loss, **params):
    defaults = {"max_iter": 15, "learning_rate": 0.02, "batch_size": 50, "random_state": 0}
    return LSTMRegressor(4, loss=loss, **(defaults | params))


def plain(regressor, **params):
    """A forecaster of the values themselves."""
    defaults = {"window": 4, "level": None, "transformer": None, "calibration_fraction": None}
    return SequenceForecaster(regressor, **(defaults | params))


DIRECT = {"strategy": "direct", "horizon": 4}


@pytest.fixture(scope="module")
def gaussian():
    """Forecasters of the autoregression by the parameters of its strategy."""
    y = ar1(1500)
    return {
        "recursive": plain(network("gaussian")).fit(None, y),
        "direct": plain(network("gaussian"), **DIRECT).fit(None, y),
        "student": plain(network("student_t")).fit(None, y),
        "smoothed": plain(network("gaussian"), level="smoothed", season_length=1).fit(None, y),
    }


# Likelihoods ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["recursive", "direct", "student", "smoothed"])
def test_quantiles_of_a_likelihood_are_those_of_the_process(gaussian, name):
    model = gaussian[name]
    errors = []
    for last in (-2.0, 0.5, 2.0):
        head = pickle.loads(pickle.dumps(model)).update([last])
        quantiles = head.forecast_quantiles(4, quantiles=LEVELS)
        errors.append(true_probability(quantiles, last, 4) - LEVELS)
    assert np.abs(np.mean(errors, axis=0)).max() < 0.1
    assert np.abs(errors).max() < 0.2


@pytest.mark.parametrize("name", ["recursive", "direct", "student"])
def test_paths_have_the_quantiles(gaussian, name):
    model = gaussian[name]
    quantiles = model.forecast_quantiles(4, quantiles=LEVELS)
    paths = model.sample_paths(4, n_paths=4000, random_state=1)
    below = (paths[:, :, np.newaxis] <= quantiles).mean(axis=0)
    assert_allclose(below, np.broadcast_to(LEVELS, (4, 5)), atol=0.05)


def test_recursive_paths_depend_on_their_earlier_steps_and_direct_ones_do_not(gaussian):
    """The correlation of the autoregression between steps 1 and 2 is 0.57."""
    for name, low, high in [("recursive", 0.4, 0.7), ("direct", -0.1, 0.1)]:
        paths = gaussian[name].sample_paths(2, n_paths=2000, random_state=0)
        assert low < np.corrcoef(paths.T)[0, 1] < high


def test_direct_paths_beyond_the_horizon_read_the_draws(gaussian):
    paths = gaussian["direct"].sample_paths(5, n_paths=2000, random_state=0)
    assert np.corrcoef(paths[:, 3:].T)[0, 1] > 0.4


@pytest.mark.parametrize(("loss", "n"), [("poisson", 6.0), ("negative_binomial", 6.0)])
@pytest.mark.parametrize("params", [{}, DIRECT])
def test_counts_are_whole_and_have_the_quantiles_of_counts(loss, n, params):
    y = np.random.default_rng(0).poisson(n, size=400)
    model = plain(network(loss), scale=False, **params).fit(None, y)
    paths = model.sample_paths(3, n_paths=500, random_state=0)
    assert_array_equal(paths, np.round(paths))
    assert paths.min() >= 0
    quantiles = model.forecast_quantiles(3, quantiles=LEVELS)
    assert_array_equal(quantiles, np.round(quantiles))
    assert np.abs(quantiles - stats.poisson.ppf(LEVELS, n)).max() <= 2


def test_scaled_counts_have_the_errors_of_calibration_instead():
    """Poisson's variance is that of whole counts, not of those divided by their mean."""
    y = np.random.default_rng(0).poisson(50, size=300)
    model = plain(network("poisson"), calibration_fraction=0.3).fit(None, y)
    quantiles = model.forecast_quantiles(2, quantiles=[0.05, 0.95])
    assert (np.abs(quantiles - [38, 62]) < 7).all()
    assert (model.sample_paths(2, n_paths=50, random_state=0) >= 0).all()
    model = plain(network("poisson")).fit(None, y)
    with pytest.raises(ValueError, match="No errors were calibrated"):
        model.forecast_quantiles(2)


def test_uncalibrated_intervals_of_a_likelihood_are_its_quantiles(gaussian):
    for name in ("recursive", "direct"):
        model = gaussian[name]
        lower, upper = model.predict_interval(4, coverage=[0.5, 0.8])
        quantiles = model.forecast_quantiles(4, quantiles=LEVELS)
        assert_allclose(lower, quantiles[:, [1, 0]], rtol=1e-6)
        assert_allclose(upper, quantiles[:, [3, 4]], rtol=1e-6)


def test_draws_are_those_of_the_regressor():
    """One step, of changes in units of their deviation, from one window."""
    y = np.cumsum(ar1(300))
    model = plain(network("gaussian", max_iter=2), differences=1).fit(None, y)
    window = (np.diff(y)[-4:] - np.diff(y).mean()) / np.diff(y).std()
    expected = model.regressor_.sample_y(window[np.newaxis], 1, np.random.RandomState(5))
    expected = y[-1] + np.diff(y).mean() + np.diff(y).std() * expected.ravel()
    found = model.sample_paths(1, n_paths=1, random_state=5)
    assert_allclose(found, [expected], rtol=1e-5)


# Predicted quantiles -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quantile_model():
    loss = losses.Quantile([0.1, 0.25, 0.5, 0.75, 0.9])
    return plain(network(loss, max_iter=20), **DIRECT).fit(None, ar1(1000))


def test_predicted_quantiles_are_returned_and_interpolated(quantile_model):
    found = quantile_model.forecast_quantiles(3, quantiles=[0.25, 0.175, 0.1, 0.5, 0.9])
    lower, upper = quantile_model.predict_interval(3, coverage=[0.5, 0.8])
    assert_allclose(found[:, [0, 2]], lower, rtol=1e-6)
    assert_allclose(found[:, 4], upper[:, 1], rtol=1e-6)
    assert_allclose(found[:, 1], (found[:, 0] + found[:, 2]) / 2, rtol=1e-6)
    assert_allclose(found[:, 3], quantile_model.forecast(3), rtol=1e-6)
    assert np.abs(true_probability(found[:, [2, 3, 4]], ar1(1000)[-1], 3) - LEVELS[::2]).max() < 0.2


@pytest.mark.parametrize(
    ("steps", "level", "words"),
    [(3, 0.05, "0.05 is beyond .* 0.1 to 0.9"), (5, 0.5, "hold for the 4 step")],
)
def test_quantiles_that_are_not_predicted(quantile_model, steps, level, words):
    with pytest.raises(ValueError, match=words):
        quantile_model.forecast_quantiles(steps, quantiles=[level])


# Conformal calibration of predicted quantiles ---------------------------------------------------


def heteroscedastic(n, seed=0):
    """Noise whose size has a season of 8 steps."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=n) * (1 + 0.8 * np.sin(np.pi / 4 * np.arange(n)))


QUANTILES = losses.Quantile([0.1, 0.5, 0.9])


@pytest.mark.parametrize("loss", [QUANTILES, "gaussian"])
def test_bounds_are_moved_by_the_ranked_score(loss):
    y = heteroscedastic(400)
    regressor = network(loss, max_iter=3)
    plain_bounds, moved = (
        plain(regressor, **DIRECT, calibration_fraction=fraction).fit(None, y)
        for fraction in (None, 0.2)
    )
    lower, upper = plain_bounds.predict_interval(4, coverage=0.8)
    low, high = moved.predict_interval(4, coverage=0.8)
    errors = moved._calibration["quantiles"]
    levels = np.array(moved._model.levels)
    below, above = (errors[:, :, 0, np.argmin(np.abs(levels - q))] for q in (0.1, 0.9))
    for step in range(4):
        scores = np.sort(np.maximum(-below[step], above[step]))
        scores = scores[np.isfinite(scores)]
        width = scores[int(np.ceil((len(scores) + 1) * 0.8 - 1e-9)) - 1] * y.std()
        assert_allclose([lower[step] - low[step], high[step] - upper[step]], width, rtol=1e-4)
    # The errors are those of forecasts of the rows before, by a network that has not seen them.
    second = plain(regressor, **DIRECT).fit(None, y[:320])
    bound = second.forecast_quantiles(4, quantiles=[0.9])[:, 0]
    assert_allclose(above[:, 0] * y.std(), y[320:324] - bound, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("loss", [QUANTILES, "gaussian"])
def test_calibrated_bounds_have_the_coverage_that_predicted_ones_lack(loss):
    """Of a network that has learned on rows with less noise than the last ones."""
    y = heteroscedastic(1400)
    y[:700] *= 0.4
    inside = {}
    for fraction in (None, 0.3):
        model = plain(network(loss, max_iter=4), **DIRECT, calibration_fraction=fraction)
        model.fit(None, y[: 1000 if fraction else 700])
        if fraction is None:
            model.update(y[700:1000])
        hits = []
        for t in range(1000, 1380, 4):
            lower, upper = model.predict_interval(4, coverage=0.8)
            hits.append((lower <= y[t : t + 4]) & (y[t : t + 4] <= upper))
            model.update(y[t : t + 4])
        inside[fraction] = np.mean(hits)
    assert inside[None] < 0.6
    assert abs(inside[0.3] - 0.8) < 0.05


def test_bounds_that_would_cross_meet():
    """All values at the centre: the scores are negative, and as large as half an interval."""
    model = plain(network(QUANTILES, max_iter=5), **DIRECT, calibration_fraction=0.2)
    model.fit(None, heteroscedastic(300))
    model._calibration["quantiles"][:] = [9, 0, -9]
    lower, upper = model.predict_interval(4, coverage=0.8)
    assert_allclose(lower, upper)


def test_later_steps_of_a_direct_likelihood_have_intervals_of_errors():
    model = plain(network("gaussian", max_iter=3), **DIRECT, calibration_fraction=0.3)
    model.fit(None, ar1(300))
    short = model.predict_interval(4, coverage=0.8)
    lower, upper = model.predict_interval(9, coverage=0.8)
    assert_allclose([lower[:4], upper[:4]], short, rtol=1e-6)
    assert_allclose((lower + upper)[4:] / 2, model.forecast(9)[4:], rtol=1e-4, atol=1e-5)


# Calibration errors --------------------------------------------------------------------------


def test_quantiles_of_errors_have_their_probability():
    """The k-th smallest of m exchangeable errors is the quantile k / (m + 1)."""
    rng, below = np.random.default_rng(3), []
    levels = [5 / 41, 0.5, 30 / 41, 39 / 41]
    for _ in range(150):
        y = rng.standard_gamma(1, size=230)
        model = SequenceForecaster(Zero(), window=20, level=None, transformer=None, scale=False)
        quantiles = model.fit(None, y[:200]).forecast_quantiles(1, quantiles=levels)
        below.append((y[200:, np.newaxis] <= quantiles[0]).mean(axis=0))
    error = np.std(below, axis=0) / np.sqrt(len(below))
    assert (error < 0.01).all()
    assert (np.abs(np.mean(below, axis=0) - levels) < 3 * error).all()


class Zero(Flat):
    """Predicts 0 for the next step."""

    def predict(self, X):
        return np.zeros(len(X))


def test_paths_are_whole_trajectories_of_errors():
    y = np.cumsum(np.random.default_rng(0).normal(size=300))
    model = plain(Zero(), calibration_fraction=0.2, differences=1, scale=False).fit(None, y)
    errors = model.calibration_errors_[:5, :, 0]
    paths = model.sample_paths(5, n_paths=300, random_state=0) - model.forecast(5)
    whole = errors[:, np.isfinite(errors).all(axis=0)].T
    assert len(whole) == 56
    distance = np.abs(paths[:, np.newaxis] - whole).max(axis=2).min(axis=1)
    assert distance.max() < 1e-5
    assert len(np.unique(paths.round(5), axis=0)) > 45


def test_with_few_trajectories_the_last_errors_are_repeated():
    model = SequenceForecaster("smoothing", season_length=12)
    model.fit(y=ar1(60))
    paths = model.sample_paths(12, n_paths=200, random_state=0)
    assert len(np.unique(paths[:, -1])) == 12
    with pytest.raises(ValueError, match="steps=13 is too many"):
        model.sample_paths(13)


# Forms ---------------------------------------------------------------------------------------


def data(form, dtype=float, exog=False):
    y, x = (50 + np.abs(np.cumsum(ar1(120)))).astype(dtype), np.ones((120, 2))
    if form == "one":
        return {"X": x if exog else None, "y": y}
    if form == "columns":
        return {"X": x if exog else None, "y": np.column_stack([y, 3 * y])}
    if form == "list":
        return {"X": [x, x[:90]] if exog else None, "y": [y, 5 * y[:90]]}
    ids, both = np.repeat(["a", "b"], [120, 90]), np.concatenate([y, 5 * y[:90]])
    return {"X": np.ones((210, 2)) if exog else None, "y": both, "series_id": ids}


def future(form, exog):
    x = np.ones((6, 2))
    if not exog:
        return {}
    if form in ("one", "columns"):
        return {"X": x}
    return {"X": [x, x]} if form == "list" else {"X": np.ones((12, 2)), "series_id": ["a", "b"] * 6}


def arrays_of(result, form):
    if form == "list":
        assert isinstance(result, list)
        return result
    if form == "ids":
        assert list(result) == ["a", "b"]
        return list(result.values())
    return [result]


forms = pytest.mark.parametrize("form", ["one", "columns", "list", "ids"])
KINDS = {
    "errors": lambda exog: SequenceForecaster(Flat(), window=6),
    "errors, differences": lambda exog: SequenceForecaster(Flat(), window=6, differences=(2, 1)),
    "errors, logarithms": lambda exog: SequenceForecaster(Flat(), window=6, transformer="log"),
    "errors, direct": lambda exog: SequenceForecaster(Flat(), window=6, **DIRECT),
    "square roots": lambda exog: SequenceForecaster(
        Flat(), window=6, transformer=FunctionTransformer(np.sqrt, np.square)
    ),
    "likelihood": lambda exog: SequenceForecaster(network("gaussian", max_iter=1), window=6),
    "likelihood, logarithms": lambda exog: SequenceForecaster(
        network("student_t", max_iter=1), window=6, transformer="log", **DIRECT
    ),
    "likelihood, differences": lambda exog: SequenceForecaster(
        network("gaussian", max_iter=1), window=6, differences=1, scale=False
    ),
    "quantiles": lambda exog: SequenceForecaster(
        network(losses.Quantile([0.05, 0.5, 0.95]), max_iter=1),
        window=6,
        strategy="direct",
        horizon=6,
    ),
    "vote": lambda exog: VotingForecaster(
        [("a", SequenceForecaster(Flat(), window=6)), ("b", SequenceForecaster(Flat(), window=3))]
    ),
}
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
@forms
@pytest.mark.parametrize("exog", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, float])
def test_forms_and_shapes(kind, form, exog, dtype):
    model = KINDS[kind](exog).fit(**data(form, dtype, exog))
    quantiles = model.forecast_quantiles(6, quantiles=[0.8, 0.1, 0.5], **future(form, exog))
    paths = model.sample_paths(6, n_paths=7, random_state=0, **future(form, exog))
    columns = (2,) if form == "columns" else ()
    for values in arrays_of(quantiles, form):
        assert values.shape == (6, *columns, 3)
        assert (values[..., 1] <= values[..., 2]).all() and (values[..., 2] <= values[..., 0]).all()
        assert values.dtype == dtype
    for values in arrays_of(paths, form):
        assert values.shape == (7, 6, *columns)
        assert np.isfinite(values).all() and values.dtype == dtype
        assert len(np.unique(values.reshape(7, -1), axis=0)) > 1
    again = model.sample_paths(6, n_paths=7, random_state=0, **future(form, exog))
    for one, other in zip(arrays_of(paths, form), arrays_of(again, form), strict=True):
        assert_array_equal(one, other)


@forms
def test_each_series_is_in_its_own_units(form):
    """The second series or column is a multiple of the first, as long as both have all rows."""
    y = 50 + np.abs(np.cumsum(ar1(120)))
    pair = {"columns": np.column_stack([y, 3 * y]), "list": [y, 3 * y], "one": y}.get(form)
    ids = {"series_id": np.repeat(["a", "b"], 120)} if form == "ids" else {}
    pair = np.concatenate([y, 3 * y]) if form == "ids" else pair
    model = SequenceForecaster("smoothing", transformer="log").fit(None, pair, **ids)
    found = arrays_of(model.forecast_quantiles(4, quantiles=[0.2, 0.6]), form)
    if form == "columns":
        assert_allclose(found[0][:, 1], 3 * found[0][:, 0], rtol=1e-6)
    elif form != "one":
        assert_allclose(found[1], 3 * found[0], rtol=1e-6)


def test_a_decreasing_transformer_exchanges_the_quantiles():
    y = 50 + np.abs(np.cumsum(ar1(200)))
    inverse = FunctionTransformer(np.reciprocal, np.reciprocal)
    model = SequenceForecaster(Flat(), window=4, transformer=inverse, season_length=1).fit(None, y)
    other = SequenceForecaster(Flat(), window=4, transformer=None, season_length=1).fit(None, 1 / y)
    found = model.forecast_quantiles(3, quantiles=[0.1, 0.3, 0.9])
    expected = 1 / other.forecast_quantiles(3, quantiles=[0.9, 0.7, 0.1])
    assert_allclose(found, expected, rtol=1e-6)


def test_bounds_of_counts_end_at_zero():
    y = np.random.default_rng(0).poisson(0.5, size=200)
    for loss in ("poisson", "negative_binomial"):
        model = plain(network(loss, max_iter=2), calibration_fraction=0.3).fit(None, y)
        assert model.forecast_quantiles(3, quantiles=[0.05]).min() >= 0
        assert model.sample_paths(3, random_state=0).min() >= 0


@kinds
def test_saved_cloned_and_in_threads(kind):
    model = KINDS[kind](False)
    clone(model).fit(**data("one"))
    model.fit(**data("one"))
    before = pickle.dumps(model)
    loaded = pickle.loads(before)
    with ThreadPoolExecutor(3) as pool:
        calls = [
            pool.submit(each.sample_paths, 5, n_paths=20, random_state=1)
            for each in (model, loaded, model)
        ]
        results = [call.result() for call in calls]
    assert_array_equal(results[0], results[1])
    assert_array_equal(results[0], results[2])
    assert_array_equal(model.forecast_quantiles(5), loaded.forecast_quantiles(5))
    assert pickle.dumps(model) == before


# Refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "regressor",
    [
        make_pipeline(FunctionTransformer(), network("gaussian", max_iter=1)),
        TransformedTargetRegressor(network("gaussian", max_iter=1)),
    ],
)
def test_a_distribution_inside_of_another_estimator(regressor):
    model = SequenceForecaster(regressor, window=4).fit(None, ar1(100))
    assert model.predict_interval(2, coverage=0.5)[0].shape == (2,)
    for method in (model.forecast_quantiles, model.sample_paths):
        with pytest.raises(ValueError, match="is a distribution, but .* Pass LSTMRegressor"):
            method(2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"quantiles": []}, "quantiles=.* is not valid; expected a list of levels"),
        ({"quantiles": 0.5}, "quantiles=0.5 is not valid; expected a list of levels"),
        ({"quantiles": [0.5, 90]}, "did you mean 0.9"),
        ({"quantiles": [0.0]}, r"quantiles .*\(0, 1\)"),
        ({"quantiles": [0.01]}, "The quantile 0.01 needs at least 99 calibration errors"),
        ({"quantiles": [0.995]}, "The quantile 0.995 needs at least 199 calibration errors"),
        ({"steps": 0}, "steps"),
    ],
)
def test_quantiles_that_are_not_valid(arguments, words):
    model = SequenceForecaster("smoothing").fit(y=ar1(100))
    with pytest.raises(ValueError, match=words):
        model.forecast_quantiles(**({"steps": 2} | arguments))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_paths": 0}, "n_paths"),
        ({"random_state": "a"}, "random_state"),
        ({"steps": 30}, "steps=30 is too many"),
    ],
)
def test_paths_that_are_not_valid(arguments, words):
    model = SequenceForecaster("smoothing").fit(y=ar1(100))
    with pytest.raises((ValueError, TypeError), match=words):
        model.sample_paths(**({"steps": 2} | arguments))


@pytest.mark.parametrize("kind", ["errors", "vote"])
def test_without_calibration(kind):
    model = KINDS[kind](False).set_params(calibration_fraction=None).fit(y=ar1(100))
    for method in (model.forecast_quantiles, model.sample_paths):
        with pytest.raises(ValueError, match=r"No errors were calibrated: .*calibrate\(y\)"):
            method(2)
