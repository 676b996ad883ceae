"""Probabilities of texts, and sampling of new text."""

import re

import numpy as np
import pytest
from language_model_cases import LONG, SENTENCES, levels, small, trained_models

import sklstm.core.inference
from sklstm._language.tokenizers import END, UNKNOWN
from sklstm.core.streaming import Stepper


@pytest.fixture
def fitted():
    return trained_models()


# Probabilities ------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["char", "word", "rare"])
def test_score_is_the_mean_log_probability_of_every_token(which, fitted):
    """By a slow loop over all prefixes: the first token counts, and at word level the end."""
    model, log_p = fitted[which], []
    texts = [*SENTENCES[:3], "A mat."]
    for text in texts:
        tokens = re.findall(r"\w+|[.,!]", text) if model.level == "word" else list(text)
        targets = [t if t in model.vocabulary_ else UNKNOWN for t in tokens]
        targets += [END] * (model.level == "word")
        blank = " " if model.level == "word" else ""
        prefixes = [blank.join(tokens[:k]) for k in range(len(targets))]
        rows = model.predict_proba(prefixes)
        np.testing.assert_allclose(rows.sum(axis=1), 1, rtol=1e-12)
        for prefix, target, row in zip(prefixes, targets, rows, strict=True):
            one = model.predict_proba(prefix)
            np.testing.assert_allclose(one, row, rtol=1e-4, atol=1e-7)
            log_p.append(np.log(one[model.vocabulary_.index(target)]))
    assert model.score(texts) == pytest.approx(np.mean(log_p), rel=1e-5)
    assert type(model.score(texts)) is float
    assert model.perplexity(texts) == pytest.approx(np.exp(-np.mean(log_p)), rel=1e-5)


@pytest.mark.parametrize("texts", [[LONG], [LONG, *SENTENCES, LONG[:100]]])
def test_score_in_pieces_is_that_in_one_pass(texts, fitted, monkeypatch):
    model = small(hidden_size=24, learning_rate=0.02, max_iter=10).fit([LONG, *SENTENCES])
    whole = model.score(texts)
    monkeypatch.setattr(sklstm.core.inference, "_MAX_PIECE", 1)
    monkeypatch.setattr(sklstm.core.inference, "_MAX_SEQUENCES", 3)
    pieces = []
    forward = sklstm.core.network.Network.forward

    def spy(self, params, batch, *args, **kwargs):
        pieces.append(batch.n_columns)
        return forward(self, params, batch, *args, **kwargs)

    monkeypatch.setattr(sklstm.core.network.Network, "forward", spy)
    assert model.score(texts) == pytest.approx(whole, rel=1e-6)
    assert max(pieces) <= 30 and len(pieces) > 50


# New text -----------------------------------------------------------------------------------------


@levels
def test_samples_are_reproducible(level, fitted):
    model = fitted[level]
    texts = [model.sample(15, "The ", random_state=seed) for seed in (0, 0, 1, 2, 3)]
    assert texts[0] == texts[1]
    assert len(set(texts)) > 2
    if level == "char":
        assert {len(text) for text in texts} == {15}


@levels
def test_greedy_takes_the_likeliest_step_by_step(level, fitted):
    model = fitted[level]
    text = "The "
    for _ in range(6):
        best = model.vocabulary_[int(model.predict_proba(text).argmax())]
        if best == END:
            break
        text += best if level == "char" or best in ".,!" else f" {best}"
    new = model.sample(6, "The ", temperature=0, random_state=1)
    assert "The " + new == re.sub("  ", " ", text)
    assert model.sample(6, "The ", temperature=1e-320) == new
    assert model.sample(6, "The ", top_k=1, temperature=50.0) == new


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("top_k", [None, 3, 1000])
def test_tokens_are_drawn_with_their_probabilities(top_k, temperature, fitted):
    model, rng = fitted["char"], np.random.RandomState(0)
    p = model.predict_proba("The ") ** (1 / temperature)
    if top_k == 3:
        p[p < np.sort(p)[-3]] = 0
    p /= p.sum()
    drawn = [
        model.sample(1, "The ", temperature=temperature, top_k=top_k, random_state=rng)
        for _ in range(1000)
    ]
    counts = np.array([drawn.count(token) for token in model.vocabulary_])
    assert counts[p == 0].sum() == 0
    # Five standard deviations of a share, of which each of some dozen is allowed as much.
    assert np.abs(counts / 1000 - p).max() < 5 * np.sqrt(0.25 / 1000)
    assert np.abs(counts / 1000 - np.roll(p, 1)).max() > 0.1


def test_new_text_ends_and_has_no_unknown_word(fitted):
    model = fitted["rare"]
    texts = [model.sample(1000, random_state=seed, temperature=1.5) for seed in range(30)]
    assert max(map(len, texts)) < 1000
    assert not any("<" in text for text in texts)
    assert any("The" in text for text in texts)
    assert {len(model.sample(2, random_state=s).split()) for s in range(30)} <= {0, 1, 2}


def test_state_is_carried_while_sampling(monkeypatch, fitted):
    """One step of work for each token of the prompt, the beginning, and each new token."""
    shapes, run = [], Stepper.run

    def spy(self, values):
        shapes.append(values.shape)
        return run(self, values)

    monkeypatch.setattr(Stepper, "run", spy)
    fitted["char"].sample(5, prompt="The cat", random_state=0)
    assert shapes == [(1, 1 + 7)] + [(1, 1)] * 4


def test_new_text_continues_the_prompt(fitted):
    model = fitted["word"]
    assert model.sample(1, "The cat", temperature=0).startswith((" ", ".", ",", "!"))
    assert not model.sample(1, "The cat ", temperature=0).startswith(" ")
    assert not model.sample(1, "", temperature=0).startswith(" ")
