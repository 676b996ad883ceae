"""Invalid values in every form of series."""

import pickle
from datetime import date

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import DATES, both, check_message

T = 12  # rows that are good but for what is wrong with them


def with_value(value, kind=float):
    rows = np.linspace(1, 2, T).astype(kind)
    rows[7] = value
    return rows


BAD_ROWS = {
    "NaN": (with_value(np.nan), ValueError, ["contains NaN at row", "interpolation", "mask"]),
    "infinity": (with_value(-np.inf), ValueError, ["contains infinity at row"]),
    "None": (with_value(None, object), ValueError, ["None or NA, a missing value", "mask"]),
    "NA": (pd.array([1, None] * (T // 2), dtype="Int64"), ValueError, ["contains NaN at row"]),
    "too large": (with_value(1e306), ValueError, ["at most 1e+304", "Divide it"]),
    "huge integers": (
        pd.Series([10**400] * T, dtype=object),
        ValueError,
        ["cannot be read as numbers"],
    ),
    "complex": (with_value(1j, complex), ValueError, ["Complex data not supported", "complex128"]),
    "complex objects": (with_value(1j, object), ValueError, ["Complex data not supported"]),
    "strings": (np.array(["1", "b"] * (T // 2)), ValueError, ["strings, such as 'b'", "astype"]),
    "string objects": (with_value("b", object), ValueError, ["strings, such as 'b'", "astype"]),
    "pandas strings": (pd.array(["1"] * T, dtype="string"), ValueError, ["holds strings"]),
    "categories": (pd.Categorical(["u", "v"] * (T // 2)), ValueError, ["holds strings"]),
    "dates": (DATES[:T], ValueError, ["holds times", "datetime64", "Put dates in the index"]),
    "dates with a zone": (
        DATES[:T].tz_localize("UTC"),
        ValueError,
        ["holds times", "in the index"],
    ),
    "periods": (DATES[:T].to_period("M"), ValueError, ["holds times", "period[M]"]),
    "durations": (DATES[:T] - DATES[0], ValueError, ["holds times", "timedelta64"]),
    "date objects": ([date(2020, 1, 1 + i) for i in range(T)], ValueError, ["dates in the index"]),
    "dicts": (with_value({}, object), TypeError, ["cannot be read as numbers"]),
}
GOOD = np.linspace(1.0, 2.0, T)


def in_form(form, rows):
    """Rows (of the second series) in a form of y, with the other arguments."""
    rows = pd.Series(rows)
    return {
        "array": lambda: (rows if rows.dtype == object else rows.array, {}),
        "column": lambda: (pd.DataFrame({"u": GOOD, "w": rows}), {}),
        "list": lambda: ([GOOD, rows.array], {}),
        "frames": lambda: ([pd.DataFrame({"w": GOOD}), pd.DataFrame({"w": rows})], {}),
        "series_id": lambda: (
            pd.concat([rows, rows], ignore_index=True).array,
            {"series_id": np.repeat(["a", "b"], T)},
        ),
    }[form]()


FORMS = ["array", "column", "list", "frames", "series_id"]


@both
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", BAD_ROWS)
@pytest.mark.parametrize("method", ["fit", "update", "score"])
def test_bad_values_are_refused_in_every_form(make, form, case, method):
    rows, error, words = BAD_ROWS[case]
    y, others = in_form(form, rows)
    good, _ = in_form(form, GOOD)
    model = make() if method == "fit" else make().fit(None, good, **others)
    before = pickle.dumps(model)
    arguments = (y,) if method == "update" else (None, y)
    with pytest.raises(error) as raised:
        getattr(model, method)(*arguments, **others)
    check_message(raised.value, words + (["y[1]"] if form in ("list", "frames") else ["y"]))
    assert pickle.dumps(model) == before


@both
@pytest.mark.parametrize("case", [case for case in BAD_ROWS if case != "categories"])
def test_bad_values_of_exogenous_variables_are_refused(make, case):
    rows, error, words = BAD_ROWS[case]
    table = pd.DataFrame({"u": GOOD, "v": rows})
    with pytest.raises(error) as raised:
        make().fit(table, GOOD)
    check_message(raised.value, [*words, "X"])
    with pytest.raises(error) as raised:
        make().fit([table[["u"]], pd.DataFrame({"u": rows})], [GOOD, GOOD])
    check_message(raised.value, [*words, "X[1]"])
    model = make().fit(pd.DataFrame({"u": GOOD, "v": GOOD}), GOOD)
    with pytest.raises(error) as raised:
        model.predict(table)
    check_message(raised.value, [*words, "X"])
