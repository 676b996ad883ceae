"""A network run some steps at a time, its state carried from call to call."""

from math import prod

import numpy as np


class Stepper:
    """Runs parallel streams, and returns the raw outputs for all steps so far.

    The cost of a step does not depend on the number of steps before it.

    `run` computes with a spare memory, and `commit` puts it in the place of the old one, in one
    assignment. Whatever interrupts them, the streams are as before or after these steps.

    With patches, the last patch ends with the newest step, so that each step moves all patches by
    one. After p steps they are at the same places as before, with one patch more. There are thus p
    sequences of patches, each with its own memory, which take turns.

    Parameters
    ----------
    network : Network
        Not bidirectional: the reverse direction begins at the end of a sequence.
    params : ndarray of shape (layout.size,)
    n_streams : int
        b, the number of sequences that run side by side.
    patch_length : int, default=1
        p, the number of steps that the network reads as one. If it is not 1, `run` takes one step.
    """

    def __init__(self, network, params, n_streams, patch_length=1):
        self._arguments = network, params, n_streams, patch_length
        arrays = network.arrays_in_use(network.layout.views(params))
        streams = [part.stream(arrays.get(part.name), n_streams) for part in network.parts]
        self._streams = [stream for stream in streams if stream.step is not None]
        self._has_patches = patch_length > 1
        self._memories = self._new_memories()

    def _new_memories(self):
        """The memories of new streams, from the one whose turn is next to the spare one.

        The last but one is that of the newest step.
        """
        network, _, n_streams, patch_length = self._arguments
        shape = n_streams, patch_length, network.n_inputs // patch_length
        patch_shape = shape if self._has_patches else (0,)
        return tuple(
            Memory(self._streams, n_streams, patch_shape, network.dtype)
            for _ in range(patch_length + 1)
        )

    @property
    def n_steps(self):
        """Number of steps since the last reset of all streams."""
        return self._memories[-2].n_steps

    def reset(self, streams=None):
        """Begin new sequences: the next step of these streams is the first of one.

        Parameters
        ----------
        streams : ndarray of bool, shape (b,), or None
            None means all streams.
        """
        memories = self._new_memories()
        if streams is not None:
            for memory, old in zip(memories, self._memories, strict=True):
                memory.copy(old)
                memory.reset(streams)
        self._memories = memories

    # Steps are functions of the network's weights, which are computed again for a copy or pickle.

    def __getstate__(self):
        return self._arguments, [memory.saved() for memory in self._memories]

    def __setstate__(self, state):
        arguments, saved = state
        self.__init__(*arguments)
        for memory, values in zip(self._memories, saved, strict=True):
            memory.load(*values)

    def run(self, values):
        """The raw outputs after some more steps, which are not taken before `commit`.

        Parameters
        ----------
        values : ndarray of shape (b, L, C), or of int and shape (b, L) for tokens

        Returns
        -------
        ndarray of shape (b, n_raw)
            The raw outputs for all steps so far, as from `predict_raw`.
        """
        memories = self._memories
        next_one, newest, spare = memories[0], memories[-2], memories[-1]
        spare.states[...] = next_one.states
        spare.n_steps = newest.n_steps + values.shape[1]
        if self._has_patches:
            values = spare.next_patch(newest, values)
        for step, states in spare.steps:
            values = step(values, states)
        return values.T

    def commit(self):
        """Take the steps of the last `run`."""
        memories = self._memories
        self._memories = memories[1:] + memories[:1]


class Memory:
    """What is carried from step to step, of all parts of a network.

    Parameters
    ----------
    streams : list of PartStream
    n_streams : int
        b.
    patch_shape : tuple of int
        (b, p, C), or (0,) without patches.
    dtype : dtype

    Attributes
    ----------
    states : ndarray of shape (n,)
        The states of all parts in one array.
    steps : list of (callable, list of ndarray)
        Each part's `PartStream.step` and its states, views of `states`.
    patch : ndarray of shape (b, p, C)
        The newest steps.
    is_new : ndarray of bool, shape (b,), or None
        The streams without a step before. None if there are none.
    n_steps : int
        Number of steps.
    """

    def __init__(self, streams, n_streams, patch_shape, dtype):
        shapes = [[(*shape, n_streams) for shape in stream.memory] for stream in streams]
        self.states = np.zeros(sum(prod(shape) for part in shapes for shape in part), dtype)
        self.steps, start = [], 0
        for stream, part in zip(streams, shapes, strict=True):
            views = []
            for shape in part:
                stop = start + prod(shape)
                views.append(self.states[start:stop].reshape(shape))
                start = stop
            self.steps.append((stream.step, views))
        self.patch = np.zeros(patch_shape, dtype)
        self.is_new = np.ones(n_streams, bool)
        self.n_steps = 0

    def saved(self):
        """The values, for `load`."""
        return self.states, self.patch, self.is_new, self.n_steps

    def load(self, states, patch, is_new, n_steps):
        """Copy values of another memory."""
        self.states[...] = states
        self.patch[...] = patch
        self.is_new = is_new
        self.n_steps = n_steps

    def copy(self, other):
        """Copy the values of another memory."""
        self.load(*other.saved())

    def reset(self, streams):
        """Begin new sequences in these streams, a mask."""
        for _, views in self.steps:
            for view in views:
                view[..., streams] = 0.0
        self.is_new = streams if self.is_new is None else self.is_new | streams

    def next_patch(self, newest, values):
        """The patch (b, 1, p C) that ends with the values (b, 1, C) of the next step."""
        patch = self.patch
        patch[:, :-1] = newest.patch[:, 1:]
        patch[:, -1:] = values
        if newest.is_new is not None:  # copies of the oldest step fill its patch
            patch[newest.is_new] = values[newest.is_new]
        self.is_new = None
        return patch.reshape(len(patch), 1, -1)
