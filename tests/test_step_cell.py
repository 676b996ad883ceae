"""A custom cell, written as a step and its adjoint, works like the cells of the package."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sklstm import LSTMClassifier, LSTMLanguageModel, LSTMRegressor
from sklstm.cells import RNN, StepCell
from sklstm.core.network import Network
from sklstm.core.packing import Batch, RaggedSequences
from sklstm.core.workspace import Workspace
from sklstm.gradcheck import check_gradients

RNG = np.random.default_rng(0)
X = [RNG.standard_normal((t, 2)) for t in (5, 3, 1, 6, 4, 2)]
Y = np.array([x[:, 0].sum() for x in X])


class Simple(StepCell):
    """The simple recurrent cell; `wrong` is the name of a derivative to falsify."""

    gates = ("new",)

    def __init__(self, wrong=None):
        self.wrong = wrong

    def shapes(self, n_inputs, hidden_size):
        square = (hidden_size, hidden_size)
        return {"weight_ih": (hidden_size, n_inputs), "weight_hh": square, "bias": (hidden_size,)}

    def step(self, weights, x, state):
        (h,) = state
        z = weights["weight_ih"] @ x + weights["weight_hh"] @ h + weights["bias"][:, None]
        return (np.tanh(z),), {"x": x, "h": h, "new": np.tanh(z)}

    def adjoint(self, weights, memo, d_state):
        dz = d_state[0] * (1 - memo["new"] ** 2)
        d_weights = {
            "weight_ih": dz @ memo["x"].T,
            "weight_hh": dz @ memo["h"].T,
            "bias": dz.sum(axis=1),
        }
        if self.wrong in d_weights:
            d_weights[self.wrong] *= 1.01
        dh = weights["weight_hh"].T @ dz
        return weights["weight_ih"].T @ dz, (dh * (0.9 if self.wrong == "h" else 1),), d_weights


STRUCTURES = [
    {},
    {"num_layers": 2, "bidirectional": True, "recurrent_dropout": 0.3, "dropout": 0.2},
    {"num_layers": 2, "return_sequences": True, "recurrent_dropout": 0.3},
]


@pytest.mark.parametrize("structure", STRUCTURES, ids=str)
@pytest.mark.parametrize("max_columns", [5, 1000])
def test_it_is_the_cell_of_the_package(structure, max_columns):
    """The same raw outputs, gradients by the weights and by the input, from the same weights."""
    lengths = [len(x) for x in X]
    sequences = RaggedSequences(np.concatenate(X), np.cumsum([0, *lengths]))
    ours, own = (Network(cell, 2, 3, 2, **structure) for cell in (RNN(), Simple()))
    params = [network.initialize(np.random.default_rng(1)) for network in (ours, own)]
    for name, array in ours.named_arrays(params[0]).items():
        own.named_arrays(params[1])[name][...] = array
    results = []
    for network, p in zip((ours, own), params, strict=True):
        batch = Batch(sequences, np.arange(len(X)), max_columns, cut_every=4)
        masks = network.draw_masks(np.random.default_rng(2), batch)
        raw, trace = network.forward(p, batch, Workspace(history=True), masks)
        gradient, d_input = network.backward(p, trace, np.cos(raw), cut_every=4, wrt_input=True)
        results.append([raw, *network.named_arrays(gradient).values(), *d_input])
    for actual, expected in zip(*results, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("wrong", ["weight_ih", "weight_hh", "bias", "h"])
def test_a_wrong_adjoint_is_named(wrong):
    model = LSTMRegressor(2, cell=Simple())
    assert max(check_gradients(model, X, Y).values()) < 1e-9
    with pytest.raises(AssertionError, match=f"{wrong}_l0 by" if wrong != "h" else "_l0 by"):
        check_gradients(clone(model).set_params(cell__wrong=wrong), X, Y)


def test_it_is_used_like_any_other():
    model = LSTMClassifier(3, cell=Simple(), num_layers=2, max_iter=3, random_state=0)
    model.fit([x.astype(np.float32) for x in X], Y > 0)
    copy = pickle.loads(pickle.dumps(model))
    for a, b in zip(copy.gates(X)["new"], model.hidden_states(X), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    stream = model.stream(method="predict_proba")
    for x_t in X[0].astype(np.float32):
        probabilities = stream.push(x_t)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, model.predict_proba(X)[0], atol=1e-6)
    assert sorted(model.weights_)[:2] == ["bias_l0", "bias_l1"]
    search = GridSearchCV(LSTMRegressor(2, max_iter=2), {"cell": ["rnn", Simple()]}, cv=2)
    assert len(search.fit(X, Y).cv_results_["mean_test_score"]) == 2


def test_biases_do_not_decay_and_tokens_reach_it_as_one_hot_vectors():
    model = LSTMLanguageModel(4, cell=Simple(), max_iter=2, alpha=1.0, random_state=0)
    model.fit(["abcabc" * 5])
    assert model.weights_["weight_ih_l0"].shape == (4, 4)
    assert np.isfinite(model.score(["abc"]))
    network = model._fitted_predictor().network
    flags = network.named_arrays(network.is_weight())
    assert {name for name, flag in flags.items() if not flag.any()} == {"bias_l0", "head_bias"}


class Broken(Simple):
    """Has a mistake that does not concern derivatives."""

    def __init__(self, how=None):
        super().__init__()
        self.how = how

    def initialize(self, rng, n_inputs, hidden_size):
        arrays = super().initialize(rng, n_inputs, hidden_size)
        if self.how == "misspelt":
            arrays["bais"] = arrays.pop("bias")
        return arrays

    def state_sizes(self, hidden_size):
        return {"sizes": (2 * hidden_size,), "no tuple": 3}.get(self.how, (hidden_size,))

    def step(self, weights, x, state):
        (h,), memo = super().step(weights, x, state)
        results = {
            "bare": h,
            "no tuple of states": (h, memo),
            "two states": ((h, h), memo),
            "column": ((h[:, :1],), memo),
            "complex": ((h + 0j,), memo),
        }
        return results.get(self.how, ((h,), memo))

    def adjoint(self, weights, memo, d_state):
        d_x, before, d_weights = super().adjoint(weights, memo, d_state)
        if self.how == "forgotten":
            del d_weights["bias"]
        if self.how == "transposed":
            d_weights["weight_ih"] = d_weights["weight_ih"].T
        swapped = before, d_x, d_weights
        return {"none": None, "swapped": swapped}.get(self.how, (d_x, before, d_weights))


MISTAKES = {
    "misspelt": r"initialize gives \{'bais': .*, but its shapes are \{'bias'",
    "sizes": r"state_sizes\(3\) is \(6,\); expected a tuple of int whose first one, for h",
    "no tuple": r"state_sizes\(3\) is 3; expected a tuple",
    "bare": "Broken.step must return state, memo; got a ndarray",
    "no tuple of states": r"Broken.step must return state of shape \[\(3, 6\)\]; got \(3, 6\)",
    "two states": r"step must return state of shape \[\(3, 6\)\]; got \[\(3, 6\), \(3, 6\)\]",
    "column": r"Broken.step must return state of shape \[\(3, 6\)\]; got \[\(3, 1\)\]",
    "complex": "Broken.step must return state of shape .*; got .*complex128",
    "none": "Broken.adjoint must return d_x, d_state, d_weights; got a NoneType",
    "swapped": r"Broken.adjoint must return d_x of shape \(2, 1\); got \[\(3, 1\)\]",
    "forgotten": "Broken.adjoint must return d_weights of shape .*'bias'.*; got ",
    "transposed": r"d_weights of shape .*'weight_ih': \(3, 2\).* got .*'weight_ih': \(2, 3\)",
}


@pytest.mark.parametrize("how", MISTAKES)
@pytest.mark.parametrize("task", ["fit", "check"])
def test_mistakes_are_named(how, task):
    model = LSTMRegressor(3, cell=Broken(how), max_iter=1)
    with pytest.raises((TypeError, ValueError), match=MISTAKES[how]):
        model.fit(X, Y) if task == "fit" else check_gradients(model, X, Y)


def test_gates_that_no_step_leaves_are_named():
    cell = Simple()
    model = LSTMRegressor(3, cell=cell, max_iter=1).fit(X, Y)
    model._fitted_predictor().network.cell.gates = ("new", "old")
    with pytest.raises(ValueError, match=r"gates names \['old'\].* it has \['h', 'new', 'x'\]"):
        model.gates(X)


def test_what_is_no_cell_is_refused():
    with pytest.raises(TypeError, match=r"got the class Simple: use Simple\(\)"):
        LSTMRegressor(cell=Simple).fit(X, Y)
    with pytest.raises(TypeError, match="or an instance of Cell; got <object object"):
        LSTMRegressor(cell=object()).fit(X, Y)
