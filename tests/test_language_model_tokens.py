"""Texts <-> tokens: characters, words, punctuation marks, quotes, unknown words."""

import sys
import unicodedata

import numpy as np
import pytest
from language_model_cases import small, trained_models

from sklstm._language.tokenizers import END, UNKNOWN, Characters, Words


@pytest.fixture
def fitted():
    return trained_models()


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


def test_levels_have_the_same_methods():
    public = {name for name in dir(Words) if not name.startswith("_")}
    assert public == {name for name in dir(Characters) if not name.startswith("_")}
