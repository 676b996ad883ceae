"""Split-conformal intervals: calibration errors, and the bounds computed from them."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import FunctionTransformer

from sklstm import SequenceForecaster
from sklstm._forecasting import calibration, intervals


class Stub(RegressorMixin, BaseEstimator):
    """Predict one number of what is seen, for all steps and series alike."""

    def fit(self, X, y):
        self.X_max_, self.y_max_, self.shape_ = np.max(X), np.max(y), y.shape[1:]
        return self

    def predict(self, X):
        X = X[:, :, np.newaxis] if X.ndim == 2 else X
        values = np.broadcast_to(self.number(X), len(X))
        return np.broadcast_to(values.reshape(-1, *[1] * len(self.shape_)), (len(X), *self.shape_))


class Zero(Stub):
    def number(self, X):
        return 0.0


class LargestSeen(Stub):
    def number(self, X):
        return X.max(axis=(1, 2))


class LastExog(Stub):
    def number(self, X):
        return X[:, -1, -1]


class LargestTarget(Stub):
    def number(self, X):
        return self.y_max_


def calibrated(regressor, **params):
    defaults = {"window": 2, "scale": False, "strategy": "recursive"}
    plain = {"level": None, "transformer": None}
    return SequenceForecaster(regressor, **(defaults | plain | params))


def known_tail(m):
    """0 and -1 in turn, and in the last fifth of the rows 1 to m: each step is one up or down."""
    return np.concatenate([np.tile([-1.0, 0.0], 2 * m), np.arange(1.0, m + 1)])


# The rank ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("m", "coverage", "rank"),
    [
        (19, 0.8, 16),  # 20 * 0.8: the exact 16th, not the next one
        (19, 0.9, 18),
        (19, 0.95, 19),
        (49, 0.56, 28),  # 50 * 0.56 is 28.000000000000004
        (20, 0.8, 17),  # 16.8
        (9, 0.05, 1),
    ],
)
def test_half_width_is_the_ranked_error(m, coverage, rank):
    model = calibrated(Zero()).fit(None, known_tail(m))
    lower, upper = model.predict_interval(1, coverage=coverage)
    assert (lower[0], upper[0]) == (-rank, rank)


def test_each_step_has_its_own_errors():
    y, m = known_tail(30), 30
    model = calibrated(Zero()).fit(None, y)
    _, upper = model.predict_interval(4, coverage=0.8)
    for step in range(4):  # no origin in the tail is far enough before its first `step` rows
        errors = np.sort(np.abs(y[-m + step :]))
        assert upper[step] == errors[int(np.ceil((len(errors) + 1) * 0.8)) - 1]


@pytest.mark.filterwarnings("ignore:window=2 is shorter than horizon")
def test_fewer_steps_than_a_block_have_the_widths_of_its_last_ones():
    """With exog, their block begins before the last observation."""
    exog = np.zeros((150, 1))
    model = calibrated(Zero(), strategy="direct", horizon=5).fit(exog, known_tail(30))
    _, block = model.predict_interval(5, exog[:5], coverage=0.5)
    _, upper = model.predict_interval(2, exog[:2], coverage=0.5)
    assert_array_equal(upper, block[3:])
    assert (block[:2] != block[3:]).all()


@pytest.mark.parametrize(("m", "coverage"), [(19, 0.951), (9, 0.95), (3, 0.8)])
def test_too_few_errors_for_the_coverage(m, coverage):
    model = calibrated(Zero()).fit(None, known_tail(m))
    message = rf"coverage={coverage} needs at least \d+ .* for step 1 there are {m}\."
    with pytest.raises(ValueError, match=message):
        model.predict_interval(1, coverage=coverage)


def test_later_steps_borrow_errors_of_the_steps_before():
    model = calibrated(Zero()).fit(None, known_tail(19))
    lower, upper = model.predict_interval(19, coverage=0.8)
    # Step j has the errors j to 19; 4 are needed. The 17th step has 17, 18 and 19 of its own.
    assert_array_equal(upper[15:], [19, 19, 19, 19])
    assert_array_equal(lower, -upper)
    with pytest.raises(ValueError, match=r"steps=20 is too many .* for 19 step\(s\) ahead"):
        model.predict_interval(20, coverage=0.1)


def test_borrowed_errors_are_those_of_the_nearest_steps_and_never_narrow_the_interval():
    errors = np.array([[1.0, 2, 3, 9], [4, 5, 6, np.nan], [7, 1, np.nan, np.nan]])[..., None]
    widths = intervals.half_widths(errors, 3, 0.75, 0.2)  # the 3rd of 3, the 5th of 5, ...
    assert_array_equal(widths[:, 0], [9, 6, 9])
    assert_array_equal(intervals.half_widths(errors[:, 1:], 3, 0.5, 0.2)[:, 0], [3, 6, 1])


@pytest.mark.parametrize("coverage", [0.8, 0.9, 0.95])
@pytest.mark.parametrize("steps", [12, 20])
def test_the_named_calibration_fraction_is_enough(steps, coverage):
    """On 60 monthly rows: what is refused names a fraction, with which it is not."""
    y = 100 + 10 * np.sin(np.arange(60) * np.pi / 6) + np.random.default_rng(0).normal(size=60)
    model = SequenceForecaster("smoothing", season_length=12)
    try:
        model.fit(y=y).predict_interval(steps, coverage=coverage)
    except ValueError as error:
        fraction = float(re.search(r"such as ([\d.]+)\.", str(error))[1])
        model.set_params(calibration_fraction=fraction)
        model.fit(y=y).predict_interval(steps, coverage=coverage)
    else:
        assert (steps, coverage) in [(12, 0.8), (12, 0.9)]


# What the errors are -------------------------------------------------------------------------


@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "horizon": 3}])
def test_forecasts_of_calibration_see_nothing_after_their_origin(params):
    """Each value is larger than those before: a forecast that saw it would be less far off."""
    y = np.arange(50.0)
    model = calibrated(LargestSeen(), **params).fit(None, y)
    errors = model.calibration_errors_
    assert errors.shape == (10, 10, 1)
    for step, origin in np.ndindex(10, 10):
        expected = step + 1 if origin + step < 10 else np.nan
        assert_array_equal(errors[step, origin], expected)


def test_the_calibrated_regressor_trained_on_the_rows_before_alone():
    model = calibrated(LargestTarget()).fit(None, np.arange(50.0))
    assert model.regressor_.y_max_ == 49  # the one that forecasts knows all rows
    assert_array_equal(model.calibration_errors_[0, :, 0], np.arange(40, 50) - 39)


@pytest.mark.filterwarnings("ignore:window=2 is shorter than horizon")
def test_exog_is_that_of_the_block_and_of_no_row_beyond_the_data():
    """Blocks of 3: at origin 40 the forecasts of rows 40 to 42 see the exogenous row 42 last."""
    n, h, exog = 50, 3, 1000.0 + np.arange(50)[:, np.newaxis]
    model = calibrated(LastExog(), strategy="direct", horizon=h).fit(exog, np.zeros(n))
    errors = model.calibration_errors_[:, :, 0]
    for step, i in np.ndindex(errors.shape):
        last = 40 + i + (step // h + 1) * h - 1
        expected = -exog[last, 0] if last < n else np.nan
        assert_array_equal(errors[step, i], expected)


@pytest.mark.filterwarnings("ignore:window=2 is shorter than horizon")
@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "horizon": 3}])
def test_poison_after_an_origin_changes_its_earlier_errors_by_nothing(params):
    rng = np.random.default_rng(0)
    y, exog = rng.standard_normal(50), rng.standard_normal((50, 1))
    poisoned = np.append(y[:46], [1e6] * 4)
    fits = [calibrated(LargestSeen(), **params).fit(exog, rows) for rows in (y, poisoned)]
    clean, other = (model.calibration_errors_[:, :, 0] for model in fits)
    target = 40 + np.arange(10) + np.arange(10)[:, np.newaxis]  # which row an error is at
    known = (target < 46) & np.isfinite(clean)
    assert known.sum() > 15
    assert_array_equal(clean[known], other[known])
    origin = np.broadcast_to(40 + np.arange(10), (10, 10))
    late = (target >= 46) & (origin <= 46) & np.isfinite(clean)
    assert (other[late] > 1e5).all()


def test_the_origins_of_a_long_tail_are_spread_over_all_of_it():
    errors = calibrated(Zero()).fit(None, known_tail(1000)).calibration_errors_
    first = errors[0, :, 0]
    assert 200 <= len(first) <= 1000 and np.isfinite(first).all()
    assert first[0] == 1 and first[-1] == 1000 and np.ptp(np.diff(first)) <= 1


@pytest.mark.parametrize("exog", [False, True])
@pytest.mark.parametrize("params", [{}, {"level": "smoothed", "season_length": 4}])
def test_many_series_at_once_have_the_errors_of_each_alone(monkeypatch, params, exog):
    random = np.random.default_rng(0)
    lengths = (40, 57, 30, 48)
    series = [random.normal(size=n).cumsum() + 5 for n in lengths]
    X = [random.normal(size=(n, 1)) for n in lengths] if exog else None
    fit = LinearRegression() if not exog else LastExog()

    def errors(n_paths):
        monkeypatch.setattr(calibration, "PATHS_AT_ONCE", n_paths)
        return calibrated(fit, **params).fit(X, series).calibration_errors_

    assert_allclose(errors(1), errors(1000), rtol=1e-9)
    assert errors(1).shape[1] == sum(round(0.2 * n) for n in lengths)


def test_of_many_series_a_few_origins_each_are_enough(monkeypatch):
    monkeypatch.setattr(calibration, "MAX_PATHS", 40)
    errors = calibrated(Zero()).fit(None, [known_tail(10)] * 20).calibration_errors_
    assert errors.shape == (10, 40, 1)  # the first and the last origin of each
    assert_array_equal(errors[0, :, 0], [1, 10] * 20)


@pytest.mark.parametrize("calibration_fraction", [None, 0.9])
def test_no_calibration_or_no_rows_left_to_train_on(calibration_fraction):
    model = calibrated(Zero(), window=8, calibration_fraction=calibration_fraction)
    model.fit(None, np.arange(50.0))
    assert model.calibration_errors_ is None
    with pytest.raises(ValueError, match="No errors were calibrated: .* calibration_fraction"):
        model.predict_interval(1)


# The bounds ----------------------------------------------------------------------------------


def test_bounds_are_those_of_levels_undone():
    y = np.exp(known_tail(19) / 10)
    logarithm = FunctionTransformer(np.log, np.exp)
    lower, upper = calibrated(Zero(), transformer=logarithm).fit(None, y).predict_interval(1)
    assert_allclose([lower[0], upper[0]], np.exp([-1.8, 1.8]))


@pytest.mark.parametrize("scale", [True, False])
def test_bounds_are_in_the_units_of_the_series(scale):
    y = np.random.default_rng(1).standard_normal(100)
    model = calibrated(LinearRegression(), scale=scale, differences=1)
    bounds = np.array(model.fit(None, y).predict_interval(3, coverage=0.8))
    others = np.array(model.fit(None, 7 + 1000 * y).predict_interval(3, coverage=0.8))
    assert_allclose(others, 7 + 1000 * bounds)


def test_series_observed_together_have_their_own_widths():
    y = np.column_stack([known_tail(19), -100 * known_tail(19)])
    lower, upper = calibrated(Zero()).fit(None, y).predict_interval(1, coverage=0.8)
    assert_array_equal(upper, [[16, 1600]])
    assert_array_equal(lower, -upper)


@pytest.mark.parametrize("long", [False, True])
def test_errors_of_series_apart_are_pooled_in_units_of_each(long):
    """100 times as large is the same series to a global model; one too short borrows the rest."""
    y = np.random.default_rng(2).standard_normal(100)
    series = [y, 100 * y, y[:5]]
    model = calibrated(LinearRegression(), scale=True, window=4)
    if long:
        ids = np.repeat(["a", "b", "c"], [100, 100, 5])
        model.fit(None, np.concatenate(series), series_id=ids)
        assert list(model.predict_interval(1)[0]) == ["a", "b", "c"]
        lower, upper = (list(bound.values()) for bound in model.predict_interval(1))
    else:
        lower, upper = model.fit(None, series).predict_interval(1)
    errors = model.calibration_errors_
    assert errors.shape == (20, 40, 1)
    assert_allclose(errors[:, :20], errors[:, 20:])
    first, second, third = (up - low for low, up in zip(lower, upper, strict=True))
    assert_allclose(second, 100 * first)
    assert_allclose(third / y[:5].std(), first / y.std())


# The coverage --------------------------------------------------------------------------------


def test_coverage_of_exchangeable_errors_is_that_of_the_rank():
    """P(inside) is k / (m + 1), whatever the distribution: neither too low nor too high."""
    rng = np.random.default_rng(3)
    m, coverages, inside = 40, [0.5, 0.8, 0.9], []
    for _ in range(300):
        y = rng.standard_t(3, size=5 * m + 30)
        model = calibrated(Zero(), window=20).fit(None, y[:-30])
        bounds = [model.predict_interval(1, coverage=coverage) for coverage in coverages]
        inside.append([np.mean((low <= y[-30:]) & (y[-30:] <= up)) for low, up in bounds])
    expected = np.ceil((m + 1) * np.array(coverages)) / (m + 1)
    standard_error = np.std(inside, axis=0) / np.sqrt(len(inside))
    assert (standard_error < 0.01).all()
    assert (np.abs(np.mean(inside, axis=0) - expected) < 3 * standard_error).all()


def test_coverage_of_a_regressor_that_learned():
    """A global autoregression, over many series: within 4 points."""
    rng = np.random.default_rng(4)
    y = rng.standard_normal((86, 300))
    for t in range(1, 86):
        y[t] += 0.7 * y[t - 1]
    past, future = list(y[:80].T), y[80:].T
    model = SequenceForecaster(LinearRegression(), window=4).fit(None, past)
    for coverage in (0.8, 0.9):
        lower, upper = model.predict_interval(6, coverage=coverage)
        inside = (lower <= future) & (future <= upper)
        assert_allclose(inside.mean(), coverage, atol=0.04)
