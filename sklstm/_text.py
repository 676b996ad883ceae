"""Texts <-> tokens <-> numbers.

A vocabulary is a list of K different tokens, and a token's number is its place in it. The number K,
which is no token's, stands for the beginning of a text: a network reads it before the first token,
so that this one is predicted too, and never gives it out.
"""

import re
from collections import Counter

import numpy as np

# At word level. Splitting a text never gives these: it takes a bracket for a token of its own.
UNKNOWN = "<unknown>"
END = "<end>"

# A number, a word with its inner hyphens and apostrophes, or any other visible character.
_WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:[-'’]\w+)*|[^\w\s]")
_NO_BLANK_BEFORE = set(".,;:!?%)]}…”’»")
_NO_BLANK_AFTER = set("([{“‘«")


class Characters:
    """Every character is a token.

    A *level* says what the tokens are. All levels have these methods.

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
        """The level with the vocabulary of `texts`, in alphabetical order."""
        return cls(sorted(set().union(*texts)))

    @property
    def begin(self):
        """The number that stands for the beginning of a text."""
        return len(self.vocabulary)

    @property
    def end(self):
        """The number of the token that ends a text, or None."""
        return None

    @property
    def never_drawn(self):
        """Numbers of the tokens that no new text has."""
        return []

    def split(self, text):
        """The tokens of a text."""
        return list(text)

    def numbers(self, tokens, name):
        """The tokens' numbers, as an array; `name` is what an error calls the text."""
        try:
            return np.array([self._numbers[token] for token in tokens], dtype=np.intp)
        except KeyError:
            unseen = sorted(set(tokens) - set(self.vocabulary))
            listed = ", ".join(map(repr, unseen[:10])) + (", ..." if len(unseen) > 10 else "")
            raise ValueError(
                f"{name} has characters that are not in the vocabulary: {listed}. The vocabulary "
                "is that of the first fit or partial_fit: fit on texts with them, remove them, or "
                "use level='word', which takes unknown words."
            ) from None

    def join(self, tokens, before):
        """The text that `tokens` continue the text `before` with."""
        return "".join(tokens)


class Words(Characters):
    """Words and punctuation marks are tokens, and so is the end of a text.

    All words that are not in the vocabulary are the same, unknown one.
    """

    @classmethod
    def learn(cls, texts, max_features):
        """The level with the `max_features` most frequent words, the most frequent one first."""
        counts = Counter(word for text in texts for word in _WORD.findall(text))
        words = sorted(counts, key=lambda word: (-counts[word], word))
        return cls([UNKNOWN, END, *words[:max_features]])

    @property
    def end(self):
        return self._numbers[END]

    @property
    def never_drawn(self):
        return [self._numbers[UNKNOWN]]

    def split(self, text):
        return _WORD.findall(text)

    def numbers(self, tokens, name):
        unknown = self._numbers[UNKNOWN]
        return np.array([self._numbers.get(token, unknown) for token in tokens], dtype=np.intp)

    def join(self, tokens, before):
        """The text that `tokens` continue the text `before` with: blanks where one writes them."""
        said = _WORD.findall(before)
        quoting = said.count('"') % 2 == 1
        last = said[-1] if said and not before[-1].isspace() else None
        text = ""
        for token in tokens:
            closes = token == '"' and quoting
            opened = last == '"' and quoting
            glued = last is None or last in _NO_BLANK_AFTER or opened
            text += token if glued or closes or token in _NO_BLANK_BEFORE else f" {token}"
            quoting ^= token == '"'
            last = token
        return text


LEVELS = {"char": Characters, "word": Words}


def check_texts(X, name="X"):
    """Raise unless X is a list of texts, none of them empty.

    Parameters
    ----------
    X : list, tuple, array or Series of str
    name : str, default="X"
        What the error messages call it.

    Returns
    -------
    list of str

    Raises
    ------
    TypeError
        If X is a single text, or holds anything but texts.
    ValueError
        If there is no text, or an empty one.

    Examples
    --------
    >>> from sklstm._text import check_texts
    >>> check_texts(("one", "two"))
    ['one', 'two']
    """
    if isinstance(X, (str, bytes)):
        raise TypeError(f"{name} is a single text; expected a list of texts. Pass [text].")
    if not hasattr(X, "__len__") or getattr(X, "ndim", 1) != 1 or isinstance(X, (dict, set)):
        raise TypeError(f"{name} must be a list of texts; got {_kind(X)}.")
    for i, text in enumerate(X):
        if not isinstance(text, str):
            raise TypeError(f"{name}[{i}] is {_kind(text)}; expected a text (str).")
        if not text:
            raise ValueError(f"{name}[{i}] is an empty text; leave it out.")
    if not len(X):
        raise ValueError(f"{name} is empty; expected at least one text.")
    return [str(text) for text in X]


def _kind(value):
    """What a value is, in an error message."""
    shape = getattr(value, "shape", ())
    return f"a {type(value).__name__}" + (f" of shape {shape}" if shape else f", {value!r}"[:60])
