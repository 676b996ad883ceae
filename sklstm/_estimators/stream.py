"""Online prediction, one observation at a time."""

import copy
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from inspect import Parameter, signature
from typing import Any, Self

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._typing import Array, ArrayLike
from .._validation.numbers import refuse_not_finite
from .._validation.random_state import check_seed
from .._validation.sequences import read_step
from ..core.checks import check_integer, did_you_mean
from ..core.inference import ignored_overflow
from ..core.messages import shorten, shorten_list
from ..core.streaming import Stepper
from .blas_threads import needs_blas_limit, one_blas_thread
from .predictor import check_outputs


class Stream:
    """Online prediction for one or several sequences, one observation at a time.

    Returned by the method `stream` of a fitted estimator. A stream uses the weights at the time of
    that call, even if the estimator is trained further. Copies (by ``copy.deepcopy`` or pickle) are
    independent; use them, for example, to predict the effect of hypothetical observations.

    Parameters
    ----------
    network : Network
    params : ndarray
    respond : callable
        Function that converts raw outputs (n, n_raw) to predictions with n rows.
    n_streams : int or None
        Number of parallel sequences. None means a single sequence, without an axis for streams.
    patch_length : int
        Number of observations in one step of the network.
    names : ndarray of str, or None
        Names of the channels, if those of fit had any.

    Attributes
    ----------
    n_steps : int
        Number of observations of each stream since the last `reset` of all streams.

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

    def __init__(
        self,
        network: Any,
        params: Array,
        respond: Callable[..., Any],
        n_streams: int | None,
        patch_length: int,
        names: Array | None = None,
    ) -> None:
        if n_streams is not None:
            check_integer(n_streams, "n_streams", 1, " or None")
        self.n_streams = n_streams
        self._dtype = network.dtype
        self._names = names
        self._needs_limit = needs_blas_limit(network, n_streams or 1)
        self._n_channels = network.n_inputs // patch_length
        lead = () if n_streams is None else (n_streams,)
        self._shapes = [(*lead, self._n_channels)] + [lead] * (self._n_channels == 1)
        self._step_shape = n_streams or 1, 1, self._n_channels
        self._respond = respond
        self._stepper = Stepper(network, params, n_streams or 1, patch_length)

    @property
    def n_steps(self) -> Any:
        """Number of observations of each stream since the last `reset` of all streams."""
        return self._stepper.n_steps

    def push(self, x: ArrayLike) -> Any:
        """Process the next observation of each stream, and return the prediction.

        Parameters
        ----------
        x : array-like of shape (C,), or (n_streams, C) if `n_streams` is not None
            The observations. If there is one channel, also a number or shape (n_streams,).

        Returns
        -------
        float, label, ndarray, or tuple of these
            The same result as that of the method for all observations so far: for a single stream
            one row, otherwise an array with one row per stream.

        Raises
        ------
        ValueError
            If x has another shape or is not finite. The stream is not changed after an error, nor
            if Ctrl-C interrupts the call.
        """
        values, stepper = self._read(x), self._stepper
        with one_blas_thread() if self._needs_limit else nullcontext(), ignored_overflow():
            raw = stepper.run(values)
        check_outputs(raw, values)
        rows = self._respond(raw)
        if self.n_streams is None:
            rows = tuple(part[0] for part in rows) if isinstance(rows, tuple) else rows[0]
        stepper.commit()
        return rows

    def reset(self, streams: ArrayLike | None = None) -> Self:
        """Start new sequences.

        Parameters
        ----------
        streams : int, array-like of int or bool, or None
            Indices or mask of the streams to reset. None resets all streams.

        Returns
        -------
        self : Stream

        Raises
        ------
        IndexError
            If an index is out of range.
        """
        if streams is None:
            self._stepper.reset()
        else:
            which = np.zeros(self.n_streams or 1, bool)
            streams = np.atleast_1d(streams)
            which[streams if streams.size else slice(0)] = True
            self._stepper.reset(which)
        return self

    def _read(self, x):
        is_own = type(x) is np.ndarray and x.dtype == self._dtype
        if not is_own and self._names is not None:
            self._check_names(x)
        values = x if is_own else read_step(x, self._dtype)
        if values.shape not in self._shapes:
            expected = " or ".join(str(shape) for shape in self._shapes)
            raise ValueError(
                f"x has shape {values.shape}; expected one step, {expected}: "
                f"{self.n_streams or 1} stream(s) of {self._n_channels} channel(s)."
            )
        if is_own:
            refuse_not_finite(values, "x")
            if not values.flags.aligned:  # as the compiled kernels need it
                values = values.copy()
        return values.reshape(self._step_shape)

    def _check_names(self, x):
        """Raise a ValueError if x has the names of channels, and they are not those of fit."""
        given = getattr(x, "columns", getattr(x, "index", None) if self.n_streams is None else None)
        named = given is not None and not callable(given) and all(isinstance(n, str) for n in given)
        if named and list(given) != list(self._names):
            raise ValueError(
                f"x has the channels {shorten_list(list(given))}, but the estimator was fitted "
                f"with {shorten_list(self._names)}. Pass them in this order."
            )


def stream_of(estimator, n_streams, method, options):
    """The stream of a fitted estimator; for the arguments see its method `stream`."""
    check_is_fitted(estimator)
    if estimator._architecture["bidirectional"]:
        raise ValueError(
            "A bidirectional network reads every sequence from its end, too, and cannot follow "
            "it step by step: use predict, or fit with bidirectional=False."
        )
    network = estimator._fitted_predictor().network
    respond = response(estimator._outputs(), method, options, network)
    names = getattr(estimator, "feature_names_in_", None) if estimator.x_ndim_ == 3 else None
    return Stream(network, estimator._params, respond, n_streams, estimator.patch_length_, names)


def response(outputs, method, options, network):
    """Return the function that converts raw outputs to the results of a method.

    Parameters
    ----------
    outputs : ValueOutputs or LabelOutputs
    method : str
        One of its methods.
    options : dict
        Further arguments of that method.
    network : Network

    Returns
    -------
    callable

    Raises
    ------
    ValueError, TypeError
        If there is no such method, or an option is not valid.
    """
    if not isinstance(method, str) or method not in outputs.methods:
        raise ValueError(
            f"method={shorten(method)} is not valid; expected one of {list(outputs.methods)}."
            f"{did_you_mean(method, outputs.methods, ' Did')}"
        )
    respond = getattr(outputs, method)
    parameters = dict(list(signature(respond).parameters.items())[1:])
    needed = {name for name, p in parameters.items() if p.default is Parameter.empty}
    if not needed <= set(options) <= set(parameters):
        raise TypeError(
            f"method={method!r} of stream takes the options {list(parameters)}"
            f"{f' and needs {sorted(needed)}' if needed else ''}; got {shorten_list(options)}."
        )
    if "random_state" in parameters:  # one sequence of draws, not the same for every step
        seed = options.get("random_state", parameters["random_state"].default)
        check_seed(seed)
        options = options | {"random_state": check_random_state(seed)}
    if not options:
        return respond
    respond = partial(respond, **options)
    copy.deepcopy(respond)(np.zeros((1, network.n_raw), network.dtype))  # errors come now
    return respond
