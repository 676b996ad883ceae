"""forget_bias="chrono": initial biases with a different memory time for each unit."""

import numpy as np
import pytest
from helpers import ragged_sequences

from sklstm import LSTMRegressor
from sklstm.cells import CIFG, FGR, LSTM, NIAF, NIG, NOAF, NOG
from sklstm.core.network import Network

H = 200
KINDS = [LSTM, NIG, NOG, NIAF, NOAF, CIFG, FGR]  # all with a forget gate


def first_biases(cell, n_steps):
    """Initial biases by gate, of a network for sequences of up to `n_steps` steps."""
    network = Network(cell, 1, H, 1)
    params = network.initialize(np.random.default_rng(0), n_steps=n_steps)
    bias = network.named_arrays(params)["bias_l0"]
    return dict(zip(cell.gates, bias.reshape(-1, H), strict=True))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_steps", [3, 9, 200])
def test_memories_are_from_two_steps_up_to_the_whole_sequence(kind, n_steps):
    """Forget biases are log u, u uniform in [1, T - 1], and those of input gates the negatives."""
    biases = first_biases(kind(forget_bias="chrono"), n_steps)
    forget = -biases.pop("input") if kind is CIFG else biases.pop("forget")
    shares = (np.exp(forget) - 1) / (n_steps - 2)
    quarters = np.quantile(shares, [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(quarters, [0, 0.25, 0.5, 0.75, 1], atol=0.1)
    assert 0 <= shares.min() and shares.max() <= 1 + 1e-12
    if "input" in biases:
        np.testing.assert_array_equal(biases.pop("input"), -forget)
    assert not np.any(list(biases.values()))


@pytest.mark.parametrize("n_steps", [1, 2])
def test_there_is_nothing_to_keep_in_very_short_sequences(n_steps):
    assert not np.any(list(first_biases(LSTM(forget_bias="chrono"), n_steps).values()))


@pytest.mark.parametrize(("patch_length", "longest"), [(1, 20), (4, 5)])
def test_an_estimator_counts_the_steps_of_the_longest_training_sequence(patch_length, longest):
    X = np.split(ragged_sequences(np.random.default_rng(0), [3, 20, 7, 12], 2).values, [3, 23, 30])
    still = {"learning_rate": 1e-300, "max_iter": 1, "random_state": 0}
    model = LSTMRegressor(H, cell=LSTM(forget_bias="chrono"), patch_length=patch_length, **still)
    model.fit(X, np.arange(4.0), X_val=[np.ones((50, 2))], y_val=[1.0])
    input_gate, forget, *_ = np.split(model.weights_["bias_l0"], 4)
    assert longest - 1.5 < np.exp(forget).max() <= longest - 1 + 1e-12
    np.testing.assert_array_equal(input_gate, -forget)


def test_the_length_is_needed_and_other_words_are_not_known():
    with pytest.raises(ValueError, match="needs the length of the sequences"):
        first_biases(LSTM(forget_bias="chrono"), None)
    with pytest.raises(TypeError, match="a number or 'chrono'; got 'chronos'"):
        first_biases(LSTM(forget_bias="chronos"), 5)


def test_the_users_cell_does_not_learn_the_length():
    cell = LSTM(forget_bias="chrono")
    before = dict(vars(cell))
    model = LSTMRegressor(3, cell=cell, max_iter=1).fit(np.eye(5), np.arange(5.0))
    assert model.cell is cell
    assert vars(cell) == before
