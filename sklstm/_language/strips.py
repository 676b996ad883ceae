"""Training examples of the language model: predict each token from the tokens before it."""

from itertools import pairwise

import numpy as np

from ..core.packing import TokenSequences
from ..core.user_warnings import warn_user
from ..training.examples import Examples

# Minimum number of windows of `bptt_steps` in a strip. The state at the start of a strip is zero,
# and shorter strips would give fewer updates per epoch.
_MIN_WINDOWS = 10


def token_examples(texts, begin):
    """Return examples with every token as a target, and the token before it as the input.

    Parameters
    ----------
    texts : list of n ndarrays of int, shape (T_i,)
        Token numbers of each text. Texts are not empty.
    begin : int
        Input before the first token of a text: the vocabulary size.

    Returns
    -------
    examples : Examples
        One sequence per text.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._language.strips import token_examples
    >>> examples = token_examples([np.array([0, 1, 0]), np.array([2, 2])], begin=3)
    >>> examples.sequences.values.tolist()
    [3, 0, 1, 3, 2]
    >>> examples.targets.ravel().tolist()
    [0, 1, 0, 2, 2]
    """
    targets = np.concatenate(texts)
    offsets = np.cumsum([0] + [len(text) for text in texts])
    values = np.roll(targets, 1)
    values[offsets[:-1]] = begin
    return Examples(TokenSequences(values, offsets, begin + 1), targets[:, None], None, True)


def split_into_strips(examples, batch_size, bptt_steps):
    """Split long texts into strips, for training in parallel.

    A strip is a part of a text. The first input of a strip is the last token of the strip before
    it, or for the first strip of a text the number `begin`. The texts are split into about
    `batch_size` strips in total, or fewer if strips would be shorter than ten windows of
    `bptt_steps`. Shorter texts are not split.

    Parameters
    ----------
    examples : Examples
        Result of `token_examples`.
    batch_size : int
    bptt_steps : int or None

    Returns
    -------
    examples : Examples
        One sequence per strip.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._language.strips import split_into_strips, token_examples
    >>> examples = token_examples([np.zeros(100, int), np.zeros(25, int)], begin=1)
    >>> split_into_strips(examples, batch_size=4, bptt_steps=3).sequences.lengths.tolist()
    [36, 36, 28, 25]
    """
    window, minimum = (bptt_steps, _MIN_WINDOWS * bptt_steps) if bptt_steps else (1, 1)
    strip_length = max(minimum, _ceil_divide(len(examples.targets), batch_size))
    starts = []
    for start, stop in pairwise(examples.sequences.offsets.tolist()):
        n_strips = max(1, (stop - start) // strip_length)
        # A whole number of windows: only the last update on a text may have fewer steps.
        n_steps = _ceil_divide(_ceil_divide(stop - start, n_strips), window) * window
        starts.append(np.arange(start, stop, n_steps))
    return split_at(examples, np.concatenate(starts))


def split_at(examples, starts):
    """Split the concatenated texts anew, at the positions `starts`."""
    tokens = examples.sequences
    offsets = np.append(starts, tokens.offsets[-1])
    sequences = TokenSequences(tokens.values, offsets, tokens.n_channels)
    return Examples(sequences, examples.targets, None, True)


def warn_of_unseen_tokens(validation, examples, vocabulary):
    """Warn if validation examples have tokens that do not occur in the training examples.

    Parameters
    ----------
    validation, examples : Examples
    vocabulary : list of str

    Warns
    -----
    UserWarning
        With the number of tokens, and some of them.
    """
    numbers, counts = np.unique(validation.targets, return_counts=True)
    missing = ~np.isin(numbers, examples.targets)
    if not missing.any():
        return
    named = [repr(vocabulary[k]) for k in numbers[missing][:5]]
    listed = ", ".join(named) + (", ..." if missing.sum() > 5 else "")
    warn_user(
        f"early_stopping: {counts[missing].sum()} of the {counts.sum()} tokens of the validation "
        f"set do not occur in the training set ({missing.sum()} different ones: {listed}). Their "
        "loss only increases during training, which may stop too early. Use more text, or replace "
        "rare characters; at level='word', set max_features below the number of words, so that "
        "rare words are one unknown token.",
    )


def _ceil_divide(a, b):
    return -(-a // b)
