"""CalendarFeatures: hour, weekday, time of the year and holidays of a time index."""

import datetime
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder

from sklstm.preprocessing import CalendarFeatures

DAYS = pd.date_range("2023-12-30", periods=800, freq="D")
HOURS = pd.date_range("2024-03-29", periods=200, freq="h", tz="Europe/Berlin")


def table(index, **columns):
    return pd.DataFrame(columns, index=index)


def columns(calendar, index):
    """The columns by name, of a calendar fitted on the same times."""
    rows = calendar.fit(table(index)).transform(table(index))
    names = calendar.get_feature_names_out()
    assert rows.shape == (len(index), len(names))
    return dict(zip(names, rows.T, strict=True))


# Features ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("freq", "periods", "encoding", "expected"),
    [
        ("15min", 400, "cyclic", ["hour"]),
        ("h", 400, "cyclic", ["hour", "weekday"]),
        ("h", 20, "onehot", []),
        ("h", 9000, "cyclic", ["hour", "weekday", "day_of_year"]),
        ("h", 9000, "onehot", ["hour", "weekday", "month"]),
        ("D", 6, "cyclic", []),
        ("D", 7, "cyclic", ["weekday"]),
        ("D", 364, "cyclic", ["weekday"]),
        ("D", 366, "cyclic", ["weekday", "day_of_year"]),
        ("B", 300, "cyclic", ["weekday", "day_of_year"]),
        ("W", 100, "cyclic", ["week"]),
        ("W", 100, "onehot", ["month"]),
        ("MS", 12, "cyclic", ["month"]),
        ("ME", 30, "onehot", ["month"]),
        ("QS", 8, "cyclic", ["quarter"]),
        ("YS", 8, "cyclic", []),
    ],
)
def test_features_that_the_step_resolves_and_the_data_covers(freq, periods, encoding, expected):
    index = pd.date_range("2020-01-01", periods=periods, freq=freq)
    calendar = CalendarFeatures(encoding=encoding, holidays=[datetime.date(2060, 1, 1)])
    assert calendar.fit(table(index)).features_ == expected
    shuffled = table(index[np.random.default_rng(0).permutation(periods)].repeat(2))
    assert calendar.fit(shuffled).features_ == expected
    if not expected:
        with pytest.raises(ValueError, match=r"gives no feature for .* 'auto' needs a whole day"):
            CalendarFeatures(encoding=encoding).fit(table(index))


@pytest.mark.parametrize(
    ("name", "value", "position"),
    [
        ("hour", lambda t: t.hour, lambda t: (t.hour * 60 + t.minute) / 1440),
        ("weekday", lambda t: t.weekday(), lambda t: t.weekday() / 7),
        ("day", lambda t: t.day, lambda t: (t.day - 1) / t.days_in_month),
        (
            "day_of_year",
            lambda t: t.timetuple().tm_yday,
            lambda t: (t.timetuple().tm_yday - 1) / (366 if t.is_leap_year else 365),
        ),
        (
            "week",
            lambda t: t.isocalendar()[1],
            lambda t: (t.isocalendar()[1] - 1) * 7 / 365.25,
        ),
        ("month", lambda t: t.month, lambda t: (t.month - 1) / 12),
        ("quarter", lambda t: (t.month + 2) // 3, lambda t: (t.month - 1) // 3 / 4),
    ],
)
@pytest.mark.parametrize(
    "index", [DAYS, HOURS, HOURS.tz_localize(None) + pd.Timedelta("37min")], ids=str
)
def test_values_and_positions(name, value, position, index):
    angles = np.array([2 * np.pi * position(time) for time in index])
    cyclic = columns(CalendarFeatures([name]), index)
    assert list(cyclic) == [f"{name}_sin", f"{name}_cos"]
    np.testing.assert_allclose(cyclic[f"{name}_sin"], np.sin(angles), atol=1e-12)
    np.testing.assert_allclose(cyclic[f"{name}_cos"], np.cos(angles), atol=1e-12)
    onehot = columns(CalendarFeatures([name], encoding="onehot"), index)
    for row, time in enumerate(index):
        assert [key for key, flags in onehot.items() if flags[row]] == [f"{name}_{value(time)}"]


def test_years_are_counted_from_the_first_one():
    calendar = CalendarFeatures(["year"]).fit(table(DAYS))
    later = pd.date_range("2030-01-01", periods=2)
    assert calendar.first_year_ == 2023
    assert calendar.transform(later).tolist() == [[7.0], [7.0]]
    assert calendar.transform(DAYS[:3]).ravel().tolist() == [0, 0, 1]


@pytest.mark.parametrize("encoding", ["cyclic", "onehot"])
def test_times_that_were_not_in_fit(encoding):
    names = ["hour", "weekday", "day", "day_of_year", "week", "month", "quarter", "year"]
    calendar = CalendarFeatures(names, encoding=encoding).fit(table(HOURS[:5]))
    later = pd.date_range("2031-12-31 20:00", periods=3000, freq="5h", tz="Europe/Berlin")
    rows = calendar.transform(table(later))
    assert np.isfinite(rows).all()
    assert rows.shape[1] == len(calendar.get_feature_names_out())
    if encoding == "onehot":
        assert (rows[:, :-1].sum(axis=1) == 7).all()


# Kinds of times ----------------------------------------------------------------------------------

SAME_DAYS = {
    "zone": DAYS.tz_localize("Europe/Berlin"),
    "periods": DAYS.to_period("D"),
    "seconds": DAYS.as_unit("s"),
    "objects": pd.Index(DAYS.date),
    "text": pd.Index(DAYS.strftime("%Y-%m-%d")),
}


@pytest.mark.parametrize("kind", SAME_DAYS)
def test_kinds_of_times(kind):
    calendar = CalendarFeatures(holidays=lambda day: day.day == 1)
    expected = calendar.fit_transform(table(DAYS))
    index = SAME_DAYS[kind]
    for X in (table(index), index, pd.Series(1.0, index), pd.Series("text", index)):
        assert np.array_equal(clone(calendar).fit_transform(X), expected)


def test_periods_count_from_their_start():
    for freq in ("W-SUN", "W-WED", "M", "Q", "Y"):
        periods = pd.period_range("2020-01-01", periods=9, freq=freq)
        calendar = CalendarFeatures(["weekday", "day", "month"])
        rows = calendar.fit_transform(table(periods))
        assert np.array_equal(rows, calendar.fit_transform(table(periods.to_timestamp())))


def test_clocks_of_the_zone_of_fit():
    calendar = CalendarFeatures(["hour", "weekday"]).fit(table(HOURS))
    expected = calendar.transform(table(HOURS))
    assert calendar.zone_ == "Europe/Berlin"
    assert np.array_equal(calendar.transform(table(HOURS.tz_convert("UTC"))), expected)
    # The clock of 31 March skips the hour from 2 to 3.
    hours = columns(CalendarFeatures(["hour"], encoding="onehot"), HOURS)
    assert hours["hour_2"].sum() == hours["hour_3"].sum() - 1


# Columns of X, names, containers -----------------------------------------------------------------


def test_columns_are_kept_or_dropped():
    X = table(DAYS, a=np.arange(800.0), b=1)
    calendar = CalendarFeatures(["month"]).fit(X)
    assert list(calendar.get_feature_names_out()) == ["a", "b", "month_sin", "month_cos"]
    assert np.array_equal(calendar.transform(X)[:, :2], X.to_numpy())
    assert calendar.n_features_in_ == 2
    dropped = CalendarFeatures(["month"], passthrough=False).fit(X.assign(b="text"))
    assert list(dropped.get_feature_names_out()) == ["month_sin", "month_cos"]
    assert np.array_equal(dropped.transform(X), calendar.transform(X)[:, 2:])


def test_set_output():
    X = table(DAYS, a=np.arange(800.0))
    out = CalendarFeatures(["month"]).set_output(transform="pandas").fit_transform(X)
    assert out.index.equals(DAYS)
    assert list(out) == ["a", "month_sin", "month_cos"]
    empty = CalendarFeatures(["month"]).set_output(transform="pandas").fit_transform(table(DAYS))
    assert empty.index.equals(DAYS)


def test_in_a_column_transformer_and_pickled():
    X = table(DAYS, a=np.arange(800.0), shop=["x", "y"] * 400)
    union = make_column_transformer((OneHotEncoder(), ["shop"]), (CalendarFeatures(), ["a"]))
    rows = union.fit(X).transform(X[:5])
    assert rows.shape == (5, 2 + 1 + 4)
    copy = pickle.loads(pickle.dumps(union))
    assert np.array_equal(copy.transform(X[:5]), rows)


# Holidays ----------------------------------------------------------------------------------------

CHRISTMAS = ["2023-12-25", "2024-12-25", "2025-12-25", "2026-12-25"]


@pytest.mark.parametrize(
    "holidays",
    [
        CHRISTMAS,
        pd.to_datetime(CHRISTMAS),
        pd.to_datetime(CHRISTMAS).tz_localize("Europe/Berlin"),
        set(pd.to_datetime(CHRISTMAS).date),
        np.array(CHRISTMAS, dtype="datetime64[D]"),
        lambda day: (day.month, day.day) == (12, 25),
    ],
)
def test_holidays_as_a_list_or_a_function(holidays):
    hours = pd.date_range("2024-12-24 12:00", periods=48, freq="h")
    flags = columns(CalendarFeatures(["hour"], holidays=holidays), hours)["holiday"]
    assert flags.tolist() == [0.0] * 12 + [1.0] * 24 + [0.0] * 12


@pytest.mark.parametrize("kind", ["function", "dict"])
def test_names_of_holidays(kind):
    def name(day):
        return {(12, 25): "Christmas", (1, 1): "New Year", (3, 1): ""}.get((day.month, day.day))

    named = {day: name(day) for day in DAYS.date if name(day)}
    calendar = CalendarFeatures([], holidays=name if kind == "function" else named)
    found = columns(calendar, DAYS[:3])
    assert list(found) == ["holiday", "holiday_New Year"]
    found = columns(calendar, DAYS)
    assert list(found) == ["holiday", "holiday_Christmas", "holiday_New Year"]
    assert (
        found["holiday"].sum() == found["holiday_Christmas"].sum() + found["holiday_New Year"].sum()
    )
    # A name that was not in fit is a holiday all the same.
    calendar.fit(table(DAYS[:3]))
    assert calendar.transform(table(pd.to_datetime(["2024-12-25"]))).tolist() == [[1.0, 0.0]]


def test_a_list_that_ends_before_the_times_is_a_warning():
    calendar = CalendarFeatures(["weekday"], holidays=["2024-12-25"]).fit(table(DAYS[:100]))
    calendar.transform(table(DAYS[:300]))
    with pytest.warns(UserWarning, match="ends with 2024-12-25, but X has times up to 2025"):
        calendar.transform(table(DAYS[:400]))
    with pytest.warns(UserWarning, match="list of holidays ends before"):
        CalendarFeatures(["weekday"], holidays=[]).fit_transform(table(DAYS))


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (np.zeros((9, 2)), TypeError, "ndarray without times.*pass a DataFrame"),
        ([1.0, 2.0], TypeError, "list without times"),
        (None, TypeError, "NoneType without times"),
        (table(range(9), a=1.0), ValueError, r"has no dates, but 0.*pd\.to_datetime"),
        (table(list("abc")), ValueError, r"has no dates, but 'a'.*pd\.to_datetime"),
        (table(["Jan 3 2020", "Jan 4 2020"]), ValueError, r"X\.index = pd\.to_datetime\(X\.index"),
        (table(pd.to_timedelta([1, 2], "h")), ValueError, r"pd\.to_datetime"),
        (table(pd.DatetimeIndex(["2020", None])), ValueError, "no time in row 1"),
        (table(DAYS[:0]), ValueError, "no rows"),
        (
            table(pd.MultiIndex.from_product([["a"], DAYS], names=["shop", None])),
            ValueError,
            r"X\.droplevel\('shop'\)",
        ),
    ],
)
def test_data_without_times(X, error, words):
    with pytest.raises(error, match=words):
        CalendarFeatures(["weekday"]).fit(X)
    with pytest.raises(error, match=words):
        CalendarFeatures(["weekday"]).fit(DAYS).transform(X)


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"features": "weekday"}, ValueError, r"'auto' or a list, such as \['weekday'\]"),
        ({"features": ["wekday"]}, ValueError, "Did you mean 'weekday'"),
        ({"features": ["weekday", "weekday"]}, ValueError, "twice"),
        ({"features": [1]}, ValueError, "1 is not a feature"),
        ({"features": 3}, ValueError, "3 is not a feature"),
        ({"encoding": "sin"}, ValueError, "encoding"),
        ({"passthrough": 1}, ValueError, "passthrough"),
        ({"holidays": "2024-12-25"}, TypeError, "list of dates"),
        ({"holidays": 3}, TypeError, "list of dates"),
        ({"holidays": ["Christmas"]}, ValueError, r"holidays\[0\] is 'Christmas'"),
        ({"holidays": [DAYS[0], 20241225]}, ValueError, r"holidays\[1\] is 20241225"),
        ({"holidays": [None]}, ValueError, r"holidays\[0\] is None"),
        ({"holidays": lambda day: 3.5}, TypeError, r"holidays returned 3\.5 for 2023-12-30"),
    ],
)
def test_bad_parameters(params, error, words):
    with pytest.raises(error, match=words):
        CalendarFeatures(**params).fit(table(DAYS))


def test_bad_columns():
    X = table(DAYS, a=1.0)
    calendar = CalendarFeatures(["weekday"]).fit(X)
    with pytest.raises(ValueError, match="no columns, but fit had 1"):
        calendar.transform(DAYS)
    with pytest.raises(ValueError, match="feature names should match"):
        calendar.transform(X.rename(columns={"a": "b"}))
    with pytest.raises(ValueError, match=r"column 'a'.*make_column_transformer.*passthrough=False"):
        calendar.transform(X.assign(a="text"))
    with pytest.raises(ValueError, match=r"already has the columns \['holiday'\]"):
        CalendarFeatures(holidays=CHRISTMAS).fit(X.rename(columns={"a": "holiday"}))
    with pytest.raises(ValueError, match=r"have a zone.*tz_localize\(None\)"):
        calendar.transform(table(HOURS, a=1.0))
    with pytest.raises(ValueError, match=r"have no zone.*tz_localize\('Europe/Berlin'\)"):
        CalendarFeatures(["hour"]).fit(HOURS).transform(DAYS)
