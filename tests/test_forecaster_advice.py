"""What the errors of forecasters and of sequences with names advise, and what they leave out."""

import datetime

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import Flat

from sklstm import LSTMRegressor, SequenceForecaster, VotingForecaster

N = 60
DAYS = pd.date_range("2024-01-01", periods=N)
rng = np.random.default_rng(0)
Y = pd.Series(50 + rng.normal(size=N).cumsum(), DAYS)
DATES, SHOPS = Y.to_frame("a").assign(date=DAYS), np.resize(["u", "v"], N)
SET_INDEX = "Put dates in the index: y = y.set_index('date')"
IDS = "Pass ids of series as series_id"
BAD_Y = {
    "dates": (DATES, [SET_INDEX], [IDS]),
    "dates as text": (DATES.assign(date=DAYS.astype(str)), [SET_INDEX, "pd.to_datetime"], [IDS]),
    "dates, then text": (DATES.assign(shop=SHOPS), [SET_INDEX, "series_id=y.pop('shop')"], [IDS]),
    "text, then dates": (Y.to_frame("a").assign(shop=SHOPS, date=DAYS), [SET_INDEX, IDS], []),
    "text": (Y.to_frame("a").assign(shop=SHOPS), [IDS, "astype(float)"], []),
    "a series of text": (pd.Series(SHOPS, DAYS), [IDS], []),
    "an array of text": (SHOPS, [IDS], []),
    "objects that are dates": (pd.Series(DAYS.date, DAYS), ["Put dates in the index."], [IDS]),
    "an array of dates": (DAYS.to_numpy(), ["Put dates in the index."], [IDS]),
    "columns of one name": (DATES.set_axis(["date", "date"], axis=1), ["expected numbers"], []),
}


def flat(**params):
    return SequenceForecaster(Flat(), **params)


@pytest.mark.parametrize("case", BAD_Y)
@pytest.mark.parametrize("form", ["one", "list"])
def test_dates_and_text_in_y(case, form):
    y, words, others = BAD_Y[case]
    with pytest.raises(ValueError, match="holds (times|strings)|expected numbers") as raised:
        flat().fit(None, y if form == "one" else [y, y])
    message = str(raised.value)
    if form == "list":
        words = [word.replace("y = y.", "y[0] = y[0].") for word in words if ".pop" not in word]
    assert all(word in message for word in words)
    assert not any(word in message for word in [*others, "OneHotEncoder", "categories"])


def test_dates_and_text_in_x():
    X = pd.DataFrame({"kind": SHOPS, "date": DAYS}, DAYS)
    with pytest.raises(ValueError, match=r"OneHotEncoder\. Put dates .*set_index\('date'\)\.$"):
        flat().fit(X, Y)
    with pytest.raises(ValueError, match=r"expected numbers\. Put dates .*set_index\('date'\)\.$"):
        flat().fit(X[["date", "kind"]], Y)


@pytest.mark.parametrize(
    "time",
    [
        "2024-06-01",
        pd.Timestamp("2024-06-01"),
        np.datetime64("2024-06-01"),
        datetime.date(2024, 6, 1),
        pd.Period("2024-06-01", "D"),
    ],
    ids=lambda time: type(time).__name__,
)
@pytest.mark.parametrize("vote", [False, True])
def test_a_time_in_place_of_steps(time, vote):
    model = VotingForecaster([("a", flat()), ("b", flat())]) if vote else flat()
    message = r"the number of steps after the last row\. Count them.*y\.index\[-1\], '2024-06-01"
    with pytest.raises(ValueError, match=message):
        model.fit(None, Y).forecast(time)
    steps = len(pd.date_range(Y.index[-1], str(time), freq="D")) - 1
    assert str(model.forecast(steps).index[-1])[:10] == "2024-06-01"


@pytest.mark.parametrize("steps", [0, 2.5, "many", "12", pd.Timedelta(3, "D")])
def test_other_steps_are_not_explained_as_times(steps):
    with pytest.raises(ValueError, match=r"expected an integer >= 1\.$"):
        flat().fit(None, Y).forecast(steps)


@pytest.mark.parametrize("horizon", [59, 60, 200])
def test_a_horizon_too_long_is_refused_without_a_warning(horizon):
    """Warnings are errors here."""
    model = flat(strategy="direct", horizon=horizon)
    with pytest.raises(ValueError, match=f"but horizon={horizon} needs at least {horizon + 2}"):
        model.fit(Y.to_frame("known"), Y)


def test_a_window_shorter_than_the_horizon_still_warns():
    model = flat(strategy="direct", horizon=4, window=2)
    with pytest.warns(UserWarning, match="window=2 is shorter than horizon=4.*the first 2"):
        model.fit(Y.to_frame("known"), Y)


@pytest.mark.parametrize(
    ("params", "need"),
    [
        ({}, "horizon=1 needs at least 3"),
        ({"differences": 1}, "window=1, horizon=1 and differences=1 need at least 3"),
    ],
)
def test_a_verb_for_one_parameter_and_for_two(params, need):
    with pytest.raises(ValueError, match=need):
        flat(**params).fit(None, np.arange(2.0))


# Sequences with names -----------------------------------------------------------------------------

FRAMES = [pd.DataFrame(rng.normal(size=(4, 3)), columns=list("abc")) for _ in range(10)]
OTHER_COLUMNS = {
    "order": (lambda x: x[list("cba")], r"same order: x\[columns\] of each DataFrame x"),
    "fewer": (lambda x: x[["a", "b"]], r"same order\. Missing are \['c'\]"),
    "renamed": (lambda x: x.rename(columns={"a": "z"}), r"same order\. Missing are \['a'\]"),
    "more": (lambda x: x.assign(z=1.0), r"\['a', 'b', 'c', 'z'\], but.*: x\[columns\] of each"),
}


@pytest.mark.parametrize("case", OTHER_COLUMNS)
@pytest.mark.parametrize("where", ["predict", "X_val"])
def test_other_columns(case, where):
    change, message = OTHER_COLUMNS[case]
    model, y, X = LSTMRegressor(2, max_iter=1, random_state=0), np.arange(10.0), FRAMES
    others = [change(x) for x in X]
    with pytest.raises(ValueError, match=message):
        if where == "predict":
            model.fit(X, y).predict(others)
        else:
            model.fit(X, y, X_val=others, y_val=y)


def test_other_channels():
    X = np.stack(FRAMES)
    model = LSTMRegressor(2, max_iter=1, random_state=0).fit(X, np.arange(10.0))
    for others in (X[:, :, :2], np.concatenate([X, X], axis=2)):
        with pytest.raises(ValueError, match="was fitted with 3; pass the same channels, in the"):
            model.predict(others)
