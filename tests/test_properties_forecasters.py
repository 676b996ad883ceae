"""Properties of all forecasters, on random ones and series in all forms: see ``random_series.py``.

A fixed sample of examples. By hand 500 of each, others in every run (``conftest.py``):
``pytest tests/test_properties_forecasters.py --hypothesis-profile long``.
"""

import copy
import io
import pickle
import re
import tempfile

import joblib
import numpy as np
import pandas as pd
from hypothesis import assume, given
from hypothesis import strategies as st
from quick_forecasters import Predicting
from random_estimators import LAYOUTS, assert_close, assert_equal
from random_series import AHEAD, SINGLE, TIMED, cases, in_other_form, running
from sklearn.base import clone

import sklstm
from sklstm._validation.time_index import read_times

ARRAYS = [name for name in LAYOUTS if name != "pandas"]
STEPS = st.integers(1, AHEAD)


def times_of(case, result):
    """The times of the forecasts of all series; none if they cannot be known."""
    if not case.times_are_known:
        return []
    if case.form == "Series with ids":
        return [result.loc[key].index for key in case.ids]
    results = result if case.form == "list of Series" else [result]
    return [rows.index for rows in results] if case.form in TIMED else []


def assert_times(index, case, i, start, stop):
    """The times of a forecast are those of the rows that follow."""
    expected = read_times(case.times(i, start, stop), "y", "y.index")
    if isinstance(expected, pd.Index) and expected.dtype.kind == "f":
        np.testing.assert_allclose(index, expected, rtol=1e-5)
    else:
        assert index.tolist() == expected.tolist()


@given(cases(), STEPS)
def test_a_forecast_has_the_form_of_y_and_the_times_that_follow(case, steps):
    with running():
        model = case.fit()
        before = pickle.dumps(model)
        result = case.forecast(model, steps)
        arrays = case.as_arrays(result)
        y = case.rows(None, 0)[0]
        kinds = {"ids": dict, "one id": dict}
        assert isinstance(result, kinds.get(case.form, type(y)))
        expected = [(steps, *values.shape[1:]) for values in case.series]
        assert [rows.shape for rows in arrays] == (
            [(steps, 1)] if case.form == "column" else expected
        )
        assert all(rows.dtype == np.float64 and np.isfinite(rows).all() for rows in arrays)
        for i, times in enumerate(times_of(case, result)):
            assert_times(times, case, i, 0, steps)
        assert pickle.dumps(model) == before


@given(cases(), STEPS)
def test_predict_is_the_forecast_of_the_rows_of_X(case, steps):
    with running():
        model = case.fit()
        y, X, ids = case.rows(0, steps)
        if X is None:
            sizes = [len(rows) for rows in y] if isinstance(y, list) else [len(y)]
            X = [np.empty((size, 0)) for size in sizes]
            X = X if isinstance(y, list) else X[0]
        rows = model.predict(X, series_id=ids)
        rows = rows if isinstance(rows, list) else [rows]
        expected = case.forecasts(model, steps)
        if "id" in case.form:
            expected = [np.concatenate(expected)]
        assert_equal(rows, expected)


@given(cases(exog=False, forms=["Series", "DataFrame"]), st.integers(1, 6), st.integers(0, 6))
def test_a_gap_before_X_is_forecast_too(case, steps, gap):
    assume(case.times_are_known)
    with running():
        model = case.fit()
        X = pd.DataFrame(index=case.times(0, gap, gap + steps))
        assert_equal(model.predict(X), case.forecasts(model, gap + steps)[0][gap:])


@given(cases(), st.integers(2, 6), st.integers(1, 6), st.data())
def test_updates_in_parts_are_one_update(case, rows, steps, data):
    with running():
        parts, whole = case.fit(), case.fit()
        between = data.draw(st.integers(1, rows - 1))
        case.update(case.update(parts, 0, between), between, rows)
        case.update(whole, 0, rows)
        assert_close(
            case.forecasts(parts, steps, rows), case.forecasts(whole, steps, rows), **case.close
        )


@given(
    cases(
        forms=["array", "Series", "list", "ids"],
        regressors=["ridge"],
        votes=False,
        strategy="recursive",
        horizon="auto",
        exog=False,
        level=None,
        season_length=None,
        trend="drift",
        scale=False,
        combine=False,
        transformer=None,
        calibration_fraction=None,
        window=3,
    ),
    st.integers(1, 6),
)
def test_an_update_moves_the_origin_as_a_fit_does(case, rows):
    """Of a model that does not learn."""
    with running():
        case.forecaster.set_params(regressor=Predicting(mean_of_ends))
        updated = case.update(case.fit(), 0, rows)
        assert_close(
            case.forecasts(updated, 5, rows), case.forecasts(case.fit(rows), 5, rows), **case.close
        )


def mean_of_ends(windows):
    """A prediction of one column of windows (n, window)."""
    return (windows[:, 0] + windows[:, -1]) / 2


@given(cases(forms=SINGLE, seasons=(None, 4)), st.sampled_from(SINGLE), STEPS)
def test_forms_of_one_series_agree(case, form, steps):
    with running():
        assume(len(case.series[0]) <= 60)
        other = in_other_form(case, form)
        expected = [rows.ravel() for rows in case.forecasts(case.fit(), steps)]
        assert_close(
            [rows.ravel() for rows in other.forecasts(other.fit(), steps)], expected, **case.close
        )


@given(
    cases(forms=["list", "ids", "list of Series", "Series with ids"], seasons=(None, 4)),
    st.sampled_from(["list", "ids", "list of Series", "Series with ids"]),
    STEPS,
)
def test_forms_of_several_series_agree(case, form, steps):
    with running():
        assume(max(len(values) for values in case.series) <= 60)
        other = in_other_form(case, form)
        assert_close(
            other.forecasts(other.fit(), steps), case.forecasts(case.fit(), steps), **case.close
        )


@given(cases(), STEPS)
def test_intervals_are_nested_and_quantiles_in_order(case, steps):
    with running():
        model = case.fit()
        _, X, ids = case.rows(0, steps)
        X, ids = (X, ids) if case.has_exog else (None, None)
        # A loss of quantiles has the bounds of one coverage only.
        coverages = [0.8] if "Quantile" in repr(case.forecaster) else [0.5, 0.8]
        try:
            lower, upper = model.predict_interval(steps, X, coverages, series_id=ids)
            quantiles = model.forecast_quantiles(steps, X, [0.1, 0.5, 0.8], series_id=ids)
            paths = model.sample_paths(steps, X, 4, random_state=0, series_id=ids)
        except ValueError as error:
            assert re.search("interval|calibration|quantiles hold for", str(error)), error
            assume(False)
        table = case.forecast(model, steps, coverage=coverages)
        points = case.forecasts(model, steps)
        parts = (as_list(case, part) for part in (lower, upper, quantiles, paths))
        for low, high, levels, path, point in zip(*parts, points, strict=True):
            assert low.shape == high.shape == (*point.shape, len(coverages))
            slack = 1e-12 * np.abs(point)[..., np.newaxis]
            assert (low <= high).all()
            assert (np.diff(low, axis=-1) <= slack).all()
            assert (np.diff(high, axis=-1) >= -slack).all()
            assert levels.shape == (*point.shape, 3)
            assert (np.diff(levels, axis=-1) >= 0).all()
            assert path.shape == (4, *point.shape)
            assert np.isfinite(path).all()
        assert table is not None


def as_list(case, result):
    """Arrays of each series, from what is returned as arrays."""
    if isinstance(result, dict):
        return [result[key] for key in case.ids]
    return result if isinstance(result, list) else [result]


@given(cases(), st.integers(1, 6))
def test_copies_forecast_as_the_original_to_the_last_bit(case, rows):
    with running():
        model = case.fit()
        copies = round_trips(model)
        for other in copies:
            assert_equal(case.forecasts(other, 6), case.forecasts(model, 6))
        again = case.fitted(clone(model))
        assert_equal(case.forecasts(again, 6), case.forecasts(model, 6))
        case.update(model, 0, rows)
        for other in copies:
            case.update(other, 0, rows)
            assert_equal(case.forecasts(other, 6, rows), case.forecasts(model, 6, rows))


def round_trips(model):
    """The same forecaster by pickle, deepcopy and joblib."""
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    copies = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model), joblib.load(file)]
    # save knows the classes of sklstm and some of scikit-learn, and no functions.
    try:
        with tempfile.TemporaryDirectory() as folder:
            sklstm.save(model, f"{folder}/model")
            return [*copies, sklstm.load(f"{folder}/model")]
    except TypeError:
        return copies


@given(cases(forms=["array", "columns", "list", "ids"]), st.sampled_from(ARRAYS), STEPS)
def test_memory_layouts_make_no_difference(case, layout, steps):
    with running():
        expected = case.forecasts(case.fit(), steps)
        y, X, ids = case.rows(None, 0)
        y, X = in_layout(y, LAYOUTS[layout]), in_layout(X, LAYOUTS[layout])
        model = clone(case.forecaster).fit(X, y, series_id=ids)
        assert_equal(case.forecasts(model, steps), expected)


def in_layout(arrays, layout):
    """An array, or all of a list, in a memory layout."""
    if isinstance(arrays, list):
        return [layout(a) for a in arrays]
    return None if arrays is None else layout(arrays)


@given(cases(regressors=["ridge", "smoothing"], transformer=None), st.integers(-30, 30), STEPS)
def test_the_units_of_y_do_not_matter(case, exponent, steps):
    """With a power of two, as no value is rounded. A unit is needed, as the penalty has one."""
    with running():
        assume("scale=False" not in repr(case.forecaster))
        expected = case.forecasts(case.fit(), steps)
        scale = 2.0**exponent
        case.series = [scale * values for values in case.series]
        assert_close(
            case.forecasts(case.fit(), steps), [scale * rows for rows in expected], **case.close
        )


@given(cases(forms=["columns", "list"], regressors=["ridge", "smoothing"]), st.integers(0, 100))
def test_the_order_of_series_does_not_matter(case, seed):
    with running():
        expected = case.forecasts(case.fit(), 5)
        order = np.random.default_rng(seed)
        if case.form == "columns":
            columns = order.permutation(case.series[0].shape[1])
            case.series = [case.series[0][:, columns]]
            expected = [expected[0][:, columns]]
        else:
            places = order.permutation(len(case.series))
            case.series = [case.series[i] for i in places]
            case.exog = [case.exog[i] for i in places]
            expected = [expected[i] for i in places]
        assert_close(case.forecasts(case.fit(), 5), expected, **case.close)


@given(cases(missing="mask"), st.floats(0, 0.6), st.integers(0, 1000))
def test_missing_values_of_any_kind_are_forecast(case, share, seed):
    with running():
        rng = np.random.default_rng(seed)
        for values in case.series:
            values[rng.random(values.shape) < share] = np.nan
        model = case.fit()
        expected = case.forecasts(model, 6)
        assert all(np.isfinite(rows).all() for rows in expected)
        y, X, ids = case.rows(None, 0)
        if case.form in ("array", "ids", "column", "columns"):
            none = np.where(np.isnan(y), None, y)
            other = clone(case.forecaster).fit(X, none, series_id=ids)
            assert_equal(case.forecasts(other, 6), expected)
        case.update(model, 0, 4)
        assert all(np.isfinite(rows).all() for rows in case.forecasts(model, 6, 4))
