"""to_torch and from_torch without PyTorch: state dicts of arrays, and what is refused.

Comparisons with PyTorch are in tests/integration/test_torch_export.py.
"""

import sys

import numpy as np
import pytest
from estimator_cases import CUBE, LABELS, RAGGED, TABLE, C, Y, small
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklstm import LSTMClassifier, LSTMRegressor, SequenceForecaster
from sklstm.export import from_torch, to_torch

H = 3
GATES = {"lstm": 4, "gru": 3}


def state_dict(cell="lstm", num_layers=1, bidirectional=False, dtype=np.float32):
    """Random weights of a module by PyTorch's names."""
    rng, state, rows = np.random.default_rng(0), {}, GATES.get(cell, 1) * H
    for k in range(num_layers):
        for direction in ["", "_reverse"][: 1 + bidirectional]:
            shapes = {
                "weight_ih": (rows, H * (1 + bidirectional) if k else C),
                "weight_hh": (rows, H),
                "bias_ih": (rows,),
                "bias_hh": (rows,),
            }
            for name, shape in shapes.items():
                state[f"{name}_l{k}{direction}"] = rng.standard_normal(shape).astype(dtype)
    return state


def linear(n_outputs=1, n_features=H, dtype=np.float32):
    rng = np.random.default_rng(1)
    return {
        "weight": rng.standard_normal((n_outputs, n_features)).astype(dtype),
        "bias": rng.standard_normal(n_outputs).astype(dtype),
    }


# State dicts -------------------------------------------------------------------------------------


def test_two_biases_are_added_but_for_that_which_the_reset_gate_multiplies():
    for cell in GATES:
        state = state_dict(cell)
        weights = from_torch(state, linear()).weights_
        expected = state["bias_ih_l0"] + state["bias_hh_l0"]
        if cell == "gru":
            expected[2 * H :] = state["bias_ih_l0"][2 * H :]
            np.testing.assert_array_equal(weights["bias_hn_l0"], state["bias_hh_l0"][2 * H :])
        np.testing.assert_array_equal(weights["bias_l0"], expected)
        np.testing.assert_array_equal(weights["weight_ih_l0"], state["weight_ih_l0"])


def test_the_equations_by_hand():
    """One LSTM step from zero, in PyTorch's order of gates: input, forget, cell, output."""
    state, head = state_dict(dtype=np.float64), linear(dtype=np.float64)
    x = CUBE[:, :1]
    z = x[:, 0] @ state["weight_ih_l0"].T + state["bias_ih_l0"] + state["bias_hh_l0"]
    i, f, g, o = np.split(z, 4, axis=1)
    h = np.tanh(np.tanh(g) / (1 + np.exp(-i))) / (1 + np.exp(-o))
    expected = h @ head["weight"][0] + head["bias"]
    np.testing.assert_allclose(from_torch(state, head).predict(x), expected, rtol=1e-12)


@pytest.mark.parametrize("cell", GATES)
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_what_is_fitted(cell, num_layers, bidirectional):
    head = linear(2, H * (1 + bidirectional))
    model = from_torch(state_dict(cell, num_layers, bidirectional), head, pooling="mean")
    params = model.get_params()
    expected = (H, num_layers, cell, bidirectional, "mean")
    names = ("hidden_size", "num_layers", "cell", "bidirectional", "pooling")
    assert tuple(params[name] for name in names) == expected
    assert (model.n_features_in_, model.n_outputs_, model.n_iter_) == (C, 2, 0)
    assert model.target_mean_.tolist() == [0, 0] and model.target_scale_.tolist() == [1, 1]
    assert model.predict(CUBE).dtype == np.float32
    assert model.predict(RAGGED).shape == (len(RAGGED), 2)
    assert np.isnan(model.loss_) and model.loss_curve_ == []


def test_training_goes_on():
    model = from_torch(state_dict(), linear())
    before = model.score(CUBE, Y)
    for _ in range(10):
        model.partial_fit(CUBE, Y)
    assert model.n_iter_ == 10 and model.score(CUBE, Y) > before
    model = from_torch(state_dict(), linear(3), classes=["up", "flat", "down"])
    model.set_params(warm_start=True, max_iter=2).fit(CUBE, LABELS)
    assert model.n_iter_ == 2


def test_labels_are_sorted_with_their_outputs():
    state, head = state_dict(), linear(3)
    model = from_torch(state, head, classes=["up", "flat", "down"])
    assert model.classes_.tolist() == ["down", "flat", "up"]
    raw = from_torch(state, head).predict(CUBE)
    np.testing.assert_array_equal(
        model.predict(CUBE), np.array(["up", "flat", "down"])[raw.argmax(1)]
    )


def test_the_arrays_are_copied():
    state, head = state_dict(), linear()
    model = from_torch(state, head)
    before = model.predict(CUBE)
    for array in [*state.values(), *head.values()]:
        array[...] = 0
    np.testing.assert_array_equal(model.predict(CUBE), before)


# Refusals of from_torch --------------------------------------------------------------------------


def changed(state, **arrays):
    return {name: array for name, array in (state | arrays).items() if array is not None}


LSTM = state_dict()
REFUSED = {
    "no module": (3, linear(), TypeError, "module is a int; expected torch.nn.LSTM"),
    "no head": (LSTM, 3, TypeError, "head is a int; expected torch.nn.Linear"),
    "empty": ({}, linear(), ValueError, r"module has the weights \[\]; expected matrices"),
    "prefix": (
        {f"rnn.{name}": array for name, array in LSTM.items()},
        linear(),
        ValueError,
        r"has the weights \['rnn.weight_ih_l0'.*; expected matrices weight_ih_l0",
    ),
    "missing": (
        changed(LSTM, bias_hh_l0=None),
        linear(),
        ValueError,
        r"expected, with 1 layer\(s\) and 1 direction\(s\), exactly",
    ),
    "unknown": (changed(LSTM, extra=np.ones(3, "f")), linear(), ValueError, "exactly"),
    "layer left out": (
        changed(state_dict(num_layers=3), weight_hh_l1=None),
        linear(),
        ValueError,
        r"with 2 layer\(s\)",
    ),
    "rows": (
        changed(LSTM, weight_ih_l0=LSTM["weight_ih_l0"][:-1]),
        linear(),
        ValueError,
        r"weight_ih_l0 of module has shape \(11, 2\); expected \(12, 2\), with 2 channel",
    ),
    "bias": (
        changed(LSTM, bias_hh_l0=np.zeros((12, 1), "f")),
        linear(),
        ValueError,
        r"bias_hh_l0 of module has shape \(12, 1\); expected \(12,\)",
    ),
    "second layer": (
        state_dict(num_layers=2) | {"weight_ih_l1": np.zeros((12, 2), "f")},
        linear(),
        ValueError,
        r"weight_ih_l1 of module has shape \(12, 2\); expected \(12, 3\)",
    ),
    "gates": (
        changed(LSTM, weight_hh_l0=np.zeros((15, 3), "f")),
        linear(),
        ValueError,
        r"weight_hh_l0 of module has shape \(15, 3\); expected \(4 \* H, H\) of an LSTM or",
    ),
    "RNN": (state_dict("rnn"), linear(), ValueError, "of a torch.nn.RNN, which does not say"),
    "projections": (
        changed(LSTM, weight_hr_l0=np.zeros((2, 3), "f")),
        linear(),
        ValueError,
        r"module has projections, weight_hr_l0 of shape \(2, 3\)",
    ),
    "not finite": (
        changed(LSTM, bias_ih_l0=np.full(12, np.nan, "f")),
        linear(),
        ValueError,
        "has values that are not finite",
    ),
    "integers": (
        changed(LSTM, bias_ih_l0=np.zeros(12, int)),
        linear(),
        TypeError,
        "bias_ih_l0 of module has dtype int64; expected float32 or float64",
    ),
    "head, features": (
        LSTM,
        linear(1, 5),
        ValueError,
        r"head has weight \(1, 5\) and bias \(1,\); expected \(n_outputs, 3\) and",
    ),
    "head, one direction": (
        state_dict(bidirectional=True),
        linear(1, H),
        ValueError,
        r"expected \(n_outputs, 6\)",
    ),
    "head, bias": (
        LSTM,
        changed(linear(2), bias=np.zeros(3, "f")),
        ValueError,
        r"bias \(3,\); expected",
    ),
    "head, names": (
        LSTM,
        {"0.weight": np.zeros((1, 3), "f")},
        ValueError,
        r"head has the weights \['0.weight'\]; expected weight and bias",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_modules_that_are_refused(name):
    module, head, kind, match = REFUSED[name]
    with pytest.raises(kind, match=match):
        from_torch(module, head)


@pytest.mark.parametrize(
    ("n_outputs", "classes", "match"),
    [
        (3, ["a", "b"], r"classes has 2 labels, but head has 3 output"),
        (1, ["a", "b", "c"], r"classes has 3 labels, but head has 1 output.*logit of the second"),
        (2, ["a", "a"], r"classes=\['a', 'a'\] is not valid; expected at least two different"),
        (1, ["a"], "at least two different labels"),
        (2, [["a", "b"]], "at least two different labels"),
        (2, ["a", None], "contains None, a missing label"),
    ],
)
def test_classes_that_are_refused(n_outputs, classes, match):
    with pytest.raises(ValueError, match=match):
        from_torch(LSTM, linear(n_outputs), classes=classes)


@pytest.mark.parametrize("pooling", ["attention", "sum", None])
def test_poolings_that_are_refused(pooling):
    with pytest.raises((ValueError, TypeError), match="pooling"):
        from_torch(LSTM, linear(), pooling=pooling)


# Refusals of to_torch ----------------------------------------------------------------------------


def test_estimators_that_are_refused():
    with pytest.raises(NotFittedError):
        to_torch(LSTMRegressor())
    for other in (
        make_pipeline(StandardScaler(), LSTMRegressor()),
        SequenceForecaster(),
        LSTMRegressor,
    ):
        with pytest.raises(TypeError, match=r"a fitted LSTMRegressor or LSTMClassifier; got"):
            to_torch(other)


@pytest.mark.parametrize("make", [LSTMRegressor, LSTMClassifier])
def test_without_pytorch(make, monkeypatch):
    model = small(make).fit(TABLE, LABELS if make is LSTMClassifier else Y)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"not installed\. .* pip install torch$"):
        to_torch(model)
