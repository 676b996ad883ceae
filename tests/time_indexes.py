"""Indexes of 60 rows: of every kind that forecasters take for times, regular and irregular."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd

N = 60
HOLIDAYS = ["2024-01-01", "2024-03-29", "2024-04-01", "2024-05-01"]
BERLIN = "Europe/Berlin"
off = pd.offsets


def dates(start, freq="D", **where):
    return pd.date_range(start, periods=N, freq=freq, **where)


def without_freq(index):
    """The same dates, as they are read from a file."""
    return pd.DatetimeIndex(index.tz_localize(None).to_numpy()).tz_localize(
        index.tz, ambiguous="infer"
    )


DAYS = dates("2024-01-01")
TEXT = DAYS.strftime("%Y-%m-%d")
HOURS = pd.timedelta_range("0h", periods=N, freq="h")
MIDNIGHTS, MORE_MIDNIGHTS = (
    dates(start).tz_localize("America/Sao_Paulo", nonexistent="shift_forward")
    for start in ("2018-10-01", "2018-09-24")
)

FIXED = {
    "days": DAYS,
    "dates": pd.Index(DAYS.date),
    "ISO text": pd.Index(TEXT),
    "ISO months": pd.Index(dates("2000", "MS").strftime("%Y-%m")),
    "ISO hours of a zone": pd.Index([f"{day} 10:00:00+02:00" for day in TEXT]),
    "objects": DAYS.astype(object),
    "categories": pd.CategoricalIndex(DAYS),
    "seconds": DAYS.as_unit("s"),
    "far future": pd.date_range(pd.Timestamp("3000-01-01").as_unit("s"), periods=N, unit="s"),
    "weeks": without_freq(dates("2024", "W-WED")),
    "two weeks": dates("2024", "2W"),
    "seven minutes": without_freq(dates("2024", "7min")),
    "36 hours": dates("2024", "36h"),
    "nanoseconds": dates("2024", "ns"),
    "durations": HOURS,
    "durations, no freq": pd.TimedeltaIndex(HOURS.to_numpy()),
    "timedelta objects": HOURS.astype(object),
    "steps of 7": pd.RangeIndex(5, 5 + 7 * N, 7),
    "integers": pd.Index(3 * np.arange(N)),
    "Int64": pd.Index(np.arange(N), dtype="Int64"),
    "uint8": pd.Index(np.arange(N, dtype="uint8")),
    "decimals": pd.Index([Decimal(i) for i in range(N)]),
    "float years": pd.Index(1900.0 + np.arange(N)),
    "quarters of years": pd.Index(1900 + np.arange(N) / 4),
    "months of years": pd.Index(np.round(1949 + np.arange(N) / 12, 3)),
    "months with 2 decimals": pd.Index(np.round(1949 + np.arange(N) / 12, 2)),
    "every third period": pd.period_range("2000-01", periods=3 * N, freq="M")[::3],
    "period objects": pd.period_range("2000-01", periods=N, freq="M").astype(object),
}
for freq in ["M", "2M", "Q", "Q-NOV", "Y", "Y-MAR", "W", "W-WED", "D", "3D", "h", "min", "s", "ns"]:
    FIXED[f"periods of {freq}"] = pd.period_range("2000-01-01", periods=N, freq=freq)

INFERRED = {  # offsets that pandas or we find without a freq
    "business days": without_freq(dates("2024", "B")),
    "month starts": without_freq(dates("2000", "MS")),
    "month ends": without_freq(dates("2000", "ME")),
    "business month ends": without_freq(dates("2000", "BME")),
    "quarter starts": without_freq(dates("2000", "QS")),
    "quarter ends": without_freq(dates("2000", "QE-FEB")),
    "year ends": without_freq(dates("1950", "YE")),
    "third Fridays": without_freq(dates("2000", "WOM-3FRI")),
    "the 15th": without_freq(dates("2018-01-15", off.DateOffset(months=1))),
    "the 15th, 10:00": without_freq(dates("2018-01-15 10:00", off.DateOffset(months=3))),
    "the 30th or last": without_freq(dates("2018-01-30", off.DateOffset(months=1, day=30))),
    "every 15 March": without_freq(dates("1950-03-15", off.DateOffset(years=1))),
}
WITH_FREQ = {  # offsets that only the freq tells
    "DateOffset(months=1)": dates("2018-01-15", off.DateOffset(months=1)),
    "from the 31st": dates("2018-01-31", off.DateOffset(months=1)),
    "DateOffset(days=2)": dates("2018-01-31", off.DateOffset(days=2)),
    "DateOffset(hours=2)": dates("2018-01-31", off.DateOffset(hours=2)),
    "Easter": dates("1950", off.Easter()),
    "C": dates("2024-01-01", off.CustomBusinessDay(holidays=HOLIDAYS)),
    "C, Sunday to Thursday": dates(
        "2024", off.CustomBusinessDay(weekmask="Sun Mon Tue Wed Thu", holidays=HOLIDAYS)
    ),
    "C, calendar": dates(
        "2024", off.CustomBusinessDay(calendar=np.busdaycalendar("1111110", HOLIDAYS))
    ),
    "bh": dates("2024-01-01 09:00", "bh"),
    "bh, 10 to 15": dates("2024-01-01 10:00", off.BusinessHour(start="10:00", end="15:00")),
    "cbh": dates("2024-01-02 09:00", off.CustomBusinessHour(holidays=HOLIDAYS)),
    "custom month ends": dates("2000", off.CustomBusinessMonthEnd(holidays=HOLIDAYS)),
    "semi-month ends": dates("2000", "SME"),
    "fiscal years": dates("1950", off.FY5253(startingMonth=12, weekday=3)),
    "last Thursdays": dates("1950", off.LastWeekOfMonth(weekday=3)),
}
ZONES = {  # with a change of the clock between the rows
    "days, Berlin": dates("2024-02-25", tz=BERLIN),
    "days, Berlin, no freq": without_freq(dates("2024-02-25", tz=BERLIN)),
    "days, UTC": dates("2024-02-25", tz="UTC"),
    "days, fixed": dates(
        "2024-02-25", tz=datetime.timezone(datetime.timedelta(hours=5, minutes=30))
    ),
    "hours, spring": dates("2024-03-29", "h", tz=BERLIN),
    "hours, autumn": without_freq(dates("2024-10-25 12:00", "h", tz=BERLIN)),
    "quarters of an hour": dates("2024-03-30 16:00", "15min", tz=BERLIN),
    "12 hours": dates("2024-02-25", "12h", tz="America/New_York"),
    "24 hours": dates("2024-02-25", off.Hour(24), tz=BERLIN),
    "business days, Berlin": dates("2024-02-25", "B", tz=BERLIN),
    "weeks, Berlin": without_freq(dates("2024-01-01", "W", tz=BERLIN)),
    "months, Berlin": without_freq(dates("2020-02-01", "MS", tz=BERLIN)),
    "a midnight that is skipped": MIDNIGHTS,
    "a midnight skipped after fit": MORE_MIDNIGHTS,
}
REGULAR = FIXED | INFERRED | WITH_FREQ | ZONES

IS_HOLIDAY = np.isin(dates("2024-01-01", "B").strftime("%Y-%m-%d"), [*HOLIDAYS, "2024-02-05"])
IRREGULAR = {  # and the line that fills the holes
    "business days": (dates("2024-01-01", "B")[~IS_HOLIDAY], "y.asfreq('B')"),
    "a week": (dates("2024", "W").delete(20), "y.asfreq('W-SUN')"),
    "a month": (dates("2000", "MS").delete(20), "y.asfreq('MS')"),
    "a 15th": (
        dates("2000-01-15", off.DateOffset(months=1)).delete(20),
        "y.asfreq(pd.offsets.DateOffset(day=15, months=1))",
    ),
    "an hour": (dates("2024", "h", tz=BERLIN).delete(20), "y.asfreq('h')"),
    "a period": (
        pd.period_range("2000", periods=N, freq="M").delete(20),
        "y.reindex(pd.period_range(y.index[0], y.index[-1]))",
    ),
    "a duration": (
        HOURS.delete(20),
        "y.reindex(pd.timedelta_range(y.index[0], y.index[-1], freq='h'))",
    ),
    "a number": (pd.RangeIndex(3, 3 + 2 * N, 2).delete(20), "y.reindex(range(3, 122, 2))"),
    "a quarter": (
        pd.Index(np.delete(1900 + np.arange(N) / 4, 20)),
        "y.reindex(np.arange(1900, 1914.875, 0.25), method='nearest', tolerance=0.125)",
    ),
}

with_arrow = {}
try:
    import pyarrow as pa
except ImportError:
    pass
else:
    with_arrow = {
        "timestamp": pd.Index(DAYS, dtype=pd.ArrowDtype(pa.timestamp("ns"))),
        "timestamp of a zone": pd.Index(
            list(dates("2024-03-01", tz=BERLIN)), dtype=pd.ArrowDtype(pa.timestamp("us", BERLIN))
        ),
        "date": pd.Index(DAYS.date, dtype=pd.ArrowDtype(pa.date32())),
        "duration": pd.Index(HOURS, dtype=pd.ArrowDtype(pa.duration("s"))),
        "int": pd.Index(range(N), dtype=pd.ArrowDtype(pa.int64())),
        "text": pd.Index(TEXT, dtype=pd.ArrowDtype(pa.string())),
    }
REGULAR |= {f"Arrow {name}": index for name, index in with_arrow.items()}
