"""Training of a language model: strips of texts, truncation, the state that is carried over."""

import numpy as np
import pandas as pd
import pytest
from language_model_cases import LONG, SENTENCES, levels, small, weights_equal

from sklstm._language.strips import split_into_strips, token_examples
from sklstm.cells import CELLS, LSTM
from sklstm.core.inference import predict_raw
from sklstm.optimizers import RMSprop
from sklstm.schedules import ExponentialDecay


@pytest.mark.parametrize("bptt_steps", [None, 3, 7])
@pytest.mark.parametrize("batch_size", [1, 2, 5, 1000])
@pytest.mark.parametrize("lengths", [[500], [500, 3, 40], [2, 3, 1], [1]])
def test_strips_are_cuts_and_nothing_else(lengths, batch_size, bptt_steps):
    texts = [np.arange(length) for length in lengths]
    examples = token_examples(texts, begin=500)
    strips = split_into_strips(examples, batch_size, bptt_steps)
    tokens = strips.sequences
    np.testing.assert_array_equal(strips.targets.ravel(), np.concatenate(texts))
    assert set(np.cumsum([0, *lengths])) <= set(tokens.offsets.tolist())
    firsts = tokens.values[tokens.offsets[:-1]]
    assert np.count_nonzero(firsts == 500) == len(texts)
    later = firsts != 500
    np.testing.assert_array_equal(
        firsts[later], strips.targets.ravel()[tokens.offsets[:-1][later] - 1]
    )
    if batch_size == 1:
        assert len(strips) == len(texts)
    if lengths == [500]:
        enough = 500 // (10 * bptt_steps) if bptt_steps else 500
        assert min(batch_size, enough) / 2 <= len(tokens) <= batch_size
        assert tokens.lengths.max() - tokens.lengths[:-1].min(initial=500) == 0
        whole_windows = tokens.lengths[:-1] % (bptt_steps or 1) == 0
        assert whole_windows.all()


@pytest.mark.parametrize("bptt_steps", [None, 7, 100, 10_000])
@levels
def test_windows_of_a_whole_text_carry_the_state(level, bptt_steps):
    """With a learning rate of next to nothing an epoch's loss is the score of the text."""
    model = small(
        level=level, batch_size=1, bptt_steps=bptt_steps, max_iter=1, learning_rate=1e-30
    ).fit([LONG])
    assert model.loss_ == pytest.approx(-model.score([LONG]), rel=1e-5)


@pytest.mark.parametrize("embedding_dim", [None, 5])
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell(cell, embedding_dim):
    """Training carries its state, and so does sampling: greedy text is the likeliest token's."""
    params = {"cell": cell, "embedding_dim": embedding_dim, "num_layers": 2, "batch_size": 1}
    model = small(bptt_steps=10, max_iter=1, learning_rate=1e-30, **params).fit([LONG])
    assert model.loss_ == pytest.approx(-model.score([LONG]), rel=1e-5)
    model = small(bptt_steps=20, max_iter=3, learning_rate=0.02, **params).fit([LONG])
    assert model.loss_curve_[-1] < model.loss_curve_[0]
    new = model.sample(5, "she ", temperature=0)
    rows = model.predict_proba([f"she {new[:k]}" for k in range(5)])
    assert new == "".join(model.vocabulary_[k] for k in rows.argmax(axis=1))


def test_strips_start_from_nothing():
    model = small(bptt_steps=7, max_iter=1, learning_rate=1e-30).fit([LONG])
    examples = split_into_strips(model._numbered([LONG]), 4, 7)
    assert len(examples) == 4
    raw = predict_raw(model._fitted_predictor().network, model._params, examples.sequences).astype(
        float
    )
    log_p = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    expected = -log_p[np.arange(len(LONG)), examples.targets.ravel()].mean()
    assert model.loss_ == pytest.approx(expected, rel=1e-5)
    assert model.loss_ != pytest.approx(-model.score([LONG]), rel=1e-5)


def test_the_learning_rate_follows_the_windows_of_an_epoch(monkeypatch):
    """An epoch may be long: a schedule also changes the rate within it."""
    epochs, rate = [], ExponentialDecay.rate

    def spy(self, epoch, max_epochs, state):
        epochs.append(epoch)
        return rate(self, epoch, max_epochs, state)

    monkeypatch.setattr(ExponentialDecay, "rate", spy)
    params = {"bptt_steps": 10, "max_iter": 2, "learning_rate": ExponentialDecay()}
    small(batch_size=1, **params).fit([LONG[:100]])
    np.testing.assert_allclose(epochs, np.arange(20) / 10)
    epochs.clear()
    small(batch_size=2, shuffle=False, **params).fit(["ab", "a" * 20, "abc"])
    np.testing.assert_allclose(epochs[:3], [0, 1 / 3, 2 / 3])


@levels
def test_it_learns(level):
    model = small(hidden_size=32, level=level, bptt_steps=20, max_iter=60, learning_rate=0.02)
    model.fit([LONG])
    assert model.perplexity([LONG]) < 1.3
    assert model.n_iter_ == len(model.loss_curve_)
    assert model.best_loss_ == min(model.loss_curve_)
    assert model.loss_ == model.loss_curve_[-1]


@pytest.mark.parametrize(
    "params",
    [
        {"embedding_dim": 4},
        {"num_layers": 2, "dropout": 0.1, "recurrent_dropout": 0.1},
        {"optimizer": RMSprop(decay=0.9), "alpha": 1e-4},
        {"cell": LSTM(), "shuffle": False, "max_grad_norm": None},
        {"bptt_steps": None},
    ],
)
def test_variants(params):
    model = small(bptt_steps=20, max_iter=30, learning_rate=0.03).set_params(**params).fit([LONG])
    assert model.loss_curve_[-1] < 0.8 * model.loss_curve_[0]
    assert {w.dtype for w in model.weights_.values()} == {np.dtype(np.float32)}
    n_symbols = len(model.vocabulary_) + 1
    if "embedding_dim" in params:
        assert model.weights_["embedding"].shape == (n_symbols, 4)
    else:
        assert model.weights_["weight_ih_l0"].shape == (24, n_symbols)


@pytest.mark.parametrize("texts", [["ab"], ["a", "b"], ["a", "ba", "c" * 50]])
def test_short_texts(texts):
    """Far shorter than a window, down to a single token."""
    model = small().fit(texts)
    assert np.isfinite(model.score(texts))


def test_a_single_word_can_be_learned():
    """It is followed by the end."""
    model = small(level="word", max_iter=200, learning_rate=0.1).fit(["hello"])
    assert model.sample(5, temperature=0) == "hello"
    assert model.perplexity(["hello"]) < 1.1


@pytest.mark.parametrize("form", [tuple, np.array, pd.Series, lambda x: np.array(x, dtype=object)])
def test_forms_of_lists_of_texts(form):
    expected = small().fit(SENTENCES)
    model = small().fit(form(SENTENCES))
    assert weights_equal(model, expected)
    assert model.score(form(SENTENCES)) == expected.score(SENTENCES)
    assert all(type(token) is str for token in model.vocabulary_)
