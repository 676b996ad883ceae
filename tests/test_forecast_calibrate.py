"""calibrate: intervals from the forecast errors of rows after those of fit."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import Flat, Naive, Predicting
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster, losses

N, M = 90, 130
RNG = np.random.default_rng(0)
Y = 50 + np.cumsum(RNG.normal(size=M)) + 5 * np.sin(np.arange(M) * np.pi / 6)
X = RNG.normal(size=(M, 2))
DATES = pd.date_range("2015-01-01", periods=M, freq="MS")


def one(**params):
    defaults = {"window": 6, "calibration_fraction": None}
    return SequenceForecaster(Flat(), **(defaults | params))


def vote(**params):
    members = [("a", one()), ("b", one(level=None, window=4, transformer=None))]
    return VotingForecaster(members, **({"calibration_fraction": None} | params))


def data(form, start, stop, *, exog=False, container=np.asarray):
    """Rows of y, X and series_id in one of the forms."""
    y, x = Y[start:stop], X[start:stop] if exog else None
    if container is pd.Series:
        y = pd.Series(y, DATES[start:stop])
        x = pd.DataFrame(x, y.index, ["u", "v"]) if exog else None
    if form == "one":
        return {"y": y, "X": x}
    if form == "columns":
        both = np.column_stack([Y[start:stop], 200 - Y[start:stop]])
        if container is pd.Series:
            both = pd.DataFrame(both, y.index, ["north", "south"])
        return {"y": both, "X": x}
    if form == "list":
        return {"y": [y, 300 - 2 * y], "X": None if x is None else [x, x]}
    ids = np.repeat(["a", "b"], stop - start)
    join = np.concatenate if container is np.asarray else pd.concat
    return {
        "y": join([y, 300 - 2 * y]),
        "X": None if x is None else join([x, x]),
        "series_id": ids,
    }


def in_order(result):
    if isinstance(result, dict):
        return list(result.values())
    return result if isinstance(result, list) else [result]


both = pytest.mark.parametrize("make", [one, vote])
forms = pytest.mark.parametrize("form", ["one", "columns", "list", "ids"])


@both
@forms
@pytest.mark.parametrize("exog", [False, True])
@pytest.mark.parametrize("container", [np.asarray, pd.Series])
def test_errors_are_those_of_forecasts_made_row_by_row(make, form, exog, container):
    def rows(start, stop):
        return data(form, start, stop, exog=exog, container=container)

    model = make().fit(**rows(0, N))
    head = pickle.loads(pickle.dumps(model))
    assert model.calibrate(**rows(N, N + 12)) is model
    found = model.calibration_errors_
    n_series = 1 if form in ("one", "columns") else 2
    assert found.shape == (12, 12 * n_series, 1 + (form == "columns"))
    expected = np.full((12, 12, n_series, found.shape[2]), np.nan)
    for t in range(12):
        ahead = rows(N + t, N + 12)
        forecasts = in_order(head.forecast(12 - t, **future_of(ahead, exog)))
        values = rows(N + t, N + 12)["y"]
        if form == "ids":
            values = np.split(np.asarray(values), 2)
            forecasts = np.split(np.ravel(forecasts), 2)
        values = values if form in ("list", "ids") else [values]
        for i, (value, forecast) in enumerate(zip(values, forecasts, strict=True)):
            error = np.asarray(value) - np.asarray(forecast)
            expected[: 12 - t, t, i] = error.reshape(12 - t, -1)
        head.update(**rows(N + t, N + t + 1))
    unit = model.smoothing_["unit"] if make is one else np.array(list(model._unit.values()))
    order = (0, 2, 1, 3) if make is one else (0, 1, 2, 3)  # series by series, or row by row
    expected = (expected / unit).transpose(order).reshape(found.shape)
    assert_allclose(found, expected, rtol=1e-6, atol=1e-8)
    ahead = future_of(rows(N + 12, N + 15), exog)
    for first, second in zip(
        in_order(model.forecast(3, **ahead)), in_order(head.forecast(3, **ahead)), strict=True
    ):
        assert_allclose(first, second, rtol=1e-9)


def future_of(rows, exog):
    """The arguments of a forecast at these rows."""
    return {key: rows[key] for key in ("X", "series_id") if exog and key in rows}


@both
def test_the_best_of_a_search_has_intervals_without_a_third_training(make):
    counts = []

    class Counting(Flat):
        def fit(self, X, y):
            counts.append(len(X))
            return super().fit(X, y)

    model = SequenceForecaster(Counting(), window=6, calibration_fraction=None)
    grid = {"window": [4, 6]}
    if make is vote:
        model, grid = (
            VotingForecaster([("a", model)], calibration_fraction=None),
            {"a__window": [6]},
        )
    search = GridSearchCV(model, grid, cv=TimeSeriesSplit(2, test_size=12))
    search.fit(np.empty((N, 0)), Y[:N])
    n_fits = len(counts)
    best = search.best_estimator_.calibrate(Y[N:])
    lower, upper = best.predict_interval(6, coverage=0.8)
    assert len(counts) == n_fits
    assert (lower < best.forecast(6)).all() and (best.forecast(6) < upper).all()
    assert best.forecast_quantiles(3).shape == (3, 3)
    assert best.sample_paths(3, n_paths=5).shape == (5, 3)


@both
def test_the_errors_of_fit_are_replaced(make):
    model = make(calibration_fraction=0.2).fit(None, Y[:N])
    other = make().fit(None, Y[:N])
    for each in (model, other):
        each.calibrate(Y[N:])
    assert_array_equal(model.calibration_errors_, other.calibration_errors_)
    assert_array_equal(
        model.predict_interval(3, coverage=0.8), other.predict_interval(3, coverage=0.8)
    )
    loaded = pickle.loads(pickle.dumps(model))
    assert_array_equal(loaded.predict_interval(3), model.predict_interval(3))


def test_rows_of_earlier_updates_are_used_too():
    at_once, in_parts = (one().fit(None, Y[:N]) for _ in range(2))
    at_once.calibrate(Y[N:])
    in_parts.update(Y[N : N + 37]).calibrate(Y[N + 37 :])
    assert_allclose(in_parts.calibration_errors_, at_once.calibration_errors_, rtol=1e-9)


def test_later_updates_add_their_errors():
    model = one().fit(None, Y[:N]).calibrate(Y[N : N + 20])
    before = model.predict_interval(1, coverage=0.8)
    jump = Y[N + 20 :] + 30 * (-1.0) ** np.arange(20)
    width = np.ptp(model.update(jump).predict_interval(1, coverage=0.8))
    assert width > 3 * np.ptp(before)


def test_predicted_quantiles_are_calibrated_too():
    regressor = LSTMRegressor(4, loss=losses.Quantile([0.1, 0.5, 0.9]), max_iter=2, random_state=0)
    model = one(strategy="direct", horizon=3).set_params(regressor=regressor)
    model.fit(None, Y[:N]).update(Y[N : N + 5])
    plain = np.array(model.predict_interval(3, coverage=0.8))
    assert_allclose(plain, model.forecast_quantiles(3, quantiles=[0.1, 0.9]).T, rtol=1e-6)
    model.calibrate(Y[N + 5 :])
    moved = np.array(model.predict_interval(3, coverage=0.8))
    plain = model.forecast_quantiles(3, quantiles=[0.1, 0.9]).T
    assert (moved != plain).all()
    assert_allclose(moved.sum(axis=0), plain.sum(axis=0), rtol=1e-5)


@both
@pytest.mark.parametrize("n_rows", [1, 3])
def test_too_few_rows(make, n_rows):
    model = make().fit(None, Y[:N])
    before = model.forecast(3)
    with pytest.raises(ValueError, match=rf"{n_rows} row.* at least 4, for a coverage of 0.8.*19"):
        model.calibrate(Y[N : N + n_rows])
    assert_array_equal(model.forecast(3), before)  # nothing was appended
    assert model.calibration_errors_ is None


@both
def test_too_few_rows_for_the_coverage_or_the_steps(make):
    model = make().fit(None, Y[:N]).calibrate(Y[N : N + 10])
    model.predict_interval(10, coverage=0.8)
    with pytest.raises(ValueError, match=r"coverage=0.95 .* calibrate\(y\) with at least 19 rows"):
        model.predict_interval(2, coverage=0.95)
    with pytest.raises(ValueError, match=r"steps=12 .* calibrate\(y\) with at least 12 rows"):
        model.predict_interval(12, coverage=0.8)


@both
def test_without_errors_the_message_names_calibrate(make):
    model = make().fit(None, Y[:N])
    with pytest.raises(ValueError, match=r"Call calibrate\(y\) with later rows"):
        model.predict_interval(2)


@both
def test_rows_that_do_not_follow(make):
    series = pd.Series(Y, DATES)
    model = make().fit(None, series[:N])
    before = model.forecast(3)
    for rows in (series[N + 1 :], series[N - 5 : N + 20]):
        with pytest.raises(ValueError, match="begins at"):
            model.calibrate(rows)
    assert_array_equal(model.forecast(3), before)


@both
@pytest.mark.parametrize("y", [None, np.append(Y[N:], np.nan), [], "abc"])
def test_y_that_is_not_valid(make, y):
    model = make().fit(None, Y[:N])
    with pytest.raises((ValueError, TypeError)):
        model.calibrate(y)


@both
def test_a_new_series(make):
    model = make().fit(**data("ids", 0, N))
    with pytest.raises(ValueError, match="series 'c' was not in fit|series_id 'c' was not in fit"):
        model.calibrate(Y[N:], series_id=["c"] * (M - N))


@both
def test_only_some_of_the_series(make):
    model = make().fit(**data("ids", 0, N)).calibrate(Y[N:], series_id=["b"] * (M - N))
    lower, upper = model.predict_interval(3, coverage=0.8)
    assert list(lower) == ["a", "b"]
    assert all((lower[key] < upper[key]).all() for key in lower)


def test_a_vote_of_a_list_needs_equally_many_rows():
    model = vote().fit(**data("list", 0, N))
    with pytest.raises(ValueError, match="series of 5 to 9 rows in a list"):
        model.calibrate([Y[N : N + 9], Y[N : N + 5]])


def test_a_member_that_fails_leaves_the_others_unchanged():
    failing = one().set_params(regressor=Predicting(lambda X: 1 / 0 if X[0, 0] > 60 else X[:, -1]))
    failing.set_params(level=None, transformer=None, scale=False)
    model = VotingForecaster([("a", one()), ("b", failing)], calibration_fraction=None)
    model.fit(None, Y[:N] - Y[:N].max())
    before = model.estimators_[0].forecast(3)
    with pytest.raises((ValueError, RuntimeError), match="Member 'b'"):
        model.calibrate(np.full(20, 1000.0))
    assert_array_equal(model.estimators_[0].forecast(3), before)


def test_members_that_know_only_y():
    model = VotingForecaster([("naive", Naive())], calibration_fraction=None).fit(None, Y[:N])
    model.calibrate(Y[N:])
    errors = model.calibration_errors_[0, :, 0] * model._unit[0]
    assert_allclose(errors, np.diff(Y[N - 1 :]))


def test_not_fitted():
    from sklearn.exceptions import NotFittedError

    for method in ("calibrate", "forecast_quantiles", "sample_paths"):
        with pytest.raises(NotFittedError):
            getattr(one(), method)(3)
