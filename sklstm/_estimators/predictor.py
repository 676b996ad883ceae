"""The built network of a fitted estimator, kept for its predictions."""

from contextlib import nullcontext
from functools import cached_property

from ..core.inference import predict_raw, record_gates, record_hidden_states
from ..core.network import Network
from ..core.workspace import Workspace
from .blas_threads import one_blas_thread

# Workspaces that are kept: their number, and their size in hidden states, of which each takes about
# ten floats. Larger ones would occupy memory for little speed.
_MAX_WORKSPACES, _MAX_SIZE = 4, 2**18


class Predictor:
    """The network with its parameters, and workspaces from earlier predictions.

    It belongs to one parameter vector: an estimator gets a new predictor with every fit. Estimators
    do not pickle or copy it. Several threads may predict at once: each takes a workspace out of the
    list, or makes one, and puts it back.

    Parameters
    ----------
    cell : Cell
    architecture : dict
        The arguments of `Network`.
    params : ndarray of shape (layout.size,)
    """

    def __init__(self, cell, architecture, params):
        self.params = params
        self._cell = cell
        self._architecture = architecture
        self._workspaces = []

    def __reduce__(self):
        # For subclasses of estimators that pickle all of their attributes.
        return Predictor, (self._cell, self._architecture, self.params)

    @cached_property
    def network(self):
        """The network, built when it is first needed."""
        return Network(self._cell, **self._architecture)

    def raw(self, sequences):
        """Raw outputs (M, n_raw), a row per sequence, or per step with `return_sequences`."""
        try:
            workspace = self._workspaces.pop()  # atomic, as append is
        except IndexError:
            workspace = Workspace(history=False)
        # A single sequence has products too small for BLAS to share in any case.
        with one_blas_thread() if len(sequences) > 1 else nullcontext():
            raw = predict_raw(self.network, self.params, sequences, workspace)
        if workspace.size <= _MAX_SIZE and len(self._workspaces) < _MAX_WORKSPACES:
            self._workspaces.append(workspace)
        return raw

    def states(self, sequences):
        """Hidden states of the top layer, (N, D), a row per step."""
        with one_blas_thread():
            return record_hidden_states(self.network, self.params, sequences)["h"]

    def gates(self, sequences):
        """Activations of the top layer's gates, by name, (N, D), a row per step."""
        with one_blas_thread():
            return record_gates(self.network, self.params, sequences)

    @cached_property
    def of_last_step(self):
        """The same network with an output for the last step only."""
        architecture = self._architecture | {"return_sequences": False}
        return Predictor(self._cell, architecture, self.params)
