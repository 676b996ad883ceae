"""Training examples: sequences with targets and weights."""

from dataclasses import dataclass, replace
from functools import cached_property

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
        None means ones.
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

    def merged(self, keep_order):
        """Merge equal examples, with the sum of their weights, and drop those with weight 0.

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
        offsets, targets, weights = self.sequences.offsets, self.targets, self.weights
        groups, firsts = {}, np.full(len(self), -1)
        for i in range(len(self)):
            # All steps of a sequence have the same weight.
            rows = slice(offsets[i], offsets[i + 1]) if self.per_step else slice(i, i + 1)
            weight = 1.0 if weights is None else weights[rows]
            if np.any(weight):
                key = (_sort_key(self.sequences.values_of(i)), _sort_key(targets[rows]))
                first, total = groups.get(key, (i, 0.0))
                groups[key] = (first, total + weight)
                firsts[i] = first
        order = groups.values() if keep_order else (groups[key] for key in sorted(groups))
        index, totals = zip(*order, strict=True)
        merged = self.take(np.array(index))
        number = {first: k for k, first in enumerate(index)} | {-1: -1}
        position = np.array([number[first] for first in firsts])
        if self.per_step:
            lengths = self.sequences.lengths
            totals = [np.broadcast_to(w, lengths[i]) for i, w in zip(index, totals, strict=True)]
        totals = np.hstack(totals)
        weights = None if np.all(totals == 1.0) else totals.astype(targets.dtype)
        return replace(merged, weights=weights, example_of_row=self._examples_of_rows(position))

    def columns(self, batch):
        """Return targets (O, N) and weights, (N,) or None, in the order of a packed batch."""
        rows = batch.rows(self.per_step)
        weights = None if self.weights is None else self.weights[rows]
        return np.ascontiguousarray(self.targets[rows].T), weights


def _sort_key(values):
    """Return a key that is equal for equal values, in the same order for float32 and float64.

    Values that only float64 tells apart are ordered by the others first, as after rounding.
    """
    double = values.astype(np.float64) + 0.0  # without -0.0, which equals 0.0
    with np.errstate(over="ignore"):
        single = double.astype(">f4")
    return single.tobytes(), double.astype(">f8").tobytes()
