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
@pytest.mark.filterwarnings("ignore:The times of X are 1 day")
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


@pytest.mark.parametrize(
    ("freq", "finer"),
    [
        ("h", []),
        ("12h", []),
        ("D", ["hour"]),
        ("B", ["hour"]),
        ("10D", ["hour"]),
        ("W", ["hour", "weekday"]),
        ("14D", ["hour", "weekday"]),
        ("MS", ["day", "hour", "weekday"]),
        ("ME", ["day", "hour", "weekday"]),
        ("QS", ["day", "hour", "weekday"]),
        ("YS", ["day", "day_of_year", "hour", "month", "quarter", "week", "weekday"]),
    ],
)
@pytest.mark.parametrize("encoding", ["cyclic", "onehot"])
def test_features_that_the_step_does_not_resolve_are_a_warning(freq, finer, encoding):
    names = ["weekday", "hour", "day", "day_of_year", "week", "month", "quarter", "year"]
    index = pd.date_range("2020-01-01", periods=9, freq=freq)
    calendar = CalendarFeatures(names, encoding=encoding)
    if not finer:
        calendar.fit(index)
        return
    words = r"{}: leave out.*features=\['".format(", ".join(map(repr, finer)))
    with pytest.warns(UserWarning, match=words) as caught:
        calendar.fit(table(index[[3, 0, 1, 2, 8, 7, 6, 5, 4, 4]]))
    assert len(caught) == 1
    advised = [name for name in names if name not in finer]
    assert str(caught[0].message).endswith(f"features={advised}.")
    CalendarFeatures(advised, encoding=encoding).fit(index)
    CalendarFeatures(names, encoding=encoding).fit(index[:2])  # no step is known for certain


def test_the_feature_that_is_advised_instead():
    with pytest.warns(UserWarning, match=r"31 day.*'weekday': leave out.*features=\['month'\]"):
        CalendarFeatures(["weekday"]).fit(table(pd.period_range("2020-01", periods=13, freq="M")))
    with pytest.warns(UserWarning, match=r"'hour': leave out.*features=\['weekday'\]"):
        CalendarFeatures(["hour"]).fit(DAYS.tz_localize("Europe/Berlin"))


@pytest.mark.parametrize(
    "index",
    [
        HOURS[:20],  # part of a day, as in a fold of a search
        HOURS[:2],
        HOURS[:1],
        DAYS[:4],
        pd.DatetimeIndex(["2024-01-01 08:00", "2024-01-03 11:00", "2024-01-05 08:30"]),
    ],
    ids=len,
)
def test_features_that_are_constant_in_short_data_are_no_warning(index):
    names = ["hour", "weekday", "day", "week", "month", "quarter", "year"]
    step = index[1] - index[0] if len(index) > 1 else pd.Timedelta("1h")
    regular = step == pd.Timedelta("1D")
    CalendarFeatures(names[1:] if regular else names).fit(table(index))


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


@pytest.mark.filterwarnings("ignore:The times of X are")
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
        [f"{day} 00:00:00" for day in CHRISTMAS],
        [f"{day}T00:00:00+01:00" for day in CHRISTMAS],
        pd.Series(CHRISTMAS),
        dict.fromkeys(CHRISTMAS, True),
        dict.fromkeys(pd.to_datetime(CHRISTMAS), True),
        dict.fromkeys(np.array(CHRISTMAS, dtype="datetime64[s]"), True),
        lambda day: (day.month, day.day) == (12, 25),
    ],
)
def test_holidays_as_a_list_or_a_function(holidays):
    hours = pd.date_range("2024-12-24 12:00", periods=48, freq="h")
    flags = columns(CalendarFeatures(["hour"], holidays=holidays), hours)["holiday"]
    assert flags.tolist() == [0.0] * 12 + [1.0] * 24 + [0.0] * 12


class LazyDays(dict):
    """Like those of the package holidays: a year is computed when it is asked for."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def get(self, day, default=None):
        assert type(day) is datetime.date
        self[day] = self.name(day)
        return self[day] or default


NAMED = {
    "function": lambda name: name,
    "dict": lambda name: {day: name(day) for day in DAYS.date if name(day)},
    "dict of times": lambda name: {day: name(day) for day in DAYS if name(day)},
    "dict of text": lambda name: {str(day): name(day) for day in DAYS.date if name(day)},
    "computed": LazyDays,
}


@pytest.mark.parametrize("kind", NAMED)
def test_names_of_holidays(kind):
    def name(day):
        return {(12, 25): "Christmas", (1, 1): "New Year", (3, 1): ""}.get((day.month, day.day))

    calendar = CalendarFeatures([], holidays=NAMED[kind](name))
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


def test_the_package_holidays():
    package = pytest.importorskip("holidays")
    country = package.country_holidays("DE")
    found = columns(CalendarFeatures([], holidays=country), DAYS)
    expected = columns(CalendarFeatures([], holidays=country.get), DAYS)
    assert list(found) == list(expected)
    assert len(found) > 9
    assert all(np.array_equal(found[name], expected[name]) for name in found)


def test_a_list_that_ends_before_the_times_is_a_warning():
    calendar = CalendarFeatures(["weekday"], holidays=["2024-12-25"]).fit(table(DAYS[:100]))
    calendar.transform(table(DAYS[:300]))
    with pytest.warns(UserWarning, match="end with 2024-12-25, but X has times up to 2025"):
        calendar.transform(table(DAYS[:400]))
    calendar = CalendarFeatures(["weekday"], holidays={"2024-12-25": "Christmas"}).fit(DAYS[:400])
    with pytest.warns(UserWarning, match="end with 2024-12-25, but X has times up to 2025"):
        calendar.transform(DAYS[:400])
    for empty in ([], {}):
        with pytest.warns(UserWarning, match="holidays end before"):
            CalendarFeatures(["weekday"], holidays=empty).fit_transform(table(DAYS))


def test_a_dict_is_left_as_it_is_and_can_be_pickled():
    named = dict.fromkeys(CHRISTMAS, "Christmas")
    calendar = CalendarFeatures(["weekday"], holidays=named).fit(DAYS)
    copy = pickle.loads(pickle.dumps(clone(calendar).fit(DAYS)))
    assert np.array_equal(copy.transform(DAYS), calendar.transform(DAYS))
    assert named == dict.fromkeys(CHRISTMAS, "Christmas")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "01.05.2012",
            r"'01\.05\.2012' is ambiguous; write '2012-05-01' or pass "
            r"pd\.to_datetime\(\[\.\.\.\], dayfirst=True\)",
        ),
        ("1/5/2012", r"'1/5/2012' is ambiguous; write '2012-05-01' or"),
        ("25.12.2012", r"write '2012-12-25' or pass .*, dayfirst=True\)"),
        ("12/25/2012", r"write '2012-12-25' or pass pd\.to_datetime\(\[\.\.\.\]\)"),
        ("25 Dec 2012", r"not a date as YYYY-MM-DD; write '2012-12-25' or"),
        ("20121225", "write '2012-12-25' or"),
        ("2012-12-25 18:00", "write '2012-12-25' or"),
        ("2012-12", "not a date as YYYY-MM-DD"),
        ("2012-02-30", "'2012-02-30', which is no date"),
        ("Christmas", "'Christmas' is not a date as YYYY-MM-DD; write one such as"),
        ("", "'' is not a date"),
    ],
)
def test_text_of_holidays_has_one_meaning(text, words):
    with pytest.raises(ValueError, match=r"holidays\[1\].*" + words):
        CalendarFeatures(["weekday"], holidays=["2012-12-26", text]).fit(DAYS)
    with pytest.raises(ValueError, match="A key of holidays.*" + words):
        CalendarFeatures(["weekday"], holidays={text: "Christmas"}).fit(DAYS)


@pytest.mark.parametrize(
    ("index", "advised"),
    [
        (HOURS[:5], "hour"),
        (DAYS[:5], "weekday"),
        (DAYS[:35:7], "month"),
        (pd.period_range("2020-01", periods=5, freq="M"), "month"),
        (pd.period_range("2020-01", periods=3, freq="Q"), "quarter"),
        (pd.period_range("2020-01", periods=3, freq="Y"), "year"),
        (DAYS[:1], "month"),
    ],
)
def test_the_advice_if_there_is_no_feature(index, advised):
    for features, words in (("auto", "gives no feature for"), ([], "features is empty")):
        with pytest.raises(ValueError, match=rf"{words}.*CalendarFeatures\(\['{advised}'\]\)"):
            CalendarFeatures(features).fit(index)
    CalendarFeatures([advised]).fit(index)


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
        ({"features": ["day_of_week"]}, ValueError, r"Did you mean 'weekday'\?$"),
        ({"features": ["day_of_weak"]}, ValueError, r"Did you mean 'weekday'\?$"),
        ({"features": ["dayofweek"]}, ValueError, r"Did you mean 'weekday'\?$"),
        ({"features": "dayofweek"}, ValueError, r"Did you mean 'weekday'\?$"),
        ({"features": ["dayofyear"]}, ValueError, r"Did you mean 'day_of_year'\?$"),
        ({"features": ["day_of_yaer"]}, ValueError, r"Did you mean 'day_of_year'\?$"),
        ({"features": ["weekofyear"]}, ValueError, r"Did you mean 'week'\?$"),
        ({"features": ["dayofmonth"]}, ValueError, r"Did you mean 'day'\?$"),
        ({"features": ["weekday", "weekday"]}, ValueError, "twice"),
        ({"features": [1]}, ValueError, "1 is not a feature"),
        ({"features": 3}, ValueError, "features=3 is not valid; expected 'auto' or a list"),
        ({"features": None}, ValueError, "features=None is not valid; expected 'auto' or a list"),
        ({"encoding": "sin"}, ValueError, "encoding"),
        ({"passthrough": 1}, ValueError, "passthrough"),
        ({"holidays": "2024-12-25"}, TypeError, "list of dates"),
        ({"holidays": 3}, TypeError, "list of dates"),
        ({"holidays": ["Christmas"]}, ValueError, r"holidays\[0\]: 'Christmas' is not a date"),
        ({"holidays": [DAYS[0], 20241225]}, ValueError, r"holidays\[1\] is 20241225"),
        ({"holidays": [None]}, ValueError, r"holidays\[0\] is None; expected a date"),
        ({"holidays": [DAYS[0], pd.NaT]}, ValueError, r"holidays\[1\] is NaT; expected a date"),
        ({"holidays": [np.datetime64("NaT")]}, ValueError, r"holidays\[0\] is .*NaT.*expected"),
        ({"holidays": [float("nan")]}, ValueError, r"holidays\[0\] is nan; expected a date"),
        ({"holidays": {None: "a"}}, ValueError, "A key of holidays is None; expected a date"),
        ({"holidays": {1: "a"}}, ValueError, "A key of holidays is 1; expected a date"),
        (
            {"holidays": {"2024-12-25": "a", DAYS[361]: "b"}},
            ValueError,
            "two names for 2024-12-25, 'a' and 'b'",
        ),
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


@pytest.mark.parametrize(
    ("holidays", "code"),
    [("DE", "DE"), ("de", "DE"), ("USA", "USA"), ("Germany", "DE"), (["DE"], "DE")],
)
def test_a_country_is_a_dict_of_another_package(holidays, code):
    calendar = CalendarFeatures(["weekday"], holidays=holidays)
    message = rf"pass holidays\.country_holidays\('{code}'\) of that package\.$"
    with pytest.raises((TypeError, ValueError), match=message):
        calendar.fit(DAYS)


@pytest.mark.parametrize("holidays", [3, "2024-12-25", ["2024-13-45"], b"DE"])
def test_what_is_no_country_is_not_explained_as_one(holidays):
    with pytest.raises((TypeError, ValueError)) as raised:
        CalendarFeatures(["weekday"], holidays=holidays).fit(DAYS)
    assert "country_holidays" not in str(raised.value)
