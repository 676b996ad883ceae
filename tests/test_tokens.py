"""Tokens as input: looked up, with the results and gradients of one-hot vectors."""

import numpy as np
import pytest
from cell_forms import choose_kernel, over_kernels
from helpers import numeric_gradient, relative_error

from sklstm.core.cells import CELLS
from sklstm.core.inference import predict_raw
from sklstm.core.network import Network
from sklstm.core.packing import Batch, RaggedSequences, TokenSequences
from sklstm.core.parts.token_direction import TokenDirection
from sklstm.core.streaming import Stepper
from sklstm.core.workspace import Workspace

V, H, OUTPUTS = 5, 3, 2
LENGTHS = [4, 1, 6, 4]
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])
TOKENS = np.random.default_rng(0).integers(V, size=OFFSETS[-1])
SEQUENCES = TokenSequences(TOKENS, OFFSETS, V)
ONE_HOT = RaggedSequences(np.eye(V)[TOKENS], OFFSETS)
STRUCTURES = [
    {"num_layers": n_layers, "bidirectional": both, "return_sequences": every}
    for n_layers, both, every in [
        (1, False, True),
        (1, False, False),
        (2, True, False),
        (2, False, True),
    ]
]
every_cell = over_kernels("cell", {name: make() for name, make in CELLS.items()})
every_structure = pytest.mark.parametrize("structure", STRUCTURES, ids=str)


@pytest.fixture
def cell(request, monkeypatch):
    return choose_kernel(request, monkeypatch)


def results(network, params, sequences, max_columns=7):
    """Raw outputs and gradient for a fixed derivative by the raw outputs."""
    joins = network.joins_segments and max_columns is None
    batch = Batch(sequences, np.arange(len(sequences)), max_columns or 10**9, joins=joins)
    raw, trace = network.forward(params, batch, Workspace(history=True))
    d_raw = np.random.default_rng(3).standard_normal(raw.shape).astype(raw.dtype)
    gradient, _ = network.backward(params, trace, d_raw)
    again, _ = network.forward(params, batch, Workspace(history=False))
    assert relative_error(again, raw) < (1e-13 if raw.dtype == np.float64 else 1e-5)
    return raw, gradient, float(np.vdot(raw, d_raw))


@every_cell
@every_structure
@pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-13), (np.float32, 1e-5)])
@pytest.mark.parametrize("max_columns", [7, None])
def test_looked_up_weights_are_one_hot_products(cell, structure, dtype, tol, max_columns):
    structure = {**structure, "dtype": dtype}
    looked_up = Network(CELLS[cell](), V, H, OUTPUTS, token_input=True, **structure)
    product = Network(CELLS[cell](), V, H, OUTPUTS, **structure)
    params = looked_up.initialize(np.random.default_rng(1))
    params += 0.3 * np.random.default_rng(2).standard_normal(params.size).astype(dtype)
    assert isinstance(looked_up.layers[0].directions[0], TokenDirection)
    ours = results(looked_up, params, SEQUENCES, max_columns)
    one_hot = RaggedSequences(ONE_HOT.values.astype(dtype), OFFSETS)
    others = results(product, params, one_hot, max_columns)
    for actual, expected in zip(ours[:2], others, strict=False):
        assert actual.dtype == dtype
        assert relative_error(actual, expected) < tol


@every_structure
def test_gradient_with_an_embedding(structure):
    network = Network(
        CELLS["lstm"](), V, H, OUTPUTS, token_input=True, embedding_dim=2, **structure
    )
    params = network.initialize(np.random.default_rng(1))
    _, gradient, _ = results(network, params, SEQUENCES)
    numeric = numeric_gradient(lambda: results(network, params, SEQUENCES)[2], params)
    named = network.named_arrays(numeric)
    assert named["embedding"].shape == (V, 2)
    for name, array in network.named_arrays(gradient).items():
        assert relative_error(array, named[name]) < 1e-7, name


def test_an_embedding_is_the_vectors_as_input():
    network = Network(CELLS["lstm"](), V, H, OUTPUTS, token_input=True, embedding_dim=2)
    params = network.initialize(np.random.default_rng(1))
    vectors = network.named_arrays(params)["embedding"][TOKENS]
    plain = Network(CELLS["lstm"](), 2, H, OUTPUTS)
    without = np.concatenate([params[: plain.layout.size - 8], params[-8:]])
    raw, _, _ = results(network, params, SEQUENCES)
    expected, _, _ = results(plain, without, RaggedSequences(vectors, OFFSETS))
    np.testing.assert_array_equal(raw, expected)


class WithoutLookUp(CELLS["lstm"]):
    """A cell that needs its input as vectors, as each `StepCell` does."""

    has_projection = False


@pytest.mark.parametrize("cell", [CELLS["lstm"](), WithoutLookUp()], ids=["", "vectors"])
@pytest.mark.parametrize("embedding_dim", [None, 2])
def test_a_stream_of_tokens(cell, embedding_dim):
    network = Network(cell, V, H, OUTPUTS, token_input=True, embedding_dim=embedding_dim)
    params = network.initialize(np.random.default_rng(1))
    tokens = TOKENS[:6].reshape(2, 3)  # two streams
    stepper = Stepper(network, params, 2)
    for t in range(3):
        prefix = TokenSequences(tokens[:, : t + 1].ravel(), np.arange(3) * (t + 1), V)
        expected = predict_raw(network, params, prefix)
        raw = stepper.run(tokens[:, t : t + 1])
        np.testing.assert_allclose(raw, expected, rtol=0, atol=1e-13)
        stepper.commit()


def test_taking_some_of_the_sequences():
    taken = SEQUENCES.take(np.array([2, 0]))
    assert taken.lengths.tolist() == [6, 4]
    np.testing.assert_array_equal(taken.values_of(1), SEQUENCES.values_of(0))
    assert (taken.n_channels, taken.dtype) == (V, TOKENS.dtype)
