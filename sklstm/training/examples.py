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

    def take(self, index):
        """The examples of the sequences `index`."""
        rows = steps_of(index, self.sequences.offsets) if self.per_step else index
        weights = None if self.weights is None else self.weights[rows]
        return Examples(self.sequences.take(index), self.targets[rows], weights, self.per_step)

    def rows(self, batch):
        """The rows behind the columns of a packed batch, in their order."""
        return batch.step_index() if self.per_step else batch.index

    def columns(self, batch):
        """Targets (O, N) and weights (N,) or None in the order of a packed batch."""
        rows = self.rows(batch)
        weights = None if self.weights is None else self.weights[rows]
        return np.ascontiguousarray(self.targets[rows].T), weights
