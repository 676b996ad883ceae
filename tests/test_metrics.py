"""Metrics of forecasts, compared with loops over all values."""

import math

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import check_message, one, vote
from sklearn.base import clone
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm.metrics import (
    continuous_ranked_probability_score,
    interval_coverage,
    interval_score,
    mean_absolute_scaled_error,
    root_mean_squared_scaled_error,
    symmetric_mean_absolute_percentage_error,
)

H, S, M, N_TRAIN = 7, 3, 11, 30
rng = np.random.default_rng(0)
TRUE = rng.normal(10, 3, (H, S))
PRED = TRUE + rng.normal(0, 2, (H, S))
TRAIN = np.cumsum(rng.normal(0, 1, (N_TRAIN, S)), axis=0)
LOWER, UPPER = PRED - rng.uniform(0, 3, (H, S)), PRED + rng.uniform(0, 3, (H, S))
DRAWS = PRED[:, :, np.newaxis] + rng.normal(0, 2, (H, S, M))
LEVELS = (np.arange(M) + 0.2) / M
WEIGHTS = rng.uniform(0.5, 2, H)
DATES = pd.date_range("2024-01-31", periods=H, freq="ME")


# The definitions, value by value, for one series ------------------------------------------------


def mean(values, weights):
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)


def slow_mase(true, pred, train, weights, season_length=1):
    changes = [abs(train[t] - train[t - season_length]) for t in range(season_length, len(train))]
    errors = [abs(y - f) for y, f in zip(true, pred, strict=True)]
    return mean(errors, weights) / (sum(changes) / len(changes))


def slow_rmsse(true, pred, train, weights, season_length=1):
    changes = [(train[t] - train[t - season_length]) ** 2 for t in range(season_length, len(train))]
    errors = [(y - f) ** 2 for y, f in zip(true, pred, strict=True)]
    return math.sqrt(mean(errors, weights) / (sum(changes) / len(changes)))


def slow_smape(true, pred, weights):
    errors = [200 * abs(f - y) / (abs(f) + abs(y)) for y, f in zip(true, pred, strict=True)]
    return mean(errors, weights)


def slow_coverage(true, lower, upper, weights):
    triples = zip(true, lower, upper, strict=True)
    return mean([float(low <= y <= high) for y, low, high in triples], weights)


def slow_interval_score(true, lower, upper, weights, alpha=0.2):
    scores = []
    for y, low, high in zip(true, lower, upper, strict=True):
        score = high - low
        if y < low:
            score += 2 / alpha * (low - y)
        if y > high:
            score += 2 / alpha * (y - high)
        scores.append(score)
    return mean(scores, weights)


def slow_crps(true, draws, weights):
    """Numerically: the squared difference of the distribution functions, between all jumps."""
    scores = []
    for y, x in zip(true, draws, strict=True):
        jumps = sorted([y, *x])
        score = 0
        for low, high in zip(jumps[:-1], jumps[1:], strict=True):
            middle = (low + high) / 2
            below = sum(draw <= middle for draw in x) / len(x)
            score += (below - (y <= middle)) ** 2 * (high - low)
        scores.append(score)
    return mean(scores, weights)


def slow_crps_of_quantiles(true, quantiles, weights, levels=LEVELS):
    """The nearest quantile at each of many levels."""
    many = (np.arange(10**5) + 0.5) / 10**5
    share = np.bincount(np.abs(many[:, np.newaxis] - levels).argmin(axis=1)) / len(many)
    scores = []
    for y, x in zip(true, quantiles, strict=True):
        losses = [
            level * (y - q) if y > q else (1 - level) * (q - y)
            for q, level in zip(x, levels, strict=True)
        ]
        scores.append(2 * sum(loss * p for loss, p in zip(losses, share, strict=True)))
    return mean(scores, weights)


# Name -> metric, slow version, arguments by position, arguments by name.
CASES = {
    "MASE": (mean_absolute_scaled_error, slow_mase, [TRUE, PRED], {"y_train": TRAIN}),
    "RMSSE": (root_mean_squared_scaled_error, slow_rmsse, [TRUE, PRED], {"y_train": TRAIN}),
    "sMAPE": (symmetric_mean_absolute_percentage_error, slow_smape, [TRUE, PRED], {}),
    "coverage": (interval_coverage, slow_coverage, [TRUE, LOWER, UPPER], {}),
    "interval": (interval_score, slow_interval_score, [TRUE, LOWER, UPPER], {}),
    "samples": (continuous_ranked_probability_score, slow_crps, [TRUE, DRAWS], {}),
    "quantiles": (
        continuous_ranked_probability_score,
        slow_crps_of_quantiles,
        [TRUE, np.sort(DRAWS, axis=2)],
        {},
    ),
}
OPTIONS = {"interval": {"coverage": 0.8}, "quantiles": {"quantiles": LEVELS}}
every_metric = pytest.mark.parametrize("name", CASES)


def call(name, form, **more):
    """The metric of arguments in another form."""
    metric, _, by_position, by_name = CASES[name]
    data = [form(values) for values in by_position]
    train = {key: form(values) for key, values in by_name.items()}
    return metric(*data, **train, **OPTIONS.get(name, {}), **more)


def expected(name, weights=None, rows=slice(None)):
    """The slow version of each of the S series."""
    _, slow, by_position, by_name = CASES[name]
    weights = np.ones(H) if weights is None else weights
    return np.array(
        [
            slow(
                *(values[rows, s].tolist() for values in by_position),
                *(values[:, s].tolist() for values in by_name.values()),
                weights[rows].tolist(),
            )
            for s in range(S)
        ]
    )


# Values -----------------------------------------------------------------------------------------


def as_list(values):
    return [values[:, s] for s in range(S)]


FORMS = {
    "columns": lambda values: values,
    "nested lists": lambda values: values.tolist(),
    "fortran": np.asfortranarray,
    "list": as_list,
    "tuple": lambda values: tuple(as_list(values)),
}


@every_metric
@pytest.mark.parametrize("form", FORMS)
def test_metrics_are_their_definition_in_every_form(name, form):
    raw = call(name, FORMS[form], multioutput="raw_values")
    assert_allclose(raw, expected(name), rtol=1e-4 if name == "quantiles" else 1e-12)
    value = call(name, FORMS[form])
    assert type(value) is float
    assert value == pytest.approx(raw.mean(), rel=1e-12)


@every_metric
def test_one_series(name):
    for form in (lambda values: values[:, 0], lambda values: values[:, :1]):
        raw = call(name, form, multioutput="raw_values")
        assert raw.shape == (1,)
        assert_allclose(raw, expected(name)[:1], rtol=1e-4)
        assert call(name, form) == raw[0]


@every_metric
def test_sample_weights_and_weights_of_series(name):
    raw = call(name, FORMS["columns"], sample_weight=WEIGHTS, multioutput="raw_values")
    assert_allclose(raw, expected(name, WEIGHTS), rtol=1e-4)
    lists = call(name, as_list, sample_weight=[WEIGHTS] * S, multioutput="raw_values")
    assert_allclose(lists, raw)
    weighted = call(name, FORMS["columns"], sample_weight=WEIGHTS, multioutput=[1, 2, 5])
    assert weighted == pytest.approx(np.average(raw, weights=[1, 2, 5]))


@every_metric
def test_series_of_different_lengths(name):
    lengths = [3, H, 5]

    def form(values):
        if len(values) == N_TRAIN:
            return [values[9 * s :, s] for s in range(S)]
        return [values[: lengths[s], s] for s in range(S)]

    raw = call(name, form, multioutput="raw_values")
    metric, _, by_position, by_name = CASES[name]
    for s in range(S):
        data = [values[: lengths[s], s] for values in by_position]
        train = {key: values[9 * s :, s] for key, values in by_name.items()}
        assert metric(*data, **train, **OPTIONS.get(name, {})) == pytest.approx(raw[s])


@every_metric
def test_a_list_of_tables_has_a_value_for_each_column(name):
    def form(values):
        return [values, values[:, ::-1]]

    raw = call(name, form, multioutput="raw_values")
    columns = call(name, FORMS["columns"], multioutput="raw_values")
    assert_allclose(raw, [columns, columns[::-1]])


@every_metric
def test_float32_and_pandas(name):
    value = call(name, FORMS["columns"])
    assert call(name, np.float32) == pytest.approx(value, rel=1e-4)

    def dated(values):
        is_table = len(values) == H and values.ndim == 2
        return pd.DataFrame(values, DATES, list("abc")) if is_table else values

    def first(values):
        values = dated(values)
        return values["a"] if isinstance(values, pd.DataFrame) else values[:, 0]

    assert call(name, dated) == value
    assert call(name, first) == call(name, lambda values: values[:, 0])


def test_season_length():
    for metric, slow in [
        (mean_absolute_scaled_error, slow_mase),
        (root_mean_squared_scaled_error, slow_rmsse),
    ]:
        value = metric(TRUE[:, 0], PRED[:, 0], y_train=TRAIN[:, 0], season_length=12)
        slow_value = slow(TRUE[:, 0], PRED[:, 0], TRAIN[:, 0], np.ones(H), 12)
        assert value == pytest.approx(slow_value)


def test_percentages_of_zeros():
    metric = symmetric_mean_absolute_percentage_error
    assert metric([0, 1, 0], [0, 1, 5]) == pytest.approx(200 / 3)
    assert metric([1, -1], [-1, 1]) == 200


def test_crps_of_samples_does_not_lose_digits_and_is_the_error_of_a_point():
    shifted = continuous_ranked_probability_score(TRUE + 2**30, DRAWS + 2**30)
    assert shifted == pytest.approx(continuous_ranked_probability_score(TRUE, DRAWS), rel=1e-5)
    point = continuous_ranked_probability_score(TRUE, PRED[:, :, np.newaxis])
    assert point == pytest.approx(mean_absolute_error(TRUE, PRED))


def test_sorted_samples_are_quantiles():
    levels = (np.arange(M) + 0.5) / M
    of_samples = continuous_ranked_probability_score(TRUE, DRAWS)
    of_quantiles = continuous_ranked_probability_score(
        TRUE, np.sort(DRAWS, axis=2), quantiles=levels
    )
    assert of_quantiles == pytest.approx(of_samples, rel=1e-12)


def test_crps_of_a_normal_distribution():
    """Gneiting & Raftery 2007, below eq. 21."""
    from scipy.stats import norm

    y, levels = 0.7, (np.arange(999) + 0.5) / 999
    exact = y * (2 * norm.cdf(y) - 1) + 2 * norm.pdf(y) - 1 / math.sqrt(math.pi)
    score = continuous_ranked_probability_score([y], [norm.ppf(levels)], quantiles=levels)
    assert score == pytest.approx(exact, rel=1e-3)
    few = np.arange(1, 10) / 10
    score = continuous_ranked_probability_score([y], [norm.ppf(few)], quantiles=few)
    assert score == pytest.approx(exact, rel=0.05)


def test_large_values_do_not_overflow():
    huge = 1e200
    for metric in (mean_absolute_scaled_error, root_mean_squared_scaled_error):
        value = metric(TRUE * huge, PRED * huge, y_train=TRAIN * huge)
        assert value == pytest.approx(metric(TRUE, PRED, y_train=TRAIN))


# As scorers -------------------------------------------------------------------------------------

WAVE = pd.Series(
    30 + 5 * np.sin(np.arange(72) * np.pi / 6) + rng.normal(size=72),
    pd.date_range("2018-01-01", periods=72, freq="MS"),
)
SCORERS = {
    "MASE": (mean_absolute_scaled_error, {"y_train": WAVE, "season_length": 12}),
    "RMSSE": (root_mean_squared_scaled_error, {"y_train": WAVE.to_numpy()}),
    "sMAPE": (symmetric_mean_absolute_percentage_error, {}),
}


@pytest.mark.parametrize("name", SCORERS)
@pytest.mark.parametrize("dated", [True, False])
def test_scorers_in_a_search(name, dated):
    metric, options = SCORERS[name]
    y = WAVE if dated else WAVE.to_numpy()
    X = pd.DataFrame(index=WAVE.index) if dated else np.empty((len(y), 0))
    search = GridSearchCV(
        one(),
        {"window": [4, 8]},
        cv=TimeSeriesSplit(3, test_size=6),
        scoring=make_scorer(metric, greater_is_better=False, **options),
        error_score="raise",
    ).fit(X, y)
    model = clone(search.estimator).set_params(window=8)
    scores = []
    for start in (54, 60, 66):
        forecast = np.asarray(model.fit(X[:start], y[:start]).predict(X[start : start + 6]))
        scores.append(-metric(WAVE.to_numpy()[start : start + 6], forecast, **options))
    assert search.cv_results_["mean_test_score"][1] == pytest.approx(np.mean(scores))


@pytest.mark.parametrize("make", [one, vote])
def test_scorers_of_intervals(make):
    def scorer(forecaster, X, y):
        lower, upper = forecaster.predict_interval(len(y), coverage=0.5)
        return -interval_score(y, np.asarray(lower), np.asarray(upper), coverage=0.5)

    search = GridSearchCV(
        make(calibration_fraction=0.3),
        {"calibration_fraction": [0.3, 0.4]},
        cv=TimeSeriesSplit(2, test_size=3),
        scoring=scorer,
        error_score="raise",
    ).fit(pd.DataFrame(index=WAVE.index), WAVE)
    assert search.best_score_ < 0


# Refusals ---------------------------------------------------------------------------------------

NAN = TRUE.copy()
NAN[2, 1] = np.nan
DATED = pd.DataFrame(TRUE, DATES, list("abc"))


@every_metric
@pytest.mark.parametrize(
    ("position", "value", "words"),
    [
        (0, NAN, ["y_true", "NaN", "row 2", "column 1"]),
        (0, None, ["y_true is None"]),
        (0, [], ["y_true", "shape (0,)"]),
        (0, {"a": [1]}, ["y_true is a dict", "list(y_true.values())"]),
        (0, TRUE[:4], ["has shape (7", "y_true has shape (4, 3)"]),
        (0, TRUE[:, 0], ["has shape (7", "y_true has shape (7,)"]),
        (0, np.array([["a"] * S] * H), ["y_true", "strings"]),
        (0, as_list(TRUE), ["y_true is a list of 3 series", "is a ndarray"]),
        (0, TRUE + 1j, ["y_true", "Complex"]),
        (1, TRUE[0, 0], ["expected"]),
    ],
)
def test_bad_values(name, position, value, words):
    metric, _, by_position, by_name = CASES[name]
    data = list(by_position)
    data[position] = value
    with pytest.raises((ValueError, TypeError)) as raised:
        metric(*data, **by_name, **OPTIONS.get(name, {}))
    check_message(raised.value, words)


@every_metric
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"sample_weight": np.ones(3)}, ["sample_weight has shape (3,)", "(7,)"]),
        ({"sample_weight": -WEIGHTS}, ["Negative values in sample_weight"]),
        ({"sample_weight": np.zeros(H)}, ["All values in sample_weight are zero"]),
        ({"multioutput": "mean"}, ["multioutput='mean'", "'raw_values'"]),
        ({"multioutput": None}, ["multioutput=None"]),
        ({"multioutput": [1, 2]}, ["multioutput has shape (2,)", "(3,)"]),
    ],
)
def test_bad_weights(name, more, words):
    with pytest.raises(ValueError) as raised:
        call(name, FORMS["columns"], **more)
    check_message(raised.value, words)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (
            DATED.shift(freq="D"),
            ["different indexes", "row 0", "y_pred.loc[y_true.index]", "y_pred.to_numpy()"],
        ),
        (DATED.iloc[::-1], ["different indexes"]),
        (DATED.reset_index(drop=True), ["different indexes", "has 0"]),
        (DATED[["b", "a", "c"]], ["the columns ['a', 'b', 'c']", "y_pred[y_true.columns]"]),
    ],
)
def test_pandas_that_does_not_match(other, words):
    with pytest.raises(ValueError) as raised:
        symmetric_mean_absolute_percentage_error(DATED, other)
    check_message(raised.value, words)
    assert symmetric_mean_absolute_percentage_error(DATED, other.to_numpy()) >= 0


CONSTANT = TRAIN.copy()
CONSTANT[:, 2] = 5
BAD_TRAINS = [
    ({"y_train": None}, ["y_train is None"]),
    ({"y_train": TRAIN[:, 0]}, ["y_train has shape (30,)", "y_true has rows of shape (3,)"]),
    ({"y_train": TRAIN[:1]}, ["y_train has 1 row(s)", "more rows than that"]),
    (
        {"y_train": TRAIN, "season_length": 30},
        ["season_length=30", "season_length=1"],
    ),
    ({"y_train": TRAIN, "season_length": 0}, ["season_length=0", "an integer >= 1"]),
    ({"y_train": CONSTANT}, ["y_train[:, 2]", "constant", "cannot be scaled"]),
    ({"y_train": np.tile(TRAIN[:3], (9, 1)), "season_length": 3}, ["repeats itself every 3 rows"]),
    ({"y_train": np.full((30, S), 0.1, np.float32)}, ["constant"]),
    ({"y_train": as_list(TRAIN)}, ["y_train"]),
]


@pytest.mark.parametrize("metric", [mean_absolute_scaled_error, root_mean_squared_scaled_error])
@pytest.mark.parametrize(("options", "words"), BAD_TRAINS)
def test_bad_training_series(metric, options, words):
    with pytest.raises((ValueError, TypeError)) as raised:
        metric(TRUE, PRED, **options)
    check_message(raised.value, words)


def test_bad_lists_of_training_series():
    metric, true = mean_absolute_scaled_error, as_list(TRUE)
    for train, words in [
        (TRAIN, ["y_true is a list of 3 series", "y_train is a ndarray"]),
        (as_list(TRAIN)[:2], ["y_train is a list of 2"]),
        ([*as_list(TRAIN)[:2], np.ones(9)], ["y_train[2]", "constant"]),
        ([*as_list(TRAIN)[:2], TRAIN], ["y_train[2] has shape (30, 3)", "y_true[2]"]),
    ]:
        with pytest.raises(ValueError) as raised:
            metric(true, as_list(PRED), y_train=train)
        check_message(raised.value, words)
    with pytest.raises(ValueError, match="rows of different shapes"):
        metric([TRUE, TRUE[:, 0]], [PRED, PRED[:, 0]], y_train=[TRAIN, TRAIN[:, 0]])
    with pytest.raises(TypeError, match="y_train"):
        metric(TRUE, PRED)


def test_bad_intervals():
    with pytest.raises(ValueError) as raised:
        interval_coverage(TRUE, UPPER, LOWER)
    check_message(raised.value, ["lower is above upper at row 0, column 0", "lower bounds first"])
    for coverage, words in [
        (80, ["coverage=80", "did you mean 0.8?"]),
        (1, ["(0, 1)"]),
        ("0.9", ["coverage"]),
        ([0.8, 0.9], ["coverage"]),
    ]:
        with pytest.raises((ValueError, TypeError)) as raised:
            interval_score(TRUE, LOWER, UPPER, coverage=coverage)
        check_message(raised.value, words)


@pytest.mark.parametrize(
    ("quantiles", "words"),
    [
        ([0.5], ["quantiles has 1 level(s)", "length 11"]),
        (100 * LEVELS, ["quantiles=", "did you mean"]),
        (np.repeat(0.5, M), ["the same level more than once"]),
        (LEVELS[::-1], ["not increasing", "0.836364 comes after 0.927273", "y_pred[..., order]"]),
        (0.5, ["quantiles"]),
    ],
)
def test_bad_quantiles(quantiles, words):
    with pytest.raises((ValueError, TypeError)) as raised:
        continuous_ranked_probability_score(TRUE, DRAWS, quantiles=quantiles)
    check_message(raised.value, words)


def test_bad_draws():
    draws = DRAWS.copy()
    draws[1, 2, 3] = np.nan
    with pytest.raises(ValueError, match=r"y_pred contains nan at \[1, 2, 3\]"):
        continuous_ranked_probability_score(TRUE, draws)
    with pytest.raises(ValueError, match="a last axis of draws or quantiles"):
        continuous_ranked_probability_score(TRUE, PRED)


PATHS = np.moveaxis(DRAWS, 2, 0)  # as sample_paths returns them


@pytest.mark.parametrize(
    ("true", "paths", "advice"),
    [
        (TRUE, PATHS, "np.moveaxis(y_pred, 0, -1)"),
        (TRUE[:, 0], PATHS[:, :, 0], "y_pred.T"),
        (TRUE[:, :1], PATHS[:, :, 0], "y_pred.T"),
    ],
)
def test_paths_in_the_first_axis(true, paths, advice):
    with pytest.raises(ValueError) as raised:
        continuous_ranked_probability_score(true, paths)
    check_message(raised.value, ["a last axis", "sample_paths", advice])
    assert continuous_ranked_probability_score(true, np.moveaxis(paths, 0, -1)) > 0
    with pytest.raises(ValueError) as raised:
        continuous_ranked_probability_score(true, paths[:, :4])
    assert "sample_paths" not in str(raised.value)


@pytest.mark.parametrize("order", [[2, 1, 0], [1, 0, 2], [0, 2, 1]])
def test_quantiles_in_another_order_are_a_warning(order):
    levels, values = [0.1, 0.5, 0.9], np.stack([PRED - 1, PRED, PRED + 1], axis=2)
    values[:2] = values[:2, :, ::-1]  # some may cross
    continuous_ranked_probability_score(TRUE, values, quantiles=levels)
    values[:2] = values[:2, :, ::-1]
    with pytest.warns(UserWarning, match=r"y_pred falls .* in 100% .* order of quantiles"):
        continuous_ranked_probability_score(TRUE, values[:, :, order], quantiles=levels)


@pytest.mark.parametrize("season_length", [1, 4])
@pytest.mark.parametrize("name", ["MASE", "RMSSE"])
def test_missing_training_values(name, season_length):
    train = TRAIN.copy()
    train[[3, 4, 11], [0, 0, 2]] = np.nan
    changes = pd.DataFrame(train).diff(season_length).abs()
    scale = changes.mean() if name == "MASE" else (changes**2).mean() ** 0.5
    metric, one_step = CASES[name][0], np.array([[0.0] * S, [1.0] * S])
    options = {"season_length": season_length, "multioutput": "raw_values"}
    expected = scale * metric(TRUE, PRED, y_train=train, **options)
    unscaled = metric(TRUE, PRED, y_train=one_step, multioutput="raw_values")
    assert_allclose(expected, unscaled)
    of_a_list = metric(as_list(TRUE), as_list(PRED), y_train=as_list(train), **options)
    assert_allclose(of_a_list * scale, unscaled)
    of_pandas = metric(TRUE[:, 0], PRED[:, 0], y_train=pd.Series(train[:, 0]), **options)
    assert_allclose(of_pandas * scale[0], unscaled[0])
    train[::2, 1] = np.nan
    if season_length == 1:
        with pytest.raises(ValueError) as raised:
            metric(TRUE, PRED, y_train=train)
        check_message(raised.value, ["y_train[:, 1]", "no two values 1 row(s) apart", "longer"])
    with pytest.raises(ValueError, match="Infinity|inf"):
        metric(TRUE, PRED, y_train=np.where(TRAIN > TRAIN.mean(), np.inf, TRAIN))


@every_metric
def test_missing_values_of_a_backtest_can_be_dropped(name):
    metric, _, by_position, by_name = CASES[name]
    with pytest.raises(ValueError) as raised:
        metric(NAN, *by_position[1:], **by_name, **OPTIONS.get(name, {}))
    check_message(raised.value, ['table = table.dropna(subset=["y"])'])


def test_nothing_is_changed():
    data = [TRUE, PRED, TRAIN, LOWER, UPPER, DRAWS]
    copies = [each.copy() for each in data]
    for name in CASES:
        call(name, FORMS["columns"])
    for each, copy in zip(data, copies, strict=True):
        assert_array_equal(each, copy)
