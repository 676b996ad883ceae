"""LSTMLanguageModel: tokens, training on strips, probabilities, new text, bad input."""

import pickle
import re
import sys
import unicodedata

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score

import sklstm.core.inference
from sklstm import DivergenceError, LSTMLanguageModel
from sklstm._language.strips import in_strips, token_examples
from sklstm._language.tokenizers import END, UNKNOWN, Characters, Words
from sklstm.cells import CELLS, LSTM
from sklstm.core.inference import predict_raw
from sklstm.core.streaming import Stepper
from sklstm.optimizers import RMSprop
from sklstm.schedules import Constant, ExponentialDecay

RHYME = "she sells sea shells by the sea shore; the shells she sells are sea shells. "
SENTENCES = [
    "The cat sat on the mat.",
    "The dog sat on the cat, and the cat ran.",
    "A dog and a cat ran on the mat!",
    "The mat sat.",
] * 2
LONG = RHYME * 10

levels = pytest.mark.parametrize("level", ["char", "word"])


def small(**params):
    defaults = {
        "hidden_size": 6,
        "dropout": 0.0,
        "recurrent_dropout": 0.0,
        "learning_rate": Constant(0.01),
        "max_iter": 3,
        "batch_size": 4,
        "random_state": 0,
    }
    return LSTMLanguageModel(**{**defaults, **params})


@pytest.fixture(scope="module")
def fitted():
    """A trained model of each level, not to be changed."""
    params = {"hidden_size": 24, "max_iter": 15, "learning_rate": 0.02}
    return {level: small(level=level, **params).fit(SENTENCES) for level in ("char", "word")} | {
        "rare": small(level="word", max_features=5, **params).fit(SENTENCES)
    }


def weights_equal(a, b):
    return all(np.array_equal(a.weights_[name], b.weights_[name]) for name in a.weights_)


# Tokens -------------------------------------------------------------------------------------------


def test_characters():
    model = small().fit(["ba", "cab"])
    assert model.vocabulary_ == ["a", "b", "c"]
    assert model.predict_proba("ab").shape == (3,)


@pytest.mark.parametrize(
    ("max_features", "words"),
    [(None, [".", "the", "cat", "dog", "a", "sat"]), (2, [".", "the"]), (99, None)],
)
def test_words_by_frequency(max_features, words):
    texts = ["the cat sat.", "the dog. a dog.", "the cat."]
    model = small(level="word", max_features=max_features).fit(texts)
    words = words or [".", "the", "cat", "dog", "a", "sat"]
    assert model.vocabulary_ == [UNKNOWN, END, *words]
    assert all(type(token) is str for token in model.vocabulary_)


SPEECH = 'He said: "It\'s 3.14 (well-known), isn’t it?" Then, "no". Over-50% [sic]; ‘so’!'


def test_words_are_split_and_joined_as_one_writes_them():
    tokens = Words.learn([SPEECH], None)
    words = tokens.split(SPEECH)
    assert {"It's", "3.14", "well-known", "isn’t", "%", "Over-50"} <= set(words)
    assert tokens.join(words, "") == SPEECH
    assert tokens.split(" ".join(words)) == words
    for k in range(1, len(words)):
        before = tokens.join(words[:k], "")
        assert before + tokens.join(words[k:], before) == SPEECH
        if SPEECH[len(before)] == " ":
            assert tokens.join(words[k:], before + " ") == SPEECH[len(before) + 1 :]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी भाषा।", ["हिन्दी", "भाषा", "।"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("ที่นี่ ดี", ["ที่นี่", "ดี"]),
        ("cafe\u0301-noe\u0308l e\u0301t's", ["cafe\u0301-noe\u0308l", "e\u0301t's"]),
        ("مُدَرِّس می\u200cخواهم", ["مُدَرِّس", "می\u200cخواهم"]),
        ("\U00011013\U00011038\U00011013 x", ["\U00011013\U00011038\U00011013", "x"]),
        (
            "ok 👩🏽\u200d💻 🏳\ufe0f\u200d🌈 👍🏽 1\ufe0f\u20e3",
            ["ok", "👩🏽\u200d💻", "🏳\ufe0f\u200d🌈", "👍🏽", "1\ufe0f\u20e3"],
        ),
        ("日本", ["日本"]),
    ],
)
def test_marks_and_joiners_stay_with_their_letter(text, words):
    tokens = Words.learn([text], None)
    assert tokens.split(text) == words
    assert tokens.split(tokens.join(words, "")) == words


def test_every_mark_stays_with_its_letter():
    marks = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c)[0] == "M"]
    text = "".join("a" + mark for mark in marks)
    assert Words.learn([], None).split(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "„So“, he said, “no”. „Ja“ (‚gut‘) „so“",
        "Er sagt »so« und »da«. Je dis «oui» et «non».",
        '¿Qué? ¡Sí! "¿No?" It is $5 for @you #now',
        "„Da sagt er: »Ja.«“ Gut",
    ],
)
def test_quotes_open_and_close(text):
    tokens = Words.learn([text], None)
    words = tokens.split(text)
    assert tokens.join(words, "") == text
    for k in range(1, len(words)):
        before = tokens.join(words[:k], "")
        assert before + tokens.join(words[k:], before) == text


def test_the_end_and_the_unknown_are_no_words_of_a_text():
    assert UNKNOWN not in Words.learn([], None).split(f"{UNKNOWN} {END}")
    assert END not in Words.learn([], None).split(f"{UNKNOWN} {END}")


def test_unknown_words(fitted):
    model = fitted["rare"]
    assert len(model.vocabulary_) == 7
    of = model.predict_proba
    np.testing.assert_array_equal(of("The zebra"), of("The gnu"))
    assert not np.allclose(of("The zebra"), of("The cat"), rtol=1e-3)
    assert model.score(["The zebra ran."]) == model.score(["The gnu ran."])
    # Trained on, as what the rare words are.
    assert of("")[0] > 0.05
    assert np.isfinite(fitted["word"].score(["The zebra ran."]))


# Examples -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bptt_steps", [None, 3, 7])
@pytest.mark.parametrize("batch_size", [1, 2, 5, 1000])
@pytest.mark.parametrize("lengths", [[500], [500, 3, 40], [2, 3, 1], [1]])
def test_strips_are_cuts_and_nothing_else(lengths, batch_size, bptt_steps):
    texts = [np.arange(length) for length in lengths]
    examples = token_examples(texts, begin=500)
    strips = in_strips(examples, batch_size, bptt_steps)
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
    examples = in_strips(model._numbered([LONG]), 4, 7)
    assert len(examples) == 4
    raw = predict_raw(model._fitted_predictor().network, model._params, examples.sequences).astype(
        float
    )
    log_p = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    expected = -log_p[np.arange(len(LONG)), examples.targets.ravel()].mean()
    assert model.loss_ == pytest.approx(expected, rel=1e-5)
    assert model.loss_ != pytest.approx(-model.score([LONG]), rel=1e-5)


def test_the_learning_rate_follows_the_windows_of_an_epoch(monkeypatch):
    """An epoch may be long: a schedule goes on inside."""
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


# Early stopping -----------------------------------------------------------------------------------


OVERFITS = {"early_stopping": True, "learning_rate": 0.1, "max_iter": 100, "hidden_size": 16}


@pytest.mark.filterwarnings("ignore:early_stopping")  # held out are two of a kind, for some seeds
@pytest.mark.parametrize("shuffle", [True, False])
@levels
def test_early_stopping_on_texts(level, shuffle):
    model = small(level=level, shuffle=shuffle, validation_fraction=0.3, **OVERFITS)
    model.fit(SENTENCES)
    curve = model.validation_loss_curve_
    assert len(curve) == model.n_iter_ < 100
    assert model.validation_score_curve_ == [-loss for loss in curve]
    assert model.best_loss_ == min(curve) < curve[-1]
    if not shuffle:
        assert -model.score(SENTENCES[-3:]) == pytest.approx(model.best_loss_, rel=1e-5)


def test_early_stopping_on_the_tail_of_a_text():
    tail = "she shall sell so shells. "
    text = LONG + tail
    model = small(validation_fraction=len(tail) / len(text) - 1e-9, **OVERFITS).fit([text])
    held_out = model._numbered([text[-len(tail) - 1 :]])
    held_out = held_out.sequences.values[1:], held_out.targets[1:].ravel()
    tokens = model._numbered([tail]).sequences
    tokens.values = held_out[0]
    raw = predict_raw(model._fitted_predictor().network, model._params, tokens).astype(float)
    log_p = raw - np.log(np.exp(raw).sum(axis=1, keepdims=True))
    expected = -log_p[np.arange(len(tail)), held_out[1]].mean()
    assert model.best_loss_ == pytest.approx(expected, rel=1e-5)
    # What is held out is not trained on.
    other = small(validation_fraction=len(tail) / len(text) - 1e-9, **OVERFITS)
    other.fit([LONG + tail[::-1]])
    assert other.loss_curve_[0] == model.loss_curve_[0]
    assert other.validation_loss_curve_[0] != model.validation_loss_curve_[0]


@pytest.mark.parametrize(
    ("texts", "level", "message"),
    [
        (["abab" * 3, "baczc"], "char", r"3 of the 5 tokens.*\(2 different ones: 'c', 'z'\)"),
        (["abab" * 9 + "z"], "char", r"1 of the 4 tokens.*\(1 different ones: 'z'\)"),
        (["a b", "a gnu"], "word", r"1 of the 3 tokens.*'gnu'.*set max_features below"),
        (["ab", "abcdefgh"], "char", r"6 of the 8 .*\(6 different ones: 'c'.*'g', \.\.\.\)"),
    ],
)
def test_held_out_tokens_that_are_not_trained_on(texts, level, message):
    """Early stopping says so; the results are what they are."""
    params = {"level": level, "early_stopping": True, "shuffle": False}
    with pytest.warns(UserWarning, match=message):
        small(**params).fit(texts)


def test_no_warning_of_held_out_tokens_that_are_trained_on():
    small(level="word", early_stopping=True, max_features=2, shuffle=False).fit(
        ["a b c", "a b d", "d c"]
    )
    small(early_stopping=True).fit(["abc"] * 3)
    small().fit(["ab", "cd"])


def test_nothing_left_to_train_on():
    with pytest.raises(ValueError, match="hold out all 2 texts"):
        small(early_stopping=True, validation_fraction=0.6).fit(["abc", "cab"])
    with pytest.raises(ValueError, match="hold out all 2 tokens"):
        small(early_stopping=True, validation_fraction=0.6).fit(["ab"])


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
    steps, step = [], Stepper.step

    def spy(self, values):
        steps.append(len(values))
        return step(self, values)

    monkeypatch.setattr(Stepper, "step", spy)
    fitted["char"].sample(5, prompt="The cat", random_state=0)
    assert steps == [1] * (1 + 7 + 4)


def test_new_text_continues_the_prompt(fitted):
    model = fitted["word"]
    assert model.sample(1, "The cat", temperature=0).startswith((" ", ".", ",", "!"))
    assert not model.sample(1, "The cat ", temperature=0).startswith(" ")
    assert not model.sample(1, "", temperature=0).startswith(" ")


# Bad input ----------------------------------------------------------------------------------------

BAD_TEXTS = [
    ("one text", TypeError, "single text.*Pass \\[text\\]"),
    ([], ValueError, "X is empty"),
    (["a text", ""], ValueError, r"X\[1\] is an empty text"),
    (["a text", 3], TypeError, r"X\[1\] is a int, 3; expected a text \(str\).$"),
    ([b"bytes"], TypeError, r"X\[0\] is a bytes.* Decode it: X\[0\].decode\('utf-8'\).$"),
    (np.array([b"bytes"]), TypeError, r"X\[0\] is a bytes.*Decode it"),
    (b"bytes", TypeError, r"X must be a list of texts; got a bytes.*X.decode\('utf-8'\)"),
    ({"a", "b"}, TypeError, r"got a set.*Pass list\(X\)"),
    ((text for text in "ab"), TypeError, r"got a generator.*Pass list\(X\)"),
    (np.array("a text"), TypeError, "X must be a list of texts; got a ndarray, array\\('a text'"),
    ([None], TypeError, r"X\[0\] is a NoneType"),
    (np.zeros((3, 2)), TypeError, r"must be a list of texts; got a ndarray of shape \(3, 2\)"),
    (pd.DataFrame({"text": ["a"]}), TypeError, "got a DataFrame"),
    ({"text": "a"}, TypeError, "got a dict"),
    (None, TypeError, "got a NoneType"),
    (3, TypeError, "got a int"),
]


@pytest.mark.parametrize(("X", "error", "message"), BAD_TEXTS)
@pytest.mark.parametrize("method", ["fit", "partial_fit", "score", "perplexity"])
def test_bad_texts(method, X, error, message, fitted):
    with pytest.raises(error, match=message):
        getattr(clone(small()) if "fit" in method else fitted["char"], method)(X)


def test_nothing_to_learn():
    with pytest.raises(ValueError, match="only one token, 'a'"):
        small().fit(["aaaa", "a"])
    with pytest.raises(ValueError, match=r"X\[1\] is a text without words"):
        small(level="word").fit(["a", "  \n"])


def test_unseen_characters(fitted):
    model = fitted["char"]
    for call in (
        lambda: model.predict_proba("Thé"),
        lambda: model.predict_proba(["The", "Thé"]),
        lambda: model.sample(3, "Thé"),
    ):
        with pytest.raises(ValueError, match="prompt has characters.*'é'.*level='word'"):
            call()
    with pytest.raises(ValueError, match=r"X\[1\] has characters.*'z', 'é'"):
        model.score(["The", "zé"])
    with pytest.raises(ValueError, match=r"X\[0\] has characters.*'é'"):
        clone(model).partial_fit(["abc"]).partial_fit(["é"])
    with pytest.raises(ValueError, match=", \\.\\.\\."):
        model.score(["0123456789xyz"])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_tokens": 0}, ValueError, "n_tokens=0 is not valid"),
        ({"n_tokens": 2.5}, ValueError, "n_tokens=2.5 is not valid"),
        ({"temperature": -1.0}, ValueError, "temperature must be in"),
        ({"temperature": np.nan}, ValueError, "temperature must be in"),
        ({"temperature": "hot"}, TypeError, "temperature must be a number"),
        ({"top_k": 0}, ValueError, "top_k=0 is not valid; expected an integer >= 1 or None"),
        ({"prompt": ["The"]}, TypeError, "prompt must be a text"),
        ({"prompt": None}, TypeError, "prompt must be a text"),
        ({"random_state": "seed"}, ValueError, "seed"),
    ],
)
def test_bad_arguments_of_sample(arguments, error, message, fitted):
    with pytest.raises(error, match=message):
        fitted["char"].sample(**{"n_tokens": 3, **arguments})


@pytest.mark.parametrize(
    ("prompt", "error", "message"),
    [
        (None, TypeError, r"prompt must be a text \(str\) or a list of them; got a NoneType"),
        (3, TypeError, "or a list of them; got a int, 3"),
        (np.array("ab"), TypeError, r"or a list of them; got a ndarray, array\('ab'"),
        (np.array([["a"]]), TypeError, r"or a list of them; got a ndarray of shape \(1, 1\)"),
        (b"ab", TypeError, r"got a bytes, b'ab'. Decode it: prompt.decode\('utf-8'\)"),
        (iter(["ab"]), TypeError, r"Pass list\(prompt\)"),
        (["a", 3], TypeError, r"prompt\[1\] is a int, 3; expected a text"),
        ([], ValueError, "prompt is empty"),
    ],
)
def test_bad_prompts(prompt, error, message, fitted):
    with pytest.raises(error, match=message):
        fitted["char"].predict_proba(prompt)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("level", "letter", "expected one of \\['char', 'word'\\]"),
        ("level", ["char"], "expected one of"),
        ("max_features", 10, "limits the words of level='word'"),
        ("max_features", 0, "expected an integer >= 1 or None"),
        ("embedding_dim", 0, "expected an integer >= 1 or None"),
        ("batch_size", "auto", "batch_size='auto' is not valid; expected an integer >= 1."),
        ("batch_size", 0, "batch_size=0"),
        ("bptt_steps", 0, "bptt_steps=0"),
        ("hidden_size", 2.5, "hidden_size=2.5"),
        ("dropout", 1.0, "dropout must be in"),
        ("shuffle", None, "shuffle=None"),
        ("cell", "lst", "did you mean 'lstm'"),
        ("optimizer", RMSprop, "RMSprop\\(\\)"),
        ("learning_rate", -1.0, "learning_rate"),
        ("random_state", "seed", "seed"),
    ],
)
def test_bad_parameters(name, value, message, fitted):
    model = pickle.loads(pickle.dumps(fitted["char"])).set_params(**{name: value})
    before = dict(vars(model))
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(SENTENCES)
    assert vars(model) == before


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_unchanged_after_an_error(method):
    model = small().fit(SENTENCES)
    before, text = dict(vars(model)), model.sample(20, random_state=0)
    for X in ([], ["é", ""], ["aaa"]):
        with pytest.raises(ValueError):
            model.fit(X)
        assert vars(model) == before
    model.set_params(optimizer="sgd", learning_rate=1e39, max_grad_norm=None)
    with pytest.raises(DivergenceError):
        getattr(model, method)([LONG] if method == "fit" else SENTENCES)
    assert model.sample(20, random_state=0) == text
    fresh = small(optimizer="sgd", learning_rate=1e20, bptt_steps=10, max_grad_norm=None)
    with pytest.raises(DivergenceError, match="more than 1e12 in epoch 1") as caught:
        fresh.fit([LONG])
    assert "learning_rate (now 1e+20) or a smaller max_grad_norm (now None)." in str(caught.value)
    assert not hasattr(fresh, "vocabulary_")


@pytest.mark.parametrize(
    "call",
    [
        lambda m: m.score(SENTENCES),
        lambda m: m.perplexity(SENTENCES),
        lambda m: m.predict_proba("The"),
        lambda m: m.sample(3),
        lambda m: m.weights_,
    ],
)
def test_not_fitted(call):
    with pytest.raises(NotFittedError):
        call(small())


# Going on, keeping, searching ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "params", [{}, {"dropout": 0.2, "recurrent_dropout": 0.2, "num_layers": 2}]
)
@levels
def test_training_goes_on_where_it_stood(level, params):
    params = {"level": level, "warm_start": True, "bptt_steps": 5, **params}
    once = small(max_iter=6, **params).fit(SENTENCES)
    twice = small(max_iter=3, **params).fit(SENTENCES)
    twice = pickle.loads(pickle.dumps(twice)).fit(SENTENCES)
    assert weights_equal(once, twice)
    assert twice.loss_curve_ == once.loss_curve_
    by_epoch = small(**params)
    for _ in range(6):
        by_epoch.partial_fit(SENTENCES)
    assert weights_equal(once, by_epoch)


def test_the_vocabulary_stays_when_going_on():
    model = small(level="word", warm_start=True).fit(["the cat sat"])
    vocabulary = list(model.vocabulary_)
    assert model.fit(["the dog sat"]).vocabulary_ == vocabulary
    assert model.partial_fit(["a gnu"]).vocabulary_ == vocabulary
    assert model.set_params(warm_start=False).fit(["a gnu"]).vocabulary_ != vocabulary


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"level": "word"}, "level is now 'word'"), ({"hidden_size": 7}, "hidden_size is now 7")],
)
def test_another_network_cannot_go_on(changed, message):
    model = small(warm_start=True).fit(SENTENCES).set_params(**changed)
    with pytest.raises(ValueError, match=message):
        model.fit(SENTENCES)
    with pytest.raises(ValueError, match=message):
        model.partial_fit(SENTENCES)


@levels
def test_another_level_set_after_fit_changes_nothing(level, fitted):
    model = pickle.loads(pickle.dumps(fitted[level]))
    model.set_params(level="char" if level == "word" else "word")
    assert model.score(SENTENCES) == fitted[level].score(SENTENCES)
    assert model.perplexity(SENTENCES) == fitted[level].perplexity(SENTENCES)
    assert model.sample(9, random_state=0) == fitted[level].sample(9, random_state=0)
    expected = fitted[level].predict_proba("The ")
    np.testing.assert_array_equal(model.predict_proba("The "), expected)
    assert model.fit(SENTENCES)._level == model.level


@levels
def test_copies(level, fitted):
    model = fitted[level]
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba("The "), model.predict_proba("The "))
    assert copy.sample(20, random_state=0) == model.sample(20, random_state=0)
    twin = clone(model)
    assert not hasattr(twin, "vocabulary_")
    assert weights_equal(twin.fit(SENTENCES), model)


def is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(is_plain(v) for pair in value.items() for v in pair)
    return value is None or type(value) in (bool, int, float, str, np.ndarray)


@levels
def test_what_is_kept_is_plain(level, fitted):
    for name, value in fitted[level].__getstate__().items():
        assert is_plain(value), name
    kept = b"".join(
        pickle.dumps(v) for n, v in fitted[level].__getstate__().items() if n != "vocabulary_"
    )
    assert SENTENCES[0].encode() not in kept


def test_the_seed():
    assert weights_equal(small().fit(SENTENCES), small().fit(SENTENCES))
    assert not weights_equal(small().fit(SENTENCES), small(random_state=1).fit(SENTENCES))
    state = np.random.RandomState(0)
    other = small(random_state=state).fit(SENTENCES)
    assert not weights_equal(other, small(random_state=state).fit(SENTENCES))


def test_verbose(capsys):
    small(verbose=2, max_iter=4).fit(SENTENCES)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["epoch 2", "epoch 4"]


def test_search():
    grid = {"hidden_size": [2, 12], "learning_rate": [1e-5, 0.05]}
    search = GridSearchCV(small(max_iter=20), grid, cv=2).fit(SENTENCES)
    assert search.best_params_["learning_rate"] == 0.05
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.best_estimator_.sample(5, random_state=0)
    assert search.score(SENTENCES) == search.best_estimator_.score(SENTENCES)
    scores = cross_val_score(small(level="word"), SENTENCES, cv=2)
    assert (scores < 0).all()


def test_nested_parameters_can_be_searched():
    search = GridSearchCV(
        small(optimizer=RMSprop(), level="word"), {"optimizer__decay": [0.5, 0.9]}, cv=2
    )
    search.fit(SENTENCES)
    assert search.best_params_["optimizer__decay"] in (0.5, 0.9)


def test_levels_have_the_same_methods():
    public = {name for name in dir(Words) if not name.startswith("_")}
    assert public == {name for name in dir(Characters) if not name.startswith("_")}
