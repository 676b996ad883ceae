"""All parameters of a network in one flat vector, with named views into it.

Clipping, updating, saving and counting then act on one array.
"""

import math


class ParameterLayout:
    """Names and shapes of the arrays that share one flat vector, in order.

    Parameters
    ----------
    shapes : dict of str to tuple of int
    """

    def __init__(self, shapes):
        self.shapes = dict(shapes)
        self._slices = {}
        stop = 0
        for name, shape in self.shapes.items():
            start, stop = stop, stop + math.prod(shape)
            self._slices[name] = slice(start, stop)
        self.size = stop

    def views(self, flat):
        """A dict of views into the vector `flat` of shape (size,), by name."""
        return {name: flat[self._slices[name]].reshape(s) for name, s in self.shapes.items()}
