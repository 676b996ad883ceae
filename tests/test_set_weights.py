"""The attribute weights_ can be set, with what it returns."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor
from sklstm.cells import CELLS
from sklstm.core.parts.pooling import POOLINGS

RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 5, 2))
Y, LABELS = X[:, 0, 0], np.resize(["a", "b", "c"], 12)
TEXTS = ["the cat sat", "on the mat"]


def fitted(make, seed=0, **params):
    data = {LSTMRegressor: (X, Y), LSTMClassifier: (X, LABELS), LSTMLanguageModel: (TEXTS,)}
    return make(3, max_iter=2, random_state=seed, **params).fit(*data[make])


def output(model):
    if isinstance(model, LSTMLanguageModel):
        return model.predict_proba(TEXTS)
    return model.decision_function(X) if isinstance(model, LSTMClassifier) else model.predict(X)


every_estimator = pytest.mark.parametrize(
    "make", [LSTMRegressor, LSTMClassifier, LSTMLanguageModel]
)


@every_estimator
@pytest.mark.parametrize("cell", CELLS)
def test_what_it_returns_can_be_set(make, cell):
    """On the estimator itself, and on another one, to the bit."""
    model, other = fitted(make, cell=cell), fitted(make, seed=1, cell=cell)
    expected, weights = output(model), model.weights_
    assert not np.array_equal(output(other), expected)
    model.weights_ = model.weights_
    other.weights_ = dict(reversed(weights.items()))
    for estimator in (model, other):
        np.testing.assert_array_equal(output(estimator), expected)
        for name, array in estimator.weights_.items():
            np.testing.assert_array_equal(array, weights[name])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "options",
    [{"bidirectional": True}, {"num_layers": 2}, *({"pooling": p} for p in POOLINGS)],
    ids=str,
)
def test_of_all_parts(options, dtype):
    make = {"max_iter": 2, **options}
    model, other = (
        LSTMRegressor(3, random_state=s, **make).fit(X.astype(dtype), Y) for s in (0, 1)
    )
    other.weights_ = model.weights_
    np.testing.assert_array_equal(other._params, model._params)
    assert other._params.dtype == dtype


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int64, list])
def test_of_other_types(kind):
    model = fitted(LSTMRegressor)
    weights = {name: (2 * array).round() for name, array in model.weights_.items()}
    model.weights_ = {n: a.tolist() if kind is list else a.astype(kind) for n, a in weights.items()}
    for name, array in model.weights_.items():
        np.testing.assert_array_equal(array, weights[name])


def test_they_are_copied():
    model = fitted(LSTMRegressor)
    weights = model.weights_
    model.weights_ = weights
    expected = output(model)
    weights["head_weight"][...] = 7.0
    model.weights_["head_bias"][...] = 7.0
    np.testing.assert_array_equal(output(model), expected)


@every_estimator
@pytest.mark.parametrize("way", ["partial_fit", "warm_start"])
def test_training_goes_on_from_there_with_a_new_state_of_the_optimizer(make, way):
    """As from the same weights in an estimator that never made a step."""
    start = fitted(make, seed=1, learning_rate=1e-300).weights_
    one, two = fitted(make), fitted(make)
    one.weights_, two.weights_ = start, start
    assert one._optimizer_state == {}
    data = (TEXTS,) if make is LSTMLanguageModel else (X, LABELS if make is LSTMClassifier else Y)
    for model in (one, two):
        if way == "partial_fit":
            model.partial_fit(*data)
        else:
            model.set_params(warm_start=True, max_iter=1).fit(*data)
        assert model._optimizer_state["n_steps"] == 2 - (make is LSTMLanguageModel)
        assert model.n_iter_ == 3
        assert max(np.abs(a - start[n]).max() for n, a in model.weights_.items()) < 0.1
    np.testing.assert_array_equal(one._params, two._params)


def test_a_stream_keeps_the_old_ones():
    model = fitted(LSTMRegressor)
    stream, expected = model.stream(), model.predict(X[:1, :1])
    model.weights_ = {name: 0 * array for name, array in model.weights_.items()}
    np.testing.assert_allclose(stream.push(X[0, 0]), expected[0], atol=1e-12)


@every_estimator
def test_before_fit(make):
    weights = fitted(make).weights_
    with pytest.raises(NotFittedError, match="before it is fitted.*max_iter=1"):
        make().weights_ = weights
    assert not hasattr(clone(fitted(make)), "weights_")


def changed(**arrays):
    return lambda weights: {**weights, **arrays}


BAD = {
    "no dict": (
        lambda w: list(w.values()),
        TypeError,
        "must be a dict of arrays by name; got list",
    ),
    "missing": (
        lambda w: {n: a for n, a in w.items() if n != "bias_l0"},
        ValueError,
        r"weights_ lacks \['bias_l0'\]. Pass exactly \['weight_ih_l0', ",
    ),
    "unknown": (changed(bias_l1=0), ValueError, r"has unknown \['bias_l1'\]"),
    "both": (
        lambda w: {n.replace("head_", "fc."): a for n, a in w.items()},
        ValueError,
        r"lacks \['head_weight', 'head_bias'\] and has unknown \['fc.weight', 'fc.bias'\]",
    ),
    "shape": (
        changed(head_weight=np.ones((3, 1))),
        ValueError,
        r"weights_\['head_weight'\] has shape \(3, 1\), but the network has \(1, 3\)",
    ),
    "nan": (changed(head_bias=[np.nan]), ValueError, "head_bias.*not finite in float32"),
    "huge": (changed(head_bias=[1e39]), ValueError, "head_bias.*not finite in float32"),
    "ragged": (changed(head_bias=[[1], [1, 2]]), ValueError, r"weights_\['head_bias'\] is not an"),
    "text": (changed(head_bias=["1"]), TypeError, "head_bias.*expected real numbers of shape"),
    "complex": (changed(head_bias=[1j]), TypeError, "complex128; expected real numbers"),
    "objects": (changed(head_bias=[None]), TypeError, "object; expected real numbers"),
    "bool": (changed(head_bias=[True]), TypeError, "bool; expected real numbers"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_weights(name):
    model = LSTMRegressor(3, max_iter=1).fit(X.astype(np.float32), Y)
    change, kind, message = BAD[name]
    before, expected = vars(model).copy(), output(model)
    with pytest.raises(kind, match=message):
        model.weights_ = change(model.weights_)
    assert vars(model) == before
    np.testing.assert_array_equal(output(model), expected)


def test_masked_weights():
    model = LSTMRegressor(2, max_iter=1).fit(np.ones((4, 3)) * np.arange(3), np.arange(4.0))
    masked = np.ma.masked_array([123.0], [True])
    with pytest.raises(ValueError, match="head_bias.*mask"):
        model.weights_ = model.weights_ | {"head_bias": masked}
