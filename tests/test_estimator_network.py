"""The network computed manually from `weights_`: layers, pooling, gates, truncation, ragged X."""

import numpy as np
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
    assert_form,
    both,
    every_form,
    per_step_shape,
    small,
    target,
)
from helpers import peak_of

from sklstm import LSTMClassifier, LSTMRegressor
from sklstm.training.loop import Epoch

every_dtype = pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-12), (np.float32, 1e-6)])


@both
@every_form
@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_truncation_longer_than_the_sequences_is_none(make, form, pooling):
    X, y = FORMS[form], target(make)
    whole, longer, cut = (
        small(make, pooling=pooling, bptt_steps=k, batch_size=N).fit(X, y) for k in (None, T, 2)
    )
    np.testing.assert_allclose(longer._params, whole._params, rtol=0, atol=1e-12)
    assert np.abs(cut._params - whole._params).max() > 1e-6
    # The state is carried over: predictions, and the first loss, stay the same.
    assert cut.loss_curve_[0] == pytest.approx(whole.loss_curve_[0], rel=1e-12)


LONG = np.random.default_rng(0).standard_normal((12, 40, 2))
LENGTHS = np.arange(29, 41)
TRUNCATED = {
    "lstm": {},
    "rnn": {"cell": "rnn"},
    "two layers, dropout": {"num_layers": 2, "dropout": 0.2, "recurrent_dropout": 0.2},
}


def in_form(form):
    return LONG if form == "dense" else [x[:n] for x, n in zip(LONG, LENGTHS, strict=True)]


@pytest.mark.parametrize("form", ["dense", "ragged"])
@pytest.mark.parametrize("k", [1, 9, 10, 29, 40])
@pytest.mark.parametrize("params", TRUNCATED.values(), ids=TRUNCATED)
def test_steps_without_a_gradient_are_run_as_in_a_prediction(monkeypatch, params, k, form):
    """The weights are those of a pass with history over all steps."""
    X, y = in_form(form), LONG[:, -1, 0]
    fast = small(LSTMRegressor, bptt_steps=k, batch_size=4, **params).fit(X, y)
    monkeypatch.setattr(Epoch, "_from_first_gradient", lambda self, batch, *_: batch)
    slow = small(LSTMRegressor, bptt_steps=k, batch_size=4, **params).fit(X, y)
    np.testing.assert_array_equal(fast._params, slow._params)


def test_truncation_bounds_memory():
    """Saved states are those of k steps, for any number of steps."""

    def peak(n_steps, bptt_steps=None):
        X = np.broadcast_to(LONG[:, :1], (12, n_steps, 2))
        params = {"hidden_size": 64, "batch_size": 8, "patch_length": 1, "max_iter": 1}
        model = small(LSTMRegressor, **params, pooling="last", bptt_steps=bptt_steps)
        return peak_of(lambda: model.fit(X, LONG[:, 0, 0]))

    assert peak(400) > 5 * peak(800, bptt_steps=10)


@both
@every_form
def test_truncation_updates_after_every_chunk(make, form):
    X, y = FORMS[form], target(make, form, per_step=True)
    for bptt_steps, n_chunks in ((None, 1), (T, 1), (3, 2), (2, 3), (1, T)):
        estimator = small(make, return_sequences=True, bptt_steps=bptt_steps, batch_size=N)
        estimator.fit(X, y)
        assert estimator._optimizer_state["n_steps"] == 3 * n_chunks
    whole, longer = (
        small(make, return_sequences=True, bptt_steps=k).fit(X, y) for k in (None, T + 3)
    )
    np.testing.assert_allclose(longer._params, whole._params, rtol=0, atol=1e-12)


def test_truncation_carries_the_state():
    """A step of nearly 0: the loss over chunks is the loss over whole sequences."""
    y = target(LSTMRegressor, "ragged", per_step=True)
    params = {"return_sequences": True, "learning_rate": 1e-300, "max_iter": 1}
    whole, cut = (
        small(LSTMRegressor, bptt_steps=k, **params).fit(RAGGED, y).loss_ for k in (None, 2)
    )
    assert cut == pytest.approx(whole, rel=1e-12)


STRUCTURES = {
    "one layer": {},
    "two layers": {"num_layers": 2},
    "both directions": {"bidirectional": True},
    "both, two layers": {"bidirectional": True, "num_layers": 2},
}
every_structure = pytest.mark.parametrize("structure", STRUCTURES.values(), ids=STRUCTURES)


def lstm_by_hand(weights, suffix, x):
    """One direction of one layer over x (T, C), with gates in PyTorch's order."""
    w_x, w_h = weights[f"weight_ih_{suffix}"], weights[f"weight_hh_{suffix}"]
    h = c = np.zeros(w_h.shape[1])
    states = []
    for x_t in x[::-1] if suffix.endswith("_reverse") else x:
        i, f, g, o = np.split(w_x @ x_t + w_h @ h + weights[f"bias_{suffix}"], 4)
        i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        states.append(h)
    return np.array(states[::-1] if suffix.endswith("_reverse") else states)


def hidden_by_hand(estimator, x):
    suffixes = ("", "_reverse") if estimator.bidirectional else ("",)
    for layer in range(estimator.num_layers):
        names = [f"l{layer}{suffix}" for suffix in suffixes]
        x = np.hstack([lstm_by_hand(estimator.weights_, name, x) for name in names])
    return x


@every_form
@every_structure
def test_weights_are_pytorchs(form, structure):
    """The whole network, computed manually from the arrays in `weights_`."""
    estimator = small(LSTMRegressor, max_iter=10, learning_rate=0.1, **structure)
    estimator.fit(FORMS[form], Y)
    H, n_directions = 3, 1 + estimator.bidirectional
    shapes = {name: array.shape for name, array in estimator.weights_.items()}
    n_channels = 1 if form == "table" else C
    assert shapes["weight_ih_l0"] == (4 * H, n_channels)
    assert shapes["weight_hh_l0"] == (4 * H, H)
    assert shapes["bias_l0"] == (4 * H,)
    assert shapes["head_weight"] == (1, H * n_directions)
    assert shapes["head_bias"] == (1,)
    assert len(shapes) == 3 * n_directions * estimator.num_layers + 2
    if estimator.num_layers == 2:
        assert shapes["weight_ih_l1"] == (4 * H, H * n_directions)
    for x, h in zip(FORMS[form], estimator.hidden_states(FORMS[form]), strict=True):
        x = x[:, None] if form == "table" else x
        assert h.shape == (len(x), H * n_directions)
        np.testing.assert_allclose(h, hidden_by_hand(estimator, x), rtol=0, atol=1e-12)


def test_weights_are_copies():
    estimator = small(LSTMRegressor).fit(TABLE, Y)
    before = estimator.predict(TABLE)
    for array in estimator.weights_.values():
        array[...] = 0.0
    np.testing.assert_array_equal(estimator.predict(TABLE), before)


@every_form
@every_structure
@pytest.mark.parametrize("pooling", ["last", "mean", "max"])
def test_the_head_sees_the_pooled_states(form, structure, pooling):
    X = FORMS[form]
    estimator = small(LSTMRegressor, pooling=pooling, max_iter=10, **structure).fit(X, Y)
    weights = estimator.weights_

    def pool(h):
        if pooling == "last":  # each direction's own last step
            return np.concatenate([h[-1, :3], h[0, 3:]])
        return h.mean(axis=0) if pooling == "mean" else h.max(axis=0)

    features = np.array([pool(h) for h in estimator.hidden_states(X)])
    expected = features @ weights["head_weight"][0] + weights["head_bias"]
    expected = estimator.target_mean_ + estimator.target_scale_ * expected
    np.testing.assert_allclose(estimator.predict(X), expected, rtol=0, atol=1e-12)


@every_form
@every_structure
def test_the_head_sees_every_step(form, structure):
    X, y = FORMS[form], target(LSTMClassifier, form, per_step=True)
    estimator = small(LSTMClassifier, return_sequences=True, max_iter=10, **structure).fit(X, y)
    weights = estimator.weights_
    for h, raw in zip(estimator.hidden_states(X), estimator.decision_function(X), strict=True):
        expected = h @ weights["head_weight"].T + weights["head_bias"]
        np.testing.assert_allclose(raw, expected, rtol=0, atol=1e-12)


@both
@every_form
@every_structure
def test_hidden_states_follow_from_gates(make, form, structure):
    X = FORMS[form]
    estimator = small(make, max_iter=10, **structure).fit(X, target(make))
    gates, hidden = estimator.gates(X), estimator.hidden_states(X)
    assert sorted(gates) == ["cell", "forget", "input", "output"]
    width = 3 * (1 + estimator.bidirectional)
    for values in (*gates.values(), hidden):
        assert_form(values, per_step_shape(form, width))
    for k in range(N):
        i, f, g, o = (gates[name][k] for name in ("input", "forget", "cell", "output"))
        c = np.empty_like(g)
        for rows, order in ((slice(0, 3), 1), (slice(3, None), -1)):  # forward, backward in time
            state = 0.0
            for t in range(len(c))[::order]:
                state = f[t, rows] * state + i[t, rows] * g[t, rows]
                c[t, rows] = state
        np.testing.assert_allclose(o * np.tanh(c), hidden[k], rtol=0, atol=1e-12)
        assert all(((0 < a) & (a < 1)).all() for a in (i, f, o))


def test_structure_changes_the_result():
    results = [small(LSTMRegressor, **p).fit(CUBE, Y).predict(CUBE) for p in STRUCTURES.values()]
    results += [small(LSTMRegressor, pooling=p).fit(CUBE, Y).predict(CUBE) for p in ("mean", "max")]
    assert len({tuple(r) for r in results}) == 6


@both
@every_dtype
@every_structure
@pytest.mark.parametrize("mode", ["last", "mean", "max", "per step"])
def test_a_sequence_alone_is_as_among_others(make, dtype, tol, structure, mode):
    X = [x.astype(dtype) for x in RAGGED]
    per_step = mode == "per step"
    params = structure | ({"return_sequences": True} if per_step else {"pooling": mode})
    estimator = small(make, **params).fit(X, target(make, "ragged", per_step))
    for method in ("predict" if make is LSTMRegressor else "predict_proba", "hidden_states"):
        among = getattr(estimator, method)(X)
        for i, x in enumerate(X):
            for alone in (getattr(estimator, method)([x]), getattr(estimator, method)(x[None])):
                np.testing.assert_allclose(alone[0], among[i], rtol=0, atol=tol)
