"""The times of an index of any kind: gaps, old rows and holes are seen in every form of series."""

import builtins
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from quick_forecasters import Flat
from time_indexes import (
    DAYS,
    HOLIDAYS,
    INFERRED,
    IRREGULAR,
    REGULAR,
    WITH_FREQ,
    ZONES,
    N,
    dates,
    off,
)

from sklstm import SequenceForecaster, VotingForecaster
from sklstm._forecasting.offsets import fixed_length, offset_from_plain, offset_to_plain
from sklstm._forecasting.season import lengths_from_index
from sklstm._validation.time_zones import zone_to_plain

LINE = np.arange(float(N))
FORMS = {
    "Series": lambda values, index: (None, pd.Series(values, index)),
    "DataFrame": lambda values, index: (None, pd.DataFrame({"a": values, "b": values}, index)),
    "list": lambda values, index: (None, [pd.Series(values, index), pd.Series(-values, index)]),
    "X": lambda values, index: (pd.DataFrame(index=index), values),
}
every_index = pytest.mark.parametrize("name", REGULAR)
every_form = pytest.mark.parametrize("form", FORMS)


def forecaster():
    return SequenceForecaster(
        Flat(), window=4, differences=1, level=None, transformer=None, calibration_fraction=None
    )


def fitted(index, rows=slice(40), form="Series"):
    return forecaster().fit(*FORMS[form](LINE[rows], index[rows]))


def of_first(forecast):
    """The forecast of the first series, 1-D."""
    rows = np.asarray(forecast[0] if isinstance(forecast, list) else forecast)
    return rows if rows.ndim == 1 else rows[:, 0]


def future(index, form):
    X = pd.DataFrame(index=index)
    return [X, X] if form == "list" else X


@every_form
@every_index
def test_gaps_old_rows_and_holes_are_seen(name, form):
    index, make = REGULAR[name], FORMS[form]
    model = fitted(index, form=form)
    for start in (40, 47):
        rows = slice(start, start + 5)
        assert_allclose(of_first(model.predict(future(index[rows], form))), LINE[rows], atol=1e-9)
        assert model.score(*make(LINE[rows], index[rows])) == pytest.approx(1)
    for rows, message in [
        ([42, 43, 44], r"2 row\(s\) are missing in between"),
        ([39, 40, 41], "it is not after it"),
        ([40, 42, 43], "do not follow"),
    ]:
        X, y = make(LINE[rows], index[rows])
        with pytest.raises(ValueError, match=message):
            model.update(y, X)
    with pytest.raises(ValueError, match="a forecast is of later times"):
        model.predict(future(index[39:42], form))
    with pytest.warns(UserWarning, match="the times of the training rows"):
        model.predict(future(index[:40], form))


@every_index
def test_rows_with_and_without_times_move_the_clock(name):
    index = REGULAR[name]
    model = pickle.loads(pickle.dumps(fitted(index)))
    for i in range(40, 50):
        model.update(LINE[i : i + 1] if i % 3 else pd.Series(LINE[i : i + 1], index[i : i + 1]))
    model.update(LINE[50:55])
    assert_allclose(model.predict(pd.DataFrame(index=index[57:])), LINE[57:], atol=1e-9)
    with pytest.raises(ValueError, match="it is not after it"):
        model.update(pd.Series(LINE[54:55], index[54:55]))


@every_index
def test_what_is_kept_of_times_is_plain(name):
    (times,) = fitted(REGULAR[name])._origin["times"]
    assert json.loads(json.dumps(times)) == times


@pytest.mark.parametrize("name", WITH_FREQ | INFERRED)
def test_an_offset_is_rebuilt_from_plain_values(name):
    offset = (WITH_FREQ | INFERRED)[name].freq or off.DateOffset(months=1, day=30)
    rebuilt = offset_from_plain(json.loads(json.dumps(offset_to_plain(offset))))
    start = pd.Timestamp("2023-12-20 11:00")
    expected = pd.date_range(start, freq=offset, periods=40)
    assert pd.date_range(start, freq=rebuilt, periods=40).equals(expected)


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_is_rebuilt_from_its_name(name):
    index = ZONES[name]
    rebuilt = index.tz_localize(None).tz_localize(zone_to_plain(index.tz), ambiguous="infer")
    assert (rebuilt == index).all()


def test_an_offset_of_someone_else_is_not_stored():
    class Own(off.CustomBusinessDay):
        pass

    with pytest.warns(UserWarning, match="not regular"):
        forecaster().fit(None, pd.Series(LINE, dates("2024-02-01", Own(holidays=HOLIDAYS))))


def test_messages_tell_times_on_the_clocks_of_the_zone():
    model = fitted(ZONES["days, Berlin"]).update(LINE[40:45])
    with pytest.raises(ValueError, match=r"the last time known is 2024-04-09 00:00:00\+02:00"):
        model.update(pd.Series(LINE[:3], ZONES["days, Berlin"][:3]))


@every_form
@pytest.mark.parametrize("name", IRREGULAR)
def test_long_gaps_of_irregular_times_are_seen(name, form):
    index, fill = IRREGULAR[name]
    make, n = FORMS[form], len(index)
    with pytest.warns(UserWarning) as caught:
        model = forecaster().fit(*make(LINE[:40], index[:40]))
    if form == "Series":
        assert "The times are not regular (y)" in str(caught[0].message)
        with pytest.warns(UserWarning) as caught:
            y = pd.Series(LINE[:n], index)
            forecaster().fit(None, y)
        assert f"y = {fill}, and SequenceForecaster(missing='mask')" in str(caught[0].message)
        filled = eval(fill, {"y": y, "pd": pd, "np": np}).interpolate()
        assert len(filled) > n
        forecaster().fit(None, filled)
    for rows, message in [
        ([39, 40, 41], "it is not after it"),
        ([50, 51, 52], "rows seem to be missing"),
        ([40, 41, 52], "rows seem to be missing"),
    ]:
        X, y = make(LINE[rows], index[rows])
        with pytest.raises(ValueError, match=message):
            model.update(y, X)
    with pytest.raises(ValueError, match="rows seem to be missing"):
        model.predict(future(index[50:53], form))
    for start in (40, 42):
        X, y = make(LINE[start : start + 2], index[start : start + 2])
        model.update(y, X)
    assert_allclose(of_first(model.forecast(2)), [44, 45], atol=1e-9)


@pytest.mark.parametrize("rows", [[41, 42], [40, 42]])
def test_a_holiday_after_fit_needs_a_calendar(rows):
    y = pd.Series(LINE, INFERRED["business days"])
    with pytest.raises(ValueError, match=r"fit on y\.asfreq\(pd\.offsets\.CustomBusinessDay"):
        forecaster().fit(None, y.iloc[:40]).update(y.iloc[rows])
    holidays = [y.index[i] for i in range(40, 42) if i not in rows]
    freq = off.CustomBusinessDay(holidays=holidays)
    forecaster().fit(None, y.iloc[:40].asfreq(freq)).update(y.iloc[rows])


def test_rows_without_times_lengthen_the_gap_of_irregular_ones():
    index, _ = IRREGULAR["a week"]
    with pytest.warns(UserWarning, match="not regular"):
        model = fitted(index)
    model.update(LINE[40:50]).update(pd.Series(LINE[50:52], index[50:52]))
    with pytest.raises(ValueError, match="rows seem to be missing"):
        model.update(pd.Series(LINE[58:], index[57:] + pd.Timedelta(weeks=8)))


@pytest.mark.parametrize(
    ("index", "lengths"),
    [
        (WITH_FREQ["DateOffset(months=1)"], (12,)),
        (INFERRED["the 15th, 10:00"], (4,)),
        (INFERRED["every 15 March"], ()),
        (WITH_FREQ["Easter"], ()),
        (WITH_FREQ["C"], (5,)),
        (WITH_FREQ["C, calendar"], (6,)),
        (ZONES["days, Berlin, no freq"], (7, 365)),
        (ZONES["hours, spring"], (24, 168)),
        (dates("2024", "ns")[:3], None),
    ],
)
def test_season_lengths_of_offsets(index, lengths):
    found = lengths_from_index(index)
    assert found == lengths if lengths is not None else max(found) > 1e12


@pytest.mark.parametrize(
    "unit", ["weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds"]
)
def test_offsets_that_are_always_as_long(unit):
    length = pd.Timedelta(**{unit: 2}).value
    assert fixed_length(3 * off.DateOffset(**{unit: 2})) == 3 * length
    assert fixed_length(off.DateOffset(**{unit: 2}, months=1)) is None
    assert fixed_length(off.DateOffset(**{unit: 2}, normalize=True)) is None


def test_a_vote_reads_the_same_times():
    members = [("a", forecaster()), ("b", forecaster())]
    for series in (
        pd.Series(LINE, WITH_FREQ["C"]),
        [pd.Series(LINE, DAYS), pd.Series(LINE, DAYS.tz_localize("UTC"))],
    ):
        lower, _ = VotingForecaster(members).fit(None, series).predict_interval(2)
        assert_allclose(of_first(lower), [60, 61], atol=1e-9)


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_another_zone_tells_the_same_times(zone):
    index = ZONES["days, Berlin"]
    model = fitted(index).update(pd.Series(LINE[40:50], index[40:50].tz_convert(zone)))
    assert_allclose(model.predict(pd.DataFrame(index=index[52:])), LINE[52:], atol=1e-9)
    X = pd.DataFrame(index=index.tz_convert(zone))
    forecaster().fit(X, pd.Series(LINE, index))


def test_the_level_that_is_not_series_id_is_the_time():
    levels = pd.MultiIndex.from_product([DAYS[:30], ["a", "b"]], names=["day", "shop"])
    y = pd.Series(np.repeat(LINE[:30], 2), levels)
    model = forecaster().fit(None, y, series_id=levels.get_level_values("shop"))
    new = pd.MultiIndex.from_product([DAYS[33:35], ["a", "b"]])
    with pytest.raises(ValueError, match=r"3 row\(s\) are missing"):
        model.update(pd.Series(np.ones(4), new), series_id=new.get_level_values(1))


def test_the_line_for_text_in_a_level():
    days = DAYS[:30].strftime("%d/%m/%Y")
    y = pd.Series(LINE, pd.MultiIndex.from_product([["a", "b"], days]))
    ids = y.index.get_level_values(0)
    line = r"y\.index = pd\.to_datetime\(y\.index\.get_level_values\(1\), dayfirst=True\)"
    with pytest.raises(ValueError, match=line):
        forecaster().fit(None, y, series_id=ids)
    y.index = pd.to_datetime(y.index.get_level_values(1), dayfirst=True)
    forecaster().fit(None, y, series_id=ids)


def test_an_index_of_ids_is_not_time():
    ids = np.repeat(["shop 1", "shop 2"], 30)
    model = forecaster().fit(None, pd.Series(LINE, ids), series_id=ids)
    assert_allclose(model.forecast(2)["shop 1"], [30, 31], atol=1e-9)


def test_pandas_is_not_imported_for_arrays(monkeypatch):
    load = builtins.__import__

    def refuse(name, scope=None, *rest):
        assert not (name == "pandas" and str((scope or {}).get("__name__")).startswith("sklstm"))
        return load(name, scope, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    model = forecaster().fit(None, LINE).update(LINE[:3])
    model.predict(np.empty((3, 0)))
    with pytest.raises(AssertionError):
        model.predict(pd.DataFrame(index=range(60, 63)))
