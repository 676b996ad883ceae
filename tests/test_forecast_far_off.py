"""Forecasts far from all values observed are warnings; plausible ones are not."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from quick_forecasters import WALK, N, Predicting, Y, check_message, one
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
    one().fit(None, Y).update(1e5 + Y).forecast(5)  # what was observed later counts
