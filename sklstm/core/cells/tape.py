"""What every cell's tape has: the stacked inputs of a segment, with the states inside."""

import numpy as np


class Tape:
    """The stacked inputs s_t = [h_{t-1}; x_t; 1] of one segment, in the order of processing.

    Step k reads slot k and writes its h straight into slot k + 1, where the next step finds it.

    Parameters
    ----------
    n_steps, n_inputs, hidden_size, width : int
        L, C, H and b.
    dtype : dtype
    masked : bool
        Whether h is masked (recurrent dropout) where it enters the next step; h itself then has
        an array of its own.

    Attributes
    ----------
    inputs : ndarray of shape (L + 1, H + C + 1, b)
        s_t; of the last slot only the h part is used.
    h : ndarray of shape (L + 1, H, b)
        Hidden states; slot 0 is the one before the first step.
    """

    def __init__(self, n_steps, n_inputs, hidden_size, width, dtype, masked):
        self.hidden_size = hidden_size
        self.inputs = np.empty((n_steps + 1, hidden_size + n_inputs + 1, width), dtype)
        self.inputs[:, -1] = 1.0
        self.h = self.inputs[:, :hidden_size]
        if masked:
            self.h = np.empty((n_steps + 1, hidden_size, width), dtype)

    @property
    def x(self):
        """The input part, (L, C, b)."""
        return self.inputs[:-1, self.hidden_size : -1]

    def load(self, state, mask):
        """Start from `state`, arrays of shape (H, b)."""
        for slots, initial in zip(self.states, state, strict=True):
            slots[0] = initial
        if mask is not None:
            np.multiply(self.h[0], mask, out=self.inputs[0, : self.hidden_size])
