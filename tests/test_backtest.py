"""Backtests: equal to a loop by hand, without a look at what comes after a cutoff."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_array_equal
from quick_forecasters import Naive, Saying, check_message, one, vote
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline

from sklstm import SequenceForecaster, backtest
from sklstm.metrics import interval_coverage, mean_absolute_scaled_error

N, HORIZON, INITIAL, STEP = 44, 3, 30, 4
CUTOFFS = [30, 34, 38]  # the last one with three rows after it
rng = np.random.default_rng(0)
DATES = pd.date_range("2020-01-31", periods=N, freq="ME")
Y = 50 + np.cumsum(rng.normal(size=(N, 2)), axis=0)
X = rng.normal(size=(N, 2))
STATIC = [[0.0], [1.0]]
COVERAGES = [0.5, 0.8]
BOUNDS = ["lower_50", "upper_50", "lower_80", "upper_80"]
LONG_ROWS = np.argsort(np.tile(np.arange(N), 2), kind="stable")  # the rows of both alternate
LONG_IDS = np.repeat(["a", "b"], N)[LONG_ROWS]
ALTERNATING = pd.DataFrame(
    {"y": Y.T.ravel()[LONG_ROWS], "x": np.tile(X[:, 0], 2)[LONG_ROWS]}, np.repeat(DATES, 2)
)

QUICK = {"season_length": None, "transformer": None}


def calibrated(**params):
    return one(**{"calibration_fraction": 0.3} | QUICK | params)


def voting(**params):
    return vote(one(**QUICK), one(level="last", **QUICK), **params)


# The same by hand ---------------------------------------------------------------------------------


def first_rows(data, start, stop):
    """Rows of the data in every form."""
    if data is None:
        return None
    if isinstance(data, list) and np.ndim(data[0]):
        return [first_rows(each, start, stop) for each in data]
    return data.iloc[start:stop] if hasattr(data, "iloc") else data[start:stop]


def per_series(forecast):
    """A forecast in whatever form as an array (N S, steps)."""
    if isinstance(forecast, list):
        return np.concatenate([per_series(each) for each in forecast])
    if isinstance(forecast, dict):
        return np.concatenate([per_series(each) for each in forecast.values()])
    if hasattr(forecast, "index") and forecast.index.nlevels == 2:
        return np.concatenate(
            [per_series(rows.to_numpy()) for _, rows in forecast.groupby(level=0)]
        )
    array = np.asarray(forecast)
    return array.reshape(len(array), -1).T


def by_hand(forecaster, y, X, refit, with_bounds, per_time=1, model=None, **data):
    """Forecasts (cutoffs, N S (1 + 2 K), steps) of a loop over the cutoffs."""
    refit, forecasts = {False: 100, True: 1}.get(refit, refit), []
    ids, static = data.get("series_id"), {k: v for k, v in data.items() if k == "static"}

    def rows(start, stop):
        start, stop = start * per_time, stop * per_time
        more = {} if ids is None else {"series_id": ids[start:stop]}
        return first_rows(y, start, stop), first_rows(X, start, stop), more

    for i, cutoff in enumerate(CUTOFFS):
        if i == 0 and model is not None:
            model = deepcopy(model)
        elif i % refit == 0:
            known, exog, more = rows(0, cutoff)
            model = clone(forecaster).fit(exog, known, **more, **static)
        else:
            known, exog, more = rows(CUTOFFS[i - 1], cutoff)
            model.update(known, exog, **more)
        _, exog, more = rows(cutoff, cutoff + HORIZON)
        more = {} if exog is None else more
        parts = [per_series(model.forecast(HORIZON, exog, **more))]
        if with_bounds:
            for coverage in COVERAGES:
                bounds = model.predict_interval(HORIZON, exog, coverage, **more)
                parts += [per_series(each) for each in bounds]
        forecasts.append(np.concatenate(parts))
    return np.array(forecasts)


FRAME = pd.DataFrame(Y, DATES, ["north", "south"])
FORMS = {
    "array": {"y": Y[:, 0]},
    "list of numbers": {"y": Y[:, 0].tolist()},
    "float32": {"y": Y[:, 0].astype(np.float32)},
    "array, X": {"y": Y[:, 0], "X": X},
    "columns": {"y": Y, "X": X},
    "pandas": {"y": FRAME["north"]},
    "pandas, X": {"y": FRAME["north"], "X": pd.DataFrame(X, DATES, ["p", "q"])},
    "X has the times": {"y": Y[:, 0], "X": pd.DataFrame(index=DATES)},
    "frame": {"y": FRAME, "X": X},
    "periods": {"y": FRAME["south"].to_period("M")},
    "list": {"y": [Y[:, 0], Y[:, 1]], "static": STATIC},
    "list, X": {"y": [Y, Y[:, ::-1]], "X": [X, X[::-1]]},
    "list of pandas": {"y": [FRAME["north"], FRAME["south"]], "static": pd.DataFrame(STATIC)},
    "rows": {"y": ALTERNATING["y"].to_numpy(), "series_id": LONG_IDS, "per_time": 2},
    "rows, X": {
        **{"y": ALTERNATING["y"], "X": ALTERNATING[["x"]], "series_id": pd.Series(LONG_IDS)},
        **{"static": pd.DataFrame(STATIC, ["b", "a"]), "per_time": 2},
    },
}


VOTES = [(voting, form, 2) for form in ("array, X", "frame", "list, X", "rows, X")]
SINGLE = [(calibrated, form, refit) for form in FORMS for refit in (False, True, 2)]


@pytest.mark.parametrize(("make", "form", "refit"), SINGLE + VOTES)
def test_forecasts_are_those_of_a_loop_to_the_bit(make, form, refit):
    data, with_bounds = dict(FORMS[form]), make is calibrated
    per_time = data.pop("per_time", 1)
    y, X = data.pop("y"), data.pop("X", None)
    options = {"horizon": HORIZON, "initial": INITIAL, "step": STEP, "refit": refit}
    options["coverage"] = COVERAGES if with_bounds else None
    table = backtest(make(), y, X, **options, **data)
    expected = by_hand(make(), y, X, refit, with_bounds, per_time, **data)
    names = ["forecast", *(BOUNDS if with_bounds else [])]
    actual = table[names].to_numpy().reshape(len(CUTOFFS), -1, HORIZON, len(names))
    actual = actual.transpose(0, 3, 1, 2).reshape(expected.shape)
    assert_array_equal(actual, expected)
    # The table has the forecasts of these times.
    dated = any(hasattr(each, "index") and not isinstance(each, list) for each in (y, X))
    dated = dated or form == "list of pandas"
    index = pd.Index(np.arange(N)) if not dated else DATES
    index = index.to_period("M") if form == "periods" else index
    number = {time: i for i, time in enumerate(index)}
    assert set(table.cutoff) == {index[cutoff - 1] for cutoff in CUTOFFS}
    assert (table.time.map(number) == table.cutoff.map(number) + table.step).all()


@pytest.mark.parametrize("form", FORMS)
def test_columns_of_the_table(form):
    data = dict(FORMS[form])
    data.pop("per_time", None)
    table = backtest(one(), **data, horizon=HORIZON, initial=INITIAL, step=STEP)
    before = {
        "columns": ["series"],
        "frame": ["series"],
        "list": ["series"],
        "list of pandas": ["series"],
        "list, X": ["series", "column"],
        "rows": ["series"],
        "rows, X": ["series"],
    }.get(form, [])
    assert table.columns.tolist() == [*before, "cutoff", "time", "step", "y", "forecast"]
    assert table.step.tolist() == [1, 2, 3] * (len(table) // 3)
    assert list(table.index) == list(range(len(table)))
    assert table.y.dtype == table.forecast.dtype == ("f4" if form == "float32" else "f8")
    if before:
        labels = {"frame": ["north", "south"], "rows": ["a", "b"], "rows, X": ["a", "b"]}
        assert sorted(set(table.series)) == labels.get(form, [0, 1])
    for _, rows in table.groupby([*before, "cutoff"] if before else ["cutoff"]):
        assert len(rows) == HORIZON


def test_values_of_y_are_those_at_the_time():
    table = backtest(one(), FRAME, horizon=2, initial=40, step=2)
    for row in table.itertuples():
        assert row.y == FRAME.loc[row.time, row.series]
    table = backtest(one(), ALTERNATING.y, series_id=LONG_IDS, horizon=2, initial=40)
    for row in table.itertuples():
        assert row.y == ALTERNATING.y[LONG_IDS == row.series][row.time]


# A fitted forecaster ------------------------------------------------------------------------------


def fitted_on_first_rows(make, form, n_fit=20):
    """A forecaster that was fitted, and then updated or calibrated up to the first cutoff."""
    data = dict(FORMS[form])
    per_time, static = data.pop("per_time", 1), data.pop("static", None)
    y, X, ids = data["y"], data.get("X"), data.get("series_id")

    def rows(start, stop):
        start, stop = start * per_time, stop * per_time
        more = {} if ids is None else {"series_id": ids[start:stop]}
        return first_rows(y, start, stop), first_rows(X, start, stop), more

    known, exog, more = rows(0, n_fit)
    fraction = 0.5 if make is voting else None
    model = make(calibration_fraction=fraction).fit(exog, known, **more, static=static)
    known, exog, more = rows(n_fit, INITIAL)
    known = [known, exog] if exog is not None else [known]
    model = model.update(*known, **more) if make is voting else model.calibrate(*known, **more)
    return model, data, per_time


@pytest.mark.parametrize("rows_of_fit", [True, False])
@pytest.mark.parametrize(
    ("make", "form"), [(calibrated, form) for form in FORMS] + [(voting, form) for form in FORMS]
)
def test_a_fitted_forecaster_is_used_as_it_is(make, form, rows_of_fit):
    model, data, per_time = fitted_on_first_rows(make, form)
    before = pickle.dumps(model)
    expected = by_hand(
        None,
        data["y"],
        data.get("X"),
        False,
        True,
        per_time,
        model,
        **{key: value for key, value in data.items() if key not in ("y", "X")},
    )
    dated = {"pandas", "pandas, X", "X has the times", "frame", "periods", "list of pandas"}
    dated = form in dated or form == "rows, X"
    if not (dated and rows_of_fit):
        start = INITIAL * per_time
        data = {key: first_rows(each, start, None) for key, each in data.items()}
    options = {"horizon": HORIZON, "initial": "fitted", "step": STEP, "coverage": COVERAGES}
    table = backtest(model, **data, **options)
    with parallel_config(backend="threading"):
        parallel = backtest(model, **data, **options, n_jobs=2)
    pd.testing.assert_frame_equal(parallel, table)
    assert pickle.dumps(model) == before
    actual = table[["forecast", *BOUNDS]].to_numpy().reshape(len(CUTOFFS), -1, HORIZON, 5)
    assert_array_equal(actual.transpose(0, 3, 1, 2).reshape(expected.shape), expected)
    index = (DATES.to_period("M") if form == "periods" else DATES) if dated else None
    cutoffs = [c - 1 - INITIAL for c in CUTOFFS] if index is None else index[np.array(CUTOFFS) - 1]
    assert list(table.cutoff.unique()) == list(cutoffs)
    # The columns and values are those of a backtest with a fit.
    whole = backtest(
        calibrated(),
        **{key: each for key, each in FORMS[form].items() if key != "per_time"},
        **options | {"initial": INITIAL},
    )
    names = [name for name in whole if name not in ("forecast", *BOUNDS)]
    if index is None:
        whole[["cutoff", "time"]] -= INITIAL
    pd.testing.assert_frame_equal(table[names], whole[names])
    assert table.columns.tolist() == whole.columns.tolist()


INDEXES = {
    "numbers": pd.RangeIndex(N),
    "years": pd.Index(np.arange(N) / 12 + 2000),
    "hours": pd.date_range("2024-03-30", periods=N, freq="h", tz="Europe/Berlin"),
    "days": pd.date_range("2024-03-10", periods=N, freq="D", tz="Europe/Berlin"),
    "business days": pd.bdate_range("2024-03-29", periods=N),
    "durations": pd.timedelta_range("1h", periods=N, freq="30min"),
    "quarters": pd.period_range("2000Q1", periods=N, freq="Q"),
    "irregular": DATES + pd.to_timedelta(np.arange(N) ** 2 % 7, "D"),
}


@pytest.mark.filterwarnings("ignore:The times are not regular")
@pytest.mark.parametrize("updated", [False, True])
@pytest.mark.parametrize("times", INDEXES)
def test_rows_up_to_the_last_time_are_not_used(times, updated):
    index = INDEXES[times]
    y = pd.Series(Y[:, 0], index)
    model = calibrated().fit(None, y.iloc[: 28 if updated else 30])
    if updated:
        model.update(y.iloc[28:30])
    whole = backtest(model, y, horizon=2, initial="fitted", step=3)
    some = backtest(model, y.iloc[25:], horizon=2, initial="fitted", step=3)
    none = backtest(model, y.iloc[30:], horizon=2, initial="fitted", step=3)
    pd.testing.assert_frame_equal(whole, some)
    pd.testing.assert_frame_equal(whole, none)
    assert list(whole.time[:2]) == list(index[30:32])
    assert list(whole.cutoff.unique()) == list(index[29:42:3])


@pytest.mark.parametrize("rows_of_fit", [True, False])
def test_series_with_different_last_times(rows_of_fit):
    ids, late = LONG_IDS, np.tile([True, True], N)
    late[2 * 27 + 1 : 2 * 30 : 2] = False  # b ends three rows before a
    known = ALTERNATING[: 2 * 30][late[: 2 * 30]]
    model = one(**QUICK).fit(None, known.y, series_id=ids[: 2 * 30][late[: 2 * 30]])
    first = 0 if rows_of_fit else 2 * 27
    y, options = ALTERNATING.y, {"horizon": 3, "step": 4, "initial": "fitted"}
    table = backtest(model, y[first:], series_id=ids[first:], **options)
    more = ~late[: 2 * 30]
    model.update(y[: 2 * 30][more], series_id=ids[: 2 * 30][more])
    same = backtest(model, y, series_id=ids, **options)
    pd.testing.assert_frame_equal(table, same)
    assert table.cutoff[0] == DATES[29]


def test_a_fitted_forecaster_of_a_list_needs_rows_of_all():
    series = [FRAME.north, FRAME.south[:36]]
    model = one(**QUICK).fit(None, [each[:30] for each in series])
    table = backtest(model, series, horizon=3, initial="fitted", step=10)
    assert set(table.series) == {0, 1}
    with pytest.raises(ValueError, match="with series_id, a series may have no new rows"):
        backtest(model, series, horizon=2, initial="fitted", step=6)


def test_a_fitted_forecaster_of_another_kind():
    table = backtest(Naive().fit(None, [1.0]), [2.0, 3.0], horizon=1, initial="fitted")
    assert table.forecast.tolist() == [1.0, 2.0]
    assert table.cutoff.tolist() == [-1, 0]


def test_missing_values_can_be_dropped():
    y = FRAME.north.copy()
    y.iloc[[32, 35]] = np.nan
    model = one(**QUICK, missing="mask").fit(None, y[:30])
    table = backtest(model, y, horizon=2, initial="fitted", step=2)
    assert table.y.isna().sum() == 2
    assert len(table.dropna()) == len(table) - 2


FITTED = one(**QUICK).fit(None, FRAME.north[:30])
TWO = one(**QUICK).fit(None, FRAME[:30])
LISTED = one(**QUICK).fit(None, [FRAME.north[:30], FRAME.south[:30]])
BY_ID = one(**QUICK).fit(None, ALTERNATING.y[:60], series_id=LONG_IDS[:60])
FITTED_REFUSALS = {
    "not fitted": ({"forecaster": one()}, ["not fitted", "initial='fitted'", "as a number"]),
    "text": ({"initial": "fit"}, ["initial='fit'", "'fitted'", "len(y[:time])"]),
    "refit": ({"refit": True}, ["refit=True", "as it is", "refit=False"]),
    "refit at some": ({"refit": 3}, ["refit=3", "initial as a number"]),
    "no X": (
        {"forecaster": one(**QUICK).fit(pd.DataFrame(X[:30], DATES[:30], ["p", "q"]), Y[:30, 0])},
        ["fitted with 2 exogenous", "['p', 'q']", "X is None", "backtest(forecaster, y, X"],
    ),
    "static": ({"static": [[1]]}, ["static is for a fit", "Leave it out"]),
    "gap": ({"y": FRAME.north[32:]}, ["2022-09-30", "2022-06-30", "2 row(s) are missing"]),
    "too few": ({"y": FRAME.north[:32]}, ["y has 2 time(s)", "2022-06-30", "horizon=3"]),
    "only known": ({"y": FRAME.north[:12]}, ["y has 0 time(s)", "later rows"]),
    "no times known": (
        {"forecaster": one(**QUICK).fit(None, Y[:30, 0])},
        ["y has times, such as 2020-01-31", "as arrays", "to_numpy()"],
    ),
    "periods": ({"y": FRAME.north.to_period("M")}, ["another kind", "to_timestamp()"]),
    "form": ({"y": [FRAME.north, FRAME.south]}, ["fitted on one series", "same form"]),
    "columns": ({"y": FRAME}, ["y has the form (n_times, 2)", "as in fit"]),
    "order": (
        {"forecaster": TWO, "y": FRAME[["south", "north"]], "horizon": 14},
        ["y has the columns ['south', 'north']"],
    ),
    "shorter list": ({"forecaster": LISTED, "y": [FRAME.north]}, ["has 1 series", "with 2"]),
    "new series": (
        {"forecaster": BY_ID, "series_id": ["c"] * N},
        ["does not know", "series 'c'", "Leave them out"],
    ),
}


@pytest.mark.parametrize("case", FITTED_REFUSALS)
def test_refusals_with_a_fitted_forecaster(case):
    changes, words = FITTED_REFUSALS[case]
    good = {"forecaster": FITTED, "y": FRAME.north, "horizon": 3, "initial": "fitted"}
    with pytest.raises((ValueError, TypeError)) as raised:
        backtest(**good | changes)
    check_message(raised.value, words)
    assert isinstance(raised.value, NotFittedError) == (case == "not fitted")


@pytest.mark.parametrize("votes", [False, True])
def test_x_that_is_left_out_is_a_warning(votes):
    forecaster = voting() if votes else one(**QUICK)
    options = {"y": FRAME.north, "horizon": 3, "initial": 30, "step": 4}
    expected = backtest(forecaster, **options)
    forecaster.fit(X[:30], Y[:30, 0])
    backtest(forecaster, **options, X=X)
    with pytest.warns(UserWarning, match=r"fitted with 2 exog.* X is None: .*without them"):
        table = backtest(forecaster, **options)
    pd.testing.assert_frame_equal(table, expected)


# Times without X ----------------------------------------------------------------------------------


class Months(TransformerMixin, BaseEstimator):
    """The month of the time."""

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return np.asarray(X.index.month, dtype=float).reshape(-1, 1)


@pytest.mark.filterwarnings("ignore:The times are not regular")
@pytest.mark.parametrize("times", ["irregular", "regular"])
@pytest.mark.parametrize("form", ["one", "list", "rows"])
@pytest.mark.parametrize("votes", [False, True])
def test_times_of_y_are_those_of_the_rows_to_forecast(times, form, votes):
    index = INDEXES["irregular"] if times == "irregular" else DATES
    dated = one(**QUICK, exog_transformer=Months())
    forecaster = vote(dated, one(**QUICK)) if votes else dated
    north, south = pd.Series(Y[:, 0], index), pd.Series(Y[:, 1], index)
    empty = pd.DataFrame(index=index)
    y, X, more = {
        "one": (north, empty, {}),
        "list": ([north, south], [empty, empty], {}),
        "rows": (
            pd.concat([north, south]),
            pd.concat([empty, empty]),
            {"series_id": np.repeat(["a", "b"], N)},
        ),
    }[form]
    options = {"horizon": HORIZON, "initial": INITIAL, "step": STEP} | more
    table = backtest(forecaster, y, **options)
    pd.testing.assert_frame_equal(table, backtest(forecaster, y, X, **options))
    if form == "one":
        fitted = clone(forecaster).fit(X[:INITIAL], y[:INITIAL])
        forecast = fitted.forecast(HORIZON, X[INITIAL : INITIAL + HORIZON])
        assert_array_equal(table.forecast[:HORIZON], forecast)
        fitted = backtest(fitted, y, **options | {"initial": "fitted"})
        pd.testing.assert_frame_equal(fitted, table)
        if times == "regular":  # the times follow those of fit
            fitted = clone(forecaster).fit(None, y[:INITIAL])
            assert_array_equal(fitted.forecast(HORIZON), forecast)


# Other forecasters --------------------------------------------------------------------------------


class Asked:
    """Keeps what it was passed, and forecasts the numbers of the steps and their bounds."""

    calls: list = []  # noqa: RUF012 - shared by copies

    def fit(self, X, y, **more):
        self.calls.append(("fit", X is not None, sorted(more)))
        self.width = np.shape(y)[1:]
        self.ids = np.unique(more["series_id"]).tolist() if "series_id" in more else None

    def update(self, y, *X, **more):
        self.calls.append(("update", len(X) == 1, sorted(more)))

    def forecast(self, steps, *X, coverage=(), **more):
        self.calls.append(("forecast", len(X) == 1, sorted(more)))
        shape = (steps, *self.width) + ((1 + 2 * len(coverage),) if coverage else ())
        array = np.arange(float(np.prod(shape))).reshape(shape)
        return array if self.ids is None else {each: array for each in self.ids}


@pytest.mark.parametrize("form", ["array", "columns", "list", "list, X", "rows", "rows, X"])
@pytest.mark.parametrize("coverage", [None, COVERAGES])
def test_another_forecaster_is_called_as_documented(form, coverage):
    data = {k: v for k, v in FORMS[form].items() if k not in ("per_time", "static")}
    if form == "columns":
        del data["X"]
    Asked.calls.clear()
    options = {"horizon": 2, "initial": INITIAL, "step": 10}
    table = backtest(Asked(), **data, **options, coverage=coverage)
    has_X, several = "X" in data, form.startswith(("list", "rows"))
    ids = ["series_id"] if several else []
    assert Asked.calls == [
        ("fit", has_X, ids),
        ("forecast", has_X, ids if has_X else []),
        ("update", has_X, ids),
        ("forecast", has_X, ids if has_X else []),
    ]
    if form == "array":
        assert table.forecast.tolist() == [0, 5 if coverage else 1] * 2
        assert not coverage or table[BOUNDS].iloc[1].tolist() == [6, 7, 8, 9]


# Leakage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refit", [False, True])
@pytest.mark.parametrize("form", ["array, X", "frame", "list, X", "rows, X"])
def test_forecasts_do_not_depend_on_what_comes_later(form, refit):
    data = dict(FORMS[form])
    per_time = data.pop("per_time", 1)
    options = {"horizon": HORIZON, "initial": INITIAL, "step": STEP, "coverage": 0.5}
    before = backtest(calibrated(), **data, **options, refit=refit)

    def changed(values, start):
        """Other numbers from a time on."""
        if isinstance(values, list):
            return [changed(each, start) for each in values]
        values = values.copy()
        part = values.iloc if hasattr(values, "iloc") else values
        part[start * per_time :] = 60 * rng.uniform(size=np.shape(values[start * per_time :]))
        return values

    for cutoff, n_same in zip(CUTOFFS, [1, 2, 3], strict=True):
        later = data | {"y": changed(data["y"], cutoff), "X": changed(data["X"], cutoff + HORIZON)}
        n_rows = n_same * len(before) // len(CUTOFFS)
        after = backtest(calibrated(), **later, **options, refit=refit)
        names = ["forecast", "lower_50", "upper_50"]
        assert_array_equal(after[names][:n_rows], before[names][:n_rows])
        assert not (after.y == before.y)[n_rows - HORIZON :].any()


# Processes, progress ------------------------------------------------------------------------------


@pytest.mark.parametrize("refit", [False, True, 2])
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_any_number_of_jobs_gives_the_same_table(refit, backend):
    forecaster = calibrated(regressor=Ridge())
    options = {"horizon": 2, "initial": 30, "step": 3, "refit": refit, "coverage": 0.8}
    alone = backtest(forecaster, FRAME.north, **options)
    with parallel_config(backend=backend):
        for n_jobs in (2, -1, 100) if backend == "threading" else (2,):
            pd.testing.assert_frame_equal(
                backtest(forecaster, FRAME.north, **options, n_jobs=n_jobs), alone
            )


@pytest.mark.parametrize(("refit", "n_fits"), [(False, 1), (True, 4), (3, 2)])
def test_progress_is_printed(capsys, refit, n_fits):
    backtest(one(), FRAME.north, horizon=2, initial=30, step=4, refit=refit, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    assert sum("fit on 30 time(s)" in line for line in lines) == 1
    assert sum("fit on" in line for line in lines) == n_fits
    assert any("[backtest] cutoff 2 of 4, 2022-10-31" in line for line in lines)
    assert len(lines) == n_fits + 4
    backtest(one(), FRAME.north, horizon=2, initial=30, step=4)
    assert not capsys.readouterr().out


# Cutoffs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("initial", "horizon", "step", "cutoffs"),
    [
        (40, 1, 1, [40, 41, 42, 43]),
        (40, 3, 1, [40, 41]),
        (30, 3, 10, [30, 40]),
        (0.5, 8, 7, [22, 29, 36]),
        (np.int64(41), 3, 100, [41]),
    ],
)
def test_cutoffs_are_those_with_whole_horizons(initial, horizon, step, cutoffs):
    table = backtest(one(), Y[:, 0], horizon=horizon, initial=initial, step=step)
    assert table.cutoff.unique().tolist() == [cutoff - 1 for cutoff in cutoffs]
    assert len(table) == horizon * len(cutoffs)


@pytest.mark.parametrize(
    "initial",
    [
        *["2022-06", "2022-06-30", "2022-07-30 12:00", np.datetime64("2022-07-01")],
        *[DATES[29], DATES[29].date(), pd.Period("2022-06", "M"), pd.Period("2022Q2", "Q")],
    ],
    ids=str,
)
def test_the_first_cutoff_is_the_last_time_up_to_initial(initial):
    options = {"horizon": 3, "step": 4}
    for y in (
        FRAME.north,
        FRAME,
        [FRAME.north, FRAME.south],
        FRAME.north.tz_localize("Asia/Tokyo"),
    ):
        zoned = isinstance(y, pd.Series) and y.index.tz is not None
        if zoned and not isinstance(initial, str | pd.Period):
            continue
        table = backtest(one(), y, **options, initial=initial)
        pd.testing.assert_frame_equal(table, backtest(one(), y, **options, initial=30))


@pytest.mark.parametrize(
    ("times", "initial", "number"),
    [
        ("durations", "15h30min", 30),
        ("durations", pd.Timedelta("15h45min"), 30),
        ("quarters", "2007Q2", 30),
        ("quarters", "2006", 28),
        ("quarters", pd.Period("2007Q2", "Q"), 30),
        ("quarters", pd.Period("2007-06", "M"), 30),
        ("quarters", pd.Timestamp("2007-06-30"), 30),
        ("quarters", np.datetime64("2007-06-30"), 30),
        ("hours", "2024-03-30", 24),
        ("business days", "2024-05-05", 26),
    ],
)
def test_initial_on_other_axes(times, initial, number):
    y = pd.Series(Y[:, 0], INDEXES[times])
    table = backtest(one(), y, horizon=2, initial=initial)
    assert table.cutoff[0] == INDEXES[times][number - 1]


def test_series_of_different_lengths_have_common_times():
    late, early = FRAME.north[10:], FRAME.south[:36]
    table = backtest(one(), [late, early], horizon=3, initial=30, step=2)
    assert set(table.cutoff[table.series == 0]) == set(DATES[[29, 31, 33, 35, 37, 39]])
    assert set(table.cutoff[table.series == 1]) == set(DATES[[29, 31]])  # of early, until its end
    assert (table.time > table.cutoff).all()
    at = dict(zip(DATES, range(N), strict=True))
    model = one().fit(None, [late[:20], early[:30]])
    forecasts = [each.to_numpy() for each in model.forecast(3)]
    assert_array_equal(table.forecast[:6], np.concatenate(forecasts))
    assert (table.time.map(at) == table.cutoff.map(at) + table.step).all()


def test_rows_count_from_the_start_without_times():
    long, short = Y[:, 0], Y[8:, 1]
    table = backtest(one(), [long, short], horizon=3, initial=30, step=5)
    assert table.groupby("series").cutoff.unique().map(list).tolist() == [[29, 34, 39], [29]]
    # Row numbers over several series are no times.
    numbered = pd.Series(np.concatenate([long, short]))
    ids = np.repeat(["x", "z"], [44, 36])
    same = backtest(one(), numbered, series_id=ids, horizon=3, initial=30, step=5)
    assert_array_equal(same.forecast, table.forecast)


def test_a_series_that_has_no_whole_horizon_is_a_warning():
    with pytest.warns(UserWarning, match=r"fewer than horizon=3 rows .* \['y\[1\]'\]"):
        table = backtest(one(), [Y[:, 0], Y[:31, 1]], horizon=3, initial=30, step=5)
    assert set(table.series) == {0}


def test_a_series_without_a_row_at_the_cutoff():
    rows = np.ones(2 * N, dtype=bool)
    rows[2 * 33 + 1] = False  # of b, at the second cutoff
    y, ids = ALTERNATING.y[rows], LONG_IDS[rows]
    with pytest.raises(ValueError, match="missing in between") as raised:
        backtest(one(), y, series_id=ids, horizon=3, initial=30, step=4)
    assert "in update, in a backtest with the cutoff Timestamp('2023-02-28" in "".join(
        raised.value.__notes__
    )


# Forecasters --------------------------------------------------------------------------------------


def test_the_forecaster_is_unchanged():
    fitted = calibrated().fit(None, Y[:, 0])
    for forecaster in (calibrated(), fitted):
        before = pickle.dumps(forecaster)
        table = backtest(forecaster, Y[:, 0], horizon=3, initial=30, step=4, coverage=0.5)
        assert pickle.dumps(forecaster) == before
        assert len(table) == 9


def test_other_forecasters():
    table = backtest(Naive(), Y[:, 0], horizon=2, initial=30, step=4)
    assert_array_equal(table.forecast, np.repeat(Y[29:44:4, 0], 2))
    table = backtest(
        Saying(lambda steps: {"a": [1] * steps, "b": [2] * steps}),
        Y.ravel(),
        series_id=["a", "b"] * N,
        horizon=2,
        initial=40,
        step=2,
    )
    assert table.forecast.tolist() == [1, 1, 2, 2] * 2

    class Plain:
        """Has no parameters, and cannot be cloned by scikit-learn."""

        fit = update = lambda self, *args: self

        def forecast(self, steps):
            return pd.Series(range(steps))

    assert backtest(Plain(), Y[:, 0], horizon=2, initial=42).forecast.tolist() == [0, 1]


def test_the_best_of_a_search():
    search = GridSearchCV(
        one(), {"window": [3, 6]}, cv=TimeSeriesSplit(2, test_size=4), error_score="raise"
    ).fit(pd.DataFrame(index=DATES[:30]), FRAME.north[:30])
    table = backtest(search.best_estimator_, FRAME.north, horizon=2, initial=30)
    assert len(table) == 2 * 13


def test_a_network():
    forecaster = SequenceForecaster(random_state=0)
    options = {"horizon": 2, "initial": 36, "step": 6}
    table = backtest(forecaster, FRAME.north, **options)
    pd.testing.assert_frame_equal(backtest(forecaster, FRAME.north, **options, n_jobs=2), table)


def test_metrics_of_a_table():
    table = backtest(calibrated(), FRAME.north, horizon=2, initial=30, coverage=0.8)
    mase = mean_absolute_scaled_error(table.y, table.forecast, y_train=FRAME.north[:30])
    expected = np.abs(table.y - table.forecast).mean() / FRAME.north[:30].diff().abs().mean()
    assert mase == pytest.approx(expected)
    inside = (table.y >= table.lower_80) & (table.y <= table.upper_80)
    assert interval_coverage(table.y, table.lower_80, table.upper_80) == inside.mean()


# Refusals -----------------------------------------------------------------------------------------

GOOD = {"forecaster": calibrated(), "y": Y[:, 0], "horizon": 3, "initial": 30}
SEARCH = GridSearchCV(one(), {"window": [3, 6]})
REFUSALS = {
    "class": ({"forecaster": SequenceForecaster}, ["the class", "SequenceForecaster()"]),
    "search": ({"forecaster": SEARCH}, ["no method update", "best_estimator_"]),
    "pipeline": ({"forecaster": make_pipeline(Ridge())}, ["no method update", "SequenceForec"]),
    "regressor": ({"forecaster": Ridge()}, ["Ridge()", "no method update"]),
    "None": ({"forecaster": None}, ["forecaster is None"]),
    "no coverage": ({"forecaster": Naive(), "coverage": 0.9}, ["Naive.forecast", "leave it out"]),
    "shape": (
        {"forecaster": Saying(lambda steps: np.ones(steps + 1))},
        ["shape (4,)", "3 steps of 1 value(s)"],
    ),
    "text": (
        {"forecaster": Saying(lambda steps: ["a"] * steps)},
        ["dtype <U1", "expected numbers"],
    ),
    "no y": ({"y": None}, ["y is None", "backtest(forecaster, y, X, ...)"]),
    "empty y": ({"y": []}, ["y is empty"]),
    "text y": ({"y": ["a"] * 40}, ["y has dtype", "strings"]),
    "dict y": ({"y": {"a": Y[:, 0]}}, ["y is a dict", "list(y.values())"]),
    "lists": ({"y": [[1.0, 2.0, 3.0]] * 2}, ["may be 2 series or a table"]),
    "unsorted": ({"y": FRAME.north[::-1]}, ["not sorted", "sort_index()"]),
    "text times": ({"y": FRAME.north.rename(str)}, None),
    "levels": (
        {"y": pd.Series(Y[:, 0], pd.MultiIndex.from_product([[0], DATES]))},
        ["series_id=y.index.get_level_values(0)"],
    ),
    "short X": ({"X": X[:40]}, ["X has 40 row(s), but y has 44"]),
    "X of a list": ({"y": [Y[:, 0], Y[:, 1]], "X": X}, ["X must be a list of 2"]),
    "X in a list": ({"y": [Y[:, 0], Y[:, 1]], "X": [X, X[:9]]}, ["X[1] has 9 row(s)", "44"]),
    "other times": (
        {"y": FRAME.north, "X": pd.DataFrame(X, DATES.shift(1))},
        ["different times", "X.loc[y.index]"],
    ),
    "other widths": ({"y": [Y, Y[:, 0]]}, ["the shapes [(), (2,)]"]),
    "other columns": ({"y": [FRAME, FRAME[["south", "north"]]]}, ["y[1] has the columns"]),
    "ids": ({"series_id": ["a"] * 9}, ["series_id has 9 row(s)", "44"]),
    "static": ({"static": [[1]]}, ["static tells several series apart"]),
    "horizon": ({"horizon": 0}, ["horizon=0", "an integer >= 1"]),
    "long horizon": ({"horizon": 15}, ["y has 44 times", "initial=30", "horizon=15", "at most 29"]),
    "longest horizon": ({"horizon": 44}, ["not enough", "horizon=44", "smaller horizon"]),
    "steps": ({"step": 0}, ["step=0", "an integer >= 1"]),
    "initial": ({"initial": 0}, ["initial=0", "or a float in (0, 1)"]),
    "long initial": ({"initial": 42}, ["initial=42", "at most 41"]),
    "fraction": ({"initial": 1.5}, ["initial must be in (0, 1)"]),
    "small fraction": ({"initial": 0.01}, ["initial=0.01", "larger fraction"]),
    "huge horizon": ({"horizon": 10**5000}, ["not enough", "smaller horizon"]),
    "huge initial": ({"initial": 10**5000}, ["not enough", "at most 41"]),
    "bool initial": ({"initial": True}, ["initial=True"]),
    "too short": ({"initial": 2}, ["y", "3"]),
    "refit": ({"refit": 0}, ["refit=0", "k-th cutoff"]),
    "refit text": ({"refit": "yes"}, ["refit='yes'"]),
    "coverage": ({"coverage": 80}, ["did you mean 0.8?"]),
    "verbose text": ({"verbose": "x"}, ["verbose='x'", "an integer >= 0 or a bool"]),
    "verbose": ({"verbose": -1}, ["verbose=-1"]),
    "swapped": ({"y": X, "X": Y[:, 0]}, ["X has shape (44,)", "backtest(forecaster, y, X, ...)"]),
    "swapped lists": (
        {"y": [X, X], "X": [Y[:, 0], Y[:, 1]]},
        ["X has shape (88,)", "backtest(forecaster, y, X, ...)"],
    ),
    "no dates": ({"initial": "2022-06"}, ["has no dates", "an integer >= 1", "len(y[:time])"]),
    "numbers": (
        {"initial": DATES[3], "y": pd.Series(Y[:, 0])},
        ["has no dates", "len(y[:time])"],
    ),
    "zone": (
        {"initial": DATES[20].tz_localize("UTC"), "y": FRAME.north},
        ["is not valid for an index from", "2020-01-31", "len(y[:time])"],
    ),
    "early": ({"initial": "2019", "y": FRAME.north}, ["before the first time of y, 2020-01-31"]),
    "end": ({"initial": "2023", "y": FRAME.north}, ["not enough", "at most 41"]),
    "no jobs": ({"n_jobs": 0}, ["n_jobs=0"]),
    "late": (
        {"y": [FRAME.north, FRAME.south[32:]]},
        ["begin after the first cutoff", "2022-06-30", "y[1]", "larger initial"],
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(case):
    changes, words = REFUSALS[case]
    if words is None:  # text in ISO 8601 is read as times
        assert backtest(**GOOD | changes).cutoff[0] == DATES[29]
        return
    with pytest.raises((ValueError, TypeError)) as raised:
        backtest(**GOOD | changes)
    check_message(raised.value, words)


@pytest.mark.parametrize(("n_jobs", "note"), [(1, "cutoff 35."), (2, "cutoff 3")])
def test_errors_say_at_which_cutoff(n_jobs, note):
    bad = Y[:, 0].copy()
    bad[35] = np.nan
    with pytest.raises(ValueError, match="y contains NaN") as raised:
        backtest(one(), bad, horizon=3, initial=30, refit=True, n_jobs=n_jobs)
    # Of several processes any may be the first to fail.
    assert f"in fit, in a backtest with the {note}" in "".join(raised.value.__notes__)
