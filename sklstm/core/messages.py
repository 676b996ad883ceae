"""Values of the user in error messages, at a limited length.

Every value that a user passed enters a message through these functions: a list of a million labels
is an error that can be read, too.
"""

import reprlib

_LIMIT = 200  # characters of a value
_MANY = 6  # entries of a list


class _ShortRepr(reprlib.Repr):
    """`repr` that reads only the first entries of containers, and shortens what is long."""

    def __init__(self, limit):
        super().__init__()
        for kind in ("tuple", "list", "array", "dict", "set", "frozenset", "deque"):
            setattr(self, f"max{kind}", _MANY)
        self.maxstring = self.maxother = limit
        self.maxlong = 40

    def repr1(self, x, level):
        try:
            return super().repr1(x, level)
        except Exception:  # the __repr__ of any class, and integers of thousands of digits
            return f"<{type(x).__name__}>"


def shorten(value, limit=_LIMIT):
    """Return the `repr` of a value in one line of at most `limit` characters.

    Parameters
    ----------
    value : object
        Value passed by the user.
    limit : int, default=200
        Maximum number of characters.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklstm.core.messages import shorten
    >>> shorten(list(range(2000)))
    '[0, 1, 2, 3, 4, 5, ...]'
    """
    return cut(_ShortRepr(limit).repr(value), limit)


def cut(text, limit=_LIMIT):
    """Return a text in one line of at most `limit` characters, without its middle if it is longer.

    Parameters
    ----------
    text : str
    limit : int, default=200
        Maximum number of characters.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklstm.core.messages import cut
    >>> cut("abcdefghijklmnopqrstuvwxyz", 11)
    'abcd...wxyz'
    """
    if len(text) > 4 * limit:  # without reading all of it
        text = text[: 2 * limit] + text[-2 * limit :]
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def shorten_list(values):
    """Return the first values as a list, and how many there are.

    Parameters
    ----------
    values : sequence, ndarray or set
        Values passed by the user, such as labels or columns.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklstm.core.messages import shorten_list
    >>> shorten_list(["up", "down"])
    "['up', 'down']"
    >>> shorten_list(range(2000))
    '[0, 1, 2, 3, 4, 5, ...] (2000 in all)'
    """
    count = len(values)
    first = [getattr(value, "tolist", lambda value=value: value)() for value in _first(values)]
    if count <= len(first):
        return shorten(first)
    return f"{shorten([*first, ...])} ({count} in all)".replace("Ellipsis", "...")


def line_to_write(name, conversion):
    """Return the line of code that converts an argument, for advice in an error message.

    Parameters
    ----------
    name : str
        Name of the argument, such as "X", or of an item, such as "X[3]": then the line converts all
        items.
    conversion : str
        The new value, with ``{}`` for the old one.

    Returns
    -------
    str

    Examples
    --------
    >>> from sklstm.core.messages import line_to_write
    >>> line_to_write("X", "{}.numpy()"), line_to_write("X[3]", "{}.numpy()")
    ('X = X.numpy()', 'X = [x.numpy() for x in X]')
    """
    whole, is_item, _ = name.partition("[")
    if not is_item:
        return f"{name} = {conversion.format(name)}"
    item = whole.lower() if whole.lower() != whole else "each"
    return f"{whole} = [{conversion.format(item)} for {item} in {whole}]"


def _first(values):
    """The first values, without a list of all of them."""
    return [value for value, _ in zip(values, range(_MANY), strict=False)]
