r"""Additive attention over the steps of a sequence.

For the hidden states :math:`h_t` (D,) of one sequence, with :math:`W` (D, D), :math:`b` and
:math:`v` (D,):

.. math::
    u_t &= \tanh(W h_t + b)                     && (1)\\
    e_t &= v^T u_t                              && (2)\\
    a_t &= \exp(e_t) / \sum_k \exp(e_k)         && (3)\\
    f &= \sum_t a_t h_t                         && (4)

Backward, with :math:`\bar x` for the derivative of the loss by x:

.. math::
    \bar a_t &= h_t^T \bar f                                            && (5)\\
    \bar e_t &= a_t (\bar a_t - f^T \bar f)                             && (6)\\
    \bar z_t &= \bar e_t\, v \odot (1 - u_t^2)                          && (7)\\
    \bar v &= \sum_t \bar e_t u_t, \quad \bar W = \sum_t \bar z_t h_t^T,
        \quad \bar b = \sum_t \bar z_t                                  && (8)\\
    \bar h_t &= a_t \bar f + W^T \bar z_t                               && (9)
"""

import numpy as np

from ...initializers import glorot_uniform
from ..base import PartStream
from .base import Pooling, StepColumns


class Attention(Pooling):
    """A weighted mean of h over a sequence's own steps, with weights that are learned.

    The alignment model of [1]_ (section 3.1 and appendix A.1.2): scores by a layer of tanh units,
    and a softmax of them. Adapted to pooling: there is no decoder whose state would enter a score,
    so that the term :math:`W_a s_{i-1}` is left out and one set of weights is computed for a
    sequence; there is a bias, and the number of tanh units is D. The initial values of W and v are
    drawn uniformly after Glorot and Bengio, not from [1]_, which starts from v = 0.

    Its parameters are ``attention_weight`` W (D, D), ``attention_bias`` b (D,) and
    ``attention_vector`` v (D,). Memory of a pass: two arrays (D, N) for the N steps of a batch.

    Parameters
    ----------
    n_features, dtype
        See `Pooling`.

    References
    ----------
    .. [1] D. Bahdanau, K. Cho, Y. Bengio. "Neural machine translation by jointly learning to align
       and translate." ICLR 2015 (arXiv:1409.0473).
    """

    never_decay = ("attention_bias",)

    def shapes(self):
        D = self.n_features
        return {"weight": (D, D), "bias": (D,), "vector": (D,)}

    def initialize(self, arrays, rng, n_steps=None):
        D = self.n_features
        arrays["weight"][...] = glorot_uniform(rng, D, D, (D, D))
        arrays["vector"][...] = glorot_uniform(rng, D, 1, (D,))

    def named(self, arrays):
        return {f"attention_{name}": array for name, array in arrays.items()}

    def forward(self, arrays, below, trace):
        steps = StepColumns(trace.batch)
        h = steps.collect(below.blocks, self.n_features, self.dtype)
        u, scores = _scores(arrays, h)
        weights = scores[np.newaxis]
        blocks = steps.blocks(weights)
        _softmax(blocks, len(trace.batch))
        features = np.zeros((self.n_features, len(trace.batch)), self.dtype)
        for h_k, a in zip(steps.blocks(h), blocks, strict=True):
            features[:, : a.shape[2]] += (a * h_k).sum(axis=0)  # (4)
        return features, (steps, h, u, weights, features)

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        steps, h, u, weights, features = kept
        common = (features * d_above).sum(axis=0)
        d_scores, d_h = np.empty_like(weights), np.empty_like(h)
        for k, h_k in enumerate(steps.blocks(h)):
            width = h_k.shape[2]
            a, d_f = steps.block(weights, k), d_above[:, :width]
            d_a = (h_k * d_f).sum(axis=1, keepdims=True)  # (5)
            np.multiply(a, d_a - common[:width], out=steps.block(d_scores, k))  # (6)
            np.multiply(a, d_f, out=steps.block(d_h, k))
        d_z = arrays["vector"][:, np.newaxis] * d_scores * (1 - u * u)  # (7)
        gradient["vector"] += u @ d_scores[0]  # (8)
        gradient["weight"] += d_z @ h.T
        gradient["bias"] += d_z.sum(axis=1)
        d_h += arrays["weight"].T @ d_z  # (9)
        return steps.blocks(d_h), None

    def stream(self, arrays, n_streams):
        # With s_t the logarithm of the sum in (3) over the steps up to t, and for a step t = u + 1:
        # f_t = exp(s_u - s_t) f_u + exp(e_t - s_t) h_t.
        def step(h, memory):
            features, log_sum, n_steps = memory
            _, scores = _scores(arrays, h)
            before = np.where(n_steps == 0, -np.inf, log_sum)
            np.logaddexp(before, np.logaddexp.reduce(scores, axis=0), out=log_sum)
            np.multiply(features, np.exp(before - log_sum), out=features)
            weights = np.exp(scores - log_sum)[:, np.newaxis]
            np.add(features, (weights * h).sum(axis=0), out=features)
            np.add(n_steps, len(h), out=n_steps)
            return features

        return PartStream(step, [(self.n_features,), (), ()])


def _scores(arrays, h):
    """(1) and (2) for columns h (..., D, N): the units (..., D, N) and the scores (..., N)."""
    u = arrays["weight"] @ h
    u += arrays["bias"][:, np.newaxis]
    np.tanh(u, out=u)
    return u, arrays["vector"] @ u


def _softmax(blocks, n_sequences):
    """Replace scores by weights, (3): blocks (L, 1, b), one a segment."""
    highest = np.full(n_sequences, -np.inf, blocks[0].dtype)
    for e in blocks:
        np.maximum(highest[: e.shape[2]], e[:, 0].max(axis=0), out=highest[: e.shape[2]])
    sums = np.zeros_like(highest)
    for e in blocks:
        e -= highest[: e.shape[2]]
        np.exp(e, out=e)
        sums[: e.shape[2]] += e[:, 0].sum(axis=0)
    for e in blocks:
        e /= sums[: e.shape[2]]
