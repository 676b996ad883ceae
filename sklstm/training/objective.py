"""The training objective: mean loss over the examples plus L2 penalty."""

import numpy as np

from ..core.inference import predict_raw, raw_in_pieces

# Maximum number of floats of raw outputs to allocate at a time.
_MAX_FLOATS = 2**20


class Objective:
    r"""Training objective of a network.

    .. math:: L(\theta) = \frac{\sum_m w_m \ell_m}{\bar w M} + \frac\alpha2 \|\theta_w\|^2

    The sum is over the M rows of a batch. :math:`\bar w` is the mean weight over *all* examples, so
    that the gradient of a batch is unbiased, and a single batch of all examples gives the weighted
    mean. :math:`\theta_w` are the weights without the biases.

    Parameters
    ----------
    network : Network
    loss : Loss
    alpha : float
        Strength of the L2 penalty.
    """

    def __init__(self, network, loss, alpha=0.0):
        self.network = network
        self.loss = loss
        self.alpha = alpha
        self.is_weight = network.is_weight()
        self._decay = (alpha * self.is_weight).astype(network.dtype)  # alpha, or 0 for biases

    def forward(self, params, batch, examples, workspace, masks=None, state=None):
        """Return the objective on one batch, and the trace for the backward pass.

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
            Derivatives with respect to the raw outputs.
        trace : Trace
        """
        value, d_raw, trace = self._forward(params, batch, examples, workspace, masks, state)
        if self.alpha:
            value += self._penalty(params)[0]
        return value, d_raw, trace

    def gradient(
        self,
        params,
        batch,
        examples,
        workspace,
        masks=None,
        state=None,
        cut_every=None,
        out=None,
    ):
        """Return the objective and its gradient on one batch.

        Parameters
        ----------
        params, batch, examples, workspace, masks, state
            See `forward`.
        cut_every, out
            See `Network.backward`.

        Returns
        -------
        value : float
        gradient : ndarray of shape (layout.size,)
        """
        value, d_raw, trace = self._forward(params, batch, examples, workspace, masks, state)
        gradient, _ = self.network.backward(params, trace, d_raw, cut_every=cut_every, out=out)
        if self.alpha:
            penalty, d_penalty = self._penalty(params)
            value += penalty
            gradient += d_penalty
        return value, gradient

    def evaluate(self, params, examples):
        """Return the mean loss, without dropout or penalty, and the raw outputs (M, n_raw)."""
        raw = predict_raw(self.network, params, examples.sequences)
        value, _ = self.loss.value_and_gradient(
            np.ascontiguousarray(raw.T),
            np.ascontiguousarray(examples.targets.T),
            examples.weights,
        )
        return value / (examples.mean_weight * len(raw)), raw

    def constant_loss(self, examples):
        """Return the mean loss of the best constant prediction, without penalty."""
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
        """Return the minimum of the mean loss over all predictions; ``-inf`` if there is none."""
        lowest = self.loss.lowest(examples.targets.T).mean(axis=0, dtype=np.float64)
        if not np.isfinite(lowest).all():
            return -np.inf
        return float(np.average(lowest, weights=examples.weights))

    def mean_loss(self, params, examples):
        """Return the same mean loss as `evaluate`, in bounded memory. Needs targets per step."""
        total = 0.0
        for piece, raw in raw_in_pieces(self.network, params, examples.sequences):
            total += self.loss.value_and_gradient(raw, *examples.columns(piece))[0]
        return total / (examples.mean_weight * len(examples.targets))

    def _forward(self, params, batch, examples, workspace, masks, state):
        """The mean loss without the penalty; otherwise as `forward`."""
        targets, weights = examples.columns(batch)
        raw, trace = self.network.forward(params, batch, workspace, masks, state)
        value, d_raw = self.loss.value_and_gradient(raw, targets, weights)
        scale = 1.0 / (examples.mean_weight * raw.shape[1])
        d_raw *= raw.dtype.type(scale)
        return value * scale, d_raw, trace

    def _penalty(self, params):
        """The penalty and its gradient."""
        d_penalty = self._decay * params
        return 0.5 * float(np.dot(d_penalty, params)), d_penalty
