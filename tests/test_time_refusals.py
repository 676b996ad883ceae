"""What looks like time and cannot be used, what is not sorted: errors with the line to write."""

import datetime
import re

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import Flat
from time_indexes import BERLIN, DAYS, N, dates

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.preprocessing import Patches, ToSequences, sliding_windows

LINE = np.arange(float(N))
RNG = np.random.default_rng(0)
TEXT = DAYS.strftime("%Y%m%d")
LOCAL = dates("2024-10-26", "h", tz=BERLIN)


def model():
    return SequenceForecaster(Flat(), window=4, level=None, calibration_fraction=None)


def mixed(*times):
    return pd.Index([times[i % len(times)] + pd.Timedelta(i, "D") for i in range(N)], dtype=object)


NOT_READ = {
    "text": pd.Index(dates("2015", "MS").strftime("%b %-d %Y")),
    "text of nullable dtype": pd.Index(dates("2015", "MS").strftime("%B %Y"), dtype="string"),
    "categories of text": pd.CategoricalIndex(dates("2015", "MS").strftime("%d %b %Y")),
    "days first": pd.Index(DAYS.strftime("%d/%m/%Y")),
    "months first": pd.Index(DAYS.strftime("%m/%d/%Y")),
    "German": pd.Index(DAYS.strftime("%d.%m.%Y")),
    "year, month, day as text": pd.Index(TEXT),
    "quarters": pd.Index([f"{2000 + i // 4}Q{i % 4 + 1}" for i in range(N)]),
    "offsets from UTC": pd.Index(LOCAL.strftime("%d %b %Y %H:%M%z")),
    "row numbers as text": pd.Index([str(i) for i in range(N)]),
    "bytes": pd.Index([day.encode() for day in TEXT]),
    "numbers of days": pd.Index(TEXT.astype(int)),
    "numbers of months": pd.Index(dates("2000", "MS").strftime("%Y%m").astype(int)),
    "dates and timestamps": pd.Index([DAYS[0].date(), *DAYS[1:-1], str(DAYS[-1])], dtype=object),
    "zones": mixed(
        *[pd.Timestamp("2024", tz="UTC").tz_convert(zone) for zone in ("Asia/Tokyo", "UTC")]
    ),
    "with and without a zone": mixed(pd.Timestamp("2024", tz="UTC"), pd.Timestamp("2024")),
    "times of a day": pd.Index([datetime.time(i // 60, i % 60) for i in range(N)]),
    "intervals": pd.interval_range(pd.Timestamp("2024"), periods=N),
    "missing": DAYS.where(DAYS != DAYS[5]),
    "missing number": pd.Index(np.where(LINE == 5, np.nan, LINE)),
    "the last is missing": DAYS.where(DAYS != DAYS[-1]),
}


@pytest.mark.filterwarnings("ignore:The times are not regular:UserWarning")  # without missing ones
@pytest.mark.parametrize("name", NOT_READ)
@pytest.mark.parametrize("form", ["Series", "DataFrame", "list", "X"])
def test_the_line_of_the_message_makes_the_times_valid(name, form):
    index, fitted = NOT_READ[name], model().fit(None, pd.Series(LINE, DAYS))
    y = pd.Series(LINE, index)
    y = {"DataFrame": pd.DataFrame({"a": y, "b": y}), "list": [y, y]}.get(form, y)
    X, y = (pd.DataFrame(index=index), LINE) if form == "X" else (None, y)
    with pytest.raises(ValueError, match="The index") as raised:
        model().fit(X, y)
    variables = {"X": X, "y": y, "pd": pd}
    exec(line_of(str(raised.value)), variables)
    if form == "list":
        variables["y"][1] = variables["y"][0]
    X, y = variables["X"], variables["y"]
    model().fit(X, LINE[: len(X)] if form == "X" else y)
    if form in ("Series", "X"):
        with pytest.raises(ValueError, match="The index"):
            fitted.update(pd.Series(LINE, index))
        with pytest.raises(ValueError, match="The index"):
            fitted.predict(pd.DataFrame(index=index))
        with pytest.raises(ValueError, match="The index"):
            fitted.score(None, pd.Series(LINE, index))


def test_days_and_months_that_cannot_be_told_apart():
    y = pd.Series(LINE[:12], pd.date_range("2024", periods=12, freq="MS").strftime("%d/%m/%Y"))
    with pytest.raises(ValueError, match="with dayfirst=True if the day comes first"):
        model().fit(None, y)


def line_of(message):
    """The code in a message: an assignment to the index, or to the rows."""
    (line,) = re.findall(
        r"((?:[yX](?:\[0\])?)(?:\.index)? = .+?)(?:\.? If |\. |, or |, with |\.$)", message
    )
    return line.rstrip(".")


def test_labels_that_are_no_times_are_ignored():
    for index in (
        pd.Index(["a" * i for i in range(N)]),
        pd.Index([True, False] * (N // 2)),
        pd.Index(1j * LINE),
    ):
        fitted = model().fit(None, pd.Series(LINE, index))
        fitted.update(pd.Series(LINE[:3], index[10:13]))


UNSORTED = {
    "dates": DAYS[::-1],
    "periods": DAYS.to_period("D")[::-1],
    "durations": (DAYS - DAYS[0])[::-1],
    "shuffled dates": DAYS[RNG.permutation(N)],
    "ISO text": pd.Index(DAYS.strftime("%Y-%m-%d"))[::-1],
    "date objects": pd.Index(DAYS.date)[::-1],
}
NUMBERS = {
    "row numbers": pd.RangeIndex(N)[::-1],
    "shuffled": pd.Index(RNG.permutation(N)),
    "years": pd.Index(np.arange(2020, 2020 - N, -1)),
    "floats": pd.Index(LINE[::-1]),
}


@pytest.mark.parametrize("name", UNSORTED | NUMBERS)
def test_sorting_is_advised_for_dates_but_not_for_numbers(name):
    index = (UNSORTED | NUMBERS)[name]
    y = pd.Series(LINE, index)
    fitted = model().fit(None, LINE)
    calls = {
        "y": (
            lambda: model().fit(None, y),
            lambda: fitted.update(y),
            lambda: fitted.score(None, y),
        ),
        "y[1]": (lambda: model().fit(None, [pd.Series(LINE), y]),),
        "X": (
            lambda: model().fit(pd.DataFrame({"x": LINE}, index), LINE),
            lambda: fitted.predict(pd.DataFrame(index=index)),
        ),
    }
    for data, tries in calls.items():
        for call in tries:
            with pytest.raises(ValueError, match="is not sorted") as raised:
                call()
            message = str(raised.value)
            assert f"The index of {data} is not sorted" in message
            assert (f"{data} = {data}.sort_index()" in message) == (name in UNSORTED)
            assert (f"pass {data}.reset_index(drop=True)" in message) == (name in NUMBERS)


@pytest.mark.parametrize("index", [DAYS[np.arange(N) // 2], pd.Index(np.arange(N) // 2)])
def test_times_twice(index):
    y = pd.Series(LINE, index)
    with pytest.raises(ValueError, match=r"y\.groupby\(level=0\)\.mean\(\).*series_id"):
        model().fit(None, y)
    model().fit(None, y.groupby(level=0).mean())


def test_an_hour_twice_needs_its_zone():
    y = pd.Series(LINE, LOCAL.tz_localize(None))
    with pytest.raises(ValueError, match=r"y\.tz_localize\('Europe/Berlin', ambiguous='infer'\)"):
        model().fit(None, y)
    model().fit(None, y.tz_localize(BERLIN, ambiguous="infer"))


def test_an_index_of_several_levels_is_refused_with_the_line():
    levels = pd.MultiIndex.from_product([["a", "b"], DAYS[:30]], names=["shop", None])
    for index in (levels, levels.swaplevel()):
        y = pd.Series(LINE, index)
        line = r"series_id=y\.index\.get_level_values\('shop'\)"
        with pytest.raises(ValueError, match=line):
            model().fit(None, y)
        model().fit(None, y, series_id=y.index.get_level_values("shop"))
        fitted = model().fit(None, LINE)
        with pytest.raises(ValueError, match=line):
            fitted.update(y)
        with pytest.raises(ValueError, match=r"series_id=X\.index\.get_level_values\('shop'\)"):
            fitted.predict(pd.DataFrame(index=index))
        rows = [y[y.index.get_level_values("shop") == shop] for shop in "ab"]
        with pytest.raises(ValueError, match=r"y = \[rows\.droplevel\('shop'\) for rows in y\]"):
            model().fit(None, rows)
        model().fit(None, [each.droplevel("shop") for each in rows])


@pytest.mark.parametrize(
    ("known", "new", "line"),
    [
        (DAYS.tz_localize(BERLIN), DAYS, r"y\.index = y\.index\.tz_localize\('Europe/Berlin'\)"),
        (DAYS, DAYS.tz_localize(BERLIN), r"y\.index = y\.index\.tz_localize\(None\)"),
        (DAYS, DAYS.to_period("D"), r"y\.index = y\.index\.to_timestamp\(\)"),
        (DAYS.to_period("D"), DAYS, r"y\.index = y\.index\.to_period\('D'\)"),
        (DAYS.to_period("D"), DAYS.to_period("h"), "Use the same kind of index"),
        (DAYS, DAYS - DAYS[0], "Use the same kind of index"),
        (DAYS - DAYS[0], DAYS, "Use the same kind of index"),
        (dates("2000", "ME"), dates("2000", "MS"), "2003-05-31 00:00:00 is expected"),
    ],
)
def test_times_of_another_kind_are_refused_with_the_line(known, new, line):
    fitted = model().fit(None, pd.Series(LINE[:40], known[:40]))
    with pytest.raises(ValueError, match=line):
        fitted.update(pd.Series(LINE[40:], new[40:] + (new[1] - new[0])))
    with pytest.raises(ValueError, match=re.sub(r"\by\\", "X\\\\", line)):
        fitted.predict(pd.DataFrame(index=new[41:]))


@pytest.mark.parametrize("other", [DAYS.to_period("D"), DAYS - DAYS[0], DAYS.tz_localize("UTC")])
def test_different_times_of_x_and_y(other):
    y = pd.Series(LINE, DAYS)
    with pytest.raises(ValueError, match=r"different (kinds of )?times"):
        model().fit(pd.DataFrame(index=other), y)
    with pytest.raises(ValueError, match=r"X\[1\] and y\[1\] have different (kinds of )?times"):
        model().fit([pd.DataFrame(index=DAYS), pd.DataFrame(index=other)], [y, y])


# Windows and sequences


@pytest.mark.parametrize("name", UNSORTED)
def test_windows_and_sequences_do_not_run_backwards(name):
    index = UNSORTED[name]
    table, y = pd.DataFrame({"a": LINE, "b": LINE}, index), pd.Series(LINE, index)
    good = table.set_axis(DAYS)
    for series in (table, y):
        with pytest.raises(ValueError, match="The times of series run backwards.*sort_index"):
            sliding_windows(series, 3)
    with pytest.raises(ValueError, match="The times of exog run backwards"):
        sliding_windows(LINE, 3, exog=table)
    classes, fitted = [0, 1], LSTMRegressor(2, max_iter=1).fit([good, good[:9]], [0.0, 1.0])
    for call in (
        lambda X: LSTMRegressor(2, max_iter=1).fit(X, [0.0, 1.0]),
        lambda X: LSTMClassifier(2, max_iter=1).fit(X, classes),
        lambda X: fitted.predict(X),
        lambda X: ToSequences().fit_transform(X),
        lambda X: Patches(2).fit_transform(X),
    ):
        with pytest.raises(ValueError, match=r"The times of X\[1\] run backwards.*X\[1\]\.sort_in"):
            call([good, table])


@pytest.mark.parametrize(
    "index",
    [
        *NUMBERS.values(),
        pd.Index([str(i) for i in range(N)])[::-1],
        pd.Index([f"row {chr(i)}" for i in range(40, 100)])[::-1],
        DAYS[np.arange(N) // 2],
        DAYS.where(DAYS != DAYS[5]),
        pd.MultiIndex.from_arrays([LINE[::-1], LINE]),
    ],
)
def test_windows_and_sequences_of_other_labels(index):
    table = pd.DataFrame({"a": LINE}, index)
    assert len(sliding_windows(table, 3)[0]) == N - 3
    LSTMRegressor(2, max_iter=1).fit([table, table.iloc[:9]], [0.0, 1.0])
