"""A stream gives the predictions for all steps so far, for every cell and form."""

import pickle
from copy import deepcopy

import numpy as np
import pytest

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.cells import CELLS
from sklstm.core.parts.pooling import POOLINGS
from sklstm.losses import Quantile

N, T, C = 4, 7, 2
RNG = np.random.default_rng(0)
X = RNG.standard_normal((N, T, C))
Y = X.sum(axis=(1, 2))
LABELS = np.array(["high", "low", "low", "high"])
METHODS = ["predict", "predict_proba", "predict_log_proba", "decision_function"]
MODES = [*({"pooling": name} for name in POOLINGS), {"return_sequences": True}]


def fitted(make=LSTMRegressor, y=Y, X=X, **params):
    return make(3, max_iter=3, random_state=0, **params).fit(X, y)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("mode", MODES, ids=str)
def test_each_push_is_predict_on_the_prefix(cell, mode):
    per_step = mode.get("return_sequences", False)
    y = np.cumsum(X.sum(axis=2), axis=1) if per_step else Y
    model = fitted(cell=cell, num_layers=2, y=y, **mode)
    stream = model.stream(N)
    for t in range(T):
        expected = model.predict(X[:, : t + 1])
        expected = expected[:, -1] if per_step else expected
        np.testing.assert_allclose(stream.push(X[:, t]), expected, rtol=0, atol=1e-12)
    assert stream.n_steps == T


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["two", "three", "multilabel"])
def test_every_method_of_the_classifier(method, kind):
    y = {"two": LABELS, "three": [0, 1, 2, 1], "multilabel": [[0, 1], [1, 1], [1, 0], [0, 0]]}
    model = fitted(LSTMClassifier, np.array(y[kind]))
    expected = getattr(model, method)(X)
    many, one = model.stream(N, method=method), model.stream(method=method)
    for x_t in X.transpose(1, 0, 2):
        at_once, alone = many.push(x_t), one.push(x_t[0])
    for actual, wanted in [(at_once, expected), (alone, expected[0])]:
        assert np.shape(actual) == wanted.shape
        if wanted.dtype.kind == "f":
            np.testing.assert_allclose(actual, wanted, rtol=0, atol=1e-12)
        else:
            np.testing.assert_array_equal(actual, wanted)


def test_predictions_have_the_form_of_y():
    two, quantiles = np.column_stack([Y, -Y]), Quantile([0.1, 0.5, 0.9])
    for y, loss, shape in [
        (Y, "squared_error", ()),
        (two, "huber", (2,)),
        (Y, quantiles, (3,)),
        (two, quantiles, (2, 3)),
    ]:
        model = fitted(y=y, loss=loss)
        assert np.shape(model.stream().push(X[0, 0])) == shape
        assert model.stream(N).push(X[:, 0]).shape == (N, *shape)


def test_one_channel_may_come_without_an_axis():
    table = X[:, :, 0]
    model = fitted(X=table)
    forms = [model.stream(), model.stream(), model.stream(N), model.stream(N)]
    for t in range(T):
        steps = [table[0, t], table[0, t : t + 1], table[:, t], table[:, t, np.newaxis]]
        out = [stream.push(x) for stream, x in zip(forms, steps, strict=True)]
    expected = model.predict(table)
    np.testing.assert_allclose(out[:2], expected[0], rtol=0, atol=1e-12)
    np.testing.assert_allclose(out[2:], np.tile(expected, (2, 1)), rtol=0, atol=1e-12)


@pytest.mark.parametrize("mode", MODES[:-1], ids=str)
def test_reset_of_some_streams(mode):
    model = fitted(**mode)
    stream = model.stream(N)
    for t in range(3):
        stream.push(X[:, t])
    stream.reset([1, 3]).reset([]).reset(np.zeros(N, bool))
    with pytest.raises(IndexError):
        stream.reset([0, N])
    for t in range(3, T):
        out = stream.push(X[:, t])
    expected = model.predict(X)
    expected[[1, 3]] = model.predict(X[:, 3:])[[1, 3]]
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)
    assert stream.reset() is stream
    assert stream.n_steps == 0
    np.testing.assert_allclose(stream.push(X[:, 0]), model.predict(X[:, :1]), atol=1e-12)


def test_float32_stays_float32():
    model = fitted(X=X.astype(np.float32))
    assert model.stream(N).push(X[:, 0]).dtype == np.float32


def test_a_stream_keeps_its_weights_when_training_is_resumed():
    model = fitted()
    before = model.predict(X[:, :1])
    stream = model.stream(N)
    model.partial_fit(X, Y)
    np.testing.assert_allclose(stream.push(X[:, 0]), before, atol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("copied", [deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_copy_is_independent(cell, copied):
    model = fitted(cell=cell, pooling="mean", num_layers=2)
    stream = model.stream(N)
    unused = copied(stream)
    for t in range(3):
        stream.push(X[:, t])
    copy = copied(stream)
    stream.push(-X[:, 3])  # what the original goes through does not reach the copy
    for other, steps in [(copy, range(3, T)), (unused, range(T))]:
        for t in steps:
            out = other.push(X[:, t])
        np.testing.assert_allclose(out, model.predict(X), rtol=0, atol=1e-12)


def test_bad_steps_are_refused_and_not_taken():
    model = fitted()
    stream = model.stream()
    stream.push(X[0, 0])
    with pytest.raises(ValueError, match=r"shape \(3,\); expected one step, \(2,\)"):
        stream.push([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="Input x contains NaN"):
        stream.push([1.0, np.nan])
    np.testing.assert_allclose(stream.push(X[0, 1]), model.predict(X[:1, :2])[0], atol=1e-12)
    with pytest.raises(ValueError, match=r"shape \(2,\); expected one step, \(4, 2\)"):
        model.stream(N).push([1.0, 2.0])


def test_bad_arguments():
    with pytest.raises(ValueError, match="bidirectional network reads every sequence from its end"):
        fitted(bidirectional=True).stream()
    with pytest.raises(ValueError, match="method='predict_proba' is not valid"):
        fitted().stream(method="predict_proba")
    with pytest.raises(ValueError, match="n_streams"):
        fitted().stream(0)


def test_state_is_carried_along_strips_from_update_to_update():
    """Without a step of learning, chunks of a strip give what the whole strip gives."""
    strips, targets = list(X), list(X.sum(axis=2))
    params = {"return_sequences": True, "optimizer": "sgd", "learning_rate": 1e-300}
    whole, chunks = (
        fitted(X=strips, y=targets, bptt_steps=steps, **params).loss_curve_ for steps in (None, 3)
    )
    np.testing.assert_allclose(whole, chunks, rtol=1e-13)


@pytest.mark.parametrize(("make", "y"), [(LSTMRegressor, Y), (LSTMClassifier, LABELS)])
def test_a_stream_keeps_units_and_classes_of_its_fit(make, y):
    model = make(3, max_iter=2, random_state=0).fit(X, y)
    expected, stream = model.predict(X[:1]), model.stream()
    model.fit(X, 1000 * y + 500 if make is LSTMRegressor else np.char.upper(y))
    for x in X[0]:
        prediction = stream.push(x)
    assert prediction == expected[0] if make is LSTMClassifier else np.isclose(prediction, expected)


@pytest.mark.parametrize("n_streams", [None, 2])
def test_channels_by_name(n_streams):
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    X = [pd.DataFrame(rng.standard_normal((4, 2)), columns=["temp", "wind"]) for _ in range(8)]
    model = LSTMRegressor(3, max_iter=2, random_state=0).fit(X, np.arange(8.0))
    step = X[0].iloc[0] if n_streams is None else X[0].iloc[:2]
    same, swapped = model.stream(n_streams), model.stream(n_streams)
    np.testing.assert_array_equal(same.push(step), model.stream(n_streams).push(step.to_numpy()))
    other = step[["wind", "temp"]]
    with pytest.raises(
        ValueError, match=r"x has the channels \['wind', 'temp'\], but .*'temp', 'wind'"
    ):
        swapped.push(other)
