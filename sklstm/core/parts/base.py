"""The interface of a network's parts, and the trace that they share during one pass."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..packing import Batch
from ..workspace import Workspace


class Part:
    """Base class of the parts of a network.

    A part keeps no arrays: parameters are passed to its methods, as views into the network's flat
    vector, and the results of `forward` are returned. The defaults are those of a part without
    parameters that returns its input unchanged.

    Attributes
    ----------
    name : str
        The key of its parameters in the layout; must differ from those of the other parts.
    never_decay : tuple of str
        Prefixes of the names in `named` to which penalty and weight decay do not apply.
    """

    name = ""
    never_decay: tuple[str, ...] = ()

    def shapes(self):
        """Shapes of the parameters.

        Returns
        -------
        dict of str to tuple of int
            By name.
        """
        return {}

    def initialize(self, arrays, rng, n_steps=None):
        """Write initial values.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters as in `shapes`, in float64 and zero; changed in place.
        rng : numpy.random.Generator
        n_steps : int or None
            Number of steps of the longest training sequence, where known.
        """

    def named(self, arrays):
        """The parameters, or their gradients, under the names that users see in ``weights_``.

        Parameters
        ----------
        arrays : dict of str to ndarray
            As in `shapes`.

        Returns
        -------
        dict of str to ndarray
            Views that contain every parameter exactly once. The names must differ from those of
            all other parts: start with the name of the part, as in ``head_weight``.
        """
        return {}

    def forward(self, arrays, below, trace):
        """Compute the input of the next part.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters.
        below : Batch, callable, HiddenStates or ndarray
            Returned by the part below; see `sklstm.core.parts`. Not changed.
        trace : Trace
            The batch, and the state, masks and tapes of this pass.

        Returns
        -------
        above : callable, HiddenStates or ndarray
            For the part above.
        kept : object
            For `backward`.
        """
        return below, None

    def backward(self, arrays, kept, d_above, gradient, trace, wanted):
        """Compute the derivatives by the parameters, and by the input of `forward`.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters.
        kept : object
            The second result of `forward`.
        d_above : list of ndarrays, tuple or ndarray
            The derivatives by the first result of `forward`. By the input of a layer: a list of
            blocks (L, C, b), one a segment. By hidden states: a tuple (d_out, d_final) of such a
            list of blocks (L, D, b), or None, and the derivatives by the final states (D, B), or
            None. By features and raw outputs: an array of their shape.
        gradient : dict of str to ndarray
            The derivatives by the parameters, as in `shapes` and zero; changed in place.
        trace : Trace
            As passed to `forward`, with `cut_every`.
        wanted : bool
            Whether the derivatives by `below` are needed; if not, None may be returned.

        Returns
        -------
        d_below : list of ndarrays, tuple, ndarray or None
            The derivatives by `below`.
        """
        return d_above

    def stream(self, arrays, n_streams):
        """The part run on sequences side by side, a step or several steps at a time.

        Parameters
        ----------
        arrays : dict of str to ndarray
            The parameters.
        n_streams : int
            b, the number of sequences.

        Returns
        -------
        PartStream
        """
        return PartStream(None)


class PartStream(NamedTuple):
    """A part run some steps at a time, see `Part.stream`.

    Attributes
    ----------
    step : callable
        ``step(values, memory)`` receives the values of the part below at L new steps, and returns
        its own: for the input, the values (b, L, C) or tokens (b, L), and from there on arrays
        (L, rows, b). Pooling and the parts above return (rows, b), the value for all steps so far.
        The result may be overwritten by the next call. None for a part that changes nothing.
    memory : sequence of tuple of int
        Shapes, without the axis of streams, of the arrays that are carried from step to step. The
        argument `memory` is a list of these, each with a last axis of length b; `step` changes them
        in place. They are zero before the first step of a sequence.
    """

    step: Callable | None
    memory: Sequence[tuple[int, ...]] = ()


class HiddenStates(NamedTuple):
    """The hidden states that a layer returns, computed by one of the two attributes, and once.

    Attributes
    ----------
    blocks : iterator of (k, rows, out)
        `out` (L, H, b) are the hidden states at the steps of segment k, in the order of time;
        `rows` is the slice of the direction's rows among the D rows of the layer. All segments of
        one direction come before those of the other one, the reverse direction's from the last
        segment to the first. Without ``trace.history``, `out` is overwritten once the next block
        is computed.
    final : callable
        ``final()`` is the final state (D, B) of each sequence in each direction.
    """

    blocks: Iterator
    final: Callable[[], np.ndarray]


@dataclass
class Masks:
    """Dropout masks of one training step; None where nothing is dropped.

    Attributes
    ----------
    between : list (layers above the first) of list (segments) of (L, D, b), or of None
    recurrent : list (layers) of list (directions) of (H, B)
    head : (D, N)
    """

    between: list
    recurrent: list
    head: np.ndarray | None


@dataclass
class Trace:
    """One pass over a batch: the data that the parts share, and keep for `backward`.

    Attributes
    ----------
    batch : Batch
    masks : Masks
    state : list (layers) of list (directions) of list (states) of (rows, B)
        Initial states; `Part.forward` of a layer replaces them by the final ones.
    workspace : Workspace
        That of the tapes.
    kept : list
        The second result of each part's `forward`.
    arrays : dict of str to dict of str to ndarray
        The parameters as the parts use them, see `Network.arrays_in_use`.
    cut_every : int or None
        In `backward`: no gradient passes through time at multiples of this step.
    """

    batch: Batch
    masks: Masks
    state: list
    workspace: Workspace
    kept: list = field(default_factory=list)
    arrays: dict = field(default_factory=dict)
    cut_every: int | None = None

    @property
    def history(self):
        """Whether all segments keep their arrays, for `Part.backward`."""
        return self.workspace.history

    @cached_property
    def tapes(self):
        """The large arrays of the layers."""
        return self.workspace.open(self.batch.spans)
