"""Error messages of a language model, and that it is unchanged after an error."""

import pickle

import numpy as np
import pandas as pd
import pytest
from language_model_cases import LONG, SENTENCES, small, trained_models
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklstm import DivergenceError
from sklstm.optimizers import RMSprop


@pytest.fixture
def fitted():
    return trained_models()


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
