"""Tokenization: conversion between texts, tokens and token numbers.

A vocabulary is a list of K different tokens. The number of a token is its index in the vocabulary.
The number K represents the beginning of a text. It is the input before the first token, so that
the first token is predicted, too; it is never predicted itself.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from unicodedata import category

import numpy as np

from ..core.messages import shorten

# Special tokens of the word level. They never result from a text, in which "<" is a single token.
UNKNOWN = "<unknown>"
END = "<end>"

# Opening quotation marks, with the marks that can close them. Some marks can do both: “ closes a
# preceding „ but opens otherwise, and « and » are used in either order.
_QUOTES = {'"': '"', "“": "”", "„": "“”", "‘": "’", "‚": "‘’", "«": "»", "»": "«"}
_NO_BLANK_BEFORE = set(".,;:!?%)]}…”’")
_NO_BLANK_AFTER = set("([{¿¡$#@")


class Characters:
    """Character-level tokenizer. Also the base class of the tokenizers.

    Parameters
    ----------
    vocabulary : list of str
        The K tokens.
    """

    def __init__(self, vocabulary):
        self.vocabulary = vocabulary
        self._numbers = {token: k for k, token in enumerate(vocabulary)}

    @classmethod
    def learn(cls, texts, max_features):
        """Return a tokenizer with the characters of `texts`, in alphabetical order."""
        return cls(sorted(set().union(*texts)))

    @property
    def begin(self):
        """Number that represents the beginning of a text."""
        return len(self.vocabulary)

    @property
    def end(self):
        """Number of the token at the end of a text, or None."""
        return None

    @property
    def never_drawn(self):
        """Numbers of the tokens that are never sampled in new text."""
        return []

    def split(self, text):
        """Return the tokens of a text."""
        return list(text)

    def numbers(self, tokens, name):
        """Return the numbers of tokens as an array. `name` is that of the text in errors."""
        try:
            return np.fromiter(map(self._numbers.__getitem__, tokens), np.intp, len(tokens))
        except KeyError:
            unseen = sorted(set(tokens) - set(self.vocabulary))
            listed = ", ".join(map(repr, unseen[:10])) + (", ..." if len(unseen) > 10 else "")
            raise ValueError(
                f"{name} has characters that are not in the vocabulary: {listed}. The vocabulary "
                "is that of the first fit or partial_fit: fit on texts with these characters, "
                "remove them, or use level='word', which allows unknown words."
            ) from None

    def join(self, tokens, before):
        """Return the text of `tokens`, which continue the text `before`."""
        return "".join(tokens)


class Words(Characters):
    """Word-level tokenizer. Tokens are words, punctuation marks, and the end of a text.

    Words that are not in the vocabulary are replaced by a token for unknown words.
    """

    @classmethod
    def learn(cls, texts, max_features):
        """Return a tokenizer with the `max_features` most frequent words, most frequent first."""
        counts = Counter(chain.from_iterable(map(_word().findall, texts)))
        words = sorted(counts, key=lambda word: (-counts[word], word))
        return cls([UNKNOWN, END, *words[:max_features]])

    @property
    def end(self):
        return self._numbers[END]

    @property
    def never_drawn(self):
        return [self._numbers[UNKNOWN]]

    def split(self, text):
        return _word().findall(text)

    def numbers(self, tokens, name):
        unknown = self._numbers[UNKNOWN]
        return np.array([self._numbers.get(token, unknown) for token in tokens], dtype=np.intp)

    def join(self, tokens, before):
        """Return the text of `tokens`, which continue the text `before`, with blanks as usual."""
        opened = []
        sides = [_side(token, opened) for token in self.split(before)]
        glued = not sides or before[-1].isspace() or sides[-1] == "opens"
        text = ""
        for token in tokens:
            side = _side(token, opened)
            text += token if glued or side == "closes" else f" {token}"
            glued = side == "opens"
        return text


@cache
def _word():
    """Return the regular expression of a word-level token, compiled at first use.

    A token is a number, a word including hyphens and apostrophes inside it, or any other visible
    character. Accents and vowel signs (Unicode marks, which `re` does not treat as letters),
    zero-width joiners and emoji skin tones belong to the character before them.
    """
    points = chain(range(0x300, 0x20000), range(0xE0000, 0xE1000))  # the only ranges with marks
    marks = "".join(chr(point) for point in points if category(chr(point))[0] == "M")
    # Most characters have smaller code points: checking this first is several times faster.
    joined = rf"(?:(?![\0-\u02ff])[\u200c\u200d\U0001f3fb-\U0001f3ff{marks}])"
    word = rf"\w+(?:{joined}+\w*)*"
    symbol = rf"[^\w\s]{joined}*"
    return re.compile(rf"\d+(?:[.,]\d+)+|{word}(?:[-'’]{word})*|{symbol}(?:(?<=\u200d){symbol})*")


def _side(token, opened):
    """Return "opens" if no blank follows a token, "closes" if none precedes it, else None.

    `opened` is the list of quotation marks that are not closed yet. It is updated.
    """
    for mark in opened:
        if token in _QUOTES[mark]:
            opened.remove(mark)
            return "closes"
    if token in _QUOTES:
        opened.append(token)
        return "opens"
    return "opens" if token in _NO_BLANK_AFTER else "closes" if token in _NO_BLANK_BEFORE else None


TOKENIZERS = {"char": Characters, "word": Words}


def check_texts(X, name="X", *, prompts=False):
    """Check that X is a list of non-empty texts.

    Parameters
    ----------
    X : list, tuple, array or Series of str
    name : str, default="X"
        Name of X in error messages.
    prompts : bool, default=False
        Whether X are prompts: texts may be empty, and error messages also mention a single text,
        which the caller accepts.

    Returns
    -------
    list of str

    Raises
    ------
    TypeError
        If X is a single text, or contains other objects than texts.
    ValueError
        If X is empty, or contains an empty text.

    Examples
    --------
    >>> from sklstm._language.tokenizers import check_texts
    >>> check_texts(("one", "two"))
    ['one', 'two']
    """
    expected = "a text (str) or a list of them" if prompts else "a list of texts"
    if isinstance(X, str):
        raise TypeError(f"{name} is a single text; expected a list of texts. Pass [text].")
    is_flat = hasattr(X, "__len__") and getattr(X, "ndim", 1) == 1
    if not is_flat or isinstance(X, (dict, set, frozenset, bytes, bytearray)):
        raise TypeError(f"{name} must be {expected}; got {_kind(X)}.{_hint(X, name)}")
    for i, text in enumerate(X):
        if not isinstance(text, str):
            hint = _hint(text, f"{name}[{i}]")
            raise TypeError(f"{name}[{i}] is {_kind(text)}; expected a text (str).{hint}")
        if not text and not prompts:
            raise ValueError(f"{name}[{i}] is an empty text; remove it.")
    if not len(X):
        raise ValueError(f"{name} is empty; expected at least one text.")
    return [str(text) for text in X]


def _kind(value):
    """Return a description of a value for error messages."""
    shape = getattr(value, "shape", ())
    return f"a {type(value).__name__}" + (
        f" of shape {shape}" if shape else f", {shorten(value)}"[:60]
    )


def _hint(value, name):
    """Return a hint on how to convert bytes to a text, or an iterator or set to a list."""
    if isinstance(value, (bytes, bytearray)):
        return f" Decode it: {name}.decode('utf-8')."
    if isinstance(value, (Iterator, set, frozenset)):
        return f" Pass list({name})."
    return ""
