"""Texts <-> tokens <-> numbers.

A vocabulary is a list of K different tokens, and a token's number is its place in it. The number K,
which is no token's, stands for the beginning of a text: a network reads it before the first token,
so that this one is predicted too, and never gives it out.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from unicodedata import category

import numpy as np

# At word level. Splitting a text never gives these: it takes a bracket for a token of its own.
UNKNOWN = "<unknown>"
END = "<end>"

# Quotation marks, and what may close each. Some do both, by what is open: “ closes a „ but opens
# otherwise, and « and » go either way.
_QUOTES = {'"': '"', "“": "”", "„": "“”", "‘": "’", "‚": "‘’", "«": "»", "»": "«"}
_NO_BLANK_BEFORE = set(".,;:!?%)]}…”’")
_NO_BLANK_AFTER = set("([{¿¡$#@")


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
        """The text that `tokens` continue the text `before` with: blanks where one writes them."""
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
    """The pattern of a token at word level, made when it is first needed.

    That is a number, a word with its inner hyphens and apostrophes, or any other visible character.
    Accents and vowel signs (Unicode's marks, which `re` does not count among the letters), joiners
    of zero width and the skin tones of emoji stay with what they follow.
    """
    points = chain(range(0x300, 0x20000), range(0xE0000, 0xE1000))  # marks are nowhere else
    marks = "".join(chr(point) for point in points if category(chr(point))[0] == "M")
    # Most characters are far below all of these: looking at that first is several times as fast.
    joined = rf"(?:(?![\0-\u02ff])[\u200c\u200d\U0001f3fb-\U0001f3ff{marks}])"
    word = rf"\w+(?:{joined}+\w*)*"
    symbol = rf"[^\w\s]{joined}*"
    return re.compile(rf"\d+(?:[.,]\d+)+|{word}(?:[-'’]{word})*|{symbol}(?:(?<=\u200d){symbol})*")


def _side(token, opened):
    """Whether a token "opens" what follows, "closes" what was before, or neither.

    `opened` are the quotation marks that wait for their closing one; it is kept up to date.
    """
    for mark in opened:
        if token in _QUOTES[mark]:
            opened.remove(mark)
            return "closes"
    if token in _QUOTES:
        opened.append(token)
        return "opens"
    return "opens" if token in _NO_BLANK_AFTER else "closes" if token in _NO_BLANK_BEFORE else None


LEVELS = {"char": Characters, "word": Words}


def check_texts(X, name="X", *, prompts=False):
    """Raise unless X is a list of texts, none of them empty.

    Parameters
    ----------
    X : list, tuple, array or Series of str
    name : str, default="X"
        What the error messages call it.
    prompts : bool, default=False
        Whether texts may be empty, and the caller takes a single one, too.

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
            raise ValueError(f"{name}[{i}] is an empty text; leave it out.")
    if not len(X):
        raise ValueError(f"{name} is empty; expected at least one text.")
    return [str(text) for text in X]


def _kind(value):
    """What a value is, in an error message."""
    shape = getattr(value, "shape", ())
    return f"a {type(value).__name__}" + (f" of shape {shape}" if shape else f", {value!r}"[:60])


def _hint(value, name):
    """How to make a text of bytes, or a list of what can be counted through."""
    if isinstance(value, (bytes, bytearray)):
        return f" Decode it: {name}.decode('utf-8')."
    if isinstance(value, (Iterator, set, frozenset)):
        return f" Pass list({name})."
    return ""
