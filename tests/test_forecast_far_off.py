"""Forecasts far from all values observed are warnings; plausible ones are not."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from quick_forecasters import WALK, N, Predicting, Y, check_message, one, vote
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

FAR = {
    "an array": (WALK, {}, ["of y is"]),
    "columns": (np.column_stack([np.sin(WALK / 9), WALK]), {}, ["of y, column"]),
    "a list": ([WALK, WALK], {}, ["of y[0] (and of 1 more series)"]),
    "rows with ids": (np.r_[WALK, WALK], {"series_id": np.repeat(["u", "v"], 40)}, ["series 'u'"]),
}
LINE = make_pipeline(FunctionTransformer(lambda X: X.reshape(len(X), -1)), LinearRegression())


@pytest.mark.parametrize("case", FAR)
@pytest.mark.parametrize("method", ["forecast", "predict", "score"])
def test_a_forecast_far_from_all_that_was_observed_is_a_warning(case, method):
    y, others, words = FAR[case]
    model = one(LINE, level=None, transformer=None, window=18).fit(None, y, **others)
    steps = 300 if case != "columns" else 3000
    calls = {
        "forecast": lambda: model.forecast(steps),
        "predict": lambda: model.predict(ahead(case, steps), **ids(case, steps)),
        "score": lambda: model.score(None, truth(case, steps), **ids(case, steps)),
    }
    advice = ["far from all values observed", "strategy='direct'", "combine=True", "fewer steps"]
    with pytest.warns(UserWarning) as caught:
        calls[method]()
    assert len(caught) == 1
    assert caught[0].filename == __file__
    check_message(caught[0].message, [*words, *advice])


def ahead(case, steps):
    n_series = 1 + (case == "rows with ids")
    rows = np.empty((n_series * steps, 0))
    return [rows, rows] if case == "a list" else rows


def truth(case, steps):
    rows = np.arange(steps * (1 + (case == "rows with ids"))) % 7.0
    return {"a list": [rows, rows], "columns": np.column_stack([rows, rows])}.get(case, rows)


def ids(case, steps):
    return {"series_id": np.repeat(["u", "v"], steps)} if case == "rows with ids" else {}


def test_far_is_a_thousand_ranges_beyond_the_largest_value():
    def forecast(y, value):
        regressor = Predicting(lambda X: np.full(len(X), value))
        return one(regressor, level=None, scale=False, transformer=None).fit(None, y).forecast(1)

    for value in (1001.0, -1000.0):  # 1001 from their middle, 0.5
        assert forecast(np.arange(N) % 2, value) == value
    for value in (1002.0, -1001.0):
        with pytest.warns(UserWarning, match="of y is .* at step 1, far from .*, 0 to 1"):
            forecast(np.arange(N) % 2, value)
    assert forecast(np.zeros(N), 7.0) == 7  # there is no range of nothing


def test_what_is_plausible_is_no_warning():
    """Warnings are errors here: trends far ahead, constants, tiny changes, a level shift."""
    one(transformer=None).fit(None, Y).forecast(2000)
    assert_allclose(one().fit(None, np.full(30, 3.0)).forecast(50), 3)
    assert_allclose(one().fit(None, np.zeros(30)).forecast(50), 0)
    one().fit(None, 1e6 + 1e-3 * WALK).forecast(50)
    shifted = one().fit(None, Y)
    with pytest.warns(UserWarning, match="y contains 100050 in row 0"):
        shifted.update(1e5 + Y)
    shifted.forecast(5)  # no warning: the values of update are observed ones


@pytest.mark.parametrize(
    ("y", "others", "new", "words"),
    [
        (Y, {}, [50.0, 330_000.0], ["y contains 330000 in row 1, far from", "to 1"]),
        (np.column_stack([Y, Y]), {}, [[50, -1e6]], ["y, column 1 contains -1e+06 in row 0"]),
        (
            [Y, Y],
            {},
            [np.full(1, 1e6)] * 2,
            ["y[0] contains 1e+06 in row 0", "and so do 1 more series"],
        ),
        (
            np.r_[Y, Y],
            {"series_id": np.repeat(["u", "v"], N)},
            [50.0, 1e6],
            ["series 'v' contains 1e+06", "units of fit", "fit again"],
        ),
    ],
    ids=["one", "columns", "a list", "rows with ids"],
)
@pytest.mark.parametrize("make", [one, lambda member: vote(one(member))], ids=["one", "vote"])
def test_an_observation_far_from_all_before_is_a_warning(make, y, others, new, words):
    ids = {"series_id": ["u", "v"]} if others else {}
    model = make("smoothing").fit(None, y, **others)
    with pytest.warns(UserWarning) as caught:
        model.update(new, **ids)
    assert {warning.filename for warning in caught} == {__file__}
    check_message(caught[0].message, words)
    model.update(new, **ids)  # it is known now


@pytest.mark.parametrize("value", [-900, 0.0, 2_000.0])
def test_other_observations_are_no_warning(value):
    for y in (Y, np.full(N, 3.0)):
        one("smoothing").fit(None, y).update([value])
