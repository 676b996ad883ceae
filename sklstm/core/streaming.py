"""A network run some steps at a time, its state carried from call to call."""

import numpy as np


class Stepper:
    """Runs parallel streams, and returns the raw outputs for all steps so far.

    The cost of a step does not depend on the number of steps before it.

    Parameters
    ----------
    network : Network
        Not bidirectional: the reverse direction begins at the end of a sequence.
    params : ndarray of shape (layout.size,)
    n_streams : int
        b, the number of sequences that run side by side.
    """

    def __init__(self, network, params, n_streams):
        self._arguments = network, params, n_streams
        arrays = network.arrays_in_use(network.layout.views(params))
        streams = [part.stream(arrays.get(part.name), n_streams) for part in network.parts]
        self._steps = [stream.step for stream in streams if stream.step is not None]
        self._memory = [array for stream in streams for array in stream.memory]
        self.reset()

    def reset(self, streams=slice(None)):
        """Begin new sequences: the next step of these streams is the first of one."""
        for array in self.memory():
            array[..., streams] = 0.0

    def memory(self):
        """The arrays that are carried from step to step; their last axis is the streams."""
        return self._memory

    # Tapes and steps consist of views into each other, which a copy or pickle would not preserve:
    # a stepper is built again, and its memory is copied.

    def __getstate__(self):
        return self._arguments, [array.copy() for array in self.memory()]

    def __setstate__(self, state):
        arguments, saved = state
        self.__init__(*arguments)
        for array, values in zip(self.memory(), saved, strict=True):
            array[...] = values

    def run(self, values):
        """Take some steps.

        Parameters
        ----------
        values : ndarray of shape (b, L, C), or of int and shape (b, L) for tokens

        Returns
        -------
        ndarray of shape (b, n_raw)
            The raw outputs for all steps so far, as from `predict_raw`.
        """
        for step in self._steps:
            values = step(values)
        return values.T

    def step(self, values):
        """Take one step: `run` for values (b, C), or tokens (b,)."""
        return self.run(values[:, np.newaxis])


class PatchStepper:
    """Runs a network that reads patches one step at a time.

    The last patch ends with the newest step, so that each step moves all patches by one. After p
    steps they are at the same places as before, with one patch more. There are thus p sequences of
    patches, one for each *phase*, the number of steps modulo p; each step of a stream adds a patch
    to the sequence of its phase, while the memory of the other phases is stored.

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
        """Begin new sequences: the next step of these streams is the first of one."""
        self._n_steps[streams] = 0
        for array in self._waiting:
            array[..., streams] = 0.0

    def step(self, values):
        """Take one step, values (b, C); returns the raw outputs (b, n_raw) for all steps so far."""
        self._patches = np.roll(self._patches, -1, axis=1)
        self._patches[:, -1] = values
        first = self._n_steps == 0  # copies of the oldest step fill its patch
        self._patches[first] = values[first, np.newaxis]
        here = self._n_steps % self._patch_length, ..., self._streams
        # With index arrays on both sides of an ellipsis, the streams are the first axis.
        for array, waiting in zip(self._stepper.memory(), self._waiting, strict=True):
            array[...] = np.moveaxis(waiting[here], 0, -1)
        raw = self._stepper.step(self._patches.reshape(len(values), -1))
        for array, waiting in zip(self._stepper.memory(), self._waiting, strict=True):
            waiting[here] = np.moveaxis(array, -1, 0)
        self._n_steps += 1
        return raw
