"""What is special about the cells "gru", "rnn" and "diagonal"."""

import numpy as np
import pytest
from helpers import ragged_sequences, split
from sklearn.base import clone

from sklstm import LSTMRegressor
from sklstm.core import reference
from sklstm.core.cells import GRU, RNN, Diagonal
from sklstm.core.network import Network
from sklstm.core.packing import Batch
from sklstm.core.workspace import Workspace
from sklstm.gradcheck import check_gradients

CELLS = [GRU(), GRU(reset_after=False), RNN(), RNN("relu"), Diagonal()]
every_cell = pytest.mark.parametrize("cell", CELLS, ids=repr)
C, H = 2, 3
LENGTHS = [4, 1, 6, 4]


def random_network(cell, dtype=np.float64, **structure):
    """A network, and parameters that are no initial values."""
    network = Network(cell, C, H, 2, dtype=dtype, **structure)
    params = network.initialize(np.random.default_rng(1))
    noise = np.random.default_rng(2).standard_normal(params.size)
    return network, params + (0.3 * noise).astype(dtype)


@every_cell
@pytest.mark.parametrize("both", [False, True], ids=["one", "both"])
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("max_columns", [5, 1000])
def test_same_as_the_reference(cell, num_layers, both, max_columns):
    structure = {"num_layers": num_layers, "bidirectional": both}
    network, params = random_network(cell, return_sequences=True, **structure)
    sequences = ragged_sequences(np.random.default_rng(3), LENGTHS, C)
    batch = Batch(sequences, np.arange(4), max_columns)
    raw, _ = network.forward(params, batch, Workspace(history=True))
    arrays = network.named_arrays(params)
    expected = np.vstack(
        [reference.network(cell, x, arrays, num_layers, both, None, True) for x in split(sequences)]
    )
    np.testing.assert_allclose(raw.T, expected[batch.step_index()], rtol=0, atol=1e-13)


@every_cell
def test_recurrent_dropout_is_the_references(cell):
    network, params = random_network(cell, recurrent_dropout=0.5, return_sequences=True)
    sequences = ragged_sequences(np.random.default_rng(3), [5, 5, 5], C)
    batch = Batch(sequences, np.arange(3), 6)
    masks = network.draw_masks(np.random.default_rng(0), batch)
    mask = masks.recurrent[0][0]
    assert 0 < (mask == 0).sum() < mask.size
    raw, _ = network.forward(params, batch, Workspace(history=True), masks)
    arrays = network.named_arrays(params)
    weights, run = reference.arrays_of(arrays, "l0"), reference.TWINS[type(cell)]
    hidden = [run(cell, x, weights, m) for x, m in zip(split(sequences), mask.T, strict=True)]
    expected = np.vstack(hidden) @ arrays["head_weight"].T + arrays["head_bias"]
    np.testing.assert_allclose(raw.T, expected[batch.step_index()], rtol=0, atol=1e-13)


@every_cell
@pytest.mark.parametrize("rate", [0.0, 0.3], ids=["", "dropout"])
@pytest.mark.parametrize("structure", [{}, {"num_layers": 2, "bidirectional": True}], ids=str)
def test_gradients(cell, structure, rate):
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((t, C)) for t in LENGTHS]
    model = LSTMRegressor(2, cell=cell, dropout=rate, recurrent_dropout=rate, **structure)
    # The rectifier has a kink, which a small step keeps away from.
    step = 1e-5 if cell.get_params() == {"nonlinearity": "relu"} else 1e-3
    errors = check_gradients(model, X, rng.standard_normal(4), step=step)
    assert len(errors) > 3


@every_cell
def test_gradient_in_float32_is_that_of_float64_rounded(cell):
    gradients = []
    for dtype in (np.float32, np.float64):
        network, params = random_network(cell, dtype, num_layers=2, recurrent_dropout=0.3)
        sequences = ragged_sequences(np.random.default_rng(3), LENGTHS, C, np.float32)
        sequences.values = sequences.values.astype(dtype)
        batch = Batch(sequences, np.arange(4), 5)
        masks = network.draw_masks(np.random.default_rng(0), batch)
        raw, trace = network.forward(params, batch, Workspace(history=True), masks)
        gradient, blocks = network.backward(params, trace, np.ones_like(raw), wrt_input=True)
        assert {raw.dtype, gradient.dtype, *(b.dtype for b in blocks)} == {np.dtype(dtype)}
        gradients.append(gradient)
    np.testing.assert_allclose(*gradients, rtol=0, atol=1e-5 * abs(gradients[1]).max())


@pytest.mark.parametrize("reset_after", [True, False])
def test_hidden_states_of_a_gru_follow_from_its_gates(reset_after):
    X = np.random.default_rng(0).standard_normal((6, 5, C))
    model = LSTMRegressor(H, cell=GRU(reset_after), max_iter=3).fit(X, X[:, 0, 0])
    gates, hidden = model.gates(X), model.hidden_states(X)
    assert sorted(gates) == ["new", "reset", "update"]
    h = 0.0
    for t in range(5):
        z, n = gates["update"][:, t], gates["new"][:, t]
        h = (1 - z) * n + z * h
        np.testing.assert_allclose(h, hidden[:, t], rtol=0, atol=1e-13)
    assert ((gates["reset"] > 0) & (gates["reset"] < 1)).all()


def test_an_rnn_has_nothing_but_its_hidden_state():
    X = np.random.default_rng(0).standard_normal((6, 5, C))
    model = LSTMRegressor(H, cell="rnn", max_iter=3).fit(X, X[:, 0, 0])
    np.testing.assert_array_equal(model.gates(X)["new"], model.hidden_states(X))


def test_a_unit_of_the_diagonal_cell_sees_no_other():
    network, params = random_network(Diagonal(), return_sequences=True)
    arrays = network.named_arrays(params)
    arrays["head_weight"][...] = np.eye(2, H)
    batch = Batch(ragged_sequences(np.random.default_rng(3), LENGTHS, C), np.arange(4), 1000)
    before, _ = network.forward(params, batch, Workspace(history=True))
    for name in ("weight_input_l0", "weight_recurrent_l0", "bias_l0"):
        arrays[name][:, 1:] += 1.0
    arrays["weight_ih_l0"][1:] += 1.0
    after, _ = network.forward(params, batch, Workspace(history=True))
    np.testing.assert_array_equal(after[0], before[0])
    assert (after[1] != before[1]).all()


SHAPES = {
    "gru": {"weight_ih": (9, C), "weight_hh": (9, H), "bias": (9,), "bias_hn": (H,)},
    "rnn": {"weight_ih": (H, C), "weight_hh": (H, H), "bias": (H,)},
    "diagonal": {
        "weight_ih": (H, C),
        "weight_input": (4, H),
        "weight_recurrent": (4, H),
        "bias": (4, H),
    },
}


@pytest.mark.parametrize("name", SHAPES)
def test_names_and_shapes(name):
    X = np.random.default_rng(0).standard_normal((6, 5, C))
    model = LSTMRegressor(H, cell=name, max_iter=1).fit(X, X[:, 0, 0])
    shapes = {n: a.shape for n, a in model.weights_.items() if not n.startswith("head")}
    assert shapes == {f"{n}_l0": shape for n, shape in SHAPES[name].items()}


def initial(cell):
    network = Network(cell, C, H, 1)
    return network.named_arrays(network.initialize(np.random.default_rng(0)))


def test_initial_recurrent_weights():
    identity = np.eye(H)
    np.testing.assert_array_equal(initial(RNN("relu"))["weight_hh_l0"], identity)
    for block in [initial(RNN())["weight_hh_l0"], *np.split(initial(GRU())["weight_hh_l0"], 3)]:
        np.testing.assert_allclose(block @ block.T, identity, atol=1e-14)
    arrays = initial(Diagonal())
    assert set(arrays["weight_recurrent_l0"].ravel()) == {-1.0, 1.0}
    np.testing.assert_array_equal(arrays["bias_l0"], [[0] * H, [0] * H, [1] * H, [0] * H])


@pytest.mark.parametrize(
    ("cell", "error", "message"),
    [
        (RNN("sigmoid"), ValueError, r"one of \['tanh', 'relu'\]; got 'sigmoid'"),
        (RNN(None), ValueError, "nonlinearity must be one of .* got None"),
        (RNN(["tanh"]), ValueError, "nonlinearity must be one of"),
        (GRU("before"), TypeError, "reset_after must be True or False; got 'before'"),
        (GRU(None), TypeError, "reset_after must be True or False"),
    ],
    ids=repr,
)
def test_wrong_parameters_are_found_in_fit(cell, error, message):
    model = LSTMRegressor(cell=clone(cell))
    with pytest.raises(error, match=message):
        model.fit(np.eye(3), [0.0, 1.0, 2.0])
    assert not hasattr(model, "n_iter_")
