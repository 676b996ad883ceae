"""Missing values in y and X: forms of series, places of gaps, and what depends on them."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import Flat, Predicting, check_message
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.preprocessing import FunctionTransformer, PowerTransformer

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm._forecasting import missing
from sklstm._forecasting.decomposition import Decomposition
from sklstm.losses import Quantile

N, H = 96, 6
rng = np.random.default_rng(0)
STEPS = np.arange(N + H)
TRUE = 100 + 0.5 * STEPS + 10 * np.sin(np.pi / 6 * STEPS)
Y = TRUE[:N] + rng.normal(size=N)
SCATTERED = rng.random(N) < 0.15
GAPS = {
    "one": [50],
    "first": list(range(9)),
    "last": list(range(N - 3, N)),
    "block": list(range(40, 48)),
    "scattered": np.flatnonzero(SCATTERED).tolist(),
    "every other": list(range(1, N, 2)),
    "first season": list(range(2, 14)),
}
QUICK = LSTMRegressor(4, max_iter=3, random_state=0)
REGRESSORS = {"ridge": Ridge(), "network": QUICK, "smoothing": "smoothing"}


def without(y, rows):
    y = y.copy()
    y[rows] = np.nan
    return y


def forecaster(regressor="smoothing", **parameters):
    parameters = {"season_length": 12, "missing": "mask", "calibration_fraction": None} | parameters
    return SequenceForecaster(regressor, **parameters)


# Accuracy: a gap in a series with a clear season changes little


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"level": "last"},
        {"trend": "damped"},
        {"trend": "theta"},
        {"transformer": "log"},
        {"transformer": FunctionTransformer(np.sqrt, np.square)},
        {"transformer": PowerTransformer()},
        {"scale": "window"},
        {"differences": 12, "season_length": 1, "differences_as_tuple": True},
        {"level": None, "season_length": 1, "window": 24},
        {"strategy": "direct", "horizon": H},
        {"combine": True},
    ],
    ids=str,
)
def test_forecasts_are_close_to_those_without_gaps(gap, parameters):
    parameters = dict(parameters)
    if parameters.pop("differences_as_tuple", False):
        parameters["differences"] = (12,)
    forecasts = [
        forecaster(Ridge(), **parameters).fit(None, y).forecast(H)
        for y in (Y, without(Y, GAPS[gap]))
    ]
    errors = [np.abs(each - TRUE[N:]).mean() for each in forecasts]
    limit = 6 if gap == "every other" else 4
    assert errors[1] < errors[0] + limit


@pytest.mark.parametrize("gap", GAPS)
def test_smoothing_follows_the_season_through_gaps(gap):
    y = without(Y, GAPS[gap])
    assert np.abs(forecaster().fit(None, y).forecast(H) - TRUE[N:]).mean() < 4


def test_the_default_forecaster_follows_the_season_through_gaps():
    y = without(Y, [*GAPS["first"], *GAPS["scattered"], *GAPS["last"]])
    forecast = SequenceForecaster(missing="mask", random_state=0).fit(None, y).forecast(H)
    assert np.abs(forecast - TRUE[N:]).mean() < 4


def test_a_season_is_found_in_a_series_with_gaps():
    model = forecaster(season_length="auto").fit(None, without(Y, SCATTERED))
    assert model.season_length_ == 12


# Without missing values nothing changes, and what is missing has no influence


@pytest.mark.parametrize("regressor", REGRESSORS)
@pytest.mark.parametrize("strategy", ["recursive", "direct"])
def test_without_missing_values_mask_gives_the_same_bits(regressor, strategy):
    masked, strict = (
        forecaster(REGRESSORS[regressor], strategy=strategy, missing=kind).fit(None, Y).forecast(H)
        for kind in ("mask", "error")
    )
    assert_array_equal(masked, strict)


def forms(y, z, start="2020-01-01"):
    """Two series in every form of y, and other arguments."""
    both = np.column_stack([y, z])
    ids = np.repeat(["a", "b"], len(y))
    index = pd.date_range(start, periods=len(y), freq="MS")
    nullable = pd.Series(pd.array(y, dtype="Float64"), index)
    nullable[nullable.isna()] = pd.NA
    objects = pd.Series(y, index, dtype=object).where(~np.isnan(y), None)
    return {
        "array": (y, {}),
        "float32": (y.astype(np.float32), {}),
        "nested list": ([None if np.isnan(value) else value for value in y], {}),
        "series": (pd.Series(y, index), {}),
        "nullable": (nullable, {}),
        "objects": (objects, {}),
        "columns": (both, {}),
        "frame": (pd.DataFrame(both, index, ["u", "v"]), {}),
        "list": ([y, z[20:] if len(z) == N else z], {}),
        "series_id": (np.concatenate([y, z]), {"series_id": ids}),
    }


FORMS = list(forms(Y, Y))
GAPPY = without(Y, GAPS["block"]), without(Y[::-1].copy(), [*GAPS["scattered"], *GAPS["last"]])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("regressor", ["flat", "network", "smoothing"])
@pytest.mark.parametrize("strategy", ["recursive", "direct"])
def test_every_form_of_series(form, regressor, strategy):
    y, others = forms(*GAPPY)[form]
    regressor = {"flat": Flat(), "network": QUICK, "smoothing": "smoothing"}[regressor]
    model = forecaster(
        regressor, strategy=strategy, horizon=4 if strategy == "direct" else "auto"
    ).set_params(calibration_fraction=0.3)
    model.fit(None, y, **others)
    table = model.forecast(3, coverage=0.5)
    later, more = forms(without(Y, [2])[:5], without(Y, [2, 4])[:5], "2028-01-01")[form]
    model = pickle.loads(pickle.dumps(model)).update(later, **more)
    assert table is not None
    for values in _arrays(model.forecast(3)):
        assert np.isfinite(values).all()
        assert values.dtype == (np.float32 if form == "float32" else np.float64)


def _arrays(forecast):
    if isinstance(forecast, dict):
        forecast = list(forecast.values())
    elif not isinstance(forecast, list):
        forecast = [forecast]
    return [np.asarray(each) for each in forecast]


@pytest.mark.parametrize("form", ["nested list", "series", "nullable", "objects"])
def test_missing_values_of_all_kinds_are_the_same(form):
    y, _ = forms(*GAPPY)[form]
    expected = forecaster(Ridge()).fit(None, GAPPY[0]).forecast(H)
    assert_array_equal(forecaster(Ridge()).fit(None, y).forecast(H), expected)


def test_a_series_in_a_column_has_the_gaps_of_its_own():
    together = forecaster().fit(None, np.column_stack(GAPPY)).forecast(H)
    alone = np.column_stack([forecaster().fit(None, y).forecast(H) for y in GAPPY])
    assert_allclose(together, alone)


# What the network reads


class Recording(Flat):
    """Keeps windows and targets."""

    def fit(self, X, y):
        self.X_, self.y_ = X, y
        return super().fit(X, y)


class RecordingNetwork(LSTMRegressor):
    def fit(self, X, y, **others):
        RecordingNetwork.seen = X, y
        return super().fit(X, y, **others)


def test_windows_with_missing_targets_are_left_out():
    y = without(Y, GAPS["block"])
    model = forecaster(Recording()).fit(None, y)
    whole = forecaster(Recording()).fit(None, Y)
    n_windows = len(whole.regressor_.y_) - len(GAPS["block"])
    assert len(model.regressor_.y_) == n_windows
    direct = forecaster(Recording(), strategy="direct", horizon=6).fit(None, y)
    whole = forecaster(Recording(), strategy="direct", horizon=6).fit(None, Y)
    n_lost = len(GAPS["block"]) - 5  # windows whose six targets are all missing
    assert len(direct.regressor_.y_) == len(whole.regressor_.y_) - n_lost


def test_a_network_gets_a_channel_that_flags_missing_values():
    y = np.column_stack([Y, without(Y, [50])])
    regressor = RecordingNetwork(4, max_iter=2, random_state=0)
    forecaster(regressor, window=12).fit(None, y)
    X, _ = RecordingNetwork.seen
    assert X.shape[1:] == (12, 3)
    last = X[:, -1, 2]
    assert set(np.unique(X[:, :, 2])) <= {0.0, 1.0}
    assert last.sum() == 1
    forecaster(regressor, window=12).fit(None, Y)
    assert RecordingNetwork.seen[0].shape[1:] == (12,)


def test_windows_are_interpolated_only_by_what_is_known_at_their_ends():
    y = Y.copy()
    y[60] += 30  # after the gap
    windows = []
    for after in (Y, y):
        model = forecaster(Recording(), window=12, level="last", transformer=None)
        model.fit(None, without(after, [58, 59]))
        windows.append(model.regressor_.X_)
    # The windows before row 60 (the 13th from the end of those 36) do not know it.
    n_before = len(windows[0]) - (N - 60)
    first, second = (each[: n_before + 1] for each in windows)
    scale = np.abs(first).sum() / np.abs(second).sum()  # the units are not the same
    assert_allclose(first, scale * second, rtol=1e-6, atol=1e-6)


def test_interpolation_and_what_is_held():
    rows = np.array([[np.nan, 1, np.nan, np.nan, 4, np.nan]]).T
    assert_array_equal(missing.interpolated(rows)[:, 0], [np.nan, 1, 2, 3, 4, np.nan])
    assert_array_equal(missing.held(rows)[:, 0], [np.nan, 1, 1, 1, 4, 4])
    assert_array_equal(missing.nearest_known(rows)[:, 0], [1, 1, 1, 1, 4, 4])
    assert_array_equal(missing.trimmed(rows[:, 0]), [1, np.nan, np.nan, 4])
    levels = np.array([[1.0, 2, 4, np.nan, np.nan, 8]]).T
    assert_array_equal(missing.filled_levels(levels, ()), levels)
    assert_array_equal(missing.filled_levels(levels, (1,))[:, 0], [1, 2, 4, 5.5, 7, 8])
    assert_array_equal(missing.filled_levels(levels, (1, 1))[:, 0], [1, 2, 4, 7, 11, 8])
    assert_array_equal(missing.filled_levels(levels, (2,))[:, 0], [1, 2, 4, 5, 7, 8])


def test_the_level_is_interpolated_in_a_gap_but_not_before_its_end_is_known():
    ramp = np.arange(60.0) + rng.normal(size=60)
    y = without(ramp, list(range(30, 40)))[:, np.newaxis]
    model = forecaster(season_length=1, transformer=None).fit(None, y)
    parts = Decomposition(**model._decomposition).components([y])[0]
    assert np.isnan(parts.adjusted[30:40]).all()
    assert (np.diff(parts.level[29:41], axis=0) > 0).all()
    for row in (31, 35, 40):
        kept = parts.rows_before(row, 12)
        assert_array_equal(kept.level[-(row - 30) :], np.tile(parts.level[29], (row - 30, 1)))
        level, drift = parts.at(np.array([row]))
        assert_array_equal(level[0], parts.level[29])
        assert_array_equal(drift[0], parts.drift[29])
    assert_array_equal(parts.rows_before(41, 12).level, parts.level[29:41])


def test_a_gap_longer_than_the_rows_kept():
    y = 1000 + np.random.default_rng(0).normal(size=500)
    model = forecaster(Ridge(), season_length=1, differences=1, window=6)
    forecast = model.fit(None, without(y, list(range(40, 500)))).forecast(3)
    assert np.abs(forecast - 1000).max() < 100


# Exogenous variables

X = np.column_stack([STEPS % 7 == 0, rng.normal(size=N + H)]).astype(float)
WITH_X = TRUE + 20 * X[:, 0] + 5 * X[:, 1]


@pytest.mark.parametrize("regressor", [Flat(), QUICK, None], ids=["flat", "network", "default"])
def test_missing_values_of_exogenous_variables(regressor):
    x = X.copy()
    x[[0, 1, 30, 31, 60, N + 2], [1, 1, 0, 1, 1, 1]] = np.nan
    model = forecaster(regressor, random_state=0).fit(x[:N], without(WITH_X[:N], [20, 70]))
    assert np.isfinite(model.forecast(H, x[N:])).all()
    model.update(WITH_X[N : N + 3], x[N : N + 3])
    assert np.isfinite(model.predict(x[N + 3 :])).all()


def test_exogenous_variables_that_are_missing_first_in_update_or_forecast():
    model = forecaster(Flat()).fit(X[:N], WITH_X[:N])
    held = X.copy()
    held[N + 2] = held[N + 1]
    expected = model.forecast(H, held[N:])
    x = X.copy()
    x[N + 2] = np.nan
    assert_array_equal(model.forecast(H, x[N:]), expected)
    assert np.isfinite(model.update(WITH_X[N : N + 3], x[N : N + 3]).forecast(1, X[:1])).all()


def test_a_new_series_whose_exogenous_variables_are_the_first_with_missing_values():
    x, filled = X[:24].copy(), X[:24].copy()
    x[[0, 20], 1] = np.nan
    filled[[0, 20], 1] = np.nanmean(x[:, 1]), x[19, 1]
    found, expected = (
        forecaster(Flat())
        .fit(X[:N], WITH_X[:N], series_id=np.repeat("a", N))
        .update(WITH_X[:24], rows, series_id=np.repeat("b", 24))
        .forecast(H, X[24 : 24 + H], series_id=np.repeat("b", H))
        for rows in (x, filled)
    )
    assert_array_equal(found["b"], expected["b"])


def test_a_column_of_x_without_values_is_a_warning():
    x = X[:N].copy()
    x[:, 1] = np.nan
    with pytest.warns(UserWarning, match="Column 1 of X has no known value"):
        forecaster(Flat()).fit(x, Y)


# After fit


@pytest.mark.parametrize("parameters", [{}, {"level": "last"}, {"differences": 1}], ids=str)
def test_update_with_missing_rows_at_its_end(parameters):
    if "differences" in parameters:
        parameters = parameters | {"season_length": 1}
    model = forecaster(Ridge(), **parameters).fit(None, Y[: N - 4])
    model.update(without(Y, [N - 3, N - 1])[N - 4 :])
    assert np.abs(model.forecast(H) - TRUE[N:]).mean() < 9
    whole = forecaster(Ridge(), **parameters).fit(None, Y[: N - 4])
    for value in without(Y, [N - 3, N - 1])[N - 4 :]:
        whole.update([value])
    assert_allclose(whole.forecast(H), model.forecast(H), rtol=1e-10)


def test_a_new_series_with_gaps():
    y = np.concatenate([Y, Y])
    model = forecaster(Ridge()).fit(None, y, series_id=np.repeat(["a", "b"], N))
    model.update(GAPPY[0], series_id=["c"] * N)
    assert np.abs(model.forecast(H)["c"] - TRUE[N:]).mean() < 3
    with pytest.raises(ValueError) as raised:
        model.update(np.full(9, np.nan), series_id=["d"] * 9)
    check_message(raised.value, ["series 'd' has no known value", "9 row(s)"])


def test_intervals_count_the_known_errors_of_each_column():
    y = np.column_stack([Y, without(Y, list(range(80, N)))])
    model = forecaster(Ridge(), calibration_fraction=0.3)
    errors = model.set_params(regressor=Flat()).fit(None, y).calibration_errors_
    known = np.isfinite(errors[0]).sum(axis=0)
    assert known[0] == 29
    assert known[1] == 13
    lower, upper = model.predict_interval(2, coverage=0.8)
    assert (lower < upper).all()
    assert np.isfinite(model.sample_paths(2, n_paths=5, random_state=0)).all()
    assert np.isfinite(model.forecast_quantiles(2, quantiles=[0.2, 0.5])).all()
    with pytest.raises(ValueError, match="needs at least 19"):
        model.predict_interval(2, coverage=0.95)


def test_without_known_rows_before_the_calibration_rows_there_are_no_intervals():
    model = forecaster(Ridge(), season_length=1, calibration_fraction=0.2)
    model.fit(None, without(Y, list(range(77))))
    assert model.calibration_errors_ is None
    assert np.isfinite(model.forecast(3)).all()


def test_score_uses_known_rows_only():
    model = forecaster().fit(None, Y[: N - H])
    truth = Y[N - H :]
    known = [0, 2, 3, 5]
    rows = without(truth, [1, 4])
    assert 0 < model.score(None, rows) < 1
    worse = truth.copy()
    worse[known] += 5
    assert model.score(None, without(worse, [1, 4])) < model.score(None, rows)
    with pytest.raises(ValueError, match="no known value to compare with"):
        model.score(None, np.full(3, np.nan))


def test_searches_with_a_fold_that_begins_with_missing_values():
    search = GridSearchCV(
        forecaster(Ridge()), {"window": [6, 12]}, cv=TimeSeriesSplit(3, test_size=8)
    )
    search.fit(np.empty((N, 0)), without(Y, [*GAPS["first"], 70, 90]))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert clone(search.best_estimator_).missing == "mask"


def test_early_stopping_quantiles_and_sample_weights():
    y = without(Y, GAPS["scattered"])
    stopping = LSTMRegressor(4, max_iter=3, early_stopping=True, random_state=0)
    assert np.isfinite(forecaster(stopping).fit(None, y).forecast(2)).all()
    loss = Quantile([0.2, 0.5, 0.8])
    network = LSTMRegressor(4, max_iter=3, loss=loss, random_state=0)
    model = forecaster(network, strategy="direct", horizon=3).fit(None, y)
    assert np.isfinite(model.predict_interval(3, coverage=0.6)).all()
    weights = np.linspace(0, 1, N)
    assert np.isfinite(forecaster(Ridge()).fit(None, y, sample_weight=weights).forecast(2)).all()


def test_counts_with_missing_values():
    counts = np.random.default_rng(0).poisson(5, N).astype(float)
    network = LSTMRegressor(4, max_iter=3, loss="poisson", random_state=0)
    model = forecaster(network, season_length="auto", strategy="direct", horizon=3)
    forecast = model.fit(None, without(counts, GAPS["block"])).forecast(3)
    assert (forecast > 0).all()


# Votes


def test_a_vote_accepts_missing_values_if_its_members_do():
    members = [("a", forecaster()), ("b", forecaster(Ridge(), level="last"))]
    model = VotingForecaster(members, calibration_fraction=0.3)
    y = without(Y, [*GAPS["block"], 90])
    model.fit(None, y)
    assert np.abs(model.forecast(H) - TRUE[N:]).mean() < 3
    assert np.isfinite(model.predict_interval(2, coverage=0.5)).all()
    model.update([np.nan, 150.0])
    assert np.isfinite(model.forecast(2)).all()
    model.set_params(b__missing="error")
    with pytest.raises(ValueError, match=r"missing='mask'"):
        model.fit(None, y)


# Refusals


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.full(20, np.nan), ["y has no known value", "20 row(s)"]),
        ([Y, np.full(20, np.nan)], ["y[1] has no known value"]),
        (np.column_stack([Y, np.full(N, np.nan)]), ["Column 1 of y has no known value"]),
        (without(Y, list(range(2, N))), ["known at only 2 of them", "at least 3"]),
        (without(Y, [3]) + np.where(np.arange(N) == 9, np.inf, 0), ["infinity at row 9"]),
    ],
)
def test_what_is_refused(y, words):
    with pytest.raises(ValueError) as raised:
        forecaster(season_length=1).fit(None, y)
    check_message(raised.value, words)


def test_windows_without_known_targets_are_refused():
    model = forecaster(Ridge(), season_length=1, window=20, combine=False)
    with pytest.raises(ValueError, match="no known value to train on"):
        model.fit(None, without(Y, list(range(18, N))))
    # A few windows are not enough for a combination, whose forecast is then that of smoothing.
    assert np.isfinite(model.set_params(combine=True).fit(None, Y).forecast(1)).all()


def test_the_error_for_nan_says_what_to_do():
    dated = pd.Series(without(Y, [5]), pd.date_range("2020", periods=N, freq="MS"))
    with pytest.raises(ValueError) as raised:
        SequenceForecaster().fit(None, dated)
    check_message(raised.value, ["y contains NaN at row 5 (2020-06-01", "missing='mask'"])
    with pytest.raises(ValueError, match="'ignore' is not a valid missing"):
        SequenceForecaster(missing="ignore").fit(None, Y)


def test_rows_that_are_absent_are_filled_by_asfreq_and_masked():
    dates = pd.date_range("2020-01-01", periods=N, freq="D")
    y = pd.Series(Y, dates).drop(dates[GAPS["scattered"]])
    with pytest.warns(UserWarning) as caught:
        SequenceForecaster(Ridge(), calibration_fraction=None).fit(None, y)
    check_message(caught[0].message, [".asfreq('D')", "missing='mask'"])
    model = forecaster(Ridge()).fit(None, y.asfreq("D"))
    assert np.abs(np.asarray(model.forecast(H)) - TRUE[N:]).mean() < 4


def test_after_the_last_known_value_it_is_held_without_a_level():
    last = Predicting(lambda windows: windows.reshape(len(windows), -1)[:, -1])
    y = np.r_[Y, np.nan, np.nan]
    model = SequenceForecaster(last, level=None, window=6, missing="mask")
    np.testing.assert_allclose(model.fit(None, y).forecast(2), Y[-1])
