"""Patches: the transformer and the parameter `patch_length`, against a slow version."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.packing import DenseSequences, Segment
from sklstm.gradcheck import check_gradients
from sklstm.preprocessing import Patches, TimeDistributed, sliding_windows

RNG = np.random.default_rng(0)
FORMS = {
    "table": RNG.standard_normal((6, 7)),
    "3-D": RNG.standard_normal((6, 7, 2)),
    "strided": RNG.standard_normal((2, 7, 6)).transpose(2, 1, 0),
    "ragged": [RNG.standard_normal((n, 2)) for n in (7, 3, 1, 6, 2, 4)],
    "ragged, one channel": [RNG.standard_normal(n) for n in (7, 3, 1, 6, 2, 4)],
}
every_form = pytest.mark.parametrize("form", FORMS)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])
LENGTHS = [1, 2, 3, 5, 7]
Y = RNG.standard_normal(6)


def form_of(form, dtype=np.float64):
    X = FORMS[form]
    return [x.astype(dtype) for x in X] if isinstance(X, list) else X.astype(dtype)


def slow_patches(sequence, length):
    """Patch by patch, from the newest to the oldest."""
    steps = [np.atleast_1d(step) for step in sequence]
    patches = []
    while steps:
        newest = steps[-length:]
        steps = steps[:-length]
        while len(newest) < length:
            newest = [newest[0], *newest]
        patches.insert(0, np.concatenate(newest))
    return np.array(patches)


@every_form
@every_dtype
@pytest.mark.parametrize("length", LENGTHS)
def test_transform_equals_the_slow_one(form, dtype, length):
    X = form_of(form, dtype)
    found = Patches(length).fit_transform(X)
    assert isinstance(found, list) == isinstance(X, list)
    for sequence, patches in zip(X, found, strict=True):
        np.testing.assert_array_equal(patches, slow_patches(sequence, length))
        assert patches.dtype == dtype


@every_form
@pytest.mark.parametrize("length", LENGTHS)
def test_inverse_transform_gives_the_steps_back(form, length):
    X = form_of(form)
    patches = Patches(length).fit(X)
    lengths = None if form == "table" else [len(x) for x in X]
    back = patches.inverse_transform(patches.transform(X), lengths)
    for sequence, steps in zip(X, back, strict=True):
        np.testing.assert_array_equal(steps.reshape(sequence.shape), sequence)


def test_inverse_transform_without_lengths_keeps_the_copies():
    X = form_of("3-D")
    patches = Patches(4).fit(X)
    back = patches.inverse_transform(patches.transform(X))
    assert back.shape == (6, 8, 2)
    np.testing.assert_array_equal(back[:, 1:], X)
    np.testing.assert_array_equal(back[:, 0], X[:, 0])


def test_no_copy_where_nothing_is_filled_up():
    X = np.zeros((4, 6, 2))
    assert np.shares_memory(Patches(3).fit_transform(X), X)


@pytest.mark.parametrize("length", [0, -1, 2.0, "3", True, None])
def test_invalid_length(length):
    with pytest.raises(ValueError, match=r"length=.* is not valid; expected an integer >= 1"):
        Patches(length).fit(FORMS["table"])


@every_form
def test_longer_than_every_sequence(form):
    message = r"length=8 is longer than every sequence: the longest has 7 step\(s\)"
    with pytest.raises(ValueError, match=message):
        Patches(8).fit(FORMS[form])


def test_wrong_input_of_inverse_transform():
    patches = Patches(3).fit(FORMS["3-D"])
    with pytest.raises(ValueError, match="expected a multiple of length=3"):
        patches.inverse_transform(np.zeros((2, 3, 4)))
    with pytest.raises(ValueError, match=r"lengths\[1\]=10 does not fit X\[1\].*expected 7 to 9"):
        patches.inverse_transform(np.zeros((2, 3, 6)), [7, 10])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        patches.inverse_transform(np.zeros((2, 3, 6)), [7])


def test_feature_names():
    table = pd.DataFrame(FORMS["table"], columns=[f"t{k}" for k in range(7)])
    assert Patches(2).fit(table).get_feature_names_out().tolist() == ["x_0", "x_1"]
    assert Patches(2).fit(FORMS["3-D"]).get_feature_names_out().tolist() == [
        "x0_0",
        "x1_0",
        "x0_1",
        "x1_1",
    ]
    frames = [pd.DataFrame(x, columns=["a", "b"]) for x in FORMS["ragged"]]
    patches = Patches(2).fit(frames)
    assert patches.get_feature_names_out().tolist() == ["a_0", "b_0", "a_1", "b_1"]
    assert patches.get_feature_names_out(["a", "b"]).tolist() == ["a_0", "b_0", "a_1", "b_1"]
    with pytest.raises(ValueError, match="not equal to feature_names_in_"):
        patches.get_feature_names_out(["b", "a"])
    with pytest.raises(ValueError, match="expected 2, one for each channel"):
        Patches(2).fit(FORMS["3-D"]).get_feature_names_out(["a"])


def test_targets_at_every_step():
    X, y = form_of("ragged"), [np.arange(len(x), dtype=float) for x in FORMS["ragged"]]
    patches = Patches(2).fit(X)
    targets = patches.transform_targets(y)
    for values, found in zip(y, targets, strict=True):
        np.testing.assert_array_equal(found, slow_patches(values, 2))
    model = LSTMRegressor(3, return_sequences=True, max_iter=3, random_state=0)
    predictions = model.fit(patches.transform(X), targets).predict(patches.transform(X))
    by_step = patches.inverse_transform(predictions, [len(x) for x in X])
    assert [steps.shape for steps in by_step] == [(len(x), 1) for x in X]
    with pytest.raises(ValueError, match=r"y\[0\] has 3 steps, but X\[0\] has 4"):
        model.fit(patches.transform(X), [values[1:] for values in targets])
    with pytest.raises(ValueError, match="y contains NaN"):
        patches.transform_targets(np.array([[np.nan, 1.0]]))


def test_length_can_be_searched_in_a_pipeline():
    X = np.random.default_rng(1).standard_normal((40, 12))
    y = X.sum(axis=1)
    model = make_pipeline(
        TimeDistributed(StandardScaler()),
        Patches(),
        LSTMRegressor(4, max_iter=2, random_state=0),
    )
    search = GridSearchCV(model, {"patches__length": [1, 3, 12]}, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    flat = make_pipeline(Patches(4), FunctionTransformer(lambda P: P.reshape(len(P), -1)), Ridge())
    assert flat.fit(X, y).score(X, y) > 0.99
    assert isinstance(Patches(4).set_output(transform="pandas").fit_transform(X), np.ndarray)


def test_clone_and_pickle():
    patches = Patches(3).fit(FORMS["3-D"])
    assert clone(patches).length == 3
    again = pickle.loads(pickle.dumps(patches))
    np.testing.assert_array_equal(again.transform(FORMS["3-D"]), patches.transform(FORMS["3-D"]))


# In the estimators ---------------------------------------------------------------------------


@every_form
@every_dtype
@pytest.mark.parametrize("length", [1, 3, 7])
def test_patch_length_equals_the_transformer(form, dtype, length):
    X = form_of(form, dtype)
    params = {"max_iter": 3, "random_state": 0, "batch_size": 4}
    inside = LSTMRegressor(3, patch_length=length, **params).fit(X, Y)
    patches = Patches(length).fit(X)
    before = LSTMRegressor(3, patch_length=1, **params).fit(patches.transform(X), Y)
    assert inside.patch_length_ == length
    np.testing.assert_array_equal(inside.predict(X), before.predict(patches.transform(X)))


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ([1], 1),
        ([59], 1),
        ([60], 10),
        ([500], 10),
        ([501], 11),
        ([5, 5, 500], 1),
        ([320, 5, 400], 10),
    ],
)
def test_automatic_length(lengths, expected):
    X = [np.linspace(-1, 1, n) for n in lengths] * 2
    model = LSTMRegressor(2, max_iter=1).fit(X, np.arange(len(X)))
    assert model.patch_length_ == expected
    y = [np.arange(len(x)) for x in X]
    assert LSTMRegressor(2, max_iter=1, return_sequences=True).fit(X, y).patch_length_ == 1


def test_length_of_fit_is_kept():
    X = np.random.default_rng(0).standard_normal((20, 100, 1))
    model = LSTMRegressor(2, max_iter=1, random_state=0).fit(X, X[:, -1, 0])
    assert model.patch_length_ == 10
    short = model.predict(X[:, :10])
    assert model.patch_length_ == 10 and np.isfinite(short).all()


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
@pytest.mark.parametrize("value", [0, -2, 1.5, "ten", None, True])
def test_invalid_patch_length(make, value):
    message = r"patch_length=.* is not valid; expected an integer >= 1 or 'auto'"
    with pytest.raises(ValueError, match=message):
        make(patch_length=value).fit(FORMS["table"], [0, 1, 0, 1, 0, 1])


def test_patch_length_beyond_every_sequence():
    with pytest.raises(ValueError, match="patch_length=8 is longer than every sequence"):
        LSTMRegressor(patch_length=8).fit(FORMS["ragged"], Y)


def test_patch_length_with_targets_at_every_step():
    model = LSTMRegressor(patch_length=2, return_sequences=True)
    with pytest.raises(ValueError, match="patch_length=2 leaves one step of 2"):
        model.fit(FORMS["table"], FORMS["table"])


def test_windows_of_a_long_series_are_not_copied():
    """Patches of views are made batch by batch, also where the first one is filled up."""
    X, _ = sliding_windows(np.random.default_rng(0).standard_normal(100_000), window=50)
    assert DenseSequences(X[:, :, np.newaxis], patch_length=3).values.base is not None
    index = np.array([5, 70_000])
    some = DenseSequences(X[:, :, np.newaxis], patch_length=3).take(index)
    found = np.empty((17, 3, 2))
    some.gather(np.arange(2), Segment(0, 17, 2), found)
    np.testing.assert_array_equal(found.transpose(2, 0, 1), [slow_patches(x, 3) for x in X[index]])


@pytest.mark.parametrize("form", ["3-D", "ragged"])
@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_gradients(form, pooling):
    model = LSTMRegressor(2, patch_length=3, pooling=pooling)
    assert max(check_gradients(model, FORMS[form][:3], Y[:3]).values()) < 1e-7


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
@pytest.mark.parametrize("params", [{"pooling": p} for p in ("last", "mean", "max")], ids=str)
def test_each_push_is_predict_on_the_prefix(make, params):
    X = np.random.default_rng(0).standard_normal((3, 11, 2))
    y = [0, 1, 0]
    model = make(3, patch_length=4, num_layers=2, max_iter=2, random_state=0, **params).fit(X, y)
    method = "predict" if make is LSTMRegressor else "decision_function"
    stream, starts = model.stream(3, method=method), [0, 0, 0]
    for t in range(11):
        if t == 6:
            stream.reset([1])
            starts[1] = 6
            stream = pickle.loads(pickle.dumps(stream))
        found = stream.push(X[:, t])
        for k, start in enumerate(starts):
            expected = getattr(model, method)(X[k : k + 1, start : t + 1])[0]
            np.testing.assert_allclose(found[k], expected, rtol=0, atol=1e-12)
    stream.reset()
    np.testing.assert_allclose(
        stream.push(X[:, 0]), getattr(model, method)(X[:, :1]), rtol=0, atol=1e-12
    )
    with pytest.raises(ValueError, match=r"expected one step, \(3, 2\)"):
        stream.push(X[:, :4].reshape(3, -1))


def test_hidden_states_are_of_patches():
    X = FORMS["3-D"]
    model = LSTMRegressor(3, patch_length=3, max_iter=1).fit(X, Y)
    assert model.hidden_states(X).shape == (6, 3, 3)
    assert model.gates(X)["forget"].shape == (6, 3, 3)
    assert model.weights_["weight_ih_l0"].shape == (12, 6)


@pytest.mark.parametrize(("n_steps", "expected"), [(59, "last"), (60, "max")])
def test_automatic_pooling(n_steps, expected):
    X = np.random.default_rng(0).standard_normal((10, n_steps))
    y = [0, 1] * 5
    model = LSTMClassifier(2, max_iter=2, random_state=0).fit(X, y)
    assert model.pooling_ == expected
    explicit = LSTMClassifier(2, max_iter=2, random_state=0, pooling=expected).fit(X, y)
    np.testing.assert_array_equal(explicit.predict_proba(X), model.predict_proba(X))
    assert model.partial_fit(X, y).pooling_ == expected


def test_lengths_of_targets_are_compared():
    patches = Patches(3).fit(FORMS["3-D"])
    with pytest.raises(ValueError, match=r"y\[0\] has 5 steps, but X\[0\] has 7"):
        patches.transform_targets(FORMS["3-D"][:, :5, 0])
    X = FORMS["ragged"]
    patches = Patches(3).fit(X)
    y = [np.zeros(len(x)) for x in X]
    patches.transform_targets(y, X)
    with pytest.raises(ValueError, match=r"y\[1\] has 2 steps, but X\[1\] has 3"):
        patches.transform_targets([y[0], y[1][:-1], *y[2:]], X)


def test_patch_length_cannot_change_when_resuming():
    X = np.random.default_rng(0).standard_normal((10, 12))
    model = LSTMRegressor(2, patch_length=3, max_iter=2, warm_start=True).fit(X, X[:, 0])
    model.set_params(patch_length=4)
    for train in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="patch_length is now 4, but the fitted network has 3"):
            train(X, X[:, 0])
    assert model.set_params(patch_length="auto").fit(X, X[:, 0]).patch_length_ == 3
