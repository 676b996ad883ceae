"""Errors that go on being collected after fit: intervals follow the errors of later forecasts."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from quick_forecasters import Flat

from sklstm import SequenceForecaster
from sklstm._forecasting import calibration

N, M = 160, 230  # rows of fit, and of all
RNG = np.random.default_rng(0)
Y = 50 + np.cumsum(RNG.normal(size=M)) + 5 * np.sin(np.arange(M) * np.pi / 6)
X = RNG.normal(size=(M, 2))

SETTINGS = {
    "smoothed": {"season_length": 12},
    "logarithms": {"transformer": "log", "trend": "damped"},
    "differences": {"differences": (12, 1)},
    "constant level": {"level": None, "transformer": None},
    "direct": {"strategy": "direct", "horizon": 3},
    "scale of a window": {"scale": "window", "strategy": "direct", "horizon": 4},
}
settings = pytest.mark.parametrize("params", SETTINGS.values(), ids=SETTINGS)
forms = pytest.mark.parametrize("form", ["one", "columns", "list", "ids"])


def forecaster(**params):
    return SequenceForecaster(Flat(), **({"window": 8} | params))


def data(form, start, stop, *, exog):
    """Rows of y, X and series_id in one of the forms; the second series begins later."""
    y, x = Y[start:stop], X[start:stop]
    if form == "one":
        return {"y": y, "X": x if exog else None}
    if form == "columns":
        return {"y": np.column_stack([y, 200 - y]), "X": x if exog else None}
    both = [y, 300 - 2 * y[40:] if start == 0 else 300 - 2 * y]
    x_both = [x, x[-len(both[1]) :]]
    if form == "list":
        return {"y": both, "X": x_both if exog else None}
    ids = np.repeat(["a", "b"], list(map(len, both)))
    return {
        "y": np.concatenate(both),
        "X": np.concatenate(x_both) if exog else None,
        "series_id": ids,
    }


def levels_of(model, form, start, stop):
    """The levels of both series, or columns, as lists of (n, S)."""
    y = data(form, start, stop, exog=False)["y"]
    if form == "ids":
        y = np.split(y, 2)
    series = y if form in ("list", "ids") else [y]
    series = [rows.reshape(len(rows), -1) for rows in series]
    return [np.where(log, np.log(rows), rows) for rows, log in zip(series, model.log_, strict=True)]


@settings
@forms
@pytest.mark.parametrize("exog", [False, True])
def test_the_errors_are_those_of_forecasts_made_row_by_row(params, form, exog):
    """Against a copy that is updated with each row and forecasts the levels from there."""
    model = forecaster(**params).fit(**data(form, 0, N, exog=exog))
    steps = 2 * model.horizon_ if exog and model.horizon_ > 1 else 5  # whole blocks
    head, expected = pickle.loads(pickle.dumps(model)), []
    model.update(**data(form, N, N + 20, exog=exog))
    for t in range(20):
        if t:
            head.update(**data(form, N + t - 1, N + t, exog=exog))
        reach = min(steps, 20 - t)
        if exog and head.horizon_ > 1:
            reach = min(reach, (20 - t) // head.horizon_ * head.horizon_)
        errors = np.full((steps, *model.log_.shape), np.nan)
        if reach:
            ahead = [X[N + t : N + t + steps] if exog else np.empty((steps, 0))] * len(model.log_)
            paths = head._next_steps(list(range(len(model.log_))), ahead, steps).paths()[..., 0]
            for i, rows in enumerate(levels_of(model, form, N + t, N + t + steps)):
                errors[:reach, i] = (rows - paths[i])[:reach] / model.smoothing_["unit"][i]
        expected.append(errors)
    found = calibration.recent_errors(model._model, model._uncertainty.origin, 50, steps)
    expected = np.stack(expected, axis=1)
    for i in range(len(model.log_)):
        assert_allclose(
            found.central[:, found.series == i], expected[:, :, i], rtol=1e-6, atol=1e-9
        )


@forms
def test_the_last_errors_of_each_step_are_used(form):
    """Those of the calibration rows, as long as there are too few later ones."""
    model = forecaster().fit(**data(form, 0, N, exog=False))
    fitted = model._uncertainty
    for stop in (N + 30, M):
        model.update(**data(form, stop - 30 if stop < M else N + 30, stop, exog=False))
        (errors,) = model._uncertainty.errors(4, [9])
        recent = calibration.recent_errors(model._model, model._uncertainty.origin, 50, 4)
        for i, step in np.ndindex(len(model.log_), 4):
            parts = [fitted.calibrated, recent]
            parts = [each.central[step, each.series == i] for each in parts]
            known = np.concatenate([each[np.isfinite(each[:, 0])] for each in parts])
            own = errors.central[step, errors.series == i]
            assert_array_equal(own[np.isfinite(own[:, 0])], known[-50:])


def test_a_higher_coverage_uses_more_errors():
    model = forecaster().fit(None, Y[:N]).update(Y[N:])
    few, many = model._uncertainty.errors(1, [9, 60])
    assert [np.isfinite(errors.central[0]).sum() for errors in (few, many)] == [50, 60]


def test_bounds_follow_errors_that_grow_and_shrink():
    """Noise five times as large for 150 rows, and then as before: without, 80 % is 25 %."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=700)
    noise[300:450] *= 5
    model = forecaster(level=None, transformer=None).fit(None, noise[:300])
    inside = []
    for t in range(300, 700):
        lower, upper = model.predict_interval(1, coverage=0.8)
        inside.append(lower[0] <= noise[t] <= upper[0])
        model.update(noise[t : t + 1])
    assert 0.75 < np.mean(inside[50:150]) < 0.88
    assert 0.75 < np.mean(inside[220:]) < 0.88


def test_an_interval_changes_nothing_and_can_be_asked_for_by_many_threads():
    model = forecaster().fit(None, Y[:N]).update(Y[N:])
    before = pickle.dumps(model)
    expected = model.predict_interval(5, coverage=0.8)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda _: model.predict_interval(5, coverage=0.8), range(8))
        for bounds in found:
            assert_array_equal(bounds, expected)
    assert pickle.dumps(model) == before
    loaded = pickle.loads(before)
    assert_array_equal(loaded.predict_interval(5, coverage=0.8), expected)


def test_without_later_rows_the_errors_are_all_those_of_calibration():
    model = forecaster().fit(None, np.resize(Y, 600))
    assert model._uncertainty.errors(3, [9])[0] is not None
    assert model._uncertainty.errors(3, [9])[0].central.shape == (120, 120, 1)


def test_steps_beyond_the_later_rows_have_the_errors_of_calibration():
    model = forecaster().fit(None, Y[:N])
    before = model.predict_interval(10, coverage=0.5)
    model.update(Y[N : N + 2])
    assert [each.shape for each in model.predict_interval(10, coverage=0.5)] == [(10,), (10,)]
    assert np.ptp(before[0]) > 0


def test_many_series_have_a_few_errors_each(monkeypatch):
    monkeypatch.setattr(calibration, "MAX_PATHS", 40)
    y = RNG.normal(size=(80, 20))
    model = forecaster(season_length=1).fit(None, list(y[:60].T))
    model.update(list(y[60:].T))
    (errors,) = model._uncertainty.errors(3, [9])
    assert_array_equal(np.isfinite(errors.central[:3, :, 0]).sum(axis=1), 40)
