"""The dense head: from features to raw outputs."""

import numpy as np

from ..initializers import glorot_uniform
from .base import Part, PartStream


class Head(Part):
    """A linear map of the features, plus a bias.

    Parameters
    ----------
    n_features, n_raw : int
        D and the number of raw outputs.
    """

    name = "head"
    never_decay = ("head_bias",)

    def __init__(self, n_features, n_raw):
        self.n_features = n_features
        self.n_raw = n_raw

    def shapes(self):
        return {"weight": (self.n_raw, self.n_features), "bias": (self.n_raw,)}

    def initialize(self, arrays, rng, n_steps=None):
        weight = arrays["weight"]
        weight[...] = glorot_uniform(rng, self.n_features, self.n_raw, weight.shape)

    def named(self, arrays):
        return {"head_weight": arrays["weight"], "head_bias": arrays["bias"]}

    def forward(self, arrays, below, trace):
        return _dense(arrays["weight"], below, arrays["bias"][:, np.newaxis]), below

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        np.dot(d_above, kept.T, out=gradient["weight"])
        np.add.reduce(d_above, axis=1, out=gradient["bias"])
        return np.dot(arrays["weight"].T, d_above)

    def stream(self, arrays, n_streams):
        # As in `forward`, with the fewest calls: for one column they take longer than the product.
        product, bias = arrays["weight"].dot, arrays["bias"][:, np.newaxis]
        return PartStream(lambda features, memory: product(features) + bias)


def _dense(weight, features, bias):
    raw = np.dot(weight, features)
    raw += bias
    return raw
