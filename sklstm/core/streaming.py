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
        for array in self.memory():
            array[..., streams] = 0.0

    def memory(self):
        """All that is carried from step to step: arrays whose last axis is the streams."""
        states = [slots[-1] for _, _, tape, _ in self._layers for slots in tape.states]
        return [*states, self._features, self._n_steps]

    # A copy, or a pickle, is made anew and then brought to where this one stands: tapes are full of
    # views into each other, which would not survive.

    def __getstate__(self):
        return self._made_of, [array.copy() for array in self.memory()]

    def __setstate__(self, state):
        made_of, saved = state
        self.__init__(*made_of)
        for array, values in zip(self.memory(), saved, strict=True):
            array[...] = values

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


class PatchStepper:
    """Takes one step at a time for a network that reads patches.

    The last patch ends with the newest step, so that with each step all patches move on by one.
    After p steps they lie where they were, with one patch more. There are thus p sequences of
    patches, one for each *phase*, the number of steps modulo p; each step of a stream brings the
    one of its phase a patch further, and the other states wait.

    Parameters
    ----------
    network, params, n_streams
        See `Stepper`.
    patch_length : int
        p.
    """

    def __init__(self, network, params, n_streams, patch_length):
        self._stepper = Stepper(network, params, n_streams)
        self._patch_length = patch_length
        self._streams = np.arange(n_streams)
        self._n_steps = np.zeros(n_streams, np.intp)
        n_channels = network.n_inputs // patch_length
        self._patches = np.zeros((n_streams, patch_length, n_channels), network.dtype)
        self._waiting = [
            np.zeros((patch_length, *array.shape), network.dtype)
            for array in self._stepper.memory()
        ]

    def reset(self, streams=slice(None)):
        """Start anew: the next step of these streams is the first one of a sequence."""
        self._n_steps[streams] = 0
        for array in self._waiting:
            array[..., streams] = 0.0

    def step(self, values):
        """Take one step, values (b, C), and return the raw outputs (b, n_raw) for all so far."""
        self._patches = np.roll(self._patches, -1, axis=1)
        self._patches[:, -1] = values
        first = self._n_steps == 0  # copies of the oldest step fill its patch
        self._patches[first] = values[first, np.newaxis]
        here = self._n_steps % self._patch_length, ..., self._streams
        # An index array, an ellipsis and another one put the streams first.
        for array, waiting in zip(self._stepper.memory(), self._waiting, strict=True):
            array[...] = np.moveaxis(waiting[here], 0, -1)
        raw = self._stepper.step(self._patches.reshape(len(values), -1))
        for array, waiting in zip(self._stepper.memory(), self._waiting, strict=True):
            waiting[here] = np.moveaxis(array, -1, 0)
        self._n_steps += 1
        return raw


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
