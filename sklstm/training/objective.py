"""The function that training minimises: mean loss over the examples, plus the L2 penalty."""

import numpy as np

from ..core.inference import predict_raw, raw_in_pieces

# Floats of raw outputs that are made at a time.
_MAX_FLOATS = 2**20


class Objective:
    r"""A network with its loss.

    .. math:: L(\theta) = \frac{\sum_m w_m \ell_m}{\bar w M} + \frac\alpha2 \|\theta_w\|^2

    over the M rows of a batch; :math:`\bar w` is the mean weight over *all* examples, so that a
    batch's gradient is unbiased whatever weights fall into it, and one batch with everything in
    it gives the weighted mean. :math:`\theta_w` are the weights without the biases.

    Parameters
    ----------
    network : Network
    loss : Loss
    alpha : float
    """

    def __init__(self, network, loss, alpha=0.0):
        self.network = network
        self.loss = loss
        self.alpha = alpha
        self.is_weight = network.is_weight()

    def forward(self, params, batch, examples, workspace, masks=None, state=None):
        """Value on one batch, and what backward needs.

        Parameters
        ----------
        params : ndarray of shape (layout.size,)
        batch : Batch
        examples : Examples
        workspace : Workspace
        masks, state
            See `Network.forward`.

        Returns
        -------
        value : float
        d_raw : ndarray of shape (n_raw, N)
            Derivatives by the raw outputs.
        trace : Trace
        """
        targets, weights = examples.columns(batch)
        raw, trace = self.network.forward(params, batch, workspace, masks, state)
        value, d_raw = self.loss.value_and_gradient(raw, targets, weights)
        scale = 1.0 / (examples.mean_weight * raw.shape[1])
        d_raw *= raw.dtype.type(scale)
        return value * scale + self._penalty(params), d_raw, trace

    def gradient(self, params, batch, examples, workspace, masks=None, state=None, cut_every=None):
        """Value and gradient on one batch.

        Parameters
        ----------
        params, batch, examples, workspace, masks, state
            See `forward`.
        cut_every : int or None
            See `Network.backward`.

        Returns
        -------
        value : float
        gradient : ndarray of shape (layout.size,)
        """
        value, d_raw, trace = self.forward(params, batch, examples, workspace, masks, state)
        gradient, _ = self.network.backward(params, trace, d_raw, cut_every=cut_every)
        if self.alpha:
            gradient += params.dtype.type(self.alpha) * np.where(self.is_weight, params, 0)
        return value, gradient

    def evaluate(self, params, examples):
        """Mean loss over examples, without dropout or penalty, and the raw outputs (M, n_raw)."""
        raw = predict_raw(self.network, params, examples.sequences)
        value, _ = self.loss.value_and_gradient(
            np.ascontiguousarray(raw.T),
            np.ascontiguousarray(examples.targets.T),
            examples.weights,
        )
        return value / (examples.mean_weight * len(raw)), raw

    def constant_loss(self, examples):
        """Mean loss of the best constant prediction, without penalty."""
        best = self.loss.initial_raw(examples.targets.T, examples.weights)
        rows = max(1, _MAX_FLOATS // len(best))
        total = 0.0
        for start in range(0, len(examples.targets), rows):
            targets = np.ascontiguousarray(examples.targets[start : start + rows].T)
            weights = None if examples.weights is None else examples.weights[start : start + rows]
            raw = np.repeat(best[:, np.newaxis], targets.shape[1], axis=1)
            total += self.loss.value_and_gradient(raw, targets, weights)[0]
        return total / (examples.mean_weight * len(examples.targets))

    def lowest_loss(self, examples):
        """Mean loss if every prediction were as good as one can be."""
        lowest = self.loss.lowest(examples.targets.T).mean(axis=0, dtype=np.float64)
        return float(np.average(lowest, weights=examples.weights))

    def mean_loss(self, params, examples):
        """The value that `evaluate` gives, for a target at every step, in bounded memory."""
        total = 0.0
        for piece, raw in raw_in_pieces(self.network, params, examples.sequences):
            total += self.loss.value_and_gradient(raw, *examples.columns(piece))[0]
        return total / (examples.mean_weight * len(examples.targets))

    def _penalty(self, params):
        if not self.alpha:
            return 0.0
        weights = params[self.is_weight]
        return 0.5 * self.alpha * float(weights @ weights)
