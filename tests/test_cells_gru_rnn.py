"""Properties of the cells "gru", "rnn" and "diagonal" that other cells do not have."""

import numpy as np
import pytest
from cell_forms import kernel  # noqa: F401
from helpers import ragged_sequences
from sklearn.base import clone

from sklstm import LSTMRegressor
from sklstm.core.cells import GRU, RNN, Diagonal
from sklstm.core.network import Network
from sklstm.core.packing import Batch
from sklstm.core.workspace import Workspace

C, H = 2, 3


@pytest.mark.usefixtures("kernel")
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


def test_a_unit_of_the_diagonal_cell_reads_no_other():
    rng = np.random.default_rng(1)
    network = Network(Diagonal(), C, H, 2, return_sequences=True)
    params = network.initialize(rng)
    arrays = network.named_arrays(params)
    arrays["head_weight"][...] = np.eye(2, H)
    batch = Batch(ragged_sequences(rng, [4, 1, 6, 4], C), np.arange(4), 1000)
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
        (
            RNN("sigmoid"),
            ValueError,
            "'sigmoid' is not a valid nonlinearity. Valid: 'relu', 'tanh'",
        ),
        (RNN(None), TypeError, "nonlinearity must be one of 'relu', 'tanh'; got None"),
        (RNN(["tanh"]), TypeError, "nonlinearity must be one of"),
        (GRU("before"), ValueError, "reset_after='before' is not valid; expected True or False"),
        (GRU(None), ValueError, "reset_after=None is not valid"),
    ],
    ids=repr,
)
def test_wrong_parameters_are_found_in_fit(cell, error, message):
    model = LSTMRegressor(cell=clone(cell))
    with pytest.raises(error, match=message):
        model.fit(np.eye(3), [0.0, 1.0, 2.0])
    assert not hasattr(model, "n_iter_")


def test_weights_of_the_diagonal_cell_are_in_pytorchs_order():
    X = np.random.default_rng(0).standard_normal((5, 4))
    model = LSTMRegressor(3, cell="diagonal", max_iter=1, learning_rate=1e-9, random_state=0)
    bias = model.fit(X, X[:, 0]).weights_["bias_l0"]
    np.testing.assert_allclose(bias, np.repeat([[0], [1], [0], [0]], 3, axis=1), atol=1e-6)
