"""An embedding of tokens, folded into the input weights of the first layer.

The first layer multiplies its input weights W (G, E) by the vector of each token, a row of the
embedding M (V, E). There are only V different products, the rows of the table

    T = M Wᵀ.                                                                                    (1)

The layer therefore runs as one that reads one-hot vectors of V symbols and has T as its input
weights. With the derivatives T̄ that it returns, those of the embedding and of the weights are

    M̄ = T̄ W,    W̄ = T̄ᵀ M.                                                                        (2)

The products are computed once for a pass, of V rows, instead of a row for each token.
"""

import numpy as np


class TokenTable:
    """Converts the parameters of a network with an embedding, and their gradient.

    Parameters
    ----------
    embedding : Part
        The input part, with the parameter "weight" (V, E).
    layer : Layer
        The first layer, whose cell `has_projection`.
    """

    def __init__(self, embedding, layer):
        self._embedding = embedding
        self._layer = layer

    def expand(self, arrays):
        """The parameters of the network that reads one-hot vectors.

        Parameters
        ----------
        arrays : dict of str to dict of str to ndarray
            The parameters by part and name, with those of the embedding.

        Returns
        -------
        dict of str to dict of str to ndarray
            The same, with new arrays of the layer.
        """
        expanded = self.zeros(arrays)
        split, join = self._layer.cell.split_input, self._layer.cell.join_input
        for own, new in self._by_direction(arrays, expanded):
            rest, weights = split(own)
            join(rest, self._vectors(arrays) @ weights, new)  # (1)
        return expanded

    def zeros(self, arrays):
        """As `expand`, with zeros as the arrays of the layer.

        Parameters
        ----------
        arrays : dict of str to dict of str to ndarray

        Returns
        -------
        dict of str to dict of str to ndarray
        """
        vectors = self._vectors(arrays)
        shapes = self._layer.shapes_for(len(vectors))
        zeros = {name: np.zeros(shape, vectors.dtype) for name, shape in shapes.items()}
        return {**arrays, self._layer.name: zeros}

    def contract(self, arrays, d_expanded, gradient):
        """Add the gradient by the expanded arrays to the gradient by the parameters.

        Parameters
        ----------
        arrays : dict of str to dict of str to ndarray
            The parameters.
        d_expanded : dict of str to dict of str to ndarray
            The derivatives by the result of `expand`.
        gradient : dict of str to dict of str to ndarray
            Those of the embedding and of the layer are added to in place.
        """
        vectors, d_vectors = self._vectors(arrays), self._vectors(gradient)
        split, join = self._layer.cell.split_input, self._layer.cell.join_input
        for own, d_new, d_own in self._by_direction(arrays, d_expanded, gradient):
            d_rest, d_table = split(d_new)
            d_vectors += d_table @ split(own)[1].T  # (2)
            join(d_rest, vectors.T @ d_table, d_own)

    def _vectors(self, arrays):
        return arrays[self._embedding.name]["weight"]

    def _by_direction(self, *parameters):
        """For each direction of the layer, its arrays in each of `parameters`."""
        layer = self._layer
        return zip(*(layer.by_direction(arrays[layer.name]) for arrays in parameters), strict=True)
