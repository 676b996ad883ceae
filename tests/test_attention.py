"""Pooling by attention: its parameters, its stability, and the estimators that use it.

The tests of all poolings are in test_parts, test_network, test_stream and test_gradcheck.
"""

import pickle
from copy import deepcopy

import numpy as np
import pytest
from helpers import dense_sequences, ragged_sequences

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.core.cells import CELLS, LSTM
from sklstm.core.inference import predict_raw, record_gates, record_hidden_states
from sklstm.core.network import Network
from sklstm.gradcheck import check_gradients

C, H = 2, 3
RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 12, C))
RAGGED = [x[:length] for x, length in zip(X, (12, 4, 7, 3, 12), strict=True)]
Y = X[:, :3].sum(axis=(1, 2))
FORMS = {
    "one": {},
    "deep": {"num_layers": 2, "dropout": 0.2, "recurrent_dropout": 0.2},
    "both": {"bidirectional": True, "num_layers": 2},
    "cut": {"bptt_steps": 5},
    "patches": {"patch_length": 3},
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def fitted(X=X, make=LSTMRegressor, y=Y, **params):
    params = {"pooling": "attention", "max_iter": 3, "random_state": 0, **params}
    return make(H, **params).fit(X, y)


def make_networks(**structure):
    """Networks with the mean and with attention, whose other parameters are the same."""
    mean, attention = (
        Network(LSTM(), C, H, 1, pooling=pooling, **structure) for pooling in ("mean", "attention")
    )
    params = attention.initialize(np.random.default_rng(1))
    own = attention.named_arrays(params)
    same = np.zeros(mean.layout.size)
    for name, array in mean.named_arrays(same).items():
        array[...] = own[name]
    return mean, same, attention, params


# Parameters --------------------------------------------------------------------------------------


@pytest.mark.parametrize("both", [False, True])
def test_names_and_shapes(both):
    D = H * (1 + both)
    weights = fitted(bidirectional=both).weights_
    assert list(weights)[-5:] == [
        *(f"attention_{name}" for name in ("weight", "bias", "vector")),
        "head_weight",
        "head_bias",
    ]
    assert weights["attention_weight"].shape == (D, D)
    assert weights["attention_bias"].shape == weights["attention_vector"].shape == (D,)


def test_its_bias_alone_does_not_decay():
    network = Network(LSTM(), C, H, 1, pooling="attention")
    flags = network.named_arrays(network.is_weight())
    assert {name for name, array in flags.items() if not array.any()} == {
        "bias_l0",
        "attention_bias",
        "head_bias",
    }
    assert all(array.all() == array.any() for array in flags.values())


def test_initial_values():
    network = Network(LSTM(), C, 50, 1, pooling="attention")
    arrays = network.named_arrays(network.initialize(np.random.default_rng(0)))
    assert not arrays["attention_bias"].any()
    for name, limit in [("weight", np.sqrt(6 / 100)), ("vector", np.sqrt(6 / 51))]:
        values = arrays[f"attention_{name}"]
        assert 0.9 * limit < np.abs(values).max() <= limit
    other = Network(LSTM(), C, 50, 1, pooling="mean")
    others = other.named_arrays(other.initialize(np.random.default_rng(0)))
    for name in ("weight_ih_l0", "weight_hh_l0"):
        np.testing.assert_array_equal(arrays[name], others[name])


# Values ------------------------------------------------------------------------------------------


def test_equal_scores_give_the_mean():
    mean, same, attention, params = make_networks(bidirectional=True)
    attention.named_arrays(params)["attention_vector"][...] = 0
    sequences = ragged_sequences(np.random.default_rng(0), [4, 1, 9, 4], C)
    expected = predict_raw(mean, same, sequences)
    np.testing.assert_allclose(predict_raw(attention, params, sequences), expected, atol=1e-14)


def test_one_score_far_above_the_others_gives_its_step():
    """Scores of thousands neither overflow nor give NaN, forward, backward or in a stream."""
    _, _, attention, params = make_networks()
    arrays = attention.named_arrays(params)
    arrays["attention_weight"][...] = 1e4 * np.eye(H)
    arrays["attention_vector"][...] = 1e4 * np.array([1, 0, 0])
    arrays["attention_bias"][...] = 0
    sequences = dense_sequences(np.random.default_rng(0), 6, 9, C)
    h = record_hidden_states(attention, params, sequences)["h"].reshape(6, 9, H)
    # The first unit alone decides, and is either saturated at one or at minus one.
    chosen = h[..., 0] > 0
    assert (chosen.any(axis=1) & ~chosen.all(axis=1)).any()
    for i in np.flatnonzero(chosen.any(axis=1)):
        features = h[i, chosen[i]].mean(axis=0)
        expected = arrays["head_weight"] @ features + arrays["head_bias"]
        raw = predict_raw(attention, params, sequences)[i]
        np.testing.assert_allclose(raw, expected, rtol=0, atol=1e-10)


def test_hidden_states_and_gates_are_those_below_it():
    mean, same, attention, params = make_networks(num_layers=2, bidirectional=True)
    sequences = ragged_sequences(np.random.default_rng(0), [4, 1, 9, 4], C)
    for record in (record_hidden_states, record_gates):
        actual = record(attention, params, sequences)
        expected = record(mean, same, sequences)
        assert list(actual) == list(expected)
        for name, array in expected.items():
            np.testing.assert_array_equal(actual[name], array)


# Through the estimators --------------------------------------------------------------------------


@every_form
@pytest.mark.parametrize("X", [X, RAGGED], ids=["equal", "ragged"])
def test_gradient_of_every_parameter_and_of_X(form, X):
    params = {name: value for name, value in form.items() if name != "bptt_steps"}
    model = LSTMRegressor(H, pooling="attention", alpha=0.1, **params)
    errors = check_gradients(model, X, Y)
    assert {f"attention_{name}" for name in ("weight", "bias", "vector")} < set(errors)


@every_form
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_prediction_depends_on_its_own_sequence_only(form, dtype):
    X = [x.astype(dtype) for x in RAGGED]
    model = fitted(X, **form)
    together = model.predict(X)
    assert together.dtype == dtype
    alone = np.concatenate([model.predict([x]) for x in X])
    tol = 1e-12 if dtype == np.float64 else 1e-5
    np.testing.assert_allclose(alone, together, rtol=0, atol=tol)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("patch_length", [1, 3])
@pytest.mark.parametrize("copied", [deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_stream_is_predict_on_the_prefix(cell, patch_length, copied):
    model = fitted(cell=cell, num_layers=2, patch_length=patch_length)
    stream, start = model.stream(len(X)), np.zeros(len(X), int)
    for t in range(X.shape[1]):
        if t == 5:
            stream = copied(stream.reset([1, 3]))
            start[[1, 3]] = 5
        actual = stream.push(X[:, t])
        if t + 1 - start.max() >= patch_length:
            expected = model.predict([x[s : t + 1] for x, s in zip(X, start, strict=True)])
            np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12)


def test_a_classifier():
    labels = np.where(Y > 0, "high", "low")
    model = fitted(RAGGED, LSTMClassifier, labels)
    assert model.pooling_ == "attention"
    assert model.predict_proba(RAGGED).shape == (5, 2)
    assert set(model.predict(RAGGED)) <= {"high", "low"}


def test_it_learns_which_step_matters():
    """The value at the one step that is marked: more than the mean over the steps can tell."""
    rng = np.random.default_rng(0)
    values, marks = rng.standard_normal((200, 10)), np.zeros((200, 10))
    where = rng.integers(10, size=200)
    marks[np.arange(200), where] = 1
    X, y = np.stack([values, marks], axis=2), values[np.arange(200), where]
    losses = {}
    for pooling in ("mean", "attention"):
        model = LSTMRegressor(8, pooling=pooling, max_iter=30, alpha=0, random_state=0)
        losses[pooling] = model.fit(X, y).loss_curve_[-1]
    assert losses["attention"] < 0.7 * losses["mean"], losses
