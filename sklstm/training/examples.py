"""Training examples: sequences with targets and weights."""

import zlib
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np

from ..core.packing import Sequences, steps_of


@dataclass
class Examples:
    """Sequences with targets and weights.

    Targets and weights have M rows: one per sequence, or with `per_step` one per step.

    Attributes
    ----------
    sequences : Sequences
    targets : ndarray of shape (M, O)
    weights : ndarray of shape (M,) or None
        None means ones. A row of weight 0 has no target: what `targets` has there is valid, and
        without effect.
    per_step : bool
        Whether there is a target for every step, instead of one per sequence.
    example_of_row : ndarray of int, shape (n,), or None
        The example that each row of X is in, after `take` and `merged`; -1 for rows in none of
        them. None means that row i is example i.
    """

    sequences: Sequences
    targets: np.ndarray
    weights: np.ndarray | None
    per_step: bool
    example_of_row: np.ndarray | None = None

    def __len__(self):
        return len(self.sequences)

    @cached_property
    def mean_weight(self):
        """Mean weight of the rows."""
        return 1.0 if self.weights is None else float(self.weights.mean())

    @property
    def n_targets(self):
        """Number of rows with nonzero weight, or the sum of the weights if that is larger.

        A weight of k thus counts as k rows, but weights that sum to 1 do not count as one row.
        Infinite with `per_step`, since the targets of a sequence are not independent.
        """
        if self.per_step:
            return np.inf
        if self.weights is None:
            return len(self.targets)
        return max(float(self.weights.sum()), np.count_nonzero(self.weights))

    def take(self, index):
        """Return the examples of the sequences `index`."""
        rows = steps_of(index, self.sequences.offsets) if self.per_step else index
        weights = None if self.weights is None else self.weights[rows]
        position = np.full(len(self), -1)
        position[index] = np.arange(len(index))
        return Examples(
            self.sequences.take(index),
            self.targets[rows],
            weights,
            self.per_step,
            self._examples_of_rows(position),
        )

    def _examples_of_rows(self, position):
        """`example_of_row` of other examples, from their numbers for the examples here."""
        position = np.append(position, -1)  # -1 remains -1
        return position[:-1] if self.example_of_row is None else position[self.example_of_row]

    def with_weight(self):
        """Return the examples that have any weight, for each of their rows or for some."""
        if self.weights is None or self.weights.all():
            return self
        weights = self.weights
        if self.per_step:
            weights = np.maximum.reduceat(weights, self.sequences.offsets[:-1])
        return self if weights.all() else self.take(np.flatnonzero(weights))

    def merged(self, keep_order):
        """Merge equal examples, with the sum of their weights.

        Examples are equal if their sequences are, and the targets of their rows. Targets of weight
        0 do not matter: with `per_step`, two examples of a sequence that have targets at different
        steps are one example with both.

        In training with a single batch, this changes the results by rounding errors only. However,
        training can amplify rounding errors by a factor of 1e9. After merging, a weight of k is
        exactly equivalent to k repetitions, in any order. Merging also prevents copies of an
        example from being in both the training and the validation set.

        Parameters
        ----------
        keep_order : bool
            If True, the examples are in order of first occurrence. If False, they are sorted by
            their values, so that the result does not depend on the original order.

        Returns
        -------
        merged : Examples
        """
        by_sequence = {}
        for i in range(len(self)):
            key = _sort_key(self.sequences.values_of(i))
            by_sequence.setdefault(key, []).append(self._rows_of(i))
        merged = [(key, one) for key, found in by_sequence.items() for one in _merge(found)]
        merged.sort(key=lambda m: m[1].examples if keep_order else (m[0], m[1].key()))
        examples, targets, weights = zip(*(one for _, one in merged), strict=True)
        weights = np.concatenate(weights)
        position = np.empty(len(self), dtype=int)
        for k, equal in enumerate(examples):
            position[list(equal)] = k
        return Examples(
            self.sequences.take(np.array([equal[0] for equal in examples])),
            np.concatenate(targets),
            None if np.all(weights == 1.0) else weights.astype(self.targets.dtype),
            self.per_step,
            self._examples_of_rows(position),
        )

    def fingerprint(self):
        """A checksum of the examples, of at most 1,000 of their sequences."""
        index = np.unique(np.linspace(0, len(self) - 1, 1000).round().astype(int))
        checksum = zlib.crc32(repr((len(self), self.targets.dtype, self.sequences.dtype)).encode())
        arrays = [self.sequences.lengths, self.targets, self.weights]
        arrays += [self.sequences.values_of(i) for i in index]
        for array in arrays:
            if array is not None:
                checksum = zlib.crc32(np.ascontiguousarray(array).view(np.uint8), checksum)
        return checksum

    def _rows_of(self, i):
        """Targets and weights of the example i."""
        offsets = self.sequences.offsets
        rows = slice(offsets[i], offsets[i + 1]) if self.per_step else slice(i, i + 1)
        targets = self.targets[rows]
        return _Rows(
            (i,), targets, np.ones(len(targets)) if self.weights is None else self.weights[rows]
        )

    def columns(self, batch):
        """Return targets (O, N) and weights, (N,) or None, in the order of a packed batch."""
        rows = batch.rows(self.per_step)
        weights = None if self.weights is None else self.weights[rows]
        return np.ascontiguousarray(self.targets[rows].T), weights


class _Rows(NamedTuple):
    """Targets (T, O) and weights (T,) of a sequence, and the examples that have them."""

    examples: tuple
    targets: np.ndarray
    weights: np.ndarray

    def key(self):
        """Equal for equal targets at the same rows, whatever the targets of weight 0 are."""
        has_target = self.weights > 0
        known = np.where(has_target[:, np.newaxis], self.targets, 0)
        return _sort_key(known), has_target.tobytes()


def _merge(found):
    """Merge the rows of equal sequences: all of them, or if targets differ the equal ones."""
    together = _joined(found)
    if together is not None:
        return [together]
    groups = {}
    for one in found:
        groups.setdefault(one.key(), []).append(one)
    return [_joined(equal) for equal in groups.values()]


def _joined(found):
    """Return rows with all the targets and the sum of the weights, or None if targets differ."""
    if len(found) == 1:
        return found[0]
    examples, targets, weights = zip(*found, strict=True)
    targets, weights = np.stack(targets), np.stack(weights)
    has_target = weights > 0
    known = targets[np.argmax(has_target, axis=0), np.arange(targets.shape[1])]
    if np.any(has_target[:, :, np.newaxis] & (targets != known)):
        return None
    return _Rows(tuple(chain.from_iterable(examples)), known, weights.sum(axis=0))


def _sort_key(values):
    """Return a key that is equal for equal values, in the same order for float32 and float64.

    Values that only float64 tells apart are ordered by the others first, as after rounding.
    """
    double = values.astype(np.float64) + 0.0  # without -0.0, which equals 0.0
    with np.errstate(over="ignore"):
        single = double.astype(">f4")
    return single.tobytes(), double.astype(">f8").tobytes()
