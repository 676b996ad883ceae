"""A network run one step at a time, its state carried from call to call."""

import numpy as np

from .layers import dense
from .packing import Segment


class Stepper:
    """Takes one step of some parallel streams, and gives the raw outputs for the steps so far.

    One step costs the same however many came before.

    Parameters
    ----------
    network : Network
        Of one direction: what runs back from the end of a sequence cannot go with the time.
    params : ndarray of shape (layout.size,)
    n_streams : int
        b, the sequences that run side by side.
    """

    def __init__(self, network, params, n_streams):
        self._made_of = network, params, n_streams
        views = network.layout.views(params)
        segment = Segment(0, 1, n_streams)
        self._head = views["head"]
        self._follow = network.pooling.follow
        self._step = _OneStep(segment)
        self._layers = []
        source = network.first_source(views, self._step)
        for [direction] in network.layers:
            tape = direction.cell.tape(direction.tape_shape(segment, network.dtype, False))
            weights, enter = direction.open(views[direction.name], source)
            self._layers.append((direction.cell, weights, tape, enter))
            source = _copy_from(tape)
        self._features = np.empty((network.n_features, n_streams), network.dtype)
        self._n_steps = np.empty(n_streams, network.dtype)
        self.reset()

    def reset(self, streams=slice(None)):
        """Start anew: the next step of these streams is the first one of a sequence."""
        for _, _, tape, _ in self._layers:
            for slots in tape.states:
                slots[-1][:, streams] = 0.0
        self._features[:, streams] = 0.0
        self._n_steps[streams] = 0.0

    # A copy, or a pickle, is made anew and then brought to where this one stands: tapes are full of
    # views into each other, which would not survive.

    def __getstate__(self):
        states = [[slots[-1] for slots in tape.states] for _, _, tape, _ in self._layers]
        return self._made_of, states, self._features, self._n_steps

    def __setstate__(self, state):
        made_of, states, features, n_steps = state
        self.__init__(*made_of)
        for (_, _, tape, _), saved in zip(self._layers, states, strict=True):
            for slots, values in zip(tape.states, saved, strict=True):
                slots[-1] = values
        self._features[...] = features
        self._n_steps[...] = n_steps

    def step(self, values):
        """Take one step.

        Parameters
        ----------
        values : ndarray of shape (b, C), or of int and shape (b,) for tokens

        Returns
        -------
        ndarray of shape (b, n_raw)
            As `predict_raw` gives for all steps so far.
        """
        self._step.values = values
        for cell, weights, tape, enter in self._layers:
            tape.load([slots[-1] for slots in tape.states], None)
            enter(0, tape)
            cell.forward(weights, tape, None)
            h = tape.h[-1]
        self._n_steps += 1
        self._follow(self._features, h, self._n_steps)
        return dense(self._head["weight"], self._head["bias"], self._features).T


class _OneStep:
    """A batch as far as a network's input needs one: a single step, changed from call to call."""

    def __init__(self, segment):
        self.segments = (segment,)

    def gather(self, segment, out):
        out[0] = self.values.T

    def tokens(self, segment):
        return self.values[np.newaxis]


def _copy_from(tape):
    """What the layer above reads."""

    def source(k, out):
        out[...] = tape.h[1:]

    return source
