"""What a tape is made of: the arrays of a segment that a cell reads and writes."""

import numpy as np


class Tape:
    """The stacked inputs s_t = [h_{t-1}; x_t; 1] of one segment, in the order of processing.

    Step k reads slot k and writes its h straight into slot k + 1, where the next step finds it.

    Parameters
    ----------
    shape : TapeShape

    Attributes
    ----------
    inputs : ndarray of shape (L + 1, H + C + 1, b)
        s_t; of the last slot only the h part is used.
    h : ndarray of shape (L + 1, H, b)
        Hidden states; slot 0 is the one before the first step.
    states : tuple of ndarrays of shape (L + 1, rows, b)
        All states, `h` first; a subclass adds its own.
    """

    def __init__(self, shape):
        H, L, b = shape.hidden_size, shape.n_steps, shape.width
        self.shape = shape
        self.hidden_size = H
        self.inputs = np.empty((L + 1, H + shape.n_inputs + 1, b), shape.dtype)
        self.inputs[:, -1] = 1.0
        self.h = self.inputs[:, :H]
        if shape.masked:  # what enters the next step is then not h itself
            self.h = np.empty((L + 1, H, b), shape.dtype)
        self.states = (self.h,)

    @property
    def x(self):
        """The input part, (L, C, b)."""
        return self.inputs[:-1, self.hidden_size : -1]

    def load(self, state, mask):
        """Start from `state`, arrays of shape (rows, b)."""
        for slots, initial in zip(self.states, state, strict=True):
            slots[0] = initial
        if mask is not None:
            np.multiply(self.h[0], mask, out=self.inputs[0, : self.hidden_size])
