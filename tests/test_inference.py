"""Predictions in pieces of bounded size: the bounds, and that outputs do not depend on them."""

import numpy as np
import pytest
from helpers import dense_sequences, ragged_sequences

from sklstm.core import inference, network
from sklstm.core.cells import LSTM, RNN
from sklstm.core.inference import (
    batches_for_prediction,
    predict_raw,
    raw_in_pieces,
    record_gates,
    run_streams,
)
from sklstm.core.network import Network
from sklstm.core.packing import DenseSequences
from sklstm.core.parts.pooling import POOLINGS
from sklstm.core.streaming import Stepper

SEQUENCES = {
    "equal": lambda rng: dense_sequences(rng, 20, 6, 2),
    "ragged": lambda rng: ragged_sequences(rng, [3, 9, 1, 5, 5, 2, 7, 1, 3, 9, 4], 2),
}
every_form = pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
LIMITS = [
    {"_MAX_SEQUENCES": 3},
    {"_MAX_FEATURES": 150},
    {"_MAX_FEATURES": 1},  # less than a single sequence needs
    {"TAPE_STEPS": 1},
    {"_MAX_SEQUENCES": 4, "_MAX_PIECE": 1, "TAPE_STEPS": 2},
    {"_MAX_VALUES": 7},
]
every_kind = pytest.mark.parametrize("cell", [LSTM(), RNN()], ids=["runs", "on tapes"])


def make_network(cell, **structure):
    net = Network(cell, 2, 3, 4, **structure)
    return net, net.initialize(np.random.default_rng(1), 0.1)


def set_limits(monkeypatch, limits):
    for name, value in limits.items():
        for module in (inference, network):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)


@every_form
@pytest.mark.parametrize("limits", LIMITS, ids=str)
@every_kind
@pytest.mark.parametrize("structure", [{}, {"bidirectional": True, "return_sequences": True}])
def test_outputs_do_not_depend_on_the_pieces(make, limits, cell, structure, monkeypatch):
    net, params = make_network(cell, **structure)
    sequences = make(np.random.default_rng(0))
    expected = predict_raw(net, params, sequences)
    gates = record_gates(net, params, sequences)
    set_limits(monkeypatch, limits)
    np.testing.assert_allclose(predict_raw(net, params, sequences), expected, atol=1e-14)
    for name, rows in record_gates(net, params, sequences).items():
        np.testing.assert_allclose(rows, gates[name], atol=1e-14)


@every_form
@pytest.mark.parametrize("limits", LIMITS, ids=str)
@every_kind
def test_the_state_is_carried_from_piece_to_piece(make, limits, cell, monkeypatch):
    net, params = make_network(cell, return_sequences=True)
    sequences = make(np.random.default_rng(0))
    expected = predict_raw(net, params, sequences)
    set_limits(monkeypatch, limits)
    rows = np.full_like(expected, np.nan)
    for piece, raw in raw_in_pieces(net, params, sequences):
        rows[piece.step_index()] = raw.T
    np.testing.assert_allclose(rows, expected, atol=1e-14)


@every_form
@pytest.mark.parametrize("limits", LIMITS, ids=str)
@every_kind
def test_batches_are_as_large_as_the_limits_let_them_be(make, limits, cell, monkeypatch):
    net, _ = make_network(cell, bidirectional=True)
    sequences = make(np.random.default_rng(0))
    set_limits(monkeypatch, limits)
    batches = list(batches_for_prediction(net, sequences))
    assert sorted(np.concatenate([batch.index for batch in batches])) == list(range(len(sequences)))
    each = int(sequences.lengths.max()) * 6  # floats of features
    size = min(inference._MAX_SEQUENCES, max(1, inference._MAX_FEATURES // each))
    assert all(len(batch) == size for batch in batches[:-1])
    assert len(batches[-1]) <= size
    segments = [segment for batch in batches for segment in batch.segments]
    if cell.has_run:
        assert all(
            s.n_steps * s.width * 2 <= max(limits.get("_MAX_VALUES", 2**20), 2 * s.width)
            for s in segments
        )
    else:
        assert all(s.n_steps <= inference.TAPE_STEPS for s in segments)


@every_kind
@pytest.mark.parametrize("structure", [{}, {"num_layers": 2}])
@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("patch_length", [1, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_streams_of_whole_sequences_predict_the_same(
    cell, structure, pooling, patch_length, dtype, monkeypatch
):
    """Also for windows that overlap in memory, and in batches."""
    monkeypatch.setattr(inference, "_MAX_SEQUENCES", 4)
    series = np.random.default_rng(0).standard_normal(20).astype(dtype)
    values = np.lib.stride_tricks.sliding_window_view(series, 9)[:11, :, np.newaxis]
    sequences = DenseSequences(values, patch_length)
    net = Network(cell, patch_length, 3, 4, pooling=pooling, dtype=dtype, **structure)
    params = net.initialize(np.random.default_rng(1), 0.1)
    used = []

    def take(n):
        used.append(n)
        return Stepper(net, params, n)

    raw = run_streams(sequences, net, take, lambda n, stepper: None)
    assert used == [4, 4, 3]
    assert raw.dtype == dtype
    tol = 1e-13 if dtype == np.float64 else 1e-6
    np.testing.assert_allclose(raw, predict_raw(net, params, sequences), rtol=0, atol=tol)
