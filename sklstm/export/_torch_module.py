"""The PyTorch module that `to_torch` returns.

It is derived from ``torch.nn.Module``, and hence can only be made if PyTorch is installed. It is
made when it is first needed, as an attribute of this module, where pickle and torch.load look.

Notation: n sequences, T steps, C channels, D features, R raw outputs, O outputs, Q quantiles.
"""

import math

NAME = "RecurrentNetwork"


def __getattr__(name):
    if name != NAME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import torch

    made = type(NAME, (_Network, torch.nn.Module), {"__doc__": _Network.__doc__})
    return globals().setdefault(NAME, made)  # another thread may have made it meanwhile


class _Network:
    """A recurrent network with its head, and the predictions of an estimator.

    Parameters
    ----------
    rnn : torch.nn.LSTM, GRU or RNN, with ``batch_first=True``
    head : torch.nn.Linear
    settings : dict
        patch_length, pooling, return_sequences and dropout, as in the estimator; `output`, a name
        in `VALUES` or `PROBABILITIES`; `single`, whether y has no axis for outputs.
    mean, scale : tensors of shape (O,), or None
        The units of y of a regressor.
    """

    def __init__(self, rnn, head, settings, mean=None, scale=None):
        import torch

        super().__init__()
        self.rnn = rnn
        self.head = head
        if settings["pooling"] == "attention":
            D = head.in_features
            self.attention = torch.nn.Linear(D, D, dtype=head.weight.dtype)
            self.attention_vector = torch.nn.Parameter(head.weight.new_zeros(D))
        self.dropout = torch.nn.Dropout(settings["dropout"])
        self.settings = settings
        self.register_buffer("target_mean", mean)
        self.register_buffer("target_scale", scale)

    def forward(self, x, lengths=None):
        """Predictions: those of `predict` of a regressor, `predict_proba` of a classifier.

        Parameters
        ----------
        x : tensor (n, T, C) or (n, T), PackedSequence, or list of n tensors (T_i, C) or (T_i,)
            The sequences. With `lengths` they are padded at their ends.
        lengths : tensor or list of n ints, or None
            Numbers of steps of the sequences in a padded tensor. None means T for all.

        Returns
        -------
        tensor of shape (n, ...), or with `return_sequences` (n, T, ...)
            Steps after the end of a sequence have no meaning.
        """
        raw, output = self.raw(x, lengths), self.settings["output"]
        if output in PROBABILITIES:
            return PROBABILITIES[output](raw)
        values = VALUES[output](raw, len(self.target_mean))
        values = values * self.target_scale[:, None] + self.target_mean[:, None]
        if self.settings["single"]:
            values = values.squeeze(-2)
        return values if values.shape[-1] > 1 else values.squeeze(-1)

    def raw(self, x, lengths=None):
        """Raw outputs of the head, for a loss function of PyTorch: logits of a classifier.

        Those of a regressor are in the units of training: of targets from which `target_mean` is
        subtracted, and which are divided by `target_scale`.

        Parameters
        ----------
        x, lengths
            See `forward`.

        Returns
        -------
        tensor of shape (n, R), or with `return_sequences` (n, T, R)
        """
        x, lengths = self._patches(*self._padded(x, lengths))
        h, final = self._hidden_states(x, lengths)
        if not self.settings["return_sequences"]:
            h = self._pooled(h, final, lengths)
        return self.head(self.dropout(h))

    def _padded(self, x, lengths):
        """The sequences as a tensor (n, T, C), and their lengths (n,) or None."""
        import torch

        if isinstance(x, list):
            x = torch.nn.utils.rnn.pack_sequence(x, enforce_sorted=False)
        if isinstance(x, torch.nn.utils.rnn.PackedSequence):
            x, lengths = torch.nn.utils.rnn.pad_packed_sequence(x, batch_first=True)
        if not isinstance(x, torch.Tensor):
            raise TypeError(
                f"x is a {type(x).__name__}; expected a tensor, a PackedSequence or a list of "
                "tensors: torch.as_tensor(x)."
            )
        x = x if x.ndim == 3 else x.unsqueeze(-1)
        if lengths is not None:
            lengths = torch.as_tensor(lengths, device=x.device)
            if not torch.compiler.is_compiling():  # a check of values cannot be exported
                _check_lengths(lengths, *x.shape[:2])
        return x.to(self.head.weight.dtype), lengths

    def _patches(self, x, lengths):
        """See `core.patches`: the last patch ends with the last step of its sequence."""
        import torch

        p, (n, n_steps, n_channels) = self.settings["patch_length"], x.shape
        if p == 1:
            return x, lengths
        steps = torch.full((n,), n_steps, device=x.device) if lengths is None else lengths
        n_patches = (steps + p - 1) // p
        index = torch.arange((n_steps + p - 1) // p * p, device=x.device)
        index = (index - (n_patches * p - steps)[:, None]).clamp(0, n_steps - 1)
        x = x.gather(1, index[:, :, None].expand(-1, -1, n_channels))
        return x.reshape(n, -1, p * n_channels), None if lengths is None else n_patches

    def _hidden_states(self, x, lengths):
        """Hidden states of the top layer at all steps (n, T, D), and the final ones (n, D)."""
        import torch

        if lengths is not None:
            x = torch.nn.utils.rnn.pack_padded_sequence(
                x, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
        h, final = self.rnn(x)
        if lengths is not None:
            h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, batch_first=True)
        final = final[0] if isinstance(final, tuple) else final  # of an LSTM there is c, too
        n_directions = 2 if self.rnn.bidirectional else 1
        return h, torch.cat(list(final[-n_directions:]), -1)

    def _pooled(self, h, final, lengths):
        """The features (n, D) of the sequences, from the steps that belong to them."""
        import torch

        pooling, (n, n_steps, _) = self.settings["pooling"], h.shape
        if pooling == "last":
            return final
        if lengths is None:
            lengths = torch.full((n,), n_steps, device=h.device)
        ended = (torch.arange(n_steps, device=h.device) >= lengths[:, None])[:, :, None]
        if pooling == "mean":
            return h.masked_fill(ended, 0.0).sum(1) / lengths[:, None]
        if pooling == "max":
            return h.masked_fill(ended, -math.inf).amax(1)
        scores = self.attention(h).tanh() @ self.attention_vector  # see `core.parts.pooling`
        weights = scores[:, :, None].masked_fill(ended, -math.inf).softmax(1)
        return (weights * h).sum(1)


def _check_lengths(lengths, n, n_steps):
    """Raise unless there is a number of steps for each of n sequences."""
    if lengths.shape != (n,) or n and not (1 <= lengths.min() and lengths.max() <= n_steps):
        raise ValueError(
            f"lengths is {lengths.tolist()}; expected {n} number(s) from 1 to {n_steps}, the "
            "number of steps of each sequence in x."
        )


# From raw outputs (..., R) to values (..., O, Q) in the units of training, and to probabilities.


def _first(raw, n_outputs):
    """Values, or the first of several parameters of a distribution, its mean."""
    return raw.unflatten(-1, (n_outputs, -1))[..., :1]


def _rates(raw, n_outputs):
    """The means of counts, limited as in `core.losses.counts`."""
    import torch

    return _first(raw, n_outputs).clamp(max=math.log(torch.finfo(raw.dtype).max) / 2).exp()


def _quantiles(raw, n_outputs):
    """The lowest quantile, and the positive distance of each further one from that below."""
    import torch

    lowest, distances = raw.unflatten(-1, (n_outputs, -1)).tensor_split([1], -1)
    return torch.cat([lowest, torch.nn.functional.softplus(distances)], -1).cumsum(-1)


def _softmax(raw):
    return raw.softmax(-1)


def _sigmoid(raw):
    return raw.sigmoid()


VALUES = {"first": _first, "rates": _rates, "quantiles": _quantiles}
PROBABILITIES = {"softmax": _softmax, "sigmoid": _sigmoid}
