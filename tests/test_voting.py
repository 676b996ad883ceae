"""VotingForecaster: the mean or median of several forecasters."""

import pickle

import numpy as np
import pandas as pd
import pytest
from airline_forecasters import NOT_A_TABLE
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import Saying
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.utils.estimator_checks import check_estimator

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster
from sklstm._forecasting.vote_intervals import within_limits
from sklstm.datasets import load_airline

AIRLINE = load_airline().passengers.astype(float)
MONTHS = pd.period_range("1949-01", periods=144, freq="M")
MONTH = np.eye(12)[np.arange(144) % 12]
SERIES = [AIRLINE[:100], 0.5 * AIRLINE[20:100], AIRLINE[50:120] - 90]


class FlatRidge(Ridge):
    """Ridge regression of windows with channels."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X.reshape(len(X), -1), y, sample_weight)

    def predict(self, X):
        return super().predict(X.reshape(len(X), -1))


def members():
    common = {"calibration_fraction": None, "season_length": 12, "window": 12}
    return [
        ("smoothed", SequenceForecaster(FlatRidge(), **common)),
        ("last", SequenceForecaster(FlatRidge(), level="last", **common)),
        ("direct", SequenceForecaster(FlatRidge(), strategy="direct", horizon=5, **common)),
    ]


def vote(**params):
    return VotingForecaster(**({"estimators": members(), "calibration_fraction": None} | params))


@pytest.mark.parametrize("average", ["mean", "median"])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_the_average_of_members_fitted_alone(average, n_jobs):
    model = vote(average=average, n_jobs=n_jobs).fit(MONTH[:130], AIRLINE[:130])
    alone = [member.fit(MONTH[:130], AIRLINE[:130]) for _, member in members()]
    of = {"mean": np.mean, "median": np.median}[average]
    expected = of([member.forecast(8, MONTH[130:138]) for member in alone], axis=0)
    assert_array_equal(model.forecast(8, MONTH[130:138]), expected)
    assert_array_equal(model.predict(MONTH[130:138]), expected)
    assert list(model.named_estimators_) == ["smoothed", "last", "direct"]
    for member in [model, *alone]:
        member.update(AIRLINE[130:135], MONTH[130:135])
    expected = of([member.forecast(3, MONTH[135:138]) for member in alone], axis=0)
    assert_array_equal(model.forecast(3, MONTH[135:138]), expected)


def test_several_series_in_every_form():
    ids = np.repeat(["a", "b", "c"], [len(rows) for rows in SERIES])
    listed = vote().fit(None, SERIES)
    long = vote().fit(None, np.concatenate(SERIES), series_id=ids)
    for label, rows in zip("abc", listed.forecast(4), strict=True):
        assert_array_equal(long.forecast(4)[label], rows)
    together = vote().fit(None, np.column_stack([AIRLINE, AIRLINE[::-1]]))
    assert together.forecast(4).shape == (4, 2)


@pytest.mark.parametrize("form", ["one", "index", "list", "long", "together", "exog"])
def test_intervals_have_the_form_of_forecasts_and_cover(form):
    X, ahead, data = None, None, {}
    y = {"list": SERIES, "together": np.column_stack([AIRLINE, AIRLINE + 50])}.get(form, AIRLINE)
    if form == "index":
        y = pd.Series(AIRLINE, MONTHS)
    if form == "long":
        y = np.concatenate(SERIES)
        data = {"series_id": np.repeat([7, 5, 9], [len(rows) for rows in SERIES])}
    if form == "exog":
        X, ahead = MONTH, MONTH[:4]
    model = vote(calibration_fraction=0.3).fit(X, y, **data)
    forecast = model.forecast(4, ahead)
    lower, upper = model.predict_interval(4, ahead, coverage=0.5)
    narrow = model.predict_interval(4, ahead, coverage=0.2)[0]
    assert type(lower) is type(upper)
    assert form == "index" or type(lower) is type(forecast)
    unpacked = [
        list(part.values())
        if isinstance(part, dict)
        else part
        if isinstance(part, list)
        else [part]
        for part in (lower, narrow, forecast, upper)
    ]
    for low, closer, middle, high in zip(*unpacked, strict=True):
        assert low.shape == middle.shape
        assert_allclose(middle - low, high - middle)
        assert (low <= closer).all()
        assert (closer <= middle).all()
        assert (low < high).all()


def test_calibration_errors_are_those_of_forecasts_from_each_origin():
    model = vote(calibration_fraction=0.1).fit(None, AIRLINE)
    unit = np.abs(np.diff(AIRLINE)).mean()
    head = vote().fit(None, AIRLINE[:130])
    assert model.calibration_errors_.shape == (14, 14, 1)
    for origin in range(14):
        if origin:
            head.update(AIRLINE[129 + origin : 130 + origin])
        errors = (AIRLINE[130 + origin :] - head.forecast(14)[: 14 - origin]) / unit
        assert_allclose(model.calibration_errors_[: 14 - origin, origin, 0], errors, rtol=1e-9)
        assert np.isnan(model.calibration_errors_[14 - origin :, origin]).all()


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("low", [0.0, -3.0])
def test_a_series_that_is_no_longer_positive_in_the_calibration_rows(low, nested):
    """Its logarithms would be chosen on the rows before."""
    y = AIRLINE[:80].copy()
    y[75] = low
    default = SequenceForecaster("smoothing", season_length=12)
    assert default.fit(None, y[:64]).log_.all()
    member = VotingForecaster([("inner", default)]) if nested else default
    for series in (y, [AIRLINE, y], [y, AIRLINE]):
        model = VotingForecaster([("a", member)]).fit(None, series)
        assert model.calibration_errors_ is not None
        assert model.get_params()["a"].get_params() == member.get_params()
        lower, upper = model.predict_interval(3, coverage=0.5)
        assert np.less(lower, upper).all()


CALLS = []


class Watching(Saying):
    """A member that remembers what its methods are given."""

    def fit(self, X, y, series_id=None):
        CALLS.append((X, y, series_id))
        self.ids_ = list(dict.fromkeys(series_id))
        return self

    def forecast(self, steps, X=None, series_id=None):
        return dict.fromkeys(self.ids_, np.zeros(steps))

    def update(self, y, X=None, series_id=None):
        CALLS.append((X, y, series_id))


def test_members_are_given_names_times_and_ids_in_the_calibration():
    table = pd.DataFrame(
        {"rain": np.arange(90.0), "wind": 5.0, "y": np.arange(90.0) ** 2},
        pd.MultiIndex.from_product([list("abc"), pd.date_range("2020", periods=30)]),
    )
    ids, dates = (table.index.get_level_values(level) for level in (0, 1))
    X, y = (table[names].set_axis(dates, axis=0) for names in (["rain", "wind"], "y"))
    CALLS.clear()
    VotingForecaster([("watching", Watching())], calibration_fraction=0.3).fit(X, y, series_id=ids)
    assert len(CALLS) > 5
    for exog, values, series_id in CALLS:
        names = ["abc"[i] if i in (0, 1, 2) else i for i in series_id]
        rows = table.loc[list(zip(names, values.index, strict=True))]
        assert_array_equal(values, rows["y"])
        assert exog.index.equals(values.index)
        pd.testing.assert_frame_equal(exog, rows[["rain", "wind"]].set_axis(exog.index, axis=0))


def test_intervals_need_calibration_and_known_series():
    with pytest.raises(ValueError, match="No errors were calibrated"):
        vote().fit(None, AIRLINE).predict_interval(3)
    ids = np.repeat(["a", "b"], [100, 80])
    model = vote(calibration_fraction=0.3).fit(
        None, np.concatenate([SERIES[0], SERIES[1]]), series_id=ids
    )
    model.update(SERIES[2], series_id=["new"] * 70)
    assert list(model.forecast(2)) == ["a", "b", "new"]
    with pytest.raises(ValueError, match="series 'new' was not in fit"):
        model.predict_interval(2, coverage=0.5)


def test_parameters_of_members_are_searched_by_name():
    model = vote()
    assert model.get_params()["last__level"] == "last"
    model.set_params(last__window=6, direct=SequenceForecaster(FlatRidge(), window=7))
    assert dict(model.estimators)["last"].window == 6
    assert dict(model.estimators)["direct"].window == 7
    search = GridSearchCV(
        vote(), {"smoothed__window": [6, 12]}, cv=TimeSeriesSplit(2, test_size=6)
    ).fit(np.empty((144, 0)), AIRLINE)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert clone(model).get_params()["last__window"] == 6


def test_score_is_that_of_the_combined_forecast():
    model = vote().fit(None, pd.Series(AIRLINE[:120], MONTHS[:120]))
    truth = pd.Series(AIRLINE[120:], MONTHS[120:])
    residual = truth - model.forecast(24)
    expected = 1 - (residual**2).sum() / ((truth - truth.mean()) ** 2).sum()
    assert_allclose(model.score(None, truth), expected)
    listed = vote().fit(None, SERIES)
    assert listed.score(None, [rows[-5:] for rows in SERIES]) < 1


def test_the_default_members_have_seeds_of_one():
    def fit(seed):
        lstm = LSTMRegressor(2, max_iter=2)
        pair = [(n, SequenceForecaster(lstm, window=4, season_length=None)) for n in ("a", "b")]
        return VotingForecaster(pair, calibration_fraction=None, random_state=seed).fit(
            None, AIRLINE[:60]
        )

    first, again, other = fit(0), fit(0), fit(1)
    assert_array_equal(first.forecast(3), again.forecast(3))
    assert (first.forecast(3) != other.forecast(3)).any()
    one, two = (member.forecast(3) for member in first.estimators_)
    assert (one != two).any()


def test_default_members_forecast():
    model = VotingForecaster(random_state=0, calibration_fraction=None).fit(None, AIRLINE[:40])
    assert list(model.named_estimators_) == ["drift", "damped", "last", "window", "theta"]
    assert np.isfinite(model.forecast(12)).all()


def test_poison_in_the_future_changes_nothing():
    poisoned = AIRLINE.copy()
    poisoned[120:] = 1e9
    clean, other = (vote(calibration_fraction=0.2).fit(None, y[:120]) for y in (AIRLINE, poisoned))
    assert_array_equal(clean.forecast(5), other.forecast(5))
    assert_array_equal(clean.calibration_errors_, other.calibration_errors_)
    again = pickle.loads(pickle.dumps(clean))
    assert_array_equal(again.forecast(5), clean.forecast(5))


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"estimators": []}, ValueError, "expected a list of .name, forecaster."),
        ({"estimators": [("a", Ridge())]}, TypeError, "Member 'a' is Ridge.*has no update"),
        ({"estimators": members() + members()[:1]}, ValueError, "must be different"),
        ({"estimators": [("a__b", SequenceForecaster())]}, ValueError, "contain no '__'"),
        ({"average": "mode"}, ValueError, "'mode' is not a valid average"),
        ({"calibration_fraction": 2}, ValueError, "calibration_fraction must be in"),
        (
            {"estimators": [*members(), ("short", SequenceForecaster(window="x"))]},
            ValueError,
            "Member 'short' could not be fitted: window='x' is not valid",
        ),
    ],
)
def test_bad_parameters_leave_the_forecaster_as_it_was(params, error, message):
    model = vote().fit(None, AIRLINE)
    expected = model.forecast(2)
    with pytest.raises(error, match=message):
        model.set_params(**params).fit(None, AIRLINE)
    model.average = "mean"
    assert_array_equal(model.forecast(2), expected)


def test_a_bad_update_changes_no_member():
    model = vote().fit(None, pd.Series(AIRLINE[:120], MONTHS[:120]))
    expected = model.forecast(3)
    model.estimators_[-1].update(pd.Series(AIRLINE[120:121], MONTHS[120:121]))
    before = [member.forecast(1).item() for member in model.estimators_]
    with pytest.raises(ValueError, match="it is not after it"):
        model.update(pd.Series(AIRLINE[120:121], MONTHS[120:121]))
    assert [m.forecast(1).item() for m in model.estimators_] == before
    assert expected.shape == (3,)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:X has the times of the training rows:UserWarning")
def test_common_checks():
    pair = [
        ("smoothed", SequenceForecaster(FlatRidge(), season_length=None)),
        ("last", SequenceForecaster(FlatRidge(), season_length=None, level="last")),
    ]
    model = VotingForecaster(pair, calibration_fraction=None)
    results = check_estimator(model, on_fail=None, expected_failed_checks=NOT_A_TABLE)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed


class Limited:
    """A member that knows the limits of its forecasts, by columns."""

    def __init__(self, low, high):
        self.limits = {"a": (np.array(low), np.array(high))}

    def _limits(self):
        return self.limits


def test_bounds_are_within_the_widest_limits_of_the_members_in_each_column():
    members = [Limited([0.0, 5.0], [1.0, 9.0]), Limited([-1.0, 7.0], [0.5, 20.0])]
    rows = np.array([[-50.0, -50.0], [50.0, 50.0], [0.7, 6.0]])
    (found,) = within_limits([{"a": rows}], members)
    assert_array_equal(found["a"], [[-1, 5], [1, 20], [0.7, 6]])
    assert within_limits([{"a": rows}], [*members, object()]) == [{"a": rows}]
