"""What is not a number is refused at every door, in every form and of every kind."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest
from quick_forecasters import one, vote
from refusals import small, unchanged
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.preprocessing import (
    Patches,
    TimeDistributed,
    ToSequences,
    sliding_windows,
    strip_padding,
)

N, T, C = 8, 6, 2
rng = np.random.default_rng(0)
CUBE = rng.standard_normal((N, T, C))
TABLE = CUBE[:, :, 0].copy()
STEPS = rng.standard_normal((N, T))
Y = TABLE[:, 0].copy()
LABELS, STEP_LABELS = np.where(Y > 0, "a", "b"), np.where(STEPS > 0, "a", "b")
REFUSED = (TypeError, ValueError)


# Kinds: an array of floats -> one of the same shape that is not all numbers


def mask_of(values):
    mask = np.zeros(values.shape, bool)
    mask.flat[-2] = True
    return mask


def masked(values):
    return np.ma.array(np.where(mask_of(values), -999.0, values), mask=mask_of(values))


def with_object(value):
    """One object among numbers."""

    def spoil(values):
        objects = values.astype(object)
        index = np.unravel_index(values.size - 2, values.shape)
        objects[index] = value
        return objects

    return spoil


KINDS = {
    "masked": masked,
    "masked float32": lambda x: masked(x).astype("f4"),
    "masked objects": lambda x: masked(x).astype(object),
    "masked integers": lambda x: np.ma.array(np.ones(x.shape, int), mask=mask_of(x)),
    "datetime64": lambda x: np.zeros(x.shape, "M8[D]"),
    "timedelta64": lambda x: np.ones(x.shape, "m8[s]"),
    "numbers as text": lambda x: np.full(x.shape, "1.5"),
    "numbers as bytes": lambda x: np.full(x.shape, b"1.5"),
    "complex": lambda x: x + 1j,
    "records": lambda x: np.zeros(x.shape, [("value", float)]),
    "text object": with_object("1.5"),
    "bytes object": with_object(b"1.5"),
    "None": with_object(None),
    "NA": with_object(pd.NA),
    "NaT": with_object(pd.NaT),
    "date": with_object(date(2024, 1, 1)),
    "datetime": with_object(datetime(2024, 1, 1)),
    "time": with_object(time(1)),
    "timedelta": with_object(timedelta(1)),
    "datetime64 object": with_object(np.datetime64("2024-01-01")),
    "timedelta64 object": with_object(np.timedelta64(1, "D")),
    "Timestamp": with_object(pd.Timestamp("2024-01-01")),
    "Timedelta": with_object(pd.Timedelta(1)),
    "Period": with_object(pd.Period("2024-01")),
    "Interval": with_object(pd.Interval(0, 1)),
    "complex object": with_object(1 + 1j),
    "masked object": with_object(np.ma.masked),
    "dict": with_object({"value": 1.0}),
    "set": with_object({1.0}),
    "class": with_object(float),
    "huge integer": with_object(10**400),
}
if hasattr(np.dtypes, "StringDType"):
    KINDS["StringDType"] = lambda x: np.full(x.shape, "1.5", np.dtypes.StringDType())


def as_lists(values):
    """Nested lists of the entries, which keep their types."""
    return [as_lists(v) if np.ndim(v) else v for v in values] if values.ndim else values


def in_objects(items):
    objects = np.empty(len(items), object)
    objects[:] = items
    return objects


FORMS = {
    "table": (TABLE, lambda x: x),
    "frame": (TABLE, lambda x: frame(x)),
    "rows": (TABLE, list),
    "nested rows": (TABLE, as_lists),
    "cube": (CUBE, lambda x: x),
    "nested cube": (CUBE, as_lists),
    "list": (CUBE, list),
    "tuple": (CUBE, tuple),
    "list of steps": (CUBE, lambda x: [x[0, :3], *(list(steps) for steps in x[1:])]),
    "list of frames": (CUBE, lambda x: [frame(steps) for steps in x]),
    "object array": (CUBE, lambda x: in_objects(list(x))),
    "list of 1-D": (TABLE, list),
    "series of 1-D": (TABLE, lambda x: pd.Series(in_objects(list(x)))),
    "nested frame": (TABLE, lambda x: pd.DataFrame({"a": in_objects(list(x))})),
}


def frame(values):
    if values.dtype.kind == "T":
        values = values.astype(object)
    return pd.DataFrame(values, columns=[f"c{i}" for i in range(values.shape[1])])


both = pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
kinds = pytest.mark.parametrize("kind", KINDS)
forms = pytest.mark.parametrize("form", FORMS)
# pandas has neither masks nor cells that are records.
NOT_IN_FRAMES = {*(kind for kind in KINDS if "masked" in kind), "records"}
forms_and_kinds = pytest.mark.parametrize(
    ("form", "kind"),
    [
        (form, kind)
        for form in FORMS
        for kind in KINDS
        if not (form in ("frame", "list of frames") and kind in NOT_IN_FRAMES)
    ],
)


def in_form(form, kind=None):
    values, convert = FORMS[form]
    return convert(values if kind is None else KINDS[kind](values))


def target(make):
    return LABELS if make is LSTMClassifier else Y


@cache
def fitted(make, form, **params):
    return small(make, **params).fit(in_form(form), target(make))


@cache
def fitted_at_steps(make):
    y = STEP_LABELS if make is LSTMClassifier else STEPS
    return small(make, return_sequences=True).fit(CUBE, y)


def refused(call, names):
    with pytest.raises(REFUSED) as raised:
        call()
    message = str(raised.value)
    assert len(message) < 1000
    assert any(name in message for name in names), message


# X


@both
@forms_and_kinds
def test_x(make, form, kind):
    bad, y, model = in_form(form, kind), target(make), fitted(make, form)
    names = ["predict", "hidden_states", "gates"]
    if make is LSTMClassifier:
        names += ["predict_proba", "predict_log_proba", "decision_function"]
    with unchanged(model):
        for name in names:
            refused(lambda name=name: getattr(model, name)(bad), ["X"])
        refused(lambda: model.score(bad, y), ["X"])
        refused(lambda: model.partial_fit(bad, y), ["X"])
        refused(lambda: model.fit(bad, y), ["X"])
        refused(lambda: model.fit(in_form(form), y, X_val=bad, y_val=y), ["X_val"])
    new = small(make)
    with unchanged(new):
        refused(lambda: new.fit(bad, y), ["X"])


@forms_and_kinds
@pytest.mark.parametrize(
    "transformer", [ToSequences(), Patches(2), TimeDistributed(StandardScaler())], ids=repr
)
def test_transformers(transformer, form, kind):
    bad, good = in_form(form, kind), in_form(form)
    transformer = transformer.__class__(**transformer.get_params(deep=False))
    refused(lambda: transformer.fit(bad), ["X"])
    transformer.fit(good)
    refused(lambda: transformer.transform(bad), ["X"])
    if isinstance(transformer, Patches):
        refused(lambda: transformer.transform_targets(bad), ["y"])
        refused(lambda: transformer.inverse_transform(bad), ["X"])
    if isinstance(transformer, TimeDistributed):
        refused(lambda: transformer.inverse_transform(bad), ["X"])
    refused(lambda: strip_padding(bad), ["X"])


@both
@kinds
@pytest.mark.parametrize("n_streams", [None, 3])
def test_steps_that_are_pushed(make, n_streams, kind):
    shape = (C,) if n_streams is None else (n_streams, C)
    step = np.ones(shape)
    stream = fitted(make, "cube").stream(n_streams)
    bad = KINDS[kind](step)
    for x in (bad, as_lists(bad)):
        refused(lambda x=x: stream.push(x), ["x"])
    assert stream.n_steps == 0


@both
@kinds
def test_single_numbers_that_are_pushed(make, kind):
    stream = fitted(make, "table").stream()
    bad = KINDS[kind](np.ones(2))[0]
    for x in (bad, [bad]):
        refused(lambda x=x: stream.push(x), ["x"])


# y and weights


def forms_of_y(bad):
    yield bad
    yield as_lists(bad)
    if bad.dtype.kind not in "VT" and not is_masked(bad):
        yield pd.Series(bad) if bad.ndim == 1 else pd.DataFrame(bad)


def is_masked(values):
    return isinstance(values, np.ma.MaskedArray) or any(v is np.ma.masked for v in values.flat)


@kinds
@pytest.mark.parametrize("shape", [(N,), (N, 2)])
def test_targets(shape, kind):
    model = fitted(LSTMRegressor, "table")
    for bad in forms_of_y(KINDS[kind](np.ones(shape))):
        with unchanged(model):
            refused(lambda bad=bad: model.fit(TABLE, bad), ["y"])
            refused(lambda bad=bad: model.partial_fit(TABLE, bad), ["y"])
            refused(lambda bad=bad: model.score(TABLE, bad), ["y"])
            refused(lambda bad=bad: model.fit(TABLE, Y, X_val=TABLE, y_val=bad), ["y_val"])


@kinds
@pytest.mark.parametrize("shape", [(N, T), (N, T, 2)])
def test_targets_at_steps(shape, kind):
    model = fitted_at_steps(LSTMRegressor)
    bad = KINDS[kind](np.ones(shape))
    for y in (bad, list(bad), in_objects(list(bad)), as_lists(bad)):
        with unchanged(model):
            refused(lambda y=y: model.fit(CUBE, y), ["y"])
            refused(lambda y=y: model.fit(list(CUBE), y), ["y"])
            refused(lambda y=y: model.partial_fit(CUBE, y), ["y"])
            refused(lambda y=y: model.score(CUBE, y), ["y"])
            refused(lambda y=y: model.fit(CUBE, STEPS, X_val=CUBE, y_val=y), ["y_val"])


@both
@kinds
def test_weights(make, kind):
    model, y = fitted(make, "table"), target(make)
    for bad in forms_of_y(KINDS[kind](np.ones(N))):
        with unchanged(model):
            refused(lambda w=bad: model.fit(TABLE, y, w), ["sample_weight"])
            refused(lambda w=bad: model.partial_fit(TABLE, y, sample_weight=w), ["sample_weight"])
            refused(lambda w=bad: model.score(TABLE, y, w), ["sample_weight"])
            validation = {"X_val": TABLE, "y_val": y, "sample_weight_val": bad}
            refused(lambda v=validation: model.fit(TABLE, y, **v), ["sample_weight_val"])


# Labels: any type, but neither missing nor masked

MISSING = {"None": None, "NaN": np.nan, "NA": pd.NA, "NaT": pd.NaT}
LABEL_FORMS = {
    "list": list,
    "objects": lambda y: np.array(y, object),
    "series": lambda y: pd.Series(y, dtype=object),
    "column": lambda y: pd.DataFrame({"label": pd.Series(y, dtype=object)}),
    "strings": lambda y: pd.Series(y, dtype="string"),
    "categories": lambda y: pd.Series(y, dtype="category"),
}
NUMBERS = {
    "list of numbers": list,
    "Int64": lambda y: pd.Series(y, dtype="Int64"),
    "number objects": lambda y: np.array(y, object),
    "boolean": lambda y: pd.Series(
        [v if v is None or v is pd.NA or v != v else bool(v) for v in y], dtype="boolean"
    ),
}


@pytest.mark.filterwarnings("ignore:A column-vector y")
@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("form", LABEL_FORMS | NUMBERS)
def test_missing_labels(form, missing):
    labels = [0, 1] * (N // 2) if form in NUMBERS else ["a", "b"] * (N // 2)
    good = (LABEL_FORMS | NUMBERS)[form](labels)
    model = small(LSTMClassifier).fit(TABLE, good)
    assert model.classes_.tolist() == sorted(set(labels))
    labels[3] = MISSING[missing]
    if form in ("Int64", "boolean") and missing == "NaT":
        return
    bad = (LABEL_FORMS | NUMBERS)[form](labels)
    with unchanged(model):
        for call in (
            lambda: model.fit(TABLE, bad),
            lambda: model.partial_fit(TABLE, bad),
            lambda: model.score(TABLE, bad),
            lambda: model.fit(TABLE, good, X_val=TABLE, y_val=bad),
        ):
            with pytest.raises(
                ValueError, match=r"y contains .*, a missing label, at \[(3|\(3, 0\))"
            ):
                call()


@pytest.mark.parametrize("missing", MISSING)
def test_missing_labels_at_steps(missing):
    model = fitted_at_steps(LSTMClassifier)
    bad = STEP_LABELS.astype(object)
    bad[3, 4] = MISSING[missing]
    message = r"y contains .*, a missing label, at \[\(3, 4\)\]|y\[3\] contains .* at \[4\]"
    for y in (bad, list(bad), bad.tolist(), in_objects(list(bad)), [pd.Series(v) for v in bad]):
        with unchanged(model):
            for call in (
                lambda y=y: model.fit(CUBE, y),
                lambda y=y: model.partial_fit(CUBE, y),
                lambda y=y: model.score(CUBE, y),
            ):
                with pytest.raises(ValueError, match=message):
                    call()


@pytest.mark.parametrize("kind", ["masked", "masked integers", "masked objects"])
@pytest.mark.parametrize("kept", [lambda y: y, as_lists, list])
def test_masked_labels(kind, kept):
    refused(lambda: small(LSTMClassifier).fit(TABLE, kept(KINDS[kind](np.ones(N)))), ["y"])
    bad = kept(KINDS[kind](np.ones((N, T))))
    refused(lambda: small(LSTMClassifier, return_sequences=True).fit(CUBE, bad), ["y"])


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([1, "a"], r"y contains labels of several types, \['int', 'str'\]"),
        ([{}, {}], r"y contains {} \(dict\) as a label"),
        ([date(2024, 1, 1), date(2024, 1, 2)], r"\(date\) as a label"),
        ([1j, 1.0], r"\(complex\) as a label"),
    ],
)
def test_labels_of_other_types(labels, message):
    for y in (np.array(labels * (N // 2), object), pd.Series(labels * (N // 2), dtype=object)):
        with pytest.raises(ValueError, match=message):
            small(LSTMClassifier).fit(TABLE, y)


@pytest.mark.parametrize("value", ["1.5", None, 1j, np.timedelta64(1, "D"), np.ma.masked, [1.0]])
def test_class_weights(value):
    model = small(LSTMClassifier, class_weight={"a": 1.0, "b": value})
    with unchanged(model):
        refused(lambda: model.fit(TABLE, LABELS), ["class_weight"])


@pytest.mark.parametrize("name", ["hidden_size", "max_iter", "alpha", "tol", "learning_rate"])
def test_durations_are_no_parameters(name):
    model = small(LSTMRegressor, **{name: np.timedelta64(3, "D")})
    refused(lambda: model.fit(TABLE, Y), [name])
    refused(lambda: one().fit(None, SERIES).forecast(np.timedelta64(3, "D")), ["steps"])


def test_masked_ids():
    ids = np.ma.array(["a", "b"] * 20, mask=[True] + [False] * 39)
    refused(lambda: one().fit(None, SERIES, series_id=ids), ["series_id"])


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="needs NumPy 2")
@pytest.mark.parametrize("missing", [None, np.nan, "?"])
def test_labels_of_stringdtype(missing):
    kind = np.dtypes.StringDType() if missing == "?" else np.dtypes.StringDType(na_object=missing)
    y, steps = LABELS.astype(kind), STEP_LABELS.astype(kind)
    model, expected = small(LSTMClassifier).fit(TABLE, y), small(LSTMClassifier).fit(TABLE, LABELS)
    assert model.predict(TABLE).tolist() == expected.predict(TABLE).tolist()
    assert model.score(TABLE, y) == expected.score(TABLE, LABELS)
    assert model.partial_fit(TABLE, y, classes=np.unique(y)).classes_.tolist() == ["a", "b"]
    at_steps = small(LSTMClassifier, return_sequences=True)
    for each in (steps, list(steps)):
        assert at_steps.fit(CUBE, each).score(CUBE, each) == at_steps.score(CUBE, STEP_LABELS)
    if missing != "?":
        y[3] = missing
        with pytest.raises(ValueError, match=r"y contains .*, a missing label, at \[3\]"):
            model.fit(TABLE, y)


# Forecasters and windows

SERIES = np.linspace(1.0, 2.0, 40) + np.tile([0.0, 0.5], 20)
EXOG = rng.standard_normal((40, 2))
forecasters = pytest.mark.parametrize("make", [one, vote])


@cache
def fitted_forecaster(make):
    return make().fit(EXOG, SERIES)


@forecasters
@kinds
def test_series(make, kind):
    bad, model = KINDS[kind](SERIES), fitted_forecaster(make)
    for y in (bad, as_lists(bad), bad.reshape(-1, 1), [SERIES, bad], [as_lists(bad), SERIES[1:]]):
        refused(lambda y=y: make().fit(None, y), ["y"])
    with unchanged(model):
        refused(lambda: model.update(bad, EXOG), ["y"])
        refused(lambda: model.score(EXOG, bad), ["y"])


@forecasters
@kinds
def test_exogenous_variables(make, kind):
    bad, model = KINDS[kind](EXOG), fitted_forecaster(make)
    refused(lambda: make().fit([EXOG, bad], [SERIES, SERIES]), ["X[1]"])
    for X in (bad, as_lists(bad)):
        refused(lambda X=X: make().fit(X, SERIES), ["X"])
        with unchanged(model):
            refused(lambda X=X: model.predict(X), ["X"])
            refused(lambda X=X: model.forecast(40, X), ["X"])
            refused(lambda X=X: model.update(SERIES, X), ["X"])
            refused(lambda X=X: model.score(X, SERIES), ["X"])
            refused(lambda X=X: model.predict_interval(40, X), ["X"])


@forecasters
@kinds
def test_static_features_and_weights_of_a_score(make, kind):
    bad = KINDS[kind](np.ones((2, 2)))
    refused(lambda: make().fit(None, [SERIES, SERIES], static=bad), ["static"])
    weights = KINDS[kind](np.ones(len(SERIES)))
    refused(lambda: fitted_forecaster(make).score(EXOG, SERIES, weights), ["sample_weight"])


@kinds
def test_windows(kind):
    for bad in (KINDS[kind](SERIES), as_lists(KINDS[kind](SERIES)), KINDS[kind](EXOG)):
        refused(lambda bad=bad: sliding_windows(bad, 3), ["series"])
        refused(lambda bad=bad: sliding_windows(SERIES, 3, exog=bad), ["exog"])


# Numbers in unusual containers are read

GOOD = {
    "integers": lambda x: x.astype(int),
    "float16": lambda x: x.astype("f2"),
    "other order of bytes": lambda x: x.astype(">f8"),
    "bool": lambda x: x > 0,
    "objects": lambda x: x.astype(object),
    "nothing masked": lambda x: np.ma.array(x),
    "nothing masked, a mask": lambda x: np.ma.array(x, mask=np.zeros(x.shape, bool)),
    "Decimal": lambda x: np.vectorize(lambda v: Decimal(float(v)), otypes=[object])(x),
    "Fraction": lambda x: np.vectorize(lambda v: Fraction(float(v)), otypes=[object])(x),
}


@pytest.mark.parametrize("kind", GOOD)
@forms
def test_numbers_are_read(kind, form):
    values, convert = FORMS[form]
    model = fitted(LSTMRegressor, form)
    expected = model.predict(convert(GOOD[kind](values).astype(float)))
    np.testing.assert_array_equal(model.predict(convert(GOOD[kind](values))), expected)


@pytest.mark.parametrize("dtype", ["Float64", "Float32", "Int64", "boolean", "category"])
def test_columns_of_pandas_are_read(dtype):
    values = (TABLE > 0).astype(int)
    table = pd.DataFrame(values, columns=[f"c{i}" for i in range(T)])
    model = small(LSTMRegressor).fit(table, Y)
    expected = model.predict(table)
    np.testing.assert_array_equal(model.predict(table.astype({"c1": dtype, "c2": dtype})), expected)


# Values that float32 cannot hold


@both
@forms
@pytest.mark.parametrize("value", [1e39, -1e39, np.finfo(float).max])
def test_values_too_large_for_float32(make, form, value):
    values, convert = FORMS[form]
    single, y = values.astype("f4"), target(make)
    large = values.copy()
    large.flat[-2] = value
    large = convert(large)
    model = small(make).fit(convert(single), y)
    resuming = small(make, warm_start=True).fit(convert(single), y)
    for call in (
        lambda: model.predict(large),
        lambda: model.hidden_states(large),
        lambda: model.gates(large),
        lambda: model.score(large, y),
        lambda: model.partial_fit(large, y),
        lambda: resuming.fit(large, y),
        lambda: model.fit(convert(single), y, X_val=large, y_val=y),
    ):
        with unchanged(model), pytest.raises(ValueError, match=r"X has values of up to .*float32"):
            call()
    step = np.full(1 if model.n_features_in_ == T or values is TABLE else C, value)
    with pytest.raises(ValueError, match=r"x has values of up to .*too large for dtype float32"):
        model.stream().push(step)


def test_masks_inside_of_masked_arrays():
    outside = np.ma.array(in_objects(list(masked(CUBE))))
    refused(lambda: fitted(LSTMRegressor, "cube").predict(outside), ["X"])
