"""Numbered texts -> examples to train on: which token is next, after the ones before it."""

from itertools import pairwise

import numpy as np

from ..core.packing import TokenSequences
from ..core.user_warnings import warn_user
from ..training.examples import Examples

# A piece of a long text is at least so many windows long: its state starts from nothing, and a
# short text gets more updates an epoch than if it were cut finer.
_LEAST_WINDOWS = 10


def token_examples(texts, begin):
    """Each token of each text as a target, with the one before it as the input.

    Parameters
    ----------
    texts : list of n ndarrays of int, shape (T_i,)
        The tokens' numbers, none empty.
    begin : int
        What is read before the first token; one more than the largest number of a token.

    Returns
    -------
    examples : Examples
        With a sequence for each text.

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


def in_strips(examples, batch_size, bptt_steps):
    """The same examples with long texts cut into strips, of which a batch is trained on at once.

    A strip is a piece of a text. Its first input is the token before it, for only a text's first
    strip begins with its beginning. All texts together give about `batch_size` strips, or less
    if they would be shorter than ten windows of `bptt_steps`; a text that is shorter than that is
    left whole.

    Parameters
    ----------
    examples : Examples
    batch_size : int
    bptt_steps : int or None

    Returns
    -------
    examples : Examples
        With a sequence for each strip.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm._language.strips import in_strips, token_examples
    >>> examples = token_examples([np.zeros(100, int), np.zeros(25, int)], begin=1)
    >>> in_strips(examples, batch_size=4, bptt_steps=3).sequences.lengths.tolist()
    [36, 36, 28, 25]
    """
    window, shortest = (bptt_steps, _LEAST_WINDOWS * bptt_steps) if bptt_steps else (1, 1)
    longest = max(shortest, _ceil_divide(len(examples.targets), batch_size))
    starts = []
    for start, stop in pairwise(examples.sequences.offsets.tolist()):
        n_strips = max(1, (stop - start) // longest)
        # Whole windows: only a text's last strip may end with an update on a few odd steps.
        n_steps = _ceil_divide(_ceil_divide(stop - start, n_strips), window) * window
        starts.append(np.arange(start, stop, n_steps))
    return with_cuts(examples, np.concatenate(starts))


def with_cuts(examples, starts):
    """The same examples with a sequence from each of the positions `starts` to the next one."""
    tokens = examples.sequences
    offsets = np.append(starts, tokens.offsets[-1])
    sequences = TokenSequences(tokens.values, offsets, tokens.n_channels)
    return Examples(sequences, examples.targets, None, True)


def warn_of_tokens_only_in(held_out, examples, vocabulary):
    """Warn if held-out examples have tokens that those to train on lack.

    Parameters
    ----------
    held_out, examples : Examples
    vocabulary : list of str

    Warns
    -----
    UserWarning
        Saying how many, and naming some.
    """
    numbers, counts = np.unique(held_out.targets, return_counts=True)
    alone = ~np.isin(numbers, examples.targets)
    if not alone.any():
        return
    named = [repr(vocabulary[k]) for k in numbers[alone][:5]]
    listed = ", ".join(named) + (", ..." if alone.sum() > 5 else "")
    warn_user(
        f"early_stopping: {counts[alone].sum()} of the {counts.sum()} tokens held out do not occur "
        f"in the texts left to train on ({alone.sum()} different ones: {listed}). Their loss only "
        "rises while training, which may end too early. Use more text, or replace rare characters; "
        "at level='word' set max_features below the number of words, so that rare ones are one "
        "unknown token.",
    )


def _ceil_divide(a, b):
    return -(-a // b)
