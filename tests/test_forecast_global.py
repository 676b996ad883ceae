"""One network for many series: a list of series, or rows with ids."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import Flat
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from sklstm import LSTMRegressor, SequenceForecaster

LENGTHS, IDS = [30, 47, 39], ["a", "b", "c"]
DAYS = pd.date_range("2024-01-01", periods=60)
AHEAD = 5
STATIC = pd.DataFrame({"size": [1.0, 5.0, 2.0], "harbour": [0.0, 1.0, 1.0]}, index=IDS)


class Linear(RegressorMixin, BaseEstimator):
    """Ordinary least squares on all that a window holds; keeps what it is given."""

    def fit(self, X, y):
        self.X_, self.y_ = np.array(X), np.array(y)
        self.weights_ = np.linalg.lstsq(self._table(X), y, rcond=None)[0]
        return self

    def predict(self, X):
        return self._table(X) @ self.weights_

    def _table(self, X):
        return np.column_stack([np.ones(len(X)), X.reshape(len(X), -1)])


def make(seed=0):
    """Series that end on the same day, and exogenous rows that reach AHEAD days further."""
    rng = np.random.default_rng(seed)
    y = [rng.normal(10 * i, i + 1, n).cumsum() for i, n in enumerate(LENGTHS)]
    return y, [rng.normal(size=(n + AHEAD, 2)) for n in LENGTHS]


def rows_of(y, X, ahead=False):
    """The same as a table, by series; of the days of y, or of those ahead."""
    tables = []
    for label, series, exog in zip(IDS, y, X, strict=True):
        n = len(series)
        days = DAYS[50 - n : 50 + AHEAD]
        table = pd.DataFrame(exog, columns=["x0", "x1"]).assign(shop=label, day=days)
        table["y"] = np.append(series, np.full(AHEAD, np.nan))
        tables.append(table[n:] if ahead else table[:n])
    return pd.concat(tables, ignore_index=True)


def exog_of(table):
    return table.set_index("day")[["x0", "x1"]]


def model(regressor=None, **params):
    defaults = {"window": 4, "calibration_fraction": None, "strategy": "recursive"}
    plain = {"level": None, "transformer": None}
    return SequenceForecaster(regressor or Linear(), **(defaults | plain | params))


def fit_list(forecaster, y, X, static=None):
    return forecaster.fit([x[: len(s)] for x, s in zip(X, y, strict=True)], y, static=static)


def fit_long(forecaster, table, static=None):
    return forecaster.fit(exog_of(table), table.y, series_id=table.shop, static=static)


def ahead(y, X):
    return [x[len(s) :] for x, s in zip(X, y, strict=True)]


# The two forms


@pytest.mark.parametrize("order", [["day"], ["day", "x0"]], ids=str)
@pytest.mark.parametrize("static", [None, STATIC])
@pytest.mark.parametrize("params", [{}, {"strategy": "direct", "horizon": 3, "differences": 1}])
def test_rows_with_ids_are_the_list_in_whatever_order_the_series_mix(order, static, params):
    y, X = make()
    lstm = LSTMRegressor(3, max_iter=2, batch_size=10, random_state=0)
    listed = fit_list(model(lstm, **params), y, X, static)
    expected = listed.forecast(AHEAD, ahead(y, X))

    table = rows_of(y, X).sort_values(order, kind="stable")
    long = fit_long(model(lstm, **params), table, static)
    rows = rows_of(y, X, ahead=True).sort_values("day", kind="stable")
    forecasts = long.forecast(AHEAD, exog_of(rows), series_id=rows.shop)
    assert list(forecasts.index.levels[0]) == IDS
    for label, series in zip(IDS, expected, strict=True):
        assert_array_equal(forecasts[label], series)
    in_rows = long.predict(exog_of(rows), series_id=rows.shop)
    for label, series in zip(IDS, expected, strict=True):
        assert_array_equal(in_rows[rows.shop == label], series)
    # The score is that of all rows, whichever way they come.
    truth = [10.0 * i + np.arange(AHEAD) for i in range(3)]
    rows["y"] = 10 * rows.shop.map(IDS.index) + (rows.day - DAYS[50]).dt.days
    score = long.score(exog_of(rows), rows.y, series_id=rows.shop)
    assert np.isclose(score, listed.score(ahead(y, X), truth))


def test_windows_never_mix_two_series():
    y = [np.arange(10.0), np.arange(100.0, 120.0)]
    spy = model(scale=False).fit(None, y).regressor_
    assert_array_equal(spy.X_, np.concatenate([_windows_of(series) for series in y]))
    assert_array_equal(spy.y_, np.concatenate([series[4:] for series in y]))


def _windows_of(series):
    return [series[i : i + 4] for i in range(len(series) - 4)]


def test_intervals_come_in_the_form_of_the_series_and_on_their_scale():
    y, X = make()
    fitted = fit_list(model(calibration_fraction=0.4), y, X)
    lower, upper = fitted.predict_interval(2, [x[:2] for x in ahead(y, X)], coverage=0.5)
    widths = np.array([u - low for u, low in zip(upper, lower, strict=True)])
    deviations = fitted.smoothing_["unit"]
    assert_allclose(widths / widths[0], np.tile(deviations / deviations[0], 2), rtol=1e-9)


# Each series by itself


def test_another_series_scale_changes_no_forecast():
    y, X = make()
    expected = fit_list(model(), y, X).forecast(AHEAD, ahead(y, X))
    scaled = [y[0], 1e6 * y[1] - 3e7, y[2]]
    forecasts = fit_list(model(), scaled, X).forecast(AHEAD, ahead(y, X))
    assert_allclose(forecasts[0], expected[0], rtol=1e-6)
    assert_allclose(forecasts[1], 1e6 * expected[1] - 3e7, rtol=1e-6)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("n_columns", [None, 2])
@pytest.mark.parametrize("params", [{}, {"season_length": 7}, {"trend": "theta"}], ids=str)
def test_smoothing_of_a_series_does_not_depend_on_how_long_others_are(params, n_columns, missing):
    """Those of similar lengths are smoothed together."""
    rng = np.random.default_rng(0)
    shape = () if n_columns is None else (n_columns,)
    y = [50 + rng.normal(size=(n, *shape)).cumsum(axis=0) for n in (40, 90, 300, 21, 41, 600)]
    if missing:
        for series in y:
            series[[0, 7, 15]] = np.nan

    def forecasts(series):
        params_of_all = {"window": 4, "calibration_fraction": None, "missing": "mask"}
        forecaster = SequenceForecaster(
            "smoothing", **{"season_length": 1} | params_of_all | params
        )
        return forecaster.fit(None, series).forecast(AHEAD)

    for together, alone in zip(forecasts(y), map(forecasts, y), strict=True):
        assert_allclose(together, alone, rtol=1e-9)


@pytest.mark.parametrize(("scale", "same"), [("series", True), ("common", False)])
def test_the_unit_of_a_series_is_its_own_or_shared(scale, same):
    y, _ = make()
    windows = []
    for noise in (1, 20):
        other = y[1].mean() + noise * (y[1] - y[1].mean())
        fitted = model(level="smoothed", scale=scale).fit(None, [y[0], other])
        windows.append(fitted.regressor_.X_[:20])  # of the first series
    assert (windows[0] == windows[1]).all() == same


def test_what_is_known_of_a_series_future_reaches_no_other():
    y, X = make()
    fitted = fit_list(model(LSTMRegressor(3, max_iter=2, random_state=0)), y, X)
    expected = fitted.forecast(AHEAD, ahead(y, X))
    poisoned = ahead(y, X)
    poisoned[1] = poisoned[1] + 100
    forecasts = fitted.forecast(AHEAD, poisoned)
    assert_array_equal(forecasts[0], expected[0])
    assert_array_equal(forecasts[2], expected[2])
    assert np.all(forecasts[1] != expected[1])


def test_static_features_are_repeated_at_every_step():
    y, X = make()
    spy = fit_list(model(scale=False), y, X, STATIC).regressor_
    n_windows = [n - 4 for n in LENGTHS]
    expected = np.repeat(STATIC.to_numpy(), n_windows, axis=0)
    for step in range(4):
        assert_array_equal(spy.X_[:, step, 3:], expected)


def test_a_series_static_features_change_its_own_forecasts_only():
    y, X = make()
    fitted = fit_list(model(LSTMRegressor(3, max_iter=2, random_state=0)), y, X, STATIC)
    expected = fitted.forecast(AHEAD, ahead(y, X))
    # Of a fitted forecaster: in fit they would change the network, and so all forecasts.
    fitted._origin["static"] = fitted._origin["static"] + np.array([[0], [1], [0]])
    fitted._origin["covariates"][1][:, 2:] += 1
    forecasts = fitted.forecast(AHEAD, ahead(y, X))
    assert_array_equal(forecasts[0], expected[0])
    assert_array_equal(forecasts[2], expected[2])
    assert np.all(forecasts[1] != expected[1])


def test_a_table_of_static_features_is_read_by_its_index():
    table = rows_of(*make())
    expected = fit_long(model(), table, STATIC)._origin["static"]
    extra = pd.concat([STATIC, STATIC.rename(index=str.upper)])  # of series that are not there
    assert_array_equal(fit_long(model(), table, extra.iloc[::-1])._origin["static"], expected)
    assert_array_equal(expected, STATIC.to_numpy())
    # An array has no index: its rows are in the sorted order of the ids.
    by_day = table.sort_values("day", kind="stable")
    assert list(by_day.shop.unique()) != IDS
    assert_array_equal(fit_long(model(), by_day, STATIC.to_numpy())._origin["static"], expected)


# After fit


def test_update_of_some_series_is_as_if_all_was_observed():
    y, X = make()
    table = rows_of(y, X)
    late = (table.day >= DAYS[47]) & (table.shop != "c")
    fitted = fit_long(model(scale=False), table)
    expected = fitted.regressor_
    updated = fit_long(model(scale=False), table[~late])
    updated.update(table.y[late], exog_of(table[late]), series_id=table.shop[late])
    updated.regressor_ = expected  # the same network; what differs is what it begins from
    rows = rows_of(y, X, ahead=True)
    before = fitted.forecast(AHEAD, exog_of(rows), series_id=rows.shop)
    after = updated.forecast(AHEAD, exog_of(rows), series_id=rows.shop)
    for label in IDS:
        assert_array_equal(after[label], before[label])


@pytest.mark.parametrize("static", [None, STATIC])
@pytest.mark.parametrize("differences", [0, 1])
def test_a_new_series_is_forecast_as_if_it_had_been_in_fit(static, differences):
    y, X = make()
    table, rows = rows_of(y, X), rows_of(y, X, ahead=True)
    new = table.shop == "a"
    fitted = fit_long(model(differences=differences), table, static)
    begun = fit_long(model(differences=differences), table[~new], static)
    begun.update(table.y[new], exog_of(table[new]), series_id=table.shop[new], static=static)
    begun.regressor_ = fitted.regressor_
    begun._covariate_scaling = fitted._covariate_scaling
    expected = fitted.forecast(AHEAD, exog_of(rows), series_id=rows.shop)
    forecasts = begun.forecast(AHEAD, exog_of(rows), series_id=rows.shop)
    for label in IDS:
        assert_array_equal(forecasts[label], expected[label])
    only = rows[rows.shop == "a"]
    forecast = begun.forecast(AHEAD, exog_of(only), series_id=only.shop)
    assert set(forecast.index.get_level_values("shop")) == {"a"}


def test_each_series_has_its_own_gap():
    y, X = make()
    table, rows = rows_of(y, X), rows_of(y, X, ahead=True)
    times = pd.DataFrame(index=table.day)
    fitted = model().fit(times, table.y, series_id=table.shop)
    expected = fitted.forecast(AHEAD)
    rows = rows[(rows.shop != "c") | (rows.day >= DAYS[52])]
    forecasts = fitted.predict(pd.DataFrame(index=rows.day), series_id=rows.shop)
    for label, first in zip(IDS, [0, 0, 2], strict=True):
        assert_array_equal(forecasts[rows.shop == label], expected[label][first:])


def test_without_exogenous_variables_all_series_known_are_forecast():
    table = rows_of(*make())
    fitted = model().fit(None, table.y, series_id=table.shop)
    fitted.update(np.arange(6.0), series_id=["new"] * 6)
    assert list(fitted.forecast(2).index.levels[0]) == [*IDS, "new"]


def test_clone_and_pickle():
    y, X = make()
    table, rows = rows_of(y, X), rows_of(y, X, ahead=True)
    fitted = fit_long(model(LSTMRegressor(3, max_iter=2, random_state=0)), table, STATIC)
    expected = fitted.predict(exog_of(rows), series_id=rows.shop)
    again = pickle.loads(pickle.dumps(fitted)).predict(exog_of(rows), series_id=rows.shop)
    assert_array_equal(again, expected)
    refitted = fit_long(clone(fitted), table, STATIC)
    assert_array_equal(refitted.predict(exog_of(rows), series_id=rows.shop), expected)


# Searches


@pytest.mark.parametrize("columns, gap", [(["x0", "x1"], 0), ([], 3)])
def test_grid_search_over_rows_sorted_by_time(columns, gap):
    y, X = make()
    table = rows_of([s[-30:] for s in y], [x[-30 - AHEAD :] for x in X])
    table = table.sort_values("day", kind="stable")
    exog, ids = table.set_index("day")[columns], table.shop
    # Of three rows a day: the folds are whole days, and the gap is one.
    folds = list(TimeSeriesSplit(n_splits=2, test_size=15, gap=gap).split(table))
    with sklearn.config_context(enable_metadata_routing=True):
        forecaster = model().set_fit_request(series_id=True, static=True)
        forecaster.set_score_request(series_id=True)
        search = GridSearchCV(forecaster, {"window": [3, 5]}, cv=folds, error_score="raise")
        search.fit(exog, table.y, series_id=ids, static=STATIC)
    for window, column in ((3, 0), (5, 1)):
        for i, (train, test) in enumerate(folds):
            data = exog.iloc[train], table.y.iloc[train]
            fitted = model(window=window).fit(*data, series_id=ids.iloc[train], static=STATIC)
            score = fitted.score(exog.iloc[test], table.y.iloc[test], series_id=ids.iloc[test])
            assert np.isclose(search.cv_results_[f"split{i}_test_score"][column], score)
    best = search.best_estimator_
    assert best._origin["ids"] == IDS


# Bad input


def _bad_fits():
    y, X = make()
    past = [x[: len(s)] for x, s in zip(X, y, strict=True)]
    table = rows_of(y, X)
    ids = {"series_id": table.shop}
    with_nan = [y[0], y[1].copy(), y[2]]
    with_nan[1][7] = np.nan
    long_nan = table.y.copy()
    long_nan[33] = np.nan
    backwards = table[::-1]
    return {
        "NaN in a series of a list": (past, with_nan, {}, r"y\[1\] contains NaN at row 7"),
        "NaN in rows": (exog_of(table), long_nan, ids, r"y contains NaN at row 33 .*, series 'b'"),
        "X too short a list": (past[:2], y, {}, "X must be a list of 3 arrays"),
        "X an array": (np.zeros((116, 2)), y, {}, "X must be a list of 3 arrays"),
        "rows of one X missing": ([past[0], past[1][:-1], past[2]], y, {}, r"X\[1\] has 46 row"),
        "a series too short": (past[:1] * 2, [y[0], y[0][:3]], {}, "series 1 has 3 time|X.1. has"),
        "other columns": ([past[0], past[1][:, :1], past[2]], y, {}, "features"),
        "ids too few": (exog_of(table), table.y, {"series_id": IDS}, r"series_id has shape \(3,\)"),
        "unsorted": (exog_of(backwards), backwards.y, {"series_id": backwards.shop}, "not sorted"),
        "no ids": (exog_of(table), table.y, {}, "pass series_id"),
        "static of one": (None, y[0], {"static": [[1.0]]}, "y is one series"),
        "static too few": (past, y, {"static": [[1.0]]}, r"static has 1 row\(s\).*3 series"),
        "static NaN": (past, y, {"static": [[1.0], [np.nan], [0.0]]}, "static contains NaN"),
        "static of others": (
            exog_of(table),
            table.y,
            ids | {"static": STATIC[:2]},
            r"no row for the series \['c'\]",
        ),
        "mixed widths": (None, [y[0], y[1][:, np.newaxis]], {}, "same form and width"),
        "ids of a list": (None, y, {"series_id": IDS}, "with a list of series"),
    }


@pytest.mark.parametrize("case", _bad_fits())
def test_bad_series_are_refused_and_nothing_is_fitted(case):
    X, y, others, message = _bad_fits()[case]
    forecaster = model()
    with pytest.raises(ValueError, match=message):
        forecaster.fit(X, y, **others)
    assert not hasattr(forecaster, "regressor_")


def test_bad_rows_after_fit():
    y, X = make()
    table, rows = rows_of(y, X), rows_of(y, X, ahead=True)
    fitted = fit_long(model(), table, STATIC)
    exog = exog_of(rows)
    with pytest.raises(ValueError, match="'z' was not in fit; update"):
        fitted.predict(exog[:AHEAD], series_id=["z"] * AHEAD)
    with pytest.raises(ValueError, match="rows with a series_id; pass the same form"):
        fitted.predict(exog)
    with pytest.raises(ValueError, match=r"4 row\(s\) of series 'c', but steps=5"):
        fitted.forecast(AHEAD, exog[:-1], series_id=rows.shop[:-1])
    new, some = {"series_id": ["z"] * 6}, pd.DataFrame(np.zeros((6, 2)), columns=["x0", "x1"])
    with pytest.raises(ValueError, match="'z' is new, and its 2 static"):
        fitted.update(np.arange(6.0), some, **new)
    with pytest.raises(ValueError, match=r"1 feature\(s\); expected 2"):
        fitted.update(np.arange(6.0), some, **new, static=[[1.0]])
    with pytest.raises(ValueError, match="no row for the series"):
        fitted.update(np.arange(6.0), some, **new, static=STATIC)
    with pytest.raises(ValueError, match=r"'z' is new and has 3 time point\(s\).* at least 4"):
        fitted.update(np.arange(3.0), some[:3], series_id=["z"] * 3, static=[[1.0, 0.0]])
    with pytest.raises(ValueError, match="it is not after it"):
        fitted.update(table.y, exog_of(table), series_id=table.shop)
    assert fitted._origin["ids"] == IDS  # nothing half-updated
    listed = fit_list(model(), y, X)
    with pytest.raises(ValueError, match="list has 2 series.*fitted with 3"):
        listed.forecast(AHEAD, ahead(y, X)[:2])


def test_lists_of_different_lengths_are_several_series():
    series = [list(np.sin(np.arange(50.0))), list(np.cos(np.arange(40.0)))]
    model = SequenceForecaster(Ridge(), window=4)
    from_lists = model.fit(None, series).forecast(3)
    from_arrays = model.fit(None, list(map(np.array, series))).forecast(3)
    assert_array_equal(from_lists, from_arrays)


class Column:
    """As a Series of polars: a shape, but no ndim."""

    def __init__(self, values):
        self.values = values
        self.shape = values.shape

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype=dtype)


def test_any_arrays_in_a_list_are_several_series():
    series = [np.sin(np.arange(50.0)), np.cos(np.arange(50.0))]
    model = SequenceForecaster(Ridge(), window=4)
    forecasts = model.fit(None, list(map(Column, series))).forecast(3)
    assert_array_equal(forecasts, model.fit(None, series).forecast(3))


@pytest.mark.parametrize("level", ["smoothed", "last"])
@pytest.mark.parametrize("n", [3, 4, 6])
def test_a_block_that_begins_before_the_first_row_of_a_short_series(n, level):
    """With fewer rows of X than the horizon; its level is then that of the first row."""
    rng = np.random.default_rng(0)
    y = [50 + rng.normal(size=rows).cumsum() for rows in (34, n)]
    X = [rng.normal(size=(len(rows), 2)) for rows in y]
    params = {"level": level, "season_length": None, "transformer": None, "window": 6}
    model = SequenceForecaster(Flat(), strategy="direct", horizon=6, **params)
    model.set_params(calibration_fraction=None).fit(X, y)
    for steps in (1, 2):
        forecast = model.forecast(X=[rng.normal(size=(steps, 2))] * 2)[1]
        assert np.abs(forecast - y[1][-1]).max() < 20
