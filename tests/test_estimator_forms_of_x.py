"""Forms of X: arrays, lists and DataFrames of the same sequences; dtypes; column names."""

import numpy as np
import pandas as pd
import pytest
from estimator_cases import (
    CUBE,
    FORMS,
    RAGGED,
    TABLE,
    C,
    N,
    T,
    Y,
    both,
    every_form,
    forget_form,
    small,
    target,
)

from sklstm import LSTMRegressor

# The same sequences in different forms; the first of a group is the one to compare with.
SAME_X = {
    "table": {
        "array": TABLE,
        "nested list": TABLE.tolist(),
        "data frame": pd.DataFrame(TABLE),
        "3-D": TABLE[:, :, None],
        "list of (T,)": list(TABLE),
        "list of (T, 1)": list(TABLE[:, :, None]),
        "tuple": tuple(TABLE),
        "object array": np.array([*TABLE, None], dtype=object)[:-1],
        "list of series": [pd.Series(x) for x in TABLE],
    },
    "3-D": {
        "array": CUBE,
        "nested list": CUBE.tolist(),
        "list": list(CUBE),
        "list of data frames": [pd.DataFrame(x) for x in CUBE],
        "column-major": np.asfortranarray(CUBE),
    },
    "ragged": {
        "list": RAGGED,
        "nested list": [x.tolist() for x in RAGGED],
        "object array": np.array([*RAGGED, None], dtype=object)[:-1],
        "list of data frames": [pd.DataFrame(x, columns=["a", "b"]) for x in RAGGED],
        "series": pd.Series(RAGGED),
    },
}


@both
@pytest.mark.parametrize(("group", "form"), [(g, f) for g in SAME_X for f in SAME_X[g]])
def test_the_form_of_x_makes_no_difference(make, group, form):
    X, expected_X = SAME_X[group][form], SAME_X[group]["list" if group == "ragged" else "array"]
    expected = small(make).fit(expected_X, target(make))
    estimator = small(make).fit(X, target(make))
    method = "predict" if make is LSTMRegressor else "predict_proba"
    np.testing.assert_allclose(
        getattr(estimator, method)(X), getattr(expected, method)(expected_X), rtol=0, atol=1e-12
    )


@both
def test_lengths_may_differ_between_fit_and_predict(make):
    estimator = small(make).fit(CUBE, target(make))
    assert estimator.predict(CUBE[:, :3]).shape == (N,)
    ragged = estimator.predict([x[: 1 + i % T] for i, x in enumerate(CUBE)])
    for i, x in enumerate(CUBE):
        assert ragged[i] == pytest.approx(estimator.predict(x[None, : 1 + i % T])[0])


@both
@every_form
def test_number_of_features(make, form):
    estimator = small(make).fit(FORMS[form], target(make))
    assert estimator.n_features_in_ == (T if form == "table" else C)
    assert not hasattr(estimator, "feature_names_in_")


@both
def test_names_of_features(make):
    frame = pd.DataFrame(TABLE, columns=list("abcde"))
    estimator = small(make).fit(frame, target(make))
    assert estimator.feature_names_in_.tolist() == list("abcde")
    estimator.predict(frame)
    with pytest.raises(ValueError, match="feature names"):
        estimator.predict(frame[list("edcba")])
    frames = [pd.DataFrame(x, columns=["u", "v"]) for x in RAGGED]
    assert estimator.fit(frames, target(make)).feature_names_in_.tolist() == ["u", "v"]
    estimator.predict(frames)
    with pytest.raises(ValueError, match=r"columns \['v', 'u'\].* fitted with \['u', 'v'\]"):
        estimator.predict([frame[["v", "u"]] for frame in frames])
    assert not hasattr(estimator.fit(RAGGED, target(make)), "feature_names_in_")


@both
@every_form
@pytest.mark.parametrize("per_step", [False, True])
def test_float32_stays_float32(make, form, per_step):
    X, y = FORMS[form], target(make, form, per_step)
    X32 = [x.astype(np.float32) for x in X] if form == "ragged" else X.astype(np.float32)
    params = {"return_sequences": per_step, "batch_size": 5}
    exact, single = small(make, **params).fit(X, y), small(make, **params).fit(X32, y)
    methods = ["predict"] if make is LSTMRegressor else ["predict_proba", "decision_function"]
    for method in [*methods, "hidden_states"]:
        expected = forget_form(getattr(exact, method)(X))
        actual = forget_form(getattr(single, method)(X32))
        assert (expected.dtype, actual.dtype) == (np.float64, np.float32)
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-4)
        # Predictions have the dtype of the network, not that of X.
        assert forget_form(getattr(single, method)(X)).dtype == np.float32
        assert forget_form(getattr(exact, method)(X32)).dtype == np.float64
    assert {w.dtype for w in single.weights_.values()} == {np.dtype(np.float32)}
    assert {w.dtype for w in exact.weights_.values()} == {np.dtype(np.float64)}


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool, np.float16, object])
def test_all_else_becomes_float64(dtype):
    X = (TABLE > 0).astype(dtype)
    expected = small(LSTMRegressor).fit(X.astype(np.float64), Y)
    for form in (X, list(X)):
        estimator = small(LSTMRegressor).fit(form, Y)
        assert estimator.predict(form).dtype == np.float64
        np.testing.assert_array_equal(estimator.predict(form), expected.predict(X.astype(float)))


def test_float32_and_float64_sequences_together_are_float64():
    mixed = [x.astype(np.float32 if i % 2 else np.float64) for i, x in enumerate(RAGGED)]
    assert small(LSTMRegressor).fit(mixed, Y).predict(mixed).dtype == np.float64
