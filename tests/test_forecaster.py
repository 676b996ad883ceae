"""SequenceForecaster: one series, or several observed together, into the future."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the search importable
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster, losses
from sklstm._forecasting.scaling import difference, integrate
from sklstm.datasets import load_airline
from sklstm.preprocessing import sliding_windows

MONTHS = pd.period_range("1949-01", periods=144, freq="M")
Y = load_airline().passengers.astype(float)
MONTH = np.eye(12)[np.arange(144) % 12]
TRAIN, TEST = slice(0, 120), slice(120, 144)
STRATEGIES = [{"strategy": "recursive"}, {"strategy": "direct", "horizon": 5}]


def small_lstm(**params):
    return LSTMRegressor(**({"hidden_size": 4, "max_iter": 5, "random_state": 0} | params))


PLAIN = {"level": None, "transformer": None, "strategy": "recursive"}  # nothing automatic


def small(**params):
    defaults = {"regressor": small_lstm(), "window": 12, "calibration_fraction": None}
    return SequenceForecaster(**(PLAIN | defaults | params))


class Spy(RegressorMixin, BaseEstimator):
    """Predict the sum of what it sees, and keep all it is given."""

    def fit(self, X, y, **held_out):
        self.X_, self.y_, self.held_out_, self.seen_ = np.array(X), np.array(y), held_out, []
        return self

    def predict(self, X):
        self.seen_.append(np.array(X))
        total = X.reshape(len(X), -1).sum(axis=1)
        return total if self.y_.ndim == 1 else total[:, np.newaxis] + np.arange(self.y_.shape[1])


class EarlySpy(Spy):
    def __init__(self, early_stopping=True, validation_fraction=0.2):
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction

    def fit(self, X, y, X_val=None, y_val=None):
        return super().fit(X, y, X_val=X_val, y_val=y_val)


# What the regressor learns from -------------------------------------------------------------


def test_windows_of_one_series_are_a_table():
    spy = small(regressor=Spy(), window=3, scale=False).fit(None, Y).regressor_
    X, y = sliding_windows(Y, 3)
    assert_array_equal(spy.X_, X)
    assert_array_equal(spy.y_, y)


def test_a_window_ends_with_exog_of_the_step_to_be_forecast():
    exog = 1000.0 + np.arange(144)[:, np.newaxis]
    spy = small(regressor=Spy(), window=3, scale=False).fit(exog, Y).regressor_
    assert_array_equal(spy.X_[0], np.column_stack([Y[:3], exog[1:4]]))
    assert spy.y_[0] == Y[3]


def test_direct_windows_end_with_exog_of_the_last_step_of_the_block():
    exog = 1000.0 + np.arange(144)[:, np.newaxis]
    model = small(regressor=Spy(), window=3, scale=False, strategy="direct", horizon=2)
    spy = model.fit(exog, Y).regressor_
    assert_array_equal(spy.X_[0], np.column_stack([Y[:3], exog[2:5, 0]]))
    assert_array_equal(spy.y_[0], Y[3:5])


def test_series_and_exog_are_standardised_and_differenced():
    model = small(regressor=Spy(), window=3, differences=(12, 1)).fit(np.arange(144.0)[:, None], Y)
    changes = (Y[12:] - Y[:-12])[1:] - (Y[12:] - Y[:-12])[:-1]
    expected = (changes - changes.mean()) / changes.std()
    assert_allclose(model.regressor_.y_, expected[3:], atol=1e-12)
    times = (np.arange(144) - 71.5) / np.arange(144).std()
    assert_allclose(model.regressor_.X_[0, :, 1], times[14:17], atol=1e-12)


@pytest.mark.parametrize("lags", [(), (1,), (1, 1), (12,), (12, 1), (3, 2, 1)])
def test_integration_undoes_differences(lags):
    levels = np.random.default_rng(0).standard_normal((2, 40, 3)).cumsum(axis=1)
    changes = difference(levels, lags, axis=1)[:, -20:]
    assert_allclose(integrate(changes, levels[:, :20], lags), levels[:, 20:], atol=1e-12)


def test_differences_learn_a_polynomial_trend():
    line = 5.0 + 3.0 * np.arange(60)
    model = small(regressor=Ridge(), window=4, differences=1).fit(None, line[:40])
    assert_allclose(model.forecast(20), line[40:], atol=1e-9)


def test_early_stopping_trains_on_no_value_that_is_held_out():
    series = np.arange(100.0)
    model = small(regressor=EarlySpy(), window=5, scale=False, strategy="direct", horizon=3)
    spy = model.fit(None, series).regressor_
    X_val, y_val = spy.held_out_["X_val"], spy.held_out_["y_val"]
    assert y_val.min() == 80  # the last 20 rows of 100
    assert max(spy.X_.max(), spy.y_.max()) == 79
    assert X_val[0].max() == 79  # a held-out window may look back


def test_early_stopping_needs_rows_on_both_sides():
    model = small(regressor=EarlySpy(), window=5, calibration_fraction=0.3)
    with pytest.raises(ValueError, match="validation_fraction=0.2 leaves less than window=5"):
        model.fit(None, Y[:6])
    assert model.fit(None, Y[:7]).calibration_errors_ is None  # too few rows for a third part
    assert model.fit(None, Y[:30]).calibration_errors_ is not None


def test_early_stopping_of_the_lstm_keeps_the_best_epoch():
    regressor = small_lstm(max_iter=60, early_stopping=True, n_iter_no_change=3, tol=1e-2)
    model = small(regressor=regressor).fit(None, Y)
    assert 1 < model.regressor_.n_iter_ < 60
    assert len(model.regressor_.validation_loss_curve_) == model.regressor_.n_iter_


def test_float32_stays_float32():
    model = small().fit(None, Y.astype(np.float32))
    assert model.forecast(2).dtype == np.float32
    assert model.regressor_.weights_["weight_ih_l0"].dtype == np.float32


# Forecasts are what a loop by hand gives ----------------------------------------------------


def by_hand(model, series, exog, steps):
    """Forecast step by step with the model's regressor, as one would write it down."""
    h, window = model.horizon_, model.window_
    mean, std = series.mean(axis=0), series.std(axis=0)
    z = list((series - mean) / std)
    if exog is not None:
        exog = (exog - exog[: len(series)].mean(axis=0)) / exog[: len(series)].std(axis=0)
    while len(z) < len(series) + steps:
        now = np.array(z[-window:])
        if exog is not None:
            ahead = exog[len(z) - window + h : len(z) + h]
            now = np.column_stack([now, ahead])
        block = model.regressor_.predict(now[np.newaxis])[0]
        z += list(np.reshape(block, (h, *series.shape[1:])))
    return np.array(z[len(series) : len(series) + steps]) * std + mean


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("n_series", [None, 3])
@pytest.mark.parametrize("with_exog", [False, True])
def test_forecast_equals_a_loop_by_hand(strategy, n_series, with_exog):
    y = Y if n_series is None else np.column_stack([Y, Y[::-1], np.sin(np.arange(144))])
    exog = np.column_stack([np.arange(144), np.cos(np.arange(144))]) if with_exog else None
    model = small(**strategy).fit(None if exog is None else exog[TRAIN], y[TRAIN])
    future = None if exog is None else exog[120:140]
    expected = by_hand(model, y[TRAIN], exog, 20)
    assert_allclose(model.forecast(20, future), expected, rtol=1e-9)


def test_the_first_step_is_a_teacher_forced_prediction():
    model = small().fit(None, Y[TRAIN])
    scaler = StandardScaler().fit(Y[TRAIN, np.newaxis])
    z = scaler.transform(Y[:, np.newaxis])[:, 0]
    X, _ = sliding_windows(z[108:], 12)
    predicted = scaler.inverse_transform(model.regressor_.predict(X)[:, np.newaxis])[:, 0]
    for t in range(120, 130):
        assert_allclose(model.forecast(1), predicted[t - 120], rtol=1e-12)
        model.update(Y[t : t + 1])


def test_fewer_rows_than_a_block_are_the_end_of_an_earlier_one():
    model = small(strategy="direct", horizon=5, differences=1).fit(MONTH[TRAIN], Y[TRAIN])
    now = clone(model).fit(MONTH[TRAIN], Y[TRAIN]).update(Y[120:130], MONTH[120:130])
    before = model.update(Y[120:128], MONTH[120:128]).forecast(5, MONTH[128:133])
    # Two steps before, the changes forecast are the same; the levels are those since observed.
    changes = np.diff(before)[1:]
    assert_allclose(now.forecast(3, MONTH[130:133]), Y[129] + np.cumsum(changes), rtol=1e-12)


def test_the_last_block_with_exog_begins_earlier():
    """Seven steps in blocks of five: the second block is of steps 3 to 7, 6 and 7 are used."""
    model = small(strategy="direct", horizon=5).fit(MONTH[TRAIN], Y[TRAIN])
    forecast = model.forecast(7, MONTH[120:127])
    first = model.forecast(5, MONTH[120:125])
    assert_array_equal(forecast[:5], first)
    model.update(first[:2], MONTH[120:122])
    assert_allclose(forecast[5:], model.forecast(5, MONTH[122:127])[3:], rtol=1e-12)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_predict_says_forecast_in_rows(strategy):
    model = small(**strategy).fit(MONTH[TRAIN], Y[TRAIN])
    assert_array_equal(model.predict(MONTH[TEST]), model.forecast(24, MONTH[TEST]))
    without = small(**strategy).fit(None, Y[TRAIN])
    assert_array_equal(without.predict(np.empty((24, 0))), without.forecast(24))


def test_a_longer_forecast_begins_with_a_shorter_one():
    model = small().fit(None, Y)
    assert_array_equal(model.forecast(30)[:7], model.forecast(7))


def test_update_then_forecast_is_as_if_observed_before():
    model = small(differences=1).fit(MONTH[TRAIN], Y[TRAIN])
    at_once = clone(model).fit(MONTH[TRAIN], Y[TRAIN]).update(Y[120:130], MONTH[120:130])
    for t in range(120, 130):
        model.update(Y[t : t + 1], MONTH[t : t + 1])
    assert_array_equal(model.forecast(5, MONTH[130:135]), at_once.forecast(5, MONTH[130:135]))
    assert not np.allclose(model.forecast(5, MONTH[130:135]), Y[130:135], rtol=1e-6)


def test_a_logarithm_of_float32_raises_no_warning():
    log = FunctionTransformer(np.log, np.exp)
    model = small(regressor=LinearRegression(), window=3, transformer=log)
    assert model.fit(None, (100 * Y).astype(np.float32)).forecast(2).dtype == np.float32


def test_the_transformer_is_undone():
    growth = np.exp(0.05 * np.arange(60))
    log = FunctionTransformer(np.log, np.exp)
    model = small(regressor=LinearRegression(), window=3, transformer=log, differences=1)
    assert_allclose(model.fit(None, growth[:40]).forecast(20), growth[40:], rtol=1e-9)


@pytest.mark.parametrize("series", [np.full(60, 7), np.full(60, 0.1), np.full((60, 2), 1e9)])
@pytest.mark.parametrize("differences", [0, 1])
def test_a_constant_series_stays_constant(series, differences):
    model = small(
        differences=differences, calibration_fraction=0.2, regressor=small_lstm(max_iter=60)
    )
    assert_allclose(model.fit(None, series).forecast(5), series[:5], atol=1e-3)
    assert_allclose(model.predict_interval(5, coverage=0.5), np.stack([series[:5]] * 2), atol=1e-2)


def test_integers_are_not_cut_off():
    as_floats = small().fit(None, Y).forecast(5)
    assert_array_equal(small().fit(None, Y.astype(np.int16)).forecast(5), as_floats)
    assert (as_floats % 1 != 0).any()


# Searches, folds and times ------------------------------------------------------------------


@pytest.mark.parametrize("X", [np.empty((144, 0)), MONTH, pd.DataFrame(MONTH, index=MONTHS)])
def test_grid_search_over_folds_in_time(X):
    grid = {"window": [6, 12], "regressor__hidden_size": [2, 3], "regressor__learning_rate": [0.01]}
    search = GridSearchCV(small(), grid, cv=TimeSeriesSplit(3), error_score="raise").fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(
        X[:4]
        if len(np.shape(X)) == 2 and not hasattr(X, "index")
        else X.set_axis(MONTHS + 144).iloc[:4]
    ).shape == (4,)


@pytest.mark.filterwarnings("ignore:X has the times of the training rows:UserWarning")
@pytest.mark.parametrize("with_times", [False, True])
def test_halving_search_over_epochs(with_times):
    y = pd.Series(Y, index=MONTHS) if with_times else Y
    search = HalvingGridSearchCV(
        small(),
        {"window": [6, 12], "regressor__hidden_size": [2, 3]},
        cv=TimeSeriesSplit(3),
        resource="regressor__max_iter",
        min_resources=2,
        max_resources=6,
        random_state=0,
        error_score="raise",
    )
    search.fit(np.empty((144, 0)), y)
    assert search.n_resources_ == [2, 6]
    assert search.best_params_["regressor__max_iter"] == 6


@pytest.mark.parametrize("scoring", [None, "r2", "neg_mean_absolute_percentage_error"])
@pytest.mark.parametrize("folds", [{}, {"gap": 3}, {"max_train_size": 40}, {"test_size": 5}])
def test_every_fold_is_scored_at_its_own_times(scoring, folds):
    """A perfect model of a line gets a perfect score, unless it misses the gap."""
    line = pd.Series(3.0 * np.arange(100), index=pd.RangeIndex(7, 207, 2))
    model = small(regressor=LinearRegression(), window=4, differences=1)
    X = pd.DataFrame(index=line.index)
    cv = TimeSeriesSplit(3, **folds)
    scores = cross_val_score(model, X, line, cv=cv, scoring=scoring, error_score="raise")
    assert_allclose(scores, 0 if scoring and "neg" in scoring else 1, atol=1e-9)


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(10, 70),
        pd.date_range("2020-01-31", periods=60, freq="ME"),
        pd.date_range("2020-01-01", periods=60, freq="B", tz="Europe/Berlin"),
        pd.DatetimeIndex(pd.date_range("2020-01-01", periods=60, freq="15min").to_numpy()),
        pd.period_range("2020-01", periods=60, freq="Q"),
    ],
    ids=["integers", "months", "business days with a zone", "inferred", "quarters"],
)
def test_a_gap_is_seen_in_the_index(index):
    line = pd.Series(np.arange(60.0), index=index)
    model = small(regressor=LinearRegression(), window=4, differences=1)
    model.fit(None, line.iloc[:40])
    for start in (40, 47):
        future = pd.DataFrame(index=index[start : start + 5])
        assert_allclose(model.predict(future), np.arange(start, start + 5), atol=1e-9)
    with pytest.raises(ValueError, match="row\\(s\\) are missing in between"):
        model.update(line.iloc[42:45])
    model.update(line.iloc[40:42]).update(line.iloc[42:45])
    assert_allclose(model.forecast(2), [45, 46], atol=1e-9)
    with pytest.raises(ValueError, match="it is not after it"):
        model.update(line.iloc[44:46])


def test_exog_in_a_gap_is_warned_of():
    X = pd.DataFrame(MONTH, index=MONTHS)
    model = small().fit(X.iloc[TRAIN], Y[TRAIN])
    with pytest.warns(UserWarning, match="begins 2 step.*the last known ones are used"):
        forecast = model.predict(X.iloc[122:125])
    filled = np.concatenate([MONTH[[119, 119]], MONTH[122:125]])
    assert_array_equal(forecast, model.forecast(5, filled)[2:])


def test_rows_before_the_end_of_training_are_refused():
    X = pd.DataFrame(index=MONTHS)
    with pytest.raises(ValueError, match="a forecast is of later times"):
        cross_val_score(small(), X, Y, cv=KFold(3), error_score="raise")


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_poison_in_the_future_changes_no_forecast(strategy, early_stopping):
    """Huge values in a fold's test rows: scaling, training, calibration must not see them."""

    class Keep(SequenceForecaster):
        kept = []

        def predict(self, X):
            self.kept.append(forecast := super().predict(X))
            return forecast

    def forecasts(y, X):
        Keep.kept = []
        params = small(
            regressor=small_lstm(early_stopping=early_stopping),
            calibration_fraction=0.2,
            **strategy,
        ).get_params(deep=False)
        search = GridSearchCV(
            Keep(**params),
            {"regressor__hidden_size": [2, 3]},
            cv=[(np.arange(100), np.arange(100, 120))],
            scoring="neg_mean_absolute_error",
            refit=False,
        )
        search.fit(X, y)
        return np.concatenate(Keep.kept)

    poisoned, X = Y.copy(), MONTH.copy()
    poisoned[100:] = 1e12
    X[120:] = 1e12
    assert_array_equal(forecasts(poisoned, X), forecasts(Y, MONTH))


def test_transformed_target_regressor():
    model = TransformedTargetRegressor(small(), func=np.log, inverse_func=np.exp)
    inside = small(transformer=FunctionTransformer(np.log, np.exp))
    X = np.empty((144, 0))
    assert_allclose(model.fit(X, Y).predict(X[:5]), inside.fit(X, Y).predict(X[:5]), rtol=1e-12)


def test_any_regressor_of_windows_will_do():
    model = small(regressor=make_pipeline(StandardScaler(), Ridge())).fit(None, Y[TRAIN])
    assert model.score(None, Y[TEST]) > 0


def test_clone_pickle_repr():
    model = small(calibration_fraction=0.2).fit(MONTH, Y)
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.forecast(5, MONTH[:5]), model.forecast(5, MONTH[:5]))
    assert not hasattr(clone(model), "regressor_")
    assert model._repr_html_()


def test_nothing_kept_has_the_length_of_the_training_data():
    model = small(calibration_fraction=0.2, window=3).fit(None, np.sin(np.arange(5000.0)))
    assert len(pickle.dumps(model)) < 1.3 * len(
        pickle.dumps(clone(model).fit(None, np.sin(np.arange(2500.0))))
    )


def test_the_default_regressor_is_an_lstm():
    assert isinstance(SequenceForecaster(window=2).fit(None, Y[:30]).regressor_, LSTMRegressor)


# Quantiles ----------------------------------------------------------------------------------


def test_quantiles_are_the_interval():
    regressor = small_lstm(loss=losses.Quantile([0.1, 0.5, 0.9]), max_iter=30)
    model = small(regressor=regressor, strategy="direct", horizon=4, calibration_fraction=0.2)
    model.fit(None, Y)
    assert model.calibration_errors_ is None
    z = ((Y[-12:] - Y.mean()) / Y.std())[np.newaxis]
    quantiles = model.regressor_.predict(z)[0] * Y.std() + Y.mean()
    lower, upper = model.predict_interval(3, coverage=0.8)
    assert_allclose(lower, quantiles[:3, 0], rtol=1e-12)
    assert_allclose(upper, quantiles[:3, 2], rtol=1e-12)
    assert_allclose(model.forecast(4), quantiles[:, 1], rtol=1e-12)
    assert model.forecast(11).shape == (11,)
    with pytest.raises(ValueError, match=r"coverage=0.9 needs the quantiles 0.05 and 0.95"):
        model.predict_interval(3, coverage=0.9)
    with pytest.raises(ValueError, match="hold for the 4 step"):
        model.predict_interval(5, coverage=0.8)


def test_quantiles_of_several_series():
    regressor = small_lstm(loss=losses.Quantile([0.25, 0.75]))
    y = np.column_stack([Y, -Y])
    model = small(regressor=regressor, strategy="direct", horizon=4).fit(None, y)
    lower, upper = model.predict_interval(4, coverage=0.5)
    assert lower.shape == upper.shape == (4, 2)
    assert (lower < upper).all()


def test_quantiles_of_changes_are_calibrated_instead():
    regressor = small_lstm(loss=losses.Quantile([0.1, 0.5, 0.9]))
    model = small(regressor=regressor, differences=1, calibration_fraction=0.2).fit(None, Y)
    assert model.calibration_errors_ is not None
    assert model.predict_interval(5, coverage=0.7)[0].shape == (5,)


# scikit-learn's common checks ---------------------------------------------------------------

NOT_A_TABLE = {
    "check_estimators_empty_data_messages": "an X without columns is a forecast without exog",
    "check_methods_sample_order_invariance": "rows are times: their order is their meaning",
    "check_methods_subset_invariance": "the first row of X is always the next step",
    "check_regressors_train": "scores the steps after the training rows against these rows",
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:X has the times of the training rows:UserWarning")
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"strategy": "direct", "horizon": 2},
        {"differences": 1, "transformer": StandardScaler(), "calibration_fraction": 0.3},
    ],
    ids=["recursive", "direct", "with all else"],
)
def test_common_checks(params):
    model = small(window=2, **params)
    results = check_estimator(model, on_fail=None, expected_failed_checks=NOT_A_TABLE)
    by_status = {}
    for result in results:
        by_status.setdefault(result["status"], {})[result["check_name"]] = result["exception"]
    assert "failed" not in by_status, by_status["failed"]
    assert by_status["xfail"].keys() == NOT_A_TABLE.keys()
    assert len(by_status["passed"]) > 40


# Bad input ----------------------------------------------------------------------------------

BAD_FITS = [
    ({}, None, Y[:12], "y has 12 time point.*n_samples=12.*window=12, horizon=1 need at least 13"),
    ({"differences": (12, 1)}, None, Y[:25], "differences=.12, 1. need at least 26"),
    ({}, None, np.where(np.arange(144) == 17, np.nan, Y), "y contains NaN at row 17"),
    ({}, None, pd.Series(Y, MONTHS).where(MONTHS != MONTHS[17]), r"NaN at row 17 \(1950-06\)"),
    ({}, np.where(MONTH == 1, np.inf, 0), Y, "X contains infinity at row 0, column 0"),
    ({}, MONTH[:100], Y, r"X has 100 row\(s\), but y has 144"),
    ({}, None, pd.Series(Y, MONTHS)[::-1], "index of y is not sorted"),
    ({}, pd.DataFrame(MONTH, MONTHS)[::-1], Y, "index of .* is not sorted"),
    ({}, None, pd.Series(Y, np.arange(144) // 2), "same time more than once.*series_id"),
    ({}, None, None, "requires y to be passed"),
    ({}, None, np.array(list("abc")), "y has dtype <U1: it holds strings"),
    ({}, None, MONTHS.to_timestamp().to_numpy(), "it holds times, expected numbers"),
    ({}, None, Y.reshape(2, 8, 9), r"y has shape \(2, 8, 9\)"),
    ({"window": 0}, None, Y, "window=0 is not valid"),
    ({"horizon": 0}, None, Y, "horizon=0 is not valid"),
    ({"horizon": 3}, None, Y, "horizon=3 with strategy='recursive'"),
    ({"strategy": "dirct"}, None, Y, "did you mean 'direct'"),
    ({"differences": -1}, None, Y, "differences=-1 is not valid"),
    ({"differences": (12, 0)}, None, Y, r"differences\[1\]=0 is not valid"),
    ({"scale": "yes"}, None, Y, "scale='yes' is not valid"),
    ({"calibration_fraction": 1}, None, Y, r"calibration_fraction must be in \(0, 1\); got 1"),
    ({"regressor": small_lstm(return_sequences=True)}, None, Y, "return_sequences=False"),
    ({"transformer": FunctionTransformer(np.log)}, None, Y - 104, "must be defined for all"),
]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(("params", "X", "y", "message"), BAD_FITS, ids=[b[3] for b in BAD_FITS])
def test_bad_input_leaves_the_forecaster_as_it_was(params, X, y, message):
    model = small().fit(None, Y)
    before = model.forecast(3)
    kept = vars(model).copy()
    model.set_params(**params)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert {k: v for k, v in vars(model).items() if k not in params} == {
        k: v for k, v in kept.items() if k not in params
    }
    assert_array_equal(model.forecast(3), before)


def test_a_regressor_must_be_one():
    with pytest.raises(TypeError, match="is not an object with fit and predict"):
        small(regressor=LSTMRegressor).fit(None, Y)
    with pytest.raises(ValueError, match=r"regressor='lstm' .*'smoothing'"):
        small(regressor="lstm").fit(None, Y)


def test_bad_rows_of_the_future():
    model = small(strategy="direct", horizon=5).fit(MONTH[TRAIN], Y[TRAIN])
    for call, error, message in [
        (lambda: model.forecast(0, MONTH[:0]), ValueError, "steps=0 is not valid"),
        (lambda: model.forecast(5), ValueError, "X is None.*12 exogenous"),
        (lambda: model.forecast(5, MONTH[:4]), ValueError, r"X has \[4\] row.*steps=5"),
        (lambda: model.forecast(5, MONTH[:6]), ValueError, r"X has \[6\] row.*steps=5"),
        (lambda: model.predict(None), TypeError, r"use forecast\(steps\)"),
        (lambda: model.predict(MONTH[:5, :3]), ValueError, "X has 3 features"),
        (lambda: model.predict(np.empty((5, 0))), ValueError, "X has 0 features|0 feature"),
        (lambda: model.update(Y[:3]), ValueError, "X is None"),
        (lambda: model.update(Y[:3], MONTH[:2]), ValueError, "X has 2 row.*y has 3"),
        (lambda: model.update(np.ones((3, 2)), MONTH[:3]), ValueError, r"expected \(n_times,\)"),
        (lambda: model.predict_interval(5, MONTH[:5]), ValueError, "No errors were calibrated"),
    ]:
        before = vars(model).copy()
        with pytest.raises(error, match=message):
            call()
        assert vars(model) == before


def test_not_fitted():
    for method in ("forecast", "predict_interval"):
        with pytest.raises(ValueError, match="not fitted"):
            getattr(small(), method)(3)


# Times that do not fit ----------------------------------------------------------------------

HOURS = pd.date_range("2024-01-01", periods=144, freq="h")


def dated(index=HOURS, **params):
    """A forecaster of a line, fitted on the first 100 rows of it."""
    model = small(regressor=LinearRegression(), window=4, differences=1, **params)
    return model.fit(None, pd.Series(np.arange(100.0), index[:100]))


@pytest.mark.parametrize(
    "index", [HOURS, HOURS.to_period("h"), pd.RangeIndex(144)], ids=["dates", "periods", "integers"]
)
def test_a_hole_does_not_hide_what_is_not_later(index):
    line = pd.Series(np.arange(100.0), index[:100]).drop(index[20])
    model = small(regressor=LinearRegression(), window=4, differences=1)
    with pytest.warns(UserWarning, match="The times are not regular"):
        model.fit(None, line)
    with pytest.raises(ValueError, match="it is not after it"):
        model.update(line.iloc[-3:])
    with pytest.raises(ValueError, match="a forecast is of later times"):
        model.predict(pd.DataFrame(index=index[99:101]))
    assert len(model.predict(pd.DataFrame(index=index[100:103]))) == 3
    assert len(model.update(line.iloc[-2:].set_axis(index[102:104])).forecast(3)) == 3


@pytest.mark.parametrize(
    "index",
    [HOURS, HOURS.tz_localize("Asia/Tokyo"), pd.period_range("2024", periods=144, freq="D")],
)
def test_arrays_move_the_clock_too(index):
    model = dated(index).update(np.arange(100.0, 110.0))
    assert_allclose(model.predict(pd.DataFrame(index=index[113:115])), [113, 114], atol=1e-9)
    with pytest.raises(ValueError, match="it is not after it"):
        model.update(pd.Series([109.0], index[109:110]))


def test_rows_that_leave_steps_out_are_refused():
    for rows in ([100, 102, 103], [100, 101, 104]):
        with pytest.raises(ValueError, match=r"do not follow 2024-01-05 03:00:00 in steps of h"):
            dated().predict(pd.DataFrame(index=HOURS[rows]))
        with pytest.raises(ValueError, match="Give a row for every step"):
            dated().update(pd.Series(np.array(rows, float), HOURS[rows]))
    with pytest.raises(ValueError, match="do not follow"):
        dated().predict(pd.DataFrame(index=HOURS[100:103] + pd.Timedelta("10min")))


@pytest.mark.parametrize("other", [HOURS.tz_localize("UTC"), HOURS.to_period("h")])
def test_times_of_another_kind_are_refused(other):
    with pytest.raises(ValueError, match="of another kind than those known"):
        dated().predict(pd.DataFrame(index=other[-24:-20]))


def test_forecasts_of_other_times_than_the_next_are_refused():
    X = pd.DataFrame(MONTH, HOURS)
    model = small(calibration_fraction=0.2).fit(X[:120], Y[:120])
    for call in (model.forecast, model.predict_interval):
        with pytest.raises(ValueError, match="give the rows in between, too"):
            call(3, X[121:124])
        with pytest.raises(ValueError, match="a forecast is of later times"):
            call(3, X[110:113])
    assert_array_equal(model.forecast(3, X[120:123]), model.forecast(3, MONTH[120:123]))


def test_x_and_y_of_different_times_are_refused():
    X, y = pd.DataFrame(MONTH, HOURS), pd.Series(Y, HOURS)
    message = "different times: in row 0, X has 2024-01-01 10:00:00 and y has 2024-01-01 00:00:00"
    with pytest.raises(ValueError, match=message):
        small().fit(X[10:110], y[:100])
    model = small().fit(X[:100], y[:100])
    with pytest.raises(ValueError, match="different times"):
        model.score(X[100:110], y[110:120])
    # Rows that are merely numbered take the times of the other.
    numbered = small().fit(X[:100].reset_index(drop=True), y[:100])
    with pytest.raises(ValueError, match="it is not after it"):
        numbered.update(y[:3], MONTH[:3])


def test_forecasts_for_the_rows_of_fit_warn():
    model = dated()
    with pytest.warns(UserWarning, match="the times of the training rows, which are not stored"):
        forecast = model.predict(pd.DataFrame(index=HOURS[:100]))
    assert_array_equal(forecast, model.forecast(100))


def test_an_index_of_several_levels_needs_ids():
    index = pd.MultiIndex.from_product([["a", "b"], HOURS[:50]])
    y = pd.Series(np.arange(100.0), index)
    model = small(regressor=LinearRegression(), window=4, differences=1)
    with pytest.raises(ValueError, match="pass the level that tells them apart as series_id"):
        model.fit(None, y)
    model.fit(None, y, series_id=y.index.get_level_values(0))
    assert_allclose(model.forecast(2)["a"], [50, 51], atol=1e-9)
    with pytest.raises(ValueError, match="X is None; leave it out"):
        model.forecast(2, series_id=["a"])


def test_numbered_rows_of_several_series_have_no_times():
    y, ids = pd.Series(np.r_[0:50, 100:150].astype(float)), np.repeat(["a", "b"], 50)
    model = small(regressor=LinearRegression(), window=4, differences=1).fit(None, y, series_id=ids)
    future = pd.DataFrame(index=range(100, 104))
    assert_allclose(model.predict(future, series_id=list("aabb")), [50, 51, 150, 151], atol=1e-9)


def test_coverage_is_passed_by_name():
    with pytest.raises(TypeError, match="passed by name: coverage=0.8"):
        small().fit(None, Y).predict_interval(3, 0.8)


# What strangers tried ------------------------------------------------------------------------


def test_columns_of_y_keep_their_order():
    y = pd.DataFrame({"a": Y, "b": -Y})
    model = small().fit(None, y)
    with pytest.raises(ValueError, match=r"columns \['b', 'a'\], but .* fitted on \['a', 'b'\]"):
        model.update(y[["b", "a"]].set_axis(range(144, 288)))


@pytest.mark.parametrize("invert", [np.negative, np.reciprocal])
def test_a_decreasing_transformer_turns_no_interval_round(invert):
    transformer = FunctionTransformer(invert, invert)
    model = small(transformer=transformer, calibration_fraction=0.3).fit(None, Y)
    lower, upper = model.predict_interval(5, coverage=0.5)
    assert (lower < upper).all()


def test_a_transformer_must_be_undone_and_be_one():
    with pytest.raises(ValueError, match="not undone by its inverse_transform"):
        small(transformer=FunctionTransformer(np.log)).fit(None, Y)
    for transformer in (np.log, StandardScaler, LinearRegression()):
        with pytest.raises(TypeError, match="fit, transform and inverse_transform"):
            small(transformer=transformer).fit(None, Y)


def test_two_quantiles_forecast_their_middle():
    regressor = small_lstm(loss=losses.Quantile([0.1, 0.9]))
    model = small(regressor=regressor, strategy="direct", horizon=4).fit(None, Y)
    lower, upper = model.predict_interval(4, coverage=0.8)
    assert_allclose(model.forecast(4), (lower + upper) / 2, rtol=1e-12)


@pytest.mark.parametrize(
    "regressor", [LSTMRegressor, LSTMClassifier(), SequenceForecaster()], ids=str
)
def test_the_regressor_is_a_regressor(regressor):
    with pytest.raises(
        TypeError, match="regressor=.* is (not an object|a classifier|a forecaster)"
    ):
        small(regressor=regressor).fit(None, Y)


@pytest.mark.parametrize(
    ("y", "series_id", "error", "message"),
    [
        ({"a": Y, "b": Y}, None, TypeError, "y is a dict;.* for several series pass a list"),
        (pd.DataFrame({"day": HOURS, "y": Y}), None, ValueError, "Put dates in the index"),
        (Y, ["a", None] * 72, ValueError, "missing ids, dates, or ids of several types"),
        (Y, [1.0, np.nan] * 72, ValueError, "missing ids"),
        (Y, ["a", 1] * 72, ValueError, "ids of several types"),
        (Y, HOURS, ValueError, "missing ids, dates"),
        (HOURS, None, ValueError, "y has dtype datetime64.* it holds times"),
        (pd.DataFrame({"day": HOURS}), None, ValueError, "holds times in column 'day'"),
        (pd.DataFrame({"kind": ["a"] * 144}), None, ValueError, "OneHotEncoder"),
        (np.ma.masked_greater(Y, 600), None, ValueError, "y has masked values"),
    ],
)
def test_unreadable_data_is_named(y, series_id, error, message):
    with pytest.raises(error, match=message):
        small().fit(None, y, series_id=series_id)
