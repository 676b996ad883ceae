"""Tokens as input: looked up, with the results and gradients of one-hot vectors."""

import numpy as np
import pytest
from cell_forms import choose_kernel, over_kernels
from helpers import numeric_gradient, relative_error

from sklstm.cells import GRU
from sklstm.core import network as network_module
from sklstm.core.cells import CELLS
from sklstm.core.inference import predict_raw
from sklstm.core.network import MAX_IN_TABLE, Network
from sklstm.core.packing import Batch, RaggedSequences, Span, TokenSequences
from sklstm.core.parts.inputs import EmbeddedTokens, EmbeddedVectors
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


def batch_of(network, sequences, max_columns):
    joins = network.joins_segments and max_columns is None
    return Batch(sequences, np.arange(len(sequences)), max_columns or 10**9, joins=joins)


def d_raw_of(raw):
    return np.random.default_rng(3).standard_normal(raw.shape).astype(raw.dtype)


def results(network, params, sequences, max_columns=7):
    """Raw outputs, and the gradient of their product with fixed numbers."""
    batch = batch_of(network, sequences, max_columns)
    raw, trace = network.forward(params, batch, Workspace(history=True))
    gradient, _ = network.backward(params, trace, d_raw_of(raw))
    again, _ = network.forward(params, batch, Workspace(history=False))
    assert relative_error(again, raw) < (1e-13 if raw.dtype == np.float64 else 1e-5)
    return raw, gradient


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
    for actual, expected in zip(ours, others, strict=True):
        assert actual.dtype == dtype
        assert relative_error(actual, expected) < tol


# Embeddings ---------------------------------------------------------------------------------------


class WithoutLookUp(CELLS["lstm"]):
    """A cell that needs its input as vectors, as each `StepCell` does."""

    has_projection = False


EMBEDDED_CELLS = {
    **{name: make() for name, make in CELLS.items()},
    "gru with the reset before": GRU(reset_after=False),
    "vectors": WithoutLookUp(),
}
every_embedded_cell = over_kernels("cell", EMBEDDED_CELLS)


def embedded(cell, n_symbols=V, **structure):
    return Network(cell, n_symbols, H, OUTPUTS, token_input=True, embedding_dim=2, **structure)


def with_random_parameters(network):
    params = network.initialize(np.random.default_rng(1))
    return params + 0.3 * np.random.default_rng(2).standard_normal(params.size).astype(params.dtype)


@every_embedded_cell
@every_structure
@pytest.mark.parametrize(("dtype", "tol"), [(np.float64, 1e-12), (np.float32, 1e-5)])
@pytest.mark.parametrize("max_columns", [7, None])
def test_a_table_of_products_is_the_product_of_each_vector(
    cell, structure, dtype, tol, max_columns, monkeypatch
):
    network = embedded(EMBEDDED_CELLS[cell], dtype=dtype, **structure)
    params = with_random_parameters(network)
    found = results(network, params, SEQUENCES, max_columns)
    monkeypatch.setattr(network_module, "MAX_IN_TABLE", 0)
    by_vectors = embedded(EMBEDDED_CELLS[cell], dtype=dtype, **structure)
    assert isinstance(by_vectors.parts[0], EmbeddedVectors)
    expected = results(by_vectors, params, SEQUENCES, max_columns)
    for actual, array in zip(found, expected, strict=True):
        assert actual.dtype == dtype
        assert relative_error(actual, array) < tol


def test_spans_are_among_these_cases():
    network = embedded(CELLS["lstm"]())
    spans = network.batch(SEQUENCES, np.arange(len(SEQUENCES))).spans
    assert network.joins_segments == any(isinstance(span, Span) for span in spans)


@every_embedded_cell
@pytest.mark.parametrize("max_columns", [7, None])
def test_gradient_with_an_embedding(cell, max_columns):
    check_gradient(embedded(EMBEDDED_CELLS[cell], return_sequences=True), max_columns)


@every_structure
@pytest.mark.parametrize("n_symbols", [V, MAX_IN_TABLE + 1])
def test_gradient_of_every_structure_with_an_embedding(structure, n_symbols):
    check_gradient(embedded(CELLS["lstm"](), n_symbols, **structure))


def check_gradient(network, max_columns=7):
    params = with_random_parameters(network)
    batch, workspace = batch_of(network, SEQUENCES, max_columns), Workspace(history=False)
    raw, gradient = results(network, params, SEQUENCES, max_columns)
    d_raw = d_raw_of(raw)

    def product():
        return float(np.vdot(network.forward(params, batch, workspace)[0], d_raw))

    numeric = np.zeros_like(gradient)
    numeric_of, analytic = network.named_arrays(numeric), network.named_arrays(gradient)
    for name, array in network.named_arrays(params).items():
        part = array[:V] if name == "embedding" else array  # others do not occur
        numeric_of[name][: len(part)] = numeric_gradient(product, part)
        assert relative_error(analytic[name], numeric_of[name]) < 1e-7, name
    assert analytic["embedding"].shape == (network.n_inputs, 2)


def test_the_number_of_symbols_decides_and_nothing_else():
    cell = CELLS["lstm"]()
    assert isinstance(embedded(cell, MAX_IN_TABLE).parts[0], EmbeddedTokens)
    assert isinstance(embedded(cell, MAX_IN_TABLE + 1).parts[0], EmbeddedVectors)
    assert isinstance(embedded(WithoutLookUp(), 2).parts[0], EmbeddedVectors)


def test_an_embedding_is_the_vectors_as_input():
    network = embedded(CELLS["lstm"]())
    params = network.initialize(np.random.default_rng(1))
    vectors = network.named_arrays(params)["embedding"][TOKENS]
    plain = Network(CELLS["lstm"](), 2, H, OUTPUTS)
    without = np.concatenate([params[: plain.layout.size - 8], params[-8:]])
    raw, _ = results(network, params, SEQUENCES)
    expected, _ = results(plain, without, RaggedSequences(vectors, OFFSETS))
    np.testing.assert_allclose(raw, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("embedding_dim", [None, 2])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_tokens_alone_are_as_among_others(embedding_dim, dtype):
    options = {"embedding_dim": embedding_dim, "dtype": dtype, "return_sequences": True}
    network = Network(CELLS["lstm"](), V, H, OUTPUTS, token_input=True, **options)
    params = network.initialize(np.random.default_rng(1))
    among = predict_raw(network, params, SEQUENCES)
    alone = [predict_raw(network, params, SEQUENCES.take(np.array([i]))) for i in range(4)]
    atol = 1e-14 if dtype == np.float64 else 1e-6
    np.testing.assert_allclose(np.concatenate(alone), among, rtol=0, atol=atol)


# Streams ------------------------------------------------------------------------------------------


@every_embedded_cell
@pytest.mark.parametrize("embedding_dim", [None, 2])
def test_a_stream_of_tokens(cell, embedding_dim):
    structure = {"token_input": True, "embedding_dim": embedding_dim}
    network = Network(EMBEDDED_CELLS[cell], V, H, OUTPUTS, **structure)
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
