"""Sequences with their targets and weights: what a network is trained on."""

from dataclasses import dataclass

import numpy as np

from ..core.packing import steps_of


@dataclass
class Examples:
    """Sequences, targets and weights, row by row.

    A *row* is a sequence, or with `per_step` a step of a sequence: M rows in all.

    Attributes
    ----------
    sequences : DenseSequences or RaggedSequences
    targets : ndarray of shape (M, O)
    weights : ndarray of shape (M,) or None
        None means ones.
    per_step : bool
    """

    sequences: object
    targets: np.ndarray
    weights: np.ndarray | None
    per_step: bool

    def __len__(self):
        return len(self.sequences)

    @property
    def mean_weight(self):
        """The mean weight of a row."""
        return 1.0 if self.weights is None else float(self.weights.mean())

    @property
    def n_targets(self):
        """Number of rows with any weight, or the sum of the weights if that is larger.

        A weight of k then counts as k rows, and weights that sum to 1 do not count as one row.
        Infinite for targets at every step, which depend on each other: their number says little.
        """
        if self.per_step:
            return np.inf
        if self.weights is None:
            return len(self.targets)
        return max(float(self.weights.sum()), np.count_nonzero(self.weights))

    def take(self, index):
        """The examples of the sequences `index`."""
        rows = steps_of(index, self.sequences.offsets) if self.per_step else index
        weights = None if self.weights is None else self.weights[rows]
        return Examples(self.sequences.take(index), self.targets[rows], weights, self.per_step)

    def merged(self, keep_order):
        """Equal examples as one, with the sum of their weights; none without weight.

        In training with a single batch this changes nothing but rounding errors. But training can
        magnify a rounding error a billionfold, and so it is what makes a weight the same as that
        many repetitions, whatever their order. It also keeps copies of an example from standing
        on both sides when some are held out.

        Parameters
        ----------
        keep_order : bool
            Leave the examples in the order in which they first come, instead of one that depends
            on nothing but what they are.

        Returns
        -------
        merged : Examples
        """
        offsets, targets, weights = self.sequences.offsets, self.targets, self.weights
        groups = {}
        for i in range(len(self)):
            # The weight is one per sequence even where rows are steps.
            rows = slice(offsets[i], offsets[i + 1]) if self.per_step else slice(i, i + 1)
            weight = 1.0 if weights is None else weights[rows]
            if np.any(weight):
                key = (_sort_key(self.sequences.values_of(i)), _sort_key(targets[rows]))
                first, total = groups.get(key, (i, 0.0))
                groups[key] = (first, total + weight)
        order = groups.values() if keep_order else (groups[key] for key in sorted(groups))
        index, totals = zip(*order, strict=True)
        merged = self.take(np.array(index))
        if self.per_step:
            lengths = self.sequences.lengths
            totals = [np.broadcast_to(w, lengths[i]) for i, w in zip(index, totals, strict=True)]
        totals = np.hstack(totals)
        merged.weights = None if np.all(totals == 1.0) else totals.astype(targets.dtype)
        return merged

    def columns(self, batch):
        """Targets (O, N) and weights (N,) or None in the order of a packed batch."""
        rows = batch.rows(self.per_step)
        weights = None if self.weights is None else self.weights[rows]
        return np.ascontiguousarray(self.targets[rows].T), weights


def _sort_key(values):
    """Bytes that sort numbers alike in float32 and float64: the most significant ones first."""
    return values.astype(">f8").tobytes()
