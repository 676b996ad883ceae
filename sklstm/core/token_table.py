"""The input weights of a layer that reads tokens, as a table with a row for each symbol.

The layer multiplies its input weights W (G, E) by the vector of each token. For one-hot vectors the
product is a row of the table T = Wᵀ. With an embedding M (V, E), whose rows are the vectors, there
are V different products, the rows of

    T = M Wᵀ,                                                                                    (1)

which are computed once for a pass, instead of once for each token. With the derivatives T̄ that the
layer returns, those of the embedding and of the weights are

    M̄ = T̄ W,    W̄ = T̄ᵀ M.                                                                        (2)
"""

from typing import NamedTuple

import numpy as np


class SplitArrays(NamedTuple):
    """The parameters of one direction of a layer that reads tokens, or their gradient.

    Attributes
    ----------
    rest : dict of str to ndarray
        Those of the cell without those of the input, see `Cell.split_input`.
    table : ndarray of shape (V, G)
        T.
    """

    rest: dict
    table: np.ndarray


class TokenTable:
    """Splits the parameters of a layer that reads tokens, and joins their gradient.

    Parameters
    ----------
    layer : Layer
        The first layer, whose cell `has_projection`.
    embedding : Part or None
        The input part with the parameter "weight" (V, E); None for one-hot vectors.
    """

    def __init__(self, layer, embedding=None):
        self._layer = layer
        self._embedding = embedding

    def split(self, arrays):
        """The parameters as the parts use them.

        Parameters
        ----------
        arrays : dict of str to dict of str to ndarray
            The parameters by part and name.

        Returns
        -------
        dict of str to dict of str to ndarray
            The same, but of the layer a list with the `SplitArrays` of each direction.
        """
        vectors = self._vectors(arrays)
        pairs = []
        for own in self._by_direction(arrays):
            rest, weights = self._layer.cell.split_input(own)
            pairs.append(
                SplitArrays(rest, weights if vectors is None else vectors @ weights)
            )  # (1)
        return {**arrays, self._layer.name: pairs}

    def split_gradient(self, split, gradient):
        """The gradient as the parts use it, zero for the layer.

        Parameters
        ----------
        split : dict of str to dict of str to ndarray
            The result of `split`.
        gradient : dict of str to dict of str to ndarray
            By part and name.

        Returns
        -------
        dict of str to dict of str to ndarray
            As `split` returns them.
        """
        pairs = [
            SplitArrays(
                {name: np.zeros_like(array) for name, array in rest.items()}, np.zeros_like(table)
            )
            for rest, table in split[self._layer.name]
        ]
        return {**gradient, self._layer.name: pairs}

    def join_gradient(self, arrays, d_split, gradient):
        """Add what the parts have added to the result of `split_gradient` to the gradient.

        Parameters
        ----------
        arrays : dict of str to dict of str to ndarray
            The parameters, as passed to `split`.
        d_split : dict of str to dict of str to ndarray
        gradient : dict of str to dict of str to ndarray
            As passed to `split_gradient`; changed in place.
        """
        vectors, d_vectors = self._vectors(arrays), self._vectors(gradient)
        cell, pairs = self._layer.cell, d_split[self._layer.name]
        directions = self._by_direction(arrays), self._by_direction(gradient)
        for own, d_own, (d_rest, d_weights) in zip(*directions, pairs, strict=True):
            if vectors is not None:
                d_vectors += d_weights @ cell.split_input(own)[1].T  # (2)
                d_weights = vectors.T @ d_weights
            cell.join_input(d_rest, d_weights, d_own)

    def _vectors(self, arrays):
        return None if self._embedding is None else arrays[self._embedding.name]["weight"]

    def _by_direction(self, arrays):
        return self._layer.by_direction(arrays[self._layer.name])
