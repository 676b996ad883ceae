"""The built network of a fitted estimator, kept for its predictions."""

from contextlib import contextmanager
from functools import cached_property

import numpy as np

from ..core.checks import all_finite, check_n_jobs
from ..core.inference import (
    batch_size,
    ignored_overflow,
    predict_raw,
    record_gates,
    record_hidden_states,
    record_states,
    run_streams,
)
from ..core.input_gradients import input_gradients
from ..core.network import Network
from ..core.packing import DenseSequences, RaggedSequences
from ..core.streaming import Stepper
from ..core.threads import SINGLE, Threads
from ..core.workspace import Workspace
from .blas_threads import blas_limit, one_blas_thread
from .threads import n_threads

# Number of workspaces and of steppers that are kept, and size of a workspace in hidden states, of
# which each takes about ten floats. Larger ones would occupy memory for little speed.
_MAX_KEPT, _MAX_SIZE = 4, 2**18


class Predictor:
    """The network with its parameters, and workspaces and steppers from earlier predictions.

    It belongs to one parameter vector: an estimator gets a new predictor with every fit. Estimators
    do not pickle or copy it. Several threads may predict at once: a thread takes a stepper or
    workspace that is kept, or makes one, and puts it back.

    Parameters
    ----------
    cell : Cell
    architecture : dict
        The arguments of `Network`.
    params : ndarray of shape (layout.size,)

    Attributes
    ----------
    known : tuple of X, Sequences and ndarray, or ()
        An X whose sequences and raw outputs need not be computed again.
    """

    def __init__(self, cell, architecture, params):
        self.params = params
        self.known = ()
        self._cell = cell
        self._architecture = architecture
        self._workspaces = []
        self._steppers = {}

    def __reduce__(self):
        # For subclasses of estimators that pickle all of their attributes.
        return Predictor, (self._cell, self._architecture, self.params)

    @cached_property
    def network(self):
        """The network, built when it is first needed."""
        return Network(self._cell, **self._architecture)

    def raw(self, sequences, n_jobs=None):
        """Raw outputs (M, n_raw), a row per sequence, or per step with `return_sequences`.

        Parameters
        ----------
        sequences : Sequences
        n_jobs : int or None
            The parameter of the estimator.

        Returns
        -------
        ndarray

        Raises
        ------
        ValueError
            If X is so large that the outputs are not finite; the other methods raise it, too.
        """
        check_n_jobs(n_jobs)
        if len(sequences) == 1 and type(sequences) is RaggedSequences:
            sequences = DenseSequences(sequences.values[np.newaxis])
        network, threads = self.network, SINGLE
        if len(sequences) > batch_size(network, sequences):
            threads = Threads(n_threads(n_jobs))
        with blas_limit(network, len(sequences))():
            if self._is_stream and isinstance(sequences, DenseSequences):
                steppers = self._take_stepper, self._keep_stepper
                raw = run_streams(sequences, network, *steppers, threads)
            else:
                borrow = self._borrow_workspace
                raw = predict_raw(network, self.params, sequences, borrow, threads)
        check_outputs(raw, sequences.values)
        return raw

    @cached_property
    def _is_stream(self):
        """Whether streams that take whole sequences at once are the fastest way to predict."""
        is_causal = not self._architecture.get("bidirectional", False)
        return self.network.cell.has_run and is_causal and not self.network.return_sequences

    # What is kept is used by one thread at a time: `pop` and `append` are atomic.

    def _take_stepper(self, n_streams):
        stepper = self._steppers.pop(n_streams, None)
        return stepper or Stepper(self.network, self.params, n_streams)

    def _keep_stepper(self, n_streams, stepper):
        for oldest in list(self._steppers)[: 1 - _MAX_KEPT]:
            self._steppers.pop(oldest, None)
        self._steppers[n_streams] = stepper

    @contextmanager
    def _borrow_workspace(self):
        try:
            workspace = self._workspaces.pop()
        except IndexError:
            workspace = Workspace(history=False)
        yield workspace
        if workspace.size <= _MAX_SIZE and len(self._workspaces) < _MAX_KEPT:
            self._workspaces.append(workspace)

    def states(self, sequences):
        """Hidden states of the top layer, (N, D), a row per step."""
        return self._recorded(record_hidden_states, sequences)["h"]

    def all_states(self, sequences):
        """States of the top layer by name, "h" and perhaps "c", (N, D), a row per step."""
        return self._recorded(record_states, sequences)

    def gates(self, sequences):
        """Activations of the top layer's gates, by name, (N, D), a row per step."""
        return self._recorded(record_gates, sequences)

    def _recorded(self, record, sequences):
        with one_blas_thread(), ignored_overflow():
            arrays = record(self.network, self.params, sequences)
        for array in arrays.values():
            check_outputs(array, sequences.values)
        return arrays

    def input_gradients(self, sequences, d_raw):
        """Derivatives by the input, (N, C), of raw outputs times `d_raw` (M, n_raw)."""
        with one_blas_thread(), ignored_overflow():
            gradients = input_gradients(self.network, self.params, sequences, d_raw)
        check_outputs(gradients, sequences.values)
        return gradients

    @cached_property
    def of_last_step(self):
        """The same network with an output for the last step only."""
        architecture = self._architecture | {"return_sequences": False}
        return Predictor(self._cell, architecture, self.params)


def check_outputs(outputs, values):
    """Raise unless the outputs of a network are finite.

    Parameters
    ----------
    outputs : ndarray
    values : ndarray
        The X that they were computed from.

    Raises
    ------
    ValueError
        If they are not.
    """
    if not all_finite(outputs):
        raise ValueError(
            f"The outputs of the network are NaN or infinite: X has values of up to "
            f"{np.abs(values).max():.3g}, and products of the weights with them are too large for "
            f"dtype {outputs.dtype}. Scale X as the X of fit was."
        )
