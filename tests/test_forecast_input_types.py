"""The same numbers in different types: arrays, lists, flags; different lengths; short series."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import AHEAD, TOGETHER, N, Naive, Saying, X, Y, both, one, vote

from sklstm import SequenceForecaster


def test_members_that_differ_agree_on_a_forecast():
    members = [one(strategy="direct", horizon=h) for h in (3, 7)]
    alone = [member.fit(None, Y).forecast(10) for member in members]
    assert_allclose(vote(*members).fit(None, Y).forecast(10), np.mean(alone, axis=0))
    ignores = vote(one(), Saying(np.zeros)).fit(X, Y)
    assert_allclose(ignores.forecast(5, AHEAD), one().fit(X, Y).forecast(5, AHEAD) / 2)
    simple = vote(one(), Naive(), calibration_fraction=0.3).fit(None, Y)
    expected = (one().fit(None, Y).forecast(4) + Y[-1]) / 2
    assert_allclose(simple.forecast(4), expected)
    lower, upper = simple.predict_interval(4, coverage=0.5)
    assert (lower < upper).all()
    simple.update([7.0])
    assert simple.estimators_[1].last_ == 7


@pytest.mark.parametrize("first", [np.arange, lambda n: list(range(n)), lambda n: np.arange(n) > 1])
def test_forecasts_of_integers_are_not_rounded(first):
    model = vote(Saying(first), one()).fit(None, Y)
    assert_allclose(model.forecast(3), (np.array(first(3)) + one().fit(None, Y).forecast(3)) / 2)
    halves = vote(Saying(first), Saying(lambda n: np.ones(n, int))).fit(None, Y).forecast(3)
    assert_allclose(halves, (np.array(first(3)) + 1) / 2)
    exact = vote(Saying(lambda n: np.ones(n, "f4")), Saying(first)).fit(None, Y).forecast(3)
    assert exact.dtype == np.float64


def test_lists_of_one_length_are_read_by_the_form_of_fit():
    new = [[1.0, 2.0], [3.0, 4.0]]
    listed = one().fit(None, [Y, Y])
    expected = one().fit(None, [Y, Y]).update([np.array(rows) for rows in new]).forecast(2)
    assert_array_equal(listed.update(new).forecast(2), expected)
    table = one().fit(None, TOGETHER).update(new).forecast(2)
    assert_array_equal(table, one().fit(None, TOGETHER).update(np.array(new)).forecast(2))
    column = one().fit(None, Y[:, np.newaxis].tolist()).forecast(2)
    assert_array_equal(column[:, 0], one().fit(None, Y).forecast(2))
    tables = one().fit(None, [TOGETHER.tolist()] * 2).forecast(2)
    assert_array_equal(tables[1], one().fit(None, [TOGETHER] * 2).forecast(2)[1])
    nested = one().fit([X.tolist()] * 2, [Y, Y]).forecast(5, [AHEAD.tolist()] * 2)
    assert_array_equal(nested[0], one().fit([X, X], [Y, Y]).forecast(5, [AHEAD] * 2)[0])
    assert one().fit([None, None], [Y, Y]).n_features_in_ == 0


WHOLE = np.round(Y)
GUISES = {
    "int": WHOLE.astype(int),
    "uint8": WHOLE.astype("uint8"),
    "float16": WHOLE.astype("float16"),
    "float32": WHOLE.astype("float32"),
    "longdouble": WHOLE.astype(np.longdouble),
    "object": WHOLE.astype(object),
    "list": WHOLE.tolist(),
    "read-only": WHOLE.copy(),
    "backwards": WHOLE[::-1].copy()[::-1],
    "big-endian": WHOLE.astype(">f8"),
    "Series": pd.Series(WHOLE),
    "Int64": pd.Series(WHOLE, dtype="Int64"),
    "Float32": pd.Series(WHOLE, dtype="Float32"),
    "Float64": pd.array(WHOLE, dtype="Float64"),
    "masked, but for none": np.ma.masked_greater(WHOLE, 1000),
}
GUISES["read-only"].flags.writeable = False


@both
@pytest.mark.parametrize("guise", GUISES)
def test_numbers_in_any_guise(make, guise):
    y = GUISES[guise]
    expected = make().fit(X, WHOLE).update(WHOLE[:5], AHEAD).forecast(5, AHEAD)
    new = y[:5].array if isinstance(y, pd.Series) else y[:5]  # an index would say that it is old
    model = make().fit(X, y).update(new, AHEAD)
    assert_allclose(model.forecast(5, AHEAD), expected, rtol=1e-5)
    listed = make().fit(None, [y, y[:40]]).forecast(3)
    assert_allclose(listed, make().fit(None, [WHOLE, WHOLE[:40]]).forecast(3), rtol=1e-5)
    dtype = np.float32 if guise == "float32" else np.float64
    assert listed[0].dtype == dtype


@both
def test_flags_are_numbers(make):
    y = np.arange(N) % 5 == 0
    expected = make().fit(X > 0, y.astype(float)).forecast(5, AHEAD > 0)
    for guise in (y, pd.Series(y, dtype="boolean"), y.astype(object), y.tolist()):
        assert_array_equal(make().fit(X > 0, guise).forecast(5, AHEAD > 0), expected)


@both
def test_weights_belong_to_rows_in_their_order(make):
    mixed, weights = np.tile(["b", "a"], 30), np.arange(1.0, 61)
    model = make().fit(None, np.r_[Y, Y[::-1]], series_id=np.repeat(["b", "a"], N))
    rows = np.random.default_rng(1).normal(80, 20, size=N)
    order = np.argsort(mixed, kind="stable")
    expected = model.score(None, rows[order], weights[order], series_id=mixed[order])
    assert_allclose(model.score(None, rows, weights, series_id=mixed), expected)


SCALES = ["common", "series", "window", False]


@pytest.mark.filterwarnings("ignore:Training learned nothing")
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("form", ["array", "list", "series_id"])
def test_very_short_series_and_constants_at_every_scale(scale, form):
    def fit(values):
        values = np.asarray(values, float)
        y, others = {
            "array": (values, {}),
            "list": ([values, values], {}),
            "series_id": (np.r_[values, values], {"series_id": np.repeat(["a", "b"], len(values))}),
        }[form]
        model = SequenceForecaster(scale=scale, calibration_fraction=None, random_state=0)
        forecast = model.fit(None, y, **others).forecast(3)
        return np.array(list(forecast.values()) if form == "series_id" else forecast)

    for n in (1, 2):
        with pytest.raises(ValueError, match=rf"{n} time point.*needs at least 3.*longer series"):
            fit(Y[:n])
    assert np.isfinite(fit(Y[:3])).all()
    assert (fit([3] * 9) == 3).all()
    assert (fit([0] * 9) == 0).all()
    assert np.isfinite(fit([0, 0, 5, 0, -2, 0, 0, 1, 0])).all()  # not a logarithm, with "auto"
