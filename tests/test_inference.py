"""Predictions in pieces of bounded size: the bounds, and that outputs do not depend on them."""

import numpy as np
import pytest
from helpers import dense_sequences, ragged_sequences

from sklstm.core import inference
from sklstm.core.cells import LSTM
from sklstm.core.inference import batches_for_prediction, predict_raw, raw_in_pieces, record_gates
from sklstm.core.network import Network

SEQUENCES = {
    "equal": lambda rng: dense_sequences(rng, 20, 6, 2),
    "ragged": lambda rng: ragged_sequences(rng, [3, 9, 1, 5, 5, 2, 7, 1, 3, 9, 4], 2),
}
every_form = pytest.mark.parametrize("make", SEQUENCES.values(), ids=SEQUENCES)
LIMITS = [
    {"_MAX_SEQUENCES": 3},
    {"_MAX_FEATURES": 150},
    {"_MAX_FEATURES": 1},  # less than a single sequence needs
    {"_SEGMENT_STEPS": 1},
    {"_MAX_SEQUENCES": 4, "_MAX_PIECE": 1, "_SEGMENT_STEPS": 2},
]


def make_network(**structure):
    network = Network(LSTM(), 2, 3, 4, **structure)
    return network, network.initialize(np.random.default_rng(1), 0.1)


def set_limits(monkeypatch, limits):
    for name, value in limits.items():
        monkeypatch.setattr(inference, name, value)


@every_form
@pytest.mark.parametrize("limits", LIMITS, ids=str)
@pytest.mark.parametrize("structure", [{}, {"bidirectional": True, "return_sequences": True}])
def test_outputs_do_not_depend_on_the_pieces(make, limits, structure, monkeypatch):
    network, params = make_network(**structure)
    sequences = make(np.random.default_rng(0))
    expected = predict_raw(network, params, sequences)
    gates = record_gates(network, params, sequences)
    set_limits(monkeypatch, limits)
    np.testing.assert_allclose(predict_raw(network, params, sequences), expected, atol=1e-14)
    for name, rows in record_gates(network, params, sequences).items():
        np.testing.assert_allclose(rows, gates[name], atol=1e-14)


@every_form
@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_the_state_is_carried_from_piece_to_piece(make, limits, monkeypatch):
    network, params = make_network(return_sequences=True)
    sequences = make(np.random.default_rng(0))
    expected = predict_raw(network, params, sequences)
    set_limits(monkeypatch, limits)
    rows = np.full_like(expected, np.nan)
    for piece, raw in raw_in_pieces(network, params, sequences):
        rows[piece.step_index()] = raw.T
    np.testing.assert_allclose(rows, expected, atol=1e-14)


@every_form
@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_batches_are_as_large_as_the_limits_let_them_be(make, limits, monkeypatch):
    network, _ = make_network(bidirectional=True)
    sequences = make(np.random.default_rng(0))
    set_limits(monkeypatch, limits)
    batches = list(batches_for_prediction(network, sequences))
    assert sorted(np.concatenate([batch.index for batch in batches])) == list(range(len(sequences)))
    each = int(sequences.lengths.max()) * 6  # floats of features
    size = min(inference._MAX_SEQUENCES, max(1, inference._MAX_FEATURES // each))
    assert all(len(batch) == size for batch in batches[:-1])
    assert len(batches[-1]) <= size
    assert all(s.n_steps <= inference._SEGMENT_STEPS for batch in batches for s in batch.segments)
