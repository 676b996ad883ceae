"""The interface of a pooling, and the steps of a batch as columns of one array."""

from itertools import accumulate

import numpy as np

from ..base import Part


class Pooling(Part):
    """Base class of poolings: from the hidden states of the top layer to the features.

    All directions are pooled. The features of a sequence may only depend on its own steps.
    See `Part` for the methods. A pooling implements

    - `forward`: `below` is a `HiddenStates`, from which the features are computed;
    - `backward`: `d_above` are the derivatives by the features, and the result is a tuple
      (d_out, d_final), see `Part.backward`;
    - `stream`: its ``step(h)`` receives the hidden states (L, D, b) of L more steps, and returns
      the features (D, b) for all steps so far, as `forward` computes them;
    - with parameters, also `shapes`, `initialize`, `named` and `never_decay`.

    Parameters
    ----------
    n_features : int
        D.
    dtype : dtype
        float32 or float64, that of all arrays.

    Attributes
    ----------
    reads_last_step_only : bool
        Whether the step of `stream` reads the last one of its steps only.
    """

    name = "pooling"
    reads_last_step_only = False

    def __init__(self, n_features, dtype):
        self.n_features = n_features
        self.dtype = dtype

    def n_columns(self, batch):
        """Number of columns of the features.

        Parameters
        ----------
        batch : Batch

        Returns
        -------
        int
        """
        return len(batch)


class StepColumns:
    """All steps of a batch as the columns of one array, in packed order.

    Parameters
    ----------
    batch : Batch
    """

    def __init__(self, batch):
        self.segments = batch.segments
        self.starts = [0, *accumulate(s.n_steps * s.width for s in batch.segments)]

    def block(self, columns, k):
        """The columns of one segment.

        Parameters
        ----------
        columns : ndarray of shape (rows, N)
        k : int
            The segment.

        Returns
        -------
        ndarray of shape (L, rows, b)
            A view.
        """
        segment = self.segments[k]
        part = columns[:, self.starts[k] : self.starts[k + 1]]
        return part.reshape(-1, segment.n_steps, segment.width).transpose(1, 0, 2)

    def collect(self, blocks, n_features, dtype):
        """Copy hidden states into one array.

        Parameters
        ----------
        blocks : iterator
            See `HiddenStates`.
        n_features : int
        dtype : dtype

        Returns
        -------
        ndarray of shape (n_features, N)
        """
        columns = np.empty((n_features, self.starts[-1]), dtype)
        for k, rows, out in blocks:
            self.block(columns[rows], k)[...] = out
        return columns

    def blocks(self, columns):
        """The columns segment by segment.

        Parameters
        ----------
        columns : ndarray of shape (rows, N)

        Returns
        -------
        list of ndarrays of shape (L, rows, b)
            Views.
        """
        return [self.block(columns, k) for k in range(len(self.segments))]
