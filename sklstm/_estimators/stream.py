"""Predictions step by step, as the observations come in."""

from contextlib import nullcontext

import numpy as np

from ..core.checks import check_integer
from ..core.streaming import PatchStepper, Stepper
from .blas_threads import one_blas_thread


class Stream:
    """One or many sequences that a fitted estimator follows, observation by observation.

    Made by the estimator's `stream`. It keeps the weights of that moment: training on does not
    change it. A copy (``copy.deepcopy``, or a pickle) goes on by itself, for a look at what would
    happen.

    Parameters
    ----------
    network : Network
    params : ndarray
    respond : callable
        Turns raw outputs (n, n_raw) into predictions, a row each.
    n_streams : int or None
        Sequences that run side by side; None for a single one, without the axis for it.
    patch_length : int
        Number of steps that the network reads as one.

    Attributes
    ----------
    n_steps : int
        Observations taken by each stream since the last `reset` of all.

    Examples
    --------
    >>> import numpy as np
    >>> from sklstm import LSTMRegressor
    >>> X = np.random.default_rng(0).standard_normal((20, 5, 2))
    >>> model = LSTMRegressor(4, max_iter=5).fit(X, X[:, -1, 0])
    >>> stream = model.stream()
    >>> for x_t in X[0]:
    ...     prediction = stream.push(x_t)
    >>> bool(np.isclose(prediction, model.predict(X[:1])[0], rtol=0, atol=1e-12))
    True
    """

    def __init__(self, network, params, respond, n_streams, patch_length):
        if n_streams is not None:
            check_integer(n_streams, "n_streams", 1, " or None")
        self.n_streams = n_streams
        self._n_channels = network.n_inputs // patch_length
        self._dtype = network.dtype
        self._respond = respond
        made_of = network, params, n_streams or 1
        patched = patch_length > 1
        self._stepper = PatchStepper(*made_of, patch_length) if patched else Stepper(*made_of)
        self.n_steps = 0

    def push(self, x):
        """Take one more observation of each stream.

        Parameters
        ----------
        x : array-like of shape (C,) for a single stream, (n_streams, C) for many
            The values of this step. With one channel also a number, or (n_streams,).

        Returns
        -------
        float, label, or ndarray
            What the estimator predicts for the steps so far: for a single stream one row of it,
            for many an array with a row for each.

        Raises
        ------
        ValueError
            If x has another shape, or is not finite; nothing is then taken.
        """
        values = self._read(x)
        with one_blas_thread() if len(values) > 1 else nullcontext():
            raw = self._stepper.step(values)
        self.n_steps += 1
        rows = self._respond(raw)
        return rows[0] if self.n_streams is None else rows

    def reset(self, streams=None):
        """Begin new sequences.

        Parameters
        ----------
        streams : array-like of int or bool, or None
            Which streams; None for all of them.

        Returns
        -------
        self : Stream

        Raises
        ------
        IndexError
            If there is no such stream.
        """
        if streams is None:
            self._stepper.reset()
            self.n_steps = 0
        else:
            which = np.zeros(self.n_streams or 1, bool)
            which[streams if len(streams) else slice(0)] = True
            self._stepper.reset(which)
        return self

    def _read(self, x):
        values = np.asarray(x, dtype=self._dtype)
        lead = () if self.n_streams is None else (self.n_streams,)
        shapes = [(*lead, self._n_channels)] + [lead] * (self._n_channels == 1)
        if values.shape not in shapes:
            expected = " or ".join(str(shape) for shape in shapes)
            raise ValueError(
                f"x has shape {values.shape}; expected one step, {expected}: "
                f"{self.n_streams or 1} stream(s) of {self._n_channels} channel(s)."
            )
        if not np.isfinite(values).all():
            raise ValueError("x contains NaN or infinity; expected finite values.")
        return values.reshape(-1, self._n_channels)
